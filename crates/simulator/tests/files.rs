//! Groups whose jobs go by files, and endpoints that are paid by the minute, from end to end.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::{BTreeMap, BTreeSet};

use limits::{Instant, Span};
use money::Money;
use rulebook::Rulebook;
use run_record::{Attempt, AttemptEnd, AttemptOutcome, Leaf};
use scenario::{Origin, Scenario};
use simulator::{CellPlan, Unwatched, alone, cells, replicate_logging, simulate};
use wire::Status;

/// Jobs of 1,000 tokens and answers of 200, handed in every ten minutes.
fn scenario(traffic: &str, more: &str) -> Scenario {
    let text = format!(
        r#"
title = "Files"
edition = "2025-11"
seed = 5
drain = "2h"
[account]
tier = "build-1"
[[group]]
name = "backfill"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 1000
answer = 200
batch = {{ every = "10m", tries = 3 }}
traffic = {traffic}
[[strategy]]
preset = "give-up"
[[strategy]]
preset = "together-py"
[compare]
tiers = ["build-1", "build-2"]
{more}
"#
    );
    let read = Scenario::parse("files.toml", &text, &Rulebook::embedded().unwrap());
    read.unwrap_or_else(|refused| panic!("{refused}"))
}

const STEADY: &str = r#"{ poisson = { rate = "1/s", lasts = "1h" } }"#;

fn second(seconds: u64) -> Instant {
    Instant::START.after(Span::from_secs(seconds))
}

fn run(scenario: &Scenario, plan: &CellPlan) -> (Vec<AttemptEnd>, Leaf) {
    let (groups, attempts) = replicate_logging(scenario, plan, 0).unwrap();
    let ends = attempts.into_iter().map(|Attempt { end, .. }| end).collect();
    (ends, groups.into_iter().next().unwrap().leaf)
}

fn first(scenario: &Scenario) -> (Vec<AttemptEnd>, Leaf) {
    run(scenario, &cells(scenario).remove(0))
}

/// The attempts of each file: when it was handed in, and when its lines ended.
fn files(attempts: &[AttemptEnd]) -> Vec<(u64, BTreeSet<Instant>, u64)> {
    let mut files: BTreeMap<Instant, (BTreeSet<Instant>, u64)> = BTreeMap::new();
    for end in attempts {
        let file = files.entry(end.sent).or_default();
        file.0.insert(end.now);
        file.1 += 1;
    }
    let nanos = |at: Instant| {
        assert_eq!(at.nanos() % 1_000_000_000, 0, "{at:?}");
        at.nanos() / 1_000_000_000
    };
    files.into_iter().map(|(sent, (ends, lines))| (nanos(sent), ends, lines)).collect()
}

#[test]
fn what_fell_due_is_handed_in_together_and_ends_together() {
    let (attempts, leaf) = first(&scenario(STEADY, ""));
    let files = files(&attempts);
    assert_eq!(files.len(), 6);
    for (n, (sent, ends, lines)) in (1..).zip(&files) {
        assert_eq!(*sent, n * 600);
        // 1,200 tokens of each line at 5,000 a second, and no file waits for the one before.
        let ended = second(*sent).after(Span::from_millis(lines * 240));
        assert_eq!(*ends, BTreeSet::from([ended]));
    }
    assert!(leaf.jobs.offered > 3_400);
    assert_eq!((leaf.jobs.answered, leaf.attempts.sent), (leaf.jobs.offered, leaf.jobs.offered));
    // Half of $0.88 a million.
    let each = Money::parse("$0.44").unwrap().of_parts(1_200, 1_000_000);
    assert_eq!(leaf.bill.unwrap().delivered, each.times(leaf.jobs.answered));
}

#[test]
fn neither_tier_nor_strategy_nor_limit_has_a_say() {
    let scenario = scenario(STEADY, "");
    let (attempts, leaf) = first(&scenario);
    for plan in cells(&scenario).iter().skip(1) {
        let (others, other) = run(&scenario, plan);
        assert_eq!((&others, &other.jobs), (&attempts, &leaf.jobs), "{:?}", plan.key);
    }
    assert_eq!(
        alone(&scenario).unwrap().share,
        None,
        "by itself no job of a file is in time or late"
    );
}

