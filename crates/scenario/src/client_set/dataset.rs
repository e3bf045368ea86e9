//! The lengths of a client's jobs, by window.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{SECOND, lengths};
use crate::trace::TraceFault;

const OBJECT: &str = "windows of lengths, as `{\"0\": {\"input_tokens\": …}}`";
const START: &str = "the second at which a window begins";

/// What is wrong with a file of lengths, and where in it.
pub(super) struct WrongAt {
    line: usize,
    column: usize,
    found: String,
    expected: Cow<'static, str>,
}

impl WrongAt {
    fn at(text: &str, offset: usize, expected: &'static str) -> WrongAt {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let found = text.get(offset..).unwrap_or_default();
        WrongAt {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |same| same.chars().count()) + 1,
            found: found.lines().next().unwrap_or_default().chars().take(60).collect(),
            expected: Cow::Borrowed(expected),
        }
    }

    pub(super) fn fault(self, name: &str) -> TraceFault {
        TraceFault::Malformed {
            name: name.to_owned(),
            line: self.line as u64,
            column: self.column,
            expected: self.expected,
            found: self.found,
        }
    }
}

pub(super) type Dataset = (u64, Vec<(u32, u64)>, Vec<(u32, u64)>);

/// The windows of a file of lengths: when each begins, in nanoseconds, and how often each length
/// of a prompt and of an answer occurred.
pub(super) fn datasets(text: &str) -> Result<Vec<Dataset>, WrongAt> {
    let offset = |part: &str| part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    let json = |error: &serde_json::Error, base: &str, expected: &'static str| {
        // Within a part, line and column are counted from where it begins.
        let inner = base.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len);
        let before: usize = inner.sum::<usize>() + error.column().saturating_sub(1);
        WrongAt::at(text, offset(base) + before.min(base.len()), expected)
    };
    let windows: BTreeMap<&str, &RawValue> =
        serde_json::from_str(text).map_err(|error| json(&error, text, OBJECT))?;
    let read = |(start, window): (&str, &RawValue)| {
        let from = start.parse::<u64>().ok().and_then(|start| start.checked_mul(SECOND));
        let from = from.ok_or_else(|| WrongAt::at(text, offset(start), START))?;
        let window = window.get();
        let fields: BTreeMap<&str, &RawValue> =
            serde_json::from_str(window).map_err(|error| json(&error, window, OBJECT))?;
        let of =
            |field: &str| fields.get(field).map_or(Ok(Vec::new()), |said| dict(text, said.get()));
        Ok((from, of("input_tokens")?, of("output_tokens")?))
    };
    windows.into_iter().map(read).collect()
}

/// Counts of lengths, as an object or as a string that holds one.
fn dict(text: &str, said: &str) -> Result<Vec<(u32, u64)>, WrongAt> {
    let inner: Cow<'_, str> = if said.starts_with('"') {
        // It was read as JSON already.
        serde_json::from_str::<String>(said).map_or(Cow::Borrowed(said), Cow::Owned)
    } else {
        Cow::Borrowed(said)
    };
    lengths::counts(&inner).map_err(|(at, expected)| {
        let begins = said.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let quote = usize::from(matches!(inner, Cow::Owned(_)));
        WrongAt::at(text, begins + quote + at, expected)
    })
}
