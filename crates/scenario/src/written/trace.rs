//! `trace = { … }` as it is written: which recording, how its rows are written, which of them.

use core::ops::Range;

use limits::Span;
use rulebook::reading::quantity::billionths;
use rulebook::reading::{Chosen, Table, Takes, Value};

use super::{Said, said};
use crate::fault::Code;
use crate::trace::{Attempts, Cut, Fields, Says, TraceFormat, TraceNeed, Unit};

pub(in crate::written) const KEYS: &[&str] = &[
    "file", "member", "sha256", "bytes", "source", "format", "attempts", "from", "lasts", "scale",
];

pub(in crate::written) const FORMATS: &[(&str, Takes)] = &[
    ("azure-llm-2023", Takes::Nothing),
    ("mooncake", Takes::Nothing),
    ("burstgpt", Takes::Nothing),
    ("litellm", Takes::Nothing),
    ("otel", Takes::Nothing),
    ("attempts", Takes::Nothing),
    ("csv", Takes::Value),
    ("jsonl", Takes::Value),
];
pub(in crate::written) const CSV: &[&str] =
    &["due", "unit", "prompt", "answer", "status", "id", "retry", "model", "client", "delimiter"];
pub(in crate::written) const JSONL: &[&str] =
    &["due", "unit", "prompt", "answer", "status", "id", "retry", "model", "client"];
pub(in crate::written) const ATTEMPTS: &[(&str, Takes)] =
    &[("fold", Takes::Either), ("leave_out", Takes::Nothing), ("as_jobs", Takes::Nothing)];
pub(in crate::written) const FOLD: &[&str] = &["within"];
pub(in crate::written) const UNITS: &[&str] = &["s", "ms", "us", "ns", "rfc3339"];

/// A trace, and where it says which slice of it is meant.
pub(super) fn read(table: &Table<'_>) -> Option<(TraceNeed, Option<Range<usize>>)> {
    let file = table.need("file", "file = \"trace.csv.gz\"").and_then(Value::text);
    let member = said(table.get("member"), Value::text);
    let sha256 = said(table.get("sha256"), sha256);
    let bytes = said(table.get("bytes"), |value| value.whole_up_to(u64::MAX));
    let source = said(table.get("source"), Value::text);
    let format = said(table.get("format"), |value| value.choice(FORMATS).and_then(format));
    let how = table.get("attempts");
    let attempts = said(how, |value| value.choice(ATTEMPTS).and_then(attempts));
    let begins = table.get("from");
    let from = said(begins, Value::duration);
    let ends = table.get("lasts");
    let lasts = said(ends, Value::duration_above_zero);
    let scale = said(table.get("scale"), scale);
    let wrong = member == Said::Wrong
        || sha256 == Said::Wrong
        || bytes == Said::Wrong
        || source == Said::Wrong
        || format == Said::Wrong
        || attempts == Said::Wrong
        || from == Said::Wrong
        || lasts == Said::Wrong
        || scale == Said::Wrong;
    if wrong {
        return None;
    }
    let format = format.this().unwrap_or(TraceFormat::AzureLlm2023);
    if let Some(how) = how
        && !format.has_status()
    {
        let message = format!("rows of `{}` do not say how they ended", format.name());
        let help = "name the field that does, as `status` in a map `csv` or `jsonl`";
        how.fault(Code::NoStatus.name(), message, "nothing to fold", help);
        return None;
    }
    let need = TraceNeed {
        attempts: attempts.this().unwrap_or(format.usual_attempts()),
        file: file?.to_owned(),
        member: member.this().map(str::to_owned),
        sha256: sha256.this(),
        bytes: bytes.this(),
        source: source.this().map(str::to_owned),
        format,
        cut: Cut {
            from: from.this().unwrap_or(Span::ZERO),
            lasts: lasts.this(),
            scale: scale.this().unwrap_or(Cut::AS_RECORDED),
        },
    };
    Some((need, ends.or(begins).map(|value| value.place())))
}

fn format(chosen: Chosen<'_>) -> Option<TraceFormat> {
    match (chosen.word, chosen.value) {
        ("csv", Some(settings)) => {
            let table = settings.table(CSV)?;
            let delimiter = said(table.get("delimiter"), delimiter);
            let fields = fields(&table, "due = \"timestamp\"");
            if delimiter == Said::Wrong {
                return None;
            }
            let delimiter = delimiter.this().unwrap_or(',');
            Some(TraceFormat::Csv { fields: fields?, delimiter })
        }
        ("jsonl", Some(settings)) => {
            let table = settings.table(JSONL)?;
            fields(&table, "due = \"request.time\"").map(TraceFormat::Jsonl)
        }
        ("mooncake", _) => Some(TraceFormat::Mooncake),
        ("burstgpt", _) => Some(TraceFormat::BurstGpt),
        ("litellm", _) => Some(TraceFormat::LiteLlm),
        ("otel", _) => Some(TraceFormat::OpenTelemetry),
        ("attempts", _) => Some(TraceFormat::Attempts),
        _ => Some(TraceFormat::AzureLlm2023),
    }
}

