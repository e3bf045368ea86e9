//! What a run is about, in a few names: the tiers and strategies that its first sentence speaks of.
//!
//! Pages and terminals choose by the same order; it is here because what is tried besides, other
//! assumptions and more traffic, is tried with these.

use std::cmp::Reverse;

use crate::expectation::Expectation;
use crate::file::RunRecord;
use crate::judge::{Judged, Verdict};
use crate::key::CellKey;
use crate::standing::Assessment;

/// The tiers and strategies that the first sentence about a run speaks of. Tiers are as cells' keys
/// carry them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Headline {
    /// The account's tier; none where it was not run.
    pub yours: Option<String>,
    /// The lowest tier on which some strategy meets everything; of past hours, none below the
    /// account's own. None where no tier is enough, and where nothing was expected.
    pub enough: Option<String>,
    /// The tier beside the account's that is looked at: the one that is enough, else the one whose
    /// best strategy comes closest.
    pub other: String,
    /// The strategy that the account's tier is looked at with: the one whose expectation decides,
    /// else the one to ship, else the best. Where that tier was not run, the other tier's best.
    pub ship: String,
    /// The best strategy of the other tier.
    pub best: String,
    /// The best strategy of each tier, along the ladder.
    pub best_of: Vec<(String, String)>,
}

/// What a run is about; none where it has no cell of a tier.
#[must_use]
pub fn headline(record: &RunRecord) -> Option<Headline> {
    let table = Table::of(record);
    let yours = table.yours(record);
    let enough = table.enough(yours);
    let order = table.order(enough.or(yours));
    let bests: Vec<Option<(usize, &Assessment)>> =
        (0..table.tiers.len()).map(|tier| table.best(&order, tier)).collect();
    let best = |tier: usize| bests.get(tier).copied().flatten();
    let closest = || {
        let there = (0..table.tiers.len()).filter_map(|tier| Some((tier, best(tier)?.1)));
        there.min_by(|(_, a), (_, b)| Assessment::compare(a, b)).map(|(tier, _)| tier)
    };
    let other = enough.or_else(closest)?;
    let deciding = yours.and_then(|tier| {
        let told = table.deciding(record, &order, tier);
        told.filter(|one| one.is_about_one()).and_then(|one| one.strategy)
    });
    let there = yours.unwrap_or(other);
    let ships = record.header().ship.as_deref();
    let ship = deciding
        .or_else(|| table.rows.iter().position(|row| Some(row.strategy) == ships))
        .or_else(|| best(there).map(|(row, _)| row))?;
    let tier = |tier: usize| table.tiers.get(tier).map(|tier| (*tier).to_owned());
    let name = |row: usize| table.rows.get(row).map(|row| row.strategy.to_owned());
    let best_of = (0..table.tiers.len()).filter_map(|at| Some((tier(at)?, name(best(at)?.0)?)));
    Some(Headline {
        yours: yours.and_then(tier),
        enough: enough.and_then(tier),
        other: tier(other)?,
        ship: name(ship)?,
        best: name(best(other)?.0)?,
        best_of: best_of.collect(),
    })
}

/// The expectation that keeps a run from being met.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Deciding {
    verdict: Verdict,
    /// The strategy it was judged on, by its row; none where that one was not run.
    strategy: Option<usize>,
    /// Whether it is asked of that strategy by name, so that no other one can meet it instead.
    by_name: bool,
}

impl Deciding {
    /// Whether one strategy is what the verdict is about, whatever the best one does.
    const fn is_about_one(self) -> bool {
        self.by_name || matches!(self.verdict, Verdict::Unjudged)
    }
}

/// The plain cells of a record: strategies down, tiers across.
struct Table<'r> {
    tiers: Vec<&'r str>,
    rows: Vec<Row<'r>>,
    /// Whether rungs are past hours, which can only be grown into.
    grown: bool,
}

struct Row<'r> {
    strategy: &'r str,
    /// By tier; none where the cell was not run.
    cells: Vec<Option<Assessment>>,
}

