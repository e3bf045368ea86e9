//! Chat completions.

mod asked;
mod special;
mod spoken;
mod written;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;

pub(crate) use crate::inference::chat::asked::Asked;

use crate::call::{Media, Unreadable};
use crate::inference::composed::{Said, choices, length};
use crate::inference::{Answer, Common, Load, Meets, Work, asked as common_fields, serve};
use crate::mock::Mock;
use crate::refusal::JSON;
use crate::stream::Pieces;

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/chat/completions"), post(serve::<Asked>))
}

impl Work for Asked {
    const WORK: &'static [rulebook::Work] = &[rulebook::Work::Chat, rulebook::Work::Completion];

    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable> {
        media.json()?;
        asked::read(body, media.lenient)
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn meet(&mut self, Meets { fate, context }: Meets) {
        if self.truncate {
            self.wanted.max_tokens =
                common_fields::truncated(self.wanted.max_tokens, self.prompt, context);
        }
        self.cut = self.wanted.max_tokens.is_some_and(|most| most < fate.answer);
        if !self.plain {
            let said = |choice| {
                let special = self.special.as_ref();
                special.map_or(Said::Words, |all| all.said(fate, choice, self.answers_a_tool))
            };
            self.choices = choices(fate, &self.wanted, said);
        }
    }

    fn load(&self) -> Load {
        let length = (!self.plain).then(|| length(&self.choices));
        let (prompt, stream, max_tokens) = (self.prompt, self.stream, self.wanted.max_tokens);
        Load { prompt, max_tokens, stream, length, count: 1, ..Load::default() }
    }

    fn answer(&self, common: &Common) -> Answer {
        let body =
            if self.plain { written::whole(common, self) } else { spoken::whole(common, self) };
        Answer { body: body.into(), media: JSON }
    }

    fn pieces(self, common: Common) -> Option<Box<dyn Pieces>> {
        if self.plain {
            return Some(Box::new(written::Chunks::of(common, &self)?));
        }
        Some(Box::new(spoken::Chunks::of(common, self)))
    }
}
