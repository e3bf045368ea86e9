//! The rulebook as readers and scripts meet it: what is printed, and how a wrong edition is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const TEXT: &str = include_str!("../../rulebook/editions/2025-11.toml");

const LIMIT: &str = "requests = { value = \"1800/min\", source = \"rate-limits\"";

/// Runs `rules` in a folder that has this text as `mine.toml`.
fn rules(mine: &str, words: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mine.toml"), mine).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.arg("rules").args(words).current_dir(folder.path()).output().unwrap()
}

fn told(mine: &str, words: &[&str]) -> String {
    let output = rules(mine, words);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn document(mine: &str, words: &[&str]) -> Value {
    let words = [words, &["--format", "json"]].concat();
    serde_json::from_str(&told(mine, &words)).unwrap()
}

/// The edition with one limit of Build Tier 2 changed.
fn changed() -> String {
    assert_eq!(TEXT.matches(LIMIT).count(), 1);
    TEXT.replace(LIMIT, &LIMIT.replace("1800", "2400"))
}

#[test]
fn a_copy_with_one_limit_changed_differs_in_exactly_that_line() {
    insta::assert_snapshot!(told(&changed(), &["--diff", "2025-11", "mine.toml"]));
    let found = document(&changed(), &["--diff", "2025-11", "mine.toml"]);
    assert_eq!(found["facts"]["changed"].as_array().unwrap().len(), 1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap());
}

#[test]
fn a_copy_differs_in_nothing() {
    let said = told(TEXT, &["--diff", "2025-11", "mine.toml"]);
    assert_eq!(said, "2025-11 and mine.toml agree in every fact and assumption\n");
}

#[test]
fn a_tier_of_another_title_is_told_as_that_and_not_as_another_ladder() {
    let title = "title    = \"Tier 2\"";
    assert_eq!(TEXT.matches(title).count(), 1);
    let mine = TEXT.replace(title, "title    = \"The second tier\"");
    let said = told(&mine, &["--diff", "2025-11", "mine.toml"]);
    assert!(said.contains("\ntitle of build-2: Tier 2, now The second tier\n"), "{said}");
    assert!(!said.contains("ladder"), "{said}");
    let found = document(&mine, &["--diff", "2025-11", "mine.toml"]);
    let titles =
        serde_json::json!([{ "tier": "build-2", "from": "Tier 2", "to": "The second tier" }]);
    assert_eq!((&found["ladder"], &found["titles"]), (&Value::Null, &titles));
}

#[test]
fn a_ladder_is_told_by_its_titles_and_differs_where_its_tiers_do() {
    let ladder = |edition: &str| {
        let text = told("", &[edition]);
        text.lines().find(|line| line.starts_with("ladder: ")).unwrap().to_owned()
    };
    assert!(ladder("2025-11").contains("Tier 1, Tier 2, "));
    assert!(ladder("2026-08").contains("nothing in the past hour, "));
    let said = told("", &["--diff", "2025-11", "2026-08"]);
    assert!(said.contains("\n- ladder: ") && said.contains("build-1, build-2, "), "{said}");
    assert!(said.contains("\n+ ladder: nothing in the past hour, ") && !said.contains("past-0"));
}

#[test]
fn what_one_edition_lacks_and_what_it_supposes_otherwise_is_told() {
    let gone = "tokens   = { value = \"250000/min\", source = \"rate-limits\", certainty = \"documented\" }\n";
    let supposed = "[assumptions.token_debt]\nvalue = \"forgotten\"\nalternatives = [\"carried\"]";
    assert!(TEXT.contains(gone) && TEXT.contains(supposed));
    let other = "[assumptions.token_debt]\nvalue = \"carried\"\nalternatives = [\"forgotten\"]";
    let mine = TEXT.replace(gone, "").replace(supposed, other);
    let found = document(&mine, &["--diff", "2025-11", "mine.toml"]);
    assert_eq!(found["facts"]["removed"][0]["id"], "tiers.build-2.tokens");
    assert_eq!(found["facts"]["removed"][0]["value"], "250000/min");
    let turned = document(&mine, &["--diff", "mine.toml", "2025-11"]);
    assert_eq!(turned["facts"]["added"], found["facts"]["removed"]);
    for (found, from, to) in [(&found, "forgotten", "carried"), (&turned, "carried", "forgotten")] {
        let debt = &found["assumptions"]["changed"][0];
        assert_eq!((&debt["from"]["value"], &debt["to"]["value"]), (&from.into(), &to.into()));
    }
    let only = document(&mine, &["--assumptions", "--diff", "2025-11", "mine.toml"]);
    assert_eq!(only["facts"], Value::Null);
    assert_eq!(only["assumptions"], found["assumptions"]);
}

#[test]
fn an_edition_tells_every_fact_with_its_source_date_and_certainty() {
    let found = document("", &["2025-11"]);
    assert_eq!(found["schema"], "tierlab/rules/1");
    for fact in found["facts"].as_array().unwrap() {
        for key in ["id", "value", "source", "date", "certainty"] {
            assert!(!fact[key].as_str().unwrap().is_empty(), "{fact}");
        }
    }
    // Its form, by one of each; the facts themselves are held elsewhere.
    let mut shown = found.clone();
    let facts = found["facts"].as_array().unwrap();
    let rough = facts.iter().find(|fact| !fact["at_least"].is_null()).unwrap();
    shown["facts"] = vec![facts[0].clone(), rough.clone()].into();
    for list in ["sources", "assumptions"] {
        shown[list] = vec![found[list][0].clone()].into();
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap());
}

#[test]
fn the_text_tells_the_same_in_80_columns_and_colours_only_a_terminal() {
    let text = told("", &["2025-11"]);
    for fact in document("", &["2025-11"])["facts"].as_array().unwrap() {
        let id = fact["id"].as_str().unwrap();
        let (under, key) = id.rsplit_once('.').unwrap();
        let heading = format!("\n{under}\n");
        let mut groups = text.split(&heading).skip(1).filter_map(|rest| rest.split("\n\n").next());
        assert!(groups.any(|group| group.contains(&format!("  {key} "))), "{id}");
    }
    let words_of = |line: &str| line.split_whitespace().map(|word| word.chars().count()).max();
    for line in text.lines().filter(|line| words_of(line) < Some(60)) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!text.contains('\u{1b}'));
    assert!(told("", &["2025-11", "--color", "always"]).contains('\u{1b}'));
    let tier: Vec<&str> =
        text.lines().skip_while(|line| *line != "tiers.build-2").take(5).collect();
    insta::assert_snapshot!(tier.join("\n"));
}

