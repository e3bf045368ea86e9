//! The language as a JSON Schema (draft-07), for editors that complete and underline.
//!
//! Which keys a table has, and which words a choice, is taken from the lists that the reader itself
//! goes by; what is written beside each here is its form and what it means. A key that nobody has
//! described yet is in the schema all the same, with any value: an editor never underlines what the
//! reader takes.
//!
//! Names that an edition gives (tiers, models, assumptions) are proposed and not closed, because a
//! file may go by an edition of its own.

use rulebook::reading::Takes;
use rulebook::{Assumption, Assumptions, Edition, Model, Rulebook, Tier};
use run_record::{Figure, Kind, Measure};
use serde_json::{Map, Value, json};

use super::{COMPARE, MOST_SEEDS, ROOT, expect, group, strategy};

mod events;
mod groups;
mod money;
mod service;
mod strategies;

/// A decimal number.
const NUMBER: &str = r"[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9]+)?";
/// Units of time, largest first, each once at most.
const TIME_UNITS: [&str; 7] = ["d", "h", "m", "s", "ms", "us", "ns"];

/// The schema; the editions of `rulebook` give the names that are proposed.
pub(crate) fn schema(rulebook: &Rulebook) -> Value {
    let editions: Vec<&Edition> =
        rulebook.names().into_iter().filter_map(|name| rulebook.edition(name)).collect();
    let tier = names(editions.iter().flat_map(|edition| edition.tiers()).map(Tier::name));
    let mut rows = of_the_run(&editions);
    rows.extend(of_the_world(&editions, &tier));
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A scenario of tierlab",
        "description": "Who sends what, when, and what is expected of it.",
    });
    if let (Some(schema), Value::Object(root)) = (schema.as_object_mut(), table(ROOT, rows)) {
        schema.extend(root);
        schema.insert("definitions".to_owned(), definitions(&editions));
    }
    schema
}

/// What is said of the run as a whole.
fn of_the_run(editions: &[&Edition]) -> Vec<Row> {
    vec![
        needed("title", text(), "What pages call it."),
        row(
            "edition",
            names(editions.iter().map(|edition| edition.name())),
            "Which rules hold: an edition of the house by its name, or by a day on which its rules held; or the path of a .toml file of your own.",
        ),
        row(
            "starts",
            moment(),
            "When the run begins by the clock on the wall: \"2025-11-03T09:00+01:00\". Usually a Monday at midnight.",
        ),
        row(
            "seed",
            json!({ "type": "integer", "minimum": 0 }),
            "Every draw grows from it. Usually 1.",
        ),
        row("lasts", time(), "How long jobs fall due. Usually what traffic adds up to."),
        row(
            "drain",
            time(),
            "How long the run may go on after that. Usually the longest deadline, at least \"2m\".",
        ),
        row(
            "ship",
            text(),
            "The strategy that is meant to ship, by its name: the expectations judge it.",
        ),
    ]
}

/// Who sends what, under which rules, and what is expected.
fn of_the_world(editions: &[&Edition], tier: &Value) -> Vec<Row> {
    vec![
        row("account", service::account(tier.clone()), "Whose limits hold."),
        row(
            "limits",
            service::given_limits(tier.clone()),
            "Limits of a tier that were negotiated, or are known better than the edition knows them.",
        ),
        row(
            "group",
            json!({ "type": "array", "minItems": 1, "items": groups::group() }),
            "Jobs of one kind; all groups share the account's limits. Needed, unless there is an endpoint or something else that is charged.",
        ),
        row(
            "endpoint",
            service::endpoints(),
            "Dedicated hardware: no limit is shared there, and its throughput is all there is.",
        ),
        row(
            "fine_tune",
            money::fine_tunes(),
            "Models that are trained further: charged when they are created.",
        ),
        row(
            "evaluation",
            money::evaluations(),
            "Models that the service judges: charged when they are created.",
        ),
        row(
            "strategy",
            json!({ "type": "array", "items": strategies::strategy() }),
            "What a client does; each is run on the very same jobs. Without any, every preset is compared.",
        ),
        row(
            "assume",
            assumptions(editions),
            "Other values of what the edition supposes where nobody says.",
        ),
        row("calendar", events::calendar(), "Days on which nobody works."),
        row(
            "event",
            json!({ "type": "array", "items": events::event() }),
            "What happens once: clients that restart, a surge, an outage and what else befalls the service.",
        ),
        row(
            "compare",
            table(COMPARE, compare(editions, tier)),
            "What is rehearsed beside each other.",
        ),
        row("expect", expectations(), "What must hold: exit code 99 when it is missed."),
    ]
}

