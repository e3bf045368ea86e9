//! `[compare]` as it is written: other loads, other values of assumptions.

use rulebook::reading::Value;
use rulebook::reading::quantity::billionths;

use super::{Placed, placed_text};
use crate::fault::Code;
use crate::load::Load;

const HELP: &str = "\"150%\" is half as much again, \"50%\" half of it";

/// The least load, in billionths of a percent: less would be told as none.
const ONE_PERCENT: u64 = 1_000_000_000;

/// Loads, each once, the lightest first. The traffic as it is written is one without being said.
pub(super) fn loads(value: Value<'_>) -> Vec<Placed<Load>> {
    let mut loads: Vec<Placed<Load>> = Vec::new();
    for value in value.one_or_list().unwrap_or_default() {
        let Some(load) = load(value) else { continue };
        if loads.iter().any(|other| other.value == load) {
            let message = format!("the load {load} is compared twice");
            let help = "name each load once";
            value.fault(Code::DuplicateName.name(), message, "the second one", help);
        }
        loads.push(Placed { value: load, place: value.place() });
    }
    loads.retain(|load| load.value != Load::WRITTEN);
    loads.sort_by_key(|load| load.value);
    loads
}

/// The multiples that the traffic may grow to. Beside loads that are compared there are none.
pub(super) fn growth(value: Value<'_>, loads: Option<Value<'_>>) -> Vec<Placed<Load>> {
    // Nothing is an answer here: no other multiple is to be tried.
    if value.is_empty_list() {
        return Vec::new();
    }
    let growth = self::loads(value);
    if loads.is_some() && !growth.is_empty() {
        let message = "`growth` and `loads` are both told".to_owned();
        let help = "keep one: `loads` for every strategy, `growth` for those of the headline; \
                    loads that are compared stand for growth";
        value.fault(Code::OneChoice.name(), message, "beside `loads` it has no say", help);
    }
    growth
}

fn load(value: Value<'_>) -> Option<Load> {
    let text = value.any_text("a percentage of the traffic", HELP)?;
    let Some(number) = text.trim().strip_suffix('%') else {
        let message = "a load must be a percentage of the traffic".to_owned();
        value.fault(Code::BadUnit.name(), message, "the unit is missing", HELP);
        return None;
    };
    let parts = billionths(number).ok().filter(|parts| *parts >= ONE_PERCENT);
    let load = parts.and_then(|parts| Load::of(parts / 100));
    if load.is_none() {
        let message = "a load must be 1% at least, and 10,000% at most".to_owned();
        value.fault(Code::OutOfRange.name(), message, "no such load", HELP);
    }
    load
}

/// Each assumption with each of its values.
pub(super) fn assumed(value: Value<'_>) -> Vec<(Placed<String>, Placed<String>)> {
    let mut pairs = Vec::new();
    for value in value.free_table().map_or_else(Vec::new, |table| table.entries()) {
        let name = Placed { value: value.key().to_owned(), place: value.key_place() };
        let listed =
            if value.is_list() { value.one_or_list().unwrap_or_default() } else { vec![value] };
        let mut seen: Vec<String> = Vec::new();
        for one in listed {
            let Some(text) = placed_text(one) else { continue };
            if seen.contains(&text.value) {
                let message =
                    format!("the value {} of {} is compared twice", text.value, name.value);
                let help = "name each value once";
                one.fault(Code::DuplicateName.name(), message, "the second one", help);
            }
            seen.push(text.value.clone());
            pairs.push((name.clone(), text));
        }
    }
    pairs
}
