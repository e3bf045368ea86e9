//! One run as a reader looks at it: tiers across, strategies down, each cell with its standing.
//!
//! Everything here is chosen or ordered, nothing is measured: the counts are the record's.

use std::cmp::Ordering;

use run_record::{
    CellKey, Driver, Expectation, Figure, GroupCell, Judged, Leaf, Measure, PairLimits, Percentile,
    RefusedBy, RunRecord, Verdict, derive,
};

use crate::chart::bars::Tag;
use crate::chart::mark::Mark;
use crate::goal;
use crate::numbers::Share;

/// In how many of twenty replications a strategy must meet everything to do so for sure.
const SURE_OF_TWENTY: u64 = 19;

/// A run, arranged.
pub(crate) struct Study<'r> {
    pub(crate) record: &'r RunRecord,
    /// Smallest first.
    pub(crate) tiers: Vec<Tier<'r>>,
    /// Best first on the tier that is enough, else on the account's.
    pub(crate) strategies: Vec<Strategy<'r>>,
    /// By strategy, then by tier, in the orders above; none where the cell was not run.
    outcomes: Vec<Vec<Option<Outcome>>>,
    /// The account's tier.
    pub(crate) yours: Option<usize>,
    /// The lowest tier on which some strategy meets everything.
    pub(crate) enough: Option<usize>,
    /// The strategy that is meant to ship.
    pub(crate) ship: Option<usize>,
    /// Jobs in time with nothing limited.
    pub(crate) unlimited: Option<Share>,
}

/// One tier.
pub(crate) struct Tier<'r> {
    /// As files write it; none where the edition has no tiers.
    pub(crate) id: Option<&'r str>,
    pub(crate) title: String,
    pub(crate) short: String,
    pub(crate) limits: &'r [PairLimits],
}

/// One strategy.
pub(crate) struct Strategy<'r> {
    pub(crate) name: &'r str,
    pub(crate) says: &'r str,
    pub(crate) mark: Mark,
}

/// What came of one strategy on one tier.
pub(crate) struct Outcome {
    /// All groups and replications added up.
    pub(crate) total: Leaf,
    pub(crate) whole: GroupCell,
    pub(crate) judged: Vec<Judged>,
    pub(crate) standing: Standing,
    /// In how many replications it met what it met least often, and of how many.
    pub(crate) met_in: (u32, u32),
    causes: Vec<(Cause, u64)>,
}

