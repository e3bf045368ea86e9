//! Whether a simulated run and a live one of the same recipe come to the same.
//!
//! Both meet the same arrivals with the same lengths, so what may differ between them is timing
//! alone: how long a socket, a thread and a scheduler take. Every figure has a tolerance for that,
//! and is compared in integers. Users who ask again when they are answered have fewer jobs the
//! longer that takes: the number of theirs, and of no others', has a tolerance, too.
//!
//! Compared are the cells that both have, whole and by group, over the replications that both
//! have: a live run usually has the first one only. Counts and sums are kept for each replication,
//! so they are always of the very same jobs. Histograms are not, so percentiles of waiting are
//! compared only where both cells hold the same replications; the mean of waiting always is.
//!
//! A verdict is withheld where the two are not the same rehearsal, where the live run was stopped,
//! its generator late or its machine out of connections, and where there is nothing to set beside a
//! live cell. A figure that differs by no more than one sample of few is unjudged too, instead of
//! missed.

mod document;
mod figure;

use core::num::NonZeroU32;

use crate::cell::Cell;
use crate::expectation::Billionths;
use crate::file::RunRecord;
use crate::header::{Driver, Header};
use crate::judge::Verdict;
use crate::key::CellKey;
use crate::leaf::Leaf;

pub use document::COMPARISON_SCHEMA;
pub use figure::{AgreementFigure, Compared, Difference, Unit, Unjudged, Value};

/// A simulated run and a live one.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    simulated: &'a RunRecord,
    live: &'a RunRecord,
}

/// Two records that are not a simulated and a live one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a simulated run is compared with a live one so far, in either order; the first of these is \
     {}, the second {}",
    .first.name(),
    .second.name()
)]
pub struct NotAPair {
    /// What drove the first.
    pub first: Driver,
    /// What drove the second.
    pub second: Driver,
}

/// How far figures may lie apart and still agree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tolerances {
    /// For the share of attempts answered 429, as a difference of shares. One point: a request
    /// that comes a millisecond later can fall into the next window of a limit, and moves those
    /// behind it.
    pub status_429: Billionths,
    /// For the share of jobs answered, as a difference of shares. One point, as a job that is
    /// refused at its last try is the same few requests further on.
    pub answered: Billionths,
    /// For attempts per job, of the simulated figure. Two in a hundred: every refusal that moves
    /// makes or saves one attempt.
    pub attempts_per_job: Billionths,
    /// For the jobs of users, of those that the simulated run offered, rounded up to a whole one.
    /// Two in a hundred: a user asks again when the answer is there, so that a few milliseconds of
    /// each decide on which side of the end the last job falls. Other jobs are due when they are.
    pub jobs_of_users: Billionths,
    /// For waiting, of the simulated figure. Five in a hundred: a wait is a few back-offs long, and
    /// one refusal that moves changes it by a whole one.
    pub wait: Billionths,
    /// For percentiles of waiting, as a share of the jobs, on top: one in a hundred. Waits gather
    /// where back-offs end, so that a percentile between two heaps jumps from one to the other
    /// when a few jobs do.
    pub wait_ranks: Billionths,
    /// What waiting may differ by in any case. 50 ms: below that a run over sockets shows its
    /// scheduler and its connections, not the limits.
    pub wait_at_least: limits::Span,
}

impl Default for Tolerances {
    fn default() -> Tolerances {
        Tolerances {
            status_429: Billionths(10_000_000),
            answered: Billionths(10_000_000),
            attempts_per_job: Billionths(20_000_000),
            jobs_of_users: Billionths(20_000_000),
            wait: Billionths(50_000_000),
            wait_ranks: Billionths(10_000_000),
            wait_at_least: limits::Span::from_millis(50),
        }
    }
}

