//! What came of one strategy on one tier, and how it stands against what was expected.

use std::cmp::Ordering;

use run_record::{
    Cell, CellKey, Driver, Expectation, Figure, GroupCell, Judged, Leaf, Measure, Percentile,
    RefusedBy, RunRecord, Verdict, derive,
};

use crate::goal;
use crate::numbers::Share;

/// In how many of twenty replications a strategy must meet everything to do so for sure.
const SURE_OF_TWENTY: u64 = 19;

/// What came of one strategy on one tier.
pub(crate) struct Outcome {
    /// All groups and replications added up.
    pub(crate) total: Leaf,
    pub(crate) whole: GroupCell,
    pub(crate) judged: Vec<Judged>,
    pub(crate) standing: Standing,
    /// In how many replications it met what it met least often, and of how many.
    pub(crate) met_in: (u32, u32),
    /// Whether some replication alone is too small to tell a percentile that was asked for.
    pub(crate) thin: bool,
    causes: Vec<(Cause, u64)>,
    /// Whether it is the strategy that is meant to ship.
    ships: bool,
}

/// How a cell stands against everything that was expected, best first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Standing {
    /// All met.
    Meets,
    /// All met when added up, but in fewer than 19 of 20 replications.
    OnAverage,
    /// Nothing missed, but something could not be judged.
    Unjudged,
    /// Enough jobs are answered in time, but something else is missed.
    InTime,
    /// Too few jobs are answered in time, or nothing was asked about that and something else is
    /// missed.
    Misses,
    /// Nothing was expected.
    Unasked,
}

/// Why an attempt met a 429: the refusals that are drawn, in stack order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Cause {
    Tokens,
    Requests,
    Model,
    Dynamic,
}

impl Cause {
    pub(crate) const ALL: [Cause; 4] =
        [Cause::Tokens, Cause::Requests, Cause::Model, Cause::Dynamic];

    /// The causes of a record that it stands for.
    pub(crate) const fn refused_by(self) -> &'static [RefusedBy] {
        match self {
            Cause::Tokens => &[RefusedBy::Tokens],
            Cause::Requests => &[RefusedBy::Requests],
            Cause::Model => &[RefusedBy::Model],
            Cause::Dynamic => &[RefusedBy::DynamicRequests, RefusedBy::DynamicTokens],
        }
    }

    pub(super) const fn limit(self) -> &'static str {
        match self {
            Cause::Tokens => "token limit",
            Cause::Requests => "request limit",
            Cause::Model => "model’s own limit",
            Cause::Dynamic => "dynamic limit",
        }
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Cause::Tokens => "f-tokens",
            Cause::Requests => "f-requests",
            Cause::Model => "f-model",
            Cause::Dynamic => "f-dynamic",
        }
    }
}

impl Outcome {
    pub(super) fn find(record: &RunRecord, tier: Option<&str>, strategy: &str) -> Option<Outcome> {
        let cell = record.cell(&CellKey::new(tier, strategy))?;
        Some(Outcome::new(record, cell))
    }

    /// What came of any cell, also of one with an assumption changed.
    pub(crate) fn new(record: &RunRecord, cell: &Cell) -> Outcome {
        let whole = cell.whole();
        let total = whole.pooled();
        let judged = record.judge_cell(cell);
        let of = cell.replications().count();
        let untold = |one: &Judged| replications_untold(record, cell, &whole, one);
        let thin = judged.iter().any(|one| untold(one) > 0);
        // A replication that cannot be told has not failed.
        let met = judged.iter().map(|one| of.min(one.met + untold(one))).min().unwrap_or(of);
        let standing = Standing::of(&record.header().expectations, &judged, (met, of));
        // What the service knew is told where the service is ours.
        let source = match record.header().driver {
            Driver::Simulated => total.attempts.truly,
            Driver::Live | Driver::Observed => total.attempts.refused_by,
        };
        let ship = record.header().ship.as_deref();
        let ships = ship.is_some() && cell.key().strategy() == ship;
        let causes = Cause::ALL
            .into_iter()
            .map(|cause| (cause, cause.refused_by().iter().map(|by| *source.get(*by)).sum()))
            .filter(|(_, count)| *count > 0)
            .collect();
        Outcome { total, whole, judged, standing, met_in: (met, of), thin, causes, ships }
    }

