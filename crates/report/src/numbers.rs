//! How a figure is written, wherever it stands.
//!
//! One figure has one form on the whole page and in the terminal: shares keep away from a rounded
//! `0 %` or `100 %` that is not exact, durations lose their decimals as they grow, limits read as
//! Together writes them. Shares are kept as two counts until they are written, so that rounding
//! is integer arithmetic and the same everywhere.

mod money;

pub use money::{about, booked, dollars, moment, on_axis, per_million, price, whole};

/// Stands between a number and its unit: too narrow to be mistaken for a gap, and never broken.
pub const THIN: &str = "\u{202f}";

/// A share as two counts: this many of that many.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Share {
    part: u64,
    of: u64,
}

/// Three roundings of one share, and what to do where they would lie.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rounded {
    /// Exactly nothing.
    Nothing,
    /// More than nothing, less than a rounded tenth.
    Trace,
    /// So many tenths of a percent.
    Tenths(u64),
    /// Less than everything, but a tenth would round to it.
    AlmostAll,
    /// Exactly everything.
    All,
}

impl Share {
    /// Whether it is more than a trace: one in two thousand at least.
    #[must_use]
    pub fn is_telling(self) -> bool {
        self.fraction() >= 0.000_5
    }

    /// So many of so many; none when there was nothing to take a share of.
    #[must_use]
    pub const fn new(part: u64, of: u64) -> Option<Share> {
        if of == 0 { None } else { Some(Share { part, of }) }
    }

    /// A fraction of one, for figures that exist as fractions only.
    #[must_use]
    pub fn from_fraction(fraction: f64) -> Option<Share> {
        const GRAIN: u64 = 1_000_000_000_000_000;
        if !fraction.is_finite() {
            return None;
        }
        Some(Share { part: rounded(fraction * GRAIN as f64), of: GRAIN })
    }

    /// The fraction of one, for places in a drawing.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.part as f64 / self.of as f64
    }

    /// Whether it is exactly nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.part == 0
    }

    /// In tables: `42.0 %`, `<0.1 %`.
    #[must_use]
    pub fn in_table(self) -> String {
        format!("{}{THIN}%", self.tenths_or(tenth_text))
    }

    /// Jobs in time in the matrix and at bars, without the sign: `7.3`, `42`, `99.9`.
    #[must_use]
    pub fn in_cell(self) -> String {
        self.tenths_or(|tenths| match tenths {
            100..=950 => self.whole().to_string(),
            _ => tenth_text(tenths),
        })
    }

    /// Refused attempts in the matrix and at bars, without the sign: `8.7`, `12`, `96`.
    #[must_use]
    pub fn refused_in_cell(self) -> String {
        self.tenths_or(|tenths| match tenths {
            100..=994 => self.whole().to_string(),
            _ => tenth_text(tenths),
        })
    }

    /// In a sentence: whole, save near nothing, near everything and within a point of `threshold`,
    /// where a tenth decides.
    #[must_use]
    pub fn in_sentence(self, threshold: Option<f64>) -> String {
        let close = threshold.is_some_and(|at| (self.fraction() - at).abs() < 0.01);
        let number = match self.rounded() {
            Rounded::Nothing => "0".to_owned(),
            Rounded::Trace => "under 0.1".to_owned(),
            Rounded::AlmostAll => "over 99.9".to_owned(),
            Rounded::All => "100".to_owned(),
            Rounded::Tenths(tenths) if close || !(10..=990).contains(&tenths) => tenth_text(tenths),
            Rounded::Tenths(_) => self.whole().to_string(),
        };
        format!("{number}{THIN}%")
    }

    fn tenths_or(self, write: impl Fn(u64) -> String) -> String {
        match self.rounded() {
            Rounded::Nothing => "0".to_owned(),
            Rounded::Trace => "<0.1".to_owned(),
            Rounded::Tenths(tenths) => write(tenths),
            Rounded::AlmostAll => ">99.9".to_owned(),
            Rounded::All => "100".to_owned(),
        }
    }

    fn rounded(self) -> Rounded {
        if self.part == 0 {
            return Rounded::Nothing;
        }
        if self.part == self.of {
            return Rounded::All;
        }
        match self.half_up(1_000) {
            0 => Rounded::Trace,
            1_000 => Rounded::AlmostAll,
            tenths => Rounded::Tenths(tenths),
        }
    }

    fn whole(self) -> u64 {
        self.half_up(100)
    }

    fn half_up(self, grains: u128) -> u64 {
        let twice = u128::from(self.part) * grains * 2 + u128::from(self.of);
        u64::try_from(twice / (u128::from(self.of) * 2)).unwrap_or(u64::MAX)
    }
}

