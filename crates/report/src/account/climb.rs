//! An account that comes to other tiers while it runs: from where to where, when, and what that
//! did to its jobs.

use run_record::MomentLeaf;

use super::Life;
use crate::course;
use crate::numbers::{self, Share};
use crate::study::{Study, Trouble};

/// The last tier that an account came to.
pub(crate) struct Climb {
    /// Its title.
    pub(crate) to: String,
    /// `on day 35`, `at 26:00`.
    pub(crate) when: String,
}

/// How the account of a tier climbs with the strategy that is looked at there; none where it stays.
pub(crate) fn of(study: &Study<'_>, tier: usize) -> Option<Climb> {
    let strategy = match study.focus() {
        Some((strategy, focus)) if focus == tier => strategy,
        _ => study.best(tier).map(|(strategy, _)| strategy)?,
    };
    let books = study.cell(strategy, tier)?.account()?.first().filter(|books| books.enforced)?;
    let last = last(&books.moments)?;
    let to = study.title_of(&last.says);
    (to != study.title(tier)).then(|| {
        let moment = numbers::moment(last.at.nanos() / super::SECOND, study.whole_seconds());
        let when = match moment.split_once(", ") {
            Some((day, _)) => format!("on {day}"),
            None => format!("at {moment}"),
        };
        Climb { to, when }
    })
}

fn last(moments: &[MomentLeaf]) -> Option<&MomentLeaf> {
    moments.iter().rfind(|moment| moment.what == "promoted")
}

/// What the last tier did to the jobs since it came, and to those before: told where it is enough
/// for them, and the tiers before were not.
fn since<'r>(study: &Study<'r>) -> Option<(&'r MomentLeaf, Share, Share)> {
    let (strategy, tier) = study.focus()?;
    let last = last(&Life::of(study)?.books.moments)?;
    let outcome = study.outcome(strategy, tier)?;
    // The step of the series in which it came counts as before.
    let came = last.at.nanos().div_ceil(super::SECOND);
    let (before, since) = course::in_time_between(outcome, 0, came)?;
    let goal = study.goal_in_time()?;
    (since.fraction() >= goal && before.fraction() < goal).then_some((last, since, before))
}

/// `Of the jobs due since Tier 4 is in force, on day 35, 100 % are in time; before, 77 %.`
pub(crate) fn effect(study: &Study<'_>) -> Option<String> {
    let (last, since, before) = since(study)?;
    let (_, tier) = study.focus()?;
    let when = of(study, tier)?.when;
    let goal = study.goal_in_time();
    Some(format!(
        "Of the jobs due once {} is in force, {when}, {} are in time; before, {}.",
        study.title_of(&last.says),
        since.in_sentence(goal),
        before.in_sentence(goal)
    ))
}

/// What to do where a tier comes too late, and none is known to be enough from the beginning.
pub(crate) fn ahead(study: &Study<'_>) -> Option<String> {
    if study.enough.is_some() {
        return None;
    }
    let (strategy, tier) = study.focus()?;
    if let Some((last, ..)) = since(study) {
        let to = study.title_of(&last.says);
        let paid = last.amount.map_or_else(String::new, |paid| {
            format!(", for {} paid in all", numbers::dollars(paid))
        });
        let when = of(study, tier)?.when;
        return Some(format!("Buy {to} ahead: here it comes {when}{paid}."));
    }
    // A tier that opens a gate is worth having sooner, whatever else is missed.
    let barred = study.outcome(strategy, tier)?.met(Trouble::Barred) > 0;
    let missing = super::promoted(study).filter(|_| barred)?;
    Some(format!("Buy the tier ahead: here it takes until {missing}."))
}
