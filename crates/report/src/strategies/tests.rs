//! What the comparison says of records of every kind.

use run_record::{Header, RunRecord};

use super::*;
use crate::numbers::THIN;
use crate::sample::{Told, launch, launch_with, record_of, record_with, usual, wait_p95};

fn told(in_time: u64, refused: u64) -> Told {
    Told { in_time, late: 1_000 - in_time, by_tokens: refused, ..Told::default() }
}

/// The finding and the lead.
fn said(record: &RunRecord) -> String {
    let study = Study::of(record);
    let about = *tiers(&study).last().unwrap();
    let lead = words::lead(&study, about).unwrap_or_default();
    format!("{}\n{lead}", words::finding(&study, about)).replace(THIN, " ").trim().to_owned()
}

/// Cells of one tier, each with its strategy.
fn on_tier_2(cells: [(&'static str, Told); 3]) -> RunRecord {
    let cells = cells.map(|(strategy, told)| ("build-2", strategy, vec![told; 2]));
    record_of(&cells)
}

#[test]
fn those_that_meet_everything_are_told_and_so_is_how_jobs_are_lost_on_your_tier() {
    insta::assert_snapshot!(said(&launch()));
}

#[test]
fn where_all_meet_everything_none_is_named() {
    let fine = told(1_000, 0);
    let record =
        on_tier_2([("give-up", fine.clone()), ("full-jitter", fine.clone()), ("own-bucket", fine)]);
    assert_eq!(said(&record), "On Tier 2, all three strategies meet everything");
}

#[test]
fn where_none_meets_everything_the_closest_is_named() {
    let record = on_tier_2([
        ("give-up", told(420, 900)),
        ("full-jitter", told(700, 900)),
        ("own-bucket", told(100, 0)),
    ]);
    assert_eq!(
        said(&record),
        "On Tier 2, no strategy meets everything; “full-jitter” comes closest, with 70 % in time\n\
         On Tier 2, “own-bucket” answers 90 % of its jobs too late."
    );
}

#[test]
fn one_that_is_only_refused_too_often_is_told_with_its_share_and_the_goal() {
    let record = on_tier_2([
        ("give-up", told(1_000, 0)),
        ("full-jitter", told(1_000, 250)),
        ("own-bucket", told(995, 1_000)),
    ]);
    assert_eq!(
        said(&record),
        "On Tier 2, only “give-up” meets everything, in every seed; two more answer in time but are \
         refused too often\n\
         Those refused too often: 20 % to 50 % of attempts, where at most 5 % was asked for."
    );
}

#[test]
fn what_is_missed_beside_429s_is_not_called_refused() {
    let asked = |header: &mut Header| {
        header.expectations = usual();
        header.expectations.push(wait_p95(1_000));
    };
    let slow = Told { wait_ms: 9_000, ..told(1_000, 0) };
    let cells =
        [("build-2", "give-up", vec![told(1_000, 0)]), ("build-2", "own-bucket", vec![slow])];
    assert_eq!(
        said(&record_with(asked, &cells)),
        "On Tier 2, only “give-up” meets everything; one more answers in time but misses something \
         else"
    );
}

#[test]
fn who_meets_it_on_average_is_told_with_its_seeds() {
    let runs = |bad: usize| -> Vec<Told> {
        (0..20).map(|run| if run < bad { told(985, 0) } else { told(1_000, 0) }).collect()
    };
    let two = [("build-2", "give-up", runs(3)), ("build-2", "own-bucket", runs(8))];
    assert_eq!(
        said(&record_of(&two)),
        "On Tier 2, both strategies meet everything, but only on average\n\
         On average only: “give-up” in 17 of 20 seeds and “own-bucket” in 12 of 20 seeds."
    );
    let one = [("build-2", "give-up", runs(0)), ("build-2", "own-bucket", runs(8))];
    assert_eq!(
        said(&record_of(&one)),
        "On Tier 2, “give-up” meets everything, in every seed\n\
         On average only: “own-bucket” in 12 of 20 seeds."
    );
}

#[test]
fn one_strategy_is_compared_with_none() {
    let record = record_of(&[("build-2", "give-up", vec![told(420, 900)])]);
    assert_eq!(said(&record), "On Tier 2, “give-up” answers 42 % of its jobs in time");
    let html = section(&Study::of(&record)).unwrap().into_string();
    assert!(html.contains("How does the strategy fare?") && !html.contains("chips"), "{html}");
}

#[test]
fn without_expectations_nobody_meets_anything() {
    let record = launch_with(|header: &mut Header| header.expectations.clear());
    let said = said(&record);
    assert!(!said.contains("meet"), "{said}");
    let html = section(&Study::of(&record)).unwrap().into_string();
    assert!(!html.contains("Verdict") && !html.contains("meets"), "{html}");
    let alike = |header: &mut Header| header.expectations.clear();
    let fine = told(1_000, 0);
    let cells = [("build-2", "give-up", vec![fine.clone()]), ("build-2", "own-bucket", vec![fine])];
    let said = self::said(&record_with(alike, &cells));
    assert_eq!(said, "On Tier 2, every strategy answers 100 % of its jobs in time");
}

#[test]
fn a_run_that_was_stopped_claims_nothing() {
    let record = launch_with(|header: &mut Header| header.cut_short = true);
    assert_eq!(said(&record), "Stopped before the end: 25 of 25 cells complete");
}

#[test]
fn every_chip_leads_to_a_row_and_only_to_one() {
    let record = launch();
    let html = section(&Study::of(&record)).unwrap().into_string();
    for place in 0..5 {
        assert_eq!(html.matches(&format!("href=\"#strategy-{place}\"")).count(), 1);
        assert_eq!(html.matches(&format!(" id=\"strategy-{place}\"")).count(), 1);
    }
}

#[test]
fn a_page_of_many_strategies_leaves_the_waits_to_its_tables() {
    let record = crate::sample::league::league(12, 2, &["100%"], 2);
    let study = Study::of(&record);
    let html = section(&study).unwrap().into_string();
    assert!(study.is_crowded() && html.contains("<table") && !html.contains("w-line"), "{html}");
}

#[test]
fn two_tiers_are_drawn_beside_each_other_and_one_at_full_width() {
    let drawn = |record: &RunRecord| {
        let html = section(&Study::of(record)).unwrap().into_string();
        (
            html.matches("class=\"on-tiers\"").count(),
            html.matches("class=\"on-tiers alone\"").count(),
        )
    };
    assert_eq!(drawn(&launch()), (3, 0));
    let record = on_tier_2([
        ("give-up", told(420, 900)),
        ("full-jitter", Told { wait_ms: 5_000, ..told(700, 900) }),
        ("own-bucket", told(100, 0)),
    ]);
    assert_eq!(drawn(&record), (0, 3));
}
