//! A scenario's account and its course in the service's own words.
//!
//! The service does not know scenarios, nor scenarios the service. Whatever brings the two
//! together asks here: a rehearsal, and whoever puts a mock of the service before real clients.

use std::sync::Arc;

use limits::Instant;
use mock_together::{
    Account, Change, Dealing, Endpoint, Happening, Hosting, Limits, NoLimits, OrganizationId,
    Service, Terms,
};
use rulebook::{Assumptions, Tier};
use scenario::{Group, Scenario};
use wire::PairId;

use crate::funds;
use crate::plan::CellPlan;

/// The organization whose traffic a scenario is: the only one it has.
pub const ORGANIZATION: OrganizationId = OrganizationId(0);

/// The account as the service has it when a group of the scenario calls; `None` where there is no
/// such group.
#[must_use]
pub fn account(
    scenario: &Scenario,
    tier: &Tier,
    group: usize,
    given: &Assumptions,
) -> Option<Account> {
    Some(account_of(scenario, tier, scenario.groups.get(group)?, given))
}

/// The same of a group that may be none of the scenario's.
fn account_of(scenario: &Scenario, tier: &Tier, group: &Group, given: &Assumptions) -> Account {
    let scenario::Account { tier, model, past_hour, endpoint } = scenario.account_of(tier, group);
    let endpoint = endpoint.map(|endpoint| hardware(scenario, endpoint, given));
    let (tier, model) = (tier.clone(), model.clone());
    Account { organization: ORGANIZATION, tier, model, past_hour, endpoint }
}

/// An endpoint as the service has it.
fn hardware(scenario: &Scenario, endpoint: &scenario::Endpoint, given: &Assumptions) -> Endpoint {
    let at = |span| Instant::START.after(span);
    let replicas = (endpoint.replicas.0.get(), endpoint.replicas.1.get());
    Endpoint {
        starts_in: given.endpoint_starts(),
        queue: given.endpoint_queue(),
        ready: endpoint.ready,
        from: at(endpoint.from),
        until: endpoint.until.map_or(Instant::END, at),
        hosting: match endpoint.kind {
            scenario::Kind::Dedicated => Hosting::Dedicated,
            scenario::Kind::FineTune => Hosting::FineTuned,
        },
        name: endpoint.name.clone(),
        per_hour: scenario.endpoint_price(endpoint.number as usize, given),
        ..Endpoint::new(endpoint.number, endpoint.throughput, replicas)
    }
}

/// The endpoints that no group calls: they are billed like any other. One that strategies send to
/// is started for those alone: who compares them with others would not pay for it otherwise.
fn idle<'s>(scenario: &'s Scenario, plan: &'s CellPlan) -> impl Iterator<Item = Account> + 's {
    let groups = 0..scenario.groups.len();
    let called = |number| scenario.groups.iter().any(|group| group.endpoint == Some(number));
    let sent_to = move |strategy, number| {
        let mut there = groups.clone().filter_map(|group| scenario.elsewhere(strategy, group));
        there.any(|there| there.endpoint == Some(number))
    };
    let is_for_others = move |number| {
        let mut strategies = 0..scenario.strategies.len();
        !sent_to(plan.strategy, number) && strategies.any(|other| sent_to(other, number))
    };
    let idle = scenario
        .endpoints
        .iter()
        .filter(move |endpoint| !called(endpoint.number) && !is_for_others(endpoint.number));
    idle.map(|endpoint| {
        let account = Account::new(ORGANIZATION, plan.tier.clone(), endpoint.model.clone());
        Account { endpoint: Some(hardware(scenario, endpoint, &plan.assumptions)), ..account }
    })
}

/// What happens to the service of an account on this tier while the scenario runs.
#[must_use]
pub fn course(scenario: &Scenario, tier: &Tier, given: &Assumptions) -> Arc<[Happening]> {
    let course = scenario.course(tier, given).into_iter();
    course.map(|happening| Happening { at: happening.at, what: change(happening.what) }).collect()
}

/// The terms of the service in a rehearsal, or of a mock that stands for it.
#[must_use]
pub fn terms(scenario: &Scenario, tier: &Tier, given: &Assumptions, limits: Limits) -> Terms {
    let course = course(scenario, tier, given);
    Terms::new(&scenario.edition, given, limits).with_course(course)
}

/// Makes the account known for every group of the scenario, in their order. Where no limit is in force, endpoints are none either: the service then
/// answers each job by itself. Minutes are billed until the scenario ends: what still waits then is
/// served, and nobody runs hardware on for it.
pub(crate) fn all(
    service: &mut Service,
    terms: &Terms,
    scenario: &Scenario,
    (tier, given, limits): (&Tier, &Assumptions, Limits),
) -> Result<Vec<PairId>, NoLimits> {
    let groups = 0..scenario.groups.len();
    let accounts = groups.filter_map(|group| account(scenario, tier, group, given));
    let alone = |account| match limits {
        Limits::Published => billed(account, scenario),
        Limits::Off => Account { endpoint: None, ..account },
    };
    accounts.map(|account| service.enrol(terms, &alone(account))).collect()
}

/// Makes the account known for the endpoints of a cell that no group calls, where limits are in
/// force.
pub(crate) fn all_idle(
    service: &mut Service,
    terms: &Terms,
    scenario: &Scenario,
    plan: &CellPlan,
) -> Result<(), NoLimits> {
    if plan.limits == Limits::Published {
        for account in idle(scenario, plan) {
            service.enrol(terms, &billed(account, scenario))?;
        }
    }
    Ok(())
}

/// An account whose minutes of hardware are billed until the scenario ends.
fn billed(account: Account, scenario: &Scenario) -> Account {
    let billed_until = Instant::START.after(scenario.lasts);
    let endpoint = account.endpoint.map(|endpoint| Endpoint { billed_until, ..endpoint });
    Account { endpoint, ..account }
}

/// Makes the account known where a strategy sends what it does not get through at home: the group is
/// as its jobs are there.
pub(crate) fn elsewhere(
    service: &mut Service,
    terms: &Terms,
    scenario: &Scenario,
    plan: &CellPlan,
    there: &Group,
) -> Result<PairId, NoLimits> {
    let account = account_of(scenario, &plan.tier, there, &plan.assumptions);
    service.enrol(terms, &billed(account, scenario))
}

fn change(change: scenario::Change) -> Change {
    let organization = ORGANIZATION;
    let id = |model: rulebook::Model| model.name().to_owned();
    match change {
        scenario::Change::Capacity { model, share } => {
            Change::Capacity { model: model.map(id), share }
        }
        scenario::Change::Others { model, share } => Change::Others { model: model.map(id), share },
        scenario::Change::Tier { model, tier } => {
            Change::Tier { organization, model: id(model), tier }
        }
        scenario::Change::Limits { model, requests, tokens } => {
            Change::Limits { organization, model: id(model), requests, tokens }
        }
        scenario::Change::Blocked(blocked) => Change::Blocked { organization, blocked },
        scenario::Change::Failing { share } => Change::Failing { share },
        scenario::Change::Account(transaction) => funds::transaction(transaction),
        scenario::Change::MonthEnds => funds::dealing(Dealing::MonthEnds),
        scenario::Change::Collects => funds::dealing(Dealing::Collects),
        scenario::Change::FineTune { name, cost } => {
            funds::dealing(Dealing::FineTune { name, cost })
        }
        scenario::Change::Evaluation { name, cost } => {
            funds::dealing(Dealing::Evaluation { name, cost })
        }
    }
}
