//! What a limiter answers, and what an admitted request brings back.

use crate::meter::Label;
use crate::time::Instant;
use crate::units::Cost;

/// The answer to a request that was made.
#[must_use = "an admitted request has been charged, and its receipt must be settled"]
#[derive(Eq, PartialEq, Debug)]
pub enum Decision {
    /// It may go. Every meter that charges at admission has been charged.
    Admitted(Receipt),
    /// Not now. Nothing has been charged.
    Refused(Refusal),
    /// Never: it asks for more than a meter holds when it is full. Nothing has been charged, and
    /// waiting does not help.
    TooLarge {
        /// The meter, and where several are too small for what they count, the smallest.
        by: Label,
        /// The most that it lets pass at once, in requests or tokens.
        most: u64,
    },
}

/// The answer to a request that was only thought of.
#[must_use]
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Peek {
    /// It would be admitted.
    Admits,
    /// It would be refused.
    Refused(Refusal),
    /// It could never be admitted.
    TooLarge {
        /// As in [`Decision::TooLarge`].
        by: Label,
        /// As in [`Decision::TooLarge`].
        most: u64,
    },
}

/// Not now, but at a known instant, or when something else has ended.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Refusal {
    /// The meter that refuses longest; the first of them where several end together.
    pub by: Label,
    /// Its index in the policy.
    pub meter: usize,
    /// When the same request is admitted if nothing else happens until then, exactly: one
    /// nanosecond earlier it is refused. Strictly later than the refusal. [`Instant::END`] stands
    /// for never: with a cap on what is in flight no time helps, only the end of another request,
    /// and when that comes the limiter cannot know.
    pub retry_at: Instant,
}

/// Proof of admission: when, and what was set aside.
///
/// It is brought back once, to [`Limiter::settle`](crate::Limiter::settle) or
/// [`Limiter::refund`](crate::Limiter::refund), and is used up by that. The instant also names
/// the windows it was taken in, since windows of one meter never overlap: what comes back after
/// its window has ended lands nowhere.
///
/// ```compile_fail,E0382
/// use limits::{Cost, Decision, Instant, Limiter, Policy};
///
/// let mut limiter = Limiter::new(Policy::unlimited());
/// if let Decision::Admitted(receipt) = limiter.admit(Instant::START, Cost::default()) {
///     limiter.refund(Instant::START, receipt);
///     limiter.refund(Instant::START, receipt); // it is gone
/// }
/// ```
///
/// Nor can it be doubled:
///
/// ```compile_fail,E0599
/// use limits::{Cost, Decision, Instant, Limiter, Policy};
///
/// let mut limiter = Limiter::new(Policy::unlimited());
/// if let Decision::Admitted(receipt) = limiter.admit(Instant::START, Cost::default()) {
///     let _again = receipt.clone();
/// }
/// ```
#[must_use = "settle it when the request has ended, refund it when the request cost nothing"]
#[derive(Eq, PartialEq, Hash, Debug)]
pub struct Receipt {
    pub(crate) at: Instant,
    pub(crate) reserved: Cost,
}

impl Receipt {
    /// When the request was admitted, as the limiter read its clock.
    #[must_use]
    #[inline]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// What the request asked for.
    #[must_use]
    #[inline]
    pub const fn reserved(&self) -> Cost {
        self.reserved
    }
}
