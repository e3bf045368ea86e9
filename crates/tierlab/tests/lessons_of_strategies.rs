//! What the scenarios about client strategies claim in their first lines is what their runs show,
//! here over fewer seeds.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::ops::Range;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The summary of a scenario's run.
struct Run(Value);

/// Simulates so many seeds of a scenario on one tier, but for these words.
fn run(name: &str, seeds: u32, tier: &str, words: &[&str]) -> Run {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let folder = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(["simulate", "--no-gate", "--tier", tier, "--seeds", &seeds.to_string()])
        .args(["--format", "json", "--out", "run.json"])
        .arg(scenarios.join(format!("{name}.toml")).canonicalize().unwrap())
        // Nothing here is about those, and they take as long again.
        .args(["--set", "compare.growth=[]", "--set", "compare.sensitivity=false"])
        .args(words)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{name}: {said}");
    Run(serde_json::from_slice(&output.stdout).unwrap())
}

impl Run {
    /// The cell of a strategy and a group, `""` for all of them.
    fn cell(&self, strategy: &str, group: &str) -> &Value {
        let is = |cell: &&Value| {
            cell["strategy"] == strategy && cell["group"].as_str().unwrap_or_default() == group
        };
        let cells = self.0["cells"].as_array().unwrap();
        cells.iter().find(is).unwrap_or_else(|| panic!("no {strategy}, {group}"))
    }

    /// A strategy's row under one load and one assumption, `""` for those that are in force.
    fn row(&self, strategy: &str, load: f64, assumed: &str) -> &Value {
        let standings = self.0["league"].as_array().unwrap();
        let is = |standing: &&Value| {
            let others = standing["assumed"].as_array().unwrap();
            let same = match others.as_slice() {
                [] => assumed.is_empty(),
                [other] => other["assumption"] == assumed,
                _ => false,
            };
            standing["load"] == load && same
        };
        let standing = standings.iter().find(is).unwrap_or_else(|| panic!("no {load}, {assumed}"));
        let rows = standing["rows"].as_array().unwrap();
        rows.iter().find(|row| row["strategy"] == strategy).unwrap()
    }

    /// That each of these has so much in time, in per cent, at a load.
    fn in_time(&self, load: f64, assumed: &str, claims: &[(&str, Range<f64>)]) {
        for (strategy, claimed) in claims {
            let row = self.row(strategy, load, assumed);
            let percent = row["in_time"].as_f64().unwrap() * 100.0;
            assert!(claimed.contains(&percent), "{strategy} at {load}: {percent}");
        }
    }
}

const ALL: Range<f64> = 99.8..100.1;

#[test]
fn a_client_matters_near_the_limit_and_neither_far_below_nor_far_above() {
    let clients = "give-up,together-py,pace-by-headers,own-bucket,concurrency-cap,\
                   jitter and a second model";
    let loads = ["--strategy", clients, "--set", "compare.loads=[\"50%\", \"150%\"]"];
    let ran = run("league", 2, "build-2", &loads);
    for strategy in clients.split(',') {
        ran.in_time(0.5, "", &[(strategy, ALL)]);
    }
    ran.in_time(
        1.0,
        "",
        &[
            ("jitter and a second model", ALL),
            ("pace-by-headers", 99.0..100.1),
            ("together-py", 95.0..98.5),
            ("give-up", 95.0..98.5),
            ("concurrency-cap", 10.0..25.0),
        ],
    );
    ran.in_time(
        1.5,
        "",
        &[
            ("jitter and a second model", ALL),
            ("together-py", 80.0..90.0),
            ("give-up", 80.0..90.0),
            ("pace-by-headers", 60.0..80.0),
            ("own-bucket", 15.0..30.0),
        ],
    );
}

#[test]
fn a_cap_in_flight_is_a_limit_on_every_tier() {
    let ran = run(
        "league",
        2,
        "build-5",
        &["--strategy", "give-up,concurrency-cap", "--set", "compare.loads=[\"50%\"]"],
    );
    ran.in_time(1.0, "", &[("give-up", ALL), ("concurrency-cap", 10.0..25.0)]);
}

