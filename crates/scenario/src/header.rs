//! What a record of a rehearsal says about itself, and what its recorder must know beforehand: the
//! same for every drive.

use core::num::NonZeroU32;

use limits::{Algorithm, Span};
use rulebook::{Assumption, Tier, Unit, Work};
use run_record::{
    AssumptionNote, CellSpec, Counted, Driver, ENGINE, EditionNote, EndpointNote, Expectation,
    GroupNote, Header, PairLimits, Recipe, Rung, ScenarioNote, StrategyNote, TraceNote,
};

use crate::cast::{Group, NamedStrategy, Traffic};
use crate::circumstances;
use crate::elsewhere::Target;
use crate::lasts::shown;
use crate::price_notes;
use crate::scenario::Scenario;
use crate::trace::{Cut, TraceNeed};
use crate::ways;

/// Where a scenario came from: what a rehearsal cannot know of itself.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The sha256 of the scenario's text.
    pub scenario_sha256: String,
    /// The sha256 of the recording that was replayed.
    pub trace_sha256: Option<String>,
    /// The command that repeats the run.
    pub command: String,
}

impl Scenario {
    /// What the recorder of one of its cells must know.
    #[must_use]
    pub fn cell_spec(&self) -> CellSpec {
        let names: Vec<&str> = self.groups.iter().map(|group| group.name.as_str()).collect();
        CellSpec {
            lasts: self.lasts,
            drain: self.drain,
            groups: u32::try_from(names.len()).unwrap_or(u32::MAX),
            bounds: Expectation::bounds(&self.expectations, &names),
            window: self.shortest_window(),
        }
    }

    /// The shortest window that requests are counted in, on any of its tiers; none where none is.
    fn shortest_window(&self) -> Option<Span> {
        let groups = 0..self.groups.len();
        let pairs =
            self.tiers.iter().flat_map(|tier| groups.clone().map(move |group| (tier, group)));
        let published =
            pairs.filter_map(|(tier, group)| self.published(tier, group, &self.assumptions));
        let windows = published.filter(|limits| counted(limits.algorithm) != Counted::Bucket);
        windows.map(|limits| limits.window).min()
    }

    /// The header of its record; `cut_short` when the run was stopped before every cell was
    /// complete.
    #[must_use]
    pub fn header(&self, origin: &Origin, driver: Driver, cut_short: bool) -> Header {
        header(self, origin, driver, cut_short)
    }
}

fn header(scenario: &Scenario, origin: &Origin, driver: Driver, cut_short: bool) -> Header {
    // Nobody waits for that in real time.
    let growth = if driver == Driver::Simulated { scenario.growth() } else { &[] };
    Header {
        recipe: recipe(scenario, origin),
        driver,
        lasts: scenario.lasts,
        drain: scenario.drain,
        replications: scenario.replications,
        cut_short,
        tier: Some(scenario.tier.name().to_owned()),
        ship: scenario.ship.and_then(|ship| Some(scenario.strategies.get(ship)?.name.clone())),
        ladder: scenario.tiers.iter().map(|tier| rung(scenario, tier)).collect(),
        strategies: scenario
            .strategies
            .iter()
            .map(|named| strategy_note(scenario, named))
            .collect(),
        loads: scenario.loads().iter().map(ToString::to_string).collect(),
        growth: growth.iter().map(ToString::to_string).collect(),
        growth_replications: if growth.is_empty() { 0 } else { scenario.growth_replications() },
        groups: (0_u32..)
            .zip(&scenario.groups)
            .map(|(at, group)| group_note(scenario, at, group))
            .collect(),
        assumptions: scenario.assumed().map(assumption_note).collect(),
        events: circumstances::events(scenario),
        capacity: circumstances::capacity(scenario),
        ways: ways::ways(scenario),
        rule_of_thumb: ways::rule_of_thumb(&scenario.edition),
        funds: price_notes::funds(scenario),
        expectations: scenario.expectations.clone(),
        command: origin.command.clone(),
        live: None,
    }
}

