//! A simulated run and a live one: what is compared, what it may differ by, when nothing is said.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set has failed")]

mod scene;

use limits::Span;
use proptest::prelude::*;
use run_record::{
    Agreement, AgreementFigure, Billionths, Cell, CellKey, Compared, Driver, Header, Histogram,
    LiveNote, Pair, RunRecord, Tolerances, Unjudged, Value, Verdict, Withheld,
};
use scene::{JOB, Job};

/// What is done to a header.
type Change = fn(&mut Header);

/// Two hundred jobs half a second apart: the first `refused` of them meet one 429, each waits.
fn jobs(refused: u64, wait: u64) -> Vec<Job> {
    (0..200)
        .map(|n| Job { due: n * 500, refused: u32::from(n < refused), wait: Some(wait), ..JOB })
        .collect()
}

fn one(driver: Driver, runs: Vec<Vec<Job>>) -> RunRecord {
    with(driver, |_| (), runs)
}

fn with(driver: Driver, change: impl Fn(&mut Header), runs: Vec<Vec<Job>>) -> RunRecord {
    let mut header = scene::header(&["chat"], &["give up"], u32::try_from(runs.len()).unwrap());
    header.driver = driver;
    change(&mut header);
    let runs = runs.into_iter().map(|jobs| scene::run(&header, jobs)).collect();
    RunRecord::new(header, vec![scene::cell("give up", runs)]).unwrap()
}

fn agreement(simulated: &RunRecord, live: &RunRecord) -> Agreement {
    Pair::of(simulated, live).unwrap().agreement(Tolerances::default())
}

fn figure(agreement: &Agreement, figure: AgreementFigure) -> Compared {
    *agreement.cells[0].figures.iter().find(|one| one.figure == figure).unwrap()
}

/// Of one cell each, with one replication.
fn agreement_of(simulated: Vec<Job>, live: Vec<Job>) -> Agreement {
    agreement(&one(Driver::Simulated, vec![simulated]), &one(Driver::Live, vec![live]))
}

#[test]
fn runs_that_differ_by_a_little_timing_agree() {
    let agreement = agreement_of(jobs(80, 1_000), jobs(81, 1_020));
    assert_eq!(agreement.verdict, Verdict::Met);
    assert_eq!(agreement.withheld, []);
    let verdicts: Vec<Verdict> = agreement.cells[0].figures.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, [Verdict::Met; 7]);
    assert!(agreement.worst().is_none());
}

#[test]
fn either_order_is_the_same_pair_and_two_of_a_kind_are_none() {
    let simulated = one(Driver::Simulated, vec![jobs(80, 1_000)]);
    let live = one(Driver::Live, vec![jobs(120, 1_000)]);
    assert_eq!(agreement(&simulated, &live), agreement(&live, &simulated));
    assert_eq!(
        Pair::of(&simulated, &simulated).unwrap_err().to_string(),
        "a simulated run is compared with a live one so far, in either order; the first of these \
         is simulated, the second simulated"
    );
    let observed = one(Driver::Observed, vec![jobs(80, 1_000)]);
    let fault = Pair::of(&live, &observed).unwrap_err();
    assert_eq!((fault.first, fault.second), (Driver::Live, Driver::Observed));
}

#[test]
fn a_share_of_429s_more_than_a_point_away_is_missed_and_named() {
    let agreement = agreement_of(jobs(80, 1_000), jobs(90, 1_000));
    let refused = figure(&agreement, AgreementFigure::Status429);
    assert_eq!(refused.simulated, Some(Value::Share { part: 80, of: 280 }));
    assert_eq!(refused.live, Some(Value::Share { part: 90, of: 290 }));
    // 90/290 - 80/280 = 2/81.2
    let difference = refused.difference.unwrap();
    assert_eq!((difference.live_is, difference.size), (core::cmp::Ordering::Greater, 24_630_542));
    assert_eq!(refused.verdict, Verdict::Missed);
    assert_eq!(agreement.verdict, Verdict::Missed);
    // Attempts per job are 3.6 % apart against 2 %, the 429s 2.5 points against one.
    let (cell, worst) = agreement.worst().unwrap();
    assert_eq!((cell.key.strategy(), worst.figure), (Some("give up"), AgreementFigure::Status429));
}

