//! `client_set = { … }` as it is written: which recorded clients, and which part of them.

use core::ops::Range;

use limits::Span;
use rulebook::reading::{Table, Value};

use super::trace::{scale, sha256};
use super::{Said, said};
use crate::client_set::{ClientSetNeed, LengthsNeed};
use crate::trace::Cut;

pub(in crate::written) const KEYS: &[&str] =
    &["file", "sha256", "bytes", "source", "format", "lengths", "from", "lasts", "scale"];

pub(in crate::written) const LENGTHS: &[&str] = &["file", "sha256"];
pub(in crate::written) const FORMATS: &[&str] = &["servegen"];

/// A set of clients, and where it says which slice of it is meant.
pub(super) fn read(table: &Table<'_>) -> Option<(ClientSetNeed, Option<Range<usize>>)> {
    let file = table.need("file", "file = \"m-large.tar.gz\"").and_then(Value::text);
    let sha256 = said(table.get("sha256"), sha256);
    let bytes = said(table.get("bytes"), |value| value.whole_up_to(u64::MAX));
    let source = said(table.get("source"), Value::text);
    // There is but one so far; a second will not be guessed at.
    let format =
        table.need("format", "format = \"servegen\"").and_then(|value| value.word(FORMATS));
    let lengths = said(table.get("lengths"), lengths);
    let begins = table.get("from");
    let from = said(begins, Value::duration);
    let ends = table.get("lasts");
    let lasts = said(ends, Value::duration_above_zero);
    let scale = said(table.get("scale"), scale);
    let wrong = sha256 == Said::Wrong
        || bytes == Said::Wrong
        || source == Said::Wrong
        || format.is_none()
        || lengths == Said::Wrong
        || from == Said::Wrong
        || lasts == Said::Wrong
        || scale == Said::Wrong;
    if wrong {
        return None;
    }
    let need = ClientSetNeed {
        file: file?.to_owned(),
        sha256: sha256.this(),
        bytes: bytes.this(),
        source: source.this().map(str::to_owned),
        lengths: lengths.this(),
        from: from.this().unwrap_or(Span::ZERO),
        lasts: lasts.this(),
        scale: scale.this().unwrap_or(Cut::AS_RECORDED),
    };
    Some((need, ends.or(begins).map(|value| value.place())))
}

fn lengths(value: Value<'_>) -> Option<LengthsNeed> {
    let table = value.table(LENGTHS)?;
    let file = table.need("file", "file = \"m-small_datasets.tar.gz\"").and_then(Value::text);
    let hash = said(table.get("sha256"), sha256);
    let whole = file.filter(|_| hash != Said::Wrong);
    Some(LengthsNeed { file: whole?.to_owned(), sha256: hash.this() })
}
