//! What is said of the service in the schema: `[account]`, `[[limits]]`, `[[endpoint]]`, and the
//! events that the clients have no part in.

use serde_json::{Value, json};

use super::super::happening::{
    BLOCKED, CAPACITY, FAILING, GRANT, LIMITS, MOST_STEPS, OTHERS, OUTAGE,
};
use super::super::{account, endpoint, limits};
use super::{Row, defined, money, needed, rate, row, share, table, text, time, whole, words};

pub(super) fn account(tier: Value) -> Value {
    let rows = vec![
        row("tier", tier, "The tier of your account; not in an edition without tiers."),
        row(
            "past_hour",
            rate(),
            "How fast requests succeeded in the hour before, where limits grow from that. Usually \"0/min\".",
        ),
    ];
    table(account::KEYS, rows.into_iter().chain(money::of_account()).collect())
}

pub(super) fn given_limits(tier: Value) -> Value {
    let rows = vec![
        needed("tier", tier, "Whose limits they are."),
        row("model", defined("model"), "For this model alone. Usually for every one."),
        row("requests", rate(), "What it may send."),
        row("tokens", rate(), "What it may use, prompt and answer together."),
    ];
    json!({ "type": "array", "items": table(limits::KEYS, rows) })
}

pub(super) fn endpoints() -> Value {
    let number = || whole(endpoint::MOST_REPLICAS);
    let scaling = table(
        endpoint::REPLICAS,
        vec![
            row("min", number(), "The fewest. Usually 1."),
            needed("max", number(), "The most, started as load grows."),
        ],
    );
    let rows = vec![
        needed("name", text(), "How groups call it."),
        needed("model", defined("model"), "What it serves."),
        row("hardware", text(), "What a replica runs on, such as \"1x_nvidia_h100_80gb_sxm\"."),
        row(
            "throughput",
            rate(),
            "Tokens that one replica works off, prompt and answer. Needed where a group calls it.",
        ),
        row("replicas", json!({ "anyOf": [number(), scaling] }), "How many there are. Usually 1."),
        row("starts", words(endpoint::STARTS), "Whether it runs at the start. Usually \"ready\"."),
    ];
    let rows = rows.into_iter().chain(money::of_endpoint()).collect();
    json!({ "type": "array", "items": table(endpoint::KEYS, rows) })
}

/// The events that are about the service.
pub(super) fn events() -> Vec<Row> {
    let model = || row("model", defined("model"), "Of this model. Usually of every one.");
    let lasts = || needed("lasts", time(), "For so long.");
    let outage = vec![
        model(),
        lasts(),
        row("left", share(), "What is left of the capacity. Usually \"0%\"."),
    ];
    let capacity = vec![model(), needed("share", share(), "Of what is supposed, from now on.")];
    let curve = json!({ "type": "array", "minItems": 1, "maxItems": MOST_STEPS, "items": share() });
    let others = vec![
        model(),
        row("share", share(), "What they take of the capacity, from now on."),
        row("every", time(), "How long each of `shares` holds."),
        row("shares", curve, "One after the other, the last to the end."),
    ];
    let grant = vec![
        needed("model", defined("model"), "The one that it is for."),
        needed("tier", text(), "The tier that is asked for."),
    ];
    let moved = vec![
        model(),
        row("requests", rate(), "What may be sent from now on."),
        row("tokens", rate(), "What may be used from now on."),
    ];
    let failing = vec![needed("share", share(), "So many attempts."), lasts()];
    vec![
        row("outage", table(OUTAGE, outage), "The service lacks capacity for a time."),
        row("capacity", table(CAPACITY, capacity), "Its capacity changes."),
        row("others", table(OTHERS, others), "Other tenants take another share of it."),
        row("grant", table(GRANT, grant), "A tier is asked for; it holds business days later."),
        row("limits", table(LIMITS, moved), "Limits move."),
        row("blocked", table(BLOCKED, vec![lasts()]), "Unpaid: everything is refused with 402."),
        row("failing", table(FAILING, failing), "Attempts fail for reasons of their own."),
    ]
}