#[test]
fn a_job_that_only_one_run_offered_is_missed_whatever_is_allowed() {
    let mut fewer = jobs(80, 1_000);
    fewer.pop();
    let agreement = agreement_of(jobs(80, 1_000), fewer);
    let offered = figure(&agreement, AgreementFigure::Offered);
    assert_eq!((offered.verdict, offered.allowed), (Verdict::Missed, 0));
    assert_eq!(agreement.worst().unwrap().1.figure, AgreementFigure::Offered);
}

/// Of one cell of these groups, those of `users` with so many; each is offered so many jobs.
fn offered_of_groups(users: [u32; 2], simulated: [u64; 2], live: [u64; 2]) -> Agreement {
    let record = |driver, offered: [u64; 2]| {
        let mut header = scene::header(&["users", "others"], &["give up"], 1);
        header.driver = driver;
        for (group, users) in header.groups.iter_mut().zip(users) {
            group.users = core::num::NonZeroU32::new(users);
        }
        let jobs = (0_u32..).zip(offered).flat_map(|(group, offered)| {
            (0..offered).map(move |n| Job { group, due: n * 500, ..JOB })
        });
        let run = scene::run(&header, jobs);
        RunRecord::new(header, vec![scene::cell("give up", vec![run])]).unwrap()
    };
    agreement(&record(Driver::Simulated, simulated), &record(Driver::Live, live))
}

/// What is said of the jobs of the cell, and of each of its groups, with what they may differ by.
fn of_jobs(agreement: &Agreement) -> Vec<(Verdict, u64)> {
    let figures = agreement.cells.iter().flat_map(|cell| &cell.figures);
    let offered = figures.filter(|one| one.figure == AgreementFigure::Offered);
    offered.map(|one| (one.verdict, one.allowed)).collect()
}

#[test]
fn users_may_ask_for_two_jobs_in_a_hundred_more_or_less() {
    for live in [131, 132, 133, 135, 129] {
        let agreement = offered_of_groups([30, 0], [132, 50], [live, 50]);
        let met = Verdict::Met;
        assert_eq!(of_jobs(&agreement), [(met, 3), (met, 3), (met, 0)], "{live}");
        assert_eq!(agreement.verdict, Verdict::Met, "{live}");
    }
}

#[test]
fn one_job_more_or_less_of_each_user_is_too_few_to_judge() {
    for (live, verdict) in [
        (162, Verdict::Unjudged),
        (102, Verdict::Unjudged),
        (163, Verdict::Missed),
        (101, Verdict::Missed),
    ] {
        let agreement = offered_of_groups([30, 0], [132, 50], [live, 50]);
        assert_eq!(of_jobs(&agreement)[..2], [(verdict, 3), (verdict, 3)], "{live}");
        assert_eq!(agreement.verdict, verdict, "{live}");
    }
}

#[test]
fn beside_users_who_may_other_jobs_may_still_not_differ() {
    let agreement = offered_of_groups([30, 0], [132, 50], [132, 51]);
    assert_eq!(of_jobs(&agreement)[2], (Verdict::Missed, 0));
    assert_eq!(agreement.verdict, Verdict::Missed);
    // Nor do they where nobody waits for an answer.
    let agreement = offered_of_groups([0, 0], [132, 50], [133, 50]);
    assert_eq!(of_jobs(&agreement)[..2], [(Verdict::Missed, 0), (Verdict::Missed, 0)]);
}

#[test]
fn waiting_may_differ_by_five_in_a_hundred_or_by_50_ms() {
    let mean = |simulated, live| {
        let agreement = agreement_of(jobs(0, simulated), jobs(0, live));
        figure(&agreement, AgreementFigure::WaitMean).verdict
    };
    assert_eq!([mean(0, 50), mean(0, 51)], [Verdict::Met, Verdict::Missed]);
    assert_eq!([mean(2_000, 2_100), mean(2_000, 2_101)], [Verdict::Met, Verdict::Missed]);
    assert_eq!([mean(2_000, 1_900), mean(2_000, 1_899)], [Verdict::Met, Verdict::Missed]);
}

