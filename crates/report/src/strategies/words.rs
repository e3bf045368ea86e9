//! What the comparison comes to, in sentences that hold for any record.

use run_record::Figure;

use super::run_on;
use crate::goal;
use crate::numbers::{self, Share};
use crate::study::{Outcome, Standing, Study};

/// Names that one sentence still carries.
const NAMED: usize = 2;
/// A share of jobs that is worth a sentence.
const TELLING: f64 = 0.1;

pub(super) fn question(study: &Study<'_>) -> &'static str {
    if study.strategies.len() == 1 {
        "How does the strategy fare?"
    } else {
        "Which strategy fixes it?"
    }
}

/// Who meets everything on the tier that the page is about; else who comes closest.
pub(super) fn finding(study: &Study<'_>, tier: usize) -> String {
    if study.cut_short() {
        return format!("Stopped before the end: {}", study.completeness());
    }
    if let [_] = study.strategies.as_slice() {
        return alone(study, tier);
    }
    let on = study.on(tier);
    if study.expectations().is_empty() {
        return unasked(study, tier);
    }
    let there = standings(study, tier);
    let count = |standing: Standing| there.iter().filter(|(_, one)| *one == standing).count();
    let (meet, of) = study.meeting(tier);
    let sure = count(Standing::Meets);
    if meet == of && of > 1 && sure == of {
        return format!("{on}, {} meet everything", of_all(of, of));
    }
    let who = match (sure, meet) {
        (0, 0) => return format!("{on}, {}", nobody(study, tier)),
        (0, 1) => match names(study, &there, Standing::OnAverage).as_slice() {
            [one] => format!("only {one} meets everything, and only on average"),
            _ => "one strategy meets everything on average".to_owned(),
        },
        (0, some) => {
            format!("{} meet everything, but only on average", of_all(some, of))
        }
        (1, 1) => match names(study, &there, Standing::Meets).as_slice() {
            [one] => format!("only {one} meets everything{}", in_seeds(study, tier)),
            _ => "one strategy meets everything".to_owned(),
        },
        (1, _) => match names(study, &there, Standing::Meets).as_slice() {
            [one] => format!("{one} meets everything{}", in_seeds(study, tier)),
            _ => "one strategy meets everything".to_owned(),
        },
        (_, _) => format!("{} meet everything", of_all(meet, of)),
    };
    format!("{on}, {who}{}", others(study, &there, tier))
}

/// `three of eight strategies`, `all eight strategies`, `both strategies`.
fn of_all(some: usize, of: usize) -> String {
    if some == of {
        return match of {
            2 => "both strategies".to_owned(),
            _ => format!("all {} strategies", numbers::in_words(of)),
        };
    }
    format!("{} of {} strategies", numbers::in_words(some), numbers::in_words(of))
}

/// How every strategy of a tier stands, in the order of rows.
fn standings(study: &Study<'_>, tier: usize) -> Vec<(usize, Standing)> {
    let all = 0..study.strategies.len();
    all.filter_map(|row| Some((row, study.outcome(row, tier)?.standing))).collect()
}

fn names(study: &Study<'_>, there: &[(usize, Standing)], standing: Standing) -> Vec<String> {
    let so = there.iter().filter(|(_, one)| *one == standing);
    so.map(|(row, _)| study.quoted(*row)).collect()
}

/// In how many seeds the only one that surely meets everything does so.
fn in_seeds(study: &Study<'_>, tier: usize) -> String {
    let outcome = (0..study.strategies.len())
        .filter_map(|row| study.outcome(row, tier))
        .find(|outcome| outcome.standing == Standing::Meets);
    match outcome.map(|outcome| (outcome.met_in, outcome.thin)) {
        None | Some(((_, 0 | 1), _) | (_, true)) => String::new(),
        Some(((met, of), _)) if met == of => ", in every seed".to_owned(),
        Some(((met, of), _)) => format!(", in {met} of {of} seeds"),
    }
}

/// Those that answer enough in time and miss something else: `; four more answer in time but are
/// refused too often`.
fn others(study: &Study<'_>, there: &[(usize, Standing)], tier: usize) -> String {
    let partly: Vec<usize> = there
        .iter()
        .filter(|(_, standing)| *standing == Standing::InTime)
        .map(|(row, _)| *row)
        .collect();
    let (verb, are) = match partly.len() {
        0 => return String::new(),
        1 => ("answers", "is"),
        _ => ("answer", "are"),
    };
    let only_refused = partly.iter().all(|row| {
        let outcome = study.outcome(*row, tier);
        outcome
            .is_some_and(|outcome| missed(study, outcome).all(|figure| figure == Figure::Status429))
    });
    let why = if only_refused {
        format!("{are} refused too often")
    } else if partly.len() == 1 {
        "misses something else".to_owned()
    } else {
        "miss something else".to_owned()
    };
    format!("; {} more {verb} in time but {why}", numbers::in_words(partly.len()))
}

/// What is missed, by figure.
fn missed<'s>(study: &'s Study<'_>, outcome: &'s Outcome) -> impl Iterator<Item = Figure> + 's {
    let missed = outcome.judged.iter().filter(|one| one.verdict == run_record::Verdict::Missed);
    missed.filter_map(|one| Some(study.expectations().get(one.expectation)?.figure))
}

