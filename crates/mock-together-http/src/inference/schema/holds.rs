//! Whether a value is as a schema wants it.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::inference::schema::folded::{Items, target, types};
use crate::inference::schema::pattern::Pattern;

/// Whether a schema, which stands in the document `root`, allows a value. What is not understood
/// allows nothing.
pub(crate) fn holds(root: &Value, schema: &Value, value: &Value) -> bool {
    let holding = Holding { root, steps: Cell::new(0) };
    holding.all(schema, value, 0) && holding.steps.get() < STEPS
}

/// Whether two values are the same: 1 and 1.0 are.
pub(crate) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|known| equal(known, value)))
        }
        (one, other) => one == other,
    }
}

/// Whether a pattern that is understood is found somewhere in a text.
pub(crate) fn matches_some(pattern: &str, text: &str) -> bool {
    Pattern::parse(pattern).is_some_and(|pattern| pattern.is_in(text))
}

/// Deeper than this no schema is followed: what goes round in circles ends here.
const DEPTH: u32 = 256;

/// Ours: after so many schemas a value is given up.
const STEPS: u32 = 50_000;

struct Holding<'s> {
    root: &'s Value,
    steps: Cell<u32>,
}

impl Holding<'_> {
    fn all(&self, schema: &Value, value: &Value, depth: u32) -> bool {
        let schema = match schema {
            Value::Bool(all) => return *all,
            Value::Object(schema) => schema,
            _ => return false,
        };
        self.steps.set(self.steps.get().saturating_add(1));
        depth < DEPTH
            && self.steps.get() < STEPS
            && self.combined(schema, value, depth + 1)
            && is_of_type(schema, value)
            && is_listed(schema, value)
            && match value {
                Value::Number(_) => number(schema, value.as_f64().unwrap_or(0.0)),
                Value::String(text) => string(schema, text),
                Value::Array(list) => self.array(schema, list, depth + 1),
                Value::Object(map) => self.object(schema, map, depth + 1),
                Value::Null | Value::Bool(_) => true,
            }
    }

    fn combined(&self, schema: &Map<String, Value>, value: &Value, depth: u32) -> bool {
        let holds = |part: &Value| self.all(part, value, depth);
        let list = |word: &str| schema.get(word).and_then(Value::as_array);
        let referred = schema
            .get("$ref")
            .is_none_or(|reference| target(self.root, reference).is_some_and(holds));
        let conditional = schema.get("if").is_none_or(|condition| {
            let side = if holds(condition) { "then" } else { "else" };
            schema.get(side).is_none_or(holds)
        });
        referred
            && conditional
            && list("allOf").is_none_or(|parts| parts.iter().all(holds))
            && list("anyOf").is_none_or(|parts| parts.iter().any(holds))
            && list("oneOf")
                .is_none_or(|parts| parts.iter().filter(|part| holds(part)).count() == 1)
            && schema.get("not").is_none_or(|not| !holds(not))
    }

    fn array(&self, schema: &Map<String, Value>, list: &[Value], depth: u32) -> bool {
        let items = Items::of(schema);
        let each = list.iter().enumerate().all(|(place, item)| {
            items.at(place).is_none_or(|schema| self.all(&schema, item, depth))
        });
        let alike = |(place, item): (usize, &Value)| {
            list.iter().skip(place + 1).any(|other| equal(item, other))
        };
        let unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let contained = schema.get("contains").is_none_or(|schema_of| {
            let count = list.iter().filter(|item| self.all(schema_of, item, depth)).count() as u64;
            let least = whole(schema, "minContains").unwrap_or(1);
            count >= least && whole(schema, "maxContains").is_none_or(|most| count <= most)
        });
        each && contained
            && counts(schema, ("minItems", "maxItems"), list.len())
            && !(unique && list.iter().enumerate().any(alike))
    }

    fn object(&self, schema: &Map<String, Value>, map: &Map<String, Value>, depth: u32) -> bool {
        let part = |word: &str| schema.get(word).and_then(Value::as_object);
        let list = |said: &Value| said.as_array().cloned().unwrap_or_default();
        let has = |name: &Value| name.as_str().is_some_and(|name| map.contains_key(name));
        let each = map.iter().all(|(name, value)| {
            let own = part("properties").and_then(|named| named.get(name));
            let patterns = part("patternProperties").into_iter().flatten();
            let fits = patterns.filter(|(pattern, _)| matches_some(pattern, name));
            let mut said: Vec<&Value> =
                own.into_iter().chain(fits.map(|(_, schema)| schema)).collect();
            if said.is_empty() {
                said.extend(schema.get("additionalProperties"));
            }
            said.into_iter().all(|schema| self.all(schema, value, depth))
        });
        let names = schema.get("propertyNames").is_none_or(|names| {
            map.keys().all(|name| self.all(names, &Value::String(name.clone()), depth))
        });
        let dependent = part("dependentRequired").into_iter().flatten();
        let with = part("dependentSchemas").into_iter().flatten();
        each && names
            && schema.get("required").is_none_or(|names| list(names).iter().all(has))
            && counts(schema, ("minProperties", "maxProperties"), map.len())
            && dependent
                .filter(|(name, _)| map.contains_key(*name))
                .all(|(_, names)| list(names).iter().all(has))
            && with
                .filter(|(name, _)| map.contains_key(*name))
                .all(|(_, schema)| self.all(schema, &Value::Object(map.clone()), depth))
    }
}

fn is_of_type(schema: &Map<String, Value>, value: &Value) -> bool {
    let whole = |value: &Value| {
        value.is_i64()
            || value.is_u64()
            || value.as_f64().is_some_and(|number| number.fract() == 0.0)
    };
    schema.get("type").is_none_or(|said| {
        types(said).iter().any(|name| match name.as_str() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_number() && whole(value),
            _ => false,
        })
    })
}

fn is_listed(schema: &Map<String, Value>, value: &Value) -> bool {
    let among = |list: &Value| {
        list.as_array().is_some_and(|list| list.iter().any(|known| equal(known, value)))
    };
    schema.get("const").is_none_or(|only| equal(only, value))
        && schema.get("enum").is_none_or(among)
}

fn number(schema: &Map<String, Value>, number: f64) -> bool {
    let bound = |word: &str| schema.get(word).and_then(Value::as_f64);
    bound("minimum").is_none_or(|least| number >= least)
        && bound("maximum").is_none_or(|most| number <= most)
        && bound("exclusiveMinimum").is_none_or(|least| number > least)
        && bound("exclusiveMaximum").is_none_or(|most| number < most)
        && bound("multipleOf").is_none_or(|step| step > 0.0 && (number / step).fract() == 0.0)
}

fn string(schema: &Map<String, Value>, text: &str) -> bool {
    counts(schema, ("minLength", "maxLength"), text.chars().count())
        && schema.get("pattern").is_none_or(|said| {
            let patterns = types(said);
            !patterns.is_empty() && patterns.iter().all(|pattern| matches_some(pattern, text))
        })
}

fn counts(schema: &Map<String, Value>, (least, most): (&str, &str), count: usize) -> bool {
    let count = count as u64;
    whole(schema, least).is_none_or(|least| count >= least)
        && whole(schema, most).is_none_or(|most| count <= most)
}

/// A bound that is a whole number, though it may be written as `2.0`.
pub(crate) fn whole(schema: &Map<String, Value>, word: &str) -> Option<u64> {
    let said = schema.get(word)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a bound that large is one"
    )]
    said.as_u64().or_else(|| said.as_f64().map(|number| number as u64))
}
