//! The rows of a file as text, one at a time in the same buffer.

use std::borrow::Cow;
use std::io::{self, BufRead};

use super::fault::TraceFault;

/// No row is longer: a log that keeps whole conversations has lines of megabytes, and a batch of
/// spans is one line. What is longer is no such file, and must not be read into memory.
pub(crate) const LONGEST: usize = 64 << 20;

/// Of what stands in a wrong place, so many characters are shown.
const SHOWN: usize = 60;

/// The lines of a file, one at a time.
pub(crate) struct Lines<'n, R> {
    name: &'n str,
    input: R,
    longest: usize,
    /// The line on which the row begins, from one.
    line: u64,
    /// How many lines were read.
    read: u64,
    text: Vec<u8>,
}

/// What is wrong with a row, and where in its text.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The byte at which it begins.
    pub(crate) at: usize,
    /// How many bytes are wrong; none where something is missing.
    pub(crate) length: usize,
    /// What should stand there.
    pub(crate) expected: Cow<'static, str>,
}

impl<'n, R: BufRead> Lines<'n, R> {
    pub(crate) fn new(name: &'n str, input: R, longest: usize) -> Self {
        Lines { name, input, longest, line: 0, read: 0, text: Vec::new() }
    }

    /// The line on which the row begins that was read last, from one.
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    /// The next line without its end; nothing after the last.
    pub(crate) fn next_line(&mut self) -> Result<Option<&str>, TraceFault> {
        self.next_row(|_| true)
    }

    /// The next row without its end, which may go on over several lines: `whole` is shown each
    /// line with its end, and says whether the row ends with it.
    pub(crate) fn next_row(
        &mut self,
        mut whole: impl FnMut(&[u8]) -> bool,
    ) -> Result<Option<&str>, TraceFault> {
        self.text.clear();
        loop {
            let before = self.text.len();
            let room = self.longest.saturating_sub(before) as u64;
            let mut limited = io::Read::take(&mut self.input, room);
            let read = limited
                .read_until(b'\n', &mut self.text)
                .map_err(|error| TraceFault::Unreadable { name: self.name.to_owned(), error })?;
            if read == 0 {
                break;
            }
            self.read += 1;
            if before == 0 {
                self.line = self.read;
            }
            if self.text.len() >= self.longest {
                return Err(self.fault_of_row("a row of a trace, not so long a line"));
            }
            if whole(self.text.get(before..).unwrap_or_default()) {
                break;
            }
        }
        if self.text.is_empty() {
            return Ok(None);
        }
        let mut row = self.text.as_slice();
        row = row.strip_suffix(b"\n").unwrap_or(row);
        row = row.strip_suffix(b"\r").unwrap_or(row);
        let length = row.len();
        self.text.truncate(length);
        match core::str::from_utf8(&self.text) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let at = error.valid_up_to();
                let expected = Cow::Borrowed("text in UTF-8");
                Err(self.fault(&Wrong { at, length: self.text.len() - at, expected }))
            }
        }
    }

    /// A fault of the row that was read last, at its own line and character.
    pub(crate) fn fault(&self, wrong: &Wrong) -> TraceFault {
        let before = self.text.get(..wrong.at).unwrap_or(&self.text);
        let found = self.text.get(wrong.at..).unwrap_or_default();
        let found = found.get(..wrong.length).unwrap_or(found);
        // Enough bytes for the characters that are shown.
        let found = String::from_utf8_lossy(found.get(..SHOWN * 4).unwrap_or(found));
        let lines = before.split(|byte| *byte == b'\n').skip(1).count();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let same_line = String::from_utf8_lossy(before.get(start..).unwrap_or_default());
        TraceFault::Malformed {
            name: self.name.to_owned(),
            line: self.line.max(1) + lines as u64,
            column: same_line.chars().count() + 1,
            expected: wrong.expected.clone(),
            found: found.chars().take(SHOWN).collect(),
        }
    }

    /// A fault at the beginning of the row that was read last, or that should follow it.
    pub(crate) fn fault_of_row(&self, expected: &'static str) -> TraceFault {
        self.fault(&whole_row(expected))
    }
}

/// A row that is no row.
pub(crate) fn whole_row(expected: &'static str) -> Wrong {
    Wrong { at: 0, length: usize::MAX, expected: Cow::Borrowed(expected) }
}
