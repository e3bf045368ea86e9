//! Traffic that is uneven, clustered or follows the day: what its laws promise of arrivals.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use chance::{Law, ONE, Purpose, Seed};
use proptest::prelude::*;
use rulebook::Rulebook;
use scenario::{Arrival, Scenario, Timeline};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3_600 * SECOND;

fn text(head: &str, traffic: &str) -> String {
    format!(
        "title = \"Shapes\"\n{head}\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"only\"\n\
         model = \"openai/gpt-oss-20b\"\nprompt = 900\nanswer = 220\ntraffic = {traffic}\n"
    )
}

fn scenario(head: &str, traffic: &str) -> Scenario {
    let text = text(head, traffic);
    Scenario::parse("shapes.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn dues_of(scenario: &Scenario, seed: u64) -> Vec<u64> {
    Timeline::of(scenario, Seed(seed)).map(|arrival| arrival.due.nanos()).collect()
}

fn dues(traffic: &str, seed: u64) -> Vec<u64> {
    dues_of(&scenario("", traffic), seed)
}

fn mean_and_variance(samples: &[f64]) -> (f64, f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum::<f64>();
    (mean, squares / (count - 1.0))
}

/// The standard error of a mean, and of a coefficient of variation by the delta method, from the
/// samples themselves: 3.9 of them happen to one set in ten thousand, and the seeds are fixed.
#[test]
fn gaps_have_the_mean_and_the_variation_that_are_written() {
    for family in ["gamma", "weibull"] {
        for cv in [0.3, 1.0, 2.0, 3.4] {
            let traffic =
                format!("{{ {family} = {{ rate = \"5/s\", cv = {cv:?}, lasts = \"8h\" }} }}");
            let dues = dues(&traffic, 3);
            let gaps: Vec<f64> =
                dues.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / SECOND as f64).collect();
            let count = gaps.len() as f64;
            let (mean, variance) = mean_and_variance(&gaps);
            let error = (variance / count).sqrt();
            assert!((mean - 0.2).abs() < 3.9 * error, "{family} {cv}: {mean} ± {error}");
            let found = variance.sqrt() / mean;
            let moved: Vec<f64> = gaps
                .iter()
                .map(|gap| {
                    let (off, square) =
                        ((gap - mean) / mean, (gap - mean) * (gap - mean) / variance);
                    found * ((square - 1.0) / 2.0 - off)
                })
                .collect();
            let error = (mean_and_variance(&moved).1 / count).sqrt();
            assert!(error < 0.05 * cv, "a test that could not fail");
            assert!((found - cv).abs() < 3.9 * error, "{family} {cv}: {found} ± {error}");
        }
    }
}

/// The oracle adds up gaps in floats, from phase to phase at another rate.
#[test]
fn due_times_are_sums_of_gaps_to_a_microsecond() {
    let traffic = "[{ gamma = { rate = \"5/s\", cv = 3, lasts = \"10m\" } }, \
                    { gamma = { rate = \"90/min\", cv = 3, lasts = \"10m\" } }]";
    let (law, draws) = (Law::gamma_gaps(3.0).unwrap(), Seed(6).stream(Purpose::Gap, 0));
    let dues = dues(traffic, 6);
    assert!(dues.len() > 2_000);
    let mut offered = law.rest().at(draws.draw(0)) as f64 / ONE as f64;
    for (job, due) in (1..).zip(dues) {
        let first = 5.0 * 600.0;
        let at = if offered < first { offered / 5.0 } else { 600.0 + (offered - first) / 1.5 };
        assert!((due as f64 / SECOND as f64 - at).abs() < 1e-6, "{job}: {due}, not {at}");
        offered += law.at(draws.draw(job)) as f64 / ONE as f64;
    }
}

/// A phase offers on average what its rate says, however short it is and whatever went before:
/// begun with a whole gap, it would offer (cv² - 1) ÷ 2 too many.
#[test]
fn a_short_phase_keeps_its_rate() {
    let after = [
        "",
        "{ poisson = { rate = \"2/s\", lasts = \"10s\" } }, ",
        "{ weibull = { rate = \"2/s\", cv = 0.4, lasts = \"10s\" } }, ",
        "{ gamma = { rate = \"1/s\", cv = 3, lasts = \"10s\" } }, { pause = { lasts = \"5s\" } }, ",
        "{ steady = { rate = \"1/s\", lasts = \"10s\" } }, ",
    ];
    for first in after {
        let traffic =
            format!("[{first}{{ gamma = {{ rate = \"4/s\", cv = 3, lasts = \"10s\" }} }}]");
        let run = scenario("", &traffic);
        let from = run.lasts.nanos() - 10 * SECOND;
        let counts: Vec<f64> = (0..2_000)
            .map(|seed| {
                dues_of(&run, seed * 1_009).iter().filter(|due| **due >= from).count() as f64
            })
            .collect();
        let (mean, variance) = mean_and_variance(&counts);
        let error = (variance / counts.len() as f64).sqrt();
        assert!(error < 0.5, "a whole gap would be four jobs too many");
        assert!((mean - 40.0).abs() < 3.9 * error, "{first}: {mean} ± {error}");
    }
}

