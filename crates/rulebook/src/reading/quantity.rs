//! Values with units, as people write them: `1h30m`, `300/min`, `99.5%`. Exact, or refused.

use limits::{Rate, Requests, Span};

/// What is wrong with a value that should have carried a unit.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Unreadable {
    /// Not of the form asked for.
    Form,
    /// A number without its unit.
    NoUnit,
    /// Larger, or finer, than the machine can hold exactly.
    Range,
}

/// A share of a whole in parts per billion, so that `99.9999999%` is exact.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Share(u64);

impl Share {
    /// The whole, in parts per billion.
    pub const WHOLE: u64 = 1_000_000_000;

    /// Parts per billion.
    #[must_use]
    pub const fn parts_per_billion(self) -> u64 {
        self.0
    }
}

const DURATION_UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

const RATE_UNITS: [(&str, u64); 8] = [
    ("s", 1_000_000_000),
    ("sec", 1_000_000_000),
    ("second", 1_000_000_000),
    ("min", 60_000_000_000),
    ("minute", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("hour", 3_600_000_000_000),
    ("day", 86_400_000_000_000),
];

/// The words in which rates are said, shortest time first. Each of these times has another number
/// of threes among its factors, and decimals bring twos and fives alone: so a span that was made
/// from one of them is told from the others.
const SHOWN_UNITS: [(&str, u64); 4] = [
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("hour", 3_600_000_000_000),
    ("day", 86_400_000_000_000),
];

/// A length of time: `500ms`, `90s`, `1.5s`, `4m`, `1h30m`, `30d`; units once each, largest first.
pub fn duration(text: &str) -> Result<Span, Unreadable> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(Unreadable::Form);
    }
    let mut total: u128 = 0;
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let (number, after) = split_number(rest).ok_or(Unreadable::Form)?;
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (word, after) = after.split_at(letters);
        if word.is_empty() {
            return Err(if after.is_empty() { Unreadable::NoUnit } else { Unreadable::Form });
        }
        let unit = unit_of(&DURATION_UNITS, word).ok_or(Unreadable::Form)?;
        if unit >= last_unit {
            return Err(Unreadable::Form);
        }
        last_unit = unit;
        let (nanos, parts) = number.times(unit).ok_or(Unreadable::Range)?;
        if parts != 1 {
            return Err(Unreadable::Range);
        }
        total = total.checked_add(nanos).ok_or(Unreadable::Range)?;
        rest = after;
    }
    u64::try_from(total).map(Span::from_nanos).map_err(|_| Unreadable::Range)
}

/// A rate of jobs: `5/s`, `300/min`, `2e6/day`, `0.6/min`; exact as a rational. Its span is the
/// unit that was written, or a multiple where the number has a fraction, so that [`rate_text`]
/// can say it again.
pub fn rate(text: &str) -> Result<Rate<Requests>, Unreadable> {
    let (amount, per) = written_amount_per(text)?;
    let (amount, per) = match (u64::try_from(amount), u64::try_from(per)) {
        (Ok(amount), Ok(per)) => (amount, per),
        _ => lowest_terms(amount, per)?,
    };
    Rate::every(Requests(amount), Span::from_nanos(per)).ok_or(Unreadable::Range)
}

/// A rate as it was written, `0.6/min`; exactly, whatever it is. One that nobody wrote is said in
/// the shortest usual time in which it has few digits, else as so many in so long.
#[must_use]
pub fn rate_text(rate: Rate<Requests>) -> String {
    let (amount, per) = (u128::from(rate.amount().0), u128::from(rate.per_span().nanos()));
    let as_written = SHOWN_UNITS.iter().find(|(_, unit)| {
        let times = per / u128::from(*unit);
        times > 0 && per.is_multiple_of(u128::from(*unit)) && decimals_of(times).is_some()
    });
    let as_told = || {
        SHOWN_UNITS.iter().find(|(_, unit)| {
            let product = amount * u128::from(*unit);
            let common = greatest_common_divisor(product, per).max(1);
            decimals_of(per / common).is_some_and(|decimals| decimals <= 3)
        })
    };
    match as_written.or_else(as_told) {
        Some((word, unit)) => {
            format!("{}/{word}", decimal_text(amount * u128::from(*unit), per))
        }
        None => format!("{amount} per {per} ns"),
    }
}

/// A quotient that is an exact decimal number, as that number.
fn decimal_text(part: u128, of: u128) -> String {
    let mut text = (part / of).to_string();
    let mut rest = part % of;
    if rest > 0 {
        text.push('.');
    }
    while rest > 0 {
        rest *= 10;
        text.push_str(&(rest / of).to_string());
        rest %= of;
    }
    text
}

