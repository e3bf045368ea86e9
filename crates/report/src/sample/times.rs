//! How long the answers of a sample took.

use limits::Span;
use run_record::{Histogram, OverTime, TimeSum, Times};

use super::Told;

const MILLISECOND: u64 = 1_000_000;
/// What a job that is late waits, in milliseconds.
const LATE: u64 = 20_000;
/// What an attempt takes that is answered, and one that is turned away.
const SERVICE: u64 = 2_400;
const REFUSAL: u64 = 150;
/// What a token takes, of groups that stream.
const PER_TOKEN: u64 = 20;
/// Stretches that jobs are dealt to, one after the other.
const STRETCHES: u64 = 20;

/// Sums, histograms and what was when, of a leaf with so many answered jobs.
pub(super) fn of(told: &Told, answered: u64) -> (Times<TimeSum>, Times<Histogram>, OverTime) {
    let waits = || {
        let in_time = (0..told.in_time).map(|_| told.wait_ms);
        in_time.chain((0..told.late).map(|_| LATE)).map(|time| time * MILLISECOND)
    };
    let turned_away =
        [told.by_tokens, told.by_requests, told.by_dynamic, told.barred, told.unpaid, told.failed];
    let turned_away: u64 = turned_away.into_iter().sum();
    let each = |count: u64, millis: u64| Histogram::of((0..count).map(|_| millis * MILLISECOND));
    let all = |count: u64, least: u64, most: u64| TimeSum {
        sum: 0,
        least: (count > 0).then_some(least * MILLISECOND),
        most: (count > 0).then_some(most * MILLISECOND),
    };
    let spread = Histogram::of(waits());
    let waited = all(answered, 0, told.wait_ms);
    let sums = Times {
        wait: waited,
        answer: waited,
        first_token: waited,
        service: all(answered, SERVICE, SERVICE),
        per_token: all(answered, PER_TOKEN, PER_TOKEN),
        refusal: all(turned_away, REFUSAL, REFUSAL),
    };
    let times = Times {
        wait: spread.clone(),
        answer: spread.clone(),
        first_token: spread,
        service: each(answered, SERVICE),
        per_token: each(answered, PER_TOKEN),
        refusal: each(turned_away, REFUSAL),
    };
    let numbered: Vec<(u64, u64)> = (0..).zip(waits()).collect();
    let stretch = |stretch: u64| {
        let mine = numbered.iter().filter(|(number, _)| number % STRETCHES == stretch);
        Histogram::of(mine.map(|(_, time)| *time))
    };
    let answer: Vec<Histogram> = (0..STRETCHES).map(stretch).collect();
    let over_time = OverTime { width: Span::from_secs(30), first_token: answer.clone(), answer };
    (sums, times, over_time)
}