#[test]
fn a_variation_of_one_is_poisson_to_the_bit() {
    let poisson = dues("{ poisson = { rate = \"5/s\", lasts = \"10m\" } }", 3);
    for family in ["gamma", "weibull"] {
        let traffic = format!("{{ {family} = {{ rate = \"5/s\", cv = 1, lasts = \"10m\" }} }}");
        assert_eq!(dues(&traffic, 3), poisson);
    }
}

#[test]
fn phases_of_one_rate_and_variation_are_one_phase() {
    for kind in [
        "poisson = { rate = \"5/s\"",
        "gamma = { rate = \"5/s\", cv = 2.5",
        "weibull = { rate = \"5/s\", cv = 2",
    ] {
        let whole = dues(&format!("{{ {kind}, lasts = \"10m\" }} }}"), 3);
        let parts = format!("[{{ {kind}, lasts = \"3m\" }} }}, {{ {kind}, lasts = \"7m\" }} }}]");
        assert_eq!(dues(&parts, 3), whole, "{kind}");
    }
    let whole = dues("{ daily = { peak = \"9/s\", trough = \"1/s\", lasts = \"30h\" } }", 3);
    let parts = "[{ daily = { peak = \"9/s\", trough = \"1/s\", lasts = \"7h13m\" } }, \
                  { daily = { peak = \"9/s\", trough = \"1/s\", lasts = \"22h47m\" } }]";
    let parts = dues(parts, 3);
    assert_eq!(parts.len(), whole.len());
    assert!(parts.iter().zip(&whole).all(|(a, b)| a.abs_diff(*b) <= 1_000), "but for rounding");
}

#[test]
fn a_pause_moves_what_follows_and_nothing_else() {
    let through = dues(
        "[{ gamma = { rate = \"5/s\", cv = 3, lasts = \"2m\" } }, { gamma = { rate = \"5/s\", cv = 3, lasts = \"3m\" } }]",
        8,
    );
    let paused = dues(
        "[{ gamma = { rate = \"5/s\", cv = 3, lasts = \"2m\" } }, { pause = { lasts = \"1h\" } }, { gamma = { rate = \"5/s\", cv = 3, lasts = \"3m\" } }]",
        8,
    );
    let moved: Vec<u64> =
        through.iter().map(|due| if *due < 120 * SECOND { *due } else { due + HOUR }).collect();
    assert_eq!(paused, moved);
    let late = dues(
        "[{ pause = { lasts = \"1m\" } }, { poisson = { rate = \"5/s\", lasts = \"1m\" } }]",
        8,
    );
    let early = dues("{ poisson = { rate = \"5/s\", lasts = \"1m\" } }", 8);
    assert!(early.iter().map(|due| due + 60 * SECOND).eq(late));
}

#[test]
fn bursts_stand_at_regular_distances_with_their_jobs_together() {
    let together = dues("{ burst = { jobs = 3, every = \"20s\", lasts = \"50s\" } }", 1);
    assert_eq!(together, [0, 0, 0, 20, 20, 20, 40, 40, 40].map(|second| second * SECOND));
    let spread =
        dues("{ burst = { jobs = 4, every = \"1m\", within = \"2s\", lasts = \"61s\" } }", 1);
    let half = SECOND / 2;
    let minute = 60 * SECOND;
    assert_eq!(
        spread,
        [0, half, 2 * half, 3 * half, minute, minute + half],
        "what is due after the end is not due"
    );
}

#[test]
fn jobs_at_once_fall_due_in_the_first_instant_beside_what_follows() {
    let all = dues("[{ at_once = { jobs = 200 } }, { steady = { rate = \"1/s\", jobs = 10 } }]", 1);
    assert_eq!(all.len(), 210);
    assert_eq!(all.iter().filter(|due| **due == 0).count(), 201);
    assert_eq!(all.last(), Some(&(9 * SECOND)));
    let later = dues(
        "[{ steady = { rate = \"1/s\", jobs = 3 } }, { at_once = { jobs = 2, lasts = \"5s\" } }, { steady = { rate = \"1/s\", jobs = 1 } }]",
        1,
    );
    assert_eq!(later, [0, 1, 2, 3, 3, 8].map(|second| second * SECOND));
}