/// How many decimals a fraction with this denominator in its lowest terms has; none where they do
/// not end.
fn decimals_of(mut denominator: u128) -> Option<u32> {
    let mut count = |prime| {
        let mut times = 0;
        while denominator > 1 && denominator.is_multiple_of(prime) {
            denominator /= prime;
            times += 1;
        }
        times
    };
    let decimals = count(2).max(count(5));
    (denominator == 1).then_some(decimals)
}

/// The same as an amount per so many nanoseconds, in lowest terms, for rates of other things.
pub fn amount_per(text: &str) -> Result<(u64, u64), Unreadable> {
    let (amount, per) = written_amount_per(text)?;
    lowest_terms(amount, per)
}

fn lowest_terms(amount: u128, per: u128) -> Result<(u64, u64), Unreadable> {
    let common = greatest_common_divisor(amount, per).max(1);
    let amount = u64::try_from(amount / common).map_err(|_| Unreadable::Range)?;
    let per = u64::try_from(per / common).map_err(|_| Unreadable::Range)?;
    Ok((amount, per))
}

/// An amount and nanoseconds, reduced as a number but not with its unit.
fn written_amount_per(text: &str) -> Result<(u128, u128), Unreadable> {
    let text = text.trim();
    let (number, after) = split_number(text).ok_or(Unreadable::Form)?;
    let after = after.trim_start();
    if after.is_empty() {
        return Err(Unreadable::NoUnit);
    }
    let word = after.strip_prefix('/').ok_or(Unreadable::Form)?.trim();
    let unit = unit_of(&RATE_UNITS, word).ok_or(Unreadable::Form)?;
    let (amount, parts) = number.times(1).ok_or(Unreadable::Range)?;
    let per = u128::from(unit).checked_mul(parts).ok_or(Unreadable::Range)?;
    Ok((amount, per))
}

/// A share of one: `99%`, `99.5%`, `0%`; at most the whole.
pub fn share(text: &str) -> Result<Share, Unreadable> {
    let (number, after) = split_number(text.trim()).ok_or(Unreadable::Form)?;
    match after.trim_start() {
        "%" => {}
        "" => return Err(Unreadable::NoUnit),
        _ => return Err(Unreadable::Form),
    }
    let (parts, fraction) = number.times(Share::WHOLE / 100).ok_or(Unreadable::Range)?;
    match u64::try_from(parts) {
        Ok(parts) if fraction == 1 && parts <= Share::WHOLE => Ok(Share(parts)),
        Ok(_) | Err(_) => Err(Unreadable::Range),
    }
}

/// A plain decimal number: `1.5`, in billionths of one.
pub fn billionths(text: &str) -> Result<u64, Unreadable> {
    let (number, after) = split_number(text.trim()).ok_or(Unreadable::Form)?;
    if !after.is_empty() {
        return Err(Unreadable::Form);
    }
    let (parts, fraction) = number.times(Share::WHOLE).ok_or(Unreadable::Range)?;
    match u64::try_from(parts) {
        Ok(parts) if fraction == 1 => Ok(parts),
        Ok(_) | Err(_) => Err(Unreadable::Range),
    }
}

/// A decimal number as written: `digits × 10^exponent`.
#[derive(Copy, Clone)]
struct Decimal {
    digits: u128,
    exponent: i32,
}

impl Decimal {
    /// This many times `unit`, as a whole number over a power of ten without common factor.
    fn times(self, unit: u64) -> Option<(u128, u128)> {
        let product = self.digits.checked_mul(u128::from(unit))?;
        if product == 0 {
            return Some((0, 1));
        }
        let power = 10_u128.checked_pow(self.exponent.unsigned_abs())?;
        if self.exponent >= 0 {
            return Some((product.checked_mul(power)?, 1));
        }
        let common = greatest_common_divisor(product, power).max(1);
        Some((product / common, power / common))
    }
}

/// The decimal number that `text` begins with, and what follows it.
fn split_number(text: &str) -> Option<(Decimal, &str)> {
    let mut digits: u128 = 0;
    let mut decimals: i32 = 0;
    let mut seen = false;
    let mut point = false;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        match c {
            '0'..='9' => {
                let digit = u128::from(c.to_digit(10)?);
                digits = digits.checked_mul(10)?.checked_add(digit)?;
                decimals += i32::from(point);
                seen = true;
            }
            '_' if seen => {}
            '.' if seen && !point => point = true,
            _ => break,
        }
        end = at + c.len_utf8();
    }
    if !seen || (point && decimals == 0) {
        return None;
    }
    let rest = text.get(end..)?;
    let (power, rest) = split_exponent(rest);
    Some((Decimal { digits, exponent: power.checked_sub(decimals)? }, rest))
}

