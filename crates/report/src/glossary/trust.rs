//! The words of what a run rests on.

use super::Term;
use crate::study::Study;
use crate::trust::sensitivity::Sensitivity;

const READINGS: [Term; 2] = [
    (
        "matters",
        "Matters",
        "High: at another of its values another tier is enough, or a cell that the page is about \
         meets everything and did not, or no longer does. Medium: jobs in time or attempts refused \
         move by a point or more. Low: by less.",
    ),
    (
        "enough",
        "Enough",
        "The lowest tier on which a strategy of the headline meets everything. Tiers that nothing \
         speaks for are not tried under a changed assumption.",
    ),
];

/// All of them, for those that must not be told twice.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Term> {
    READINGS.into_iter()
}

/// Those that the page of a run uses.
pub(super) fn used(study: &Study<'_>) -> impl Iterator<Item = Term> {
    let tried = Sensitivity::of(study).is_some();
    let asked = !study.expectations().is_empty();
    READINGS.into_iter().filter(move |(id, ..)| tried && (asked || *id != "enough"))
}
