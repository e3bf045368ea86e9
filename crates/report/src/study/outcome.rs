//! What came of one strategy on one tier, and how it stands against what was expected.

use std::cmp::Ordering;

use run_record::{
    Assessment, Cell, CellKey, Driver, Expectation, GroupCell, Judged, Leaf, Measure, Percentile,
    Rank, RefusedBy, RunRecord, Verdict, derive,
};

pub(crate) use run_record::CellStanding as Standing;

use crate::goal;
use crate::numbers::Share;

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
    rank: Rank,
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
        let Assessment { judged, standing, met_in, thin, rank } = record.assess_whole(cell, &whole);
        // What the service knew is told where the service is ours.
        let source = match record.header().driver {
            Driver::Simulated => total.attempts.truly,
            Driver::Live | Driver::Observed => total.attempts.refused_by,
        };
        let causes = Cause::ALL
            .into_iter()
            .map(|cause| (cause, cause.refused_by().iter().map(|by| *source.get(*by)).sum()))
            .filter(|(_, count)| *count > 0)
            .collect();
        Outcome { total, whole, judged, standing, met_in, thin, causes, rank }
    }

    /// What puts it before or after another; the better one is greater.
    pub(crate) const fn rank(&self) -> Rank {
        self.rank
    }

    /// Better first.
    pub(crate) fn compare(a: &Outcome, b: &Outcome) -> Ordering {
        b.rank().cmp(&a.rank())
    }

    /// Whether a reader would call it no worse than another: the same standing and the same side of
    /// the goal, with a share of jobs in time that reads the same or is less than half a point off.
    pub(crate) fn is_as_good(&self, as_other: &Outcome, goal: Option<f64>) -> bool {
        const ALIKE: f64 = 0.005;
        if self.rank.standing() != as_other.rank.standing() {
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
