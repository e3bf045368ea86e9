//! How long something takes that is drawn for each by itself, such as the time a user thinks: the
//! laws of lengths, in nanoseconds.

use core::fmt;

use chance::Law;
use limits::Span;

use crate::lasts::shown;
use crate::length::mean_of_held;

/// A length of time, always the same or drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Times {
    /// Always the same.
    Fixed(Span),
    /// Drawn from a law in nanoseconds, then held between two bounds.
    Drawn {
        /// The law.
        law: Law,
        /// The least.
        min: Span,
        /// The greatest.
        max: Span,
        /// The law in words, by the figures that the file gives: `20s on average`.
        says: String,
    },
}

impl Times {
    /// The time for one draw of 64 bits; nothing is drawn where it is always the same.
    #[must_use]
    #[inline]
    pub fn at(&self, draw: impl FnOnce() -> u64) -> Span {
        match self {
            Times::Fixed(span) => *span,
            Times::Drawn { law, min, max, .. } => {
                Span::from_nanos(law.at(draw()).max(min.nanos()).min(max.nanos()))
            }
        }
    }

    /// The mean, rounded down to a nanosecond.
    #[must_use]
    pub fn mean(&self) -> Span {
        match self {
            Times::Fixed(span) => *span,
            Times::Drawn { law, min, max, .. } => {
                let nanos = mean_of_held(law, min.nanos(), max.nanos()) >> 32;
                Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
        }
    }
}

/// `20s`, `20s at the median and 1m at the 95th percentile`, `20s on average and 2m at most`.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Times::Fixed(span) => f.write_str(&shown(*span)),
            Times::Drawn { says, .. } => f.write_str(says),
        }
    }
}
