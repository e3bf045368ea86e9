//! Which limit binds, told from means: against figures computed by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::{Arc, LazyLock};

use rulebook::Rulebook;
use scenario::{Binds, Scenario, TierCheck, Trace, check};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

fn scenario(groups: &str) -> Scenario {
    let text = format!("title = \"Check\"\n[account]\ntier = \"build-2\"\n{groups}");
    Scenario::parse("check.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn group(name: &str, model: &str, lengths: &str, traffic: &str) -> String {
    format!("[[group]]\nname = \"{name}\"\nmodel = \"{model}\"\n{lengths}\ntraffic = {traffic}\n")
}

fn on<'c>(checks: &'c [TierCheck], tier: &str) -> &'c TierCheck {
    checks.iter().find(|check| check.tier.name() == tier).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

const RUSH: &str = "[{ poisson = { rate = \"2/s\", lasts = \"4m\" } }, \
                     { ramp = { from = \"2/s\", to = \"5/s\", lasts = \"2m\" } }, \
                     { poisson = { rate = \"4/s\", lasts = \"4m\" } }]";

#[test]
fn tokens_bind_where_jobs_are_long() {
    let all = check(&scenario(&group("chat", MODEL, "prompt = 1200\nanswer = 300", RUSH)));
    let two = on(&all, "build-2");
    assert_eq!(two.binds, Binds::Tokens);
    assert!(near(two.mean_tokens, 1_500.0));
    assert!(near(two.jobs_per_s_by_requests, 30.0), "1,800 a minute");
    assert!(near(two.jobs_per_s_by_tokens.unwrap(), 250_000.0 / 60.0 / 1_500.0));
    assert!(near(two.jobs_per_s_carried(), 2.777_777_777_777_778));
    assert!(near(two.peak_jobs_per_s, 5.0), "the end of the ramp, not what follows it");
    assert!(near(two.share_at_peak, 5.0 * 1_500.0 * 60.0 / 250_000.0));
    let four = on(&all, "build-4");
    assert!(near(four.share_at_peak, 0.45), "1,000,000 a minute");
    assert_eq!(all.iter().filter(|check| check.share_at_peak <= 1.0).count(), 3, "build-3 on");
}

#[test]
fn requests_bind_where_jobs_are_short() {
    let all = check(&scenario(&group("ping", MODEL, "prompt = 20\nanswer = 5", RUSH)));
    let two = on(&all, "build-2");
    assert_eq!(two.binds, Binds::Requests);
    assert!(near(two.jobs_per_s_carried(), 30.0));
    assert!(near(two.share_at_peak, 5.0 / 30.0));
}

#[test]
fn a_model_s_own_limit_binds_in_place_of_the_tier_s() {
    let r1 = group("r1", "deepseek-ai/DeepSeek-R1", "prompt = 20\nanswer = 5", RUSH);
    let all = check(&scenario(&r1));
    let one = on(&all, "build-1");
    assert_eq!(one.binds, Binds::Requests);
    assert!(near(one.jobs_per_s_carried(), 3.0 / 60.0), "3 a minute");
    assert!(near(one.share_at_peak, 100.0));
}

#[test]
fn what_goes_in_files_presses_on_no_limit() {
    let chat = group("chat", MODEL, "prompt = 1200\nanswer = 300", RUSH);
    let files = group("files", MODEL, "prompt = 9000\nanswer = 500\nbatch = true", RUSH);
    assert_eq!(check(&scenario(&(chat.clone() + &files))), check(&scenario(&chat)));
    assert!(check(&scenario(&files)).is_empty());
}

#[test]
fn groups_of_one_model_share_its_limits_and_others_do_not() {
    let groups = group(
        "chat",
        MODEL,
        "prompt = 1000\nanswer = 500",
        "{ poisson = { rate = \"1/s\", lasts = \"10m\" } }",
    ) + &group(
        "batch",
        MODEL,
        "prompt = 7000\nanswer = 500",
        "[{ steady = { rate = \"1/s\", lasts = \"5m\" } }, { steady = { rate = \"2/s\", lasts = \"5m\" } }]",
    ) + &group(
        "apart",
        "openai/gpt-oss-20b",
        "prompt = 10\nanswer = 10",
        "{ poisson = { rate = \"9/s\", lasts = \"10m\" } }",
    );
    let all = check(&scenario(&groups));
    assert_eq!(all.len(), 10, "five tiers, two models");
    let together = on(&all, "build-2");
    assert_eq!(together.groups, [0, 1]);
    assert!(near(together.peak_jobs_per_s, 3.0), "in the second half");
    assert!(near(together.peak_tokens_per_s, 1_500.0 + 2.0 * 7_500.0));
    assert!(near(together.mean_tokens, 5_500.0), "the mean of the mixture at the peak");
    let apart = all.iter().find(|check| check.groups == [2]).unwrap();
    assert!(near(apart.peak_jobs_per_s, 9.0));
}

#[test]
fn the_mean_job_knows_that_max_tokens_cuts() {
    let lengths = |most: &str| {
        format!("prompt = 100\nanswer = {{ lognormal = {{ median = 200, p95 = 800 }} }}\n{most}")
    };
    let mean = |most: &str| {
        let run = scenario(&group("chat", MODEL, &lengths(most), RUSH));
        check(&run)[0].mean_tokens - 100.0
    };
    // The mean of a lognormal: median * exp(sigma^2 / 2), sigma = ln(800 / 200) / 1.6449.
    let sigma = libm::log(4.0) / 1.644_853_626_951_472_7;
    let whole = 200.0 * libm::exp(sigma * sigma / 2.0);
    assert!((mean("") / whole - 1.0).abs() < 2e-3, "{} and {whole}", mean(""));
    // Cut at the median, half of all answers are the median; the others have the mean below it.
    let below = whole * libm::erfc(sigma / core::f64::consts::SQRT_2) / 2.0;
    let cut = 100.0 + below;
    assert!(
        (mean("max_tokens = 200") / cut - 1.0).abs() < 2e-3,
        "{} and {cut}",
        mean("max_tokens = 200")
    );
}

