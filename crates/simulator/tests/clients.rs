//! Several clients with one key: what a limit is worth that each of them takes for itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use mock_together::Limits;
use rulebook::Rulebook;
use run_record::{Fairness, GroupLeaf, Leaf};
use scenario::Scenario;
use simulator::{CellPlan, cells, replicate};

/// Jobs of 400 tokens on Build Tier 2, whose 250,000 tokens a minute carry 625 of them.
fn scenario(clients: u32, rate: &str) -> Scenario {
    let text = format!(
        r#"
title = "One key"
edition = "2025-11"
seed = 5
drain = "10m"
[account]
tier = "build-2"
[[group]]
name = "workers"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = {clients}
prompt = 300
answer = 100
max_tokens = 100
traffic = {{ poisson = {{ rate = "{rate}", lasts = "2m" }} }}
[[strategy]]
preset = "give-up"
[[strategy]]
preset = "full-jitter"
[[strategy]]
preset = "honour-retry-after"
[[strategy]]
preset = "together-py"
[[strategy]]
name = "whole"
{BUCKET}first_send = {{ own_bucket = {{ share = "whole" }} }}
[[strategy]]
name = "one nth"
{BUCKET}first_send = {{ own_bucket = {{ share = "1/N" }} }}
[compare]
tiers = ["build-2"]
"#
    );
    let parsed = Scenario::parse("clients.toml", &text, &Rulebook::embedded().unwrap());
    parsed.unwrap_or_else(|refused| panic!("{refused}"))
}

const BUCKET: &str = r#"
retry_on = "limits_and_failures"
hint = "honour"
wait = { full_jitter = { first = "500ms", cap = "20s" } }
"#;

/// The cell of a strategy on the account's tier.
fn plan(scenario: &Scenario, strategy: &str) -> CellPlan {
    let position = scenario.strategies.iter().position(|named| named.name == strategy).unwrap();
    cells(scenario).into_iter().find(|plan| plan.strategy == position).unwrap()
}

fn leaves(scenario: &Scenario, plan: &CellPlan) -> Vec<GroupLeaf> {
    replicate(scenario, plan, 0).unwrap()
}

fn leaf(scenario: &Scenario, plan: &CellPlan) -> Leaf {
    leaves(scenario, plan).remove(0).leaf
}

#[test]
fn each_with_the_whole_limit_they_send_n_times_as_much_and_with_an_nth_as_much_as_it_allows() {
    // More jobs than forty whole limits let go, and nobody who refuses them.
    let scenario = scenario(40, "500/s");
    let sent = |strategy| {
        let plan = CellPlan { limits: Limits::Off, ..plan(&scenario, strategy) };
        leaf(&scenario, &plan).within.sent
    };
    // In two minutes 1,250 jobs by the rate, and 20 of two seconds saved up: for each client.
    let whole = sent("whole");
    assert!((40 * 1_265..=40 * 1_272).contains(&whole), "{whole}");
    // The same 1,250 for all of them, and one job each that any bucket holds.
    let shared_out = sent("one nth");
    assert!((1_250..=1_250 + 80).contains(&shared_out), "{shared_out}");
}

#[test]
fn forty_workers_with_whole_shares_are_refused_and_with_fortieths_no_more_than_one_client_is() {
    // For two minutes twice what the tokens allow, and everybody tries as often as it takes.
    let refused_in_a_thousand = |clients: u32, strategy| {
        let scenario = scenario(clients, "20/s");
        let leaf = leaf(&scenario, &plan(&scenario, strategy));
        assert_eq!(leaf.jobs.answered, leaf.jobs.offered);
        (leaf.attempts.refused * 1_000).div_ceil(leaf.attempts.sent)
    };
    assert_eq!(refused_in_a_thousand(40, "whole"), 988, "nearly every attempt");
    // What buckets have saved up at the beginning is above the limit, for forty as for one.
    assert_eq!(refused_in_a_thousand(40, "one nth"), 24);
    assert_eq!(refused_in_a_thousand(1, "whole"), 48);
}

#[test]
fn an_nth_of_the_limits_is_the_whole_of_them_to_the_only_client() {
    let scenario = scenario(1, "20/s");
    let [whole, one_nth] =
        ["whole", "one nth"].map(|share| leaves(&scenario, &plan(&scenario, share)));
    assert_eq!(whole, one_nth);
}

#[test]
fn among_how_many_clients_jobs_are_dealt_out_is_nothing_to_who_keeps_no_state() {
    let one = scenario(1, "20/s");
    for clients in [2, 7, 40, 1_000] {
        let several = scenario(clients, "20/s");
        for strategy in ["give-up", "full-jitter", "honour-retry-after", "together-py"] {
            let [mut one, mut several] = [&one, &several].map(|of| leaves(of, &plan(of, strategy)));
            // How they fared beside each other is not the same, of course.
            for group in one.iter_mut().chain(&mut several) {
                group.leaf.fairness = Fairness::default();
            }
            assert!(one == several, "{clients} clients, {strategy}");
            assert!(one[0].leaf.attempts.refused > 100, "{strategy} meets the limit");
        }
    }
}
