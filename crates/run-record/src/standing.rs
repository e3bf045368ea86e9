//! How a cell stands against everything that was expected of it, and which of two is the better.
//!
//! One cell is judged by each expectation; here that becomes one word for the whole cell, and an
//! order among cells, so that everybody who speaks of the best strategy means the same one.

use core::cmp::Ordering;

use crate::cell::{Cell, GroupCell};
use crate::expectation::{Expectation, Figure};
use crate::file::RunRecord;
use crate::judge::{Judged, Verdict, samples};
use crate::leaf::Leaf;

/// In how many of twenty replications a strategy must meet everything to do so for sure.
const SURE_OF_TWENTY: u64 = 19;

/// How a cell stands against everything that was expected, best first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CellStanding {
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

/// A cell held against everything that is expected of it.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// What is expected of all strategies, and of its own by name.
    pub judged: Vec<Judged>,
    /// All of that in one word.
    pub standing: CellStanding,
    /// In how many replications it met what it met least often, and of how many.
    pub met_in: (u32, u32),
    /// Whether some replication alone is too small to tell a percentile that was asked for.
    pub thin: bool,
    /// What puts it before or after another; the better one is greater.
    pub rank: Rank,
}

impl Assessment {
    /// Better first.
    #[must_use]
    pub fn compare(a: &Assessment, b: &Assessment) -> Ordering {
        b.rank.cmp(&a.rank)
    }
}

impl CellStanding {
    /// Whether everything is met, in sum at least.
    #[must_use]
    pub const fn meets(self) -> bool {
        matches!(self, CellStanding::Meets | CellStanding::OnAverage)
    }

    fn of(expectations: &[Expectation], judged: &[Judged], (met, of): (u32, u32)) -> Self {
        if judged.is_empty() {
            return CellStanding::Unasked;
        }
        let about = |one: &Judged| {
            let asked = expectations.get(one.expectation);
            asked.is_some_and(|asked| asked.figure == Figure::AnsweredInTime)
        };
        let missed = |one: &&Judged| one.verdict == Verdict::Missed;
        match Verdict::worst(judged.iter().map(|one| one.verdict)) {
            Verdict::Met if u64::from(met) * 20 < u64::from(of) * SURE_OF_TWENTY => {
                CellStanding::OnAverage
            }
            Verdict::Met => CellStanding::Meets,
            Verdict::Unjudged => CellStanding::Unjudged,
            Verdict::Missed => {
                let asked = judged.iter().any(about);
                let too_few = judged.iter().filter(missed).any(about);
                if asked && !too_few { CellStanding::InTime } else { CellStanding::Misses }
            }
        }
    }
}

impl RunRecord {
    /// Holds a cell, of whatever tier and under whatever conditions, against everything that is
    /// expected of it.
    #[must_use]
    pub fn assess(&self, cell: &Cell) -> Assessment {
        self.assess_whole(cell, &cell.whole())
    }

    /// The same with the cell's groups added up already.
    #[must_use]
    pub fn assess_whole(&self, cell: &Cell, whole: &GroupCell) -> Assessment {
        let judged = self.judge_cell(cell);
        let of = cell.replications().count();
        let untold = |one: &Judged| self.replications_untold(cell, whole, one);
        let thin = judged.iter().any(|one| untold(one) > 0);
        // A replication that cannot be told has not failed.
        let met = judged.iter().map(|one| of.min(one.met + untold(one))).min().unwrap_or(of);
        let standing = CellStanding::of(&self.header().expectations, &judged, (met, of));
        let ship = self.header().ship.as_deref();
        let ships = ship.is_some() && cell.key().strategy() == ship;
        let rank = Rank::of(standing, ships, &whole.pooled());
        Assessment { judged, standing, met_in: (met, of), thin, rank }
    }

    /// In how many replications a percentile that was asked for has too few samples.
    fn replications_untold(&self, cell: &Cell, whole: &GroupCell, one: &Judged) -> u32 {
        let header = self.header();
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
        let untold = leaves.iter().filter(|leaf| !percentile.is_told(samples(measure, leaf)));
        u32::try_from(untold.count()).unwrap_or(u32::MAX)
    }
}

/// What puts one cell before another: whether it meets everything, or misses nothing that could be
/// judged; then more jobs in time, then more answered at all, then fewer 429s. Where the strategy
/// that is meant to ship meets everything, none is better than it.
#[derive(Clone, Copy, Debug)]
pub struct Rank {
    /// Of two that miss something, the one that answers more in time is the better, so that both
    /// stand alike here.
    standing: CellStanding,
    ships: bool,
    in_time: Ratio,
    answered: Ratio,
    refused: Ratio,
}

impl Rank {
    fn of(standing: CellStanding, ships: bool, leaf: &Leaf) -> Rank {
        let Leaf { jobs, attempts, .. } = leaf;
        let alike = standing == CellStanding::InTime;
        Rank {
            standing: if alike { CellStanding::Misses } else { standing },
            ships: ships && standing.meets(),
            in_time: Ratio(jobs.in_time, jobs.offered),
            answered: Ratio(jobs.answered, jobs.offered),
            refused: Ratio(attempts.with_status(429), attempts.sent),
        }
    }

    /// The standing that it goes by.
    #[must_use]
    pub const fn standing(&self) -> CellStanding {
        self.standing
    }
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
