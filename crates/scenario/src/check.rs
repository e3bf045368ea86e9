//! Which limit binds, and when: told from means, without running anything.
//!
//! The mean job of a model on a tier, prompt and answer together, is held against both published
//! limits: the one that carries fewer jobs a second binds. Groups that call the same model share
//! its limits, so their mean job is the mixture that is asked for at the peak. Means say nothing
//! of bursts: a mix of many short and a few very long jobs needs the simulation.

use limits::{Rate, Requests, Span, Tokens};
use rulebook::{Model, Tier};

use crate::cast::{Group, Length, Phase, Traffic};
use crate::scenario::Scenario;

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
    /// Requests as published.
    pub requests: Rate<Requests>,
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
}

/// The limit that binds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Binds {
    /// Requests.
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
    for (index, group) in groups.iter().enumerate() {
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
    let published = scenario.edition.published(tier, model, &scenario.assumptions)?;
    let peak = peak(scenario, groups);
    let mean_tokens = if peak.jobs > 0.0 { peak.tokens / peak.jobs } else { 0.0 };
    let by_requests = per_second(published.requests.amount().0, published.requests.per_span());
    let tokens_per_s = published.tokens.map(|rate| per_second(rate.amount().0, rate.per_span()));
    let by_tokens = tokens_per_s.filter(|_| mean_tokens > 0.0).map(|tokens| tokens / mean_tokens);
    let binds = match by_tokens {
        Some(jobs) if jobs < by_requests => Binds::Tokens,
        Some(_) | None => Binds::Requests,
    };
    let share_at_peak = match (binds, tokens_per_s) {
        (Binds::Tokens, Some(tokens)) => peak.tokens / tokens,
        (Binds::Tokens | Binds::Requests, _) => peak.jobs / by_requests,
    };
    Some(TierCheck {
        tier: tier.clone(),
        model: model.clone(),
        groups: groups.to_vec(),
        mean_tokens,
        requests: published.requests,
        tokens: published.tokens,
        jobs_per_s_by_requests: by_requests,
        jobs_per_s_by_tokens: by_tokens,
        binds,
        peak_jobs_per_s: peak.jobs,
        peak_tokens_per_s: peak.tokens,
        share_at_peak,
    })
}

/// What is asked for at the busiest time.
#[derive(Copy, Clone, Debug, Default)]
struct Demand {
    jobs: f64,
    tokens: f64,
}

impl Demand {
    fn plus(self, other: Demand) -> Demand {
        Demand { jobs: self.jobs + other.jobs, tokens: self.tokens + other.tokens }
    }
}

/// The most tokens a second that groups ask for together, and the jobs a second at that time.
///
/// Rates are straight lines between the ends of phases, so it is enough to look there, just before
/// and just after. A trace counts with its busiest minute throughout.
fn peak(scenario: &Scenario, groups: &[usize]) -> Demand {
    let groups: Vec<&Group> =
        groups.iter().filter_map(|index| scenario.groups.get(*index)).collect();
    let traces = groups.iter().map(|group| busiest_minute(scenario, group));
    let always = traces.fold(Demand::default(), Demand::plus);
    let mut moments: Vec<u64> = groups.iter().flat_map(|group| ends_of(group)).collect();
    moments.push(0);
    let mut most = Demand::default();
    for moment in moments {
        for before in [true, false] {
            let now = groups.iter().map(|group| demand_at(scenario, group, moment, before));
            let now = now.fold(always, Demand::plus);
            if (now.tokens, now.jobs) > (most.tokens, most.jobs) {
                most = now;
            }
        }
    }
    most
}

fn ends_of(group: &Group) -> Vec<u64> {
    let Traffic::Phases(phases) = &group.traffic else { return Vec::new() };
    let mut end = 0_u64;
    let ends = phases.iter().map(|phase| {
        end = end.saturating_add(phase.lasts().nanos());
        end
    });
    ends.collect()
}

/// What a group's phases ask for at a moment, or just before it.
fn demand_at(scenario: &Scenario, group: &Group, moment: u64, before: bool) -> Demand {
    let Traffic::Phases(phases) = &group.traffic else { return Demand::default() };
    let mut start = 0_u64;
    for phase in phases {
        let end = start.saturating_add(phase.lasts().nanos());
        let within =
            if before { start < moment && moment <= end } else { start <= moment && moment < end };
        if within {
            let jobs = rate_at(phase, moment - start);
            return Demand { jobs, tokens: jobs * mean_tokens(scenario, group) };
        }
        start = end;
    }
    Demand::default()
}

fn rate_at(phase: &Phase, offset: u64) -> f64 {
    let (from, to) = phase.rates();
    let (from, to) =
        (per_second(from.amount().0, from.per_span()), per_second(to.amount().0, to.per_span()));
    let share = offset as f64 / (phase.lasts().nanos().max(1)) as f64;
    from + (to - from) * share
}

fn mean_tokens(scenario: &Scenario, group: &Group) -> f64 {
    scenario.mean_job(group) as f64 / chance::ONE as f64
}

/// The busiest minute of a trace by tokens, minutes counted from its first row.
fn busiest_minute(scenario: &Scenario, group: &Group) -> Demand {
    const MINUTE: u64 = 60_000_000_000;
    let (Traffic::Trace(_), Some(trace)) = (&group.traffic, scenario.trace()) else {
        return Demand::default();
    };
    let most = u64::from(group.max_tokens.unwrap_or(u32::MAX));
    let drawn = !matches!((&group.prompt, &group.answer), (Length::Trace, Length::Trace));
    let mut busiest = (0_u64, 0_u64);
    let mut minute = (0_u64, 0_u64);
    let mut number = 0;
    for ((due, prompt), answer) in trace.due.iter().zip(&trace.prompt).zip(&trace.answer) {
        if due / MINUTE != number {
            number = due / MINUTE;
            busiest = busiest.max(minute);
            minute = (0, 0);
        }
        minute.0 += u64::from(*prompt) + u64::from(*answer).min(most);
        minute.1 += 1;
    }
    let (tokens, jobs) = busiest.max(minute);
    let jobs = jobs as f64 / 60.0;
    // Lengths of another origin than the rows are worth their mean.
    let tokens = if drawn { jobs * mean_tokens(scenario, group) } else { tokens as f64 / 60.0 };
    Demand { jobs, tokens }
}

fn per_second(amount: u64, per: Span) -> f64 {
    amount as f64 * 1e9 / per.nanos().max(1) as f64
}
