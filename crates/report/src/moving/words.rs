//! The sentences about moving: what the section finds, and how far each tier carries.

use run_record::Verdict;

use super::even;
use crate::account::climb;
use crate::numbers::{self, THIN};
use crate::study::{Growth, Ladder, Standing, Study, capital};

/// What the section finds.
pub(super) fn finding(study: &Study<'_>) -> String {
    if study.cut_short() {
        return format!("Stopped before the end: {}", study.completeness());
    }
    if study.expectations().is_empty() {
        return unasked(study);
    }
    match study.deciding {
        Some(one) if one.verdict == Verdict::Unjudged => {
            return "Whether to move is not judged".to_owned();
        }
        Some(one) if one.by_name => {
            let name = one.strategy.map_or_else(String::new, |row| study.quoted(row));
            return format!("What is asked of {name} by name decides here");
        }
        Some(_) | None => {}
    }
    if study.ladder() == Ladder::Endpoints {
        return even::finding(study).unwrap_or_else(|| with_growth(study));
    }
    match study.yours.and_then(|yours| climb::of(study, yours)) {
        Some(climb) => {
            format!("The account comes to {} {}, by what it pays", climb.to, climb.when)
        }
        None => with_growth(study),
    }
}

fn with_growth(study: &Study<'_>) -> String {
    match (study.enough, study.yours) {
        (Some(enough), Some(yours)) if enough > yours => move_to(study, enough),
        (Some(enough), Some(yours)) if enough < yours => {
            format!(
                "No move is needed: {} would do{}",
                study.subject(enough),
                and_upto(study, enough)
            )
        }
        (Some(enough), _) => stay(study, enough),
        (None, _) => none(study),
    }
}

/// Nothing was asked, so that no tier is enough or too little.
fn unasked(study: &Study<'_>) -> String {
    let best = |tier: usize| study.best(tier).and_then(|(_, outcome)| outcome.in_time());
    let last = study.tiers.len().saturating_sub(1);
    match (best(0), best(last)) {
        (Some(low), Some(high)) if last > 0 && study.ladder() != Ladder::Endpoints => format!(
            "{} of jobs are in time {}, {} {}",
            capital(&low.in_sentence(None)),
            study.there(0),
            high.in_sentence(None),
            study.there(last)
        ),
        _ => even::finding(study).unwrap_or_else(|| "How far this traffic is carried".to_owned()),
    }
}

/// `Now to Tier 4, and to Tier 5 before traffic grows to 125 %`.
fn move_to(study: &Study<'_>, enough: usize) -> String {
    let to = match study.ladder() {
        Ladder::PastHours => format!("Grow to {} before this traffic comes", study.column(enough)),
        Ladder::Tiers | Ladder::Endpoints => format!("Now to {}", study.title(enough)),
    };
    let Some(growth) = study.growth() else { return to };
    let carried = growth.carried(enough);
    match (carried.upto, carried.misses) {
        (Some(upto), Some(misses)) if upto == growth.own => {
            format!("{to}{}", next(study, growth, enough, misses, ", and to", ", which"))
        }
        (Some(upto), _) if upto > growth.own => {
            format!("{to}, which carries up to {} of this traffic", growth.shown(upto))
        }
        _ => to,
    }
}

/// `Stay on Tier 4, and move to Tier 5 before traffic grows to 150 %`.
fn stay(study: &Study<'_>, tier: usize) -> String {
    let other = study.ship.filter(|ship| {
        study.outcome(*ship, tier).is_none_or(|one| one.standing > Standing::OnAverage)
    });
    if other.is_some() {
        return format!("Another strategy, not another {}, is needed", study.rung());
    }
    let subject = capital(&study.subject(tier));
    let Some(growth) = study.growth() else {
        return format!("{subject} is enough for this traffic");
    };
    let carried = growth.carried(tier);
    match (carried.upto, carried.misses) {
        (Some(upto), Some(misses)) if study.ladder() == Ladder::Tiers && upto >= growth.own => {
            let room = if upto == growth.own {
                "this traffic".to_owned()
            } else {
                format!("{} of this traffic", growth.shown(upto))
            };
            let next = next(study, growth, tier, misses, "; move to", ", and");
            format!("{subject} is enough for {room}{next}")
        }
        (Some(upto), _) if upto > growth.own => {
            format!("{subject} is enough for up to {} of this traffic", growth.shown(upto))
        }
        _ => format!("{subject} is enough for this traffic"),
    }
}

/// `, and to Tier 5 before traffic grows to 125 %`, or that no tier tested carries that much.
fn next(
    study: &Study<'_>,
    growth: &Growth,
    tier: usize,
    misses: usize,
    to: &str,
    none: &str,
) -> String {
    let grown = growth.shown(misses);
    match growth.carries(tier, misses) {
        Some(next) => format!("{to} {} before traffic grows to {grown}", study.column(next)),
        None if none.ends_with("and") => {
            format!("{none} no {} tested carries {grown}", study.rung())
        }
        None => format!("{none} is full before {grown}, as is every {} tested", study.rung()),
    }
}

