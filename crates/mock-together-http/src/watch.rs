//! Who wants to know what the mock decides: a log, a count, a test.

use limits::{Instant, Span};
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

    /// Something that was to be acknowledged cannot be kept, and so was not.
    fn unkept(&self, why: &str) {
        let _ = why;
    }

    /// An admitted request ended.
    fn ended(&self, ended: &Ended<'_>) {
        let _ = ended;
    }

    /// The head of a response is out, whatever it was to.
    fn answered(&self, answered: &Answered<'_>) {
        let _ = answered;
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
pub struct Ended<'a> {
    /// When, on the mock's clock.
    pub at: Instant,
    /// What it was charged for.
    pub usage: Usage,
    /// Whether the client left before the last byte.
    pub left: bool,
    /// The model that it asked for.
    pub model: &'a str,
    /// The address, as [`Answered::route`].
    pub route: &'a str,
    /// The method, as [`Answered::method`].
    pub method: &'a str,
    /// How long it was underway.
    pub took: Span,
}

/// A response whose head is out.
#[derive(Copy, Clone, Debug)]
pub struct Answered<'a> {
    /// When, on the mock's clock.
    pub at: Instant,
    /// How long its client waited for it.
    pub took: Span,
    /// The request's method; `other` for one that no route has.
    pub method: &'static str,
    /// The address as documented, `/v1/files/{id}`; `other` for one that there is not.
    pub route: &'a str,
    /// The model it asked for, where that mattered; the beginning of a very long name.
    pub model: Option<&'a str>,
    /// Whether this model is served.
    pub served: bool,
    /// The status.
    pub status: Status,
    /// What refused it; `None` where nothing did.
    pub by: Option<&'static str>,
    /// Whether it was admitted and has an end of its own, of which [`Watch::ended`] tells.
    pub underway: bool,
}
