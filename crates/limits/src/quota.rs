//! A rate and a capacity that make sense together: how much fits, and how fast it comes back.

use core::error::Error;
use core::fmt;

use crate::time::Span;
use crate::units::{Cost, Rate, Requests, Tokens, Unit};

/// Which part of a [`Cost`] is counted.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub enum Counts {
    /// Its requests.
    Requests,
    /// Its tokens.
    Tokens,
}

impl Counts {
    /// That part of a cost.
    #[must_use]
    #[inline]
    pub const fn of(self, cost: Cost) -> u64 {
        match self {
            Self::Requests => cost.requests.0,
            Self::Tokens => cost.tokens.0,
        }
    }
}

/// What one meter allows: a capacity in whole units, and the rate behind it.
///
/// A window refills all at once, a bucket at its rate; both can be built from either kind of
/// quota.
///
/// ```
/// use limits::{Per, Quota, Rate, Requests, Span};
///
/// // Six hundred requests a minute, counted in windows of two seconds.
/// let rate = Rate::new(Requests(600), Per::Minute);
/// let quota = Quota::requests_per_window(rate, Span::from_secs(2))?;
/// assert_eq!((quota.capacity(), quota.window()), (20, Span::from_secs(2)));
///
/// // The same rate as a bucket that may save up thirty requests, and so fills in three seconds.
/// let quota = Quota::requests_burst(rate, Requests(30))?;
/// assert_eq!((quota.capacity(), quota.window()), (30, Span::from_secs(3)));
/// # Ok::<(), limits::QuotaError>(())
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Quota {
    counts: Counts,
    capacity: u64,
    amount: u64,
    per: Span,
    window: Span,
}

impl Quota {
    /// Fills the places of a policy that hold no meter.
    pub(crate) const VACANT: Self = Self {
        counts: Counts::Requests,
        capacity: 1,
        amount: 1,
        per: Span::from_nanos(1),
        window: Span::from_nanos(1),
    };

    /// Requests counted in windows: the capacity is rate × window, rounded half up.
    pub fn requests_per_window(rate: Rate<Requests>, window: Span) -> Result<Self, QuotaError> {
        Self::per_window(Counts::Requests, rate, window)
    }

    /// Tokens counted in windows: the capacity is rate × window, rounded half up.
    pub fn tokens_per_window(rate: Rate<Tokens>, window: Span) -> Result<Self, QuotaError> {
        Self::per_window(Counts::Tokens, rate, window)
    }

    /// Requests that may be saved up to `burst`; the window is the time from empty to full.
    pub fn requests_burst(rate: Rate<Requests>, burst: Requests) -> Result<Self, QuotaError> {
        Self::burst(Counts::Requests, rate, burst.0)
    }

    /// Tokens that may be saved up to `burst`; the window is the time from empty to full.
    pub fn tokens_burst(rate: Rate<Tokens>, burst: Tokens) -> Result<Self, QuotaError> {
        Self::burst(Counts::Tokens, rate, burst.0)
    }

    /// Requests in flight at once: a capacity that no rate refills, for
    /// [`Algorithm::Concurrency`](crate::Algorithm::Concurrency) only.
    pub const fn requests_at_once(most: Requests) -> Result<Self, QuotaError> {
        Self::at_once(Counts::Requests, most.0)
    }

    /// Tokens in flight at once, likewise.
    pub const fn tokens_at_once(most: Tokens) -> Result<Self, QuotaError> {
        Self::at_once(Counts::Tokens, most.0)
    }

    /// What is counted.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The most that fits at once, in requests or tokens; at least one.
    #[must_use]
    pub const fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The numerator of the rate, in its lowest terms; zero where no rate refills it.
    #[must_use]
    pub const fn amount(&self) -> u64 {
        self.amount
    }

    /// The denominator of the rate, in its lowest terms.
    #[must_use]
    pub const fn per(&self) -> Span {
        self.per
    }

    /// How long a window lasts, or how long a bucket takes to fill, rounded up; zero where there
    /// is no rate.
    #[must_use]
    pub const fn window(&self) -> Span {
        self.window
    }

    fn per_window<U: Unit>(
        counts: Counts,
        rate: Rate<U>,
        window: Span,
    ) -> Result<Self, QuotaError> {
        if window.is_zero() {
            return Err(QuotaError::ZeroWindow);
        }
        let capacity = rate.over_exactly_rounded(window);
        Self::of(counts, rate, capacity, window)
    }

    fn burst<U: Unit>(counts: Counts, rate: Rate<U>, burst: u64) -> Result<Self, QuotaError> {
        let (amount, per) = rate.lowest_terms();
        if amount == 0 {
            return Err(QuotaError::ZeroRate);
        }
        let filling = (u128::from(burst) * u128::from(per)).div_ceil(amount.into());
        let window = Span::from_nanos(u64::try_from(filling).unwrap_or(u64::MAX));
        Self::of(counts, rate, burst.into(), window)
    }

    const fn at_once(counts: Counts, capacity: u64) -> Result<Self, QuotaError> {
        if capacity == 0 {
            return Err(QuotaError::ZeroCapacity);
        }
        let per = Span::from_nanos(1);
        Ok(Self { counts, capacity, amount: 0, per, window: Span::ZERO })
    }

    fn of<U: Unit>(
        counts: Counts,
        rate: Rate<U>,
        capacity: u128,
        window: Span,
    ) -> Result<Self, QuotaError> {
        let (amount, per) = rate.lowest_terms();
        if amount == 0 {
            return Err(QuotaError::ZeroRate);
        }
        if capacity == 0 {
            return Err(QuotaError::ZeroCapacity);
        }
        let Ok(capacity) = u64::try_from(capacity) else {
            return Err(QuotaError::OutOfRange);
        };
        Ok(Self { counts, capacity, amount, per: Span::from_nanos(per), window })
    }
}

/// Why a rate and a capacity do not make a quota.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum QuotaError {
    /// The rate is zero: nothing would ever come back.
    ZeroRate,
    /// The window has no length.
    ZeroWindow,
    /// Nothing fits: the burst is zero, or rate × window rounds to zero.
    ZeroCapacity,
    /// Rate × window is more than a `u64` counts.
    OutOfRange,
}

impl fmt::Display for QuotaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZeroRate => "a rate of zero never gives anything back",
            Self::ZeroWindow => "a window must have a length",
            Self::ZeroCapacity => "nothing fits: the capacity rounds to zero",
            Self::OutOfRange => "the capacity is more than can be counted",
        })
    }
}

impl Error for QuotaError {}
