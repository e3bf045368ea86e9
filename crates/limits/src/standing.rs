//! How the meters of a limiter stand at an instant.

use crate::limiter::Limiter;
use crate::meter::Label;
use crate::time::Instant;

/// Every meter's standing at one instant, in the order of the policy. Reading it changes nothing,
/// and only what is read is computed.
#[derive(Copy, Clone, Debug)]
pub struct Standing<'a> {
    limiter: &'a Limiter,
    now: Instant,
}

impl<'a> Standing<'a> {
    #[inline]
    pub(crate) const fn new(limiter: &'a Limiter, now: Instant) -> Self {
        Self { limiter, now }
    }

    /// The meter with this index in the policy.
    #[must_use]
    #[inline]
    pub fn of(&self, index: usize) -> Option<MeterStanding> {
        self.limiter.standing_of(index, self.now)
    }

    /// All meters, in the order of the policy.
    pub fn iter(&self) -> impl Iterator<Item = MeterStanding> {
        (0..self.limiter.len()).filter_map(|index| self.of(index))
    }
}

/// One meter at an instant.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct MeterStanding {
    /// Its name.
    pub label: Label,
    /// The most that fits, in requests or tokens.
    pub capacity: u64,
    /// How much is left, in whole requests or tokens; zero also when the meter is in debt. Where
    /// no window is open, what would be left in one that opened now.
    pub remaining: u64,
    /// The end of the open window, or when the bucket will be full; the present where no window
    /// is open or the bucket is full already.
    pub resets_at: Instant,
}
