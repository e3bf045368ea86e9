//! What was left of the limits, and the rungs of an edition without tiers, as the summary has them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod scene;

use limits::{Instant, Span};
use run_record::{
    AttemptEnd, AttemptOutcome, Cell, CellFault, CellKey, CellSpec, GroupLeaf, HeadroomSummary,
    JobEnd, JobOutcome, Recorder, Remaining, RunRecord, derive,
};
use scene::{JOB, LASTS, USAGE};

/// One replication whose jobs fall due at these seconds and are let in at once, with so many
/// millionths left.
fn run(admissions: impl IntoIterator<Item = (u64, u32)>) -> Vec<GroupLeaf> {
    let spec = CellSpec { lasts: LASTS, drain: Span::ZERO, groups: 1, ..CellSpec::default() };
    let mut recorder = Recorder::new(&spec);
    for (second, left) in admissions {
        let due = Instant::START.after(Span::from_secs(second));
        recorder.offered(0, due, USAGE);
        recorder.sent(0, due, true);
        recorder.admitted(0, due, left);
        let (sent, how) = (due, AttemptOutcome::Open);
        recorder.attempt_ended(0, AttemptEnd { job: 0, n: 1, sent, now: due, how });
        let how = JobOutcome::Unfinished;
        recorder.job_ended(0, JobEnd { due, deadline: None, client: 0, attempts: 1, how });
    }
    recorder.finish().unwrap()
}

fn record(runs: Vec<Vec<GroupLeaf>>) -> RunRecord {
    let replications = u32::try_from(runs.len()).unwrap();
    let header = scene::header(&["chat"], &["give up"], replications);
    RunRecord::new(header, vec![scene::cell("give up", runs)]).unwrap()
}

fn headroom(runs: Vec<Vec<GroupLeaf>>) -> HeadroomSummary {
    derive::summary(&record(runs)).cells.remove(0).headroom
}

/// So many admissions in the second minute, which leave 1 %, 2 %, 3 % and so on.
fn rising(count: u32) -> impl Iterator<Item = (u64, u32)> {
    (1..=count).map(|percent| (60, percent * 10_000))
}

#[test]
fn headroom_is_the_least_of_the_run_and_what_all_but_a_tenth_left_at_its_peak() {
    // The first minute has one admission, which leaves least of all, 0.5 %; the second is the
    // busiest. Of its hundred, ten leave 10 % or less, and the other ninety 11 % or more.
    let runs = vec![run([(0, 5_000)].into_iter().chain(rising(100)))];
    let HeadroomSummary { lowest_remaining_share, peak_p10_remaining_share } = headroom(runs);
    assert_eq!(lowest_remaining_share, Some(0.005));
    assert_eq!(peak_p10_remaining_share, Some(0.11));
}

#[test]
fn a_tenth_that_is_fewer_than_ten_admissions_tells_nothing() {
    // Nine of 99 would lie below.
    let HeadroomSummary { lowest_remaining_share, peak_p10_remaining_share } =
        headroom(vec![run(rising(99))]);
    assert_eq!((lowest_remaining_share, peak_p10_remaining_share), (Some(0.01), None));
}

#[test]
fn replications_share_the_least_and_add_their_peaks() {
    // The peaks together: 50 admissions at 40 %, then 1 % to 100 % once each. Of 150, fifteen may
    // lie below: 1 % to 15 %, so that all others left 16 % or more.
    let forty = run((0..50).map(|_| (0, 400_000)));
    let both = headroom(vec![forty, run(rising(100))]);
    assert_eq!(both.lowest_remaining_share, Some(0.01));
    assert_eq!(both.peak_p10_remaining_share, Some(0.16));
}

#[test]
fn a_run_that_saw_no_admission_has_no_headroom_and_is_written_without_it() {
    let header = scene::header(&["chat"], &["give up"], 1);
    let record = record(vec![scene::run(&header, (0..200).map(|_| JOB))]);
    let summary = derive::summary(&record).cells.remove(0);
    assert_eq!(summary.headroom, HeadroomSummary::default());
    let text = record.write();
    assert!(!text.contains("\"lowest_remaining\"") && !text.contains("\"peak\""));
    // So is one from before there was any: it reads as this one does.
    assert_eq!(RunRecord::read(&text).unwrap(), record);
}

#[test]
fn headroom_is_read_again_and_joined_as_it_was_added_up() {
    let (first, second) = (run(rising(100)), run((0..50).map(|_| (0, 400_000))));
    let whole = record(vec![first.clone(), second.clone()]);
    assert_eq!(RunRecord::read(&whole.write()).unwrap(), whole);
    let header = scene::header(&["chat"], &["give up"], 2);
    let shard = |number, run| {
        let cell = Cell::new(CellKey::new(Some("build-2"), "give up"), number, vec![run]);
        RunRecord::new(header.clone(), vec![cell.unwrap()]).unwrap()
    };
    let merged = RunRecord::merge(vec![shard(1, second), shard(0, first)]).unwrap();
    assert_eq!(merged.write(), whole.write());
}

#[test]
fn more_admissions_than_attempts_are_no_cell() {
    let mut leaf = run(rising(3));
    leaf[0].peak = Remaining::try_from(vec![(7, 4)]).unwrap();
    let fault = Cell::new(CellKey::new(None, "give up"), 0, vec![leaf]).unwrap_err();
    assert_eq!(fault, CellFault::Headroom { group: 0, sent: 3, held: 4 });
}

#[test]
fn without_tiers_a_rung_is_a_past_hour_and_its_tier_is_null() {
    let mut header = scene::header(&["chat"], &["give up"], 1);
    header.tier = Some("past-300/min".to_owned());
    header.ladder[1].tier = "past-300/min".to_owned();
    header.ladder[1].past_hour_rpm = Some(300);
    header.expectations = vec![scene::expect("answered", ">=", 990)];
    let run = scene::run(&header, [JOB]);
    let key = CellKey::new(Some("past-300/min"), "give up");
    let record = RunRecord::new(header, vec![Cell::new(key, 0, vec![run]).unwrap()]).unwrap();
    assert_eq!(RunRecord::read(&record.write()).unwrap(), record);
    let summary = derive::summary(&record);
    let (cell, expected) = (&summary.cells[0], &summary.expectations[0]);
    assert!(cell.judged);
    assert_eq!((cell.tier.as_deref(), cell.past_hour_per_minute), (None, Some(300)));
    assert_eq!((expected.tier.as_deref(), expected.past_hour_per_minute), (None, Some(300)));
    let json = summary.json();
    assert!(json.contains("\"tier\": null,\n      \"past_hour_per_minute\": 300,"), "{json}");
}