fn recipe(scenario: &Scenario, origin: &Origin) -> Recipe {
    let file = scenario.trace_need().map(|need| &need.file);
    let file = file.or_else(|| scenario.client_set_need().map(|need| &need.file));
    let trace = file.zip(origin.trace_sha256.as_ref());
    Recipe {
        scenario: ScenarioNote {
            title: scenario.title.clone(),
            file: scenario.name.clone(),
            sha256: origin.scenario_sha256.clone(),
            text: scenario.text.clone(),
        },
        edition: EditionNote {
            name: scenario.edition.name().to_owned(),
            text: scenario.edition.text().to_owned(),
        },
        trace: trace.map(|(file, sha256)| TraceNote { file: file.clone(), sha256: sha256.clone() }),
        seed: scenario.seed,
        engine: ENGINE,
    }
}

fn strategy_note(scenario: &Scenario, named: &NamedStrategy) -> StrategyNote {
    let says =
        if scenario.has_jobs() { named.parts.describe() } else { "It sends nothing.".to_owned() };
    let falls_back_to = falls_back_to(scenario, named);
    StrategyNote { name: named.name.clone(), says, falls_back_to }
}

/// The endpoint that a strategy calls with what does not get through at home.
fn falls_back_to(scenario: &Scenario, named: &NamedStrategy) -> Option<String> {
    let Target::Endpoint(number, _) = named.elsewhere.as_ref()? else { return None };
    Some(scenario.endpoints.get(*number as usize)?.name.clone())
}

/// The limits of a tier for the models of the scenario, each once.
fn rung(scenario: &Scenario, tier: &Tier) -> Rung {
    let mut limits: Vec<PairLimits> = Vec::new();
    for (index, group) in scenario.groups.iter().enumerate() {
        let model = group.model.name();
        let published = scenario.published(tier, index, &scenario.assumptions);
        if let Some(published) = published
            && limits.iter().all(|pair| pair.model != model)
        {
            limits.push(PairLimits {
                model: model.to_owned(),
                rpm: published.requests.per_minute(),
                images: published.unit == Unit::Images,
                tpm: published.tokens.map(limits::Rate::per_minute),
                own: published.own,
                counted: counted(published.algorithm),
                window_requests: published.requests.over(published.window),
                window: published.window,
                hard: published.hard,
            });
        }
    }
    Rung {
        tier: tier.name().to_owned(),
        title: tier.title().to_owned(),
        past_hour_rpm: tier.past_hour().map(limits::Rate::per_minute),
        limits,
        gates: circumstances::gates(scenario, tier),
        reach: ways::reach(scenario, tier),
    }
}

const fn counted(algorithm: Algorithm) -> Counted {
    match algorithm {
        // A cap on what is in flight is none of these: no rate is counted so.
        Algorithm::Opened | Algorithm::Concurrency => Counted::Opened,
        Algorithm::Aligned => Counted::Aligned,
        Algorithm::Bucket | Algorithm::Gcra => Counted::Bucket,
        Algorithm::SlidingLog => Counted::SlidingLog,
        Algorithm::SlidingCounter => Counted::SlidingCounter,
    }
}

fn group_note(scenario: &Scenario, number: u32, group: &Group) -> GroupNote {
    GroupNote {
        name: group.name.clone(),
        model: group.model.name().to_owned(),
        clients: group.clients,
        units: NonZeroU32::new(scenario.units(group)).unwrap_or(NonZeroU32::MIN),
        users: match &group.traffic {
            Traffic::Users(users) => Some(users.count),
            Traffic::Phases(_) | Traffic::Trace(_) | Traffic::ClientSet(_) => None,
        },
        deadline: group.deadline,
        strategy: group.strategy.as_ref().map(|named| named.name.clone()),
        stream: group.stream,
        max_tokens: group.max_tokens,
        traffic: work_of(group) + &traffic_of(scenario, number, group),
        batch: group.batch.is_some(),
        price: price_notes::price(scenario, number, group),
        endpoint: group.endpoint.and_then(|at| endpoint_note(scenario, group, at)),
        batched: price_notes::batched(scenario, group),
        beside: beside(scenario, group),
        falls_back_to: group.strategy.as_ref().and_then(|named| falls_back_to(scenario, named)),
    }
}

