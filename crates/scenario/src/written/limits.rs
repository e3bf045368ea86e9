//! `[[limits]]` as it is written: what the file gives for a tier, because it was negotiated or is
//! known better than the edition knows it.

use core::ops::Range;

use limits::{Rate, Requests, Tokens};
use rulebook::reading::{Table, Value};

use super::{Placed, Said, placed_text, said};
use crate::fault::Code;

pub(in crate::written) const KEYS: &[&str] = &["tier", "model", "requests", "tokens"];

/// Limits of one tier; what could not be read is noted as a fault.
#[derive(Debug)]
pub(crate) struct WrittenLimits {
    pub(crate) tier: Placed<String>,
    /// For this model; for every one where none is named.
    pub(crate) model: Option<Placed<String>>,
    pub(crate) amounts: Amounts,
    pub(crate) place: Range<usize>,
}

/// Limits on requests, on tokens, or on both.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub(crate) requests: Option<Rate<Requests>>,
    pub(crate) tokens: Option<Rate<Tokens>>,
}

pub(super) fn read(value: Value<'_>) -> Vec<WrittenLimits> {
    value.tables(KEYS).iter().filter_map(limits_of_tier).collect()
}

fn limits_of_tier(table: &Table<'_>) -> Option<WrittenLimits> {
    let tier = table.need("tier", "tier = \"enterprise\"").and_then(placed_text);
    let model = said(table.get("model"), placed_text);
    let amounts = amounts(table);
    if model == Said::Wrong {
        return None;
    }
    Some(WrittenLimits {
        tier: tier?,
        model: model.this(),
        amounts: amounts?,
        place: table.place(),
    })
}

/// `requests` and `tokens` of a table, of which it must have one; nothing where one is wrong.
pub(super) fn amounts(table: &Table<'_>) -> Option<Amounts> {
    let requests = said(table.get("requests"), Value::rate_above_zero);
    let tokens = said(table.get("tokens"), rate_of_tokens);
    if requests == Said::Nothing && tokens == Said::Nothing {
        let message = "these limits limit nothing".to_owned();
        let help = "say `requests = \"12000/min\"`, `tokens = \"10000000/min\"`, or both";
        table.fault(Code::Empty.name(), message, "neither of the two", help);
    }
    let wrong = requests == Said::Wrong || tokens == Said::Wrong;
    let (requests, tokens) = (requests.this(), tokens.this());
    (!wrong && (requests.is_some() || tokens.is_some())).then_some(Amounts { requests, tokens })
}

/// A rate of tokens, above zero.
pub(super) fn rate_of_tokens(value: Value<'_>) -> Option<Rate<Tokens>> {
    let rate = value.rate_above_zero()?;
    Rate::every(Tokens(rate.amount().0), rate.per_span())
}
