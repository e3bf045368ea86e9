//! What a reader must know before any figure: the same sentences in every form of a record.

use crate::study::Study;
use crate::{cost, live, numbers, trust};

/// Every alarm of a run, the gravest first; none where its figures are what they seem.
pub(crate) fn all(study: &Study<'_>) -> Vec<String> {
    let unbalanced = (!trust::balances(study))
        .then(|| "The books of this run do not balance: do not trust its figures.".to_owned());
    let doubted = live::doubt(study.record.header()).map(|doubt| {
        let remedy = live::remedy(study.record.header());
        let remedy = remedy.map_or_else(String::new, |remedy| format!(" {remedy}"));
        format!(
            "Nothing is judged, the load generator’s figures are partly its own: {doubt}.{remedy}"
        )
    });
    [unbalanced, stopped(study), doubted, cost::words::warning(study)]
        .into_iter()
        .flatten()
        .collect()
}

/// What is missing from a run that was stopped.
fn stopped(study: &Study<'_>) -> Option<String> {
    if !study.cut_short() {
        return None;
    }
    let complete = study.completeness();
    let missing = match study.not_run().as_slice() {
        [] => String::new(),
        tiers => format!(" Not run: {}.", numbers::listed(tiers)),
    };
    Some(format!(
        "This run was stopped before its end: {complete}.{missing} Shown is \
         what there is."
    ))
}
