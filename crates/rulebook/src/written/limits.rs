//! The limits of an edition: tiers, windows, models; and that they can all be built.

use std::collections::BTreeMap;

use limits::{Algorithm, Rate, Requests, Tokens};

use crate::assumptions::{Assumption, Assumptions, TokenGate};
use crate::dynamic::PastHour;
use crate::edition::{Edition, Model, Published};
use crate::meters::Unbuildable;
use crate::reading::{Flaw, Table, Value, known};
use crate::rows::{Gate, Gates, Limit, Noted, Step, TierBy, TierRow, TierVariant, WindowRule};
use crate::tier::Tier;
use crate::work::Work;

use super::age::day;
use super::{Reader, code};

/// The keys of a limit: those of a fact, and how it is counted.
const LIMIT: &[&str] =
    &["value", "series", "algorithm", "source", "certainty", "date", "at_least", "at_most", "note"];

/// The keys of one day's limit in a series.
const STEP: &[&str] = &["from", "value"];

/// In place of a limit: there is no exception, and the usual one holds.
const AS_USUAL: &str = "tier";

/// The ways to count a rate, in the words of editions.
const ALGORITHMS: &[&str] =
    &["opened", "aligned", "bucket", "gcra", "sliding-log", "sliding-counter"];

/// The tiers in the order of the text, and what each allows.
pub(super) type Tiers = (Vec<Tier>, BTreeMap<String, TierRow>);

impl<'d> Reader<'d> {
    pub(super) fn tiers(&mut self) -> Option<Tiers> {
        let dynamic = self.root.get("dynamic").is_some();
        if dynamic && self.root.get("tiers").is_none() {
            return Some((Vec::new(), BTreeMap::new()));
        }
        let section = self.section("tiers", "[tiers.build-1]")?;
        let (mut tiers, mut rows) = (Vec::new(), BTreeMap::new());
        let mut words: Vec<&str> = Vec::new();
        for entry in section.entries() {
            let keys = &["title", "also", "spend", "requests", "tokens", "concurrent", "by"];
            let Some(table) = entry.table(keys) else { continue };
            let under = format!("tiers.{}", entry.key());
            let title = table.need("title", "title = \"Tier 1\"").and_then(Value::text);
            let also = table.get("also").and_then(Value::list).unwrap_or_default();
            let also: Vec<Value<'_>> =
                also.into_iter().filter(|word| word.text().is_some()).collect();
            let spend = table.get("spend").and_then(|spend| self.fact(&under, spend, dollars));
            let by = table.get("by").and_then(|by| self.tier_by(&under, by));
            let requests = table.get("requests");
            let requests =
                requests.and_then(|value| self.usual_limit(&under, value, Value::rate_above_zero));
            let tokens = table.get("tokens");
            let tokens = tokens.and_then(|value| self.usual_limit(&under, value, token_rate));
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
            let row = TierRow { also, requests, tokens, concurrent, spend, by };
            rows.insert(entry.key().to_owned(), row);
        }
        Some((tiers, rows))
    }

    /// `[tiers.build.by.ASSUMPTION.VALUE]`: limits of a tier that an assumption chooses.
    fn tier_by(&mut self, under: &str, by: Value<'d>) -> Option<TierBy> {
        let chooser = only_one(by)?;
        let under = format!("{under}.by.{}", chooser.key());
        let mut variants = Vec::new();
        for variant in chooser.free_table()?.entries() {
            let Some(table) = variant.table(&["requests", "tokens"]) else { continue };
            let under = format!("{under}.{}", variant.key());
            let requests = table.need("requests", "requests = { value = \"600/min\", … }");
            let requests =
                requests.and_then(|v| self.usual_limit(&under, v, Value::rate_above_zero));
            let tokens = table.get("tokens");
            let tokens = tokens.and_then(|value| self.usual_limit(&under, value, token_rate));
            let value = variant.key().to_owned();
            variants.push(TierVariant { value, requests, tokens });
        }
        Some(TierBy { assumption: chooser.key().to_owned(), variants })
    }

    /// The ladder of tiers; none where there are none.
    pub(super) fn ladder(&self, tiers: Option<&Tiers>, needed: bool) -> Option<Vec<Tier>> {
        if !needed {
            if let Some(ladder) = self.root.get("ladder") {
                let message = "a ladder of tiers needs tiers".to_owned();
                let help = "write `[dynamic] ladder = { value = [\"0/min\", …], … }`";
                ladder.fault(code::TWO_LADDERS, message, "there are no tiers", help);
            }
            return Some(Vec::new());
        }
        let words = self.root.need("ladder", "ladder = [\"build-1\", \"build-2\"]")?.list()?;
        let (tiers, _) = tiers?;
        let mut rungs: Vec<Tier> = Vec::new();
        for value in words {
            let word = value.text()?;
            let Some(tier) = tiers.iter().find(|tier| tier.name() == word) else {
                unknown_tier(value, word, tiers, &[]);
                return None;
            };
            if rungs.contains(tier) {
                let message = format!("`{word}` is on the ladder twice");
                value.fault(code::AMBIGUOUS_TIER, message, "the second time", "drop one");
            }
            rungs.push(tier.clone());
        }
        Some(rungs)
    }