/// What two runs come to beside each other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agreement {
    /// How far figures were allowed to lie apart.
    pub tolerances: Tolerances,
    /// Why the whole is not judged as its cells are; nothing where it is.
    pub withheld: Vec<Withheld>,
    /// Every cell that both runs have: the whole, then each group where there are several.
    pub cells: Vec<ComparedCell>,
    /// Cells that only the simulated run has.
    pub only_simulated: Vec<CellKey>,
    /// Cells that only the live run has.
    pub only_live: Vec<CellKey>,
    /// What all of it comes to.
    pub verdict: Verdict,
}

/// Why a whole comparison is not judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Withheld {
    /// The two rehearse different things; says what differs, in the plural: `scenarios`, `seeds`.
    OtherRun(Vec<&'static str>),
    /// The live run was stopped before its end.
    CutShort,
    /// The live run's generator was late, so that its figures are its own.
    GeneratorLate,
    /// So many attempts of the live run got no connection, because the generator's machine had none
    /// left to give.
    Starved(u64),
    /// No cell is in both.
    NothingShared,
    /// Some cells of the live run have no simulated one beside them.
    Unmatched,
}

/// One cell, or one group of it, from both runs, over the replications that both have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ComparedCell {
    /// Which cell.
    pub key: CellKey,
    /// Which group of it; the whole when none.
    pub group: Option<String>,
    /// How many replications both have; figures are over these.
    pub replications: u32,
    /// How many the simulated run has, which its histograms and series are over.
    pub simulated_replications: u32,
    /// The same of the live run.
    pub live_replications: u32,
    /// Whether both have the same ones, so that histograms and series are of the same jobs.
    pub same_replications: bool,
    /// What the simulated run counted.
    pub simulated: Leaf,
    /// What the live run counted.
    pub live: Leaf,
    /// Every figure, in one order.
    pub figures: Vec<Compared>,
    /// What all figures come to. Waiting that cannot be judged withholds nothing.
    pub verdict: Verdict,
}

impl<'a> Pair<'a> {
    /// Two records, in either order.
    ///
    /// # Errors
    /// [`NotAPair`] unless one is simulated and the other live.
    pub fn of(first: &'a RunRecord, second: &'a RunRecord) -> Result<Pair<'a>, NotAPair> {
        match (first.header().driver, second.header().driver) {
            (Driver::Simulated, Driver::Live) => Ok(Pair { simulated: first, live: second }),
            (Driver::Live, Driver::Simulated) => Ok(Pair { simulated: second, live: first }),
            (first, second) => Err(NotAPair { first, second }),
        }
    }

    /// The simulated run.
    #[must_use]
    pub const fn simulated(&self) -> &'a RunRecord {
        self.simulated
    }

    /// The live run.
    #[must_use]
    pub const fn live(&self) -> &'a RunRecord {
        self.live
    }

    /// Sets every cell that both have side by side, and judges.
    #[must_use]
    pub fn agreement(&self, tolerances: Tolerances) -> Agreement {
        let mut cells = Vec::new();
        let mut only_live = Vec::new();
        for live in self.live.cells() {
            match self.simulated.cell(live.key()) {
                Some(simulated) => cells.extend(self.rows(simulated, live, &tolerances)),
                None => only_live.push(live.key().clone()),
            }
        }
        let simulated = self.simulated.cells().iter().map(Cell::key);
        let only_simulated = simulated.filter(|key| self.live.cell(key).is_none());
        let only_simulated = only_simulated.cloned().collect();
        let withheld = self.withheld(cells.is_empty(), !only_live.is_empty());
        let verdict = verdict(&withheld, &cells);
        Agreement { tolerances, withheld, cells, only_simulated, only_live, verdict }
    }

    fn withheld(&self, nothing_shared: bool, unmatched: bool) -> Vec<Withheld> {
        let live = self.live.header();
        let differs = differences(self.simulated.header(), live);
        let mut withheld = Vec::new();
        if !differs.is_empty() {
            withheld.push(Withheld::OtherRun(differs));
        }
        if live.cut_short {
            withheld.push(Withheld::CutShort);
        }
        if live.generator_late() {
            withheld.push(Withheld::GeneratorLate);
        }
        if live.starved() > 0 {
            withheld.push(Withheld::Starved(live.starved()));
        }
        if nothing_shared {
            withheld.push(Withheld::NothingShared);
        } else if unmatched {
            withheld.push(Withheld::Unmatched);
        }
        withheld
    }

    /// A cell as a whole, and each of its groups where both have the same several.
    fn rows(&self, simulated: &Cell, live: &Cell, tolerances: &Tolerances) -> Vec<ComparedCell> {
        let users = self.simulated.header().groups.iter();
        let users = users.map(|group| group.users.map_or(0, NonZeroU32::get)).collect();
        let sides = figure::Sides::of(simulated, live, users);
        let whole = (&simulated.whole(), &live.whole());
        let mut rows = vec![sides.compared(None, whole, tolerances)];
        let names = |header: &Header| -> Vec<String> {
            header.groups.iter().map(|group| group.name.clone()).collect()
        };
        let groups = names(self.simulated.header());
        if groups.len() > 1 && groups == names(self.live.header()) {
            let both = simulated.groups().iter().zip(live.groups());
            let each = groups.iter().map(String::as_str).enumerate().zip(both);
            rows.extend(each.map(|(name, group)| sides.compared(Some(name), group, tolerances)));
        }
        rows
    }
}

