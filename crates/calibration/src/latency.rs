//! How long answers took, beside what the edition has.

use std::collections::BTreeMap;

use limits::Span;
use rulebook::{Assumptions, Edition, Model};

use crate::row::Row;

/// What a log tells of one model's latency.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencySeen {
    /// The model's id.
    pub model: String,
    /// Answers whose first byte is timed.
    pub streams: u64,
    /// The median time to that first byte.
    pub first_token: Option<Span>,
    /// The edition's median time to the first token.
    pub edition_first_token: Span,
    /// Answers that are timed from the start of the work to the last byte.
    pub wholes: u64,
    /// The median of their tokens a second, in thousandths.
    pub milli_tokens_per_s: Option<u64>,
    /// The edition's median after the first token, which was measured in the same way.
    pub edition_milli_tokens_per_s: u64,
}

/// Of so many answers the times are kept; a median needs no more.
const KEPT: usize = 1 << 16;

/// Times of answers, by model.
#[derive(Debug, Default)]
pub(crate) struct Latencies(BTreeMap<Model, Times>);

#[derive(Debug, Default)]
struct Times {
    first: Vec<u64>,
    speed: Vec<u64>,
}

impl Latencies {
    pub(crate) fn take(&mut self, row: &Row, model: &Model) {
        let answered = row.status.is_some_and(wire::Status::is_success);
        let Some(usage) = row.usage.filter(|usage| answered && usage.completion > 0) else {
            return;
        };
        if !model.work().answers_in_tokens() {
            return;
        }
        let times = self.0.entry(model.clone()).or_default();
        if let Some(worked) = row.worked.filter(|worked| !worked.is_zero()) {
            let tokens = u128::from(usage.completion) * 1_000 * 1_000_000_000;
            let speed = u64::try_from(tokens / u128::from(worked.nanos())).unwrap_or(u64::MAX);
            keep(&mut times.speed, speed);
        } else if let Some(first) = row.first_byte {
            keep(&mut times.first, first.nanos());
        }
    }

    pub(crate) fn told(self, edition: &Edition, given: &Assumptions) -> Vec<LatencySeen> {
        let told = self.0.into_iter().map(|(model, mut times)| {
            let latency = edition.latency(&model, given);
            let (streams, wholes) = (times.first.len() as u64, times.speed.len() as u64);
            let speed = latency.tokens_per_second;
            LatencySeen {
                streams,
                first_token: median(&mut times.first).map(Span::from_nanos),
                edition_first_token: latency.first_token,
                wholes,
                milli_tokens_per_s: median(&mut times.speed),
                edition_milli_tokens_per_s: speed.over(Span::from_secs(1_000)),
                model: model.name().to_owned(),
            }
        });
        told.filter(|seen| seen.streams + seen.wholes > 0).collect()
    }
}

fn keep(values: &mut Vec<u64>, value: u64) {
    if values.len() < KEPT {
        values.push(value);
    }
}

/// The lower median.
fn median(values: &mut [u64]) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}
