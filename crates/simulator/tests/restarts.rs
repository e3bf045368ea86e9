//! Clients that restart: what was in flight is gone, what was in hand is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::BTreeMap;

use limits::{Instant, Span};
use mock_together::Limits;
use rulebook::Rulebook;
use run_record::{Attempt, AttemptEnd, AttemptOutcome, Leaf};
use scenario::Scenario;
use simulator::{CellPlan, cells, replicate_logging};

/// Answers of a second and more, three clients, one strategy.
fn scenario(events: &str, strategy: &str) -> Scenario {
    at_rate("5/s", events, strategy)
}

fn at_rate(rate: &str, events: &str, strategy: &str) -> Scenario {
    let text = format!(
        r#"
title = "Restarts"
edition = "2025-11"
seed = 5
[account]
tier = "build-1"
[assume]
first_token_noise = "0"
speed_noise = "0"
[[group]]
name = "workers"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 3
prompt = 500
answer = 100
traffic = {{ steady = {{ rate = "{rate}", lasts = "1m" }} }}
{events}
[[strategy]]
{strategy}
[compare]
tiers = ["build-1"]
"#
    );
    let read = Scenario::parse("restarts.toml", &text, &Rulebook::embedded().unwrap());
    read.unwrap_or_else(|refused| panic!("{refused}"))
}

const ALIGNED: &str = r#"
[[event]]
at = "20s"
restart = { group = "workers", takes = "10s" }
"#;

fn at(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

/// The attempts of each job, in the order of their numbers, and the leaf.
fn run(scenario: &Scenario, limits: Limits) -> (BTreeMap<u64, Vec<AttemptEnd>>, Leaf) {
    let plan = CellPlan { limits, ..cells(scenario).remove(0) };
    let (groups, attempts) = replicate_logging(scenario, &plan, 0).unwrap();
    let mut jobs: BTreeMap<u64, Vec<AttemptEnd>> = BTreeMap::new();
    for Attempt { end, .. } in attempts {
        jobs.entry(end.job).or_default().push(end);
    }
    for (job, ends) in &jobs {
        let numbers: Vec<u32> = ends.iter().map(|end| end.n).collect();
        let in_all = u32::try_from(ends.len()).unwrap();
        assert_eq!(numbers, (1..=in_all).collect::<Vec<_>>(), "job {job}");
    }
    (jobs, groups.into_iter().next().unwrap().leaf)
}

#[test]
fn what_is_in_flight_is_cancelled_and_offered_anew_with_all_that_fell_due_meanwhile() {
    let scenario = scenario(ALIGNED, "preset = \"give-up\"");
    let (jobs, leaf) = run(&scenario, Limits::Off);
    assert_eq!((leaf.jobs.offered, leaf.jobs.answered), (300, 300));
    let (down, up) = (at(20_000), at(30_000));
    let mut herd = Vec::new();
    for (job, ends) in &jobs {
        let due = at(job * 200);
        match ends.as_slice() {
            [only] if only.sent == due => assert!(due < down || due >= up, "job {job}"),
            [only] => {
                assert!(due >= down && due < up, "job {job}");
                herd.push((*job, only.sent));
            }
            [cut, again] => {
                assert_eq!((cut.how, cut.now, cut.sent), (AttemptOutcome::Cancelled, down, due));
                assert!(due < down);
                herd.push((*job, again.sent));
            }
            _ => panic!("job {job} was sent {} times", ends.len()),
        }
        assert!(matches!(ends.last().unwrap().how, AttemptOutcome::Ok(_)));
    }
    // All that was in flight, and the ten seconds' fifty: one herd in one instant.
    assert!(herd.len() > 53, "{} jobs", herd.len());
    assert!(herd.iter().all(|(_, sent)| *sent == up), "{herd:?}");
    let cancelled = usize::try_from(leaf.attempts.cancelled).unwrap();
    assert_eq!(cancelled + 50, herd.len());
}

#[test]
fn restarts_that_are_apart_take_one_client_after_the_other() {
    let apart = ALIGNED.replace("\"10s\"", "\"4s\", apart = \"5s\"");
    let scenario = scenario(&apart, "preset = \"give-up\"");
    let (jobs, _) = run(&scenario, Limits::Off);
    for (job, ends) in &jobs {
        let down = 20_000 + job % 3 * 5_000;
        let due = job * 200;
        let waits = due >= down && due < down + 4_000;
        let sent = if waits { at(down + 4_000) } else { at(due) };
        assert_eq!(ends[0].sent, sent, "job {job} of client {}", job % 3);
    }
}

#[test]
fn a_client_that_restarts_has_forgotten_how_often_it_tried() {
    // Twice as much as the limit allows, and three tries: the herd is refused, and begins anew.
    let strategy = "name = \"three\"\nretry_on = \"limits_and_failures\"\n\
                    wait = { exponential = { first = \"9s\", cap = \"9s\" } }\ntries = 3";
    let crowded = at_rate("20/s", ALIGNED, strategy);
    let (jobs, leaf) = run(&crowded, Limits::Published);
    let most = jobs.values().map(Vec::len).max().unwrap();
    assert!((4..=6).contains(&most), "{most} attempts of one job");
    assert!(leaf.jobs.gave_up > 0);
    for (job, ends) in &jobs {
        // Nothing is sent while everybody is down, whatever timers were set before.
        let asleep = ends.iter().filter(|end| end.sent >= at(20_000) && end.sent < at(30_000));
        assert_eq!(asleep.count(), 0, "job {job}");
        let since = ends.iter().filter(|end| end.sent >= at(30_000)).count();
        assert!(since <= 3, "job {job} had {since} tries after the restart");
    }
}

#[test]
fn a_bucket_that_restarts_is_full_again() {
    let strategy = "preset = \"own-bucket\"";
    let calm = scenario("", strategy);
    let every_three_seconds = (1..20)
        .map(|k| ALIGNED.replace("20s", &format!("{}s", k * 3)).replace("\"10s\"", "\"100ms\""));
    let restless = every_three_seconds.collect::<Vec<_>>().concat();
    let restless = scenario(&restless, strategy);
    let refused = |of: &Scenario| run(of, Limits::Published).1.attempts.refused;
    assert!(refused(&restless) > refused(&calm));
}
