//! The same machines in virtual time and over HTTP leave the same record.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod drives;
mod gates;
mod hybrid;
mod stage;
mod works;

use std::collections::{BTreeMap, BTreeSet};

use chance::Seed;
use limits::{Instant, Span};
use money::Money;
use run_record::{Attempt, AttemptOutcome, GroupLeaf, RefusedBy, Used};
use scenario::{Arrival, Scenario, Timeline};
use simulator::{CellPlan, replicate_logging};

/// What one strategy leaves in the simulator.
struct Run {
    strategy: String,
    groups: Vec<GroupLeaf>,
    attempts: Vec<Attempt>,
}

fn runs(scenario: &Scenario) -> Vec<Run> {
    let names = scenario.strategies.iter().map(|named| named.name.clone());
    let run = |(strategy, plan)| {
        let (groups, attempts) = replicate_logging(scenario, &plan, 0).unwrap();
        Run { strategy, groups, attempts }
    };
    names.zip(stage::plans(scenario)).map(run).collect()
}

fn arrivals(scenario: &Scenario) -> Vec<Arrival> {
    Timeline::of(scenario, Seed(scenario.seed)).collect()
}

fn is_whole(span: Span) -> bool {
    span.nanos().is_multiple_of(stage::GRAIN.nanos())
}

fn is_on_the_grain(at: Instant) -> bool {
    is_whole(at.since(Instant::START))
}

/// A test for each strategy, so that they run side by side, and the list of them.
macro_rules! both_drives_leave_the_same_record {
    ($($name:ident: $strategy:literal),+ $(,)?) => {
        mod both_drives_leave_the_same_record {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    super::both_drives_agree($strategy).await;
                }
            )+
        }

        const COMPARED: &[&str] = &[$($strategy),+];
    };
}

both_drives_leave_the_same_record! {
    of_give_up: "give-up",
    of_full_jitter: "full-jitter",
    of_honour_retry_after: "honour-retry-after",
    of_together_py: "together-py",
    of_pace_by_headers: "pace-by-headers",
    of_own_bucket: "own-bucket",
    of_own_buckets_that_are_an_nth_each: "own bucket of an nth",
    of_exponential_waits_that_honour: "exponential that honours",
    of_an_sdk_that_hangs_up: "sdk up to a second",
}

/// Every attempt in the order of their ends, then what was counted of them.
async fn both_drives_agree(strategy: &str) {
    let scenario = stage::scenario();
    let named = scenario.strategies.iter().position(|named| named.name == strategy);
    let plan = stage::plans(&scenario).swap_remove(named.unwrap());
    in_both_drives(&scenario, &plan).await;
}

/// What both drives leave of one cell, which must be the same.
async fn in_both_drives(scenario: &Scenario, plan: &CellPlan) -> drives::Left {
    let simulated = drives::simulated(scenario, plan);
    let live = drives::live(scenario, plan).await;
    for (number, (attempt, expected)) in live.attempts.iter().zip(&simulated.attempts).enumerate() {
        assert_eq!(attempt.line(), expected.line(), "line {}", number + 1);
    }
    assert_eq!(live.attempts.len(), simulated.attempts.len());
    assert_eq!(live.groups, unseen(&simulated.groups, &live.groups));
    simulated
}

/// The same without what only the simulator sees: how much of the limits was left, where attempts fell
/// after a reset, and what was generated for attempts whose client hung up.
fn unseen(groups: &[GroupLeaf], live: &[GroupLeaf]) -> Vec<GroupLeaf> {
    let mut groups = groups.to_vec();
    for (group, live) in groups.iter_mut().zip(live) {
        let tokens = &mut group.leaf.tokens;
        if std::mem::take(&mut tokens.abandoned) != Used::default() {
            assert!(live.leaf.tokens.retried.attempts <= tokens.retried.attempts);
            tokens.retried = live.leaf.tokens.retried;
            let bill = group.leaf.bill.as_mut().unwrap();
            bill.abandoned = Money::ZERO;
            bill.retried = live.leaf.bill.unwrap().retried;
        }
        assert!(group.leaf.lowest_remaining.take().is_some());
        assert!(std::mem::take(&mut group.leaf.herd).whole > 0);
        assert!(std::mem::take(&mut group.peak).count() > 0);
    }
    groups
}

