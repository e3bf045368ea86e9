//! What takes its time: payments that are under way, tiers that are.

use std::collections::BTreeMap;

use limits::Instant;
use money::Money;

use super::climb::Known;

/// Something that comes true by itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A purchase is credited.
    Credit(Money),
    /// The payment of the invoice at this place is there.
    Collected(usize),
    /// What was paid is known wherever tiers and balances are shown.
    Known(Known),
}

/// What comes true when. Of what is due at one instant, the first set comes first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    due: BTreeMap<(Instant, u64), Due>,
    set: u64,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Instant, due: Due) {
        self.due.insert((at, self.set), due);
        self.set += 1;
    }

    /// What is under way, in its order.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (Instant, Due)> {
        self.due.iter().map(|((at, _), due)| (*at, *due))
    }

    /// When the next comes true; the end of time where none will.
    pub(crate) fn next_at(&self) -> Instant {
        self.due.first_key_value().map_or(Instant::END, |((at, _), _)| *at)
    }

    /// The next one, if it is due by `now`.
    pub(crate) fn due(&mut self, now: Instant) -> Option<(Instant, Due)> {
        let next = self.due.first_entry().filter(|next| next.key().0 <= now)?;
        let ((at, _), due) = next.remove_entry();
        Some((at, due))
    }

    /// What is still under way of these is taken off, in its order.
    pub(crate) fn take(&mut self, which: impl Fn(&Due) -> bool) -> Vec<Due> {
        let taken = self.due.extract_if(.., |_, due| which(due));
        taken.map(|(_, due)| due).collect()
    }
}
