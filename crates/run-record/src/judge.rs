//! Whether a run met what was expected of it.
//!
//! An expectation is judged on all replications added up, and once more on each, to say in how
//! many of them it was met. All of it compares integers: shares by multiplying out, percentiles by
//! counting the jobs within the bound. Whoever has nothing to show has not met anything: without
//! samples, or with fewer than ten beyond a percentile, an expectation is unjudged, and such a
//! replication did not meet it.
//!
//! Judged is the account's tier. When a strategy is named to ship, that one must meet everything.
//! When none is, one strategy that meets everything suffices. What is asked of one strategy by
//! name is asked of it in any case. A run that was cut short has met nothing as a whole: it is
//! missed when what it completed cannot come out otherwise, else unjudged. Nothing is judged where a
//! load generator could not keep up, since the figures are its own, or where a live run was cut
//! short, since its last cell has only what fell due by then.

use core::cmp::Ordering;

use limits::Span;
use money::Money;
use serde::Serialize;

use crate::cell::{Cell, GroupCell};
use crate::cost::{Cost, refused};
use crate::derive;
use crate::expectation::{Billionths, Comparison, Expectation, Figure, Goal, Measure, Percentile};
use crate::file::RunRecord;
use crate::leaf::Leaf;

/// What became of an expectation, or of all of them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It was met.
    Met,
    /// It could not be judged.
    Unjudged,
    /// It was missed.
    Missed,
}

impl Verdict {
    /// `met`, `unjudged`, `missed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Unjudged => "unjudged",
            Verdict::Missed => "missed",
        }
    }

    /// The worst of some verdicts: missed before unjudged before met, which is also that of none.
    #[must_use]
    pub fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        verdicts.into_iter().max().unwrap_or(Verdict::Met)
    }
}

/// What a run comes to against its expectations.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judgement {
    /// Every expectation on every cell that it was judged on.
    pub judged: Vec<Judged>,
    /// All of them together; none when nothing was expected.
    pub verdict: Option<Verdict>,
}

/// One expectation on one cell.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judged {
    /// Which expectation, by its place in the header.
    pub expectation: usize,
    /// The cell's tier.
    pub tier: Option<String>,
    /// The cell's strategy.
    pub strategy: Option<String>,
    /// The group that the expectation is about; all when none.
    pub group: Option<String>,
    /// What was measured; none without samples, or when a percentile is never.
    pub measured: Option<Measured>,
    /// What became of it.
    pub verdict: Verdict,
    /// In how many replications it was met; one that cannot tell a percentile did not meet it.
    pub met: u32,
    /// How many replications there are.
    pub of: u32,
}

/// A measured figure, exactly.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Measured {
    /// So many of so many: a share, or so many for each.
    Fraction {
        /// So many.
        part: u64,
        /// Of so many, or for each of so many.
        of: u64,
    },
    /// A length of time that the percentile does not exceed: the upper edge of its bin, or the
    /// bound where counting shows that it was kept.
    Time(Span),
    /// What a run cost, in the mean of its replications.
    Money(Money),
}

impl RunRecord {
    /// Judges what was expected.
    #[must_use]
    pub fn judge(&self) -> Judgement {
        let header = self.header();
        let mut judged: Vec<Judged> = Vec::new();
        let mut of_strategies: Vec<Verdict> = Vec::new();
        for cell in self.cells().iter().filter(|cell| self.may_be_judged(cell)) {
            let ships =
                header.ship.as_deref().is_none_or(|ship| cell.key().strategy() == Some(ship));
            let named = |judged: &Judged| self.is_scoped(judged.expectation);
            let mut of_cell = self.judge_cell(cell);
            of_cell.retain(|judged| ships || named(judged));
            if ships {
                let common = of_cell.iter().filter(|judged| !named(judged));
                of_strategies.push(Verdict::worst(common.map(|judged| judged.verdict)));
            }
            judged.append(&mut of_cell);
        }
        let absent = (0..header.expectations.len())
            .filter(|index| judged.iter().all(|judged| judged.expectation != *index))
            .filter_map(|index| self.absent(index))
            .collect::<Vec<Judged>>();
        judged.extend(absent);
        if header.expectations.is_empty() {
            return Judgement { judged, verdict: None };
        }
        let cut_short = header.cut_short.then_some(Verdict::Unjudged);
        if header.ship.is_none() && of_strategies.len() < header.strategies.len() {
            // A strategy that was not reached might have met everything.
            of_strategies.extend(cut_short);
        }
        // Verdicts are ordered from met to missed, so the best strategy's is the least.
        let common = of_strategies.into_iter().min().unwrap_or(Verdict::Met);
        if header.in_doubt() {
            return Judgement { judged, verdict: Some(Verdict::Unjudged) };
        }
        let scoped =
            judged.iter().filter(|judged| self.is_scoped(judged.expectation) || judged.of == 0);
        let all = scoped.map(|judged| judged.verdict).chain([common]).chain(cut_short);
        Judgement { verdict: Some(Verdict::worst(all)), judged }
    }

