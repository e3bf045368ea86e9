//! How the meters of a limiter stand at an instant.

use crate::meter::Label;
use crate::policy::METERS_MAX;
use crate::time::Instant;

/// Every meter's standing, in the order of the policy. Reading it changes nothing.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Standing {
    pub(crate) meters: [MeterStanding; METERS_MAX],
    pub(crate) len: usize,
}

impl Standing {
    /// The meter with this index in the policy.
    #[must_use]
    #[inline]
    pub fn of(&self, index: usize) -> Option<MeterStanding> {
        if index < self.len { self.meters.get(index).copied() } else { None }
    }

    /// All meters, in the order of the policy.
    pub fn iter(&self) -> impl Iterator<Item = MeterStanding> + '_ {
        self.meters.iter().take(self.len).copied()
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

impl MeterStanding {
    /// Fills the places of a standing that belong to no meter.
    pub(crate) const VACANT: Self =
        Self { label: Label(""), capacity: 0, remaining: 0, resets_at: Instant::START };
}
