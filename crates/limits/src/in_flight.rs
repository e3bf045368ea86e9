//! A count of what was admitted and has not ended.

use crate::dial::Tally;
use crate::time::Instant;

/// What requests in flight asked for. Only their ends give it back, and time never does.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    capacity: u64,
    held: u64,
}

impl InFlight {
    /// Nothing is in flight.
    pub(crate) const fn new(capacity: u64) -> Self {
        Self { capacity, held: 0 }
    }

    const fn after_an_end(free: bool) -> Instant {
        if free { Instant::START } else { Instant::END }
    }
}

impl Tally for InFlight {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn left(&self, _now: Instant) -> u64 {
        self.capacity.saturating_sub(self.held)
    }

    fn resets_at(&self, now: Instant) -> Instant {
        if self.held == 0 { now } else { Instant::END }
    }

    fn fits_at(&self, now: Instant, asked: u64) -> Instant {
        Self::after_an_end(asked <= self.left(now))
    }

    fn any_left_at(&self, now: Instant) -> Instant {
        Self::after_an_end(self.left(now) > 0)
    }

    fn charge(&mut self, _now: Instant, amount: u64) -> bool {
        self.held = self.held.saturating_add(amount);
        false
    }

    /// Whatever it cost, what it held is free.
    fn correct(&mut self, _now: Instant, _at: Instant, charged: u64, _spent: u64) {
        self.held = self.held.saturating_sub(charged);
    }

    /// What is in flight stays so.
    fn take_over(&mut self, _now: Instant, old: Self) {
        self.held = old.held;
    }
}
