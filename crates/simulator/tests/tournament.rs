//! A tournament: the same jobs under other loads and other assumptions, each in cells of its own.

use rulebook::Rulebook;
use run_record::{CellKey, RunRecord};
use scenario::{Origin, Scenario};
use simulator::{Unwatched, cells, simulate};

const FILE: &str = r#"
    title = "A small tournament"
    edition = "2025-11"
    lasts = "1m"
    [account]
    tier = "build-2"
    [[group]]
    name = "chat"
    model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
    prompt = 300
    answer = 100
    deadline = "20s"
    traffic = { poisson = { rate = "10/s" } }
    [[strategy]]
    preset = "give-up"
    [[strategy]]
    preset = "full-jitter"
    [compare]
    tiers = ["build-1", "build-2"]
    seeds = 2
    [expect]
    answered_in_time = ">= 90%"
"#;

fn scenario(compare: &str) -> Scenario {
    let one = "    seeds = 2\n    growth = []\n    sensitivity = false\n";
    let text = FILE.replace("    seeds = 2\n", &format!("{one}{compare}\n"));
    let rulebook = Rulebook::embedded().unwrap_or_else(|refused| panic!("{refused}"));
    Scenario::parse("t.toml", &text, &rulebook).unwrap_or_else(|refused| panic!("{refused}"))
}

fn record(scenario: &Scenario) -> RunRecord {
    simulate(scenario, &Origin::default(), &Unwatched).unwrap_or_else(|fault| panic!("{fault}"))
}

fn offered(record: &RunRecord, key: &CellKey) -> u64 {
    record.cell(key).map_or(0, |cell| cell.whole().pooled().jobs.offered)
}

#[test]
fn loads_and_assumptions_have_cells_beside_the_plain_ones() {
    let with =
        scenario("loads = [\"200%\", \"50%\"]\nassume = { gateway_replicas = [\"1\", \"2\"] }");
    let told = |plans: &[simulator::CellPlan]| -> Vec<String> {
        plans.iter().map(|plan| plan.key.to_string()).collect()
    };
    let all = told(&cells(&with));
    let ladder = 4;
    assert_eq!(all[..ladder], told(&cells(&scenario("")))[..ladder]);
    assert_eq!(
        all[ladder], "load = \"50%\", strategy = \"give-up\", tier = \"build-1\"",
        "the lightest first"
    );
    let of = |words: &[&str]| {
        all.iter().filter(|key| words.iter().all(|word| key.contains(word))).count()
    };
    assert_eq!(of(&["gateway_replicas = \"2\""]), 3 * ladder, "at every load, on every tier");
    assert_eq!(of(&["load = \"200%\""]), 2 * ladder);
    let mut once = all.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), all.len(), "no cell is run twice");
}

#[test]
fn another_load_is_another_amount_of_traffic_and_is_not_judged() {
    let plain = record(&scenario(""));
    let loaded = record(&scenario("loads = [\"50%\", \"200%\"]"));
    let key = || CellKey::new(Some("build-2"), "full-jitter");
    for cell in plain.cells().iter().filter(|cell| cell.key().is_plain()) {
        assert_eq!(loaded.cell(cell.key()), Some(cell), "the plain cells are what they were");
    }
    assert_eq!(plain.judge(), loaded.judge());
    let (one, two) = (offered(&loaded, &key()), offered(&loaded, &key().at_load("200%")));
    assert!(one > 0 && two.abs_diff(2 * one) < one / 5, "{one} {two}");
    assert!(offered(&loaded, &key().at_load("50%")) < one);
    let loads: Vec<&str> = loaded.cells().iter().map(|cell| cell.key().load()).collect();
    let at = |load| loads.iter().position(|one| *one == load);
    assert!(at("50%") < at("200%"), "the lightest first");
    assert_eq!(loaded.header().loads, ["50%", "200%"]);
}

/// Jobs are the same under each load, so that the difference is the load's alone.
#[test]
fn a_strategy_meets_the_same_jobs_under_each_load() {
    let written = scenario("loads = \"200%\"");
    let loads = written.loads().to_vec();
    let jobs = |scenario: &Scenario| -> Vec<(u64, u32, u64)> {
        let arrivals = scenario::Timeline::of(scenario, chance::Seed(7));
        arrivals.map(|one| (one.job, one.answer, one.fate_draw)).collect()
    };
    let (one, two) = (jobs(&written), jobs(&written.at_load(loads[0])));
    assert_eq!(one[..], two[..one.len()]);
}
