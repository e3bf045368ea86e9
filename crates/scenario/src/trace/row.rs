//! One row of a log, as every reader hands it on.

use core::fmt;
use std::borrow::Cow;

use super::columns::NoRoom;

/// A row: a request of the recording, or one attempt at one.
#[derive(Debug)]
pub(super) struct Row<'t> {
    /// When it began, in nanoseconds from any moment.
    pub(super) at: i128,
    /// When it ended, likewise, where that is said.
    pub(super) ended: Option<i128>,
    /// Tokens of its prompt. An answered row has them; one that failed may not.
    pub(super) prompt: Option<u32>,
    /// Tokens of its answer.
    pub(super) answer: Option<u32>,
    /// How it ended.
    pub(super) outcome: Outcome,
    /// What tells it from others, as far as the log says.
    pub(super) marks: Marks<'t>,
}

/// What tells a row from others.
#[derive(Debug, Default)]
pub(super) struct Marks<'t> {
    /// The id that a job's attempts share, as a digest.
    pub(super) id: Option<u64>,
    /// How many attempts of its job came before it.
    pub(super) retry: Option<u32>,
    /// Who sent it, as a digest.
    pub(super) client: Option<u64>,
    /// The model it asked.
    pub(super) model: Option<Cow<'t, str>>,
}

/// How a row ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With an answer.
    Answered,
    /// Without one, in a way that a client tries again.
    Failed,
    /// Refused for what it is: no client tries that again, and the rehearsal would answer it.
    Invalid,
}

/// Why a row is passed over by its reader.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Skipped {
    /// It failed, and its format does not say more.
    Failed,
    /// A cache before the service answered it.
    Cached,
    /// It is no call to a model.
    Other,
}

/// Where rows go.
pub(super) trait Sink {
    /// Takes a row.
    fn row(&mut self, row: Row<'_>) -> Result<(), NoRoom>;

    /// Takes note of a row that is left out.
    fn skip(&mut self, why: Skipped);
}

impl Row<'_> {
    /// A request that was answered, of which nothing else is said.
    pub(super) fn plain(at: i128, prompt: u32, answer: u32) -> Row<'static> {
        let (prompt, answer) = (Some(prompt), Some(answer));
        let (outcome, marks) = (Outcome::Answered, Marks::default());
        Row { at, ended: None, prompt, answer, outcome, marks }
    }
}

impl Outcome {
    /// What a status says: a number of HTTP's, or a word as logs have them. A status of nothing is
    /// that of an attempt without an answer.
    pub(super) fn of(status: &str) -> Option<Outcome> {
        const ANSWERED: [&str; 6] = ["success", "ok", "succeeded", "completed", "answered", "true"];
        const FAILED: [&str; 12] = [
            "",
            "null",
            "failure",
            "error",
            "failed",
            "refused",
            "timeout",
            "unanswered",
            "cancelled",
            "rate_limited",
            "open",
            "false",
        ];
        if let Ok(number) = status.trim().parse::<u16>() {
            return Outcome::of_number(number);
        }
        let is = |words: &[&str]| words.iter().any(|word| status.trim().eq_ignore_ascii_case(word));
        if is(&ANSWERED) {
            return Some(Outcome::Answered);
        }
        is(&FAILED).then_some(Outcome::Failed)
    }

    /// Clients try 408, 409, 429 and 5xx again, as the SDKs do; 0 is how some write that nothing
    /// came.
    fn of_number(status: u16) -> Option<Outcome> {
        match status {
            200..=299 => Some(Outcome::Answered),
            0 | 408 | 409 | 425 | 429 | 500..=599 => Some(Outcome::Failed),
            300..=499 => Some(Outcome::Invalid),
            _ => None,
        }
    }
}

/// What should stand where a status is not understood.
pub(super) const A_STATUS: &str =
    "a status: a number of HTTP's, or a word such as `success`, `failure`";

/// A digest of words that belong together: equal words have equal ones, and among the rows of one
/// log two others meet with a chance of one in billions.
pub(super) fn digest(parts: &[&dyn fmt::Display]) -> u64 {
    /// FNV-1a, which needs no table and no seed.
    struct Fnv(u64);
    impl fmt::Write for Fnv {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for byte in text.bytes() {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            Ok(())
        }
    }
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for part in parts {
        // Writing into a digest cannot fail; the unit separator keeps `ab, c` from `a, bc`.
        let _ = fmt::write(&mut hash, format_args!("{part}\u{1f}"));
    }
    hash.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_a_client_tries_again() {
        for status in ["200", "204", "success", "OK", " True "] {
            assert_eq!(Outcome::of(status), Some(Outcome::Answered), "{status}");
        }
        for status in ["429", "503", "0", "409", "failure", "ERROR", "", "null", "unanswered"] {
            assert_eq!(Outcome::of(status), Some(Outcome::Failed), "{status}");
        }
        for status in ["400", "401", "404", "413", "422", "302"] {
            assert_eq!(Outcome::of(status), Some(Outcome::Invalid), "{status}");
        }
        for status in ["maybe", "42", "700", "-1", "4294967296"] {
            assert_eq!(Outcome::of(status), None, "{status}");
        }
    }

    #[test]
    fn words_keep_their_bounds_in_a_digest() {
        assert_eq!(digest(&[&"ab", &7]), digest(&[&"ab", &7]));
        assert_ne!(digest(&[&"ab", &"c"]), digest(&[&"a", &"bc"]));
    }
}
