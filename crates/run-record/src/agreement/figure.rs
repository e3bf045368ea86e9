//! One figure of two runs: what each measured, how far apart that is, and whether it may be.

use core::cmp::Ordering;

use limits::Span;

use super::{ComparedCell, Tolerances};
use crate::cell::{Cell, GroupCell};
use crate::derive;
use crate::expectation::{Billionths, Measure, Percentile};
use crate::judge::Verdict;
use crate::leaf::Leaf;

/// What is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AgreementFigure {
    /// Jobs that fell due: the same number but for those of users, or the two did not run the
    /// same. That both books balance is no figure, because a record whose books do not cannot be read.
    Offered,
    /// Share of attempts answered 429.
    Status429,
    /// Share of jobs answered.
    Answered,
    /// Attempts sent for each job offered.
    AttemptsPerJob,
    /// The mean of waiting, over answered jobs.
    WaitMean,
    /// The median of waiting.
    WaitP50,
    /// What 95 of 100 waits do not exceed.
    WaitP95,
}

/// What differences of a figure are counted in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    /// Whole jobs.
    Jobs,
    /// Billionths of one, between two shares: ten million are a point.
    Shares,
    /// Billionths of the simulated figure.
    Relative,
    /// Nanoseconds.
    Nanos,
}

/// A measured figure, exactly.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Value {
    /// So many.
    Count(u64),
    /// So many of so many.
    Share {
        /// So many.
        part: u64,
        /// Of so many.
        of: u64,
    },
    /// So many for each of so many.
    Ratio {
        /// So many.
        part: u64,
        /// For each of so many.
        of: u64,
    },
    /// A length of time.
    Time(Span),
}

/// How far the live figure lies from the simulated one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Difference {
    /// Which side of the simulated figure the live one is on.
    pub live_is: Ordering,
    /// How far, in the unit of the figure, rounded up: only nothing is zero.
    pub size: u64,
}

/// Why a figure has no verdict.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unjudged {
    /// One of the runs has nothing to make it of.
    NoSamples,
    /// There are so few samples that one more or less makes the difference, or one job of each
    /// user, or that no percentile and no mean is told of them.
    TooFew,
    /// The cells have no replication in common, or, for a percentile, not exactly the same ones,
    /// over which their histograms are added up.
    OtherReplications,
}

/// One figure of both runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Compared {
    /// Which figure.
    pub figure: AgreementFigure,
    /// What the simulated run measured; none without samples.
    pub simulated: Option<Value>,
    /// What the live run measured; none without samples.
    pub live: Option<Value>,
    /// How far apart they are; none when one of them is missing or they are not comparable.
    pub difference: Option<Difference>,
    /// How far apart they may be, in the unit of the figure.
    pub allowed: u64,
    /// Whether they agree.
    pub verdict: Verdict,
    /// Why that is not judged; none when it is.
    pub unjudged: Option<Unjudged>,
}

impl AgreementFigure {
    /// Every figure, in the order in which they are told.
    pub const ALL: [AgreementFigure; 7] = [
        AgreementFigure::Offered,
        AgreementFigure::Status429,
        AgreementFigure::Answered,
        AgreementFigure::AttemptsPerJob,
        AgreementFigure::WaitMean,
        AgreementFigure::WaitP50,
        AgreementFigure::WaitP95,
    ];

    /// The figure as documents write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AgreementFigure::Offered => "offered",
            AgreementFigure::Status429 => "status_429",
            AgreementFigure::Answered => "answered",
            AgreementFigure::AttemptsPerJob => "attempts_per_job",
            AgreementFigure::WaitMean => "wait_mean",
            AgreementFigure::WaitP50 => "wait_p50",
            AgreementFigure::WaitP95 => "wait_p95",
        }
    }

    /// What its differences are counted in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            AgreementFigure::Offered => Unit::Jobs,
            AgreementFigure::Status429 | AgreementFigure::Answered => Unit::Shares,
            AgreementFigure::AttemptsPerJob => Unit::Relative,
            AgreementFigure::WaitMean | AgreementFigure::WaitP50 | AgreementFigure::WaitP95 => {
                Unit::Nanos
            }
        }
    }

    /// Whether it is about waiting, which a cell can be without.
    #[must_use]
    pub const fn is_of_waiting(self) -> bool {
        matches!(self.unit(), Unit::Nanos)
    }

    const fn percentile(self) -> Option<Percentile> {
        match self {
            AgreementFigure::WaitP50 => Some(Percentile::P50),
            AgreementFigure::WaitP95 => Some(Percentile::P95),
            AgreementFigure::Offered
            | AgreementFigure::Status429
            | AgreementFigure::Answered
            | AgreementFigure::AttemptsPerJob
            | AgreementFigure::WaitMean => None,
        }
    }
}

