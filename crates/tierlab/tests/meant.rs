//! A slip on the command line is answered with the word that was probably meant.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const SCENARIO: &str = r#"
title = "Small"
edition = "2025-11"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "openai/gpt-oss-20b"
prompt = 100
answer = 50
traffic = { steady = { rate = "10/s", lasts = "2s" } }
[[strategy]]
preset = "give-up"
"#;

#[test]
fn every_closed_set_of_words_says_which_one_was_meant() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("small.toml"), SCENARIO).unwrap();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["simluate", "small.toml"], 2, "simulate"),
        (&["simulate", "small.toml", "--strategie", "give-up"], 2, "--strategy"),
        (&["check", "small.toml", "--format", "jsn"], 2, "json"),
        (&["check", "small.toml", "--color", "allways"], 2, "always"),
        (&["simulate", "small.toml", "--progress", "plan"], 2, "plain"),
        (&["completions", "bahs"], 2, "bash"),
        (&["check", "small.toml", "--tier", "biuld-1"], 104, "build-1"),
        (&["check", "small.toml", "--strategy", "give_up"], 104, "give-up"),
        (&["check", "small.toml", "--set", "group.caht.deadline=5s"], 2, "chat"),
        (&["check", "small.toml", "--set", "group.chat.trafic.steady.rate=5/s"], 2, "traffic"),
        (&["check", "small.toml", "--set", "group.chat.dedline=5s"], 104, "deadline"),
        (&["check", "small.toml", "--set", "assume.token_gate=minutes"], 104, "minute"),
        (&["exec", "--tier", "build1", "--", "true"], 104, "build-1"),
        (&["exec", "--edition", "2025-12", "--", "true"], 104, "2025-11"),
        (&["serve", "--teir", "build-1"], 2, "--tier"),
    ];
    for (words, code, meant) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
            .args(*words)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(*code), "{words:?}: {said}");
        // clap and we quote differently.
        let proposals =
            [format!("did you mean `{meant}`?"), format!("a similar {{}} exists: '{meant}'")];
        let clap = proposals[1].split("{}").all(|part| said.contains(part));
        assert!(said.contains(&proposals[0]) || clap, "{words:?}: {said}");
    }
}
