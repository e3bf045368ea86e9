//! The document of `calibrate --format json`.

use std::collections::BTreeMap;

use calibration::{Field, Figures, InferredLimit, LatencySeen, RefusalSeen, Shares, Unexplained};
use limits::Span;
use serde::Serialize;
use serde_json::Value;
use wire::Rate10;

use crate::calibrate::Calibrated;
use crate::moment::moment;

pub(crate) fn of(calibrated: &Calibrated) -> Result<String, serde_json::Error> {
    let Calibrated { calibration, edition, dated } = calibrated;
    let chosen = calibration.figures();
    let document = Document {
        schema: "tierlab/calibration/1",
        edition: edition.name(),
        rows: calibration.rows,
        rows_with_headers: calibration.rows_with_headers,
        rows_in_open_window: calibration.rows_in_open_window,
        out_of_order: calibration.out_of_order,
        explained: fields(chosen.map(|figures| &figures.explained)),
        baseline: fields(Some(&calibration.baseline)),
        chance: fields(chosen.map(|figures| &figures.chance)),
        replicas: calibration.replicas_told(),
        by_replicas: calibration.figures.iter().map(by_replicas).collect(),
        inferred_limits: calibration.limits.iter().map(|limit| Limit::of(limit, *dated)).collect(),
        unexplained_rows: calibration.unexplained_rows,
        unexplained: calibration.unexplained.iter().map(|row| Row::of(row, *dated)).collect(),
        refused: calibration
            .refusal_counts
            .iter()
            .map(|(status, count)| {
                let count = Counted { rows: count.rows, explained: count.explained };
                (status.to_string(), count)
            })
            .collect(),
        refusals: calibration.refusals.iter().map(|row| Refusal::of(row, *dated)).collect(),
        latency: calibration.latency.iter().map(Latency::of).collect(),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    edition: &'a str,
    rows: u64,
    rows_with_headers: u64,
    rows_in_open_window: u64,
    out_of_order: u64,
    explained: Fields,
    baseline: Fields,
    chance: Fields,
    replicas: Option<u32>,
    by_replicas: Vec<ByReplicas>,
    inferred_limits: Vec<Limit<'a>>,
    unexplained_rows: u64,
    unexplained: Vec<Row<'a>>,
    refused: BTreeMap<String, Counted>,
    refusals: Vec<Refusal<'a>>,
    latency: Vec<Latency<'a>>,
}

/// Shares by field; null where no row shows it.
#[derive(Serialize)]
struct Fields {
    decision: Option<f64>,
    limit: Option<f64>,
    reset: Option<f64>,
    remaining: Option<f64>,
    remaining_tokens: Option<f64>,
}

#[derive(Serialize)]
struct ByReplicas {
    replicas: u32,
    explained: Fields,
    chance: Fields,
}

#[derive(Serialize)]
struct Limit<'a> {
    account: &'a str,
    model: &'a str,
    from: String,
    to: String,
    requests_per_s: f64,
    tokens_per_s: Option<f64>,
    edition_requests_per_s: Option<f64>,
    rows: u64,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(rename = "row")]
    number: u64,
    line: u64,
    at: String,
    account: &'a str,
    model: &'a str,
    field: &'static str,
    expected: Value,
    seen: Value,
    reason: String,
}

#[derive(Serialize)]
struct Counted {
    rows: u64,
    explained: u64,
}

#[derive(Serialize)]
struct Refusal<'a> {
    row: u64,
    line: u64,
    at: String,
    account: &'a str,
    model: &'a str,
    status: u16,
    explained: bool,
    reason: String,
}

#[derive(Serialize)]
struct Latency<'a> {
    model: &'a str,
    first_token_s: Beside,
    tokens_per_s: Beside,
}

/// A median of so many rows, beside the edition's.
#[derive(Serialize)]
struct Beside {
    rows: u64,
    median: Option<f64>,
    edition: f64,
}

fn fields(shares: Option<&Shares>) -> Fields {
    let none = Shares::default();
    let shares = shares.unwrap_or(&none);
    let share = |tally: calibration::Tally| tally.share().map(six);
    Fields {
        decision: share(shares.decision),
        limit: share(shares.limit),
        reset: share(shares.reset),
        remaining: share(shares.remaining),
        remaining_tokens: share(shares.remaining_tokens),
    }
}

fn by_replicas(figures: &Figures) -> ByReplicas {
    ByReplicas {
        replicas: figures.replicas,
        explained: fields(Some(&figures.explained)),
        chance: fields(Some(&figures.chance)),
    }
}

impl<'a> Limit<'a> {
    fn of(limit: &'a InferredLimit, dated: bool) -> Self {
        Self {
            account: &limit.account,
            model: &limit.model,
            from: moment(limit.from, dated),
            to: moment(limit.to, dated),
            requests_per_s: per_second(limit.requests),
            tokens_per_s: limit.tokens.map(per_second),
            edition_requests_per_s: limit.edition.map(per_second),
            rows: limit.rows,
        }
    }
}

impl<'a> Row<'a> {
    fn of(row: &'a Unexplained, dated: bool) -> Self {
        Self {
            number: row.row,
            line: row.line,
            at: moment(row.at, dated),
            account: &row.account,
            model: &row.model,
            field: row.field.name(),
            expected: value(row.field, row.expected),
            seen: value(row.field, row.seen),
            reason: row.reason.to_string(),
        }
    }
}

/// What a field says, in its own unit.
fn value(field: Field, value: Option<u64>) -> Value {
    match (field, value) {
        (_, None) => Value::Null,
        (Field::Decision, Some(0)) => "admitted".into(),
        (Field::Decision, Some(_)) => "refused".into(),
        (Field::Limit, Some(rate)) => per_second(Rate10(rate)).into(),
        (Field::Reset | Field::Remaining | Field::RemainingTokens, Some(value)) => value.into(),
    }
}

impl<'a> Refusal<'a> {
    fn of(row: &'a RefusalSeen, dated: bool) -> Self {
        Self {
            row: row.row,
            line: row.line,
            at: moment(row.at, dated),
            account: &row.account,
            model: &row.model,
            status: row.status.0,
            explained: row.cause.explains(),
            reason: row.cause.to_string(),
        }
    }
}

impl<'a> Latency<'a> {
    fn of(seen: &'a LatencySeen) -> Self {
        let seconds = |span: Span| six(span.nanos() as f64 / 1e9);
        let thousandths = |speed: u64| six(speed as f64 / 1e3);
        Self {
            model: &seen.model,
            first_token_s: Beside {
                rows: seen.streams,
                median: seen.first_token.map(seconds),
                edition: seconds(seen.edition_first_token),
            },
            tokens_per_s: Beside {
                rows: seen.wholes,
                median: seen.milli_tokens_per_s.map(thousandths),
                edition: thousandths(seen.edition_milli_tokens_per_s),
            },
        }
    }
}

fn per_second(rate: Rate10) -> f64 {
    rate.0 as f64 / Rate10::ONE.0 as f64
}

/// At most six decimals, as everywhere in our documents.
fn six(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
