//! Dynamic rates, with every share worked out by hand: nothing is refused for being above them as
//! long as capacity suffices; where it lacks, a request within the rate meets the service's own
//! failure, 503, and one above it a 429.
//!
//! The rate is twice the past hour's, at least 60 a minute. It is counted in windows of 2 s that
//! the first request after the last one opens: the first so many requests of each are within.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod hand;

use hand::{LLAMA, attempts, group, own, record, scenario};
use run_record::{Attempts, CellKey, RunRecord, derive};

/// Nothing at all can be done for a minute.
const OUTAGE: &str = "[[event]]\nat = \"0s\"\noutage = { lasts = \"1m\", left = \"0%\" }\n";

/// A minute of even traffic from an account with this past hour.
fn minute(past_hour: &str, rate: &str, rest: &str) -> RunRecord {
    let traffic = format!("{{ steady = {{ rate = \"{rate}\", lasts = \"1m\" }} }}");
    let rung =
        format!("[compare]\npast_hours = [\"{past_hour}\"]\ngrowth = []\nsensitivity = false\n");
    let rest = format!("{}{rung}{rest}", group("chat", LLAMA, &traffic));
    record(&scenario("2026-08", &format!("past_hour = \"{past_hour}\""), &rest))
}

fn of(record: &RunRecord) -> Attempts {
    attempts(record, 0)
}

#[test]
fn four_times_the_past_hour_in_an_outage_meets_429_with_its_second_half() {
    // 5/s in the past hour allow 10/s, twenty in a window of 2 s. Of the forty that come in each,
    // the first twenty are within the rate and fail with 503, the other twenty are above: 429.
    let attempts = of(&minute("300/min", "20/s", OUTAGE));
    assert_eq!((attempts.sent, attempts.ok), (1_200, 0));
    assert_eq!((attempts.with_status(503), attempts.with_status(429)), (600, 600));
    assert_eq!((attempts.refused_by.dynamic_requests, attempts.failed), (600, 600));
}

#[test]
fn the_past_hours_level_in_an_outage_meets_503_alone() {
    // 5/s are ten of twenty in a window: nobody is above.
    let attempts = of(&minute("300/min", "5/s", OUTAGE));
    assert_eq!((attempts.sent, attempts.with_status(503), attempts.failed), (300, 300, 300));
    assert_eq!((attempts.with_status(429), attempts.refused), (0, 0));
}

#[test]
fn a_launch_has_no_past_hour_and_is_above_the_base_at_once() {
    // The base is 60 a minute, two in a window of 2 s. Of the ten that come in each at 5/s, two
    // are within: 60 of 300 fail with 503, 240 are refused with 429.
    let attempts = of(&minute("0/min", "5/s", OUTAGE));
    assert_eq!((attempts.with_status(503), attempts.with_status(429)), (60, 240));
}

#[test]
fn nothing_is_refused_above_the_rate_while_capacity_suffices() {
    let record = minute("300/min", "20/s", "");
    assert_eq!((of(&record).sent, of(&record).ok), (1_200, 1_200));
    // And what limits nothing leaves nothing: there is no headroom.
    let summary = derive::summary(&record);
    assert_eq!(summary.cells[0].headroom, run_record::HeadroomSummary::default());
    assert_eq!(
        (summary.cells[0].tier.as_deref(), summary.cells[0].past_hour_per_minute),
        (None, Some(300))
    );
}

#[test]
fn twice_what_capacity_can_do_fails_by_the_rate_after_a_burst_is_smoothed() {
    // Fifty tokens a second are five jobs a second, and ten come. Job k, at k/10 s, would wait
    // k/5 s less the k/10 s that are over: 2 s at job 20, which is all that may wait. From then on
    // every other one has its turn: 21, 23, … 599 fail, 290 of 600.
    //
    // 60 a minute in the past hour allow two a second, four in a window of 2 s, in which twenty
    // come: those with a number of 0 to 3 modulo twenty are within. Of the ten in a window that
    // fail, the odd ones, that is 1 and 3: 503. The other eight are above: 429. In the first window
    // nobody fails, in each of the other 29 two and eight.
    let assumed = "[assume]\nmodel_capacity = \"50/s\"\nother_tenants = \"0%\"\n";
    let attempts = of(&minute("60/min", "10/s", assumed));
    assert_eq!((attempts.sent, attempts.ok), (600, 310));
    assert_eq!((attempts.with_status(503), attempts.with_status(429)), (29 * 2, 29 * 8));
}

#[test]
fn other_readings_of_capacity_and_factor_are_tried_where_they_matter() {
    let of = |rest: &str| {
        let record = minute("300/min", "20/s", rest);
        let varied = record.cells().iter().flat_map(|cell| {
            cell.key().assumed().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        });
        varied.collect::<Vec<String>>()
    };
    assert_eq!(
        of(""),
        [
            "dynamic_factor=1.5",
            "dynamic_factor=3",
            "model_capacity=100000/s",
            "model_capacity=5000/s",
            "model_capacity=unlimited",
        ]
    );
    // What is never short is never refused, whatever the rate.
    let boundless = of("[assume]\nmodel_capacity = \"unlimited\"\n");
    assert!(boundless.iter().all(|said| !said.starts_with("dynamic_factor")), "{boundless:?}");
}

#[test]
fn one_and_a_half_times_the_past_hour_blames_more_and_three_times_less() {
    // 7.5/s are fifteen in a window, so that 25 of its forty are above; 15/s are thirty: ten.
    let record = minute("300/min", "20/s", OUTAGE);
    let refused = |factor: &str| {
        let tier = record.header().tier.as_deref();
        let key = CellKey::new(tier, "give-up").assuming("dynamic_factor", factor);
        record.cell(&key).unwrap().whole().pooled().attempts.with_status(429)
    };
    assert_eq!((refused("1.5"), refused("3")), (30 * 25, 30 * 10));
    // Without bounds there is no outage.
    let tier = record.header().tier.as_deref();
    let key = CellKey::new(tier, "give-up").assuming("model_capacity", "unlimited");
    let free = record.cell(&key).unwrap().whole().pooled().attempts;
    assert_eq!((free.ok, own(&record, "give-up").whole().pooled().attempts.ok), (1_200, 0));
}
