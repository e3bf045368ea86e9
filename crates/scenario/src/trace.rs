//! Recordings of real traffic, read once into columns that every replay shares.
//!
//! ```text
//!   bytes ── lines ──► azure, csv, jsonl, otel ──► columns ──► ticks ──► Trace ──► cut
//!            one row   by name, path or span       sorted      spread              a slice,
//!            at a time                             by time                         at a rate
//! ```
//!
//! A row is never kept as text: what stays of it are sixteen bytes.

use std::io::BufRead;

use limits::Span;

mod azure;
mod clock;
mod columns;
mod csv;
mod cut;
mod fault;
mod jsonl;
mod lines;
mod moment;
mod need;
mod number;
mod otel;
mod ticks;

pub(crate) use cut::NoSlice;
pub use fault::TraceFault;
pub use moment::Unit;
pub use need::{Cut, Fields, TraceFormat, TraceNeed};

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
    /// How many rows were left out because a cache before the service had answered them.
    pub cached: u64,
    /// How many rows were left out because they are no calls to a model.
    pub other: u64,
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
    /// `name` is what faults call the file.
    pub fn read(
        name: &str,
        input: impl BufRead,
        format: &TraceFormat,
    ) -> Result<Reading, TraceFault> {
        let mut reading = match format {
            TraceFormat::AzureLlm2023 => azure::read(name, input)?,
            TraceFormat::Mooncake => jsonl::read(name, input, &mooncake())?,
            TraceFormat::BurstGpt => {
                let fields = burstgpt();
                let map = csv::Map { fields: &fields, delimiter: ',', empty_is_failed: true };
                csv::read(name, input, &map)?
            }
            TraceFormat::LiteLlm => jsonl::read_litellm(name, input)?,
            TraceFormat::OpenTelemetry => otel::read(name, input)?,
            TraceFormat::Csv { fields, delimiter } => {
                let map = csv::Map { fields, delimiter: *delimiter, empty_is_failed: false };
                csv::read(name, input, &map)?
            }
            TraceFormat::Jsonl(fields) => jsonl::read(name, input, fields)?,
        };
        if matches!(format, TraceFormat::Mooncake | TraceFormat::BurstGpt) {
            ticks::spread(&mut reading.trace.due);
        }
        if reading.trace.due.is_empty() {
            return Err(TraceFault::NothingLeft {
                name: name.to_owned(),
                left_out: reading.failed + reading.cached + reading.other,
            });
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

impl Reading {
    /// What deserves to be told about the rows of a file, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let kept = self.trace.rows() as u64;
        let of = |count: u64, says: &str| {
            (count > 0).then(|| format!("{count} of {} rows {says}", kept + self.left_out()))
        };
        [
            of(self.out_of_order, "came after a later one: they were sorted by time"),
            of(
                self.failed,
                "failed and were left out: demand is understated by those that were never answered \
                 later",
            ),
            of(self.cached, "were answered by a cache before the service and were left out"),
            of(self.other, "are no calls to a model and were left out"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// How many rows were left out.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.failed + self.cached + self.other
    }

    fn of(columns: columns::Columns) -> Reading {
        let (trace, out_of_order) = columns.sorted();
        Reading { trace, out_of_order, ..Reading::default() }
    }
}

fn mooncake() -> Fields {
    Fields {
        due: "timestamp".to_owned(),
        unit: Unit::Millis,
        prompt: "input_length".to_owned(),
        answer: "output_length".to_owned(),
    }
}

fn burstgpt() -> Fields {
    Fields {
        due: "Timestamp".to_owned(),
        unit: Unit::Seconds,
        prompt: "Request tokens".to_owned(),
        answer: "Response tokens".to_owned(),
    }
}