fn fields(table: &Table<'_>, example: &str) -> Option<Fields> {
    let due = table.need("due", example).and_then(Value::text);
    let unit = table.need("unit", "unit = \"s\"").and_then(|value| value.word(UNITS));
    let prompt = table.need("prompt", "prompt = \"prompt_tokens\"").and_then(Value::text);
    let answer = table.need("answer", "answer = \"completion_tokens\"").and_then(Value::text);
    let says = says(table);
    let (unit, says) = (unit?, says?);
    Some(Fields {
        says,
        due: due?.to_owned(),
        unit: Unit::WORDS.iter().find(|(word, _)| *word == unit).map(|(_, unit)| *unit)?,
        prompt: prompt?.to_owned(),
        answer: answer?.to_owned(),
    })
}

/// The fields that tell attempts from jobs; without a status the others tell nothing.
fn says(table: &Table<'_>) -> Option<Says> {
    let field = |key| said(table.get(key), Value::text);
    let (status, model) = (field("status"), field("model"));
    let marks = ["id", "retry", "client"].map(|key| (table.get(key), field(key)));
    let mut wrong = status == Said::Wrong || model == Said::Wrong;
    for (value, mark) in &marks {
        wrong |= *mark == Said::Wrong;
        if let Some(value) = value
            && status == Said::Nothing
        {
            let message = format!(
                "`{}` tells which attempts belong together, but not which failed",
                value.key()
            );
            let help = "name the field that says how a row ended: `status = \"status\"`";
            value.fault(Code::NoStatus.name(), message, "needs `status` beside it", help);
            wrong = true;
        }
    }
    if wrong {
        return None;
    }
    let [id, retry, client] = marks.map(|(_, mark)| mark.this().map(str::to_owned));
    let [status, model] = [status, model].map(|field| field.this().map(str::to_owned));
    Some(Says { status, id, retry, model, client })
}

fn attempts(chosen: Chosen<'_>) -> Option<Attempts> {
    match (chosen.word, chosen.value) {
        ("leave_out", _) => Some(Attempts::LeaveOut),
        ("as_jobs", _) => Some(Attempts::AsJobs),
        (_, None) => Some(Attempts::Fold { within: Attempts::WITHIN }),
        (_, Some(settings)) => {
            let table = settings.table(FOLD)?;
            let within = said(table.get("within"), Value::duration_above_zero);
            if within == Said::Wrong {
                return None;
            }
            Some(Attempts::Fold { within: within.this().unwrap_or(Attempts::WITHIN) })
        }
    }
}

fn delimiter(value: Value<'_>) -> Option<char> {
    // A tab is all blank, and meant.
    let text = value.any_text("one character", "for example \";\" or \"\\t\"")?;
    let mut characters = text.chars();
    let only = characters.next().filter(|_| characters.next().is_none());
    let good = only.filter(|only| only.is_ascii() && !matches!(only, '"' | '\r' | '\n'));
    if good.is_none() {
        let message = "`delimiter` must be one character".to_owned();
        let help = "for example \";\" or \"\\t\"";
        value.fault(Code::OutOfRange.name(), message, "not one plain character", help);
    }
    good
}

/// A rate as a percentage of the recorded one, in billionths.
pub(super) fn scale(value: Value<'_>) -> Option<u64> {
    const HELP: &str = "\"150%\" is half as much again, \"50%\" half of it";
    let text = value.any_text("a percentage of the recorded rate", HELP)?;
    let Some(number) = text.trim().strip_suffix('%') else {
        let message = "`scale` must be a percentage of the recorded rate".to_owned();
        value.fault(Code::BadUnit.name(), message, "the unit is missing", HELP);
        return None;
    };
    let parts = billionths(number).ok().map(|parts| parts / 100);
    // Seven decimals of a percent; the longest run is refused long before the slowest rate.
    let good = parts.filter(|parts| (1..=1_000_000 * Cut::AS_RECORDED).contains(parts));
    if good.is_none() {
        let message = "`scale` must be a percentage above zero".to_owned();
        value.fault(Code::OutOfRange.name(), message, "no rate to replay at", HELP);
    }
    good
}

pub(super) fn sha256(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let good = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !good {
        let message = "`sha256` must be 64 hexadecimal digits".to_owned();
        value.fault(
            Code::BadHash.name(),
            message,
            "this is not a sha256",
            "`sha256sum FILE` prints it",
        );
    }
    good.then(|| text.to_ascii_lowercase())
}
