//! When it is enough.

use limits::Instant;

/// The bounds on a job's tries.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Tries in all, the first included; `None` goes on as long as the run does.
    pub tries: Option<u32>,
    /// Whether a waiting job is given up once its deadline has passed, or once its next wait
    /// would pass it. An attempt in flight is never cut short by this.
    pub at_deadline: bool,
}

impl Stop {
    /// Whether a job that has been tried `tries` times may be tried again.
    #[must_use]
    pub fn allows_another(self, tries: u32) -> bool {
        self.tries.is_none_or(|most| tries < most)
    }

    /// Whether waiting until `then` is pointless for a job with this deadline.
    #[must_use]
    pub fn too_late(self, then: Instant, deadline: Option<Instant>) -> bool {
        self.at_deadline && deadline.is_some_and(|deadline| then > deadline)
    }
}
