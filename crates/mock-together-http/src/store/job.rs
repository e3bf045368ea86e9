//! A batch as it is kept.

use limits::{Instant, Span};
use serde::{Deserialize, Serialize};

/// Ours: how long a batch is looked at before it is said to be in progress, or to have failed.
const LOOKED_AT: Span = Span::from_secs(1);

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    /// The how many-th of all that were ever made.
    pub(crate) nth: u64,
    pub(crate) organization: u32,
    /// Which key asked for it, by number.
    pub(crate) client: u32,
    pub(crate) endpoint: String,
    pub(crate) input: String,
    pub(crate) input_bytes: u64,
    pub(crate) model: Option<String>,
    /// When, in seconds since 1970 began.
    pub(crate) created: u64,
    /// The same in nanoseconds of the mock's clock.
    pub(crate) created_at: u64,
    /// When its window ends, in nanoseconds of the mock's clock.
    pub(crate) expires_at: u64,
    /// What the answers of its lines are drawn by.
    pub(crate) draw: u64,
    pub(crate) state: State,
    /// How many lines there are to be worked off.
    pub(crate) lines: usize,
    /// How many of them are over.
    pub(crate) over: usize,
    pub(crate) output: Option<String>,
    pub(crate) errors: Option<String>,
    /// Why it failed.
    pub(crate) error: Option<String>,
    /// When it ended, in seconds since 1970 began.
    pub(crate) completed: Option<u64>,
}

/// What has become of a batch.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Underway,
    Completed,
    Failed,
    Expired,
    Cancelled,
}

impl Job {
    /// Until when it is being looked at.
    pub(crate) fn looked_at_until(&self) -> Instant {
        Instant::from_nanos(self.created_at).after(LOOKED_AT)
    }

    /// Its status in the service's words.
    pub(crate) fn status(&self, now: Instant) -> &'static str {
        match self.state {
            State::Underway | State::Failed if now < self.looked_at_until() => "VALIDATING",
            State::Underway => "IN_PROGRESS",
            State::Completed => "COMPLETED",
            State::Failed => "FAILED",
            State::Expired => "EXPIRED",
            State::Cancelled => "CANCELLED",
        }
    }

    /// How much of it is over, in percent.
    pub(crate) fn progress(&self) -> f64 {
        if self.lines == 0 {
            return 0.0;
        }
        100.0 * self.over as f64 / self.lines as f64
    }
}
