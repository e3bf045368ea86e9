//! Every way in which a run can come out, in full.

use std::num::NonZeroU32;

use run_record::{
    CellKey, Comparison, Expectation, Figure, Header, Measure, Percentile, RunRecord,
};

use super::*;
use crate::numbers::THIN;
use crate::sample::{self, Served, Told, launch_with, record_with, usual, wait_p95};

/// As a terminal shows it, with plain spaces so that snapshots are legible.
fn shown(record: &RunRecord) -> String {
    lines(record).to_text(78).replace(THIN, " ")
}

fn fine() -> Told {
    Told { in_time: 999, by_tokens: 10, ..Told::default() }
}

fn poor() -> Told {
    Told { in_time: 420, late: 80, by_tokens: 900, by_requests: 100, ..Told::default() }
}

fn refused_often() -> Told {
    Told { in_time: 998, by_tokens: 100, ..Told::default() }
}

fn one_tier(change: impl Fn(&mut Header), cells: &[(&str, Told)], runs: usize) -> RunRecord {
    let cells: Vec<(&str, &str, Vec<Told>)> = cells
        .iter()
        .map(|(strategy, told)| ("build-2", *strategy, vec![told.clone(); runs]))
        .collect();
    record_with(change, &cells)
}

#[test]
fn the_current_tier_carries_it() {
    let record = one_tier(|_| (), &[("give-up", poor()), ("own-bucket", fine())], 20);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn the_current_tier_carries_it_with_the_strategy_that_ships() {
    let ship = |header: &mut Header| header.ship = Some("own-bucket".to_owned());
    let record = one_tier(ship, &[("give-up", fine()), ("own-bucket", fine())], 1);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn it_is_carried_on_average_only() {
    let runs = (0..20).map(|run| {
        let in_time = if run < 6 { 985 } else { 999 };
        Told { in_time, by_tokens: 10, ..Told::default() }
    });
    let record = record_with(|_| (), &[("build-2", "own-bucket", runs.collect())]);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn a_seed_that_is_too_small_to_tell_has_not_failed() {
    let asked = |header: &mut Header| header.expectations.push(wait_p95(3_000));
    let few = Told { offered: 150, in_time: 150, ..Told::default() };
    insta::assert_snapshot!(shown(&one_tier(asked, &[("give-up", few)], 3)));
}

#[test]
fn another_tier_carries_it() {
    insta::assert_snapshot!(shown(&launch_with(|_| ())));
}

#[test]
fn another_tier_carries_it_and_the_shipped_strategy_needs_a_higher_one() {
    let record = launch_with(|header| header.ship = Some("together-py".to_owned()));
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn the_current_tier_answers_in_time_but_refuses_too_often() {
    let record = record_with(
        |_| (),
        &[
            ("build-2", "give-up", vec![refused_often(); 3]),
            ("build-3", "give-up", vec![fine(); 3]),
        ],
    );
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn where_all_meet_everything_it_does_not_matter_which_is_taken() {
    let record = record_with(
        |_| (),
        &[
            ("build-2", "give-up", vec![poor(); 3]),
            ("build-2", "own-bucket", vec![poor(); 3]),
            ("build-3", "give-up", vec![fine(); 3]),
            ("build-3", "own-bucket", vec![fine(); 3]),
        ],
    );
    insta::assert_snapshot!(shown(&record));
    let here = one_tier(|_| (), &[("give-up", fine()), ("own-bucket", fine())], 3);
    insta::assert_snapshot!(shown(&here));
}

#[test]
fn a_lower_tier_would_do_as_well() {
    let ship = |header: &mut Header| header.ship = Some("give-up".to_owned());
    let record = record_with(
        ship,
        &[("build-1", "give-up", vec![fine(); 3]), ("build-2", "give-up", vec![fine(); 3])],
    );
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn where_a_strategy_goes_elsewhere_the_room_at_home_is_not_all() {
    let elsewhere = Served { elsewhere: 300, ..Served::default() };
    let there = || Told { served: elsewhere.clone(), ..fine() };
    let ship = |header: &mut Header| header.ship = Some("give-up".to_owned());
    let record = record_with(
        ship,
        &[("build-1", "give-up", vec![there(); 3]), ("build-2", "give-up", vec![there(); 3])],
    );
    let text = shown(&record).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Room None at home in the busiest minute: it asks"), "{text}");
    assert!(text.contains("What finds none there goes elsewhere."), "{text}");
}

#[test]
fn no_tier_carries_it() {
    let asked = |header: &mut Header| {
        header.expectations = usual();
        header.expectations.push(wait_p95(3_000));
    };
    let slow = Told { in_time: 995, wait_ms: 4_100, ..Told::default() };
    let record = record_with(
        asked,
        &[
            ("build-2", "give-up", vec![poor()]),
            ("build-2", "own-bucket", vec![poor()]),
            ("build-5", "own-bucket", vec![slow]),
        ],
    );
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn the_only_tier_tested_does_not_carry_it() {
    let record = one_tier(|_| (), &[("give-up", poor())], 1);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn the_current_tier_is_enough_but_not_for_the_strategy_that_ships() {
    let ship = |header: &mut Header| header.ship = Some("together-py".to_owned());
    let cells = [("give-up", poor()), ("together-py", refused_often()), ("own-bucket", fine())];
    insta::assert_snapshot!(shown(&one_tier(ship, &cells, 20)));
}

#[test]
fn what_is_asked_of_one_strategy_by_name_can_fail_alone() {
    let asked = |header: &mut Header| {
        let mut scoped = sample::share(Figure::AnsweredInTime, Comparison::AtLeast, 900_000_000);
        scoped.strategy = Some("give-up".to_owned());
        header.expectations.push(scoped);
    };
    let record = one_tier(asked, &[("give-up", poor()), ("own-bucket", fine())], 1);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn too_few_samples_are_not_judged() {
    let asked = |header: &mut Header| header.expectations.push(wait_p95(3_000));
    let few = Told { offered: 14, in_time: 14, ..Told::default() };
    insta::assert_snapshot!(shown(&one_tier(asked, &[("give-up", few)], 1)));
}

#[test]
fn a_tier_that_was_not_run_is_not_judged() {
    let record = record_with(|_| (), &[("build-5", "give-up", vec![fine()])]);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn nothing_was_asked() {
    let nothing = |header: &mut Header| header.expectations.clear();
    let cells = [("give-up", poor()), ("own-bucket", fine())];
    insta::assert_snapshot!(shown(&one_tier(nothing, &cells, 2)));
}

#[test]
fn nothing_was_sent() {
    let none = Told { offered: 0, ..Told::default() };
    insta::assert_snapshot!(shown(&one_tier(|_| (), &[("give-up", none)], 1)));
}

#[test]
fn a_deadline_that_the_service_alone_cannot_keep_is_no_limits_fault() {
    let record = one_tier(|_| (), &[("give-up", poor())], 1);
    let header = record.header().clone();
    let key = CellKey::new(Some("build-2"), "give-up").without_limit();
    let slow = [Told { in_time: 967, late: 33, ..Told::default() }];
    let mut cells = record.cells().to_vec();
    cells.push(sample::cell(&header, key, &slow));
    insta::assert_snapshot!(shown(&RunRecord::new(header, cells).unwrap()));
}

#[test]
fn requests_can_bind_although_the_minute_has_room() {
    let burst = Told { in_time: 600, by_requests: 900, by_tokens: 100, ..Told::default() };
    let record = one_tier(|_| (), &[("give-up", burst)], 1);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn a_limit_of_pictures_is_told_in_pictures() {
    let pictures = |header: &mut Header| {
        for rung in &mut header.ladder {
            for pair in &mut rung.limits {
                (pair.images, pair.tpm) = (true, None);
            }
        }
        for group in &mut header.groups {
            group.units = NonZeroU32::new(4).unwrap();
        }
    };
    let burst = Told { in_time: 600, by_requests: 1_000, by_tokens: 0, ..Told::default() };
    let record = one_tier(pictures, &[("give-up", burst)], 1);
    let text = shown(&record);
    assert!(!text.contains("request"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_run_that_was_stopped_says_so_first_and_names_what_was_not_run() {
    let cut = |header: &mut Header| header.cut_short = true;
    let cells = [("build-1", "give-up", vec![poor()]), ("build-3", "give-up", vec![fine()])];
    insta::assert_snapshot!(shown(&record_with(cut, &cells)));
}

#[test]
fn a_stopped_run_can_have_missed_already() {
    let cut = |header: &mut Header| {
        header.cut_short = true;
        header.ship = Some("give-up".to_owned());
    };
    let cells = [("build-2", "give-up", vec![poor()])];
    let text = shown(&record_with(cut, &cells));
    insta::assert_snapshot!(text);
    assert!(!text.contains("No tier tested"));
}

#[test]
fn a_stopped_run_of_which_nothing_was_asked_says_only_that() {
    let cut = |header: &mut Header| {
        header.cut_short = true;
        header.expectations.clear();
    };
    let cells = [("build-2", "give-up", vec![poor()])];
    insta::assert_snapshot!(shown(&record_with(cut, &cells)));
}

/// 99 % answered, in time or not.
fn answered() -> Expectation {
    sample::share(Figure::Answered, Comparison::AtLeast, 990_000_000)
}

#[test]
fn the_best_of_those_that_miss_is_the_one_that_answers_most_in_time() {
    let asked = |header: &mut Header| header.expectations = vec![answered(), wait_p95(100)];
    let quick = Told { in_time: 800, by_tokens: 200, ..Told::default() };
    let slow = Told { in_time: 60, late: 940, ..Told::default() };
    let cells = [("give-up", quick), ("own-bucket", slow)];
    insta::assert_snapshot!(shown(&one_tier(asked, &cells, 1)));
}

#[test]
fn a_goal_for_answers_is_met_by_late_ones_and_no_limit_is_blamed() {
    let asked = |header: &mut Header| header.expectations = vec![answered()];
    let late = Told { in_time: 30, late: 970, ..Told::default() };
    let record = one_tier(asked, &[("give-up", late)], 1);
    let header = record.header().clone();
    let key = CellKey::new(Some("build-2"), "give-up").without_limit();
    let alone = [Told { in_time: 31, late: 969, ..Told::default() }];
    let mut cells = record.cells().to_vec();
    cells.push(sample::cell(&header, key, &alone));
    let text = shown(&RunRecord::new(header, cells).unwrap());
    insta::assert_snapshot!(text);
    assert!(!text.contains("too slow"));
}

#[test]
fn what_was_not_asked_in_time_is_told_as_answered_at_all() {
    let asked = |header: &mut Header| {
        header.expectations = vec![answered()];
        header.expectations[0].group = Some("chat".to_owned());
    };
    let late = Told { in_time: 60, late: 940, ..Told::default() };
    let record = sample::record_of_groups(asked, &[("build-2", "give-up", [late.clone(), late])]);
    let text = lines(&record).sentence_text().replace(THIN, " ");
    assert!(text.contains("100 % of jobs answered, 6 % in time"), "{text}");
}

#[test]
fn a_miss_says_its_direction_where_that_is_not_the_usual_one() {
    let missed = |comparison, billionths: u64| {
        let asked = |header: &mut Header| {
            let goal = sample::share(Figure::AttemptsPerJob, comparison, billionths);
            header.expectations = vec![goal];
        };
        let once = Told { in_time: 1_000, ..Told::default() };
        lines(&one_tier(asked, &[("give-up", once)], 1)).sentence_text().replace(THIN, " ")
    };
    let below = missed(Comparison::AtMost, 999_999_999);
    assert!(below.ends_with("it misses attempts per job, 1.00, not below 1."), "{below}");
    let more = missed(Comparison::AtLeast, 2_000_000_000);
    assert!(more.ends_with("it misses attempts per job, 1.00, not at least 2."), "{more}");
}

#[test]
fn a_goal_of_one_group_is_not_held_against_all_of_a_cells_jobs() {
    let asked = |header: &mut Header| {
        let mut chat = sample::share(Figure::AnsweredInTime, Comparison::AtLeast, 990_000_000);
        chat.group = Some("chat".to_owned());
        header.expectations = vec![chat];
    };
    let chat = Told { offered: 100, in_time: 50, by_tokens: 50, ..Told::default() };
    let batch = Told { offered: 9_900, in_time: 9_900, ..Told::default() };
    let record = sample::record_of_groups(asked, &[("build-2", "give-up", [chat, batch])]);
    insta::assert_snapshot!(shown(&record));
    let study = Study::of(&record);
    assert_eq!(study.goal_in_time(), None);
}

/// What is asked of one strategy by name: at most 1 attempt for each job.
fn one_attempt_of(strategy: &str) -> Expectation {
    let mut scoped = sample::share(Figure::AttemptsPerJob, Comparison::AtMost, 1_000_000_000);
    scoped.strategy = Some(strategy.to_owned());
    scoped
}

#[test]
fn the_strategy_that_missed_is_blamed_and_not_the_one_that_ships() {
    let asked = |header: &mut Header| {
        header.ship = Some("together-py".to_owned());
        header.expectations.push(one_attempt_of("give-up"));
    };
    let cells = [("give-up", fine()), ("together-py", fine()), ("own-bucket", fine())];
    insta::assert_snapshot!(shown(&one_tier(asked, &cells, 3)));
}

#[test]
fn a_tier_that_could_not_be_judged_is_not_said_to_fail() {
    let asked = |header: &mut Header| header.expectations.push(wait_p95(3_000));
    let few = Told { offered: 150, in_time: 150, ..Told::default() };
    let failed = Told { offered: 150, in_time: 60, by_tokens: 90, ..Told::default() };
    let record = record_with(
        asked,
        &[("build-2", "give-up", vec![failed]), ("build-3", "give-up", vec![few])],
    );
    let text = shown(&record);
    insta::assert_snapshot!(text);
    assert!(!text.contains("No tier tested"));
}

#[test]
fn one_sample_is_one_sample() {
    let asked = |header: &mut Header| header.expectations.push(wait_p95(3_000));
    let few = Told { offered: 1, in_time: 1, ..Told::default() };
    insta::assert_snapshot!(shown(&one_tier(asked, &[("give-up", few)], 1)));
}

#[test]
fn samples_are_those_of_the_group_that_was_asked_about() {
    let asked = |header: &mut Header| {
        let mut batch = wait_p95(3_000);
        batch.group = Some("batch".to_owned());
        header.expectations = vec![batch];
    };
    let batch = Told { offered: 12, in_time: 12, ..Told::default() };
    let record = sample::record_of_groups(asked, &[("build-2", "give-up", [fine(), batch])]);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn a_time_to_outcome_has_a_sample_for_every_job() {
    let asked = |header: &mut Header| {
        let mut outcome = wait_p95(3_000);
        outcome.figure =
            Figure::Time { measure: Measure::TimeToOutcome, percentile: Percentile::P95 };
        header.expectations = vec![outcome];
    };
    let few = Told { offered: 120, in_time: 5, ..Told::default() };
    insta::assert_snapshot!(shown(&one_tier(asked, &[("give-up", few)], 1)));
}

#[test]
fn what_is_not_judged_is_about_the_strategy_it_was_asked_of() {
    let asked = |header: &mut Header| {
        let mut rare = wait_p95(3_000);
        rare.figure = Figure::Time { measure: Measure::Wait, percentile: Percentile::P999 };
        rare.strategy = Some("give-up".to_owned());
        header.expectations.push(rare);
    };
    let other = Told { in_time: 995, by_requests: 20, ..Told::default() };
    let record = one_tier(asked, &[("give-up", other), ("own-bucket", fine())], 3);
    insta::assert_snapshot!(shown(&record));
}

#[test]
fn where_none_answers_in_time_the_one_that_answers_late_is_better_than_silence() {
    let nothing = |header: &mut Header| header.expectations.clear();
    let late = Told { late: 1_000, by_tokens: 100, ..Told::default() };
    let cells = [("own-bucket", Told::default()), ("pace-by-headers", late)];
    insta::assert_snapshot!(shown(&one_tier(nothing, &cells, 1)));
    let silent = one_tier(nothing, &[("own-bucket", Told::default())], 1);
    insta::assert_snapshot!(shown(&silent));
}

#[test]
fn where_all_attempts_get_one_status_silence_has_a_reason() {
    let nothing = |header: &mut Header| header.expectations.clear();
    let refused = || Told { by_tokens: 100, ..Told::default() };
    let cells = [("own-bucket", refused()), ("pace-by-headers", refused())];
    let said = shown(&one_tier(nothing, &cells, 1));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("answers a job: every attempt of"), "{said}");
    assert!(said.contains("is answered 429."), "{said}");
}

#[test]
fn every_sentence_is_short_and_says_its_claim_first() {
    let launch = launch_with(|_| ());
    let verdict = lines(&launch);
    assert!(verdict.sentence_text().split(' ').count() <= 35);
    assert_eq!(verdict.sentence[0].tone, Tone::Bad);
}

#[test]
fn plain_text_is_the_words_of_the_page_broken_at_the_width() {
    let verdict = lines(&launch_with(|_| ()));
    for width in [40, 80] {
        let text = verdict.to_text(width);
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut all = verdict.sentence_text();
        for fact in &verdict.facts {
            all = format!("{all} {} {}", fact.name, fact.text);
        }
        assert_eq!(words(&text), words(&all));
    }
}
