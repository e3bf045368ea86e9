//! What the traffic may grow to: what is tried where a file says so, and where it does not.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use rulebook::Rulebook;
use run_record::Driver;
use scenario::{Origin, Scenario};

fn parsed(traffic: &str, compare: &str) -> Scenario {
    let text = format!(
        r#"
title = "t"
edition = "2025-11"
[account]
tier = "build-2"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 10
answer = 10
traffic = {traffic}
[[strategy]]
preset = "give-up"
[compare]
tiers = "build-2"
{compare}
"#
    );
    let rulebook = Rulebook::embedded().unwrap();
    Scenario::parse("t.toml", &text, &rulebook).unwrap_or_else(|refused| panic!("{refused}"))
}

const CHAT: &str = "{ poisson = { rate = \"2/s\", lasts = \"1m\" } }";
const USUAL: [&str; 8] = ["25%", "50%", "75%", "125%", "150%", "200%", "300%", "400%"];

fn told(scenario: &Scenario) -> Vec<String> {
    scenario.growth().iter().map(ToString::to_string).collect()
}

#[test]
fn growth_is_the_usual_unless_a_file_says_it_and_none_beside_other_loads() {
    assert_eq!(told(&parsed(CHAT, "")), USUAL);
    assert_eq!(told(&parsed(CHAT, "growth = [\"200%\", \"50%\"]")), ["50%", "200%"]);
    assert_eq!(told(&parsed(CHAT, "growth = \"150%\"")), ["150%"]);
    assert!(parsed(CHAT, "growth = []").growth().is_empty());
    assert!(parsed(CHAT, "loads = [\"50%\"]").growth().is_empty());
}

#[test]
fn of_the_usual_growth_what_no_run_may_have_is_left_out() {
    let huge = "{ poisson = { rate = \"1000/s\", lasts = \"7d\" } }";
    assert_eq!(told(&parsed(huge, "")), ["25%", "50%", "75%", "125%", "150%"]);
}

#[test]
fn growth_has_few_replications_and_a_live_run_none() {
    let run = parsed(CHAT, "seeds = 20");
    assert_eq!(run.growth_replications(), 3);
    assert_eq!(parsed(CHAT, "seeds = 2").growth_replications(), 2);
    let header = |driver| run.header(&Origin::default(), driver, false);
    let simulated = header(Driver::Simulated);
    assert_eq!(
        (simulated.growth.as_slice(), simulated.growth_replications),
        (&USUAL.map(str::to_owned)[..], 3)
    );
    let live = header(Driver::Live);
    assert_eq!((live.growth.len(), live.growth_replications), (0, 0));
}
