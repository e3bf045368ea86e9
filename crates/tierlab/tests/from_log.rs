//! `new --from-log`: a scenario with the traffic of a log, held against the log itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use run_record::{CellKey, RunRecord};

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.env_remove("TIERLAB_TRACES").env_remove("TIERLAB_THREADS").env("NO_COLOR", "1");
    command.args(words).current_dir(folder).output().unwrap()
}

fn done(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    stderr
}

/// A recording, where it is at hand: in the folder that `TIERLAB_DATA` names, else beside the
/// workspace.
fn recording(file: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("TIERLAB_DATA").map_or_else(beside, PathBuf::from);
    let path = folder.join("traces").join(file);
    if path.is_file() {
        return Some(path.canonicalize().unwrap());
    }
    // Past the runner, which keeps what a passing test prints to itself.
    let mut out = std::io::stdout();
    writeln!(out, "skipped 1 test: the recording {file} is not at hand").unwrap();
    None
}

const TIERS: [&str; 3] = ["build-1", "build-2", "build-3"];

/// The share of attempts answered 429, by tier and strategy.
fn shares(folder: &Path, scenario: &str, more: &[&str]) -> BTreeMap<(String, String), f64> {
    let mut words =
        vec!["simulate", scenario, "--tier", "build-1,build-2,build-3", "--no-gate", "-q"];
    // Nothing is asked here of other traffic and other readings.
    words.extend(["--set", "compare.growth=[]", "--set", "compare.sensitivity=false"]);
    words.extend(["--out", "run.json"]);
    words.extend(more);
    done(folder, &words);
    let record = RunRecord::read(&fs::read_to_string(folder.join("run.json")).unwrap()).unwrap();
    let strategies: Vec<String> =
        record.header().strategies.iter().map(|strategy| strategy.name.clone()).collect();
    let mut shares = BTreeMap::new();
    for (tier, strategy) in TIERS.iter().flat_map(|tier| strategies.iter().map(move |s| (tier, s)))
    {
        let key = CellKey::new(Some(tier), strategy);
        let cell = record.cells().iter().find(|cell| *cell.key() == key).unwrap();
        let attempts = &cell.whole().pooled().attempts;
        let share = attempts.with_status(429) as f64 / attempts.sent as f64;
        shares.insert(((*tier).to_owned(), strategy.clone()), share);
    }
    shares
}

/// Of a log's own replay and of what was inferred from it: the share of 429s on tiers 1 to 3 with
/// every strategy, over three seeds of the latter. Those that find out by being refused must not
/// be off by more than 15 % of the share. A bucket keeps to the limits beforehand: its few refusals
/// hang on where windows happen to begin, so that they are held to be as few, to five of a hundred.
fn holds_on(log: &str, replay: &str) {
    let Some(log) = recording(log) else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = log.to_str().unwrap();
    done(folder, &["new", "inferred.toml", "--from-log", path, "-q"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let replay = root.join(replay);
    let own = shares(folder, replay.to_str().unwrap(), &["--trace", path]);
    let inferred = shares(folder, "inferred.toml", &["--seeds", "3"]);
    let mut table = String::new();
    let mut holds = true;
    for ((tier, strategy), share) in &own {
        let other = inferred[&(tier.clone(), strategy.clone())];
        let off = other / share - 1.0;
        let few = strategy == "own-bucket" && (other - share).abs() < 0.05;
        holds &= few || off.abs() < 0.15;
        let (share, other, off) = (share * 100.0, other * 100.0, off * 100.0);
        writeln!(table, "{tier} {strategy:<20}{share:>6.2} %{other:>7.2} %{off:>+6.1} %").unwrap();
    }
    assert!(own.len() >= 18 && holds, "refused more or less often:\n{table}");
    let text = fs::read_to_string(folder.join("inferred.toml")).unwrap();
    assert!(text.contains("# The property that costs most: "), "{text}");
}

#[test]
fn the_conversations_of_azure_are_refused_as_often_as_they_are_themselves() {
    holds_on("AzureLLMInferenceTrace_conv.csv.gz", "azure-conversation.toml");
}

#[test]
fn the_code_completions_of_azure_are_refused_as_often_as_they_are_themselves() {
    holds_on("AzureLLMInferenceTrace_code.csv.gz", "azure-code.toml");
}

/// A log of two models and a rare third, in a table; every eleventh row was refused and tried again.
fn small_log() -> String {
    let mut log = String::from("time,status,in,out,model,try\n");
    for row in 0..1_200_u32 {
        let at = f64::from(row) * 0.25;
        let model =
            if row % 100 == 7 { "rare" } else { ["a/Big-1", "small"][usize::from(row % 3 == 0)] };
        let (prompt, answer) = (400 + row * 7 % 300, 20 + row % 50);
        let again = row % 11 == 0;
        if again {
            writeln!(log, "{at:.3},429,,,{model},0").unwrap();
        }
        let (at, n) = if again { (at + 0.4, 1) } else { (at, 0) };
        writeln!(log, "{at:.3},200,{prompt},{answer},{model},{n}").unwrap();
    }
    log
}

const MAP: &str = "{ csv = { due = \"time\", unit = \"s\", prompt = \"in\", answer = \"out\", \
                   status = \"status\", model = \"model\", retry = \"try\" } }";

#[test]
fn a_log_becomes_a_scenario_that_says_what_was_inferred() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("log.csv"), small_log()).unwrap();
    let words =
        ["new", "mine.toml", "--from-log", "log.csv", "--log-format", MAP, "--tier", "tier3"];
    let told = done(folder, &words);
    assert!(told.contains("No property costs anything: "), "{told}");
    insta::assert_snapshot!(fs::read_to_string(folder.join("mine.toml")).unwrap());
    done(folder, &["check", "mine.toml", "-q"]);
}