#[test]
fn a_trace_is_held_against_the_limits_by_its_busiest_minute() {
    let run = scenario(&format!(
        "[[group]]\nname = \"t\"\nmodel = \"{MODEL}\"\ntraffic = {{ trace = {{ file = \"t.csv\" }} }}\n"
    ));
    let second = 1_000_000_000;
    let trace = Trace {
        due: vec![0, 50 * second, 61 * second, 62 * second, 119 * second, 121 * second],
        prompt: vec![90_000, 100_000, 60_000, 70_000, 80_000, 10],
        answer: vec![1_000, 2_000, 10, 20, 30, 40],
    };
    let all = check(&run.with_trace(Arc::new(trace)).unwrap());
    let two = on(&all, "build-2");
    assert!(near(two.peak_tokens_per_s, 210_060.0 / 60.0), "the second minute");
    assert!(near(two.peak_jobs_per_s, 3.0 / 60.0));
    assert!(near(two.share_at_peak, 210_060.0 / 250_000.0));
}

#[test]
fn an_event_after_a_trace_is_not_helped_by_a_longer_run() {
    let run = scenario(&format!(
        "[[group]]\nname = \"t\"\nmodel = \"{MODEL}\"\ntraffic = {{ trace = {{ file = \"t.csv\" }} }}\n\
         [[event]]\nat = \"5m\"\nrestart = {{ group = \"t\", takes = \"10s\" }}\n"
    ));
    let trace = Trace { due: vec![0, 60_000_000_000], prompt: vec![9, 9], answer: vec![1, 2] };
    let said = run.with_trace(Arc::new(trace)).unwrap_err().to_string();
    assert!(
        said.contains("this restart begins 5m from the start; the run is over at 1m"),
        "{said}"
    );
    assert!(said.contains("earlier: the recording says how long the run lasts"), "{said}");
}

/// What jobs of 1,500 tokens ask for at the peak, by their traffic, in jobs a second.
fn peak_of(head: &str, groups: &[&str]) -> f64 {
    let lengths = "prompt = 1200\nanswer = 300";
    let groups: String = groups
        .iter()
        .enumerate()
        .map(|(number, traffic)| group(&format!("g{number}"), MODEL, lengths, traffic))
        .collect();
    let text = format!("title = \"Check\"\n{head}\n[account]\ntier = \"build-2\"\n{groups}");
    let scenario = Scenario::parse("check.toml", &text, &RULEBOOK).unwrap();
    let checks = check(&scenario);
    let two = on(&checks, "build-2");
    assert!(near(two.peak_tokens_per_s, 1_500.0 * two.peak_jobs_per_s));
    two.peak_jobs_per_s
}

#[test]
fn uneven_gaps_have_the_peak_of_their_mean() {
    for family in ["gamma", "weibull"] {
        let traffic = format!("{{ {family} = {{ rate = \"5/s\", cv = 4, lasts = \"10m\" }} }}");
        assert!(near(peak_of("", &[&traffic]), 5.0));
    }
}

#[test]
fn what_falls_due_together_counts_with_its_minute() {
    let steady = "{ steady = { rate = \"2/s\", lasts = \"10m\" } }";
    let once = "[{ at_once = { jobs = 300 } }, { steady = { rate = \"1/s\", lasts = \"10m\" } }]";
    assert!(near(peak_of("", &[once]), 6.0));
    assert!(near(peak_of("", &[once, steady]), 8.0));
    let late = "[{ pause = { lasts = \"9m\" } }, { at_once = { jobs = 300, lasts = \"1m\" } }]";
    assert!(near(peak_of("", &[late, steady]), 7.0));
    let burst = |every: &str| {
        format!("{{ burst = {{ jobs = 30, every = \"{every}\", lasts = \"10m\" }} }}")
    };
    assert!(near(peak_of("", &[&burst("2m")]), 0.5), "one in a minute");
    assert!(near(peak_of("", &[&burst("10s")]), 3.0), "six of them");
    assert!(near(peak_of("", &[&burst("40s")]), 1.0), "two, at its beginning and in it");
}

#[test]
fn a_day_has_its_peak_where_it_is_in_the_run() {
    let day = |lasts: &str| {
        format!(
            "{{ daily = {{ peak = \"9/s\", trough = \"1/s\", busiest = \"14:05\", weekend = \"50%\", lasts = \"{lasts}\" }} }}"
        )
    };
    // A rate that holds still for a minute is so much off half way up.
    let close = |found: f64, expected: f64| (found / expected - 1.0).abs() < 2e-3;
    assert!(close(peak_of("", &[&day("1d")]), 9.0));
    // Two in the morning is a little before the trough, eight half way up.
    assert!(close(peak_of("starts = \"2025-11-03T02:05Z\"", &[&day("6h")]), 5.0));
    assert!(close(peak_of("starts = \"2025-11-08T00:00+05:00\"", &[&day("2d")]), 4.5), "a weekend");
    assert!(close(peak_of("starts = \"2025-11-08T00:00+05:00\"", &[&day("3d")]), 9.0));
    let other =
        "{ daily = { peak = \"9/s\", trough = \"1/s\", busiest = \"02:05\", lasts = \"1d\" } }";
    assert!(close(peak_of("", &[&day("1d"), other]), 10.0), "one is up while the other is down");
}
