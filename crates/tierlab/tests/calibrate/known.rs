//! Logs made by our own service: what was put in must be found again.

use std::sync::Arc;

use calibration::{Calibration, Calibrator, Figures, Question, Row, Tally};
use chance::{Purpose, Seed, uniform_below};
use limits::{Instant, Span};
use mock_together::{Account, Answer, Limits, OrganizationId, Service, Terms, Ticket};
use rulebook::{Assumptions, Edition, Rulebook, Work};
use wire::{Fate, Reply, Request, Shows};

const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
const SECOND: u64 = 1_000_000_000;
/// The log's moments are some day of 2025.
const DAY: u64 = 1_760_000_000 * SECOND;

pub(crate) fn edition() -> Arc<Edition> {
    let rulebook = Rulebook::embedded().unwrap();
    Arc::new(rulebook.edition("2025-11").unwrap().clone())
}

/// One stretch of traffic against a service that has just begun.
struct Stretch {
    tier: &'static str,
    replicas: u32,
    /// How many requests, and the mean time from one to the next.
    requests: u64,
    apart: Span,
    prompt: u32,
    answer: u32,
    gate: &'static str,
}

const USUAL: Stretch = Stretch {
    tier: "build-1",
    replicas: 1,
    requests: 3_000,
    apart: Span::from_millis(90),
    prompt: 20,
    answer: 10,
    gate: "minute",
};

fn given(stretch: &Stretch) -> Assumptions {
    let given = edition().assumptions();
    let given = given.with("gateway_replicas", &stretch.replicas.to_string()).unwrap();
    given.with("token_gate", stretch.gate).unwrap()
}

/// What the service answers, as a log has it.
fn log(stretch: &Stretch, seed: u64) -> Vec<Row> {
    let edition = edition();
    let terms = Terms::new(&edition, &given(stretch), Limits::Published);
    let mut service = Service::new(&terms);
    let (tier, model) = (edition.tier(stretch.tier).unwrap(), edition.model(MODEL));
    let account = Account::new(OrganizationId(0), tier, model);
    let pair = service.enrol(&terms, &account).unwrap();
    let gaps = Seed(seed).stream(Purpose::Gap, 0);
    let mut under_way: Vec<Ticket> = Vec::new();
    let mut rows = Vec::new();
    let mut now = Instant::START;
    for job in 0..stretch.requests {
        // Now and then nothing comes for a while, so that windows end.
        let mean = stretch.apart.nanos() * if job % 50 == 49 { 40 } else { 1 };
        now = now.after(Span::from_nanos(uniform_below(gaps.draw(job), 2 * mean)));
        under_way.sort_by_key(|ticket| std::cmp::Reverse(ticket.ready_at));
        while under_way.last().is_some_and(|ticket| ticket.ready_at <= now) {
            let ticket = under_way.pop().unwrap();
            let _ = service.finish(ticket.ready_at, ticket);
        }
        let draw = Seed(seed).draw(Purpose::Fate, 0, job);
        let request = Request {
            pair,
            prompt: stretch.prompt,
            count: 1,
            max_tokens: None,
            stream: false,
            caller: 0,
            tariff: wire::TariffId::FREE,
            fate: Fate { answer: stretch.answer, draw },
        };
        let number = job + 1;
        rows.push(match service.receive(now, request) {
            Answer::Refused { reply, .. } => row(number, now, &reply),
            Answer::Underway(ticket) => {
                let reply = service.head(&ticket);
                let (ended, usage) = (at(ticket.ready_at), Some(ticket.usage));
                let row = Row { ended: Some(ended), usage, ..row(number, now, &reply) };
                under_way.push(ticket);
                row
            }
        });
    }
    rows
}

fn at(now: Instant) -> Instant {
    now.after(Span::from_nanos(DAY))
}

fn row(number: u64, now: Instant, reply: &Reply) -> Row {
    Row {
        number,
        line: number + 1,
        at: at(now),
        ended: None,
        account: None,
        tier: None,
        model: MODEL.to_owned(),
        work: Work::Chat,
        status: Some(reply.status),
        kind: None,
        shows: reply.shows,
        usage: None,
        worked: None,
        first_byte: None,
    }
}

