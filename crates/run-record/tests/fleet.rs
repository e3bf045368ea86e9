//! How clients fare beside each other, how a run gets over what happens, and who is best: against
//! answers worked out by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod scene;

use limits::{Instant, Span};
use run_record::{
    CellKey, CellSpec, CellSummary, EventNote, GroupLeaf, Header, Recorder, RecoverySummary,
    RunRecord, StandingRow, Tariffs, Why, derive,
};
use scene::{JOB, Job};

/// The rows of one cell with these replications and groups.
fn rows(header: Header, runs: Vec<Vec<GroupLeaf>>) -> Vec<CellSummary> {
    derive::summary(&RunRecord::new(header, vec![scene::cell("a", runs)]).unwrap()).cells
}

/// So many jobs of a client, of which the first so many are answered.
fn served(group: u32, client: u32, jobs: u64, answered: u64) -> Vec<Job> {
    let job = |n| Job { group, client, wait: (n < answered).then_some(0), ..JOB };
    (0..jobs).map(job).collect()
}

#[test]
fn fairness_is_jains_index_over_the_clients_of_all_groups() {
    let header = scene::header(&["chat", "batch"], &["a"], 1);
    // Answered shares of 1, 1/2 and nothing: (3/2)² ÷ (3 × 5/4) = 0.6. A third client of chat has no
    // jobs, and so no share.
    let jobs = [served(0, 0, 4, 4), served(0, 2, 4, 2), served(1, 0, 10, 0)].concat();
    let rows = rows(header.clone(), vec![scene::run(&header, jobs)]);
    let [whole, chat, batch] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!(whole.fairness.jain, Some(0.6));
    assert_eq!((whole.fairness.least, whole.fairness.most), (Some(0.0), Some(1.0)));
    // (3/2)² ÷ (2 × 5/4)
    assert_eq!(chat.fairness.jain, Some(0.9));
    assert_eq!((chat.fairness.least, chat.fairness.most), (Some(0.5), Some(1.0)));
    // One client shares with nobody.
    assert_eq!(batch.fairness, run_record::FairnessSummary::default());
}

#[test]
fn what_a_whole_replication_lacked_is_no_unfairness() {
    let header = scene::header(&["chat"], &["a"], 2);
    let good = [served(0, 0, 4, 4), served(0, 1, 4, 4)].concat();
    let bad = [served(0, 0, 4, 1), served(0, 1, 4, 1)].concat();
    let runs = [good, bad].map(|jobs| scene::run(&header, jobs)).into();
    let fairness = rows(header, runs).remove(0).fairness;
    assert_eq!(fairness.jain, Some(1.0));
    assert_eq!((fairness.least, fairness.most), (Some(0.25), Some(1.0)));
}

#[test]
fn nobody_answered_is_neither_fair_nor_unfair() {
    let header = scene::header(&["chat"], &["a"], 1);
    let jobs = [served(0, 0, 4, 0), served(0, 1, 4, 0)].concat();
    let fairness = rows(header.clone(), vec![scene::run(&header, jobs)]).remove(0).fairness;
    assert_eq!((fairness.jain, fairness.most), (None, Some(0.0)));
}

#[test]
fn synchronisation_is_ten_when_all_come_at_once_and_one_when_they_come_evenly() {
    let synchronised = |first: u64, later: u64| {
        let spec =
            CellSpec { lasts: scene::LASTS, drain: Span::ZERO, groups: 1, ..CellSpec::default() };
        let mut recorder = Recorder::new(&spec);
        (0..first).for_each(|_| recorder.after_reset(0, true));
        (0..later).for_each(|_| recorder.after_reset(0, false));
        derive::synchronisation(&recorder.finish().unwrap()[0].leaf)
    };
    assert_eq!(synchronised(7, 0), Some(10.0));
    assert_eq!(synchronised(7, 63), Some(1.0));
    assert_eq!(synchronised(1, 2), Some(3.333_333));
    assert_eq!(synchronised(0, 5), Some(0.0));
    assert_eq!(synchronised(0, 0), None);
}

