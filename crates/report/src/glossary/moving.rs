//! The words of growth.

use super::Term;
use crate::study::Study;

const GROWTH: [Term; 2] = [
    (
        "growth",
        "Growth",
        "The traffic of the scenario times so much, with the strategy that does best there: at 150 % \
         all its rates are half as high again, and 100 % is the traffic as it is written.",
    ),
    (
        "carries-up-to",
        "Carries up to",
        "The largest multiple tested that meets everything, none below it missing anything. What lies \
         between two multiples was not tested.",
    ),
];

/// All of them, for those that must not be told twice.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Term> {
    GROWTH.into_iter()
}

/// Those that the page of a run uses.
pub(super) fn used(study: &Study<'_>) -> impl Iterator<Item = Term> {
    GROWTH.into_iter().filter(|_| study.growth().is_some())
}
