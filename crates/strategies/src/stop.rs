//! When it is enough.

use limits::{Instant, Span};

use crate::breaker::Breaker;
use crate::budget::Budget;
use crate::event::GaveUpBecause;
use crate::throttle::Throttle;

/// The bounds on a job's tries, and on all that its client sends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Tries in all, the first included; `None` goes on as long as the run does.
    pub tries: Option<u32>,
    /// Whether a waiting job is given up once its deadline has passed, or once its next wait
    /// would pass it. An attempt in flight is never cut short by this.
    pub at_deadline: bool,
    /// How long after a job's first attempt left its next may leave; `None` for as long as it takes.
    pub within: Option<Span>,
    /// What all of the client's retries draw on.
    pub budget: Budget,
    /// What stops all sending for a while.
    pub breaker: Option<Breaker>,
    /// What refuses a part of all sending.
    pub throttle: Option<Throttle>,
}

impl Stop {
    /// Nothing is ever enough.
    pub const NEVER: Self = Self {
        tries: None,
        at_deadline: false,
        within: None,
        budget: Budget::None,
        breaker: None,
        throttle: None,
    };

    /// So many tries in all and no other bound.
    #[must_use]
    pub const fn after(tries: u32) -> Self {
        Self { tries: Some(tries), ..Self::NEVER }
    }

    /// Whether a job that has been tried `tries` times may be tried again.
    #[must_use]
    pub fn allows_another(&self, tries: u32) -> bool {
        self.tries.is_none_or(|most| tries < most)
    }

    /// Why waiting until `then` is pointless, if it is, for a job with this deadline whose first
    /// attempt left at `first_sent`.
    #[must_use]
    #[inline]
    pub fn ends_before(
        &self,
        then: Instant,
        deadline: Option<Instant>,
        first_sent: Option<Instant>,
    ) -> Option<GaveUpBecause> {
        if self.at_deadline && deadline.is_some_and(|deadline| then > deadline) {
            return Some(GaveUpBecause::Deadline);
        }
        let last = |first: Instant| self.within.map(|within| first.after(within));
        let elapsed = first_sent.and_then(last).is_some_and(|last| then > last);
        elapsed.then_some(GaveUpBecause::Elapsed)
    }

    /// The last instant at which waiting is not yet pointless; none where it never is.
    #[must_use]
    pub fn latest(
        &self,
        deadline: Option<Instant>,
        first_sent: Option<Instant>,
    ) -> Option<Instant> {
        let deadline = deadline.filter(|_| self.at_deadline);
        let elapsed = first_sent.and_then(|first| Some(first.after(self.within?)));
        deadline.into_iter().chain(elapsed).min()
    }
}
