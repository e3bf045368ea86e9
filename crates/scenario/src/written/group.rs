//! `[[group]]` as it is written.

use core::num::NonZeroU32;

use chance::Copula;
use limits::Span;
use rulebook::reading::{Table, Value};

use super::extent::{self, WrittenExtent};
use super::length::{self, MOST_TOKENS};
use super::work::{self, WrittenWork};
use super::{Placed, Said, WrittenTraffic, batch, drift, placed_text, said, small, traffic, users};
use crate::batch::BatchWays;
use crate::correlation;
use crate::drift::Drift;
use crate::length::Length;

pub(in crate::written) const KEYS: &[&str] = &[
    "name",
    "model",
    "endpoint",
    "work",
    "clients",
    "starts",
    "images",
    "inputs",
    "prompt",
    "answer",
    "correlation",
    "max_tokens",
    "stream",
    "deadline",
    "drift",
    "traffic",
    "strategy",
    "batch",
    "size",
    "steps",
    "characters",
    "seconds",
    "cached",
];

/// Clients that one group may have: each is some hundred bytes in every world.
pub(in crate::written) const MOST_CLIENTS: u64 = 1_000;

/// A group; what could not be read is absent, and noted as a fault.
#[derive(Debug)]
pub(crate) struct WrittenGroup {
    pub(crate) name: Option<Placed<String>>,
    /// Where it names an endpoint and no model, the endpoint's, once that is found.
    pub(crate) model: Option<Placed<String>>,
    pub(crate) endpoint: Said<Placed<String>>,
    pub(crate) work: WrittenWork,
    pub(crate) clients: NonZeroU32,
    /// Over what time its clients begin, one after the other.
    pub(crate) starts: Said<Placed<Span>>,
    pub(crate) prompt: Said<Placed<Length>>,
    pub(crate) answer: Said<Placed<Length>>,
    pub(crate) correlation: Option<Placed<Copula>>,
    pub(crate) max_tokens: Option<u32>,
    pub(crate) stream: bool,
    pub(crate) deadline: Option<Span>,
    pub(crate) drift: Option<Placed<Drift>>,
    pub(crate) traffic: Option<WrittenTraffic>,
    pub(crate) strategy: Option<Placed<String>>,
    pub(crate) batch: Option<Placed<BatchWays>>,
    pub(crate) extent: WrittenExtent,
}

impl WrittenGroup {
    /// The endpoint that it names.
    pub(crate) const fn endpoint(&self) -> Option<&Placed<String>> {
        self.endpoint.said()
    }
}

pub(super) fn read(table: &Table<'_>) -> WrittenGroup {
    let traffic =
        table.need("traffic", "traffic = { poisson = { rate = \"2/s\", lasts = \"10m\" } }");
    let traffic = traffic.and_then(traffic::read);
    let from_trace = traffic.as_ref().is_some_and(WrittenTraffic::is_recorded);
    // Traffic that could not be read may have been a trace, which brings its lengths along.
    let may_come_along = from_trace || (traffic.is_none() && table.get("traffic").is_some());
    let length = |key: &'static str| {
        said(table.get(key), |value| {
            Some(Placed { value: length::read(value)?, place: value.place() })
        })
    };
    let model = match table.get("endpoint") {
        Some(_) => table.get("model"),
        None => table.need("model", "model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\""),
    };
    WrittenGroup {
        name: table.need("name", "name = \"chat\"").and_then(placed_text),
        model: model.and_then(placed_text),
        endpoint: said(table.get("endpoint"), placed_text),
        work: work::read(table, may_come_along),
        clients: table.get("clients").and_then(clients).unwrap_or(NonZeroU32::MIN),
        starts: said(table.get("starts"), |value| {
            Some(Placed { value: users::starts(value)?, place: value.place() })
        }),
        prompt: length("prompt"),
        answer: length("answer"),
        correlation: table.get("correlation").and_then(correlation::read),
        max_tokens: table
            .get("max_tokens")
            .and_then(|value| value.whole_up_to(MOST_TOKENS))
            .and_then(small),
        stream: table.get("stream").and_then(Value::flag).unwrap_or(false),
        deadline: table.get("deadline").and_then(Value::duration_above_zero),
        drift: table
            .get("drift")
            .and_then(|value| Some(Placed { value: drift::read(value)?, place: value.place() })),
        strategy: table.get("strategy").and_then(placed_text),
        batch: table.get("batch").and_then(batch::read),
        extent: extent::read(table),
        traffic,
    }
}

fn clients(value: Value<'_>) -> Option<NonZeroU32> {
    value.whole_up_to(MOST_CLIENTS).and_then(small).and_then(NonZeroU32::new)
}
