//! JSON out, where an answer is one text in words: nearly always, so it is to be quick.

use std::io::Write as _;

use serde::Serialize;
use serde_json::Number;
use wire::Usage;

use crate::inference::Common;
use crate::inference::asked::seed;
use crate::inference::chat::Asked;
use crate::stream::Pieces;
use crate::words::{ENVELOPE, Text, UsageWords, WORD, json};

/// Why the answer ends.
fn finish(asked: &Asked) -> &'static str {
    if asked.cut { "length" } else { "stop" }
}

/// The body of a plain answer.
pub(super) fn whole(common: &Common, asked: &Asked) -> Vec<u8> {
    common.whole(finish(asked), seed(asked.seed.as_ref(), common.fate.draw, 0))
}

/// A streamed answer: a chunk for each token, then the last.
pub(super) struct Chunks {
    common: Common,
    form: Form,
    finish: &'static str,
    seed: Number,
}

impl Chunks {
    pub(super) fn of(common: Common, asked: &Asked) -> Option<Self> {
        let seed = seed(asked.seed.as_ref(), common.fate.draw, 0);
        Some(Self { form: common.form()?, common, finish: finish(asked), seed })
    }
}

impl Pieces for Chunks {
    fn count(&self) -> u32 {
        self.common.usage.completion
    }

    fn most(&self) -> usize {
        self.form.most()
    }

    fn piece(&mut self, index: u32, out: &mut Vec<u8>) {
        self.form.token(index, out);
    }

    fn last(&mut self, usage: Usage, out: &mut Vec<u8>) {
        self.common.last((usage, self.finish, &self.seed), out);
    }
}

impl Common {
    fn whole(&self, finish_reason: &str, seed: Number) -> Vec<u8> {
        let content = Text::of(self.fate, 0).whole(self.usage.completion);
        let message = Message { role: "assistant", content: &content, tool_calls: [] };
        let choice = Choice { finish_reason, seed, index: 0, logprobs: None, message };
        let completion = Completion {
            id: &self.id,
            object: "chat.completion",
            created: self.created,
            model: &self.model,
            prompt: [],
            choices: [choice],
            usage: self.usage.into(),
        };
        json(&completion, content.len() + ENVELOPE)
    }

    /// What the events of all tokens have in common.
    fn form(&self) -> Option<Form> {
        Form::of(Text::of(self.fate, 0), std::str::from_utf8(&self.event(0, "", None)).ok()?)
    }

    /// Writes the last event, which tells reason and usage together, and the end of the stream.
    fn last(&self, last: (Usage, &str, &Number), out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event(0, "", Some(last)));
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn event(&self, token_id: u32, content: &str, last: Option<(Usage, &str, &Number)>) -> Vec<u8> {
        let choice = ChunkChoice {
            index: 0,
            text: content,
            logprobs: None,
            finish_reason: last.map(|(_, finish, _)| finish),
            seed: last.map(|(.., seed)| seed),
            delta: Delta { token_id, role: "assistant", content },
        };
        let chunk = Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            choices: [choice],
            model: &self.model,
            usage: last.map(|(usage, ..)| usage.into()),
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
    seed: Number,
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
    seed: Option<&'a Number>,
    delta: Delta<'a>,
}

#[derive(Serialize)]
struct Delta<'a> {
    token_id: u32,
    role: &'a str,
    content: &'a str,
}

#[cfg(test)]
mod tests {
    use wire::Fate;

    use super::*;
    use crate::words::WORDS;

    /// Two events of a stream as they were recorded in April 2026.
    const FIRST: &str = r#"data: {"id":"ogzjdpL-6Ng1vN-9f391a08f8af75e1","object":"chat.completion.chunk","created":1777411129,"choices":[{"index":0,"text":"Hello","logprobs":null,"finish_reason":null,"seed":null,"delta":{"token_id":9906,"role":"assistant","content":"Hello"}}],"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","usage":null}"#;
    const LAST: &str = r#"data: {"id":"ogzjdpL-6Ng1vN-9f391a08f8af75e1","object":"chat.completion.chunk","created":1777411129,"choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop","seed":15924764223251450000,"delta":{"token_id":128009,"role":"assistant","content":""}}],"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","usage":{"prompt_tokens":45,"completion_tokens":3,"total_tokens":48,"cached_tokens":0}}"#;

    #[test]
    fn events_are_the_recorded_ones_byte_for_byte() {
        let common = Common {
            id: "ogzjdpL-6Ng1vN-9f391a08f8af75e1".to_owned(),
            created: 1_777_411_129,
            model: "meta-llama/Llama-3.3-70B-Instruct-Turbo".into(),
            fate: Fate::default(),
            usage: Usage::default(),
        };
        let written = |event: Vec<u8>| String::from_utf8(event).unwrap();
        let first = written(common.event(9906, "Hello", None));
        assert_eq!(first, format!("{FIRST}\n\n"));
        let seed = Number::from(15_924_764_223_251_450_000_u64);
        let last = (Usage { prompt: 45, completion: 3 }, "stop", &seed);
        let last = written(common.event(128_009, "", Some(last)));
        assert_eq!(last, format!("{LAST}\n\n"));
    }

    #[test]
    fn the_event_of_a_token_is_the_json_it_would_be_by_itself() {
        let common = Common {
            id: "AbCdEfG-1aB2c-0123456789abcdef".to_owned(),
            created: 7,
            model: r#"a/"text":"\"token_id":0"#.into(),
            fate: Fate { answer: 200, draw: 42 },
            usage: Usage { prompt: 1, completion: 200 },
        };
        let form = common.form().unwrap();
        let mut seen = [false; WORDS.len()];
        for index in 0..200 {
            let (token_id, word) = Text::of(common.fate, 0).token(index);
            let mut event = Vec::new();
            form.token(index, &mut event);
            assert_eq!(event, common.event(token_id, word, None));
            assert!(event.len() <= form.most());
            seen[token_id as usize] = true;
        }
        assert_eq!(seen, [true; WORDS.len()]);
    }
}
