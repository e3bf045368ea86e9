//! What the verb prints, and how it ends.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::recorded::file;

fn calibrate(arguments: &[&str], log: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.arg("calibrate").arg(log).args(arguments).output().unwrap()
}

fn written(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

const HEAD: &str = "received,model,status,limit,remaining,reset,limit_tokens,remaining_tokens\n";

/// Three requests of a window that holds two, and the first of the next.
const ROWS: &str = "\
2025-05-09T00:00:00.000Z,a/model,200,1,1,2,1000,1000
2025-05-09T00:00:00.400Z,a/model,200,1,0,2,1000,1000
2025-05-09T00:00:00.700Z,a/model,429,1,0,1,1000,1000
2025-05-09T00:00:02.100Z,a/model,200,1,1,2,1000,1000
";

#[test]
fn a_log_by_the_rules_is_explained_whole_by_one_replica() {
    let (_folder, log) = written(&format!("{HEAD}{ROWS}"));
    let output = calibrate(&["--format", "json"], &log);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn the_verdict_comes_first_and_fits_eighty_columns() {
    let odd = "2025-05-09T00:00:02.300Z,a/model,200,1,1,2,1000,1000\n\
               2025-05-09T00:00:02.400Z,a/model,200,1,1,0,1000,1000\n\
               2025-05-09T00:00:03.000Z,a/model,401,,,,,\n";
    let (_folder, log) = written(&format!("{HEAD}{ROWS}{odd}"));
    let output = calibrate(&["-v", "--replicas", "1"], &log);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

/// Two rows above every rate, and a refusal, in an age whose rates refuse nothing by themselves.
#[test]
fn an_age_that_shows_nothing_refuses_nothing_and_is_judged_by_decisions_alone() {
    let (_folder, log) = written(&format!("{HEAD}{ROWS}"));
    let output = calibrate(&["--edition", "2026-08", "-v"], &log);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("more than expected") && !text.contains("replica answered"), "{text}");
    insta::assert_snapshot!(text);
    let output = calibrate(&["--edition", "2026-08", "--format", "json"], &log);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    for shares in ["explained", "baseline", "chance"] {
        for field in ["reset", "remaining", "remaining_tokens"] {
            assert_eq!(document[shares][field], Value::Null, "{shares} {field}");
        }
    }
    assert_eq!(document["replicas"], Value::Null);
    let unexplained = document["unexplained"].as_array().unwrap();
    assert!(unexplained.iter().all(|row| row["seen"] == "refused"), "{unexplained:?}");
}

#[test]
fn an_edition_that_nothing_tells_is_said_to_be_supposed() {
    let undated = ROWS.replace("2025-05-09T00:00:0", "").replace("Z,", ",");
    let (_folder, log) = written(&format!("{HEAD}{undated}"));
    let said = |arguments: &[&str]| {
        let output = calibrate(arguments, &log);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let note = said(&[]);
    assert!(note.contains("no dates, so edition 2025-11") && note.contains("--edition"), "{note}");
    assert_eq!(said(&["--edition", "2025-11"]), "");
    let (_folder, log) = written(&format!("{HEAD}{ROWS}"));
    assert!(calibrate(&[], &log).stderr.is_empty(), "dates tell the edition");
}

#[test]
fn tokens_that_are_not_counted_have_no_limit_and_a_refusal_out_of_nothing_only_a_guess() {
    let rows = "2025-05-09T00:00:00Z,a/model,200,0.1666666667,1,6,0,0\n\
                2025-05-09T00:00:59Z,a/model,429,0.1666666667,0,6,0,0\n";
    let (_folder, log) = written(&format!("{HEAD}{rows}"));
    let output = calibrate(&["--format", "json"], &log);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let limit = &document["inferred_limits"][0];
    assert_eq!(limit["tokens_per_s"], Value::Null);
    assert_eq!(limit["account"], "the account shown 0.1667 requests/s");
    let reason = document["refusals"][0]["reason"].as_str().unwrap();
    assert!(reason.ends_with("perhaps others counted"), "{reason}");
}

#[test]
fn where_nothing_can_be_judged_the_code_says_so() {
    let rows = "2025-05-09T00:00:00Z,a/model,200,,,,,\n2025-05-09T00:00:00.1Z,a/model,429,,,,,\n";
    let (_folder, log) = written(&format!("{HEAD}{rows}"));
    let output = calibrate(&[], &log);
    assert_eq!(output.status.code(), Some(98), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("--account"));
    let output = calibrate(&["--format", "json"], &log);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&document["explained"]["remaining"], &document["replicas"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(calibrate(&["--account", "limited"], &log).status.code(), Some(0));
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let (_folder, log) = written(&format!("{HEAD}{ROWS}today,a/model,200,1,1,2,1000,1000\n"));
    let output = calibrate(&[], &log);
    assert_eq!(output.status.code(), Some(104));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("log.csv:6:1: expected a moment") && said.contains("`today`"), "{said}");
    assert!(output.stdout.is_empty());
    for (arguments, code) in
        [(["--account", "build-9"], 2), (["--edition", "2024-99"], 104), (["--replicas", "9"], 2)]
    {
        assert_eq!(calibrate(&arguments, &log).status.code(), Some(code), "{arguments:?}");
    }
    let nowhere = calibrate(&[], Path::new("no-such-log.csv"));
    assert_eq!(nowhere.status.code(), Some(104));
}

#[test]
fn the_same_log_gives_the_same_bytes_and_the_recordings_are_judged() {
    let Some(path) = file() else { return };
    let once = calibrate(&["--format", "json"], &path);
    assert_eq!(once.status.code(), Some(0));
    assert_eq!(once.stdout, calibrate(&["--format", "json"], &path).stdout);
    let document: Value = serde_json::from_slice(&once.stdout).unwrap();
    assert_eq!((&document["rows"], &document["rows_with_headers"]), (&623.into(), &572.into()));
}
