//! One figure of both runs, and whether it is better.

use run_record::Leaf;

use super::{Against, points};
use crate::decide;
use crate::numbers::Share;
use crate::study::{Outcome, Study};

/// A figure as both runs have it.
pub(super) struct Figure {
    pub(super) before: String,
    pub(super) now: String,
    /// By how much, where that says more than the two.
    pub(super) by: Option<String>,
    /// None where nothing can be told.
    pub(super) change: Option<Change>,
}

/// What became of a figure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Change {
    Better,
    Worse,
    None,
}

/// In time, 429s, attempts per job, wait and dollars of a cell, as the columns have them.
pub(super) fn all(
    against: &Against<'_, '_>,
    (strategy, tier): (usize, usize),
    before: (usize, usize),
) -> Vec<Figure> {
    let (Some(now), Some(then)) =
        (against.study.outcome(strategy, tier), against.base.outcome(before.0, before.1))
    else {
        return Vec::new();
    };
    let exact = against.is_exact();
    let share =
        |of: fn(&Outcome) -> Option<Share>, said: fn(&Outcome) -> String, each: Each, up| {
            let values = of(now).zip(of(then));
            let values = values.map(|(now, then)| (now.fraction(), then.fraction()));
            let by = values.and_then(|(now, then)| points(now, then));
            let change = change(values, (range(now, each), range(then, each)), exact, up);
            figure((said(then), said(now)), by, change)
        };
    let in_time: Each = |leaf| of(leaf.jobs.in_time, leaf.jobs.offered);
    let refused: Each = |leaf| of(leaf.attempts.with_status(429), leaf.attempts.sent);
    let attempts: Each = |leaf| of(leaf.attempts.sent, leaf.jobs.offered);
    let per_job = attempts(&now.total).zip(attempts(&then.total));
    let ranges = (range(now, attempts), range(then, attempts));
    let waits = now.wait_p95().zip(then.wait_p95());
    // A percentile and a bill are told of all seeds together, so they have no ranges.
    let costs = |study: &Study<'_>, (strategy, tier): (usize, usize)| {
        let cost = study.cost(strategy, tier)?.per_1000_in_time()?;
        Some(cost.in_dollars())
    };
    let dollars = costs(against.study, (strategy, tier)).zip(costs(&against.base, before));
    let told = |study, cell| Against::cost(study, cell).unwrap_or_else(|| "none".to_owned());
    vec![
        share(Outcome::in_time, decide::in_time, in_time, true),
        share(Outcome::refused, decide::refused, refused, false),
        figure(
            (decide::per_job(then), decide::per_job(now)),
            None,
            change(per_job, ranges, exact, false),
        ),
        figure(
            (decide::wait(then), decide::wait(now)),
            None,
            change(waits, (None, None), exact, false),
        ),
        figure(
            (told(&against.base, before), told(against.study, (strategy, tier))),
            None,
            change(dollars, (None, None), exact, false),
        ),
    ]
}

/// The lowest and highest replication.
type Range = (f64, f64);

/// A figure of one replication.
type Each = fn(&Leaf) -> Option<f64>;

fn range(outcome: &Outcome, each: Each) -> Option<Range> {
    outcome.range(each)
}

fn of(part: u64, of: u64) -> Option<f64> {
    Share::new(part, of).map(Share::fraction)
}

/// What reads alike is no difference, whatever its last digit.
fn figure((before, now): (String, String), by: Option<String>, change: Option<Change>) -> Figure {
    let alike = before == now;
    let change = change.map(|change| if alike { Change::None } else { change });
    Figure { by: by.filter(|_| !alike), before, now, change }
}

/// Whether it is better now: for certain where nothing is chance, else where no seed of the one lies
/// among those of the other. `up` says that more is better.
fn change(
    values: Option<(f64, f64)>,
    ranges: (Option<Range>, Option<Range>),
    exact: bool,
    up: bool,
) -> Option<Change> {
    let (now, then) = values?;
    let more = if exact {
        now.partial_cmp(&then)?
    } else {
        let ((now_low, now_high), (then_low, then_high)) = ranges.0.zip(ranges.1)?;
        if now_low > then_high {
            core::cmp::Ordering::Greater
        } else if now_high < then_low {
            core::cmp::Ordering::Less
        } else {
            core::cmp::Ordering::Equal
        }
    };
    Some(match (more, up) {
        (core::cmp::Ordering::Equal, _) => Change::None,
        (core::cmp::Ordering::Greater, true) | (core::cmp::Ordering::Less, false) => Change::Better,
        (core::cmp::Ordering::Greater, false) | (core::cmp::Ordering::Less, true) => Change::Worse,
    })
}
