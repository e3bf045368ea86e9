//! A scenario as it is written: its keys, read into values with their places.
//!
//! Nothing here knows what a tier or a model is; what the words mean under an edition of the rules
//! is decided afterwards. The keys below are the whole language, so that an unknown one is told
//! from a known one everywhere.

use core::ops::Range;

use ::limits::{Rate, Requests, Span};
use rulebook::reading::{Faults, Table, Value};
use run_record::Expectation;

use crate::calendar::{Date, Starts};
use crate::fault::Code;
use crate::load::Load;

mod account;
mod amount;
mod batch;
mod client_set;
mod compare;
mod drift;
mod endpoint;
mod event;
mod expect;
mod extent;
mod fine_tune;
mod funds;
mod group;
mod happening;
mod law;
mod length;
mod limits;
mod paying;
mod phase;
mod schema;
mod strategy;
mod trace;
mod traffic;
mod users;
mod work;

pub(crate) use account::WrittenAccount;
pub(crate) use endpoint::WrittenEndpoint;
pub(crate) use event::{What, When, WrittenEvent};
pub(crate) use fine_tune::{WrittenEvaluation, WrittenFineTune};
pub(crate) use funds::{WrittenFunds, WrittenRecharge};
pub(crate) use group::WrittenGroup;
pub(crate) use happening::{ToService, Whose};
pub(crate) use limits::{Amounts, WrittenLimits};
pub(crate) use schema::schema;
pub(crate) use strategy::{WrittenStrategy, WrittenTarget};
pub(crate) use traffic::WrittenTraffic;

const ROOT: &[&str] = &[
    "title",
    "edition",
    "starts",
    "seed",
    "lasts",
    "drain",
    "ship",
    "account",
    "limits",
    "calendar",
    "group",
    "endpoint",
    "fine_tune",
    "evaluation",
    "event",
    "strategy",
    "assume",
    "compare",
    "expect",
];
const COMPARE: &[&str] =
    &["tiers", "past_hours", "strategies", "loads", "growth", "assume", "sensitivity", "seeds"];

/// Replications that one run may have.
const MOST_SEEDS: u64 = 1_000_000;

/// Groups that one scenario may have: among more, two that fall due at once could not be told
/// apart, and nobody reads so many.
const MOST_GROUPS: usize = 1_000;

/// A value and the bytes it stands at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) place: Range<usize>,
}

/// A whole file. What could not be read is absent, and noted as a fault.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) title: Option<String>,
    /// Where the file stands that has no group, and is about something else.
    pub(crate) jobless: Option<Range<usize>>,
    pub(crate) edition: Option<Placed<String>>,
    pub(crate) starts: Option<Starts>,
    pub(crate) seed: Option<u64>,
    pub(crate) lasts: Said<Placed<Span>>,
    pub(crate) drain: Option<Span>,
    pub(crate) ship: Option<Placed<String>>,
    pub(crate) account: WrittenAccount,
    pub(crate) limits: Vec<WrittenLimits>,
    pub(crate) endpoints: Vec<WrittenEndpoint>,
    pub(crate) fine_tunes: Vec<WrittenFineTune>,
    pub(crate) evaluations: Vec<WrittenEvaluation>,
    pub(crate) groups: Vec<WrittenGroup>,
    pub(crate) events: Vec<WrittenEvent>,
    pub(crate) holidays: Vec<Placed<Date>>,
    pub(crate) strategies: Vec<WrittenStrategy>,
    /// Whether every strategy could at least be named, so that others may be looked for among them.
    pub(crate) strategies_are_named: bool,
    pub(crate) assume: Vec<(Placed<String>, Placed<String>)>,
    pub(crate) tiers: Option<Vec<Placed<String>>>,
    pub(crate) past_hours: Option<Vec<Placed<Rate<Requests>>>>,
    pub(crate) compared: Option<Vec<Placed<String>>>,
    pub(crate) loads: Vec<Placed<Load>>,
    /// What the traffic may grow to; nothing where the file does not say.
    pub(crate) growth: Option<Vec<Placed<Load>>>,
    pub(crate) assumed_besides: Vec<(Placed<String>, Placed<String>)>,
    pub(crate) sensitivity: Option<bool>,
    pub(crate) seeds: Option<u32>,
    pub(crate) expect: Vec<Placed<Expectation>>,
}

