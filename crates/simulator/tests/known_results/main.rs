//! Known results come out of the same code: what others have published about retrying is measured
//! here with the very `strategies::Client` that is rehearsed and shipped, on small services of its
//! own, each with an agenda of its own.
//!
//! No formula of a strategy stands in this folder but in the oracle of the study.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod contended_row;
mod published_study;
mod queueing_server;
mod statistics;

use limits::Span;
use strategies::{Backoff, HintRule, Parts, Preset, Wait};

/// A client that tries again whatever waiting can mend, `tries` times in all, waiting by this
/// formula and by nothing that the service says.
fn retrying(backoff: Backoff, tries: Option<u32>) -> Parts {
    let mut parts = Preset::FULL_JITTER.parts();
    parts.wait = Wait { hint: HintRule::IGNORE, backoff, grain: Wait::FINEST };
    parts.stop.tries = tries;
    parts
}

const fn millis(millis: u64) -> Span {
    Span::from_millis(millis)
}
