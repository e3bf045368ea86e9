//! A counter of one window at a time, opened by its first use.

use crate::dial::Tally;
use crate::meter::Debt;
use crate::standing::Reset;
use crate::time::{Instant, Span};

/// The window that was opened last. It lasts over [opened, end): at its end it is over.
///
/// Whoever calls promises that `now` never goes back, hence `opened <= now`.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    capacity: u64,
    lasts: Span,
    debt: Debt,
    opened: Instant,
    end: Instant,
    /// When the one before it ended.
    before: Instant,
    used: u64,
}

impl Window {
    /// No window has been opened yet: one from the end of time to its start, which nothing is in.
    pub(crate) const fn new(capacity: u64, lasts: Span, debt: Debt) -> Self {
        let (opened, end, before) = (Instant::END, Instant::START, Instant::START);
        Self { capacity, lasts, debt, opened, end, before, used: 0 }
    }

    /// How long ago a window ended, and how long they are; `None` before the first end.
    #[inline]
    pub(crate) fn last_reset(&self, now: Instant) -> Option<Reset> {
        let ended = if now < self.end { self.before } else { self.end };
        (ended > Instant::START).then(|| Reset { ago: now.since(ended), window: self.lasts })
    }

    /// What a window that opens at `now`, after the end of the last, starts with.
    #[inline(never)]
    fn carried(&self, now: Instant) -> u64 {
        let beyond = self.used.saturating_sub(self.capacity);
        if beyond == 0 || self.debt == Debt::Forgotten {
            return 0;
        }
        let gone_by = now.since(self.end).nanos() / self.lasts.nanos().max(1);
        beyond.saturating_sub(self.capacity.saturating_mul(gone_by))
    }
}

impl Tally for Window {
    #[inline]
    fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Until when the last window is open, or the present if it is over.
    #[inline]
    fn resets_at(&self, now: Instant) -> Instant {
        self.end.max(now)
    }

    /// What is left, or would be in a window that opened now.
    #[inline]
    fn left(&self, now: Instant) -> u64 {
        let used = if now < self.end { self.used } else { self.carried(now) };
        self.capacity.saturating_sub(used)
    }

    #[inline]
    fn fits_at(&self, now: Instant, asked: u64) -> Instant {
        let fits = now >= self.end || asked <= self.capacity.saturating_sub(self.used);
        if fits { Instant::START } else { self.end }
    }

    #[inline]
    fn any_left_at(&self, now: Instant) -> Instant {
        let any = now >= self.end || self.used < self.capacity;
        if any { Instant::START } else { self.end }
    }

    /// Counts `amount` in the open window, or opens the next with it.
    #[inline]
    fn charge(&mut self, now: Instant, amount: u64) -> bool {
        let opens = now >= self.end;
        if opens {
            self.used = self.carried(now);
            self.opened = now;
            self.before = self.end;
            self.end = now.after(self.lasts);
        }
        self.used = self.used.saturating_add(amount);
        opens
    }

    #[inline]
    fn correct(&mut self, _now: Instant, at: Instant, charged: u64, spent: u64) {
        if self.opened <= at && at < self.end {
            self.used = self.used.saturating_sub(charged).saturating_add(spent);
        }
    }

    /// An open window keeps its end, and what was used in it. Debt of one that is over is what the
    /// old capacity has left of it by now.
    fn take_over(&mut self, now: Instant, old: Self) {
        if now < old.end {
            (self.opened, self.end, self.used) = (old.opened, old.end, old.used);
            self.before = old.before;
            return;
        }
        let owed = old.carried(now);
        if owed > 0 {
            (self.end, self.used) = (now, owed.saturating_add(self.capacity));
        }
    }
}