#[test]
fn a_percentile_between_two_heaps_may_jump_when_one_job_in_a_hundred_does() {
    // Waits of one second, and of ten for the last few of 200.
    let heaps = |late: u64| -> Vec<Job> {
        let wait = |n: u64| Some(if n < 200 - late { 1_000 } else { 10_000 });
        (0..200).map(|n| Job { due: n * 500, wait: wait(n), ..JOB }).collect()
    };
    let p95 = |simulated, live| {
        let agreement = agreement_of(heaps(simulated), heaps(live));
        figure(&agreement, AgreementFigure::WaitP95)
    };
    // The rank of the 95th percentile is 190 of 200, so the heap of eleven reaches it.
    assert_eq!([p95(10, 11).verdict, p95(11, 10).verdict], [Verdict::Met; 2]);
    // Two ranks are one in a hundred, three are not.
    assert_eq!([p95(9, 11).verdict, p95(8, 11).verdict], [Verdict::Met, Verdict::Missed]);
    assert_eq!([p95(12, 10).verdict, p95(13, 10).verdict], [Verdict::Met, Verdict::Missed]);
    assert!(p95(9, 11).allowed > 9_000_000_000);
}

#[test]
fn one_sample_of_few_is_unjudged_and_two_are_missed() {
    let few = |refused| jobs(refused, 0).into_iter().take(20).collect::<Vec<Job>>();
    let verdicts = |live| {
        let agreement = agreement_of(few(5), few(live));
        let of = |which| figure(&agreement, which).verdict;
        (of(AgreementFigure::Status429), of(AgreementFigure::AttemptsPerJob), agreement.verdict)
    };
    assert_eq!(verdicts(5), (Verdict::Met, Verdict::Met, Verdict::Met));
    assert_eq!(verdicts(6), (Verdict::Unjudged, Verdict::Unjudged, Verdict::Unjudged));
    assert_eq!(verdicts(8), (Verdict::Missed, Verdict::Missed, Verdict::Missed));
}

#[test]
fn waiting_that_too_few_did_withholds_nothing() {
    let few = || jobs(5, 1_000).into_iter().take(19).collect::<Vec<Job>>();
    let agreement = agreement_of(few(), few());
    for which in [AgreementFigure::WaitMean, AgreementFigure::WaitP50, AgreementFigure::WaitP95] {
        let waiting = figure(&agreement, which);
        assert_eq!((waiting.simulated, waiting.unjudged), (None, Some(Unjudged::TooFew)));
    }
    assert_eq!(agreement.verdict, Verdict::Met);
}

#[test]
fn nothing_offered_is_not_agreement() {
    let agreement = agreement_of(Vec::new(), Vec::new());
    assert_eq!(figure(&agreement, AgreementFigure::Answered).unjudged, Some(Unjudged::NoSamples));
    assert_eq!(agreement.verdict, Verdict::Unjudged);
}

#[test]
fn a_live_run_meets_the_replication_that_it_repeats_and_not_the_others() {
    let several = vec![jobs(80, 1_000), jobs(10, 9_000), jobs(150, 4_000)];
    let simulated = one(Driver::Simulated, several);
    let agreement = agreement(&simulated, &one(Driver::Live, vec![jobs(80, 1_000)]));
    let cell = &agreement.cells[0];
    assert_eq!((cell.replications, cell.simulated_replications), (1, 3));
    assert!(!cell.same_replications);
    assert_eq!(cell.simulated.jobs.offered, 200);
    let mean = figure(&agreement, AgreementFigure::WaitMean);
    assert_eq!(mean.simulated, Some(Value::Time(Span::from_secs(1))));
    // Histograms are of all three, so no percentile of one is known.
    let median = figure(&agreement, AgreementFigure::WaitP50);
    assert_eq!(
        (median.simulated, median.live, median.unjudged),
        (None, None, Some(Unjudged::OtherReplications))
    );
    assert_eq!(agreement.verdict, Verdict::Met);
}