impl Compared {
    /// Lets a percentile move as far as it would if a few jobs of the simulated run moved past it.
    fn allow_ranks(
        &mut self,
        percentile: Percentile,
        simulated: &GroupCell,
        tolerances: &Tolerances,
    ) {
        let (Some(Value::Time(at)), Some(difference)) = (self.simulated, self.difference) else {
            return;
        };
        let waits = &simulated.times().wait;
        let share = u128::from(waits.count()) * u128::from(tolerances.wait_ranks.0);
        let ranks = share / u128::from(Billionths::ONE.0);
        let ranks = u64::try_from(ranks).unwrap_or(u64::MAX);
        let rank = percentile.rank(waits.count());
        let to = match difference.live_is {
            Ordering::Less => rank.saturating_sub(ranks),
            Ordering::Equal | Ordering::Greater => rank.saturating_add(ranks).min(waits.count()),
        };
        let moved = waits.at_rank(to).map_or(0, |edge| edge.abs_diff(at.nanos()));
        self.allowed = self.allowed.saturating_add(moved);
        if self.unjudged.is_none() && difference.size <= self.allowed {
            self.verdict = Verdict::Met;
        }
    }

    /// Whether it lies farther beyond what it may than another does, each measured by its own
    /// tolerance; with none, whatever differs lies beyond all measure.
    pub(super) fn is_farther_than(&self, other: &Compared) -> bool {
        let size = |one: &Compared| one.difference.map_or(u64::MAX, |difference| difference.size);
        let product =
            |one: &Compared, by: &Compared| u128::from(size(one)) * u128::from(by.allowed);
        product(self, other) > product(other, self)
    }
}

/// Two pieces of the same cell, and which of their replications are compared.
pub(super) struct Sides<'a> {
    simulated: &'a Cell,
    live: &'a Cell,
    /// How many users each group has.
    users: Vec<u32>,
}

/// What of the jobs of a row depends on when answers came.
#[derive(Clone, Copy, Default)]
struct OfUsers {
    /// The jobs of users that the simulated run offered.
    jobs: u64,
    /// The users, once for each replication: what all of them come to that miss their last job.
    users: u64,
}

impl OfUsers {
    fn allowed(self, tolerance: Billionths) -> u64 {
        let part = u128::from(self.jobs) * u128::from(tolerance.0);
        u64::try_from(part.div_ceil(u128::from(Billionths::ONE.0))).unwrap_or(u64::MAX)
    }
}

