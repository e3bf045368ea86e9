//! Who is best under the same conditions, and whether that is more than luck.
//!
//! The replications of two strategies had the same jobs, seed by seed, so that their differences say
//! more than either share alone. Shares of all replications together are quotients of sums; how far
//! they may be off is taken from what each replication lacks to its own part of them, which for
//! replications of as many jobs is the usual interval of a mean.

use core::cmp::Ordering;

use crate::cell::Cell;
use crate::cost::Cost;
use crate::derive::{axis, dollars, fairness, ladder_place, load, ratio, share, synchronisation};
use crate::file::RunRecord;
use crate::key::CellKey;
use crate::leaf::Leaf;
use crate::league::{Behind, Standing, StandingRow};
use crate::summary::Changed;

/// The strategies of a record ranked by the share of jobs answered in time, under each tier, load and
/// assumption that several of them were run under: first as the account is, then its ladder, then
/// other loads, then other assumptions.
#[must_use]
pub fn league(record: &RunRecord) -> Vec<Standing> {
    let mut conditions: Vec<(Condition<'_>, Vec<&Cell>)> = Vec::new();
    let compared = |key: &CellKey| !key.is_without_limit() && !record.header().is_growth(key);
    for cell in record.cells().iter().filter(|cell| compared(cell.key())) {
        let condition = Condition::of(cell.key());
        match conditions.iter_mut().find(|(known, _)| *known == condition) {
            Some((_, cells)) => cells.push(cell),
            None => conditions.push((condition, vec![cell])),
        }
    }
    let plain = conditions.iter().filter(|(condition, _)| condition.assumed.is_empty());
    let whole = plain.map(|(_, cells)| cells.len()).max().unwrap_or(0);
    // Among the few that another assumption was tried with, the best is not the best of all.
    let is_ranked = |condition: &Condition<'_>, cells: &[&Cell]| {
        cells.len() > 1 && (condition.assumed.is_empty() || cells.len() >= whole)
    };
    conditions.retain(|(condition, cells)| is_ranked(condition, cells));
    let account = record.header().tier.as_deref();
    conditions.sort_by(|(one, _), (other, _)| {
        let order = |of: &Condition<'_>| {
            let place = ladder_place(record.header(), of.rung);
            (of.assumed.len(), of.is_other_load, of.rung != account, place)
        };
        one.assumed.cmp(&other.assumed).then_with(|| {
            let loads = one.load.total_cmp(&other.load);
            order(one).cmp(&order(other)).then(loads)
        })
    });
    conditions.iter().map(|(condition, cells)| standing(record, condition, cells)).collect()
}

/// What the cells of one standing have in common.
#[derive(PartialEq)]
struct Condition<'k> {
    rung: Option<&'k str>,
    load: f64,
    is_other_load: bool,
    assumed: Vec<(&'k str, &'k str)>,
}

impl<'k> Condition<'k> {
    fn of(key: &'k CellKey) -> Self {
        Self {
            rung: key.tier(),
            load: load(key),
            is_other_load: !key.is_at_whole_load(),
            assumed: key.assumed().collect(),
        }
    }
}

fn standing(record: &RunRecord, condition: &Condition<'_>, cells: &[&Cell]) -> Standing {
    let entries = cells.iter().map(|cell| Entry::of(record, cell)).collect();
    let (tier, past_hour_per_minute) = axis(record.header(), condition.rung);
    let mut best: Option<Seeds<'_>> = None;
    let mut rows = Vec::new();
    for (tied, rank) in ranked(entries).into_iter().map(|alike| (alike.len() > 1, alike)) {
        let place = u32::try_from(rows.len()).unwrap_or(u32::MAX).saturating_add(1);
        for Entry { seeds, row } in rank {
            let behind = best.as_ref().and_then(|best| best.ahead_of(&seeds));
            let behind = behind.map(Difference::told);
            rows.push(StandingRow { rank: place, tied, behind, ..row });
            best.get_or_insert(seeds);
        }
    }
    Standing {
        rung: condition.rung.map(str::to_owned),
        tier,
        past_hour_per_minute,
        load: condition.load,
        assumed: condition
            .assumed
            .iter()
            .map(|(name, value)| Changed {
                assumption: (*name).to_owned(),
                to: (*value).to_owned(),
            })
            .collect(),
        seeds: cells.iter().map(|cell| cell.replications().count()).min().unwrap_or(0),
        rows,
    }
}

