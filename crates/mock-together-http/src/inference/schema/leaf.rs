//! A value of one type, once nothing is left to be chosen in its schema.

use serde_json::{Map, Number, Value};

use crate::inference::schema::folded::{Items, types};
use crate::inference::schema::holds::{equal, holds, matches_some, whole};
use crate::inference::schema::pattern::Pattern;
use crate::inference::schema::{Drawing, Impossible, MOST, Place};
use crate::words::WORDS;

/// Ours: how often something is drawn anew that must differ from what is there.
const ANEW: usize = 256;

/// Ours: how far above its least value a number is drawn that has no bound.
const REACH: i128 = 100;

/// The types, and the words by which a schema that names none betrays what it is about.
const TYPES: [(&str, &[&str]); 5] = [
    ("object", &["properties", "required", "patternProperties", "additionalProperties"]),
    ("array", &["items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"]),
    ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ("string", &["minLength", "maxLength", "pattern", "format"]),
    ("object", &["minProperties", "maxProperties", "propertyNames", "dependentRequired"]),
];

impl Drawing<'_> {
    /// A value for a schema without branches.
    pub(crate) fn leaf(
        &mut self,
        schema: &Map<String, Value>,
        at: &Place,
    ) -> Result<Value, Impossible> {
        let whole_schema = Value::Object(schema.clone());
        if let Some(only) = schema.get("const") {
            if holds(self.root, &whole_schema, only) {
                return Ok(only.clone());
            }
            return self.impossible(&at.below("const"), "its value is not allowed beside the rest");
        }
        if let Some(Value::Array(among)) = schema.get("enum") {
            for index in self.drawn.order(among.len()) {
                if let Some(value) = among.get(index)
                    && holds(self.root, &whole_schema, value)
                {
                    return Ok(value.clone());
                }
            }
            return self
                .impossible(&at.below("enum"), "none of its values is allowed beside the rest");
        }
        let named = schema.get("type").map_or_else(|| vec![betrayed(schema).to_owned()], types);
        let tries = if schema.contains_key("not") { 8 } else { 1 };
        for index in self.drawn.order(named.len()) {
            let Some(name) = named.get(index) else { continue };
            // Nothing at all is the last resort: whoever allows it wants to see something else too.
            if name == "null" && named.len() > 1 {
                continue;
            }
            for _ in 0..tries {
                if let Ok(value) = self.of_type(name, schema, at)
                    && (tries == 1 || holds(self.root, &whole_schema, &value))
                {
                    return Ok(value);
                }
            }
        }
        if named.len() > 1 && named.iter().any(|name| name == "null") {
            return Ok(Value::Null);
        }
        self.impossible(at, "no value is allowed here")
    }

    fn of_type(
        &mut self,
        name: &str,
        schema: &Map<String, Value>,
        at: &Place,
    ) -> Result<Value, Impossible> {
        match name {
            "null" => Ok(Value::Null),
            "boolean" => Ok(Value::Bool(self.drawn.below(2) == 1)),
            "integer" => self.number(schema, true, at),
            "number" => self.number(schema, false, at),
            "string" => self.string(schema, at).map(Value::String),
            "array" => self.array(schema, at),
            "object" => self.object(schema, at),
            _ => self.impossible(&at.below("type"), "no such type"),
        }
    }

    fn number(
        &mut self,
        schema: &Map<String, Value>,
        integer: bool,
        at: &Place,
    ) -> Result<Value, Impossible> {
        let bound = |word: &str| schema.get(word).and_then(Value::as_f64);
        let tightest =
            |one: Option<f64>, other: Option<f64>, pick: fn(f64, f64) -> f64| match (one, other) {
                (Some(one), Some(other)) => Some(pick(one, other)),
                (one, other) => one.or(other),
            };
        let least = tightest(bound("minimum"), bound("exclusiveMinimum"), f64::max);
        let most = tightest(bound("maximum"), bound("exclusiveMaximum"), f64::min);
        let step = bound("multipleOf").filter(|step| *step > 0.0).unwrap_or(1.0);
        let low = least.map(|least| steps(least / step, f64::ceil));
        let high = most.map(|most| steps(most / step, f64::floor));
        let (low, high) = match (low, high) {
            (Some(low), Some(high)) => (low, high.min(low.saturating_add(REACH))),
            (Some(low), None) => (low, low.saturating_add(REACH)),
            (None, Some(high)) => {
                (high.min(0).min(high.saturating_sub(REACH)).max(high.saturating_sub(REACH)), high)
            }
            (None, None) => (0, REACH),
        };
        let room = u64::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(0);
        let first = i128::from(self.drawn.below(room));
        let schema = numeric(schema, integer);
        for turn in 0..room.min(4) {
            let place = low.saturating_add((first + i128::from(turn)) % i128::from(room.max(1)));
            if let Some(value) = multiple(place, step)
                && holds(self.root, &schema, &value)
            {
                return Ok(value);
            }
        }
        // Between two whole numbers there are others.
        if let (false, Some(least), Some(most)) = (integer, least, most)
            && let Some(middle) = Number::from_f64(f64::midpoint(least, most)).map(Value::Number)
            && holds(self.root, &schema, &middle)
        {
            return Ok(middle);
        }
        self.impossible(at, "no number is allowed here")
    }

    fn string(&mut self, schema: &Map<String, Value>, at: &Place) -> Result<String, Impossible> {
        let least = whole(schema, "minLength").unwrap_or(0);
        let most = whole(schema, "maxLength").unwrap_or(u64::MAX);
        if least > MOST || least > most {
            return self.impossible(&at.below("minLength"), "no text that long is made up");
        }
        if let Some(said) = schema.get("pattern") {
            return self.patterned(&types(said), (least, most), at);
        }
        let fits = |text: &str| (least..=most).contains(&(text.chars().count() as u64));
        if let Some(format) = schema.get("format").and_then(Value::as_str)
            && let Some(text) = self.formatted(format)
            && fits(&text)
        {
            return Ok(text);
        }
        let mut text = self.word().to_owned();
        while (text.len() as u64) < least || self.drawn.below(2) == 0 {
            text.push(' ');
            let word = self.word();
            text.push_str(word);
        }
        let length = usize::try_from(most).unwrap_or(usize::MAX).min(text.len());
        text.truncate(length.max(usize::try_from(least).unwrap_or(0)));
        Ok(text)
    }

    fn patterned(
        &mut self,
        patterns: &[String],
        (least, most): (u64, u64),
        at: &Place,
    ) -> Result<String, Impossible> {
        let read: Option<Vec<Pattern>> = patterns.iter().map(|text| Pattern::parse(text)).collect();
        let Some(read) = read else {
            return self.impossible(&at.below("pattern"), "this pattern is not understood");
        };
        for more in 0..MOST.min(least.saturating_add(16)) {
            for pattern in &read {
                let text = pattern.text(&mut self.drawn, more);
                let text = padded(text, pattern, least);
                let length = text.chars().count() as u64;
                if (least..=most).contains(&length) && read.iter().all(|other| other.is_in(&text)) {
                    return Ok(text);
                }
            }
        }
        self.impossible(&at.below("pattern"), "no text was found that it allows")
    }

    /// A text in one of the formats that have a name; `None` for others, which are notes.
    fn formatted(&mut self, format: &str) -> Option<String> {
        let mut two = |least: u64, room: u64| format!("{:02}", least + self.drawn.below(room));
        let date = format!("20{}-{}-{}", two(20, 10), two(1, 12), two(1, 28));
        let time = format!("{}:{}:{}Z", two(0, 24), two(0, 60), two(0, 60));
        let (word, other) = (self.word(), self.word());
        Some(match format {
            "date-time" => format!("{date}T{time}"),
            "date" => date,
            "time" => time,
            "duration" => format!("PT{}M", 1 + self.drawn.below(59)),
            "email" | "idn-email" => format!("{word}.{other}@example.com"),
            "hostname" | "idn-hostname" => format!("{word}.example.com"),
            "uri" | "url" | "iri" => format!("https://example.com/{word}/{other}"),
            "uri-reference" | "iri-reference" => format!("/{word}/{other}"),
            "ipv4" => format!("192.0.2.{}", self.drawn.below(255)),
            "ipv6" => format!("2001:db8::{:x}", 1 + self.drawn.below(0xfffe)),
            "json-pointer" => format!("/{word}"),
            "uuid" => {
                let mut hex = |bits: u32| self.drawn.below(1 << bits);
                let (first, second, third) = (hex(32), hex(16), hex(12));
                let (fourth, last) = (0x8000 + hex(14), hex(48));
                format!("{first:08x}-{second:04x}-4{third:03x}-{fourth:04x}-{last:012x}")
            }
            _ => return None,
        })
    }

    fn word(&mut self) -> &'static str {
        let place = usize::try_from(self.drawn.below(WORDS.len() as u64)).unwrap_or(0);
        WORDS.get(place).map_or("word", |word| word.trim_start())
    }

    fn array(&mut self, schema: &Map<String, Value>, at: &Place) -> Result<Value, Impossible> {
        let items = Items::of(schema);
        let contains = schema.get("contains");
        let contained = contains.map_or(0, |_| whole(schema, "minContains").unwrap_or(1));
        let least = whole(schema, "minItems").unwrap_or(0).max(contained);
        let most = whole(schema, "maxItems").unwrap_or(u64::MAX);
        if least > MOST || least > most {
            return self.impossible(&at.below("minItems"), "no list that long is made up");
        }
        let wanted = if self.is_large(at) { 0 } else { 1 + self.drawn.below(3) };
        let count = wanted.max(items.places.len() as u64).clamp(least, most.max(least));
        let unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        let mut list: Vec<Value> = Vec::new();
        for place in 0..count {
            let index = usize::try_from(place).unwrap_or(usize::MAX);
            let item = items.at(index).unwrap_or(Value::Bool(true));
            // What must be contained comes last, where no place has a schema of its own.
            let needed = contains.filter(|_| place >= count.saturating_sub(contained));
            let item = match needed {
                Some(needed) => serde_json::json!({"allOf": [item, needed]}),
                None => item,
            };
            let name = if index < items.places.len() { "prefixItems" } else { "items" };
            let below = at.below(name);
            let drawn = self.item(&item, &list, unique, &below);
            match drawn {
                Ok(value) => list.push(value),
                Err(_) if place >= least && place >= contained => break,
                Err(impossible) => return Err(impossible),
            }
        }
        Ok(Value::Array(list))
    }

    /// An item, unlike those that are there where they must differ.
    fn item(
        &mut self,
        schema: &Value,
        list: &[Value],
        unique: bool,
        at: &Place,
    ) -> Result<Value, Impossible> {
        for _ in 0..ANEW {
            let value = self.any(schema, at)?;
            if !unique || !list.iter().any(|known| equal(known, &value)) {
                return Ok(value);
            }
        }
        self.impossible(at, "there are not enough different values")
    }

    fn object(&mut self, schema: &Map<String, Value>, at: &Place) -> Result<Value, Impossible> {
        if let Some(Value::Object(patterns)) = schema.get("patternProperties")
            && let Some(pattern) = patterns.keys().find(|text| Pattern::parse(text).is_none())
        {
            let below = at.below("patternProperties").below(pattern);
            return self.impossible(&below, "this pattern is not understood");
        }
        let mut required = names(schema.get("required"));
        let none = Map::new();
        let named = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let most = whole(schema, "maxProperties").unwrap_or(u64::MAX);
        let mut map = Map::new();
        let mut next = 0;
        while let Some(name) = required.get(next).cloned() {
            next += 1;
            if !map.contains_key(&name) {
                let value = self.property(schema, &name, at)?;
                let more = schema.get("dependentRequired").and_then(|all| all.get(&name));
                required.extend(names(more));
                map.insert(name, value);
            }
        }
        for name in named.keys() {
            let full = map.len() as u64 >= most || self.is_large(at);
            let depends =
                schema.get("dependentRequired").is_some_and(|all| all.get(name).is_some());
            if full || depends || map.contains_key(name) {
                continue;
            }
            // What is optional and impossible is left out.
            let before = self.fault.clone();
            match self.property(schema, name, at) {
                Ok(value) => {
                    map.insert(name.clone(), value);
                }
                Err(_) => self.fault = before,
            }
        }
        self.fill(schema, &mut map, at)?;
        // In the order of the schema, as a model writes it.
        let mut ordered = Map::new();
        for name in named.keys() {
            if let Some(value) = map.remove(name) {
                ordered.insert(name.clone(), value);
            }
        }
        ordered.extend(map);
        Ok(Value::Object(ordered))
    }

    /// Properties without a name in the schema, until there are enough.
    fn fill(
        &mut self,
        schema: &Map<String, Value>,
        map: &mut Map<String, Value>,
        at: &Place,
    ) -> Result<(), Impossible> {
        let least = whole(schema, "minProperties").unwrap_or(0);
        if least > MOST {
            return self.impossible(&at.below("minProperties"), "no object that large is made up");
        }
        let mut tries = 0;
        while (map.len() as u64) < least {
            tries += 1;
            if tries > 2 * MOST {
                return self.impossible(&at.below("minProperties"), "there are not enough names");
            }
            let name = self.name(schema, tries, at)?;
            if map.contains_key(&name) {
                continue;
            }
            if let Ok(value) = self.property(schema, &name, at) {
                map.insert(name, value);
            }
        }
        Ok(())
    }

    fn name(
        &mut self,
        schema: &Map<String, Value>,
        nth: u64,
        at: &Place,
    ) -> Result<String, Impossible> {
        if let Some(names) = schema.get("propertyNames") {
            let below = at.below("propertyNames");
            let text = serde_json::json!({"type": "string", "allOf": [names]});
            let name = self.any(&text, &below)?;
            return Ok(name.as_str().unwrap_or_default().to_owned());
        }
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        if let Some(pattern) = patterns.and_then(|all| all.keys().next())
            && let Some(pattern) = Pattern::parse(pattern)
        {
            let open = if pattern.is_open() { nth.to_string() } else { String::new() };
            return Ok(pattern.text(&mut self.drawn, nth) + &open);
        }
        Ok(format!("{}_{nth}", self.word()))
    }

    /// The value of a property.
    fn property(
        &mut self,
        schema: &Map<String, Value>,
        name: &str,
        at: &Place,
    ) -> Result<Value, Impossible> {
        let own = schema.get("properties").and_then(|all| all.get(name));
        let mut said: Vec<Value> = own.cloned().into_iter().collect();
        if let Some(Value::Object(patterns)) = schema.get("patternProperties") {
            let fits = patterns.iter().filter(|(pattern, _)| matches_some(pattern, name));
            said.extend(fits.map(|(_, schema)| schema.clone()));
        }
        if said.is_empty() {
            said.extend(schema.get("additionalProperties").cloned());
        }
        let below = at.below("properties").below(name);
        match said.len() {
            0 => self.any(&Value::Bool(true), &below),
            1 => self.any(said.first().unwrap_or(&Value::Bool(true)), &below),
            _ => self.any(&serde_json::json!({"allOf": said}), &below),
        }
    }
}

