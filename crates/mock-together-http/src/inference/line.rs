//! The same work as a line of a batch: nobody waits for it, and it is answered in one piece.

use std::sync::Arc;

use axum::body::Bytes;
use limits::Clock as _;
use wire::{ErrorKind, Fate, Usage};

use crate::call::{Media, Unreadable};
use crate::desk::{ModelId, Weight};
use crate::inference::chat::Asked;
use crate::inference::{At, Common, Unfit, Work, completions, embeddings, is_done_by, weigh};
use crate::mock::Mock;
use crate::plan::Profile;

/// A line that can be answered.
pub(crate) struct LineWork {
    /// The model that it asks for.
    pub(crate) model: ModelId,
    /// What it weighs. Its answer is charged for all of its choices; it has no stream.
    pub(crate) weight: Weight,
    name: Arc<str>,
    work: Box<dyn Render>,
}

/// A line that cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineFault {
    /// What the same request would have met by itself.
    pub(crate) kind: ErrorKind,
    /// The model, where at least that could be read.
    pub(crate) model: Option<String>,
    /// What is wrong with it, where there is more to say.
    pub(crate) why: Option<String>,
}

/// Reads a line's body as the work of an address, such as `/v1/chat/completions`; `None` where
/// nothing of that address can be asked for in a batch. The same draw gets the same answer.
pub(crate) fn line(
    mock: &Mock,
    url: &str,
    body: &Bytes,
    draw: u64,
) -> Option<Result<LineWork, LineFault>> {
    let address = url.strip_prefix("/v1")?;
    let reader = match address {
        "/chat/completions" => read::<Asked>,
        "/completions" => read::<completions::Asked>,
        "/embeddings" => read::<embeddings::Asked>,
        _ => return None,
    };
    Some(reader(mock, body, mock.fated(draw)))
}

impl LineWork {
    /// The model's name, as it asks for it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The body of its answer, done now and charged for so much.
    pub(crate) fn render(&self, mock: &Mock, usage: Usage) -> Bytes {
        let (id, created) = (mock.next_id(), mock.date(mock.clock.now()));
        let (model, fate) = (Arc::clone(&self.name), self.weight.fate);
        self.work.render(&Common { id, created, model, fate, usage })
    }
}

/// Work whose kind does not matter any more.
trait Render: Send {
    fn render(&self, common: &Common) -> Bytes;
}

impl<W: Work> Render for W {
    fn render(&self, common: &Common) -> Bytes {
        self.answer(common).body
    }
}

fn read<W: Work>(mock: &Mock, body: &Bytes, fate: Fate) -> Result<LineWork, LineFault> {
    let lenient = mock.plan.profile == Profile::Conformance;
    let media = Media { lenient, ..Media::default() };
    let mut work = W::read(media, body).map_err(|Unreadable { model, fault }| LineFault {
        kind: ErrorKind::Invalid,
        model,
        why: fault.map(|fault| fault.to_string()),
    })?;
    let refused = |kind| LineFault { kind, model: Some(work.model().to_owned()), why: None };
    let (model, served) =
        mock.served(work.model()).ok_or_else(|| refused(ErrorKind::UnknownModel))?;
    if !is_done_by::<W>(mock, served) {
        return Err(refused(ErrorKind::Invalid));
    }
    if let Err(unfit) = work.suits(&At::of(mock, served, None)) {
        let why = match unfit {
            Unfit::Fault(fault) => fault.to_string(),
            Unfit::Unheard(why) => why.word().to_owned(),
        };
        let model = Some(work.model().to_owned());
        return Err(LineFault { kind: ErrorKind::Invalid, model, why: Some(why) });
    }
    let name = served.called(work.model());
    let weight = weigh(mock, served, &mut work, fate);
    let mut weight = Weight { stream: false, ..weight };
    // A batch has no choices side by side: all of them are worked off, one after the other.
    if let Some(length) = weight.length.take() {
        (weight.fate.answer, weight.max_tokens) = (length.all, None);
    }
    Ok(LineWork { model, weight, name, work: Box::new(work) })
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;
    use crate::{Plan, TokioClock};

    const MODEL: &str = "Qwen/Qwen3-Next-80B-A3B-Instruct";

    fn mock() -> Arc<Mock> {
        let edition = Arc::new(Rulebook::embedded().unwrap().edition("2025-11").unwrap().clone());
        let mut plan = Plan::new(&edition, &edition.ladder()[0]);
        plan.models.push(edition.model(MODEL));
        Mock::new(plan, TokioClock::start(), ())
    }

    fn body(rest: &str) -> Bytes {
        let message = r#"{"role":"user","content":"12345678"}"#;
        format!(r#"{{"model":"{MODEL}","messages":[{message}]{rest}}}"#).into()
    }

    #[tokio::test]
    async fn a_line_is_answered_as_the_request_by_itself_would_be() {
        let mock = mock();
        let read = |draw| line(&mock, "/v1/chat/completions", &body(""), draw).unwrap().unwrap();
        let (work, same, other) = (read(7), read(7), read(8));
        assert_eq!((work.weight.prompt, work.weight.stream), (2, false));
        assert_eq!(Some(work.model), mock.served(MODEL).map(|(id, _)| id));
        let usage = Usage { prompt: 2, completion: 5 };
        let content = |work: &LineWork| {
            let body: serde_json::Value =
                serde_json::from_slice(&work.render(&mock, usage)).unwrap();
            assert_eq!(body["model"], MODEL);
            assert_eq!(body["usage"]["completion_tokens"], 5);
            body["choices"][0]["message"]["content"].clone()
        };
        assert_eq!(content(&work), content(&same));
        assert_ne!(content(&work), content(&other));
    }

    #[tokio::test]
    async fn a_line_that_cannot_be_answered_says_what_the_request_would_have_met() {
        let mock = mock();
        let of =
            |body: &Bytes| line(&mock, "/v1/chat/completions", body, 1).unwrap().err().unwrap();
        let wrong = of(&body(r#","max_tokens":"many""#));
        assert_eq!((wrong.kind, wrong.model.as_deref()), (ErrorKind::Invalid, Some(MODEL)));
        assert!(wrong.why.unwrap().starts_with("max_tokens: "));
        let unknown = Bytes::from(r#"{"model":"x","messages":[{"role":"user","content":""}]}"#);
        assert_eq!(of(&unknown).kind, ErrorKind::UnknownModel);
        assert!(line(&mock, "/v1/models", &body(""), 1).is_none());
    }
}