#[tokio::test(start_paused = true)]
async fn both_drives_leave_the_same_record_of_users_who_wait_and_clients_that_restart() {
    let scenario = stage::users();
    let mut in_flight = [0; 2];
    for plan in stage::plans(&scenario) {
        let left = in_both_drives(&scenario, &plan).await;
        let strategy = plan.key.strategy().unwrap_or_default();
        let leaves = left.groups.iter().map(|group| &group.leaf);
        assert!(leaves.clone().all(|leaf| leaf.jobs.answered > 50), "{strategy}");
        // Users end the run with jobs in hand, and meet the limits, which is where drives differ.
        let refused: u64 = leaves.clone().map(|leaf| leaf.attempts.refused).sum();
        assert!(refused > 50, "{strategy}: {refused} refused");
        let cancelled = |group: usize| left.groups[group].leaf.attempts.cancelled;
        in_flight = [in_flight[0] + cancelled(0), in_flight[1] + cancelled(1)];
        // Ten jobs fall due while both clients are down, the first of them as they go down and
        // none as they come back, when all of them are offered.
        let due = stage::arrivals_between(&scenario, 2, 120_000..124_000);
        assert_eq!(due.len(), 10);
        let first = |job| {
            left.attempts
                .iter()
                .map(|attempt| (attempt.group, attempt.end))
                .find(|(group, end)| (*group, end.job, end.n) == (2, job, 1))
        };
        let back = Instant::START.after(Span::from_secs(124));
        for job in due {
            assert!(first(job).is_none_or(|(_, end)| end.sent >= back), "{strategy}: job {job}");
        }
        let mut sent: BTreeMap<Instant, BTreeSet<(u32, u64)>> = BTreeMap::new();
        for Attempt { group, end } in &left.attempts {
            sent.entry(end.sent).or_default().insert((*group, end.job));
        }
        let ties = sent.values().filter(|jobs| jobs.len() > 1).count();
        assert!(ties > 5, "{strategy}: {ties} ties");
    }
    assert!(in_flight[0] > 50 && in_flight[1] > 5, "{in_flight:?} cancelled");
}

#[tokio::test(start_paused = true)]
async fn both_drives_leave_the_same_record_where_capacity_falls_short_and_gateways_disagree() {
    let scenario = hybrid::scenario();
    for plan in stage::plans(&scenario) {
        let left = in_both_drives(&scenario, &plan).await;
        let mut all = run_record::Attempts::default();
        for group in &left.groups {
            for (status, count) in &group.leaf.attempts.by_status {
                *all.by_status.entry(*status).or_default() += count;
            }
        }
        let strategy = plan.key.strategy().unwrap_or_default();
        for status in [200, 402, 429, 500, 503] {
            assert!(all.with_status(status) > 0, "{strategy}: {status}: {:?}", all.by_status);
        }
        let dynamic = left.groups.iter().map(|group| {
            let by = &group.leaf.attempts.refused_by;
            by.dynamic_requests + by.dynamic_tokens
        });
        assert!(dynamic.sum::<u64>() > 0, "{strategy}: nobody was above the dynamic rate");
    }
}

