//! Chat completions.

pub(crate) mod asked;
mod written;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;

use crate::call::{Fault, Media, Unreadable};
use crate::inference::chat::asked::Asked;
use crate::inference::{Answer, Common, Load, Meets, Work, serve};
use crate::mock::Mock;
use crate::refusal::JSON;
use crate::stream::Pieces;

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/chat/completions"), post(serve::<Asked>))
}

impl Work for Asked {
    const WORK: &'static [rulebook::Work] = &rulebook::Work::ALL;

    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable> {
        if !media.is_json() {
            let fault =
                Fault::new("content-type", "a body of the type application/json is expected");
            return Err(Unreadable { model: None, fault: Some(fault) });
        }
        asked::read(body)
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn meet(&mut self, Meets { fate, context }: Meets) {
        if let (true, Some(context)) = (self.truncate, context) {
            let left =
                u32::try_from(context.saturating_sub(self.prompt.into())).unwrap_or(u32::MAX);
            self.max_tokens = self.max_tokens.map(|most| most.min(left.max(1)));
        }
        self.cut = self.max_tokens.is_some_and(|most| most < fate.answer);
    }

    fn load(&self) -> Load {
        let Self { prompt, max_tokens, stream, .. } = *self;
        Load { prompt, max_tokens, stream, count: 1, ..Load::default() }
    }

    fn answer(&self, common: &Common) -> Answer {
        Answer { body: written::whole(common, self.finish()).into(), media: JSON }
    }

    fn pieces(self, common: Common) -> Option<Box<dyn Pieces>> {
        Some(Box::new(written::Chunks::of(common, self.finish())?))
    }
}
