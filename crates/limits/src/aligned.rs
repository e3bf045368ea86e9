//! A counter of windows that follow the clock.

use crate::dial::Tally;
use crate::meter::Debt;
use crate::standing::Reset;
use crate::time::{Instant, Span};

/// The window in which something was counted last. Windows begin at every multiple of their length
/// since the start of time and last over [begin, end), whether anything happens in them or not.
///
/// Whoever calls promises that `now` never goes back, hence `begin <= now`.
#[derive(Clone, Debug)]
pub(crate) struct Aligned {
    capacity: u64,
    lasts: Span,
    debt: Debt,
    begin: Instant,
    end: Instant,
    used: u64,
}

impl Aligned {
    /// Nothing has been counted yet: a window from the end of time to its start.
    pub(crate) const fn new(capacity: u64, lasts: Span, debt: Debt) -> Self {
        Self { capacity, lasts, debt, begin: Instant::END, end: Instant::START, used: 0 }
    }

    /// When the window of an instant begins.
    fn begin_of(&self, now: Instant) -> Instant {
        Instant::from_nanos(now.nanos() - now.nanos() % self.lasts.nanos().max(1))
    }

    /// How long ago a window ended, and how long they are; `None` in the first.
    pub(crate) fn last_reset(&self, now: Instant) -> Option<Reset> {
        let ended = self.begin_of(now);
        (ended > Instant::START).then(|| Reset { ago: now.since(ended), window: self.lasts })
    }

    fn used_at(&self, now: Instant) -> u64 {
        if now < self.end { self.used } else { self.beyond_at(now) }
    }

    /// What the window of `now`, a later one than the last, started with.
    fn beyond_at(&self, now: Instant) -> u64 {
        let beyond = self.beyond();
        if beyond == 0 {
            return 0;
        }
        let gone_by = now.since(self.end).nanos() / self.lasts.nanos().max(1);
        beyond.saturating_sub(self.capacity.saturating_mul(gone_by))
    }

    /// What the next window starts with.
    fn beyond(&self) -> u64 {
        match self.debt {
            Debt::Carried => self.used.saturating_sub(self.capacity),
            Debt::Forgotten => 0,
        }
    }
}

impl Tally for Aligned {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn left(&self, now: Instant) -> u64 {
        self.capacity.saturating_sub(self.used_at(now))
    }

    fn resets_at(&self, now: Instant) -> Instant {
        self.begin_of(now).after(self.lasts)
    }

    fn fits_at(&self, now: Instant, asked: u64) -> Instant {
        let fits = now >= self.end || asked <= self.capacity.saturating_sub(self.used);
        if fits { Instant::START } else { self.end }
    }

    fn any_left_at(&self, now: Instant) -> Instant {
        if self.used_at(now) < self.capacity {
            return Instant::START;
        }
        // Each window pays one capacity of what the last one left to the next.
        let paying = self.beyond() / self.capacity.max(1);
        self.end.after(self.lasts.times(paying))
    }

    fn charge(&mut self, now: Instant, amount: u64) -> bool {
        if now >= self.end {
            self.used = self.beyond_at(now);
            self.begin = self.begin_of(now);
            self.end = self.begin.after(self.lasts);
        }
        self.used = self.used.saturating_add(amount);
        false
    }

    fn correct(&mut self, _now: Instant, at: Instant, charged: u64, spent: u64) {
        if self.begin <= at && at < self.end {
            self.used = self.used.saturating_sub(charged).saturating_add(spent);
        }
    }

    /// What was used counts in the window of now. In one of another length that was begun before
    /// the old one, nothing that was admitted before it is corrected any more.
    fn take_over(&mut self, now: Instant, old: Self) {
        let used = old.used_at(now);
        if used == 0 {
            return;
        }
        self.begin = self.begin_of(now).max(old.begin.min(now));
        self.end = self.begin_of(now).after(self.lasts);
        self.used = used;
    }
}