/// One cell with an assumption changed.
pub(crate) struct Variant<'r> {
    pub(crate) assumption: &'r str,
    pub(crate) value: &'r str,
    pub(crate) strategy: usize,
    pub(crate) tier: usize,
    pub(crate) outcome: Outcome,
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
    /// Enough jobs are answered, but something else is missed.
    InTime,
    /// Too few jobs are answered.
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

    pub(crate) const fn limit(self) -> &'static str {
        match self {
            Cause::Tokens => "token limit",
            Cause::Requests => "request limit",
            Cause::Model => "model's own limit",
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

impl<'r> Study<'r> {
    pub(crate) fn of(record: &'r RunRecord) -> Study<'r> {
        let header = record.header();
        let tiers = tiers(record);
        let yours = tiers.iter().position(|tier| tier.id == header.tier.as_deref());
        let names: Vec<&str> = header.strategies.iter().map(|note| note.name.as_str()).collect();
        let marks = Mark::assign(&names);
        let mut rows: Vec<(Strategy<'r>, Vec<Option<Outcome>>)> = header
            .strategies
            .iter()
            .zip(marks)
            .map(|(note, mark)| {
                let outcomes = tiers.iter().map(|tier| Outcome::find(record, tier.id, &note.name));
                (Strategy { name: &note.name, says: &note.says, mark }, outcomes.collect())
            })
            .filter(|(_, outcomes): &(_, Vec<Option<Outcome>>)| {
                outcomes.iter().any(Option::is_some)
            })
            .collect();
        let enough = (0..tiers.len()).find(|tier| {
            rows.iter().any(|(_, outcomes)| {
                let outcome = outcomes.get(*tier).and_then(Option::as_ref);
                outcome.is_some_and(|outcome| outcome.standing <= Standing::OnAverage)
            })
        });
        if let Some(tier) = enough.or(yours) {
            // A stable sort: strategies that came out alike keep the order of the scenario.
            rows.sort_by(|(_, a), (_, b)| {
                let of =
                    |row: &[Option<Outcome>]| row.get(tier).and_then(Option::as_ref).map(Rank::of);
                Rank::compare(of(a), of(b))
            });
        }
        let (strategies, outcomes): (Vec<Strategy<'r>>, Vec<_>) = rows.into_iter().unzip();
        let ship = header
            .ship
            .as_deref()
            .and_then(|ship| strategies.iter().position(|strategy| strategy.name == ship));
        Study {
            record,
            tiers,
            strategies,
            outcomes,
            yours,
            enough,
            ship,
            unlimited: unlimited(record),
        }
    }

    pub(crate) fn expectations(&self) -> &'r [Expectation] {
        &self.record.header().expectations
    }

    pub(crate) fn outcome(&self, strategy: usize, tier: usize) -> Option<&Outcome> {
        self.outcomes.get(strategy)?.get(tier)?.as_ref()
    }

    /// The best strategy of a tier with what came of it.
    pub(crate) fn best(&self, tier: usize) -> Option<(usize, &Outcome)> {
        let there = (0..self.strategies.len())
            .filter_map(|strategy| Some((strategy, self.outcome(strategy, tier)?)));
        there.min_by(|(_, a), (_, b)| Outcome::compare(a, b))
    }

    /// How many strategies meet everything on a tier, and of how many.
    pub(crate) fn meeting(&self, tier: usize) -> (usize, usize) {
        let there: Vec<&Outcome> =
            (0..self.strategies.len()).filter_map(|index| self.outcome(index, tier)).collect();
        let meet = there.iter().filter(|outcome| outcome.standing <= Standing::OnAverage).count();
        (meet, there.len())
    }

    /// The tier beside the account's that a page is about: the one that is enough, else the one
    /// with the cell that comes closest.
    pub(crate) fn other(&self) -> Option<usize> {
        self.enough.or_else(|| self.closest().map(|(_, tier, _)| tier))
    }

    /// The best cell of all: its strategy, its tier, and what came of it. Of equals, the lowest
    /// tier's.
    pub(crate) fn closest(&self) -> Option<(usize, usize, &Outcome)> {
        let bests = (0..self.tiers.len()).filter_map(|tier| {
            self.best(tier).map(|(strategy, outcome)| (strategy, tier, outcome))
        });
        bests.min_by(|(.., a), (.., b)| Outcome::compare(a, b))
    }

    /// How a page marks a tier.
    pub(crate) fn tag(&self, tier: usize) -> Option<Tag> {
        if self.enough == Some(tier) && !self.expectations().is_empty() {
            Some(Tag::Enough)
        } else if self.yours == Some(tier) {
            Some(Tag::Yours)
        } else if self.enough.is_none()
            && self.other() == Some(tier)
            && !self.expectations().is_empty()
        {
            Some(Tag::Closest)
        } else {
            None
        }
    }

    /// The strategy a reader of the account's tier looks at first: the one to ship, else the best.
    pub(crate) fn focus(&self) -> Option<(usize, usize)> {
        let tier = self.yours.or_else(|| self.other())?;
        let strategy = self.ship.or_else(|| self.best(tier).map(|(strategy, _)| strategy))?;
        Some((strategy, tier))
    }

    /// The cells with one assumption changed, in the record's order.
    pub(crate) fn variants(&self) -> Vec<Variant<'r>> {
        let cells = self.record.cells().iter().filter(|cell| !cell.key().is_without_limit());
        cells
            .filter_map(|cell| {
                let (assumption, value) = cell.key().assumed().next()?;
                let name = cell.key().strategy()?;
                Some(Variant {
                    assumption,
                    value,
                    strategy: self.strategies.iter().position(|one| one.name == name)?,
                    tier: self.tiers.iter().position(|one| one.id == cell.key().tier())?,
                    outcome: Outcome::new(self.record, cell),
                })
            })
            .collect()
    }

    /// A strategy's name in quotes.
    pub(crate) fn quoted(&self, strategy: usize) -> String {
        format!("“{}”", self.strategies.get(strategy).map_or("", |strategy| strategy.name))
    }

    /// A tier's title.
    pub(crate) fn title(&self, tier: usize) -> &str {
        self.tiers.get(tier).map_or("", |tier| &tier.title)
    }

    pub(crate) fn replications(&self) -> u32 {
        self.record.cells().iter().map(|cell| cell.replications().count()).max().unwrap_or(0)
    }

    /// The goal for jobs in time (or answered at all), as a fraction.
    pub(crate) fn goal_in_time(&self) -> Option<f64> {
        self.expectations().iter().find(|one| goal::is_about_answers(one)).map(goal::number)
    }

    /// The expectation about 429s of all attempts.
    pub(crate) fn goal_429(&self) -> Option<&'r Expectation> {
        let unscoped = |one: &&Expectation| one.group.is_none() && one.strategy.is_none();
        let of_429 = |one: &&Expectation| one.figure == Figure::Status429;
        self.expectations().iter().filter(unscoped).find(of_429)
    }

    /// Seconds during which jobs fell due.
    pub(crate) fn lasts(&self) -> f64 {
        derive::seconds(self.record.header().lasts)
    }

    pub(crate) fn is_simulated(&self) -> bool {
        self.record.header().driver == Driver::Simulated
    }

    /// Jobs offered in one replication of a cell; the same in all, as every cell is asked alike.
    pub(crate) fn offered(&self) -> Option<(u64, u64)> {
        let any = self.outcomes.iter().flatten().flatten().next()?;
        Some((any.total.jobs.offered, u64::from(any.met_in.1.max(1))))
    }
}

impl Outcome {
    fn find(record: &RunRecord, tier: Option<&str>, strategy: &str) -> Option<Outcome> {
        let cell = record.cell(&CellKey::new(tier, strategy))?;
        Some(Outcome::new(record, cell))
    }

    /// What came of any cell, also of one with an assumption changed.
    pub(crate) fn new(record: &RunRecord, cell: &run_record::Cell) -> Outcome {
        let whole = cell.whole();
        let total = whole.pooled();
        let judged = record.judge_cell(cell);
        let of = cell.replications().count();
        let met = judged.iter().map(|one| one.met).min().unwrap_or(of);
        let standing = Standing::of(&record.header().expectations, &judged, (met, of));
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
        Outcome { total, whole, judged, standing, met_in: (met, of), causes }
    }

    /// Better first.
    pub(crate) fn compare(a: &Outcome, b: &Outcome) -> Ordering {
        Rank::compare(Some(Rank::of(a)), Some(Rank::of(b)))
    }

    /// Attempts refused with 429, by cause, in stack order; causes that refused none are left out.
    pub(crate) fn causes(&self) -> &[(Cause, u64)] {
        &self.causes
    }

    pub(crate) fn in_time(&self) -> Option<Share> {
        Share::new(self.total.jobs.in_time, self.total.jobs.offered)
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

    /// The expectation that it misses most tellingly: about answers first, else as written.
    pub(crate) fn missed<'e>(
        &self,
        expectations: &'e [Expectation],
    ) -> Option<(&'e Expectation, &Judged)> {
        let missed = self.judged.iter().filter(|one| one.verdict == Verdict::Missed);
        let named = missed.filter_map(|one| Some((expectations.get(one.expectation)?, one)));
        named.min_by_key(|(expectation, one)| {
            (!goal::is_about_answers(expectation), one.expectation)
        })
    }
}

impl Standing {
    fn of(expectations: &[Expectation], judged: &[Judged], (met, of): (u32, u32)) -> Standing {
        if judged.is_empty() {
            return Standing::Unasked;
        }
        let about =
            |one: &Judged| expectations.get(one.expectation).is_some_and(goal::is_about_answers);
        let missed = |one: &&Judged| one.verdict == Verdict::Missed;
        match Verdict::worst(judged.iter().map(|one| one.verdict)) {
            Verdict::Met if u64::from(met) * 20 < u64::from(of) * SURE_OF_TWENTY => {
                Standing::OnAverage
            }
            Verdict::Met => Standing::Meets,
            Verdict::Unjudged => Standing::Unjudged,
            Verdict::Missed => {
                let answers = judged.iter().any(about);
                let too_few = judged.iter().filter(missed).any(about);
                if answers && !too_few { Standing::InTime } else { Standing::Misses }
            }
        }
    }
}

/// What puts one cell before another.
#[derive(Clone, Copy)]
struct Rank {
    standing: Standing,
    in_time: (u64, u64),
    refused: (u64, u64),
}

impl Rank {
    fn of(outcome: &Outcome) -> Rank {
        let Leaf { jobs, attempts, .. } = &outcome.total;
        Rank {
            standing: outcome.standing,
            in_time: (jobs.in_time, jobs.offered),
            refused: (attempts.with_status(429), attempts.sent),
        }
    }

    /// Better first: standing, then more jobs in time, then fewer 429s. Cells not run come last.
    fn compare(a: Option<Rank>, b: Option<Rank>) -> Ordering {
        let fraction = |(a, of_a): (u64, u64), (b, of_b): (u64, u64)| {
            let left = u128::from(a) * u128::from(of_b.max(1));
            left.cmp(&(u128::from(b) * u128::from(of_a.max(1))))
        };
        match (a, b) {
            (Some(a), Some(b)) => a
                .standing
                .cmp(&b.standing)
                .then_with(|| fraction(b.in_time, a.in_time))
                .then_with(|| fraction(a.refused, b.refused)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }
}

/// The tiers that have at least one cell.
fn tiers(record: &RunRecord) -> Vec<Tier<'_>> {
    let run = |tier: Option<&str>| {
        record.cells().iter().any(|cell| cell.key().is_plain() && cell.key().tier() == tier)
    };
    let mut tiers: Vec<Tier<'_>> = record
        .header()
        .ladder
        .iter()
        .filter(|rung| run(Some(&rung.tier)))
        .map(|rung| Tier {
            id: Some(&rung.tier),
            title: rung.title.clone(),
            short: short(&rung.title),
            limits: &rung.limits,
        })
        .collect();
    if run(None) {
        let title = "This account".to_owned();
        tiers.push(Tier { id: None, short: "limits".to_owned(), title, limits: &[] });
    }
    tiers
}

/// A tier's title where there is no room: `T2` for `Tier 2`.
fn short(title: &str) -> String {
    match title.strip_prefix("Tier ") {
        Some(number) => format!("T{number}"),
        None => crate::chart::svg::shortened(title, 6),
    }
}

/// The best in-time share of the cells in which nothing was limited.
fn unlimited(record: &RunRecord) -> Option<Share> {
    let free = record.cells().iter().filter(|cell| cell.key().is_without_limit());
    let counts = free.map(|cell| cell.whole().pooled().jobs).filter(|jobs| jobs.offered > 0);
    let best = counts.max_by(|a, b| {
        let left = u128::from(a.in_time) * u128::from(b.offered);
        left.cmp(&(u128::from(b.in_time) * u128::from(a.offered)))
    })?;
    Share::new(best.in_time, best.offered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, launch, record_of};

    fn order(study: &Study<'_>) -> Vec<String> {
        study.strategies.iter().map(|strategy| strategy.name.to_owned()).collect()
    }

    #[test]
    fn strategies_stand_best_first_on_the_lowest_tier_that_is_enough() {
        let record = launch();
        let study = Study::of(&record);
        assert_eq!(study.tiers[study.enough.unwrap()].title, "Tier 4");
        assert_eq!(
            order(&study),
            ["pace-by-headers", "own-bucket", "together-py", "full-jitter", "give-up"]
        );
    }

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
        assert_eq!(order(&study), ["own-bucket", "give-up"]);
        assert_eq!(study.outcome(0, 0).unwrap().standing, Standing::InTime);
        assert_eq!(study.outcome(1, 0).unwrap().standing, Standing::Misses);
        assert_eq!(study.enough, None);
    }

    #[test]
    fn tiers_without_cells_are_left_out() {
        let record = record_of(&[("build-2", "give-up", vec![Told::default()])]);
        let titles: Vec<String> =
            Study::of(&record).tiers.iter().map(|tier| tier.title.clone()).collect();
        assert_eq!(titles, ["Tier 2"]);
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