#[test]
fn what_keeps_forty_workers_within_a_limit_is_shared_or_divided() {
    let ran = run("fleet", 2, "build-2", &[]);
    let refused = |strategy: &str| ran.row(strategy, 1.0, "")["status_429"].as_f64().unwrap();
    ran.in_time(
        1.0,
        "",
        &[
            ("shared bucket", ALL),
            ("own bucket of 1/N", ALL),
            ("header pacing", 98.0..99.5),
            ("own bucket of the whole", 92.0..95.5),
            ("together-py", 92.0..95.0),
        ],
    );
    assert!(refused("shared bucket") < 0.001);
    assert!((0.003..0.02).contains(&refused("own bucket of 1/N")));
    let third = 0.3..0.4;
    assert!(third.contains(&refused("own bucket of the whole")));
    assert!(third.contains(&refused("header pacing")));
    let herd = |strategy: &str| ran.row(strategy, 1.0, "")["synchronisation"].as_f64().unwrap();
    assert!(herd("own bucket of 1/N") > herd("shared bucket") + 0.2);
    let [least, most] =
        ["least", "most"].map(|end| ran.cell("together-py", "")["fairness"][end].as_f64().unwrap());
    assert!(most - least < 0.1, "nobody starves: {least} to {most}");

    let two = "gateway_replicas";
    let claims =
        [("shared bucket", ALL), ("header pacing", 99.5..100.0), ("together-py", 97.5..99.0)];
    ran.in_time(1.0, two, &claims);
}

#[test]
fn retries_without_a_budget_never_let_a_surge_end() {
    let ran = run("retry-budget", 2, "build-2", &[]);
    ran.in_time(
        1.0,
        "",
        &[
            ("three fixed retries", 11.0..15.0),
            ("jittered retries", 11.0..15.0),
            ("give up", 88.0..92.0),
            ("Brooker's bucket", 90.0..95.0),
            ("SRE's tenth", 84.0..90.0),
        ],
    );
    let attempts = |of: &str| ran.row(of, 1.0, "")["attempts_per_job"].as_f64().unwrap();
    assert!((3.4..3.8).contains(&attempts("three fixed retries")));
    assert!((1.02..1.1).contains(&attempts("Brooker's bucket")));
}

#[test]
fn who_recovers_at_once_has_thrown_jobs_away_and_who_waits_as_told_herds() {
    let ran = run("herd-after-outage", 1, "build-2", &[]);
    let recovered = |strategy: &str| {
        let after = &ran.cell(strategy, "")["recovery"][0]["recovered_after_s"];
        after.as_f64().unwrap()
    };
    for strategy in ["together-py", "budget of a tenth", "breaker"] {
        ran.in_time(1.0, "", &[(strategy, 88.0..93.0)]);
        assert!(recovered(strategy) < 15.0, "{strategy}");
    }
    for strategy in ["as told", "full jitter", "queue behind a shared bucket"] {
        ran.in_time(1.0, "", &[(strategy, ALL)]);
        assert!((90.0..150.0).contains(&recovered(strategy)), "{strategy}");
    }
    let of = |strategy: &str, figure: &str| ran.row(strategy, 1.0, "")[figure].as_f64().unwrap();
    assert!(of("as told", "attempts_per_job") > 7.0);
    assert!(of("as told", "synchronisation") > 1.8);
    assert!((2.0..3.0).contains(&of("full jitter", "attempts_per_job")));
    let queue = "queue behind a shared bucket";
    assert!(of(queue, "attempts_per_job") < 1.4 && of(queue, "synchronisation") < 1.1);
}

#[test]
fn no_manners_of_one_client_make_up_for_anothers() {
    let ran = run("neighbours-on-a-key", 1, "build-2", &[]);
    let chat =
        |strategy: &str| ran.cell(strategy, "chat")["share"]["in_time"].as_f64().unwrap() * 100.0;
    for strategy in ["give-up", "together-py", "pace-by-headers"] {
        assert!((15.0..30.0).contains(&chat(strategy)), "{strategy}: {}", chat(strategy));
    }
    assert!((40.0..48.0).contains(&chat("greedy")));
    assert!((40.0..48.0).contains(&chat("bucket of its share")));
    assert!(ALL.contains(&chat("then a model of its own")));
    let crawler = &ran.cell("pace-by-headers", "crawler")["share"]["in_time"];
    assert!(crawler.as_f64().unwrap() > 0.999, "it pays for none of it");
}

#[test]
fn another_model_answers_what_more_tries_and_a_hedge_do_not() {
    let ran = run("fallback", 1, "build-2", &[]);
    ran.in_time(
        1.0,
        "",
        &[
            ("then a smaller model", ALL),
            ("then hardware of one's own", 94.0..98.5),
            ("full-jitter", 86.0..90.0),
            ("together-py", 86.0..90.0),
            ("a hedge", 82.0..86.5),
        ],
    );
    let went = ran.cell("then a smaller model", "")["elsewhere"]["answered"].as_u64().unwrap();
    assert!(went > 200, "{went}");
    let hedges = &ran.cell("a hedge", "")["hedges"];
    assert!(hedges["sent"].as_u64() > Some(80) && hedges["won"].as_u64() > Some(15), "{hedges}");
}
