//! Why a recording cannot be read, with the place and what should stand there.

use core::fmt;
use std::borrow::Cow;
use std::io;

use rulebook::reading::known;

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
        /// The line, from one.
        line: u64,
        /// The character at which the field begins, from one.
        column: usize,
        /// What should stand there.
        expected: Cow<'static, str>,
        /// What stands there.
        found: String,
    },
    /// A head without a column that the format needs.
    NoColumn {
        /// The file, as it was named.
        name: String,
        /// The column.
        column: String,
        /// The columns that the head has.
        columns: Vec<String>,
    },
    /// Nothing in it is a job.
    NothingLeft {
        /// The file, as it was named.
        name: String,
        /// How many rows it has.
        rows: u64,
        /// Why none of them is a job, and what would make it one.
        why: &'static str,
    },
    /// More rows than a run may have jobs.
    TooMany {
        /// The file, as it was named.
        name: String,
        /// How many a run may have.
        most: u64,
    },
    /// An archive without a client that sends anything.
    NoClients {
        /// The archive, as it was named.
        name: String,
    },
    /// A client that has two files of one kind.
    SecondFile {
        /// The second of them.
        name: String,
    },
    /// More of something than a set of clients may have.
    TooLarge {
        /// The file, as it was named.
        name: String,
        /// What there is too much of.
        what: &'static str,
        /// How much of it there may be.
        most: u64,
    },
}

impl TraceFault {
    /// The fault's code, `trace::malformed`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            TraceFault::Unreadable { .. } => "trace::unreadable",
            TraceFault::Malformed { .. } => "trace::malformed",
            TraceFault::NoColumn { .. } => "trace::no_column",
            TraceFault::NothingLeft { .. } => "trace::nothing_left",
            TraceFault::TooMany { .. } => "trace::too_many",
            TraceFault::NoClients { .. } => "trace::no_clients",
            TraceFault::SecondFile { .. } => "trace::second_file",
            TraceFault::TooLarge { .. } => "trace::too_large",
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
            TraceFault::NoColumn { name, column, columns } => {
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                write!(f, "{name}:1:1: no column `{column}`; {}", known(column, &columns))
            }
            TraceFault::NothingLeft { name, rows: 0, .. } => write!(f, "{name}: has no rows"),
            TraceFault::NothingLeft { name, rows, why } => {
                write!(f, "{name}: none of its {rows} rows is a job: {why}")
            }
            TraceFault::TooMany { name, most } => {
                write!(f, "{name}: more than {most} rows; replay a part of the file")
            }
            TraceFault::NoClients { name } => write!(
                f,
                "{name}: no client in here has a rate above zero; expected files named \
                 `chunk-N-trace.csv`, a line each 600 seconds"
            ),
            TraceFault::SecondFile { name } => write!(
                f,
                "{name}: the second file of this kind for one client; an archive holds one set of \
                 clients"
            ),
            TraceFault::TooLarge { name, what, most } => {
                write!(f, "{name}: more than {most} {what}")
            }
        }
    }
}

impl core::error::Error for TraceFault {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            TraceFault::Unreadable { error, .. } => Some(error),
            TraceFault::Malformed { .. }
            | TraceFault::NoColumn { .. }
            | TraceFault::NothingLeft { .. }
            | TraceFault::TooMany { .. }
            | TraceFault::NoClients { .. }
            | TraceFault::SecondFile { .. }
            | TraceFault::TooLarge { .. } => None,
        }
    }
}
