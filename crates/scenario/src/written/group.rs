//! `[[group]]` as it is written.

use core::num::NonZeroU32;

use chance::{Law, LawError};
use limits::Span;
use rulebook::reading::{Table, Takes, Value};

use super::{Placed, Said, WrittenTraffic, placed_text, said, small, traffic};
use crate::cast::Length;
use crate::fault::Code;

pub(super) const KEYS: &[&str] = &[
    "name",
    "model",
    "clients",
    "prompt",
    "answer",
    "max_tokens",
    "stream",
    "deadline",
    "traffic",
    "strategy",
];

const LENGTHS: &[(&str, Takes)] = &[("lognormal", Takes::Value), ("trace", Takes::Nothing)];
const LOGNORMAL: &[&str] = &["median", "p95", "min", "max"];

/// Clients that one group may have: each is some hundred bytes in every world.
const MOST_CLIENTS: u64 = 1_000;

/// Tokens that one prompt or answer may have: no model's context is near it.
const MOST_TOKENS: u64 = 100_000_000;

/// A group; what could not be read is absent, and noted as a fault.
#[derive(Debug)]
pub(crate) struct WrittenGroup {
    pub(crate) name: Option<Placed<String>>,
    pub(crate) model: Option<Placed<String>>,
    pub(crate) clients: NonZeroU32,
    pub(crate) prompt: Said<Placed<Length>>,
    pub(crate) answer: Said<Placed<Length>>,
    pub(crate) max_tokens: Option<u32>,
    pub(crate) stream: bool,
    pub(crate) deadline: Option<Span>,
    pub(crate) traffic: Option<WrittenTraffic>,
    pub(crate) strategy: Option<Placed<String>>,
}

pub(super) fn read(table: &Table<'_>) -> WrittenGroup {
    let traffic =
        table.need("traffic", "traffic = { poisson = { rate = \"2/s\", lasts = \"10m\" } }");
    let traffic = traffic.and_then(traffic::read);
    let from_trace = matches!(traffic, Some(WrittenTraffic::Trace { .. }));
    // Traffic that could not be read may have been a trace, which brings its lengths along.
    let may_come_along = from_trace || (traffic.is_none() && table.get("traffic").is_some());
    let length = |key: &'static str, example: &str| {
        let value = if may_come_along { table.get(key) } else { table.need(key, example) };
        said(value, |value| Some(Placed { value: length(value)?, place: value.place() }))
    };
    WrittenGroup {
        name: table.need("name", "name = \"chat\"").and_then(placed_text),
        model: table
            .need("model", "model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"")
            .and_then(placed_text),
        clients: table.get("clients").and_then(clients).unwrap_or(NonZeroU32::MIN),
        prompt: length("prompt", "prompt = { lognormal = { median = 900, p95 = 3000 } }"),
        answer: length("answer", "answer = { lognormal = { median = 220, p95 = 800 } }"),
        max_tokens: table
            .get("max_tokens")
            .and_then(|value| value.whole_up_to(MOST_TOKENS))
            .and_then(small),
        stream: table.get("stream").and_then(Value::flag).unwrap_or(false),
        deadline: table.get("deadline").and_then(Value::duration_above_zero),
        strategy: table.get("strategy").and_then(placed_text),
        traffic,
    }
}

fn clients(value: Value<'_>) -> Option<NonZeroU32> {
    value.whole_up_to(MOST_CLIENTS).and_then(small).and_then(NonZeroU32::new)
}

/// A number of tokens: a whole number, a law, or the trace's own.
fn length(value: Value<'_>) -> Option<Length> {
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
    match (chosen.word, chosen.value) {
        ("lognormal", Some(settings)) => lognormal(settings),
        _ => Some(Length::Trace),
    }
}

fn is_quoted_number(value: Value<'_>) -> bool {
    let text = if value.is_text() { value.any_text("", "") } else { None };
    text.is_some_and(|text| text.trim_start().starts_with(|first: char| first.is_ascii_digit()))
}

fn lognormal(settings: Value<'_>) -> Option<Length> {
    let table = settings.table(LOGNORMAL)?;
    let tokens = |value: Value<'_>| value.whole_up_to(MOST_TOKENS).and_then(small);
    let median = table.need("median", "median = 900").and_then(tokens);
    let high = table.need("p95", "p95 = 3000");
    let p95 = high.and_then(tokens);
    let least = table.get("min");
    let min = said(least, tokens);
    let max = said(table.get("max"), tokens);
    let (Some(median), Some(p95), Some(high)) = (median, p95, high) else { return None };
    if p95 <= median {
        let message = format!("the 95th percentile, {p95}, is not above the median, {median}");
        let help = "half of all lengths are above the median; for one length always, write the number alone";
        high.fault(Code::P95NotAboveMedian.name(), message, "must be greater", help);
        return None;
    }
    if let (Said::This(min), Said::This(max), Some(least)) = (&min, &max, least)
        && min > max
    {
        let message = format!("the least length, {min}, is above the greatest, {max}");
        least.fault(Code::MinAboveMax.name(), message, "must not be greater", "");
        return None;
    }
    if min == Said::Wrong || max == Said::Wrong {
        return None;
    }
    match Law::lognormal(f64::from(median), f64::from(p95)) {
        Ok(law) => {
            let max = max.this().or(small(MOST_TOKENS)).unwrap_or(u32::MAX);
            Some(Length::Drawn { law, min: min.this().unwrap_or(1), max })
        }
        Err(
            error @ (LawError::TooSpread
            | LawError::MedianNotPositive
            | LawError::P95BelowMedian
            | _),
        ) => {
            let message = format!("there is no such spread of lengths: {error}");
            high.fault(
                Code::TooSpread.name(),
                message,
                "too far from the median",
                "bring the two closer together",
            );
            None
        }
    }
}
