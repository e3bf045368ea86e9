//! Spans of calls to models, as OTLP writes them in JSON: a batch of spans a line, or one span.
//!
//! Names are those of the semantic conventions for generative AI
//! (opentelemetry.io/docs/specs/semconv/attributes-registry/gen-ai), those before version 1.27
//! included: `gen_ai.usage.prompt_tokens` and `gen_ai.usage.completion_tokens`.

use core::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::TraceFault;
use super::jsonl::{Place, Taken, count, need, said, spoken, whole};
use super::lines::{LONGEST, Lines, Wrong};
use super::moment::Unit;
use super::number;
use super::row::{Marks, Outcome, Row, Sink, Skipped, digest};

/// Operations that call a model. Others, such as `invoke_agent` or `execute_tool`, enclose such
/// calls and repeat their tokens, or have none.
const CALLS: [&str; 4] = ["chat", "text_completion", "generate_content", "embeddings"];

/// The code of a status that is an error, by number and by name.
const ERRORS: [&str; 2] = ["2", "STATUS_CODE_ERROR"];

/// Reads a file of spans.
pub(super) fn read(
    name: &str,
    input: impl BufRead,
    sink: &mut impl Sink,
) -> Result<(), TraceFault> {
    let mut lines = Lines::new(name, input, LONGEST);
    let mut any = false;
    while let Some(text) = lines.next_line()? {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let taken = take(text, sink, &mut any).map_err(|wrong| lines.fault(&wrong))?;
        taken.map_err(|no_room| no_room.fault(name, &lines))?;
    }
    if any { Ok(()) } else { Err(lines.fault_of_row("at least one span")) }
}

/// Takes the spans of a line, all of them or none.
fn take(text: &str, sink: &mut impl Sink, any: &mut bool) -> Taken {
    let mut spans = Vec::new();
    whole(text, Node(&mut spans))?;
    let rows = spans.iter().map(|span| call(text, span)).collect::<Result<Vec<_>, Wrong>>()?;
    for row in rows {
        *any = true;
        match row {
            Some(row) => {
                if let Err(no_room) = sink.row(row) {
                    return Ok(Err(no_room));
                }
            }
            None => sink.skip(Skipped::Other),
        }
    }
    Ok(Ok(()))
}

/// The row of a span; nothing where it is no call to a model.
fn call<'t>(text: &'t str, span: &Span<'t>) -> Result<Option<Row<'t>>, Wrong> {
    let operation = span.operation.map(said);
    let is_call = match &operation {
        Some(operation) => CALLS.contains(&operation.as_ref()),
        None => span.prompt.is_some(),
    };
    if !is_call {
        return Ok(None);
    }
    let moment = |said: &str| Unit::Nanos.nanoseconds(said);
    let at = need(text, span.start, moment)
        .map_err(|place| place.wrong("nanoseconds in `startTimeUnixNano`".into()))?;
    let outcome = if span.failed { Outcome::Failed } else { Outcome::Answered };
    // A line may hold a whole batch, so what a span lacks is told where the span says its time.
    let tokens = |found: Option<&'t RawValue>| match (found, span.start) {
        (None, _) if span.failed => Ok(None),
        (None, Some(start)) => Err(Place::of(start, text)),
        (found, _) => need(text, found, number::tokens).map(Some),
    };
    let prompt = tokens(span.prompt).map_err(|place| {
        place.wrong("a whole number of tokens in `gen_ai.usage.input_tokens`".into())
    })?;
    // What is embedded has no answer.
    let answer = match (span.answer, operation.as_deref()) {
        (None, Some("embeddings")) => Some(0),
        (answer, _) => tokens(answer).map_err(|place| {
            place.wrong("a whole number of tokens in `gen_ai.usage.output_tokens`".into())
        })?,
    };
    let parent = span.parent.map(said).filter(|parent| !parent.is_empty());
    let trace = span.trace.map(said).unwrap_or_default();
    let marks = Marks {
        id: parent.map(|parent| digest(&[&trace, &parent])),
        retry: count(text, span.resent)?,
        client: None,
        model: span.model.map(said),
    };
    let ended = span.end.and_then(|end| moment(&spoken(end.get())));
    Ok(Some(Row { at, ended, prompt, answer, outcome, marks }))
}

