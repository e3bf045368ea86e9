//! The words of the league and of the fleet, each as the record computes it.

use super::Term;
use crate::study::Study;
use crate::{fleet, league, recovery};

const RANKED: [Term; 8] = [
    (
        "rank",
        "Rank",
        "Strategies of one tier and load by the share of jobs in time. The first rank holds the one \
         with the largest share and all that tie with it; the next the best of those left and all \
         that tie with that one. Whoever shares a rank leaves out as many after it.",
    ),
    (
        "tie",
        "Tie",
        "Two strategies tie where the difference of their jobs in time, seed by seed, may as well be \
         none: its 95 % interval reaches zero.",
    ),
    (
        "interval",
        "95 % interval",
        "Where the share in time lies if the run were repeated for ever, by Student’s t over the \
         seeds. Of a hundred such intervals, 95 are right.",
    ),
    (
        "behind",
        "Behind the leader",
        "The leader’s share in time less this one’s, in the mean of the seeds. Both met the very same \
         jobs in each seed, so that luck with the jobs is in neither.",
    ),
    (
        "met-in",
        "Met in",
        "In how many seeds, taken alone, everything was met that the scenario expects.",
    ),
    ("answered", "Answered", "Share of offered jobs answered completely, in time or late."),
    (
        "first-429",
        "First met 429",
        "Share of offered jobs whose first attempt was answered 429. Unlike 429s of all attempts, \
         retries do not raise it by themselves.",
    ),
    (
        "load",
        "Load",
        "The traffic of the scenario times so much: at 150 % all its rates are half as high again. \
         Only 100 % is judged.",
    ),
];

const USELESS: Term = (
    "useless",
    "Useless retries",
    "Attempts that could not help: those after an answer that waiting does not mend (a 4xx other \
     than 408, 409, 425 and 429), and those sent before the time was over that the service asked to \
     wait. One that is both counts once, as the first.",
);

const SHARED: [Term; 2] = [
    (
        "fairness",
        "Fairness",
        "Jain’s index over the clients that share the account: (Σx)² ÷ (n Σx²), where x is the \
         answered share of each client’s jobs. 1 says that all fare alike, 1/n that one of n gets \
         everything. It is taken of each seed, then in the mean. Least and most served are the \
         extremes of all seeds.",
    ),
    (
        "synchronisation",
        "After a reset",
        "How crowded the first tenth of a window after a reset is: ten times the attempts in it, \
         divided by those in all of the window. 1 says that they come evenly, 10 that all come at \
         once. A run over sockets does not see it.",
    ),
];

const RECOVERED: Term = (
    "recovery",
    "Recovered",
    "From the end of what happened until the share of attempts answered 429 or failed, and the jobs \
     in hand, are back to what was usual before it and stay there: every ten steps together within \
     four standard deviations of it, at least five points of the share and half of the jobs in hand. \
     Who never is while jobs fall due is called metastable.",
);

const HEDGE: Term = (
    "hedge",
    "Hedge",
    "A second attempt of a job while the first is still under way, because that one is slow. The \
     first complete answer wins; the other is paid for and not read.",
);

const ELSEWHERE: Term = (
    "elsewhere",
    "Answered elsewhere",
    "Jobs that another model, an endpoint or a batch answered, because the first place did not. They \
     cost what is asked there.",
);

/// All of them, for those that must not be told twice.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Term> {
    RANKED.into_iter().chain(SHARED).chain([USELESS, RECOVERED, HEDGE, ELSEWHERE])
}

/// Those that the page of a run uses.
pub(super) fn used(study: &Study<'_>) -> Vec<Term> {
    let mut terms = Vec::new();
    let league = league::is_told(study);
    if league {
        // One alone has no rank.
        let alone = study.strategies.len() == 1;
        terms.extend(RANKED.into_iter().filter(|(id, ..)| !alone || *id == "load"));
    }
    if fleet::tier(study).is_some() {
        terms.extend(SHARED);
    }
    let words = recovery::words(study);
    let useless = league && study.strategies.len() > 1 && league::is_useless_told(study);
    terms.extend(
        [USELESS, RECOVERED, HEDGE, ELSEWHERE]
            .into_iter()
            .filter(|(id, ..)| words.contains(id) || (useless && *id == "useless")),
    );
    terms
}
