//! How an edition is written: TOML in, an [`Edition`] or every fault of the file out.
//!
//! A fact is a small table, `{ value = …, source = …, certainty = … }`. Reading one notes it under
//! the id of its place in the file, so that the list of facts is the file itself.

use crate::assumptions::Assumptions;
use crate::edition::Edition;
use crate::fact::{Certainty, Fact, Source};
use crate::fault::{Refused, Severity};
use crate::reading::{Document, Faults, Flaw, Table, Value, known};
use crate::rows::Noted;

mod age;
mod billing;
mod dynamic;
mod errors;
mod forms;
mod limits;
mod models;
mod prices;
mod suppositions;
mod transport;
mod words;
mod works;

use suppositions::Choosers;

/// Reads an edition, or says everything that is wrong with it.
pub(crate) fn edition(name: &str, text: &str) -> Result<Edition, Refused> {
    let faults = Faults::new(code_of);
    let document = Document::read(text, &faults);
    let read = Reader::new(name, text, &document, &faults).edition();
    let found = faults.into_found(text);
    match read {
        Some(edition) if found.iter().all(|fault| fault.severity == Severity::Warning) => {
            Ok(edition)
        }
        Some(_) | None => Err(Refused::new(name, text, found)),
    }
}

/// Codes for faults of an edition's own language.
pub(crate) mod code {
    pub(crate) const UNKNOWN_SOURCE: &str = "edition::unknown_source";
    pub(crate) const UNKNOWN_TIER: &str = "edition::unknown_tier";
    pub(crate) const AMBIGUOUS_TIER: &str = "edition::ambiguous_tier";
    pub(crate) const UNKNOWN_PLACE: &str = "edition::unknown_place";
    pub(crate) const UNKNOWN_ASSUMPTION: &str = "edition::unknown_assumption";
    pub(crate) const UNREAD_ASSUMPTION: &str = "edition::unread_assumption";
    pub(crate) const UNKNOWN_VALUE: &str = "edition::unknown_value";
    pub(crate) const MISSING_VARIANT: &str = "edition::missing_variant";
    pub(crate) const NOT_A_RATE: &str = "edition::not_a_rate";
    pub(crate) const IMPOSSIBLE_LIMIT: &str = "edition::impossible_limit";
    pub(crate) const NOT_A_DAY: &str = "edition::not_a_day";
    pub(crate) const STATUS: &str = "edition::status";
    pub(crate) const OTHER_WORK: &str = "edition::other_work";
    pub(crate) const OUT_OF_ORDER: &str = "edition::out_of_order";
    pub(crate) const TWO_LADDERS: &str = "edition::two_ladders";
    pub(crate) const NOT_A_COUNT: &str = "edition::not_a_count";
    pub(crate) const NOT_A_HEADER: &str = "edition::not_a_header";
    pub(crate) const NOT_AN_EXCEPTION: &str = "edition::not_an_exception";
}

fn code_of(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Syntax => "edition::syntax",
        Flaw::UnknownKey => "edition::unknown_key",
        Flaw::MissingKey => "edition::missing_key",
        Flaw::WrongType => "edition::wrong_type",
        Flaw::Empty => "edition::empty",
        Flaw::Zero => "edition::zero",
        Flaw::Range => "edition::range",
        Flaw::Unit => "edition::unit",
        Flaw::UnknownWord => "edition::unknown_word",
        Flaw::OneChoice => "edition::one_choice",
    }
}

const ROOT: &[&str] = &[
    "title",
    "ladder",
    "sources",
    "age",
    "tiers",
    "window",
    "dynamic",
    "congestion",
    "token_gates",
    "shown",
    "headers",
    "errors",
    "latency",
    "work",
    "models",
    "prices",
    "fine_tuning",
    "hardware",
    "endpoints",
    "billing",
    "batch",
    "sound",
    "stated",
    "assumptions",
];

const FACT: &[&str] = &["value", "source", "certainty", "date", "at_least", "at_most", "note"];