#[test]
fn useless_retries_and_hedges_are_told_as_they_were_counted() {
    let header = scene::header(&["chat"], &["a"], 1);
    let mut run = scene::run(&header, vec![Job { refused: 3, ..JOB }]);
    let spec =
        CellSpec { lasts: scene::LASTS, drain: Span::ZERO, groups: 1, ..CellSpec::default() };
    let mut recorder = Recorder::new(&spec);
    for why in [Why::Early, Why::Unmendable, Why::Early] {
        recorder.useless(0, why);
    }
    recorder.hedged(0);
    recorder.hedged(0);
    recorder.hedge_won(0);
    run[0].leaf.absorb(&recorder.finish().unwrap()[0].leaf);
    let row = rows(header, vec![run]).remove(0);
    assert_eq!((row.useless_retries.unmendable, row.useless_retries.before_hint), (1, 2));
    assert_eq!((row.hedges.sent, row.hedges.won), (2, 1));
}

/// One job a second, each answered after one, in a run of a hundred.
fn steady() -> Vec<Job> {
    (0..100).map(|n| Job { due: n * 1_000, ..JOB }).collect()
}

fn outage(begins: u64, ends: u64) -> EventNote {
    let (begins, ends) = (Span::from_secs(begins), Some(Span::from_secs(ends)));
    EventNote { says: "an outage".to_owned(), begins, ends }
}

fn recoveries(events: Vec<EventNote>, jobs: Vec<Job>) -> Vec<RecoverySummary> {
    let header = Header { events, ..scene::header(&["chat"], &["a"], 1) };
    rows(header.clone(), vec![scene::run(&header, jobs)]).remove(0).recovery.unwrap()
}

/// In which seconds an attempt of a job is refused first.
fn refused_in(seconds: impl Fn(u64) -> bool) -> Vec<Job> {
    let mut jobs = steady();
    for (second, job) in (0..).zip(&mut jobs) {
        job.refused = u32::from(seconds(second));
    }
    jobs
}

/// How long after its end each event was got over, and whether it never was.
fn after(events: Vec<EventNote>, jobs: Vec<Job>) -> Vec<(Option<f64>, bool)> {
    let told = recoveries(events, jobs).into_iter();
    told.map(|told| (told.recovered_after_s, told.metastable)).collect()
}

#[test]
fn jobs_in_hand_are_back_once_ten_steps_together_are_within_the_band() {
    // One job is in hand at the end of every step; those that fall due in the ten seconds of the
    // outage wait for fifteen. Then 11 are in hand up to second 55, 10 in the next, … 1 in second 65.
    // The band ends at 1 + (1/2 × 1 + 1) = 2.5: seconds 60 to 69 have 6 + 5 + 4 + 3 + 2 + 1 × 5 = 25
    // together, seconds 59 to 68 have 31.
    let mut jobs = steady();
    for job in &mut jobs[40..50] {
        job.wait = Some(15_000);
    }
    let told = recoveries(vec![outage(40, 50)], jobs).remove(0);
    assert_eq!((told.event.as_str(), told.begins_s, told.ends_s), ("an outage", 40.0, 50.0));
    assert_eq!((told.recovered_after_s, told.metastable), (Some(10.0), false));
}

#[test]
fn refusals_are_back_with_the_last_of_them() {
    // Nothing is refused before, so the band ends at 5 %. One refused of eleven attempts is more.
    let jobs = refused_in(|second| (40..70).contains(&second));
    assert_eq!(after(vec![outage(40, 50)], jobs), [(Some(20.0), false)]);
    // Without any, it is got over at once.
    assert_eq!(after(vec![outage(40, 50)], steady()), [(Some(0.0), false)]);
}

#[test]
fn what_never_comes_back_while_jobs_fall_due_is_metastable() {
    let jobs = refused_in(|second| second >= 40);
    assert_eq!(after(vec![outage(40, 50)], jobs.clone()), [(None, true)]);
    // An end that nobody saw, or one too late to see ten steps of what followed, says nothing.
    assert_eq!(after(vec![outage(40, 100)], jobs.clone()), [(None, false)]);
    assert_eq!(after(vec![outage(40, 91)], jobs.clone()), [(None, false)]);
    // Nor does one of which nobody knows what was before.
    assert_eq!(after(vec![outage(0, 50)], jobs), [(None, false)]);
}

#[test]
fn what_grew_before_anything_happened_has_no_usual_state_to_come_back_to() {
    // Every other job waits until the end: one more is in hand every two seconds.
    let mut jobs = steady();
    for job in jobs.iter_mut().step_by(2) {
        job.wait = Some(120_000);
    }
    assert_eq!(after(vec![outage(40, 50)], jobs), [(None, false)]);
}

