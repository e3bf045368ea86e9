//! Jobs on top of a group's traffic: several sources in one group.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::{Arc, LazyLock};

use chance::Seed;
use limits::{Per, Rate, Requests, Span};
use proptest::prelude::*;
use rulebook::Rulebook;
use run_record::Driver;
use scenario::{Arrival, Origin, Phase, Scenario, Surge, Timeline, Trace, check};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const SECOND: u64 = 1_000_000_000;

fn scenario(traffic: &str) -> Scenario {
    let text = format!(
        "title = \"Surges\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"only\"\n\
         model = \"openai/gpt-oss-20b\"\n{traffic}\n"
    );
    Scenario::parse("surges.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn poisson() -> Scenario {
    scenario(
        "prompt = { lognormal = { median = 900, p95 = 3000 } }\nanswer = 220\n\
         traffic = { poisson = { rate = \"5/s\", lasts = \"10m\" } }",
    )
}

fn surge(at: u64, jobs_per_s: u64, lasts: u64) -> Surge {
    let rate = Rate::new(Requests(jobs_per_s), Per::Second);
    let phase = Phase::Poisson { rate, lasts: Span::from_secs(lasts) };
    Surge { at: Span::from_secs(at), phase }
}

fn with(mut scenario: Scenario, surges: &[Surge]) -> Scenario {
    scenario.groups[0].surges = surges.to_vec();
    scenario
}

fn arrivals(scenario: &Scenario, seed: u64) -> Vec<Arrival> {
    Timeline::of(scenario, Seed(seed)).collect()
}

fn dues(scenario: &Scenario, seed: u64) -> Vec<u64> {
    arrivals(scenario, seed).iter().map(|arrival| arrival.due.nanos()).collect()
}

/// The sorted `all` without `some` of it.
fn without(all: &[u64], some: &[u64]) -> Vec<u64> {
    let mut some = some.iter().peekable();
    let left: Vec<u64> =
        all.iter().copied().filter(|due| some.next_if_eq(&due).is_none()).collect();
    assert_eq!(some.next(), None, "all of them are there");
    left
}

#[test]
fn a_surge_leaves_the_other_jobs_where_they_were() {
    let (plain, more) = (poisson(), with(poisson(), &[surge(300, 20, 60)]));
    let on_top = without(&dues(&more, 7), &dues(&plain, 7));
    assert!(on_top.iter().all(|due| (300 * SECOND..360 * SECOND).contains(due)));
    // Their mean is 1,200; a standard deviation is 35.
    assert!((1_060..1_340).contains(&on_top.len()), "{}", on_top.len());
    assert_eq!(arrivals(&more, 7), arrivals(&more, 7));
}

#[test]
fn a_second_surge_leaves_the_first_where_it_was() {
    let (one, two) = (surge(60, 3, 100), surge(90, 4, 200));
    let both = dues(&with(poisson(), &[one.clone(), two]), 3);
    without(&both, &dues(&with(poisson(), &[one]), 3));
}

#[test]
fn jobs_of_all_sources_are_numbered_together() {
    let more = with(poisson(), &[surge(0, 1, 600), surge(0, 2, 600), surge(30, 3, 30)]);
    let arrivals = arrivals(&more, 1);
    assert!(arrivals.iter().map(|arrival| arrival.job).eq(0..arrivals.len() as u64));
    assert!(arrivals.is_sorted_by_key(|arrival| arrival.due));
}

#[test]
fn a_surge_on_a_trace_borrows_its_rows() {
    let replay = scenario("traffic = { trace = { file = \"t.csv\" } }");
    let trace = Trace {
        due: (0..60).map(|second| second * SECOND).collect(),
        prompt: (100..160).collect(),
        answer: (200..260).collect(),
    };
    let replay = with(replay.with_trace(Arc::new(trace)).unwrap(), &[surge(10, 50, 20)]);
    let mut own = 0;
    let mut borrowed = [0_u32; 60];
    for arrival in arrivals(&replay, 5) {
        assert_eq!(arrival.prompt + 100, arrival.answer, "both from one row");
        let second = arrival.due.nanos() / SECOND;
        if arrival.due.nanos() % SECOND == 0 {
            assert_eq!(u64::from(arrival.prompt), 100 + second, "a row keeps its own lengths");
            own += 1;
        } else {
            borrowed[usize::try_from(arrival.prompt).unwrap() - 100] += 1;
        }
    }
    assert_eq!(own, 60);
    // About 1,000 over 60 rows.
    assert!(borrowed.iter().all(|count| (2..40).contains(count)), "{borrowed:?}");
}

#[test]
fn surges_are_part_of_what_is_checked_and_told() {
    let more = with(poisson(), &[surge(300, 20, 60)]);
    let peak = |scenario: &Scenario| check(scenario).first().unwrap().peak_jobs_per_s;
    assert!((peak(&poisson()) - 5.0).abs() < 1e-9 && (peak(&more) - 25.0).abs() < 1e-9);
    let header = more.header(&Origin::default(), Driver::Simulated, false);
    let told = "Poisson 5/s for 10m, with Poisson 20/s for 1m on top from 5m on";
    assert_eq!(header.groups[0].traffic, told);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// The oracle sorts what each source has by itself.
    #[test]
    fn merging_is_sorting(seed: u64, counts in prop::collection::vec((0_u32..50, 0_u64..3), 1..9)) {
        let burst = |(jobs, at): (u32, u64)| Surge {
            at: Span::from_secs(at),
            phase: Phase::AtOnce { jobs, lasts: Span::from_secs(1) },
        };
        let surges: Vec<Surge> = counts.iter().copied().map(burst).collect();
        let mut wanted = dues(&poisson(), seed);
        for surge in &surges {
            let Phase::AtOnce { jobs, .. } = surge.phase else { panic!("bursts") };
            wanted.extend((0..jobs).map(|_| surge.at.nanos()));
        }
        wanted.sort_unstable();
        prop_assert_eq!(dues(&with(poisson(), &surges), seed), wanted);
    }
}