/// Whether something was said, and understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Said<T> {
    /// Nothing was said.
    #[default]
    Nothing,
    /// Something was said that is noted as a fault.
    Wrong,
    /// This was said.
    This(T),
}

impl<T> Said<T> {
    /// What was said, if it was understood.
    pub(crate) const fn said(&self) -> Option<&T> {
        match self {
            Said::This(value) => Some(value),
            Said::Nothing | Said::Wrong => None,
        }
    }

    pub(crate) fn this(self) -> Option<T> {
        match self {
            Said::This(value) => Some(value),
            Said::Nothing | Said::Wrong => None,
        }
    }
}

/// Reads a key that may be absent.
pub(crate) fn said<'d, T>(
    value: Option<Value<'d>>,
    read: impl FnOnce(Value<'d>) -> Option<T>,
) -> Said<T> {
    match value {
        None => Said::Nothing,
        Some(value) => read(value).map_or(Said::Wrong, Said::This),
    }
}

/// Reads the root of a file.
pub(crate) fn read(document: &rulebook::reading::Document<'_>, faults: &Faults) -> Written {
    let root = document.root(ROOT, faults);
    let title =
        root.need("title", "title = \"Support chat on Build Tier 2\"").and_then(Value::text);
    let groups = root.get("group").map(|value| value.tables(group::KEYS));
    if let Some(one_more) = groups.as_ref().and_then(|groups| groups.get(MOST_GROUPS)) {
        let message = format!("a scenario may have {MOST_GROUPS} groups at most");
        let help = "put jobs of one kind into one group, with the sum of their rates";
        one_more.fault(Code::TooManyGroups.name(), message, "one too many", help);
    }
    let without = ["group", "endpoint", "fine_tune", "evaluation"];
    let nothing = without.iter().all(|key| root.get(key).is_none());
    let jobless = !nothing && root.get("group").is_none();
    if nothing {
        root.fault(
            Code::NoGroup.name(),
            "this file has no [[group]], so nobody sends anything".to_owned(),
            "no traffic",
            "add a [[group]] with name, model, prompt, answer and traffic",
        );
    }
    let strategies =
        root.get("strategy").map_or_else(Vec::new, |value| value.tables(strategy::KEYS));
    let strategies: Vec<Option<WrittenStrategy>> = strategies.iter().map(strategy::read).collect();
    let endpoints =
        root.get("endpoint").map_or_else(Vec::new, |value| value.tables(endpoint::KEYS));
    let fine_tunes =
        root.get("fine_tune").map_or_else(Vec::new, |value| value.tables(fine_tune::KEYS));
    let evaluations =
        root.get("evaluation").map_or_else(Vec::new, |value| value.tables(fine_tune::EVALUATION));
    let calendar = root.get("calendar").and_then(|value| value.table(event::CALENDAR));
    let compare = root.get("compare").and_then(|value| value.table(COMPARE));
    let compare = |key| compare.as_ref().and_then(|table: &Table<'_>| table.get(key));
    Written {
        title: title.map(str::to_owned),
        jobless: jobless.then(|| root.place()),
        edition: root.get("edition").and_then(placed_text),
        starts: root.get("starts").and_then(starts),
        seed: root.get("seed").and_then(Value::whole),
        lasts: said(root.get("lasts"), placed_lasts),
        drain: root.get("drain").and_then(Value::duration),
        ship: root.get("ship").and_then(placed_text),
        account: account::read(&root),
        limits: root.get("limits").map_or_else(Vec::new, limits::read),
        endpoints: endpoints.iter().map(endpoint::read).collect(),
        fine_tunes: fine_tunes.iter().map(fine_tune::read).collect(),
        evaluations: evaluations.iter().map(fine_tune::read_evaluation).collect(),
        groups: groups.unwrap_or_default().iter().map(group::read).collect(),
        events: root.get("event").map_or_else(Vec::new, event::read),
        holidays: calendar.map_or_else(Vec::new, |calendar| event::holidays(&calendar)),
        strategies_are_named: strategies.iter().all(Option::is_some),
        strategies: strategies.into_iter().flatten().collect(),
        assume: root
            .get("assume")
            .and_then(Value::free_table)
            .map_or_else(Vec::new, |table| assume(&table)),
        tiers: compare("tiers").and_then(placed_texts),
        past_hours: compare("past_hours").and_then(account::placed_rates),
        compared: compare("strategies").and_then(placed_texts),
        loads: compare("loads").map_or_else(Vec::new, compare::loads),
        growth: compare("growth").map(|value| compare::growth(value, compare("loads"))),
        assumed_besides: compare("assume").map_or_else(Vec::new, compare::assumed),
        sensitivity: compare("sensitivity").and_then(Value::flag),
        seeds: compare("seeds").and_then(|value| value.whole_up_to(MOST_SEEDS)).and_then(small),
        expect: root.get("expect").map_or_else(Vec::new, expect::read),
    }
}

/// What a file expects, as far as it can be read.
pub(crate) fn expectations(
    document: &rulebook::reading::Document<'_>,
    faults: &Faults,
) -> Vec<Expectation> {
    let read = document.root(ROOT, faults).get("expect").map(expect::read);
    read.into_iter().flatten().map(|placed| placed.value).collect()
}

/// The edition that a file names, as far as it can be read.
pub(crate) fn edition_of(
    document: &rulebook::reading::Document<'_>,
    faults: &Faults,
) -> Option<String> {
    document.root(ROOT, faults).get("edition").and_then(Value::text).map(str::to_owned)
}

fn placed_lasts(value: Value<'_>) -> Option<Placed<Span>> {
    let lasts = value.duration()?;
    if lasts < Span::from_secs(1) {
        let label = if lasts.is_zero() { "this is zero" } else { "shorter than a second" };
        let message = "a run must last at least one second".to_owned();
        value.fault(
            Code::EmptyRun.name(),
            message,
            label,
            "for example `lasts = \"10m\"`, or leave it out",
        );
        return None;
    }
    Some(Placed { value: lasts, place: value.place() })
}

fn starts(value: Value<'_>) -> Option<Starts> {
    let help =
        "a date, a time and an offset in quotes: \"2025-11-03T09:00Z\", \"2025-11-03T09:00+01:00\"";
    let text = value.any_text("a moment", help)?;
    let starts = Starts::read(text);
    if starts.is_none() {
        let message = "`starts` must be a moment that the calendar has".to_owned();
        value.fault(Code::BadMoment.name(), message, "not such a moment", help);
    }
    starts
}

pub(crate) fn placed_text(value: Value<'_>) -> Option<Placed<String>> {
    Some(Placed { value: value.text()?.to_owned(), place: value.place() })
}

fn placed_texts(value: Value<'_>) -> Option<Vec<Placed<String>>> {
    value.one_or_list()?.into_iter().map(placed_text).collect()
}

fn assume(table: &Table<'_>) -> Vec<(Placed<String>, Placed<String>)> {
    let read = |value: Value<'_>| {
        let name = Placed { value: value.key().to_owned(), place: value.key_place() };
        Some((name, placed_text(value)?))
    };
    table.entries().into_iter().filter_map(read).collect()
}

pub(crate) fn small(number: u64) -> Option<u32> {
    u32::try_from(number).ok()
}
