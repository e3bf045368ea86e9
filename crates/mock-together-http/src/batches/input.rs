//! What stands in the file of a batch: a request in each line, under an id of its own.
//!
//! The service's documentation names the shape of a line and its bounds; what it does about a line
//! that breaks them nobody says. Ours: a file in which lines cannot be told apart, or not be sent to
//! one model, fails whole, with the first such line named. A line whose request alone makes no sense
//! gets an error of its own, and the others are answered.

use std::borrow::Cow;
use std::collections::HashSet;

use axum::body::Bytes;
use chance::{Purpose, Seed};
use serde::Deserialize;
use serde_json::value::RawValue;
use wire::ErrorKind;

use crate::inference::line::{LineFault, LineWork, line};
use crate::mock::Mock;

/// The lines of a file, and the one model that they ask for.
pub(crate) struct Input {
    pub(crate) model: String,
    pub(crate) lines: Vec<Entry>,
}

/// A line.
pub(crate) struct Entry {
    pub(crate) custom_id: String,
    pub(crate) work: Result<LineWork, LineFault>,
}

/// What is asked of a file's lines.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) endpoint: &'a str,
    /// The model that the batch was asked for, where one was named.
    pub(crate) model: Option<&'a str>,
    /// What the answers are drawn by.
    pub(crate) draw: u64,
    /// The most lines there may be.
    pub(crate) lines: u64,
    /// The most characters of an id.
    pub(crate) custom_id: u64,
}

#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    custom_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

impl Input {
    /// Reads a file. What is wrong with it as a whole is said with the line that shows it.
    pub(crate) fn read(mock: &Mock, content: &Bytes, rules: Rules<'_>) -> Result<Self, String> {
        let mut seen = HashSet::new();
        let mut lines = Vec::new();
        let mut model = rules.model.map(str::to_owned);
        let draws = Seed(rules.draw);
        for (number, text) in (1_u64..).zip(content.split(|byte| *byte == b'\n')) {
            if text.trim_ascii().is_empty() {
                continue;
            }
            if lines.len() as u64 >= rules.lines {
                return Err(format!("line {number}: more than {} requests", rules.lines));
            }
            let (custom_id, body) =
                read(text, rules.custom_id).map_err(|why| format!("line {number}: {why}"))?;
            if !seen.insert(custom_id.clone()) {
                return Err(format!("line {number}: custom_id \"{custom_id}\" stands there twice"));
            }
            let draw = draws.draw(Purpose::Fate, 0, number);
            let work = line(mock, rules.endpoint, &content.slice_ref(body.get().as_bytes()), draw);
            let work = work.ok_or_else(|| "this endpoint has no batches".to_owned())?;
            let asked = match &work {
                Ok(work) => Some(work.name()),
                Err(fault) => fault.model.as_deref(),
            };
            if let Some(asked) = asked {
                let model = model.get_or_insert_with(|| asked.to_owned());
                if model != asked {
                    return Err(format!(
                        "line {number}: asks for {asked}, and the lines before for {model}: all \
                         lines of a batch ask for one model"
                    ));
                }
            }
            lines.push(Entry { custom_id, work });
        }
        let Some(model) = model.filter(|_| !lines.is_empty()) else {
            let why =
                if lines.is_empty() { "the file has no lines" } else { "no line names a model" };
            return Err(why.to_owned());
        };
        let is_unknown = |line: &Entry| {
            matches!(&line.work, Err(LineFault { kind: ErrorKind::UnknownModel, .. }))
        };
        if lines.iter().any(is_unknown) {
            return Err(mock.message(ErrorKind::UnknownModel, &model));
        }
        if !lines.iter().any(|line| line.work.is_ok()) {
            let first = lines.first().and_then(|line| line.work.as_ref().err()?.why.clone());
            let why = first.unwrap_or_else(|| mock.message(ErrorKind::Invalid, &model));
            return Err(format!("no line can be answered; the first: {why}"));
        }
        Ok(Self { model, lines })
    }
}

/// A line's id and request.
fn read(text: &[u8], longest: u64) -> Result<(String, &RawValue), String> {
    let written: Written<'_> = serde_json::from_slice(text).map_err(|error| {
        let why = error.to_string();
        format!("no JSON object with a body: {}", why.split(" at line ").next().unwrap_or_default())
    })?;
    let custom_id = written.custom_id.filter(|id| !id.is_empty());
    let custom_id = custom_id.ok_or_else(|| "custom_id is missing".to_owned())?;
    if custom_id.chars().count() as u64 > longest {
        return Err(format!("custom_id has more than {longest} characters"));
    }
    let body = written.body.ok_or_else(|| "body is missing".to_owned())?;
    Ok((custom_id.into_owned(), body))
}
