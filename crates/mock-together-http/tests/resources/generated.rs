//! Requests that a document's schemas allow, with odd values among them. The same seed makes the same.

use chance::{Purpose, Seed, Stream, uniform_below};
use serde_json::{Map, Value, json};

use crate::documents::Document;

/// How deep a value may be nested: below it, only what must be there is.
const DEPTH: u32 = 4;

pub(crate) struct Generator<'d> {
    document: &'d Document,
    draws: Stream,
    drawn: u64,
    /// How many of the fields that may be left out are there, of 4.
    optional: u64,
}

impl<'d> Generator<'d> {
    pub(crate) fn new(document: &'d Document, seed: u64, optional: u64) -> Self {
        let draws = Seed(seed).stream(Purpose::Fate, 0);
        Self { document, draws, drawn: 0, optional }
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        uniform_below(self.draws.draw(self.drawn), bound.max(1))
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        let place = self.below(all.len() as u64);
        all[usize::try_from(place).unwrap()].clone()
    }

    /// A value that a schema allows.
    pub(crate) fn value(&mut self, schema: &Value, depth: u32) -> Value {
        let schema = self.document.resolved(schema);
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        if let Some(all) = schema["enum"].as_array() {
            return self.one_of(all);
        }
        if let Some(all) = schema["anyOf"].as_array() {
            let one = self.one_of(all);
            return self.value(&one, depth);
        }
        if let Some(all) = schema["allOf"].as_array() {
            let mut merged = Map::new();
            for part in all {
                if let Value::Object(fields) = self.value(part, depth) {
                    merged.extend(fields);
                }
            }
            return Value::Object(merged);
        }
        let kind = &schema["type"];
        let kind = kind.as_array().map_or_else(|| kind.clone(), |all| self.one_of(all));
        match kind.as_str() {
            Some("string") => self.text(schema),
            Some("integer") => self.number(schema).into(),
            Some("number") => (self.number(schema) as f64 / 2.0).into(),
            Some("boolean") => (self.below(2) == 0).into(),
            Some("array") => {
                let most = schema["maxItems"].as_u64().unwrap_or(2).min(2);
                let least = schema["minItems"].as_u64().unwrap_or(u64::from(depth < DEPTH));
                let count = least + self.below((most.max(least) - least) + 1);
                (0..count).map(|_| self.value(&schema["items"], depth + 1)).collect()
            }
            Some("null") => Value::Null,
            _ => self.object(schema, depth),
        }
    }

    fn text(&mut self, schema: &Value) -> Value {
        match schema["format"].as_str() {
            Some("date-time") => "2026-08-19T12:00:00Z".into(),
            Some("uuid") => "7b0a4a5e-3b1f-4a0c-9d53-0a4f7b7f4f10".into(),
            Some("uri" | "url") => "https://example.org/a".into(),
            Some("binary" | "base64") => "AAAA".into(),
            _ => self.one_of(&["a", "some words", "\u{e9}\u{1f600}", "0"]).into(),
        }
    }

    fn number(&mut self, schema: &Value) -> i64 {
        let bound = |key: &str| schema[key].as_f64();
        #[expect(clippy::cast_possible_truncation, reason = "bounds are small")]
        let (least, most) = (
            bound("minimum").unwrap_or(0.0).ceil() as i64,
            bound("maximum").unwrap_or(64.0) as i64,
        );
        let most = most.min(least + 64);
        self.one_of(&[least, most, (least + 1).min(most), i64::midpoint(least, most)])
    }

    fn object(&mut self, schema: &Value, depth: u32) -> Value {
        let mut made = Map::new();
        let Some(fields) = schema["properties"].as_object() else { return json!({}) };
        let needed = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, field) in fields {
            let needed = needed.iter().any(|one| one == name);
            if needed || depth < DEPTH && self.below(4) < self.optional {
                made.insert(name.clone(), self.value(field, depth + 1));
            }
        }
        Value::Object(made)
    }
}