/// Where none meets everything: who comes closest, and why nothing more is known of it.
fn nobody(study: &Study<'_>, tier: usize) -> String {
    let Some((best, outcome)) = study.best(tier) else { return "nothing was run".to_owned() };
    let name = study.quoted(best);
    if outcome.standing == Standing::Unjudged {
        return format!(
            "no strategy is known to meet everything; {name} misses nothing that could be judged"
        );
    }
    match outcome.in_time() {
        Some(share) if !share.is_zero() => format!(
            "no strategy meets everything; {name} comes closest, with {} in time",
            share.in_sentence(study.goal_in_time())
        ),
        Some(_) | None => "no strategy meets everything".to_owned(),
    }
}

/// Where nothing was asked: who answers most in time, unless all do the same.
fn unasked(study: &Study<'_>, tier: usize) -> String {
    let on = study.on(tier);
    let outcomes = || (0..study.strategies.len()).filter_map(|row| study.outcome(row, tier));
    let printed = |outcome: &Outcome| outcome.in_time().map(Share::in_table);
    let Some((best, outcome)) = study.best(tier) else { return format!("{on}, nothing was run") };
    let Some(share) = outcome.in_time() else { return format!("{on}, nothing fell due") };
    let share = share.in_sentence(None);
    if outcomes().all(|one| printed(one) == printed(outcome)) {
        return format!("{on}, every strategy answers {share} of its jobs in time");
    }
    let alike = outcomes().filter(|one| printed(one) == printed(outcome)).count();
    if alike > 1 {
        let who = of_all(alike, outcomes().count());
        return format!("{on}, {who} answer most jobs in time: {share}");
    }
    format!("{on}, {} answers most jobs in time: {share}", study.quoted(best))
}

/// The finding about the only strategy.
fn alone(study: &Study<'_>, tier: usize) -> String {
    let on = study.on(tier);
    let Some(outcome) = study.outcome(0, tier) else { return format!("{on}, nothing was run") };
    let name = study.quoted(0);
    let share = outcome.in_time().map(|share| share.in_sentence(study.goal_in_time()));
    let share = share.unwrap_or_else(|| "none".to_owned());
    match outcome.standing {
        Standing::Meets => format!("{on}, {name} meets everything{}", in_seeds(study, tier)),
        Standing::OnAverage => {
            let (met, of) = outcome.met_in;
            format!("{on}, {name} meets everything on average, in {met} of {of} seeds")
        }
        Standing::Unjudged => {
            format!("{on}, {name} misses nothing that could be judged, {share} in time")
        }
        Standing::InTime | Standing::Misses | Standing::Unasked => {
            format!("{on}, {name} answers {share} of its jobs in time")
        }
    }
}

