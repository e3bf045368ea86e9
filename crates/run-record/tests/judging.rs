//! What is expected of a run, and when it was met, missed, or could not be judged.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set has failed")]

mod scene;

use limits::Span;
use run_record::{
    Cell, CellKey, Dense, Driver, Expectation, Figure, Goal, Header, Histogram, Judged, LiveNote,
    Measured, RunRecord, Verdict, derive,
};
use scene::{JOB, Job, expect};

const MET: Verdict = Verdict::Met;
const MISSED: Verdict = Verdict::Missed;
const UNJUDGED: Verdict = Verdict::Unjudged;

/// So many jobs answered at once, and so many that give up at their first 429.
fn jobs(answered: u32, quit: u32) -> Vec<Job> {
    let quitter = Job { refused: 1, wait: None, ..JOB };
    let answered = (0..answered).map(|_| JOB);
    answered.chain((0..quit).map(|_| quitter)).collect()
}

/// So many jobs that wait so many milliseconds each.
fn waits(classes: &[(u64, u64)]) -> Vec<Job> {
    let of = |(count, wait): &(u64, u64)| {
        let wait = Some(*wait);
        (0..*count).map(move |_| Job { wait, ..JOB })
    };
    classes.iter().flat_map(of).collect()
}

/// One expectation on one strategy with these replications.
fn judged(expectation: Expectation, runs: Vec<Vec<Job>>) -> Judged {
    let mut judged = scene::record(vec![expectation], runs).judge().judged;
    assert_eq!(judged.len(), 1);
    judged.remove(0)
}

/// Only the verdict of that.
fn verdict(word: &str, sign: &str, goal: u64, run: Vec<Job>) -> Verdict {
    judged(expect(word, sign, goal), vec![run]).verdict
}

#[test]
fn a_share_is_judged_exactly_at_its_goal() {
    assert_eq!(verdict("answered", ">=", 990, jobs(99, 1)), MET);
    assert_eq!(verdict("answered", ">=", 991, jobs(99, 1)), MISSED);
    assert_eq!(verdict("answered_in_time", ">=", 990, jobs(99, 1)), MET);
    assert_eq!(verdict("answered_in_time", ">=", 990, waits(&[(98, 0), (2, 2_001)])), MISSED);
    assert_eq!(verdict("status_429", "<=", 10, jobs(99, 1)), MET);
    assert_eq!(verdict("status_429", "<=", 9, jobs(99, 1)), MISSED);
    assert_eq!(verdict("first_attempt_429", "<=", 10, jobs(99, 1)), MET);
    assert_eq!(verdict("first_attempt_429", "<=", 9, jobs(99, 1)), MISSED);
}

#[test]
fn attempts_per_job_may_exceed_one() {
    let twice = |count| (0..count).map(|_| Job { refused: 1, ..JOB }).collect();
    assert_eq!(verdict("attempts_per_job", "<=", 2_000, twice(10)), MET);
    assert_eq!(verdict("attempts_per_job", "<=", 1_999, twice(10)), MISSED);
}

#[test]
fn what_was_measured_is_told_exactly() {
    let share = judged(expect("answered", ">=", 990), vec![jobs(2, 1)]);
    assert_eq!(share.measured, Some(Measured::Fraction { part: 2, of: 3 }));
    let record = scene::record(vec![expect("answered", ">=", 990)], vec![jobs(2, 1)]);
    assert_eq!(derive::summary(&record).expectations[0].measured, Some(0.666_667));
}

#[test]
fn without_samples_nothing_is_met() {
    for word in ["answered", "answered_in_time", "status_429", "first_attempt_429"] {
        assert_eq!(verdict(word, ">=", 0, Vec::new()), UNJUDGED, "{word}");
        assert_eq!(verdict(word, "<=", 1_000, Vec::new()), UNJUDGED, "{word}");
    }
    assert_eq!(verdict("attempts_per_job", "<=", 9_000, Vec::new()), UNJUDGED);
    assert_eq!(verdict("wait_p50", "<=", 9_000, Vec::new()), UNJUDGED);
    assert_eq!(verdict("time_to_outcome_p50", "<=", 9_000, Vec::new()), UNJUDGED);
    // All gave up: there is nobody whose wait could be told.
    assert_eq!(verdict("wait_p50", "<=", 9_000, jobs(0, 100)), UNJUDGED);
}

