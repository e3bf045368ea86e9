//! What the other loads of a file mean for the limit that binds on the account's tier.

use report::numbers;
use scenario::{Binds, Load, Scenario, TierCheck};
use serde::Serialize;

use crate::check::{six, whole};

/// One load on the account's tier, of one model.
#[derive(Serialize)]
pub(crate) struct Row {
    load: String,
    model: String,
    binds: &'static str,
    asked_share_of_limit: f64,
}

/// `of tokens on Tier 2 the peak asks for 88 % at 50%, 264 % at 150%`: a line for a model; nothing
/// where no other loads are compared.
pub(crate) fn text(scenario: &Scenario, model: &str) -> String {
    let (mut told, mut binding): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for (load, check) in checks(scenario).filter(|(_, check)| check.model.name() == model) {
        let share = numbers::count(whole(check.share_at_peak * 100.0));
        told.push(format!("{share} % at {load}"));
        binding.push(binds(&check));
    }
    binding.dedup();
    if told.is_empty() {
        return String::new();
    }
    let (limit, tier) = (binding.join(" or "), scenario.tier.title());
    format!("of the {limit} of {tier} the peak asks for {}\n", told.join(", "))
}

/// The same for the document.
pub(crate) fn rows(scenario: &Scenario) -> Vec<Row> {
    let row = |(load, check): (Load, TierCheck)| Row {
        load: load.to_string(),
        model: check.model.name().to_owned(),
        binds: binds(&check),
        asked_share_of_limit: six(check.share_at_peak),
    };
    checks(scenario).map(row).collect()
}

/// What binds on the account's tier, at each other load.
fn checks(scenario: &Scenario) -> impl Iterator<Item = (Load, TierCheck)> {
    scenario.loads().iter().flat_map(move |load| {
        let checks = scenario::check(&scenario.at_load(*load));
        let own = checks.into_iter().filter(|check| check.tier == scenario.tier);
        own.map(|check| (*load, check))
    })
}

const fn binds(check: &TierCheck) -> &'static str {
    match check.binds {
        Binds::Requests => check.unit.name(),
        Binds::Tokens => "tokens",
    }
}
