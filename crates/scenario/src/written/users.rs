//! `users = { … }` as it is written: how many, how they think, when they come.

use core::num::NonZeroU32;

use limits::Span;
use rulebook::reading::{Takes, Value};

use super::{Said, length, said, small};
use crate::fault::Code;
use crate::times::Times;
use crate::users::Users;

pub(in crate::written) const KEYS: &[&str] = &["count", "think", "starts", "lasts"];
pub(in crate::written) const STARTS: &[(&str, Takes)] =
    &[("at_once", Takes::Nothing), ("within", Takes::Value)];

/// Users that one group may have: each has a job in hand, or one coming.
pub(in crate::written) const MOST_USERS: u64 = 100_000;

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

fn think(value: Value<'_>) -> Option<Times> {
    let think = length::times(value)?;
    if think.mean() < LEAST_THINK {
        let message = "a user thinks for a millisecond at least".to_owned();
        let help = "for jobs that wait for nobody use a phase such as `poisson`";
        value.fault(Code::OutOfRange.name(), message, "shorter than that on average", help);
        return None;
    }
    Some(think)
}

/// When users, or clients, begin: `at_once`, or spread over a time.
pub(super) fn starts(value: Value<'_>) -> Option<Span> {
    let chosen = value.choice(STARTS)?;
    match chosen.value {
        Some(within) => within.duration_above_zero(),
        None => Some(Span::ZERO),
    }
}
