//! Loads: the traffic of a file at other rates, the jobs the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::{Arc, LazyLock};

use chance::Seed;
use proptest::prelude::*;
use rulebook::Rulebook;
use scenario::{Arrival, Code, Load, Loops, Scenario, Timeline, Trace};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

/// Twice the traffic.
fn twice() -> Load {
    Load::of(2_000_000_000).unwrap()
}

/// Half of it.
fn half() -> Load {
    Load::of(500_000_000).unwrap()
}

/// A scenario whose one group has this traffic, compared at these loads.
fn scenario(traffic: &str, loads: &str, tail: &str) -> Result<Scenario, rulebook::Refused> {
    let lengths = if traffic.contains("trace") {
        ""
    } else {
        "prompt = { lognormal = { median = 900, p95 = 3000 } }\n\
         answer = { lognormal = { median = 200, p95 = 900 } }\n"
    };
    let text = format!(
        "title = \"t\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"chat\"\n\
         model = \"{MODEL}\"\n{lengths}traffic = {traffic}\n{tail}\n\
         [[strategy]]\npreset = \"give-up\"\n[compare]\nloads = {loads}\n"
    );
    Scenario::parse("loads.toml", &text, &RULEBOOK)
}

fn parsed(traffic: &str, loads: &str) -> Scenario {
    scenario(traffic, loads, "").unwrap_or_else(|refused| panic!("{refused}"))
}

fn arrivals(scenario: &Scenario, seed: u64) -> Vec<Arrival> {
    Timeline::of(scenario, Seed(seed)).collect()
}

/// The same job, whenever it is due.
fn job(arrival: &Arrival) -> (u64, u32, u32, u64) {
    (arrival.job, arrival.prompt, arrival.answer, arrival.fate_draw)
}

