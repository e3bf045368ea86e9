//! Amounts of dollars, and prices of so much a million, a megapixel or an hour.

use money::Money;

use super::quantity::Unreadable;

/// What a price is for, and its words.
const HOUR: &[&str] = &["hour", "h"];
const MINUTE: &[&str] = &["min", "minute"];
const MILLION: &[&str] = &["1M", "M"];
const MEGAPIXEL: &[&str] = &["MP"];
const VIDEO: &[&str] = &["video"];

/// Only what this divides has a millionth in whole pico-dollars.
const MILLION_TIMES: i128 = 1_000_000;

/// An amount of dollars: `$5`, `$0.88`; not below zero.
pub fn dollars(text: &str) -> Result<Money, Unreadable> {
    let amount = Money::parse(text).map_err(|why| match why {
        money::Unreadable::Form => Unreadable::Form,
        money::Unreadable::NoDollar => Unreadable::NoUnit,
        money::Unreadable::Range => Unreadable::Range,
    })?;
    if amount.is_negative() { Err(Unreadable::Form) } else { Ok(amount) }
}

/// A price by time, as the price of an hour: `$3.99/hour`, `$0.0665/min`.
pub fn hourly(text: &str) -> Result<Money, Unreadable> {
    let (amount, unit) = price(text)?;
    match unit {
        _ if HOUR.contains(&unit) => Ok(amount),
        _ if MINUTE.contains(&unit) => Ok(amount.times(60)),
        _ => Err(Unreadable::Form),
    }
}

/// A price of a minute of sound, as that: `$0.0015/min`.
pub fn minutely(text: &str) -> Result<Money, Unreadable> {
    let (amount, unit) = price(text)?;
    if MINUTE.contains(&unit) { Ok(amount) } else { Err(Unreadable::Form) }
}

/// A price of a film, as that: `$0.28/video`.
pub fn each_video(text: &str) -> Result<Money, Unreadable> {
    let (amount, unit) = price(text)?;
    if VIDEO.contains(&unit) { Ok(amount) } else { Err(Unreadable::Form) }
}

/// A price of a million tokens or characters, as the exact price of one: `$0.88/1M`.
pub fn each_of_a_million(text: &str) -> Result<Money, Unreadable> {
    a_millionth(text, MILLION)
}

/// A price of a megapixel, as the exact price of one pixel: `$0.0027/MP`.
pub fn each_pixel(text: &str) -> Result<Money, Unreadable> {
    a_millionth(text, MEGAPIXEL)
}

/// A millionth of a price for one of these, where it is a whole number of pico-dollars.
fn a_millionth(text: &str, units: &[&str]) -> Result<Money, Unreadable> {
    let (amount, unit) = price(text)?;
    if !units.contains(&unit) {
        return Err(Unreadable::Form);
    }
    if amount.pico() % MILLION_TIMES != 0 {
        return Err(Unreadable::Range);
    }
    Ok(Money::from_pico(amount.pico() / MILLION_TIMES))
}

/// An amount and the word of what it is for.
fn price(text: &str) -> Result<(Money, &str), Unreadable> {
    match text.split_once('/') {
        Some((amount, unit)) => Ok((dollars(amount)?, unit.trim())),
        None => Err(dollars(text).map_or(Unreadable::Form, |_| Unreadable::NoUnit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_for_what_they_say() {
        assert_eq!(dollars("$0.50"), Ok(Money::from_cents(50)));
        assert_eq!(hourly("$3.99/hour"), Ok(Money::from_cents(399)));
        assert_eq!(hourly("$0.025/min"), Ok(Money::from_cents(150)));
        assert_eq!(minutely("$0.01/min"), Ok(Money::from_cents(1)));
        assert_eq!(each_video("$0.28/video"), Ok(Money::from_cents(28)));
        assert_eq!(each_of_a_million("$0.88/1M"), Ok(Money::from_pico(880_000)));
        assert_eq!(each_of_a_million("$0.008/1M"), Ok(Money::from_pico(8_000)));
        assert_eq!(each_pixel("$0.0027/MP"), Ok(Money::from_pico(2_700)));
    }

    #[test]
    fn what_is_no_price_says_why() {
        assert_eq!(dollars("5"), Err(Unreadable::NoUnit));
        assert_eq!(dollars("-$5"), Err(Unreadable::Form));
        assert_eq!(hourly("$3.99"), Err(Unreadable::NoUnit));
        assert_eq!(hourly("$3.99/day"), Err(Unreadable::Form));
        assert_eq!(each_of_a_million("$0.88/hour"), Err(Unreadable::Form));
        assert_eq!(each_of_a_million("$0.0000001/1M"), Err(Unreadable::Range));
        assert_eq!(minutely("$1/hour"), Err(Unreadable::Form));
        assert_eq!(each_pixel("cheap"), Err(Unreadable::Form));
    }
}
