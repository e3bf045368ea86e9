//! What chat and completions can both be asked for beside a text.

use serde::Deserialize;
use serde_json::Number;

use crate::call::Fault;

/// The most choices of one request, as the service documents it.
const CHOICES: u32 = 128;

/// Ours: the most stop words; nobody says how many are too many.
const STOPS: usize = 16;

/// The most alternatives to a token, as the service documents it.
const ALTERNATIVES: u32 = 20;

/// One text, or several.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "a text, or a list of texts")]
pub(crate) enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    pub(crate) fn list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

/// How many alternatives to each token; or whether to tell how likely it was, as `OpenAI` has it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a number from 0 to 20, or a truth value")]
pub(crate) enum Logprobs {
    Alternatives(u32),
    Wanted(bool),
}

/// How many alternatives are to be told with each token; `None` where nothing is.
pub(crate) fn alternatives(
    said: Option<Logprobs>,
    top: Option<u32>,
    lenient: bool,
) -> Result<Option<u32>, Fault> {
    let most = |count: u32| if lenient { count.min(ALTERNATIVES) } else { count };
    match said {
        None | Some(Logprobs::Wanted(false)) => Ok(None),
        Some(Logprobs::Wanted(true)) => Ok(Some(most(top.unwrap_or(0)))),
        Some(Logprobs::Alternatives(count)) => Ok(Some(most(count))),
    }
    .and_then(|count| match count {
        Some(count) if count > ALTERNATIVES => Err(Fault::new("logprobs", "must be from 0 to 20")),
        count => Ok(count),
    })
}

/// How many choices: from 1 to 128.
pub(crate) fn choices(said: Option<u32>, lenient: bool) -> Result<u32, Fault> {
    let count = said.unwrap_or(1);
    match count {
        1..=CHOICES => Ok(count),
        _ if lenient => Ok(count.clamp(1, CHOICES)),
        _ => Err(Fault::new("n", "must be from 1 to 128")),
    }
}

/// Words that end an answer; an empty one ends nothing.
pub(crate) fn stop(said: Option<Texts>) -> Result<Vec<String>, Fault> {
    let mut words = said.map(Texts::list).unwrap_or_default();
    if words.len() > STOPS {
        return Err(Fault::new("stop", "must be a text or a list of at most 16"));
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}

/// The seed of an answer as its body says it: the request's own, or one drawn.
pub(crate) fn seed(said: Option<&Number>, draw: u64, choice: u32) -> Number {
    said.cloned().unwrap_or_else(|| ((draw >> 32).wrapping_add(choice.into()) & 0xffff_ffff).into())
}

/// Whether numbers that shape an answer make sense.
pub(crate) fn shaping(fields: &[(&str, Option<f64>)]) -> Result<(), Fault> {
    match fields.iter().find(|(_, number)| number.is_some_and(|number| number < 0.0)) {
        Some((name, _)) => Err(Fault::new(*name, "must not be negative")),
        None => Ok(()),
    }
}

/// A `max_tokens` that fits into what the prompt leaves of the context.
pub(crate) fn truncated(max_tokens: Option<u32>, prompt: u32, context: Option<u64>) -> Option<u32> {
    let left = context.map(|context| context.saturating_sub(prompt.into()).max(1));
    let left = left.map_or(u32::MAX, |left| u32::try_from(left).unwrap_or(u32::MAX));
    max_tokens.map(|most| most.min(left))
}
