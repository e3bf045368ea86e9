//! The rate-limit headers as typed values, no finer than their text.
//!
//! The grain is the service's: limits per second with up to ten decimals, resets in whole
//! seconds rounded to nearest. A reset of zero is therefore a value, and something else than no
//! reset at all.

use core::fmt;

/// What one response shows of the limits. Every field may be absent: some editions show nothing
/// on success, and a foreign server shows what it likes.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug, Default)]
pub struct Shows {
    /// Requests allowed per second.
    pub limit: Option<Rate10>,
    /// Requests left in the open window; may exceed `limit`, for a window is longer than a
    /// second.
    pub remaining: Option<u32>,
    /// Whole seconds until that window ends.
    pub reset: Option<u32>,
    /// When to come back, in whatever form the server chose.
    pub hint: Hint,
    /// Whether this very request was limited.
    pub limited: Option<bool>,
    /// Tokens allowed per second.
    pub limit_tokens: Option<Rate10>,
    /// Tokens left, as shown.
    pub remaining_tokens: Option<u32>,
    /// Requests per second up to which the service answers for its own capacity. It refuses none:
    /// it only says whose fault a failure is.
    pub limit_dynamic: Option<Rate10>,
    /// Requests left of it, as shown.
    pub remaining_dynamic: Option<u32>,
}

/// Requests or tokens per second, in units of 10⁻¹⁰: what "0.1666666667" can carry.
///
/// It displays as on the wire: whole numbers bare, others with as many of ten decimals as they
/// need.
///
/// ```
/// use wire::Rate10;
///
/// assert_eq!(Rate10(1_666_666_667).to_string(), "0.1666666667");
/// assert_eq!(Rate10(1_000_000_000).to_string(), "0.1");
/// assert_eq!(Rate10::whole(10).to_string(), "10");
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct Rate10(pub u64);

impl Rate10 {
    /// One a second.
    pub const ONE: Self = Self(10_000_000_000);

    /// A whole number a second, up to 1,844,674,407; above that, the largest rate there is.
    #[must_use]
    pub const fn whole(per_second: u32) -> Self {
        Self((per_second as u64).saturating_mul(Self::ONE.0))
    }

    /// Nanoseconds from one to the next at this rate, rounded up so that keeping to them never
    /// exceeds it; `None` for a rate of zero.
    ///
    /// ```
    /// use wire::Rate10;
    ///
    /// assert_eq!(Rate10::whole(30).nanos_apart(), Some(33_333_334));
    /// assert_eq!(Rate10(0).nanos_apart(), None);
    /// ```
    #[must_use]
    pub const fn nanos_apart(self) -> Option<u64> {
        match self.0 {
            0 => None,
            rate => Some((Self::ONE.0 * 1_000_000_000).div_ceil(rate)),
        }
    }
}

impl fmt::Display for Rate10 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut decimals) = (self.0 / Self::ONE.0, self.0 % Self::ONE.0);
        if decimals == 0 {
            return write!(f, "{whole}");
        }
        let mut places = 10;
        while decimals.is_multiple_of(10) {
            decimals /= 10;
            places -= 1;
        }
        write!(f, "{whole}.{decimals:0places$}")
    }
}

/// When to come back, as `retry-after` and its kin say it.
///
/// The service writes whole seconds. The other forms exist in the world: SDKs read milliseconds
/// from a header of their own, proxies answer with dates, and broken servers with anything.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug, Default)]
pub enum Hint {
    /// No such header.
    #[default]
    Absent,
    /// Whole seconds: "2".
    Seconds(u32),
    /// Milliseconds, under a header name of their own.
    Millis(u32),
    /// Seconds with decimals, in thousandths of a second: "1.500".
    Fraction(u64),
    /// A date, in seconds since 1970 began: "Sun, 06 Nov 1994 08:49:37 GMT".
    Date(u64),
    /// Less than nothing, in whole seconds: "-3".
    Negative(u32),
    /// A header that is there and says nothing a client could use.
    Unreadable,
}
