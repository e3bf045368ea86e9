//! `rules --explain`: what a strategy does about a history of answers, as it is printed.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn rules(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tierlab")).arg("rules").args(words).output().unwrap()
}

fn told(words: &[&str]) -> String {
    let output = rules(words);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn together_py_takes_a_hint_as_it_is_and_draws_where_there_is_none() {
    insta::assert_snapshot!(told(&["--explain", "together-py"]));
}

#[test]
fn openai_py_3_gives_up_on_a_hint_of_more_than_two_minutes() {
    let history = "429 retry-after=120, 429 retry-after=130";
    insta::assert_snapshot!(told(&["--explain", "openai-py-3", "--history", history]));
}

#[test]
fn the_aws_standard_mode_looks_at_no_hint_and_draws_from_all_of_its_formula() {
    let words = ["--explain", "aws-standard", "--history", "429 retry-after=2, 503, timeout"];
    insta::assert_snapshot!(told(&words));
}

#[test]
fn another_seed_draws_other_waits_from_the_same_ranges() {
    let document = |seed: &str| -> Value {
        let words = ["--explain", "together-py", "--history", "503 x3", "--format", "json"];
        serde_json::from_str(&told(&[&words[..], &["--seed", seed]].concat())).unwrap()
    };
    let waits = |seed: &str| document(seed)["histories"][0]["tries"][0]["waits"].clone();
    let (one, two) = (waits("1"), waits("2"));
    assert_ne!(one["s"], two["s"]);
    for key in ["least_s", "most_s", "by"] {
        assert_eq!(one[key], two[key]);
    }
    assert_eq!(one["by"], "formula");
}

#[test]
fn a_deadline_ends_a_strategy_that_minds_it() {
    let words = ["--explain", "full-jitter", "--history", "503 x9", "--deadline", "3s"];
    let text = told(&words);
    assert!(text.contains("gives up: its"), "{text}");
}

#[test]
fn every_strategy_is_explained() {
    let listed: Value = serde_json::from_str(&told(&["--strategies", "--format", "json"])).unwrap();
    for row in listed["strategies"].as_array().unwrap() {
        let text = told(&["--explain", row["name"].as_str().unwrap()]);
        assert!(text.contains("\n  try 1 at 0 s: 429 retry-after=1\n"), "{text}");
    }
}

#[test]
fn a_strategy_that_a_scenario_has_is_explained_as_it_stands_there() {
    let folder = TempDir::new().unwrap();
    let mine = folder.path().join("mine.toml");
    let tier2 = include_str!("../../../scenarios/tier2.toml");
    let ours = "[[strategy]]\nname = \"ours\"\nretry_on = \"anything\"\ntries = 2\n\
                wait = { exponential = { first = \"3s\", cap = \"9s\" } }\n";
    fs::write(&mine, format!("{tier2}\n{ours}")).unwrap();
    let file = mine.to_str().unwrap();
    let text = told(&["--explain", "ours", file, "--history", "400 x2"]);
    let steps: Vec<&str> =
        text.lines().skip_while(|line| !line.contains("try 1")).take(4).collect();
    insta::assert_snapshot!(steps.join("\n"));
    let output = rules(&["--explain", "our", file]);
    assert_eq!(output.status.code(), Some(2));
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(says.contains("has no strategy `our`: did you mean `ours`?"), "{says}");
    assert_eq!(rules(&["--explain", "ours", "absent.toml"]).status.code(), Some(104));
}

#[test]
fn what_cannot_be_explained_is_answered_with_what_can() {
    for (words, says) in [
        (&["--explain", "together-pyy"][..], "did you mean `together-py`?"),
        (&["--explain", "give-up", "--history", "429, timeuot"], "did you mean `timeout`?"),
        (&["--explain", "give-up", "--history", "429, timeuot"], "answer 2"),
        (&["--history", "429"], "--explain"),
    ] {
        let output = rules(words);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {stderr}");
        assert!(stderr.contains(says), "{words:?}: {stderr}");
    }
}