/// What a reader needs to know beside the finding: who meets it on average only, how often those
/// are refused that miss no more than that, and how jobs are lost where many are.
pub(super) fn lead(study: &Study<'_>, about: usize) -> Option<String> {
    if study.cut_short() || study.strategies.len() < 2 {
        return None;
    }
    let lossy = study.yours.filter(|tier| is_lossy(study, *tier)).unwrap_or(about);
    let sentences = [
        on_average(study, about),
        refused_too_often(study, about),
        how_jobs_are_lost(study, lossy),
    ];
    let said: Vec<String> = sentences.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// `“own-bucket” meets everything on average, in 12 of 20 seeds.`
fn on_average(study: &Study<'_>, tier: usize) -> Option<String> {
    let there = standings(study, tier);
    let so: Vec<usize> = there
        .iter()
        .filter(|(_, standing)| *standing == Standing::OnAverage)
        .map(|(row, _)| *row)
        .collect();
    let said: Vec<String> = so
        .iter()
        .take(NAMED)
        .filter_map(|row| {
            let (met, of) = study.outcome(*row, tier)?.met_in;
            Some(format!("{} in {met} of {of} seeds", study.quoted(*row)))
        })
        .collect();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    match so.len() {
        0 => None,
        1 | 2 => Some(format!("On average only: {}.", numbers::listed(&said))),
        all => Some(format!(
            "On average only: {}, and {} more.",
            said.join(", "),
            numbers::in_words(all - said.len())
        )),
    }
}

/// The range of 429s of those that answer enough in time and miss that goal alone.
fn refused_too_often(study: &Study<'_>, tier: usize) -> Option<String> {
    let goal = study.goal_429()?;
    let outcomes: Vec<&Outcome> = (0..study.strategies.len())
        .filter_map(|row| study.outcome(row, tier))
        .filter(|outcome| outcome.standing == Standing::InTime)
        .filter(|outcome| missed(study, outcome).all(|figure| figure == Figure::Status429))
        .collect();
    let shares = || outcomes.iter().filter_map(|outcome| outcome.refused());
    let least = shares().min_by(|a, b| a.fraction().total_cmp(&b.fraction()))?;
    let most = shares().max_by(|a, b| a.fraction().total_cmp(&b.fraction()))?;
    let at = Some(goal::number(goal));
    let (least, most) = (least.in_sentence(at), most.in_sentence(at));
    let range = if least == most { most } else { format!("{least} to {most}") };
    let who = if outcomes.len() == 1 { "The one" } else { "Those" };
    Some(format!(
        "{who} refused too often: {range} of attempts, where {} was asked for.",
        goal::bound(goal)
    ))
}

/// Whether a tenth of the jobs is lost even with the best strategy of a tier.
fn is_lossy(study: &Study<'_>, tier: usize) -> bool {
    let best = run_on(study, tier).filter_map(|(_, outcome)| outcome.in_time());
    best.map(Share::fraction).fold(0.0, f64::max) < 1.0 - TELLING
}

/// Who answers most too late, and who gives most up.
fn how_jobs_are_lost(study: &Study<'_>, tier: usize) -> Option<String> {
    let jobs = |outcome: &Outcome| outcome.total.jobs;
    let late = |outcome: &Outcome| {
        Share::new(jobs(outcome).answered - jobs(outcome).in_time, jobs(outcome).offered)
    };
    let gave_up = |outcome: &Outcome| Share::new(jobs(outcome).gave_up, jobs(outcome).offered);
    let most = |share: &dyn Fn(&Outcome) -> Option<Share>| {
        run_on(study, tier)
            .filter_map(|(row, outcome)| Some((row, share(outcome)?)))
            .filter(|(_, share)| share.fraction() >= TELLING)
            .rev()
            .max_by(|(_, a), (_, b)| a.fraction().total_cmp(&b.fraction()))
    };
    let on = study.on(tier);
    let said = |(row, share): (usize, Share)| (study.quoted(row), share.in_sentence(None));
    match (most(&late).map(said), most(&gave_up).map(said)) {
        (Some((who, late)), Some((other, gave_up))) if who == other => Some(format!(
            "{on}, {who} answers {late} of its jobs too late and gives up on {gave_up}."
        )),
        (Some((who, late)), Some((other, gave_up))) => Some(format!(
            "{on}, {who} answers {late} of its jobs too late; {other} gives up on {gave_up} of its own."
        )),
        (Some((who, late)), None) => {
            Some(format!("{on}, {who} answers {late} of its jobs too late."))
        }
        (None, Some((who, gave_up))) => {
            Some(format!("{on}, {who} gives up on {gave_up} of its jobs."))
        }
        (None, None) => None,
    }
}
