//! The sentence about what could not be judged, and what it would take.

use run_record::{Expectation, Figure, Verdict};

use super::sentence::{answers, refusals};
use super::{Span, Tone, plain, toned};
use crate::account::refused;
use crate::goal;
use crate::live;
use crate::numbers;
use crate::study::{Outcome, Study};

/// The account's tier could not be judged.
pub(super) fn sentence(study: &Study<'_>, tier: usize) -> Vec<Span> {
    let mut sentence = vec![toned(Tone::Fair, "Not judged")];
    let doubt = live::doubt(study.record.header());
    if let Some(((_, outcome), doubt)) = study.best(tier).zip(doubt) {
        let figures =
            format!("{}, {}", answers(study, outcome, " of jobs"), refusals(study, outcome));
        let why = format!("the load generator’s figures are partly its own, {doubt}");
        sentence.push(plain(format!(": {why}. Measured: {figures}.")));
        return sentence;
    }
    let asked =
        study.deciding.and_then(|one| Some((one, study.expectations().get(one.expectation)?)));
    let Some((deciding, asked)) = asked else {
        sentence.push(plain("."));
        return sentence;
    };
    let cell = deciding.strategy.and_then(|one| Some((one, study.outcome(one, tier)?)));
    let Some((strategy, outcome)) = cell else {
        let ship = study.record.header().ship.as_deref();
        let of = match asked.strategy.as_deref().or(ship) {
            Some(name) => format!("“{name}”, which"),
            None => "a cell that".to_owned(),
        };
        let what = goal::phrase(asked);
        sentence.push(plain(format!(": {what} was asked of {of} was not run.")));
        return sentence;
    };
    let lacks = lacks(study, asked, (strategy, tier));
    sentence.push(plain(format!(": {lacks}. {}.", rest(study, outcome))));
    sentence
}

/// Another tier misses nothing, but could not be judged either: `Tier 3 is not judged: …`.
pub(super) fn elsewhere(study: &Study<'_>, tier: usize) -> Vec<Span> {
    let Some((strategy, outcome)) = study.best(tier) else { return Vec::new() };
    let open = outcome.judged.iter().find(|one| one.verdict == Verdict::Unjudged);
    let asked = open.and_then(|one| study.expectations().get(one.expectation));
    let Some(asked) = asked else { return Vec::new() };
    let lacks = lacks(study, asked, (strategy, tier));
    vec![toned(Tone::Fair, study.is_not_judged(tier)), plain(format!(": {lacks}."))]
}

/// What else is asked of the same cell, and its figures.
fn rest(study: &Study<'_>, outcome: &Outcome) -> String {
    let count = |verdict| outcome.judged.iter().filter(|one| one.verdict == verdict).count();
    let rest = match (count(Verdict::Unjudged), count(Verdict::Met), count(Verdict::Missed)) {
        (0 | 1, 1.., 0) => "The rest is met".to_owned(),
        (2, ..) => "Nor is one more expectation judged. Measured".to_owned(),
        (open @ 3.., ..) => {
            format!("Nor are {} more expectations judged. Measured", numbers::in_words(open - 1))
        }
        _ => "Measured".to_owned(),
    };
    format!("{rest}: {}, {}", answers(study, outcome, " of jobs"), refusals(study, outcome))
}

/// `wait p95 of “x” has 14 samples, needs 200`.
fn lacks(study: &Study<'_>, asked: &Expectation, (strategy, tier): (usize, usize)) -> String {
    let of = if study.strategies.len() > 1 {
        format!(" with {}", study.quoted(strategy))
    } else {
        String::new()
    };
    if asked.figure == Figure::CostUsd {
        let known = if refused::refused(study).is_empty() {
            "is not known"
        } else {
            "is not known in full"
        };
        return format!("{}{of} {known}", goal::phrase(asked));
    }
    let samples = match samples(study, asked, (strategy, tier)) {
        None | Some((0, _)) => "no samples".to_owned(),
        Some((held, needed)) => {
            let noun = if held == 1 { "sample" } else { "samples" };
            format!("{} {noun}, needs {}", numbers::count(held), numbers::count(needed))
        }
    };
    format!("{}{of} has {samples}", goal::phrase(asked))
}

/// How many samples a percentile has, and how many it needs; none for another figure.
pub(super) fn samples(
    study: &Study<'_>,
    asked: &Expectation,
    (strategy, tier): (usize, usize),
) -> Option<(u64, u64)> {
    let Figure::Time { measure, percentile } = asked.figure else { return None };
    let held = goal::samples(measure, &study.asked_about(asked, strategy, tier)?);
    // A percentile has at most four digits, so that a hundred thousand samples tell any.
    let needed = (held..=100_000).find(|count| percentile.is_told(*count)).unwrap_or(held);
    Some((held, needed))
}
