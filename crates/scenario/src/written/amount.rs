//! Amounts of dollars as they are written: `"$40"`, `"$3.99/hour"`. A number without its sign is
//! refused like one without its unit.

use money::{Money, Unreadable};
use rulebook::reading::Value;

use super::Placed;
use crate::fault::Code;

/// What an amount looks like.
const FORM: &str = "an amount in quotes, with its sign: \"$5\", \"$0.88\"";
/// What a price by the time looks like.
const PRICE: &str = "dollars by the hour or the minute: \"$3.99/hour\", \"$0.0665/min\"";
const MINUTES: u64 = 60;
/// The largest amount that can be meant. Ours: a thousand times what the largest accounts spend, and
/// sums of many such amounts are still told to the cent.
const MOST: Money = Money::from_dollars(1_000_000_000);

/// An amount that is not below zero, with its place.
pub(super) fn amount(value: Value<'_>) -> Option<Placed<Money>> {
    let amount = parsed(value, value.any_text("an amount of dollars", FORM)?, FORM)?;
    Some(Placed { value: amount, place: value.place() })
}

/// An amount above zero, with its place.
pub(super) fn amount_above_zero(value: Value<'_>) -> Option<Placed<Money>> {
    let amount = amount(value)?;
    (!zero(value, amount.value)).then_some(amount)
}

/// What something costs an hour, above zero.
pub(super) fn hourly(value: Value<'_>) -> Option<Money> {
    let text = value.any_text("a price by the time", PRICE)?;
    let hours = |unit: &str| match unit.trim() {
        "h" | "hour" => Some(1),
        "min" | "minute" => Some(MINUTES),
        _ => None,
    };
    let Some((amount, times)) =
        text.split_once('/').and_then(|(amount, unit)| Some((amount, hours(unit)?)))
    else {
        let message = format!("`{}` must be a price by the hour or by the minute", value.key());
        value.fault(Code::BadUnit.name(), message, "not by the hour, nor by the minute", PRICE);
        return None;
    };
    let amount = parsed(value, amount, PRICE)?.times(times);
    (!zero(value, amount) && !beyond(value, amount)).then_some(amount)
}

fn parsed(value: Value<'_>, text: &str, help: &str) -> Option<Money> {
    let key = value.key();
    let (code, message, label) = match Money::parse(text) {
        Ok(amount) if !amount.is_negative() => return (!beyond(value, amount)).then_some(amount),
        Ok(_) => (Code::OutOfRange, format!("`{key}` must not be below zero"), "below zero"),
        Err(Unreadable::Form) => {
            (Code::BadUnit, format!("`{key}` must be an amount of dollars"), "not an amount")
        }
        Err(Unreadable::NoDollar) => {
            (Code::BadUnit, format!("`{key}` has no dollar sign"), "of which currency?")
        }
        Err(Unreadable::Range) => {
            (Code::OutOfRange, format!("`{key}` is out of range"), "too large, or too fine")
        }
    };
    value.fault(code.name(), message, label, help);
    None
}

/// Refuses more than anybody can mean.
fn beyond(value: Value<'_>, amount: Money) -> bool {
    let beyond = amount > MOST;
    if beyond {
        let message = format!("`{}` is beyond what can be meant", value.key());
        let help = "write $1,000,000,000 or less";
        value.fault(Code::OutOfRange.name(), message, "more than a billion dollars", help);
    }
    beyond
}

/// Refuses nothing, where something is needed.
fn zero(value: Value<'_>, amount: Money) -> bool {
    if amount.is_zero() {
        let message = format!("`{}` must be more than nothing", value.key());
        value.fault(Code::Zero.name(), message, "this is zero", "for example \"$25\"");
    }
    amount.is_zero()
}
