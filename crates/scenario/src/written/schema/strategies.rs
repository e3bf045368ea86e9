//! `[[strategy]]` in the schema.

use serde_json::{Value, json};

use super::strategy::{KEYS, PRESETS, elsewhere, first_send, retry_on, stop, wait};
use super::{
    Row, choice, defined, needed, one_or_list, rate, row, share, table, text, time, whole, words,
};

pub(super) fn strategy() -> Value {
    let never = |form: Value| json!({ "anyOf": [words(&["never"]), form] });
    let mut rows = vec![
        row("name", text(), "How it is called elsewhere in the file. A preset has its own name."),
        row("preset", words(PRESETS), "A strategy that people know by name."),
        row("first_send", first_sends(), "When may an attempt go? Usually \"at_once\"."),
        row("retry_on", retries_on(), "What is tried again?"),
        row("hint", hints(), "What of the server's `retry-after`? Usually \"ignore\"."),
        row("wait", choice(wait::WAITS, waits()), "How long without a hint?"),
        row("grain", time(), "Of what is a drawn wait a whole number? Usually \"1ns\"."),
        row("elsewhere", elsewheres(), "Where else does it go? Usually nowhere."),
        row("timeout", never(time()), "How long may the service be silent? Usually \"never\"."),
    ];
    rows.extend(stops());
    table(KEYS, rows)
}

fn first_sends() -> Value {
    let part = || json!({ "anyOf": [words(&["whole", "1/N"]), share()] });
    let in_flight = || whole(first_send::MOST_IN_FLIGHT);
    let own_bucket = table(
        first_send::OWN_BUCKET,
        vec![
            needed(
                "share",
                part(),
                "Filled at the whole of the published limits, at a part of them, or at an Nth, N being the group's `clients`.",
            ),
            row("burst", words(first_send::BURSTS), "What it saves up. Usually \"spread\"."),
        ],
    );
    let cap = table(first_send::CAP, vec![needed("in_flight", in_flight(), "At most.")]);
    let aimd_cap = table(
        first_send::AIMD_CAP,
        vec![
            row("start", in_flight(), "At the start. Usually 20."),
            row("least", in_flight(), "Usually 20."),
            row("most", in_flight(), "Usually 200."),
            row("cut", share(), "What a refusal takes off. Usually \"10%\"."),
            row("slow", time(), "A longer answer counts as a refusal. Usually none."),
        ],
    );
    let aimd_rate = table(
        first_send::AIMD_RATE,
        vec![
            needed("start", rate(), "At the start."),
            needed("add", rate(), "How much more."),
            needed("every", time(), "How often."),
            needed("cut", share(), "What a refusal takes off."),
            needed("least", rate(), "The least it can be."),
        ],
    );
    let shared_bucket = table(
        first_send::SHARED_BUCKET,
        vec![
            row("share", json!({ "anyOf": [words(&["whole"]), share()] }), "Usually the whole."),
            row("delay", time(), "How long a permit takes to fetch. Usually no time."),
        ],
    );
    let rows = vec![
        row("own_bucket", own_bucket, "A bucket at the published limits."),
        row("cap", cap, "So many attempts in flight."),
        row("aimd_cap", aimd_cap, "So many, which it learns."),
        row("aimd_rate", aimd_rate, "A rate, which it learns."),
        row("shared_bucket", shared_bucket, "A bucket that all clients of a group share."),
    ];
    choice(first_send::WORDS, rows)
}

fn elsewheres() -> Value {
    let tries = || whole(stop::MOST_TRIES);
    let after = || row("after", tries(), "So many tries ended badly at home. Usually 1.");
    let model =
        table(elsewhere::MODEL, vec![needed("model", defined("model"), "Another model."), after()]);
    let endpoint = table(
        elsewhere::ENDPOINT,
        vec![needed("endpoint", text(), "An endpoint of the file, by its name."), after()],
    );
    let every = row("every", time(), "How often files are handed in. Usually \"1h\".");
    let batch = table(elsewhere::BATCH, vec![every, after()]);
    let hedge = table(
        elsewhere::HEDGE,
        vec![
            needed("after", time(), "How long the first attempt may show nothing."),
            row("most", share(), "For so many of the first attempts. Usually \"2%\"."),
        ],
    );
    let rows = vec![
        row("model", model, "Another model, within its own limits."),
        row("endpoint", endpoint, "Hardware of one's own."),
        row("batch", batch, "The next file of a batch, at the price of batches."),
        row("hedge", hedge, "A second attempt beside a slow one."),
    ];
    choice(elsewhere::WORDS, rows)
}

fn retries_on() -> Value {
    let flag = || json!({ "type": "boolean" });
    let status = json!({ "type": "string", "pattern": "^\\s*([4-6][0-9]{2}|4xx|5xx)\\s*$" });
    let listed = table(
        retry_on::KEYS,
        vec![
            row("statuses", one_or_list(&status), "Such as \"429\" or \"5xx\"."),
            row("time_outs", flag(), "Time-outs of the client's own. Usually not."),
            row("connections", flag(), "Connections that are not made, or break. Usually not."),
            row("unless_quota", flag(), "But no 429 that is for want of credit. Usually all."),
        ],
    );
    json!({ "anyOf": [words(retry_on::WORDS), listed] })
}