impl Agreement {
    /// The cells as wholes, without their groups.
    pub fn wholes(&self) -> impl Iterator<Item = &ComparedCell> {
        self.cells.iter().filter(|cell| cell.group.is_none())
    }

    /// The figure that lies farthest beyond what it may, with its cell; none where all are within.
    #[must_use]
    pub fn worst(&self) -> Option<(&ComparedCell, &Compared)> {
        let rows =
            self.cells.iter().flat_map(|cell| cell.figures.iter().map(move |one| (cell, one)));
        let missed = rows.filter(|(_, one)| one.verdict == Verdict::Missed);
        // The first of equals: a whole stands before its groups.
        missed.reduce(|worst, one| if one.1.is_farther_than(worst.1) { one } else { worst })
    }

    /// The document that scripts read, one key a line, with a newline at its end.
    #[must_use]
    pub fn json(&self, pair: &Pair<'_>) -> String {
        document::json(self, pair)
    }
}

fn verdict(withheld: &[Withheld], cells: &[ComparedCell]) -> Verdict {
    let of_cells = Verdict::worst(cells.iter().map(|cell| cell.verdict));
    if withheld.iter().all(|why| *why == Withheld::Unmatched) {
        let unmatched = withheld.iter().map(|_| Verdict::Unjudged);
        Verdict::worst(unmatched.chain([of_cells]))
    } else {
        Verdict::Unjudged
    }
}

/// What of two recipes differs; a different command or tier of the account makes no other run.
fn differences(simulated: &Header, live: &Header) -> Vec<&'static str> {
    let (a, b) = (&simulated.recipe, &live.recipe);
    let assumed = |header: &Header| -> Vec<(String, String)> {
        let notes = header.assumptions.iter();
        notes.map(|note| (note.name.clone(), note.value.clone())).collect()
    };
    let hash = |header: &Header| header.recipe.trace.as_ref().map(|trace| trace.sha256.clone());
    let fields = [
        ("scenarios", a.scenario.sha256 == b.scenario.sha256),
        ("editions", a.edition.text == b.edition.text),
        ("traces", hash(simulated) == hash(live)),
        ("seeds", a.seed == b.seed),
        ("engines", a.engine == b.engine),
        ("lengths", (simulated.lasts, simulated.drain) == (live.lasts, live.drain)),
        ("groups", simulated.groups == live.groups),
        ("assumptions", assumed(simulated) == assumed(live)),
    ];
    fields.into_iter().filter(|(_, same)| !same).map(|(what, _)| what).collect()
}