    /// Judges on one cell, of whatever tier, what is expected of all strategies or of its own.
    #[must_use]
    pub fn judge_cell(&self, cell: &Cell) -> Vec<Judged> {
        self.judge_each(cell).into_iter().map(|(judged, _)| judged).collect()
    }

    /// In how many of its replications a cell met everything that is expected of all strategies or
    /// of its own, and how many it has; none where nothing is.
    #[must_use]
    pub fn met_everything(&self, cell: &Cell) -> Option<[u32; 2]> {
        let each = self.judge_each(cell);
        let of = cell.replications().count();
        let met_all = |index: &usize| each.iter().all(|(_, met)| met.get(*index) == Some(&true));
        let met = (0..of as usize).filter(met_all).count();
        (!each.is_empty()).then_some([u32::try_from(met).unwrap_or(u32::MAX), of])
    }

    /// What is expected of a cell, each with the replications that met it.
    fn judge_each(&self, cell: &Cell) -> Vec<(Judged, Vec<bool>)> {
        let whole = cell.whole();
        let mut judged = Vec::new();
        let mut bounds = 0..;
        for (index, expectation) in self.header().expectations.iter().enumerate() {
            let bound = if expectation.has_bound() { bounds.next() } else { None };
            let scope = expectation.strategy.as_deref();
            if scope.is_some() && scope != cell.key().strategy() {
                continue;
            }
            let number = expectation.group.as_deref().map(|name| self.group_number(name));
            let group = match number {
                None => Some(&whole),
                Some(number) => number.and_then(|number| cell.groups().get(number)),
            };
            let (measured, verdict, met) =
                group.map_or((None, Verdict::Unjudged, vec![]), |group| {
                    if expectation.figure == Figure::CostUsd {
                        let number = number.flatten();
                        let judged = cost(expectation, &Cost::totals(self.header(), cell, number));
                        return if number.is_none() {
                            without_refused(judged, cell)
                        } else {
                            judged
                        };
                    }
                    Question { expectation, bound }.answer(group)
                });
            let (verdict, met) =
                if self.header().in_doubt() { (Verdict::Unjudged, vec![]) } else { (verdict, met) };
            let count = met.iter().filter(|met| **met).count();
            let judged_one = Judged {
                expectation: index,
                tier: cell.key().tier().map(str::to_owned),
                strategy: cell.key().strategy().map(str::to_owned),
                group: expectation.group.clone(),
                measured,
                verdict,
                met: u32::try_from(count).unwrap_or(u32::MAX),
                of: cell.replications().count(),
            };
            judged.push((judged_one, met));
        }
        judged
    }

    fn may_be_judged(&self, cell: &Cell) -> bool {
        cell.key().is_plain() && cell.key().tier() == self.header().tier.as_deref()
    }

    fn is_scoped(&self, expectation: usize) -> bool {
        self.header().expectations.get(expectation).is_some_and(|e| e.strategy.is_some())
    }

    fn group_number(&self, name: &str) -> Option<usize> {
        self.header().groups.iter().position(|group| group.name == name)
    }

    /// An expectation whose cell is not in the record.
    fn absent(&self, index: usize) -> Option<Judged> {
        let header = self.header();
        let expectation = header.expectations.get(index)?;
        Some(Judged {
            expectation: index,
            tier: header.tier.clone(),
            strategy: expectation.strategy.clone().or_else(|| header.ship.clone()),
            group: expectation.group.clone(),
            measured: None,
            verdict: Verdict::Unjudged,
            met: 0,
            of: 0,
        })
    }
}

/// What was measured over all replications, what became of an expectation, and which replications met
/// it alone; without any where none can have.
type Answered = (Option<Measured>, Verdict, Vec<bool>);

/// An expectation, with the place of its bound among those that recorders counted.
struct Question<'e> {
    expectation: &'e Expectation,
    bound: Option<usize>,
}

impl Question<'_> {
    /// What was measured over all replications, the verdict, and which of them met it alone.
    fn answer(&self, group: &GroupCell) -> Answered {
        let comparison = self.expectation.comparison;
        let met_by =
            |meets: &dyn Fn(&Leaf) -> bool| group.leaves().iter().map(meets).collect::<Vec<bool>>();
        let pooled = group.pooled();
        match (self.expectation.figure, self.expectation.goal) {
            (Figure::Time { measure, percentile }, Goal::Time(goal)) => {
                let Some(bound) = self.bound else { return (None, Verdict::Unjudged, vec![]) };
                let asked = Bounded { measure, percentile, comparison, goal, bound };
                let told = |leaf: &Leaf| percentile.is_told(samples(measure, leaf));
                let met = met_by(&|leaf| told(leaf) && asked.holds(leaf) == Some(true));
                match asked.holds(&pooled) {
                    Some(holds) if told(&pooled) => {
                        (asked.measured(group, &pooled), verdict(holds), met)
                    }
                    _ => (None, Verdict::Unjudged, met),
                }
            }
            (figure, Goal::Billionths(goal)) => {
                let holds = |leaf: &Leaf| {
                    let (part, of) = fraction(figure, leaf)?;
                    (of > 0).then(|| comparison.holds(compare(part, of, goal)))
                };
                let met = met_by(&|leaf| holds(leaf) == Some(true));
                match (fraction(figure, &pooled), holds(&pooled)) {
                    (Some((part, of)), Some(holds)) => {
                        (Some(Measured::Fraction { part, of }), verdict(holds), met)
                    }
                    _ => (None, Verdict::Unjudged, met),
                }
            }
            (_, Goal::Time(_)) => (None, Verdict::Unjudged, vec![]),
        }
    }
}

