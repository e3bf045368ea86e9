//! When a row was due, as one field says it: a number with a unit, or a date.

use super::{clock, number};

/// The unit of the field that says when a row was due.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, whole or not, from any moment.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
    /// A date and a time of day, as RFC 3339 has them. A blank may stand for the `T`, and a
    /// moment without a zone is taken for UTC, as logs and databases write it.
    Rfc3339,
}

impl Unit {
    /// Every unit, with its word in scenarios.
    pub const WORDS: [(&'static str, Unit); 5] = [
        ("s", Unit::Seconds),
        ("ms", Unit::Millis),
        ("us", Unit::Micros),
        ("ns", Unit::Nanos),
        ("rfc3339", Unit::Rfc3339),
    ];

    /// Nanoseconds from wherever its numbers count; nothing where the text is no such moment.
    pub(super) fn nanoseconds(self, text: &str) -> Option<i128> {
        match self {
            Unit::Seconds => number::scaled(text, 1_000_000_000),
            Unit::Millis => number::scaled(text, 1_000_000),
            Unit::Micros => number::scaled(text, 1_000),
            Unit::Nanos => number::scaled(text, 1),
            Unit::Rfc3339 => clock::rfc3339(text),
        }
    }

    /// What should stand where such a moment is missing.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Unit::Seconds => "a number of seconds",
            Unit::Millis => "a number of milliseconds",
            Unit::Micros => "a number of microseconds",
            Unit::Nanos => "a number of nanoseconds",
            Unit::Rfc3339 => "a moment such as `2025-11-03T09:00:00.250Z`",
        }
    }
}
