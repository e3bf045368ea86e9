//! The binary as scripts meet it: what is printed where, which files appear, how it exits.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with scenarios in it, as a checkout has.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn run(&self, words: &[&str]) -> Output {
        let binary = env!("CARGO_BIN_EXE_tierlab");
        let mut command = Command::new(binary);
        command.env_remove("TIERLAB_TRACES").env_remove("TIERLAB_THREADS");
        command.args(words).current_dir(self.folder.path()).output().unwrap()
    }

    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(self.folder.path(), self.folder.path(), &mut found);
        found.sort();
        found
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

fn list(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Twenty jobs in two seconds on Build Tier 1, which has room for them.
const SMALL: &str = r#"
title = "Small"
edition = "2025-11"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 100
answer = 50
deadline = "30s"
traffic = { steady = { rate = "10/s", lasts = "2s" } }
[[strategy]]
preset = "give-up"
[compare]
tiers = ["build-1"]
"#;

fn small(rest: &str) -> Checkout {
    Checkout::with(&[("scenarios/small.toml", &format!("{SMALL}{rest}"))])
}

const SIMULATE: [&str; 2] = ["simulate", "scenarios/small.toml"];

#[test]
fn a_run_writes_record_and_page_and_is_silent_on_stderr_in_a_pipe() {
    let checkout = small("");
    let output = checkout.run(&SIMULATE);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let files = ["reports/small.html", "reports/small.json", "scenarios/small.toml"];
    assert_eq!(checkout.files(), files);
    assert!(stdout(&output).ends_with("wrote reports/small.html, reports/small.json\n"));
}

#[test]
fn a_met_expectation_exits_0_and_a_missed_one_99_unless_nothing_gates() {
    let met = small("[expect]\nanswered = \">= 99%\"\n").run(&SIMULATE);
    assert_eq!(met.status.code(), Some(0));
    assert!(stdout(&met).contains("MET"));
    let missed = small("[expect]\ntime_to_answer_p50 = \"<= 1ms\"\n");
    let output = missed.run(&SIMULATE);
    assert_eq!(output.status.code(), Some(99));
    assert!(stdout(&output).contains("MISSED"));
    let ungated = missed.run(&["simulate", "scenarios/small.toml", "--no-gate"]);
    assert_eq!(ungated.status.code(), Some(0));
    assert!(stdout(&ungated).contains("MISSED"), "it still says so");
}

#[test]
fn an_expectation_without_samples_exits_98_and_never_0() {
    let checkout = small("[expect]\nwait_p99 = \"<= 10s\"\n");
    let output = checkout.run(&SIMULATE);
    assert_eq!(output.status.code(), Some(98), "20 jobs have none beyond their 99th percentile");
    assert!(stdout(&output).contains("NOT JUDGED"), "{}", stdout(&output));
}

#[test]
fn four_faults_of_one_file_are_four_diagnostics_with_their_places() {
    let wrong = SMALL
        .replace("tier = \"build-1\"", "tier = \"tire2\"")
        .replace("lasts = \"2s\"", "lasts = \"0s\"")
        .replace("prompt = 100", "prompt = true")
        .replace("name = \"chat\"", "name = \"chat\"\ncolour = \"red\"");
    let checkout = Checkout::with(&[("scenarios/small.toml", &wrong)]);
    for verb in ["check", "simulate"] {
        let output = checkout.run(&[verb, "scenarios/small.toml"]);
        assert_eq!(output.status.code(), Some(104));
        assert_eq!(stdout(&output), "");
        let said = stderr(&output);
        let places: Vec<&str> = said.lines().filter(|line| line.contains("small.toml:")).collect();
        assert_eq!(places.len(), 4, "{said}");
        assert!(said.contains("scenarios/small.toml:5:8"), "{said}");
    }
    assert_eq!(checkout.files(), ["scenarios/small.toml"], "nothing is written");
}

#[test]
fn wrong_usage_exits_2() {
    let checkout = small("");
    for words in [
        &["simulate"][..],
        &["simulate", "scenarios/small.toml", "--frobnicate"],
        &["simulate", "scenarios/small.toml", "--out", "run.docx"],
        &["simulate", "scenarios/small.toml", "--seeds", "0"],
        &["report", "reports/small.json", "--check"],
        &["conquer"],
    ] {
        let output = checkout.run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn a_missing_file_exits_104_and_is_named() {
    let output = small("").run(&["simulate", "scenarios/absent.toml"]);
    assert_eq!(output.status.code(), Some(104));
    assert!(stderr(&output).contains("scenarios/absent.toml"));
}

#[test]
fn of_several_files_each_has_its_say_and_the_worst_ending_wins() {
    let checkout =
        Checkout::with(&[("scenarios/small.toml", SMALL), ("scenarios/wrong.toml", "title = 3")]);
    let output = checkout.run(&["simulate", "scenarios/wrong.toml", "scenarios/small.toml"]);
    assert_eq!(output.status.code(), Some(104));
    assert!(stdout(&output).contains("wrote reports/small.html"));
}

#[test]
fn a_run_with_an_override_never_touches_a_committed_page() {
    let checkout = small("");
    checkout.run(&["simulate", "scenarios/small.toml", "--seed", "9"]);
    let local = ["reports/local/small.html", "reports/local/small.json", "scenarios/small.toml"];
    assert_eq!(checkout.files(), local);
    let elsewhere = Checkout::with(&[("mine.toml", SMALL)]);
    elsewhere.run(&["simulate", "mine.toml"]);
    let local = ["mine.toml", "reports/local/mine.html", "reports/local/mine.json"];
    assert_eq!(elsewhere.files(), local);
}

#[test]
fn set_replaces_a_word_of_the_file_and_the_record_says_which() {
    let checkout = small("");
    let words = ["simulate", "scenarios/small.toml", "--set", "title=Larger", "--set", "seed=9"];
    let output = checkout.run(&words);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("Larger\n") && stdout(&output).contains("seed 9"));
    let record = checkout.read("reports/local/small.json");
    assert!(record.contains("--set \\\"title=Larger\\\"") && record.contains("seed = 9"));
    let wrong =
        checkout.run(&["check", "scenarios/small.toml", "--set", "group.nobody.stream=true"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("there is no `nobody` in group"), "{}", stderr(&wrong));
    let faulty = checkout.run(&["check", "scenarios/small.toml", "--set", "account.tier=tire-2"]);
    assert_eq!(faulty.status.code(), Some(104));
    assert!(stderr(&faulty).contains("tire-2"), "{}", stderr(&faulty));
}

#[test]
fn a_new_scenario_is_valid_as_it_stands_and_never_overwrites_one() {
    let checkout = Checkout::with(&[]);
    let output = checkout.run(&["new", "scenarios/mine.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let checked = checkout.run(&["check", "scenarios/mine.toml"]);
    let said = stderr(&checked);
    assert_eq!((checked.status.code(), said.matches("scenario::").count()), (Some(0), 1), "{said}");
    assert!(said.contains("scenario::past_age"), "nothing else is doubtful: {said}");
    let again = checkout.run(&["new", "scenarios/mine.toml"]);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(stdout(&checkout.run(&["new"])), checkout.read("scenarios/mine.toml"));
}

#[test]
fn completions_know_every_verb() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = small("").run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        for verb in ["check", "simulate", "load", "compare", "serve", "exec", "report"] {
            assert!(stdout(&output).contains(verb), "{shell} does not know {verb}");
        }
    }
}

#[test]
fn out_names_the_files_and_their_form_and_nothing_else_is_written() {
    let checkout = small("");
    let words = ["simulate", "scenarios/small.toml", "--out", "a/run.json", "--out", "a/page.html"];
    assert_eq!(checkout.run(&words).status.code(), Some(0));
    assert_eq!(checkout.files(), ["a/page.html", "a/run.json", "scenarios/small.toml"]);
    assert!(checkout.read("a/run.json").contains("\"schema\":\"tierlab/record/1\""));
    assert!(checkout.read("a/page.html").starts_with("<!DOCTYPE html>"));
}

#[test]
fn format_json_prints_exactly_one_document_with_every_key() {
    let output = small("").run(&["simulate", "scenarios/small.toml", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&keys(&document, 3)).unwrap());
    assert_eq!(document["schema"], "tierlab/summary/1");
    assert_eq!(document["cells"][0]["jobs"]["offered"], 20);
    assert_eq!(document["cells"][0]["cost_usd"]["total"], 0.002_64);
}

/// The keys of a document down to a depth, first of each list only.
fn keys(value: &serde_json::Value, depth: u32) -> serde_json::Value {
    if let Some(map) = value.as_object().filter(|_| depth > 0) {
        map.iter().map(|(key, value)| (key.clone(), keys(value, depth - 1))).collect()
    } else if let Some(list) = value.as_array() {
        list.iter().take(1).map(|value| keys(value, depth)).collect()
    } else {
        serde_json::Value::Null
    }
}

#[test]
fn check_says_what_binds_and_writes_nothing() {
    let checkout = small("");
    let output = checkout.run(&["check", "scenarios/small.toml"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(stdout(&output));
    assert_eq!(checkout.files(), ["scenarios/small.toml"]);
}

#[test]
fn that_the_age_of_the_rules_is_over_is_a_warning_of_check_and_a_surprise_to_nobody_else() {
    let code = "scenario::past_age";
    let named = small("");
    assert!(stderr(&named.run(&["check", "scenarios/small.toml"])).contains(code));
    assert_eq!(stderr(&named.run(&["check", "-q", "scenarios/small.toml"])), "");
    assert_eq!(stderr(&named.run(&SIMULATE)), "", "the file chose this age");
    let text = SMALL.replace("edition = \"2025-11\"\n", "");
    let unnamed = Checkout::with(&[("scenarios/small.toml", &text)]);
    let said = stderr(&unnamed.run(&SIMULATE));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("note: ") && said.contains("edition = \"2025-11\""), "{said}");
}

#[test]
fn report_draws_a_saved_run_again_to_the_same_page() {
    let checkout = small("");
    checkout.run(&SIMULATE);
    let page = checkout.read("reports/small.html");
    fs::remove_file(checkout.folder.path().join("reports/small.html")).unwrap();
    let output = checkout.run(&["report", "reports/small.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(checkout.read("reports/small.html"), page);
}

#[test]
fn report_check_tells_a_stale_page_and_writes_nothing() {
    let checkout = small("");
    assert_eq!(checkout.run(&["report"]).status.code(), Some(0));
    assert_eq!(checkout.run(&["report", "--check"]).status.code(), Some(0));
    let page = checkout.folder.path().join("reports/small.html");
    fs::write(&page, "old").unwrap();
    let output = checkout.run(&["report", "--check"]);
    assert_eq!(output.status.code(), Some(99));
    assert!(stdout(&output).contains("stale: reports/small.html"));
    assert_eq!(fs::read_to_string(&page).unwrap(), "old");
}

#[test]
fn a_damaged_record_is_refused_with_its_place() {
    let checkout = small("");
    checkout.run(&SIMULATE);
    let record = checkout.read("reports/small.json");
    let cut = &record[..record.len() / 2];
    fs::write(checkout.folder.path().join("cut.json"), cut).unwrap();
    let output = checkout.run(&["report", "cut.json"]);
    assert_eq!(output.status.code(), Some(104));
    assert!(stderr(&output).starts_with("error: cut.json:"), "{}", stderr(&output));
    let newer = record.replace("tierlab/record/1", "tierlab/record/9");
    fs::write(checkout.folder.path().join("newer.json"), newer).unwrap();
    assert_eq!(checkout.run(&["report", "newer.json"]).status.code(), Some(104));
}

#[test]
fn a_users_own_edition_is_read_by_its_path_and_changes_what_is_refused() {
    let ours = include_str!("../../rulebook/editions/2025-11.toml");
    let theirs = ours.replace("\"600/min\"", "\"60/min\"");
    assert_ne!(ours, theirs);
    let scenario = SMALL.replace("\"2025-11\"", "\"mine.toml\"");
    let checkout =
        Checkout::with(&[("scenarios/small.toml", &scenario), ("scenarios/mine.toml", &theirs)]);
    let output = checkout.run(&["simulate", "scenarios/small.toml", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(document["cells"][0]["attempts"]["refused"].as_u64().unwrap() > 10, "{document}");
}

#[test]
fn ctrl_c_ends_with_130_after_writing_what_was_measured() {
    let long = SMALL.replace("lasts = \"2s\"", "lasts = \"24h\"");
    let checkout = Checkout::with(&[("scenarios/small.toml", &long)]);
    let mut running = Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(["simulate", "scenarios/small.toml", "--seeds", "500", "--quiet"])
        .current_dir(checkout.folder.path())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let id = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    // Whatever was complete by then is whole, and stands where it replaces no finished page.
    let files = checkout.files();
    let local = ["reports/local/small.html", "reports/local/small.json", "scenarios/small.toml"];
    assert!(files == local || files == ["scenarios/small.toml"], "{files:?}");
}

#[test]
fn a_result_that_cannot_be_printed_is_our_fault_and_says_so() {
    let checkout = small("");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(SIMULATE)
        .current_dir(checkout.folder.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot print"), "{}", stderr(&output));
}

#[test]
fn two_runs_that_would_write_the_same_page_are_refused_before_either_runs() {
    let checkout = Checkout::with(&[("a/one.toml", SMALL), ("b/one.toml", SMALL)]);
    let output = checkout.run(&["simulate", "a/one.toml", "b/one.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(checkout.files(), ["a/one.toml", "b/one.toml"]);
}

/// Where recorded data lie, when they do.
fn data(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TIERLAB_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    Some(folder.join(file)).filter(|path| path.is_file())
}

#[test]
fn a_declared_trace_is_replayed_row_by_row_in_every_cell() {
    let Some(trace) = data("traces/AzureLLMInferenceTrace_conv.csv.gz") else {
        // Past the runner, which keeps what a passing test prints to itself.
        let mut out = std::io::stdout();
        writeln!(out, "skipped 1 test: the Azure trace is not at hand").unwrap();
        return;
    };
    let scenario = include_str!("../../../scenarios/azure-conversation.toml");
    // Other amounts of traffic have other rows.
    let alone = "[compare]\ngrowth = []\nsensitivity = false";
    let scenario = scenario.replace("[compare]", alone);
    let checkout = Checkout::with(&[("scenarios/azure-conversation.toml", &scenario)]);
    let trace = trace.display().to_string();
    let words = ["simulate", "scenarios/azure-conversation.toml", "--trace", &trace, "--no-gate"];
    let output = checkout.run(&words);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(checkout.files().contains(&"reports/azure-conversation.html".to_owned()));
    let record = checkout.read("reports/azure-conversation.json");
    let record = run_record::RunRecord::read(&record).unwrap();
    assert!(record.cells().len() >= 6 * 6, "every tier and strategy");
    for cell in record.cells() {
        let leaf = cell.whole().pooled();
        let tokens = leaf.tokens.offered;
        let sums = (leaf.jobs.offered, tokens.prompt, tokens.answer);
        assert_eq!(sums, (19_366, 22_361_870, 4_088_665), "{:?}", cell.key());
    }
}

#[test]
fn a_missing_trace_names_its_public_source_size_and_hash() {
    let scenario = include_str!("../../../scenarios/azure-conversation.toml");
    let checkout = Checkout::with(&[("scenarios/azure-conversation.toml", scenario)]);
    let output = checkout.run(&["simulate", "scenarios/azure-conversation.toml"]);
    assert_eq!(output.status.code(), Some(104));
    let said = stderr(&output);
    for word in ["github.com/Azure/AzurePublicDataset", "180355 bytes", "sha256 9d3518f7"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let report = checkout.run(&["report", "--check"]);
    assert!(stdout(&report).contains("1 skipped"), "{}", stdout(&report));
}

#[test]
fn a_malformed_row_names_file_line_and_column() {
    let scenario = include_str!("../../../scenarios/azure-conversation.toml");
    let rows = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n\
                2023-11-16 18:15:46.6805900,374,44\r\n\
                2023-11-16 18:15:50.9951690,many,109\r\n";
    let checkout =
        Checkout::with(&[("scenarios/azure-conversation.toml", scenario), ("rows.csv", rows)]);
    let words = ["simulate", "scenarios/azure-conversation.toml", "--trace", "rows.csv"];
    let output = checkout.run(&words);
    assert_eq!(output.status.code(), Some(104));
    assert!(stderr(&output).contains("rows.csv:3:29"), "{}", stderr(&output));
}
