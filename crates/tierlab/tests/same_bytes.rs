//! Same seed, same bytes: on this machine twice, and on any machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Every law, every strategy, both limits, streams, deadlines and expectations in few jobs.
const SCENARIO: &str = r#"
title = "Pinned"
edition = "edition.toml"
seed = 20251121
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = { lognormal = { median = 900, p95 = 3000 } }
answer = { lognormal = { median = 220, p95 = 800 } }
max_tokens = 900
deadline = "20s"
stream = true
traffic = [
  { steady = { rate = "3/s", lasts = "20s" } },
  { ramp = { from = "3/s", to = "30/s", lasts = "30s" } },
  { poisson = { rate = "8/s", lasts = "30s" } },
]
[[group]]
name = "reasoning"
model = "deepseek-ai/DeepSeek-R1"
prompt = 300
answer = { lognormal = { median = 900, p95 = 4000 } }
traffic = { poisson = { rate = "20/min", lasts = "80s" } }
[compare]
seeds = 2
[expect]
answered_in_time = ">= 99%"
wait_p95 = "<= 2s"
"#;

/// The sha256 of its record. It changes when rules, engine or the form of the record do: then a
/// reviewer sees it here.
const PINNED: &str = "d66d1267f1ca1e16e122948385225c3cb3ed3c34ffc8b901b5c6df04af63de22";

fn record(checkout: &Path, threads: &str) -> Vec<u8> {
    let out = checkout.join(format!("run-{threads}.json"));
    let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(["simulate", "pinned.toml", "--no-gate", "--threads", threads, "--out"])
        .arg(&out)
        .current_dir(checkout)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(out).unwrap()
}

#[test]
fn a_record_is_the_same_twice_with_one_thread_and_two_and_on_every_machine() {
    let checkout = TempDir::new().unwrap();
    fs::write(checkout.path().join("pinned.toml"), SCENARIO).unwrap();
    // A copy of the edition, so that the record names no folder of this machine.
    let edition = include_str!("../../rulebook/editions/2025-11.toml");
    fs::write(checkout.path().join("edition.toml"), edition).unwrap();
    let one = record(checkout.path(), "1");
    assert!(one == record(checkout.path(), "1"), "twice with one thread");
    assert!(one == record(checkout.path(), "2"), "one thread and two");
    let hash: Vec<String> = Sha256::digest(&one).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash.concat(), PINNED, "the same bytes as on every other machine");
}
