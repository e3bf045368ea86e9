//! What a scenario costs, told from the jobs that fall due, without running anything: as if each
//! were answered at its first attempt.

use chance::Seed;
use limits::Span;
use money::Money;
use rulebook::Priced;

use crate::asking;
use crate::cast::{Group, Length};
use crate::scenario::Scenario;
use crate::timeline::Timeline;

/// Jobs that are looked at, at most.
const MOST: usize = 200_000;

/// What the jobs of a group cost.
#[derive(Clone, Debug, PartialEq)]
pub struct CostCheck {
    /// The group, by position.
    pub group: usize,
    /// What its requests cost, and who says so; absent where nobody does.
    pub priced: Option<Priced>,
    /// What its mean job costs; absent likewise, and where nothing falls due.
    pub each: Option<Money>,
    /// What an hour of its traffic costs, on average over the run.
    pub hourly: Option<Money>,
}

/// What an endpoint costs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct HourlyCheck {
    /// The endpoint, by position.
    pub endpoint: usize,
    /// What one replica costs an hour while it runs; absent where nobody says.
    pub replica: Option<Money>,
    /// What its fewest replicas cost an hour while they run.
    pub hourly: Option<Money>,
    /// For how long they run: they may be started late, or stopped early.
    pub runs: Span,
    /// What they cost in all that time.
    pub whole: Option<Money>,
}

/// Reckons what each group costs, in their order.
#[must_use]
pub fn check_costs(scenario: &Scenario) -> Vec<CostCheck> {
    let looked = look(scenario);
    let groups = scenario.groups.iter().zip(&looked).enumerate();
    let checks = groups.map(|(index, (group, looked))| {
        let priced = scenario.tariff(index, &scenario.assumptions);
        let users = asking::of_group(scenario, index, group);
        let all = priced
            .as_ref()
            .map(|priced| priced.tariff.of(looked.jobs, looked.prompt, looked.answer));
        let each = all.filter(|_| looked.jobs > 0).map(|all| all.of_parts(1, looked.jobs));
        let hourly = match users {
            Some(users) => each.map(|each| each.of_parts(whole(users.jobs_per_s * 3.6e9), MICRO)),
            None => all.map(|all| hourly(all, looked.within)),
        };
        CostCheck { group: index, priced, each, hourly }
    });
    checks.collect()
}

/// Reckons what each endpoint costs, in their order.
#[must_use]
pub fn check_hours(scenario: &Scenario) -> Vec<HourlyCheck> {
    let endpoints = scenario.endpoints.iter().enumerate();
    let checks = endpoints.map(|(index, endpoint)| {
        let replica = scenario.endpoint_price(index, &scenario.assumptions);
        let until = endpoint.until.unwrap_or(scenario.lasts).nanos();
        let until = until.min(scenario.lasts.nanos());
        let runs = Span::from_nanos(until.saturating_sub(endpoint.from.nanos()));
        let hourly = replica.map(|replica| replica.times(endpoint.replicas.0.get().into()));
        let whole = hourly.map(|hourly| hourly.of_parts(runs.nanos(), HOUR));
        HourlyCheck { endpoint: index, replica, hourly, runs, whole }
    });
    checks.collect()
}

impl Scenario {
    /// How long the credit at the start lasts at so much an hour, and after what is charged once;
    /// `None` where it outlasts the run, or the file says nothing of it.
    #[must_use]
    pub fn credit_lasts(&self, hourly: Money, once: Money) -> Option<Span> {
        let funds = self.funds(&self.tier, &self.assumptions).filter(|funds| funds.enforced)?;
        let left = funds.purchased + funds.free - once;
        if left.is_negative() {
            return Some(Span::ZERO);
        }
        let nanos = left.pico().checked_mul(i128::from(HOUR))?.checked_div(hourly.pico())?;
        let lasts = Span::from_nanos(u64::try_from(nanos).ok()?);
        (lasts < self.lasts).then_some(lasts)
    }
}

const HOUR: u64 = 3_600_000_000_000;
const MICRO: u64 = 1_000_000;

/// What fell due of a group.
#[derive(Copy, Clone, Debug, Default)]
struct Looked {
    jobs: u64,
    prompt: u64,
    answer: u64,
    /// Within which time.
    within: Span,
}

fn look(scenario: &Scenario) -> Vec<Looked> {
    let mut looked = vec![Looked::default(); scenario.groups.len()];
    let mut within = scenario.lasts;
    for (seen, arrival) in Timeline::of(scenario, Seed(scenario.seed)).enumerate() {
        if seen == MOST {
            within = arrival.due.since(limits::Instant::START);
            break;
        }
        if let Some(group) = looked.get_mut(arrival.group as usize) {
            group.jobs += 1;
            group.prompt += u64::from(arrival.prompt);
            group.answer += u64::from(arrival.answer);
        }
    }
    for (group, looked) in scenario.groups.iter().zip(&mut looked) {
        if matches!(group.traffic, crate::cast::Traffic::Users(_)) {
            *looked = of_users(group);
        }
        looked.within = within;
    }
    looked
}

/// A million mean jobs of users, who ask when they are answered.
fn of_users(group: &Group) -> Looked {
    let most = group.max_tokens.unwrap_or(u32::MAX);
    let mean = |length: &Length, most: u32| {
        let tokens =
            length.mean(most, &[]).saturating_mul(u128::from(MICRO)) / u128::from(chance::ONE);
        u64::try_from(tokens).unwrap_or(u64::MAX)
    };
    let prompt = mean(&group.prompt, u32::MAX).saturating_mul(u64::from(group.inputs()));
    Looked { jobs: MICRO, prompt, answer: mean(&group.answer, most), within: Span::ZERO }
}

/// What so much within a time is an hour.
fn hourly(all: Money, within: Span) -> Money {
    if within.is_zero() { Money::ZERO } else { all.of_parts(HOUR, within.nanos()) }
}

/// A mean, never negative, as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "jobs an hour, positive and far below 2^53"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}
