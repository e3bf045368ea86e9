//! JSON out, where an answer is more than words: choices, calls, reasoning, likelihoods, the prompt.

use serde::Serialize;
use serde_json::Number;
use wire::{Fate, Usage};

use crate::inference::asked::seed;
use crate::inference::chat::Asked;
use crate::inference::composed::{Choice, Part, Token};
use crate::inference::logprobs::{self, OfChunk};
use crate::inference::turns::Turns;
use crate::inference::{Common, calls};
use crate::stream::Pieces;
use crate::words::{ENVELOPE, UsageWords, event, json};

/// Ours: about how many bytes an event has, to make room for.
const EVENT: usize = 384;

/// The body of a plain answer.
pub(super) fn whole(common: &Common, asked: &Asked) -> Vec<u8> {
    let echo = asked.special.as_ref().and_then(|special| special.echo.as_deref());
    let legacy = asked.special.as_ref().is_some_and(|special| special.legacy);
    let choices = (0..).zip(&asked.choices).map(|(index, choice)| {
        let likely = |count| logprobs::whole(common.fate, (index, choice), count);
        let call =
            choice.call().map(|(name, arguments)| Called::of(common.fate, index, name, arguments));
        let (function_call, tool_calls) = match call {
            Some(call) if legacy => (Some(call.function), Vec::new()),
            call => (None, call.into_iter().collect()),
        };
        let content = Some(choice.content()).filter(|_| choice.call().is_none());
        WholeChoice {
            finish_reason: finish(choice, legacy),
            seed: seed(asked.seed.as_ref(), common.fate.draw, index),
            index,
            logprobs: asked.logprobs.map(likely),
            message: Message {
                role: "assistant",
                content,
                tool_calls,
                function_call,
                reasoning: choice.reasoned(),
            },
        }
    });
    let completion = Completion {
        id: &common.id,
        object: "chat.completion",
        created: common.created,
        model: &common.model,
        prompt: echo.map(|text| Prompt { text }).into_iter().collect(),
        choices: choices.collect(),
        usage: usage(common.usage, &asked.choices),
    };
    json(&completion, ENVELOPE)
}

fn usage(usage: Usage, choices: &[Choice]) -> UsageWords {
    let reasoning: u32 = choices.iter().map(|choice| choice.reasoning).sum();
    UsageWords::from(usage).reasoned(reasoning)
}

fn finish(choice: &Choice, legacy: bool) -> &'static str {
    match choice.finish {
        "tool_calls" if legacy => "function_call",
        finish => finish,
    }
}

/// A streamed answer: a chunk for each token, the choices taking turns; then why each ends.
pub(super) struct Chunks {
    common: Common,
    asked: Asked,
    turns: Turns,
}

impl Chunks {
    pub(super) fn of(common: Common, asked: Asked) -> Self {
        Self { turns: Turns::of(&asked.choices), common, asked }
    }

    fn chunk(&self, choice: ChunkChoice<'_>, usage: Option<UsageWords>, out: &mut Vec<u8>) {
        let Common { id, created, model, .. } = &self.common;
        let (object, created) = ("chat.completion.chunk", *created);
        event(&Chunk { id, object, created, choices: [choice], model, usage }, out);
    }
}

impl Pieces for Chunks {
    fn count(&self) -> u32 {
        self.turns.count()
    }

    fn most(&self) -> usize {
        EVENT
    }

    fn piece(&mut self, _: u32, out: &mut Vec<u8>) {
        let mut turns = std::mem::take(&mut self.turns);
        if let Some((index, nth, token)) = turns.next(&self.asked.choices) {
            self.token((index, nth), token, out);
        }
        self.turns = turns;
    }

