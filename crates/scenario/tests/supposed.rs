//! What a scenario says it rests on.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use rulebook::Rulebook;
use scenario::Scenario;

const CHAT: &str = r#"
title = "t"
edition = "2025-11"
lasts = "1m"
[account]
tier = "build-1"
[[group]]
name = "g"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 100
answer = 100
traffic = { steady = { rate = "1/s" } }
"#;

fn rests_on(text: &str) -> Vec<String> {
    let scenario = Scenario::parse("t.toml", text, &Rulebook::embedded().unwrap()).unwrap();
    scenario.assumed().map(|assumption| assumption.name.clone()).collect()
}

#[test]
fn a_plain_chat_rests_on_nothing_that_it_does_not_have() {
    let names = rests_on(CHAT);
    for absent in [
        "endpoint_starts",
        "endpoint_queue",
        "capacity_buffer",
        "other_tenants",
        "failure_takes",
        "gateway_routing",
        "limited",
        "limit_type",
        "image_unit",
        "deepseek_r1",
    ] {
        assert!(!names.iter().any(|name| name == absent), "{absent}");
    }
    for there in ["token_gate", "gateway_replicas", "model_capacity", "background_failures"] {
        assert!(names.iter().any(|name| name == there), "{there}");
    }
}

#[test]
fn what_it_has_brings_the_assumptions_about_it() {
    let with = |more: &str| rests_on(&format!("{CHAT}\n{more}"));
    let has = |names: Vec<String>, name: &str| names.iter().any(|one| one == name);
    assert!(has(with("[assume]\nmodel_capacity = \"5000/s\""), "other_tenants"));
    assert!(has(with("[assume]\ngateway_replicas = \"2\""), "gateway_routing"));
    assert!(has(with("[assume]\nbackground_failures = \"1%\""), "failure_takes"));
    assert!(has(
        with("[[event]]\nat = \"5s\"\nfailing = { share = \"5%\", lasts = \"9s\" }"),
        "failure_takes"
    ));
    assert!(has(with("[compare]\ntiers = [\"limited\", \"build-1\"]"), "limited"));
}