/// A length of time in seconds: `0 s`, `<0.1 s`, `4.4 s`, `237 s`.
#[must_use]
pub fn seconds(value: f64) -> String {
    let number = if value < 0.01 {
        "0".to_owned()
    } else if value < 0.1 {
        "<0.1".to_owned()
    } else if value < 9.95 {
        tenth_text(rounded(value * 10.0))
    } else {
        count(rounded(value))
    };
    format!("{number}{THIN}s")
}

/// A time below a second: `23 ms`, `4.4 ms`.
#[must_use]
pub fn millis(value: f64) -> String {
    let millis = value * 1_000.0;
    let number = match millis {
        _ if millis < 0.01 => "0".to_owned(),
        _ if millis < 0.1 => "<0.1".to_owned(),
        _ if millis < 9.95 => tenth_text(rounded(millis * 10.0)),
        _ => count(rounded(millis)),
    };
    format!("{number}{THIN}ms")
}

/// A length of time that was set and not measured, in nanoseconds: exact, `2 s`, `0.25 s`.
#[must_use]
pub fn setting(nanos: u64) -> String {
    format!("{}{THIN}s", decimal(nanos))
}

/// Billionths as a number, exactly and without needless zeros: `0.25`, `99`.
#[must_use]
pub fn decimal(billionths: u64) -> String {
    const ONE: u64 = 1_000_000_000;
    let rest = format!("{:09}", billionths % ONE);
    let whole = count(billionths / ONE);
    match rest.trim_end_matches('0') {
        "" => whole,
        digits => format!("{whole}.{digits}"),
    }
}

