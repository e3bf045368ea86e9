//! The file that holds a run.
//!
//! A record is JSON: its schema, its header, its summary, and its cells, one a line. It is written
//! from plain structs in one order, so that the same run gives the same bytes. The summary is
//! there for whoever opens the file; reading makes it anew from the cells.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::cell::{Cell, GroupCell};
use crate::derive;
use crate::header::Header;
use crate::key::CellKey;

/// The file's version.
pub const RECORD_SCHEMA: &str = "tierlab/record/1";
/// What a record's version follows.
const RECORD_FAMILY: &str = "tierlab/record/";
const VERSION: u64 = 1;
/// Cells that keep their series; a league has thousands, and nobody draws them all.
const SERIES_KEPT: usize = 64;

/// What happened in a run.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct RunRecord {
    header: Header,
    /// In the order of [`rank`].
    cells: Vec<Cell>,
}

/// Why cells and a header do not make a record.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Misfit {
    /// Two cells have the same key.
    #[error("the cell {key} is there twice")]
    Twice {
        /// The key.
        key: CellKey,
    },
    /// A cell has other groups than the header.
    #[error("the cell {key} has {found} groups, the header {expected}")]
    Groups {
        /// The cell.
        key: CellKey,
        /// How many groups it has.
        found: usize,
        /// How many the header names.
        expected: usize,
    },
    /// A cell has a replication that the recipe does not ask for.
    #[error("the cell {key} has a replication {found}, the recipe asks for {expected} only")]
    Replications {
        /// The cell.
        key: CellKey,
        /// The replication's number, from one.
        found: u32,
        /// How many the recipe asks for.
        expected: u32,
    },
    /// A leaf counted other bounds than the expectations need.
    #[error("the cell {key} counted {found} bounds, the expectations have {expected}")]
    Bounds {
        /// The cell.
        key: CellKey,
        /// How many a leaf counted.
        found: usize,
        /// How many the expectations need.
        expected: usize,
    },
}

/// Why a text is not a record that can be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RecordFault {
    /// It is not JSON.
    #[error("this is not JSON: {says}")]
    NotJson {
        /// The line, from one.
        line: usize,
        /// The column, from one.
        column: usize,
        /// What was met there.
        says: String,
    },
    /// It ends before it is complete.
    #[error("the record ends too early")]
    Truncated {
        /// The last line.
        line: usize,
        /// Its last column.
        column: usize,
    },
    /// It is JSON, but no record.
    #[error("this is not a run record{}", named(.found.as_deref()))]
    Foreign {
        /// What it says it is, if it does.
        found: Option<String>,
    },
    /// A later version wrote it.
    #[error("this record has version {version}, newer than {VERSION}")]
    Newer {
        /// Its version.
        version: u64,
    },
    /// It says that it is a record, but something in it is not what a record has; this includes
    /// books that do not balance.
    #[error("{says}")]
    Malformed {
        /// The line, from one.
        line: usize,
        /// The column, from one: at the fault, or at the end of the cell that has it.
        column: usize,
        /// What is wrong.
        says: String,
    },
}

impl RecordFault {
    /// The fault's code, `record::truncated`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            RecordFault::NotJson { .. } => "record::not_json",
            RecordFault::Truncated { .. } => "record::truncated",
            RecordFault::Foreign { .. } => "record::foreign",
            RecordFault::Newer { .. } => "record::newer",
            RecordFault::Malformed { .. } => "record::malformed",
        }
    }

    /// Line and column, both from one. What is wrong as a whole is wrong at its beginning.
    #[must_use]
    pub const fn place(&self) -> (usize, usize) {
        match self {
            RecordFault::NotJson { line, column, .. }
            | RecordFault::Truncated { line, column }
            | RecordFault::Malformed { line, column, .. } => (*line, *column),
            RecordFault::Foreign { .. } | RecordFault::Newer { .. } => (1, 1),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            RecordFault::NotJson { .. } | RecordFault::Foreign { .. } => {
                "give a record that `tierlab simulate` or `tierlab load` wrote, such as reports/tier2.json"
            }
            RecordFault::Truncated { .. } => {
                "the file was cut while it was written or copied: copy it again, or repeat the run"
            }
            RecordFault::Newer { .. } => {
                "read it with the version of tierlab that wrote it, or a later one"
            }
            RecordFault::Malformed { .. } => {
                "the file was changed by hand or damaged: repeat the run, the header has its command"
            }
        }
    }
}

