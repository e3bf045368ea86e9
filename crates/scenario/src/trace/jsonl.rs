//! Rows of JSON, one object a line: by the paths of their fields, and as `LiteLLM` logs them.

use core::fmt;
use std::borrow::Cow;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Reading;
use super::columns::{Columns, Row};
use super::fault::TraceFault;
use super::lines::{LONGEST, Lines, Wrong};
use super::moment::Unit;
use super::need::Fields;
use super::number;

/// Reads one row a line, by the paths of its fields.
pub(super) fn read(
    name: &str,
    input: impl BufRead,
    fields: &Fields,
) -> Result<Reading, TraceFault> {
    let Fields { due, prompt, answer, unit } = fields;
    let expected: [Cow<'static, str>; 3] = [
        Cow::Owned(format!("{} in `{due}`", unit.expected())),
        Cow::Owned(format!("a whole number of tokens in `{prompt}`")),
        Cow::Owned(format!("a whole number of tokens in `{answer}`")),
    ];
    let paths = [due.as_str(), prompt, answer];
    each(name, input, |text, reading| {
        let [due, prompt, answer] = pick(text, paths)?;
        let [no_due, no_prompt, no_answer] = &expected;
        let moment = |said: &str| unit.nanoseconds(said);
        let at = need(text, due, moment).map_err(|place| place.wrong(no_due.clone()))?;
        let prompt = need(text, prompt, number::tokens);
        let prompt = prompt.map_err(|place| place.wrong(no_prompt.clone()))?;
        let answer = need(text, answer, number::tokens);
        let answer = answer.map_err(|place| place.wrong(no_answer.clone()))?;
        reading.row = Some(Row { at, prompt, answer });
        Ok(())
    })
}

/// Reads the log of a `LiteLLM` proxy: the payload that its loggers write, in which times are
/// seconds, or rows of its table of spend logs, in which they are dates.
pub(super) fn read_litellm(name: &str, input: impl BufRead) -> Result<Reading, TraceFault> {
    const PATHS: [&str; 5] =
        ["startTime", "prompt_tokens", "completion_tokens", "status", "cache_hit"];
    each(name, input, |text, reading| {
        let [due, prompt, answer, status, cached] = pick(text, PATHS)?;
        let says = |said: Option<&RawValue>, word: &str| {
            said.is_some_and(|said| spoken(said.get()).eq_ignore_ascii_case(word))
        };
        if says(status, "failure") {
            reading.failed = true;
            return Ok(());
        }
        if says(cached, "true") {
            reading.cached = true;
            return Ok(());
        }
        let moment = |said: &str| {
            Unit::Seconds.nanoseconds(said).or_else(|| Unit::Rfc3339.nanoseconds(said))
        };
        let at = need(text, due, moment)
            .map_err(|place| place.wrong("seconds or a date in `startTime`".into()))?;
        let prompt = need(text, prompt, number::tokens)
            .map_err(|place| place.wrong("a whole number of tokens in `prompt_tokens`".into()))?;
        let answer = need(text, answer, number::tokens).map_err(|place| {
            place.wrong("a whole number of tokens in `completion_tokens`".into())
        })?;
        reading.row = Some(Row { at, prompt, answer });
        Ok(())
    })
}

/// What one line came to.
#[derive(Default)]
struct Line {
    row: Option<Row>,
    failed: bool,
    cached: bool,
}

/// Reads line after line, blank ones aside.
fn each(
    name: &str,
    input: impl BufRead,
    mut read: impl FnMut(&str, &mut Line) -> Result<(), Wrong>,
) -> Result<Reading, TraceFault> {
    let mut lines = Lines::new(name, input, LONGEST);
    let mut columns = Columns::default();
    let (mut failed, mut cached) = (0, 0);
    while let Some(text) = lines.next_line()? {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let mut line = Line::default();
        read(text, &mut line).map_err(|wrong| lines.fault(&wrong))?;
        failed += u64::from(line.failed);
        cached += u64::from(line.cached);
        if let Some(row) = line.row {
            columns.push(row).map_err(|no_room| no_room.fault(name, &lines))?;
        }
    }
    if columns.is_empty() && failed == 0 && cached == 0 {
        return Err(lines.fault_of_row("at least one row"));
    }
    Ok(Reading { failed, cached, ..Reading::of(columns) })
}

/// Where something wrong stands.
pub(super) struct Place {
    at: usize,
    length: usize,
}

impl Place {
    /// Where a value stands: it borrows from the text, so that the distance of the two tells.
    pub(super) fn of(value: &RawValue, text: &str) -> Place {
        let value = value.get();
        let at = value.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        Place { at, length: value.len() }
    }

    pub(super) const fn wrong(self, expected: Cow<'static, str>) -> Wrong {
        Wrong { at: self.at, length: self.length, expected }
    }
}

/// What a field means, or its place; that of the whole line where there is no such field.
pub(super) fn need<T>(
    text: &str,
    found: Option<&RawValue>,
    meaning: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Place> {
    let Some(found) = found else { return Err(Place { at: 0, length: text.len() }) };
    meaning(&spoken(found.get())).ok_or_else(|| Place::of(found, text))
}

/// A JSON string without its quotes; any other value as it is written.
pub(super) fn spoken(value: &str) -> Cow<'_, str> {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    match inner {
        Some(inner) if inner.contains('\\') => {
            serde_json::from_str(value).map_or(Cow::Borrowed(inner), Cow::Owned)
        }
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(value),
    }
}

