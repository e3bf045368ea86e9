//! The scenarios that come with the house keep the promises of their first lines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::Path;
use std::sync::LazyLock;

use rulebook::{Rulebook, Tier};
use scenario::{Binds, Scenario, check};
use strategies::{BucketBurst, FirstSendPart, Parts, Preset, Share};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn shipped(name: &str) -> Scenario {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    Scenario::parse(name, &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

#[test]
fn every_shipped_scenario_is_good_and_says_first_what_it_teaches() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.strip_suffix(".toml").is_some() {
            let scenario = shipped(&name);
            // What it is warned of is what that one is about.
            let gate = ["scenario::behind_gate"];
            let gated = ["first-purchase.toml", "image-gate.toml"].contains(&name.as_str());
            let expected: &[&str] = if gated { &gate } else { &[] };
            let warned: Vec<&str> = scenario.warnings.iter().map(|fault| fault.code).collect();
            assert_eq!(warned, expected, "{name}: {:?}", scenario.warnings);
            assert!(scenario.text.starts_with("# "), "{name}");
            assert!(scenario.text.contains("# What it teaches: "), "{name}");
            assert!(scenario.text.contains("# It rehearses the age of "), "{name}");
        }
    }
}

#[test]
fn every_shipped_scenario_has_its_line_in_the_readme_and_every_line_its_scenario() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let mut listed: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("| [`")?.split('`').next()).collect();
    listed.sort_unstable();
    let names = std::fs::read_dir(folder()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_scenario = |name: &String| name.strip_suffix(".toml").is_some();
    let mut there: Vec<String> = names.filter(is_scenario).collect();
    there.sort_unstable();
    assert_eq!(listed, there);
}

#[test]
fn on_the_launch_morning_tokens_bind_and_a_higher_tier_has_room() {
    let scenario = shipped("tier2.toml");
    assert_eq!(scenario.tier.name(), "build-2");
    let checks = check(&scenario);
    let share = |tier: &str| {
        checks
            .iter()
            .find(|check| check.tier.name() == tier)
            .map(|check| check.share_at_peak)
            .unwrap()
    };
    assert!(checks.iter().all(|check| check.binds == Binds::Tokens));
    assert!((2.0..2.2).contains(&share("build-2")), "twice what the tokens allow");
    assert!((1.0..1.1).contains(&share("build-3")), "one tier up it is close");
    assert!(share("build-4") < 0.6, "two tiers up there is room");
}

#[test]
fn the_launch_morning_compares_every_preset_over_twenty_seeds() {
    let scenario = shipped("tier2.toml");
    let compared: Vec<_> = scenario.strategies.iter().map(|named| named.parts).collect();
    assert_eq!(compared, Preset::USUAL.map(Preset::parts));
    assert_eq!(scenario.strategies[scenario.ship.unwrap()].name, "together-py");
    assert_eq!((scenario.replications, scenario.expectations.len()), (20, 3));
    let tiers: Vec<&str> = scenario.tiers.iter().map(Tier::name).collect();
    assert_eq!(tiers, ["build-1", "build-2", "build-3", "build-4", "build-5"]);
}

#[test]
fn the_forty_workers_differ_in_the_share_of_their_buckets_and_in_nothing_else() {
    let scenario = shipped("forty-workers.toml");
    let [workers] = scenario.groups.as_slice() else { panic!("one group") };
    assert_eq!(workers.clients.get(), 40);
    let [whole, fortieth, sdk] = [0, 1, 2].map(|position| scenario.strategies[position].parts);
    assert_eq!(
        whole.first_send,
        FirstSendPart::OwnBucket { share: Share::Whole, burst: BucketBurst::Spread }
    );
    assert_eq!(
        fortieth.first_send,
        FirstSendPart::OwnBucket { share: Share::OneNth, burst: BucketBurst::Spread }
    );
    assert_eq!(Parts { first_send: whole.first_send, ..fortieth }, whole);
    assert_eq!(sdk, Preset::TOGETHER_PY.parts());
    assert_eq!(scenario.ship, Some(1));
}

#[test]
fn the_conversation_says_where_its_trace_is_found() {
    let scenario = shipped("azure-conversation.toml");
    let need = scenario.trace_need().unwrap();
    assert_eq!(need.bytes, Some(180_355));
    assert_eq!(
        need.sha256.as_deref(),
        Some("9d3518f77e4387c32c76b206d8006fe5a2bde0dc41d6038dbd0a1c60c7e86fa2")
    );
    assert_eq!(need.source.as_deref(), Some("https://github.com/Azure/AzurePublicDataset"));
    assert_eq!(scenario.tiers, scenario.edition.tiers(), "every tier");
    assert_eq!(scenario.strategies.len(), Preset::USUAL.len(), "every strategy");
}
