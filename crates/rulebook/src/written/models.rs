//! Models: what they do, who has access, how long they take, and the limits that they have for
//! themselves.

use std::collections::BTreeMap;

use limits::Rate;

use crate::reading::{Flaw, Table, Value};
use crate::rows::{ANY_ROW, LADDER_ROW, LatencyFacts, ModelFacts, OwnLimits, Rows, UsualLatency};
use crate::tier::Tier;
use crate::work::Work;

use super::Reader;
use super::limits::{Tiers, only_one, token_rate, unknown_tier};
use super::works::refuse_other_work;

/// The keys of a model.
const MODEL: &[&str] = &[
    "work",
    "context",
    "first_token",
    "speed",
    "per_image",
    "requests",
    "requests_by",
    "images",
    "images_by",
    "tokens",
    "from",
    "price",
    "price_by",
    "prompt",
    "answer",
    "cached",
    "default_steps",
    "size",
    "mixture",
    "batch",
    "dimension",
    "sample_rate",
    "voices",
];

/// What is known of each model.
pub(super) type Models = BTreeMap<String, ModelFacts>;

impl<'d> Reader<'d> {
    pub(super) fn usual_latency(&mut self) -> Option<UsualLatency> {
        let table = self.root.need("latency", "[latency]")?.table(&["first_token", "speed"])?;
        let first = table.need("first_token", "first_token = { value = \"400ms\", … }");
        let first = first.and_then(|v| self.fact("latency", v, Value::duration_above_zero));
        let speed = table.need("speed", "speed = { value = \"75/s\", … }");
        let speed = speed.and_then(|value| self.fact("latency", value, token_rate));
        Some(UsualLatency { first_token: first?, speed: speed? })
    }

    pub(super) fn models(&mut self, tiers: Option<&Tiers>) -> Option<Models> {
        let Some(section) = self.root.get("models") else { return Some(Models::new()) };
        let mut models = Models::new();
        for entry in section.free_table()?.entries() {
            let Some(table) = entry.table(MODEL) else { continue };
            let under = format!("models.{}", entry.key());
            let work = table.get("work").and_then(|value| self.fact(&under, value, work_of));
            let class = work.as_ref().map_or(Work::Chat, |work| work.value);
            refuse_other_work(&table, entry.key(), class);
            let context = table.get("context");
            let context = context.and_then(|v| self.fact(&under, v, |v| v.whole_up_to(u64::MAX)));
            let mut span = |key| {
                let value = table.get(key)?;
                self.fact(&under, value, Value::duration_above_zero)
            };
            let (first_token, per_image) = (span("first_token"), span("per_image"));
            let speed = table.get("speed").and_then(|value| self.fact(&under, value, token_rate));
            let limits = self.own_limits(&under, entry, &table, tiers);
            let tokens = table.get("tokens");
            let tokens = tokens.and_then(|rows| self.rows(&under, rows, (tiers, true), token_rate));
            let from = table
                .get("from")
                .and_then(|value| self.fact(&under, value, |value| tier_name(value, tiers)));
            let latency = LatencyFacts { first_token, speed, per_image };
            let prices = self.model_prices(&under, &table, class);
            let form = self.form(&under, &table);
            let facts = ModelFacts { work, context, from, latency, limits, tokens, prices, form };
            models.insert(entry.key().to_owned(), facts);
        }
        Some(models)
    }

    /// The limits that a model has for itself: of images where it makes those, else of requests.
    fn own_limits(
        &mut self,
        under: &str,
        entry: Value<'d>,
        table: &Table<'d>,
        tiers: Option<&Tiers>,
    ) -> Option<OwnLimits> {
        let either = |one, other| table.get(one).or_else(|| table.get(other));
        match (either("requests", "images"), either("requests_by", "images_by")) {
            (Some(rows), None) => {
                self.rows(under, rows, (tiers, true), Value::rate_above_zero).map(OwnLimits::Rows)
            }
            (None, Some(by)) => self.variants(under, by, tiers),
            (Some(_), Some(by)) => {
                let message = format!("`{}` has its limits twice", entry.key());
                let help = format!("keep `{}` or the other", by.key());
                by.fault(super::code_of(Flaw::OneChoice), message, "the second time", &help);
                None
            }
            (None, None) => None,
        }
    }

    /// `{ build-1 = fact, ladder = fact, any = fact }`; a model's own ones are exceptions.
    pub(super) fn rows<U: limits::Unit>(
        &mut self,
        under: &str,
        rows: Value<'d>,
        (tiers, own): (Option<&Tiers>, bool),
        rate: impl Fn(Value<'d>) -> Option<Rate<U>>,
    ) -> Option<Rows<U>> {
        let under = format!("{under}.{}", rows.key());
        let mut read = Rows::new();
        for entry in rows.free_table()?.entries() {
            if let Some((tiers, _)) = tiers {
                let named = tiers.iter().any(|tier| tier.name() == entry.key());
                if !named && entry.key() != LADDER_ROW && entry.key() != ANY_ROW {
                    unknown_tier(entry, entry.key(), tiers, &[LADDER_ROW, ANY_ROW]);
                }
            }
            let limit = if own {
                self.limit(&under, entry, &rate)
            } else {
                self.usual_limit(&under, entry, &rate)
            };
            if let Some(limit) = limit {
                read.push((entry.key().to_owned(), limit));
            }
        }
        Some(read)
    }

    /// `{ assumption = { value = rows, other-value = rows } }`
    fn variants(&mut self, under: &str, by: Value<'d>, tiers: Option<&Tiers>) -> Option<OwnLimits> {
        let assumption = only_one(by)?;
        let under = format!("{under}.{}.{}", by.key(), assumption.key());
        let mut variants = Vec::new();
        for variant in assumption.free_table()?.entries() {
            let rows = self.rows(&under, variant, (tiers, true), Value::rate_above_zero);
            if let Some(rows) = rows {
                variants.push((variant.key().to_owned(), rows));
            }
        }
        Some(OwnLimits::By { assumption: assumption.key().to_owned(), variants })
    }
}

/// The name of a tier.
fn tier_name(value: Value<'_>, tiers: Option<&Tiers>) -> Option<String> {
    let word = value.text()?;
    let known: &[Tier] = tiers.map_or(&[], |(tiers, _)| tiers);
    if tiers.is_some() && !known.iter().any(|tier| tier.name() == word) {
        unknown_tier(value, word, known, &[]);
        return None;
    }
    Some(word.to_owned())
}

/// A class of work.
fn work_of(value: Value<'_>) -> Option<Work> {
    value.word(Work::WORDS).and_then(Work::of_word)
}
