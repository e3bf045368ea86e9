//! JSON out: answers, chunks of answers, the list of models.

use std::io::Write as _;

use chance::{Purpose, Seed, Stream, uniform_below};
use serde::Serialize;
use wire::{Fate, Usage};

use crate::desk::ClientId;
use crate::mock::Mock;

/// Short words, each with the space before it: one token each, near four characters.
const WORDS: [&str; 32] = [
    " the", " sea", " was", " calm", " and", " one", " boat", " lay", " on", " its", " side",
    " as", " if", " it", " had", " come", " home", " to", " rest", " in", " warm", " sand",
    " with", " a", " gull", " that", " sang", " of", " far", " blue", " days", " now",
];

/// The longest of them.
const WORD: usize = 5;

/// What a body has beside its text: more is made room for when it comes.
pub(crate) const ENVELOPE: usize = 512;

/// The text of an answer, token by token: the same for the same fate.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Text(Stream);

impl Text {
    pub(crate) fn of(fate: Fate) -> Self {
        Self(Seed(fate.draw).stream(Purpose::Answer, 0))
    }

    /// The `index`-th token, counted from zero: its number and its text.
    pub(crate) fn token(self, index: u32) -> (u32, &'static str) {
        let place = uniform_below(self.0.draw(u64::from(index)), WORDS.len() as u64);
        let word = usize::try_from(place).ok().and_then(|place| WORDS.get(place));
        (u32::try_from(place).unwrap_or(0), word.copied().unwrap_or(" a"))
    }

    fn whole(self, tokens: u32) -> String {
        let mut text = String::with_capacity(WORD.saturating_mul(tokens as usize));
        text.extend((0..tokens).map(|index| self.token(index).1));
        text
    }
}

/// What all of one response has in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) id: String,
    pub(crate) created: u64,
    pub(crate) model: String,
    pub(crate) fate: Fate,
    /// Tokens of the answer, cut by `max_tokens`.
    pub(crate) answer: u32,
}

impl Common {
    fn seed(&self) -> u64 {
        self.fate.draw >> 32
    }

    fn finish_reason(&self) -> &'static str {
        if self.answer < self.fate.answer { "length" } else { "stop" }
    }

    /// The body of a plain answer.
    pub(crate) fn whole(&self, usage: Usage) -> Vec<u8> {
        let content = Text::of(self.fate).whole(self.answer);
        let message = Message { role: "assistant", content: &content, tool_calls: [] };
        let choice = Choice {
            finish_reason: self.finish_reason(),
            seed: self.seed(),
            index: 0,
            logprobs: None,
            message,
        };
        let completion = Completion {
            id: &self.id,
            object: "chat.completion",
            created: self.created,
            model: &self.model,
            prompt: [],
            choices: [choice],
            usage: usage.into(),
        };
        json(&completion, content.len() + ENVELOPE)
    }

    /// What the events of all tokens have in common.
    pub(crate) fn form(&self) -> Option<Form> {
        Form::of(Text::of(self.fate), std::str::from_utf8(&self.event(0, "", None)).ok()?)
    }

    /// Writes the last event, which tells reason and usage together, and the end of the stream.
    pub(crate) fn last(&self, usage: Usage, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event(0, "", Some(usage)));
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn event(&self, token_id: u32, content: &str, last: Option<Usage>) -> Vec<u8> {
        let choice = ChunkChoice {
            index: 0,
            text: content,
            logprobs: None,
            finish_reason: last.map(|_| self.finish_reason()),
            seed: last.map(|_| self.seed()),
            delta: Delta { token_id, role: "assistant", content },
        };
        let chunk = Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            choices: [choice],
            model: &self.model,
            usage: last.map(UsageWords::from),
        };
        [b"data: ", json(&chunk, ENVELOPE).as_slice(), b"\n\n"].concat()
    }
}

/// The event of a token without the token. A stream's events differ in three places alone, so the
/// rest is rendered once.
#[derive(Debug)]
pub(crate) struct Form {
    text: Text,
    /// Up to the word, on to the token's number, on to the word once more, on to the end.
    parts: [String; 4],
}

