//! Which assumptions are also tried with another value, and with which strategies: those on which a
//! headline hangs although nobody has recorded what is true of them.
//!
//! Each is tried on the account's tier, and only where it can change anything.

use rulebook::{Model, Published};
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

/// How long after a payment the tier that it buys is in force.
const TIER_DELAY: &str = "tier_delay";
/// How long after a request its cost is on the account.
const METERING_LAG: &str = "metering_lag";

/// The cells with one assumption changed: where tokens are counted, the token gate at each of its
/// other values; two replicas of the gateway, for whoever reads headers, which then disagree; where a
/// balance decides, how late usage is on it, and how late a tier that is bought is in force; and
/// where limits are dynamic the capacity and the factor. But for the replicas, that is for the
/// strategy that ships, or for all. A scenario that supposes several replicas is tried with as many
/// as the edition supposes.
pub(crate) fn variants(scenario: &Scenario) -> Vec<CellPlan> {
    let all = 0..scenario.strategies.len();
    let shipped: Vec<usize> =
        all.clone().filter(|s| scenario.ship.is_none_or(|ship| ship == *s)).collect();
    let readers: Vec<usize> = all.filter(|s| reads_headers(scenario, *s)).collect();
    let mut cells = Vec::new();
    if counts_tokens(scenario) {
        cells.extend(others(scenario, TOKEN_GATE, &shipped));
    }
    if is_counted_at_gateways(scenario)
        && let Some(replicas) = scenario.assumptions.get(REPLICAS)
    {
        let own = replicas.choices().first().map_or(OBSERVED_REPLICAS, String::as_str);
        if replicas.value == own {
            cells.extend(with(scenario, REPLICAS, OBSERVED_REPLICAS, &readers));
        } else {
            // More of them admit more, whoever asks.
            let mut asking = [shipped.as_slice(), readers.as_slice()].concat();
            asking.sort_unstable();
            asking.dedup();
            cells.extend(with(scenario, REPLICAS, own, &asking));
        }
    }
    if scenario.has_money() {
        let funds = scenario.funds(&scenario.tier, &scenario.assumptions);
        if scenario.buys() || funds.is_some_and(|funds| funds.recharge.is_some()) {
            cells.extend(others(scenario, TIER_DELAY, &shipped));
        }
        cells.extend(others(scenario, METERING_LAG, &shipped));
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
    let plain = |strategy: &usize| plain(scenario, &scenario.tier, *strategy);
    strategies.iter().filter_map(|strategy| plain(strategy).assuming(name, value)).collect()
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

/// What is published for the groups that share.
fn published(scenario: &Scenario) -> impl Iterator<Item = Published> {
    let groups = (0..).zip(&scenario.groups).filter(|(_, group)| group.endpoint.is_none());
    groups.filter_map(|(index, _)| scenario.published(&scenario.tier, index, &scenario.assumptions))
}

/// Whether any of their limits is on tokens.
fn counts_tokens(scenario: &Scenario) -> bool {
    published(scenario).any(|limits| limits.tokens.is_some())
}

/// Whether gateways refuse by limits of their own, or show them: how many there are is nothing to
/// anybody else.
fn is_counted_at_gateways(scenario: &Scenario) -> bool {
    let shows = scenario.edition.shows_limits() && shared(scenario).next().is_some();
    shows || published(scenario).any(|limits| limits.hard)
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

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;

    /// `name=value` of each variant of one group that is told in these lines.
    fn tried(edition: &str, lines: &str) -> Vec<String> {
        let text = format!(
            "title = \"t\"\nedition = \"{edition}\"\nseed = 1\n{lines}\n\
             traffic = {{ poisson = {{ rate = \"5/s\", lasts = \"9s\" }} }}\n\
             [[strategy]]\npreset = \"give-up\"\n"
        );
        let rulebook = Rulebook::embedded().unwrap();
        let scenario = Scenario::parse("tried.toml", &text, &rulebook);
        let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
        let assumed = |plan: &CellPlan| {
            let (name, value) = plan.key.assumed().next().unwrap();
            format!("{name}={value}")
        };
        variants(&scenario).iter().map(assumed).collect()
    }

    const TIER: &str = "[account]\ntier = \"build-2\"\n";
    const CHAT: &str = "[[group]]\nname = \"chat\"\nprompt = 10\nanswer = 10\n\
                        model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"";

    #[test]
    fn a_model_that_counts_no_tokens_is_not_tried_under_token_gates() {
        let image = "[[group]]\nname = \"image\"\nimages = 1\n\
                     model = \"black-forest-labs/FLUX.1-schnell\"";
        assert!(tried("2025-11", &format!("{TIER}{image}")).is_empty());
        assert_eq!(tried("2025-11", &format!("{TIER}{CHAT}")).len(), 3);
    }

    #[test]
    fn what_a_file_supposes_is_tried_as_the_edition_supposes_it() {
        let two = "[assume]\ngateway_replicas = \"2\"\n";
        let replicas = |lines: &str| tried("2025-11", lines).pop().unwrap();
        assert_eq!(replicas(&format!("{TIER}{two}{CHAT}")), "gateway_replicas=1");
        let gate = "[assume]\ntoken_gate = \"none\"\n";
        let gates = tried("2025-11", &format!("{TIER}{gate}{CHAT}"));
        assert!(gates.contains(&"token_gate=minute".to_owned()), "{gates:?}");
        let capacity = "[assume]\nmodel_capacity = \"12345/s\"\n";
        let amounts = tried("2026-08", &format!("{capacity}{CHAT}"));
        assert!(amounts.contains(&"model_capacity=20000/s".to_owned()), "{amounts:?}");
    }

    #[test]
    fn gateways_that_neither_refuse_nor_show_a_limit_are_not_tried_in_other_numbers() {
        let two = "[assume]\ngateway_replicas = \"2\"\n";
        let tried = tried("2026-08", &format!("{two}{CHAT}"));
        assert!(tried.iter().all(|one| !one.starts_with("gateway_replicas")), "{tried:?}");
    }
}
