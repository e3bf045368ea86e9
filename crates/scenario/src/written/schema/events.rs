//! `[[event]]` and `[calendar]` in the schema.

use serde_json::{Value, json};

use super::super::event::{BUSINESS_DAYS, CALENDAR, KEYS, MOST_DAYS, RESTART, SURGE};
use super::{
    moment, money, needed, one_or_list, rate, row, service, table, text, time, time_of_day, whole,
};

pub(super) fn event() -> Value {
    let restart = table(
        RESTART,
        vec![
            needed("group", text(), "Whose clients restart, by the group's name."),
            needed("takes", time(), "How long each is down."),
            row("apart", time(), "From one to the next. Usually all in one instant."),
        ],
    );
    let surge = table(
        SURGE,
        vec![
            needed("group", text(), "Whose jobs they are, by the group's name."),
            needed("rate", rate(), "So many more."),
            needed("lasts", time(), "For so long."),
        ],
    );
    let mut rows = vec![
        needed("at", when(), "How long after the start, a moment, or a time of a business day."),
        row("restart", restart, "Clients lose their state and begin their jobs anew."),
        row("surge", surge, "More jobs for a while."),
    ];
    rows.extend(service::events());
    rows.extend(money::events());
    table(KEYS, rows)
}

/// A time from the start, a moment, or a time of a business day.
pub(super) fn when() -> Value {
    let days = table(
        BUSINESS_DAYS,
        vec![
            needed("business_days", whole(MOST_DAYS), "So many business days after `starts`."),
            needed("time", time_of_day(), "At this time of that day."),
        ],
    );
    json!({ "anyOf": [time(), moment(), days] })
}

pub(super) fn calendar() -> Value {
    let day = json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" });
    table(CALENDAR, vec![row("holidays", one_or_list(&day), "Days that count as weekend.")])
}