#[test]
fn one_trigger_after_another_is_told_by_its_own_time() {
    let twice = vec![outage(20, 30), outage(55, 60)];
    let apart = refused_in(|second| (20..40).contains(&second) || (55..75).contains(&second));
    assert_eq!(after(twice.clone(), apart), [(Some(10.0), false), (Some(15.0), false)]);
    // What the first began the second goes on with: what was usual is what was before both.
    let on = refused_in(|second| (20..75).contains(&second));
    assert_eq!(after(twice.clone(), on), [(Some(45.0), false), (Some(15.0), false)]);
    let for_good = refused_in(|second| second >= 20);
    assert_eq!(after(twice, for_good), [(None, true), (None, true)]);
}

#[test]
fn what_fails_from_the_first_second_on_is_part_of_what_was_usual() {
    // One attempt in two fails all along, and the jobs of the ten seconds of a surge wait on.
    let given = || vec![outage(0, 100), outage(40, 50)];
    let mut jobs = refused_in(|_| true);
    assert_eq!(after(given(), jobs.clone()), [(None, false), (Some(0.0), false)]);
    for job in &mut jobs[40..50] {
        job.wait = Some(15_000);
    }
    assert_eq!(after(given(), jobs.clone()), [(None, false), (Some(10.0), false)]);
    for job in &mut jobs[40..] {
        job.wait = Some(120_000);
    }
    assert_eq!(after(given(), jobs), [(None, false), (None, true)]);
}

#[test]
fn an_event_without_an_end_is_nothing_to_get_over() {
    let event = EventNote { ends: None, ..outage(20, 30) };
    assert!(recoveries(vec![event], steady()).is_empty());
}

