//! The facts beneath the sentence: why, what to do, how much room, how sure.

use run_record::Verdict;

use super::{Fact, unjudged};
use crate::demand::{Demand, Dimension, Pressure, pressures};
use crate::goal;
use crate::live;
use crate::numbers::{self, Share, THIN};
use crate::study::{Cause, Deciding, Outcome, Standing, Study};

const GATE: &str = "token_gate";

pub(super) fn of(study: &Study<'_>, demand: &[Demand<'_>]) -> Vec<Fact> {
    if study.offered().is_none_or(|(offered, _)| offered == 0) {
        return Vec::new();
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

/// The limit that binds, how hard it is pressed, and what the service alone would do.
fn why(study: &Study<'_>, demand: &[Demand<'_>]) -> Option<String> {
    let (strategy, tier) = study.focus()?;
    let outcome = study.outcome(strategy, tier)?;
    let mut sentences = Vec::new();
    if let Some((cause, share)) = binding(outcome) {
        let whose = if study.strategies.len() > 1 {
            format!(" that {} meets on {}", study.quoted(strategy), study.title(tier))
        } else {
            format!(" on {}", study.title(tier))
        };
        let part = if share.fraction() < 1.0 {
            format!("{} of the", share.in_sentence(None))
        } else {
            "all the".to_owned()
        };
        sentences.push(format!("The {} causes {part} 429s{whose}.", study.limit(cause)));
        sentences.extend(pressed(study, demand, tier, cause));
    }
    sentences.extend(without_limit(study));
    Some(sentences.join(" "))
}

/// The cause of most refusals with its share of them.
fn binding(outcome: &Outcome) -> Option<(Cause, Share)> {
    let all = outcome.causes().iter().map(|(_, count)| count).sum();
    // The first of equals in stack order.
    let (cause, count) = outcome.causes().iter().rev().max_by_key(|(_, count)| *count)?;
    Some((*cause, Share::new(*count, all)?))
}

/// How the busiest minute compares with the limit behind a cause.
fn pressed(study: &Study<'_>, demand: &[Demand<'_>], tier: usize, cause: Cause) -> Option<String> {
    let of_tokens = match cause {
        Cause::Tokens => true,
        Cause::Requests | Cause::Model => false,
        Cause::Dynamic => return None,
    };
    let rung = study.tiers.get(tier)?;
    let is_meant = |one: &Pressure| (one.dimension == Dimension::Tokens) == of_tokens;
    let pressure = pressures(demand, rung).into_iter().find(is_meant)?;
    let your = if study.yours == Some(tier) { "your " } else { "its " };
    let asks = asks(pressure, your);
    let window = rung.limits.first().filter(|_| !of_tokens);
    Some(match window {
        Some(pair) if pressure.ratio() < 1.0 => format!(
            "The busiest minute {asks}, but a window of {} admits only {}.",
            numbers::setting(pair.window.nanos()),
            numbers::count(pair.window_requests)
        ),
        Some(_) | None => format!("The busiest minute {asks}."),
    })
}

/// `asks for 1.8 times your 250,000 TPM`.
fn asks(pressure: Pressure, whose: &str) -> String {
    let limit =
        format!("{whose}{}{THIN}{}", numbers::count(pressure.limit), pressure.dimension.unit());
    if pressure.ratio() >= 1.0 {
        format!("asks for {} times {limit}", numbers::times(pressure.ratio()))
    } else {
        let share = Share::from_fraction(pressure.ratio());
        let share = share.map_or_else(String::new, |share| share.in_sentence(None));
        format!("asks for {share} of {limit}")
    }
}

/// A deadline that the service alone cannot keep is no limit's fault.
fn without_limit(study: &Study<'_>) -> Option<String> {
    let share = study.unlimited?;
    let goal = study.goal_in_time();
    let text = share.in_sentence(goal);
    Some(if goal.is_some_and(|goal| share.fraction() < goal) {
        format!(
            "Without any limit only {text} would be in time: the service itself is too slow for \
             these deadlines, and no tier changes that."
        )
    } else {
        format!("Without any limit {text} would be in time.")
    })
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
    if study.expectations().is_empty() {
        return None;
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
    let enough = study.enough?;
    let (best, _) = study.best(enough)?;
    let as_it_is = study.ship.filter(|ship| *ship != best).and_then(|ship| {
        let tier = (enough..study.tiers.len()).find(|tier| meets(ship, *tier))?;
        Some(format!(" Or {} with {} as it is.", study.title(tier), study.quoted(ship)))
    });
    let reach = format!("Reach {}", study.title(enough));
    Some(match study.ship {
        Some(ship) if ship == best => format!("{reach}, with {} as it is.", study.quoted(ship)),
        None if study.any_will_do(enough) => format!("{reach}; any strategy will do."),
        Some(_) | None if study.strategies.len() == 1 => format!("{reach}."),
        Some(_) | None => {
            let best = study.quoted(best);
            format!("{reach} and ship {best}.{}", as_it_is.unwrap_or_default())
        }
    })
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
    match (0..study.tiers.len()).find(met) {
        Some(tier) => format!("Reach {}, where {name} keeps to it.", study.title(tier)),
        None => format!("Change {name}, or what is asked of it; no tier tested mends it."),
    }
}

/// Whether a lower tier would do as well.
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

/// How much of the tier that is enough the busiest minute asks for, where that is another tier.
fn room(study: &Study<'_>, demand: &[Demand<'_>]) -> Option<String> {
    let tier = study.enough?;
    // Where one strategy decides by name, or nothing does, another tier is beside the point.
    if study.cut_short() || study.deciding.is_some_and(Deciding::is_about_one) {
        return None;
    }
    if study.focus().is_some_and(|(_, focus)| focus == tier) {
        // The first fact says it already.
        return None;
    }
    let pressure = pressures(demand, study.tiers.get(tier)?).into_iter().next()?;
    let whose = if study.yours == Some(tier) {
        "your ".to_owned()
    } else {
        format!("{}’s ", study.title(tier))
    };
    Some(if pressure.ratio() < 1.0 {
        format!("The busiest minute {}.", asks(pressure, &whose))
    } else {
        format!("None in the busiest minute: it {}.", asks(pressure, &whose))
    })
}

/// In how many seeds, under how many assumptions, and what if the one about tokens is wrong.
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
    let others: Vec<String> = of_gate
        .iter()
        .filter_map(|one| Some(format!("{} under {}", written(one.outcome.in_time())?, one.value)))
        .collect();
    let assumptions = &study.record.header().assumptions;
    let value = assumptions.iter().find(|note| note.name == GATE).map(|note| &note.value)?;
    Some(format!(
        "{} on {} hangs on {GATE}: {} in time under {value}, {}.",
        study.quoted(strategy),
        study.title(tier),
        written(as_assumed.in_time())?,
        others.join(", ")
    ))
}
