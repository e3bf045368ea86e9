//! Rows of JSON, one object a line, by the paths of their fields.

use core::fmt;
use std::borrow::Cow;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::NoRoom;
use super::fault::TraceFault;
use super::lines::{LONGEST, Lines, Wrong};
use super::need::Fields;
use super::number;
use super::row::{A_STATUS, Marks, Outcome, Row, Sink, digest};

/// Reads one row a line, by the paths of its fields.
pub(super) fn read(
    name: &str,
    input: impl BufRead,
    fields: &Fields,
    sink: &mut impl Sink,
) -> Result<(), TraceFault> {
    let Fields { due, prompt, answer, unit, says } = fields;
    let expected: [Cow<'static, str>; 3] = [
        Cow::Owned(format!("{} in `{due}`", unit.expected())),
        Cow::Owned(format!("a whole number of tokens in `{prompt}`")),
        Cow::Owned(format!("a whole number of tokens in `{answer}`")),
    ];
    let paths = [
        Some(due.as_str()),
        Some(prompt),
        Some(answer),
        says.status.as_deref(),
        says.id.as_deref(),
        says.retry.as_deref(),
        says.model.as_deref(),
        says.client.as_deref(),
    ];
    each(name, input, sink, |text, sink| {
        let [due, prompt, answer, status, id, retry, model, client] = pick(text, paths)?;
        let [no_due, no_prompt, no_answer] = &expected;
        let moment = |said: &str| unit.nanoseconds(said);
        let at = need(text, due, moment).map_err(|place| place.wrong(no_due.clone()))?;
        let outcome = outcome(text, status, says.status.is_some())?;
        let prompt = length(text, prompt, outcome, no_prompt)?;
        let answer = length(text, answer, outcome, no_answer)?;
        let marks = Marks {
            id: mark(id),
            retry: count(text, retry)?,
            client: mark(client),
            model: model.map(said),
        };
        Ok(sink.row(Row { at, ended: None, prompt, answer, outcome, marks }))
    })
}

/// How a row ended, where the log says it.
fn outcome(text: &str, status: Option<&RawValue>, is_said: bool) -> Result<Outcome, Wrong> {
    match status {
        None if is_said => Ok(Outcome::Failed),
        None => Ok(Outcome::Answered),
        Some(_) => need(text, status, Outcome::of).map_err(|place| place.wrong(A_STATUS.into())),
    }
}

/// So many tokens; what failed says nothing of its lengths where it says none.
pub(super) fn length(
    text: &str,
    found: Option<&RawValue>,
    outcome: Outcome,
    expected: &str,
) -> Result<Option<u32>, Wrong> {
    let untold = found.is_none_or(|found| matches!(found.get(), "0" | "\"\""));
    if untold && outcome != Outcome::Answered {
        return Ok(None);
    }
    need(text, found, number::tokens)
        .map(Some)
        .map_err(|place| place.wrong(Cow::Owned(expected.to_owned())))
}

/// A count of retries, where there is one.
pub(super) fn count(text: &str, found: Option<&RawValue>) -> Result<Option<u32>, Wrong> {
    let Some(found) = found else { return Ok(None) };
    let retries = need(text, Some(found), number::tokens);
    retries.map(Some).map_err(|place| place.wrong("a whole number of retries".into()))
}

/// A digest of what is said, where something is.
pub(super) fn mark(found: Option<&RawValue>) -> Option<u64> {
    found.map(said).filter(|said| !said.is_empty()).map(|said| digest(&[&said]))
}

/// What a value says.
pub(super) fn said(value: &RawValue) -> Cow<'_, str> {
    spoken(value.get())
}

/// What becomes of a line that could be read: whether there was room for its row.
pub(super) type Taken = Result<Result<(), NoRoom>, Wrong>;

/// Reads line after line, blank ones aside.
pub(super) fn each<S: Sink>(
    name: &str,
    input: impl BufRead,
    sink: &mut S,
    mut read: impl FnMut(&str, &mut S) -> Taken,
) -> Result<(), TraceFault> {
    let mut lines = Lines::new(name, input, LONGEST);
    let mut any = false;
    while let Some(text) = lines.next_line()? {
        if text.trim_ascii().is_empty() {
            continue;
        }
        any = true;
        let taken = read(text, sink).map_err(|wrong| lines.fault(&wrong))?;
        taken.map_err(|no_room| no_room.fault(name, &lines))?;
    }
    if any { Ok(()) } else { Err(lines.fault_of_row("at least one row")) }
}

/// Where something wrong stands.
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) length: usize,
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

/// Looks for fields of an object by their paths, as far as there are any. Keys with dots in them are found, too:
/// `a.b.c` is the key `c` in the object `a.b`, or in `b` in `a`, or `b.c` in `a`, or `a.b.c`.
pub(super) fn pick<'t, const N: usize>(
    text: &'t str,
    paths: [Option<&str>; N],
) -> Result<[Option<&'t RawValue>; N], Wrong> {
    let mut found = [None; N];
    whole(text, Level { wanted: paths, found: &mut found })?;
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
        let [found] = pick(text, [Some(path)]).unwrap();
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
            let [value] = pick(&text, [Some("n")]).unwrap();
            let Err(place) = need(&text, value, number::tokens) else { panic!("-1 tokens") };
            prop_assert_eq!(text.get(place.at..place.at + place.length), Some("-1"));
        }
    }
}
