//! Every figure of the page in one sentence, one keypress away from where it stands.
//!
//! The list at the end of a page holds each sentence once. A word opens its entry over the page,
//! which needs no script; a browser too old for that gets a link to the list instead.

mod latency;
mod league;
mod moving;
mod strategies;
mod trust;

use maud::{Markup, html};
use run_record::Counted;

use crate::headroom;
use crate::study::{Ladder, Study, Trouble};

/// A word that shows what it means when it is pressed.
pub(crate) fn term(id: &str, word: &str) -> Markup {
    html! {
        button.term popovertarget={ "is-" (id) } { (word) }
        a.older href={ "#is-" (id) } {}
    }
}

/// Identifier, words, meaning.
type Term = (&'static str, &'static str, &'static str);

const TERMS: [Term; 17] = [
    (
        "job",
        "Job",
        "One piece of work that fell due: it wants one answer, however many attempts that takes.",
    ),
    ("attempt", "Attempt", "One request that left a client. A job that is retried has several."),
    (
        "in-time",
        "In time",
        "Share of offered jobs answered completely before their deadline, counted from when they fell \
         due. Without a deadline every answer is in time.",
    ),
    (
        "status-429",
        "429s",
        "Share of attempts that were answered with status 429. Retries raise it without changing what \
         the jobs get.",
    ),
    ("per-job", "Attempts per job", "Attempts sent for each job offered."),
    (
        "wait",
        "Wait",
        "From when a job fell due to the sending of the attempt that was answered, over answered jobs.",
    ),
    (
        "p95",
        "p95",
        "The time that 95 % of the samples do not exceed. It is told only with ten samples beyond it.",
    ),
    ("offered", "Offered", "Jobs that fell due, whatever became of them."),
    (
        "goodput",
        "Throughput",
        "Jobs answered per second while jobs fell due; in time, it is called goodput.",
    ),
    ("late", "Too late", "Answered completely, but after the deadline."),
    ("gave-up", "Gave up", "Jobs whose strategy stopped trying."),
    ("unfinished", "Unfinished", "Jobs still waiting for an answer when the run ended."),
    (
        "limits",
        "RPM and TPM",
        "Requests and tokens per minute that a tier allows for one model; of a model that makes \
         pictures, those. They are counted over short windows, so a minute below its limit can \
         still be refused.",
    ),
    ("busiest", "Busiest minute", "The minute in which most fell due, in the mean of the seeds."),
    (
        "seed",
        "Seed",
        "One repetition with other chances: other gaps between jobs, other lengths. Every tier and \
         strategy meets the same ones.",
    ),
    (
        "unlimited",
        "Without any limit",
        "The same jobs with nothing refused: what the service alone can answer in time.",
    ),
    (
        "certainty",
        "Certainty",
        "How a rule is known: documented by the service, observed in its answers, told by a third \
         party, or assumed because no source says.",
    ),
];

const HEADROOM: Term = (
    "headroom",
    "Headroom",
    "What was left of the tightest limit when an attempt was let in, as a share of the \
     whole limit. At the peak: what nine of ten admissions of the busiest minute left.",
);

const FAILED: Term = (
    "failed",
    "Failed",
    "An attempt that the service answered with a status of 5xx, or broke off. A 503 says that the \
     model had no room; nobody’s limit was reached.",
);

const DYNAMIC: [Term; 2] = [
    (
        "dynamic-rate",
        "Dynamic rate",
        "What the service promises to serve: a multiple of the past hour’s successful rate, between \
         a base and a cap. It refuses nothing by itself. Where the model has no room, an attempt \
         above it is answered 429, one at or below it 503.",
    ),
    (
        "past-hour",
        "Past hour",
        "The rate of successful requests in the hour before the run. A launch has none.",
    ),
];

const CAPACITY: Term = (
    "capacity",
    "Capacity",
    "The tokens that a model can work off for all its tenants together. What others leave of it is \
     there for this account.",
);

const ENDPOINT: Term = (
    "endpoint",
    "Dedicated endpoint",
    "Hardware for one account alone. It has no limits and shows none; what its replicas can do is \
     all there is.",
);

const MONEY: [Term; 8] = [
    (
        "bill",
        "Bill",
        "What one run costs, in the mean of its seeds: tokens at their price, and what is paid by the \
         minute or once. A refused attempt costs nothing.",
    ),
    (
        "abandoned",
        "Abandoned",
        "What was generated for attempts that their client had left: it is billed, and nobody reads it.",
    ),
    (
        "by-the-minute",
        "By the minute",
        "Hardware is paid for each minute that it runs, whether anybody calls it or not.",
    ),
    (
        "wasted",
        "Wasted",
        "The part of what attempts cost that bought answers too late, or answers nobody waited for.",
    ),
    (
        "retries-share",
        "Retries",
        "The part of what attempts cost that was paid for attempts after a job’s first.",
    ),
    (
        "per-1000",
        "$ per 1,000",
        "The bill divided by the jobs answered, or answered in time, times a thousand.",
    ),
    (
        "month",
        "A month at this shape",
        "What the requests of one run cost, times 30 days, divided by how long the run lasts; what is \
         paid by the minute at what a minute of it cost, times 43,200, though it did not run all the \
         time here; what is paid once, once.",
    ),
    (
        "break-even",
        "Break-even",
        "The use from which on a machine paid by the hour costs less than the same tokens on the \
         shared fleet: its price an hour, divided by the price of a token.",
    ),
];

const ACCOUNT: [Term; 3] = [
    (
        "balance",
        "Balance",
        "Purchases credited and free credit, less usage and what is paid by the minute or once. Below \
         zero it is owed.",
    ),
    (
        "blocked",
        "Blocked",
        "The time during which requests were refused with 402, because nothing was left to pay with or \
         an invoice was past due.",
    ),
    (
        "invoice",
        "Invoice",
        "What a month used, by model. It asks for what credit did not cover, and is charged on the 3rd.",
    ),
];

/// The terms of a page: those that every page needs, and those of its own age.
fn terms(study: &Study<'_>) -> Vec<Term> {
    let header = study.record.header();
    let mut terms = TERMS.to_vec();
    if study.asks_nothing() && study.has_cost() {
        // Nobody asks anything, so only money needs words.
        terms.retain(|(id, ..)| *id == "certainty");
    }
    let windows = study
        .tiers
        .iter()
        .flat_map(|tier| tier.limits)
        .all(|pair| matches!(pair.counted, Counted::Opened | Counted::Aligned));
    let mut says = |wanted: &str, says: &'static str| {
        if let Some((.., meaning)) = terms.iter_mut().find(|(id, ..)| *id == wanted) {
            *meaning = says;
        }
    };
    if study.ladder() != Ladder::Tiers {
        says("limits", "Requests and tokens per minute, of one model.");
        says(
            "seed",
            "One repetition with other chances: other gaps between jobs, other lengths. All that is \
             compared meets the same ones.",
        );
    } else if !windows {
        says(
            "limits",
            "Requests and tokens per minute that a tier allows for one model; of a model \
                    that makes pictures, those. They are counted over seconds, so a minute below \
                    its limit can still be refused.",
        );
    }
    if (0..study.tiers.len()).any(|tier| headroom::is_told(study, tier)) {
        terms.push(HEADROOM);
    }
    if study.troubles(0..study.tiers.len()).contains(&Trouble::Failed) {
        terms.push(FAILED);
    }
    if study.ladder() == Ladder::PastHours {
        terms.extend(DYNAMIC);
    }
    if !header.capacity.is_empty() {
        terms.push(CAPACITY);
    }
    if header.groups.iter().any(|group| group.endpoint.is_some()) {
        terms.push(ENDPOINT);
    }
    if study.has_cost() {
        terms.extend(MONEY);
    }
    if study.books().is_some_and(|books| books.enforced) {
        terms.extend(ACCOUNT);
    }
    terms.extend(league::used(study));
    terms.extend(moving::used(study));
    terms.extend(strategies::used(study));
    terms.extend(latency::used(study));
    terms.extend(trust::used(study));
    terms
}

/// All of a page's.
pub(crate) fn list(study: &Study<'_>) -> Markup {
    html! {
        dl.terms {
            @for (id, word, meaning) in terms(study) {
                div popover id={ "is-" (id) } {
                    dt { (word) }
                    dd { (meaning) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_explained_once() {
        let all = TERMS.into_iter().chain([HEADROOM, FAILED, CAPACITY, ENDPOINT]).chain(DYNAMIC);
        let all = all.chain(MONEY).chain(ACCOUNT).chain(league::all()).chain(moving::all());
        let all = all.chain(strategies::all()).chain(latency::all());
        let all = all.chain(trust::all());
        let mut ids: Vec<&str> = all.map(|(id, ..)| id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
