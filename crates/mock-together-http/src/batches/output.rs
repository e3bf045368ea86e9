//! What a batch leaves behind: a file of answers and a file of errors, in the order of its lines.

use axum::body::Bytes;
use mock_together::LineEnd;
use rulebook::ErrorWords;
use serde::Serialize;
use serde_json::value::RawValue;
use wire::{ErrorKind, Status};

use super::input::{Entry, Input};
use crate::inference::line::LineFault;
use crate::mock::Mock;

/// Ours: what a line that was not reached is told.
const NOT_REACHED: Words<'_> =
    Words { message: "The batch ended before this request was processed", code: "batch_expired" };

/// The two files, where there is anything in them.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) answers: Option<Bytes>,
    pub(crate) errors: Option<Bytes>,
}

#[derive(Serialize)]
struct Answered<'a> {
    custom_id: &'a str,
    response: Response<'a>,
}

#[derive(Serialize)]
struct Response<'a> {
    status_code: u16,
    body: &'a RawValue,
}

#[derive(Serialize)]
struct Failed<'a> {
    custom_id: &'a str,
    error: Words<'a>,
}

#[derive(Copy, Clone, Serialize)]
struct Words<'a> {
    message: &'a str,
    code: &'a str,
}

impl Output {
    /// Writes both. `ends` are of those lines that could be answered at all, as far as the batch
    /// got.
    pub(crate) fn of(mock: &Mock, input: &Input, ends: &[LineEnd]) -> Self {
        let mut ends = ends.iter().fuse();
        let (mut answers, mut errors) = (Vec::new(), Vec::new());
        for Entry { custom_id, work } in &input.lines {
            let met = match work {
                Err(LineFault { kind, why, .. }) => Err(Some((*kind, why.as_deref()))),
                Ok(work) => match ends.next() {
                    Some(LineEnd::Done(usage)) => Ok(work.render(mock, *usage)),
                    Some(LineEnd::Failed(reply)) => {
                        Err(Some((reply.error.unwrap_or(ErrorKind::Internal), None)))
                    }
                    Some(LineEnd::Expired) | None => Err(None),
                },
            };
            match met {
                Ok(body) => answered(&mut answers, custom_id, &body),
                Err(Some((kind, why))) => {
                    let ErrorWords { kind: r#type, code, .. } = mock.plan.edition.error(kind);
                    let mut message = mock.message(kind, &input.model);
                    if let Some(why) = why {
                        message = format!("{message}: {why}");
                    }
                    let code = code.as_deref().unwrap_or(r#type);
                    failed(&mut errors, custom_id, Words { message: &message, code });
                }
                Err(None) => failed(&mut errors, custom_id, NOT_REACHED),
            }
        }
        let some = |file: Vec<u8>| (!file.is_empty()).then(|| Bytes::from(file));
        Self { answers: some(answers), errors: some(errors) }
    }
}

fn answered(out: &mut Vec<u8>, custom_id: &str, body: &[u8]) {
    // What a kind of work renders is JSON.
    let Ok(body) = serde_json::from_slice::<&RawValue>(body) else { return };
    let response = Response { status_code: Status::OK.0, body };
    line(out, &Answered { custom_id, response });
}

fn failed(out: &mut Vec<u8>, custom_id: &str, error: Words<'_>) {
    line(out, &Failed { custom_id, error });
}

fn line(out: &mut Vec<u8>, line: &impl Serialize) {
    // Writing to memory does not fail.
    if serde_json::to_writer(&mut *out, line).is_ok() {
        out.push(b'\n');
    }
}
