//! One cell of a run: one set of conditions, over one replication or several.
//!
//! Counts are kept per replication, because spreads and "met in so many of them" are made from
//! those; histograms and series are added up over all of them. Everything is kept per group, and
//! the cell as a whole is its groups added up.

use limits::Instant;
use serde::{Deserialize, Serialize};

use crate::account::{AccountFault, AccountLeaf};
use crate::books::{self, Unbalanced};
use crate::expectation::Measure;
use crate::headroom::Remaining;
use crate::histogram::Histogram;
use crate::key::CellKey;
use crate::leaf::{GroupLeaf, Leaf, add};
use crate::over_time::OverTime;
use crate::replications::Replications;
use crate::series::Series;
use crate::times::Times;

/// One cell with all its replications.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Cell {
    key: CellKey,
    replications: Replications,
    groups: Vec<GroupCell>,
    /// One for each replication, in their order; none where no books were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<Vec<AccountLeaf>>,
}

/// One group of a cell, or all of them added up.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCell {
    /// One for each replication, in their order.
    leaves: Vec<Leaf>,
    times: Times<Histogram>,
    #[serde(default, skip_serializing_if = "Remaining::is_none")]
    peak: Remaining,
    series: Option<Series>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over_time: Option<OverTime>,
}

/// Why leaves do not make a cell.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CellFault {
    /// A book does not balance.
    #[error("replication {replication}: {unbalanced}")]
    Unbalanced {
        /// The replication.
        replication: u32,
        /// The book.
        unbalanced: Unbalanced,
    },
    /// Replications have different numbers of groups.
    #[error("replication {replication} has {found} groups instead of {expected}")]
    Groups {
        /// The replication.
        replication: u32,
        /// How many groups it has.
        found: usize,
        /// How many the first one has.
        expected: usize,
    },
    /// Replications have series of different steps.
    #[error("replication {replication} has a series of other steps than the first")]
    Steps {
        /// The replication.
        replication: u32,
    },
    /// A histogram does not hold one time for each answered job.
    #[error(
        "group {group}: {answered} jobs were answered, but the histogram of {time} holds {held}"
    )]
    Histogram {
        /// The group, by its number.
        group: usize,
        /// Whose histogram.
        time: &'static str,
        /// How many jobs were answered.
        answered: u64,
        /// How many times it holds.
        held: u64,
    },
    /// The histogram of refusals does not hold one time for each attempt that was turned away.
    #[error(
        "group {group}: {turned_away} attempts were answered 4xx or 5xx, but the histogram of \
         refusals holds {held}"
    )]
    Refusals {
        /// The group, by its number.
        group: usize,
        /// How many attempts were answered so.
        turned_away: u64,
        /// How many times it holds.
        held: u64,
    },
    /// More admissions tell what was left of the limits than attempts were sent.
    #[error("group {group}: {sent} attempts were sent, but {held} were let in at the peak")]
    Headroom {
        /// The group, by its number.
        group: usize,
        /// How many attempts were sent.
        sent: u64,
        /// How many admissions there are.
        held: u64,
    },
    /// The books of the account are not right.
    #[error("replication {replication}: {fault}")]
    Account {
        /// The replication.
        replication: u32,
        /// What is not right.
        fault: AccountFault,
    },
    /// There are more or fewer books than replications.
    #[error("there are {found} books of the account for {expected} replications")]
    Accounts {
        /// How many books there are.
        found: usize,
        /// How many replications the cell has.
        expected: u32,
    },
    /// There are more or fewer leaves than replications.
    #[error("group {group} has {found} leaves for {expected} replications")]
    Leaves {
        /// The group, by its number.
        group: usize,
        /// How many leaves it has.
        found: usize,
        /// How many replications the cell has.
        expected: u32,
    },
}

