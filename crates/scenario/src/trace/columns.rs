//! Where rows go: columns, sorted by time in the end.

use std::io::BufRead;

use super::Trace;
use super::fault::TraceFault;
use super::fold::{Job, Jobs};
use super::lines::Lines;

/// Rows that a trace may have: as many as a group may have jobs.
const MOST_ROWS: usize = 1 << 30;

/// Jobs as they come, sixteen bytes each.
#[derive(Debug, Default)]
pub(super) struct Columns {
    first: Option<i128>,
    /// Nanoseconds from the job that came first, which need not be the earliest.
    due: Vec<i64>,
    prompt: Vec<u32>,
    answer: Vec<u32>,
    latest: i64,
    out_of_order: bool,
}

/// Why a row cannot be kept.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// Its moment is centuries away from the first one.
    FarAway,
    /// There are too many.
    TooMany,
}

impl NoRoom {
    /// The fault of the row that was read last.
    pub(super) fn fault<R: BufRead>(self, name: &str, lines: &Lines<'_, R>) -> TraceFault {
        match self {
            NoRoom::FarAway => lines.fault_of_row(
                "a moment within two centuries of the first row's; is the unit right?",
            ),
            NoRoom::TooMany => NoRoom::too_many(name),
        }
    }

    /// The fault of a file with too many jobs.
    pub(super) fn too_many(name: &str) -> TraceFault {
        TraceFault::TooMany { name: name.to_owned(), most: MOST_ROWS as u64 }
    }
}

impl Jobs for Columns {
    fn job(&mut self, job: Job) -> Result<(), NoRoom> {
        if self.due.len() >= MOST_ROWS {
            return Err(NoRoom::TooMany);
        }
        let first = *self.first.get_or_insert(job.at);
        let due = job.at.checked_sub(first).and_then(|due| i64::try_from(due).ok());
        let due = due.ok_or(NoRoom::FarAway)?;
        self.out_of_order |= due < self.latest;
        self.latest = self.latest.max(due);
        self.due.push(due);
        self.prompt.push(job.prompt);
        self.answer.push(job.answer);
        Ok(())
    }
}

impl Columns {
    /// The jobs in the order of time, equal ones in the order in which they came.
    pub(super) fn sorted(mut self) -> Trace {
        if self.out_of_order {
            let mut order: Vec<u32> = (0..).take(self.due.len()).collect();
            let due_of = |row: &u32| place(*row).and_then(|at| self.due.get(at)).copied();
            order.sort_by_key(due_of);
            self.due = gathered(&self.due, &order);
            self.prompt = gathered(&self.prompt, &order);
            self.answer = gathered(&self.answer, &order);
        }
        let least = self.due.first().copied().unwrap_or(0);
        // Sorted, so that none lies before the first: the difference is never negative.
        let due = self.due.into_iter().map(|due| due.abs_diff(least)).collect();
        let mut trace = Trace { due, prompt: self.prompt, answer: self.answer };
        trace.due.shrink_to_fit();
        trace.prompt.shrink_to_fit();
        trace.answer.shrink_to_fit();
        trace
    }
}

fn gathered<T: Copy>(column: &[T], order: &[u32]) -> Vec<T> {
    order.iter().filter_map(|row| column.get(place(*row)?)).copied().collect()
}

fn place(row: u32) -> Option<usize> {
    usize::try_from(row).ok()
}
