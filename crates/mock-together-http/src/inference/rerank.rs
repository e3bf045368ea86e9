//! Re-rank: documents in the order in which they have to do with a query.
//!
//! A document's score is the share of the query's words that stand in it, and a little that is its own,
//! so that no two are quite alike: the same query and document always have the same one.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{Fault, Media, Unreadable};
use crate::inference::vector::mark;
use crate::inference::{Answer, At, Common, Load, Unfit, Work, read, serve};
use crate::mock::Mock;
use crate::refusal::JSON;
use crate::words::{UsageWords, json, tokens};

/// The most documents of a request.
const DOCUMENTS: usize = 2_048; // ours: twice what the one model with a bound of its own takes

/// The most words of a query or of a document that are looked at.
const WORDS: usize = 4_096; // ours: more than most contexts hold

/// How much of a score a document's own part is.
const OWN: f64 = 0.05; // ours: less than a word of most queries

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/rerank"), post(serve::<Asked>))
}

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    model: String,
    query: String,
    documents: Vec<Document>,
    top_n: Option<u32>,
    #[serde(default)]
    return_documents: Option<bool>,
    rank_fields: Option<Vec<String>>,
}

/// A document: a text, or an object whose values are ranked by.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Document {
    Text(String),
    Object(Map<String, Value>),
}

impl Work for Asked {
    const WORK: &'static [rulebook::Work] = &[rulebook::Work::Rerank];

    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable> {
        read(media, body)
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn suits(&mut self, at: &At<'_>) -> Result<(), Unfit> {
        let fault = if self.documents.len() > DOCUMENTS {
            Some(Fault::new("documents", format!("at most {DOCUMENTS}")))
        } else if at.lenient {
            None
        } else if self.documents.is_empty() {
            Some(Fault::new("documents", "a list with at least one text or object"))
        } else if self.top_n == Some(0) {
            Some(Fault::new("top_n", "at least 1"))
        } else {
            None
        };
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }

    fn load(&self) -> Load {
        let count = |text: &str| text.chars().count() as u64;
        let texts = self.documents.iter().map(|document| self.ranked_by(document));
        let characters = count(&self.query) + texts.map(|text| count(&text)).sum::<u64>();
        let documents = u32::try_from(self.documents.len()).unwrap_or(u32::MAX).max(1);
        Load { prompt: tokens(characters), count: documents, ..Load::default() }
    }

    fn answer(&self, common: &Common) -> Answer {
        let words: HashSet<String> = words(&self.query).collect();
        let about = mark(self.query.as_bytes());
        let results = (0..).zip(&self.documents).map(|(index, document)| {
            let relevance_score = score(&words, about, &self.ranked_by(document));
            let text = self.return_documents.unwrap_or(false).then(|| document.whole());
            Ranked { index, relevance_score, document: Returned { text } }
        });
        let mut results: Vec<Ranked> = results.collect();
        let order =
            |one: &Ranked, two: &Ranked| two.relevance_score.total_cmp(&one.relevance_score);
        results.sort_by(order);
        results.truncate(self.top_n.map_or(usize::MAX, |most| most as usize));
        let body = Order {
            id: &common.id,
            object: "rerank",
            model: &common.model,
            results,
            usage: common.usage.into(),
        };
        Answer { body: json(&body, 1_024).into(), media: JSON }
    }
}

impl Asked {
    /// The text that a document is ranked by: all of it, or the fields that are named.
    fn ranked_by(&self, document: &Document) -> String {
        match document {
            Document::Text(text) => text.clone(),
            Document::Object(fields) => {
                let named = |name: &&String| {
                    self.rank_fields.as_ref().is_none_or(|only| only.contains(name))
                };
                let texts = fields.iter().filter(|(name, _)| named(name)).map(|(_, value)| {
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                });
                texts.collect::<Vec<String>>().join("\n")
            }
        }
    }
}

impl Document {
    /// All of it: an object as the JSON that it is.
    fn whole(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Object(fields) => String::from_utf8(json(fields, 256)).unwrap_or_default(),
        }
    }
}

/// How much a text has to do with a query, from 0 to 1.
fn score(query: &HashSet<String>, about: u64, text: &str) -> f64 {
    let there: HashSet<String> = words(text).filter(|word| query.contains(word)).collect();
    let share = there.len() as f64 / query.len().max(1) as f64;
    let own = chance::Seed(about ^ mark(text.as_bytes())).draw(chance::Purpose::Answer, 1, 0) >> 11;
    share * (1.0 - OWN) + own as f64 / (1_u64 << 53) as f64 * OWN
}

/// The words of a text, in small letters.
fn words(text: &str) -> impl Iterator<Item = String> {
    let words =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(WORDS).map(str::to_lowercase)
}

#[derive(Serialize)]
struct Order<'a> {
    id: &'a str,
    object: &'a str,
    model: &'a str,
    results: Vec<Ranked>,
    usage: UsageWords,
}

#[derive(Serialize)]
struct Ranked {
    index: u32,
    relevance_score: f64,
    document: Returned,
}

#[derive(Serialize)]
struct Returned {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(query: &str, text: &str) -> f64 {
        score(&words(query).collect(), mark(query.as_bytes()), text)
    }

    #[test]
    fn a_document_with_more_of_the_querys_words_is_nearer() {
        let query = "What animals live near Peru?";
        let near = scored(query, "The llama lives near PERU: animals of the Andes.");
        let far = scored(query, "The panda eats bamboo near a river.");
        let not = scored(query, "Nothing of the kind");
        assert!(near > far && far > not, "{near} {far} {not}");
        assert!((0.0..=1.0).contains(&near) && not >= 0.0);
        let again = scored(query, "The llama lives near PERU: animals of the Andes.");
        assert!(near.total_cmp(&again).is_eq());
        assert!(scored("", "") <= 1.0);
    }
}
