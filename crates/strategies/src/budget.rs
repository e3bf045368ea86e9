//! How many retries a client allows itself, over all of its jobs.

use limits::Span;

use crate::portion::{Percent, Thousandths};

/// A bound on the retries of one client, whatever job they are for. A retry that finds it spent is
/// not made: the job is given up.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Budget {
    /// None: each job has its own tries and that is all.
    None,
    /// Finagle's `RetryBudget`: a balance of what the last `ttl` paid in. A first attempt pays in
    /// one, a retry takes `100 / percent`; `reserve_per_s * ttl` are always there besides.
    Finagle {
        /// How long a deposit lasts.
        ttl: Span,
        /// Retries a second that are allowed without any first attempts.
        reserve_per_s: u32,
        /// Retries allowed for each hundred first attempts.
        percent: Percent,
    },
    /// The SRE book's budget per client: retries are at most this part of all requests of the last
    /// while.
    Sre {
        /// Retries among requests, retries included.
        percent: Percent,
        /// The while.
        over: Span,
    },
    /// gRPC's retry throttling (proposal A6): tokens start at `most`; a failure takes one, a success
    /// adds `ratio`; a retry is made only while more than half of `most` are there.
    Grpc {
        /// Tokens at the start, and the most there can be.
        most: u32,
        /// What a success adds.
        ratio: Thousandths,
    },
    /// The AWS SDKs' bucket of retry quota: a retry takes its cost out; a success puts back what its
    /// last retry took, and one at the first try `first_success`.
    Aws {
        /// What the bucket holds at the start and at most.
        capacity: u32,
        /// What a retry costs.
        retry: u32,
        /// What it costs after a refusal by a limit.
        throttled: u32,
        /// What it costs after a time-out.
        time_out: u32,
        /// What a success at the first try puts back.
        first_success: u32,
    },
    /// Brooker's token bucket: each first attempt adds `deposit`, a retry takes one and is made only
    /// while there is more than one.
    Brooker {
        /// What a first attempt adds.
        deposit: Thousandths,
        /// The most there can be, and what there is at the start.
        most: u32,
    },
    /// A breaker on retries alone: none is made while more than this part of the last while's
    /// attempts failed.
    RetriesWhileFailuresBelow {
        /// Failures among attempts.
        percent: Percent,
        /// The while.
        over: Span,
    },
}
