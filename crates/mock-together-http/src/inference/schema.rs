//! Values that a JSON schema allows, drawn.
//!
//! ```text
//!   schema ──► references and `allOf` folded into one ──► a branch of `anyOf`, `oneOf`, `if` ──┐
//!                 ▲                                                                             │
//!                 └────────────── each property, each item ◄── a value of one type ◄───────────┘
//! ```
//!
//! What is drawn is held against the schema before it is given out, so that a mistake in drawing is
//! a refusal and never a wrong answer. Recursion ends where it may: optional parts are left out
//! once the value is large.

mod drawn;
mod folded;
mod holds;
mod leaf;
mod pattern;

use serde_json::{Map, Value};

use crate::call::Fault;
use crate::inference::schema::drawn::Drawn;

/// Ours: schemas and values nest no deeper; the reader of JSON itself ends at 128.
const DEPTH: u32 = 96;

/// Ours: how many parts a value has before optional ones are left out.
const PARTS: u32 = 256;

/// Ours: how many parts are tried in all before a schema is given up.
const TRIES: u32 = 4_096;

/// Ours: the longest schema, in bytes.
const BYTES: usize = 64 << 10;

/// Ours: how many bytes of schemas are copied in all before one is given up.
const COPIED: usize = 64 << 20;

/// Ours: the most items, properties or characters that a schema may insist on.
const MOST: u64 = 1_024;

/// Ours: how often a branch is drawn that other branches allow too.
const BRANCH: u32 = 16;

/// Words of JSON schema that say something and are not understood here.
const UNKNOWN: &[&str] =
    &["$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties", "dependencies"];

/// A value that the schema allows; the same one for the same draw. The fault says where in the
/// schema it asks for something impossible, or for something that is not understood here.
pub(crate) fn value(schema: &Value, draw: u64) -> Result<Value, Fault> {
    let length = schema.to_string().len();
    if length > BYTES {
        return Err(Fault::new("", "the schema is longer than 64 KiB"));
    }
    // The longer it is, the more a try costs.
    let most = u32::try_from(COPIED / length.max(1)).unwrap_or(TRIES).min(TRIES);
    let mut drawing =
        Drawing { root: schema, drawn: Drawn::new(draw), tries: 0, most, fault: None };
    let drawn = drawing.any(schema, &Place::root());
    match drawn {
        Ok(value) if holds::holds(schema, schema, &value) => Ok(value),
        Ok(_) => Err(Fault::new("", "no value was found that the schema allows")),
        Err(Impossible) => Err(drawing.fault.unwrap_or_default()),
    }
}

/// A value is being drawn.
struct Drawing<'s> {
    root: &'s Value,
    drawn: Drawn,
    tries: u32,
    /// How many tries there may be.
    most: u32,
    /// The first thing that could not be had: of several the one that ends the search is as good.
    fault: Option<Fault>,
}

/// Nothing fits here; why is kept in the drawing.
struct Impossible;

/// Where in the schema.
#[derive(Clone, Debug)]
struct Place {
    path: String,
    depth: u32,
}

impl Place {
    fn root() -> Self {
        Self { path: String::new(), depth: 0 }
    }

    fn below(&self, name: &str) -> Self {
        Self { path: format!("{}/{name}", self.path), depth: self.depth + 1 }
    }
}

