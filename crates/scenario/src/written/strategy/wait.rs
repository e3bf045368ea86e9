//! `hint` and `wait`: how long is waited before the next try?

use limits::Span;
use rulebook::reading::{Table, Takes, Value};
use strategies::{Backoff, Beyond, HintRule, Hundredths, Percent, Reads, Zero};

use super::super::{Said, said};
use super::portion::{hundredths, percent};
use crate::fault::Code;
use crate::lasts::shown;

pub(in crate::written) const HINTS: &[(&str, Takes)] = &[
    ("ignore", Takes::Nothing),
    ("honour", Takes::Nothing),
    ("up_to", Takes::Value),
    ("take", Takes::Value),
];
pub(in crate::written) const TAKE: &[&str] = &["reads", "zero", "most", "beyond", "jitter"];
pub(in crate::written) const READS: &[&str] = &["whole_seconds", "retry_after", "or_reset"];
pub(in crate::written) const ZEROS: &[&str] = &["at_once", "formula"];
pub(in crate::written) const BEYOND: &[(&str, Takes)] = &[
    ("formula", Takes::Nothing),
    ("clamped", Takes::Nothing),
    ("give_up", Takes::Nothing),
    ("if_shorter", Takes::Nothing),
    ("formula_plus", Takes::Value),
];
pub(in crate::written) const WAITS: &[(&str, Takes)] = &[
    ("none", Takes::Nothing),
    ("exponential", Takes::Value),
    ("full_jitter", Takes::Value),
    ("equal_jitter", Takes::Value),
    ("decorrelated_jitter", Takes::Value),
    ("sdk", Takes::Value),
    ("plus_jitter", Takes::Value),
    ("randomized", Takes::Value),
    ("clamped", Takes::Value),
    ("aws", Takes::Value),
];
/// The settings of a formula.
pub(in crate::written) fn settings_of(word: &str) -> &'static [&'static str] {
    match word {
        "plus_jitter" => &["first", "cap", "jitter"],
        "randomized" => &["first", "cap", "times", "spread"],
        "clamped" => &["first", "least", "cap"],
        "aws" => &["first", "throttled", "cap"],
        _ => &["first", "cap"],
    }
}

/// What the randomized formula of the `backoff` crate and Google's client does unless it is said.
const TIMES: Hundredths = Hundredths(150);
const SPREAD: Percent = Percent(50);

pub(super) fn hint(value: Value<'_>) -> Option<HintRule> {
    let chosen = value.choice(HINTS)?;
    Some(match (chosen.word, chosen.value) {
        ("up_to", Some(most)) => HintRule::up_to(most.duration_above_zero()?),
        ("take", Some(settings)) => return taken(&settings.table(TAKE)?),
        ("honour", _) => HintRule::HONOUR,
        _ => HintRule::IGNORE,
    })
}

fn taken(table: &Table<'_>) -> Option<HintRule> {
    let reads = table.need("reads", "reads = \"retry_after\"").and_then(|value| value.word(READS));
    let zero = said(table.get("zero"), |value| value.word(ZEROS));
    let most = said(table.get("most"), Value::duration_above_zero);
    let beyond = said(table.get("beyond"), beyond);
    let jitter = said(table.get("jitter"), Value::duration_above_zero);
    let wrong = zero == Said::Wrong
        || most == Said::Wrong
        || beyond == Said::Wrong
        || jitter == Said::Wrong;
    let reads = match reads? {
        "whole_seconds" => Reads::WholeSeconds,
        "or_reset" => Reads::OrReset,
        _ => Reads::RetryAfter,
    };
    if wrong || !most_and_beyond(table, &most, &beyond) {
        return None;
    }
    Some(HintRule {
        reads,
        zero: if zero.this() == Some("at_once") { Zero::AtOnce } else { Zero::Formula },
        most: most.this(),
        beyond: beyond.this().unwrap_or(Beyond::Formula),
        jitter: jitter.this().unwrap_or(Span::ZERO),
    })
}

/// Refuses what is beyond nothing, and a most that has no part in it.
fn most_and_beyond(table: &Table<'_>, most: &Said<Span>, beyond: &Said<Beyond>) -> bool {
    let by_formula = matches!(beyond, Said::This(Beyond::WithinFormulaPlus(_)));
    let (key, message, help) = match (most, beyond) {
        (Said::Nothing, Said::This(_)) if !by_formula => (
            "beyond",
            "`beyond` says what of a hint that is too long, and nothing says how long that is",
            "add `most = \"60s\"`, or leave `beyond` out",
        ),
        (Said::This(_), _) if by_formula => (
            "most",
            "`formula_plus` bounds a hint by the formula, so that `most` has no part in it",
            "leave `most` out, or take another `beyond`",
        ),
        _ => return true,
    };
    let place = table.get(key).map_or(table.place(), |value| value.place());
    let (code, label) = (Code::VainPart.name(), "changes nothing");
    table.fault_at(place, code, message.to_owned(), label, help);
    false
}

