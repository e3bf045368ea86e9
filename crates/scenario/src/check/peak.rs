//! What is asked for at the busiest time, reckoned from means.

use limits::{Rate, Requests, Span};

use crate::asking;
use crate::cast::{Group, Length, Phase, Traffic};
use crate::scenario::Scenario;
use crate::stretch::day::Curve;

/// What is asked for at the busiest time.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Demand {
    pub(super) jobs: f64,
    /// What they take of the limit on requests.
    pub(super) units: f64,
    pub(super) tokens: f64,
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
pub(super) fn peak(scenario: &Scenario, groups: &[usize]) -> Demand {
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

pub(super) fn per_second(amount: u64, per: Span) -> f64 {
    amount as f64 * 1e9 / per.nanos().max(1) as f64
}
