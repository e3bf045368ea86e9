//! The forms of answers, as they are written: keys of models, and `[sound]`.

use crate::forms::{Form, Sound, Unheard};
use crate::reading::{Table, Value};

use super::Reader;

/// The most numbers of a vector.
const MOST_NUMBERS: u64 = 1 << 20; // ours: no model is near it

/// The most samples a second.
const MOST_SAMPLES: u64 = 1 << 20; // ours: five times what studios use

const SOUND: &[&str] = &["sample_rate", "bytes", "lasts", "too_large", "too_long", "unsupported"];

impl<'d> Reader<'d> {
    /// The form of a model's answers.
    pub(super) fn form(&mut self, under: &str, table: &Table<'d>) -> Form {
        let dimension = table.get("dimension");
        let dimension = dimension.and_then(|v| self.fact(under, v, |v| count(v, MOST_NUMBERS)));
        let sample_rate = table.get("sample_rate");
        let sample_rate = sample_rate.and_then(|v| self.fact(under, v, |v| count(v, MOST_SAMPLES)));
        let voices = table.get("voices").and_then(|v| self.fact(under, v, names));
        Form { dimension, sample_rate, voices }
    }

    /// What is said of sound.
    pub(super) fn sound(&mut self) -> Option<Sound> {
        let Some(section) = self.root.get("sound") else { return Some(Sound::default()) };
        let table = section.table(SOUND)?;
        let rate = table.get("sample_rate");
        let rate = rate.and_then(|v| self.fact("sound", v, |v| count(v, MOST_SAMPLES)));
        let bytes = table.get("bytes");
        let bytes = bytes.and_then(|v| self.fact("sound", v, |v| v.whole_up_to(u64::MAX)));
        let lasts = table.get("lasts");
        let lasts = lasts.and_then(|v| self.fact("sound", v, Value::duration_above_zero));
        let mut words = |why: Unheard| self.unheard_words(table.get(why.word())?);
        let [too_large, too_long, unsupported] = Unheard::ALL.map(&mut words);
        Some(Sound { sample_rate: rate, bytes, lasts, too_large, too_long, unsupported })
    }
}

/// A whole number above zero.
fn count(value: Value<'_>, most: u64) -> Option<u32> {
    value.whole_up_to(most).and_then(|number| u32::try_from(number).ok())
}

/// Names with commas between them.
fn names(value: Value<'_>) -> Option<Vec<String>> {
    let text = value.text()?;
    Some(
        text.split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect(),
    )
}
