//! Every reported number, against an answer worked out by hand.

mod scene;

use limits::Span;
use run_record::{Cell, CellKey, CellSummary, Measure, Percentile, RunRecord, Summary, derive};
use scene::{JOB, Job};

/// A thousand jobs, of which every other one meets a 429 before it is sent again; job `n` waits
/// `n` milliseconds and its answer takes two seconds.
fn thousand() -> Vec<Job> {
    (0..1_000u64)
        .map(|n| Job {
            due: n * 100,
            refused: u32::from(n % 2 == 0),
            wait: Some(n),
            takes: 2_000,
            ..JOB
        })
        .collect()
}

/// Ten jobs that give up at their first 429.
fn quitters() -> Vec<Job> {
    (0..10).map(|n| Job { due: n * 1_000, refused: 1, wait: None, ..JOB }).collect()
}

fn of(runs: Vec<Vec<Job>>) -> Summary {
    derive::summary(&scene::record(Vec::new(), runs))
}

fn only_cell(runs: Vec<Vec<Job>>) -> CellSummary {
    let mut cells = of(runs).cells;
    assert_eq!(cells.len(), 1);
    cells.remove(0)
}

#[test]
fn shares_are_of_what_their_name_says() {
    let cell = only_cell(vec![thousand(), quitters()]);
    assert_eq!((cell.jobs.offered, cell.jobs.answered, cell.jobs.gave_up), (1_010, 1_000, 10));
    assert_eq!((cell.attempts.sent, cell.attempts.ok, cell.attempts.refused), (1_510, 1_000, 510));
    // 510 of 1,510 attempts, 510 of 1,010 jobs, 1,000 of 1,010 jobs.
    assert_eq!(cell.share.status_429, Some(0.337_748));
    assert_eq!(cell.share.first_attempt_429, Some(0.504_95));
    assert_eq!(cell.share.answered, Some(0.990_099));
    // A job is late past 3 s: none waits longer than 999 ms for its two seconds.
    assert_eq!(cell.share.in_time, Some(0.990_099));
    assert_eq!(cell.attempts_per_job, Some(1.495_05));
}

#[test]
fn a_spread_is_the_lowest_and_the_highest_replication() {
    let cell = only_cell(vec![thousand(), quitters()]);
    assert_eq!(cell.spread.status_429, Some([0.333_333, 1.0]));
    assert_eq!(cell.spread.answered, Some([0.0, 1.0]));
    assert_eq!(cell.spread.in_time, Some([0.0, 1.0]));
    let one = only_cell(vec![thousand()]);
    assert_eq!(one.spread.status_429, Some([0.333_333, 0.333_333]));
}

#[test]
fn rates_divide_by_replications_and_the_length_of_the_run() {
    // Two replications of 100 s. The last jobs of the thousand fall due at 99.9 s and wait up to
    // 999 ms, so the drain takes some of their attempts.
    let cell = only_cell(vec![thousand(), quitters()]);
    assert_eq!(cell.rate.offered_jobs_per_s, Some(5.05));
    // Job n is sent at 101 n ms: before 100 s for n up to 990. With 500 + 10 refusals: 1,501.
    assert_eq!(cell.rate.attempts_per_s, Some(7.505));
    // Its answer comes two seconds later: before 100 s for n up to 970.
    assert_eq!(cell.rate.ok_per_s, Some(4.855));
    assert_eq!(cell.rate.goodput_jobs_per_s, Some(4.855));
    assert_eq!(cell.rate.goodput_tokens_per_s, Some(582.6));
}

#[test]
fn percentiles_are_upper_edges_of_bins_rounded_up_to_a_microsecond() {
    let wait = only_cell(vec![thousand()]).wait_s;
    // Rank 500 waits 499 ms: steps of 2^21 ns, the one that ends with 238 * 2^21 - 1.
    assert_eq!(wait.p50, Some(0.499_123));
    // Rank 900 waits 899 ms: steps of 2^22 ns, 215 * 2^22 - 1; 950 and 990 likewise.
    assert_eq!(wait.p90, Some(0.901_776));
    assert_eq!(wait.p95, Some(0.952_108));
    assert_eq!(wait.p99, Some(0.989_856));
    // Only one sample lies beyond rank 999.
    assert_eq!(wait.p999, None);
    assert_eq!(wait.max, Some(0.999));
}

#[test]
fn the_three_times_begin_when_the_job_falls_due() {
    let cell = only_cell(vec![thousand()]);
    assert_eq!(cell.time_to_answer_s.max, Some(2.999));
    // Half a second after the sending.
    assert_eq!(cell.time_to_first_token_s.max, Some(1.499));
    // Rank 500 is answered after 2,499 ms: steps of 2^24 ns, 149 * 2^24 - 1.
    assert_eq!(cell.time_to_answer_s.p50, Some(2.499_806));
    // Its first token comes after 999 ms: 239 * 2^22 - 1.
    assert_eq!(cell.time_to_first_token_s.p50, Some(1.002_439));
    // Nobody gave up, so outcomes are answers.
    assert_eq!(cell.time_to_outcome_s, cell.time_to_answer_s);
}

