//! The limits of an edition: tiers, windows, models; and that they can all be built.

use std::collections::BTreeMap;

use limits::{Algorithm, Rate, Requests, Tokens};

use crate::assumptions::{Assumption, Assumptions, TokenGate};
use crate::edition::{
    ANY_ROW, Edition, Gate, LADDER_ROW, LatencyFacts, Limit, Model, ModelFacts, Noted, OwnLimits,
    Published, Rows, Tier, TierRow, UsualLatency, WindowRule,
};
use crate::meters::Unbuildable;
use crate::reading::{Flaw, Table, Value, known};
use crate::work::Work;

use super::works::refuse_other_work;
use super::{EXAMPLE, Reader, code};

/// The keys of a limit: those of a fact, and how it is counted.
const LIMIT: &[&str] =
    &["value", "algorithm", "source", "certainty", "date", "at_least", "at_most", "note"];

/// The ways to count a rate, in the words of editions.
const ALGORITHMS: &[&str] =
    &["opened", "aligned", "bucket", "gcra", "sliding-log", "sliding-counter"];

/// The keys of a model.
const MODEL: &[&str] = &[
    "work",
    "context",
    "first_token",
    "speed",
    "per_image",
    "requests",
    "requests_by",
    "images",
    "images_by",
];

/// The tiers in the order of the text, and what each allows.
pub(super) type Tiers = (Vec<Tier>, BTreeMap<String, TierRow>);

/// What is known of each model.
pub(super) type Models = BTreeMap<String, ModelFacts>;

impl<'d> Reader<'d> {
    pub(super) fn tiers(&mut self) -> Option<Tiers> {
        let section = self.section("tiers", "[tiers.build-1]")?;
        let (mut tiers, mut rows) = (Vec::new(), BTreeMap::new());
        let mut words: Vec<&str> = Vec::new();
        for entry in section.entries() {
            let keys = &["title", "also", "spend", "requests", "tokens", "concurrent"];
            let Some(table) = entry.table(keys) else { continue };
            let under = format!("tiers.{}", entry.key());
            let title = table.need("title", "title = \"Tier 1\"").and_then(Value::text);
            let also = table.get("also").and_then(Value::list).unwrap_or_default();
            let also: Vec<Value<'_>> =
                also.into_iter().filter(|word| word.text().is_some()).collect();
            if let Some(spend) = table.get("spend") {
                let _ = self.fact(&under, spend, Value::text);
            }
            let requests = table.need("requests", EXAMPLE);
            let requests =
                requests.and_then(|value| self.limit(&under, value, Value::rate_above_zero));
            let tokens = table.get("tokens");
            let tokens = tokens.and_then(|value| self.limit(&under, value, token_rate));
            let concurrent = table.get("concurrent");
            let concurrent = concurrent.and_then(|value| self.fact(&under, value, at_once));
            for word in &also {
                let text = word.text().unwrap_or_default();
                if words.contains(&text) || section.entries().iter().any(|tier| tier.key() == text)
                {
                    let message = format!("`{text}` already means another tier");
                    word.fault(code::AMBIGUOUS_TIER, message, "the second meaning", "");
                }
                words.push(text);
            }
            let also = also.iter().filter_map(|word| word.text()).map(str::to_owned).collect();
            tiers.push(Tier::new(entry.key(), title.unwrap_or_default()));
            rows.insert(entry.key().to_owned(), TierRow { also, requests, tokens, concurrent });
        }
        Some((tiers, rows))
    }

