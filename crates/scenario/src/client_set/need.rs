//! What a scenario asks of a recorded set of clients: where it lies, and which part of it is
//! replayed.

use core::fmt;

use limits::Span;

use super::ClientSet;
use crate::lasts::shown;
use crate::trace::{Cut, NoSlice};

/// A recorded set of clients that a scenario asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSetNeed {
    /// The archive, from the scenario's own folder.
    pub file: String,
    /// The sha256 of the archive, 64 hexadecimal digits in lower case.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub bytes: Option<u64>,
    /// Where it is published.
    pub source: Option<String>,
    /// A second archive that has the lengths; without it they are those of the first, if any.
    pub lengths: Option<LengthsNeed>,
    /// How long after its beginning the slice begins that is replayed.
    pub from: Span,
    /// How long the slice is; to the end where it is not said.
    pub lasts: Option<Span>,
    /// The rate of every client, in billionths of the recorded one. Time runs as it was recorded,
    /// and gaps are as uneven as they were: only their mean changes.
    pub scale: u64,
}

/// The archive that has the lengths of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LengthsNeed {
    /// Where it lies, from the scenario's own folder.
    pub file: String,
    /// Its sha256, 64 hexadecimal digits in lower case.
    pub sha256: Option<String>,
}

impl ClientSetNeed {
    /// Where the slice ends, in the time of the recording.
    pub(crate) fn end(&self, set: &ClientSet) -> Span {
        self.lasts.map_or(set.span, |lasts| self.from.plus(lasts))
    }

    /// How long a run over the slice lasts.
    pub(crate) fn run(&self, set: &ClientSet) -> Span {
        Span::from_nanos(self.end(set).nanos().saturating_sub(self.from.nanos()))
    }

    /// Whether the recording has such a slice.
    pub(crate) fn fits(&self, set: &ClientSet) -> Result<(), NoSlice> {
        if self.from >= set.span {
            return Err(NoSlice::BeginsLate);
        }
        if self.end(set) > set.span {
            return Err(NoSlice::EndsLate);
        }
        let active = set.clients.iter().any(|client| client.within(set, self).next().is_some());
        if active { Ok(()) } else { Err(NoSlice::Empty) }
    }

    /// So many of something that was recorded, at the rate of the run; rounded down.
    pub(crate) fn scaled(&self, recorded: u64) -> u64 {
        let product = u128::from(recorded) * u128::from(self.scale);
        u64::try_from(product / u128::from(Cut::AS_RECORDED)).unwrap_or(u64::MAX)
    }
}

/// `the clients of a.tar.gz from 1h for 1h at 4% of their rate, lengths of b.tar.gz`.
impl fmt::Display for ClientSetNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the clients of {}", self.file)?;
        if !self.from.is_zero() {
            write!(f, " from {}", shown(self.from))?;
        }
        if let Some(lasts) = self.lasts {
            write!(f, " for {}", shown(lasts))?;
        }
        if self.scale != Cut::AS_RECORDED {
            let exact = format!("{}.{:07}", self.scale / 10_000_000, self.scale % 10_000_000);
            let percent = exact.trim_end_matches('0').trim_end_matches('.');
            write!(f, " at {percent}% of their rate")?;
        }
        if let Some(lengths) = &self.lengths {
            write!(f, ", lengths of {}", lengths.file)?;
        }
        Ok(())
    }
}
