//! What a scenario's first lines claim is what its run shows.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The summary of a scenario's run.
struct Run(Value);

/// Simulates a scenario as it is, but for these words.
fn run(name: &str, words: &[&str]) -> Run {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let folder = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(["simulate", "--no-gate", "--format", "json", "--out", "run.json"])
        .arg(scenarios.join(format!("{name}.toml")).canonicalize().unwrap())
        .args(words)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{name}: {said}");
    Run(serde_json::from_slice(&output.stdout).unwrap())
}

impl Run {
    /// The cell of a strategy and a group, `""` for all of them, on a tier.
    fn cell(&self, tier: &str, strategy: &str, group: &str) -> &Value {
        let cells = self.0["cells"].as_array().unwrap();
        let is = |cell: &&Value| {
            cell["tier"] == tier
                && cell["strategy"] == strategy
                && cell["group"].as_str().unwrap_or_default() == group
        };
        cells.iter().find(is).unwrap_or_else(|| panic!("no {tier}, {strategy}, {group}"))
    }

    /// A share of that cell in per cent.
    fn share(&self, (tier, strategy, group): (&str, &str, &str), which: &str) -> f64 {
        self.cell(tier, strategy, group)["share"][which].as_f64().unwrap() * 100.0
    }

    fn in_time(&self, cell: (&str, &str, &str)) -> f64 {
        self.share(cell, "in_time")
    }

    fn verdict(&self) -> &str {
        self.0["verdict"].as_str().unwrap()
    }
}

#[test]
fn a_few_hard_questions_are_lost_where_the_mean_looks_well() {
    let ran = run("deepseek-r1-tight", &["--tier", "build-1,build-2"]);
    assert_eq!(ran.verdict(), "missed");
    let sdk = |group| ("build-1", "together-py", group);
    assert!((97.5..98.5).contains(&ran.in_time(sdk(""))));
    assert!((50.0..60.0).contains(&ran.in_time(sdk("hard"))), "little more than half");
    let queue = ("build-1", "pace-by-headers", "hard");
    assert!(ran.share(queue, "status_429") < 0.001);
    assert!((25.0..30.0).contains(&ran.in_time(queue)), "late with nearly three in four");
    for strategy in ["together-py", "pace-by-headers", "own-bucket"] {
        assert!(ran.in_time(("build-2", strategy, "hard")) > 99.9, "{strategy}");
    }
}