    pub(super) fn ladder(&self, tiers: Option<&Tiers>) -> Option<Vec<Tier>> {
        let words = self.root.need("ladder", "ladder = [\"build-1\", \"build-2\"]")?.list()?;
        let (tiers, _) = tiers?;
        let rung = |value: Value<'_>| {
            let word = value.text()?;
            let tier = tiers.iter().find(|tier| tier.name() == word);
            if tier.is_none() {
                unknown_tier(value, word, tiers, &[]);
            }
            tier.cloned()
        };
        words.into_iter().map(rung).collect()
    }

    pub(super) fn window(&mut self) -> Option<WindowRule> {
        let table =
            self.root.need("window", "[window]")?.table(&["length", "stretches", "algorithm"])?;
        let length = table.need("length", "length = { value = \"2s\", … }");
        let length = length.and_then(|v| self.fact("window", v, Value::duration_above_zero));
        let stretches = table.need("stretches", "stretches = { value = true, … }");
        let stretches = stretches.and_then(|value| self.fact("window", value, Value::flag));
        let by = table.get("algorithm").and_then(|value| self.fact("window", value, algorithm));
        Some(WindowRule { length: length?.value, stretches: stretches?.value, by })
    }

    /// A limit: a fact that may say how it is counted.
    fn limit<U>(
        &mut self,
        under: &str,
        entry: Value<'d>,
        read: impl Fn(Value<'d>) -> Option<Rate<U>>,
    ) -> Option<Limit<U>> {
        let table = entry.table(LIMIT)?;
        let by = table.get("algorithm").map(|value| (value, algorithm(value)));
        let rate = self.fact_in(&table, under, entry, read)?;
        let Some((value, by)) = by else { return Some(Limit { rate, by: None }) };
        let (written, from) = (self.written(value), self.provenance(&table)?);
        let fact = self.note(&format!("{under}.{}", entry.key()), value, written, from);
        Some(Limit { rate, by: Some(Noted { value: by?, fact }) })
    }

    /// The window of each value of `token_gate` that decides.
    pub(super) fn token_gates(
        &mut self,
        given: Option<&[Assumption]>,
    ) -> Option<Vec<(TokenGate, Gate)>> {
        let example = "minute = { window = \"60s\", allows = \"60s\", … }";
        let table =
            self.root.need("token_gates", example)?.table(&["minute", "window-2x", "window-1x"])?;
        let mut gates = Vec::new();
        for gate in TokenGate::GATES {
            let chosen = given.and_then(|given| given.iter().find(|a| a.name == "token_gate"));
            let wanted = chosen.is_some_and(|a| a.choices().iter().any(|c| c == gate.word()));
            let entry =
                if wanted { table.need(gate.word(), example) } else { table.get(gate.word()) };
            let Some(entry) = entry else { continue };
            let keys = &["window", "allows", "algorithm", "source", "certainty", "date", "note"];
            let Some(table) = entry.table(keys) else { continue };
            let window = table.need("window", "window = \"60s\"");
            let allows = table.need("allows", "allows = \"60s\"");
            let spans = window
                .and_then(Value::duration_above_zero)
                .zip(allows.and_then(Value::duration_above_zero));
            let named = table.get("algorithm");
            let by = named.and_then(algorithm);
            let from = self.provenance(&table);
            let (Some((held, of)), Some(from)) = (spans, from) else { continue };
            let text =
                |value: Option<Value<'d>>| value.map(|v| self.written(v)).unwrap_or_default();
            let mut value =
                format!("the tokens of {} in a window of {}", text(allows), text(window));
            if let Some(named) = named {
                value = format!("{value}, {}", self.written(named));
            }
            self.note("token_gates", entry, value, from);
            gates.push((gate, Gate { window: held, allows: of, by }));
        }
        Some(gates)
    }

    pub(super) fn usual_latency(&mut self) -> Option<UsualLatency> {
        let table = self.root.need("latency", "[latency]")?.table(&["first_token", "speed"])?;
        let first = table.need("first_token", "first_token = { value = \"400ms\", … }");
        let first = first.and_then(|v| self.fact("latency", v, Value::duration_above_zero));
        let speed = table.need("speed", "speed = { value = \"75/s\", … }");
        let speed = speed.and_then(|value| self.fact("latency", value, token_rate));
        Some(UsualLatency { first_token: first?, speed: speed? })
    }

    pub(super) fn models(&mut self, tiers: Option<&Tiers>) -> Option<Models> {
        let Some(section) = self.root.get("models") else { return Some(Models::new()) };
        let mut models = Models::new();
        for entry in section.free_table()?.entries() {
            let Some(table) = entry.table(MODEL) else { continue };
            let under = format!("models.{}", entry.key());
            let work = table.get("work").and_then(|value| self.fact(&under, value, work_of));
            let class = work.as_ref().map_or(Work::Chat, |work| work.value);
            refuse_other_work(&table, entry.key(), class);
            let context = table.get("context");
            let context = context.and_then(|v| self.fact(&under, v, |v| v.whole_up_to(u64::MAX)));
            let mut span = |key| {
                let value = table.get(key)?;
                self.fact(&under, value, Value::duration_above_zero)
            };
            let (first_token, per_image) = (span("first_token"), span("per_image"));
            let speed = table.get("speed").and_then(|value| self.fact(&under, value, token_rate));
            let limits = self.own_limits(&under, entry, &table, tiers);
            let latency = LatencyFacts { first_token, speed, per_image };
            models.insert(entry.key().to_owned(), ModelFacts { work, context, latency, limits });
        }
        Some(models)
    }

    /// The limits that a model has for itself: of images where it makes those, else of requests.
    fn own_limits(
        &mut self,
        under: &str,
        entry: Value<'d>,
        table: &Table<'d>,
        tiers: Option<&Tiers>,
    ) -> Option<OwnLimits> {
        let either = |one, other| table.get(one).or_else(|| table.get(other));
        match (either("requests", "images"), either("requests_by", "images_by")) {
            (Some(rows), None) => {
                self.rows(under, rows, tiers, Value::rate_above_zero).map(OwnLimits::Rows)
            }
            (None, Some(by)) => self.variants(under, by, tiers),
            (Some(_), Some(by)) => {
                let message = format!("`{}` has its limits twice", entry.key());
                let help = format!("keep `{}` or the other", by.key());
                by.fault(super::code_of(Flaw::OneChoice), message, "the second time", &help);
                None
            }
            (None, None) => None,
        }
    }

    /// `{ build-1 = fact, ladder = fact, any = fact }`
    pub(super) fn rows<U>(
        &mut self,
        under: &str,
        rows: Value<'d>,
        tiers: Option<&Tiers>,
        rate: impl Fn(Value<'d>) -> Option<Rate<U>>,
    ) -> Option<Rows<U>> {
        let under = format!("{under}.{}", rows.key());
        let mut read = Rows::new();
        for entry in rows.free_table()?.entries() {
            if let Some((tiers, _)) = tiers {
                let named = tiers.iter().any(|tier| tier.name() == entry.key());
                if !named && entry.key() != LADDER_ROW && entry.key() != ANY_ROW {
                    unknown_tier(entry, entry.key(), tiers, &[LADDER_ROW, ANY_ROW]);
                }
            }
            if let Some(limit) = self.limit(&under, entry, &rate) {
                read.push((entry.key().to_owned(), limit));
            }
        }
        Some(read)
    }

    /// `{ assumption = { value = rows, other-value = rows } }`
    fn variants(&mut self, under: &str, by: Value<'d>, tiers: Option<&Tiers>) -> Option<OwnLimits> {
        let entries = by.free_table()?.entries();
        let [assumption] = entries.as_slice() else {
            let message = format!("`{}` needs the name of one assumption", by.key());
            by.fault(
                super::code_of(Flaw::OneChoice),
                message,
                "not exactly one",
                "write `[models.\"…\".requests_by.NAME.VALUE]`",
            );
            return None;
        };
        let under = format!("{under}.{}.{}", by.key(), assumption.key());
        let mut variants = Vec::new();
        for variant in assumption.free_table()?.entries() {
            let rows = self.rows(&under, variant, tiers, Value::rate_above_zero);
            if let Some(rows) = rows {
                variants.push((variant.key().to_owned(), rows));
            }
        }
        Some(OwnLimits::By { assumption: assumption.key().to_owned(), variants })
    }

    /// Builds the policy of every tier and model under every choice that changes one, so that
    /// none can fail later.
    pub(super) fn refuse_what_cannot_be_built(&self, edition: &Edition) {
        let mut refused: Vec<String> = Vec::new();
        // Models of one class without limits of their own are all alike: one of them, that has no
        // name, stands for the others.
        let limited = edition.models.iter().filter(|(_, facts)| facts.limits.is_some());
        let alike = Work::ALL.into_iter().map(|work| edition.model_for("", work));
        let models: Vec<Model> = alike.chain(limited.map(|(id, _)| edition.model(id))).collect();
        for given in variations(edition) {
            for tier in &edition.tiers {
                for model in &models {
                    let Some(published) = edition.published(tier, model, &given) else { continue };
                    let Err(why) = edition.policy_of(&published, &given) else { continue };
                    self.refuse_limit(&published, why, &mut refused);
                }
            }
        }
    }

    fn refuse_limit(&self, published: &Published, why: Unbuildable, refused: &mut Vec<String>) {
        let (place, why, help) = match why {
            Unbuildable::Requests(why) => (0, why.to_string(), ""),
            Unbuildable::Tokens(why) => (1, why.to_string(), ""),
            Unbuildable::Log { of_tokens, capacity } => {
                let why = format!("a sliding log of {capacity} instants is too long");
                let help = "write `algorithm = \"sliding-counter\"`, its estimate";
                (usize::from(of_tokens), why, help)
            }
            Unbuildable::Policy(why) => (0, why.to_string(), ""),
        };
        let fact = published.facts.get(place).filter(|fact| !refused.contains(fact));
        let Some(fact) = fact else { return };
        refused.push(fact.clone());
        if let Some(found) = self.found.iter().find(|found| found.fact.id == *fact) {
            let message = format!("`{fact}` cannot be enforced: {why}");
            found.value.fault(code::IMPOSSIBLE_LIMIT, message, "with this limit", help);
        }
    }
}

/// Every set of assumptions that differs from the edition's own in one value which changes limits,
/// and its own.
fn variations(edition: &Edition) -> Vec<Assumptions> {
    let given = &edition.assumptions;
    let chosen = |name: &str| edition.models.values().any(|facts| facts.chosen_by(name));
    let mut all = vec![given.clone()];
    for assumption in given.iter().filter(|one| is_of_limits(&one.name) || chosen(&one.name)) {
        let others = assumption.alternatives.iter();
        all.extend(others.filter_map(|other| given.with(&assumption.name, other).ok()));
    }
    all
}

/// Whether an assumption changes meters by itself.
fn is_of_limits(name: &str) -> bool {
    name == "token_gate" || name == "token_debt"
}

/// A way to count a rate.
fn algorithm(value: Value<'_>) -> Option<Algorithm> {
    let written = value.any_text("a word", &known("", ALGORITHMS))?;
    if written == "concurrency" {
        let message = "a cap on what is in flight does not count a rate".to_owned();
        let help = "write `concurrent = { value = 40, … }` beside the tier's `requests`";
        value.fault(code::NOT_A_RATE, message, "it has a number of its own", help);
        return None;
    }
    Some(match value.word(ALGORITHMS)? {
        "aligned" => Algorithm::Aligned,
        "bucket" => Algorithm::Bucket,
        "gcra" => Algorithm::Gcra,
        "sliding-log" => Algorithm::SlidingLog,
        "sliding-counter" => Algorithm::SlidingCounter,
        _ => Algorithm::Opened,
    })
}

/// So many requests at once.
fn at_once(value: Value<'_>) -> Option<Requests> {
    value.whole_up_to(u64::MAX).map(Requests)
}

/// A class of work.
fn work_of(value: Value<'_>) -> Option<Work> {
    value.word(Work::WORDS).and_then(Work::of_word)
}

/// A rate of tokens that is not zero.
pub(super) fn token_rate(value: Value<'_>) -> Option<Rate<Tokens>> {
    let rate: Rate<Requests> = value.rate_above_zero()?;
    Rate::every(Tokens(rate.amount().0), rate.per_span())
}

fn unknown_tier(value: Value<'_>, word: &str, tiers: &[Tier], more: &[&str]) {
    let words: Vec<&str> = tiers.iter().map(Tier::name).chain(more.iter().copied()).collect();
    let message = format!("no tier is named `{word}`");
    value.fault(code::UNKNOWN_TIER, message, "not among [tiers]", &known(word, &words));
}
