//! Changing one fact changes only what it belongs to, and takes one line.

use rulebook::{Edition, Published, Rulebook};

use crate::{LLAMA, R1, TEN_A_MINUTE, TEXT, edited, edition, with_line};

/// Everything published, by tier and model.
fn published(edition: &Edition) -> Vec<(String, &'static str, Option<Published>)> {
    let given = edition.assumptions();
    let mut all = Vec::new();
    for tier in edition.tiers() {
        for id in [LLAMA, R1, TEN_A_MINUTE] {
            all.push((tier.to_string(), id, edition.published(tier, &edition.model(id), &given)));
        }
    }
    all
}

/// The tiers and models whose limits, meters or headers differ between two editions.
fn changed(a: &Edition, b: &Edition) -> Vec<(String, &'static str)> {
    let policy = |edition: &Edition, tier: &str, id: &str| {
        let (tier, model) = (edition.tier(tier).unwrap(), edition.model(id));
        let given = edition.assumptions();
        (edition.policy(&tier, &model, &given), edition.wording(&tier, &model, &given))
    };
    let pairs = published(a).into_iter().zip(published(b));
    pairs
        .filter(|((tier, id, before), (_, _, after))| {
            let differ = before != after;
            assert_eq!(differ, policy(a, tier, id) != policy(b, tier, id), "{tier} {id}");
            differ
        })
        .map(|((tier, id, _), _)| (tier, id))
        .collect()
}

fn lines_changed(text: &str) -> usize {
    assert_eq!(text.lines().count(), TEXT.lines().count());
    text.lines().zip(TEXT.lines()).filter(|(new, old)| new != old).count()
}

/// The editions that come with the house, oldest first.
const HOUSE: [&str; 4] = ["2025-11", "2025-11-operational", "2026-02", "2026-08"];

#[test]
fn what_a_tier_allows_is_one_line_and_changes_that_tier_only() {
    let before = edition();
    let tiers = ["limited", "build-1", "build-2", "build-3", "build-4", "build-5"];
    for tier in tiers {
        for (key, models) in [("requests", vec![LLAMA]), ("tokens", vec![LLAMA, R1])] {
            let value = before.fact(&format!("tiers.{tier}.{key}")).unwrap().value.clone();
            let text = with_line(&format!("[tiers.{tier}]"), key, &value, "77777/min");
            assert_eq!(lines_changed(&text), 1);
            let after = Edition::parse("copy.toml", &text).unwrap();
            let on_the_ladder = |model: &&str| !(tier == "limited" && *model == R1);
            let expected: Vec<(String, &str)> = models
                .into_iter()
                .filter(on_the_ladder)
                .map(|model| (tier.to_owned(), model))
                .collect();
            assert_eq!(changed(&before, &after), expected, "{tier} {key}");
        }
    }
}

#[test]
fn a_models_own_limit_changes_that_model_only() {
    let before = edition();
    let rows = format!("[models.\"{R1}\".requests_by.deepseek_r1.tier-row]");
    let after = edited(&rows, "build-4", "\"400/min\"", "\"900/min\"");
    assert_eq!(changed(&before, &after), [("build-4".to_owned(), R1)]);
    let rows = format!("[models.\"{TEN_A_MINUTE}\".requests]");
    let after = edited(&rows, "any", "10/min", "20/min");
    assert!(changed(&before, &after).iter().all(|(_, id)| *id == TEN_A_MINUTE));
    assert_eq!(changed(&before, &after).len(), before.tiers().len());
}

#[test]
fn a_fact_of_the_whole_service_changes_every_tier() {
    let after = edited("[window]", "length", "2s", "1s");
    let all: Vec<String> = changed(&edition(), &after).into_iter().map(|(tier, _)| tier).collect();
    for tier in edition().tiers() {
        assert!(all.iter().any(|changed| changed == tier.name()), "{tier}");
    }
}

#[test]
fn a_users_copy_stands_beside_the_editions_of_the_house() {
    let mut rulebook = Rulebook::embedded().unwrap();
    let text = with_line("[tiers.build-2]", "requests", "1800/min", "5400/min");
    rulebook.add("ours/edition.toml", &text).unwrap();
    assert_eq!(rulebook.names(), [&HOUSE[..], &["ours/edition.toml"]].concat());
    let requests = |name: &str| {
        let edition = rulebook.edition(name).unwrap();
        let tier = edition.tier("build-2").unwrap();
        let model = edition.model(LLAMA);
        edition.published(&tier, &model, &edition.assumptions()).unwrap().requests.per_minute()
    };
    assert_eq!((requests("2025-11"), requests("ours/edition.toml")), (1_800, 5_400));
    assert!(rulebook.edition("2025-12").is_none());
    assert_eq!(rulebook.edition("ours/edition.toml").unwrap().text(), text);
}

#[test]
fn an_edition_added_twice_is_the_later_one() {
    let mut rulebook = Rulebook::embedded().unwrap();
    rulebook.add("a.toml", TEXT).unwrap();
    rulebook.add("a.toml", &with_line("[tiers.build-2]", "title", "Tier 2", "Second")).unwrap();
    assert_eq!(rulebook.names(), [&HOUSE[..], &["a.toml"]].concat());
    assert_eq!(rulebook.edition("a.toml").unwrap().tier("tier2").unwrap().title(), "Second");
}

#[test]
fn a_refused_edition_is_not_added() {
    let mut rulebook = Rulebook::embedded().unwrap();
    assert!(rulebook.add("a.toml", "title = 3").is_err());
    assert_eq!(rulebook.names(), HOUSE);
}
