//! `batch` of a group, as it is written.

use rulebook::reading::Value;

use super::{Placed, Said, said, small};
use crate::batch::BatchWays;

pub(in crate::written) const KEYS: &[&str] = &["every", "tries"];
/// Times that a job may be handed in.
pub(in crate::written) const MOST_TRIES: u64 = 100;

/// `true`, or `{ every = "1h", tries = 3 }`.
pub(super) fn read(value: Value<'_>) -> Option<Placed<BatchWays>> {
    let placed = |value: Value<'_>, ways| Some(Placed { value: ways, place: value.place() });
    if !value.is_table() {
        return if value.flag()? { placed(value, BatchWays::USUAL) } else { None };
    }
    let table = value.table(KEYS)?;
    let every = said(table.get("every"), Value::duration_above_zero);
    let tries = said(table.get("tries"), |value| value.whole_up_to(MOST_TRIES).and_then(small));
    if every == Said::Wrong || tries == Said::Wrong {
        return None;
    }
    let BatchWays { every: usual, tries: usually } = BatchWays::USUAL;
    let ways =
        BatchWays { every: every.this().unwrap_or(usual), tries: tries.this().unwrap_or(usually) };
    placed(value, ways)
}