/// Entries rank by rank, each in its order: a rank has the best of those that are left, and
/// everybody who cannot be told from it, however many with a larger share can.
fn ranked(mut entries: Vec<Entry<'_>>) -> Vec<Vec<Entry<'_>>> {
    // A stable sort: what is equal stays in the order of the scenario's strategies.
    entries.sort_by(Entry::order);
    let mut ranks = Vec::new();
    while let Some(best) = entries.first().map(|entry| entry.seeds.clone()) {
        let (rank, rest) = entries.into_iter().partition(|entry| !best.beats(&entry.seeds));
        ranks.push(rank);
        entries = rest;
    }
    ranks
}

/// A strategy before it has its place.
struct Entry<'r> {
    seeds: Seeds<'r>,
    row: StandingRow,
}

impl<'r> Entry<'r> {
    fn of(record: &RunRecord, cell: &'r Cell) -> Self {
        let whole = cell.whole();
        let seeds = Seeds::of(cell, whole.leaves());
        let pooled = whole.pooled();
        let Leaf { jobs, attempts, useless, .. } = &pooled;
        let cost = Cost::of(record.header(), cell, None);
        let usd = |amount: Option<money::Money>| amount.map(dollars);
        let row = StandingRow {
            key: cell.key().clone(),
            strategy: cell.key().strategy().unwrap_or_default().to_owned(),
            rank: 0,
            tied: false,
            in_time: share(jobs.in_time, jobs.offered),
            in_time_95: seeds.interval(),
            behind: None,
            met_in: record.met_everything(cell),
            answered: share(jobs.answered, jobs.offered),
            status_429: share(attempts.with_status(429), attempts.sent),
            attempts_per_job: ratio(attempts.sent, jobs.offered),
            fairness: fairness(&whole).jain,
            synchronisation: synchronisation(&pooled),
            useless_retries: share(useless.total(), attempts.sent),
            usd_per_1000_in_time: usd(cost.as_ref().and_then(Cost::per_1000_in_time)),
            usd_wasted: usd(cost.as_ref().and_then(Cost::wasted)),
        };
        Self { seeds, row }
    }

    /// Better first: the larger share in time; of equals who sends fewer attempts for it, and then
    /// who has fewer of them refused.
    fn order(&self, other: &Self) -> Ordering {
        let fewer = |of: &dyn Fn(&StandingRow) -> Option<f64>| {
            let [mine, theirs] = [&self.row, &other.row].map(|row| of(row).unwrap_or_default());
            mine.total_cmp(&theirs)
        };
        other
            .seeds
            .compare(&self.seeds)
            .then_with(|| fewer(&|row| row.attempts_per_job))
            .then_with(|| fewer(&|row| row.status_429))
    }
}

/// Jobs in time and offered, by replication.
#[derive(Clone)]
struct Seeds<'r> {
    cell: &'r Cell,
    counts: Vec<(u64, u64)>,
}

impl<'r> Seeds<'r> {
    fn of(cell: &'r Cell, leaves: &[Leaf]) -> Self {
        let counts = leaves.iter().map(|leaf| (leaf.jobs.in_time, leaf.jobs.offered)).collect();
        Self { cell, counts }
    }

    /// Jobs in time of jobs offered.
    fn total(&self) -> (u64, u64) {
        self.counts.iter().fold((0, 0), |(part, of), (in_time, offered)| {
            (part.saturating_add(*in_time), of.saturating_add(*offered))
        })
    }