/// ` up to 150 % of it`, where that is known.
fn and_upto(study: &Study<'_>, tier: usize) -> String {
    let upto = study.growth().and_then(|growth| Some((growth, growth.carried(tier).upto?)));
    upto.filter(|(growth, upto)| *upto > growth.own).map_or_else(String::new, |(growth, upto)| {
        format!(", up to {} of this traffic", growth.shown(upto))
    })
}

/// No tier is enough; one may carry a part of the traffic.
fn none(study: &Study<'_>) -> String {
    let none = study.none_carries().trim_end_matches('.').to_owned();
    let Some(growth) = study.growth() else { return none };
    match growth.furthest() {
        Some((tier, upto)) if upto < growth.own => format!(
            "No {} tested carries this traffic; {} carries {} of it",
            study.rung(),
            study.subject(tier),
            growth.shown(upto)
        ),
        None if missed_at_least(study, growth) => {
            format!("No {} tested carries even {} of this traffic", study.rung(), growth.shown(0))
        }
        _ => none,
    }
}

/// Whether every tier misses something under the smallest multiple already.
fn missed_at_least(study: &Study<'_>, growth: &Growth) -> bool {
    (0..study.tiers.len()).all(|tier| growth.carried(tier).misses == Some(0))
}

/// What stands beneath the finding.
pub(super) fn lead(study: &Study<'_>) -> Option<String> {
    let mut sentences = Vec::new();
    if let Some(growth) = study.growth() {
        let (first, last) = (growth.shown(0), growth.shown(growth.multiples.len() - 1));
        let of = match study.strategies.len() {
            1 => String::new(),
            _ => ", each with the strategy that does best there".to_owned(),
        };
        sentences.push(format!(
            "The traffic was run at {} multiples, from {first} to {last}{of}{}.",
            numbers::in_words(growth.multiples.len()),
            fewer_seeds(study)
        ));
        sentences.extend(room(study));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// `; 100 % rests on 20 seeds, the others on three`: that multiples rest on fewer seeds than the traffic
/// as it is written.
fn fewer_seeds(study: &Study<'_>) -> String {
    let header = study.record.header();
    let (seeds, all) = (header.growth_replications, study.replications());
    if header.growth.is_empty() || seeds == 0 || seeds >= all {
        return String::new();
    }
    format!(
        "; 100{THIN}% rests on {all} seeds, the others on {}",
        numbers::in_words(seeds as usize)
    )
}

/// How far the tier that is enough carries, the next one above it that carries more, and the
/// account's own: `Tier 4 meets everything at this traffic, not at 125 %; Tier 5 up to 200 %; Tier 2
/// not even at 25 %.` None where growth is not known or nothing was asked.
pub(crate) fn room(study: &Study<'_>) -> Option<String> {
    let growth = study.growth().filter(|_| !study.expectations().is_empty())?;
    if study.yours.is_some_and(|yours| climb::of(study, yours).is_some()) {
        // What such an account is on changes as it runs.
        return None;
    }
    let Some((first, upto)) = study
        .enough
        .and_then(|tier| Some((tier, growth.carried(tier).upto?)))
        .or_else(|| growth.furthest())
    else {
        let nothing = missed_at_least(study, growth);
        return nothing.then(|| {
            format!("No {} tested meets everything even at {}.", study.rung(), growth.shown(0))
        });
    };
    let at = if upto == growth.own {
        "at this traffic".to_owned()
    } else {
        format!("up to {} of this traffic", growth.shown(upto))
    };
    let then = match growth.carried(first).misses {
        Some(misses) => format!(", not at {}", growth.shown(misses)),
        None if upto + 1 == growth.multiples.len() => ", the most tested".to_owned(),
        None => String::new(),
    };
    let mut parts = vec![format!("{} meets everything {at}{then}", capital(&study.subject(first)))];
    let further = (first + 1..study.tiers.len())
        .filter_map(|tier| Some((tier, growth.carried(tier).upto?)))
        .find(|(_, more)| *more > upto);
    parts.extend(
        further.map(|(tier, more)| format!("{} up to {}", study.subject(tier), growth.shown(more))),
    );
    parts.extend(
        study.yours.filter(|yours| *yours < first).and_then(|yours| below(study, growth, yours)),
    );
    Some(format!("{}.", parts.join("; ")))
}

/// How far the account's own tier carries, where another one is enough.
fn below(study: &Study<'_>, growth: &Growth, yours: usize) -> Option<String> {
    let carried = growth.carried(yours);
    let subject = study.subject(yours);
    match (carried.upto, carried.misses) {
        (Some(upto), _) => Some(format!("{subject} up to {}", growth.shown(upto))),
        (None, Some(0)) => Some(format!("{subject} not even at {}", growth.shown(0))),
        (None, _) => None,
    }
}
