//! `tune` as scripts meet it: what it finds, what it prints, how it exits.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Half a minute of two fifths more than Build Tier 1 allows: a client that tries again soon and often floods
/// itself.
const TIGHT: &str = r#"
title   = "Tight"
edition = "2025-11"
seed    = 5
[account]
tier = "build-1"
[[group]]
name     = "chat"
model    = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt   = 300
answer   = 100
deadline = "30s"
traffic  = { poisson = { rate = "14/s", lasts = "30s" } }
[[strategy]]
name     = "hasty"
retry_on = "limits_and_failures"
wait     = { full_jitter = { first = "50ms", cap = "200ms" } }
tries    = 4
[[strategy]]
preset = "give-up"
[expect]
first_attempt_429 = "<= 0.1%"
"#;

fn tierlab(words: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("tight.toml"), TIGHT).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.env_remove("TIERLAB_TRACES").env_remove("TIERLAB_THREADS").env("NO_COLOR", "1");
    command.args(words).current_dir(folder.path()).output().unwrap()
}

const SMALL: [&str; 6] = ["--seeds", "4", "--budget", "160", "--validate", "6"];

fn tuned(more: &[&str]) -> Output {
    let words =
        ["tune", "hasty", "tight.toml"].into_iter().chain(SMALL).chain(more.iter().copied());
    tierlab(&words.collect::<Vec<_>>())
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn document(more: &[&str]) -> serde_json::Value {
    let words: Vec<&str> = ["--format", "json"].into_iter().chain(more.iter().copied()).collect();
    let output = tuned(&words);
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)))
}

#[test]
fn what_is_found_is_told_with_what_it_rests_on() {
    let output = tuned(&["--for", "answered_in_time >= 75%"]);
    insta::assert_snapshot!(stdout(&output));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_threads() {
    let one = tuned(&["--for", "answered_in_time >= 75%", "--threads", "1"]);
    let four = tuned(&["--for", "answered_in_time >= 75%", "--threads", "4"]);
    assert_eq!(stdout(&one), stdout(&four));
    assert!(!one.stdout.is_empty());
}

#[test]
fn the_tuned_strategy_does_better_on_seeds_that_the_search_never_saw() {
    let told = document(&["--for", "answered_in_time >= 75%"]);
    let (searched, fresh) = (&told["search"]["seeds"], &told["validation"]["seeds"]);
    assert_eq!((&searched[0], &searched[1]), (&5.into(), &8.into()));
    assert_eq!((&fresh[0], &fresh[1]), (&9.into(), &14.into()));
    let gain = &told["validation"]["difference"]["goals"][0]["interval"];
    assert!(gain[0].as_f64().unwrap() > 0.0, "{told:#}");
    let pasted = told["strategy_toml"].as_str().unwrap();
    let again = TIGHT.replace("[expect]", &format!("{pasted}\n[expect]"));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("again.toml"), again).unwrap();
    let checked = Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(["check", "again.toml"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
}

#[test]
fn without_a_goal_the_file_says_it_and_a_goal_out_of_reach_exits_99() {
    let output = tuned(&["--format", "json"]);
    assert_eq!(output.status.code(), Some(99), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("\"first_attempt_429 <= 0.1%\""));
}

#[test]
fn a_goal_out_of_reach_is_said_to_be_and_only_what_is_better_is_offered() {
    let closer = stdout(&tuned(&["--for", "answered_in_time >= 99.99%"]));
    assert!(closer.contains("No setting that was tried reaches the goal"), "{closer}");
    assert!(closer.contains("comes closer") && closer.contains("To paste"), "{closer}");
    // Two worlds are the strategy as it was, and nothing else.
    let words = ["tune", "hasty", "tight.toml", "--for", "answered_in_time >= 99.99%"];
    let few = ["--budget", "2", "--seeds", "2", "--validate", "2"];
    let same = stdout(&tierlab(&[words.as_slice(), few.as_slice()].concat()));
    assert!(same.contains("leave it") && !same.contains("To paste"), "{same}");
}

#[test]
fn what_cannot_be_tuned_is_refused_with_the_reason() {
    let cases: [(&[&str], i32, &str); 6] = [
        (&["tune", "give-up", "tight.toml"], 2, "no number of its own"),
        (&["tune", "hastily", "tight.toml"], 104, "hasty"),
        (&["tune", "hasty", "absent.toml"], 104, "absent.toml"),
        (&["tune", "hasty", "tight.toml", "--for", "answered >= 3"], 104, "answered"),
        (&["tune", "hasty", "tight.toml", "--for", "group.x.answered >= 3%"], 2, "no group “x”"),
        (&["tune", "hasty", "tight.toml", "--budget", "1"], 2, "--budget 2 or more"),
    ];
    for (words, code, says) in cases {
        let output = tierlab(words);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(says), "{words:?}: {}", stderr(&output));
    }
}
