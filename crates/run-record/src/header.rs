//! What a record says about the run before its first number.
//!
//! The recipe is everything that decides a simulated run, so that the record alone suffices to
//! repeat it. The rest are the words a page needs: names, limits, assumptions. Nothing here depends
//! on when, where, or on how many threads a simulation ran.

use std::num::NonZeroU32;

use limits::Span;
use serde::{Deserialize, Serialize};

use crate::circumstances::{
    CapacityNote, Counted, EndpointNote, EventNote, GateNote, ReachNote, RuleOfThumb, WayNote,
};
use crate::exact;
use crate::expectation::Expectation;
use crate::histogram::Histogram;
use crate::key::CellKey;
use crate::price::{FundsNote, PriceNote};

/// The engine's number: raised whenever the same recipe may give other numbers than before.
pub const ENGINE: u32 = 2;

/// What a record says about its run.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What decides the run.
    pub recipe: Recipe,
    /// What drove the run.
    pub driver: Driver,
    /// How long jobs kept falling due.
    #[serde(rename = "lasts_ns", with = "exact::span")]
    pub lasts: Span,
    /// How long the run went on after that, at most.
    #[serde(rename = "drain_ns", with = "exact::span")]
    pub drain: Span,
    /// How many replications the recipe asks for; a shard holds some of them.
    pub replications: u32,
    /// Whether the run was stopped before every cell was complete: what is missing cannot have met
    /// anything, so neither has the run as a whole.
    pub cut_short: bool,
    /// The account's tier, `build-2`; where the edition has no tiers, the rung of its past hour.
    pub tier: Option<String>,
    /// The strategy that is meant to ship, if one was named.
    pub ship: Option<String>,
    /// The tiers that were rehearsed, smallest first.
    pub ladder: Vec<Rung>,
    /// The strategies that were compared, in the order of the scenario.
    pub strategies: Vec<StrategyNote>,
    /// The loads that were compared beside the scenario's own, the lightest first: `150%`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loads: Vec<String>,
    /// The loads at which the strategies of the headline were tried besides, the lightest first:
    /// `150%`. A tier that answered few of them in time was not tried at any heavier one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<String>,
    /// How many replications each of those has.
    #[serde(default, skip_serializing_if = "is_none")]
    pub growth_replications: u32,
    /// The groups of clients, in the order of their numbers.
    pub groups: Vec<GroupNote>,
    /// What was assumed where the service's rules are silent.
    pub assumptions: Vec<AssumptionNote>,
    /// What happened once, by when it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventNote>,
    /// What models can do for everyone, where that is not without bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capacity: Vec<CapacityNote>,
    /// The ways past the limits that the edition knows of, the cheapest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<WayNote>,
    /// The edition's rule of thumb about headroom, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_of_thumb: Option<RuleOfThumb>,
    /// What the account begins with; none where no books are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funds: Option<FundsNote>,
    /// What was expected.
    pub expectations: Vec<Expectation>,
    /// The command that repeats the run.
    pub command: String,
    /// What only a run over sockets has to say; none for any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveNote>,
}

impl Header {
    /// Whether a cell is there to show what more or less traffic would do, at one of the loads of
    /// [`Header::growth`]: it is no part of what was compared.
    #[must_use]
    pub fn is_growth(&self, key: &CellKey) -> bool {
        !key.is_at_whole_load() && self.growth.iter().any(|load| load == key.load())
    }

    /// Whether the run's own figures are in doubt because its load generator could not keep up.
    #[must_use]
    pub fn generator_late(&self) -> bool {
        self.live.as_ref().is_some_and(LiveNote::generator_late)
    }

    /// How many attempts never left the generator's machine, because it had no connection to give.
    #[must_use]
    pub fn starved(&self) -> u64 {
        self.live.as_ref().map_or(0, |live| live.starved)
    }

    /// Whether nothing of the run can be judged: its load generator could not keep up, its machine
    /// had no connections left, or it was live and cut short, so that the cell under way has only
    /// what fell due by then.
    #[must_use]
    pub fn in_doubt(&self) -> bool {
        let cut = self.driver == Driver::Live && self.cut_short;
        self.generator_late() || self.starved() > 0 || cut
    }
}

/// Everything that decides a simulated run.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The scenario.
    pub scenario: ScenarioNote,
    /// The edition of the rules.
    pub edition: EditionNote,
    /// The trace that was replayed, if any.
    pub trace: Option<TraceNote>,
    /// The seed of the first replication.
    pub seed: u64,
    /// The number of the engine, [`ENGINE`] for this one.
    pub engine: u32,
}

/// A scenario, as it was run.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioNote {
    /// Its title.
    pub title: String,
    /// Its file, as named on the command line.
    pub file: String,
    /// The hash of its text, in hexadecimal digits.
    pub sha256: String,
    /// Its text.
    pub text: String,
}

/// An edition of the rules, as it was applied.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditionNote {
    /// Its name, `2025-11`, or the path of a file of the user's.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The trace that was replayed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceNote {
    /// Its file, as the scenario names it.
    pub file: String,
    /// The hash of its bytes, in hexadecimal digits; of two archives of which the scenario declares
    /// no hash of the second, that of the digits of both.
    pub sha256: String,
}

/// What drove a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// Virtual time.
    Simulated,
    /// Real time and sockets.
    Live,
    /// A program of somebody else's, watched from the service's side; it offers no jobs.
    Observed,
}

impl Driver {
    /// `simulated`, `live`, `observed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Driver::Simulated => "simulated",
            Driver::Live => "live",
            Driver::Observed => "observed",
        }
    }
}

