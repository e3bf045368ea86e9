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
    /// The cell of a strategy and a group, `""` for all of them, on a tier, or where there are none
    /// after a past hour such as `past-300`.
    fn cell(&self, tier: &str, strategy: &str, group: &str) -> &Value {
        let cells = self.0["cells"].as_array().unwrap();
        let is = |cell: &&Value| {
            let past = format!("past-{}", cell["past_hour_per_minute"]);
            (cell["tier"] == tier || past == tier)
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

#[test]
fn a_gate_is_opened_by_a_tier_and_by_no_retry() {
    let ran = run("image-gate", &["--seeds", "1"]);
    for strategy in ["give-up", "together-py", "full-jitter", "own-bucket"] {
        let finals = ran.cell("build-1", strategy, "finals");
        assert_eq!(finals["attempts"]["by_status"]["403"], finals["jobs"]["offered"]);
        assert_eq!(finals["attempts"]["sent"], finals["jobs"]["offered"], "it is not tried again");
        assert!(ran.in_time(("build-1", strategy, "drafts")) > 99.0);
        assert!(ran.in_time(("limited", strategy, "")) < 0.001, "both are behind a gate");
        assert!(ran.in_time(("build-2", strategy, "")) > 99.9);
    }
}

#[test]
fn two_gateways_let_more_through_than_anybody_reads() {
    let two = run("two-replicas", &["--seeds", "2", "--tier", "build-1"]);
    let sdk = ("build-1", "together-py", "");
    assert!(two.in_time(sdk) > 99.9);
    assert!((0.5..1.5).contains(&two.share(sdk, "status_429")), "one attempt in a hundred");
    for queue in ["pace-by-headers", "own-bucket"] {
        assert!((3.0..7.0).contains(&two.in_time(("build-1", queue, ""))), "one job in twenty");
    }
    let words = ["--seeds", "2", "--tier", "build-1", "--set", "assume.gateway_replicas=\"1\""];
    assert!((72.0..78.0).contains(&run("two-replicas", &words).in_time(sdk)), "a quarter is lost");
}

#[test]
fn room_in_the_headers_of_a_tier_is_no_promise() {
    let ran = run("hybrid-2026-02", &["--seeds", "2", "--tier", "build-3,build-4,build-5"]);
    let once = ("build-3", "give-up", "");
    assert!((19.0..25.0).contains(&ran.share(once, "status_429")), "one attempt in five");
    let cell = ran.cell("build-3", "give-up", "");
    let by_status = &cell["attempts"]["by_status"];
    assert!(by_status["429"].as_u64() > by_status["503"].as_u64().map(|those| those * 20));
    assert!(cell["headroom"]["lowest_remaining_share"].as_f64() > Some(0.49), "half is left");
    for tier in ["build-4", "build-5"] {
        assert!((ran.in_time((tier, "give-up", "")) - ran.in_time(once)).abs() < 0.5, "{tier}");
    }
    for queue in ["pace-by-headers", "own-bucket"] {
        assert!(ran.in_time(("build-3", queue, "")) < ran.in_time(once), "{queue}");
    }
}

#[test]
fn a_batch_needs_a_queue_before_it_needs_a_tier() {
    let ran = run("eval-batch-on-r1", &["--seeds", "2"]);
    assert!((1.0..3.0).contains(&ran.in_time(("build", "together-py", ""))));
    let queue = ("build", "own-bucket", "");
    assert!(ran.in_time(queue) > 99.9 && ran.share(queue, "status_429") < 2.0);
    let last = &ran.cell("build", "own-bucket", "")["time_to_answer_s"]["p95"];
    assert!((560.0..660.0).contains(&last.as_f64().unwrap()), "within eleven minutes: {last}");
    let scale = ("scale", "together-py", "");
    assert!(ran.in_time(scale) > 99.9);
    assert!((45.0..55.0).contains(&ran.share(scale, "first_attempt_429")));
    assert_eq!(ran.verdict(), "met");
}

#[test]
fn a_grant_is_for_one_model_and_not_for_today() {
    let ran = run("operational-scale-grant", &["--seeds", "1"]);
    let of = |strategy, group| ran.in_time(("build", strategy, group));
    let (assistant, search) = (of("together-py", "assistant"), of("together-py", "search"));
    assert!((60.0..70.0).contains(&search), "a third of both mornings is lost: {search}");
    assert!(
        (assistant - f64::midpoint(search, 100.0)).abs() < 2.0,
        "a third of the first: {assistant}"
    );
    assert!(of("own-bucket", "assistant") < 3.0 && of("own-bucket", "search") < 3.0);
}

#[test]
fn hardware_of_ones_own_does_nothing_before_it_has_started() {
    let ran = run("dedicated-h100", &["--seeds", "1"]);
    for strategy in ["give-up", "together-py", "full-jitter"] {
        let own = ran.in_time(("build-2", strategy, "own hardware"));
        assert!((75.0..80.0).contains(&own), "more than one in five is lost: {own}");
        assert!(ran.in_time(("build-2", strategy, "shared fleet")) > 98.0);
        let own = ran.cell("build-2", strategy, "own hardware");
        assert_eq!(own["attempts"]["by_status"]["429"], 0);
        assert_eq!(own["headroom"]["lowest_remaining_share"], Value::Null, "nothing limits it");
    }
}

#[test]
fn an_outage_is_the_platforms_fault_until_retries_make_it_the_clients() {
    let ran = run("capacity-outage", &["--seeds", "1", "--tier", "300/min"]);
    let of = |strategy| ("past-300", strategy, "");
    assert!((70.0..80.0).contains(&ran.in_time(of("give-up"))), "a quarter is lost");
    assert!(ran.share(of("give-up"), "status_429") < 0.2, "all of it as 503");
    for strategy in ["together-py", "full-jitter"] {
        assert!((70.0..80.0).contains(&ran.in_time(of(strategy))), "{strategy}: hardly less");
    }
    assert!(ran.in_time(of("patient")) > 99.0);
    assert!((40.0..60.0).contains(&ran.share(of("patient"), "status_429")), "half of its attempts");
    assert_eq!(ran.verdict(), "met");
}

#[test]
fn twice_the_past_hour_is_what_the_platform_answers_for() {
    let ran = run("dynamic-2026-08", &["--seeds", "1", "--tier", "300/min"]);
    let once = ran.cell("past-300", "give-up", "");
    let status = |status: &str| once["attempts"]["by_status"][status].as_f64().unwrap();
    let lost = (status("429") + status("503")) / once["attempts"]["sent"].as_f64().unwrap();
    assert!((0.10..0.15).contains(&lost), "one in eight: {lost}");
    assert!((0.6..1.6).contains(&(status("429") / status("503"))), "half of them as 429");
    for strategy in ["together-py", "full-jitter"] {
        let gained =
            ran.in_time(("past-300", strategy, "")) - ran.in_time(("past-300", "give-up", ""));
        assert!(gained < 2.0, "{strategy} answers hardly more: {gained}");
    }
    let bucket = ("past-300", "bucket", "");
    assert!(ran.share(bucket, "status_429") < 0.01);
    assert!((20.0..50.0).contains(&ran.in_time(bucket)), "mostly late");
}

#[test]
fn a_past_hour_says_who_is_to_blame_and_not_how_much_is_answered() {
    let ran = run("launch-day-2026-08", &["--seeds", "1", "--tier", "0/min,300/min"]);
    let (launch, known) = (("past-0", "give-up", ""), ("past-300", "give-up", ""));
    assert!((ran.in_time(launch) - ran.in_time(known)).abs() < 0.001, "the same is answered");
    assert!((75.0..85.0).contains(&ran.in_time(launch)), "four in five");
    assert!(ran.share(launch, "status_429") > 14.0);
    assert!(ran.share(known, "status_429") < 1.0, "it is told 503");
    assert!(ran.in_time(("past-0", "bucket", "")) < 3.0);
}

#[test]
fn neighbours_slow_a_service_down_before_they_take_its_answers() {
    let ran = run("noisy-neighbours", &["--seeds", "2", "--tier", "120/min"]);
    let once = ("past-120", "give-up", "");
    assert!(ran.share(once, "status_429") < 0.5, "never above its dynamic rate");
    let sdk = ("past-120", "together-py", "");
    assert!(ran.share(sdk, "answered") > ran.share(once, "answered") + 0.8);
    assert!(ran.in_time(sdk) < ran.in_time(once) + 0.8, "what they save is late");
    assert!(ran.share(once, "answered") - ran.in_time(once) > 2.0, "others are late, too");
}
