//! Which assumptions are also tried with another value, and with which strategies: those on which a
//! headline hangs although nobody has recorded what is true of them.
//!
//! Each is tried on the account's tier, and only where it can change anything.

use rulebook::{Assumptions, Model};
use scenario::{Group, Scenario};

use crate::plan::{CellPlan, plain};

/// When a token limit refuses.
const TOKEN_GATE: &str = "token_gate";
/// How many replicas the gateway has, each with full counters and headers of its own.
const REPLICAS: &str = "gateway_replicas";
/// As many as have been observed.
const OBSERVED_REPLICAS: &str = "2";
/// What a model can do for everybody together.
const CAPACITY: &str = "model_capacity";
/// How many times the past hour's rate is within the dynamic rate.
const FACTOR: &str = "dynamic_factor";

/// The cells with one assumption changed: the token gate at each of its other values; two replicas
/// of the gateway, for whoever reads headers, which then disagree; and where limits are dynamic the
/// capacity and the factor. But for the replicas, that is for the strategy that ships, or for all.
pub(crate) fn variants(scenario: &Scenario) -> Vec<CellPlan> {
    let all = 0..scenario.strategies.len();
    let shipped: Vec<usize> =
        all.clone().filter(|s| scenario.ship.is_none_or(|ship| ship == *s)).collect();
    let readers: Vec<usize> = all.filter(|s| reads_headers(scenario, *s)).collect();
    let mut cells = others(scenario, TOKEN_GATE, &shipped);
    if is_shared(scenario) {
        let two = scenario.assumptions.get(REPLICAS);
        if two.is_some_and(|known| known.value != OBSERVED_REPLICAS) {
            cells.extend(with(scenario, REPLICAS, OBSERVED_REPLICAS, &readers));
        }
    }
    if is_dynamic(scenario) {
        cells.extend(others(scenario, CAPACITY, &shipped));
        // What has no bounds is never short, and then nobody asks whether a rate was kept.
        if is_bounded(scenario) {
            cells.extend(others(scenario, FACTOR, &shipped));
        }
    }
    cells
}

/// The cells with an assumption at each of its other values; none where the edition has no such.
fn others(scenario: &Scenario, name: &str, strategies: &[usize]) -> Vec<CellPlan> {
    let known = scenario.assumptions.get(name);
    let values = known.map(|known| known.alternatives.as_slice()).unwrap_or_default();
    values.iter().flat_map(|value| with(scenario, name, value, strategies)).collect()
}

/// The cells with an assumption at this value.
fn with(scenario: &Scenario, name: &str, value: &str, strategies: &[usize]) -> Vec<CellPlan> {
    let Ok(varied) = scenario.assumptions.with(name, value) else { return Vec::new() };
    let cell = |assumptions: &Assumptions, strategy| {
        let plain = plain(scenario, &scenario.tier, strategy);
        let key = plain.key.assuming(name, value);
        CellPlan { assumptions: assumptions.clone(), key, ..plain }
    };
    strategies.iter().map(|strategy| cell(&varied, *strategy)).collect()
}

/// Whether somebody in the cells of a strategy goes by what the service shows.
fn reads_headers(scenario: &Scenario, strategy: usize) -> bool {
    let cell = scenario.strategies.get(strategy);
    let follows = |group: &Group| {
        let named = group.strategy.as_ref().or(cell);
        named.is_some_and(|named| named.parts.reads_headers())
    };
    shared(scenario).any(follows)
}

/// The groups that call the fleet which everybody shares.
fn shared(scenario: &Scenario) -> impl Iterator<Item = &Group> {
    scenario.groups.iter().filter(|group| group.endpoint.is_none())
}

fn is_shared(scenario: &Scenario) -> bool {
    shared(scenario).next().is_some()
}

fn is_dynamic(scenario: &Scenario) -> bool {
    let dynamic = |model: &Model| {
        scenario.edition.dynamic(&scenario.tier, model, &scenario.assumptions).is_some()
    };
    shared(scenario).any(|group| dynamic(&group.model))
}

fn is_bounded(scenario: &Scenario) -> bool {
    let bounded = |model: &Model| scenario.edition.capacity(model, &scenario.assumptions).is_some();
    shared(scenario).any(|group| bounded(&group.model))
}
