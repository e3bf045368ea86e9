//! A strategy that sends into the next file what did not get through by itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::{BTreeMap, BTreeSet};

use limits::{Instant, Span};
use money::Money;
use rulebook::Rulebook;
use run_record::{Attempt, AttemptEnd, AttemptOutcome, Leaf, derive};
use scenario::{Origin, Scenario};
use simulator::{Unwatched, cells, replicate_logging, simulate};

/// Fifteen jobs of forty tokens a second on Tier 1, which allows ten: three workers ask twice, and
/// then leave it to the file of the minute.
fn scenario(rest: &str) -> Scenario {
    let text = format!(
        r#"
title = "The next file"
edition = "2025-11"
seed = 5
{rest}
[account]
tier = "build-1"
balance = "$5"
[[group]]
name = "workers"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 3
prompt = 30
answer = 10
traffic = {{ poisson = {{ rate = "15/s", lasts = "3m" }} }}
[[strategy]]
name = "by file"
retry_on = "limits_and_failures"
wait = {{ exponential = {{ first = "100ms", cap = "1s" }} }}
elsewhere = {{ batch = {{ every = "1m", after = 2 }} }}
[compare]
tiers = ["build-1"]
"#
    );
    let read = Scenario::parse("file.toml", &text, &Rulebook::embedded().unwrap());
    read.unwrap_or_else(|refused| panic!("{refused}"))
}

/// The attempts of each job in the order of their numbers, and what became of the jobs.
fn run(scenario: &Scenario) -> (BTreeMap<u64, Vec<AttemptEnd>>, Leaf) {
    let plan = cells(scenario).remove(0);
    let (groups, attempts) = replicate_logging(scenario, &plan, 0).unwrap();
    let mut jobs: BTreeMap<u64, Vec<AttemptEnd>> = BTreeMap::new();
    for Attempt { end, .. } in attempts {
        jobs.entry(end.job).or_default().push(end);
    }
    for attempts in jobs.values_mut() {
        attempts.sort_by_key(|end| end.n);
        let numbers = attempts.iter().map(|end| end.n);
        assert!(numbers.eq(1..=u32::try_from(attempts.len()).unwrap()), "each of them ends once");
    }
    (jobs, groups.into_iter().next().unwrap().leaf)
}

fn answered(end: &AttemptEnd) -> bool {
    matches!(end.how, AttemptOutcome::Ok(_))
}

/// What an answer costs: $0.88 a million tokens, and half of that from a file.
fn due(leaf: &Leaf) -> Money {
    let each = |price| Money::parse(price).unwrap().of_parts(40, 1_000_000);
    let there = leaf.elsewhere.answered.attempts;
    each("$0.88").times(leaf.jobs.answered - there) + each("$0.44").times(there)
}

#[test]
fn what_was_refused_twice_is_answered_by_the_next_file_at_half_the_price() {
    let (jobs, leaf) = run(&scenario(""));
    assert_eq!(leaf.jobs.answered, leaf.jobs.offered, "a file takes what was refused");
    let lines: Vec<&AttemptEnd> = jobs.values().flatten().filter(|end| end.n == 3).collect();
    assert_eq!(leaf.elsewhere.sent, lines.len() as u64);
    assert!(leaf.elsewhere.sent > 300, "{:?}", leaf.elsewhere);
    assert!(leaf.elsewhere.sent * 2 < leaf.jobs.answered, "most are answered at home");
    let mut files: BTreeMap<u64, BTreeSet<Instant>> = BTreeMap::new();
    for line in lines {
        assert!(answered(line), "{line:?}");
        files.entry(line.sent.nanos().div_ceil(60_000_000_000)).or_default().insert(line.now);
    }
    let ended: Vec<Instant> = files.values().flatten().copied().collect();
    assert!(files.len() >= 3 && files.len() == ended.len(), "all of a minute end together");
    for (minute, ended) in files.keys().zip(ended) {
        assert!(ended > Instant::START.after(Span::from_secs(minute * 60)), "{minute}");
    }
    assert_eq!(leaf.bill.unwrap().delivered, due(&leaf));
}