    pub(super) fn window(&mut self) -> Option<WindowRule> {
        let table =
            self.root.need("window", "[window]")?.table(&["length", "stretches", "algorithm"])?;
        let length = table.need("length", "length = { value = \"2s\", … }");
        let length = length.and_then(|v| self.fact("window", v, Value::duration_above_zero));
        // Left out, a window has the same length whatever the limit.
        let stretches = match table.get("stretches") {
            Some(value) => self.fact("window", value, Value::flag).map(|noted| noted.value),
            None => Some(false),
        };
        let by = table.get("algorithm").and_then(|value| self.fact("window", value, algorithm));
        Some(WindowRule { length: length?.value, stretches: stretches?, by })
    }

    /// A limit: a fact that may move from day to day, and may say how it is counted.
    pub(super) fn limit<U: limits::Unit>(
        &mut self,
        under: &str,
        entry: Value<'d>,
        read: impl Fn(Value<'d>) -> Option<Rate<U>>,
    ) -> Option<Limit<U>> {
        let table = entry.table(LIMIT)?;
        let by = table.get("algorithm").map(|value| (value, algorithm(value)));
        let (fact, steps) = if let Some(series) = table.get("series") {
            self.series(&table, under, entry, series, &read)?
        } else {
            let read = |value: Value<'d>| {
                if as_usual(value) { Some(None) } else { read(value).map(Some) }
            };
            let rate = self.fact_in(&table, under, entry, read)?;
            (rate.fact, vec![Step { from: None, rate: rate.value }])
        };
        let Some((value, by)) = by else { return Some(Limit { steps, fact, by: None }) };
        let (written, from) = (self.written(value), self.provenance(&table)?);
        let by_fact = self.note(&format!("{under}.{}", entry.key()), value, written, from);
        Some(Limit { steps, fact, by: Some(Noted { value: by?, fact: by_fact }) })
    }

