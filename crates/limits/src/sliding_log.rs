//! A list of what was charged in the last window, whenever one looks.

use alloc::collections::VecDeque;

use crate::dial::Tally;
use crate::time::{Instant, Span};

/// What was charged at each instant. It counts over [at, at + lasts).
///
/// Room for all of it is allocated once: what counts fits into the capacity, so there are never
/// more instants than that. Only amounts that nobody asked for, and that are known at the end,
/// can bring about more; then the two oldest instants are joined under the younger one. That
/// changes no answer while nothing of the older one is given back and the capacity does not grow, for
/// what is younger fills it by itself; else the log denies for longer, and never allows more. (A
/// clone has room for what it holds, and may grow to the same bound.)
///
/// Whoever calls promises that `now` never goes back.
#[derive(Clone, Debug)]
pub(crate) struct SlidingLog {
    capacity: u64,
    lasts: Span,
    /// Oldest first, each with something; those at the front may be over.
    entries: VecDeque<Entry>,
    /// The sum of all entries, also of those that are over.
    sum: u128,
    /// The most instants that are kept: the largest capacity that it has had.
    room: u64,
    /// What was charged before is over, however long it is ago: it was when the limits moved.
    since: Instant,
}

#[derive(Copy, Clone, Debug)]
struct Entry {
    at: Instant,
    amount: u64,
}

impl SlidingLog {
    /// The most that its capacity may be: room for as many entries takes 64 MiB.
    pub(crate) const MOST: u64 = 1 << 22;

    /// Nothing has been charged yet. A policy has seen to it that the capacity is at most
    /// [`SlidingLog::MOST`].
    pub(crate) fn new(capacity: u64, lasts: Span) -> Self {
        let room = usize::try_from(capacity.min(Self::MOST)).unwrap_or(0);
        // One more, for an entry that is joined with another as soon as it is there.
        Self {
            capacity,
            lasts,
            entries: VecDeque::with_capacity(room + 1),
            sum: 0,
            room: capacity,
            since: Instant::START,
        }
    }

    fn is_over(&self, at: Instant, now: Instant) -> bool {
        at < self.since || at.after(self.lasts) <= now
    }

    /// How many entries are over, and what they sum up to.
    fn over(&self, now: Instant) -> (usize, u128) {
        if self.entries.back().is_none_or(|last| self.is_over(last.at, now)) {
            return (self.entries.len(), self.sum);
        }
        let over = self.entries.iter().take_while(|entry| self.is_over(entry.at, now));
        over.fold((0, 0), |(count, sum), entry| (count + 1, sum + u128::from(entry.amount)))
    }

    fn used(&self, now: Instant) -> u128 {
        self.sum - self.over(now).1
    }

    /// The first instant at which no more than `most` counts; the start of time if that is now.
    fn counts_only(&self, most: u64, now: Instant) -> Instant {
        let (over, gone) = self.over(now);
        let (most, mut used) = (u128::from(most), self.sum - gone);
        let mut since = Instant::START;
        for entry in self.entries.iter().skip(over) {
            if used <= most {
                break;
            }
            used -= u128::from(entry.amount);
            since = entry.at.after(self.lasts);
        }
        since
    }

    fn forget(&mut self, now: Instant) {
        let (over, gone) = self.over(now);
        self.entries.drain(..over);
        self.sum -= gone;
    }

    /// The two oldest become one, if there are more than may be.
    fn join_oldest(&mut self) {
        if self.entries.len() as u64 <= self.room {
            return;
        }
        let Some(oldest) = self.entries.pop_front() else { return };
        self.sum -= u128::from(oldest.amount);
        self.change(0, |amount| amount.saturating_add(oldest.amount));
    }

    /// Replaces the amount of an entry; one of nothing goes.
    fn change(&mut self, index: usize, amount: impl Fn(u64) -> u64) {
        let Some(entry) = self.entries.get_mut(index) else { return };
        let changed = amount(entry.amount);
        self.sum = self.sum - u128::from(entry.amount) + u128::from(changed);
        entry.amount = changed;
        if changed == 0 {
            self.entries.remove(index);
        }
    }
}

impl Tally for SlidingLog {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn left(&self, now: Instant) -> u64 {
        let left = u128::from(self.capacity).saturating_sub(self.used(now));
        u64::try_from(left).unwrap_or(self.capacity)
    }

    fn resets_at(&self, now: Instant) -> Instant {
        self.entries.back().map_or(now, |last| last.at.after(self.lasts).max(now))
    }

    fn fits_at(&self, now: Instant, asked: u64) -> Instant {
        if asked == 0 {
            return Instant::START;
        }
        self.counts_only(self.capacity.saturating_sub(asked), now)
    }

    fn any_left_at(&self, now: Instant) -> Instant {
        self.counts_only(self.capacity.saturating_sub(1), now)
    }

    fn charge(&mut self, now: Instant, amount: u64) -> bool {
        self.forget(now);
        self.correct(now, now, 0, amount);
        false
    }

    fn correct(&mut self, now: Instant, at: Instant, charged: u64, spent: u64) {
        self.forget(now);
        if charged == spent || self.is_over(at, now) {
            return;
        }
        // Where something was charged and its instant is gone, it was joined with the next.
        let index = self.entries.partition_point(|entry| entry.at < at);
        let found = self.entries.get(index).is_some_and(|entry| entry.at == at || charged > 0);
        if found {
            self.change(index, |amount| amount.saturating_sub(charged).saturating_add(spent));
        } else if spent > 0 {
            self.entries.insert(index, Entry { at, amount: spent });
            self.sum += u128::from(spent);
            self.join_oldest();
        }
    }

    /// Every use stays in the list, and counts for as long as the new window is.
    fn take_over(&mut self, now: Instant, mut old: Self) {
        old.forget(now);
        let over = now.nanos().checked_sub(old.lasts.nanos()).map(|last| last.saturating_add(1));
        self.since = old.since.max(Instant::from_nanos(over.unwrap_or(0)));
        self.room = self.room.max(old.room);
        (self.entries, self.sum) = (old.entries, old.sum);
        self.forget(now);
    }
}
