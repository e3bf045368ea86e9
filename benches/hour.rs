//! A stretch of traffic at the Build 5 limit of a chat model: what the benches simulate.
//!
//! Requests arrive by chance, on average as many as the tier allows and with about nine tenths of
//! its tokens, so that the request window refuses now and then and the SDK's default retries.
//! Lengths, latency, retries and the record are all on; one world, on one core.

use std::error::Error;

use rulebook::Rulebook;
use scenario::Scenario;
use simulator::CellPlan;

const EDITION: &str = "2025-11";
const TIER: &str = "build-5";
const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

/// So many seconds of it. The rate is read from the rulebook.
pub(crate) fn of(seconds: u64) -> Result<Scenario, Box<dyn Error>> {
    let rulebook = Rulebook::embedded()?;
    let edition = rulebook.edition(EDITION).ok_or("the edition is gone")?;
    let tier = edition.tier(TIER).ok_or("the tier is gone")?;
    let limits = edition.published(&tier, &edition.model(MODEL), &edition.assumptions());
    let limit = limits.ok_or("the model is off the ladder")?.requests.per_minute();
    Ok(Scenario::parse("hour.toml", &text(seconds, limit), &rulebook)?)
}

/// The cell with the published limits in force.
pub(crate) fn cell(scenario: &Scenario) -> Result<CellPlan, Box<dyn Error>> {
    Ok(simulator::cells(scenario).into_iter().next().ok_or("the scenario has no cell")?)
}

fn text(seconds: u64, limit: u64) -> String {
    format!(
        r#"
title = "A stretch at the limit"
edition = "{EDITION}"
seed = 1

[account]
tier = "{TIER}"

[[group]]
name = "chat"
model = "{MODEL}"
prompt = {{ lognormal = {{ median = 160, p95 = 400 }} }}
answer = {{ lognormal = {{ median = 100, p95 = 250 }} }}
max_tokens = 600
deadline = "1m"
traffic = {{ poisson = {{ rate = "{limit}/min", lasts = "{seconds}s" }} }}

[[strategy]]
name = "sdk"
preset = "together-py"

[compare]
tiers = ["{TIER}"]
seeds = 1
"#
    )
}
