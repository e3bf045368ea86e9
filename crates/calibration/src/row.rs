//! One row of a log: what it says of one response.

use limits::{Instant, Span};
use rulebook::Work;
use wire::{ErrorKind, Shows, Status, Usage};

/// What a log says of one response.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which row it is, from one; no two are alike.
    pub number: u64,
    /// The line on which it begins, from one.
    pub line: u64,
    /// When it reached the gateway, in nanoseconds from any moment that all rows share.
    pub at: Instant,
    /// When its answer ended, where that is known.
    pub ended: Option<Instant>,
    /// Whose it is, where the log says so.
    pub account: Option<String>,
    /// The tier that it was on, where the log says so.
    pub tier: Option<String>,
    /// The model that was asked.
    pub model: String,
    /// What kind of work that is, if the edition does not know the model.
    pub work: Work,
    /// The status; none where no answer came.
    pub status: Option<Status>,
    /// What went wrong, where the log says more than the status.
    pub kind: Option<ErrorKind>,
    /// The rate-limit headers.
    pub shows: Shows,
    /// What it used, where it was answered.
    pub usage: Option<Usage>,
    /// From the start of the work to the last byte, where that is known.
    pub worked: Option<Span>,
    /// From sending to the first byte of an answer that was streamed.
    pub first_byte: Option<Span>,
}

impl Row {
    /// Whether a limit refused it.
    pub(crate) fn is_refused(&self) -> bool {
        self.status == Some(Status::TOO_MANY_REQUESTS)
    }

    /// Whether it shows anything of limits.
    pub(crate) fn has_headers(&self) -> bool {
        self.shows != Shows::default()
    }
}
