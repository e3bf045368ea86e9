//! Every figure of the page in one sentence, and links to it from where it stands.

use maud::{Markup, html};

/// A word, linked to what it means.
pub(crate) fn term(id: &str, word: &str) -> Markup {
    html! { a.term href={ "#is-" (id) } { (word) } }
}

/// Identifier, words, meaning.
const TERMS: [(&str, &str, &str); 17] = [
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

/// All of them.
pub(crate) fn list() -> Markup {
    html! {
        dl.terms {
            @for (id, word, meaning) in TERMS {
                div {
                    dt id={ "is-" (id) } { (word) }
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
        let mut ids: Vec<&str> = TERMS.iter().map(|(id, ..)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), TERMS.len());
    }
}
