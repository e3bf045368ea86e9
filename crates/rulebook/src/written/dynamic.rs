//! Dynamic rates and the slowing down of a busy service, as an edition writes them.

use limits::{Rate, Requests, Span, Tokens};

use crate::capacity::{CongestionStep, Millionths};
use crate::dynamic::DynamicRules;
use crate::reading::Value;
use crate::tier::Tier;

use super::limits::token_rate;
use super::{Reader, code};

const DYNAMIC: &[&str] = &["base_requests", "base_tokens", "horizon", "token_window", "ladder"];

const CONGESTION: &[&str] = &["first_token", "speed", "source", "certainty", "date", "note"];

/// A row of the table of congestion.
struct Row {
    at_once: u64,
    first_token: Span,
    speed: Rate<Tokens>,
}

impl<'d> Reader<'d> {
    /// What it says of dynamic rates, and the past hours of its ladder. Those are needed where
    /// there are no tiers, and are told to be of no use where there are.
    pub(super) fn dynamic(&mut self, tiers: bool) -> Option<(Option<DynamicRules>, Vec<Tier>)> {
        let Some(section) = self.root.get("dynamic") else {
            return Some((None, Vec::new()));
        };
        let table = section.table(DYNAMIC)?;
        let base = table.need("base_requests", "base_requests = { value = \"60/min\", … }");
        let base_requests = base.and_then(|v| self.fact("dynamic", v, Value::rate_above_zero));
        let base = table.need("base_tokens", "base_tokens = { value = \"60000/min\", … }");
        let base_tokens = base.and_then(|value| self.fact("dynamic", value, token_rate));
        let mut span = |key, example: &str| {
            let value = table.need(key, example)?;
            self.fact("dynamic", value, Value::duration_above_zero)
        };
        let horizon = span("horizon", "horizon = { value = \"1h\", … }");
        let token_window = span("token_window", "token_window = { value = \"60s\", … }");
        let rungs = match (table.get("ladder"), tiers) {
            (Some(ladder), false) => {
                self.fact("dynamic", ladder, past_hours).map(|read| read.value)
            }
            (Some(ladder), true) => {
                let message = "the ladder of past hours has no use beside tiers".to_owned();
                let help = "leave it out: accounts climb the ladder of tiers";
                ladder.fault(code::TWO_LADDERS, message, "the second ladder", help);
                None
            }
            (None, true) => Some(Vec::new()),
            (None, false) => {
                let _ = table.need("ladder", "ladder = { value = [\"0/min\", \"300/min\"], … }");
                None
            }
        };
        let rules = DynamicRules {
            base_requests: base_requests?,
            base_tokens: base_tokens?,
            horizon: horizon?,
            token_window: token_window?,
        };
        Some((Some(rules), rungs?))
    }

    /// How answers slow down: rows by what is at once, read as shares of the highest throughput.
    pub(super) fn congestion(&mut self) -> Option<Vec<CongestionStep>> {
        let Some(section) = self.root.get("congestion") else { return Some(Vec::new()) };
        let mut rows: Vec<Row> = Vec::new();
        let mut whole = true;
        for entry in section.free_table()?.entries() {
            match self.congestion_row(entry, rows.last()) {
                Some(row) => rows.push(row),
                None => whole = false,
            }
        }
        whole.then(|| steps_of(&rows))
    }

    fn congestion_row(&mut self, entry: Value<'d>, before: Option<&Row>) -> Option<Row> {
        let table = entry.table(CONGESTION)?;
        let at_once = entry.key().parse().ok().filter(|at_once| *at_once > 0);
        if at_once.is_none() {
            let message = format!("`{}` is no number of requests at once", entry.key());
            table.fault_at(entry.key_place(), code::NOT_A_COUNT, message, "not above zero", "");
        }
        let first = table.need("first_token", "first_token = \"50ms\"");
        let first_token = first.and_then(Value::duration_above_zero);
        let speed = table.need("speed", "speed = \"58.6/s\"");
        let speed_of = speed.and_then(token_rate);
        let from = self.provenance(&table);
        let row = Row { at_once: at_once?, first_token: first_token?, speed: speed_of? };
        if let Some(before) = before
            && !before.is_less_busy_than(&row)
        {
            let message = format!("`{}` at once is not busier than the row before", row.at_once);
            let help = "more at once, and more in all, with a later first token and a lower speed";
            entry.fault(code::OUT_OF_ORDER, message, "in this row", help);
            return None;
        }
        let written = |value: Option<Value<'d>>| value.map(|v| self.written(v)).unwrap_or_default();
        let value = format!("first token {}, then {} each", written(first), written(speed));
        self.note("congestion", entry, value, from?);
        Some(row)
    }
}

impl Row {
    /// Tokens a second in all, in units of 1e-10.
    fn throughput(&self) -> u128 {
        u128::from(self.at_once) * u128::from(self.speed.in_1e10_per_second())
    }

    fn is_less_busy_than(&self, next: &Row) -> bool {
        self.at_once < next.at_once
            && self.throughput() < next.throughput()
            && self.first_token <= next.first_token
            && next.speed <= self.speed
    }
}

/// Rows as shares: of the last one's throughput, and of the first one's speed.
fn steps_of(rows: &[Row]) -> Vec<CongestionStep> {
    let (Some(idle), Some(full)) = (rows.first(), rows.last()) else { return Vec::new() };
    let step = |row: &Row| CongestionStep {
        load: Millionths::of(row.throughput(), full.throughput()),
        adds_to_first_token: Span::from_nanos(
            row.first_token.nanos().saturating_sub(idle.first_token.nanos()),
        ),
        speed: Millionths::of(
            row.speed.in_1e10_per_second().into(),
            idle.speed.in_1e10_per_second().into(),
        ),
    };
    rows.iter().map(step).collect()
}

/// Past hours that rise from one to the next.
fn past_hours(value: Value<'_>) -> Option<Vec<Tier>> {
    let mut before: Option<Rate<Requests>> = None;
    let mut rungs = Vec::new();
    for rung in value.list()? {
        let rate = rung.rate()?;
        if before.is_some_and(|before| rate <= before) {
            let message = "a ladder rises from rung to rung".to_owned();
            rung.fault(code::OUT_OF_ORDER, message, "not above the one before", "");
            return None;
        }
        before = Some(rate);
        rungs.push(Tier::of_past_hour(rate));
    }
    Some(rungs)
}
