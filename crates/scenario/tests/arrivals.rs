//! When jobs fall due: the laws that arrivals obey, and what never changes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use chance::Seed;
use limits::Span;
use rulebook::Rulebook;
use scenario::{Arrival, Overrides, Scenario, Timeline};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

fn group(name: &str, traffic: &str) -> String {
    format!(
        "[[group]]\nname = \"{name}\"\nmodel = \"{MODEL}\"\n\
         prompt = {{ lognormal = {{ median = 900, p95 = 3000 }} }}\n\
         answer = {{ lognormal = {{ median = 220, p95 = 800 }} }}\nmax_tokens = 1000\ntraffic = {traffic}\n"
    )
}

fn scenario(groups: &[(&str, &str)]) -> Scenario {
    let groups: String = groups.iter().map(|(name, traffic)| group(name, traffic)).collect();
    let text = format!("title = \"Arrivals\"\n[account]\ntier = \"build-2\"\n{groups}");
    Scenario::parse("arrivals.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn arrivals(traffic: &str, seed: u64) -> Vec<Arrival> {
    Timeline::of(&scenario(&[("only", traffic)]), Seed(seed)).collect()
}

fn mean_and_variance(samples: &[f64]) -> (f64, f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum::<f64>();
    (mean, squares / (count - 1.0))
}

/// Counts of a Poisson process have their mean as variance. Over 2,000 seeds the standard errors
/// are known: of the mean √(λ/n), of the variance about λ√(2/n); 4.5 of them happen to one seed
/// list in 150,000, and the list is fixed.
#[test]
fn counts_of_a_minute_are_poisson() {
    let run = scenario(&[("only", "{ poisson = { rate = \"3/s\", lasts = \"1m\" } }")]);
    let seeds = 2_000_u32;
    let counts: Vec<f64> = (0..seeds)
        .map(|seed| Timeline::of(&run, Seed(u64::from(seed) * 1_000)).count() as f64)
        .collect();
    let (mean, variance) = mean_and_variance(&counts);
    let n = f64::from(seeds);
    assert!((mean - 180.0).abs() < 4.5 * (180.0 / n).sqrt(), "mean {mean}");
    assert!((variance - 180.0).abs() < 4.5 * 180.0 * (2.0 / n).sqrt(), "variance {variance}");
}

/// Counts in two halves of a phase know nothing of one another.
#[test]
fn counts_of_separate_times_are_independent() {
    let run = scenario(&[("only", "{ poisson = { rate = \"3/s\", lasts = \"1m\" } }")]);
    let half = Span::from_secs(30).nanos();
    let pairs: Vec<(f64, f64)> = (0..2_000)
        .map(|seed| {
            let (before, after): (Vec<_>, Vec<_>) = Timeline::of(&run, Seed(seed * 1_000))
                .partition(|arrival| arrival.due.nanos() < half);
            (before.len() as f64, after.len() as f64)
        })
        .collect();
    let (first, first_variance) =
        mean_and_variance(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let (second, second_variance) =
        mean_and_variance(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    let count = pairs.len() as f64;
    let covariance = pairs.iter().map(|(a, b)| (a - first) * (b - second)).sum::<f64>() / count;
    let correlation = covariance / (first_variance * second_variance).sqrt();
    assert!(correlation.abs() < 4.5 / count.sqrt(), "{correlation}");
}

/// The largest distance between what was drawn and a law.
fn distance(mut samples: Vec<f64>, law: impl Fn(f64) -> f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let count = samples.len() as f64;
    let steps = samples.iter().enumerate().map(|(index, sample)| {
        let expected = law(*sample);
        (expected - index as f64 / count).abs().max(((index + 1) as f64 / count - expected).abs())
    });
    steps.fold(0.0, f64::max)
}

/// Kolmogorov and Smirnov: √n times the distance stays below 1.95 in 999 of 1,000 draws.
const KS_ONE_IN_A_THOUSAND: f64 = 1.95;

#[test]
fn gaps_of_a_poisson_phase_are_exponential() {
    let arrivals = arrivals("{ poisson = { rate = \"5/s\", lasts = \"4h\" } }", 7);
    assert!(arrivals.len() > 70_000);
    let dues: Vec<f64> = arrivals.iter().map(|arrival| arrival.due.nanos() as f64 / 1e9).collect();
    let gaps: Vec<f64> = dues.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let count = gaps.len() as f64;
    let distance = distance(gaps, |gap| 1.0 - libm::exp(-5.0 * gap));
    assert!(distance * count.sqrt() < KS_ONE_IN_A_THOUSAND, "{distance}");
}

/// Given their number, the arrivals of a Poisson process are spread as its rate is.
#[test]
fn arrivals_of_a_ramp_follow_its_rate() {
    for (from, to) in [(2.0, 8.0), (8.0, 2.0), (0.0, 6.0), (6.0, 0.0)] {
        let traffic =
            format!("{{ ramp = {{ from = \"{from}/s\", to = \"{to}/s\", lasts = \"1h\" }} }}");
        let dues: Vec<f64> = arrivals(&traffic, 11)
            .iter()
            .map(|arrival| arrival.due.nanos() as f64 / 3.6e12)
            .collect();
        let expected = 3_600.0 * (from + to) / 2.0;
        let count = dues.len() as f64;
        assert!((count - expected).abs() < 4.5 * f64::sqrt(expected), "{count} of {expected}");
        let area = |share: f64| {
            (from * share + (to - from) * share * share / 2.0) / f64::midpoint(from, to)
        };
        let distance = distance(dues, area);
        assert!(distance * count.sqrt() < KS_ONE_IN_A_THOUSAND, "{from} to {to}: {distance}");
    }
}

#[test]
fn a_gap_runs_on_over_a_change_of_rate() {
    let whole = arrivals("{ poisson = { rate = \"5/s\", lasts = \"10m\" } }", 3);
    let parts = arrivals(
        "[{ poisson = { rate = \"5/s\", lasts = \"3m\" } }, { ramp = { from = \"5/s\", to = \"5/s\", lasts = \"1m\" } }, \
         { poisson = { rate = \"300/min\", lasts = \"6m\" } }]",
        3,
    );
    assert_eq!(whole, parts, "phases of one rate are one phase");
}

#[test]
fn steady_arrivals_stand_exactly_where_the_rate_puts_them() {
    let dues: Vec<u64> = arrivals("{ steady = { rate = \"7/min\", lasts = \"10m\" } }", 1)
        .iter()
        .map(|a| a.due.nanos())
        .collect();
    let expected: Vec<u64> = (0..70).map(|index| index * 60_000_000_000 / 7).collect();
    assert_eq!(dues, expected);
}

#[test]
fn phases_follow_one_another() {
    let all = arrivals(
        "[{ steady = { rate = \"1/s\", lasts = \"10s\" } }, { poisson = { rate = \"50/s\", lasts = \"10s\" } }, \
         { steady = { rate = \"2/s\", lasts = \"10s\" } }]",
        5,
    );
    let between = |from: u64, to: u64| {
        all.iter().filter(|a| (from..to).contains(&(a.due.nanos() / 1_000_000_000))).count()
    };
    assert_eq!((between(0, 10), between(20, 30)), (10, 20));
    assert!((400..600).contains(&between(10, 20)));
    assert!(
        all.iter().map(|arrival| arrival.job).eq(0..all.len() as u64),
        "jobs are numbered in order"
    );
}

#[test]
fn groups_are_merged_by_due_time_then_group_then_job() {
    let two = scenario(&[
        ("one", "{ steady = { rate = \"2/s\", lasts = \"1m\" } }"),
        ("two", "{ steady = { rate = \"3/s\", lasts = \"1m\" } }"),
        ("three", "{ poisson = { rate = \"3/s\", lasts = \"1m\" } }"),
    ]);
    let all: Vec<Arrival> = Timeline::of(&two, Seed(1)).collect();
    assert!(all.is_sorted_by_key(|arrival| (arrival.due, arrival.group, arrival.job)));
    let of = |group: u32| all.iter().filter(|arrival| arrival.group == group).count();
    assert_eq!((of(0), of(1)), (120, 180));
    assert_eq!(
        all[..2].iter().map(|arrival| arrival.group).collect::<Vec<_>>(),
        [0, 1],
        "both at zero"
    );
}

#[test]
fn a_group_s_arrivals_do_not_depend_on_the_others() {
    let alone = scenario(&[("one", "{ poisson = { rate = \"3/s\", lasts = \"1m\" } }")]);
    let beside = scenario(&[
        ("one", "{ poisson = { rate = \"3/s\", lasts = \"1m\" } }"),
        ("two", "{ poisson = { rate = \"9/s\", lasts = \"1m\" } }"),
    ]);
    let first: Vec<Arrival> =
        Timeline::of(&beside, Seed(4)).filter(|arrival| arrival.group == 0).collect();
    assert_eq!(Timeline::of(&alone, Seed(4)).collect::<Vec<_>>(), first);
}

#[test]
fn neither_tier_nor_strategy_moves_an_arrival() {
    let run = scenario(&[("only", "{ poisson = { rate = \"3/s\", lasts = \"1m\" } }")]);
    let other = Overrides {
        tiers: vec!["build-5".to_owned()],
        strategies: vec!["own-bucket".to_owned()],
        ..Overrides::default()
    };
    let changed = run.clone().with(&other).unwrap();
    assert!(Timeline::of(&run, Seed(4)).eq(Timeline::of(&changed, Seed(4))));
    assert!(
        Timeline::of(&run, Seed(4))
            .map(|a| a.fate())
            .eq(Timeline::of(&changed, Seed(4)).map(|a| a.fate()))
    );
    assert!(Timeline::of(&run, Seed(4)).ne(Timeline::of(&run, Seed(5))), "another seed does");
}

#[test]
fn lengths_follow_their_laws_and_max_tokens_cuts_answers() {
    let all = arrivals("{ poisson = { rate = \"20/s\", lasts = \"1h\" } }", 2);
    let quantile = |mut column: Vec<u32>, share: f64| {
        column.sort_unstable();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
        column[(column.len() as f64 * share) as usize]
    };
    let prompts: Vec<u32> = all.iter().map(|arrival| arrival.prompt).collect();
    let answers: Vec<u32> = all.iter().map(|arrival| arrival.answer).collect();
    assert!(quantile(prompts.clone(), 0.5).abs_diff(900) < 15);
    assert!(quantile(prompts, 0.95).abs_diff(3_000) < 90);
    assert!(quantile(answers.clone(), 0.5).abs_diff(220) < 5);
    assert_eq!(answers.iter().max(), Some(&1_000));
    let prompt_with_answer: Vec<(f64, f64)> =
        all.iter().map(|arrival| (f64::from(arrival.prompt), f64::from(arrival.answer))).collect();
    let (a, va) =
        mean_and_variance(&prompt_with_answer.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let (b, vb) =
        mean_and_variance(&prompt_with_answer.iter().map(|pair| pair.1).collect::<Vec<_>>());
    let count = prompt_with_answer.len() as f64;
    let covariance = prompt_with_answer.iter().map(|(x, y)| (x - a) * (y - b)).sum::<f64>() / count;
    assert!((covariance / (va * vb).sqrt()).abs() < 4.5 / count.sqrt(), "drawn apart");
}

/// The first arrivals of one seed, so that no change of arithmetic goes unseen.
#[test]
fn arrivals_do_not_move_unseen() {
    let run = scenario(&[
        (
            "one",
            "[{ poisson = { rate = \"3/s\", lasts = \"2s\" } }, { ramp = { from = \"3/s\", to = \"0/s\", lasts = \"4s\" } }]",
        ),
        ("two", "{ steady = { rate = \"0.7/s\", lasts = \"6s\" } }"),
    ]);
    let lines: Vec<String> = Timeline::of(&run, Seed(7))
        .map(|a| {
            let (due, fate) = (a.due.nanos(), a.fate_draw);
            format!("{due:>11} {}/{} {:>5} {:>4} {fate:016x}", a.group, a.job, a.prompt, a.answer)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// A drift is no draw: whatever it says, the same jobs fall due with the same chance, and only
/// lengths are other ones, in the step that says so.
#[test]
fn a_drift_scales_lengths_in_its_steps_and_moves_nothing_else() {
    let text = |drift: &str| {
        format!(
            "title = \"Drift\"\n[account]\ntier = \"build-2\"\n{}{drift}",
            group("only", "{ poisson = { rate = \"3/s\", lasts = \"4m\" } }")
        )
    };
    let all = |drift: &str| -> Vec<Arrival> {
        let scenario = Scenario::parse("drift.toml", &text(drift), &RULEBOOK).unwrap();
        Timeline::of(&scenario, Seed(scenario.seed)).collect()
    };
    let plain = all("");
    let drifting =
        all("drift = { every = \"1m\", prompt = [\"100%\", \"300%\"], answer = [\"50%\"] }\n");
    assert_eq!(plain.len(), drifting.len());
    for (one, other) in plain.iter().zip(&drifting) {
        let triple = if one.due.nanos() < 60_000_000_000 { 1 } else { 3 };
        let same = Arrival { prompt: other.prompt, answer: other.answer, ..*one };
        assert_eq!((same, one.prompt * triple), (*other, other.prompt));
        // Cut after the drift: half of what was cut before may have been longer.
        assert!(other.answer == one.answer.div_ceil(2) || one.answer == 1_000, "{one:?} {other:?}");
    }
}