impl RunRecord {
    /// A record of these cells. They are put in order: by what sets them apart beyond tier and
    /// strategy, then by the ladder, then by strategy. Where there are more than 64, the series of
    /// the others are dropped, those of the account's tier last.
    ///
    /// # Errors
    /// [`Misfit`] when a cell does not belong under this header.
    pub fn new(header: Header, mut cells: Vec<Cell>) -> Result<RunRecord, Misfit> {
        cells.sort_by(|a, b| rank(&header, a.key()).cmp(&rank(&header, b.key())));
        check(&header, &cells)?;
        for cell in cells.iter_mut().filter(|cell| !cell.key().is_plain()) {
            cell.drop_over_time();
        }
        let account = header.tier.as_deref();
        let mut by_worth: Vec<usize> = (0..cells.len()).collect();
        // A stable sort: within a class, cells keep their order, so that a cell that is kept
        // among all is also kept among fewer, and shards merge to the whole.
        by_worth.sort_by_key(|index| {
            let key = cells.get(*index).map(Cell::key);
            key.map(|key| (!key.is_plain(), key.tier() != account))
        });
        for index in by_worth.into_iter().skip(SERIES_KEPT) {
            if let Some(cell) = cells.get_mut(index) {
                cell.drop_series();
            }
        }
        // Of these only sums are ever looked at.
        let beside = |key: &CellKey| header.is_growth(key) || key.assumed().next().is_some();
        for cell in cells.iter_mut().filter(|cell| beside(cell.key())) {
            cell.drop_series();
        }
        Ok(RunRecord { header, cells })
    }

    /// What the record says about its run.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Its cells, in order.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The cell of this key.
    #[must_use]
    pub fn cell(&self, key: &CellKey) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.key() == key)
    }

    /// The same with more cells of the same run; `cut_short` where that was stopped before all that
    /// it was to have were complete.
    ///
    /// # Errors
    /// [`Misfit`] when a cell does not belong under this header, or is there already.
    pub fn with_more(self, more: Vec<Cell>, cut_short: bool) -> Result<RunRecord, Misfit> {
        let RunRecord { mut header, mut cells } = self;
        header.cut_short |= cut_short;
        cells.extend(more);
        RunRecord::new(header, cells)
    }

    /// Header and cells, given back.
    pub(crate) fn into_parts(self) -> (Header, Vec<Cell>) {
        (self.header, self.cells)
    }

    /// The record as a file has it: the same run always gives the same bytes.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = format!(
            "{{\n\"schema\":{},\n\"header\":{},\n\"summary\":{},\n\"cells\":[",
            json(&RECORD_SCHEMA),
            json(&self.header),
            json(&derive::summary(self)),
        );
        for (index, cell) in self.cells.iter().enumerate() {
            text.push_str(if index > 0 { ",\n" } else { "\n" });
            text.push_str(&json(cell));
        }
        // On the line of the last cell: a reader that finds a cell at fault says where its line ends.
        text.push_str("]\n}\n");
        text
    }

    /// Reads a record, and checks that its books balance.
    ///
    /// # Errors
    /// [`RecordFault`] with its place and what to do about it.
    pub fn read(text: &str) -> Result<RunRecord, RecordFault> {
        let probe: Probe = serde_json::from_str(text).map_err(|error| {
            let (line, column) = place(&error);
            match error.classify() {
                serde_json::error::Category::Eof => RecordFault::Truncated { line, column },
                serde_json::error::Category::Data => RecordFault::Foreign { found: None },
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                    RecordFault::NotJson { line, column, says: says(&error) }
                }
            }
        })?;
        let found = probe.schema;
        match found.as_deref().and_then(|schema| schema.strip_prefix(RECORD_FAMILY)) {
            None => return Err(RecordFault::Foreign { found }),
            Some(version) => match version.parse() {
                Ok(VERSION) => {}
                Ok(version) if version > VERSION => return Err(RecordFault::Newer { version }),
                Ok(_) | Err(_) => return Err(RecordFault::Foreign { found }),
            },
        }
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = place(&error);
            RecordFault::Malformed { line, column, says: says(&error) }
        })
    }
}

