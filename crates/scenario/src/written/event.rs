//! `[[event]]` and `[calendar]` as they are written: what happens once, and when.

use core::ops::Range;

use limits::{Rate, Requests, Span};
use rulebook::reading::{Table, Value};

use super::happening::{self, ToService};
use super::paying;
use super::{Placed, Said, placed_text, said, small};
use crate::calendar::{Date, Starts, TimeOfDay};
use crate::fault::Code;
use crate::funds::Transaction;

pub(in crate::written) const KEYS: &[&str] = &[
    "at",
    "restart",
    "surge",
    "outage",
    "capacity",
    "others",
    "grant",
    "limits",
    "blocked",
    "failing",
    "purchase",
    "card",
    "own_limit",
    "support",
    "approve",
    "grant_credit",
];
pub(in crate::written) const CALENDAR: &[&str] = &["holidays"];
pub(in crate::written) const BUSINESS_DAYS: &[&str] = &["business_days", "time"];
pub(in crate::written) const RESTART: &[&str] = &["group", "takes", "apart"];
pub(in crate::written) const SURGE: &[&str] = &["group", "rate", "lasts"];

/// Events that one scenario may have: nobody reads more.
const MOST_EVENTS: usize = 100;
/// Business days that an event may be away: about as long as a run may last.
pub(in crate::written) const MOST_DAYS: u64 = 400;

/// An event; one that could not be read is noted as a fault.
#[derive(Debug)]
pub(crate) struct WrittenEvent {
    pub(crate) at: Placed<When>,
    pub(crate) what: What,
    pub(crate) place: Range<usize>,
}

/// When something happens.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// So long after the run began.
    After(Span),
    /// At this moment.
    At(Starts),
    /// At this time of day, so many business days after the day on which the run begins.
    BusinessDays(u32, TimeOfDay),
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// The clients of a group are down for `takes`, each `apart` later than the one before.
    Restart { group: Placed<String>, takes: Span, apart: Span },
    /// So many more jobs, for so long.
    Surge { group: Placed<String>, rate: Rate<Requests>, lasts: Span },
    /// Something that the clients have no part in.
    Service(ToService),
    /// Something with the account's money.
    Account(Transaction),
}

