//! The service that a mock is to be: by the words of the command line, or as a scenario supposes it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use chance::Seed;
use mock_together_http::Plan;
use rulebook::reading::{nearest, quantity};
use rulebook::{Assumptions, Edition, PastHour, Tier};
use scenario::Scenario;

use crate::args::{Manners, Service};
use crate::failure::Failure;
use crate::{color, editions, faults};

/// The service that the command line describes.
pub(crate) fn said(said: &Service, manners: &Manners) -> Result<Plan, Failure> {
    if let Some(path) = &said.scenario {
        let scenario = opened(path, manners)?;
        let tier = match rung(&scenario.edition, said)? {
            Some(tier) => tier,
            None => scenario.tier.clone(),
        };
        let given = assumed(scenario.assumptions.clone(), &said.assume)?;
        let mut plan = of(&scenario, &tier, &given);
        plan.one_organization = true;
        plan.seed = said.seed.map_or(plan.seed, Seed);
        return Ok(plan);
    }
    let edition = Arc::new(editions::edition_for(said.edition.as_deref(), said.tier.as_deref())?);
    let tier = match rung(&edition, said)? {
        Some(tier) => tier,
        None => edition.ladder().first().cloned().ok_or_else(|| {
            Failure::invalid(format!("the edition {} has no ladder: say --tier", edition.name()))
        })?,
    };
    let mut plan = plan(&edition, &tier, Seed(said.seed.unwrap_or(1)));
    plan.assumptions = assumed(edition.assumptions(), &said.assume)?;
    let numbers = |model| edition.published(&tier, model, &plan.assumptions).is_some();
    if !edition.models().iter().any(numbers) {
        return Err(Failure::invalid(format!(
            "the edition {} has no number for {}: give one under [[limits]] of a scenario, and \
             say --scenario FILE",
            edition.name(),
            tier.title()
        )));
    }
    plan.past_hour = past_hour(&tier);
    Ok(plan)
}

/// The service as a scenario supposes it to be on a tier.
pub(crate) fn of(scenario: &Scenario, tier: &Tier, given: &Assumptions) -> Plan {
    let mut plan = plan(&scenario.edition, tier, Seed(scenario.seed));
    plan.assumptions = given.clone();
    plan.past_hour = past_hour(tier);
    plan.accounts = scenario
        .called()
        .enumerate()
        .filter_map(|(group, name)| {
            Some((name.to_owned(), simulator::account(scenario, tier, group, given)?))
        })
        .collect();
    plan.funds = simulator::funds(scenario, tier, given, plan.seed);
    plan.tariffs = scenario
        .called()
        .enumerate()
        .filter_map(|(group, name)| Some((name.to_owned(), scenario.tariff(group, given)?.tariff)))
        .collect();
    plan.course = simulator::course(scenario, tier, given);
    plan
}

/// What the mock is, for who starts it.
pub(crate) fn told(plan: &Plan) -> String {
    let edition = &plan.edition;
    let shows = if edition.shows_limits() {
        "every response shows the limits"
    } else if edition.words().reset.is_empty() {
        "no response shows a limit"
    } else {
        "only a 429 shows anything, when to come back"
    };
    format!("edition {} ({}), {}; {shows}", edition.name(), edition.title(), plan.tier.title())
}

/// A mock whose chance grows from `seed` and whose dates are today's.
fn plan(edition: &Arc<Edition>, tier: &Tier, seed: Seed) -> Plan {
    let mut plan = Plan::new(edition, tier);
    plan.seed = seed;
    plan.epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    plan
}

/// Ours: tokens of a request in the past hour that nobody described, of prompt and answer together.
/// The help of `--past-hour` says it.
const TOKENS_EACH: u64 = 1_000;

/// The past hour that a rung of an edition without tiers stands for.
fn past_hour(tier: &Tier) -> PastHour {
    tier.past_hour().map_or(PastHour::NOTHING, |requests| PastHour::of(requests, TOKENS_EACH))
}

/// A scenario as far as it describes the service: what its traffic replays need not be there.
fn opened(path: &Path, manners: &Manners) -> Result<Scenario, Failure> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))?;
    let named = Scenario::edition_named(&text);
    let rulebook = editions::rulebook(named.as_deref(), path.parent().unwrap_or(Path::new("")))?;
    let scenario = Scenario::parse(&name, &text, &rulebook)?;
    if !manners.quiet && !scenario.warnings.is_empty() {
        let mut stderr = std::io::stderr().lock();
        faults::print_all(&name, &text, &scenario.warnings, color(manners), &mut stderr);
    }
    Ok(scenario)
}

/// The rung that is said: a tier by one of its names, or a past hour where there are none.
fn rung(edition: &Edition, said: &Service) -> Result<Option<Tier>, Failure> {
    if let Some(written) = &said.past_hour {
        let rate = quantity::rate(written).map_err(|_| {
            Failure::usage(format!("--past-hour {written} is no rate: write `300/min` or `5/s`"))
        })?;
        return edition.past_hour(rate).map(Some).ok_or_else(|| {
            let names = names(edition);
            Failure::usage(format!(
                "--past-hour goes with an edition whose limits grow from the past hour alone, and \
                 {} has tiers: name one with --tier, {names}",
                edition.name()
            ))
        });
    }
    let Some(word) = &said.tier else { return Ok(None) };
    if !edition.has_tiers() {
        return Err(Failure::usage(format!(
            "--tier {word}: the edition {} has no tiers, its limits grow from what an account did \
             in the past hour: say --past-hour 300/min, or choose another --edition",
            edition.name()
        )));
    }
    edition.tier(word).map(Some).ok_or_else(|| {
        let known: Vec<&str> = edition.tiers().iter().map(Tier::name).collect();
        let meant =
            nearest(word, &known).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Failure::invalid(format!("no tier `{word}`: the edition has {}{meant}", names(edition)))
    })
}

fn names(edition: &Edition) -> String {
    let names: Vec<&str> = edition.tiers().iter().map(Tier::name).collect();
    names.join(", ")
}

/// Assumptions with some of them set otherwise, each as `NAME=VALUE`.
fn assumed(given: Assumptions, said: &[String]) -> Result<Assumptions, Failure> {
    said.iter().try_fold(given, |given, word| {
        let (name, value) = word.split_once('=').ok_or_else(|| {
            Failure::usage(format!("--assume {word} says no value: write NAME=VALUE"))
        })?;
        given.with(name.trim(), value.trim()).map_err(|error| {
            let known: Vec<&str> = given.iter().map(|one| one.name.as_str()).collect();
            let unknown = given.get(name.trim()).is_none();
            let meant = nearest(name, &known).filter(|_| unknown);
            let meant = meant.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            Failure::usage(format!("--assume {word}: {error}{meant}"))
        })
    })
}