#[test]
fn cells_without_a_replication_in_common_are_not_judged() {
    let header = |driver| Header { driver, ..scene::header(&["chat"], &["give up"], 2) };
    let record = |driver, first| {
        let header = header(driver);
        let key = CellKey::new(Some("build-2"), "give up");
        let run = scene::run(&header, jobs(80, 1_000));
        let cell = Cell::new(key, first, vec![run]).unwrap();
        RunRecord::new(header, vec![cell]).unwrap()
    };
    let agreement = agreement(&record(Driver::Simulated, 0), &record(Driver::Live, 1));
    assert_eq!(agreement.cells[0].replications, 0);
    assert!(agreement.cells[0].figures.iter().all(|one| one.verdict == Verdict::Unjudged));
    assert_eq!(agreement.verdict, Verdict::Unjudged);
}

#[test]
fn whatever_makes_another_run_is_named_and_nothing_is_judged() {
    let simulated = one(Driver::Simulated, vec![jobs(80, 1_000)]);
    let differs = |change: Change| {
        let live = with(Driver::Live, change, vec![jobs(80, 1_000)]);
        let agreement = agreement(&simulated, &live);
        (agreement.withheld, agreement.verdict)
    };
    let changes: [(&str, Change); 7] = [
        ("scenarios", |header| header.recipe.scenario.sha256.push('0')),
        ("editions", |header| header.recipe.edition.text.push('#')),
        ("seeds", |header| header.recipe.seed += 1),
        ("engines", |header| header.recipe.engine += 1),
        ("lengths", |header| header.drain = Span::from_secs(61)),
        ("groups", |header| header.groups[0].stream = true),
        ("assumptions", |header| header.assumptions[0].value = "none".to_owned()),
    ];
    for (name, change) in changes {
        let expected = (vec![Withheld::OtherRun(vec![name])], Verdict::Unjudged);
        assert_eq!(differs(change), expected);
    }
    // Where the file lies, what the command was, and which tier is the account's changes nothing.
    let same = differs(|header| {
        header.recipe.scenario.file = "elsewhere.toml".to_owned();
        header.command = "tierlab load elsewhere.toml".to_owned();
        header.tier = None;
    });
    assert_eq!(same, (Vec::new(), Verdict::Met));
}

#[test]
fn a_run_that_was_stopped_or_late_is_not_judged_even_where_it_differs() {
    let simulated = one(Driver::Simulated, vec![jobs(80, 1_000)]);
    let withheld = |change: Change| {
        let agreement = agreement(&simulated, &with(Driver::Live, change, vec![jobs(150, 1_000)]));
        (agreement.withheld, agreement.verdict)
    };
    let note = |late_ms: u64| LiveNote {
        began_unix_s: 1_763_000_000,
        target: "http://127.0.0.1:8429/v1".to_owned(),
        late: Histogram::of((0..100).map(|n| if n < 98 { 1_000 } else { late_ms * 1_000_000 })),
        starved: 0,
    };
    assert_eq!(
        withheld(|header| header.cut_short = true),
        (vec![Withheld::CutShort], Verdict::Unjudged)
    );
    let late = with(Driver::Live, |header| header.live = Some(note(6)), vec![jobs(150, 1_000)]);
    let of_late = agreement(&simulated, &late);
    assert_eq!(of_late.withheld, [Withheld::GeneratorLate]);
    assert_eq!(of_late.verdict, Verdict::Unjudged);
    let without = |header: &mut Header| {
        header.live = Some(LiveNote { starved: 45, ..note(4) });
    };
    let starved = agreement(&simulated, &with(Driver::Live, without, vec![jobs(150, 1_000)]));
    assert_eq!(starved.withheld, [Withheld::Starved(45)]);
    assert_eq!(starved.verdict, Verdict::Unjudged);
    let prompt = with(Driver::Live, |header| header.live = Some(note(4)), vec![jobs(150, 1_000)]);
    assert_eq!(agreement(&simulated, &prompt).verdict, Verdict::Missed);
}