    fn last(&mut self, total: Usage, out: &mut Vec<u8>) {
        let legacy = self.asked.special.as_ref().is_some_and(|special| special.legacy);
        let mut left = self.asked.choices.len();
        for (index, choice) in (0..).zip(&self.asked.choices) {
            left -= 1;
            let delta = Delta { role: "assistant", content: "", ..Delta::default() };
            let choice = ChunkChoice {
                index,
                text: "",
                logprobs: None,
                finish_reason: Some(finish(choice, legacy)),
                seed: Some(seed(self.asked.seed.as_ref(), self.common.fate.draw, index)),
                delta,
            };
            let usage = (left == 0).then(|| usage(total, &self.asked.choices));
            self.chunk(choice, usage, out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

impl Chunks {
    fn token(&self, (index, nth): (u32, u32), token: Token<'_>, out: &mut Vec<u8>) {
        let Token { part, id, text } = token;
        let Asked { choices, special, strict, .. } = &self.asked;
        let fate = self.common.fate;
        let legacy = special.as_ref().is_some_and(|special| special.legacy);
        let choice = usize::try_from(index).ok().and_then(|place| choices.get(place));
        let first = choice.is_some_and(|choice| choice.reasoning == nth);
        let mut delta = Delta { token_id: id, role: "assistant", ..Delta::default() };
        match part {
            Part::Reasoning => delta.reasoning = Some(text),
            Part::Content => delta.content = text,
            // The documents know no call in pieces: it comes whole with its first token.
            Part::Call if *strict && !first => {}
            Part::Call => {
                let named = choice.and_then(Choice::call).filter(|_| first);
                let begun = named.map(|(name, whole)| {
                    let arguments = if *strict { whole } else { String::new() };
                    Called::of(fate, index, name, arguments)
                });
                let pieces = begun.into_iter().map(Piece::Begun);
                let goes_on = Piece::GoesOn { index: 0, function: More { arguments: text } };
                let all = pieces.chain((!strict).then_some(goes_on));
                return self.calls((index, id), all, legacy, out);
            }
        }
        let alternatives = self.asked.logprobs;
        let logprobs = alternatives
            .map(|count| logprobs::of_chunk(fate, (index, nth), (text, count), *strict));
        let text = if part == Part::Content { text } else { "" };
        let choice = ChunkChoice { index, text, logprobs, finish_reason: None, seed: None, delta };
        self.chunk(choice, None, out);
    }

    /// The beginning of a call, a piece of its arguments, or both.
    fn calls<'c>(
        &self,
        (index, token_id): (u32, u32),
        pieces: impl Iterator<Item = Piece<'c>>,
        legacy: bool,
        out: &mut Vec<u8>,
    ) {
        for piece in pieces {
            let mut delta = Delta { token_id, role: "assistant", ..Delta::default() };
            match piece {
                Piece::Begun(call) if legacy => {
                    delta.function_call = Some(Legacy::Begun(call.function));
                }
                Piece::GoesOn { function, .. } if legacy => {
                    delta.function_call = Some(Legacy::GoesOn(function));
                }
                piece @ (Piece::Begun(_) | Piece::GoesOn { .. }) => {
                    delta.tool_calls = Some([piece]);
                }
            }
            let choice = ChunkChoice {
                index,
                text: "",
                logprobs: None,
                finish_reason: None,
                seed: None,
                delta,
            };
            self.chunk(choice, None, out);
        }
    }
}

#[derive(Serialize)]
struct Completion<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    model: &'a str,
    prompt: Vec<Prompt<'a>>,
    choices: Vec<WholeChoice<'a>>,
    usage: UsageWords,
}

#[derive(Serialize)]
struct Prompt<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct WholeChoice<'a> {
    finish_reason: &'a str,
    seed: Number,
    index: u32,
    logprobs: Option<logprobs::Whole<'a>>,
    message: Message,
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: Option<String>,
    tool_calls: Vec<Called>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_call: Option<Function>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<String>,
}

#[derive(Serialize)]
struct Called {
    index: u32,
    id: String,
    r#type: &'static str,
    function: Function,
}

#[derive(Serialize)]
struct Function {
    arguments: String,
    name: String,
}

impl Called {
    fn of(fate: Fate, choice: u32, name: &str, arguments: String) -> Self {
        let function = Function { arguments, name: name.to_owned() };
        Self { index: 0, id: calls::id(fate, choice), r#type: "function", function }
    }
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
    logprobs: Option<OfChunk<'a>>,
    finish_reason: Option<&'a str>,
    seed: Option<Number>,
    delta: Delta<'a>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    token_id: u32,
    role: &'a str,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[Piece<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_call: Option<Legacy<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<&'a str>,
}

/// A piece of a call.
#[derive(Serialize)]
#[serde(untagged)]
enum Piece<'a> {
    Begun(Called),
    GoesOn { index: u32, function: More<'a> },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Legacy<'a> {
    Begun(Function),
    GoesOn(More<'a>),
}

#[derive(Serialize)]
struct More<'a> {
    arguments: &'a str,
}
