//! `[[fine_tune]]` and `[[evaluation]]` as they are written: jobs of the service's own, paid when
//! they are created.

use core::num::NonZeroU64;

use limits::Span;
use rulebook::Method;
use rulebook::reading::{Table, Value};

use super::event::{When, placed_when};
use super::{Placed, placed_text, small};
use crate::fault::Code;

pub(in crate::written) const KEYS: &[&str] =
    &["name", "model", "method", "tokens", "epochs", "validation_tokens", "at"];
pub(in crate::written) const EVALUATION: &[&str] =
    &["name", "model", "rows", "prompt", "answer", "at"];

/// Tokens or rows that one job may have: more than any corpus.
pub(in crate::written) const MOST: u64 = 1_000_000_000_000_000;
/// Passes that a fine-tune may make over its tokens.
pub(in crate::written) const MOST_EPOCHS: u64 = 1_000;

/// A fine-tune; what could not be read is noted as a fault.
#[derive(Debug)]
pub(crate) struct WrittenFineTune {
    pub(crate) name: Option<Placed<String>>,
    pub(crate) model: Option<Placed<String>>,
    pub(crate) method: Option<Method>,
    pub(crate) tokens: Option<NonZeroU64>,
    pub(crate) epochs: Option<u32>,
    pub(crate) validation: u64,
    pub(crate) at: Option<Placed<When>>,
}

/// An evaluation; what could not be read is noted as a fault.
#[derive(Debug)]
pub(crate) struct WrittenEvaluation {
    pub(crate) name: Option<Placed<String>>,
    pub(crate) model: Option<Placed<String>>,
    pub(crate) rows: Option<NonZeroU64>,
    pub(crate) prompt: Option<u64>,
    pub(crate) answer: Option<u64>,
    pub(crate) at: Option<Placed<When>>,
}

pub(super) fn read(table: &Table<'_>) -> WrittenFineTune {
    let one = Some(1);
    let epochs = |value: Value<'_>| value.whole_up_to(MOST_EPOCHS).and_then(small);
    WrittenFineTune {
        name: table.need("name", "name = \"support-voice\"").and_then(placed_text),
        model: table
            .need("model", "model = \"meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo\"")
            .and_then(placed_text),
        method: method(table),
        tokens: table.need("tokens", "tokens = 2e6").and_then(count_above_zero),
        epochs: table.get("epochs").map_or(one, epochs),
        validation: table.get("validation_tokens").and_then(count).unwrap_or(0),
        at: at(table),
    }
}

pub(super) fn read_evaluation(table: &Table<'_>) -> WrittenEvaluation {
    WrittenEvaluation {
        name: table.need("name", "name = \"release-check\"").and_then(placed_text),
        model: table
            .need("model", "model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"")
            .and_then(placed_text),
        rows: table.need("rows", "rows = 500").and_then(count_above_zero),
        prompt: table.need("prompt", "prompt = 900").and_then(count),
        answer: table.need("answer", "answer = 200").and_then(count),
        at: at(table),
    }
}

/// When; at the start unless it is said.
fn at(table: &Table<'_>) -> Option<Placed<When>> {
    let start = || Some(Placed { value: When::After(Span::ZERO), place: table.place() });
    table.get("at").map_or_else(start, placed_when)
}

fn method(table: &Table<'_>) -> Option<Method> {
    table.need("method", "method = \"lora\"")?.word(Method::WORDS).and_then(Method::of_word)
}

fn count_above_zero(value: Value<'_>) -> Option<NonZeroU64> {
    let count = count(value)?;
    if count == 0 {
        let message = format!("`{}` must be more than nothing", value.key());
        value.fault(Code::Zero.name(), message, "this is zero", "for example 2e6");
    }
    NonZeroU64::new(count)
}

/// A whole number, also as `2e6`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole, not below zero and below 2^53"
)]
fn count(value: Value<'_>) -> Option<u64> {
    let number = value.number()?;
    if number < 0.0 || number > MOST as f64 || number % 1.0 != 0.0 {
        let message = format!("`{}` must be a whole number", value.key());
        let help = format!("write a number from 0 to {MOST}, for example 2e6");
        value.fault(Code::OutOfRange.name(), message, "not one that can be held", &help);
        return None;
    }
    Some(number as u64)
}
