//! Recordings of real traffic, read once into columns that every replay shares.
//!
//! ```text
//!   bytes ── lines ──► azure, csv, jsonl, otel ──► fold ──► columns ──► ticks ──► Trace ──► cut
//!            one row   by name, path or span     attempts   sorted      spread              a slice,
//!            at a time                            to jobs   by time                         at a rate
//! ```
//!
//! A row is never kept as text: what stays of a job are sixteen bytes.

use std::io::BufRead;

use limits::Span;

mod azure;
mod clock;
mod columns;
mod csv;
mod cut;
mod fault;
mod fold;
mod jsonl;
mod known_logs;
pub(crate) mod lines;
mod moment;
mod need;
pub(crate) mod number;
mod otel;
mod responses;
mod row;
mod ticks;
mod waiting;

use columns::Columns;
pub(crate) use columns::NoRoom;
pub(crate) use cut::NoSlice;
pub use fault::TraceFault;
pub use fold::Folded;
pub(crate) use fold::{Job, Jobs, Tally};
pub use moment::Unit;
pub use need::{Attempts, Cut, Fields, Says, TraceFormat, TraceNeed};
pub use responses::{Response, read_responses};

/// When jobs fell due and how long they were: one entry a row, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Nanoseconds from the first row.
    pub due: Vec<u64>,
    /// Tokens of the prompt.
    pub prompt: Vec<u32>,
    /// Tokens of the answer.
    pub answer: Vec<u32>,
}

/// What was read, and what became of the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The rows.
    pub trace: Trace,
    /// How many rows came after a later one; they were put in order.
    pub out_of_order: u64,
    /// How many rows failed and were left out: their tokens are not known, and where they were
    /// tried again another row tells it.
    pub failed: u64,
    /// How many rows were left out because they were refused for what they were, as a wrong
    /// request is: the rehearsal would answer them.
    pub invalid: u64,
    /// How many rows were left out because a cache before the service had answered them.
    pub cached: u64,
    /// How many rows were left out because they are no calls to a model.
    pub other: u64,
    /// Into how many jobs the others were folded, and how sure that is.
    pub folded: Folded,
    /// Whether failed rows say ids, but no two rows the same: then it is each attempt's own.
    pub ids_are_not_shared: bool,
}

impl Trace {
    /// Reads a recording row by row. Lines end with or without a carriage return, and the last one
    /// needs no end.
    ///
    /// Rows are sorted by time, equal ones in the order in which they stand. Only Azure's traces
    /// must be sorted already, as they are published.
    ///
    /// Stamps of Mooncake and `BurstGPT` stand for a tick: rows of one stamp are spread evenly up
    /// to the next stamp, or over one tick where none follows within two. The tick is the least
    /// distance between two stamps of the file.
    ///
    /// Rows that failed are folded into jobs where the format tells which those are
    /// ([`TraceFormat::usual_attempts`]); [`Trace::read_as`] has it otherwise.
    ///
    /// `name` is what faults call the file.
    pub fn read(
        name: &str,
        input: impl BufRead,
        format: &TraceFormat,
    ) -> Result<Reading, TraceFault> {
        Trace::read_as(name, input, format, format.usual_attempts())
    }

    /// The same, where it is said what becomes of rows that failed.
    pub fn read_as(
        name: &str,
        input: impl BufRead,
        format: &TraceFormat,
        attempts: Attempts,
    ) -> Result<Reading, TraceFault> {
        let (columns, tally, _) = read_jobs(name, input, format, attempts, Columns::default())?;
        let mut trace = columns.sorted();
        if matches!(format, TraceFormat::Mooncake | TraceFormat::BurstGpt) {
            ticks::spread(&mut trace.due);
        }
        let reading = Reading::of(trace, tally);
        if reading.trace.due.is_empty() {
            return Err(reading.nothing_left(name, format, attempts));
        }
        Ok(reading)
    }

    /// Reads an Azure LLM inference trace of 2023 (`TIMESTAMP,ContextTokens,GeneratedTokens`;
    /// github.com/Azure/AzurePublicDataset, CC-BY 4.0). A moment has up to nine decimals.
    pub fn read_azure(name: &str, input: impl BufRead) -> Result<Trace, TraceFault> {
        Trace::read(name, input, &TraceFormat::AzureLlm2023).map(|reading| reading.trace)
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.due.len()
    }

