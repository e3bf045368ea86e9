//! When it is enough.

use limits::{Instant, Span};

use crate::breaker::Breaker;
use crate::budget::Budget;
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

    /// Whether waiting until `then` is pointless for a job with this deadline.
    #[must_use]
    pub fn too_late(&self, then: Instant, deadline: Option<Instant>) -> bool {
        self.at_deadline && deadline.is_some_and(|deadline| then > deadline)
    }

    /// Whether `then` is longer after a job's first attempt than it may go on.
    #[must_use]
    pub fn too_long(&self, then: Instant, first_sent: Instant) -> bool {
        self.within.is_some_and(|within| then > first_sent.after(within))
    }
}