/// What stands in several places, by name.
fn definitions(editions: &[&Edition]) -> Value {
    json!({
        "figures": figures(),
        "model": models(editions),
        "phase": groups::phase(),
        "law_of_tokens": groups::law_of_tokens(),
        "law_of_times": groups::law_of_times(),
    })
}

fn defined(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

fn compare(editions: &[&Edition], tier: &Value) -> Vec<Row> {
    vec![
        row(
            "tiers",
            one_or_list(tier),
            "The tiers to rehearse. Usually the account's and the ladder.",
        ),
        row(
            "past_hours",
            one_or_list(&rate()),
            "In their place where limits grow from the past hour. Usually the edition's, and the account's.",
        ),
        row("strategies", one_or_list(&text()), "The strategies to compare, by name. Usually all."),
        row(
            "loads",
            one_or_list(&share()),
            "Shares of the traffic at which each cell is run as well, such as \"150%\". The file's own is always among them, and the only one that is judged.",
        ),
        row(
            "growth",
            json!({ "anyOf": [share(), { "type": "array", "items": share() }] }),
            "Multiples of the traffic at which the strategies of the headline are tried besides, to say how much a tier carries. Usually 25% to 400%; [] for none. None where `loads` are compared.",
        ),
        row(
            "assume",
            compared_assumptions(editions),
            "Values of assumptions, or lists of them: each is tried in cells of its own, beside the usual ones.",
        ),
        row(
            "sensitivity",
            json!({ "type": "boolean" }),
            "Whether the headline is tried with each assumption at its other values. Usually it is.",
        ),
        row("seeds", whole(MOST_SEEDS), "Replications of each cell. Usually 1."),
    ]
}

/// Every assumption of any edition, with every value that one of them knows.
fn assumptions(editions: &[&Edition]) -> Value {
    let every: Vec<_> = editions.iter().map(|edition| edition.assumptions()).collect();
    let mut properties = Map::new();
    for assumption in every.iter().flat_map(Assumptions::iter) {
        if properties.contains_key(&assumption.name) {
            continue;
        }
        let of_all = every.iter().filter_map(|some| some.get(&assumption.name));
        let choices = of_all.flat_map(Assumption::choices);
        let mut value = names(choices.map(String::as_str));
        describe(&mut value, &assumption.says);
        properties.insert(assumption.name.clone(), value);
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": { "type": "string" } })
}

/// Any assumption, with one of its values or several.
fn compared_assumptions(editions: &[&Edition]) -> Value {
    let every: Vec<_> = editions.iter().map(|edition| edition.assumptions()).collect();
    let all = every.iter().flat_map(Assumptions::iter).map(|one| one.name.as_str());
    json!({
        "type": "object",
        "propertyNames": names(all),
        "additionalProperties": one_or_list(&text()),
    })
}

/// Figures and their goals for all jobs, for one group, for one strategy.
fn expectations() -> Value {
    let mut whole = figures();
    let scopes = [
        ("group", "Of the jobs of one group, by its name."),
        ("strategy", "Of one strategy, by its name."),
    ];
    for (scope, means) in scopes {
        let mut named = json!({ "type": "object", "additionalProperties": defined("figures") });
        describe(&mut named, means);
        if let Some(properties) = whole.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(scope.to_owned(), named);
        }
    }
    whole
}

fn figures() -> Value {
    let goal = |kind: Kind| {
        let amount = match kind {
            Kind::Share => format!(r"{NUMBER}\s*%"),
            Kind::Ratio => NUMBER.to_owned(),
            Kind::Money => money::DOLLARS.to_owned(),
            Kind::Time => times(),
        };
        json!({ "type": "string", "pattern": format!(r"^\s*(>=|<=|<|>)\s*{amount}\s*$") })
    };
    let mut properties = Map::new();
    for word in expect::FIGURES {
        if let Some(figure) = Figure::parse(word) {
            let mut value = goal(figure.kind());
            let means = match figure.kind() {
                Kind::Share => "A comparison and a share, such as \">= 99%\".",
                Kind::Ratio => "A comparison and a number, such as \"<= 1.5\".",
                Kind::Money => "A comparison and an amount, such as \"<= $5\".",
                Kind::Time => "A comparison and a time, such as \"<= 2s\".",
            };
            describe(&mut value, means);
            properties.insert((*word).to_owned(), value);
        }
    }
    let measures: Vec<&str> = Measure::ALL.iter().map(|measure| measure.name()).collect();
    let percentiles = format!("^({})_p([0-9]{{2}}|9[0-9]{{2,3}})$", measures.join("|"));
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": { percentiles: goal(Kind::Time) },
        "additionalProperties": false,
    })
}

