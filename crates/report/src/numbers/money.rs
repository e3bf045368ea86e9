//! How money is written, and times of runs that last for days.

use money::Money;

use super::{THIN, clock, count, rounded};

/// Seconds of a day.
const DAY: u64 = 86_400;
/// From so many seconds on a run is told in days.
const LONG: u64 = 2 * DAY;

/// An amount in a sentence or a table: `$2.80`, `$1,204`, `−$12.30`. Cents are told below $100
/// only; `$0` is exact, and what would be rounded to it is `<$0.01`.
#[must_use]
pub fn dollars(amount: Money) -> String {
    let sign = sign(amount);
    let cents = cents(amount);
    match cents {
        0 if amount.is_zero() => "$0".to_owned(),
        0 => format!("{sign}<$0.01"),
        1..10_000 => format!("{sign}${}.{:02}", cents / 100, cents % 100),
        _ => format!("{sign}${}", count(units(amount, DOLLAR))),
    }
}

/// An amount as books have it, to the cent: `$1,204.50`, `−$100.00`.
#[must_use]
pub fn booked(amount: Money) -> String {
    let cents = cents(amount);
    let sign = if cents == 0 { "" } else { sign(amount) };
    format!("{sign}${}.{:02}", count(cents / 100), cents % 100)
}

/// A price, exactly: `$0.88`, `$0.0665`.
#[must_use]
pub fn price(amount: Money) -> String {
    amount.to_string().replace('-', "−")
}

/// What a million of it cost, exactly: `$0.88 per 1M`.
#[must_use]
pub fn per_million(each: Money) -> String {
    price(each.times(1_000_000))
}

const DOLLAR: u128 = 1_000_000_000_000;

fn sign(amount: Money) -> &'static str {
    if amount.is_negative() { "−" } else { "" }
}

fn cents(amount: Money) -> u64 {
    units(amount, DOLLAR / 100)
}

/// Without its sign, in whole units of so many pico-dollars, half up.
fn units(amount: Money, unit: u128) -> u64 {
    let pico = amount.pico().unsigned_abs();
    u64::try_from((pico + unit / 2) / unit).unwrap_or(u64::MAX)
}

/// A moment of a run: `04:30`, `1:04:30`; of one that lasts for days `day 5, 01:00`.
#[must_use]
pub fn moment(second: u64, lasts: u64) -> String {
    if lasts < LONG {
        return clock(second);
    }
    let (hours, minutes) = (second / 3_600 % 24, second / 60 % 60);
    format!("day {}, {hours:02}:{minutes:02}", second / DAY + 1)
}

/// The same below an axis.
#[must_use]
pub fn on_axis(second: u64, lasts: u64) -> String {
    if lasts < LONG || !second.is_multiple_of(DAY) {
        return clock(second);
    }
    match second / DAY {
        0 => "0".to_owned(),
        days => format!("{days}{THIN}d"),
    }
}

/// A number without decimals.
#[must_use]
pub fn whole(value: f64) -> String {
    count(rounded(value))
}

/// A large number in three digits: `1.45M`, `30M`, `12.3k`, `980`.
#[must_use]
pub fn about(value: f64) -> String {
    let whole = rounded(value);
    let grain = (0..18).map(|power| 10_u64.pow(power)).find(|grain| whole / grain < 1_000);
    let grain = grain.unwrap_or(1);
    let value = (whole + grain / 2) / grain * grain;
    let (unit, sign) = match value {
        1_000_000_000_000.. => (1_000_000_000_000, "T"),
        1_000_000_000.. => (1_000_000_000, "B"),
        1_000_000.. => (1_000_000, "M"),
        10_000.. => (1_000, "k"),
        _ => return count(value),
    };
    format!("{}{sign}", super::in_units(value, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn cents_are_told_where_they_matter_and_nothing_is_only_nothing() {
        let table = [
            ("$0", "$0", "$0.00"),
            ("$0.004", "<$0.01", "$0.00"),
            ("$0.005", "$0.01", "$0.01"),
            ("$2.8", "$2.80", "$2.80"),
            ("$99.994", "$99.99", "$99.99"),
            ("$99.995", "$100", "$100.00"),
            ("$1204.5", "$1,205", "$1,204.50"),
            ("-$100", "−$100", "−$100.00"),
            ("-$12.3", "−$12.30", "−$12.30"),
            ("-$0.001", "−<$0.01", "$0.00"),
        ];
        for (text, usual, in_books) in table {
            assert_eq!(dollars(amount(text)), usual);
            assert_eq!(booked(amount(text)), in_books);
        }
    }

    #[test]
    fn prices_are_exact() {
        assert_eq!(price(amount("$0.0665")), "$0.0665");
        assert_eq!(per_million(amount("$0.00000088")), "$0.88");
        assert_eq!(per_million(amount("$0.000000008")), "$0.008");
    }

    #[test]
    fn moments_of_long_runs_are_told_by_day() {
        assert_eq!(moment(270, 3_600), "04:30");
        assert_eq!(moment(86_400, 86_400), "24:00:00");
        assert_eq!(moment(4 * DAY + 3_600, 60 * DAY), "day 5, 01:00");
        assert_eq!(on_axis(0, 60 * DAY), "0");
        assert_eq!(on_axis(10 * DAY, 60 * DAY), "10\u{202f}d");
        assert_eq!(on_axis(900, 3_600), "15:00");
    }

    #[test]
    fn large_numbers_keep_three_digits() {
        let table = [
            (0.0, "0"),
            (980.4, "980"),
            (1_476.0, "1,480"),
            (12_345.0, "12.3k"),
            (1_448_000.0, "1.45M"),
            (30_000_000.0, "30M"),
            (1_999_600_000.0, "2B"),
        ];
        for (value, text) in table {
            assert_eq!(about(value), text);
        }
    }
}
