//! What an answer says, choice by choice and token by token.
//!
//! A choice is reasoning, where its model reasons, and then one of three things: words without a
//! meaning, a text in a prescribed form, or the arguments of a call. `max_tokens` cuts all of it;
//! a stop word ends it, is not shown, and is paid for like every token that was made by then.

use chance::{Purpose, Seed, uniform_below};
use wire::Fate;

use crate::bounds;
use crate::words::{Text, WORDS, tokens};

/// Characters in a token of a text that is not made of words: the assumption `tokens_counted`.
const CHARACTERS: usize = 4;

/// Ours: the ids of tokens that are no word of ours begin here, and are so many.
const OTHER_IDS: u32 = 1_000;
const IDS: u32 = 100_000;

/// Ours: the least likely token that is said has this many thousandths of the likelihood's logarithm.
const LEAST_LIKELY: u64 = 2_000;

/// What can be asked of every answer in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    /// How many choices.
    pub(crate) choices: u32,
    pub(crate) max_tokens: Option<u32>,
    /// What ends an answer.
    pub(crate) stop: Vec<String>,
    /// How much of an answer is reasoning, in thousandths.
    pub(crate) reasoning: u32,
}

/// What a choice says after its reasoning.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// Words, until the length is reached that its fate has.
    Words,
    /// This text.
    Text(String),
    /// A call of this function with these arguments.
    Call { name: String, arguments: String },
}

/// One of the answers to a request.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    text: Text,
    said: Said,
    /// Where each token of a text ends, in bytes; empty for words.
    ends: Vec<usize>,
    /// Tokens of reasoning, before everything else.
    pub(crate) reasoning: u32,
    /// Tokens in all.
    pub(crate) tokens: u32,
    /// How many bytes after the reasoning are shown.
    shown: usize,
    /// Why it ends.
    pub(crate) finish: &'static str,
}

/// What a token belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Reasoning,
    Content,
    Call,
}

/// A token as it is shown: nothing of it behind a stop word.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token<'c> {
    pub(crate) part: Part,
    pub(crate) id: u32,
    pub(crate) text: &'c str,
}

/// All choices of an answer.
pub(crate) fn choices(fate: Fate, wanted: &Wanted, said: impl Fn(u32) -> Said) -> Vec<Choice> {
    let count = wanted.choices.max(1);
    let most = (bounds::ANSWER_TOKENS / count).max(1);
    (0..count).map(|index| Choice::of(fate, index, wanted, (said(index), most))).collect()
}

impl Choice {
    fn of(fate: Fate, index: u32, wanted: &Wanted, (said, bound): (Said, u32)) -> Self {
        let text = Text::of(fate, index);
        let natural = fate.answer.min(bound);
        let share = u64::from(natural) * u64::from(wanted.reasoning) / 1_000;
        let reasoning = u32::try_from(share).unwrap_or(natural);
        let ends = match &said {
            Said::Words => Vec::new(),
            Said::Text(text) | Said::Call { arguments: text, .. } => ends(text),
        };
        let whole = match &said {
            Said::Words => natural,
            Said::Text(_) | Said::Call { .. } => {
                reasoning.saturating_add(u32::try_from(ends.len()).unwrap_or(u32::MAX))
            }
        };
        let most = wanted.max_tokens.unwrap_or(u32::MAX).min(bound);
        let finish = match &said {
            _ if whole > most => "length",
            Said::Call { .. } => "tool_calls",
            Said::Words | Said::Text(_) => "stop",
        };
        let tokens = whole.min(most);
        let reasoning = reasoning.min(tokens);
        let mut choice = Self { text, said, ends, reasoning, tokens, shown: usize::MAX, finish };
        if !wanted.stop.is_empty() && !matches!(choice.said, Said::Call { .. }) {
            choice.stop_at(&wanted.stop);
        }
        choice
    }

    /// Ends it at the first stop word, with the token that completes it.
    fn stop_at(&mut self, stop: &[String]) {
        let content = self.content();
        let ends = |word: &String| content.find(word.as_str()).map(|at| (at + word.len(), at));
        let Some((end, at)) = stop.iter().filter_map(ends).min() else { return };
        let mut length = 0;
        let mut made = self.reasoning;
        while made < self.tokens && length < end {
            length += self.raw(made).1.len();
            made += 1;
        }
        (self.tokens, self.shown, self.finish) = (made, at, "stop");
    }

    /// The call, if it is one: its name, and its arguments as far as they were written.
    pub(crate) fn call(&self) -> Option<(&str, String)> {
        match &self.said {
            Said::Call { name, .. } => Some((name, self.joined(Part::Call))),
            Said::Words | Said::Text(_) => None,
        }
    }

    /// What it says beside reasoning and calls.
    pub(crate) fn content(&self) -> String {
        self.joined(Part::Content)
    }

    /// Its reasoning, if there is any.
    pub(crate) fn reasoned(&self) -> Option<String> {
        (self.reasoning > 0).then(|| self.joined(Part::Reasoning))
    }

    fn joined(&self, part: Part) -> String {
        self.all().filter(|token| token.part == part).map(|token| token.text).collect()
    }

