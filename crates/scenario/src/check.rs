//! Which limit binds, and when: told from means, without running anything.
//!
//! The mean job of a model on a tier, prompt and answer together, is held against both published
//! limits: the one that carries fewer jobs a second binds. Groups that call the same model share
//! its limits, so their mean job is the mixture that is asked for at the peak. Means say nothing
//! of bursts: a mix of many short and a few very long jobs needs the simulation.

use limits::{Rate, Requests, Span, Tokens};
use rulebook::{Model, Tier, Unit};

use crate::asking;
use crate::cast::{Group, Length, Phase, Traffic};
use crate::scenario::Scenario;
use crate::stretch::day::Curve;

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
    let shared = groups.iter().enumerate().filter(|(_, group)| group.endpoint.is_none());
    for (index, group) in shared {
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
    })
}

/// What is asked for at the busiest time.
#[derive(Copy, Clone, Debug, Default)]
struct Demand {
    jobs: f64,
    /// What they take of the limit on requests.
    units: f64,
    tokens: f64,
}

impl Demand {
    fn plus(self, other: Demand) -> Demand {
        Demand {
            jobs: self.jobs + other.jobs,
            units: self.units + other.units,
            tokens: self.tokens + other.tokens,
        }
    }
}

/// The most tokens a second that groups ask for together, and the jobs a second at that time.
///
/// Rates are straight lines between the ends of phases, so it is enough to look there, just before
/// and just after; where they follow the day, every quarter of an hour. A trace counts with its
/// busiest minute throughout, recorded clients with their busiest window, users with the most that
/// they can ask for, and what falls due at one instant with the minute after it.
fn peak(scenario: &Scenario, groups: &[usize]) -> Demand {
    let users = groups.iter().map(|index| of_users(scenario, *index));
    let groups: Vec<&Group> =
        groups.iter().filter_map(|index| scenario.groups.get(*index)).collect();
    let traces = groups.iter().map(|group| busiest_minute(scenario, group));
    let always = users.chain(traces).fold(Demand::default(), Demand::plus);
    let placed: Vec<Placed<'_>> = groups.iter().flat_map(|group| placed(scenario, group)).collect();
    let mut moments: Vec<u64> = placed.iter().flat_map(Placed::moments).collect();
    moments.push(0);
    moments.sort_unstable();
    moments.dedup();
    let mut most = Demand::default();
    for moment in moments {
        for before in [true, false] {
            let now = placed.iter().map(|phase| phase.demand_at(moment, before));
            let now = now.fold(always, Demand::plus);
            if (now.tokens, now.units) > (most.tokens, most.units) {
                most = now;
            }
        }
    }
    most
}

/// Minutes are what limits are published for.
const MINUTE: u64 = 60_000_000_000;
/// A rate that follows the day changes by less than 0.1 % of its swing from one look to the next,
/// where it is highest.
const QUARTER_HOUR: u64 = 15 * MINUTE;

/// A phase at its place in the run, with the mean job of its group.
struct Placed<'s> {
    phase: &'s Phase,
    start: u64,
    curve: Option<Curve>,
    mean_tokens: f64,
    units: f64,
}

fn placed<'s>(scenario: &Scenario, group: &'s Group) -> Vec<Placed<'s>> {
    let units = f64::from(scenario.units(group));
    let mean_tokens = mean_tokens(scenario, group);
    let place = |phase: &'s Phase, start: u64| {
        let curve = if let Phase::Daily { day, lasts } = phase {
            let week = scenario.since_monday().saturating_add(start);
            Curve::of(day, week, lasts.nanos()).ok()
        } else {
            None
        };
        Placed { phase, start, curve: curve.map(|(curve, _)| curve), mean_tokens, units }
    };
    let phases = match &group.traffic {
        Traffic::Phases(phases) => phases.as_slice(),
        Traffic::Trace(_) | Traffic::ClientSet(_) | Traffic::Users(_) => &[],
    };
    let mut start = 0_u64;
    let phases = phases.iter().map(|phase| {
        let begins = start;
        start = start.saturating_add(phase.lasts().nanos());
        place(phase, begins)
    });
    let mut placed: Vec<_> = phases.collect();
    placed.extend(group.surges.iter().map(|surge| place(&surge.phase, surge.at.nanos())));
    placed
}