#[tokio::test(start_paused = true)]
async fn both_drives_leave_the_same_record_of_each_class_of_work() {
    // Of each class one strategy, another one each time: all of them meet all classes below.
    for (nth, work) in works::classes().into_iter().enumerate() {
        let scenario = works::of(&[work]);
        let plans = stage::plans(&scenario);
        let chosen = nth % plans.len().max(1);
        for plan in plans.into_iter().skip(chosen).take(1) {
            let left = in_both_drives(&scenario, &plan).await;
            let strategy = plan.key.strategy().unwrap_or_default();
            let leaf = &left.groups[0].leaf;
            assert!(leaf.jobs.answered > 20, "{work}, {strategy}: {} answered", leaf.jobs.answered);
            let refused = leaf.attempts.refused > 0 || strategy == "pace-by-headers";
            assert!(refused, "{work}, {strategy}: nothing was refused");
            let bill = leaf.bill.unwrap();
            assert!(!bill.delivered.is_zero(), "{work}, {strategy}: it cost nothing");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn both_drives_leave_the_same_record_of_all_classes_at_once_on_credit_that_runs_out() {
    let scenario = works::on_credit();
    for plan in stage::plans(&scenario) {
        let left = in_both_drives(&scenario, &plan).await;
        let strategy = plan.key.strategy().unwrap_or_default();
        let mut all = run_record::Attempts::default();
        for group in &left.groups {
            assert!(group.leaf.jobs.answered > 5, "{strategy}: {}", group.leaf.jobs.answered);
            for (status, count) in &group.leaf.attempts.by_status {
                *all.by_status.entry(*status).or_default() += count;
            }
        }
        for status in [200, 402, 429] {
            assert!(all.with_status(status) > 0, "{strategy}: {status}: {:?}", all.by_status);
        }
    }
}

#[test]
fn every_strategy_there_is_has_been_compared() {
    let scenario = stage::scenario();
    let there: Vec<&str> = scenario.strategies.iter().map(|named| named.name.as_str()).collect();
    assert_eq!(COMPARED, there);
}

#[test]
fn the_stage_is_set_in_whole_milliseconds() {
    let scenario = stage::scenario();
    let arrivals = arrivals(&scenario);
    assert_eq!(arrivals.len(), stage::JOBS);
    assert!(arrivals.iter().all(|arrival| is_on_the_grain(arrival.due)));
    assert!(is_whole(scenario.lasts) && is_whole(scenario.drain));
    for Run { strategy, groups, attempts } in runs(&scenario) {
        for Attempt { group, end } in attempts {
            let whole = is_on_the_grain(end.sent) && is_on_the_grain(end.now);
            assert!(whole, "{strategy}, group {group}: {end:?}");
        }
        // First tokens are in no log, but in sums.
        for GroupLeaf { leaf, .. } in groups {
            let times = [leaf.times.wait, leaf.times.answer, leaf.times.first_token];
            for time in times.into_iter().chain([leaf.gave_up_after]) {
                let ends = [time.least, time.most].map(Option::unwrap_or_default);
                let whole = ends.map(Span::from_nanos).map(is_whole) == [true; 2]
                    && time.sum.is_multiple_of(u128::from(stage::GRAIN.nanos()));
                assert!(whole, "{strategy}: {time:?}");
            }
        }
    }
}

#[test]
fn every_strategy_is_refused_by_both_limits_and_some_run_into_the_end() {
    let runs = runs(&stage::scenario());
    let sum = |run: &Run, of: fn(&GroupLeaf) -> u64| run.groups.iter().map(of).sum::<u64>();
    for run in &runs {
        for cause in [RefusedBy::Requests, RefusedBy::Tokens] {
            for group in &run.groups {
                let refused = *group.leaf.attempts.refused_by.get(cause);
                assert!(refused > 100, "{}: {refused} by {cause:?}", run.strategy);
            }
        }
        assert!(sum(run, |group| group.leaf.jobs.answered) > 10_000, "{}", run.strategy);
    }
    assert!(runs.iter().any(|run| sum(run, |group| group.leaf.attempts.open) > 0));
    assert!(runs.iter().any(|run| sum(run, |group| group.leaf.jobs.unfinished) > 0));
    let last = runs.last().unwrap();
    for group in &last.groups {
        let timed_out = group.leaf.attempts.unanswered;
        assert!(timed_out > 100, "{}: {timed_out} timed out", last.strategy);
    }
}

#[test]
fn jobs_attempts_and_answers_tie_with_one_another() {
    let scenario = stage::scenario();
    let arrivals = arrivals(&scenario);
    let mut due: BTreeMap<Instant, BTreeSet<u32>> = BTreeMap::new();
    for arrival in &arrivals {
        due.entry(arrival.due).or_default().insert(arrival.group);
    }
    assert!(due.values().all(|groups| groups.len() == 2), "no job falls due alone");
    assert!(due.len() < arrivals.len() / 2, "rows share an instant");
    for Run { strategy, attempts, .. } in runs(&scenario) {
        let ended: BTreeSet<Instant> = attempts.iter().map(|attempt| attempt.end.now).collect();
        let again: BTreeSet<Instant> =
            attempts.iter().filter(|one| one.end.n > 1).map(|one| one.end.sent).collect();
        let ties = again.iter().filter(|at| due.contains_key(at)).count();
        assert!(strategy == "give-up" || ties > 0, "{strategy}: {ties} retries as a job is due");
        let ties = due.keys().filter(|at| ended.contains(at)).count();
        assert!(ties > 0, "{strategy}: {ties} attempts end as a job is due");
        let ties = again.intersection(&ended).count();
        assert!(strategy == "give-up" || ties > 0, "{strategy}: {ties} end as others go again");
    }
}

#[test]
fn some_heads_come_in_the_last_millisecond_of_patience_and_are_heard() {
    let scenario = stage::scenario();
    let prompts: BTreeMap<(u32, u64), u32> = arrivals(&scenario)
        .into_iter()
        .map(|arrival| ((arrival.group, arrival.job), arrival.prompt))
        .collect();
    let Run { attempts, .. } = runs(&scenario).pop().unwrap();
    let mut just_in_time = [0; 2];
    for Attempt { group, end } in attempts {
        let took = end.now.since(end.sent);
        let head = if scenario.groups[group as usize].stream {
            stage::FIRST_TOKEN.plus(stage::GRAIN.times(u64::from(prompts[&(group, end.job)])))
        } else {
            took
        };
        if matches!(end.how, AttemptOutcome::Ok(_)) {
            assert!(head <= stage::SILENCE);
            just_in_time[group as usize] += u32::from(head == stage::SILENCE);
        } else if end.how == AttemptOutcome::Unanswered {
            assert_eq!(took, stage::SILENCE);
        }
    }
    assert!(just_in_time.iter().all(|count| *count > 10), "{just_in_time:?}");
}