/// What a schema is about that names no type.
fn betrayed(schema: &Map<String, Value>) -> &'static str {
    let about = |words: &[&str]| words.iter().any(|word| schema.contains_key(*word));
    TYPES.iter().find(|(_, words)| about(words)).map_or("string", |(name, _)| name)
}

fn names(said: Option<&Value>) -> Vec<String> {
    let list = said.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// A whole number of steps.
#[expect(clippy::cast_possible_truncation, reason = "a bound beyond it is held against the schema")]
fn steps(number: f64, round: fn(f64) -> f64) -> i128 {
    round(number) as i128
}

/// So many steps, as a number of JSON.
fn multiple(place: i128, step: f64) -> Option<Value> {
    if step.fract() == 0.0 {
        let product = place.checked_mul(steps(step, f64::round))?;
        let signed = i64::try_from(product).map(Number::from);
        return signed
            .or_else(|_| u64::try_from(product).map(Number::from))
            .ok()
            .map(Value::Number);
    }
    Number::from_f64(place as f64 * step).map(Value::Number)
}

/// The part of a schema that is about numbers.
fn numeric(schema: &Map<String, Value>, integer: bool) -> Value {
    let mut part = schema.clone();
    let name = if integer { "integer" } else { "number" };
    part.insert("type".to_owned(), name.into());
    Value::Object(part)
}

/// A text lengthened where its pattern leaves an end open.
fn padded(mut text: String, pattern: &Pattern, least: u64) -> String {
    if pattern.is_open() {
        let missing = least.saturating_sub(text.chars().count() as u64);
        text.extend((0..missing).map(|_| 'a'));
    }
    text
}