    /// A limit that is nobody's exception, and so must be a number.
    pub(super) fn usual_limit<U: limits::Unit>(
        &mut self,
        under: &str,
        entry: Value<'d>,
        read: impl Fn(Value<'d>) -> Option<Rate<U>>,
    ) -> Option<Limit<U>> {
        let limit = self.limit(under, entry, read)?;
        if limit.steps.iter().any(|step| step.rate.is_none()) {
            let message = format!("`{AS_USUAL}` ends an exception, and this is none");
            let help = "only a model's own limit may fall back on the tier's";
            entry.fault(code::NOT_AN_EXCEPTION, message, "no number", help);
            return None;
        }
        Some(limit)
    }

    /// `series = [{ from = "2025-05-09", value = "1200/min" }, …]`: a limit that moved.
    fn series<U: limits::Unit>(
        &mut self,
        table: &Table<'d>,
        under: &str,
        entry: Value<'d>,
        series: Value<'d>,
        read: &impl Fn(Value<'d>) -> Option<Rate<U>>,
    ) -> Option<(String, Vec<Step<U>>)> {
        if let Some(value) = table.get("value") {
            let message = format!("`{}` has a value and a series", entry.key());
            value.fault(super::code_of(Flaw::OneChoice), message, "beside `series`", "keep one");
            return None;
        }
        let mut steps: Vec<Step<U>> = Vec::new();
        let mut written = Vec::new();
        for step in series.list()? {
            let keys = step.table(STEP)?;
            let from_entry = keys.need("from", "from = \"2025-05-09\"");
            let from = from_entry.and_then(day);
            let value = keys.need("value", "value = \"1200/min\"");
            let rate = value.and_then(|v| if as_usual(v) { Some(None) } else { read(v).map(Some) });
            let (from, rate) = (from?, rate?);
            if let (Some(before), Some(entry)) = (steps.last(), from_entry)
                && before.from.as_ref().is_some_and(|before| *before >= from)
            {
                let message = format!("{from} does not come after the day before it");
                let help = "a series is in the order of its days";
                entry.fault(code::OUT_OF_ORDER, message, "out of order", help);
                return None;
            }
            let value = value.map(|value| self.written(value)).unwrap_or_default();
            written.push(format!("{value} from {from}"));
            steps.push(Step { from: Some(from), rate });
        }
        let from = self.provenance(table)?;
        Some((self.note(under, entry, written.join(", "), from), steps))
    }

    /// The window of each value of `token_gate` that decides.
    pub(super) fn token_gates(
        &mut self,
        given: Option<&[Assumption]>,
        needed: bool,
    ) -> Option<Gates> {
        let example = "minute = { window = \"60s\", allows = \"60s\", … }";
        if !needed && self.root.get("token_gates").is_none() {
            return Some(Gates::new());
        }
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

    /// Builds the policy of every tier and model under every choice that changes one, and on every
    /// day on which one moved, so that none can fail later.
    pub(super) fn refuse_what_cannot_be_built(&self, edition: &Edition) {
        let mut refused: Vec<String> = Vec::new();
        // Models of one class without limits of their own are all alike: one of them, that has no
        // name, stands for the others.
        let own = edition
            .models
            .iter()
            .filter(|(_, facts)| facts.limits.is_some() || facts.tokens.is_some());
        let alike = Work::ALL.into_iter().map(|work| edition.model_for("", work));
        let models: Vec<Model> = alike.chain(own.map(|(id, _)| edition.model(id))).collect();
        let moves = edition.all_moves();
        let on_days: Vec<(Edition, Vec<Model>)> = moves
            .iter()
            .map(|one| {
                let model = one.model.as_ref().map(|id| vec![edition.model(id)]);
                (edition.as_of(Some(&one.date)), model.unwrap_or_else(|| models.clone()))
            })
            .chain([(edition.clone(), models.clone())])
            .collect();
        for given in variations(edition) {
            for (edition, models) in &on_days {
                let pairs =
                    edition.tiers.iter().flat_map(|tier| models.iter().map(move |m| (tier, m)));
                for (tier, model) in pairs {
                    let Some(published) = edition.published(tier, model, &given) else { continue };
                    let Err(why) = edition.policy_of(&published, &given) else { continue };
                    self.refuse_limit(&published, why, &mut refused);
                }
            }
        }
        self.refuse_dynamic_base(edition);
    }

    /// That a request fits into the dynamic rates of an account with no past.
    fn refuse_dynamic_base(&self, edition: &Edition) {
        let (Some(rules), given) = (&edition.dynamic, &edition.assumptions) else { return };
        let nobody = Tier::new("", "");
        let tier = edition.ladder.first().unwrap_or(&nobody);
        let model = edition.model("");
        let Some(dynamic) = edition.dynamic(tier, &model, given) else { return };
        let policy = edition.dynamic_policy(dynamic.rates(PastHour::NOTHING), &model);
        if policy.meters().len() < 2 {
            let fact = &rules.base_requests.fact;
            if let Some(found) = self.found.iter().find(|found| found.fact.id == *fact) {
                let message = "nothing fits into the dynamic rates of a new account".to_owned();
                found.value.fault(code::IMPOSSIBLE_LIMIT, message, "with this base", "");
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
    let chosen = |name: &str| {
        edition.models.values().any(|facts| facts.chosen_by(name))
            || edition.rows.values().any(|row| row.chosen_by(name))
    };
    let mut all = vec![given.clone()];
    for assumption in given.iter().filter(|one| is_of_limits(&one.name) || chosen(&one.name)) {
        let others = assumption.alternatives.iter();
        all.extend(others.filter_map(|other| given.with(&assumption.name, other).ok()));
    }
    all
}

/// Whether an assumption changes meters by itself.
fn is_of_limits(name: &str) -> bool {
    ["token_gate", "token_debt", "requests_per_minute_too"].contains(&name)
}

/// Whether a limit is no exception at all.
fn as_usual(value: Value<'_>) -> bool {
    value.is_text() && value.any_text("a rate", "").is_some_and(|text| text == AS_USUAL)
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

/// The one entry of a table that an assumption chooses by.
pub(super) fn only_one(by: Value<'_>) -> Option<Value<'_>> {
    let entries = by.free_table()?.entries();
    let [one] = entries.as_slice() else {
        let message = format!("`{}` needs the name of one assumption", by.key());
        let help = format!("write `{}.NAME.VALUE` in the header of the table", by.key());
        by.fault(super::code_of(Flaw::OneChoice), message, "not exactly one", &help);
        return None;
    };
    Some(*one)
}

/// An amount of money: `$50`.
fn dollars(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let amount = text.strip_prefix('$').filter(|amount| !amount.is_empty());
    if amount.is_some_and(|amount| amount.bytes().all(|byte| byte.is_ascii_digit())) {
        return Some(text.to_owned());
    }
    let message = format!("`{text}` is no amount of dollars");
    value.fault(super::code_of(Flaw::Unit), message, "not understood", "write \"$50\"");
    None
}

/// So many requests at once.
fn at_once(value: Value<'_>) -> Option<Requests> {
    value.whole_up_to(u64::MAX).map(Requests)
}

/// A rate of tokens that is not zero.
pub(super) fn token_rate(value: Value<'_>) -> Option<Rate<Tokens>> {
    let rate: Rate<Requests> = value.rate_above_zero()?;
    Rate::every(Tokens(rate.amount().0), rate.per_span())
}

pub(super) fn unknown_tier(value: Value<'_>, word: &str, tiers: &[Tier], more: &[&str]) {
    let words: Vec<&str> = tiers.iter().map(Tier::name).chain(more.iter().copied()).collect();
    let message = format!("no tier is named `{word}`");
    value.fault(code::UNKNOWN_TIER, message, "not among [tiers]", &known(word, &words));
}
