//! Two schemas as one that asks for both.

use serde_json::{Map, Number, Value, json};

use crate::inference::schema::holds::{equal, matches_some};

/// What a reference within the same document leads to.
pub(crate) fn target<'s>(root: &'s Value, reference: &Value) -> Option<&'s Value> {
    let pointer = reference.as_str()?.strip_prefix('#')?;
    if pointer.is_empty() || pointer.starts_with('/') {
        root.pointer(pointer)
    } else {
        anchored(root, pointer)
    }
}

fn anchored<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    if schema.get("$anchor").and_then(Value::as_str) == Some(name) {
        return Some(schema);
    }
    match schema {
        Value::Object(map) => map.values().find_map(|inner| anchored(inner, name)),
        Value::Array(list) => list.iter().find_map(|inner| anchored(inner, name)),
        _ => None,
    }
}

/// Another schema to be met as well, before those that are to be already.
pub(crate) fn also(schema: &mut Map<String, Value>, other: Value) {
    match schema.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.insert(0, other),
        _ => {
            schema.insert("allOf".to_owned(), Value::Array(vec![other]));
        }
    }
}

/// Both as one; `None` where that is impossible. The first one has no branches and no reference.
pub(crate) fn fold(mut into: Map<String, Value>, other: Value) -> Option<Map<String, Value>> {
    let other = match other {
        Value::Bool(true) => return Some(into),
        Value::Object(other) => other,
        _ => return None,
    };
    properties(&mut into, &other);
    items(&mut into, &other);
    for (word, said) in other {
        match word.as_str() {
            "properties"
            | "patternProperties"
            | "additionalProperties"
            | "items"
            | "prefixItems"
            | "additionalItems" => {}
            "allOf" => {
                let mut parts = listed(said);
                parts.extend(into.remove("allOf").map(listed).unwrap_or_default());
                into.insert(word, Value::Array(parts));
            }
            _ => match into.remove(&word) {
                None => {
                    into.insert(word, said);
                }
                Some(known) => {
                    let both = both(&word, known, said)?;
                    into.insert(word, both);
                }
            },
        }
    }
    Some(into)
}

/// Both values of a word that stands in two schemas.
fn both(word: &str, one: Value, other: Value) -> Option<Value> {
    Some(match word {
        "type" => {
            let (one, other) = (types(&one), types(&other));
            let narrow = |name: &str, among: &[String]| {
                among.iter().any(|known| known == name || (known == "number" && name == "integer"))
            };
            let mut kept: Vec<String> =
                one.iter().filter(|name| narrow(name, &other)).cloned().collect();
            kept.extend(other.iter().filter(|name| narrow(name, &one)).cloned());
            kept.dedup();
            (!kept.is_empty()).then(|| json!(kept))?
        }
        "enum" => {
            let other = listed(other);
            let mut kept = listed(one);
            kept.retain(|value| other.iter().any(|known| equal(known, value)));
            (!kept.is_empty()).then_some(Value::Array(kept))?
        }
        "const" => equal(&one, &other).then_some(one)?,
        "required" => {
            let mut all = listed(one);
            all.extend(listed(other));
            Value::Array(all)
        }
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties"
        | "minContains" => larger(one, other),
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties"
        | "maxContains" => lesser(one, other),
        "uniqueItems" => Value::Bool(one == Value::Bool(true) || other == Value::Bool(true)),
        "multipleOf" => multiple(&one, &other)?,
        "not" => json!({"anyOf": [one, other]}),
        "pattern" => json!(
            [one, other]
                .into_iter()
                .flat_map(|said| match said {
                    Value::Array(list) => list,
                    said => vec![said],
                })
                .collect::<Vec<_>>()
        ),
        "propertyNames" | "contains" => json!({"allOf": [one, other]}),
        // Words that describe, and definitions: the first one's.
        _ => one,
    })
}

fn larger(one: Value, other: Value) -> Value {
    if one.as_f64() >= other.as_f64() { one } else { other }
}

fn lesser(one: Value, other: Value) -> Value {
    if one.as_f64() <= other.as_f64() { one } else { other }
}

