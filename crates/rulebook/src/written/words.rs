//! What an edition shows: units and names of headers.

use limits::Span;

use crate::choices::Chosen;
use crate::errors::HeaderWords;
use crate::reading::{Table, Value};
use crate::rows::ShownRule;
use crate::shows::{Rounding, ShownHint, ShownOn};
use crate::transport::Transport;

use super::Reader;

const SHOWN: &[&str] = &["on", "unit", "tokens", "without_tokens", "reset", "hint"];

impl<'d> Reader<'d> {
    /// What is shown, in units where `rates` are.
    pub(super) fn shown(&mut self, rates: bool) -> Option<ShownRule> {
        let table = self.root.need("shown", "[shown]")?.table(SHOWN)?;
        let on = match table.get("on") {
            Some(on) => self.fact("shown", on, |on| on.word(ShownOn::WORDS)).map(|on| on.value),
            None => Some("every"),
        };
        // Without tiers there are no rates to show.
        let mut span = |key, example: &str| {
            let value = if rates { table.need(key, example) } else { table.get(key) };
            match value {
                Some(value) => self.fact("shown", value, Value::duration_above_zero),
                None => None,
            }
        };
        let unit = span("unit", "unit = { value = \"1s\", … }").map(|unit| unit.value);
        let tokens = span("tokens", "tokens = { value = \"1s\", … }").map(|tokens| tokens.value);
        let none = if rates { None } else { Some(Span::from_secs(1)) };
        let without = table.get("without_tokens");
        let without = without.and_then(|value| self.fact("shown", value, at_most_32_bits));
        let reset = table.need("reset", "reset = { value = \"nearest\", … }");
        let reset = reset.and_then(|v| self.fact("shown", v, |v| v.word(Rounding::WORDS)));
        let hint = table.need("hint", "hint = { value = \"reset\", … }");
        let hint = hint.and_then(|v| self.fact("shown", v, |v| v.word(ShownHint::WORDS)));
        Some(ShownRule {
            on: ShownOn::of_word(on?),
            unit: unit.or(none)?,
            tokens: tokens.or(none)?,
            without_tokens: without.map(|without| without.value),
            reset: Rounding::of_word(reset?.value),
            hint: ShownHint::of_word(hint?.value),
        })
    }

    /// Its names of headers, those that an assumption puts in place of some, and what else responses
    /// carry.
    pub(super) fn headers(&mut self) -> Option<(HeaderWords, Vec<Chosen<HeaderWords>>, Transport)> {
        const NAMES: &[&str] = &[
            "limit",
            "remaining",
            "reset",
            "hint",
            "hint_millis",
            "limited",
            "limit_tokens",
            "remaining_tokens",
            "limit_dynamic",
            "remaining_dynamic",
            "transport",
            "when",
        ];
        let table = self.root.need("headers", "[headers]")?.table(NAMES)?;
        let usual = self.header_names("headers", &table, &HeaderWords::default());
        let mut chosen = Vec::new();
        for (assumption, entry) in whens(&table) {
            let under = format!("headers.when.{assumption}.{}", entry.key());
            let Some(table) = entry.table(NAMES) else { continue };
            let words = self.header_names(&under, &table, &usual);
            chosen.push(Chosen::new(assumption, &entry, words));
        }
        let transport = self.transport(&table);
        Some((usual, chosen, transport))
    }

    /// The names in one table; those that it leaves out are as in `usual`.
    fn header_names(&mut self, under: &str, table: &Table<'d>, usual: &HeaderWords) -> HeaderWords {
        let mut name = |key, usual: &str| {
            let found = table.get(key).and_then(|value| self.fact(under, value, Value::text));
            found.map_or(usual, |name| name.value).to_owned()
        };
        HeaderWords {
            limit: name("limit", &usual.limit),
            remaining: name("remaining", &usual.remaining),
            reset: name("reset", &usual.reset),
            hint: name("hint", &usual.hint),
            hint_millis: name("hint_millis", &usual.hint_millis),
            limited: name("limited", &usual.limited),
            limit_tokens: name("limit_tokens", &usual.limit_tokens),
            remaining_tokens: name("remaining_tokens", &usual.remaining_tokens),
            limit_dynamic: name("limit_dynamic", &usual.limit_dynamic),
            remaining_dynamic: name("remaining_dynamic", &usual.remaining_dynamic),
        }
    }
}

/// A whole number, zero among them.
fn at_most_32_bits(value: Value<'_>) -> Option<u32> {
    value.whole().map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

/// What stands under `when`: for each assumption and each of its values a table.
pub(super) fn whens<'d>(table: &Table<'d>) -> Vec<(&'d str, Value<'d>)> {
    let assumptions = table.get("when").and_then(Value::free_table);
    let assumptions = assumptions.map(|table| table.entries()).unwrap_or_default();
    let of = |assumption: Value<'d>| {
        let values = assumption.free_table().map(|table| table.entries()).unwrap_or_default();
        values.into_iter().map(move |value| (assumption.key(), value))
    };
    assumptions.into_iter().flat_map(of).collect()
}