    /// All of its tokens.
    pub(crate) fn all(&self) -> impl Iterator<Item = Token<'_>> {
        let mut length = 0;
        (0..self.tokens).map(move |index| self.token(index, &mut length))
    }

    /// A token, counted from zero. They are asked for in their order; `length` is how many bytes
    /// there were before it beside the reasoning, and grows.
    pub(crate) fn token(&self, index: u32, length: &mut usize) -> Token<'_> {
        let (id, text) = self.raw(index);
        if index < self.reasoning {
            return Token { part: Part::Reasoning, id, text };
        }
        let left = self.shown.saturating_sub(*length);
        *length += text.len();
        let text = if left < text.len() { text.get(..left).unwrap_or("") } else { text };
        let part = if matches!(self.said, Said::Call { .. }) { Part::Call } else { Part::Content };
        Token { part, id, text }
    }

    fn raw(&self, index: u32) -> (u32, &str) {
        let written = match &self.said {
            Said::Text(text) | Said::Call { arguments: text, .. } if index >= self.reasoning => {
                text
            }
            Said::Words | Said::Text(_) | Said::Call { .. } => return self.text.token(index),
        };
        let place = usize::try_from(index - self.reasoning).unwrap_or(usize::MAX);
        let end = self.ends.get(place).copied().unwrap_or(written.len());
        let from =
            place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let text = written.get(from..end).unwrap_or("");
        let sum =
            text.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        (OTHER_IDS + sum % IDS, text)
    }
}

/// The tokens of all choices together, and of the longest.
pub(crate) fn length(choices: &[Choice]) -> crate::inference::Length {
    let all = choices.iter().map(|choice| choice.tokens);
    crate::inference::Length { longest: all.clone().max().unwrap_or(0), all: all.sum() }
}

/// How likely the model found a token that it said, as a natural logarithm; and the likeliest
/// others, each with its own.
pub(crate) fn likelihood(
    fate: Fate,
    (choice, index): (u32, u32),
    others: u32,
) -> (f64, Vec<(&'static str, f64)>) {
    let stream = Seed(fate.draw).stream(Purpose::Likelihood, choice);
    let drawn = |nth: u32| stream.draw_attempt(u64::from(index), nth);
    let mut so_far = uniform_below(drawn(0), LEAST_LIKELY);
    let own = so_far;
    let as_number = |thousandths: u64| -(thousandths as f64) / 1_000.0;
    let first = uniform_below(drawn(1), WORDS.len() as u64);
    let words = WORDS.iter().cycle().skip(usize::try_from(first).unwrap_or(0));
    let others = (2..).zip(words).take(others.min(20) as usize).map(|(nth, word)| {
        so_far += 1 + uniform_below(drawn(nth), LEAST_LIKELY);
        (*word, as_number(so_far))
    });
    let others = others.collect();
    (as_number(own), others)
}

/// Where each token of a text ends.
fn ends(text: &str) -> Vec<usize> {
    let count = tokens(text.chars().count() as u64) as usize;
    let mut ends: Vec<usize> =
        text.char_indices().map(|(at, _)| at).step_by(CHARACTERS).skip(1).collect();
    if ends.len() < count {
        ends.push(text.len());
    }
    ends
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FATE: Fate = Fate { answer: 200, draw: 42 };

    fn one(wanted: &Wanted, said: &Said) -> Choice {
        choices(FATE, wanted, |_| said.clone()).remove(0)
    }

    #[test]
    fn choices_have_texts_of_their_own_and_add_up() {
        let all = choices(FATE, &Wanted { choices: 3, ..Wanted::default() }, |_| Said::Words);
        let texts: std::collections::BTreeSet<String> = all.iter().map(Choice::content).collect();
        assert_eq!(
            (all.len(), texts.len(), length(&all).all, length(&all).longest),
            (3, 3, 600, 200)
        );
    }

    #[test]
    fn a_stop_word_ends_the_answer_before_it_and_is_paid_for() {
        let whole = one(&Wanted::default(), &Said::Words);
        let content = whole.content();
        let stop = content.get(38..49).unwrap().to_owned();
        let at = content.find(&stop).unwrap();
        let wanted = Wanted { stop: vec!["no such".to_owned(), stop.clone()], ..Wanted::default() };
        let stopped = one(&wanted, &Said::Words);
        assert_eq!(stopped.content(), content[..at]);
        let made: String =
            whole.all().take(stopped.tokens as usize).map(|token| token.text).collect();
        assert!(made.contains(&stop) && stopped.finish == "stop");
        let less: String =
            whole.all().take(stopped.tokens as usize - 1).map(|token| token.text).collect();
        assert!(!less.contains(&stop));
    }

    #[test]
    fn reasoning_counts_and_comes_first() {
        let choice = one(&Wanted { reasoning: 250, ..Wanted::default() }, &Said::Words);
        assert_eq!((choice.reasoning, choice.tokens), (50, 200));
        let call = Said::Call { name: "f".to_owned(), arguments: "{\"a\":12}".to_owned() };
        let choice = one(&Wanted { reasoning: 250, ..Wanted::default() }, &call);
        assert_eq!((choice.tokens, choice.finish), (52, "tool_calls"));
        assert_eq!(choice.call(), Some(("f", "{\"a\":12}".to_owned())));
        let cut = one(&Wanted { max_tokens: Some(1), ..Wanted::default() }, &call);
        assert_eq!((cut.call(), cut.finish), (Some(("f", "{\"a\"".to_owned())), "length"));
    }

    proptest! {
        #[test]
        fn tokens_join_to_the_text_and_are_as_many_as_estimated(text in "\\PC{0,40}") {
            let choice = one(&Wanted::default(), &Said::Text(text.clone()));
            prop_assert_eq!(choice.tokens, tokens(text.chars().count() as u64));
            prop_assert_eq!(choice.content(), text);
        }
    }
}
