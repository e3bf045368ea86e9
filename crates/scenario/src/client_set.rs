//! Recorded clients, each with its own rate, burstiness and lengths by window: how `ServeGen`
//! (arXiv 2505.09999, <https://github.com/alibaba/ServeGen>, Apache-2.0) published the traffic to
//! Alibaba's models.
//!
//! ```text
//!   …/chunk-7-trace.csv      1200,0.273,6.016,Weibull,…   a line each 600 s ──► Window
//!   …/chunk-7-dataset.json   {"21600": {"input_tokens": "{45: 0.0096, …}", …}} ──► Lengths ──► Table
//! ```
//!
//! No row of it is a request. What is replayed is drawn from what was measured: a client's windows
//! follow one another as phases would, its gaps by the family and variation of the window, at the
//! window's rate; all clients of a group are merged into one stream of jobs.
//!
//! Variations are rounded to two significant digits, so that clients and windows share their
//! tables: at most 382 of 128 KB, whatever is replayed. A window takes 24 bytes and is never
//! unfolded; a table of lengths has 512 steps at most.

use chance::Stream;
use limits::Span;

use crate::gaps::{AllGaps, Gaps};

mod dataset;
mod demand;
mod lengths;
mod need;
mod rates;
mod read;
mod stream;

pub(crate) use demand::Demand;
pub(crate) use lengths::Table;
pub use need::{ClientSetNeed, LengthsNeed};
pub use read::{ClientSetReader, Part};
pub(crate) use stream::{ClientJobs, Windows};

/// How long a window of rates is.
pub(crate) const WINDOW: u64 = 600 * SECOND;

const SECOND: u64 = 1_000_000_000;

/// Jobs are counted in millionths of one.
const JOB: u64 = 1_000_000;

/// A recorded set of clients.
#[derive(Clone, Debug, Default)]
pub struct ClientSet {
    /// By number.
    clients: Vec<Client>,
    tables: Vec<Table>,
    span: Span,
    /// How many windows with jobs vary beyond what gaps can.
    held: u64,
}

/// One client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    /// Its number in the names of files: it draws by this.
    pub(crate) number: u32,
    /// In the order of time; those without jobs are left out.
    windows: Vec<Window>,
    /// In the order of time; none where no window of it has any.
    lengths: Vec<Lengths>,
}

/// What a client does in a window.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Window {
    /// Which of them, from the beginning of the recording.
    number: u32,
    gaps: Gaps,
    /// How many jobs it has, in millionths.
    jobs: u64,
}

/// Which tables hold from when on.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Lengths {
    /// Nanoseconds from the beginning of the recording.
    from: u64,
    tables: Pair,
}

/// Prompt and answer, by position among the tables.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    prompt: u32,
    answer: u32,
}

impl ClientSet {
    /// How many clients it has.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// How long it was recorded.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }

    /// What deserves to be told of what was read, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let windows: usize = self.clients.iter().map(|client| client.windows.len()).sum();
        let without = self.clients.iter().filter(|client| client.lengths.is_empty()).count();
        let held = (self.held > 0).then(|| {
            format!("{} of {windows} windows vary beyond 0.1 to 20 and are held to that", self.held)
        });
        let without = (without > 0 && !self.tables.is_empty()).then(|| {
            format!(
                "{without} of {} clients have no lengths of their own: they take the group's",
                self.clients.len()
            )
        });
        held.into_iter().chain(without).collect()
    }

    /// The tables of prompt and answer.
    pub(crate) fn pair(&self, pair: Pair) -> Option<(&Table, &Table)> {
        let table = |at: u32| self.tables.get(usize::try_from(at).ok()?);
        Some((table(pair.prompt)?, table(pair.answer)?))
    }

    /// The families that windows of a slice draw from, some of them many times.
    pub(crate) fn gaps(&self, need: &ClientSetNeed) -> impl Iterator<Item = Gaps> {
        let windows = self.clients.iter().flat_map(move |client| client.within(self, need));
        windows.map(|(window, _)| window.gaps)
    }

    /// Whether each client with jobs in the slice has lengths of its own.
    pub(crate) fn has_lengths(&self, need: &ClientSetNeed) -> bool {
        let silent = |client: &Client| client.within(self, need).next().is_none();
        self.clients.iter().all(|client| !client.lengths.is_empty() || silent(client))
    }

    /// The jobs of each client in a slice, in the order of their numbers.
    pub(crate) fn jobs<'a>(
        &'a self,
        need: &'a ClientSetNeed,
        all: &'a AllGaps,
        group: Stream,
    ) -> impl Iterator<Item = ClientJobs<'a>> {
        self.clients.iter().map(move |client| ClientJobs::of(client, self, need, all, group))
    }

    /// The first tables of any client.
    pub(crate) fn some_pair(&self) -> Option<Pair> {
        self.clients.iter().find_map(|client| client.lengths.first()).map(|lengths| lengths.tables)
    }
}

impl Client {
    /// Its windows in a slice, each with the stretch of it that lies within, from and to in
    /// nanoseconds of the recording.
    fn within(
        &self,
        set: &ClientSet,
        need: &ClientSetNeed,
    ) -> impl Iterator<Item = (&Window, (u64, u64))> {
        let (from, end) = (need.from.nanos(), need.end(set).nanos());
        let begins = self.windows.partition_point(|window| window.end() <= from);
        let windows = self.windows.get(begins..).unwrap_or_default().iter();
        windows
            .take_while(move |window| window.start() < end)
            .map(move |window| (window, (window.start().max(from), window.end().min(end))))
    }

    /// Which tables hold at a moment of the recording: those of the latest window that has any,
    /// before the first those of the first.
    fn tables_at(&self, moment: u64) -> Option<Pair> {
        let after = self.lengths.partition_point(|lengths| lengths.from <= moment);
        self.lengths.get(after.saturating_sub(1)).map(|lengths| lengths.tables)
    }
}

impl Window {
    fn start(self) -> u64 {
        u64::from(self.number) * WINDOW
    }

    fn end(self) -> u64 {
        self.start() + WINDOW
    }
}
