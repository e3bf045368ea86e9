//! Each budget beside a history worked out by hand, and beside an oracle that keeps every event.

use proptest::prelude::*;

use super::*;

const SECOND: u64 = 1_000;

fn at(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

fn paid(purse: &mut Purse, millis: u64) -> bool {
    purse.pay(at(millis), Cause::Other).is_some()
}

/// How many retries in a row it pays for.
fn in_a_row(purse: &mut Purse, millis: u64) -> u32 {
    (0..1_000).take_while(|_| paid(purse, millis)).map(|_| 1).sum()
}

#[test]
fn finagle_pays_for_a_fifth_of_the_last_ten_seconds_and_its_reserve() {
    let ttl = Span::from_secs(10);
    let percent = Percent(20);
    let mut purse = Purse::new(Budget::Finagle { ttl, reserve_per_s: 10, percent });
    assert_eq!(in_a_row(&mut purse, 0), 100, "ten a second for ten seconds");
    let mut bare = Purse::new(Budget::Finagle { ttl, reserve_per_s: 0, percent });
    for n in 0..10 {
        bare.first_attempt(at(n));
    }
    assert_eq!(in_a_row(&mut bare, 100), 2, "a fifth of ten");
    assert_eq!(in_a_row(&mut bare, 9_999), 0);
    for _ in 0..5 {
        bare.first_attempt(at(9_999));
    }
    // The first ten and the two retries they paid for are forgotten together.
    assert_eq!(in_a_row(&mut bare, 10_000), 1);
    let mut reserve = Purse::new(Budget::Finagle { ttl, reserve_per_s: 1, percent: Percent(0) });
    reserve.first_attempt(at(0));
    assert_eq!(in_a_row(&mut reserve, 0), 10, "the reserve alone");
}

#[test]
fn sre_retries_while_less_than_a_tenth_of_the_requests_were_retries() {
    let mut purse = Purse::new(Budget::Sre { percent: Percent(10), over: Span::from_secs(60) });
    for n in 0..20 {
        purse.first_attempt(at(n));
    }
    // 0 of 20, 1 of 21, 2 of 22; 3 of 23 is more than a tenth.
    assert_eq!(in_a_row(&mut purse, 30), 3);
    assert_eq!(in_a_row(&mut purse, 61 * SECOND), 0, "nothing was sent for a minute");
}

#[test]
fn grpc_stops_retrying_at_half_of_its_tokens() {
    let budget = Budget::Grpc { most: 10, ratio: Thousandths(100) };
    let mut purse = Purse::new(budget);
    let mut retried = 0;
    for n in 0..20 {
        purse.failed(at(n));
        retried += u32::from(paid(&mut purse, n));
    }
    assert_eq!(retried, 4, "9, 8, 7 and 6 are more than 5");
    for _ in 0..50 {
        purse.succeeded(None);
    }
    assert!(!paid(&mut purse, 30), "fifty successes make five tokens");
    purse.succeeded(None);
    assert!(paid(&mut purse, 30));
}

#[test]
fn aws_pays_five_ten_after_a_time_out_and_gets_back_what_a_success_had_cost() {
    let mut purse = Purse::new(Budget::Aws {
        capacity: 500,
        retry: 5,
        throttled: 5,
        time_out: 10,
        first_success: 1,
    });
    assert_eq!(in_a_row(&mut purse, 0), 100);
    purse.succeeded(Some(5));
    assert_eq!(purse.pay(at(0), Cause::TimedOut), None, "five are not ten");
    assert_eq!(purse.pay(at(0), Cause::Throttled), Some(5));
    for n in 0..10 {
        assert_eq!(purse.pay(at(n), Cause::TimedOut), None);
        purse.succeeded(None);
    }
    assert_eq!(purse.pay(at(11), Cause::TimedOut), Some(10), "ten first successes");
}

#[test]
fn the_newer_aws_quota_pays_fourteen_and_five_after_a_refusal() {
    let mut purse = Purse::new(Budget::Aws {
        capacity: 500,
        retry: 14,
        throttled: 5,
        time_out: 14,
        first_success: 1,
    });
    assert_eq!(in_a_row(&mut purse, 0), 35, "490 of 500");
    assert_eq!(purse.pay(at(0), Cause::Throttled), Some(5));
    assert_eq!(purse.pay(at(0), Cause::Throttled), Some(5));
    assert_eq!(purse.pay(at(0), Cause::Throttled), None);
}

#[test]
fn brookers_bucket_pays_while_more_than_one_token_is_there() {
    let budget = Budget::Brooker { deposit: Thousandths(100), most: 5 };
    let mut purse = Purse::new(budget);
    assert_eq!(in_a_row(&mut purse, 0), 4, "the fifth token stays");
    purse.first_attempt(at(1));
    assert_eq!(in_a_row(&mut purse, 1), 1, "1.1 is more than one");
    for _ in 0..9 {
        purse.first_attempt(at(2));
    }
    assert_eq!(in_a_row(&mut purse, 2), 0, "0.1 and 0.9 is exactly one");
}

#[test]
fn a_breaker_on_retries_counts_failures_on_first_attempts() {
    let over = Span::from_secs(10);
    let budget = Budget::RetriesWhileFailuresBelow { percent: Percent(10), over };
    let mut purse = Purse::new(budget);
    for n in 0..20 {
        purse.first_attempt(at(n));
    }
    for n in 0..2 {
        purse.failed(at(n));
        assert!(paid(&mut purse, 20), "two of twenty are a tenth");
    }
    purse.failed(at(21));
    assert!(!paid(&mut purse, 21));
    assert!(paid(&mut purse, 10_500), "nothing failed lately");
}

/// What happened to a purse, all of it.
#[derive(Copy, Clone, Debug, PartialEq)]
enum Past {
    First,
    Failed,
    Succeeded(Option<u32>),
    Paid(u32),
}

/// Whether a budget pays for a retry, by looking at everything that ever happened.
fn oracle(budget: Budget, past: &[(u64, Past)], now: u64, cost: u32) -> bool {
    let within = |over: Span| {
        let slice = over.nanos() / 10 / 1_000_000;
        past.iter().filter(move |(then, _)| then / slice + 10 > now / slice).map(|(_, what)| *what)
    };
    let bucket = |most: u32, change: &dyn Fn(Past) -> f64| {
        past.iter().fold(f64::from(most), |tokens, (_, what)| {
            // To the thousandth, in which tokens are counted.
            ((tokens + change(*what)).clamp(0.0, most.into()) * 1_000.0).round() / 1_000.0
        })
    };
    let is = |is: bool| f64::from(u8::from(is));
    match budget {
        Budget::None => true,
        Budget::Finagle { ttl, reserve_per_s, percent } => {
            let firsts = within(ttl).filter(|what| *what == Past::First).count() as u64;
            let retries = within(ttl).filter(|what| matches!(what, Past::Paid(_))).count() as u64;
            let cost = 100_000 / u64::from(percent.0);
            let reserve = u64::from(reserve_per_s) * (ttl.nanos() / 1_000_000_000) * cost;
            firsts * 1_000 + reserve >= (retries + 1) * cost
        }
        Budget::Sre { percent, over } => {
            let retries = within(over).filter(|what| matches!(what, Past::Paid(_))).count() as u64;
            let firsts = within(over).filter(|what| *what == Past::First).count() as u64;
            retries * 100 < (retries + firsts) * u64::from(percent.0)
        }
        Budget::Grpc { most, ratio } => {
            let tokens = bucket(most, &|what| match what {
                Past::Failed => -1.0,
                Past::Succeeded(_) => f64::from(ratio.0) / 1_000.0,
                Past::First | Past::Paid(_) => 0.0,
            });
            tokens > f64::from(most) / 2.0
        }
        Budget::Aws { capacity, first_success, .. } => {
            let tokens = bucket(capacity, &|what| match what {
                Past::Paid(cost) => -f64::from(cost),
                Past::Succeeded(paid) => paid.unwrap_or(first_success).into(),
                Past::First | Past::Failed => 0.0,
            });
            tokens >= f64::from(cost)
        }
        Budget::Brooker { deposit, most } => {
            let change = |what| {
                is(what == Past::First) * f64::from(deposit.0) / 1_000.0
                    - is(matches!(what, Past::Paid(_)))
            };
            bucket(most, &change) > 1.0
        }
        Budget::RetriesWhileFailuresBelow { percent, over } => {
            let failures = within(over).filter(|what| *what == Past::Failed).count() as u64;
            let firsts = within(over).filter(|what| *what == Past::First).count() as u64;
            failures * 100 <= firsts * u64::from(percent.0)
        }
    }
}

fn budgets() -> impl Strategy<Value = Budget> {
    let over = (1_u64..30).prop_map(Span::from_secs);
    (0..6, over, 1_u32..120, 1_u32..30, 0_u32..1_500).prop_map(
        |(which, over, percent, most, thousandths)| {
            let (percent, part) = (Percent(percent), Thousandths(thousandths));
            match which {
                0 => Budget::Finagle { ttl: over, reserve_per_s: most / 10, percent },
                1 => Budget::Sre { percent, over },
                2 => Budget::Grpc { most, ratio: part },
                3 => Budget::Aws {
                    capacity: most * 10,
                    retry: 5,
                    throttled: 3,
                    time_out: 14,
                    first_success: 1,
                },
                4 => Budget::Brooker { deposit: part, most },
                _ => Budget::RetriesWhileFailuresBelow { percent, over },
            }
        },
    )
}

proptest! {
    #[test]
    fn a_purse_pays_exactly_when_all_that_happened_says_so(
        budget in budgets(),
        history in prop::collection::vec((0_u64..3_000, 0_usize..8), 1..150),
    ) {
        let mut purse = Purse::new(budget);
        let (mut now, mut past, mut last) = (0, Vec::new(), None);
        for (gap, what) in history {
            now += gap;
            let cause = [Cause::Other, Cause::Throttled, Cause::TimedOut][what % 3];
            match what {
                0..3 => {
                    purse.first_attempt(at(now));
                    past.push((now, Past::First));
                }
                3 => {
                    purse.succeeded(last);
                    past.push((now, Past::Succeeded(last)));
                    last = None;
                }
                4 => {
                    purse.failed(at(now));
                    past.push((now, Past::Failed));
                }
                _ => {
                    let cost = match (budget, cause) {
                        (Budget::Aws { retry, .. }, Cause::Other) => retry,
                        (Budget::Aws { throttled, .. }, Cause::Throttled) => throttled,
                        (Budget::Aws { time_out, .. }, Cause::TimedOut) => time_out,
                        _ => 1,
                    };
                    let paid = purse.pay(at(now), cause);
                    prop_assert_eq!(paid.is_some(), oracle(budget, &past, now, cost));
                    if paid.is_some() {
                        past.push((now, Past::Paid(cost)));
                        last = Some(cost);
                    }
                }
            }
        }
    }
}
