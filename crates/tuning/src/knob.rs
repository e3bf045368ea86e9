//! The numbers that a strategy has of its own.

use limits::Span;
use strategies::{Backoff, HintRule, Parts};

/// A number of a strategy that may as well be another.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knob {
    /// How often a job is tried in all.
    Tries,
    /// The first wait, or the most that it can be.
    First,
    /// The longest wait.
    Cap,
    /// The longest hint of the server's that is taken.
    LongestHint,
    /// How long the service may be silent.
    Timeout,
}

/// What a number counts, and on which grid it is tried.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Scale {
    /// Whole numbers.
    Count(&'static [u64]),
    /// Nanoseconds, three round values in a power of ten.
    Time,
}

const TRIES: &[u64] = &[2, 3, 4, 6, 8, 12, 16, 24];
/// Round times, in milliseconds.
const TIMES: &[u64] = &[
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000,
    300_000, 600_000,
];
/// The most by which a time is made shorter or longer.
const REACH: u64 = 20;

impl Knob {
    /// Every knob there is, in the order in which they are told.
    pub const ALL: [Self; 5] =
        [Self::Tries, Self::First, Self::Cap, Self::LongestHint, Self::Timeout];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tries => "tries",
            Self::First => "wait.first",
            Self::Cap => "wait.cap",
            Self::LongestHint => "hint.most",
            Self::Timeout => "timeout",
        }
    }

    const fn scale(self) -> Scale {
        match self {
            Self::Tries => Scale::Count(TRIES),
            Self::First | Self::Cap | Self::LongestHint | Self::Timeout => Scale::Time,
        }
    }

    /// How it stands, a count or nanoseconds; none for a strategy that has no such number.
    #[must_use]
    pub fn read(self, parts: &Parts) -> Option<u64> {
        let mut parts = *parts;
        self.place(&mut parts).map(|place| place.get())
    }

    /// Sets it, where the strategy has such a number.
    pub fn write(self, parts: &mut Parts, value: u64) {
        if let Some(place) = self.place(parts) {
            place.set(value);
        }
    }

    /// The values that are tried of a number that stands so, the smallest first.
    #[must_use]
    pub fn grid(self, own: u64) -> Vec<u64> {
        let mut values: Vec<u64> = match self.scale() {
            Scale::Count(values) => values.to_vec(),
            Scale::Time => {
                let near = own / REACH..=own.saturating_mul(REACH);
                let round = TIMES.iter().map(|millis| Span::from_millis(*millis).nanos());
                round.filter(|value| near.contains(value)).collect()
            }
        };
        values.push(own);
        values.sort_unstable();
        values.dedup();
        values
    }

    /// A value as a scenario writes it.
    #[must_use]
    pub fn text(self, value: u64) -> String {
        match self.scale() {
            Scale::Count(_) => value.to_string(),
            Scale::Time => time(value),
        }
    }
}

/// Where a number stands.
enum Place<'p> {
    Count(&'p mut u32),
    Time(&'p mut Span),
}

impl Place<'_> {
    fn get(&self) -> u64 {
        match self {
            Self::Count(count) => u64::from(**count),
            Self::Time(span) => span.nanos(),
        }
    }

    fn set(self, value: u64) {
        match self {
            Self::Count(count) => *count = u32::try_from(value).unwrap_or(u32::MAX),
            Self::Time(span) => *span = Span::from_nanos(value),
        }
    }
}

impl Knob {
    fn place(self, parts: &mut Parts) -> Option<Place<'_>> {
        let retries = parts.retry_on != strategies::RetryOn::Nothing;
        match self {
            Self::Timeout => parts.timeouts.silence.as_mut().map(Place::Time),
            // What is never tried again has nothing to wait for.
            _ if !retries => None,
            Self::Tries => parts.stop.tries.as_mut().map(Place::Count),
            Self::First => waits(&mut parts.wait.backoff).map(|(first, _)| Place::Time(first)),
            Self::Cap => waits(&mut parts.wait.backoff).map(|(_, cap)| Place::Time(cap)),
            Self::LongestHint => match &mut parts.wait.hint {
                HintRule::UpTo(most) => Some(Place::Time(most)),
                HintRule::Ignore | HintRule::Honour => None,
            },
        }
    }
}

/// The first wait of a formula and the longest.
fn waits(backoff: &mut Backoff) -> Option<(&mut Span, &mut Span)> {
    match backoff {
        Backoff::None => None,
        Backoff::Exponential { first, cap }
        | Backoff::FullJitter { first, cap }
        | Backoff::Sdk { first, cap } => Some((first, cap)),
    }
}

/// A length of time as a scenario writes it, in the largest unit of which it is a whole number.
fn time(nanos: u64) -> String {
    let units = [(60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let whole = |(unit, _): &(u64, &str)| nanos > 0 && nanos.is_multiple_of(*unit);
    match units.into_iter().find(whole) {
        Some((unit, name)) => format!("{}{name}", nanos / unit),
        None => format!("{nanos}ns"),
    }
}