#[test]
fn a_file_says_its_loads_and_its_own_is_no_other() {
    let loads = |said: &str| {
        let scenario = parsed("{ poisson = { rate = \"2/s\", lasts = \"1m\" } }", said);
        scenario.loads().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(loads("[\"150%\", \"100%\", \"50%\"]"), ["50%", "150%"], "the lightest first");
    assert_eq!(loads("\"100%\""), [""; 0]);
    assert_eq!(loads("\"62.5 %\""), ["62.5%"]);
}

#[test]
fn a_steady_rate_is_exactly_doubled() {
    let written = parsed("{ steady = { rate = \"7/min\", lasts = \"1h\" } }", "\"200%\"");
    let scaled = written.at_load(twice());
    let (one, two) = (arrivals(&written, 1), arrivals(&scaled, 1));
    assert_eq!((one.len(), two.len()), (420, 840));
    for (n, arrival) in two.iter().enumerate() {
        assert_eq!(arrival.due.nanos(), n as u64 * 60_000_000_000 / 14);
    }
    assert_eq!(scaled.lasts, written.lasts);
}

#[test]
fn surges_and_jobs_together_are_scaled_and_pauses_are_not() {
    let traffic = "[ { at_once = { jobs = 20 } }, { pause = { lasts = \"30s\" } }, \
                   { burst = { jobs = 10, every = \"10s\", lasts = \"1m\" } } ]";
    let surge = "[[event]]\nat = \"10s\"\n\
                 surge = { group = \"chat\", rate = \"2/s\", lasts = \"10s\" }";
    let written = scenario(traffic, "\"150%\"", surge).unwrap();
    let more = written.at_load(Load::of(1_500_000_000).unwrap());
    let before = |scenario: &Scenario, seconds: u64| {
        let due = |arrival: &&Arrival| arrival.due.nanos() < seconds * 1_000_000_000;
        arrivals(scenario, 3).iter().filter(due).count()
    };
    assert_eq!((before(&written, 1), before(&more, 1)), (20, 30));
    assert_eq!(before(&more, 90) - before(&more, 30), 6 * 15);
    let surged = |scenario: &Scenario| before(scenario, 30) - before(scenario, 1);
    assert!(surged(&more) > surged(&written), "{} {}", surged(&more), surged(&written));
}

#[test]
fn there_are_so_many_more_users_and_never_none() {
    let users = |count: u32, load| {
        let traffic =
            format!("{{ users = {{ count = {count}, think = \"20s\", lasts = \"10m\" }} }}");
        let written = parsed(&traffic, "\"50%\"");
        let scaled = written.at_load(load);
        Loops::of(&scaled, Seed(1)).first().count()
    };
    assert_eq!((users(30, twice()), users(30, half())), (60, 15));
    assert_eq!((users(1, half()), users(3, half())), (1, 2), "half of one upwards, at least one");
}

/// Rows at so many seconds.
fn recording(seconds: &[u64]) -> Arc<Trace> {
    let due = seconds.iter().map(|second| second * 1_000_000_000).collect();
    let lengths: Vec<u32> = (1..).take(seconds.len()).collect();
    Arc::new(Trace { due, prompt: lengths.clone(), answer: lengths })
}

#[test]
fn a_trace_is_replayed_faster_and_more_of_it() {
    let slice = "{ trace = { file = \"t.csv\", lasts = \"10s\" } }";
    let rows = recording(&[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    let written = parsed(slice, "[\"50%\", \"200%\"]");
    let written = written.with_trace(rows).unwrap_or_else(|refused| panic!("{refused}"));
    let due = |scenario: &Scenario| -> Vec<(u64, u32)> {
        let seconds = |one: &Arrival| (one.due.nanos() / 1_000_000_000, one.prompt);
        arrivals(scenario, 1).iter().map(seconds).collect()
    };
    assert_eq!(due(&written), [(0, 1), (2, 2), (4, 3), (6, 4), (8, 5)]);
    let doubled = written.at_load(twice());
    assert_eq!(due(&doubled), (0..10).zip(1..=10).collect::<Vec<_>>());
    assert_eq!(due(&written.at_load(half())), [(0, 1), (4, 2), (8, 3)]);
    assert_eq!(doubled.lasts, written.lasts);
}

#[test]
fn a_load_that_the_recording_has_no_rows_for_is_refused() {
    let whole = "{ trace = { file = \"t.csv\" } }";
    let rows = recording(&[0, 60, 120]);
    assert!(parsed(whole, "\"50%\"").with_trace(Arc::clone(&rows)).is_ok(), "part of it");
    let refused = parsed(whole, "\"200%\"").with_trace(rows).unwrap_err();
    let [fault] = refused.faults.as_slice() else { panic!("{refused}") };
    assert_eq!(fault.code, Code::OutsideTrace.name());
    assert!(fault.message.contains("at 200% this run replays 4m"), "{}", fault.message);
    assert!(fault.help.as_ref().unwrap().contains("`lasts` in `trace`"));
}

#[test]
fn a_load_with_more_jobs_than_a_run_may_have_is_refused_at_its_place() {
    let refused = scenario(
        "{ poisson = { rate = \"1000/s\", lasts = \"10d\" } }",
        "[\"100%\", \"200%\"]",
        "",
    );
    let refused = refused.unwrap_err();
    let [fault] = refused.faults.as_slice() else { panic!("{refused}") };
    assert_eq!(fault.code, Code::TooManyJobs.name());
    assert_eq!(&refused.text[fault.place.clone().unwrap()], "\"200%\"");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the phases: at the load of the file the very same timeline, and at twice of it the
    /// same jobs, each due when twice as many had been offered.
    #[test]
    fn another_load_moves_times_and_nothing_else(
        seed in any::<u64>(),
        phase in prop_oneof![
            Just("poisson = { rate = \"3/s\" }"),
            Just("ramp = { from = \"1/s\", to = \"7/s\" }"),
            Just("gamma = { rate = \"3/s\", cv = 2.5 }"),
            Just("weibull = { rate = \"200/min\", cv = 0.4 }"),
            Just("daily = { peak = \"9/s\", trough = \"1/s\", busiest = \"00:01\" }"),
            Just("curve = { every = \"20s\", rates = [\"2/s\", \"0/s\", \"9/s\"], gaps = { gamma = 3 } }"),
        ],
    ) {
        let lasts = if phase.starts_with("curve") { "" } else { ", lasts = \"1m\" " };
        let traffic = format!("{{ {} }}", phase.replace(" }", &format!("{lasts} }}")));
        let traffic = if phase.starts_with("curve") { format!("{{ {phase} }}") } else { traffic };
        let written = parsed(&traffic, "\"200%\"");
        prop_assert_eq!(arrivals(&written.at_load(Load::WRITTEN), seed), arrivals(&written, seed));
        let (one, two) = (arrivals(&written, seed), arrivals(&written.at_load(twice()), seed));
        for (slow, fast) in one.iter().zip(&two) {
            prop_assert_eq!(job(slow), job(fast));
            prop_assert!(fast.due <= slow.due);
        }
        if phase.starts_with("poisson") || phase.starts_with("gamma") {
            // One rate for all of it: twice as fast is half the time, but for what is cut off.
            for (slow, fast) in one.iter().zip(&two) {
                prop_assert!(slow.due.nanos().abs_diff(2 * fast.due.nanos()) <= 2);
            }
        }
        prop_assert!(two.len() >= one.len());
    }
}
