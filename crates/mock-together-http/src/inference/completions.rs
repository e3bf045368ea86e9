//! Completions: the continuation of a text.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use wire::Usage;

use crate::call::{Fault, Media, Unreadable};
use crate::inference::asked::{self, Logprobs, Texts, seed};
use crate::inference::composed::{Choice, Said, Token, Wanted, choices, length};
use crate::inference::logprobs::{self, OfChunk};
use crate::inference::turns::Turns;
use crate::inference::{Answer, Common, Load, Meets, Work, read, serve};
use crate::mock::Mock;
use crate::refusal::JSON;
use crate::stream::Pieces;
use crate::words::{ENVELOPE, UsageWords, event, json, tokens};

/// Ours: about how many bytes an event has, to make room for.
const EVENT: usize = 384;

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/completions"), post(serve::<Asked>))
}

/// A request for a completion.
#[derive(Debug)]
pub(crate) struct Asked {
    model: String,
    prompt: u32,
    stream: bool,
    /// Its prompts, where they are to be said once more.
    echo: Vec<String>,
    seed: Option<Number>,
    logprobs: Option<u32>,
    wanted: Wanted,
    choices: Vec<Choice>,
    strict: bool,
}

#[derive(Deserialize)]
struct Written {
    model: String,
    prompt: Prompt,
    max_tokens: Option<u32>,
    stream: Option<bool>,
    n: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    stop: Option<Texts>,
    logprobs: Option<Logprobs>,
    echo: Option<bool>,
    seed: Option<Number>,
}

/// What is to be continued: as text, or as the numbers of its tokens.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text, a list of texts, or tokens")]
enum Prompt {
    Text(String),
    Texts(Vec<String>),
    Tokens(Vec<u32>),
    Several(Vec<Vec<u32>>),
}

impl Prompt {
    /// How many prompts it is.
    fn count(&self) -> usize {
        match self {
            Self::Text(_) | Self::Tokens(_) => 1,
            Self::Texts(texts) => texts.len(),
            Self::Several(all) => all.len(),
        }
    }

    /// Their tokens together; of texts, as estimated.
    fn tokens(&self) -> u32 {
        let estimated = |text: &String| tokens(text.chars().count() as u64);
        let counted = |list: &Vec<u32>| u32::try_from(list.len()).unwrap_or(u32::MAX);
        match self {
            Self::Text(text) => estimated(text),
            Self::Texts(texts) => texts.iter().map(estimated).fold(0, u32::saturating_add),
            Self::Tokens(list) => counted(list),
            Self::Several(all) => all.iter().map(counted).fold(0, u32::saturating_add),
        }
    }

    fn texts(self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text],
            Self::Texts(texts) => texts,
            Self::Tokens(_) | Self::Several(_) => Vec::new(),
        }
    }
}

impl Asked {
    fn of(written: Written, lenient: bool) -> Result<Self, Fault> {
        if !lenient && written.max_tokens == Some(0) {
            return Err(Fault::new("max_tokens", "must be at least 1"));
        }
        let Written { temperature, top_p, prompt, max_tokens, .. } = written;
        if !lenient {
            asked::shaping(&[("temperature", temperature), ("top_p", top_p)])?;
            if prompt.count() == 0 {
                return Err(Fault::new("prompt", "must not be empty"));
            }
        }
        // Each prompt has as many choices as are asked for; together they have the same bound.
        let each = asked::choices(written.n, lenient)?;
        let count = u32::try_from(prompt.count().max(1)).unwrap_or(u32::MAX);
        let choices = asked::choices(Some(each.saturating_mul(count)), lenient)?;
        let wanted =
            Wanted { choices, max_tokens, stop: asked::stop(written.stop)?, ..Wanted::default() };
        Ok(Self {
            model: written.model,
            prompt: prompt.tokens(),
            stream: written.stream.unwrap_or(false),
            echo: if written.echo == Some(true) { prompt.texts() } else { Vec::new() },
            seed: written.seed,
            logprobs: asked::alternatives(written.logprobs, None, lenient)?,
            wanted,
            choices: Vec::new(),
            strict: lenient,
        })
    }
}