/// An endpoint of the scenario with what a replica costs and can do.
fn endpoint_note(scenario: &Scenario, group: &Group, at: u32) -> Option<EndpointNote> {
    let endpoint = scenario.endpoints.get(at as usize)?;
    let replica = price_notes::replica(scenario, group, at);
    Some(EndpointNote { replica, ..circumstances::endpoint(endpoint) })
}

/// The first endpoint that serves the model of a group whose jobs do not go to one.
fn beside(scenario: &Scenario, group: &Group) -> Option<EndpointNote> {
    let mut serving = scenario.endpoints.iter().filter(|endpoint| endpoint.model == group.model);
    let endpoint = serving.next().filter(|_| group.endpoint.is_none())?;
    endpoint_note(scenario, group, endpoint.number)
}

/// `requests for 4 pictures, `; nothing for chat.
fn work_of(group: &Group) -> String {
    let count = group.count.get();
    let several = |one: &str, many: &str| if count == 1 { one.to_owned() } else { many.to_owned() };
    let of = match group.work {
        Work::Chat => return String::new(),
        Work::Completion => "completions".to_owned(),
        Work::Embedding => {
            several("embeddings of one text", &format!("embeddings of {count} texts"))
        }
        Work::Rerank => {
            several("an order of one document", &format!("an order of {count} documents"))
        }
        Work::Image => several("one picture", &format!("{count} pictures")),
        Work::Video => "a film".to_owned(),
        Work::Audio => "speech or its text".to_owned(),
    };
    format!("requests for {of}: ")
}

/// `Poisson 5/s for 10m, with Poisson 20/s for 2m on top from 5m on`.
fn traffic_of(scenario: &Scenario, number: u32, group: &Group) -> String {
    let own = match &group.traffic {
        Traffic::Phases(phases) => {
            phases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", then ")
        }
        Traffic::Trace(need) => rows_of(need),
        Traffic::Users(users) => users.to_string(),
        Traffic::ClientSet(need) => need.to_string(),
    };
    let on_top = group
        .surges
        .iter()
        .map(|surge| format!("with {} on top from {} on", surge.phase, shown(surge.at)));
    let restarts = scenario.restarts.iter().filter(|restart| restart.group == number);
    let restarts = restarts.map(ToString::to_string);
    core::iter::once(own).chain(on_top).chain(restarts).collect::<Vec<_>>().join(", ")
}

/// `the rows of a.csv`, with its member, its slice and its rate where the file says them.
fn rows_of(need: &TraceNeed) -> String {
    let Cut { from, lasts, scale } = need.cut;
    let mut text = "the rows of ".to_owned();
    if let Some(member) = &need.member {
        text.push_str(member);
        text.push_str(" in ");
    }
    text.push_str(&need.file);
    if !from.is_zero() {
        text.push_str(" from ");
        text.push_str(&shown(from));
    }
    if let Some(lasts) = lasts {
        text.push_str(" for ");
        text.push_str(&shown(lasts));
    }
    if scale != Cut::AS_RECORDED {
        let exact = format!("{}.{:07}", scale / 10_000_000, scale % 10_000_000);
        text.push_str(" at ");
        text.push_str(exact.trim_end_matches('0').trim_end_matches('.'));
        text.push_str("% of their rate");
    }
    text
}

fn assumption_note(assumption: &Assumption) -> AssumptionNote {
    AssumptionNote {
        name: assumption.name.clone(),
        value: assumption.value.clone(),
        alternatives: assumption.alternatives.clone(),
        certainty: assumption.certainty.to_string(),
        says: assumption.says.clone(),
    }
}