#[test]
fn the_form_of_a_log_is_told_by_its_first_line_or_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut lines = String::new();
    for second in 0..100 {
        let row = "\"input_length\": 900, \"output_length\": 20";
        writeln!(lines, "{{\"timestamp\": {}, {row}}}", second * 1_000).unwrap();
    }
    fs::write(folder.join("mooncake.jsonl"), lines).unwrap();
    done(folder, &["new", "mine.toml", "--from-log", "mooncake.jsonl", "-q"]);
    let text = fs::read_to_string(folder.join("mine.toml")).unwrap();
    assert!(text.starts_with("# The traffic of mooncake.jsonl (mooncake): 100 jobs."), "{text}");
    fs::write(folder.join("what.csv"), "a,b\n1,2\n").unwrap();
    let refused = |words: &[&str]| {
        let output = run(folder, words);
        format!("{:?}: {}", output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let refusals = [
        refused(&["new", "--from-log", "what.csv"]),
        refused(&["new", "--from-log", "nowhere.csv"]),
        refused(&["new", "mine.toml", "--from-log", "mooncake.jsonl"]),
        refused(&["new", "--from-log", "what.csv", "--log-format", "burstgtp"]),
        refused(&["new", "--from-log", "what.csv", "--log-format", "burstgpt"]),
        refused(&["new", "other.toml", "--from-log", "mooncake.jsonl", "--tier", "tier9"]),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

/// Calls in the form of `LiteLLM`'s log, one a second: their models in turn, without an answer
/// where they do not chat.
fn calls(models: &[&str], count: usize) -> String {
    let mut log = String::new();
    for (second, model) in models.iter().cycle().take(count).enumerate() {
        let (prompt, answer) = (100 + second % 40, if model.contains("Llama") { 20 } else { 0 });
        let usage = format!("\"prompt_tokens\": {prompt}, \"completion_tokens\": {answer}");
        let at = format!("\"startTime\": {second}.25, \"trace_id\": \"t{second}\"");
        writeln!(log, "{{{at}, {usage}, \"status\": \"success\", \"model\": \"{model}\"}}")
            .unwrap();
    }
    log
}

#[test]
fn work_without_answers_is_written_without_them() {
    const CHAT: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
    const VECTORS: &str = "BAAI/bge-large-en-v1.5";
    const PICTURES: &str = "black-forest-labs/FLUX.1-schnell";
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let logs: [(&[&str], [usize; 2]); 5] = [
        (&[VECTORS], [1, 0]),
        (&[PICTURES], [0, 0]),
        (&[CHAT], [1, 1]),
        (&[CHAT, VECTORS, PICTURES], [2, 1]),
        // The ninth and tenth share a group, which chats though fewer of its jobs do.
        (
            &[
                VECTORS, VECTORS, VECTORS, "1", "2", "3", "4", "5", "6", "7", "1", "2", "3", "4",
                "5", "6", "7", "1", "2", "3", "4", "5", "6", "7", PICTURES, PICTURES, CHAT,
            ],
            [9, 8],
        ),
    ];
    for (number, (models, keys)) in logs.iter().enumerate() {
        let (log, file) = (format!("{number}.jsonl"), format!("{number}.toml"));
        fs::write(folder.join(&log), calls(models, 120)).unwrap();
        done(folder, &["new", &file, "--from-log", &log, "-q"]);
        let text = fs::read_to_string(folder.join(&file)).unwrap();
        let said = |key: &str| text.lines().filter(|line| line.starts_with(key)).count();
        assert_eq!([said("prompt ="), said("answer =")], *keys, "{text}");
        assert_eq!(text.contains("the log itself: "), models.len() == 1, "{text}");
        done(folder, &["check", &file, "-q"]);
    }
}

#[test]
fn a_log_that_tells_of_no_law_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("few.jsonl"), calls(&["Llama"], 3)).unwrap();
    fs::write(folder.join("empty.jsonl"), "").unwrap();
    let mut failures = String::from("time,status,in,out,model,try\n");
    for second in 0..40 {
        writeln!(failures, "{second},429,100,0,small,0").unwrap();
    }
    fs::write(folder.join("failures.csv"), failures).unwrap();
    let refused = |words: &[&str]| {
        let output = run(folder, words);
        format!("{:?}: {}", output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let refusals = [
        refused(&["new", "--from-log", "few.jsonl"]),
        refused(&["new", "--from-log", "empty.jsonl"]),
        refused(&["new", "--from-log", "empty.jsonl", "--log-format", "litellm"]),
        refused(&["new", "--from-log", "failures.csv", "--log-format", MAP]),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}