#[test]
fn a_live_cell_without_a_simulated_one_is_not_judged_and_the_others_are() {
    let record = |driver, strategies: &[&str], refused| {
        let header = Header { driver, ..scene::header(&["chat"], strategies, 1) };
        let cells = strategies
            .iter()
            .map(|name| scene::cell(name, vec![scene::run(&header, jobs(refused, 1_000))]))
            .collect();
        RunRecord::new(header, cells).unwrap()
    };
    let key = |strategy| CellKey::new(Some("build-2"), strategy);
    let simulated = record(Driver::Simulated, &["a", "b"], 80);
    let some = agreement(&simulated, &record(Driver::Live, &["b", "c"], 80));
    assert_eq!((&some.only_simulated, &some.only_live), (&vec![key("a")], &vec![key("c")]));
    assert_eq!((some.cells.len(), some.cells[0].verdict), (1, Verdict::Met));
    assert_eq!((some.withheld, some.verdict), (vec![Withheld::Unmatched], Verdict::Unjudged));
    let worse = agreement(&simulated, &record(Driver::Live, &["b", "c"], 120));
    assert_eq!(worse.verdict, Verdict::Missed);
    let none = agreement(&simulated, &record(Driver::Live, &["c"], 80));
    assert_eq!((none.withheld, none.verdict), (vec![Withheld::NothingShared], Verdict::Unjudged));
    // A ladder that was simulated in whole and loaded in part is the usual case.
    let part = agreement(&simulated, &record(Driver::Live, &["b"], 80));
    assert_eq!(part.verdict, Verdict::Met);
}

#[test]
fn groups_are_compared_after_their_cell() {
    let record = |driver, batch_refused: u64| {
        let header = Header { driver, ..scene::header(&["chat", "batch"], &["a"], 1) };
        let batch = jobs(batch_refused, 0).into_iter().map(|job| Job { group: 1, ..job });
        let run = scene::run(&header, jobs(80, 0).into_iter().chain(batch));
        RunRecord::new(header, vec![scene::cell("a", vec![run])]).unwrap()
    };
    let agreement = agreement(&record(Driver::Simulated, 80), &record(Driver::Live, 83));
    let told: Vec<(Option<&str>, Verdict)> =
        agreement.cells.iter().map(|cell| (cell.group.as_deref(), cell.verdict)).collect();
    assert_eq!(
        told,
        [(None, Verdict::Met), (Some("chat"), Verdict::Met), (Some("batch"), Verdict::Met)]
    );
    // Three refusals are half a point of the group's attempts, and a quarter of all.
    let strict = Tolerances { status_429: Billionths(5_000_000), ..Tolerances::default() };
    let (simulated, live) = (record(Driver::Simulated, 80), record(Driver::Live, 83));
    let agreement = Pair::of(&simulated, &live).unwrap().agreement(strict);
    let told: Vec<Verdict> = agreement.cells.iter().map(|cell| cell.verdict).collect();
    assert_eq!(told, [Verdict::Met, Verdict::Met, Verdict::Missed]);
    assert_eq!(agreement.verdict, Verdict::Missed);
    assert_eq!(agreement.wholes().count(), 1);
}

#[test]
fn the_document_has_every_key_whatever_is_known() {
    let several = vec![jobs(80, 1_000), jobs(10, 9_000)];
    let simulated = one(Driver::Simulated, several);
    let live = with(Driver::Live, |header| header.cut_short = true, vec![jobs(78, 1_010)]);
    let pair = Pair::of(&simulated, &live).unwrap();
    insta::assert_snapshot!("comparison", pair.agreement(Tolerances::default()).json(&pair));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The oracle multiplies out: shares are at most a point apart when no more than a hundredth
    /// of both wholes lies between the crossed counts.
    #[test]
    fn a_share_within_its_tolerance_is_met_and_no_other(a in 0u64..=200, b in 0u64..=200) {
        let agreement = agreement_of(jobs(a, 0), jobs(b, 0));
        let refused = figure(&agreement, AgreementFigure::Status429);
        let apart = (a * (200 + b)).abs_diff(b * (200 + a));
        let within = apart * 100 <= (200 + a) * (200 + b);
        prop_assert_eq!(refused.verdict == Verdict::Met, within);
        let per_job = figure(&agreement, AgreementFigure::AttemptsPerJob);
        prop_assert_eq!(per_job.verdict == Verdict::Met, a.abs_diff(b) * 50 <= 200 + a);
    }
}