impl Form {
    /// Takes apart the event of an empty token with the number 0. Quotes inside a text are
    /// escaped, so none of the marks can stand in one.
    fn of(text: Text, event: &str) -> Option<Self> {
        let (begin, rest) = after(event, "\"text\":\"")?;
        let (number, rest) = after(rest, "\"token_id\":")?;
        let (again, end) = after(rest.strip_prefix('0')?, "\"content\":\"")?;
        Some(Self { text, parts: [begin, number, again, end].map(str::to_owned) })
    }

    /// How many bytes an event has at most.
    pub(crate) fn most(&self) -> usize {
        let number = 2;
        self.parts.iter().map(String::len).sum::<usize>() + 2 * WORD + number
    }

    /// Writes the event of one token. No word needs an escape.
    pub(crate) fn token(&self, index: u32, out: &mut Vec<u8>) {
        let (token_id, word) = self.text.token(index);
        let [begin, number, again, end] = &self.parts;
        for part in [begin, word, number] {
            out.extend_from_slice(part.as_bytes());
        }
        // Writing to memory does not fail.
        let _ = write!(out, "{token_id}");
        for part in [again, word, end] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// A text in two, with the cut behind a mark.
fn after<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    text.split_at_checked(text.find(mark)? + mark.len())
}

/// A value as JSON that is about so long. Writing to memory does not fail, and neither do the
/// shapes of this crate.
pub(crate) fn json(value: &impl Serialize, about: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(about);
    let _ = serde_json::to_writer(&mut out, value);
    out
}

#[derive(Serialize)]
struct Completion<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    model: &'a str,
    prompt: [(); 0],
    choices: [Choice<'a>; 1],
    usage: UsageWords,
}

#[derive(Serialize)]
struct Choice<'a> {
    finish_reason: &'a str,
    seed: u64,
    index: u32,
    logprobs: Option<()>,
    message: Message<'a>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
    tool_calls: [(); 0],
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    choices: [ChunkChoice<'a>; 1],
    model: &'a str,
    usage: Option<UsageWords>,
}

#[derive(Serialize)]
struct ChunkChoice<'a> {
    index: u32,
    text: &'a str,
    logprobs: Option<()>,
    finish_reason: Option<&'a str>,
    seed: Option<u64>,
    delta: Delta<'a>,
}

#[derive(Serialize)]
struct Delta<'a> {
    token_id: u32,
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the words of the wire")]
struct UsageWords {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u64,
    cached_tokens: u32,
}

impl From<Usage> for UsageWords {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt,
            completion_tokens: usage.completion,
            total_tokens: usage.total(),
            cached_tokens: 0,
        }
    }
}

/// A model as the list shows it. The list that was recorded also tells prices and chat templates,
/// which the rulebook does not have; they are left out rather than made up.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    r#type: &'a str,
    running: bool,
    display_name: &'a str,
    organization: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_length: Option<u64>,
}

/// The body of the list of models for a client: a bare array.
pub(crate) fn models(mock: &Mock, client: ClientId) -> Vec<u8> {
    let listed = mock.listed(client).into_iter().map(|served| {
        let id = served.name.as_str();
        let (organization, display_name) = id.split_once('/').unwrap_or(("", id));
        Listed {
            id,
            object: "model",
            created: 0,
            r#type: "chat",
            running: false,
            display_name,
            organization,
            context_length: mock.plan.edition.context(&served.account.model).map(|tokens| tokens.0),
        }
    });
    serde_json::to_vec(&listed.collect::<Vec<_>>()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_of_a_token_is_the_json_it_would_be_by_itself() {
        let common = Common {
            id: "AbCdEfG-1aB2c-0123456789abcdef".to_owned(),
            created: 7,
            model: r#"a/"text":"\"token_id":0"#.to_owned(),
            fate: Fate { answer: 200, draw: 42 },
            answer: 200,
        };
        let form = common.form().unwrap();
        let mut seen = [false; WORDS.len()];
        for index in 0..200 {
            let (token_id, word) = Text::of(common.fate).token(index);
            let mut event = Vec::new();
            form.token(index, &mut event);
            assert_eq!(event, common.event(token_id, word, None));
            assert!(event.len() <= form.most());
            seen[token_id as usize] = true;
        }
        assert_eq!(seen, [true; WORDS.len()]);
    }
}
