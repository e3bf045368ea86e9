//! A rate that changes in steps: what a curve is short for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use chance::Seed;
use limits::Span;
use proptest::prelude::*;
use rulebook::Rulebook;
use run_record::Driver;
use scenario::{Arrival, Origin, Scenario, Timeline, check};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

fn read(traffic: &str) -> Result<Scenario, rulebook::Refused> {
    let text = format!(
        "title = \"Curves\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"only\"\n\
         model = \"openai/gpt-oss-20b\"\nprompt = 900\nanswer = 220\ntraffic = {traffic}\n"
    );
    Scenario::parse("curves.toml", &text, &RULEBOOK)
}

fn scenario(traffic: &str) -> Scenario {
    read(traffic).unwrap_or_else(|refused| panic!("{refused}"))
}

fn arrivals(traffic: &str, seed: u64) -> Vec<Arrival> {
    Timeline::of(&scenario(traffic), Seed(seed)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// The oracle is written out, a phase for every rate.
    #[test]
    fn a_curve_is_its_phases_one_by_one(
        seed: u64,
        rates in prop::collection::vec(0_u32..60, 1..20),
        gaps in prop::sample::select(vec![("gamma", "3"), ("weibull", "2.5"), ("gamma", "0.4")]),
    ) {
        prop_assume!(rates.iter().any(|rate| *rate > 0));
        let (family, cv) = gaps;
        let quoted: Vec<String> = rates.iter().map(|rate| format!("\"{rate}/min\"")).collect();
        let curve = format!(
            "{{ curve = {{ every = \"90s\", rates = [{}], gaps = {{ {family} = {cv} }} }} }}",
            quoted.join(", ")
        );
        // A phase of its own may not have a rate of zero: a gap goes on behind a pause.
        let phases: Vec<String> = quoted.iter().map(|rate| match rate.as_str() {
            "\"0/min\"" => "{ pause = { lasts = \"90s\" } }".to_owned(),
            rate => format!("{{ {family} = {{ rate = {rate}, cv = {cv}, lasts = \"90s\" }} }}"),
        }).collect();
        let phases = format!("[{}]", phases.join(", "));
        let dues = |traffic: &str| -> Vec<u64> {
            arrivals(traffic, seed).iter().map(|arrival| arrival.due.nanos()).collect()
        };
        prop_assert_eq!(dues(&curve), dues(&phases));
    }
}

#[test]
fn a_curve_lasts_as_long_as_its_rates() {
    let day = scenario("{ curve = { every = \"30m\", rates = [\"1/s\", \"0/s\", \"2.5/s\"] } }");
    assert_eq!(day.lasts, Span::from_secs(5_400));
    let mixed = scenario(
        "[{ curve = { every = \"1m\", rates = [\"1/s\"] } }, { steady = { rate = \"1/s\", lasts = \"1m\" } }]",
    );
    assert_eq!(mixed.lasts, Span::from_secs(120));
    // The mean is 6,300 a run; its standard error over fifty seeds is 11.
    let jobs: usize = (0..50).map(|seed| Timeline::of(&day, Seed(seed)).count()).sum();
    assert!((6_256.0..6_344.0).contains(&(jobs as f64 / 50.0)), "{jobs}");
}

#[test]
fn the_highest_of_its_rates_is_checked_and_all_are_told() {
    let traffic = "{ curve = { every = \"1m\", rates = [\"2/s\", \"3.5/s\", \"30/min\"], gaps = { gamma = 3 } } }";
    let curve = scenario(traffic);
    assert!((check(&curve)[0].peak_jobs_per_s - 3.5).abs() < 1e-9);
    let header = curve.header(&Origin::default(), Driver::Simulated, false);
    let told = "Gamma with a variation of 3 at 3 rates from 30/min to 3.5/s, each for 1m";
    assert_eq!(header.groups[0].traffic, told);
}

#[test]
fn a_curve_of_ten_thousand_rates_is_read_and_no_more() {
    let rates = |count: usize| -> String {
        let rates: Vec<String> = (0..count).map(|at| format!("\"{}/min\"", at % 7)).collect();
        format!("{{ curve = {{ every = \"1m\", rates = [{}] }} }}", rates.join(", "))
    };
    assert_eq!(scenario(&rates(10_080)).lasts, Span::from_secs(7 * 86_400));
    let refused = read(&rates(10_081)).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("10080 rates at most"), "{refused}");
    let many = "{ curve = { every = \"300d\", rates = [\"30/s\", \"30/s\"] } }";
    assert!(read(many).is_err(), "more jobs in all than a run may have");
}
