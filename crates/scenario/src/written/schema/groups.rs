//! `[[group]]` in the schema: lengths, traffic, recordings.

use rulebook::Work;
use serde_json::{Value, json};

use super::super::{client_set, drift, law, length, phase, trace, traffic, users, work};
use super::group::{KEYS, MOST_CLIENTS};
use super::{
    Row, choice, defined, money, needed, one_or_list, rate, row, share, table, text, time,
    time_of_day, tokens, whole, words,
};
use phase::curve;

pub(super) fn group() -> Value {
    table(
        KEYS,
        vec![
            needed("name", text(), "How it is called elsewhere in the file."),
            row(
                "model",
                defined("model"),
                "The id that requests carry; groups that share one share its limits. Needed without `endpoint`.",
            ),
            row("endpoint", text(), "Its jobs go to this [[endpoint]], by its name."),
            row(
                "work",
                words(Work::WORDS),
                "Whose limits hold. Usually what the edition knows of the model, else \"chat\".",
            ),
            row("images", whole(work::MOST), "Pictures that a request of image work asks for."),
            row(
                "inputs",
                whole(work::MOST),
                "Texts of an embedding request, documents of a re-ranking one.",
            ),
            row(
                "clients",
                whole(MOST_CLIENTS),
                "How many clients do its jobs, all with one key. Usually 1.",
            ),
            row(
                "starts",
                choice(users::STARTS, vec![row("within", time(), "One after the other over this.")]),
                "When its clients begin. Usually \"at_once\".",
            ),
            row(
                "prompt",
                defined("law_of_tokens"),
                "Tokens of a prompt: a number, a law, or the trace's own.",
            ),
            row(
                "answer",
                defined("law_of_tokens"),
                "Tokens of an answer, before `max_tokens` cuts it.",
            ),
            row(
                "correlation",
                json!({ "type": "number", "minimum": -1, "maximum": 1 }),
                "Rank correlation of prompt and answer, from -1 to 1. Usually 0.",
            ),
            row("max_tokens", tokens(), "The longest answer asked for."),
            row("stream", json!({ "type": "boolean" }), "Answers token by token. Usually false."),
            row("deadline", time(), "From due to the last byte; only judges."),
            row("drift", drifts(), "Lengths that go with the time."),
            needed(
                "traffic",
                one_or_list(&defined("phase")),
                "One phase, phases that follow one another, a recording, or users.",
            ),
            row("strategy", text(), "Keeps this group to one strategy in every cell, by its name."),
        ]
        .into_iter()
        .chain(money::of_group())
        .collect(),
    )
}

pub(super) fn phase() -> Value {
    choice(traffic::KINDS, kinds())
}

pub(super) fn law_of_tokens() -> Value {
    json!({ "anyOf": [tokens(), choice(length::LENGTHS, laws(&tokens()))] })
}

pub(super) fn law_of_times() -> Value {
    json!({ "anyOf": [time(), choice(length::TIMES, laws(&time()))] })
}

/// The families of laws, their numbers of this form.
fn laws(number: &Value) -> Vec<Row> {
    let bounds = || {
        vec![
            row("min", number.clone(), "No draw is less."),
            row("max", number.clone(), "No draw is more."),
            row(
                "beyond",
                words(law::BEYOND),
                "What lies outside is held at the bound, or drawn again. Usually \"held\".",
            ),
        ]
    };
    let by_percentiles = || {
        let figures = [
            needed("median", number.clone(), "Half are above."),
            needed("p95", number.clone(), "One in twenty is above."),
        ];
        table(law::BY_PERCENTILES, figures.into_iter().chain(bounds()).collect())
    };
    let mean = [needed("mean", number.clone(), "The mean, before the bounds.")];
    let by_mean = table(law::BY_MEAN, mean.into_iter().chain(bounds()).collect());
    let quantiles = json!({ "anyOf": [
        { "type": "array", "minItems": 2, "items": number },
        { "type": "object", "minProperties": 2, "additionalProperties": false,
          "properties": { "min": number, "max": number },
          "patternProperties": { "^p[0-9]{1,4}$": number } },
    ] });
    vec![
        row("lognormal", by_percentiles(), "Tokens or times as a dashboard shows them."),
        row("exponential", by_mean, "Without memory."),
        row("pareto", by_percentiles(), "With a heavy tail."),
        row(
            "quantiles",
            quantiles,
            "As measured: by name, { p50 = 900, p99 = 6000 }, or evenly spaced from the least to the greatest.",
        ),
    ]
}

