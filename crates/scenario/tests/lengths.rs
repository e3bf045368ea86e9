//! Lengths of jobs: laws as they are written, against what is drawn.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use chance::Seed;
use limits::Span;
use rulebook::Rulebook;
use scenario::{Arrival, Scenario, Timeline, Times, Traffic, check};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

/// A group of 20,000 jobs.
fn group(lengths: &str) -> Scenario {
    let text = format!(
        "title = \"Lengths\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"chat\"\n\
         model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n{lengths}\n\
         traffic = {{ steady = {{ rate = \"10/s\", jobs = 20000 }} }}\n"
    );
    Scenario::parse("test.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn drawn(scenario: &Scenario) -> Vec<Arrival> {
    Timeline::of(scenario, Seed(scenario.seed)).collect()
}

/// The share of all that are at most this.
fn within(lengths: &[u32], most: u32) -> f64 {
    lengths.iter().filter(|length| **length <= most).count() as f64 / lengths.len() as f64
}

/// Four standard deviations of a share of 20,000 jobs.
const NEAR: f64 = 0.015;

#[test]
fn jobs_have_the_quantiles_that_were_measured() {
    let table =
        "{ quantiles = { p10 = 40, p50 = 900, p90 = 2500, p99 = 6000, min = 1, max = 8000 } }";
    let scenario =
        group(&format!("prompt = {table}\nanswer = {{ quantiles = [10, 60, 60, 90, 700] }}"));
    let jobs = drawn(&scenario);
    let prompts: Vec<u32> = jobs.iter().map(|job| job.prompt).collect();
    for (most, share) in [(40, 0.10), (470, 0.30), (900, 0.50), (2_500, 0.90), (6_000, 0.99)] {
        let found = within(&prompts, most);
        assert!((found - share).abs() < NEAR, "{found} of the prompts are within {most}");
    }
    assert!(prompts.iter().all(|prompt| (1..=8_000).contains(prompt)));
    let answers: Vec<u32> = jobs.iter().map(|job| job.answer).collect();
    assert!((within(&answers, 59) - 0.25).abs() < NEAR, "a quarter is on the way to the atom");
    assert!((within(&answers, 60) - 0.50).abs() < NEAR, "a quarter is all at it");
}

#[test]
fn beyond_the_outermost_quantiles_their_values_hold() {
    let jobs = drawn(&group("prompt = { quantiles = { p10 = 40, p90 = 2500 } }\nanswer = 1"));
    let prompts: Vec<u32> = jobs.iter().map(|job| job.prompt).collect();
    assert_eq!((prompts.iter().min(), prompts.iter().max()), (Some(&40), Some(&2_500)));
    assert!((within(&prompts, 40) - 0.10).abs() < NEAR);
    assert!((within(&prompts, 2_499) - 0.90).abs() < NEAR);
}

#[test]
fn the_mean_of_a_table_is_its_area() {
    let scenario =
        group("prompt = { quantiles = { min = 1, p50 = 901, max = 5001 } }\nanswer = 100");
    // Half of 451, half of 2,951, the middles of both lines; and the answer.
    let mean = check(&scenario)[0].mean_tokens;
    assert!((mean - 1_701.0 - 100.0).abs() < 1e-6, "{mean}");
    assert_eq!(scenario.largest_prompt(0), 4_993, "999 in a thousand: 901 + 0.998 × 4,100");
}

#[test]
fn what_lies_beyond_a_bound_is_held_there_or_drawn_again() {
    let law = |beyond: &str| {
        let law = format!("{{ exponential = {{ mean = 200, min = 100, max = 300{beyond} }} }}");
        let jobs = drawn(&group(&format!("prompt = {law}\nanswer = 1")));
        jobs.iter().map(|job| job.prompt).collect::<Vec<u32>>()
    };
    let held = law("");
    assert_eq!(held, law(", beyond = \"held\""), "as it is unless it is said");
    // e^-½ of an exponential law is above half of its mean.
    assert!((within(&held, 100) - (1.0 - libm::exp(-0.5))).abs() < NEAR);
    let redrawn = law(", beyond = \"redrawn\"");
    assert!(redrawn.iter().all(|prompt| (100..=300).contains(prompt)));
    assert!(within(&redrawn, 100) < 0.01, "next to none is at a bound");
    assert!((within(&redrawn, 176) - 0.5).abs() < NEAR, "-200 ln((e^-½ + e^-1½) ÷ 2) is 175.9");
}

#[test]
fn a_tail_by_pareto_is_longer_than_a_lognormal_one_of_the_same_percentiles() {
    let longest = |word: &str| {
        let law = format!("{{ {word} = {{ median = 100, p95 = 500, max = 50000 }} }}");
        let jobs = drawn(&group(&format!("prompt = {law}\nanswer = 1")));
        let prompts: Vec<u32> = jobs.iter().map(|job| job.prompt).collect();
        assert!((within(&prompts, 100) - 0.5).abs() < NEAR, "{word}");
        assert!((within(&prompts, 500) - 0.95).abs() < NEAR, "{word}");
        prompts.into_iter().max().unwrap()
    };
    // k is 1.43: of 20,000 the longest is some 60 × 20,000^0.7; of the other e^(0.98 × 4) × 100.
    assert!(longest("pareto") > 4 * longest("lognormal"));
}

const LAWS: &str = "prompt = { lognormal = { median = 4000, p95 = 30000 } }\n\
                    answer = { quantiles = { p10 = 400, p50 = 3000, p90 = 9000, max = 90000 } }";

/// The rank of each among all; of equal ones the mean of their ranks.
fn ranks(lengths: &[u32]) -> Vec<f64> {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let below = |of: u32| sorted.partition_point(|other| *other < of) as f64;
    let within = |of: u32| sorted.partition_point(|other| *other <= of) as f64;
    lengths.iter().map(|length| f64::midpoint(below(*length), within(*length))).collect()
}

/// The correlation of the ranks of prompts and answers.
fn spearman(jobs: &[Arrival]) -> f64 {
    let prompts = ranks(&jobs.iter().map(|job| job.prompt).collect::<Vec<u32>>());
    let answers = ranks(&jobs.iter().map(|job| job.answer).collect::<Vec<u32>>());
    let middle = jobs.len() as f64 / 2.0;
    let sum = |of: &mut dyn Iterator<Item = f64>| of.sum::<f64>();
    let of = |ranks: &[f64]| sum(&mut ranks.iter().map(|rank| (rank - middle) * (rank - middle)));
    let pairs = prompts.iter().zip(&answers);
    let both = sum(&mut pairs.map(|(prompt, answer)| (prompt - middle) * (answer - middle)));
    both / (of(&prompts) * of(&answers)).sqrt()
}

#[test]
fn prompts_and_answers_go_together_as_far_as_is_said() {
    for rho in [-0.9, -0.3, 0.5, 0.95, 1.0] {
        let found = spearman(&drawn(&group(&format!("{LAWS}\ncorrelation = {rho}"))));
        // Three standard errors of 20,000 jobs, and a tenth of all answers in one length.
        assert!((found - rho).abs() < 0.022 * (1.0 - rho * rho) + 0.001, "{found}, not {rho}");
    }
    assert!(spearman(&drawn(&group(LAWS))).abs() < 0.022);
}

#[test]
fn a_correlation_moves_no_prompt_no_gap_and_no_law() {
    let alone = drawn(&group(LAWS));
    let together = drawn(&group(&format!("{LAWS}\ncorrelation = 0.8")));
    let rest = |jobs: &[Arrival]| -> Vec<Arrival> {
        jobs.iter().map(|job| Arrival { answer: 0, ..*job }).collect()
    };
    assert_eq!(rest(&alone), rest(&together));
    let answers = |jobs: &[Arrival]| -> Vec<u32> {
        let mut answers: Vec<u32> = jobs.iter().map(|job| job.answer).collect();
        answers.sort_unstable();
        answers
    };
    let (alone, together) = (answers(&alone), answers(&together));
    assert_ne!(alone, together);
    let share = |of: &[u32], most: u32| of.partition_point(|answer| *answer <= most) as f64 / 2e4;
    let furthest = alone.iter().fold(0.0_f64, |most, answer| {
        most.max((share(&alone, *answer) - share(&together, *answer)).abs())
    });
    // Two sets of one law are closer than this in nine hundred and ninety-nine cases of a thousand.
    assert!(furthest < 1.95 * (2.0_f64 / 20_000.0).sqrt(), "{furthest}");
}

#[test]
fn a_correlation_of_nothing_changes_nothing() {
    let none = format!("{LAWS}\ncorrelation = 0");
    assert_eq!(drawn(&group(LAWS)), drawn(&group(&none)));
}

#[test]
fn means_and_reservations_are_those_of_the_laws_alone() {
    let (alone, with) = (group(LAWS), group(&format!("{LAWS}\ncorrelation = 0.8")));
    assert_eq!(check(&alone), check(&with));
    assert_eq!(alone.largest_prompt(0), with.largest_prompt(0));
    assert_eq!(alone.expected_answer(0), with.expected_answer(0));
}

/// How long users think by what is written.
fn thinking(think: &str) -> Times {
    let text = format!(
        "title = \"Users\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"chat\"\n\
         model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\nprompt = 900\nanswer = 200\n\
         traffic = {{ users = {{ count = 10, think = {think}, lasts = \"10m\" }} }}\n"
    );
    let scenario = Scenario::parse("test.toml", &text, &RULEBOOK);
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    let Traffic::Users(users) = &scenario.groups[0].traffic else { panic!("users") };
    users.think.clone()
}

#[test]
fn times_are_drawn_by_the_laws_of_lengths() {
    let half = |think: &str| {
        let times = thinking(think);
        (times.to_string(), times.at(|| 1 << 63), times.at(|| u64::MAX))
    };
    let (second, at_most) = (Span::from_secs(1), Span::from_secs(120));
    let measured = "{ quantiles = { p10 = \"500ms\", p50 = \"20s\", max = \"2m\" } }";
    let told = "500ms to 2m as measured".to_owned();
    assert_eq!(half(measured), (told, Span::from_secs(20), at_most));
    let (told, middle, most) = half("{ exponential = { mean = \"1s\", max = \"2s\" } }");
    assert_eq!(told, "1s on average, 2s at most");
    assert!(middle.nanos().abs_diff(693_147_181) < 10_000, "ln 2 of a second: {middle:?}");
    assert_eq!(most, second.times(2));
    let (told, middle, most) = half("{ pareto = { median = \"1s\", p95 = \"4s\" } }");
    assert_eq!(told, "1s at the median and 4s at the 95th percentile");
    assert!(middle.nanos().abs_diff(second.nanos()) < 10_000, "{middle:?}");
    assert!(most > Span::from_secs(86_400), "nobody said that it ends: {most:?}");
    assert_eq!(thinking("\"20s\"").at(|| panic!("nothing is drawn")), Span::from_secs(20));
}

#[test]
fn the_mean_of_times_is_that_of_what_is_drawn() {
    let times = thinking("{ exponential = { mean = \"1s\", max = \"1s\", beyond = \"held\" } }");
    // What is held at its mean: 1 - e^-1 of it.
    let mean = times.mean().nanos();
    assert!(mean.abs_diff(632_120_559) < 100_000, "{mean}");
}