impl Cell {
    /// A cell from its replications in order, the first of which has the number `first`; each is
    /// what a recorder handed out. Without groups it is about the account alone.
    ///
    /// # Errors
    /// [`CellFault`] when they do not fit together.
    pub fn new(key: CellKey, first: u32, runs: Vec<Vec<GroupLeaf>>) -> Result<Cell, CellFault> {
        let mut groups: Vec<GroupCell> = Vec::new();
        let mut replication = first;
        for run in runs {
            if replication == first {
                groups = run.into_iter().map(GroupCell::from).collect();
            } else {
                let (found, expected) = (run.len(), groups.len());
                if found != expected {
                    return Err(CellFault::Groups { replication, found, expected });
                }
                for (group, leaf) in groups.iter_mut().zip(run) {
                    if !group.add(leaf) {
                        return Err(CellFault::Steps { replication });
                    }
                }
            }
            replication += 1;
        }
        let replications = Replications::range(first, replication);
        let cell = Cell { key, replications, groups, account: None };
        cell.check()?;
        Ok(cell)
    }

    /// The same with the books of its account, one for each replication in their order.
    ///
    /// # Errors
    /// [`CellFault`] when they do not balance, or do not tell of what the groups were billed.
    pub fn with_account(self, books: Vec<AccountLeaf>) -> Result<Cell, CellFault> {
        let cell = Cell { account: Some(books), ..self };
        cell.check_account()?;
        Ok(cell)
    }

    /// What distinguishes the cell.
    #[must_use]
    pub const fn key(&self) -> &CellKey {
        &self.key
    }

    /// Which replications it was added up over.
    #[must_use]
    pub const fn replications(&self) -> &Replications {
        &self.replications
    }

    /// Its groups, by their numbers.
    #[must_use]
    pub fn groups(&self) -> &[GroupCell] {
        &self.groups
    }

    /// The books of its account, one for each replication in their order; none where nobody kept
    /// any.
    #[must_use]
    pub fn account(&self) -> Option<&[AccountLeaf]> {
        self.account.as_deref()
    }

    /// All its groups added up.
    #[must_use]
    pub fn whole(&self) -> GroupCell {
        let mut groups = self.groups.iter();
        let mut whole = groups.next().cloned().unwrap_or_default();
        for group in groups {
            for (mine, theirs) in whole.leaves.iter_mut().zip(&group.leaves) {
                mine.absorb(theirs);
            }
            whole.add_spread(group);
        }
        whole
    }

    /// Adds the replications of another piece of the same cell; none may be in both, and the
    /// groups must be the same.
    pub(crate) fn unite(&mut self, other: Cell) {
        let mine: Vec<u32> = self.replications.iter().collect();
        let theirs: Vec<u32> = other.replications.iter().collect();
        self.replications = self.replications.and(&other.replications);
        for (group, add) in self.groups.iter_mut().zip(other.groups) {
            group.add_spread(&add);
            let own = core::mem::take(&mut group.leaves);
            group.leaves = in_order((&mine, own), (&theirs, add.leaves));
        }
        self.account = self
            .account
            .take()
            .zip(other.account)
            .map(|(own, add)| in_order((&mine, own), (&theirs, add)));
    }

    /// Whether two pieces of a cell can be added: groups and steps agree.
    pub(crate) fn fits(&self, other: &Cell) -> bool {
        self.groups.len() == other.groups.len()
            && self.account.is_some() == other.account.is_some()
            && self.groups.iter().zip(&other.groups).all(|(mine, theirs)| mine.fits(theirs))
    }

    /// Takes note of the same replications of the same cell; false when its numbers differ. One
    /// that lost its series to the number of cells in its record gets it from the other.
    pub(crate) fn absorb_twin(&mut self, twin: &Cell) -> bool {
        let same = self.groups.len() == twin.groups.len()
            && self.account == twin.account
            && self.groups.iter().zip(&twin.groups).all(|(mine, theirs)| {
                both(mine.series.as_ref(), theirs.series.as_ref(), PartialEq::eq)
                    && both(mine.over_time.as_ref(), theirs.over_time.as_ref(), PartialEq::eq)
                    && mine.leaves == theirs.leaves
                    && mine.times == theirs.times
                    && mine.peak == theirs.peak
            });
        if same {
            for (mine, theirs) in self.groups.iter_mut().zip(&twin.groups) {
                if mine.series.is_none() {
                    mine.series.clone_from(&theirs.series);
                }
                if mine.over_time.is_none() {
                    mine.over_time.clone_from(&theirs.over_time);
                }
            }
        }
        same
    }

    /// Forgets what happened when.
    pub(crate) fn drop_series(&mut self) {
        for group in &mut self.groups {
            group.series = None;
        }
        self.drop_over_time();
    }

