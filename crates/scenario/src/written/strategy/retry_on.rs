//! `retry_on`: what is tried again?

use rulebook::reading::{Table, Value};
use strategies::{RetryOn, Statuses};

use super::super::{Said, said};
use crate::fault::Code;

pub(in crate::written) const WORDS: &[&str] = &["nothing", "limits_and_failures", "anything"];
pub(in crate::written) const KEYS: &[&str] =
    &["statuses", "time_outs", "connections", "unless_quota"];
/// The statuses that go wrong, and those that some gateways add to them.
const LEAST: u16 = 400;
const MOST: u16 = 655;

const HELP: &str =
    "statuses that went wrong: `[\"408\", \"429\", \"5xx\"]`, 400 to 655 each, \"4xx\" or \"5xx\"";

pub(super) fn read(value: Value<'_>) -> Option<RetryOn> {
    if value.is_table() {
        return listed(&value.table(KEYS)?);
    }
    Some(match value.word(WORDS)? {
        "limits_and_failures" => RetryOn::LIMITS_AND_FAILURES,
        "anything" => RetryOn::ANYTHING,
        _ => RetryOn::NOTHING,
    })
}

/// What is listed, and no more.
fn listed(table: &Table<'_>) -> Option<RetryOn> {
    let flag = |key| said(table.get(key), Value::flag);
    let statuses = said(table.get("statuses"), statuses);
    let flags = [flag("time_outs"), flag("connections"), flag("unless_quota")];
    if statuses == Said::Wrong || flags.contains(&Said::Wrong) {
        return None;
    }
    let [time_outs, connections, unless_quota] = flags.map(|flag| flag.this().unwrap_or(false));
    let statuses = statuses.this().unwrap_or(Statuses::NONE);
    let retry_on = RetryOn { statuses, time_outs, connections, unless_quota };
    if !retry_on.tries_again_at_all() {
        let help = "name some `statuses`, or write `retry_on = \"nothing\"`";
        let message = "nothing is tried again by this".to_owned();
        table.fault(Code::Empty.name(), message, "nothing is in here", help);
        return None;
    }
    if unless_quota && !statuses.contains(wire::Status::TOO_MANY_REQUESTS) {
        let message = "`unless_quota` leaves out some 429, which are not tried again".to_owned();
        let place = table.get("unless_quota").map_or(table.place(), |value| value.place());
        let help = "leave it out, or list \"429\" among the `statuses`";
        table.fault_at(place, Code::NothingRetried.name(), message, "changes nothing", help);
        return None;
    }
    Some(retry_on)
}

fn statuses(value: Value<'_>) -> Option<Statuses> {
    let mut all = Some(Statuses::NONE);
    for value in value.one_or_list()? {
        let range = value.any_text("a status", HELP).and_then(|text| {
            let range = range(text.trim());
            if range.is_none() {
                let message = format!("`{text}` is no status that goes wrong");
                value.fault(Code::OutOfRange.name(), message, "no such status", HELP);
            }
            range
        });
        all = all.zip(range).map(|(all, (first, last))| all.with_range(first, last));
    }
    all
}

/// `429`, `5xx`.
fn range(text: &str) -> Option<(u16, u16)> {
    match text {
        "4xx" => Some((400, 499)),
        "5xx" => Some((500, 599)),
        _ => {
            let code = text.parse::<u16>().ok()?;
            (LEAST..=MOST).contains(&code).then_some((code, code))
        }
    }
}