/// A percentile of a time against a goal.
struct Bounded {
    measure: Measure,
    percentile: Percentile,
    comparison: Comparison,
    goal: Span,
    bound: usize,
}

impl Bounded {
    /// Whether the percentile keeps to the goal, by the number of jobs within the bound; none
    /// without samples, or where nobody counted.
    fn holds(&self, leaf: &Leaf) -> Option<bool> {
        let samples = samples(self.measure, leaf);
        let within = leaf.bounds.get(self.bound)?;
        let reaches = *within >= self.percentile.rank(samples);
        (samples > 0).then_some(match self.comparison {
            Comparison::AtMost => reaches,
            // Counted are the jobs below the goal; below zero there are none.
            Comparison::AtLeast => !reaches || self.goal.is_zero(),
        })
    }

    /// The upper edge of the percentile's bin; where it reaches past the bound although counting
    /// shows the percentile within, the bound, which is then the closer of the two.
    fn measured(&self, group: &GroupCell, pooled: &Leaf) -> Option<Measured> {
        let edge = derive::percentile_of(group, pooled, self.measure, self.percentile)?;
        let rank = self.percentile.rank(samples(self.measure, pooled));
        let within = *pooled.bounds.get(self.bound)? >= rank;
        let counted_to = self.comparison.counted_to(self.goal);
        Some(Measured::Time(if within { edge.min(counted_to) } else { edge }))
    }
}

/// What a run cost in the mean of its replications, the verdict, and which of them met it alone;
/// unjudged where the cost of one is not known.
fn cost(expectation: &Expectation, totals: &[Option<Money>]) -> Answered {
    let Goal::Billionths(Billionths(goal)) = expectation.goal else {
        return (None, Verdict::Unjudged, vec![]);
    };
    let goal = Money::from_pico(i128::from(goal) * 1_000);
    let holds = |amount: Money, goal: Money| expectation.comparison.holds(amount.cmp(&goal));
    let met = totals.iter().map(|total| total.is_some_and(|total| holds(total, goal))).collect();
    let count = totals.len() as u64;
    let all: Option<Money> = totals.iter().copied().sum();
    match all.filter(|_| count > 0) {
        Some(all) => {
            let measured = Measured::Money(all.of_parts(1, count));
            (Some(measured), verdict(holds(all, goal.times(count))), met)
        }
        None => (None, Verdict::Unjudged, met),
    }
}

/// A bound on cost that was kept because the account was too poor to begin what costs is not met.
fn without_refused((measured, verdict, met): Answered, cell: &Cell) -> Answered {
    if verdict == Verdict::Met && !refused(cell).is_empty() {
        (measured, Verdict::Unjudged, vec![])
    } else {
        (measured, verdict, met)
    }
}

/// How many jobs a measure is taken over.
pub(crate) const fn samples(measure: Measure, leaf: &Leaf) -> u64 {
    match measure {
        Measure::Wait | Measure::TimeToAnswer | Measure::TimeToFirstToken => leaf.jobs.answered,
        Measure::TimeToOutcome => leaf.jobs.offered,
    }
}

/// The two counts of a share or ratio; none for a figure that is neither, or not counted yet.
fn fraction(figure: Figure, leaf: &Leaf) -> Option<(u64, u64)> {
    let offered = leaf.jobs.offered;
    match figure {
        Figure::Answered => Some((leaf.jobs.answered, offered)),
        Figure::AnsweredInTime => Some((leaf.jobs.in_time, offered)),
        Figure::Status429 => Some((leaf.attempts.with_status(429), leaf.attempts.sent)),
        Figure::FirstAttempt429 => Some((leaf.jobs.first_attempt_429, offered)),
        Figure::AttemptsPerJob => Some((leaf.attempts.sent, offered)),
        Figure::Time { .. } | Figure::CostUsd => None,
    }
}

/// How `part / of` compares with a goal.
fn compare(part: u64, of: u64, goal: Billionths) -> Ordering {
    let part = u128::from(part) * u128::from(Billionths::ONE.0);
    part.cmp(&(u128::from(of) * u128::from(goal.0)))
}

const fn verdict(holds: bool) -> Verdict {
    if holds { Verdict::Met } else { Verdict::Missed }
}