    /// Forgets how long answers took when.
    pub(crate) fn drop_over_time(&mut self) {
        for group in &mut self.groups {
            group.over_time = None;
        }
    }

    /// Checks the books of the account against what the groups were billed. A group that nobody
    /// knows a price of was charged nothing; where only one of the two places is priced that it
    /// calls, it has no bill and was charged for that one.
    fn check_account(&self) -> Result<(), CellFault> {
        let Some(books) = &self.account else { return Ok(()) };
        let (found, expected) = (books.len(), self.replications.count());
        if u32::try_from(found) != Ok(expected) {
            return Err(CellFault::Accounts { found, expected });
        }
        for (index, (replication, books)) in self.replications.iter().zip(books).enumerate() {
            let leaves = || self.groups.iter().filter_map(|group| group.leaves.get(index));
            let billed = leaves().filter_map(|leaf| leaf.bill).map(|bill| bill.usage()).sum();
            let in_part = leaves().any(|leaf| leaf.bill.is_none() && !leaf.elsewhere.is_none());
            books
                .check(billed, in_part)
                .map_err(|fault| CellFault::Account { replication, fault })?;
        }
        Ok(())
    }

    /// Checks that every leaf balances and that histograms and leaves tell of the same jobs.
    fn check(&self) -> Result<(), CellFault> {
        for (number, group) in self.groups.iter().enumerate() {
            let expected = self.replications.count();
            if u32::try_from(group.leaves.len()) != Ok(expected) {
                let found = group.leaves.len();
                return Err(CellFault::Leaves { group: number, found, expected });
            }
            for (replication, leaf) in self.replications.iter().zip(&group.leaves) {
                books::check(u32::try_from(number).unwrap_or(u32::MAX), leaf)
                    .map_err(|unbalanced| CellFault::Unbalanced { replication, unbalanced })?;
            }
            group.check(number)?;
        }
        Ok(())
    }
}

impl GroupCell {
    /// One leaf for each replication, in their order.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// All replications added up.
    #[must_use]
    pub fn pooled(&self) -> Leaf {
        let mut leaves = self.leaves.iter();
        let mut pooled = leaves.next().cloned().unwrap_or_default();
        leaves.for_each(|leaf| pooled.absorb(leaf));
        pooled
    }

    /// How the times of answered jobs were spread, over all replications.
    #[must_use]
    pub const fn times(&self) -> &Times<Histogram> {
        &self.times
    }

    /// What was left of the limits at the admissions of each replication's busiest minute, over all
    /// of them.
    #[must_use]
    pub const fn peak(&self) -> &Remaining {
        &self.peak
    }

    /// What happened when, over all replications; none where a record has too many cells to keep
    /// everyone's.
    #[must_use]
    pub const fn series(&self) -> Option<&Series> {
        self.series.as_ref()
    }

    /// How long answers took by when their jobs fell due, over all replications; none but in cells
    /// that nothing beyond tier and strategy sets apart and whose series is kept.
    #[must_use]
    pub const fn over_time(&self) -> Option<&OverTime> {
        self.over_time.as_ref()
    }

    /// The histogram that a measure is read from.
    #[must_use]
    pub const fn histogram(&self, measure: Measure) -> &Histogram {
        match measure {
            Measure::Wait => &self.times.wait,
            Measure::TimeToAnswer | Measure::TimeToOutcome => &self.times.answer,
            Measure::TimeToFirstToken => &self.times.first_token,
        }
    }

    /// When the first 429 of any replication reached a client.
    #[must_use]
    pub fn first_429(&self) -> Option<Instant> {
        self.leaves.iter().filter_map(|leaf| leaf.first_429).min()
    }

    /// Adds one more replication; false when its series has other steps.
    fn add(&mut self, leaf: GroupLeaf) -> bool {
        let fits = self.series.as_ref().is_some_and(|series| series.matches(&leaf.series));
        if fits {
            let mut one = GroupCell::from(leaf);
            self.add_spread(&one);
            self.leaves.append(&mut one.leaves);
        }
        fits
    }