fn hints() -> Value {
    let beyond = vec![row(
        "formula_plus",
        time(),
        "No less than the formula, and no more than that and this.",
    )];
    let take = table(
        wait::TAKE,
        vec![
            needed("reads", words(wait::READS), "Which forms of it are read."),
            row("zero", words(wait::ZEROS), "What of a hint of zero. Usually \"formula\"."),
            row("most", time(), "The longest that is taken as it is. Usually any."),
            row(
                "beyond",
                choice(wait::BEYOND, beyond),
                "What of a longer one. Usually \"formula\".",
            ),
            row("jitter", time(), "A random part of this comes on top. Usually nothing."),
        ],
    );
    let rows = vec![
        row("up_to", time(), "Heeded if it is above zero and at most this."),
        row("take", take, "Part by part."),
    ];
    choice(wait::HINTS, rows)
}

fn waits() -> Vec<Row> {
    let settings = |word: &str| {
        let keys = wait::settings_of(word);
        let percent = share();
        let all = vec![
            needed("first", time(), "The first wait, at the longest."),
            needed("cap", time(), "The longest wait."),
            needed("jitter", time(), "What comes on top at most."),
            row("times", number(), "By what each is longer. Usually 1.5."),
            row("spread", percent, "How far it is spread to either side. Usually \"50%\"."),
            needed("least", time(), "The shortest wait."),
            needed("throttled", time(), "The first wait after a refusal by a limit."),
        ];
        table(keys, all.into_iter().filter(|row| keys.contains(&row.key)).collect())
    };
    let of = |word: &'static str, means: &str| row(word, settings(word), means);
    vec![
        of("exponential", "Doubles from `first` to `cap`."),
        of("full_jitter", "Anything up to that."),
        of("equal_jitter", "Anything from half of that up to it."),
        of("decorrelated_jitter", "Anything from `first` to three times the last wait."),
        of("sdk", "Doubled, less up to a quarter, as the SDKs wait."),
        of("plus_jitter", "Doubled, and up to `jitter` on top."),
        of("randomized", "Grown by `times`, spread to either side."),
        of("clamped", "Doubled, and never less than `least`."),
        of("aws", "Anything up to the doubled wait, from another first after a limit."),
    ]
}

fn stops() -> Vec<Row> {
    let breaker = table(
        stop::BREAKER,
        vec![
            needed("opens_at", share(), "Of attempts that failed."),
            row("over", time(), "How far back it looks. Usually \"10s\"."),
            row("least", tokens(), "Attempts that must have ended. Usually 10."),
            needed("stays", time(), "How long it stays open."),
            row("probes", tokens(), "Attempts that decide whether it closes. Usually 1."),
        ],
    );
    let throttle = table(
        stop::THROTTLE,
        vec![
            row("k", number(), "How many times what was accepted may be sent. Usually 2."),
            row("over", time(), "How far back it looks. Usually \"2m\"."),
        ],
    );
    let most = stop::MOST_TRIES - 1;
    vec![
        row(
            "tries",
            whole(stop::MOST_TRIES),
            "How often in all, the first included? Usually without end.",
        ),
        row(
            "max_retries",
            json!({ "type": "integer", "minimum": 0, "maximum": most }),
            "The same in the SDKs' word, the first not counted.",
        ),
        row(
            "stop",
            words(stop::STOPS),
            "Give a waiting job up when its deadline is past, or would be? Usually \"never\".",
        ),
        row("within", time(), "How long after its first attempt may a job's next one leave?"),
        row("budget", choice(stop::BUDGETS, budgets()), "What all retries of a client draw on."),
        row("breaker", breaker, "Send nothing for a while once too much fails."),
        row("throttle", throttle, "Refuse oneself what would be refused anyway."),
    ]
}

fn budgets() -> Vec<Row> {
    let settings = |word: &str| {
        let keys = stop::settings_of(word);
        let all = vec![
            row("share", share(), "Of first attempts, of requests, or of failures."),
            row("reserve", rate(), "Retries that are allowed without any attempts."),
            row("ttl", time(), "How long a deposit lasts."),
            row("over", time(), "How far back it looks."),
            row("most", tokens(), "What it holds at most."),
            row("ratio", number(), "What a success adds."),
            row("deposit", number(), "What a first attempt adds."),
            row("capacity", tokens(), "What it holds at most."),
            row("retry", tokens(), "What a retry takes."),
            row("throttled", tokens(), "What it takes after a refusal by a limit."),
            row("time_out", tokens(), "What it takes after a time-out."),
            row("first_success", tokens(), "What a success at the first try puts back."),
        ];
        table(keys, all.into_iter().filter(|row| keys.contains(&row.key)).collect())
    };
    let of = |word: &'static str, means: &str| row(word, settings(word), means);
    vec![
        of("finagle", "Retries for a share of first attempts, and some in reserve."),
        of("sre", "Retries while they are less than a share of requests."),
        of("grpc", "Tokens that failures take and successes give back, in part."),
        of("aws", "A bucket that retries are paid from."),
        of("brooker", "A bucket that first attempts fill and retries empty."),
        of("failures_below", "Retries while failures are below a share."),
    ]
}

fn tokens() -> Value {
    whole(stop::MOST_TOKENS)
}

fn number() -> Value {
    json!({ "type": "number", "exclusiveMinimum": 0 })
}
