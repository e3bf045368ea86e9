//! What was probably meant by a value whose unit is missing or another program's: `5`, `10 min`,
//! `300 rpm`, `0.99`, `5 USD`. It is only proposed, never taken: units are not guessed.

use super::dollars;
use super::quantity::{self, Share};

/// What a value with a unit measures.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Measured {
    /// A length of time.
    Time,
    /// A rate of jobs.
    Rate,
    /// A share of a whole.
    Share,
    /// An amount of dollars.
    Dollars,
    /// Dollars by time.
    Hourly,
}

/// Words for units elsewhere, and what they are called here.
const TIMES: &[(&[&str], &str)] = &[
    (&["nanos", "nanosecond", "nanoseconds"], "ns"),
    (&["µs", "μs", "usec", "micros", "microsecond", "microseconds"], "us"),
    (&["msec", "msecs", "millis", "millisecond", "milliseconds"], "ms"),
    (&["sec", "secs", "second", "seconds"], "s"),
    (&["min", "mins", "minute", "minutes"], "m"),
    (&["hr", "hrs", "hour", "hours"], "h"),
    (&["day", "days"], "d"),
];
const RATES: &[(&[&str], &str)] = &[
    (&["rps", "qps", "tps", "persecond", "persec", "/secs", "/seconds"], "/s"),
    (&["rpm", "qpm", "tpm", "perminute", "permin", "/m", "/mins", "/minutes"], "/min"),
    (&["rph", "perhour", "/hr", "/hrs", "/hours"], "/hour"),
    (&["rpd", "perday", "/d", "/days"], "/day"),
];

impl Measured {
    /// What it is called in messages.
    pub(super) const fn what(self) -> &'static str {
        match self {
            Measured::Time => "a length of time",
            Measured::Rate => "a rate",
            Measured::Share => "a share",
            Measured::Dollars => "an amount of dollars",
            Measured::Hourly => "a price by time",
        }
    }

    /// How it is written.
    pub(super) const fn form(self) -> &'static str {
        match self {
            Measured::Time => "a number and its unit: \"500ms\", \"90s\", \"4m\", \"1h30m\"",
            Measured::Rate => "a number per time: \"5/s\", \"300/min\", \"2e6/day\"",
            Measured::Share => "a percentage: \"99%\", \"0.5%\"",
            Measured::Dollars => "dollars with their sign: \"$5\", \"$0.88\"",
            Measured::Hourly => "dollars per time: \"$3.99/hour\", \"$0.05/min\"",
        }
    }

    /// The value that was probably meant, where something near `text` can be read.
    #[must_use]
    pub fn meant(self, text: &str) -> Option<String> {
        let close: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let close = close.to_lowercase();
        let read = |candidate: &String| match self {
            Measured::Time => quantity::duration(candidate).is_ok(),
            Measured::Rate => quantity::rate(candidate).is_ok(),
            Measured::Share => quantity::share(candidate).is_ok(),
            Measured::Dollars => dollars::dollars(candidate).is_ok(),
            Measured::Hourly => dollars::hourly(candidate).is_ok(),
        };
        let candidates = match self {
            Measured::Time => {
                let point = close.replacen(',', ".", 1);
                vec![close.clone(), format!("{close}s"), in_units_of_time(&close), point]
            }
            Measured::Rate => {
                let (number, unit) = after_number(&close);
                let plain = number.replace(',', "");
                vec![
                    close.clone(),
                    format!("{close}/s"),
                    format!("{plain}{unit}"),
                    format!("{plain}{}", renamed(unit, RATES)),
                ]
            }
            Measured::Share => {
                let number = close.trim_end_matches("percent");
                vec![close.clone(), percentage(&close).unwrap_or_default(), format!("{number}%")]
            }
            Measured::Dollars | Measured::Hourly => {
                let plain = close.replace("usd", "").replace("dollars", "");
                let plain = plain.trim_start_matches('-').trim_matches('$');
                vec![close.clone(), format!("${plain}"), format!("${plain}/hour")]
            }
        };
        candidates.into_iter().find(read)
    }
}

/// Every unit by its name here.
fn in_units_of_time(text: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = after_number(rest);
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if number.is_empty() && unit.is_empty() {
            break;
        }
        written.push_str(number);
        written.push_str(renamed(unit, TIMES));
        rest = after;
    }
    written
}

/// The number that a text begins with, and the rest.
fn after_number(text: &str) -> (&str, &str) {
    let of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_');
    let end = text.find(|c| !of_number(c)).unwrap_or(text.len());
    text.split_at(end)
}

fn renamed<'t>(unit: &'t str, table: &[(&[&str], &'t str)]) -> &'t str {
    let found = table.iter().find(|(words, _)| words.contains(&unit));
    found.map_or(unit, |(_, word)| word)
}

/// A fraction of one as a percentage; none where it is none. A whole number is a percentage whose
/// sign is missing.
fn percentage(text: &str) -> Option<String> {
    if !text.contains('.') {
        return None;
    }
    let parts = quantity::billionths(text).ok().filter(|parts| *parts <= Share::WHOLE)?;
    let (whole, rest) = (parts / 10_000_000, parts % 10_000_000);
    let decimals = format!("{rest:07}");
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    Some(format!("{whole}{point}{decimals}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_other_programs_are_understood_but_only_proposed() {
        let time = |text| Measured::Time.meant(text);
        let times = [
            ("5", "5s"),
            ("0.5", "0.5s"),
            ("10 min", "10m"),
            ("4 m", "4m"),
            ("1 hour 30 minutes", "1h30m"),
            ("250 Millis", "250ms"),
            ("3µs", "3us"),
            ("1,5s", "1.5s"),
            ("5S", "5s"),
        ];
        for (said, meant) in times {
            assert_eq!(time(said).as_deref(), Some(meant), "{said}");
        }
        assert_eq!([time("soon"), time(""), time("-5"), time("30m1h")], [const { None }; 4]);
    }

    #[test]
    fn rates_and_shares_too() {
        let rates = [
            ("5", "5/s"),
            ("300 rpm", "300/min"),
            ("5/m", "5/min"),
            ("2 per second", "2/s"),
            ("1,800/min", "1800/min"),
            ("7 QPS", "7/s"),
        ];
        for (said, meant) in rates {
            assert_eq!(Measured::Rate.meant(said).as_deref(), Some(meant), "{said}");
        }
        for (said, meant) in [("0.99", "99%"), ("99", "99%"), ("1", "1%"), ("0.995", "99.5%")] {
            assert_eq!(Measured::Share.meant(said).as_deref(), Some(meant), "{said}");
        }
        for (said, meant) in
            [("5", "$5"), ("-$5", "$5"), ("5 USD", "$5"), ("5$", "$5"), ("0.50 dollars", "$0.50")]
        {
            assert_eq!(Measured::Dollars.meant(said).as_deref(), Some(meant), "{said}");
        }
        for (said, meant) in [("$3.99", "$3.99/hour"), ("3.99/hour", "$3.99/hour")] {
            assert_eq!(Measured::Hourly.meant(said).as_deref(), Some(meant), "{said}");
        }
        assert_eq!(Measured::Dollars.meant("much"), None);
        assert_eq!(Measured::Rate.meant("fast"), None);
        assert_eq!(Measured::Share.meant("101"), None);
    }
}
