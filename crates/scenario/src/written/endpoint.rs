//! `[[endpoint]]` as it is written: hardware that nobody else uses.

use core::num::NonZeroU32;

use limits::{Rate, Tokens};
use rulebook::reading::{Table, Value};

use super::limits::rate_of_tokens;
use super::{Placed, Said, placed_text, said, small};
use crate::fault::Code;

pub(in crate::written) const KEYS: &[&str] =
    &["name", "model", "hardware", "throughput", "replicas", "starts"];
pub(in crate::written) const REPLICAS: &[&str] = &["min", "max"];
pub(in crate::written) const STARTS: &[&str] = &["ready", "cold"];

/// Replicas that one endpoint may have.
pub(in crate::written) const MOST_REPLICAS: u64 = 1_000;

/// An endpoint; what could not be read is noted as a fault.
#[derive(Debug)]
pub(crate) struct WrittenEndpoint {
    pub(crate) name: Option<Placed<String>>,
    pub(crate) model: Option<Placed<String>>,
    pub(crate) hardware: Option<String>,
    pub(crate) throughput: Option<Rate<Tokens>>,
    /// The fewest and the most.
    pub(crate) replicas: Option<(NonZeroU32, NonZeroU32)>,
    pub(crate) ready: bool,
}

pub(super) fn read(table: &Table<'_>) -> WrittenEndpoint {
    let starts = table.get("starts").and_then(|value| value.word(STARTS));
    let one = || Some((NonZeroU32::MIN, NonZeroU32::MIN));
    WrittenEndpoint {
        name: table.need("name", "name = \"own-h100\"").and_then(placed_text),
        model: table
            .need("model", "model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"")
            .and_then(placed_text),
        hardware: table.get("hardware").and_then(Value::text).map(str::to_owned),
        throughput: table.need("throughput", "throughput = \"2500/s\"").and_then(rate_of_tokens),
        replicas: table.get("replicas").map_or_else(one, replicas),
        ready: starts != Some("cold"),
    }
}

/// `2`, or `{ min = 1, max = 4 }`.
fn replicas(value: Value<'_>) -> Option<(NonZeroU32, NonZeroU32)> {
    if !value.is_table() {
        let number = count(value)?;
        return Some((number, number));
    }
    let table = value.table(REPLICAS)?;
    let min = said(table.get("min"), count);
    let max = table.need("max", "max = 4").and_then(count);
    if min == Said::Wrong {
        return None;
    }
    let (min, max) = (min.this().unwrap_or(NonZeroU32::MIN), max?);
    if min > max {
        let message = format!("at least {min} replicas are more than the {max} at most");
        let help = "swap the two, or make them equal";
        table.fault(Code::MinAboveMax.name(), message, "`min` above `max`", help);
        return None;
    }
    Some((min, max))
}

fn count(value: Value<'_>) -> Option<NonZeroU32> {
    value.whole_up_to(MOST_REPLICAS).and_then(small).and_then(NonZeroU32::new)
}