impl<'a> Sides<'a> {
    pub(super) const fn of(simulated: &'a Cell, live: &'a Cell, users: Vec<u32>) -> Sides<'a> {
        Sides { simulated, live, users }
    }

    /// Of one group by its position, or of all of them.
    fn of_users(&self, group: Option<usize>) -> OfUsers {
        let mut sum = OfUsers::default();
        for (index, (cell, users)) in self.simulated.groups().iter().zip(&self.users).enumerate() {
            if *users > 0 && group.is_none_or(|group| group == index) {
                for leaf in shared(self.simulated, cell, self.live) {
                    sum.jobs = sum.jobs.saturating_add(leaf.jobs.offered);
                    sum.users = sum.users.saturating_add(u64::from(*users));
                }
            }
        }
        sum
    }

    /// One row: the cells as wholes, or one group of each.
    pub(super) fn compared(
        &self,
        group: Option<(usize, &str)>,
        (simulated, live): (&GroupCell, &GroupCell),
        tolerances: &Tolerances,
    ) -> ComparedCell {
        let same = self.simulated.replications() == self.live.replications();
        let of_simulated = shared(self.simulated, simulated, self.live);
        let of_live = shared(self.live, live, self.simulated);
        let replications = of_simulated.len();
        let (of_simulated, of_live) = (added(&of_simulated), added(&of_live));
        let both = (&of_simulated, &of_live);
        let of_users = self.of_users(group.map(|(index, _)| index));
        let figures: Vec<Compared> = AgreementFigure::ALL
            .into_iter()
            .map(|figure| {
                let comparable = replications > 0 && (same || figure.percentile().is_none());
                let values = match figure.percentile() {
                    _ if !comparable => [None, None],
                    None => [of_simulated.value(figure), of_live.value(figure)],
                    Some(percentile) => [simulated, live].map(|group| {
                        derive::percentile(group, Measure::Wait, percentile).map(Value::Time)
                    }),
                };
                let mut one = compared(figure, values, comparable, both, of_users, tolerances);
                if let Some(percentile) = figure.percentile() {
                    one.allow_ranks(percentile, simulated, tolerances);
                }
                one
            })
            .collect();
        let counted = figures
            .iter()
            .filter(|one| one.verdict != Verdict::Unjudged || !one.figure.is_of_waiting());
        ComparedCell {
            key: self.live.key().clone(),
            group: group.map(|(_, name)| name.to_owned()),
            replications: u32::try_from(replications).unwrap_or(u32::MAX),
            simulated_replications: self.simulated.replications().count(),
            live_replications: self.live.replications().count(),
            same_replications: same,
            verdict: Verdict::worst(counted.map(|one| one.verdict)),
            simulated: of_simulated,
            live: of_live,
            figures,
        }
    }
}

/// The leaves of one side whose replications the other side has too.
fn shared<'a>(side: &Cell, group: &'a GroupCell, other: &Cell) -> Vec<&'a Leaf> {
    let theirs: Vec<u32> = other.replications().iter().collect();
    let mine = side.replications().iter().zip(group.leaves());
    mine.filter(|(replication, _)| theirs.binary_search(replication).is_ok())
        .map(|(_, leaf)| leaf)
        .collect()
}

fn added(leaves: &[&Leaf]) -> Leaf {
    let mut sum = Leaf::default();
    for leaf in leaves {
        sum.absorb(leaf);
    }
    sum
}

impl Leaf {
    /// What the leaf comes to in one figure; none without samples, and for percentiles, which
    /// leaves do not tell.
    fn value(&self, figure: AgreementFigure) -> Option<Value> {
        /// Jobs that must have been answered for a mean of waiting: as many as for its median.
        const FEWEST: u64 = 2 * Percentile::BEYOND;
        let (jobs, attempts) = (&self.jobs, &self.attempts);
        let share = |part, of| (of > 0).then_some(Value::Share { part, of });
        match figure {
            AgreementFigure::Offered => Some(Value::Count(jobs.offered)),
            AgreementFigure::Status429 => share(attempts.with_status(429), attempts.sent),
            AgreementFigure::Answered => share(jobs.answered, jobs.offered),
            AgreementFigure::AttemptsPerJob => {
                (jobs.offered > 0).then_some(Value::Ratio { part: attempts.sent, of: jobs.offered })
            }
            AgreementFigure::WaitMean if jobs.answered < FEWEST => None,
            AgreementFigure::WaitMean => {
                let mean = self.times.wait.sum / u128::from(jobs.answered);
                Some(Value::Time(Span::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))))
            }
            AgreementFigure::WaitP50 | AgreementFigure::WaitP95 => None,
        }
    }
}

fn compared(
    figure: AgreementFigure,
    [simulated, live]: [Option<Value>; 2],
    comparable: bool,
    (of_simulated, of_live): (&Leaf, &Leaf),
    of_users: OfUsers,
    tolerances: &Tolerances,
) -> Compared {
    let allowed = allowed(figure, simulated, of_users, tolerances);
    let (difference, unjudged) = match (simulated, live) {
        (Some(simulated), Some(live)) => {
            let difference = difference(simulated, live);
            // One sample more or less of so few may be all that lies between them.
            let weight = weight(simulated, live, of_users);
            let few = difference.size > allowed && difference.size <= weight;
            (Some(difference), few.then_some(Unjudged::TooFew))
        }
        _ if !comparable => (None, Some(Unjudged::OtherReplications)),
        _ if figure.is_of_waiting()
            && (of_simulated.jobs.answered > 0 || of_live.jobs.answered > 0) =>
        {
            (None, Some(Unjudged::TooFew))
        }
        _ => (None, Some(Unjudged::NoSamples)),
    };
    let verdict = match (unjudged, difference) {
        (None, Some(difference)) if difference.size <= allowed => Verdict::Met,
        (None, _) => Verdict::Missed,
        (Some(_), _) => Verdict::Unjudged,
    };
    Compared { figure, simulated, live, difference, allowed, verdict, unjudged }
}