/// Looks for fields of an object by their paths. Keys with dots in them are found, too:
/// `a.b.c` is the key `c` in the object `a.b`, or in `b` in `a`, or `b.c` in `a`, or `a.b.c`.
fn pick<'t, const N: usize>(
    text: &'t str,
    paths: [&str; N],
) -> Result<[Option<&'t RawValue>; N], Wrong> {
    let mut found = [None; N];
    whole(text, Level { wanted: paths.map(Some), found: &mut found })?;
    Ok(found)
}

/// Reads a whole line as one value.
pub(super) fn whole<'t>(
    text: &'t str,
    seed: impl DeserializeSeed<'t, Value = ()>,
) -> Result<(), Wrong> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = seed.deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| {
        // The column counts bytes from one; a line cut short ends beyond its last.
        let at = error.column().saturating_sub(1).min(text.len());
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let says = error.to_string();
        let says = says.split(" at line ").next().unwrap_or_default();
        let expected = match says.split_once(", expected ") {
            Some((_, expected)) if error.is_data() => Cow::Owned(expected.to_owned()),
            Some(_) | None => Cow::Owned(format!("a JSON object on one line ({says})")),
        };
        Wrong { at, length: text.len() - at, expected }
    })
}

/// An object, or whatever else stands where one was looked for.
struct Level<'p, 'f, 't, const N: usize> {
    /// What is left of each path here; nothing where it leads elsewhere.
    wanted: [Option<&'p str>; N],
    found: &'f mut [Option<&'t RawValue>; N],
}

impl<'t, const N: usize> DeserializeSeed<'t> for Level<'_, '_, 't, N> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'t>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_map(self)
    }
}

impl<'t, const N: usize> Visitor<'t> for Level<'_, '_, 't, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Turns { here, below }) = map.next_key_seed(Crossing(&self.wanted))? {
            if here.contains(&true) {
                let value: &'t RawValue = map.next_value()?;
                // As most readers have it, the last of two equal keys counts.
                let slots = self.found.iter_mut().zip(here).filter(|(_, here)| *here);
                slots.for_each(|(slot, _)| {
                    *slot = Some(value).filter(|value| value.get() != "null");
                });
            } else if below.iter().any(Option::is_some) {
                // What is no object has none of the fields, which is told where they are needed.
                map.next_value_seed(Lenient(Level { wanted: below, found: &mut *self.found }))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A level that may turn out to be no object.
struct Lenient<T>(T);

impl<'t, const N: usize> DeserializeSeed<'t> for Lenient<Level<'_, '_, 't, N>> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'t>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'t, const N: usize> Visitor<'t> for Lenient<Level<'_, '_, 't, N>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'t>>(self, map: A) -> Result<(), A::Error> {
        self.0.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Which paths a key ends, and which lead on below it.
struct Turns<'p, const N: usize> {
    here: [bool; N],
    below: [Option<&'p str>; N],
}

/// A key, held against the paths: no key is kept as text.
struct Crossing<'w, 'p, const N: usize>(&'w [Option<&'p str>; N]);

impl<'t, 'p, const N: usize> DeserializeSeed<'t> for Crossing<'_, 'p, N> {
    type Value = Turns<'p, N>;

    fn deserialize<D: serde::Deserializer<'t>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_str(self)
    }
}

impl<'p, const N: usize> Visitor<'_> for Crossing<'_, 'p, N> {
    type Value = Turns<'p, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        let here = self.0.map(|path| path == Some(key));
        let below = self.0.map(|path| path?.strip_prefix(key)?.strip_prefix('.'));
        Ok(Turns { here, below })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str, path: &str) -> Option<String> {
        let [found] = pick(text, [path]).unwrap();
        found.map(|found| spoken(found.get()).into_owned())
    }

    #[test]
    fn a_path_is_followed_however_its_dots_are_meant() {
        for text in [
            r#"{"a":{"b":{"c":7}}}"#,
            r#"{"a.b":{"c":7}}"#,
            r#"{"a":{"b.c":7}}"#,
            r#"{"a.b.c":7}"#,
            r#"{"a":null,"x":[{}],"a.b":3,"a":{"b":{"c":"7"}},"z":{"c":9}}"#,
        ] {
            assert_eq!(found(text, "a.b.c").as_deref(), Some("7"), "{text}");
        }
        for text in ["{}", r#"{"a":{"b":7}}"#, r#"{"a":[{"b":{"c":7}}]}"#, r#"{"a.b.c":null}"#] {
            assert_eq!(found(text, "a.b.c"), None, "{text}");
        }
    }

    #[test]
    fn a_string_is_told_without_its_quotes() {
        assert_eq!(spoken(r#""a\"\u00e9""#), "a\"é");
        assert_eq!(spoken("12.5"), "12.5");
    }

    proptest! {
        /// The place of a value is where it stands, whatever stands before it.
        #[test]
        fn a_wrong_value_is_pointed_at(before in "[a-zé\\\\\"]{0,20}", blanks in " {0,5}") {
            let other = serde_json::to_string(&before).unwrap();
            let text = format!("{{\"other\":{other},{blanks}\"n\":{blanks}-1}}");
            let [value] = pick(&text, ["n"]).unwrap();
            let Err(place) = need(&text, value, number::tokens) else { panic!("-1 tokens") };
            prop_assert_eq!(text.get(place.at..place.at + place.length), Some("-1"));
        }
    }
}
