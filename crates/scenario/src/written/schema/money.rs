//! Money in the schema: of the account, of endpoints and groups, of events, and what is charged
//! without a request.

use rulebook::Method;
use serde_json::{Value, json};

use super::super::{batch, extent, fine_tune, funds, paying};
use super::events::when;
use super::{Row, defined, needed, row, share, table, text, time, whole, words};
use crate::endpoint::Kind;
use crate::funds::Card;

/// An amount of dollars.
fn dollars() -> Value {
    json!({ "type": "string", "pattern": format!(r"^\s*{DOLLARS}\s*$") })
}

/// The pattern of an amount.
pub(super) const DOLLARS: &str = r"\$[0-9][0-9_,]*(\.[0-9]+)?";

pub(super) fn of_account() -> Vec<Row> {
    let recharge = vec![
        needed("threshold", dollars(), "Below this balance credit is bought."),
        row("amount", dollars(), "So much at a time. Usually what the edition says."),
    ];
    vec![
        row("balance", dollars(), "Credit that was bought and is left. Usually none."),
        row("free_credit", dollars(), "Credit that was given and is left. Usually none."),
        row("spent", dollars(), "Paid in its life so far. Usually what its tier costs."),
        row("card", words(Card::WORDS), "How it pays. Usually \"accepted\"."),
        row("limit", dollars(), "The most that it may owe, by a limit of its own."),
        row("past_due", dollars(), "Owed from invoices of before the run. Usually nothing."),
        row("discount", share(), "Negotiated: off every price of the edition."),
        row("auto_recharge", table(funds::RECHARGE, recharge), "Credit that is bought by itself."),
    ]
}

pub(super) fn of_endpoint() -> Vec<Row> {
    let price = format!(r"^\s*{DOLLARS}\s*/\s*(h|hour|min|minute)\s*$");
    vec![
        row(
            "price",
            json!({ "type": "string", "pattern": price }),
            "What one replica costs: \"$3.99/hour\". Usually that of its hardware.",
        ),
        row("from", when(), "When it is started. Usually with the run."),
        row("until", when(), "When it is stopped. Usually never."),
        row("kind", words(Kind::WORDS), "What it hosts. Usually \"dedicated\"."),
    ]
}

pub(super) fn of_group() -> Vec<Row> {
    let ways = vec![
        row("every", time(), "How often what has fallen due is handed in. Usually \"1h\"."),
        row("tries", whole(batch::MOST_TRIES), "How often a job is, at most. Usually 3."),
    ];
    let number = || whole(extent::MOST);
    vec![
        row(
            "batch",
            json!({ "anyOf": [{ "const": true }, table(batch::KEYS, ways)] }),
            "Its jobs go in batches: apart from limits, at the price of batches, within a day.",
        ),
        row(
            "size",
            json!({ "type": "string", "pattern": "^\\s*[0-9]+\\s*x\\s*[0-9]+\\s*$" }),
            "Of pictures, in pixels: \"1024x1024\".",
        ),
        row("steps", number(), "In which pictures are made. Usually the model's own."),
        row("characters", number(), "That a request has spoken."),
        row("seconds", number(), "Of the recording that a request has written down."),
        row("cached", share(), "Of each prompt, what the service has met before. Usually none."),
    ]
}

pub(super) fn events() -> Vec<Row> {
    let own = json!({ "anyOf": [dollars(), { "const": "none" }] });
    vec![
        row("purchase", dollars(), "Credit is bought."),
        row("card", words(Card::WORDS), "Another card takes the place of the old."),
        row("own_limit", own, "A limit of one's own on what is owed, or none."),
        row("support", words(paying::SUPPORT), "Support puts the tier in force that was bought."),
        row("approve", json!({ "const": true }), "The bank's $0 authorization is approved."),
        row("grant_credit", dollars(), "Free credit is given."),
    ]
}

pub(super) fn fine_tunes() -> Value {
    let count = || json!({ "type": "number", "minimum": 0, "maximum": fine_tune::MOST });
    let rows = vec![
        needed("name", text(), "How bills call it."),
        needed("model", defined("model"), "What is trained."),
        needed("method", words(Method::WORDS), "How."),
        needed("tokens", count(), "Of the data that it learns from: 2e6."),
        row("epochs", whole(fine_tune::MOST_EPOCHS), "Passes over them. Usually 1."),
        row("validation_tokens", count(), "Of the data that it is checked against. Usually 0."),
        row("at", when(), "When it is created. Usually at the start."),
    ];
    json!({ "type": "array", "items": table(fine_tune::KEYS, rows) })
}

pub(super) fn evaluations() -> Value {
    let count = || json!({ "type": "number", "minimum": 0, "maximum": fine_tune::MOST });
    let rows = vec![
        needed("name", text(), "How bills call it."),
        needed("model", defined("model"), "What is judged."),
        needed("rows", count(), "Questions that it is asked."),
        needed("prompt", count(), "Tokens of each question."),
        needed("answer", count(), "Tokens of each answer."),
        row("at", when(), "When it is created. Usually at the start."),
    ];
    json!({ "type": "array", "items": table(fine_tune::EVALUATION, rows) })
}
