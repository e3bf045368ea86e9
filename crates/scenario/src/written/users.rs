//! `users = { … }` as it is written: how many, how they think, when they come.

use core::num::NonZeroU32;

use chance::Law;
use limits::Span;
use rulebook::reading::{Table, Takes, Value};

use super::{Said, said, small};
use crate::fault::Code;
use crate::users::{Think, Users};

const KEYS: &[&str] = &["count", "think", "starts", "lasts"];
const THINKS: &[(&str, Takes)] = &[("lognormal", Takes::Value), ("exponential", Takes::Value)];
const LOGNORMAL: &[&str] = &["median", "p95"];
const EXPONENTIAL: &[&str] = &["mean"];
const STARTS: &[(&str, Takes)] = &[("at_once", Takes::Nothing), ("within", Takes::Value)];

/// Users that one group may have: each has a job in hand, or one coming.
const MOST_USERS: u64 = 100_000;

/// Nobody thinks faster, nor does a program that calls in a loop.
const LEAST_THINK: Span = Span::from_millis(1);

/// Users, and whether they leave their length to the run.
pub(super) fn read(settings: &Value<'_>) -> Option<(Users, bool)> {
    let table = settings.table(KEYS)?;
    let count = table.need("count", "count = 100").and_then(count);
    let think = table.need("think", "think = \"20s\"").and_then(think);
    let within = said(table.get("starts"), starts);
    let lasts = said(table.get("lasts"), Value::duration_above_zero);
    if within == Said::Wrong || lasts == Said::Wrong {
        return None;
    }
    let open = lasts == Said::Nothing;
    let within = within.this().unwrap_or(Span::ZERO);
    let users =
        Users { count: count?, think: think?, within, lasts: lasts.this().unwrap_or(Span::ZERO) };
    Some((users, open))
}

fn count(value: Value<'_>) -> Option<NonZeroU32> {
    value.whole_up_to(MOST_USERS).and_then(small).and_then(NonZeroU32::new)
}

fn think(value: Value<'_>) -> Option<Think> {
    if !value.is_table() {
        return time(value).map(Think::Always);
    }
    let chosen = value.choice(THINKS)?;
    let settings = chosen.value?;
    if chosen.word == "exponential" {
        let mean = settings.table(EXPONENTIAL)?.need("mean", "mean = \"20s\"").and_then(time)?;
        return Some(Think::Exponential { mean, law: Law::exponential() });
    }
    lognormal(&settings.table(LOGNORMAL)?)
}

fn lognormal(table: &Table<'_>) -> Option<Think> {
    let median = table.need("median", "median = \"20s\"").and_then(time);
    let high = table.need("p95", "p95 = \"1m\"");
    let p95 = high.and_then(time);
    let (Some(median), Some(p95), Some(high)) = (median, p95, high) else { return None };
    if p95 <= median {
        let message = "the 95th percentile is not above the median".to_owned();
        let help = "half of all times are above the median; for one time always, write it alone";
        high.fault(Code::P95NotAboveMedian.name(), message, "must be greater", help);
        return None;
    }
    let micros = |span: Span| span.nanos() as f64 / 1e3;
    let law = Law::lognormal(micros(median), micros(p95));
    if law.is_err() {
        let message = "there is no such spread of times".to_owned();
        let help = "bring the two closer together";
        high.fault(Code::TooSpread.name(), message, "too far from the median", help);
    }
    Some(Think::Lognormal { median, p95, law: law.ok()? })
}

fn time(value: Value<'_>) -> Option<Span> {
    let span = value.duration_above_zero()?;
    if span < LEAST_THINK {
        let message = "a user thinks for a millisecond at least".to_owned();
        let help = "for jobs that wait for nobody use a phase such as `poisson`";
        value.fault(Code::OutOfRange.name(), message, "shorter than that", help);
        return None;
    }
    Some(span)
}

fn starts(value: Value<'_>) -> Option<Span> {
    let chosen = value.choice(STARTS)?;
    match chosen.value {
        Some(within) => within.duration_above_zero(),
        None => Some(Span::ZERO),
    }
}
