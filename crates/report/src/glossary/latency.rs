//! The words of how long answers take.

use super::Term;
use crate::latency;
use crate::study::Study;

const LATENCY: [Term; 5] = [
    (
        "first-token",
        "First token",
        "From when a job fell due to the first token of its answer, over the answered jobs that are \
         streamed. Waiting for the limits is part of it.",
    ),
    (
        "per-token",
        "Each token",
        "From the first token of a streamed answer to its last byte, for each token after the first.",
    ),
    (
        "service-time",
        "Attempt",
        "From the sending of the attempt that was answered to its last byte: what the service takes, \
         without any wait before.",
    ),
    (
        "since-due",
        "Since due",
        "From when a job fell due to the last byte of its answer: waits and refused attempts are part \
         of it. Over answered jobs.",
    ),
    (
        "refusal",
        "Refusal",
        "From the sending to the end of an attempt that was answered with a status of 4xx or 5xx. It \
         is in none of the other times by itself, but delays what follows.",
    ),
];

/// All of them, for those that must not be told twice.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Term> {
    LATENCY.into_iter()
}

/// Those that the page of a run uses.
pub(super) fn used(study: &Study<'_>) -> impl Iterator<Item = Term> {
    LATENCY.into_iter().filter(|_| latency::is_told(study))
}
