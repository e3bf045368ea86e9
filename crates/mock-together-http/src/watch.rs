//! Who wants to know what the mock decides: a log, a count, a test.

use limits::Instant;
use wire::{Shows, Status, Usage};

/// Told of every decision and of every end. It is called with no lock held, from whichever thread
/// decided, and must not block.
pub trait Watch: Send + Sync {
    /// A request for a completion came in. `retry` is how often its client says it has tried
    /// before, where its SDK says so ([`crate::RETRY_HEADER`]).
    fn asked(&self, retry: Option<u32>) {
        let _ = retry;
    }

    /// A request was admitted (status 200) or refused. One for a completion that nobody is told of
    /// here was torn before all of it had come.
    fn decided(&self, decided: &Decided<'_>) {
        let _ = decided;
    }

    /// An admitted request ended.
    fn ended(&self, ended: &Ended) {
        let _ = ended;
    }
}

/// Nobody.
impl Watch for () {}

/// What became of a request at its arrival.
#[derive(Copy, Clone, Debug)]
pub struct Decided<'a> {
    /// When, on the mock's clock.
    pub at: Instant,
    /// Whether it was for a completion; another is told of only when it was refused.
    pub completion: bool,
    /// The model it asked for, where that could be read.
    pub model: Option<&'a str>,
    /// The status it got.
    pub status: Status,
    /// What refused it, as the `x-tierlab-decided-by` header says; `None` when admitted.
    pub by: Option<&'a str>,
    /// What its headers show.
    pub shows: Shows,
}

/// How an admitted request ended.
#[derive(Copy, Clone, Debug)]
pub struct Ended {
    /// When, on the mock's clock.
    pub at: Instant,
    /// What it was charged for.
    pub usage: Usage,
    /// Whether the client left before the last byte.
    pub left: bool,
}