/// A run over sockets: when, against what, and whether the generator itself kept up.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveNote {
    /// When it began, in seconds since 1970 began.
    pub began_unix_s: u64,
    /// Where it sent to, without any key.
    pub target: String,
    /// How much later than planned the generator came to each arrival and each wake-up, in
    /// nanoseconds: its own delay, which is no part of what it measures.
    pub late: Histogram,
    /// Attempts that never left the generator's machine, because it had no connection to give: no
    /// file descriptor, no port. The service has no part in them.
    pub starved: u64,
}

/// The latest that a generator may be at its 99th percentile; beyond that its figures are its own
/// rather than the service's.
const LATEST: Span = Span::from_millis(5);

impl LiveNote {
    /// When it began, as a date: `Sat, 21 Nov 2026 05:31:48 GMT`.
    #[must_use]
    pub fn began(&self) -> String {
        wire::Fixdate(self.began_unix_s).to_string()
    }

    /// How late the generator was at a percentile, the upper edge of its bin; none without samples.
    #[must_use]
    pub fn late_at(&self, percent: u8) -> Option<Span> {
        let rank = (self.late.count() * u64::from(percent.min(100))).div_ceil(100);
        self.late.at_rank(rank.max(1)).map(Span::from_nanos)
    }

    /// Whether one wake-up in a hundred came more than 5 ms late.
    #[must_use]
    pub fn generator_late(&self) -> bool {
        self.late_at(99).is_some_and(|late| late > LATEST)
    }
}

/// One tier of the ladder with what it allows; where the edition has no tiers, one past hour.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// The tier as files write it, `build-2`.
    pub tier: String,
    /// The tier in print, `Tier 2`.
    pub title: String,
    /// Where the edition has no tiers: how many successful requests a minute the past hour had,
    /// which is what such a rung stands for. Written down there only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past_hour_rpm: Option<u64>,
    /// What it allows for each model of the scenario.
    pub limits: Vec<PairLimits>,
    /// The models of the scenario that it may not use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateNote>,
    /// What it takes to come to it; none where no source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<ReachNote>,
}

/// What a tier allows for one model.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairLimits {
    /// The model.
    pub model: String,
    /// Requests per minute, as published.
    pub rpm: u64,
    /// Whether they are pictures, of which a request may ask for several; written down where so.
    #[serde(default, skip_serializing_if = "is_not")]
    pub images: bool,
    /// Tokens per minute, as published; none where tokens are not limited.
    pub tpm: Option<u64>,
    /// Whether the requests are the model's own limit instead of the tier's.
    pub own: bool,
    /// How requests are counted; written down where that is not in windows which they open.
    #[serde(default, skip_serializing_if = "Counted::is_usual")]
    pub counted: Counted,
    /// Requests that a window admits, or that a bucket holds.
    pub window_requests: u64,
    /// How long a window is, or in what time a bucket fills.
    #[serde(rename = "window_ns", with = "exact::span")]
    pub window: Span,
    /// Whether it refuses by itself; one that does not only says whom a shortage hits first.
    /// Written down where it does not.
    #[serde(default = "yes", skip_serializing_if = "is_so")]
    pub hard: bool,
}

/// One strategy in words.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyNote {
    /// Its name, as cells' keys carry it.
    pub name: String,
    /// What it does, in one sentence.
    pub says: String,
    /// The endpoint that it calls with what does not get through at home; written down where it
    /// does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub falls_back_to: Option<String>,
}

/// One group of clients.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupNote {
    /// Its name.
    pub name: String,
    /// The model that it asks.
    pub model: String,
    /// How many clients do its jobs, each with a state of its own, all with one key; written down
    /// where there are several.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub clients: NonZeroU32,
    /// How much of the limit on requests one of its requests takes: the pictures that it asks for,
    /// where that counts those; written down where that is several.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub units: NonZeroU32,
    /// How many users ask for its jobs, each when its last one has ended: a closed loop, in which
    /// the number of jobs depends on how fast they are answered. Written down where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<NonZeroU32>,
    /// How long after its due time an answer is still in time; none when every answer is.
    #[serde(rename = "deadline_ns", with = "exact::optional_span")]
    pub deadline: Option<Span>,
    /// The strategy it keeps in every cell; none when it takes the cell's.
    pub strategy: Option<String>,
    /// Whether its answers are streamed.
    pub stream: bool,
    /// The largest number of tokens of answer that it asks for, if it says one.
    pub max_tokens: Option<u32>,
    /// Its traffic in words.
    pub traffic: String,
    /// Whether its jobs are lines of files, which have a pool of their own; written down where so.
    #[serde(default, skip_serializing_if = "is_not")]
    pub batch: bool,
    /// What its requests cost; none where nobody says. At an endpoint they cost nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceNote>,
    /// The dedicated endpoint that its jobs go to; none where they share limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointNote>,
    /// What its requests would cost as lines of batches; written down where that is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batched: Option<PriceNote>,
    /// An endpoint of the scenario that serves its model, where its jobs do not go to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<EndpointNote>,
    /// The endpoint that the strategy which it keeps calls with what does not get through at home;
    /// written down where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub falls_back_to: Option<String>,
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_one(number: &NonZeroU32) -> bool {
    number.get() == 1
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_so(said: &bool) -> bool {
    *said
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_none(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_not(said: &bool) -> bool {
    !*said
}

/// One assumption and how sure it is.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssumptionNote {
    /// Its name.
    pub name: String,
    /// Its value in this run.
    pub value: String,
    /// The values it could have instead.
    pub alternatives: Vec<String>,
    /// `documented`, `observed`, `third-party` or `assumed`.
    pub certainty: String,
    /// What it means, in one sentence.
    pub says: String,
}