impl Placed<'_> {
    /// When what it asks for may be at its greatest.
    fn moments(&self) -> Vec<u64> {
        let end = self.start.saturating_add(self.lasts());
        let mut moments = vec![self.start, end];
        if self.curve.is_some() {
            let looks = end.saturating_sub(self.start) / QUARTER_HOUR;
            moments.extend((1..=looks).map(|look| self.start + look * QUARTER_HOUR));
        }
        if let Phase::Curve(curve) = self.phase {
            let steps = 1..u64::try_from(curve.rates.len()).unwrap_or(0);
            moments.extend(steps.map(|step| self.start + step * curve.every.nanos()));
        }
        moments
    }

    /// How long it asks for something: jobs of one instant count with a whole minute.
    fn lasts(&self) -> u64 {
        let at_once = matches!(self.phase, Phase::AtOnce { .. });
        if at_once { MINUTE } else { self.phase.lasts().nanos() }
    }

    /// What it asks for at a moment, or just before it.
    fn demand_at(&self, moment: u64, before: bool) -> Demand {
        let end = self.start.saturating_add(self.lasts());
        let within = if before {
            self.start < moment && moment <= end
        } else {
            self.start <= moment && moment < end
        };
        if !within {
            return Demand::default();
        }
        let jobs = self.rate_at(moment - self.start - u64::from(before));
        Demand { jobs, units: jobs * self.units, tokens: jobs * self.mean_tokens }
    }

    /// Jobs a second.
    fn rate_at(&self, offset: u64) -> f64 {
        let of = |rate: Rate<Requests>| per_second(rate.amount().0, rate.per_span());
        match self.phase {
            Phase::Steady { rate, .. }
            | Phase::Poisson { rate, .. }
            | Phase::Gamma { rate, .. }
            | Phase::Weibull { rate, .. } => of(*rate),
            Phase::Ramp { from, to, lasts } => {
                let share = offset as f64 / (lasts.nanos().max(1)) as f64;
                of(*from) + (of(*to) - of(*from)) * share
            }
            Phase::Burst { jobs, every, lasts, .. } => {
                let bursts = MINUTE.min(lasts.nanos()).div_ceil(every.nanos().max(1));
                f64::from(*jobs) * bursts as f64 / 60.0
            }
            Phase::AtOnce { jobs, .. } => f64::from(*jobs) / 60.0,
            Phase::Pause { .. } => 0.0,
            Phase::Curve(curve) => curve.at(offset).map_or(0.0, of),
            Phase::Daily { .. } => self.curve.map_or(0.0, |curve| curve.jobs_per_s(offset)),
        }
    }
}

fn mean_tokens(scenario: &Scenario, group: &Group) -> f64 {
    scenario.mean_job(group) as f64 / chance::ONE as f64
}

/// The most that the users of a group can ask for.
fn of_users(scenario: &Scenario, index: usize) -> Demand {
    let Some(group) = scenario.groups.get(index) else { return Demand::default() };
    let jobs = asking::of_group(scenario, index, group).map_or(0.0, |asking| asking.jobs_per_s);
    let units = jobs * f64::from(scenario.units(group));
    Demand { jobs, units, tokens: jobs * mean_tokens(scenario, group) }
}

/// The busiest minute of a trace by tokens, minutes counted from its first row; the busiest window
/// of recorded clients.
fn busiest_minute(scenario: &Scenario, group: &Group) -> Demand {
    if let Some(clients) = scenario.demand(group) {
        let (jobs, tokens) = clients.busiest();
        return Demand { jobs, units: jobs * f64::from(scenario.units(group)), tokens };
    }
    let (Traffic::Trace(_), Some(trace)) = (&group.traffic, scenario.trace()) else {
        return Demand::default();
    };
    let answers = group.work.answers_in_tokens();
    let most = if answers { group.max_tokens.unwrap_or(u32::MAX).into() } else { 0 };
    let inputs = u64::from(group.inputs());
    let read = matches!(group.prompt, Length::Trace);
    let drawn = !read || (answers && !matches!(group.answer, Length::Trace));
    let mut busiest = (0_u64, 0_u64);
    let mut minute = (0_u64, 0_u64);
    let mut number = 0;
    for ((due, prompt), answer) in trace.due.iter().zip(&trace.prompt).zip(&trace.answer) {
        if due / MINUTE != number {
            number = due / MINUTE;
            busiest = busiest.max(minute);
            minute = (0, 0);
        }
        minute.0 += u64::from(*prompt) * inputs + u64::from(*answer).min(most);
        minute.1 += 1;
    }
    let (tokens, jobs) = busiest.max(minute);
    let jobs = jobs as f64 / 60.0;
    // Lengths of another origin than the rows are worth their mean.
    let tokens = if drawn { jobs * mean_tokens(scenario, group) } else { tokens as f64 / 60.0 };
    Demand { jobs, units: jobs * f64::from(scenario.units(group)), tokens }
}

fn per_second(amount: u64, per: Span) -> f64 {
    amount as f64 * 1e9 / per.nanos().max(1) as f64
}