fn drifts() -> Value {
    let steps = json!({ "type": "array", "minItems": 1, "items": share() });
    table(
        drift::KEYS,
        vec![
            needed("every", time(), "How long each step holds."),
            row("prompt", steps.clone(), "Percentages of the law, one after the other."),
            row("answer", steps, "Percentages of the law, one after the other."),
        ],
    )
}

fn kinds() -> Vec<Row> {
    let rates = || needed("rate", rate(), "So many jobs.");
    let lasts = || row("lasts", time(), "How long it is; the last phase may leave it out.");
    let cv = json!({ "type": "number", "minimum": 0.1, "maximum": 20 });
    let jobs = |means: &str| needed("jobs", whole(phase::MOST_JOBS), means);
    let varied = || {
        table(
            phase::VARIED,
            vec![
                rates(),
                needed(
                    "cv",
                    cv.clone(),
                    "Standard deviation of gaps over their mean: 1 is Poisson, above it jobs come in bursts.",
                ),
                lasts(),
            ],
        )
    };
    let counted =
        row("jobs", whole(phase::MOST_JOBS), "As long as so many take, in place of `lasts`.");
    let ramp = vec![
        needed("from", rate(), "The first rate."),
        needed("to", rate(), "The last rate."),
        lasts(),
    ];
    let burst = vec![
        jobs("So many together."),
        needed("every", time(), "From one burst to the next."),
        row("within", time(), "Spread evenly over this. Usually all in one instant."),
        lasts(),
    ];
    vec![
        row(
            "steady",
            table(phase::STEADY, vec![rates(), lasts(), counted]),
            "One job exactly every so often, the first at once.",
        ),
        row(
            "poisson",
            table(phase::POISSON, vec![rates(), lasts()]),
            "Jobs that know nothing of one another.",
        ),
        row("ramp", table(phase::RAMP, ramp), "The same, at a rate that changes linearly."),
        row("gamma", varied(), "Uneven gaps, the tighter bursts."),
        row("weibull", varied(), "Uneven gaps, the longer silences."),
        row("burst", table(phase::BURST, burst), "So many jobs together, at regular distances."),
        row(
            "at_once",
            table(phase::AT_ONCE, vec![jobs("So many in the first instant."), lasts()]),
            "So many jobs in the first instant.",
        ),
        row("pause", table(phase::PAUSE, vec![lasts()]), "Nothing."),
        row("daily", table(phase::DAILY, day(lasts())), "At a rate that swings with the day."),
        row("curve", curve(&cv), "Rates, one after the other."),
        row("trace", recording(), "The rows of a recording, the whole traffic of its group."),
        row(
            "client_set",
            clients(),
            "Recorded clients, each by its rates and laws, the whole traffic of their group.",
        ),
        row(
            "users",
            closed_loop(lasts()),
            "People who wait for an answer before they go on, the whole traffic of their group.",
        ),
    ]
}

fn curve(cv: &Value) -> Value {
    let gaps = choice(
        curve::GAPS,
        vec![
            row("gamma", cv.clone(), "Standard deviation of gaps over their mean."),
            row("weibull", cv.clone(), "Standard deviation of gaps over their mean."),
        ],
    );
    let rows = vec![
        needed("every", time(), "How long each rate holds."),
        needed(
            "rates",
            json!({ "type": "array", "minItems": 1, "items": rate() }),
            "One after the other.",
        ),
        row("gaps", gaps, "How even. Usually \"poisson\"."),
    ];
    table(curve::KEYS, rows)
}