#[test]
fn a_number_of_jobs_is_kept_whatever_the_rate() {
    for (rate, jobs) in [("7/min", 500), ("0.3/s", 1), ("13/s", 1_000), ("1e3/day", 7)] {
        let traffic = format!("{{ steady = {{ rate = \"{rate}\", jobs = {jobs} }} }}");
        assert_eq!(dues(&traffic, 1).len(), jobs, "{rate}");
    }
}

/// Given their number, arrivals of a Poisson process are spread as its rate is.
#[test]
fn a_day_is_spread_as_its_cosine_is() {
    let dues = dues(
        "{ daily = { peak = \"2/s\", trough = \"0.4/s\", busiest = \"15:00\", lasts = \"1d\" } }",
        5,
    );
    let count = dues.len() as f64;
    let expected = 86_400.0 * 1.2;
    assert!((count - expected).abs() < 3.9 * f64::sqrt(expected), "{count} of {expected}");
    let turn = std::f64::consts::TAU;
    let area = |share: f64| {
        let swing = libm::sin(turn * (share - 15.0 / 24.0)) + libm::sin(turn * 15.0 / 24.0);
        (1.2 * share + 0.8 * swing / turn) / 1.2
    };
    let distance = dues
        .iter()
        .enumerate()
        .map(|(index, due)| {
            let expected = area(*due as f64 / (24 * HOUR) as f64);
            (expected - index as f64 / count)
                .abs()
                .max(((index + 1) as f64 / count - expected).abs())
        })
        .fold(0.0, f64::max);
    assert!(distance * count.sqrt() < 1.95, "{distance}: one set in a thousand is further off");
}

/// Counts of whole days are Poisson with the integral of the day as their mean.
#[test]
fn days_of_a_week_count_what_they_should() {
    let traffic =
        "{ daily = { peak = \"90/min\", trough = \"10/min\", weekend = \"30%\", lasts = \"9d\" } }";
    let by_day = |head: &str, first: u64| {
        let dues = dues_of(&scenario(head, traffic), 12);
        let count = |day: u64| {
            let (from, to) = (first + day * 24 * HOUR, first + (day + 1) * 24 * HOUR);
            dues.iter().filter(|due| (from..to).contains(due)).count() as f64
        };
        (0..8).map(count).collect::<Vec<f64>>()
    };
    let full = 50.0 * 1_440.0;
    let near = |count: f64, expected: f64| (count - expected).abs() < 3.9 * f64::sqrt(expected);
    // Without a date the first day is a Monday from midnight on.
    for (day, count) in by_day("", 0).into_iter().enumerate() {
        assert!(
            near(count, if matches!(day, 5 | 6) { 0.3 * full } else { full }),
            "{day}: {count}"
        );
    }
    // A Friday evening: after the rest of it, two quiet days, whatever the offset from UTC.
    for zone in ["Z", "+09:00"] {
        let head = format!("starts = \"2025-11-07T21:00{zone}\"");
        for (day, count) in by_day(&head, 3 * HOUR).into_iter().enumerate() {
            let quiet = matches!(day, 0 | 1 | 7);
            assert!(near(count, if quiet { 0.3 * full } else { full }), "{zone} {day}: {count}");
        }
    }
}