    /// Nanoseconds from the first row to the last.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::from_nanos(self.due.last().copied().unwrap_or(0))
    }
}

/// Reads a log of any form to its end, row by row.
pub(crate) fn read_jobs<J: Jobs>(
    name: &str,
    input: impl BufRead,
    format: &TraceFormat,
    attempts: Attempts,
    jobs: J,
) -> Result<(J, Tally, Vec<String>), TraceFault> {
    let mut fold = fold::Fold::new(attempts, jobs);
    let sink = &mut fold;
    match format {
        TraceFormat::AzureLlm2023 => azure::read(name, input, sink)?,
        TraceFormat::Mooncake => jsonl::read(name, input, &mooncake(), sink)?,
        TraceFormat::BurstGpt => {
            let fields = burstgpt();
            let map = csv::Map { fields: &fields, delimiter: ',', empty_is_failed: true };
            csv::read(name, input, &map, sink)?;
        }
        TraceFormat::LiteLlm => known_logs::read_litellm(name, input, sink)?,
        TraceFormat::OpenTelemetry => otel::read(name, input, sink)?,
        TraceFormat::Attempts => known_logs::read_attempts(name, input, sink)?,
        TraceFormat::Csv { fields, delimiter } => {
            let map = csv::Map { fields, delimiter: *delimiter, empty_is_failed: false };
            csv::read(name, input, &map, sink)?;
        }
        TraceFormat::Jsonl(fields) => jsonl::read(name, input, fields, sink)?,
    }
    // Distances were looked at row by row.
    fold.finish().map_err(|_: NoRoom| NoRoom::too_many(name))
}

impl Reading {
    /// Why nothing in a file is a job.
    pub(crate) fn nothing_left(
        &self,
        name: &str,
        format: &TraceFormat,
        attempts: Attempts,
    ) -> TraceFault {
        let why = match (format, attempts) {
            (TraceFormat::BurstGpt, _) => {
                "none was answered; a column map (`csv`) reads rows whatever their answer"
            }
            (_, Attempts::AsJobs) => "none says how long its prompt was",
            _ => {
                "none was answered, and nothing says how long answers are; a trace with `attempts \
                 = \"as_jobs\"` takes rows that say their prompt for jobs, whatever their status"
            }
        };
        let rows = self.folded.attempts + self.left_out();
        TraceFault::NothingLeft { name: name.to_owned(), rows, why }
    }

    /// What deserves to be told about the rows of a file, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let rows = self.folded.attempts + self.left_out();
        let of =
            |count: u64, says: &str| (count > 0).then(|| format!("{count} of {rows} rows {says}"));
        [
            of(self.out_of_order, "came after a later one: they were sorted by time"),
            of(
                self.failed,
                "failed and were left out: demand is understated by those that were never answered \
                 later",
            ),
            of(
                self.invalid,
                "were refused as wrong requests and were left out: the rehearsal would answer them",
            ),
            of(self.cached, "were answered by a cache before the service and were left out"),
            of(self.other, "are no calls to a model and were left out"),
        ]
        .into_iter()
        .flatten()
        .chain(self.folded.remarks())
        .chain(self.ids_are_not_shared.then(|| {
            "no two rows share an id, so that it tells no retry from a job of its own: leave `id` \
             out, and they are told by model, client, prompt and time"
                .to_owned()
        }))
        .collect()
    }

    /// How many rows were left out.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.failed + self.invalid + self.cached + self.other
    }

    pub(crate) fn of(trace: Trace, tally: Tally) -> Reading {
        let Tally { folded, out_of_order, failed, invalid, cached, other, failed_with_id } = tally;
        let ids_are_not_shared = failed_with_id > 0 && folded.by_id == 0;
        Reading { trace, out_of_order, failed, invalid, cached, other, folded, ids_are_not_shared }
    }
}

fn mooncake() -> Fields {
    Fields {
        due: "timestamp".to_owned(),
        unit: Unit::Millis,
        prompt: "input_length".to_owned(),
        answer: "output_length".to_owned(),
        says: Says::default(),
    }
}

fn burstgpt() -> Fields {
    Fields {
        due: "Timestamp".to_owned(),
        unit: Unit::Seconds,
        prompt: "Request tokens".to_owned(),
        answer: "Response tokens".to_owned(),
        says: Says { model: Some("Model".to_owned()), ..Says::default() },
    }
}
