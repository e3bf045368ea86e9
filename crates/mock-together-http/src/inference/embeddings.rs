//! Embeddings: a vector for each text.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::call::{Fault, Media, Unreadable};
use crate::inference::vector::Text;
use crate::inference::{Answer, At, Common, Load, Unfit, Work, read, serve};
use crate::mock::Mock;
use crate::refusal::JSON;
use crate::words::{UsageWords, json, tokens};

/// The most texts of a request.
const TEXTS: usize = 2_048; // ours: as many as others take

/// How many numbers a vector has of which nobody says it.
const DIMENSION: u32 = 512; // ours: a model that the edition knows says it itself

/// The most characters of a number in JSON, with the comma behind it.
const NUMBER: usize = 14;

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/embeddings"), post(serve::<Asked>))
}

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    model: String,
    input: Texts,
    #[serde(default)]
    encoding_format: Form,
    dimensions: Option<u32>,
    /// How many numbers a vector has, once the model is known.
    #[serde(skip)]
    length: u32,
}

/// How a vector is written: `OpenAI`'s clients ask for the second.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    #[default]
    Float,
    /// Floats of 32 bits, little end first.
    Base64,
}

impl Work for Asked {
    const WORK: &'static [rulebook::Work] = &[rulebook::Work::Embedding];

    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable> {
        read(media, body)
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn suits(&mut self, at: &At<'_>) -> Result<(), Unfit> {
        let whole = at.edition.dimension(at.model).unwrap_or(DIMENSION);
        self.length = match self.dimensions {
            None => whole,
            Some(fewer) if (1..=whole).contains(&fewer) => fewer,
            Some(_) if at.lenient => whole,
            Some(_) => {
                let why = format!("from 1 to {whole}, which is what {} has", at.model);
                return Err(Fault::new("dimensions", why).into());
            }
        };
        if self.input.0.is_empty() && !at.lenient {
            return Err(Fault::new("input", "a text, or a list with at least one").into());
        }
        Ok(())
    }

    fn load(&self) -> Load {
        let characters = self.input.0.iter().map(|text| text.characters).sum();
        let count = u32::try_from(self.input.0.len()).unwrap_or(u32::MAX).max(1);
        Load { prompt: tokens(characters), count, ..Load::default() }
    }

    fn answer(&self, common: &Common) -> Answer {
        let vectors = (0..).zip(&self.input.0);
        let data = vectors.map(|(index, text)| {
            let vector = text.vector(self.length);
            let embedding = match self.encoding_format {
                Form::Float => Written::Floats(vector),
                Form::Base64 => Written::Base64(base64_of(&vector)),
            };
            Vector { object: "embedding", index, embedding }
        });
        let about = self.input.0.len() * self.length as usize * NUMBER;
        let list = List {
            object: "list",
            model: &common.model,
            data: data.collect(),
            usage: common.usage.into(),
        };
        Answer { body: json(&list, about).into(), media: JSON }
    }
}

fn base64_of(vector: &[f32]) -> String {
    STANDARD.encode(vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())
}

/// One text, or several.
#[derive(Debug)]
struct Texts(Vec<Text>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![Text::of(text)]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    if texts.len() >= TEXTS {
                        let most = format!("at most {TEXTS} texts");
                        return Err(serde::de::Error::custom(most));
                    }
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }
        from.deserialize_any(Each)
    }
}

#[derive(Serialize)]
struct List<'a> {
    object: &'a str,
    model: &'a str,
    data: Vec<Vector<'a>>,
    usage: UsageWords,
}

#[derive(Serialize)]
struct Vector<'a> {
    object: &'a str,
    index: u32,
    embedding: Written,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Written {
    Floats(Vec<f32>),
    Base64(String),
}
