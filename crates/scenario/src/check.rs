//! Which limit binds, and when: told from means, without running anything.
//!
//! The mean job of a model on a tier, prompt and answer together, is held against both published
//! limits: the one that carries fewer jobs a second binds. Groups that call the same model share
//! its limits, so their mean job is the mixture that is asked for at the peak. Means say nothing
//! of bursts: a mix of many short and a few very long jobs needs the simulation.

use limits::{Rate, Requests, Tokens};
use rulebook::{Gated, Model, PastHour, Rates, Tier, Unit};

use crate::cast::Group;
use crate::scenario::Scenario;

mod cost;
mod dedicated;
mod peak;

pub use cost::{CostCheck, HourlyCheck, check_costs, check_hours};
pub use dedicated::{EndpointCheck, check_endpoints};
use peak::{Demand, peak, per_second};

/// What one tier carries of one model's traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct TierCheck {
    /// The tier.
    pub tier: Tier,
    /// The model.
    pub model: Model,
    /// The groups that call it, by position.
    pub groups: Vec<usize>,
    /// Tokens of the mean job at the peak, prompt and answer together.
    pub mean_tokens: f64,
    /// Requests as published, or what `unit` says in their place.
    pub requests: Rate<Requests>,
    /// What `requests` counts.
    pub unit: Unit,
    /// How much of `requests` the mean job at the peak takes.
    pub mean_units: f64,
    /// Tokens as published; absent where they are unlimited.
    pub tokens: Option<Rate<Tokens>>,
    /// Jobs a second that the limit on requests carries.
    pub jobs_per_s_by_requests: f64,
    /// Jobs a second that the limit on tokens carries; absent where tokens are unlimited.
    pub jobs_per_s_by_tokens: Option<f64>,
    /// Which of the two carries less.
    pub binds: Binds,
    /// Jobs a second that are asked for at the peak.
    pub peak_jobs_per_s: f64,
    /// Tokens a second that are asked for at the peak.
    pub peak_tokens_per_s: f64,
    /// The share of the binding limit that is asked for at the peak; more than one does not fit.
    pub share_at_peak: f64,
    /// Whether what is above these limits is refused. Limits that are not hard are the dynamic
    /// rates at the start: they only say whom a lack of capacity hits.
    pub hard: bool,
    /// How the dynamic rates of this rung grow, in an edition that has some.
    pub dynamic: Option<DynamicCheck>,
    /// What the model can do for everybody, where that has bounds.
    pub capacity: Option<CapacityCheck>,
    /// Why the tier has no access to the model at all, where it has none.
    pub gate: Option<Gated>,
}

/// The dynamic rates of one rung for one model.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct DynamicCheck {
    /// With which the run begins, after the past hour of the account.
    pub at_start: Rates,
    /// Below which they never are.
    pub base: Rates,
    /// Above which they never are.
    pub most: Rates,
}

/// What one model can do for everybody together.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct CapacityCheck {
    /// Tokens a second, as supposed.
    pub tokens_per_s: f64,
    /// Tokens a second that other tenants leave of it, as supposed.
    pub left_per_s: f64,
    /// Jobs a second at which what they leave is full; absent where jobs have no tokens.
    pub jobs_per_s: Option<f64>,
    /// The share of what they leave that is asked for at the peak.
    pub share_at_peak: f64,
}

/// The limit that binds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Binds {
    /// Requests, or what their limit counts in their place.
    Requests,
    /// Tokens.
    Tokens,
}

impl TierCheck {
    /// Jobs a second that the binding limit carries.
    #[must_use]
    pub fn jobs_per_s_carried(&self) -> f64 {
        match (self.binds, self.jobs_per_s_by_tokens) {
            (Binds::Tokens, Some(jobs)) => jobs,
            (Binds::Tokens | Binds::Requests, _) => self.jobs_per_s_by_requests,
        }
    }
}

/// Holds a scenario's mean job against every tier that it rehearses, one entry for each tier and
/// model, in the order of the tiers. A group whose trace is missing asks for nothing yet.
#[must_use]
pub fn check(scenario: &Scenario) -> Vec<TierCheck> {
    let mut checks = Vec::new();
    for tier in &scenario.tiers {
        for (model, groups) in by_model(&scenario.groups) {
            checks.extend(check_pair(scenario, tier, model, &groups));
        }
    }
    checks
}