#[test]
fn lines_that_failed_go_into_another_file() {
    let (jobs, leaf) = run(&scenario("[assume]\nbatch_line_failures = \"30%\""));
    assert_eq!(leaf.jobs.answered, leaf.jobs.offered);
    assert!(jobs.values().any(|attempts| attempts.len() > 4), "some fail twice");
    for lines in jobs.values().filter_map(|attempts| attempts.get(2..)) {
        let (last, failed) = lines.split_last().map_or((None, lines), |(l, rest)| (Some(l), rest));
        assert!(last.is_none_or(answered) && !failed.iter().any(answered));
    }
    assert_eq!(leaf.bill.unwrap().delivered, due(&leaf), "no failure is charged");
}

#[test]
fn a_file_outlives_the_clients_that_filled_it() {
    // Files are under way for a few seconds after each minute. The first restart finds lines that
    // wait for theirs; in the second a file ends while nobody is there, in the third thereafter.
    let restart = |at: &str, takes: &str| {
        format!(
            "[[event]]\nat = \"{at}\"\nrestart = {{ group = \"workers\", takes = \"{takes}\" }}\n"
        )
    };
    let restarts = restart("30s", "2s") + &restart("59s", "20s") + &restart("121s", "100ms");
    for failures in ["0%", "30%"] {
        let assumed = format!("[assume]\nbatch_line_failures = \"{failures}\"\n{restarts}");
        let (jobs, leaf) = run(&scenario(&assumed));
        assert_eq!(leaf.jobs.answered, leaf.jobs.offered, "{failures}");
        for attempts in jobs.values() {
            let cancelled = |end: &&AttemptEnd| matches!(end.how, AttemptOutcome::Cancelled);
            assert_eq!(attempts.iter().filter(|end| answered(end)).count(), 1, "{attempts:?}");
            let left =
                attempts.iter().filter(cancelled).all(|end| end.now < end.sent.after(MINUTE));
            assert!(left, "what stands in a file is not let go: {attempts:?}");
        }
        assert_eq!(leaf.elsewhere.abandoned.attempts, 0);
        let offered_anew = jobs.values().any(|attempts| {
            let file = attempts.iter().position(|end| end.now > end.sent.after(Span::from_secs(5)));
            file.is_some_and(|file| {
                let after = attempts.get(file + 1);
                after.is_some_and(|next| next.now < next.sent.after(Span::from_secs(1)))
            })
        });
        assert_eq!(offered_anew, failures == "30%", "who has forgotten a line asks at home again");
        assert_eq!(leaf.bill.unwrap().delivered, due(&leaf));
    }
}

const MINUTE: Span = Span::from_secs(60);

#[test]
fn the_books_have_what_files_cost_though_nobody_has_taken_it_yet() {
    for (drain, whole) in [("", true), ("lasts = \"3m\"\ndrain = \"1s\"", false)] {
        let record = simulate(&scenario(drain), &Origin::default(), &Unwatched).unwrap();
        let cell = record.cells().iter().find(|cell| cell.key().is_plain()).unwrap();
        let (leaf, books) = (cell.whole().pooled(), cell.account().unwrap().first().unwrap());
        assert_eq!(leaf.jobs.unfinished == 0, whole, "{:?}", leaf.jobs);
        assert_eq!(books.uncollected == Money::ZERO, whole);
        let billed = leaf.bill.unwrap().usage();
        assert_eq!(books.usage + books.outstanding, billed + books.uncollected);
        assert_eq!(books.balance, books.opening - books.usage);
        assert_eq!(leaf.bill.unwrap().delivered, due(&leaf));
        let there = derive::summary(&record).cells[0].elsewhere;
        assert_eq!(there.answered, leaf.elsewhere.answered.attempts);
    }
}