    /// What puts it before or after another; the better one is greater.
    pub(crate) fn rank(&self) -> Rank {
        let Leaf { jobs, attempts, .. } = &self.total;
        Rank {
            // Of two that miss something, the one that answers more in time is the better.
            standing: if self.standing == Standing::InTime {
                Standing::Misses
            } else {
                self.standing
            },
            ships: self.ships && self.standing <= Standing::OnAverage,
            in_time: Ratio(jobs.in_time, jobs.offered),
            answered: Ratio(jobs.answered, jobs.offered),
            refused: Ratio(attempts.with_status(429), attempts.sent),
        }
    }

    /// Better first.
    pub(crate) fn compare(a: &Outcome, b: &Outcome) -> Ordering {
        b.rank().cmp(&a.rank())
    }

    /// Whether a reader would call it no worse than another: the same standing and the same side of
    /// the goal, with a share of jobs in time that reads the same or is less than half a point off.
    pub(crate) fn is_as_good(&self, as_other: &Outcome, goal: Option<f64>) -> bool {
        const ALIKE: f64 = 0.005;
        if self.rank().standing != as_other.rank().standing {
            return false;
        }
        let (Some(own), Some(other)) = (self.in_time(), as_other.in_time()) else { return false };
        let keeps = |share: Share| goal.is_some_and(|goal| share.fraction() >= goal);
        keeps(own) == keeps(other)
            && (own.in_sentence(goal) == other.in_sentence(goal)
                || other.fraction() - own.fraction() <= ALIKE)
    }

    /// Attempts refused with 429, by cause, in stack order; causes that refused none are left out.
    pub(crate) fn causes(&self) -> &[(Cause, u64)] {
        &self.causes
    }

    pub(crate) fn in_time(&self) -> Option<Share> {
        Share::new(self.total.jobs.in_time, self.total.jobs.offered)
    }

    /// Jobs answered, in time or late.
    pub(crate) fn answered(&self) -> Option<Share> {
        Share::new(self.total.jobs.answered, self.total.jobs.offered)
    }

    /// Attempts answered 429, of those sent.
    pub(crate) fn refused(&self) -> Option<Share> {
        Share::new(self.total.attempts.with_status(429), self.total.attempts.sent)
    }

    /// Seconds; none with fewer than ten samples beyond it.
    pub(crate) fn wait_p95(&self) -> Option<f64> {
        derive::percentile(&self.whole, Measure::Wait, Percentile::P95).map(derive::seconds)
    }

    /// The lowest and highest of a figure over the replications, where there are several.
    pub(crate) fn range(&self, figure: impl Fn(&Leaf) -> Option<f64>) -> Option<(f64, f64)> {
        let leaves = self.whole.leaves();
        if leaves.len() < 2 {
            return None;
        }
        leaves.iter().filter_map(figure).fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
        })
    }

    /// The expectation that it misses most tellingly: about jobs in time first, else as written.
    pub(crate) fn missed<'e>(
        &self,
        expectations: &'e [Expectation],
    ) -> Option<(&'e Expectation, &Judged)> {
        let missed = self.judged.iter().filter(|one| one.verdict == Verdict::Missed);
        let named = missed.filter_map(|one| Some((expectations.get(one.expectation)?, one)));
        named.min_by_key(|(expectation, one)| (!goal::is_about_time(expectation), one.expectation))
    }
}

/// In how many replications a percentile that was asked for has too few samples.
fn replications_untold(record: &RunRecord, cell: &Cell, whole: &GroupCell, one: &Judged) -> u32 {
    let header = record.header();
    let Some(asked) = header.expectations.get(one.expectation) else { return 0 };
    let Figure::Time { measure, percentile } = asked.figure else { return 0 };
    let group = match &asked.group {
        None => Some(whole),
        Some(name) => {
            let number = header.groups.iter().position(|note| note.name == *name);
            number.and_then(|number| cell.groups().get(number))
        }
    };
    let leaves = group.map_or(&[][..], GroupCell::leaves);
    let untold = leaves.iter().filter(|leaf| !percentile.is_told(goal::samples(measure, leaf)));
    u32::try_from(untold.count()).unwrap_or(u32::MAX)
}