/// The least common multiple of two whole numbers.
fn multiple(one: &Value, other: &Value) -> Option<Value> {
    let (one, other) = (one.as_u64()?, other.as_u64()?);
    let (mut a, mut b) = (one, other);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    one.checked_div(a)?.checked_mul(other).map(|both| Value::Number(Number::from(both)))
}

/// The types that a schema names.
pub(crate) fn types(said: &Value) -> Vec<String> {
    let names = match said {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        said => said.as_str().into_iter().collect::<Vec<_>>(),
    };
    names.into_iter().map(str::to_owned).collect()
}

fn listed(said: Value) -> Vec<Value> {
    match said {
        Value::Array(list) => list,
        _ => Vec::new(),
    }
}

/// What a schema says of a property: by its name, by a pattern, else as one that it does not name.
fn of_property(schema: &Map<String, Value>, name: &str) -> Vec<Value> {
    let own = schema.get("properties").and_then(|all| all.get(name)).cloned();
    let mut said: Vec<Value> = own.into_iter().collect();
    if let Some(Value::Object(patterns)) = schema.get("patternProperties") {
        let found = patterns.iter().filter(|(pattern, _)| matches_some(pattern, name));
        said.extend(found.map(|(_, schema)| schema.clone()));
    }
    if said.is_empty() {
        said.extend(schema.get("additionalProperties").cloned());
    }
    said
}

/// All that both say of properties.
fn properties(into: &mut Map<String, Value>, other: &Map<String, Value>) {
    const WORDS: [&str; 3] = ["properties", "patternProperties", "additionalProperties"];
    if !WORDS.iter().any(|word| other.contains_key(*word)) {
        return;
    }
    let known = |schema: &Map<String, Value>| match schema.get("properties") {
        Some(Value::Object(named)) => named.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let mut names = known(into);
    names.extend(known(other).into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    let all = names.into_iter().map(|name| {
        let mut said = of_property(into, &name);
        said.extend(of_property(other, &name));
        (name, together(said))
    });
    let all: Map<String, Value> = all.collect();
    let more = |schema: &Map<String, Value>| schema.get("additionalProperties").cloned();
    let rest: Vec<Value> = [more(into), more(other)].into_iter().flatten().collect();
    let patterns = [into.get("patternProperties"), other.get("patternProperties")];
    let patterns: Map<String, Value> = patterns
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(Clone::clone)
        .collect();
    into.insert("properties".to_owned(), Value::Object(all));
    if !rest.is_empty() {
        into.insert("additionalProperties".to_owned(), together(rest));
    }
    if !patterns.is_empty() {
        into.insert("patternProperties".to_owned(), Value::Object(patterns));
    }
}

/// All that both say of items.
fn items(into: &mut Map<String, Value>, other: &Map<String, Value>) {
    let (first, second) = (Items::of(into), Items::of(other));
    let length = first.places.len().max(second.places.len());
    let places: Vec<Value> = (0..length)
        .map(|place| {
            together([&first, &second].into_iter().filter_map(|of| of.at(place)).collect())
        })
        .collect();
    let rest: Vec<Value> = [first.rest, second.rest].into_iter().flatten().collect();
    into.remove("additionalItems");
    into.remove("items");
    if !places.is_empty() {
        into.insert("prefixItems".to_owned(), Value::Array(places));
    }
    if !rest.is_empty() {
        into.insert("items".to_owned(), together(rest));
    }
}

/// What a schema says of the items of a list, in the words of today or of an older draft.
pub(crate) struct Items {
    pub(crate) places: Vec<Value>,
    pub(crate) rest: Option<Value>,
}

impl Items {
    pub(crate) fn of(schema: &Map<String, Value>) -> Self {
        match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Value::Array(places)), rest) => {
                Self { places: places.clone(), rest: rest.cloned() }
            }
            (_, Some(Value::Array(places))) => {
                Self { places: places.clone(), rest: schema.get("additionalItems").cloned() }
            }
            (_, rest) => Self { places: Vec::new(), rest: rest.cloned() },
        }
    }

    /// What is said of the item at a place.
    pub(crate) fn at(&self, place: usize) -> Option<Value> {
        self.places.get(place).or(self.rest.as_ref()).cloned()
    }
}

fn together(mut said: Vec<Value>) -> Value {
    match said.len() {
        0 => Value::Bool(true),
        1 => said.remove(0),
        _ => json!({"allOf": said}),
    }
}
