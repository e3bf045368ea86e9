//! What the README says to type works, and prints what it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const README: &str = include_str!("../../../README.md");

/// Lines of the README after a prompt: what a reader types.
fn typed() -> Vec<&'static str> {
    README.lines().filter_map(|line| line.strip_prefix("$ ")).collect()
}

#[test]
fn every_command_runs_and_ends_as_it_should() {
    let checkout = TempDir::new().unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    fs::create_dir(checkout.path().join("scenarios")).unwrap();
    for entry in fs::read_dir(scenarios).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap();
            fs::copy(&path, checkout.path().join("scenarios").join(name)).unwrap();
        }
    }
    let mut ran = Vec::new();
    for line in typed() {
        // This test is part of the second command.
        if line == "cargo test --workspace" {
            continue;
        }
        let words = line.strip_prefix("cargo xtask ").unwrap_or_else(|| panic!("who runs {line}?"));
        let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
            .args(words.split(' '))
            .current_dir(checkout.path())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        ran.push((words, output.status.code(), printed));
    }
    let endings: Vec<(&str, Option<i32>)> = ran.iter().map(|(w, code, _)| (*w, *code)).collect();
    assert_eq!(
        endings,
        [
            ("simulate scenarios/tier2.toml", Some(99)),
            ("check scenarios/tier2.toml", Some(0)),
            ("rules --strategies", Some(0)),
            ("rules --explain together-py", Some(0)),
            ("rules 2025-12-01", Some(0)),
            ("rules --diff 2026-02 2026-08", Some(0)),
        ]
    );
    let quoted = README.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(ran[0].2.contains(quoted), "the README quotes\n{quoted}\nand it printed\n{}", ran[0].2);
}
