//! Recordings of real traffic, read once into columns that every replay shares.

use core::fmt;
use std::io::{self, BufRead};

mod clock;

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

/// A trace that cannot be read.
#[derive(Debug)]
pub enum TraceFault {
    /// The bytes do not come.
    Unreadable {
        /// The file, as it was named.
        name: String,
        /// What the system says.
        error: io::Error,
    },
    /// A row that is not what it should be.
    Malformed {
        /// The file, as it was named.
        name: String,
        /// The row's line, from one.
        line: u64,
        /// The character at which the field begins, from one.
        column: usize,
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

/// The first line of an Azure LLM inference trace.
const AZURE_HEAD: &str = "TIMESTAMP,ContextTokens,GeneratedTokens";

/// No line of such a file is near as long; one that is longer is not such a file.
const LONGEST_LINE: u64 = 4_096;

impl Trace {
    /// Reads an Azure LLM inference trace of 2023 (`TIMESTAMP,ContextTokens,GeneratedTokens`;
    /// github.com/Azure/AzurePublicDataset, CC-BY 4.0) row by row. Lines end with or without a
    /// carriage return, the last one needs no end, and a moment has up to nine decimals.
    ///
    /// Rows stand in the order of time in the published files, so one that goes back is a fault:
    /// sorting it away would hide a file that was joined wrongly.
    pub fn read_azure(name: &str, input: impl BufRead) -> Result<Trace, TraceFault> {
        let mut lines = Lines { name, input, line: 0, text: Vec::new() };
        if lines.next_line()? != Some(AZURE_HEAD) {
            return Err(lines.fault(1, "the head `TIMESTAMP,ContextTokens,GeneratedTokens`"));
        }
        let mut trace = Trace::default();
        let mut first = None;
        while let Some(text) = lines.next_line()? {
            match azure_row(text) {
                Ok(row) => {
                    let start = *first.get_or_insert(row.at);
                    let due = row.at.checked_sub(start).and_then(|due| u64::try_from(due).ok());
                    let late = due.filter(|due| trace.due.last().is_none_or(|last| due >= last));
                    let Some(due) = late else {
                        return Err(lines.fault(1, "a moment not before the row above"));
                    };
                    trace.due.push(due);
                    trace.prompt.push(row.prompt);
                    trace.answer.push(row.answer);
                }
                Err((column, expected)) => return Err(lines.fault(column, expected)),
            }
        }
        if trace.due.is_empty() {
            return Err(lines.fault(1, "at least one row"));
        }
        Ok(trace)
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.due.len()
    }

    /// Nanoseconds from the first row to the last.
    #[must_use]
    pub fn span(&self) -> limits::Span {
        limits::Span::from_nanos(self.due.last().copied().unwrap_or(0))
    }
}

struct Row {
    at: i128,
    prompt: u32,
    answer: u32,
}

const A_COUNT: &str = "a whole number of tokens";

/// One row, or where it goes wrong and what should stand there.
fn azure_row(text: &str) -> Result<Row, (usize, &'static str)> {
    let mut column = 1;
    let mut fields = text.split(',').map(|field| {
        let at = column;
        column += field.chars().count() + 1;
        (at, field)
    });
    let past_the_end = text.chars().count() + 1;
    let mut next = || fields.next().unwrap_or((past_the_end, ""));
    let (start, moment) = next();
    let at = clock::nanoseconds(moment)
        .ok_or((start, "a moment such as `2023-11-16 18:15:46.6805900`"))?;
    let (start, prompt) = next();
    let prompt = prompt.parse().map_err(|_| (start, A_COUNT))?;
    let (start, answer) = next();
    let answer = answer.parse().map_err(|_| (start, A_COUNT))?;
    match fields.next() {
        None => Ok(Row { at, prompt, answer }),
        Some((start, _)) => Err((start, "the end of the row after three fields")),
    }
}

/// The lines of a file, one at a time in the same buffer.
struct Lines<'n, R> {
    name: &'n str,
    input: R,
    line: u64,
    text: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    /// The next line without its end; nothing after the last.
    fn next_line(&mut self) -> Result<Option<&str>, TraceFault> {
        self.text.clear();
        let mut limited = io::Read::take(&mut self.input, LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut self.text);
        let read =
            read.map_err(|error| TraceFault::Unreadable { name: self.name.to_owned(), error })?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        let mut line = self.text.as_slice();
        line = line.strip_suffix(b"\n").unwrap_or(line);
        let ended = line.len();
        line = line.strip_suffix(b"\r").unwrap_or(line);
        let length = line.len();
        debug_assert!(ended - length <= 1);
        self.text.truncate(length);
        match core::str::from_utf8(&self.text) {
            Ok(_) if read as u64 >= LONGEST_LINE => {
                Err(self.fault(1, "a row of a trace, not so long a line"))
            }
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(self.fault(error.valid_up_to() + 1, "text in UTF-8")),
        }
    }

    fn fault(&self, column: usize, expected: &'static str) -> TraceFault {
        let text = String::from_utf8_lossy(&self.text);
        let found = text.chars().skip(column.saturating_sub(1)).take_while(|c| *c != ',').take(60);
        TraceFault::Malformed {
            name: self.name.to_owned(),
            line: self.line.max(1),
            column,
            expected,
            found: found.collect(),
        }
    }
}

impl fmt::Display for TraceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TraceFault::Unreadable { name, error } => write!(f, "{name}: cannot be read: {error}"),
            TraceFault::Malformed { name, line, column, expected, found } => {
                write!(f, "{name}:{line}:{column}: expected {expected}, found ")?;
                if found.is_empty() { f.write_str("nothing") } else { write!(f, "`{found}`") }
            }
        }
    }
}

impl core::error::Error for TraceFault {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            TraceFault::Unreadable { error, .. } => Some(error),
            TraceFault::Malformed { .. } => None,
        }
    }
}
