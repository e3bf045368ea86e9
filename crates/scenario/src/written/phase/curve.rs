//! `curve = { … }` as it is written.

use limits::{Rate, Requests, Span};
use rulebook::reading::{Chosen, Takes, Value};

use super::{WrittenPhase, variation};
use crate::cast::{Phase, RateCurve};
use crate::fault::Code;
use crate::gaps::Gaps;
use crate::written::{Said, said};

pub(in crate::written) const KEYS: &[&str] = &["every", "rates", "gaps"];
pub(in crate::written) const GAPS: &[(&str, Takes)] =
    &[("poisson", Takes::Nothing), ("gamma", Takes::Value), ("weibull", Takes::Value)];

/// Rates that one curve may have: a week of minutes.
const MOST_RATES: usize = 10_080;

pub(super) fn read(settings: Value<'_>) -> Option<WrittenPhase> {
    let table = settings.table(KEYS)?;
    let every = table.need("every", "every = \"1m\"").and_then(Value::duration_above_zero);
    let rates = table.need("rates", "rates = [\"2/s\", \"3.5/s\"]").and_then(rates);
    let gaps = said(table.get("gaps"), |value| value.choice(GAPS).and_then(gaps));
    if gaps == Said::Wrong {
        return None;
    }
    let gaps = gaps.this().unwrap_or(Gaps::Exponential);
    let curve = RateCurve { every: every?, rates: rates?.into(), gaps };
    let lasts: Span = curve.lasts();
    Some((Phase::Curve(curve), Said::This(lasts)))
}

fn rates(value: Value<'_>) -> Option<Vec<Rate<Requests>>> {
    let values = value.list()?;
    if let Some(one_more) = values.get(MOST_RATES) {
        let message = format!("a curve may have {MOST_RATES} rates at most");
        let help = "let each hold for longer, or put a second curve after the first";
        one_more.fault(Code::OutOfRange.name(), message, "one too many", help);
        return None;
    }
    let count = values.len();
    let rates: Vec<_> = values.into_iter().filter_map(Value::rate).collect();
    if rates.len() < count {
        return None;
    }
    if rates.iter().all(|rate| rate.amount() == Requests(0)) {
        let message = "a curve of nothing but zeros sends nothing".to_owned();
        let help = "raise one of its rates, or write `pause`";
        value.fault(Code::Zero.name(), message, "no jobs in here", help);
        return None;
    }
    Some(rates)
}

fn gaps(chosen: Chosen<'_>) -> Option<Gaps> {
    match (chosen.word, chosen.value) {
        ("gamma", Some(cv)) => variation(cv).map(Gaps::Gamma),
        ("weibull", Some(cv)) => variation(cv).map(Gaps::Weibull),
        _ => Some(Gaps::Exponential),
    }
}
