//! `elsewhere`: where else does it go?

use limits::Span;
use rulebook::reading::{Table, Takes, Value};
use strategies::{Elsewhere, Thousandths};

use super::super::{Placed, Said, placed_text, said, small};
use super::portion::permille;
use super::stop::MOST_TRIES;
use crate::batch::BatchWays;

pub(in crate::written) const WORDS: &[(&str, Takes)] = &[
    ("model", Takes::Value),
    ("endpoint", Takes::Value),
    ("batch", Takes::Value),
    ("hedge", Takes::Value),
];
pub(in crate::written) const MODEL: &[&str] = &["model", "after"];
pub(in crate::written) const ENDPOINT: &[&str] = &["endpoint", "after"];
pub(in crate::written) const BATCH: &[&str] = &["every", "after"];
pub(in crate::written) const HEDGE: &[&str] = &["after", "most"];

/// Hedges for so many of the first attempts, unless it is said: those of "The Tail at Scale".
const HEDGES: Thousandths = Thousandths(20);

/// Where a strategy sends what does not get through, by the names of the file.
#[derive(Debug, PartialEq)]
pub(crate) enum WrittenTarget {
    Model(Placed<String>),
    Endpoint(Placed<String>),
    /// Into a file that is handed in so often.
    Batch(Placed<Span>),
}

/// When a job goes elsewhere, and where that is; a hedge stays at home.
pub(super) fn read(value: Value<'_>) -> Option<(Elsewhere, Option<WrittenTarget>)> {
    let chosen = value.choice(WORDS)?;
    let settings = chosen.value?;
    let target = match chosen.word {
        "hedge" => return hedge(&settings.table(HEDGE)?).map(|hedge| (hedge, None)),
        "model" => {
            let table = settings.table(MODEL)?;
            let word = table.need("model", "model = \"openai/gpt-oss-20b\"").and_then(placed_text);
            (after(&table), word.map(WrittenTarget::Model))
        }
        "batch" => {
            let table = settings.table(BATCH)?;
            (after(&table), every(&table).map(WrittenTarget::Batch))
        }
        _ => {
            let table = settings.table(ENDPOINT)?;
            let word = table.need("endpoint", "endpoint = \"own\"").and_then(placed_text);
            (after(&table), word.map(WrittenTarget::Endpoint))
        }
    };
    let (after, target) = (target.0?, target.1?);
    Some((after, Some(target)))
}

/// So many attempts that ended badly; one unless it is said.
fn after(table: &Table<'_>) -> Option<Elsewhere> {
    let said = said(table.get("after"), |value| value.whole_up_to(MOST_TRIES).and_then(small));
    match said {
        Said::Wrong => None,
        Said::Nothing => Some(Elsewhere::After { tries: 1 }),
        Said::This(tries) => Some(Elsewhere::After { tries }),
    }
}

/// How often a file is handed in; as often as those of a group unless it is said.
fn every(table: &Table<'_>) -> Option<Placed<Span>> {
    let Some(value) = table.get("every") else {
        return Some(Placed { value: BatchWays::USUAL.every, place: table.place() });
    };
    Some(Placed { value: value.duration_above_zero()?, place: value.place() })
}

fn hedge(table: &Table<'_>) -> Option<Elsewhere> {
    let none = "none would ever go: leave `elsewhere` out for that";
    let after = table.need("after", "after = \"2s\"").and_then(Value::duration_above_zero);
    let most = said(table.get("most"), |value| permille(value, none));
    if most == Said::Wrong {
        return None;
    }
    Some(Elsewhere::Hedge { after: after?, most: most.this().unwrap_or(HEDGES) })
}