/// `e6`, `E-2`: the power of ten and what follows; a word that only begins with `e` is none.
fn split_exponent(text: &str) -> (i32, &str) {
    let Some(after) = text.strip_prefix(['e', 'E']) else { return (0, text) };
    let unsigned = after.strip_prefix(['+', '-']).unwrap_or(after);
    let length = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
    let (digits, rest) = unsigned.split_at(length);
    match digits.parse::<i32>() {
        Ok(power) if power <= 40 => (if after.starts_with('-') { -power } else { power }, rest),
        Ok(_) | Err(_) => (0, text),
    }
}

fn unit_of(units: &[(&str, u64)], word: &str) -> Option<u64> {
    units.iter().find(|(name, _)| *name == word).map(|(_, nanos)| *nanos)
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, nanos) in [
            ("500ms", 500_000_000),
            ("90s", 90_000_000_000),
            ("4m", 240_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5s", 1_500_000_000),
            ("30d", 2_592_000_000_000_000),
            ("0s", 0),
            ("0.000000001s", 1),
        ] {
            assert_eq!(duration(text), Ok(Span::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn a_duration_without_unit_is_never_guessed() {
        assert_eq!(duration("90"), Err(Unreadable::NoUnit));
        assert_eq!(duration("1h30"), Err(Unreadable::NoUnit));
    }

    #[test]
    fn a_duration_names_each_unit_once_and_largest_first() {
        for text in ["30m1h", "1s1s", "", "s", "4 minutes", "-4m", "4mm", "1..5s", "1.s"] {
            assert_eq!(duration(text), Err(Unreadable::Form), "{text}");
        }
        assert_eq!(duration("0.5ns"), Err(Unreadable::Range));
        assert_eq!(duration("999999999999d"), Err(Unreadable::Range));
    }

    #[test]
    fn rates_are_exact_rationals_in_lowest_terms() {
        let second = 1_000_000_000;
        assert_eq!(amount_per("5/s"), Ok((1, second / 5)));
        assert_eq!(amount_per("300/min"), Ok((1, second / 5)));
        assert_eq!(amount_per("0.6/min"), Ok((1, 100 * second)));
        assert_eq!(amount_per("2e6/day"), Ok((1, 43_200_000)));
        assert_eq!(amount_per("7/s"), Ok((7, second)));
        assert_eq!(amount_per("1/3/s"), Err(Unreadable::Form));
        assert_eq!(amount_per("5"), Err(Unreadable::NoUnit));
        assert_eq!(amount_per("5/fortnight"), Err(Unreadable::Form));
        assert_eq!(amount_per("1e-40/s"), Err(Unreadable::Range));
        assert_eq!(amount_per("0/s"), Ok((0, 1)));
    }

    #[test]
    fn a_rate_is_said_as_it_was_written() {
        for text in [
            "5/s",
            "1.5/s",
            "0.5/s",
            "300/min",
            "0.6/min",
            "100.5/min",
            "6/hour",
            "0.25/hour",
            "0.001/day",
            "2000000/day",
            "0/min",
            "0.000001/s",
        ] {
            assert_eq!(rate(text).map(rate_text).as_deref(), Ok(text));
        }
        assert_eq!(rate("2e6/day").map(rate_text).as_deref(), Ok("2000000/day"));
        assert_eq!(rate("1_000/second").map(rate_text).as_deref(), Ok("1000/s"));
        assert_eq!(rate("0.60/minute").map(rate_text).as_deref(), Ok("0.6/min"));
    }

    #[test]
    fn a_rate_that_nobody_wrote_is_said_exactly() {
        let said = |amount, nanos| {
            rate_text(Rate::every(Requests(amount), Span::from_nanos(nanos)).unwrap())
        };
        assert_eq!(said(1, 200_000_000), "5/s");
        assert_eq!(said(1, 6_000_000_000), "10/min");
        assert_eq!(said(1, 7), "1 per 7 ns");
        assert_eq!(said(u64::MAX, 1), "18446744073709551615000000000/s");
    }

    #[test]
    fn shares_are_parts_of_one_whole() {
        assert_eq!(share("99%").map(Share::parts_per_billion), Ok(990_000_000));
        assert_eq!(share("99.5 %").map(Share::parts_per_billion), Ok(995_000_000));
        assert_eq!(share("100%").map(Share::parts_per_billion), Ok(Share::WHOLE));
        assert_eq!(share("0.99"), Err(Unreadable::NoUnit));
        assert_eq!(share("101%"), Err(Unreadable::Range));
        assert_eq!(share("1e-9%"), Err(Unreadable::Range));
    }
}
