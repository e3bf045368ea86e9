//! Joining the records of shards, exactly.
//!
//! A shard holds some cells, or some replications of them, under the header of the whole. Counts,
//! histograms and series are sums of integers, so any split of a run joins to the bytes of the
//! whole, in whatever order. What is in two shards is counted once if they hold the same
//! replications of a cell; replications that overlap otherwise cannot be told apart any more, and
//! are refused.

use std::collections::BTreeMap;

use crate::cell::Cell;
use crate::file::{Misfit, RunRecord};
use crate::header::Header;
use crate::key::CellKey;

/// Why records do not join.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MergeFault {
    /// There is nothing to join.
    #[error("there is no record to merge")]
    Nothing,
    /// They are of different runs.
    #[error("these are records of different runs: their {what} differ")]
    Recipes {
        /// What differs.
        what: &'static str,
    },
    /// Some, but not all, replications of a cell are in two records.
    #[error("the cell {key} is in two records whose replications overlap")]
    Overlap {
        /// The cell.
        key: CellKey,
    },
    /// The same replications of a cell came out differently.
    #[error("the cell {key} is in two records with different numbers for the same replications")]
    Contradiction {
        /// The cell.
        key: CellKey,
    },
    /// Pieces of a cell have different groups or steps.
    #[error("the cell {key} is in two records with different groups or steps")]
    Shapes {
        /// The cell.
        key: CellKey,
    },
    /// The joined cells do not make a record.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

impl RunRecord {
    /// Joins records of the same recipe.
    ///
    /// # Errors
    /// [`MergeFault`] when they are of different runs, or hold replications that cannot be added.
    pub fn merge(records: Vec<RunRecord>) -> Result<RunRecord, MergeFault> {
        let mut whole: Option<Header> = None;
        let mut pieces: BTreeMap<CellKey, Vec<Cell>> = BTreeMap::new();
        for record in records {
            let (header, cells) = record.into_parts();
            if let Some(whole) = &whole
                && let Some(what) = difference(whole, &header)
            {
                return Err(MergeFault::Recipes { what });
            }
            whole.get_or_insert(header);
            for cell in cells {
                pieces.entry(cell.key().clone()).or_default().push(cell);
            }
        }
        let cells = pieces.into_values().filter_map(|pieces| unite(pieces).transpose());
        let cells = cells.collect::<Result<Vec<Cell>, MergeFault>>()?;
        Ok(RunRecord::new(whole.ok_or(MergeFault::Nothing)?, cells)?)
    }
}

/// One cell from its pieces; none from none.
fn unite(pieces: Vec<Cell>) -> Result<Option<Cell>, MergeFault> {
    let mut distinct: Vec<Cell> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let key = piece.key();
        let mut known = distinct.iter_mut();
        if let Some(twin) = known.find(|other| other.replications() == piece.replications()) {
            if !twin.absorb_twin(&piece) {
                return Err(MergeFault::Contradiction { key: key.clone() });
            }
            continue;
        }
        if distinct.iter().any(|other| other.replications().overlaps(piece.replications())) {
            return Err(MergeFault::Overlap { key: key.clone() });
        }
        if distinct.first().is_some_and(|first| !first.fits(&piece)) {
            return Err(MergeFault::Shapes { key: key.clone() });
        }
        distinct.push(piece);
    }
    Ok(distinct.into_iter().reduce(|mut whole, piece| {
        whole.unite(piece);
        whole
    }))
}

/// What of two headers differs first.
fn difference(mine: &Header, theirs: &Header) -> Option<&'static str> {
    let (a, b) = (&mine.recipe, &theirs.recipe);
    let fields = [
        ("scenarios", a.scenario == b.scenario),
        ("editions", a.edition == b.edition),
        ("traces", a.trace == b.trace),
        ("seeds", a.seed == b.seed),
        ("engines", a.engine == b.engine),
        ("drivers", mine.driver == theirs.driver),
        ("lengths", (mine.lasts, mine.drain) == (theirs.lasts, theirs.drain)),
        ("numbers of replications", mine.replications == theirs.replications),
        ("ends", mine.cut_short == theirs.cut_short),
        ("tiers", mine.tier == theirs.tier && mine.ladder == theirs.ladder),
        ("strategies", mine.ship == theirs.ship && mine.strategies == theirs.strategies),
        ("groups", mine.groups == theirs.groups),
        ("funds", mine.funds == theirs.funds),
        ("assumptions", mine.assumptions == theirs.assumptions),
        ("expectations", mine.expectations == theirs.expectations),
        ("commands", mine.command == theirs.command),
        ("beginnings and targets", mine.live == theirs.live),
    ];
    fields.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
}
