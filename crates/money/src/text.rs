//! Amounts as people write them, `$0.88`, and as records hold them, the digits of pico-dollars.

use core::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::amount::{DOLLAR, Money, rounded};

/// Decimals of a dollar that a pico-dollar has.
const DECIMALS: usize = 12;

/// Why a text is no amount of dollars.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Unreadable {
    /// Not of the form `$0.88`.
    Form,
    /// Without the dollar sign.
    NoDollar,
    /// More than can be held, or with more than twelve decimals.
    Range,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreadable::Form => "not an amount of dollars such as `$5` or `$0.88`",
            Unreadable::NoDollar => {
                "an amount without its dollar sign; write it as `$5` or `$0.88`"
            }
            Unreadable::Range => "more than can be held, or finer than twelve decimals",
        })
    }
}

impl core::error::Error for Unreadable {}

impl Money {
    /// An amount as people write it: `$5`, `$0.88`, `-$100`; up to twelve decimals. Digits may be
    /// parted by `_` or `,` as in `$1,000`.
    pub fn parse(text: &str) -> Result<Money, Unreadable> {
        let text = text.trim();
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let Some(number) = unsigned.strip_prefix('$') else {
            return Err(if is_number(unsigned) { Unreadable::NoDollar } else { Unreadable::Form });
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(Unreadable::Form),
            None => (number, ""),
        };
        if !is_number(whole) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Unreadable::Form);
        }
        let mut dollars: i128 = 0;
        for byte in whole.bytes().filter(|byte| !matches!(byte, b'_' | b',')) {
            dollars = digit(dollars, byte)?;
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > DECIMALS {
            return Err(Unreadable::Range);
        }
        let mut pico: i128 = 0;
        for byte in fraction.bytes().chain(core::iter::repeat(b'0')).take(DECIMALS) {
            pico = digit(pico, byte)?;
        }
        let whole = dollars.checked_mul(DOLLAR).and_then(|whole| whole.checked_add(pico));
        let amount = whole.ok_or(Unreadable::Range)?;
        Ok(Money::from_pico(if negative { -amount } else { amount }))
    }
}

/// A number with one more digit.
fn digit(number: i128, byte: u8) -> Result<i128, Unreadable> {
    if !byte.is_ascii_digit() {
        return Err(Unreadable::Form);
    }
    let longer = number.checked_mul(10).and_then(|tens| tens.checked_add((byte - b'0').into()));
    longer.ok_or(Unreadable::Range)
}

impl fmt::Display for Money {
    /// Exactly: whole dollars without decimals, others with at least two, `$100`, `$0.50`,
    /// `-$1.056`. `{:.2}` rounds to so many decimals, half away from zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().map(|asked| asked.min(DECIMALS));
        let cut = decimals.map_or(0, |asked| DECIMALS - asked);
        let unit = (0..cut).fold(1_i128, |unit, _| unit * 10);
        let amount = rounded(self.pico(), unit).saturating_mul(unit);
        let sign = if amount < 0 { "-" } else { "" };
        let dollar = DOLLAR.unsigned_abs();
        let (dollars, pico) = (amount.unsigned_abs() / dollar, amount.unsigned_abs() % dollar);
        let digits = format!("{pico:012}");
        let shown = match decimals {
            Some(asked) => digits.get(..asked).unwrap_or_default(),
            None if pico == 0 => "",
            None => {
                let least = digits.trim_end_matches('0').len().max(2);
                digits.get(..least).unwrap_or_default()
            }
        };
        let point = if shown.is_empty() { "" } else { "." };
        write!(f, "{sign}${dollars}{point}{shown}")
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.pico())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

/// Reads the digits of pico-dollars.
struct Digits;

impl Visitor<'_> for Digits {
    type Value = Money;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the digits of pico-dollars, in a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
        let pico = text.parse();
        pico.map(Money::from_pico).map_err(|_| E::custom(format!("`{text}` is no whole number")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let read = |text| Money::parse(text).map(Money::pico);
        assert_eq!(read("$5"), Ok(5 * DOLLAR));
        assert_eq!(read(" $0.88 "), Ok(880_000_000_000));
        assert_eq!(read("-$100"), Ok(-100 * DOLLAR));
        assert_eq!(read("$1,000.50"), Ok(1_000_500_000_000_000));
        assert_eq!(read("$0.000000000001"), Ok(1));
        assert_eq!(read("$0.0000000000010"), Ok(1));
    }

    #[test]
    fn what_is_no_amount_is_refused_with_its_reason() {
        for text in ["", "$", "$.5", "$5.", "$-5", "five", "$5 a month", "€5", "$1.2.3", "--$5"] {
            assert_eq!(Money::parse(text), Err(Unreadable::Form), "{text}");
        }
        assert_eq!(Money::parse("5"), Err(Unreadable::NoDollar));
        assert_eq!(Money::parse("$0.0000000000001"), Err(Unreadable::Range));
        let long = format!("${}", "9".repeat(40));
        assert_eq!(Money::parse(&long), Err(Unreadable::Range));
    }

    #[test]
    fn amounts_are_told_exactly_or_rounded_as_asked() {
        let told = |text: &str| Money::parse(text).map(|amount| amount.to_string());
        for text in ["$0", "$5", "-$100", "$0.50", "$1.056", "$0.000000000001", "-$0.01"] {
            assert_eq!(told(text).as_deref(), Ok(text));
        }
        let amount = Money::parse("-$1.056").unwrap();
        assert_eq!(format!("{amount:.2} {amount:.0} {amount:.4}"), "-$1.06 -$1 -$1.0560");
        assert_eq!(format!("{:.2}", Money::from_dollars(100)), "$100.00");
        assert_eq!(format!("{:.2}", Money::from_pico(-4_999_999_999)), "$0.00");
        assert_eq!(format!("{:.2}", Money::from_pico(-5_000_000_000)), "-$0.01");
    }

    proptest! {
        #[test]
        fn what_is_told_reads_back(pico in (i128::MIN + 1)..=i128::MAX) {
            let amount = Money::from_pico(pico);
            prop_assert_eq!(Money::parse(&amount.to_string()), Ok(amount));
            let digits = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(&digits, &format!("\"{pico}\""));
            prop_assert_eq!(serde_json::from_str::<Money>(&digits).unwrap(), amount);
        }
    }
}