    /// Which has the larger share; one without jobs has less than any.
    fn compare(&self, other: &Self) -> Ordering {
        let ((part, of), (their_part, their_of)) = (self.total(), other.total());
        match (of, their_of) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Less,
            (_, 0) => Ordering::Greater,
            _ => (u128::from(part) * u128::from(their_of))
                .cmp(&(u128::from(their_part) * u128::from(of))),
        }
    }

    fn interval(&self) -> Option<[f64; 2]> {
        let (share, lacks) = residuals(&self.counts)?;
        let half = half_width(&lacks)?;
        Some([six((share - half).max(0.0)), six((share + half).min(1.0))])
    }

    /// How far it is ahead of another, over the replications that both have.
    fn ahead_of(&self, other: &Self) -> Option<Difference> {
        let (mine, theirs) = if self.cell.replications() == other.cell.replications() {
            (self.counts.clone(), other.counts.clone())
        } else {
            (self.common(other), other.common(self))
        };
        let ((share, lacks), (their_share, their_lacks)) = (residuals(&mine)?, residuals(&theirs)?);
        let differences: Vec<f64> = lacks.iter().zip(their_lacks).map(|(a, b)| a - b).collect();
        Some(Difference { by: share - their_share, half: half_width(&differences) })
    }

    /// The counts of the replications that another has, too.
    fn common(&self, other: &Self) -> Vec<(u64, u64)> {
        let numbered = self.cell.replications().iter().zip(&self.counts);
        let has = |number: &u32| other.cell.replications().iter().any(|known| known == *number);
        numbered.filter(|(number, _)| has(number)).map(|(_, count)| *count).collect()
    }

    /// Whether it is told from another that has no more. With fewer than two replications, any
    /// difference tells.
    fn beats(&self, other: &Self) -> bool {
        if self.compare(other) == Ordering::Equal {
            return false;
        }
        let half = self.ahead_of(other).and_then(|ahead| Some(ahead.by > ahead.half?));
        half.unwrap_or(true)
    }
}

/// The share, and what each replication lacks to it; none without jobs.
fn residuals(counts: &[(u64, u64)]) -> Option<(f64, Vec<f64>)> {
    let total = |which: &dyn Fn(&(u64, u64)) -> u64| {
        counts.iter().map(|count| which(count) as f64).sum::<f64>()
    };
    let (in_time, offered) = (total(&|count| count.0), total(&|count| count.1));
    if offered <= 0.0 {
        return None;
    }
    let (share, mean) = (in_time / offered, offered / counts.len() as f64);
    let lacks = |count: &(u64, u64)| (count.0 as f64 - share * count.1 as f64) / mean;
    Some((share, counts.iter().map(lacks).collect()))
}

struct Difference {
    by: f64,
    /// Half of its interval; none with fewer than two replications.
    half: Option<f64>,
}

impl Difference {
    fn told(self) -> Behind {
        let Self { by, half } = self;
        Behind { by: six(by), by_95: half.map(|half| [six(by - half), six(by + half)]) }
    }
}

/// Half of the 95 % interval of a mean, from what each sample lacks to it; none with fewer than two.
fn half_width(lacks: &[f64]) -> Option<f64> {
    let count = lacks.len();
    let freedom = count.checked_sub(1).filter(|freedom| *freedom > 0)?;
    let squares = lacks.iter().map(|lack| lack * lack).sum::<f64>();
    Some(quantile(freedom) * (squares / (count as f64 * freedom as f64)).sqrt())
}

/// The 97.5 % quantile of Student's t with so many degrees of freedom; between two lines of the
/// table the one with fewer, whose intervals are the wider.
fn quantile(freedom: usize) -> f64 {
    /// From one degree of freedom on.
    const FIRST: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    const MORE: [(usize, f64); 3] = [(120, 1.980), (60, 2.000), (40, 2.021)];
    if let Some(exact) = freedom.checked_sub(1).and_then(|index| FIRST.get(index)) {
        return *exact;
    }
    let line = MORE.into_iter().find(|(from, _)| freedom >= *from);
    line.map_or(2.042, |(_, quantile)| quantile)
}

/// The nearest number with six decimals.
fn six(value: f64) -> f64 {
    (value * 1_000_000.0).round() / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_lines_of_the_table_the_wider_interval_is_taken() {
        let of = [1, 2, 19, 30, 31, 39, 40, 59, 60, 119, 120, 100_000].map(quantile);
        let known =
            [12.706, 4.303, 2.093, 2.042, 2.042, 2.042, 2.021, 2.021, 2.000, 2.000, 1.980, 1.980];
        assert!(of.iter().zip(known).all(|(of, known)| (of - known).abs() < 1e-9), "{of:?}");
    }
}