fn calibrated(
    rows: Vec<Row>,
    replicas: u32,
    given: &Assumptions,
    tier: Option<&str>,
) -> Calibration {
    let edition = edition();
    let tier = tier.map(|tier| edition.tier(tier).unwrap());
    let given = given.clone();
    let question = Question { edition, given, tier, replicas, seed: Seed(1) };
    let mut calibrator = Calibrator::new(question);
    for row in rows {
        calibrator.row(row);
    }
    calibrator.finish()
}

fn share(tally: Tally) -> f64 {
    tally.share().unwrap()
}

fn figures(calibration: &Calibration) -> &Figures {
    calibration.figures().unwrap()
}

fn above_chance(calibration: &Calibration) -> f64 {
    let figures = figures(calibration);
    share(figures.explained.remaining) - share(figures.chance.remaining)
}

#[test]
fn one_replica_is_explained_whole_and_two_or_four_are_told_apart() {
    for replicas in [1, 2, 4] {
        let stretch = Stretch { replicas, ..USUAL };
        let calibration = calibrated(log(&stretch, 7), 4, &given(&stretch), None);
        let explained = figures(&calibration).explained;
        assert_eq!(calibration.replicas, replicas);
        if replicas == 1 {
            let whole = |tally: Tally| tally.hit == tally.of && tally.of > 1_000;
            assert!(whole(explained.remaining) && whole(explained.reset), "{explained:?}");
            assert!(whole(explained.decision) && whole(explained.remaining_tokens));
        }
        assert!(share(explained.remaining) > 0.9, "{replicas}: {explained:?}");
        assert!(above_chance(&calibration) > 0.25, "{replicas}");
    }
}

#[test]
fn rows_that_are_missing_are_made_up_for() {
    let stretch = Stretch { replicas: 2, ..USUAL };
    let mut rows = log(&stretch, 8);
    rows.retain(|row| row.number % 7 != 3);
    let calibration = calibrated(rows, 2, &given(&stretch), None);
    let explained = figures(&calibration).explained;
    assert!(above_chance(&calibration) > 0.25, "{explained:?}");
    assert!(share(explained.decision) > 0.95, "{explained:?}");
}

#[test]
fn a_clock_that_is_wrong_all_along_changes_nothing() {
    let rows = log(&USUAL, 9);
    let skewed =
        rows.iter().cloned().map(|row| Row { at: row.at.after(Span::from_millis(300)), ..row });
    let of = |rows| figures(&calibrated(rows, 1, &given(&USUAL), None)).explained;
    let (right, wrong) = (of(rows.clone()), of(skewed.collect()));
    // Tokens alone are charged when an answer ends, by a clock that is right.
    assert_eq!((right.remaining, right.reset), (wrong.remaining, wrong.reset));
    assert_eq!(right.decision, wrong.decision);
}

#[test]
fn two_gateways_whose_clocks_differ_are_still_two_replicas() {
    let mut rows = log(&USUAL, 19);
    rows.extend(log(&USUAL, 20).into_iter().map(|row| Row {
        number: row.number + 3_000,
        at: row.at.after(Span::from_millis(300)),
        ..row
    }));
    let calibration = calibrated(rows, 4, &given(&USUAL), None);
    let explained = figures(&calibration).explained;
    assert_eq!(calibration.replicas, 2);
    assert!(share(explained.remaining) > 0.9, "{explained:?}");
    assert!(above_chance(&calibration) > 0.25, "{explained:?}");
}

#[test]
fn clocks_that_jitter_leave_more_than_chance() {
    for (millis, least) in [(20, 0.25), (300, 0.1)] {
        let stretch = Stretch { replicas: 2, ..USUAL };
        let mut rows = log(&stretch, 10);
        for row in &mut rows {
            let draw = Seed(3).draw(Purpose::Jitter, 0, row.number);
            row.at = row.at.after(Span::from_nanos(uniform_below(draw, 2 * millis * 1_000_000)));
        }
        let calibration = calibrated(rows, 2, &given(&stretch), None);
        let explained = figures(&calibration).explained;
        assert!(above_chance(&calibration) > least, "{millis} ms: {explained:?}");
    }
}

