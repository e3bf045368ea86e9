//! The facts beneath the sentence: why, what to do, how much room, how sure.

use run_record::Verdict;

use super::why::{asks, why};
use super::{Fact, unjudged};
use crate::account::{self, climb, refused};
use crate::demand::{Demand, pressures};
use crate::goal;
use crate::live;
use crate::moving::words::room as room_to_grow;
use crate::numbers::{self, Share};
use crate::readings;
use crate::study::{Cause, Deciding, Ladder, Outcome, Standing, Study};
use crate::trust::sensitivity::Sensitivity;

const GATE: &str = "token_gate";

pub(super) fn of(study: &Study<'_>, demand: &[Demand<'_>]) -> Vec<Fact> {
    if study.offered().is_none_or(|(offered, _)| offered == 0) {
        let remedy = refused::remedy(study).map(|text| Fact { name: "Do", text });
        return remedy.into_iter().collect();
    }
    let facts = [
        ("Why", why(study, demand)),
        ("Do", what_to_do(study)),
        ("Room", room(study, demand)),
        ("How sure", Some(how_sure(study))),
    ];
    facts
        .into_iter()
        .filter_map(|(name, text)| Some(Fact { name, text: text.filter(|text| !text.is_empty())? }))
        .collect()
}

/// The cheapest change first: another strategy, then another tier, then a tier for the strategy
/// as it is.
fn what_to_do(study: &Study<'_>) -> Option<String> {
    if study.cut_short() {
        return Some("Let it run to its end.".to_owned());
    }
    if let Some(remedy) = live::remedy(study.record.header()) {
        return Some(remedy);
    }
    if let Some(remedy) = refused::remedy(study) {
        return Some(remedy);
    }
    if study.expectations().is_empty() {
        return account::remedy(study);
    }
    let yours = study.yours?;
    match study.deciding {
        Some(one) if one.verdict == Verdict::Unjudged => return more_samples(study, yours, one),
        Some(one) if one.by_name => return Some(for_one_by_name(study, one)),
        Some(_) | None => {}
    }
    let meets = |strategy: usize, tier: usize| {
        study.outcome(strategy, tier).is_some_and(|one| one.standing <= Standing::OnAverage)
    };
    if let Some(remedy) = account::remedy(study).or_else(|| climb::ahead(study)) {
        return Some(remedy);
    }
    let best_here = study.best(yours).filter(|(best, _)| meets(*best, yours));
    if let Some((best, _)) = best_here {
        let best = study.quoted(best);
        return Some(match study.ship {
            Some(ship) if meets(ship, yours) => return smaller_tier(study, yours),
            Some(ship) => format!("Ship {best} instead of {}.", study.quoted(ship)),
            None if study.any_will_do(yours) => return smaller_tier(study, yours),
            None if study.strategies.len() > 1 => format!("Ship {best}."),
            None => return smaller_tier(study, yours),
        });
    }
    let Some(enough) = study.enough else { return other_ways(study, "") };
    let (best, _) = study.best(enough)?;
    let as_it_is = study.ship.filter(|ship| *ship != best).and_then(|ship| {
        let tier = (enough..study.tiers.len()).find(|tier| meets(ship, *tier))?;
        Some(format!(
            " Or {}{} with {} as it is.",
            study.subject(tier),
            study.priced(tier),
            study.quoted(ship)
        ))
    });
    let reach = study.reach(enough);
    let climb = match study.ship {
        Some(ship) if ship == best => format!("{reach}, with {} as it is.", study.quoted(ship)),
        None if study.any_will_do(enough) => format!("{reach}; any strategy will do."),
        Some(_) | None if study.strategies.len() == 1 => format!("{reach}."),
        Some(_) | None => {
            let best = study.quoted(best);
            let and = if study.ladder() == Ladder::PastHours { ", and" } else { " and" };
            format!("{reach}{and} ship {best}.{}", as_it_is.unwrap_or_default())
        }
    };
    // Growing takes hours, so what does not is said beside it.
    Some(match study.ladder() {
        Ladder::PastHours => other_ways(study, &format!("{climb} ")).unwrap_or(climb),
        Ladder::Tiers | Ladder::Endpoints => climb,
    })
}