fn beyond(value: Value<'_>) -> Option<Beyond> {
    let chosen = value.choice(BEYOND)?;
    Some(match (chosen.word, chosen.value) {
        ("formula_plus", Some(more)) => Beyond::WithinFormulaPlus(more.duration_above_zero()?),
        ("clamped", _) => Beyond::Clamped,
        ("give_up", _) => Beyond::GiveUp,
        ("if_shorter", _) => Beyond::IfShorterThanFormula,
        _ => Beyond::Formula,
    })
}

pub(super) fn backoff(value: Value<'_>) -> Option<Backoff> {
    let chosen = value.choice(WAITS)?;
    let Some(settings) = chosen.value.filter(|_| chosen.word != "none") else {
        return Some(Backoff::None);
    };
    let table = settings.table(settings_of(chosen.word))?;
    let bounds = first_and_cap(&table);
    Some(match chosen.word {
        "plus_jitter" => {
            let jitter = table.need("jitter", "jitter = \"1s\"")?.duration_above_zero();
            let ((first, cap), jitter) = bounds.zip(jitter)?;
            Backoff::PlusJitter { first, cap, jitter }
        }
        "randomized" => {
            let times =
                said(table.get("times"), |value| hundredths(value, "1.5 is half as long again"));
            let spread = said(table.get("spread"), percent);
            if times == Said::Wrong || spread == Said::Wrong {
                return None;
            }
            let (first, cap) = bounds?;
            let times = times.this().unwrap_or(TIMES);
            Backoff::Randomized { first, cap, times, spread: spread.this().unwrap_or(SPREAD) }
        }
        "clamped" => {
            let least = table.need("least", "least = \"4s\"").filter(|_| bounds.is_some())?;
            let (first, cap) = bounds?;
            Backoff::Clamped { first, least: within_cap(least, cap)?, cap }
        }
        "aws" => {
            let other = table.need("throttled", "throttled = \"1s\"");
            let (first, cap) = bounds?;
            Backoff::Aws { first, throttled: within_cap(other?, cap)?, cap }
        }
        word => simple(word, bounds?),
    })
}

/// The formulas that have a first wait and a longest, and no other setting.
fn simple(word: &str, (first, cap): (Span, Span)) -> Backoff {
    match word {
        "exponential" => Backoff::Exponential { first, cap },
        "full_jitter" => Backoff::FullJitter { first, cap },
        "equal_jitter" => Backoff::EqualJitter { first, cap },
        "decorrelated_jitter" => Backoff::DecorrelatedJitter { first, cap },
        _ => Backoff::Sdk { first, cap },
    }
}

fn first_and_cap(table: &Table<'_>) -> Option<(Span, Span)> {
    let start = table.need("first", "first = \"500ms\"");
    let first = start.and_then(Value::duration_above_zero);
    let cap = table.need("cap", "cap = \"20s\"").and_then(Value::duration_above_zero);
    let (Some(_), Some(cap), Some(start)) = (first, cap, start) else { return None };
    Some((within_cap(start, cap)?, cap))
}

/// A wait that is no longer than the longest.
fn within_cap(value: Value<'_>, cap: Span) -> Option<Span> {
    let wait = value.duration_above_zero()?;
    if wait > cap {
        let message = match value.key() {
            "first" => "the first wait is longer than the longest".to_owned(),
            key => format!("`{key}` is longer than the longest wait"),
        };
        let help = format!("raise `cap` or lower `{}`", value.key());
        value.fault(Code::FirstAboveCap.name(), message, "longer than `cap`", &help);
        return None;
    }
    Some(wait)
}

/// The first wait of a drawn formula, which a grain may not round away, at its least.
pub(super) const fn drawn_first(backoff: Backoff) -> Option<Span> {
    match backoff {
        Backoff::None | Backoff::Exponential { .. } | Backoff::Clamped { .. } => None,
        Backoff::FullJitter { first, .. }
        | Backoff::EqualJitter { first, .. }
        | Backoff::DecorrelatedJitter { first, .. }
        | Backoff::Sdk { first, .. }
        | Backoff::PlusJitter { first, .. }
        | Backoff::Randomized { first, .. }
        | Backoff::Aws { first, .. } => Some(first),
    }
}

/// The grain, unless it would round the first wait away: a strategy that waits would then not.
pub(super) fn fine_enough(table: &Table<'_>, grain: Span, backoff: Backoff) -> Option<Span> {
    let Some(first) = drawn_first(backoff).filter(|first| grain >= *first) else {
        return Some(grain);
    };
    let message = "the grain is as long as the first wait, or longer".to_owned();
    let help = format!("waits are rounded down to it: write less than {}", shown(first));
    if let Some(value) = table.get("grain") {
        value.fault(Code::OutOfRange.name(), message, "too coarse", &help);
    }
    None
}