impl Drawing<'_> {
    /// A value for any schema.
    fn any(&mut self, schema: &Value, at: &Place) -> Result<Value, Impossible> {
        match schema {
            Value::Bool(true) => self.object_schema(Map::new(), at),
            Value::Object(schema) => self.object_schema(schema.clone(), at),
            Value::Bool(false) => self.impossible(at, "nothing is allowed here"),
            _ => self.impossible(at, "a schema is an object or a truth value"),
        }
    }

    fn object_schema(
        &mut self,
        mut schema: Map<String, Value>,
        at: &Place,
    ) -> Result<Value, Impossible> {
        self.tries += 1;
        if self.tries > self.most || at.depth > DEPTH {
            return self.impossible(at, "the schema does not come to an end");
        }
        if let Some(word) = UNKNOWN.iter().find(|word| schema.contains_key(**word)) {
            return self.impossible(&at.below(word), "this word is not understood");
        }
        if let Some(target) = schema.remove("$ref") {
            let Some(found) = folded::target(self.root, &target).cloned() else {
                return self.impossible(&at.below("$ref"), "the reference leads nowhere");
            };
            folded::also(&mut schema, found);
            return self.object_schema(schema, &at.below("$ref"));
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(branches) = schema.remove(word) {
                return self.branch(&schema, (word, branches), at);
            }
        }
        if let Some(condition) = schema.remove("if") {
            let (then, other) = (schema.remove("then"), schema.remove("else"));
            return self.conditional(&schema, &condition, [then, other], at);
        }
        if let Some(Value::Array(mut parts)) = schema.remove("allOf") {
            if parts.is_empty() {
                return self.object_schema(schema, at);
            }
            let first = parts.remove(0);
            schema.insert("allOf".to_owned(), Value::Array(parts));
            return match folded::fold(schema, first) {
                Some(schema) => {
                    self.object_schema(schema, &Place { depth: at.depth + 1, ..at.clone() })
                }
                None => self.impossible(&at.below("allOf"), "its parts exclude each other"),
            };
        }
        self.leaf(&schema, at)
    }

    /// One of the branches, beside everything else that the schema says.
    fn branch(
        &mut self,
        rest: &Map<String, Value>,
        (word, branches): (&str, Value),
        at: &Place,
    ) -> Result<Value, Impossible> {
        let Value::Array(list) = &branches else {
            return self.impossible(&at.below(word), "a list of schemas is expected");
        };
        let only = Value::Object(Map::from_iter([(word.to_owned(), branches.clone())]));
        for index in self.drawn.order(list.len()) {
            let Some(branch) = list.get(index) else { continue };
            let mut schema = rest.clone();
            folded::also(&mut schema, branch.clone());
            let below = at.below(word).below(&index.to_string());
            for _ in 0..BRANCH {
                let Ok(value) = self.object_schema(schema.clone(), &below) else { break };
                if holds::holds(self.root, &only, &value) {
                    return Ok(value);
                }
            }
        }
        self.impossible(&at.below(word), "no branch can be met")
    }

    fn conditional(
        &mut self,
        rest: &Map<String, Value>,
        condition: &Value,
        [then, other]: [Option<Value>; 2],
        at: &Place,
    ) -> Result<Value, Impossible> {
        let yes = |then: Option<Value>| [Some(condition.clone()), then];
        let no = Value::Object(Map::from_iter([("not".to_owned(), condition.clone())]));
        for both in [yes(then), [Some(no), other]] {
            let mut schema = rest.clone();
            for part in both.into_iter().flatten().rev() {
                folded::also(&mut schema, part);
            }
            if let Ok(value) = self.object_schema(schema, &at.below("if")) {
                return Ok(value);
            }
        }
        self.impossible(&at.below("if"), "neither side can be met")
    }

    fn impossible<T>(&mut self, at: &Place, why: &str) -> Result<T, Impossible> {
        self.fault.get_or_insert_with(|| Fault::new(at.path.clone(), why));
        Err(Impossible)
    }

    /// Whether optional parts are left out by now.
    fn is_large(&self, at: &Place) -> bool {
        self.tries > PARTS || at.depth > DEPTH / 4
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn holds_by_others(schema: &Value, value: &Value) -> bool {
        jsonschema::validator_for(schema).unwrap().is_valid(value)
    }

    fn drawn(schema: &Value) {
        for draw in 0..20 {
            let value = value(schema, draw).unwrap_or_else(|fault| panic!("{fault}: {schema}"));
            assert!(holds_by_others(schema, &value), "{value} for {schema}");
        }
    }

    #[test]
    fn everything_that_schemas_say_of_values_is_heeded() {
        for schema in [
            json!({"type": "object", "properties": {"a": {"type": "integer", "minimum": 3,
                "exclusiveMaximum": 5}, "b": {"type": "string", "minLength": 40}},
                "required": ["a", "c"], "additionalProperties": {"type": "boolean"}}),
            json!({"enum": ["x", 5, null], "type": ["string", "null"]}),
            json!({"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9},
                "minItems": 10, "uniqueItems": true}),
            json!({"prefixItems": [{"const": 1}, {"type": "string"}], "items": false, "minItems": 2}),
            json!({"type": "array", "contains": {"const": "here"}, "minItems": 3}),
            json!({"type": "string", "pattern": "^[a-z]{2,5}-\\d+(x|y)?$", "minLength": 9}),
            json!({"type": "string", "pattern": "b+", "minLength": 12, "maxLength": 12}),
            json!({"type": "number", "multipleOf": 0.5, "minimum": 1.1, "maximum": 1.6}),
            json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
            json!({"type": "integer", "multipleOf": 7, "maximum": -3}),
            json!({"allOf": [{"minimum": 4, "type": "number"}, {"maximum": 6, "type": "integer"}],
                "not": {"const": 5}}),
            json!({"oneOf": [{"type": "integer", "multipleOf": 3}, {"type": "integer",
                "multipleOf": 5}]}),
            json!({"anyOf": [false, {"type": "null"}]}),
            json!({"if": {"properties": {"a": {"const": 1}}, "required": ["a"]},
                "then": {"required": ["b"]}, "else": {"required": ["c"]}, "type": "object"}),
            json!({"type": "object", "minProperties": 3, "propertyNames": {"pattern": "^k[0-9]$"}}),
            json!({"type": "object", "patternProperties": {"^n_": {"type": "number"}},
                "minProperties": 2, "additionalProperties": false}),
            json!({"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"],
                "dependentRequired": {"a": ["b"]}, "maxProperties": 2}),
            json!(true),
            json!({}),
        ] {
            drawn(&schema);
        }
    }

    #[test]
    fn references_are_followed_and_recursion_ends() {
        drawn(&json!({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object",
            "properties": {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"},
                "name": {"type": "string"}}, "required": ["name"]}}}));
        drawn(&json!({"definitions": {"list": {"type": "array", "items": {"$ref": "#"}}},
            "anyOf": [{"$ref": "#/definitions/list"}, {"type": "integer"}]}));
    }

    #[test]
    fn a_schema_that_cannot_be_met_says_where() {
        for (schema, path) in [
            (
                json!({"type": "object", "required": ["a"], "properties": {"a": false}}),
                "/properties/a",
            ),
            (json!({"type": "integer", "minimum": 5, "maximum": 4}), ""),
            (json!({"items": {"$ref": "#/nowhere"}, "minItems": 1}), "/items/$ref"),
            (json!({"$ref": "#"}), "/$ref"),
            (json!({"type": "string", "pattern": "(?=a)b"}), "/pattern"),
            (json!({"unevaluatedProperties": false}), "/unevaluatedProperties"),
            (json!({"type": "array", "minItems": 4_000_000_000_u64}), "/minItems"),
            (json!({"enum": [1, 2], "type": "string"}), "/enum"),
            (json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}), "/anyOf"),
            (json!({"type": "string", "pattern": "^((((a{256}){256}){256}){256})$"}), "/pattern"),
            (json!({"const": "a".repeat(60_000), "pattern": "^(a*)*$"}), "/const"),
        ] {
            let fault = value(&schema, 1).unwrap_err();
            assert!(fault.param.starts_with(path), "{fault:?} for {schema}");
        }
    }

    /// Schemas that can be met, by their construction.
    fn schemas() -> impl Strategy<Value = Value> {
        let number = (-1_000_i64..1_000, 0_i64..50).prop_map(
            |(least, room)| json!({"type": "integer", "minimum": least, "maximum": least + room}),
        );
        let text = (0_u64..30, 0_u64..30).prop_map(|(least, room)| {
            json!({"type": "string", "minLength": least, "maxLength": least + room})
        });
        let leaf = prop_oneof![
            number,
            text,
            Just(json!({"type": "boolean"})),
            Just(json!({"type": ["null", "number"], "exclusiveMinimum": -0.5})),
            Just(json!({"enum": ["a", "b", 3, {"c": [1]}]})),
            Just(json!({"type": "string", "format": "uuid"})),
            Just(json!({"type": "string", "pattern": "^([A-Z][a-z]*|\\d{3,}) ?\\.[^x]$"})),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let named = prop::collection::btree_map("[a-e]", inner.clone(), 0..5);
            prop_oneof![
                (named, any::<bool>(), any::<u8>()).prop_map(|(named, more, needs)| {
                    let all = named.keys().enumerate();
                    let required: Vec<&String> =
                        all.filter(|(at, _)| needs >> at & 1 == 1).map(|(_, name)| name).collect();
                    json!({"type": "object", "properties": named, "required": required,
                        "additionalProperties": more})
                }),
                (inner.clone(), 0_u64..4, 0_u64..4).prop_map(|(items, least, room)| {
                    json!({"type": "array", "items": items, "minItems": least,
                        "maxItems": least + room})
                }),
                prop::collection::vec(inner.clone(), 1..4).prop_map(|all| json!({"anyOf": all})),
                inner.clone().prop_map(|one| json!({"oneOf": [one, {"const": "none of those"}]})),
                inner
                    .prop_map(|one| json!({"allOf": [{"$ref": "#/$defs/x"}, {"description": "d"}],
                    "$defs": {"x": one}})),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_drawn_is_what_another_reader_of_schemas_allows(
            schema in schemas(),
            draw in any::<u64>(),
        ) {
            let schema = json!({"allOf": [schema], "$defs": {"x": {"type": "array",
                "items": {"$ref": "#"}}}});
            let found = value(&schema, draw).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
            prop_assert!(holds_by_others(&schema, &found), "{found} for {schema}");
            prop_assert_eq!(value(&schema, draw).unwrap(), found);
        }
    }
}
