//! Logs of JSON lines whose fields are known beforehand: those of a `LiteLLM` proxy, and those of
//! our own live runs.

use std::io::BufRead;

use serde_json::value::RawValue;

use super::fault::TraceFault;
use super::jsonl::{count, each, length, mark, need, pick, said, spoken};
use super::moment::Unit;
use super::number;
use super::row::{A_STATUS, Marks, Outcome, Row, Sink, Skipped, digest};

/// Reads the log of a `LiteLLM` proxy: the payload that its loggers write, in which times are
/// seconds, or rows of its table of spend logs, in which they are dates. The `id` is that of an
/// attempt; what the attempts of one request share is the id of its trace, which the table calls
/// a session.
pub(super) fn read_litellm(
    name: &str,
    input: impl BufRead,
    sink: &mut impl Sink,
) -> Result<(), TraceFault> {
    const PATHS: [&str; 12] = [
        "startTime",
        "endTime",
        "prompt_tokens",
        "completion_tokens",
        "status",
        "cache_hit",
        "trace_id",
        "session_id",
        "model_group",
        "model",
        "metadata.user_api_key_hash",
        "api_key",
    ];
    each(name, input, sink, |text, sink| {
        let [
            due,
            ended,
            prompt,
            answer,
            status,
            cached,
            trace,
            session,
            group,
            model,
            key,
            api_key,
        ] = pick(text, PATHS.map(Some))?;
        if cached.is_some_and(|cached| said(cached).eq_ignore_ascii_case("true")) {
            sink.skip(Skipped::Cached);
            return Ok(Ok(()));
        }
        // Only failures are sure to be called so: rows of the table may have no status.
        let failed = status.is_some_and(|status| said(status).eq_ignore_ascii_case("failure"));
        let outcome = if failed { Outcome::Failed } else { Outcome::Answered };
        let moment = |said: &str| {
            Unit::Seconds.nanoseconds(said).or_else(|| Unit::Rfc3339.nanoseconds(said))
        };
        let at = need(text, due, moment)
            .map_err(|place| place.wrong("seconds or a date in `startTime`".into()))?;
        let in_prompt = "a whole number of tokens in `prompt_tokens`";
        let in_answer = "a whole number of tokens in `completion_tokens`";
        let marks = Marks {
            id: mark(trace).or(mark(session)),
            retry: None,
            client: mark(key).or(mark(api_key)),
            model: group.or(model).map(said).filter(|model| !model.is_empty()),
        };
        Ok(sink.row(Row {
            at,
            ended: ended.and_then(|ended| moment(&spoken(ended.get()))),
            prompt: length(text, prompt, outcome, in_prompt)?,
            answer: length(text, answer, outcome, in_answer)?,
            outcome,
            marks,
        }))
    })
}

/// Reads the attempts of a live run. A job is known by its group and number, so nothing is guessed.
pub(super) fn read_attempts(
    name: &str,
    input: impl BufRead,
    sink: &mut impl Sink,
) -> Result<(), TraceFault> {
    const PATHS: [&str; 9] = [
        "sent_ns",
        "ended_ns",
        "outcome",
        "status",
        "prompt_tokens",
        "completion_tokens",
        "group",
        "job",
        "attempt",
    ];
    let in_prompt = "a whole number of tokens in `prompt_tokens`";
    let in_answer = "a whole number of tokens in `completion_tokens`";
    each(name, input, sink, |text, sink| {
        let [sent, ended, outcome, status, prompt, answer, group, job, attempt] =
            pick(text, PATHS.map(Some))?;
        let nanos = |said: &str| Unit::Nanos.nanoseconds(said);
        let at = need(text, sent, nanos)
            .map_err(|place| place.wrong("nanoseconds in `sent_ns`".into()))?;
        let known = |word: &str| Outcome::of(if word == "ok" { "success" } else { word });
        // What was refused for itself is told by its status alone.
        let outcome = match status {
            Some(_) => need(text, status, Outcome::of),
            None => need(text, outcome, known),
        };
        let outcome = outcome.map_err(|place| place.wrong(A_STATUS.into()))?;
        let number = |field: Option<&RawValue>, what: &'static str| {
            need(text, field, number::tokens).map_err(|place| place.wrong(what.into()))
        };
        let group = number(group, "the number of a group in `group`")?;
        let job =
            need(text, job, nanos).map_err(|place| place.wrong("a number in `job`".into()))?;
        let marks = Marks {
            id: Some(digest(&[&group, &job])),
            retry: count(text, attempt)?,
            client: None,
            model: Some(format!("group {group}").into()),
        };
        Ok(sink.row(Row {
            at,
            ended: ended.and_then(|ended| nanos(&spoken(ended.get()))),
            prompt: length(text, prompt, outcome, in_prompt)?,
            answer: length(text, answer, outcome, in_answer)?,
            outcome,
            marks,
        }))
    })
}
