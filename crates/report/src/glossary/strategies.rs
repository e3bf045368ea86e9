//! The words of the comparison of strategies.

use super::Term;
use crate::study::Study;

const SPREAD: Term = (
    "spread",
    "Range of seeds",
    "The lowest and the highest of the seeds, each taken alone. It grows with their number; it is no \
     interval of confidence.",
);

/// All of them, for those that must not be told twice.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Term> {
    [SPREAD].into_iter()
}

/// Those that the page of a run uses.
pub(super) fn used(study: &Study<'_>) -> Vec<Term> {
    if study.replications() > 1 && !study.asks_nothing() { vec![SPREAD] } else { Vec::new() }
}