impl Standing {
    fn of(expectations: &[Expectation], judged: &[Judged], (met, of): (u32, u32)) -> Standing {
        if judged.is_empty() {
            return Standing::Unasked;
        }
        let about =
            |one: &Judged| expectations.get(one.expectation).is_some_and(goal::is_about_time);
        let missed = |one: &&Judged| one.verdict == Verdict::Missed;
        match Verdict::worst(judged.iter().map(|one| one.verdict)) {
            Verdict::Met if u64::from(met) * 20 < u64::from(of) * SURE_OF_TWENTY => {
                Standing::OnAverage
            }
            Verdict::Met => Standing::Meets,
            Verdict::Unjudged => Standing::Unjudged,
            Verdict::Missed => {
                let asked = judged.iter().any(about);
                let too_few = judged.iter().filter(missed).any(about);
                if asked && !too_few { Standing::InTime } else { Standing::Misses }
            }
        }
    }
}

/// What puts one cell before another: whether it meets everything, or misses nothing that could be
/// judged; then more jobs in time, then more answered at all, then fewer 429s. Where the strategy
/// that is meant to ship meets everything, none is better than it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rank {
    standing: Standing,
    ships: bool,
    in_time: Ratio,
    answered: Ratio,
    refused: Ratio,
}

impl Ord for Rank {
    fn cmp(&self, other: &Rank) -> Ordering {
        // A better standing is the lesser one.
        (other.standing.cmp(&self.standing))
            .then_with(|| self.ships.cmp(&other.ships))
            .then_with(|| self.in_time.compare(other.in_time))
            .then_with(|| self.answered.compare(other.answered))
            .then_with(|| other.refused.compare(self.refused))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Rank) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rank {}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Rank) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// So many of so many, compared exactly; of nothing, it is nothing.
#[derive(Clone, Copy, Debug)]
struct Ratio(u64, u64);

impl Ratio {
    fn compare(self, other: Ratio) -> Ordering {
        let left = u128::from(self.0) * u128::from(other.1.max(1));
        left.cmp(&(u128::from(other.0) * u128::from(self.1.max(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, record_of, record_with};
    use crate::study::Study;

    #[test]
    fn a_cell_that_meets_everything_in_too_few_replications_meets_it_on_average() {
        let steady = Told { in_time: 995, ..Told::default() };
        let shaky = |fails: usize| {
            let runs = (0..20).map(|run| {
                if run < fails { Told { in_time: 985, ..Told::default() } } else { steady.clone() }
            });
            let record = record_of(&[("build-2", "give-up", runs.collect())]);
            Study::of(&record).outcome(0, 0).unwrap().standing
        };
        assert_eq!(shaky(0), Standing::Meets);
        assert_eq!(shaky(1), Standing::Meets);
        assert_eq!(shaky(2), Standing::OnAverage);
    }

    #[test]
    fn a_cell_that_is_refused_too_often_but_answers_in_time_stands_between() {
        let refused = Told { in_time: 1_000, by_tokens: 200, ..Told::default() };
        let late = Told { in_time: 500, late: 500, ..Told::default() };
        let record = record_of(&[
            ("build-2", "give-up", vec![late]),
            ("build-2", "own-bucket", vec![refused]),
        ]);
        let study = Study::of(&record);
        let order: Vec<&str> = study.strategies.iter().map(|one| one.name).collect();
        assert_eq!(order, ["own-bucket", "give-up"]);
        assert_eq!(study.outcome(0, 0).unwrap().standing, Standing::InTime);
        assert_eq!(study.outcome(1, 0).unwrap().standing, Standing::Misses);
        assert_eq!(study.enough, None);
    }

    #[test]
    fn the_strategy_that_ships_comes_first_where_it_meets_everything() {
        let told = |in_time| vec![Told { in_time, ..Told::default() }];
        let ship = |header: &mut run_record::Header| header.ship = Some("own-bucket".to_owned());
        let order = |shipped| {
            let cells =
                [("build-2", "give-up", told(1_000)), ("build-2", "own-bucket", told(shipped))];
            let record = record_with(ship, &cells);
            Study::of(&record).strategies[0].name.to_owned()
        };
        assert_eq!(order(995), "own-bucket");
        assert_eq!(order(985), "give-up");
    }

    #[test]
    fn ranges_need_more_than_one_replication() {
        let one = record_of(&[("build-2", "give-up", vec![Told::default()])]);
        let in_time = |leaf: &Leaf| Some(leaf.jobs.in_time as f64);
        assert_eq!(Study::of(&one).outcome(0, 0).unwrap().range(in_time), None);
        let two = record_of(&[(
            "build-2",
            "give-up",
            vec![Told { in_time: 7, ..Told::default() }, Told { in_time: 3, ..Told::default() }],
        )]);
        assert_eq!(Study::of(&two).outcome(0, 0).unwrap().range(in_time), Some((3.0, 7.0)));
    }
}