type Read = fn(Value<'_>) -> Option<What>;

/// How each kind of event is read.
const KINDS: [(&str, Read); 15] = [
    ("restart", restart),
    ("surge", surge),
    ("outage", |value| happening::outage(value).map(What::Service)),
    ("capacity", |value| happening::capacity(value).map(What::Service)),
    ("others", |value| happening::others(value).map(What::Service)),
    ("grant", |value| happening::grant(value).map(What::Service)),
    ("limits", |value| happening::limits(value).map(What::Service)),
    ("blocked", |value| happening::blocked(value).map(What::Service)),
    ("failing", |value| happening::failing(value).map(What::Service)),
    ("purchase", |value| paying::purchase(value).map(What::Account)),
    ("card", |value| paying::card(value).map(What::Account)),
    ("own_limit", |value| paying::own_limit(value).map(What::Account)),
    ("support", |value| paying::support(value).map(What::Account)),
    ("approve", |value| paying::approve(value).map(What::Account)),
    ("grant_credit", |value| paying::grant_credit(value).map(What::Account)),
];

/// The events of a file.
pub(super) fn read(value: Value<'_>) -> Vec<WrittenEvent> {
    let tables = value.tables(KEYS);
    if let Some(one_more) = tables.get(MOST_EVENTS) {
        let message = format!("a scenario may have {MOST_EVENTS} events at most");
        let help = "rehearse a shorter time, or those that matter";
        one_more.fault(Code::OutOfRange.name(), message, "one too many", help);
    }
    tables.iter().filter_map(event).collect()
}

/// Days on which nobody works.
pub(super) fn holidays(calendar: &Table<'_>) -> Vec<Placed<Date>> {
    let days = calendar.get("holidays").and_then(Value::one_or_list).unwrap_or_default();
    days.into_iter().filter_map(date).collect()
}

fn event(table: &Table<'_>) -> Option<WrittenEvent> {
    let at = table.need("at", "at = \"5m\"");
    let at = at.and_then(placed_when);
    let mut said = KINDS.iter().filter_map(|(key, read)| Some((table.get(key)?, read)));
    let Some((first, read)) = said.next() else {
        let message = "nothing happens at this event".to_owned();
        let words = KINDS.map(|(key, _)| key).join(", ");
        let help = format!("say what, such as `surge = {{ … }}`; there are: {words}");
        table.fault(Code::OneChoice.name(), message, "none of them", &help);
        return None;
    };
    let mut what = read(first);
    for (second, read) in said {
        // What is wrong within it is said all the same.
        let _ = read(second);
        let message = format!("this event is both `{}` and `{}`", first.key(), second.key());
        let help = "write two events of the same time";
        second.fault(Code::OneChoice.name(), message, "the second of them", help);
        what = None;
    }
    Some(WrittenEvent { at: at?, what: what?, place: table.place() })
}

/// A time from the start, a moment, or a time of a business day, with its place.
pub(super) fn placed_when(value: Value<'_>) -> Option<Placed<When>> {
    Some(Placed { value: when(value)?, place: value.place() })
}

fn when(value: Value<'_>) -> Option<When> {
    if value.is_table() {
        let table = value.table(BUSINESS_DAYS)?;
        let days = table.need("business_days", "business_days = 2");
        let days = days.and_then(|days| days.whole_up_to(MOST_DAYS)).and_then(small);
        let time = table.need("time", "time = \"09:00\"").and_then(time_of_day);
        return Some(When::BusinessDays(days?, time?));
    }
    let help = "a time from the start, \"5m\", or a moment, \"2025-11-03T12:00Z\"";
    let text = value.any_text("a time or a moment", help)?;
    if !text.contains(['T', ':']) {
        return value.duration().map(When::After);
    }
    let moment = Starts::read(text);
    if moment.is_none() {
        let message =
            format!("`{}` must be a time, or a moment that the calendar has", value.key());
        value.fault(Code::BadMoment.name(), message, "not such a moment", help);
    }
    moment.map(When::At)
}

fn restart(value: Value<'_>) -> Option<What> {
    let table = value.table(RESTART)?;
    let group = table.need("group", "group = \"workers\"").and_then(placed_text);
    let takes = table.need("takes", "takes = \"10s\"").and_then(Value::duration_above_zero);
    let apart = said(table.get("apart"), Value::duration);
    if apart == Said::Wrong {
        return None;
    }
    let apart = apart.this().unwrap_or(Span::ZERO);
    Some(What::Restart { group: group?, takes: takes?, apart })
}

fn surge(value: Value<'_>) -> Option<What> {
    let table = value.table(SURGE)?;
    let group = table.need("group", "group = \"chat\"").and_then(placed_text);
    let rate = table.need("rate", "rate = \"20/s\"").and_then(Value::rate_above_zero);
    let lasts = table.need("lasts", "lasts = \"5m\"").and_then(Value::duration_above_zero);
    Some(What::Surge { group: group?, rate: rate?, lasts: lasts? })
}

fn date(value: Value<'_>) -> Option<Placed<Date>> {
    let help = "a day in quotes: \"2025-11-27\"";
    let date = Date::read(value.any_text("a day", help)?);
    if date.is_none() {
        let message = "a holiday must be a day that the calendar has".to_owned();
        value.fault(Code::BadMoment.name(), message, "not such a day", help);
    }
    Some(Placed { value: date?, place: value.place() })
}

/// A time of day.
pub(super) fn time_of_day(value: Value<'_>) -> Option<TimeOfDay> {
    let help = "hours and minutes in quotes: \"14:00\"";
    let text = value.any_text("a time of day", help)?;
    let time = TimeOfDay::read(text);
    if time.is_none() {
        let message = format!("`{}` must be a time of day", value.key());
        value.fault(Code::BadMoment.name(), message, "not from 00:00 to 23:59", help);
    }
    time
}