#[test]
fn assumptions_alone_are_told_with_what_else_may_be_true() {
    let text = told("", &["2025-11", "--assumptions"]);
    assert!(!text.contains("tiers.build-2"), "{text}");
    let gate: Vec<&str> =
        text.lines().skip_while(|line| !line.contains("token_gate")).take(5).collect();
    insta::assert_snapshot!(gate.join("\n"));
    let found = document("", &["2025-11", "--assumptions"]);
    assert_eq!(found["facts"], Value::Null);
    assert_eq!(found["assumptions"][0]["alternatives"][0], "window-2x");
}

#[test]
fn without_an_edition_all_of_the_house_are_listed() {
    let found = document("", &[]);
    assert_eq!(found["schema"], "tierlab/rules-list/1");
    let text = told("", &[]);
    for edition in found["editions"].as_array().unwrap() {
        let name = edition["edition"].as_str().unwrap();
        assert!(text.contains(name) && edition["facts"].as_u64() > Some(0));
        assert!(text.contains(edition["title"].as_str().unwrap()), "{text}");
    }
}

#[test]
fn a_broken_edition_is_refused_with_places_and_remedies() {
    let line = format!("{LIMIT}, certainty = \"documented\" }}");
    assert_eq!(TEXT.matches(&line).count(), 1);
    let number = TEXT.lines().position(|one| one == line).unwrap() + 1;
    let cases = [
        (line.replace(", source = \"rate-limits\"", ""), "needs `source`", "for example"),
        (line.replace("/min", "/fortnight"), "1800/fortnight", "300/min"),
        (format!("{line}\n\n[tiers.build-2]\n{line}"), "duplicate key", "join the two"),
    ];
    for (instead, wrong, remedy) in cases {
        let mine = TEXT.replace(&line, &instead);
        for words in [&["mine.toml"][..], &["--diff", "2025-11", "mine.toml"]] {
            let output = rules(&mine, words);
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(104), "{said}");
            assert!(output.stdout.is_empty());
            let near = (number..number + 4).any(|at| said.contains(&format!("mine.toml:{at}:")));
            assert!(near && said.contains(wrong) && said.contains(remedy), "{said}");
        }
    }
}

#[test]
fn what_cannot_be_shown_is_answered_with_what_can() {
    for (words, code, said) in [
        (&["2025-1"][..], 104, "did you mean `2025-11`?"),
        (&["absent.toml"], 104, "absent.toml"),
        (&["--diff", "2025-11"], 2, "--diff"),
        (&["--assumptions"], 2, "rules 2025-11 --assumptions"),
        (&["2025-11", "--diff", "2025-11", "2025-11"], 2, "--diff"),
    ] {
        let output = rules("", words);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {stderr}");
        assert!(stderr.contains(said), "{words:?}: {stderr}");
    }
}

#[test]
fn every_strategy_is_listed_and_each_constant_says_where_it_was_read() {
    let table = told("", &["--strategies"]);
    let listed = document("", &["--strategies"]);
    let rows = listed["strategies"].as_array().unwrap();
    assert!(rows.len() >= 24, "{}", rows.len());
    for row in rows {
        let name = row["name"].as_str().unwrap();
        assert!(table.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
        let whole = told("", &["--strategies", name]);
        for constant in row["constants"].as_array().unwrap() {
            let source = constant["source"].as_str().unwrap();
            assert!(!source.is_empty() && whole.contains(&format!("read in {source}")), "{name}");
        }
    }
}

#[test]
fn a_strategy_misspelt_is_answered_with_the_nearest() {
    let output = rules("", &["--strategies", "vercel-sdk"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no strategy is called `vercel-sdk`"), "{said}");
}