#[test]
fn money_cannot_be_judged_before_runs_have_prices() {
    assert_eq!(verdict("cost_usd", "<=", 9_000, jobs(10, 0)), UNJUDGED);
}

#[test]
fn a_percentile_is_judged_by_counting_the_jobs_within_the_bound() {
    // Of 200 waits the 190th decides: 190 within 3 s are enough, 189 are not.
    assert_eq!(verdict("wait_p95", "<=", 3_000, waits(&[(190, 3_000), (10, 9_000)])), MET);
    assert_eq!(verdict("wait_p95", "<=", 3_000, waits(&[(189, 3_000), (11, 9_000)])), MISSED);
    // A nanosecond of difference decides, although both lie in one bin.
    assert_eq!(verdict("wait_p95", "<=", 2_999, waits(&[(200, 3_000)])), MISSED);
    assert_eq!(verdict("time_to_answer_p95", "<=", 4_000, waits(&[(200, 3_000)])), MET);
    assert_eq!(verdict("time_to_answer_p95", "<=", 3_999, waits(&[(200, 3_000)])), MISSED);
    assert_eq!(verdict("time_to_first_token_p95", "<=", 3_250, waits(&[(200, 3_000)])), MET);
    assert_eq!(verdict("time_to_first_token_p95", "<=", 3_249, waits(&[(200, 3_000)])), MISSED);
}

#[test]
fn a_percentile_may_also_have_to_be_reached() {
    let run = || waits(&[(190, 3_000), (10, 9_000)]);
    assert_eq!(verdict("wait_p95", ">=", 3_000, run()), MET);
    assert_eq!(verdict("wait_p95", ">=", 3_001, run()), MISSED);
    assert_eq!(verdict("wait_p95", ">=", 0, waits(&[(200, 0)])), MET);
}

#[test]
fn a_percentile_with_fewer_than_ten_samples_beyond_is_unjudged() {
    assert_eq!(verdict("wait_p95", "<=", 3_000, waits(&[(199, 0)])), UNJUDGED);
    assert_eq!(verdict("wait_p95", "<=", 3_000, waits(&[(200, 0)])), MET);
    assert_eq!(verdict("wait_p95", "<=", 3_000, waits(&[(199, 9_000)])), UNJUDGED);
    let unjudged = judged(expect("wait_p95", "<=", 3_000), vec![waits(&[(199, 0)])]);
    assert_eq!(unjudged.measured, None);
}

#[test]
fn never_is_a_miss_and_not_a_missing_sample() {
    // 200 jobs, of which 189 are answered: the 190th outcome is never.
    assert_eq!(verdict("time_to_outcome_p95", "<=", 60_000, jobs(190, 10)), MET);
    let missed = judged(expect("time_to_outcome_p95", "<=", 60_000), vec![jobs(189, 11)]);
    assert_eq!((missed.verdict, missed.measured), (MISSED, None));
    // The answers alone are well within, which is why they are not asked.
    assert_eq!(verdict("time_to_answer_p90", "<=", 60_000, jobs(189, 11)), MET);
}

#[test]
fn a_measured_time_agrees_with_its_verdict() {
    // 3 s lie in a bin that reaches to 3.003 s; counting shows that they are within 3 s.
    let runs = || vec![waits(&[(190, 3_000), (10, 9_000)])];
    let met = judged(expect("wait_p95", "<=", 3_000), runs());
    assert_eq!((met.verdict, met.measured), (MET, Some(Measured::Time(Span::from_secs(3)))));
    let loose = judged(expect("wait_p95", "<=", 3_500), runs());
    let edge = Span::from_nanos(179 * (1 << 24) - 1);
    assert_eq!((loose.verdict, loose.measured), (MET, Some(Measured::Time(edge))));
    let missed = judged(expect("wait_p95", "<=", 2_999), runs());
    assert_eq!((missed.verdict, missed.measured), (MISSED, Some(Measured::Time(edge))));
}