/// What the edition offers beside its ladder: `Use the batch API or a dedicated endpoint.`
fn other_ways(study: &Study<'_>, climb: &str) -> Option<String> {
    if study.ladder() == Ladder::Endpoints {
        return Some("Give the endpoint more replicas, or ask less of it.".to_owned());
    }
    if study.is_lost_at_endpoints() {
        return Some(
            "Start the endpoint earlier, give it more replicas, or ask less of it.".to_owned(),
        );
    }
    let ways = &study.record.header().ways;
    let names: Vec<&str> = ways.iter().map(|way| way.name.as_str()).collect();
    let (last, others) = names.split_last()?;
    let before = if others.is_empty() { String::new() } else { others.join(", ") + " or " };
    let how = if climb.is_empty() { "Use" } else { "Or use" };
    Some(format!("{climb}{how} {before}{last}.{}", less(study).unwrap_or_default()))
}

/// How much of this traffic some tier carries, where none carries all of it.
fn less(study: &Study<'_>) -> Option<String> {
    let growth = study.growth().filter(|_| study.enough.is_none())?;
    let (tier, upto) = growth.furthest().filter(|(_, upto)| *upto < growth.own)?;
    Some(format!(" Or keep to {} of this traffic {}.", growth.shown(upto), study.there(tier)))
}

/// What it takes to judge a percentile.
fn more_samples(study: &Study<'_>, tier: usize, open: Deciding) -> Option<String> {
    let asked = study.expectations().get(open.expectation)?;
    let (held, needed) = unjudged::samples(study, asked, (open.strategy?, tier))?;
    (held < needed).then(|| {
        format!(
            "Run more seeds, or longer: {} takes {} samples.",
            goal::phrase(asked),
            numbers::count(needed)
        )
    })
}

/// Where a strategy meets what is asked of it by name.
fn for_one_by_name(study: &Study<'_>, one: Deciding) -> String {
    let name = one.strategy.map_or_else(String::new, |strategy| study.quoted(strategy));
    let met = |tier: &usize| {
        let outcome = one.strategy.and_then(|strategy| study.outcome(strategy, *tier));
        let mut judged = outcome.into_iter().flat_map(|outcome| &outcome.judged);
        judged.any(|it| it.expectation == one.expectation && it.verdict == Verdict::Met)
    };
    if let Some(tier) = (0..study.tiers.len()).find(met) {
        format!("{}, where {name} keeps to it.", study.reach(tier))
    } else {
        let rung = study.rung();
        format!("Change {name}, or what is asked of it; no {rung} tested mends it.")
    }
}

/// Whether a lower tier would do as well; of past hours none below the account's own is enough.
fn smaller_tier(study: &Study<'_>, yours: usize) -> Option<String> {
    let enough = study.enough.filter(|enough| *enough < yours)?;
    let (best, _) = study.best(enough)?;
    let with = if study.strategies.len() > 1 && !study.any_will_do(enough) {
        format!(" with {}", study.quoted(best))
    } else {
        String::new()
    };
    Some(format!("Nothing. {}{with} would do as well.", study.title(enough)))
}

/// How far the tiers carry this traffic, where that was tested; else how much of the tier that is
/// enough the busiest minute asks for, where that is another tier.
fn room(study: &Study<'_>, demand: &[Demand<'_>]) -> Option<String> {
    // Where one strategy decides by name, or nothing does, another tier is beside the point.
    if study.cut_short() || study.deciding.is_some_and(Deciding::is_about_one) {
        return None;
    }
    let growth = room_to_grow(study);
    let Some(tier) = study.enough else { return growth };
    if let Some(growth) = growth {
        return Some(growth);
    }
    if study.focus().is_some_and(|(_, focus)| focus == tier) {
        // The first fact says it already.
        return None;
    }
    let pressure = pressures(demand, study.tiers.get(tier)?).into_iter().next()?;
    let (whose, after) = match (study.ladder(), study.yours == Some(tier)) {
        (Ladder::PastHours, _) => ("the ".to_owned(), study.allowed(tier)),
        (_, true) => ("your ".to_owned(), String::new()),
        (_, false) => (format!("{}’s ", study.title(tier)), String::new()),
    };
    let strategy = study.ship.or_else(|| study.best(tier).map(|(best, _)| best));
    let outcome = strategy.and_then(|strategy| study.outcome(strategy, tier));
    let goes_elsewhere = outcome.is_some_and(|outcome| outcome.total.elsewhere.sent > 0);
    Some(if pressure.ratio() < 1.0 {
        format!("The busiest minute {}.", asks(pressure, &whose, &after))
    } else if goes_elsewhere {
        format!(
            "None at home in the busiest minute: it {}. What finds none there goes elsewhere.",
            asks(pressure, &whose, &after)
        )
    } else {
        format!("None in the busiest minute: it {}.", asks(pressure, &whose, &after))
    })
}