/// Where a cell stands among the others: plain ones first, then by what sets them apart; among
/// equals the scenario's own load and then the lightest first, by the ladder and by the order of
/// strategies; in doubt by the key itself.
fn rank<'k>(header: &Header, key: &'k CellKey) -> Rank<'k> {
    let beyond = key.beyond().filter(|(name, _)| *name != "load");
    let beyond = beyond.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let load = header.loads.iter().chain(&header.growth).position(|one| one == key.load());
    let load = if key.is_at_whole_load() { 0 } else { load.map_or(usize::MAX, |at| at + 1) };
    let tier = header.ladder.iter().position(|rung| Some(rung.tier.as_str()) == key.tier());
    let mut strategies = header.strategies.iter();
    let strategy = strategies.position(|note| Some(note.name.as_str()) == key.strategy());
    (beyond, load, tier.unwrap_or(usize::MAX), strategy.unwrap_or(usize::MAX), key)
}

/// What sets a cell apart, its load, its tier, its strategy, and its key.
type Rank<'k> = (Vec<(&'k str, &'k str)>, usize, usize, usize, &'k CellKey);

/// Checks that the cells, which are in order, belong under the header.
fn check(header: &Header, cells: &[Cell]) -> Result<(), Misfit> {
    let bounds = header.expectations.iter().filter(|one| one.has_bound()).count();
    let mut last: Option<&CellKey> = None;
    for cell in cells {
        let key = cell.key();
        if last == Some(key) {
            return Err(Misfit::Twice { key: key.clone() });
        }
        last = Some(key);
        let (found, expected) = (cell.groups().len(), header.groups.len());
        if found != expected {
            return Err(Misfit::Groups { key: key.clone(), found, expected });
        }
        let (found, expected) = (cell.replications().end(), header.replications);
        if found > expected {
            return Err(Misfit::Replications { key: key.clone(), found, expected });
        }
        let leaves = cell.groups().iter().flat_map(GroupCell::leaves);
        for found in leaves.map(|leaf| leaf.bounds.len()) {
            if found != bounds {
                return Err(Misfit::Bounds { key: key.clone(), found, expected: bounds });
            }
        }
    }
    Ok(())
}

/// One value as a line of JSON.
fn json<T: Serialize>(value: &T) -> String {
    // Writing plain structs to memory has no way to fail: no key is anything but text or a number.
    serde_json::to_string(value).unwrap_or_default()
}

fn place(error: &serde_json::Error) -> (usize, usize) {
    (error.line().max(1), error.column().max(1))
}

/// What an error says, without the place that is told beside it.
fn says(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(says, _)| says).to_owned()
}

fn named(found: Option<&str>) -> String {
    found.map_or_else(String::new, |found| format!(", but `{found}`"))
}

/// Just enough of a file to know what it is.
#[derive(Deserialize)]
struct Probe {
    schema: Option<String>,
}

/// A record as a file has it, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[expect(dead_code, reason = "looked at before")]
    schema: IgnoredAny,
    header: Header,
    #[expect(dead_code, reason = "made anew from the cells")]
    summary: IgnoredAny,
    cells: Vec<Cell>,
}

impl TryFrom<Written> for RunRecord {
    type Error = Misfit;

    fn try_from(written: Written) -> Result<RunRecord, Misfit> {
        RunRecord::new(written.header, written.cells)
    }
}
