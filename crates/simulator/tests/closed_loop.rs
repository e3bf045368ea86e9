//! Users who wait for their answers, held against what is known of closed loops.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::BTreeMap;

use limits::{Instant, Span};
use mock_together::Limits;
use rulebook::Rulebook;
use run_record::{Attempt, AttemptOutcome};
use scenario::{Scenario, asking};
use simulator::{CellPlan, alone, cells, replicate, replicate_logging};

/// Answers that all take as long, so that what users ask for is known.
fn scenario(users: &str) -> Scenario {
    let text = format!(
        r#"
title = "Users"
edition = "2025-11"
seed = 5
[account]
tier = "build-1"
[assume]
first_token_noise = "0"
speed_noise = "0"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 3
prompt = {{ lognormal = {{ median = 500, p95 = 900 }} }}
answer = 100
deadline = "1m"
traffic = {{ users = {{ {users} }} }}
[[strategy]]
preset = "give-up"
[[strategy]]
preset = "together-py"
[[strategy]]
preset = "pace-by-headers"
[compare]
tiers = ["build-1", "build-3"]
"#
    );
    let read = Scenario::parse("users.toml", &text, &Rulebook::embedded().unwrap());
    read.unwrap_or_else(|refused| panic!("{refused}"))
}

/// The cells in which the account's limits hold, one a strategy.
fn limited(scenario: &Scenario) -> Vec<CellPlan> {
    cells(scenario).into_iter().take(scenario.strategies.len()).collect()
}

fn attempts(scenario: &Scenario, plan: &CellPlan) -> Vec<Attempt> {
    replicate_logging(scenario, plan, 0).unwrap().1
}

#[test]
fn without_limits_users_ask_as_littles_law_says() {
    // 200 users, 10 s of thinking by an exponential law, an answer of a second or so.
    let scenario =
        scenario("count = 200, think = { exponential = { mean = \"10s\" } }, lasts = \"1h\"");
    let plan = CellPlan { limits: Limits::Off, ..limited(&scenario).remove(0) };
    let leaf = replicate(&scenario, &plan, 0).unwrap().remove(0).leaf;
    let asked = asking(&scenario)[0];
    let rate = leaf.within.ok as f64 / 3_600.0;
    // As a sum of 200 renewal processes it has a standard deviation of 0.36 %; the first jobs, which
    // come without thinking, are another 0.3 %.
    assert!((rate / asked.jobs_per_s - 1.0).abs() < 0.012, "{rate} jobs/s, {asked:?}");
    let mean = leaf.times.answer.sum as f64 / leaf.jobs.answered as f64 / 1e9;
    assert!((mean / asked.answer_s - 1.0).abs() < 0.005, "{mean} s, {asked:?}");
}

#[test]
fn a_user_never_has_two_jobs_in_hand() {
    let scenario = scenario("count = 40, think = \"500ms\", lasts = \"2m\"");
    let think = Span::from_millis(500);
    for plan in limited(&scenario) {
        let attempts = attempts(&scenario, &plan);
        let mut jobs: BTreeMap<u64, (Instant, Instant)> = BTreeMap::new();
        for end in attempts.iter().map(|attempt| attempt.end) {
            let job = jobs.entry(end.job).or_insert((end.sent, end.now));
            *job = (job.0.min(end.sent), job.1.max(end.now));
        }
        assert!(jobs.len() > 200, "{} jobs", jobs.len());
        for (number, (_, ended)) in &jobs {
            let Some((began, _)) = jobs.get(&(number + 40)) else { continue };
            assert!(*began >= ended.after(think), "{:?}, job {number}", plan.key);
            // Without a gate of its own a client sends a job when it is due, and gives it up when
            // it is refused.
            assert!(plan.strategy != 0 || *began == ended.after(think), "job {number}");
        }
        let mut changes: Vec<(Instant, i32)> =
            jobs.values().flat_map(|(began, ended)| [(*began, 1), (*ended, -1)]).collect();
        changes.sort_unstable();
        let most = changes.iter().scan(0, |now, (_, change)| {
            *now += change;
            Some(*now)
        });
        assert!(most.max().unwrap() <= 40);
    }
}

#[test]
fn a_job_is_the_same_under_every_tier_and_strategy() {
    let scenario = scenario("count = 40, think = \"500ms\", lasts = \"2m\"");
    let mut known: BTreeMap<u64, wire::Usage> = BTreeMap::new();
    let mut met_again = 0;
    for plan in cells(&scenario) {
        for end in attempts(&scenario, &plan).iter().map(|attempt| attempt.end) {
            if let AttemptOutcome::Ok(usage) = end.how {
                met_again += u32::from(known.contains_key(&end.job));
                assert_eq!(*known.entry(end.job).or_insert(usage), usage, "job {}", end.job);
            }
        }
    }
    assert!(met_again > 1_000, "{met_again}");
}

#[test]
fn nothing_falls_due_once_users_have_stopped_asking_and_nobody_is_left_hanging() {
    let scenario = scenario("count = 40, think = \"500ms\", lasts = \"2m\"");
    let end = Instant::START.after(scenario.lasts);
    for plan in limited(&scenario) {
        let (groups, attempts) = replicate_logging(&scenario, &plan, 0).unwrap();
        let jobs = groups[0].leaf.jobs;
        assert_eq!(jobs.offered, jobs.answered + jobs.gave_up + jobs.unfinished);
        let first = |attempt: &&Attempt| attempt.end.n == 1;
        let last = attempts.iter().filter(first).map(|attempt| attempt.end.sent).max().unwrap();
        assert!(plan.strategy == 2 || last < end, "{:?}", plan.key);
    }
}

#[test]
fn alone_the_service_answers_users_one_after_another() {
    let scenario = scenario("count = 200, think = \"5s\", lasts = \"10m\"");
    let plan = CellPlan { limits: Limits::Off, ..limited(&scenario).remove(0) };
    let leaf = replicate(&scenario, &plan, 0).unwrap().remove(0).leaf;
    let alone = alone(&scenario).unwrap();
    assert!(alone.all);
    assert_eq!(u64::from(alone.jobs), leaf.jobs.offered);
    assert!(
        (alone.share.unwrap() - leaf.jobs.in_time as f64 / leaf.jobs.offered as f64).abs() < 1e-12
    );
}
