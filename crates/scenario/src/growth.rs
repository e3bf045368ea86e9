//! Growth: other multiples of the traffic, at which a run tries what it is about once more.
//!
//! They are loads like those that a file compares, but nobody's ranking: only the strategies that the
//! run's first sentence speaks of meet them, in few replications, to say how much traffic a tier
//! carries. A file that compares loads has them already, and so none besides.

use crate::load::Load;
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::trace::Trace;

/// What is tried where a file does not say, in percent of its traffic.
const USUAL: [u64; 8] = [25, 50, 75, 125, 150, 200, 300, 400];
/// One percent, in billionths.
const PERCENT: u64 = 10_000_000;
/// The most replications that each is tried with: what a tier carries is told in wide steps.
const REPLICATIONS: u32 = 3;

impl Scenario {
    /// The multiples of the traffic at which the strategies of the headline are tried besides, the
    /// lightest first: those of the file, else the usual ones, as far as a recording has rows for
    /// them and a run may have so many jobs. None where other loads are compared, and without jobs.
    #[must_use]
    pub fn growth(&self) -> &[Load] {
        &self.growth
    }

    /// How many replications each of those is tried with; the first of the run's own.
    #[must_use]
    pub fn growth_replications(&self) -> u32 {
        if self.growth.is_empty() { 0 } else { self.replications.min(REPLICATIONS) }
    }

    /// Whether the headline is tried with each assumption at its other values.
    #[must_use]
    pub const fn sensitivity(&self) -> bool {
        self.sensitivity
    }

    /// Settles the multiples once it is known how long the run lasts. What the file says is refused
    /// where it cannot be run; of the usual ones such a multiple is left out.
    pub(crate) fn settle_growth(&mut self, notes: &Notes<'_>) {
        self.growth.clear();
        if !self.loads.is_empty() || !self.has_jobs() {
            return;
        }
        self.growth = match &self.stated.growth {
            Some(stated) => {
                for (load, place) in stated {
                    self.hold_load(*load, place, notes);
                }
                stated.iter().map(|(load, _)| *load).collect()
            }
            None => self.usual_growth(),
        };
    }

    /// Whether the file says that no other multiple is to be tried.
    pub(crate) fn growth_is_none(&self) -> bool {
        self.stated.growth.as_ref().is_some_and(Vec::is_empty)
    }

    fn usual_growth(&self) -> Vec<Load> {
        let loads = USUAL.into_iter().filter_map(|percent| Load::of(percent * PERCENT));
        let fits = |load: &Load| {
            let unheard = Notes::default();
            self.hold_load(*load, &(0..0), &unheard);
            unheard.are_none()
        };
        loads.filter(fits).collect()
    }

    /// Cuts the rows of each multiple from the whole recording; of the usual ones, those that it has
    /// no rows for are left out.
    pub(crate) fn cut_growth(&mut self, whole: &Trace, notes: &Notes<'_>) {
        let unheard = Notes::default();
        let mut kept = Vec::new();
        for load in core::mem::take(&mut self.growth) {
            let stated = self.stated.growth.as_ref();
            let place = stated.and_then(|all| all.iter().find(|(one, _)| *one == load));
            let rows = match place {
                Some((_, place)) => self.rows_at(load, place, whole, notes),
                None => self.rows_at(load, &(0..0), whole, &unheard),
            };
            if let Some(rows) = rows {
                self.traces_at.push((load, rows));
                kept.push(load);
            }
        }
        self.growth = kept;
    }
}
