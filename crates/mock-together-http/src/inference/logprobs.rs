//! How likely tokens were, as bodies tell it.
//!
//! Recorded are two forms: lists side by side, which is Together's own, and a list of tokens with
//! their alternatives, which is `OpenAI`'s. Whole answers have both, so that either kind of reader
//! finds its own; chunks have the first, as recorded, or the mere number of the documents.

use serde::Serialize;
use wire::Fate;

use crate::inference::composed::{Choice, Token, likelihood};

/// Of a whole answer.
#[derive(Serialize)]
pub(crate) struct Whole<'c> {
    tokens: Vec<&'c str>,
    token_ids: Vec<u32>,
    token_logprobs: Vec<f64>,
    content: Vec<Each<'c>>,
}

#[derive(Serialize)]
struct Each<'c> {
    token: &'c str,
    bytes: &'c [u8],
    logprob: f64,
    top_logprobs: Vec<Other<'c>>,
}

#[derive(Serialize)]
struct Other<'c> {
    token: &'c str,
    bytes: &'c [u8],
    logprob: f64,
}

/// Of a chunk.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum OfChunk<'c> {
    Strict(f64),
    Recorded { tokens: [&'c str; 1], token_logprobs: [f64; 1], top_logprobs: [Vec<Top<'c>>; 1] },
}

#[derive(Serialize)]
pub(crate) struct Top<'c> {
    token: &'c str,
    logprob: f64,
}

/// A token and the likeliest others: itself among them, as recorded.
fn told(
    fate: Fate,
    place: (u32, u32),
    (token, alternatives): (&str, u32),
) -> (f64, Vec<(&str, f64)>) {
    let (own, others) = likelihood(fate, place, alternatives.saturating_sub(1));
    let itself = (alternatives > 0).then_some((token, own));
    (own, itself.into_iter().chain(others).collect())
}

/// Of all tokens of a choice.
pub(crate) fn whole(fate: Fate, (index, choice): (u32, &Choice), alternatives: u32) -> Whole<'_> {
    let mut all = Whole {
        tokens: Vec::new(),
        token_ids: Vec::new(),
        token_logprobs: Vec::new(),
        content: Vec::new(),
    };
    for (nth, Token { id, text, .. }) in (0..).zip(choice.all()) {
        let (logprob, others) = told(fate, (index, nth), (text, alternatives));
        let top_logprobs = others
            .into_iter()
            .map(|(token, logprob)| Other { token, bytes: token.as_bytes(), logprob })
            .collect();
        all.tokens.push(text);
        all.token_ids.push(id);
        all.token_logprobs.push(logprob);
        all.content.push(Each { token: text, bytes: text.as_bytes(), logprob, top_logprobs });
    }
    all
}

/// How likely a token was, without its alternatives.
pub(crate) fn own(fate: Fate, place: (u32, u32)) -> f64 {
    likelihood(fate, place, 0).0
}

/// Of one token.
pub(crate) fn of_chunk(
    fate: Fate,
    place: (u32, u32),
    (text, alternatives): (&str, u32),
    strict: bool,
) -> OfChunk<'_> {
    let (own, others) = told(fate, place, (text, alternatives));
    if strict {
        return OfChunk::Strict(own);
    }
    let top = others.into_iter().map(|(token, logprob)| Top { token, logprob }).collect();
    OfChunk::Recorded { tokens: [text], token_logprobs: [own], top_logprobs: [top] }
}