fn day(lasts: Row) -> Vec<Row> {
    vec![
        needed("peak", rate(), "At the busiest time."),
        needed("trough", rate(), "Twelve hours later."),
        row("busiest", time_of_day(), "Usually \"14:00\"."),
        row("weekend", share(), "The share of it on Saturdays and Sundays. Usually as on any day."),
        lasts,
    ]
}

fn closed_loop(lasts: Row) -> Value {
    let starts = choice(users::STARTS, vec![row("within", time(), "Spread over this.")]);
    table(
        users::KEYS,
        vec![
            needed("count", whole(users::MOST_USERS), "How many there are."),
            needed("think", defined("law_of_times"), "From an answer to the next question."),
            row("starts", starts, "When they begin. Usually \"at_once\"."),
            lasts,
        ],
    )
}

fn clients() -> Value {
    let lengths = table(
        client_set::LENGTHS,
        vec![
            needed("file", text(), "The archive that has them."),
            row("sha256", hash(), "Of that archive as it lies there."),
        ],
    );
    let rows = vec![
        needed("file", text(), "From the scenario's own folder: an archive."),
        needed("format", words(client_set::FORMATS), "How its clients are written."),
        row("lengths", lengths, "Another archive, with the lengths of their jobs."),
    ];
    table(client_set::KEYS, rows.into_iter().chain(of_file()).chain(slice()).collect())
}

/// Of a file that not everybody has.
fn of_file() -> [Row; 3] {
    [
        row("sha256", hash(), "Of the file as it lies there."),
        row("bytes", json!({ "type": "integer", "minimum": 1 }), "Of the file as it lies there."),
        row("source", text(), "Where to get it."),
    ]
}

/// Which part of a recording is meant.
fn slice() -> [Row; 3] {
    [
        row("from", time(), "How long after its beginning the slice begins. Usually \"0s\"."),
        row("lasts", time(), "How long the slice is. Usually to its end."),
        row("scale", share(), "The rate as a percentage of the recorded one. Usually \"100%\"."),
    ]
}

fn hash() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-fA-F]{64}$" })
}

fn recording() -> Value {
    let field = |key, means| row(key, text(), means);
    let fields = || {
        vec![
            needed("due", text(), "The column, or the path of the field, with the time."),
            needed("unit", words(trace::UNITS), "The unit of that time."),
            needed("prompt", text(), "That of the tokens of the prompt."),
            needed("answer", text(), "That of the tokens of the answer."),
            field("status", "That of how the row ended."),
            field("id", "That of what names the request."),
            field("retry", "That of the count of retries."),
            field("model", "That of the model."),
            field("client", "That of the client."),
        ]
    };
    let delimiter = row(
        "delimiter",
        json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        "Usually \",\".",
    );
    let format = choice(
        trace::FORMATS,
        vec![
            row(
                "csv",
                table(trace::CSV, fields().into_iter().chain([delimiter]).collect()),
                "The names of its columns.",
            ),
            row("jsonl", table(trace::JSONL, fields()), "The paths of its fields."),
        ],
    );
    let fold = table(
        trace::FOLD,
        vec![row("within", time(), "The longest from one attempt to the next.")],
    );
    let attempts =
        choice(trace::ATTEMPTS, vec![row("fold", fold, "Rows of one job are put together.")]);
    let rows = vec![
        needed("file", text(), "From the scenario's own folder; plain, gzip or zstd."),
        row("member", text(), "The file within it, where it is a tar archive."),
        row("format", format, "How its rows are written. Usually \"azure-llm-2023\"."),
        row("attempts", attempts, "What becomes of rows that are attempts of one job."),
    ];
    table(trace::KEYS, rows.into_iter().chain(of_file()).chain(slice()).collect())
}