/// The shape of a fact, for whoever forgot a part of it.
const EXAMPLE: &str =
    "{ value = \"1800/min\", source = \"rate-limits\", certainty = \"documented\" }";

/// Walks the file and collects facts.
struct Reader<'d> {
    name: &'d str,
    text: &'d str,
    root: Table<'d>,
    sources: Vec<Source>,
    found: Vec<Found<'d>>,
}

/// A fact and the value it was read from.
struct Found<'d> {
    fact: Fact,
    value: Value<'d>,
}

/// Where a fact comes from.
struct Provenance {
    source: String,
    date: String,
    certainty: Certainty,
    note: Option<String>,
}

impl<'d> Reader<'d> {
    fn new(
        name: &'d str,
        text: &'d str,
        document: &'d Document<'d>,
        faults: &'d Faults,
    ) -> Reader<'d> {
        let root = document.root(ROOT, faults);
        Reader { name, text, root, sources: Vec::new(), found: Vec::new() }
    }

    /// The whole file. Every section is read even when an earlier one is at fault.
    fn edition(mut self) -> Option<Edition> {
        let title =
            self.root.need("title", "title = \"Build Tiers, late 2025\"").and_then(Value::text);
        self.sources();
        let (began, ended) = self.age();
        let tiers = self.tiers();
        let has_tiers = self.root.get("tiers").is_some() || self.root.get("dynamic").is_none();
        let ladder = self.ladder(tiers.as_ref(), has_tiers);
        let window = self.window();
        let dynamic = self.dynamic(has_tiers);
        let congestion = self.congestion();
        let shown = self.shown(has_tiers);
        let headers = self.headers();
        let errors = self.errors();
        let latency = self.usual_latency();
        let works = self.works(tiers.as_ref());
        let models = self.models(tiers.as_ref());
        let sound = self.sound();
        let machines = self.machines();
        let costs = self.costs(tiers.as_ref(), machines.as_ref());
        let chosen = Choosers {
            tiers: tiers.as_ref(),
            models: models.as_ref(),
            words: Choosers::words(errors.as_ref(), headers.as_ref().map(|all| all.1.as_slice())),
            machines: machines.as_ref(),
        };
        let assumptions = self.assumptions(models.as_ref(), works.as_ref(), &chosen);
        let gates = self.token_gates(assumptions.as_deref(), has_tiers);
        self.stated();
        let (tiers, rows) = tiers?;
        let (dynamic, past_hours) = dynamic?;
        let (headers, headers_chosen, transport) = headers?;
        let ladder = ladder?;
        let mut edition = Edition {
            name: self.name.to_owned(),
            title: title?.to_owned(),
            text: self.text.to_owned(),
            sources: self.sources.clone(),
            facts: self.facts_in_order(),
            tiers,
            began,
            ended,
            day: None,
            ladder: if has_tiers { ladder } else { past_hours },
            rows,
            works: works?,
            models: models?,
            window: window?,
            gates: gates?,
            dynamic,
            congestion: congestion?,
            given: Vec::new(),
            shown: shown?,
            headers: headers.clone(),
            headers_usual: headers,
            headers_chosen,
            transport,
            errors: errors?,
            latency: latency?,
            costs: costs?,
            sound: sound?,
            assumptions: Assumptions::new(assumptions?),
        };
        edition.choose(&edition.assumptions());
        self.refuse_what_cannot_be_built(&edition);
        Some(edition)
    }

    /// A table of the root, whose keys are names that the file gives.
    fn section(&self, key: &'static str, example: &str) -> Option<Table<'d>> {
        self.root.need(key, example).and_then(Value::free_table)
    }

    fn sources(&mut self) {
        let example =
            "rate-limits = { title = \"docs.together.ai/docs/rate-limits\", date = \"2025-11\" }";
        let Some(section) = self.section("sources", example) else { return };
        for entry in section.entries() {
            let Some(table) = entry.table(&["title", "date"]) else { continue };
            let title = table.need("title", "title = \"docs.together.ai/docs/rate-limits\"");
            let title = title.and_then(Value::text).unwrap_or_default().to_owned();
            let date = table.need("date", "date = \"2025-11\"").and_then(Value::text);
            let date = date.unwrap_or_default().to_owned();
            self.sources.push(Source { name: entry.key().to_owned(), title, date });
        }
    }

    /// Facts that are told and not read.
    fn stated(&mut self) {
        let Some(section) = self.root.get("stated").and_then(Value::free_table) else { return };
        for entry in section.entries() {
            let _ = self.fact("stated", entry, Value::text);
        }
    }

    /// One fact: noted under its id, its value understood by `read`.
    fn fact<T>(
        &mut self,
        under: &str,
        entry: Value<'d>,
        read: impl Fn(Value<'d>) -> Option<T>,
    ) -> Option<Noted<T>> {
        let table = entry.table(FACT)?;
        self.fact_in(&table, under, entry, read)
    }

    /// The same, of a table that has more to say.
    fn fact_in<T>(
        &mut self,
        table: &Table<'d>,
        under: &str,
        entry: Value<'d>,
        read: impl Fn(Value<'d>) -> Option<T>,
    ) -> Option<Noted<T>> {
        let value = table.need("value", EXAMPLE);
        let understood = value.and_then(&read);
        let bound = |key| {
            let value = table.get(key)?;
            read(value).map(|_| self.written(value))
        };
        let (at_least, at_most) = (bound("at_least"), bound("at_most"));
        let from = self.provenance(table)?;
        let (value, understood) = (value?, understood?);
        let id = format!("{under}.{}", entry.key());
        let fact = Fact {
            id: id.clone(),
            value: self.written(value),
            source: from.source,
            date: from.date,
            certainty: from.certainty,
            at_least,
            at_most,
            note: from.note,
        };
        self.found.push(Found { fact, value });
        Some(Noted { value: understood, fact: id })
    }

    /// Notes a fact that fills a table of its own; `value` says it in one line.
    fn note(&mut self, under: &str, entry: Value<'d>, value: String, from: Provenance) -> String {
        let id = format!("{under}.{}", entry.key());
        let fact = Fact {
            id: id.clone(),
            value,
            source: from.source,
            date: from.date,
            certainty: from.certainty,
            at_least: None,
            at_most: None,
            note: from.note,
        };
        self.found.push(Found { fact, value: entry });
        id
    }

    /// The source, date, certainty and note of a fact's table.
    fn provenance(&self, table: &Table<'d>) -> Option<Provenance> {
        let named = table.need("source", "source = \"rate-limits\"").and_then(|value| {
            let word = value.text()?;
            let source = self.sources.iter().find(|source| source.name == word);
            if source.is_none() {
                let mut words: Vec<&str> =
                    self.sources.iter().map(|one| one.name.as_str()).collect();
                words.sort_unstable();
                let message = format!("no source is named `{word}`");
                value.fault(
                    code::UNKNOWN_SOURCE,
                    message,
                    "not among [sources]",
                    &known(word, &words),
                );
            }
            source
        });
        let certainty = table
            .need("certainty", "certainty = \"documented\"")
            .and_then(|value| value.word(Certainty::WORDS))
            .and_then(Certainty::of_word);
        let date = table.get("date").map(Value::text);
        let note = table.get("note").map(Value::text);
        let source = named?;
        Some(Provenance {
            source: source.title.clone(),
            date: date.map_or(Some(source.date.as_str()), |date| date)?.to_owned(),
            certainty: certainty?,
            note: note.map_or(Some(None), |note| note.map(|note| Some(note.to_owned())))?,
        })
    }

    /// A value as the file writes it, without quotes.
    fn written(&self, value: Value<'d>) -> String {
        if value.is_text() {
            return value.text().unwrap_or_default().to_owned();
        }
        self.text.get(value.place()).unwrap_or_default().to_owned()
    }

    fn facts_in_order(&self) -> Vec<Fact> {
        let mut found: Vec<&Found<'d>> = self.found.iter().collect();
        found.sort_by_key(|found| found.value.place().start);
        found.into_iter().map(|found| found.fact.clone()).collect()
    }
}
