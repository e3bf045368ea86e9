//! What the account was too poor for when it was due: trainings and evaluations that were refused,
//! and endpoints that were never started.

use money::Money;
use run_record::MomentLeaf;

use super::words::short_of;
use crate::numbers;
use crate::study::Study;

/// Something that was refused: `Training “x” is refused`, and why.
pub(crate) struct Refused {
    /// As a claim, without an end.
    pub(crate) claim: String,
    /// `it needs $2.90, the account has $1.00`.
    pub(crate) because: String,
    /// `“x” needs $2.90`, `“h100” takes $0.07 a minute`.
    needs: String,
    /// Whether the account is served, so that credit alone is lacking.
    lacks_credit: bool,
    endpoint: bool,
}

/// All that was refused in the cell that is looked at.
pub(crate) fn refused(study: &Study<'_>) -> Vec<Refused> {
    let Some(cell) = study.money_cell() else { return Vec::new() };
    run_record::refused(cell).into_iter().map(Refused::of).collect()
}

/// Whether the endpoint of this name was never started for want of credit.
pub(crate) fn never_started(study: &Study<'_>, endpoint: &str) -> bool {
    let Some(cell) = study.money_cell() else { return false };
    let mut all = run_record::refused(cell).into_iter();
    all.any(|moment| moment.what == "endpoint_refused" && moment.says == endpoint)
}

/// The same in sentences.
pub(crate) fn sentences(study: &Study<'_>) -> impl Iterator<Item = String> {
    refused(study).into_iter().map(|one| format!("{}: {}.", one.claim, one.because))
}

/// What to do about it; none where nothing was refused.
pub(crate) fn remedy(study: &Study<'_>) -> Option<String> {
    let all = refused(study);
    if all.is_empty() {
        return None;
    }
    let short: Vec<&Refused> = all.iter().filter(|one| one.lacks_credit).collect();
    if short.is_empty() {
        return Some("Settle what blocks the account before it begins.".to_owned());
    }
    let before = if short.iter().all(|one| one.endpoint) { "it starts" } else { "it begins" };
    let needs: Vec<&str> = short.iter().map(|one| one.needs.as_str()).collect();
    Some(format!("Top up before {before}: {}.", numbers::listed(&needs)))
}

impl Refused {
    fn of(moment: &MomentLeaf) -> Refused {
        let name = &moment.says;
        let endpoint = moment.what == "endpoint_refused";
        let claim = match moment.what.as_str() {
            "endpoint_refused" => format!("The endpoint “{name}” is never started"),
            "evaluation_refused" => format!("The evaluation “{name}” is refused"),
            _ => format!("Training “{name}” is refused"),
        };
        let cost = moment.amount.unwrap_or(Money::ZERO);
        let lacks_credit = moment.balance < cost;
        let (needs, has) = short_of(cost, moment.balance);
        let what = if endpoint { "its first minute takes" } else { "it needs" };
        let because = if lacks_credit {
            format!("{what} {needs}, the account has {has}")
        } else {
            format!("{what} {needs}, and the account is blocked")
        };
        let needs = if endpoint {
            format!("“{name}” takes {needs} a minute")
        } else {
            format!("“{name}” needs {needs}")
        };
        Refused { claim, because, needs, lacks_credit, endpoint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::money::{dollars, moment};

    fn told(what: &str, needs: &str, has: &str) -> String {
        let leaf = MomentLeaf { balance: dollars(has), ..moment(0, what, Some(needs), "x") };
        let one = Refused::of(&leaf);
        format!("{}: {}", one.claim, one.because)
    }

    #[test]
    fn what_is_refused_is_told_with_what_it_needs_and_what_there_is() {
        assert_eq!(
            told("job_refused", "$2.9", "$1"),
            "Training “x” is refused: it needs $2.90, the account has $1.00"
        );
        assert_eq!(
            told("evaluation_refused", "$2.9", "$3"),
            "The evaluation “x” is refused: it needs $2.90, and the account is blocked"
        );
        // Two amounts that differ are not printed as one.
        assert_eq!(
            told("endpoint_refused", "$0.0665", "$0.066"),
            "The endpoint “x” is never started: its first minute takes $0.0665, the account has \
             $0.066"
        );
    }
}
