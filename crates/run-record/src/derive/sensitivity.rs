//! What of a run's headline hangs on which assumption.
//!
//! Each changed cell is held against the same cell as assumed: the same jobs, seed by seed. From all
//! cells of one reading follows which tier is enough under it, as far as enough of them were tried.

use crate::cell::Cell;
use crate::derive::{ladder_place, shares};
use crate::file::RunRecord;
use crate::headline::{Headline, headline};
use crate::key::CellKey;
use crate::standing::CellStanding;

/// What one other reading of one assumption does to one cell. Pairs are as assumed, and as changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The assumption.
    pub assumption: String,
    /// Its other value.
    pub value: String,
    /// The cell's tier.
    pub tier: Option<String>,
    /// The cell's strategy.
    pub strategy: String,
    /// The share of jobs in time.
    pub in_time: [f64; 2],
    /// The share of attempts answered 429.
    pub status_429: [f64; 2],
    /// How the cell stands against what was expected.
    pub standing: [CellStanding; 2],
    /// The lowest tier that is enough, none where none is; nothing where too little was tried to say
    /// so, or nothing was expected.
    pub enough: Option<[Option<String>; 2]>,
}

/// How much an assumption matters to what a run says.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Matters {
    /// Nothing told moves by as much as a point.
    Low,
    /// Jobs in time or attempts refused move by a point or more.
    Medium,
    /// Another tier is enough, or a cell no longer meets everything, or now does.
    High,
}

/// A change from which on an assumption matters somewhat: one point.
const TELLING: f64 = 0.01;

impl Effect {
    /// Whether another tier is enough under it than as assumed.
    #[must_use]
    pub fn moves_the_tier(&self) -> bool {
        self.enough.as_ref().is_some_and(|[before, after]| before != after)
    }

    /// How far the share of jobs in time moves, or that of attempts refused where that is more.
    #[must_use]
    pub fn size(&self) -> f64 {
        let moved = |[before, after]: [f64; 2]| (after - before).abs();
        moved(self.in_time).max(moved(self.status_429))
    }

    /// How much it matters.
    #[must_use]
    pub fn matters(&self) -> Matters {
        let [before, after] = self.standing;
        if self.moves_the_tier() || before.meets() != after.meets() {
            Matters::High
        } else if self.size() >= TELLING {
            Matters::Medium
        } else {
            Matters::Low
        }
    }
}

/// The effects of all readings that were tried at the traffic as it is written, those of one reading
/// together: first what moves the tier, then the largest effects.
#[must_use]
pub fn sensitivity(record: &RunRecord) -> Vec<Effect> {
    let Some(headline) = headline(record) else { return Vec::new() };
    let mut readings: Vec<((&str, &str), Vec<&Cell>)> = Vec::new();
    for cell in record.cells() {
        let mut assumed = cell.key().assumed();
        let (Some(reading), None) = (assumed.next(), assumed.next()) else { continue };
        if !cell.key().is_at_whole_load() || cell.key().is_without_limit() {
            continue;
        }
        match readings.iter_mut().find(|(known, _)| *known == reading) {
            Some((_, cells)) => cells.push(cell),
            None => readings.push((reading, vec![cell])),
        }
    }
    let mut effects: Vec<Vec<Effect>> = readings
        .iter()
        .map(|(reading, cells)| {
            let enough = enough(record, &headline, cells);
            let one = |cell: &&Cell| effect(record, *reading, cell, enough.as_ref());
            cells.iter().filter_map(one).collect()
        })
        .collect();
    let largest = |of: &[Effect]| of.iter().map(Effect::size).fold(0.0, f64::max);
    let matters = |of: &[Effect]| of.iter().map(Effect::matters).max();
    let moves = |of: &[Effect]| of.iter().any(Effect::moves_the_tier);
    effects.sort_by(|a, b| {
        let order = moves(b).cmp(&moves(a)).then(matters(b).cmp(&matters(a)));
        order.then(largest(b).total_cmp(&largest(a)))
    });
    effects.into_iter().flatten().collect()
}

fn effect(
    record: &RunRecord,
    (assumption, value): (&str, &str),
    cell: &Cell,
    enough: Option<&[Option<String>; 2]>,
) -> Option<Effect> {
    let strategy = cell.key().strategy()?;
    let before = record.cell(&CellKey::new(cell.key().tier(), strategy))?;
    let of = |cell: &Cell| {
        let shares = shares(&cell.whole().pooled());
        (shares.in_time.unwrap_or(0.0), shares.status_429.unwrap_or(0.0))
    };
    let (was, is) = (of(before), of(cell));
    Some(Effect {
        assumption: assumption.to_owned(),
        value: value.to_owned(),
        tier: cell.key().tier().map(str::to_owned),
        strategy: strategy.to_owned(),
        in_time: [was.0, is.0],
        status_429: [was.1, is.1],
        standing: [record.assess(before).standing, record.assess(cell).standing],
        enough: enough.cloned(),
    })
}

/// Which tier is enough as assumed, and under a reading of which these are the cells; nothing where
/// they do not tell.
fn enough(record: &RunRecord, headline: &Headline, cells: &[&Cell]) -> Option<[Option<String>; 2]> {
    let header = record.header();
    if header.expectations.is_empty() {
        return None;
    }
    let place = |tier: Option<&str>| ladder_place(header, tier);
    let tried = |tier: &str| cells.iter().any(|cell| cell.key().tier() == Some(tier));
    let met = cells.iter().filter(|cell| record.assess(cell).standing.meets());
    let lowest = met.map(|cell| cell.key().tier()).min_by_key(|tier| place(*tier));
    let before = headline.enough.clone();
    let after = match (lowest.flatten(), &before) {
        (Some(lowest), Some(enough)) => {
            // Above the tier that was enough it says nothing, unless that one was tried as well.
            let below = place(Some(lowest)) <= place(Some(enough));
            (below || tried(enough)).then(|| Some(lowest.to_owned()))?
        }
        (Some(lowest), None) => Some(lowest.to_owned()),
        (None, Some(enough)) => {
            let top = header.ladder.last().map(|rung| rung.tier.as_str());
            (tried(enough) && top.is_some_and(tried)).then_some(None)?
        }
        (None, None) => tried(&headline.other).then_some(None)?,
    };
    Some([before, after])
}
