//! What happens to the service, as it is written in an `[[event]]`.

use limits::Span;
use rulebook::Millionths;
use rulebook::reading::{Share, Table, Value};

use super::limits::{Amounts, amounts};
use super::{Placed, Said, placed_text, said};
use crate::fault::Code;

pub(in crate::written) const OUTAGE: &[&str] = &["model", "lasts", "left"];
pub(in crate::written) const CAPACITY: &[&str] = &["model", "share"];
pub(in crate::written) const OTHERS: &[&str] = &["model", "share", "every", "shares"];
pub(in crate::written) const GRANT: &[&str] = &["model", "tier"];
pub(in crate::written) const LIMITS: &[&str] = &["model", "requests", "tokens"];
pub(in crate::written) const BLOCKED: &[&str] = &["lasts"];
pub(in crate::written) const FAILING: &[&str] = &["share", "lasts"];

/// Steps that a curve of other tenants may have: a week of minutes.
pub(in crate::written) const MOST_STEPS: usize = 10_080;

/// A model that an event names; every model where it names none.
pub(crate) type Whose = Option<Placed<String>>;

/// What happens to the service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ToService {
    /// Its capacity falls to what is left, for so long.
    Outage { model: Whose, lasts: Span, left: Millionths },
    /// Its capacity is this share of what is supposed, from now on.
    Capacity { model: Whose, share: Millionths },
    /// Other tenants take these shares of it, each for so long and the last to the end.
    Others { model: Whose, every: Span, shares: Vec<Millionths> },
    /// A tier is asked for, for one model.
    Grant { model: Placed<String>, tier: Placed<String> },
    /// Limits that move.
    Limits { model: Whose, amounts: Amounts },
    /// Nothing is served meanwhile.
    Blocked { lasts: Span },
    /// So many attempts fail for reasons of their own, for so long.
    Failing { share: Millionths, lasts: Span },
}

pub(super) fn outage(value: Value<'_>) -> Option<ToService> {
    let table = value.table(OUTAGE)?;
    let (model, lasts) = (model(&table), lasts(&table, "2m"));
    let left = said(table.get("left"), millionths);
    if left == Said::Wrong {
        return None;
    }
    Some(ToService::Outage {
        model: model?,
        lasts: lasts?,
        left: left.this().unwrap_or(Millionths::NONE),
    })
}

pub(super) fn capacity(value: Value<'_>) -> Option<ToService> {
    let table = value.table(CAPACITY)?;
    let (model, share) = (model(&table), share(&table, "50%"));
    Some(ToService::Capacity { model: model?, share: share? })
}

pub(super) fn others(value: Value<'_>) -> Option<ToService> {
    let table = value.table(OTHERS)?;
    let model = model(&table);
    let curve = table.get("shares").or_else(|| table.get("every"));
    if let (Some(_), Some(curve)) = (table.get("share"), curve) {
        let message = "other tenants take one share, or one after the other".to_owned();
        let help = "keep `share`, or `every` and `shares`";
        curve.fault(Code::OneChoice.name(), message, "both at once", help);
        return None;
    }
    if curve.is_none() {
        let share = share(&table, "80%");
        return Some(ToService::Others { model: model?, every: Span::MAX, shares: vec![share?] });
    }
    let every = table.need("every", "every = \"1m\"").and_then(Value::duration_above_zero);
    let shares = table.need("shares", "shares = [\"50%\", \"80%\"]").and_then(steps);
    Some(ToService::Others { model: model?, every: every?, shares: shares? })
}

pub(super) fn grant(value: Value<'_>) -> Option<ToService> {
    let table = value.table(GRANT)?;
    let model = table.need("model", "model = \"deepseek-ai/DeepSeek-R1\"");
    let model = model.and_then(placed_text);
    let tier = table.need("tier", "tier = \"scale\"").and_then(placed_text);
    Some(ToService::Grant { model: model?, tier: tier? })
}

pub(super) fn limits(value: Value<'_>) -> Option<ToService> {
    let table = value.table(LIMITS)?;
    let (model, amounts) = (model(&table), amounts(&table));
    Some(ToService::Limits { model: model?, amounts: amounts? })
}

pub(super) fn blocked(value: Value<'_>) -> Option<ToService> {
    let table = value.table(BLOCKED)?;
    Some(ToService::Blocked { lasts: lasts(&table, "10m")? })
}

pub(super) fn failing(value: Value<'_>) -> Option<ToService> {
    let table = value.table(FAILING)?;
    let (share, lasts) = (share(&table, "5%"), lasts(&table, "2m"));
    Some(ToService::Failing { share: share?, lasts: lasts? })
}

/// The model of an event, perhaps none; nothing where it could not be read.
fn model(table: &Table<'_>) -> Option<Whose> {
    match said(table.get("model"), placed_text) {
        Said::Nothing => Some(None),
        Said::Wrong => None,
        Said::This(model) => Some(Some(model)),
    }
}

fn lasts(table: &Table<'_>, example: &str) -> Option<Span> {
    let lasts = table.need("lasts", &format!("lasts = \"{example}\""));
    lasts.and_then(Value::duration_above_zero)
}

fn share(table: &Table<'_>, example: &str) -> Option<Millionths> {
    table.need("share", &format!("share = \"{example}\"")).and_then(millionths)
}

fn steps(value: Value<'_>) -> Option<Vec<Millionths>> {
    let steps = value.list()?;
    if steps.len() > MOST_STEPS {
        let message = format!("a curve may have {MOST_STEPS} steps at most");
        let help = "let each step last longer";
        value.fault(Code::OutOfRange.name(), message, "more than that", help);
        return None;
    }
    steps.into_iter().map(millionths).collect()
}

/// A share in millionths; finer ones are refused, since the service knows none.
pub(super) fn millionths(value: Value<'_>) -> Option<Millionths> {
    const A_MILLIONTH: u64 = Share::WHOLE / 1_000_000;
    let parts = value.share()?.parts_per_billion();
    if !parts.is_multiple_of(A_MILLIONTH) {
        let message = format!("`{}` is finer than the service knows", value.key());
        let help = "write at most four decimals: \"0.0001%\" is the least";
        value.fault(Code::OutOfRange.name(), message, "too many digits", help);
        return None;
    }
    u32::try_from(parts / A_MILLIONTH).ok().map(Millionths)
}