impl Work for Asked {
    const WORK: &'static [rulebook::Work] = &[rulebook::Work::Chat, rulebook::Work::Completion];

    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable> {
        let written: Written = read(media, body)?;
        let model = written.model.clone();
        let asked = Self::of(written, media.lenient);
        asked.map_err(|fault| Unreadable { model: Some(model), fault: Some(fault) })
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn meet(&mut self, Meets { fate, .. }: Meets) {
        self.choices = choices(fate, &self.wanted, |_| Said::Words);
    }

    fn load(&self) -> Load {
        let (prompt, stream, max_tokens) = (self.prompt, self.stream, self.wanted.max_tokens);
        let length = Some(length(&self.choices));
        Load { prompt, max_tokens, stream, length, count: 1, ..Load::default() }
    }

    fn answer(&self, common: &Common) -> Answer {
        let choices = (0..).zip(&self.choices).map(|(index, choice)| WholeChoice {
            text: choice.content(),
            index,
            seed: seed(self.seed.as_ref(), common.fate.draw, index),
            finish_reason: choice.finish,
            logprobs: self
                .logprobs
                .map(|count| logprobs::whole(common.fate, (index, choice), count)),
        });
        let completion = Completion {
            id: &common.id,
            object: "text.completion",
            created: common.created,
            model: &common.model,
            prompt: self.echo.iter().map(|text| Once { text }).collect(),
            choices: choices.collect(),
            usage: common.usage.into(),
        };
        Answer { body: json(&completion, ENVELOPE).into(), media: JSON }
    }

    fn pieces(self, common: Common) -> Option<Box<dyn Pieces>> {
        Some(Box::new(Chunks { turns: Turns::of(&self.choices), common, asked: self }))
    }
}

/// A streamed answer: a chunk for each token, the choices taking turns; then why each ends.
struct Chunks {
    common: Common,
    asked: Asked,
    turns: Turns,
}

/// A chunk that is to be written.
struct Told<'c> {
    index: u32,
    token: TokenWords<'c>,
    logprobs: Option<OfChunk<'c>>,
    finish: Option<(&'c str, Number)>,
    usage: Option<UsageWords>,
}

impl Chunks {
    fn chunk(&self, told: Told<'_>, out: &mut Vec<u8>) {
        let Told { index, token, logprobs, finish, usage } = told;
        let TokenWords { id, text, .. } = token;
        let (finish_reason, seed) = finish.unzip();
        let choice = ChunkChoice {
            index,
            text,
            logprobs,
            finish_reason,
            seed: seed.clone(),
            delta: Delta { token_id: id, role: "assistant", content: text },
        };
        let chunk = Chunk {
            id: &self.common.id,
            object: "completion.chunk",
            created: self.common.created,
            token,
            choices: [choice],
            model: &self.common.model,
            usage,
            seed,
            finish_reason,
        };
        event(&chunk, out);
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
        if let Some((index, nth, Token { id, text, .. })) = turns.next(&self.asked.choices) {
            let fate = self.common.fate;
            let logprobs = self.asked.logprobs.map(|count| {
                logprobs::of_chunk(fate, (index, nth), (text, count), self.asked.strict)
            });
            let logprob = logprobs::own(fate, (index, nth));
            let token = TokenWords { id, text, logprob, special: false };
            self.chunk(Told { index, token, logprobs, finish: None, usage: None }, out);
        }
        self.turns = turns;
    }

    fn last(&mut self, total: Usage, out: &mut Vec<u8>) {
        let mut left = self.asked.choices.len();
        for (index, choice) in (0..).zip(&self.asked.choices) {
            left -= 1;
            let seed = seed(self.asked.seed.as_ref(), self.common.fate.draw, index);
            let told = Told {
                index,
                token: TokenWords { id: 0, text: "", logprob: 0.0, special: true },
                logprobs: None,
                finish: Some((choice.finish, seed)),
                usage: (left == 0).then(|| total.into()),
            };
            self.chunk(told, out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

#[derive(Serialize)]
struct Completion<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    model: &'a str,
    prompt: Vec<Once<'a>>,
    choices: Vec<WholeChoice<'a>>,
    usage: UsageWords,
}

#[derive(Serialize)]
struct Once<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct WholeChoice<'a> {
    text: String,
    index: u32,
    seed: Number,
    finish_reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<logprobs::Whole<'a>>,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    token: TokenWords<'a>,
    choices: [ChunkChoice<'a>; 1],
    model: &'a str,
    usage: Option<UsageWords>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<Number>,
    finish_reason: Option<&'a str>,
}

#[derive(Copy, Clone, Serialize)]
struct TokenWords<'a> {
    id: u32,
    text: &'a str,
    logprob: f64,
    special: bool,
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

#[derive(Serialize)]
struct Delta<'a> {
    token_id: u32,
    role: &'a str,
    content: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(rest: &str) -> Result<Asked, Unreadable> {
        let body = format!(r#"{{"model":"m"{rest}}}"#);
        Asked::read(Media::default(), &body.into())
    }

    #[test]
    fn a_prompt_is_a_text_or_several_or_tokens() {
        let of = |prompt: &str| asked(&format!(r#","n":2,"prompt":{prompt}"#)).unwrap();
        let seen = [r#""12345""#, r#"["1","12345"]"#, "[7,8,9]", "[[7],[8,9]]"]
            .map(|prompt| (of(prompt).prompt, of(prompt).wanted.choices));
        assert_eq!(seen, [(2, 2), (3, 4), (3, 2), (3, 4)]);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let named = [
            ("", ""),
            (r#","prompt":5"#, "prompt"),
            (r#","prompt":[]"#, "prompt"),
            (r#","prompt":"x","n":0"#, "n"),
            (r#","prompt":["x","y"],"n":100"#, "n"),
            (r#","prompt":"x","max_tokens":0"#, "max_tokens"),
            (r#","prompt":"x","echo":"yes""#, "echo"),
        ];
        for (rest, param) in named {
            let refused = asked(rest).unwrap_err();
            assert_eq!(refused.model.as_deref(), Some("m"), "{rest}");
            assert_eq!(refused.fault.unwrap().param, param, "{rest}");
        }
    }
}