#[test]
fn met_in_counts_the_replications_that_met_it_alone() {
    // Pooled: 285 of 300. Alone: 100, 99 and 86 of 100.
    let runs = || vec![jobs(100, 0), jobs(99, 1), jobs(86, 14)];
    let share = judged(expect("answered", ">=", 950), runs());
    assert_eq!((share.verdict, share.met, share.of), (MET, 2, 3));
    let share = judged(expect("answered", ">=", 951), runs());
    assert_eq!((share.verdict, share.met, share.of), (MISSED, 2, 3));

    // Each replication is judged by its own rank: of 200, the 190th.
    let runs =
        vec![waits(&[(200, 0)]), waits(&[(190, 0), (10, 9_000)]), waits(&[(189, 0), (11, 9_000)])];
    let wait = judged(expect("wait_p95", "<=", 3_000), runs);
    assert_eq!((wait.verdict, wait.met, wait.of), (MET, 2, 3));

    // One that has too few samples to tell its percentile did not meet it, however short they are.
    let wait = judged(expect("wait_p95", "<=", 3_000), vec![waits(&[(199, 0)])]);
    assert_eq!((wait.verdict, wait.met, wait.of), (UNJUDGED, 0, 1));
    let runs = vec![waits(&[(150, 0)]), waits(&[(150, 0)]), waits(&[(200, 0)])];
    let wait = judged(expect("wait_p95", "<=", 3_000), runs);
    assert_eq!((wait.verdict, wait.met, wait.of), (MET, 1, 3));

    // A replication without samples met nothing.
    let wait = judged(expect("wait_p95", "<=", 3_000), vec![waits(&[(200, 0)]), Vec::new()]);
    assert_eq!((wait.verdict, wait.met, wait.of), (MET, 1, 2));
}

/// A record of cells on two tiers; the account's is build-2.
fn league(
    expectations: Vec<Expectation>,
    ship: Option<&str>,
    cells: &[(&str, &str, Vec<Job>)],
) -> RunRecord {
    let mut header = scene::header(&["chat"], &["a", "b", "c"], 1);
    header.expectations = expectations;
    header.ship = ship.map(str::to_owned);
    let cells = cells
        .iter()
        .map(|(tier, strategy, jobs)| {
            let run = scene::run(&header, jobs.iter().copied());
            Cell::new(CellKey::new(Some(tier), strategy), 0, vec![run]).unwrap()
        })
        .collect();
    RunRecord::new(header, cells).unwrap()
}

fn both() -> Vec<Expectation> {
    vec![expect("answered", ">=", 990), expect("wait_p95", "<=", 3_000)]
}

/// Strategies judged, with how each of their expectations came out.
fn told(record: &RunRecord) -> Vec<(String, Verdict)> {
    let judged = record.judge().judged.into_iter();
    judged.map(|judged| (judged.strategy.unwrap_or_default(), judged.verdict)).collect()
}

#[test]
fn the_strategy_that_ships_is_judged_on_the_tier_of_the_account() {
    let cells = [
        ("build-2", "a", jobs(200, 0)),
        ("build-2", "b", jobs(150, 50)),
        ("build-3", "b", jobs(200, 0)),
    ];
    let ships = |strategy| league(both(), Some(strategy), &cells);
    assert_eq!(ships("a").judge().verdict, Some(MET));
    assert_eq!(ships("b").judge().verdict, Some(MISSED));
    assert_eq!(told(&ships("b")), [("b".to_owned(), MISSED), ("b".to_owned(), UNJUDGED)]);
    let marked: Vec<_> = derive::summary(&ships("b"))
        .cells
        .into_iter()
        .map(|cell| (cell.tier.unwrap(), cell.strategy.unwrap(), cell.judged))
        .collect();
    let cell = |tier: &str, strategy: &str, judged| (tier.to_owned(), strategy.to_owned(), judged);
    assert_eq!(
        marked,
        [cell("build-2", "a", false), cell("build-2", "b", true), cell("build-3", "b", false)]
    );
}

