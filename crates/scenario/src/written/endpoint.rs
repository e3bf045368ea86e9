//! `[[endpoint]]` as it is written: hardware that nobody else uses.

use core::num::NonZeroU32;

use limits::{Rate, Tokens};
use money::Money;
use rulebook::reading::{Table, Value};

use super::amount::hourly;
use super::event::{When, placed_when};
use super::limits::rate_of_tokens;
use super::{Placed, Said, placed_text, said, small};
use crate::endpoint::Kind;
use crate::fault::Code;

pub(in crate::written) const KEYS: &[&str] = &[
    "name",
    "model",
    "hardware",
    "price",
    "throughput",
    "replicas",
    "starts",
    "from",
    "until",
    "kind",
];
pub(in crate::written) const REPLICAS: &[&str] = &["min", "max"];
pub(in crate::written) const STARTS: &[&str] = &["ready", "cold"];

/// Replicas that one endpoint may have.
pub(in crate::written) const MOST_REPLICAS: u64 = 1_000;

/// An endpoint; what could not be read is noted as a fault.
#[derive(Debug)]
pub(crate) struct WrittenEndpoint {
    pub(crate) name: Option<Placed<String>>,
    pub(crate) model: Option<Placed<String>>,
    pub(crate) hardware: Said<Placed<String>>,
    /// What one replica costs an hour.
    pub(crate) price: Said<Money>,
    pub(crate) throughput: Said<Rate<Tokens>>,
    /// The fewest and the most.
    pub(crate) replicas: Option<(NonZeroU32, NonZeroU32)>,
    pub(crate) ready: bool,
    /// When it is started; with the run where nothing is said.
    pub(crate) from: Said<Placed<When>>,
    /// When it is stopped; never where nothing is said.
    pub(crate) until: Said<Placed<When>>,
    pub(crate) kind: Kind,
    /// Whether a strategy sends jobs there that do not get through elsewhere.
    pub(crate) stands_in: bool,
    /// The table itself.
    pub(crate) place: core::ops::Range<usize>,
}

pub(super) fn read(table: &Table<'_>) -> WrittenEndpoint {
    let starts = table.get("starts").and_then(|value| value.word(STARTS));
    let kind = table.get("kind").and_then(|value| value.word(Kind::WORDS));
    let one = || Some((NonZeroU32::MIN, NonZeroU32::MIN));
    WrittenEndpoint {
        name: table.need("name", "name = \"own-h100\"").and_then(placed_text),
        model: table
            .need("model", "model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"")
            .and_then(placed_text),
        hardware: said(table.get("hardware"), placed_text),
        price: said(table.get("price"), hourly),
        throughput: said(table.get("throughput"), rate_of_tokens),
        replicas: table.get("replicas").map_or_else(one, replicas),
        ready: starts != Some("cold"),
        from: said(table.get("from"), placed_when),
        until: said(table.get("until"), placed_when),
        kind: kind.and_then(Kind::of_word).unwrap_or_default(),
        stands_in: false,
        place: table.place(),
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
