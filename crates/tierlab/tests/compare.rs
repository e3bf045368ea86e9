//! `compare` as scripts meet it: which pairs it takes, what it prints and writes, how it exits.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// Two seconds of more jobs than Build Tier 1 has room for, and fewer than Tier 5 has. As a live run
/// it has no second round.
const BUSY: &str = r#"
title = "Busy"
edition = "2025-11"
drain = "5s"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 20
answer = 10
traffic = { poisson = { rate = "60/s", lasts = "2s" } }
[[strategy]]
preset = "give-up"
[[strategy]]
preset = "full-jitter"
[compare]
tiers = ["build-1"]
growth = []
sensitivity = false
"#;

/// A folder with a scenario and the records of its runs.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("busy.toml"), BUSY).unwrap();
        Self { folder }
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
        command.args(words).current_dir(self.folder.path()).output().unwrap()
    }

    /// A simulated run; `changes` are replacements in its record, whole words in quotes.
    fn record(&self, name: &str, flags: &[&str], changes: &[(&str, &str)]) {
        let simulate = ["simulate", "busy.toml", "--no-gate", "--out", name];
        let output = self.run(&[&simulate, flags].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let path = self.folder.path().join(name);
        let mut text = fs::read_to_string(&path).unwrap();
        for (word, other) in changes {
            text = text.replace(&format!("\"{word}\""), &format!("\"{other}\""));
        }
        fs::write(path, text).unwrap();
    }

    /// The usual pair: the live run is the simulated one under another name.
    fn with_a_pair(self) -> Self {
        self.record("sim.json", &[], &[]);
        self.record("live.json", &[], &[LIVE]);
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

const LIVE: (&str, &str) = ("simulated", "live");

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_pair_that_agrees_exits_0_in_either_order_and_has_its_page_beside_the_live_run() {
    let desk = Desk::new().with_a_pair();
    let output = desk.run(&["compare", "sim.json", "live.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("Simulated and live agree in all nine cells.\n"), "{said}");
    assert!(said.ends_with("wrote live-compared.html\n"), "{said}");
    assert!(desk.read("live-compared.html").contains("Simulated and live"));
    let swapped = desk.run(&["compare", "live.json", "sim.json"]);
    assert_eq!(stdout(&swapped), said);
    assert_eq!(stderr(&swapped), "");
}

#[test]
fn a_pair_that_differs_exits_99_unless_it_may_or_nothing_gates() {
    let desk = Desk::new().with_a_pair();
    // What Tier 5 gives to the same jobs, as if Tier 1 had.
    let flags = ["--tier", "build-5"];
    desk.record("live.json", &flags, &[LIVE, ("build-5", "build-1"), ("Tier 5", "Tier 1")]);
    let output = desk.run(&["compare", "sim.json", "live.json"]);
    assert_eq!(output.status.code(), Some(99), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("Simulated and live disagree in "));
    assert!(said.contains("most on Tier 1, "), "{said}");
    assert!(said.contains("DIFFERS"), "{said}");
    let ungated = desk.run(&["compare", "sim.json", "live.json", "--no-gate"]);
    assert_eq!(ungated.status.code(), Some(0));
    assert_eq!(stdout(&ungated), said, "it still says so");
    let wide = [
        "compare",
        "sim.json",
        "live.json",
        "--tolerance-429=100%",
        "--tolerance-answered=100%",
        "--tolerance-attempts=100%",
        "--tolerance-wait=100%",
        "--tolerance-wait-least=1m",
    ];
    assert_eq!(desk.run(&wide).status.code(), Some(0));
}

#[test]
fn another_seed_is_another_run_which_is_said_first_and_exits_98() {
    let desk = Desk::new().with_a_pair();
    desk.record("live.json", &["--seed", "12"], &[LIVE]);
    let output = desk.run(&["compare", "sim.json", "live.json"]);
    assert_eq!(output.status.code(), Some(98));
    let said = stdout(&output);
    let sentence = "Not judged: the two runs rehearse different things, their seeds differ.";
    assert_eq!(said.lines().nth(3), Some(sentence), "{said}");
    assert!(said.contains("attempts answered 429"), "the figures are shown: {said}");
}

#[test]
fn two_runs_of_a_kind_are_wrong_usage_and_say_which_pair_is_compared() {
    let desk = Desk::new().with_a_pair();
    for (first, second, kind) in
        [("sim.json", "sim.json", "simulated"), ("live.json", "live.json", "live")]
    {
        let output = desk.run(&["compare", first, second]);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(said.contains("a simulated run is compared with a live one"), "{said}");
        assert!(said.contains(&format!("the first of these is {kind}, the second {kind}")));
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn a_record_that_is_missing_or_none_exits_104_and_is_named() {
    let desk = Desk::new().with_a_pair();
    let missing = desk.run(&["compare", "sim.json", "nowhere.json"]);
    assert_eq!(missing.status.code(), Some(104));
    assert!(stderr(&missing).contains("nowhere.json"));
    let foreign = desk.run(&["compare", "sim.json", "busy.toml"]);
    assert_eq!(foreign.status.code(), Some(104));
    assert!(stderr(&foreign).contains("busy.toml:2:2: this is not JSON"), "{}", stderr(&foreign));
}

#[test]
fn every_form_can_be_printed_or_written() {
    let desk = Desk::new().with_a_pair();
    let pair = ["compare", "sim.json", "live.json"];
    let forms = ["--out", "a.json", "--out", "b.md", "--out", "c.html"];
    let output = desk.run(&[&pair[..], &forms[..], &["--format", "json"]].concat());
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(document["schema"], "tierlab/comparison/1");
    assert_eq!(document["verdict"], "met");
    // Two strategies, each under four readings of a rule, and one without any limit.
    assert_eq!(document["cells"].as_array().unwrap().len(), 2 * 4 + 1);
    assert_eq!(document["cells"][0]["figures"].as_array().unwrap().len(), 7);
    assert_eq!(desk.read("a.json"), stdout(&output));
    assert!(desk.read("c.html").starts_with("<!DOCTYPE html>"));
    assert!(!desk.folder.path().join("live-compared.html").exists(), "--out says where");
    let markdown = desk.run(&[&pair[..], &["--format", "markdown"]].concat());
    assert_eq!(desk.read("b.md"), stdout(&markdown));
    let table: Vec<String> = stdout(&markdown).lines().map(str::to_owned).collect();
    assert_eq!(table[0], "### Busy");
    assert!(table.iter().any(|line| line.starts_with("| Tier 1, give-up | jobs offered | ")));
    let unknown = desk.run(&[&pair[..], &["--out", "a.png"]].concat());
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains(".html (the page), .json (every figure) or .md (a table)"));
}

#[test]
fn a_tolerance_without_its_unit_is_wrong_usage() {
    let desk = Desk::new();
    let output = desk.run(&["compare", "a.json", "b.json", "--tolerance-429", "1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("a share such as 1%"), "{}", stderr(&output));
}

/// How close the two come is for a machine that has nothing else to do; that they are the same jobs
/// under the same conditions is for any.
#[test]
fn a_run_over_sockets_is_of_the_very_jobs_that_were_simulated() {
    let desk = Desk::new();
    desk.record("sim.json", &[], &[]);
    let load = ["load", "busy.toml", "--with-mock", "--no-gate", "--out", "live.json"];
    let loaded = desk.run(&load);
    assert_eq!(loaded.status.code(), Some(0), "{}", stderr(&loaded));
    let output = desk.run(&["compare", "sim.json", "live.json", "--format", "json", "--no-gate"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(document["simulated"]["target"], Value::Null);
    assert!(document["live"]["target"].is_string());
    let reasons = document["withheld"].as_array().unwrap().iter();
    assert!(reasons.clone().all(|reason| reason["why"] == "generator_late"), "{reasons:?}");
    let cells = document["cells"].as_array().unwrap();
    assert!(!cells.is_empty());
    for cell in cells {
        let offered = &cell["figures"][0];
        assert_eq!((&offered["figure"], &offered["difference"]), (&"offered".into(), &0.into()));
        assert!(offered["live"].as_u64().unwrap() > 50, "{cell}");
    }
}
