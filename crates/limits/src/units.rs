//! What is counted, and how fast: requests, tokens, what one request asks of both, and rates as
//! exact fractions. A rate is never turned into time per unit, because that quotient is rarely a
//! whole number of nanoseconds and its error grows with every unit counted.

use core::cmp::Ordering;
use core::fmt::Debug;
use core::hash::{Hash, Hasher};

use crate::time::Span;

/// A number of requests.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct Requests(pub u64);

/// A number of tokens.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct Tokens(pub u64);

/// Something that can be counted one by one.
pub trait Unit: Copy + Debug {
    /// So many of them.
    fn of(count: u64) -> Self;

    /// How many there are.
    fn count(self) -> u64;
}

impl Unit for Requests {
    #[inline]
    fn of(count: u64) -> Self {
        Self(count)
    }

    #[inline]
    fn count(self) -> u64 {
        self.0
    }
}

impl Unit for Tokens {
    #[inline]
    fn of(count: u64) -> Self {
        Self(count)
    }

    #[inline]
    fn count(self) -> u64 {
        self.0
    }
}

/// What a request asks of a limiter, or what it turned out to use.
///
/// ```
/// use limits::{Cost, Requests, Tokens};
///
/// let cost = Cost::new(Requests(1), Tokens(350));
/// assert_eq!(cost, Cost { requests: Requests(1), tokens: Tokens(350) });
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct Cost {
    /// Requests; one, for whoever sends them one by one.
    pub requests: Requests,
    /// Tokens, of prompt and answer together unless a service counts otherwise.
    pub tokens: Tokens,
}

impl Cost {
    /// So many requests and so many tokens.
    #[must_use]
    #[inline]
    pub const fn new(requests: Requests, tokens: Tokens) -> Self {
        Self { requests, tokens }
    }
}

/// The usual denominators of a published limit.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub enum Per {
    /// One second.
    Second,
    /// Sixty seconds.
    Minute,
    /// Sixty minutes.
    Hour,
    /// Twenty-four hours.
    Day,
}

impl Per {
    /// How long that is.
    #[must_use]
    pub const fn span(self) -> Span {
        Span::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        })
    }
}

/// How fast something may happen: an amount in a span of time, kept as the fraction it is.
///
/// Two rates are equal when they are equally fast, however they are written.
///
/// ```
/// use limits::{Per, Rate, Requests, Span};
///
/// let published = Rate::new(Requests(600), Per::Minute);
/// assert_eq!(published, Rate::new(Requests(10), Per::Second));
/// assert_eq!(published.over(Span::from_secs(2)), 20);
///
/// // Ten a minute is a sixth of a request per second, half up in the tenth decimal.
/// let slow = Rate::new(Requests(10), Per::Minute);
/// assert_eq!(slow.in_1e10_per_second(), 1_666_666_667);
/// ```
#[derive(Copy, Clone, Debug)]
pub struct Rate<U> {
    amount: U,
    /// Never zero.
    per: Span,
}

impl<U: Unit> Rate<U> {
    /// So many a second, minute, hour or day.
    #[must_use]
    pub const fn new(amount: U, per: Per) -> Self {
        Self { amount, per: per.span() }
    }

    /// So many in every such span; `None` when the span has no length.
    #[must_use]
    pub const fn every(amount: U, per: Span) -> Option<Self> {
        if per.is_zero() { None } else { Some(Self { amount, per }) }
    }

    /// The amount, as it was given.
    #[must_use]
    pub const fn amount(self) -> U {
        self.amount
    }

    /// The span it is given for; never zero.
    #[must_use]
    pub const fn per_span(self) -> Span {
        self.per
    }

    /// The share `numerator / denominator` of this rate, exactly, as long as the fraction in its
    /// lowest terms fits two 64-bit numbers; beyond that its last bits are cut off. A denominator
    /// of zero asks for more than any rate gives and yields the fastest that can be written.
    #[must_use]
    pub fn scaled(self, numerator: u64, denominator: u64) -> Self {
        let amount = u128::from(self.amount.count()) * u128::from(numerator);
        let per = u128::from(self.per.nanos()) * u128::from(denominator);
        if per == 0 {
            let most = if amount == 0 { 0 } else { u64::MAX };
            return Self { amount: U::of(most), per: Span::from_nanos(1) };
        }
        let common = gcd(amount, per);
        let (amount, per) = (amount / common, per / common);
        let excess_bits = 64_u32.saturating_sub((amount | per).leading_zeros());
        let cut = |value: u128| u64::try_from(value >> excess_bits).unwrap_or(u64::MAX);
        Self { amount: U::of(cut(amount)), per: Span::from_nanos(cut(per).max(1)) }
    }

    /// How many fit into `span`, rounded half up to a whole number; at most `u64::MAX`.
    #[must_use]
    pub fn over(self, span: Span) -> u64 {
        u64::try_from(self.over_exactly_rounded(span)).unwrap_or(u64::MAX)
    }

    /// How many a minute, rounded half up.
    #[must_use]
    pub fn per_minute(self) -> u64 {
        self.over(Per::Minute.span())
    }

    /// How many a second in units of 1e-10, rounded half up: ten decimals are as fine as a header
    /// such as `0.1666666667` shows a rate. At most `u64::MAX`, which is 1.8e9 a second.
    #[must_use]
    pub fn in_1e10_per_second(self) -> u64 {
        const NANOS_TIMES_1E10: u128 = 10_000_000_000 * 1_000_000_000;
        let tens = u128::from(self.amount.count()) * NANOS_TIMES_1E10;
        u64::try_from(half_up(tens, self.per)).unwrap_or(u64::MAX)
    }

    /// [`Rate::over`] before it is made to fit.
    pub(crate) fn over_exactly_rounded(self, span: Span) -> u128 {
        half_up(u128::from(self.amount.count()) * u128::from(span.nanos()), self.per)
    }

    /// The same fraction in its lowest terms: an amount and nanoseconds.
    pub(crate) fn lowest_terms(self) -> (u64, u64) {
        let (amount, per) = (self.amount.count(), self.per.nanos());
        let common = u64::try_from(gcd(amount.into(), per.into())).unwrap_or(1);
        (amount / common, per / common)
    }
}

impl<U: Unit> PartialEq for Rate<U> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<U: Unit> Eq for Rate<U> {}

impl<U: Unit> PartialOrd for Rate<U> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The slower rate is the smaller one.
impl<U: Unit> Ord for Rate<U> {
    fn cmp(&self, other: &Self) -> Ordering {
        let product = |a: &Self, b: &Self| u128::from(a.amount.count()) * u128::from(b.per.nanos());
        product(self, other).cmp(&product(other, self))
    }
}

impl<U: Unit> Hash for Rate<U> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lowest_terms().hash(state);
    }
}

/// `dividend / divisor`, rounded half up. The divisor is a rate's span, hence not zero.
fn half_up(dividend: u128, divisor: Span) -> u128 {
    let divisor = u128::from(divisor.nanos());
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    whole + u128::from(rest >= divisor - rest)
}

/// The greatest common divisor, at least one.
const fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}
