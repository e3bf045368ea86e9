//! Time as a value: nanoseconds since the run began. Whoever decides is told the time and never
//! asks for it, so that a decision means the same on a real clock and in a simulation.

use core::cell::Cell;
use core::fmt;

/// A point in time, in whole nanoseconds since the run began.
///
/// Sixty-four bits reach 584 years. Sums that would leave that range stop at [`Instant::END`],
/// which therefore reads as "never".
///
/// ```
/// use limits::{Instant, Span};
///
/// let due = Instant::START.after(Span::from_millis(1_500));
/// assert_eq!(due.nanos(), 1_500_000_000);
/// assert_eq!(due.since(Instant::from_nanos(1_000_000_000)), Span::from_millis(500));
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct Instant(u64);

impl Instant {
    /// The beginning of the run.
    pub const START: Self = Self(0);

    /// The last instant there is; what lies beyond it never comes.
    pub const END: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    #[must_use]
    #[inline]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    #[must_use]
    #[inline]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The instant that lies `span` later, at most [`Instant::END`].
    #[must_use]
    #[inline]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// How long ago `earlier` was; zero when it is not earlier.
    #[must_use]
    #[inline]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// A length of time, in whole nanoseconds. Sums and products stop at [`Span::MAX`].
///
/// ```
/// use limits::Span;
///
/// assert_eq!(Span::from_secs(2), Span::from_millis(1_500).plus(Span::from_micros(500_000)));
/// assert_eq!(Span::from_secs(1).times(3).nanos(), 3_000_000_000);
/// assert_eq!(Span::MAX.times(2), Span::MAX);
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct Span(u64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The longest there is, about 584 years.
    pub const MAX: Self = Self(u64::MAX);

    /// A span of so many nanoseconds.
    #[must_use]
    #[inline]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of so many microseconds.
    #[must_use]
    #[inline]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros.saturating_mul(1_000))
    }

    /// A span of so many milliseconds.
    #[must_use]
    #[inline]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// A span of so many seconds.
    #[must_use]
    #[inline]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Its length in nanoseconds.
    #[must_use]
    #[inline]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whether it has no length.
    #[must_use]
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// So many of these, one after the other.
    #[must_use]
    #[inline]
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// This span and then the other.
    #[must_use]
    #[inline]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Something that can be asked for the time.
///
/// Nothing in this crate asks: whoever drives a limiter reads its clock and passes `now` along.
pub trait Clock {
    /// The time at this moment.
    fn now(&self) -> Instant;
}

/// A clock that stands still until it is moved.
///
/// ```
/// use limits::{Clock, Instant, ManualClock, Span};
///
/// let clock = ManualClock::new(Instant::START);
/// clock.advance(Span::from_secs(2));
/// assert_eq!(clock.now(), Instant::START.after(Span::from_secs(2)));
/// ```
#[derive(Debug, Default)]
pub struct ManualClock {
    now: Cell<Instant>,
}

impl ManualClock {
    /// A clock that shows `at`.
    #[must_use]
    pub const fn new(at: Instant) -> Self {
        Self { now: Cell::new(at) }
    }

    /// Moves the hands forward.
    pub fn advance(&self, by: Span) {
        self.now.set(self.now.get().after(by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.now.get()
    }
}

/// In seconds, with all nine decimals: `6.000000000s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: u64 = 1_000_000_000;
        write!(f, "{}.{:09}s", self.0 / SECOND, self.0 % SECOND)
    }
}
