//! The age in which tiers and dynamic rates held at once, on the same grain: two gateways, capacity
//! that falls short, other tenants, failures, and limits that move while the run goes on.

use limits::Span;
use rulebook::Rulebook;
use scenario::Scenario;
use strategies::Preset;

const EDITION: &str = "hybrid-in-whole-milliseconds.toml";

/// A job has thirty tokens, and the fleet works off one in a millisecond beside other tenants, in
/// the shortage one in ten. Each gateway admits twenty jobs in two seconds, of fifty that come.
const SCENARIO: &str = r#"
title = "The same house, hybrid"
edition = "hybrid-in-whole-milliseconds.toml"
seed = 20251121
lasts = "3m"
drain = "5s"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 2
prompt = 20
answer = 10
stream = true
deadline = "15s"
traffic = { burst = { jobs = 40, every = "2s", within = "1s" } }
[[group]]
name = "batch"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 3
prompt = 20
answer = 10
traffic = { burst = { jobs = 10, every = "2s", within = "500ms" } }
[[event]]
at = "40s"
outage = { lasts = "20s", left = "10%" }
[[event]]
at = "80s"
outage = { lasts = "5s", left = "0%" }
[[event]]
at = "90s"
others = { every = "10s", shares = ["75%", "50%"] }
[[event]]
at = "100s"
failing = { share = "20%", lasts = "20s" }
[[event]]
at = "130s"
blocked = { lasts = "5s" }
[[event]]
at = "140s"
limits = { model = "meta-llama/Llama-3.3-70B-Instruct-Turbo", requests = "1200/min" }
[assume]
gateway_replicas = "2"
model_capacity = "2000/s"
other_tenants = "50%"
refusal_takes = "100ms"
first_token_noise = "0"
speed_noise = "0"
prefill_per_token = "1ms"
[compare]
tiers = ["build-1"]
"#;

/// The scenario under those who read headers and one who does not.
pub(crate) fn scenario() -> Scenario {
    let presets = [Preset::GIVE_UP, Preset::TOGETHER_PY, Preset::PACE_BY_HEADERS];
    let presets = presets
        .map(|preset| format!("[[strategy]]\npreset = \"{}\"\ngrain = \"1ms\"\n", preset.name()));
    let text = format!("{SCENARIO}{}", presets.concat());
    let mut rulebook = Rulebook::embedded().unwrap();
    let edition = edition(&rulebook);
    rulebook.add(EDITION, &edition).unwrap_or_else(|refused| panic!("{refused}"));
    let scenario = Scenario::parse("hybrid.toml", &text, &rulebook);
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    assert_eq!(scenario.lasts, Span::from_secs(180));
    scenario
}

/// The rules of that age, with answers on the grain whatever the load: the table of how they slow
/// down keeps its first row alone.
fn edition(rulebook: &Rulebook) -> String {
    let text = rulebook.edition("2026-02").unwrap().text();
    let mut section = "";
    let mut changed = 0;
    let lines = text.lines().filter_map(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        let value = match (section, key) {
            ("[congestion]", "[congestion]" | "" | "1") => return Some(line.to_owned()),
            ("[congestion]", _) if !line.starts_with('#') => return None,
            ("[models.\"meta-llama/Llama-3.3-70B-Instruct-Turbo\"]", "first_token") => "300ms",
            ("[models.\"meta-llama/Llama-3.3-70B-Instruct-Turbo\"]", "speed") => "500/s",
            _ => return Some(line.to_owned()),
        };
        changed += 1;
        Some(format!(
            "{key} = {{ value = \"{value}\", source = \"ours\", certainty = \"assumed\" }}"
        ))
    });
    let edited = lines.collect::<Vec<String>>().join("\n") + "\n";
    assert_eq!(changed, 2, "each change has its line");
    edited
}
