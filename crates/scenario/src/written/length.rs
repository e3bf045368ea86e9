//! Lengths in tokens, and times that are drawn, as they are written.

use limits::Span;
use rulebook::reading::{Takes, Value};

use super::law::{self, Unit};
use super::small;
use crate::fault::Code;
use crate::length::Length;
use crate::times::Times;

/// Tokens that one prompt or answer may have: no model's context is near it.
pub(in crate::written) const MOST_TOKENS: u64 = 100_000_000;

pub(in crate::written) const LENGTHS: &[(&str, Takes)] = &[
    ("lognormal", Takes::Value),
    ("exponential", Takes::Value),
    ("pareto", Takes::Value),
    ("quantiles", Takes::Value),
    ("trace", Takes::Nothing),
];
pub(in crate::written) const TIMES: &[(&str, Takes)] = &[
    ("lognormal", Takes::Value),
    ("exponential", Takes::Value),
    ("pareto", Takes::Value),
    ("quantiles", Takes::Value),
];

/// A number of tokens: a whole number, a law, or the trace's own.
pub(super) fn read(value: Value<'_>) -> Option<Length> {
    if !value.is_table() && !value.is_text() {
        return value.whole_up_to(MOST_TOKENS).and_then(small).map(Length::Fixed);
    }
    if is_quoted_number(value) {
        let key = value.key();
        let message = format!("`{key}` must be a whole number or a law of lengths");
        let help = format!("drop the quotes: `{key} = 900` for 900 tokens");
        value.fault(Code::WrongType.name(), message, "this is a string", &help);
        return None;
    }
    let chosen = value.choice(LENGTHS)?;
    let Some(settings) = chosen.value.filter(|_| chosen.word != "trace") else {
        return Some(Length::Trace);
    };
    let drawn = law::read(Unit::Tokens, chosen.word, settings)?;
    let (min, max) = (small(drawn.min)?, small(drawn.max).unwrap_or(u32::MAX));
    Some(Length::Drawn { law: drawn.law, min, max })
}

fn is_quoted_number(value: Value<'_>) -> bool {
    let text = if value.is_text() { value.any_text("", "") } else { None };
    text.is_some_and(|text| text.trim_start().starts_with(|first: char| first.is_ascii_digit()))
}

/// A length of time, always the same or drawn: `"20s"`, or a law of lengths whose numbers are
/// times, `{ lognormal = { median = "20s", p95 = "1m" } }`. A fixed one may be zero.
pub(super) fn times(value: Value<'_>) -> Option<Times> {
    if !value.is_table() {
        return value.duration().map(Times::Fixed);
    }
    let chosen = value.choice(TIMES)?;
    let drawn = law::read(Unit::Time, chosen.word, chosen.value?)?;
    let (min, max) = (Span::from_nanos(drawn.min), Span::from_nanos(drawn.max));
    Some(Times::Drawn { law: drawn.law, min, max, says: drawn.says })
}