#[test]
fn lines_that_failed_go_into_the_next_file_until_their_tries_are_used_up() {
    let scenario = scenario(STEADY, "[assume]\nbatch_line_failures = \"30%\"");
    let (attempts, leaf) = first(&scenario);
    let mut jobs: BTreeMap<u64, Vec<&AttemptEnd>> = BTreeMap::new();
    for end in &attempts {
        jobs.entry(end.job).or_default().push(end);
    }
    let mut gave_up = 0;
    for ends in jobs.values() {
        for pair in ends.windows(2) {
            assert!(matches!(pair[0].how, AttemptOutcome::Failed { status: Status::INTERNAL }));
            assert_eq!(pair[1].n, pair[0].n + 1);
            let next = pair[0].now.nanos().div_ceil(600_000_000_000) * 600_000_000_000;
            assert_eq!(pair[1].sent.nanos(), next, "the next there is");
        }
        let last = ends.last().unwrap();
        if !matches!(last.how, AttemptOutcome::Ok(_)) {
            assert_eq!(last.n, 3);
            gave_up += 1;
        }
    }
    // 2.7 % of some 3,600.
    assert!((60..140).contains(&gave_up), "{gave_up}");
    assert_eq!((leaf.jobs.gave_up, leaf.jobs.unfinished), (gave_up, 0));
    assert_eq!(leaf.jobs.answered + gave_up, leaf.jobs.offered);
    let each = Money::parse("$0.44").unwrap().of_parts(1_200, 1_000_000);
    assert_eq!(
        leaf.bill.unwrap().delivered,
        each.times(leaf.jobs.answered),
        "no failure is charged"
    );
}

#[test]
fn a_file_that_is_refused_is_handed_in_again() {
    let blocked = "[[event]]\nat = \"5m\"\nblocked = { lasts = \"10m\" }";
    let (attempts, leaf) = first(&scenario(STEADY, blocked));
    let files = files(&attempts);
    let refused = second(600).after(Span::from_millis(100));
    assert_eq!((files[0].0, &files[0].1), (600, &BTreeSet::from([refused])));
    assert_eq!(leaf.attempts.by_status.into_iter().next_back(), Some((402, files[0].2)));
    assert_eq!(leaf.attempts.sent, leaf.jobs.offered + files[0].2);
    assert_eq!(leaf.jobs.answered, leaf.jobs.offered);
}

/// 25,000 prompts of 1,000 tokens are 100 MB.
#[test]
fn a_full_file_does_not_wait() {
    let traffic = r#"[{ pause = { lasts = "1m" } }, { at_once = { jobs = 50001, lasts = "1m" } }]"#;
    let mut full = scenario(traffic, "");
    full.drain = Span::from_secs(14_400);
    let (attempts, leaf) = first(&full);
    let last = second(12_060).after(Span::from_millis(240));
    let two_and_one = [
        (60, BTreeSet::from([second(6_060), second(12_060)]), 50_000),
        (600, BTreeSet::from([last]), 1),
    ];
    assert_eq!(files(&attempts), two_and_one);
    assert_eq!(leaf.jobs.answered, 50_001);
}

#[test]
fn what_the_run_ends_before_is_open_and_unfinished() {
    let mut cut = scenario(STEADY, "");
    cut.drain = Span::from_secs(10);
    let (attempts, leaf) = first(&cut);
    let open = attempts.iter().filter(|end| end.how == AttemptOutcome::Open).count() as u64;
    assert!(open > 0);
    assert_eq!((leaf.attempts.open, leaf.jobs.unfinished), (open, open));
    assert_eq!(leaf.jobs.answered + open, leaf.jobs.offered);
}

#[test]
fn an_endpoint_that_nobody_calls_costs_sixty_days_of_minutes() {
    let text = r#"
title = "Idle"
edition = "2025-11"
starts = "2025-11-03T09:00Z"
lasts = "60d"
[account]
tier = "build-1"
[[endpoint]]
name = "forgotten"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
price = "$3.99/hour"
replicas = 2
"#;
    let scenario = Scenario::parse("idle.toml", text, &Rulebook::embedded().unwrap());
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    let record = simulate(&scenario, &Origin::default(), &Unwatched).unwrap();
    assert_eq!(record.cells().len(), 1);
    let books = &record.cells()[0].account().unwrap()[0];
    let fee = &books.fees[0];
    assert_eq!((fee.name.as_str(), fee.minutes), ("forgotten", Some(2 * 86_400)));
    assert_eq!(fee.amount, Money::parse("$11491.20").unwrap());
    assert_eq!(books.balance, books.opening + books.free - fee.amount);
}