fn by_model(groups: &[Group]) -> Vec<(&Model, Vec<usize>)> {
    let mut pairs: Vec<(&Model, Vec<usize>)> = Vec::new();
    // What goes to an endpoint of its own, or in files, presses on no limit.
    let shares = |group: &Group| group.endpoint.is_none() && group.batch.is_none();
    let pressing = groups.iter().enumerate().filter(|(_, group)| shares(group));
    for (index, group) in pressing {
        match pairs.iter_mut().find(|(model, _)| **model == group.model) {
            Some((_, members)) => members.push(index),
            None => pairs.push((&group.model, vec![index])),
        }
    }
    pairs
}

fn check_pair(
    scenario: &Scenario,
    tier: &Tier,
    model: &Model,
    groups: &[usize],
) -> Option<TierCheck> {
    let published = scenario.published_for(tier, model, &scenario.assumptions)?;
    let peak = peak(scenario, groups);
    let mean = |of: f64, none: f64| if peak.jobs > 0.0 { of / peak.jobs } else { none };
    let (mean_tokens, mean_units) = (mean(peak.tokens, 0.0), mean(peak.units, 1.0));
    let units_per_s = per_second(published.requests.amount().0, published.requests.per_span());
    let by_requests = units_per_s / mean_units;
    let tokens_per_s = published.tokens.map(|rate| per_second(rate.amount().0, rate.per_span()));
    let by_tokens = tokens_per_s.filter(|_| mean_tokens > 0.0).map(|tokens| tokens / mean_tokens);
    let binds = match by_tokens {
        Some(jobs) if jobs < by_requests => Binds::Tokens,
        Some(_) | None => Binds::Requests,
    };
    let share_at_peak = match (binds, tokens_per_s) {
        (Binds::Tokens, Some(tokens)) => peak.tokens / tokens,
        (Binds::Tokens | Binds::Requests, _) => peak.units / units_per_s,
    };
    Some(TierCheck {
        tier: tier.clone(),
        model: model.clone(),
        groups: groups.to_vec(),
        mean_tokens,
        requests: published.requests,
        unit: published.unit,
        mean_units,
        tokens: published.tokens,
        jobs_per_s_by_requests: by_requests,
        jobs_per_s_by_tokens: by_tokens,
        binds,
        peak_jobs_per_s: peak.jobs,
        peak_tokens_per_s: peak.tokens,
        share_at_peak,
        hard: published.hard,
        dynamic: dynamic(scenario, tier, model),
        capacity: capacity(scenario, model, mean_tokens, &peak),
        gate: scenario.edition.gate(tier, model, &scenario.assumptions),
    })
}

fn dynamic(scenario: &Scenario, tier: &Tier, model: &Model) -> Option<DynamicCheck> {
    let dynamic = scenario.edition.dynamic(tier, model, &scenario.assumptions)?;
    let boundless = Rate::new(Requests(BOUNDLESS), limits::Per::Second);
    Some(DynamicCheck {
        at_start: dynamic.rates(scenario.past_hour_of(tier, model)),
        base: dynamic.rates(PastHour::NOTHING),
        most: dynamic.rates(PastHour::of(boundless, 1)),
    })
}

/// Requests a second beyond everything that is ever asked for.
const BOUNDLESS: u64 = 1_000_000_000;

fn capacity(
    scenario: &Scenario,
    model: &Model,
    mean_tokens: f64,
    peak: &Demand,
) -> Option<CapacityCheck> {
    let capacity = scenario.edition.capacity(model, &scenario.assumptions)?;
    let all = capacity.tokens_per_second;
    let tokens_per_s = per_second(all.amount().0, all.per_span());
    let left = f64::from(capacity.others.rest().0) / f64::from(rulebook::Millionths::ALL.0);
    let left_per_s = tokens_per_s * left;
    Some(CapacityCheck {
        tokens_per_s,
        left_per_s,
        jobs_per_s: (mean_tokens > 0.0).then(|| left_per_s / mean_tokens),
        share_at_peak: if left_per_s > 0.0 { peak.tokens / left_per_s } else { f64::INFINITY },
    })
}

/// Tokens of the mean job of a model at its peak on the shared fleet; zero where nobody asks.
pub(crate) fn mean_tokens_of(scenario: &Scenario, model: &Model) -> f64 {
    let pairs = by_model(&scenario.groups);
    let groups = pairs.iter().find(|(one, _)| *one == model).map(|(_, groups)| groups);
    let peak = groups.map_or(Demand::default(), |groups| peak(scenario, groups));
    if peak.jobs > 0.0 { peak.tokens / peak.jobs } else { 0.0 }
}