#[test]
fn the_times_of_an_attempt_begin_when_it_is_sent() {
    let cell = only_cell(vec![thousand()]);
    // Two seconds each, of which the last one and a half bring nineteen tokens.
    assert_eq!((cell.service_time_s.p50, cell.service_time_s.max), (Some(2.0), Some(2.0)));
    assert_eq!(cell.time_per_token_s.p99, Some(0.078_948));
    // Every refusal takes a millisecond.
    assert_eq!((cell.refusal_s.p95, cell.refusal_s.max), (Some(0.001), Some(0.001)));
    let none = only_cell(vec![quitters()]);
    assert_eq!((none.service_time_s.max, none.time_per_token_s.max), (None, None));
    assert_eq!(none.refusal_s.p50, None, "ten refusals are too few");
}

#[test]
fn a_job_that_gave_up_has_its_outcome_never() {
    // 800 answered after 1 s, 200 that gave up: the last rank that is ever answered is 800.
    let jobs = (0..1_000).map(|n| Job { wait: (n < 800).then_some(0), ..JOB }).collect();
    let cell = only_cell(vec![jobs]);
    assert_eq!(cell.time_to_outcome_s.p50, Some(1.0));
    assert_eq!(cell.time_to_outcome_s.p90, None);
    assert_eq!(cell.time_to_outcome_s.max, None);
    assert_eq!(cell.time_to_answer_s.p90, Some(1.0));
    assert_eq!(cell.time_to_answer_s.max, Some(1.0));
}

#[test]
fn no_percentile_exceeds_the_longest_time() {
    let cell = only_cell(vec![thousand()]);
    // Rank 990 is answered after 2,989 ms, in the step that ends with 179 * 2^24 - 1 = 3.003 s,
    // and that is also the step of the longest, 2,999 ms.
    assert_eq!(cell.time_to_answer_s.p99, Some(2.999));
    assert_eq!(cell.time_to_answer_s.p95, Some(2.952_791));
}

#[test]
fn a_percentile_needs_ten_samples_beyond_it() {
    let told = |count: u64| {
        let jobs = (0..count).map(|n| Job { due: n, ..JOB }).collect();
        let wait = only_cell(vec![jobs]).wait_s;
        [wait.p50, wait.p90, wait.p95, wait.p99, wait.p999].map(|figure| figure.is_some())
    };
    assert_eq!(told(19), [false, false, false, false, false]);
    assert_eq!(told(20), [true, false, false, false, false]);
    assert_eq!(told(99), [true, false, false, false, false]);
    assert_eq!(told(100), [true, true, false, false, false]);
    assert_eq!(told(199), [true, true, false, false, false]);
    assert_eq!(told(200), [true, true, true, false, false]);
    assert_eq!(told(999), [true, true, true, false, false]);
    assert_eq!(told(1_000), [true, true, true, true, false]);
    assert_eq!(told(9_999), [true, true, true, true, false]);
    assert_eq!(told(10_000), [true, true, true, true, true]);
}

#[test]
fn a_wait_of_nothing_is_told_as_zero() {
    let jobs = (0..20).map(|due| Job { due, ..JOB }).collect();
    let cell = only_cell(vec![jobs]);
    assert_eq!((cell.wait_s.p50, cell.wait_s.max), (Some(0.0), Some(0.0)));
}

#[test]
fn a_figure_without_samples_is_null() {
    let cell = only_cell(vec![Vec::new()]);
    let share = cell.share;
    assert_eq!(
        [share.status_429, share.first_attempt_429, share.answered, share.in_time],
        [None, None, None, None]
    );
    assert_eq!(
        (cell.spread.status_429, cell.spread.answered, cell.spread.in_time),
        (None, None, None)
    );
    assert_eq!((cell.attempts_per_job, cell.wait_s.max), (None, None));
    assert_eq!((cell.time_to_outcome_s.p50, cell.time_to_outcome_s.max), (None, None));
    // Nothing per second is a figure: the run lasted.
    assert_eq!(cell.rate.offered_jobs_per_s, Some(0.0));
    let quitters = only_cell(vec![quitters()]);
    assert_eq!(quitters.share.answered, Some(0.0));
    assert_eq!(quitters.time_to_answer_s.max, None);
}

