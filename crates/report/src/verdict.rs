//! What a run comes to, in one sentence and a few facts.
//!
//! Pieces of text with a tone: the terminal prints the very words that stand at the head of the
//! page. The sentence holds the claim and the figures behind it; the facts say why, what to do
//! about it, how much room there is, and how sure all of that is. A fact without data is left out.

mod facts;
mod sentence;
mod unjudged;
mod why;

use std::fmt::Write as _;

use run_record::RunRecord;

use crate::demand::Demand;
use crate::study::Study;

/// How a piece of text is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// As it stands.
    Plain,
    /// Everything that was asked was met.
    Good,
    /// Met in part, on average, or not judged.
    Fair,
    /// Missed.
    Bad,
}

/// A piece of text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Span {
    /// The words, with the spaces that belong around them.
    pub text: String,
    /// How they are meant.
    pub tone: Tone,
}

/// A fact beneath the sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fact {
    /// `Why`, `Do`, `Room` or `How sure`.
    pub name: &'static str,
    /// One or two sentences.
    pub text: String,
}

/// The sentence and its facts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// The sentence, in pieces.
    pub sentence: Vec<Span>,
    /// What stands beneath it.
    pub facts: Vec<Fact>,
}

/// The verdict on a run.
#[must_use]
pub fn lines(record: &RunRecord) -> Verdict {
    let study = Study::of(record);
    of(&study, &Demand::of(&study))
}

/// The strategy that a reader of the account's tier looks at first, by its name: the one whose
/// expectation decides, else the one to ship, else the best. None where none was run.
#[must_use]
pub fn looks_at(record: &RunRecord) -> Option<String> {
    let study = Study::of(record);
    let (strategy, _) = study.focus()?;
    study.strategies.get(strategy).map(|one| one.name.to_owned())
}

pub(crate) fn of(study: &Study<'_>, demand: &[Demand<'_>]) -> Verdict {
    Verdict { sentence: sentence::of(study), facts: facts::of(study, demand) }
}

impl Verdict {
    /// The sentence without its tones.
    #[must_use]
    pub fn sentence_text(&self) -> String {
        self.sentence.iter().map(|span| span.text.as_str()).collect()
    }

    /// Sentence and facts as plain text, broken at `width` columns, with the facts beside their
    /// names.
    #[must_use]
    pub fn to_text(&self, width: usize) -> String {
        let indent = self.facts.iter().map(|fact| fact.name.len()).max().unwrap_or(0) + 2;
        let mut text = String::new();
        for line in broken(&self.sentence_text(), width) {
            text.push_str(&line);
            text.push('\n');
        }
        for fact in &self.facts {
            let lines = broken(&fact.text, width.saturating_sub(indent));
            for (index, line) in lines.iter().enumerate() {
                let name = if index == 0 { fact.name } else { "" };
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{name:<indent$}{line}");
            }
        }
        text
    }
}

/// Text in lines of at most so many columns; only a word longer than that overhangs.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // Narrow no-break spaces hold a number and its unit together, so they do not split words.
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn plain(text: impl Into<String>) -> Span {
    Span { text: text.into(), tone: Tone::Plain }
}

fn toned(tone: Tone, text: impl Into<String>) -> Span {
    Span { text: text.into(), tone }
}

#[cfg(test)]
mod ages;
#[cfg(test)]
mod tests;
