//! Two counters that stand for a sliding window: the one of the clock's window, and as much of the
//! one before as the sliding window still covers, as if that had been used evenly.
//!
//! It counts in *grains*: a request or token is as many grains as the window has nanoseconds, and
//! every nanosecond takes one grain off each unit of the window before. Both are whole numbers,
//! so that the estimate is compared without ever being rounded.

use crate::dial::Tally;
use crate::time::{Instant, Span};

/// Whoever calls promises that `now` never goes back.
#[derive(Clone, Debug)]
pub(crate) struct SlidingCounter {
    capacity: u64,
    lasts: Span,
    /// When the window in which something was counted last begins.
    begin: Instant,
    /// What was counted in it, and in the one before.
    used: u64,
    before: u64,
}

/// The two windows that count at an instant.
struct Pair {
    begin: Instant,
    used: u64,
    before: u64,
}

impl SlidingCounter {
    /// Nothing has been counted yet.
    pub(crate) const fn new(capacity: u64, lasts: Span) -> Self {
        Self { capacity, lasts, begin: Instant::START, used: 0, before: 0 }
    }

    /// The windows of `now`, those of the last charge having moved on.
    fn at(&self, now: Instant) -> Pair {
        let gone_by = now.since(self.begin).nanos() / self.lasts.nanos().max(1);
        let begin = self.begin.after(self.lasts.times(gone_by));
        let (used, before) = match gone_by {
            0 => (self.used, self.before),
            1 => (0, self.used),
            _ => (0, 0),
        };
        Pair { begin, used, before }
    }

    /// The estimate, in grains.
    fn estimate(&self, pair: &Pair, now: Instant) -> u128 {
        let covered = self.lasts.nanos() - now.since(pair.begin).nanos().min(self.lasts.nanos());
        self.grains(pair.used).saturating_add(u128::from(pair.before) * u128::from(covered))
    }

    fn grains(&self, units: u64) -> u128 {
        u128::from(units) * u128::from(self.lasts.nanos())
    }

    /// The first instant at which the estimate is no more than `most` grains; the start of time if
    /// that is so now.
    fn counts_only(&self, most: u128, now: Instant) -> Instant {
        let pair = self.at(now);
        if self.estimate(&pair, now) <= most {
            return Instant::START;
        }
        match most.checked_sub(self.grains(pair.used)) {
            Some(rest) => self.covers_only(pair.begin, rest, pair.before),
            None => self.covers_only(pair.begin.after(self.lasts), most, pair.used),
        }
    }

    /// When so little of the window before the one that begins at `begin`, with `before` in it, is
    /// covered that it weighs no more than `most` grains.
    fn covers_only(&self, begin: Instant, most: u128, before: u64) -> Instant {
        let covered = u64::try_from(most / u128::from(before.max(1))).unwrap_or(u64::MAX);
        begin.after(Span::from_nanos(self.lasts.nanos().saturating_sub(covered)))
    }
}

impl Tally for SlidingCounter {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn left(&self, now: Instant) -> u64 {
        let estimate = self.estimate(&self.at(now), now);
        let left = self.grains(self.capacity).saturating_sub(estimate);
        u64::try_from(left / self.grains(1).max(1)).unwrap_or(self.capacity)
    }

    fn resets_at(&self, now: Instant) -> Instant {
        let Pair { begin, used, before } = self.at(now);
        match (used, before) {
            (0, 0) => now,
            (0, _) => begin.after(self.lasts),
            (_, _) => begin.after(self.lasts).after(self.lasts),
        }
    }

    fn fits_at(&self, now: Instant, asked: u64) -> Instant {
        if asked == 0 {
            return Instant::START;
        }
        self.counts_only(self.grains(self.capacity.saturating_sub(asked)), now)
    }

    fn any_left_at(&self, now: Instant) -> Instant {
        self.counts_only(self.grains(self.capacity).saturating_sub(1), now)
    }

    fn charge(&mut self, now: Instant, amount: u64) -> bool {
        let Pair { begin, used, before } = self.at(now);
        (self.begin, self.used, self.before) = (begin, used.saturating_add(amount), before);
        false
    }

    fn correct(&mut self, now: Instant, at: Instant, charged: u64, spent: u64) {
        let Pair { begin, used, before } = self.at(now);
        let corrected = |units: u64| units.saturating_sub(charged).saturating_add(spent);
        (self.begin, self.used, self.before) = (begin, used, before);
        if begin <= at {
            self.used = corrected(used);
        } else if begin <= at.after(self.lasts) {
            self.before = corrected(before);
        }
    }

    /// Both counts stay. With windows of another length the estimate, rounded up, is what counts
    /// in the window of now.
    fn take_over(&mut self, now: Instant, old: Self) {
        let pair = old.at(now);
        if self.lasts == old.lasts {
            (self.begin, self.used, self.before) = (pair.begin, pair.used, pair.before);
            return;
        }
        let used = old.estimate(&pair, now).div_ceil(old.grains(1).max(1));
        self.begin = Instant::from_nanos(now.nanos() - now.nanos() % self.lasts.nanos().max(1));
        self.used = u64::try_from(used).unwrap_or(u64::MAX);
    }
}
