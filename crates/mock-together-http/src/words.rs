//! What answers are made of: words without a meaning, and JSON.

use chance::{Purpose, Seed, Stream, uniform_below};
use serde::Serialize;
use wire::{Fate, Usage};

/// Short words, each with the space before it: one token each, near four characters.
pub(crate) const WORDS: [&str; 32] = [
    " the", " sea", " was", " calm", " and", " one", " boat", " lay", " on", " its", " side",
    " as", " if", " it", " had", " come", " home", " to", " rest", " in", " warm", " sand",
    " with", " a", " gull", " that", " sang", " of", " far", " blue", " days", " now",
];

/// The longest of them.
pub(crate) const WORD: usize = 5;

/// What a body has beside its text: more is made room for when it comes.
pub(crate) const ENVELOPE: usize = 512;

/// Characters in a token: the rulebook's assumption `tokens_counted`.
const CHARACTERS_PER_TOKEN: u64 = 4;

/// How many tokens so many characters are estimated to be.
pub(crate) fn tokens(characters: u64) -> u32 {
    u32::try_from(characters.div_ceil(CHARACTERS_PER_TOKEN)).unwrap_or(u32::MAX)
}

/// The text of an answer, token by token: the same for the same fate.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Text(Stream);

impl Text {
    /// The text of one of several answers, counted from zero.
    pub(crate) fn of(fate: Fate, choice: u32) -> Self {
        Self(Seed(fate.draw).stream(Purpose::Answer, choice))
    }

    /// The `index`-th token, counted from zero: its number and its text.
    pub(crate) fn token(self, index: u32) -> (u32, &'static str) {
        let place = uniform_below(self.0.draw(u64::from(index)), WORDS.len() as u64);
        let word = usize::try_from(place).ok().and_then(|place| WORDS.get(place));
        (u32::try_from(place).unwrap_or(0), word.copied().unwrap_or(" a"))
    }

    /// The first tokens together.
    pub(crate) fn whole(self, tokens: u32) -> String {
        let mut text = String::with_capacity(WORD.saturating_mul(tokens as usize));
        text.extend((0..tokens).map(|index| self.token(index).1));
        text
    }
}

/// A usage as bodies have it.
#[derive(Copy, Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the words of the wire")]
pub(crate) struct UsageWords {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u64,
    cached_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_tokens: Option<u32>,
}

impl UsageWords {
    /// The same, where some of the answer was reasoning.
    pub(crate) fn reasoned(self, tokens: u32) -> Self {
        Self { reasoning_tokens: (tokens > 0).then_some(tokens), ..self }
    }
}

impl From<Usage> for UsageWords {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt,
            completion_tokens: usage.completion,
            total_tokens: usage.total(),
            cached_tokens: 0,
            reasoning_tokens: None,
        }
    }
}

/// Writes an event of a stream.
pub(crate) fn event(value: &impl Serialize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    let _ = serde_json::to_writer(&mut *out, value);
    out.extend_from_slice(b"\n\n");
}

/// A value as JSON that is about so long. Writing to memory does not fail, and neither do the
/// shapes of this crate.
pub(crate) fn json(value: &impl Serialize, about: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(about);
    let _ = serde_json::to_writer(&mut out, value);
    out
}
