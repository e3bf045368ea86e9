//! `[[strategy]]` in the schema.

use serde_json::{Value, json};

use super::strategy::{
    BACKOFF, FIRST_SEND, HINTS, KEYS, MOST_TRIES, OWN_BUCKET, PRESETS, RETRY_ON, SHARES, STOPS,
    WAITS,
};
use super::{Row, choice, needed, row, table, text, time, whole, words};

pub(super) fn strategy() -> Value {
    let own_bucket = table(
        OWN_BUCKET,
        vec![needed(
            "share",
            words(SHARES),
            "Filled at the whole of the published limits, or at an Nth, N being the group's `clients`.",
        )],
    );
    let first_send = choice(
        FIRST_SEND,
        vec![row("own_bucket", own_bucket, "A bucket at the published limits.")],
    );
    let hint =
        choice(HINTS, vec![row("up_to", time(), "Heeded if it is above zero and at most this.")]);
    let never = |form: Value| json!({ "anyOf": [words(&["never"]), form] });
    table(
        KEYS,
        vec![
            row(
                "name",
                text(),
                "How it is called elsewhere in the file. A preset has its own name.",
            ),
            row("preset", words(PRESETS), "A strategy that people know by name."),
            row("first_send", first_send, "When may an attempt go? Usually \"at_once\"."),
            row("retry_on", words(RETRY_ON), "What is tried again?"),
            row("hint", hint, "What of the server's `retry-after`? Usually \"ignore\"."),
            row("wait", choice(WAITS, waits()), "How long without a hint?"),
            row("grain", time(), "Of what is a drawn wait a whole number? Usually \"1ns\"."),
            row(
                "tries",
                whole(MOST_TRIES),
                "How often in all, the first included? Usually without end.",
            ),
            row(
                "stop",
                words(STOPS),
                "Give a waiting job up when its deadline is past, or would be? Usually \"never\".",
            ),
            row("timeout", never(time()), "How long may the service be silent? Usually \"never\"."),
        ],
    )
}

fn waits() -> Vec<Row> {
    let settings = || {
        table(
            BACKOFF,
            vec![
                needed("first", time(), "The first wait, at the longest."),
                needed("cap", time(), "The longest wait."),
            ],
        )
    };
    vec![
        row("exponential", settings(), "Doubles from `first` to `cap`."),
        row("full_jitter", settings(), "Anything up to that."),
        row("sdk", settings(), "That, less up to a quarter, as the SDKs wait."),
    ]
}