#[test]
fn only_all_is_one_and_only_nothing_is_zero() {
    assert_eq!(derive::share(9_999_999, 10_000_000), Some(0.999_999));
    assert_eq!(derive::share(1, 10_000_000), Some(0.000_001));
    assert_eq!(derive::share(10_000_000, 10_000_000), Some(1.0));
    assert_eq!(derive::share(0, 3), Some(0.0));
    assert_eq!(derive::share(0, 0), None);
    assert_eq!(derive::share(u64::MAX - 1, u64::MAX), Some(0.999_999));
    // Half up at the sixth decimal.
    assert_eq!(derive::share(1, 2_000_000), Some(0.000_001));
    assert_eq!(derive::share(5, 2_000_000), Some(0.000_003));
    assert_eq!(derive::ratio(1_200, 7), Some(171.428_571));
    assert_eq!(derive::ratio(1, 10_000_000), Some(0.0));
    assert_eq!(derive::rate(1, 3, Span::from_secs(1)), Some(0.333_333));
    assert_eq!(derive::rate(1, 0, Span::from_secs(1)), None);
    assert_eq!(
        derive::rate(u64::MAX, 1, Span::from_secs(1)).map(f64::round),
        Some(1.844_674_407_370_955_2e19)
    );
    // Never under what it was.
    assert_eq!(Some(derive::seconds(Span::from_nanos(3_000_000_001))), Some(3.000_001));
    assert_eq!(Some(derive::seconds(Span::from_millis(1_500))), Some(1.5));
}

#[test]
fn groups_add_up_to_their_cell() {
    let header = scene::header(&["chat", "batch"], &["give up"], 1);
    let jobs = [
        Job { wait: Some(5_000), ..JOB },
        JOB,
        Job { group: 1, refused: 2, wait: None, ..JOB },
        Job { group: 1, wait: Some(1_000), ..JOB },
    ];
    let run = scene::run(&header, jobs);
    let record = RunRecord::new(header, vec![scene::cell("give up", vec![run])]).unwrap();
    let cells = derive::summary(&record).cells;
    let told: Vec<_> = cells
        .iter()
        .map(|cell| {
            let name = cell.group.as_deref();
            (name, cell.jobs.offered, cell.jobs.in_time, cell.attempts.sent, cell.wait_s.max)
        })
        .collect();
    assert_eq!(
        told,
        [
            (None, 4, 2, 5, Some(5.0)),
            (Some("chat"), 2, 1, 2, Some(5.0)),
            (Some("batch"), 2, 1, 3, Some(1.0)),
        ]
    );
    let whole = record.cells()[0].whole();
    assert_eq!(whole.times().answer.count(), 3);
    assert_eq!(whole.series().unwrap().sent.total(), 5);
    assert_eq!(whole.series().unwrap().refused.tokens.as_slice(), [2]);
    assert_eq!(whole.first_429(), Some(limits::Instant::from_nanos(1_000_000)));
}

#[test]
fn variants_and_the_unlimited_run_stand_apart_from_the_cells() {
    let header = scene::header(&["chat"], &["give up", "own bucket"], 1);
    let plain = |strategy: &str| CellKey::new(Some("build-2"), strategy);
    let one = |key, wait| {
        let jobs = [Job { wait, ..JOB }, JOB];
        Cell::new(key, 0, vec![scene::run(&header, jobs)]).unwrap()
    };
    let cells = vec![
        one(plain("give up").without_limit(), Some(2_500)),
        one(plain("own bucket").without_limit(), Some(0)),
        one(plain("give up").assuming("token_gate", "window-2x"), None),
        one(plain("own bucket").assuming("token_gate", "none"), None),
        one(plain("give up").assuming("token_gate", "none"), Some(0)),
        one(plain("own bucket"), None),
        one(plain("give up"), None),
    ];
    let summary = derive::summary(&RunRecord::new(header, cells).unwrap());
    let strategies = |cells: &[CellSummary]| -> Vec<String> {
        cells.iter().filter_map(|cell| cell.strategy.clone()).collect()
    };
    assert_eq!(strategies(&summary.cells), ["give up", "own bucket"]);
    let changed = |variant: &run_record::Variant| {
        (variant.changed.assumption.clone(), variant.changed.to.clone(), strategies(&variant.cells))
    };
    let token_gate = |to: &str, strategies: &[&str]| {
        let strategies = strategies.iter().map(|name| (*name).to_owned()).collect();
        ("token_gate".to_owned(), to.to_owned(), strategies)
    };
    assert_eq!(
        summary.variants.iter().map(changed).collect::<Vec<_>>(),
        [token_gate("none", &["give up", "own bucket"]), token_gate("window-2x", &["give up"]),]
    );
    // The better of the two: one of two jobs is late when the other waits 2.5 s for its second.
    assert_eq!(summary.without_limit.in_time, Some(1.0));
    assert_eq!(of(vec![thousand()]).without_limit.in_time, None);
}

#[test]
fn a_percentile_can_be_asked_for_alone() {
    let record = scene::record(Vec::new(), vec![thousand()]);
    let whole = record.cells()[0].whole();
    let p75 = Percentile::parse("p75").unwrap();
    // Rank 750 waits 749 ms: 179 * 2^22 - 1.
    assert_eq!(
        derive::percentile(&whole, Measure::Wait, p75),
        Some(Span::from_nanos(179 * (1 << 22) - 1))
    );
}

#[test]
fn the_document_has_its_keys_in_their_order() {
    let json = of(vec![thousand(), quitters()]).json();
    insta::assert_snapshot!("document", json);
}
