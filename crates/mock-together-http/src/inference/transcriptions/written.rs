//! The text of a recording as JSON: alone, or in segments and words with their times.

use limits::Span;
use serde::Serialize;
use wire::Fate;

use crate::words::{Text, json};

/// Milliseconds that a word takes.
const WORD: u64 = 400; // ours: 150 words a minute

/// Words in a segment.
const WORDS: u64 = 12; // ours: a sentence

/// How much is told.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Segments and times, or the text alone.
    pub(crate) verbose: bool,
    /// Each word with its times.
    pub(crate) words: bool,
    /// Who spoke.
    pub(crate) speakers: bool,
}

/// A recording that was heard.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Heard<'a> {
    pub(crate) lasts: Span,
    pub(crate) told: Told,
    pub(crate) language: &'a str,
}

impl Heard<'_> {
    /// The body of its answer.
    pub(crate) fn written(self, fate: Fate) -> Vec<u8> {
        let millis = self.lasts.nanos() / 1_000_000;
        let count = millis.div_ceil(WORD);
        let text = Text::of(fate, 0);
        let word = |index: u64| {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            text.token(index).1.trim_start()
        };
        let said = |from: u64, to: u64| {
            let words: Vec<&str> = (from..to).map(word).collect();
            words.join(" ")
        };
        let whole = said(0, count);
        if !self.told.verbose {
            return json(&Plain { text: &whole }, whole.len() + 16);
        }
        let end = |index: u64| seconds((index * WORD).min(millis));
        let sentences = (0..count.div_ceil(WORDS)).map(|id| {
            let (from, to) = (id * WORDS, ((id + 1) * WORDS).min(count));
            Segment { id, start: end(from), end: end(to), text: said(from, to) }
        });
        let word_at = |index: u64| Spoken {
            word: word(index),
            start: end(index),
            end: end(index + 1),
            speaker_id: self.told.speakers.then(|| speaker(index / WORDS)),
        };
        let segments: Vec<Segment> = sentences.collect();
        let speakers = segments.iter().map(|segment| Turn {
            id: segment.id,
            speaker_id: speaker(segment.id),
            start: segment.start,
            end: segment.end,
            text: &segment.text,
            words: (segment.id * WORDS..((segment.id + 1) * WORDS).min(count))
                .map(word_at)
                .collect(),
        });
        let verbose = Verbose {
            language: self.language,
            duration: seconds(millis),
            text: &whole,
            speaker_segments: self.told.speakers.then(|| speakers.collect()),
            words: self.told.words.then(|| (0..count).map(word_at).collect()),
            segments: &segments,
        };
        json(&verbose, whole.len() * 4)
    }
}

/// Who speaks in a segment: two take turns.
fn speaker(segment: u64) -> &'static str {
    if segment.is_multiple_of(2) { "SPEAKER_00" } else { "SPEAKER_01" }
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}

#[derive(Serialize)]
struct Plain<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Verbose<'a> {
    language: &'a str,
    duration: f64,
    text: &'a str,
    segments: &'a [Segment],
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<Spoken<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker_segments: Option<Vec<Turn<'a>>>,
}

#[derive(Serialize)]
struct Segment {
    id: u64,
    start: f64,
    end: f64,
    text: String,
}

#[derive(Serialize)]
struct Spoken<'a> {
    word: &'a str,
    start: f64,
    end: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Turn<'a> {
    id: u64,
    speaker_id: &'a str,
    start: f64,
    end: f64,
    text: &'a str,
    words: Vec<Spoken<'a>>,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn written(millis: u64, told: Told) -> Value {
        let heard = Heard { lasts: Span::from_millis(millis), told, language: "en" };
        serde_json::from_slice(&heard.written(Fate { answer: 0, draw: 7 })).unwrap()
    }

    #[test]
    fn a_text_is_as_long_as_its_recording_and_the_same_however_it_is_told() {
        let plain = |millis| written(millis, Told::default())["text"].as_str().unwrap().to_owned();
        assert_eq!(
            [0, 400, 60_000].map(|millis| plain(millis).split_whitespace().count()),
            [0, 1, 150]
        );
        let told = Told { verbose: true, words: true, speakers: true };
        let verbose = written(10_100, told);
        assert_eq!(verbose["text"], plain(10_100));
        assert_eq!(verbose["duration"], 10.1);
        for list in ["segments", "speaker_segments"] {
            let texts = verbose[list].as_array().unwrap().iter();
            let texts: Vec<&str> = texts.map(|one| one["text"].as_str().unwrap()).collect();
            assert_eq!(texts.join(" "), plain(10_100));
        }
        let words = verbose["words"].as_array().unwrap();
        assert_eq!(words.len(), 26);
        assert_eq!(words[25]["end"], 10.1);
        let ends = words.iter().map(|word| word["end"].as_f64().unwrap());
        let starts = words.iter().skip(1).map(|word| word["start"].as_f64().unwrap());
        assert!(ends.zip(starts).all(|(end, start)| end.total_cmp(&start).is_eq()));
        assert!(written(10_100, Told { verbose: true, ..Told::default() })["words"].is_null());
    }
}