/// In how many seeds, and under how many of the changed assumptions; where those were not tried, how
/// many there are, and what if the one about tokens is wrong.
fn how_sure(study: &Study<'_>) -> String {
    let mut sentences = Vec::new();
    if let Some(outcome) = claimed(study) {
        let (met, of) = outcome.met_in;
        sentences.push(match (of, outcome.standing) {
            (0 | 1, _) => "One seed only: no spread is known.".to_owned(),
            (_, Standing::Meets) if outcome.thin => {
                format!("Met by {of} seeds together; one alone has too few samples to tell.")
            }
            (_, Standing::Meets | Standing::OnAverage) => format!("Met in {met} of {of} seeds."),
            (_, Standing::Unasked | Standing::Misses | Standing::InTime | Standing::Unjudged) => {
                format!("The mean of {of} seeds.")
            }
        });
    }
    if let Some(told) = Sensitivity::of(study).and_then(|readings| readings.in_short(study)) {
        sentences.push(told);
        return sentences.join(" ");
    }
    let assumptions = &study.record.header().assumptions;
    let assumed = assumptions.iter().filter(|note| note.certainty == "assumed").count();
    match assumed {
        0 => {}
        1 => sentences.push("Rests on one assumption that no source settles.".to_owned()),
        _ => sentences.push(format!(
            "Rests on {} assumptions that no source settles.",
            numbers::in_words(assumed)
        )),
    }
    sentences.extend(if_tokens_decide(study));
    let variants = study.variants();
    let others = variants.into_iter().filter(|one| one.assumption != GATE).collect::<Vec<_>>();
    sentences.extend(readings::moves(study, &others).into_iter().next());
    sentences.join(" ")
}

/// The cell that the sentence makes its claim about.
fn claimed<'s>(study: &'s Study<'_>) -> Option<&'s Outcome> {
    let meets = |outcome: &&Outcome| outcome.standing <= Standing::OnAverage;
    let best = |tier: Option<usize>| tier.and_then(|tier| study.best(tier)).map(|(_, one)| one);
    let shipped = study.ship.zip(study.yours).and_then(|(ship, yours)| study.outcome(ship, yours));
    if study.deciding.is_some_and(Deciding::is_about_one) {
        return study.focus().and_then(|(strategy, tier)| study.outcome(strategy, tier));
    }
    shipped
        .filter(meets)
        .or_else(|| best(study.yours).filter(meets))
        .or_else(|| best(study.enough))
        .or_else(|| study.focus().and_then(|(strategy, tier)| study.outcome(strategy, tier)))
}

/// What the other readings of the token limit would change, where tokens refuse at all.
fn if_tokens_decide(study: &Study<'_>) -> Option<String> {
    let variants = study.variants();
    let (strategy, tier) = study.focus()?;
    let of_gate: Vec<_> = variants
        .iter()
        .filter(|one| one.assumption == GATE && (one.strategy, one.tier) == (strategy, tier))
        .collect();
    if of_gate.is_empty() {
        return None;
    }
    let as_assumed = study.outcome(strategy, tier)?;
    if !as_assumed.causes().iter().any(|(cause, _)| *cause == Cause::Tokens) {
        return None;
    }
    let goal = study.goal_in_time();
    let written = |share: Option<Share>| share.map(|share| share.in_sentence(goal));
    let same = written(as_assumed.in_time());
    if of_gate.iter().all(|one| written(one.outcome.in_time()) == same) {
        // Nothing hangs on what comes to the same.
        return None;
    }
    let others: Vec<String> = of_gate
        .iter()
        .filter_map(|one| Some(format!("{} under {}", written(one.outcome.in_time())?, one.value)))
        .collect();
    let assumptions = &study.record.header().assumptions;
    let value = assumptions.iter().find(|note| note.name == GATE).map(|note| &note.value)?;
    Some(format!(
        "{} {} hangs on {GATE}: {} in time under {value}, {}.",
        study.quoted(strategy),
        study.there(tier),
        same?,
        others.join(", ")
    ))
}
