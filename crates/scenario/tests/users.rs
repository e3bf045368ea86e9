//! What users want next, and how fast they can ask.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use chance::Seed;
use limits::{Instant, Span};
use proptest::prelude::*;
use rulebook::Rulebook;
use scenario::{Loops, Scenario, Timeline, Wanted, asking, check};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

fn of_users(users: &str) -> Scenario {
    let text = format!(
        r#"
title = "Users"
account = {{ tier = "build-2" }}
[assume]
first_token_noise = "0"
speed_noise = "0"
[[group]]
name = "open"
model = "openai/gpt-oss-20b"
prompt = 900
answer = 220
traffic = {{ steady = {{ rate = "1/s" }} }}
[[group]]
name = "users"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = {{ lognormal = {{ median = 900, p95 = 3000 }} }}
answer = {{ lognormal = {{ median = 220, p95 = 800 }} }}
max_tokens = 1000
traffic = {{ users = {{ lasts = "10m", {users} }} }}
"#
    );
    Scenario::parse("users.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn at(seconds: u64) -> Instant {
    Instant::START.after(Span::from_secs(seconds))
}

fn thinking(think: &str) -> Scenario {
    of_users(&format!("count = 7, think = {think}"))
}

#[test]
fn a_measured_user_may_ask_again_at_once() {
    let scenario = thinking("{ quantiles = { min = \"0s\", p50 = \"0s\", max = \"40s\" } }");
    let loops = Loops::of(&scenario, Seed(1));
    let next = |job| loops.next_after(1, job, at(5)).unwrap();
    let at_once = (0..1000).filter(|job| next(*job).due == at(5)).count();
    assert!((400..600).contains(&at_once), "{at_once} of 1000");
    assert!((asking(&scenario)[0].think_s - 10.0).abs() < 1e-6, "half of them 20 s on average");
}

#[test]
fn a_user_has_every_nth_job_and_no_two_users_one() {
    let scenario = thinking("\"20s\"");
    let loops = Loops::of(&scenario, Seed(1));
    let first: Vec<Wanted> = loops.first().collect();
    assert_eq!(first.iter().map(|wanted| wanted.job).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    assert!(first.iter().all(|wanted| (wanted.group, wanted.due) == (1, Instant::START)));
    let next = loops.next_after(1, 3, at(5)).unwrap();
    assert_eq!(next, Wanted { due: at(25), group: 1, job: 10 });
    assert_eq!(loops.next_after(0, 3, at(5)), None, "nobody waits for the jobs of an open group");
}

#[test]
fn nobody_asks_when_the_time_is_over() {
    let scenario = thinking("\"20s\"");
    let loops = Loops::of(&scenario, Seed(1));
    let last = Instant::from_nanos(at(600).nanos() - 1);
    assert!(loops.next_after(1, 0, Instant::from_nanos(last.nanos() - 20_000_000_000)).is_some());
    assert_eq!(loops.next_after(1, 0, at(580)), None, "that would be at the end itself");
}

#[test]
fn a_timeline_has_no_users_and_loops_nobody_else() {
    let scenario = thinking("\"20s\"");
    assert!(Timeline::of(&scenario, Seed(1)).all(|arrival| arrival.group == 0));
    assert!(!Loops::of(&scenario, Seed(1)).are_none());
}

#[test]
fn users_come_evenly_within_their_time() {
    let scenario = of_users("count = 10000, think = \"20s\", starts = { within = \"100s\" }");
    let mut bins = [0_u32; 10];
    for wanted in Loops::of(&scenario, Seed(1)).first() {
        bins[usize::try_from(wanted.due.since(Instant::START).nanos() / 10_000_000_000)
            .unwrap()] += 1;
    }
    // 1,000 each, with a standard deviation of 30.
    assert!(bins.iter().all(|bin| (850..1_150).contains(bin)), "{bins:?}");
}

/// The thinking before each of many jobs, in seconds, ascending.
fn thoughts(think: &str) -> Vec<f64> {
    let scenario = thinking(think);
    let loops = Loops::of(&scenario, Seed(3));
    let after = |job| {
        loops
            .next_after(1, job, Instant::START)
            .map_or(600.0, |wanted| wanted.due.since(Instant::START).nanos() as f64 / 1e9)
    };
    let mut thoughts: Vec<f64> = (0..40_000).map(after).collect();
    thoughts.sort_by(f64::total_cmp);
    thoughts
}

#[test]
fn thinking_follows_its_law() {
    let near = |found: f64, said: f64| (found / said - 1.0).abs() < 0.03;
    let lognormal = thoughts("{ lognormal = { median = \"20s\", p95 = \"1m\" } }");
    assert!(near(lognormal[20_000], 20.0) && near(lognormal[38_000], 60.0));
    let exponential = thoughts("{ exponential = { mean = \"20s\" } }");
    assert!(near(exponential.iter().sum::<f64>() / 40_000.0, 20.0));
    // Half of them are below ln 2 of the mean.
    assert!(near(exponential[20_000], 13.863));
    assert!(thoughts("\"20s\"").iter().all(|thought| (thought - 20.0).abs() < 1e-9));
}

proptest! {
    /// However late a job comes, it is the same job, and so is the thinking before it.
    #[test]
    fn when_a_job_falls_due_changes_nothing_else(
        job in 0_u64..1_000_000,
        ended in 0_u64..500,
        later in 1_u64..90,
        seed: u64,
    ) {
        let scenario = thinking("{ exponential = { mean = \"100ms\" } }");
        let loops = Loops::of(&scenario, Seed(seed));
        let [early, late] = [ended, ended + later].map(|ended| {
            let wanted = loops.next_after(1, job, at(ended)).unwrap();
            (wanted.due.since(at(ended)), loops.arrival(wanted).unwrap())
        });
        prop_assert_eq!(early.0, late.0);
        prop_assert!(early.1.due < late.1.due);
        prop_assert_eq!(
            (early.1.tokens(), early.1.fate(), early.1.job),
            (late.1.tokens(), late.1.fate(), job + 7)
        );
        prop_assert!(early.1.answer <= 1_000);
    }
}

#[test]
fn the_most_that_users_can_ask_for_is_their_number_over_thinking_and_answer() {
    let text = of_users("count = 100, think = \"20s\"").text;
    let text = text
        .replace("prompt = { lognormal = { median = 900, p95 = 3000 } }", "prompt = 1000")
        .replace("answer = { lognormal = { median = 220, p95 = 800 } }", "answer = 201");
    let scenario = Scenario::parse("users.toml", &text, &RULEBOOK).unwrap();
    let asked = asking(&scenario);
    assert_eq!((asked.len(), asked[0].group, asked[0].users), (1, 1, 100));
    let latency = scenario.edition.latency(&scenario.groups[1].model, &scenario.assumptions);
    let seconds = |span: Span| span.nanos() as f64 / 1e9;
    let a_token =
        seconds(latency.tokens_per_second.per_span()) / latency.tokens_per_second.amount().0 as f64;
    let answer = seconds(latency.first_token)
        + 1_000.0 * seconds(latency.prefill_per_token)
        + 200.0 * a_token;
    assert!((asked[0].answer_s - answer).abs() < 1e-6, "{asked:?}, {answer}");
    let rate = 100.0 / (20.0 + answer);
    assert!((asked[0].jobs_per_s - rate).abs() < 1e-6);
    let mine = check(&scenario)
        .into_iter()
        .find(|check| check.tier == scenario.tier && check.groups == [1]);
    let mine = mine.unwrap();
    assert!((mine.peak_jobs_per_s - rate).abs() < 1e-6);
    assert!((mine.peak_tokens_per_s - rate * 1_201.0).abs() < 1e-3);
}

#[test]
fn users_are_told_as_they_are() {
    let told = |users: &str| {
        let scenario = of_users(users);
        let origin = scenario::Origin::default();
        let header = scenario.header(&origin, run_record::Driver::Simulated, false);
        header.groups[1].traffic.clone()
    };
    let lines = [
        told("count = 100, think = \"20s\""),
        told("count = 1, think = { exponential = { mean = \"500ms\" } }"),
        told(
            "count = 30, think = { lognormal = { median = \"20s\", p95 = \"1m\" } }, \
             starts = { within = \"1m\" }",
        ),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    100 users, thinking 20s, all from the first instant on, for 10m
    1 user, thinking 500ms on average, all from the first instant on, for 10m
    30 users, thinking 20s at the median and 1m at the 95th percentile, coming within 1m, for 10m
    ");
}