/// What is picked from a span.
#[derive(Default)]
struct Span<'t> {
    start: Option<&'t RawValue>,
    operation: Option<&'t RawValue>,
    prompt: Option<&'t RawValue>,
    answer: Option<&'t RawValue>,
    end: Option<&'t RawValue>,
    trace: Option<&'t RawValue>,
    parent: Option<&'t RawValue>,
    resent: Option<&'t RawValue>,
    model: Option<&'t RawValue>,
    failed: bool,
}

impl<'t> Span<'t> {
    fn attribute(&mut self, key: &str, value: &'t RawValue) {
        match key {
            "gen_ai.operation.name" => self.operation = Some(value),
            "gen_ai.usage.input_tokens" | "gen_ai.usage.prompt_tokens" => self.prompt = Some(value),
            "gen_ai.usage.output_tokens" | "gen_ai.usage.completion_tokens" => {
                self.answer = Some(value);
            }
            "gen_ai.request.model" => self.model = Some(value),
            "http.request.resend_count" => self.resent = Some(value),
            "error.type" => self.failed = true,
            _ => {}
        }
    }
}

/// A span, or what encloses spans; those found are added.
struct Node<'f, 't>(&'f mut Vec<Span<'t>>);

impl<'t> DeserializeSeed<'t> for Node<'_, 't> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'t>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Node<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span, or `resourceSpans`")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let mut span = Span::default();
        let mut encloses = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "resourceSpans" | "scopeSpans" | "spans" => {
                    encloses = true;
                    map.next_value_seed(Each(&mut *self.0))?;
                }
                "startTimeUnixNano" => span.start = Some(map.next_value()?),
                "endTimeUnixNano" => span.end = Some(map.next_value()?),
                "traceId" => span.trace = Some(map.next_value()?),
                "parentSpanId" => span.parent = Some(map.next_value()?),
                "attributes" => map.next_value_seed(Attributes(&mut span))?,
                "status" => {
                    let Status { code } = map.next_value()?;
                    span.failed |=
                        code.is_some_and(|code| ERRORS.contains(&spoken(code.get()).as_ref()));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !encloses {
            self.0.push(span);
        }
        Ok(())
    }
}

/// The status of a span.
#[derive(serde::Deserialize)]
struct Status<'t> {
    #[serde(borrow, default)]
    code: Option<&'t RawValue>,
}

/// A list of spans, or of what encloses them.
struct Each<'f, 't>(&'f mut Vec<Span<'t>>);

impl<'t> DeserializeSeed<'t> for Each<'_, 't> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'t>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_seq(self)
    }
}

impl<'t> Visitor<'t> for Each<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of spans")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Node(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

/// The attributes of a span: a list of keys and typed values in OTLP, an object in what some
/// exporters write.
struct Attributes<'f, 't>(&'f mut Span<'t>);

impl<'t> DeserializeSeed<'t> for Attributes<'_, 't> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'t>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

/// One attribute of OTLP.
#[derive(serde::Deserialize)]
struct Attribute<'t> {
    key: String,
    #[serde(borrow, default)]
    value: Typed<'t>,
}

/// The types that the attributes here may have; whole numbers are strings in OTLP's JSON.
#[derive(Default, serde::Deserialize)]
struct Typed<'t> {
    #[serde(borrow, default, rename = "intValue")]
    whole: Option<&'t RawValue>,
    #[serde(borrow, default, rename = "doubleValue")]
    number: Option<&'t RawValue>,
    #[serde(borrow, default, rename = "stringValue")]
    text: Option<&'t RawValue>,
}

impl<'t> Visitor<'t> for Attributes<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(Attribute { key, value }) = list.next_element::<Attribute<'t>>()? {
            let value = value.whole.or(value.number).or(value.text);
            if let Some(value) = value {
                self.0.attribute(&key, value);
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let value: &'t RawValue = map.next_value()?;
            self.0.attribute(&key, value);
        }
        Ok(())
    }
}