    /// Checks that histograms and leaves tell of the same jobs and attempts.
    fn check(&self, number: usize) -> Result<(), CellFault> {
        let (mut answered, mut sent, mut turned_away) = (0, 0, 0);
        for leaf in &self.leaves {
            add(&mut answered, leaf.jobs.answered);
            add(&mut sent, leaf.attempts.sent);
            add(&mut turned_away, leaf.attempts.turned_away());
        }
        let group = number;
        let held = self.peak.count();
        if held > sent {
            return Err(CellFault::Headroom { group, sent, held });
        }
        let Times { wait, answer, first_token, service, per_token, refusal } = &self.times;
        let mut counts = vec![
            ("wait", wait.count()),
            ("time to answer", answer.count()),
            ("time to first token", first_token.count()),
        ];
        if !self.is_without_service() {
            counts.push(("service", service.count()));
            let held = refusal.count();
            if held != turned_away {
                return Err(CellFault::Refusals { group, turned_away, held });
            }
        }
        // Of these not every job has one.
        counts.push(("time for each token", per_token.count().max(answered)));
        if let Some([took, began]) = self.over_time.as_ref().map(OverTime::counts) {
            counts.push(("time to answer over time", took));
            counts.push(("time to first token over time", began.max(answered)));
        }
        match counts.into_iter().find(|(_, held)| *held != answered) {
            Some((time, held)) => Err(CellFault::Histogram { group, time, answered, held }),
            None => Ok(()),
        }
    }

    /// Whether it is from before the times of an attempt were measured.
    fn is_without_service(&self) -> bool {
        let Times { service, per_token, refusal, .. } = &self.times;
        [service, per_token, refusal].iter().all(|time| time.count() == 0)
    }

    /// Whether two pieces have the same steps, and were measured alike.
    fn fits(&self, other: &GroupCell) -> bool {
        let told = |group: &GroupCell| {
            let any = group.times.answer.count() > 0 || group.times.refusal.count() > 0;
            any.then(|| group.is_without_service())
        };
        both(self.series.as_ref(), other.series.as_ref(), Series::matches)
            && both(self.over_time.as_ref(), other.over_time.as_ref(), OverTime::matches)
            && both(told(self).as_ref(), told(other).as_ref(), PartialEq::eq)
    }

    /// Adds histograms, headroom and series; a series survives where both have one.
    fn add_spread(&mut self, other: &GroupCell) {
        self.times.absorb_by(&other.times, Histogram::absorb);
        self.peak.absorb(&other.peak);
        self.over_time = match (self.over_time.take(), &other.over_time) {
            (Some(mut mine), Some(theirs)) => {
                mine.absorb(theirs);
                Some(mine)
            }
            _ => None,
        };
        self.series = match (self.series.take(), &other.series) {
            (Some(mut mine), Some(theirs)) => {
                mine.absorb(theirs);
                Some(mine)
            }
            _ => None,
        };
    }
}

impl From<GroupLeaf> for GroupCell {
    fn from(leaf: GroupLeaf) -> GroupCell {
        let GroupLeaf { leaf, times, peak, series, over_time } = leaf;
        let (series, over_time) = (Some(series), Some(over_time));
        GroupCell { leaves: vec![leaf], times, peak, series, over_time }
    }
}

/// Whether two agree where both are there.
fn both<T>(mine: Option<&T>, theirs: Option<&T>, agree: impl Fn(&T, &T) -> bool) -> bool {
    mine.zip(theirs).is_none_or(|(mine, theirs)| agree(mine, theirs))
}

/// What two pieces have for their replications, in the order of all of them.
fn in_order<T>(mine: (&[u32], Vec<T>), theirs: (&[u32], Vec<T>)) -> Vec<T> {
    let numbered = |(numbers, each): (&[u32], Vec<T>)| -> Vec<(u32, T)> {
        numbers.iter().copied().zip(each).collect()
    };
    let mut all = numbered(mine);
    all.extend(numbered(theirs));
    all.sort_by_key(|(replication, _)| *replication);
    all.into_iter().map(|(_, each)| each).collect()
}

/// A cell as a file has it, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    key: CellKey,
    replications: Replications,
    groups: Vec<GroupCell>,
    #[serde(default)]
    account: Option<Vec<AccountLeaf>>,
}

impl TryFrom<Written> for Cell {
    type Error = CellFault;

    fn try_from(written: Written) -> Result<Cell, CellFault> {
        let Written { key, replications, groups, account } = written;
        let cell = Cell { key, replications, groups, account };
        cell.check()?;
        cell.check_account()?;
        Ok(cell)
    }
}