#[test]
fn limits_that_move_are_a_series_with_the_day_of_each() {
    let early = log(&USUAL, 11);
    let later = Span::from_secs(86_400);
    let late = log(&Stretch { tier: "build-2", ..USUAL }, 12);
    let rows = early.iter().cloned().chain(late.into_iter().map(|row| Row {
        number: row.number + 3_000,
        at: row.at.after(later),
        ended: row.ended.map(|ended| ended.after(later)),
        ..row
    }));
    // The log says that it is one account; its limits alone would tell of two.
    let named = |row: Row| Row { account: Some("ours".to_owned()), ..row };
    let calibration = calibrated(rows.map(named).collect(), 1, &given(&USUAL), None);
    let limits: Vec<(String, u64, u64)> = calibration
        .limits
        .iter()
        .map(|limit| (limit.requests.to_string(), limit.rows, limit.from.nanos() / SECOND))
        .collect();
    let day = DAY / SECOND;
    let [(first, 3_000, from), (second, 3_000, moved)] = limits.as_slice() else {
        panic!("{limits:?}")
    };
    assert_eq!((first.as_str(), second.as_str()), ("10", "30"));
    assert!(*from < day + 2 && (day + 86_400..day + 86_402).contains(moved));
    let explained = figures(&calibration).explained;
    assert_eq!(explained.remaining.hit, explained.remaining.of);
}

#[test]
fn two_accounts_in_one_log_are_told_apart_by_their_limits() {
    let mut rows = log(&USUAL, 13);
    let other = log(&Stretch { tier: "build-3", ..USUAL }, 14);
    rows.extend(other.into_iter().map(|row| Row { number: row.number + 3_000, ..row }));
    let calibration = calibrated(rows, 2, &given(&USUAL), None);
    let accounts: Vec<&str> = calibration.limits.iter().map(|l| l.account.as_str()).collect();
    assert_eq!(accounts, ["build-1", "build-3"]);
    assert_eq!(calibration.replicas, 1);
    let explained = figures(&calibration).explained;
    assert_eq!(explained.remaining.hit, explained.remaining.of);
}

#[test]
fn a_log_without_headers_is_held_against_the_tier_that_is_said_or_not_at_all() {
    let mut rows = log(&USUAL, 15);
    for row in &mut rows {
        row.shows = Shows::default();
    }
    let untold = calibrated(rows.clone(), 1, &given(&USUAL), None);
    assert!(!untold.is_judged());
    let told = calibrated(rows.clone(), 1, &given(&USUAL), Some("build-1"));
    let explained = figures(&told).explained;
    assert_eq!((explained.decision.hit, explained.remaining.of), (explained.decision.of, 0));
    let wrong = calibrated(rows, 1, &given(&USUAL), Some("build-5"));
    assert!(share(figures(&wrong).explained.decision) < share(explained.decision));
}

#[test]
fn a_refusal_by_tokens_is_explained_by_tokens() {
    let stretch = Stretch { prompt: 2_000, answer: 300, apart: Span::from_millis(300), ..USUAL };
    let rows = log(&stretch, 16);
    let calibration = calibrated(rows, 1, &given(&stretch), None);
    let causes = calibration.refusals.iter().map(|refusal| refusal.cause.to_string());
    let by_tokens = causes.filter(|cause| cause.contains("by tokens")).count();
    let count = calibration.refusal_counts.get(&429).unwrap();
    assert!(count.rows > 100 && count.rows == count.explained, "{count:?}");
    assert!(by_tokens > 100, "{by_tokens}");
    // A gate that is held to be none explains none of them.
    let none = given(&stretch).with("token_gate", "none").unwrap();
    let without = calibrated(log(&stretch, 16), 1, &none, None);
    let explained = figures(&without).explained.decision;
    assert!(share(explained) < share(figures(&calibration).explained.decision));
}

#[test]
fn rows_out_of_order_are_put_in_order() {
    let rows = log(&USUAL, 17);
    let mut mixed = rows.clone();
    mixed.chunks_mut(100).for_each(<[Row]>::reverse);
    let of = |rows| calibrated(rows, 2, &given(&USUAL), None);
    assert_eq!(of(rows), of(mixed));
}

#[test]
fn nothing_later_is_looked_at() {
    // Whatever follows, what was said of a row stays: each figure of the first half is that of the
    // first half alone.
    let rows = log(&Stretch { replicas: 2, ..USUAL }, 18);
    let half: Vec<Row> = rows.iter().take(1_500).cloned().collect();
    let unexplained = |rows| {
        let calibration = calibrated(rows, 2, &given(&USUAL), None);
        let rows = calibration.unexplained.into_iter().filter(|row| row.row <= 1_500);
        rows.map(|row| (row.row, row.field, row.expected)).collect::<Vec<_>>()
    };
    assert_eq!(unexplained(half), unexplained(rows));
}
