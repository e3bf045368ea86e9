//! `drift` of a group as it is written.

use rulebook::reading::Value;
use rulebook::reading::quantity::billionths;

use super::{Said, said};
use crate::drift::Drift;
use crate::fault::Code;

pub(in crate::written) const KEYS: &[&str] = &["every", "prompt", "answer"];

/// A step's lengths may be a thousand times those of the law: further away it is another law.
const MOST: u64 = 1_000 * 1_000_000_000;

pub(super) fn read(value: Value<'_>) -> Option<Drift> {
    let table = value.table(KEYS)?;
    let every = table.need("every", "every = \"5m\"").and_then(Value::duration_above_zero);
    let prompt = said(table.get("prompt"), shares);
    let answer = said(table.get("answer"), shares);
    if prompt == Said::Nothing && answer == Said::Nothing {
        let message = "`drift` says neither of prompts nor of answers".to_owned();
        let help = "for example `prompt = [\"100%\", \"120%\", \"90%\"]`";
        value.fault(Code::Empty.name(), message, "nothing drifts", help);
        return None;
    }
    if prompt == Said::Wrong || answer == Said::Wrong {
        return None;
    }
    let prompt = prompt.this().unwrap_or_default();
    let answer = answer.this().unwrap_or_default();
    Some(Drift { every: every?, prompt, answer })
}

fn shares(value: Value<'_>) -> Option<Vec<u64>> {
    let shares: Vec<Option<u64>> = value.list()?.into_iter().map(share).collect();
    shares.into_iter().collect()
}

/// A percentage of the law, in billionths; it may be above the whole.
fn share(value: Value<'_>) -> Option<u64> {
    const HELP: &str = "\"120%\" is a fifth longer than the law says, \"50%\" half as long";
    let text = value.any_text("a percentage of the law", HELP)?;
    let Some(number) = text.trim().strip_suffix('%') else {
        let message = "a step of `drift` must be a percentage of the law".to_owned();
        value.fault(Code::BadUnit.name(), message, "the unit is missing", HELP);
        return None;
    };
    let parts = billionths(number).ok().map(|parts| parts / 100);
    let good = parts.filter(|parts| (1..=MOST).contains(parts));
    if good.is_none() {
        let message = "a step of `drift` must be a percentage above zero".to_owned();
        value.fault(Code::OutOfRange.name(), message, "not such a percentage", HELP);
    }
    good
}