/// A length of time as people say it: `15 min`, `1 h`, `90 s`, `5 d 30 min`.
#[must_use]
pub fn duration(value: f64) -> String {
    const DAY: u64 = 86_400;
    let whole = rounded(value);
    match whole {
        DAY.. => {
            let minutes = rounded(value / 60.0);
            let parts = [(minutes / 1_440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
            let said = parts.into_iter().filter(|(count, _)| *count > 0);
            said.map(|(count, unit)| format!("{count}{THIN}{unit}")).collect::<Vec<_>>().join(" ")
        }
        3_600.. if whole.is_multiple_of(3_600) => format!("{}{THIN}h", whole / 3_600),
        60.. if whole.is_multiple_of(60) => format!("{}{THIN}min", whole / 60),
        300.. => format!("{}{THIN}min", tenth_text(rounded(value / 6.0))),
        1..10 if (value - whole as f64).abs() < 0.05 => format!("{whole}{THIN}s"),
        _ => seconds(value),
    }
}

/// A moment of the run: `04:30`, and `1:04:30` from the first hour on.
#[must_use]
pub fn clock(second: u64) -> String {
    let (minutes, seconds) = (second / 60, second % 60);
    if minutes < 60 || second == 3_600 {
        format!("{minutes:02}:{seconds:02}")
    } else {
        format!("{}:{:02}:{seconds:02}", minutes / 60, minutes % 60)
    }
}

/// A count: `143,438`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A limit or a quantity in short: `180k`, `1M`, `2.5M`, `1,476`.
#[must_use]
pub fn short(value: u64) -> String {
    match value {
        1_000_000.. if value.is_multiple_of(10_000) => format!("{}M", in_units(value, 1_000_000)),
        10_000.. if value.is_multiple_of(100) => format!("{}k", in_units(value, 1_000)),
        _ => count(value),
    }
}

/// A rate per second without its unit: `8.0`, `<0.1`, `102`.
#[must_use]
pub fn rate(value: f64) -> String {
    if value <= 0.0 {
        "0".to_owned()
    } else if value < 0.05 {
        "<0.1".to_owned()
    } else if value < 99.95 {
        tenth_text(rounded(value * 10.0))
    } else {
        count(rounded(value))
    }
}

/// How many times something is contained: `2.5`, `12`.
#[must_use]
pub fn times(value: f64) -> String {
    if value < 9.95 { tenth_text(rounded(value * 10.0)) } else { count(rounded(value)) }
}

/// A difference of two shares: `4.9 points`, `<0.1 points`.
#[must_use]
pub fn points(difference: f64) -> String {
    let tenths = rounded(difference.abs() * 1_000.0);
    let number = match tenths {
        0 if difference == 0.0 => "0".to_owned(),
        0 => "<0.1".to_owned(),
        tenths => tenth_text(tenths),
    };
    format!("{number}{THIN}points")
}

/// One number of a small size in words, as sentences want it: `none`, `three`, `12`.
#[must_use]
pub fn in_words(value: usize) -> String {
    const WORDS: [&str; 10] =
        ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(value).map_or_else(|| value.to_string(), |word| (*word).to_owned())
}

/// Names one after another: `Tier 3`, `Tier 3 and Tier 4`, `Tier 3, Tier 4 and Tier 5`.
#[must_use]
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn tenth_text(tenths: u64) -> String {
    format!("{}.{}", count(tenths / 10), tenths % 10)
}

/// `value / unit` with at most two decimals, and none that are zero.
fn in_units(value: u64, unit: u64) -> String {
    let hundredths = value / (unit / 100);
    let (whole, rest) = (count(hundredths / 100), hundredths % 100);
    match rest {
        0 => whole,
        _ if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        _ => format!("{whole}.{rest:02}"),
    }
}

/// Half up, negatives to zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at both ends, which is what a printed figure wants"
)]
fn rounded(value: f64) -> u64 {
    (value + 0.5).floor() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(part: u64, of: u64) -> Share {
        Share::new(part, of).unwrap()
    }

    fn plain(text: &str) -> String {
        text.replace(THIN, " ")
    }

    #[test]
    fn a_share_is_rounded_but_never_to_a_nothing_or_an_everything_that_is_not_exact() {
        // part, of, in a table, in a matrix cell, refused in a matrix cell, in a sentence
        let table = [
            (0, 1_000, "0 %", "0", "0", "0 %"),
            (1, 100_000, "<0.1 %", "<0.1", "<0.1", "under 0.1 %"),
            (49, 100_000, "<0.1 %", "<0.1", "<0.1", "under 0.1 %"),
            (50, 100_000, "0.1 %", "0.1", "0.1", "0.1 %"),
            (9, 1_000, "0.9 %", "0.9", "0.9", "0.9 %"),
            (87, 1_000, "8.7 %", "8.7", "8.7", "9 %"),
            (99_960, 1_000_000, "10.0 %", "10", "10", "10 %"),
            (420, 1_000, "42.0 %", "42", "42", "42 %"),
            (425, 1_000, "42.5 %", "43", "43", "43 %"),
            (950, 1_000, "95.0 %", "95", "95", "95 %"),
            (951, 1_000, "95.1 %", "95.1", "95", "95 %"),
            (984, 1_000, "98.4 %", "98.4", "98", "98.4 %"),
            (994, 1_000, "99.4 %", "99.4", "99", "99.4 %"),
            (998, 1_000, "99.8 %", "99.8", "99.8", "99.8 %"),
            (99_949, 100_000, "99.9 %", "99.9", "99.9", "99.9 %"),
            (9_997, 10_000, ">99.9 %", ">99.9", ">99.9", "over 99.9 %"),
            (99_950, 100_000, ">99.9 %", ">99.9", ">99.9", "over 99.9 %"),
            (99_999, 100_000, ">99.9 %", ">99.9", ">99.9", "over 99.9 %"),
            (7, 7, "100 %", "100", "100", "100 %"),
        ];
        for (part, of, in_table, in_cell, refused, sentence) in table {
            let share = share(part, of);
            assert_eq!(plain(&share.in_table()), in_table, "{part} of {of}");
            assert_eq!(share.in_cell(), in_cell, "{part} of {of}");
            assert_eq!(share.refused_in_cell(), refused, "{part} of {of}");
            assert_eq!(plain(&share.in_sentence(Some(0.99))), sentence, "{part} of {of}");
        }
    }

    #[test]
    fn a_sentence_shows_a_tenth_only_where_it_decides() {
        assert_eq!(plain(&share(97, 100).in_sentence(Some(0.99))), "97 %");
        assert_eq!(plain(&share(97, 100).in_sentence(Some(0.975))), "97.0 %");
        assert_eq!(plain(&share(53, 1_000).in_sentence(Some(0.05))), "5.3 %");
        assert_eq!(plain(&share(53, 1_000).in_sentence(None)), "5 %");
    }

    #[test]
    fn nothing_has_no_share() {
        assert_eq!(Share::new(0, 0), None);
        assert_eq!(Share::from_fraction(f64::NAN), None);
    }

    #[test]
    fn a_fraction_and_the_counts_it_came_from_are_written_alike() {
        for (part, of) in [(0, 9), (9, 9), (1, 3), (2_999, 3_000), (1, 2_001)] {
            let exact = share(part, of);
            let through = Share::from_fraction(exact.fraction()).unwrap();
            assert_eq!(through.in_table(), exact.in_table(), "{part} of {of}");
        }
    }

    #[test]
    fn times_lose_decimals_as_they_grow() {
        let table = [
            (0.0, "0 s"),
            (0.009, "0 s"),
            (0.01, "<0.1 s"),
            (0.099, "<0.1 s"),
            (0.1, "0.1 s"),
            (4.44, "4.4 s"),
            (9.94, "9.9 s"),
            (9.96, "10 s"),
            (237.4, "237 s"),
            (4_000.0, "4,000 s"),
        ];
        for (value, text) in table {
            assert_eq!(plain(&seconds(value)), text);
        }
    }

    #[test]
    fn settings_are_exact() {
        for (nanos, text) in
            [(2_000_000_000, "2 s"), (250_000_000, "0.25 s"), (0, "0 s"), (1, "0.000000001 s")]
        {
            assert_eq!(plain(&setting(nanos)), text);
        }
    }

    #[test]
    fn a_length_is_said_in_the_largest_unit_that_is_whole() {
        let table = [
            (900.0, "15 min"),
            (3_600.0, "1 h"),
            (90.0, "90 s"),
            (3_501.7, "58.4 min"),
            (0.5, "0.5 s"),
            (6.0, "6 s"),
            (6.3, "6.3 s"),
            (7_200.0, "2 h"),
            (86_400.0, "1 d"),
            (432_300.0, "5 d 5 min"),
            (172_799.0, "2 d"),
            (180_000.0, "2 d 2 h"),
        ];
        for (value, text) in table {
            assert_eq!(plain(&duration(value)), text);
        }
    }

    #[test]
    fn a_clock_shows_hours_only_when_there_are_some() {
        for (second, text) in
            [(0, "00:00"), (270, "04:30"), (3_600, "60:00"), (3_601, "1:00:01"), (7_200, "2:00:00")]
        {
            assert_eq!(clock(second), text);
        }
    }

    #[test]
    fn counts_and_limits_are_grouped_and_shortened() {
        for (value, text) in [
            (0, "0"),
            (999, "999"),
            (1_800, "1,800"),
            (143_438, "143,438"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(count(value), text);
        }
        let table = [
            (600, "600"),
            (1_800, "1,800"),
            (180_000, "180k"),
            (250_000, "250k"),
            (1_000_000, "1M"),
            (2_500_000, "2.5M"),
            (1_240_000, "1.24M"),
            (12_300, "12.3k"),
            (123_456, "123,456"),
        ];
        for (value, text) in table {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn rates_and_multiples_keep_one_decimal_while_it_says_something() {
        for (value, text) in [
            (0.0, "0"),
            (0.04, "<0.1"),
            (0.05, "0.1"),
            (7.96, "8.0"),
            (99.96, "100"),
            (1_234.0, "1,234"),
        ] {
            assert_eq!(rate(value), text);
        }
        assert_eq!(times(2.54), "2.5");
        assert_eq!(times(12.4), "12");
    }

    #[test]
    fn differences_of_shares_are_points() {
        assert_eq!(plain(&points(0.049)), "4.9 points");
        assert_eq!(plain(&points(-0.01)), "1.0 points");
        assert_eq!(plain(&points(0.0)), "0 points");
        assert_eq!(plain(&points(0.0001)), "<0.1 points");
    }

    #[test]
    fn small_numbers_become_words() {
        assert_eq!(in_words(0), "none");
        assert_eq!(in_words(8), "eight");
        assert_eq!(in_words(20), "20");
    }
}