impl<'r> Table<'r> {
    fn of(record: &'r RunRecord) -> Self {
        let header = record.header();
        let run = |tier: &str| {
            let mut cells = record.cells().iter();
            cells.any(|cell| cell.key().is_plain() && cell.key().tier() == Some(tier))
        };
        let mut rungs: Vec<_> = header.ladder.iter().filter(|rung| run(&rung.tier)).collect();
        let groups = &header.groups;
        if !groups.is_empty() && groups.iter().all(|group| group.endpoint.is_some()) {
            // No tier changes anything at an endpoint of one's own: one stands for all of them.
            let account = header.tier.as_deref();
            let yours = rungs.iter().position(|rung| Some(rung.tier.as_str()) == account);
            if !rungs.is_empty() {
                rungs = vec![rungs.swap_remove(yours.unwrap_or(0))];
            }
        }
        let grown = rungs.iter().any(|rung| rung.past_hour_rpm.is_some());
        let tiers: Vec<&str> = rungs.into_iter().map(|rung| rung.tier.as_str()).collect();
        let row = |strategy: &'r str| {
            let cell = |tier: &&str| {
                let cell = record.cell(&CellKey::new(Some(tier), strategy))?;
                Some(record.assess(cell))
            };
            Row { strategy, cells: tiers.iter().map(cell).collect() }
        };
        let rows = header.strategies.iter().map(|note| row(&note.name));
        let rows = rows.filter(|row| row.cells.iter().any(Option::is_some)).collect();
        Self { tiers, rows, grown }
    }

    fn yours(&self, record: &RunRecord) -> Option<usize> {
        let account = record.header().tier.as_deref();
        self.tiers.iter().position(|tier| Some(*tier) == account)
    }

    fn enough(&self, yours: Option<usize>) -> Option<usize> {
        let lowest = yours.filter(|_| self.grown).unwrap_or(0);
        let meets = |tier: &usize| {
            let mut rows = 0..self.rows.len();
            rows.any(|row| self.at(row, *tier).is_some_and(|one| one.standing.meets()))
        };
        (lowest..self.tiers.len()).find(meets)
    }

    /// The rows, best first on this tier; those that came out alike as the scenario has them.
    fn order(&self, tier: Option<usize>) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.rows.len()).collect();
        if let Some(tier) = tier {
            rows.sort_by_key(|row| Reverse(self.at(*row, tier).map(|one| one.rank)));
        }
        rows
    }

    fn best(&self, order: &[usize], tier: usize) -> Option<(usize, &Assessment)> {
        let there = order.iter().filter_map(|row| Some((*row, self.at(*row, tier)?)));
        there.min_by(|(_, a), (_, b)| Assessment::compare(a, b))
    }

    fn at(&self, row: usize, tier: usize) -> Option<&Assessment> {
        self.rows.get(row)?.cells.get(tier)?.as_ref()
    }

    /// What decides a verdict that is not met; none where all is met or nothing was asked.
    fn deciding(&self, record: &RunRecord, order: &[usize], tier: usize) -> Option<Deciding> {
        let judgement = record.judge();
        let verdict = judgement.verdict.filter(|verdict| *verdict != Verdict::Met)?;
        let common = self.common(record, order, tier, verdict);
        common.or_else(|| self.named(record, &judgement.judged, verdict))
    }

    /// Of what is asked of all strategies, where that is what decides.
    fn common(
        &self,
        record: &RunRecord,
        order: &[usize],
        tier: usize,
        verdict: Verdict,
    ) -> Option<Deciding> {
        let header = record.header();
        let ships = |row: &&usize| {
            let name = self.rows.get(**row).map(|row| row.strategy);
            header.ship.is_none() || header.ship.as_deref() == name
        };
        let there: Vec<(usize, &Assessment, Verdict)> = order
            .iter()
            .filter(ships)
            .filter_map(|row| Some((*row, self.at(*row, tier)?)))
            .map(|(row, one)| {
                let of_all = one.judged.iter().filter(|one| !scoped(&header.expectations, one));
                (row, one, Verdict::worst(of_all.map(|one| one.verdict)))
            })
            .collect();
        // A strategy that was not reached might have met everything.
        let unreached =
            header.cut_short && header.ship.is_none() && there.len() < header.strategies.len();
        let unknown = unreached.then_some(Verdict::Unjudged);
        let best = there.iter().map(|(.., of_all)| *of_all).chain(unknown).min()?;
        if best != verdict {
            return None;
        }
        let of_it = there.iter().filter(|(.., of_all)| *of_all == verdict);
        let (row, ..) = of_it.min_by(|(_, a, _), (_, b, _)| Assessment::compare(a, b))?;
        Some(Deciding { verdict, strategy: Some(*row), by_name: false })
    }

    /// Of what is asked of one strategy by name, or of a cell that was not run.
    fn named(&self, record: &RunRecord, judged: &[Judged], verdict: Verdict) -> Option<Deciding> {
        let asked = &record.header().expectations;
        let of_one = |one: &&Judged| one.of == 0 || scoped(asked, one);
        let one = judged.iter().filter(|one| one.verdict == verdict).find(of_one)?;
        let name = one.strategy.as_deref().filter(|_| one.of > 0);
        let row = name.and_then(|name| self.rows.iter().position(|row| row.strategy == name));
        Some(Deciding { verdict, strategy: row, by_name: scoped(asked, one) })
    }
}

/// Whether it is asked of one strategy by name.
fn scoped(expectations: &[Expectation], one: &Judged) -> bool {
    expectations.get(one.expectation).is_some_and(|asked| asked.strategy.is_some())
}