/// One key: its name, whether the table needs it, its form.
struct Row {
    key: &'static str,
    needed: bool,
    form: Value,
}

fn row(key: &'static str, mut form: Value, means: &str) -> Row {
    describe(&mut form, means);
    Row { key, needed: false, form }
}

fn needed(key: &'static str, form: Value, means: &str) -> Row {
    Row { needed: true, ..row(key, form, means) }
}

fn describe(form: &mut Value, means: &str) {
    if form.get("$ref").is_some() {
        // What stands beside a reference is not read.
        *form = json!({ "allOf": [form.take()] });
    }
    if let Some(form) = form.as_object_mut() {
        form.insert("description".to_owned(), json!(means));
    }
}

/// A table with the keys that the reader knows, described by `rows`.
fn table(keys: &[&str], rows: Vec<Row>) -> Value {
    let needed: Vec<&str> = rows.iter().filter(|row| row.needed).map(|row| row.key).collect();
    debug_assert!(rows.iter().all(|row| keys.contains(&row.key)), "described, but unknown here");
    let mut properties: Map<String, Value> =
        keys.iter().map(|key| ((*key).to_owned(), json!({}))).collect();
    for Row { key, form, .. } in rows {
        if let Some(undescribed) = properties.get_mut(key) {
            *undescribed = form;
        }
    }
    let mut table =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let Some(table) = table.as_object_mut().filter(|_| !needed.is_empty()) {
        table.insert("required".to_owned(), json!(needed));
    }
    table
}

/// One word of a closed set, bare or with its settings as the reader takes it.
fn choice(kinds: &[(&str, Takes)], rows: Vec<Row>) -> Value {
    let of = |wanted: fn(Takes) -> bool| -> Vec<&str> {
        kinds.iter().filter(|(_, takes)| wanted(*takes)).map(|(word, _)| *word).collect()
    };
    let bare = of(|takes| takes != Takes::Value);
    let with_settings = of(|takes| takes != Takes::Nothing);
    let mut ways = Vec::new();
    if !bare.is_empty() {
        ways.push(json!({ "enum": bare }));
    }
    if !with_settings.is_empty() {
        let mut one = table(&with_settings, rows);
        if let Some(one) = one.as_object_mut() {
            one.insert("minProperties".to_owned(), json!(1));
            one.insert("maxProperties".to_owned(), json!(1));
        }
        ways.push(one);
    }
    json!({ "anyOf": ways })
}

fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// Words that are known, where others may be meant.
fn names<'n>(known: impl Iterator<Item = &'n str>) -> Value {
    let mut once: Vec<&str> = Vec::new();
    for word in known {
        if !once.contains(&word) {
            once.push(word);
        }
    }
    json!({ "anyOf": [{ "enum": once }, { "type": "string" }] })
}

fn words(words: &[&str]) -> Value {
    json!({ "enum": words })
}

fn whole(most: u64) -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": most })
}

fn tokens() -> Value {
    whole(super::length::MOST_TOKENS)
}

fn time() -> Value {
    json!({ "type": "string", "minLength": 1, "pattern": format!("^{}$", times()) })
}

/// The pattern of a length of time; of none as well, which has no characters.
fn times() -> String {
    TIME_UNITS.map(|unit| format!("({NUMBER}{unit})?")).concat()
}

/// A date, a time of day and their offset from UTC.
fn moment() -> Value {
    let date = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
    let clock = "[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})";
    json!({ "type": "string", "pattern": format!("^{date}T{clock}$") })
}

fn time_of_day() -> Value {
    json!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$" })
}

fn rate() -> Value {
    let units = "s|sec|second|min|minute|h|hour|day";
    json!({ "type": "string", "pattern": format!(r"^\s*{NUMBER}\s*/\s*({units})\s*$") })
}

fn share() -> Value {
    json!({ "type": "string", "pattern": format!(r"^\s*{NUMBER}\s*%\s*$") })
}

fn one_or_list(form: &Value) -> Value {
    json!({ "anyOf": [form, { "type": "array", "minItems": 1, "items": form }] })
}

fn models(editions: &[&Edition]) -> Value {
    let models: Vec<Model> = editions.iter().flat_map(|edition| edition.models()).collect();
    names(models.iter().map(Model::name))
}