#[test]
fn without_a_strategy_to_ship_one_that_meets_everything_suffices() {
    let verdict = |cells: &[(&str, &str, Vec<Job>)]| league(both(), None, cells).judge().verdict;
    let (good, few, bad) = (jobs(200, 0), jobs(100, 0), jobs(100, 100));
    assert_eq!(
        verdict(&[("build-2", "a", bad.clone()), ("build-2", "b", good.clone())]),
        Some(MET)
    );
    // `few` answers everything, but has too few waits to tell their p95.
    assert_eq!(
        verdict(&[("build-2", "a", bad.clone()), ("build-2", "b", few.clone())]),
        Some(UNJUDGED)
    );
    // `bad` is missed and unjudged, which is missed.
    assert_eq!(verdict(&[("build-2", "a", bad.clone()), ("build-2", "b", bad)]), Some(MISSED));
    // What other tiers do is context.
    assert_eq!(verdict(&[("build-2", "a", few), ("build-3", "b", good)]), Some(UNJUDGED));
}

#[test]
fn what_is_asked_of_one_strategy_is_asked_in_any_case() {
    let scoped = || {
        let mut of_b = expect("status_429", "<=", 100);
        of_b.strategy = Some("b".to_owned());
        vec![expect("answered", ">=", 990), of_b]
    };
    let cells = [("build-2", "a", jobs(200, 0)), ("build-2", "b", jobs(150, 50))];
    let met_by_a = league(scoped(), None, &cells);
    assert_eq!(met_by_a.judge().verdict, Some(MISSED));
    let shipped = league(scoped(), Some("a"), &cells);
    assert_eq!(shipped.judge().verdict, Some(MISSED));
    assert_eq!(told(&shipped), [("a".to_owned(), MET), ("b".to_owned(), MISSED)]);
}

#[test]
fn an_expectation_of_a_group_is_judged_on_its_jobs() {
    let mut header = scene::header(&["chat", "batch"], &["a"], 1);
    let of = |group: &str, expectation: Expectation| Expectation {
        group: Some(group.to_owned()),
        ..expectation
    };
    header.expectations = vec![
        expect("answered", ">=", 600),
        of("chat", expect("answered", ">=", 990)),
        of("batch", expect("answered", ">=", 990)),
        of("chat", expect("wait_p50", "<=", 1_000)),
        of("batch", expect("wait_p50", "<=", 1_000)),
        of("nobody", expect("answered", ">=", 0)),
    ];
    let chat = waits(&[(20, 1_000)]);
    let batch = waits(&[(20, 2_000)]).into_iter().chain(jobs(0, 20));
    let all = chat.into_iter().chain(batch.map(|job| Job { group: 1, ..job }));
    let run = scene::run(&header, all);
    let record = RunRecord::new(header, vec![scene::cell("a", vec![run])]).unwrap();
    let verdicts: Vec<_> = told(&record).into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(verdicts, [MET, MET, MISSED, MET, MISSED, UNJUDGED]);
    let judged: Vec<_> = derive::summary(&record).cells.iter().map(|cell| cell.judged).collect();
    assert_eq!(judged, [true, true, true]);
}

#[test]
fn an_expectation_whose_cell_was_not_run_is_unjudged() {
    let record = league(both(), Some("b"), &[("build-2", "a", jobs(200, 0))]);
    let judgement = record.judge();
    assert_eq!(judgement.verdict, Some(UNJUDGED));
    assert_eq!(told(&record), [("b".to_owned(), UNJUDGED), ("b".to_owned(), UNJUDGED)]);
    assert_eq!(derive::summary(&record).expectations[0].met_in, [0, 0]);
    let elsewhere = league(both(), None, &[("build-3", "a", jobs(200, 0))]);
    assert_eq!(elsewhere.judge().verdict, Some(UNJUDGED));
}