#[test]
fn a_record_that_keeps_no_series_does_not_say_how_it_got_over_anything() {
    let names: Vec<String> = (0..65).map(|number| format!("s{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut header = scene::header(&["chat"], &names, 1);
    header.events = vec![outage(40, 50)];
    let cell = |name: &&str| scene::cell(name, vec![scene::run(&header, steady())]);
    let cells = names.iter().map(cell).collect();
    let told = derive::summary(&RunRecord::new(header, cells).unwrap()).cells;
    assert_eq!(told.iter().filter(|cell| cell.recovery.is_none()).count(), 1);
    assert!(told[64].recovery.is_none());
}

/// A record of these strategies, each with the jobs in time of ten in each replication.
fn record(strategies: &[(&str, &[u64])]) -> RunRecord {
    let names: Vec<&str> = strategies.iter().map(|(name, _)| *name).collect();
    let seeds = strategies.iter().map(|(_, seeds)| seeds.len()).max().unwrap();
    let mut header = scene::header(&["chat"], &names, u32::try_from(seeds).unwrap());
    header.expectations = vec![scene::expect("answered_in_time", ">=", 900)];
    let cells = strategies.iter().map(|(name, seeds)| {
        let runs = seeds.iter().map(|in_time| scene::run(&header, served(0, 0, 10, *in_time)));
        scene::cell(name, runs.collect())
    });
    let cells = cells.collect();
    RunRecord::new(header, cells).unwrap()
}

fn league(strategies: &[(&str, &[u64])]) -> Vec<StandingRow> {
    let mut league = derive::league(&record(strategies));
    assert_eq!(league.len(), 1);
    league.remove(0).rows
}

#[test]
fn strategies_are_told_apart_by_their_differences_seed_by_seed() {
    let rows = league(&[
        ("uneven", &[8, 10, 8]),
        ("behind", &[7, 6, 8]),
        ("first", &[9, 8, 10]),
        ("even", &[9, 9, 9]),
    ]);
    let told: Vec<(&str, u32, bool)> =
        rows.iter().map(|row| (row.strategy.as_str(), row.rank, row.tied)).collect();
    // The first and the even one have 27 of 30 each, in the order of the scenario. What the uneven
    // one lacks to the first, 1, -2 and 2 jobs, may be luck; what the last one lacks may not: it is
    // 2 of ten in every seed.
    assert_eq!(
        told,
        [("first", 1, true), ("even", 1, true), ("uneven", 1, true), ("behind", 4, false)]
    );
    // 0.9 ± 4.303 × √((0² + 0.1² + 0.1²) ÷ (3 × 2)), and no share is above one.
    assert_eq!((rows[0].in_time, rows[0].in_time_95), (Some(0.9), Some([0.651_566, 1.0])));
    assert_eq!(rows[1].in_time_95, Some([0.9, 0.9]));
    assert_eq!(rows[0].behind, None);
    // Differences of 0.1, -0.2 and 0.2 are 1/30 in the mean, ± 4.303 × √((1/15² + 7/30² + 1/6²) ÷ 6).
    let behind = rows[2].behind.unwrap();
    assert_eq!((behind.by, behind.by_95), (0.033_333, Some([-0.483_823, 0.550_49])));
    let behind = rows[3].behind.unwrap();
    assert_eq!((behind.by, behind.by_95), (0.2, Some([0.2, 0.2])));
    // 90 % of ten jobs were met by 9 and by 10 of them.
    let met: Vec<[u32; 2]> = rows.iter().map(|row| row.met_in.unwrap()).collect();
    assert_eq!(met, [[2, 3], [3, 3], [1, 3], [0, 3]]);
}

#[test]
fn a_single_seed_has_no_interval_and_only_equals_share_a_rank() {
    let rows = league(&[("a", &[7]), ("b", &[8]), ("c", &[8]), ("d", &[6])]);
    let told: Vec<(&str, u32, bool)> =
        rows.iter().map(|row| (row.strategy.as_str(), row.rank, row.tied)).collect();
    assert_eq!(told, [("b", 1, true), ("c", 1, true), ("a", 3, false), ("d", 4, false)]);
    assert!(rows.iter().all(|row| row.in_time_95.is_none()));
    assert_eq!(rows[3].behind.unwrap().by_95, None);
}

#[test]
fn a_rank_holds_everybody_who_cannot_be_told_from_its_best() {
    let rows = league(&[
        ("last", &[6, 6, 6, 6]),
        ("low", &[7, 7, 7, 8]),
        ("wild", &[10, 3, 9, 9]),
        ("steady", &[8, 8, 8, 8]),
        ("first", &[9, 9, 9, 9]),
    ]);
    let told: Vec<(&str, u32, bool)> =
        rows.iter().map(|row| (row.strategy.as_str(), row.rank, row.tied)).collect();
    // The wild one has less than the steady one, 31 of 40 for 32, but what it lacks to the first may
    // be luck: 0.125 ± 3.182 × √(0.3075 ÷ 12). What the steady one lacks may not: 1 of ten in each.
    // Of the three that are left the steady one is the best, and the low one, clearly behind the
    // first, is 0.075 ± 3.182 × √(0.0075 ÷ 12) behind it: 0.0796.
    assert_eq!(
        told,
        [
            ("first", 1, true),
            ("wild", 1, true),
            ("steady", 3, true),
            ("low", 3, true),
            ("last", 5, false)
        ]
    );
    // The first rank is the rows whose interval to the leader reaches zero.
    let reaches = |row: &StandingRow| {
        row.behind.is_none_or(|behind| behind.by_95.is_some_and(|[least, _]| least <= 0.0))
    };
    assert!(rows.iter().all(|row| reaches(row) == (row.rank == 1)));
}

#[test]
fn of_equals_the_one_that_sends_less_is_named_first() {
    let header = scene::header(&["chat"], &["often", "once", "twice", "also once"], 1);
    let cell = |strategy: &str, refused: u32| {
        scene::cell(strategy, vec![scene::run(&header, vec![Job { refused, ..JOB }])])
    };
    let cells = vec![cell("often", 8), cell("once", 1), cell("twice", 2), cell("also once", 1)];
    let rows = derive::league(&RunRecord::new(header.clone(), cells).unwrap()).remove(0).rows;
    let names: Vec<&str> = rows.iter().map(|row| row.strategy.as_str()).collect();
    assert_eq!(names, ["once", "also once", "twice", "often"]);
    assert!(rows.iter().all(|row| row.rank == 1 && row.tied));
}

#[test]
fn every_tier_load_and_assumption_has_its_own_standing_the_account_s_first() {
    let header = scene::header(&["chat"], &["a", "b"], 1);
    let key = |tier, strategy| CellKey::new(Some(tier), strategy);
    let cell = |key: CellKey, in_time: u64| {
        let run = scene::run(&header, served(0, 0, 10, in_time));
        run_record::Cell::new(key, 0, vec![run]).unwrap()
    };
    let mut cells = Vec::new();
    for (strategy, in_time) in [("a", 5), ("b", 6)] {
        cells.push(cell(key("build-2", strategy), in_time));
        cells.push(cell(key("build-3", strategy), in_time + 1));
        cells.push(cell(key("build-2", strategy).at_load("150%"), 9 - in_time));
        cells.push(cell(key("build-2", strategy).at_load("50%"), 10));
        cells.push(cell(key("build-2", strategy).assuming("token_gate", "none"), 10));
    }
    // One strategy by itself is no league, nor is what the service alone would do.
    cells.push(cell(key("build-3", "a").assuming("token_gate", "none"), 10));
    cells.push(cell(key("build-2", "a").without_limit(), 10));
    let summary = derive::summary(&RunRecord::new(header.clone(), cells).unwrap());
    let told: Vec<String> = summary
        .league
        .iter()
        .map(|standing| {
            let tier = standing.tier.as_deref().unwrap();
            let assumed: Vec<&str> = standing.assumed.iter().map(|one| one.to.as_str()).collect();
            let leaders: Vec<&str> = standing.leaders().map(|row| row.strategy.as_str()).collect();
            format!("{tier} {} {} {}", standing.load, assumed.concat(), leaders.join("="))
        })
        .collect();
    assert_eq!(
        told,
        [
            "build-2 1  b",
            "build-3 1  b",
            "build-2 0.5  a=b",
            "build-2 1.5  a",
            "build-2 1 none a=b"
        ]
    );
    // Other loads stand among the cells and say so; none of them is judged.
    let loads: Vec<f64> = summary.cells.iter().map(|cell| cell.load).collect();
    assert_eq!(loads.iter().filter(|load| **load < 1.0).count(), 2);
    assert_eq!(loads.len(), 8);
}

#[test]
fn shards_of_a_league_join_to_the_whole() {
    let whole = record(&[("a", &[9, 8, 10]), ("b", &[7, 9, 8])]);
    let shard = |first: usize, end: usize| {
        let cells = whole.header().strategies.iter().zip([[9, 8, 10], [7, 9, 8]]);
        let cells = cells.map(|(strategy, seeds)| {
            let runs = seeds[first..end].iter();
            let runs = runs.map(|n| scene::run(whole.header(), served(0, 0, 10, *n))).collect();
            let key = CellKey::new(Some("build-2"), &strategy.name);
            run_record::Cell::new(key, u32::try_from(first).unwrap(), runs).unwrap()
        });
        RunRecord::new(whole.header().clone(), cells.collect()).unwrap()
    };
    let merged = RunRecord::merge(vec![shard(1, 3), shard(0, 1)]).unwrap();
    assert_eq!(merged.write(), whole.write());
    assert_eq!(derive::league(&merged), derive::league(&whole));
}

#[test]
fn what_went_elsewhere_is_counted_with_the_rest_and_apart() {
    let header = scene::header(&["chat"], &["a"], 1);
    let mut run = scene::run(&header, vec![JOB, Job { takes: 5_000, ..JOB }]);
    let spec =
        CellSpec { lasts: scene::LASTS, drain: Span::ZERO, groups: 1, ..CellSpec::default() };
    let mut recorder = Recorder::new(&spec);
    let due = Instant::START;
    let answered = |after| run_record::JobEnd {
        due,
        deadline: Some(scene::DEADLINE),
        client: 0,
        attempts: 2,
        how: run_record::JobOutcome::Answered {
            sent: due,
            first_token: due,
            answered: due.after(Span::from_secs(after)),
            usage: scene::USAGE,
        },
    };
    for after in [1, 5] {
        recorder.sent_elsewhere(0);
        recorder.answered_elsewhere(0, &answered(after));
    }
    run[0].leaf.absorb(&recorder.finish().unwrap()[0].leaf);
    let run = GroupLeaf::billed(run, &[Tariffs::default()]);
    assert_eq!(run[0].leaf.bill, None);
    let row = rows(header, vec![run]).remove(0);
    let there = row.elsewhere;
    assert_eq!((there.sent, there.answered, there.in_time), (2, 2, 1));
    assert_eq!(row.jobs.answered, 2);
}