fn allowed(
    figure: AgreementFigure,
    simulated: Option<Value>,
    of_users: OfUsers,
    tolerances: &Tolerances,
) -> u64 {
    match figure {
        AgreementFigure::Offered => of_users.allowed(tolerances.jobs_of_users),
        AgreementFigure::Status429 => tolerances.status_429.0,
        AgreementFigure::Answered => tolerances.answered.0,
        AgreementFigure::AttemptsPerJob => tolerances.attempts_per_job.0,
        AgreementFigure::WaitMean | AgreementFigure::WaitP50 | AgreementFigure::WaitP95 => {
            let waited = match simulated {
                Some(Value::Time(waited)) => u128::from(waited.nanos()),
                _ => 0,
            };
            let part = waited * u128::from(tolerances.wait.0) / u128::from(Billionths::ONE.0);
            u64::try_from(part).unwrap_or(u64::MAX).max(tolerances.wait_at_least.nanos())
        }
    }
}

/// How far apart two values of the same figure are, rounded up, so that what is beyond a whole
/// tolerance by anything is beyond it.
fn difference(simulated: Value, live: Value) -> Difference {
    match (simulated, live) {
        (Value::Count(a), Value::Count(b)) => of(b.cmp(&a), u128::from(a.abs_diff(b)), 1, 1),
        (Value::Time(a), Value::Time(b)) => {
            of(b.cmp(&a), u128::from(a.nanos().abs_diff(b.nanos())), 1, 1)
        }
        (Value::Share { part: a, of: all_a }, Value::Share { part: b, of: all_b }) => {
            let (mine, theirs) = crossed((a, all_a), (b, all_b));
            let whole = u128::from(all_a) * u128::from(all_b);
            of(theirs.cmp(&mine), mine.abs_diff(theirs), Billionths::ONE.0, whole)
        }
        (Value::Ratio { part: a, of: all_a }, Value::Ratio { part: b, of: all_b }) => {
            let (mine, theirs) = crossed((a, all_a), (b, all_b));
            of(theirs.cmp(&mine), mine.abs_diff(theirs), Billionths::ONE.0, mine)
        }
        // Both sides are made by the same function, so this does not come up.
        _ => Difference { live_is: Ordering::Equal, size: u64::MAX },
    }
}

/// Two quotients over their common divisor.
fn crossed((a, all_a): (u64, u64), (b, all_b): (u64, u64)) -> (u128, u128) {
    (u128::from(a) * u128::from(all_b), u128::from(b) * u128::from(all_a))
}

fn of(live_is: Ordering, apart: u128, grains: u64, whole: u128) -> Difference {
    let size = match (apart, whole) {
        (0, _) => 0,
        (_, 0) => u128::MAX,
        // What a file claims may be beyond all counting; it is then far apart, and nothing worse.
        (apart, whole) => apart.saturating_mul(u128::from(grains)).div_ceil(whole),
    };
    Difference { live_is, size: u64::try_from(size).unwrap_or(u64::MAX) }
}

/// What one sample comes to on the side that has fewer, in the figure's unit; of jobs, one of each
/// user, as all of them that ask in step miss the end together.
fn weight(simulated: Value, live: Value, of_users: OfUsers) -> u64 {
    let fewest = match (simulated, live) {
        (Value::Share { of: a, .. }, Value::Share { of: b, .. })
        | (Value::Ratio { part: a, .. }, Value::Ratio { part: b, .. }) => a.min(b),
        (Value::Count(_), Value::Count(_)) => return of_users.users,
        _ => return 0,
    };
    if fewest == 0 { 0 } else { Billionths::ONE.0.div_ceil(fewest) }
}