#[test]
fn a_run_that_was_cut_short_has_met_nothing_but_may_have_missed() {
    let verdict = |ship: Option<&str>, cells: &[(&str, &str, Vec<Job>)]| {
        let mut header = league(both(), ship, cells).header().clone();
        header.cut_short = true;
        let cells = league(both(), ship, cells).cells().to_vec();
        RunRecord::new(header, cells).unwrap().judge().verdict
    };
    let (good, bad) = (jobs(200, 0), jobs(100, 100));
    assert_eq!(verdict(Some("a"), &[("build-2", "a", good.clone())]), Some(UNJUDGED));
    assert_eq!(verdict(Some("a"), &[("build-2", "a", bad.clone())]), Some(MISSED));
    assert_eq!(verdict(None, &[("build-2", "a", good)]), Some(UNJUDGED));
    // `c` was not reached, and might have met everything.
    let two = [("build-2", "a", bad.clone()), ("build-2", "b", bad.clone())];
    assert_eq!(verdict(None, &two), Some(UNJUDGED));
    let all = ["a", "b", "c"].map(|strategy| ("build-2", strategy, bad.clone()));
    assert_eq!(verdict(None, &all), Some(MISSED));
}

#[test]
fn where_nothing_is_expected_there_is_no_verdict() {
    let record = league(Vec::new(), Some("a"), &[("build-2", "a", jobs(1, 0))]);
    assert_eq!(record.judge().verdict, None);
    let cells = derive::summary(&record).cells;
    assert!(!cells[0].judged);
}

#[test]
fn any_cell_can_be_judged_for_itself() {
    let cells = [("build-2", "a", jobs(150, 50)), ("build-3", "a", jobs(200, 0))];
    let record = league(both(), Some("a"), &cells);
    let cell = record.cell(&CellKey::new(Some("build-3"), "a")).unwrap();
    let verdicts: Vec<_> = record.judge_cell(cell).iter().map(|judged| judged.verdict).collect();
    assert_eq!(verdicts, [MET, MET]);
}

#[test]
fn a_goal_of_another_kind_than_its_figure_is_unjudged() {
    let mut odd = expect("answered", ">=", 990);
    odd.goal = Goal::Time(Span::from_secs(1));
    assert_eq!(judged(odd, vec![jobs(10, 0)]).verdict, UNJUDGED);
    let mut odd = expect("answered", ">=", 0);
    odd.figure = Figure::parse("wait_p50").unwrap();
    assert_eq!(judged(odd, vec![jobs(20, 0)]).verdict, UNJUDGED);
}

/// A live run in which everything is met, but for what `change` makes of it.
fn live(change: impl FnOnce(&mut Header)) -> RunRecord {
    let met = scene::record(vec![expect("answered", ">=", 900)], vec![jobs(100, 0)]);
    let mut header = met.header().clone();
    header.driver = Driver::Live;
    let (began_unix_s, target) = (784_111_777, "http://127.0.0.1:8429/v1".to_owned());
    header.live = Some(LiveNote { began_unix_s, target, late: Histogram::default(), starved: 0 });
    change(&mut header);
    RunRecord::new(header, met.cells().to_vec()).unwrap()
}

/// All wake-ups of a generator came so late.
fn late_by(header: &mut Header, late: Span) {
    let mut all = Dense::new();
    all.add(late.nanos());
    if let Some(live) = &mut header.live {
        live.late = all.sparse();
    }
}

#[test]
fn a_generator_that_kept_up_is_judged_and_a_late_one_is_not() {
    let of = |late| live(|header| late_by(header, Span::from_millis(late))).judge();
    assert_eq!(of(4).verdict, Some(MET));
    let late = of(6);
    assert_eq!(
        (late.verdict, late.judged[0].verdict, late.judged[0].met),
        (Some(UNJUDGED), UNJUDGED, 0)
    );
    assert!(late.judged[0].measured.is_some(), "it is measured all the same");
}

/// Of a simulated run every cell is complete that is there; of a live one the last is not.
#[test]
fn a_live_run_that_was_cut_short_is_neither_met_nor_missed() {
    for goal in ["answered", "status_429"] {
        let cut = live(|header| {
            header.cut_short = true;
            header.expectations = vec![expect(goal, ">=", 900)];
        });
        assert_eq!(
            (cut.judge().verdict, cut.judge().judged[0].verdict),
            (Some(UNJUDGED), UNJUDGED)
        );
    }
}

#[test]
fn a_live_run_began_at_a_date() {
    let record = live(|_| {});
    let note = record.header().live.as_ref().unwrap();
    assert_eq!(note.began(), "Sun, 06 Nov 1994 08:49:37 GMT");
}