/// Any phase of any kind, as it is written, with the length it takes.
fn phase() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        (1_u32..30).prop_map(|rate| format!("steady = {{ rate = \"{rate}/s\"")),
        (1_u32..30).prop_map(|rate| format!("poisson = {{ rate = \"{rate}/s\"")),
        (0_u32..30, 1_u32..30)
            .prop_map(|(from, to)| format!("ramp = {{ from = \"{from}/s\", to = \"{to}/s\"")),
        (1_u32..30, 1_u32..60)
            .prop_map(|(rate, cv)| format!("gamma = {{ rate = \"{rate}/s\", cv = {}.{}", cv / 10, cv % 10)),
        (1_u32..30, 1_u32..60)
            .prop_map(|(rate, cv)| format!("weibull = {{ rate = \"{rate}/s\", cv = {}.{}", cv / 10, cv % 10)),
        (1_u32..30, 1_u32..30, 0_u32..30).prop_map(|(jobs, every, within)| format!(
            "burst = {{ jobs = {jobs}, every = \"{every}s\", within = \"{}s\"",
            within.min(every)
        )),
        (1_u32..50).prop_map(|jobs| format!("at_once = {{ jobs = {jobs}")),
        Just("pause = { ".to_owned()),
        (1_u32..30, 0_u32..24).prop_map(|(peak, hour)| format!(
            "daily = {{ peak = \"{peak}/s\", trough = \"0/s\", busiest = \"{hour:02}:00\", weekend = \"40%\""
        )),
    ];
    (kind, 1_u32..90).prop_map(|(kind, lasts)| {
        let comma = if kind.ends_with("{ ") { "" } else { ", " };
        format!("{{ {kind}{comma}lasts = \"{lasts}s\" }} }}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn arrivals_are_in_order_and_a_later_phase_moves_no_earlier_job(
        mut phases in proptest::collection::vec(phase(), 1..5), other in phase(), seed: u64,
    ) {
        // A run of nothing but pauses is refused.
        phases.insert(0, "{ poisson = { rate = \"3/s\", lasts = \"7s\" } }".to_owned());
        let text = |phases: &[String]| format!("[{}]", phases.join(", "));
        let run = scenario("starts = \"2025-11-07T23:59:30Z\"", &text(&phases));
        let all: Vec<Arrival> = Timeline::of(&run, Seed(seed)).collect();
        prop_assert!(all.is_sorted_by_key(|arrival| arrival.due));
        prop_assert!(all.iter().map(|arrival| arrival.job).eq(0..all.len() as u64));
        prop_assert!(all.iter().all(|arrival| arrival.due.nanos() < run.lasts.nanos()));

        let kept = &phases[..phases.len() - 1];
        let end = if kept.is_empty() { 0 } else { scenario("", &text(kept)).lasts.nanos() };
        let changed: Vec<String> = kept.iter().cloned().chain([other]).collect();
        let changed = scenario("starts = \"2025-11-07T23:59:30Z\"", &text(&changed));
        let before = |arrival: &&Arrival| arrival.due.nanos() < end;
        let changed: Vec<Arrival> = Timeline::of(&changed, Seed(seed)).collect();
        prop_assert!(all.iter().take_while(before).eq(changed.iter().take_while(before)));
    }
}

#[test]
fn phases_beyond_all_time_are_refused() {
    for traffic in [
        "[{ pause = { lasts = \"200000d\" } }, { pause = { lasts = \"200000d\" } }, { daily = { peak = \"4/s\", trough = \"1/s\", lasts = \"200000d\" } }]",
        "[{ steady = { rate = \"1e-9/day\", jobs = 1000000000 } }, { daily = { peak = \"1000/s\", trough = \"1/s\", lasts = \"200000d\" } }]",
        "[{ burst = { jobs = 1000000000, every = \"1ns\", lasts = \"200000d\" } }, { at_once = { jobs = 1000000000, lasts = \"1d\" } }]",
    ] {
        for head in ["", "lasts = \"1d\"", "starts = \"9999-12-31T23:59:59Z\""] {
            let text = text(head, traffic);
            let refused = Scenario::parse("shapes.toml", &text, &RULEBOOK).unwrap_err();
            assert!(!refused.faults.is_empty());
        }
    }
}

/// Nobody knows yet how long its last phase is.
#[test]
fn a_group_that_ends_with_a_missing_trace_sends_nothing() {
    for open in [
        "steady = { rate = \"1/s\" }",
        "pause = { lasts = \"1s\" } }, { burst = { jobs = 2, every = \"1s\" }",
        "daily = { peak = \"9/s\", trough = \"1/s\" }",
    ] {
        let traced = "[[group]]\nname = \"traced\"\nmodel = \"openai/gpt-oss-20b\"\n\
                      traffic = { trace = { file = \"t.csv\" } }\n";
        let text = text("", &format!("[{{ {open} }}]")) + traced;
        let run = Scenario::parse("shapes.toml", &text, &RULEBOOK).unwrap();
        assert!(dues_of(&run, 1).is_empty(), "{open}");
    }
}

/// The first arrivals of one seed, so that no change of arithmetic goes unseen.
#[test]
fn shapes_do_not_move_unseen() {
    let traffic = "[{ at_once = { jobs = 2 } }, { gamma = { rate = \"2/s\", cv = 3.4, lasts = \"5s\" } }, \
                    { weibull = { rate = \"2/s\", cv = 0.5, lasts = \"3s\" } }, \
                    { burst = { jobs = 2, every = \"1s\", within = \"300ms\", lasts = \"2s\" } }, \
                    { daily = { peak = \"4/s\", trough = \"1/s\", busiest = \"09:00\", weekend = \"50%\", lasts = \"4s\" } }]";
    let run = scenario("starts = \"2025-11-07T23:59:48Z\"", traffic);
    let lines: Vec<String> =
        Timeline::of(&run, Seed(7)).map(|a| format!("{:>11} {}", a.due.nanos(), a.job)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
