//! Beside limiters that others wrote and many use: the same histories, the same decisions, the
//! same instants to come back at, wherever both can be exact.
//!
//! * governor keeps the time of one cell in whole nanoseconds, so the two must agree whenever a
//!   cell takes a whole number of them.
//! * better-bucket keeps time as tokens in binary fractions, so they must agree when so many
//!   tokens come in 2^k nanoseconds and the clock ticks in steps that are whole fractions: with
//!   fewer than sixteen tokens, in steps of 16 ns.
//!
//! Elsewhere governor rounds the time of a cell down and lets more through than it says; how much
//! more stands below. A clock that goes back is left out: governor takes it as it is.
#![expect(clippy::unwrap_used, reason = "a cast that cannot be built fails its test")]

use std::num::NonZeroU32;
use std::time::Duration;

use better_bucket::{BucketConfig, BucketCore};
use governor::clock::FakeRelativeClock;
use governor::nanos::Nanos;
use governor::{Quota as Cells, RateLimiter};
use limits::{
    Algorithm, Cost, Decision, Instant, Label, Limiter, Meter, Peek, Policy, Quota, Rate, Requests,
    Span, Tokens,
};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn governor_decides_alike_where_a_cell_takes_whole_nanoseconds(
        cell in cells(), burst in 1..=40_u32, calls in calls(),
    ) {
        let mut ours = limiter(Algorithm::Gcra, 1, cell, burst.into());
        let clock = FakeRelativeClock::default();
        let cells = Cells::with_period(Duration::from_nanos(cell)).unwrap();
        let cells = cells.allow_burst(NonZeroU32::new(burst).unwrap());
        let theirs = RateLimiter::direct_with_clock(cells, clock.clone());
        let mut now = Instant::START;
        for (gap, asked) in calls {
            let gap = gap.of(cell);
            clock.advance(Duration::from_nanos(gap));
            now = now.after(Span::from_nanos(gap));
            let expected = match theirs.check_n(NonZeroU32::new(asked).unwrap()) {
                Ok(Ok(())) => Answer::Goes,
                Ok(Err(not_until)) => Answer::At(Nanos::as_u64(not_until.earliest_possible())),
                Err(most) => Answer::Never(most.0.into()),
            };
            prop_assert_eq!(answer(&mut ours, now, asked), expected, "at {:?}", now);
        }
    }

    #[test]
    fn better_bucket_decides_alike_where_tokens_come_in_binary_fractions(
        amount in 1..=15_u32, exponent in 4..=40_u32, burst in 1..=40_u32, calls in calls(),
        refunds in prop::collection::vec(prop::option::of(0..=5_u32), 60),
    ) {
        let period = 1_u64 << exponent;
        let mut ours = limiter(Algorithm::Bucket, amount.into(), period, burst.into());
        let config = BucketConfig::new(burst, amount, Duration::from_nanos(period), burst).unwrap();
        let theirs = BucketCore::new(config, Duration::ZERO);
        let mut now = 0_u64;
        for ((gap, asked), refund) in calls.into_iter().zip(refunds) {
            now += gap.of(period) / 16 * 16;
            let (at, time) = (Instant::from_nanos(now), Duration::from_nanos(now));
            let decision = theirs.acquire_at(asked, time);
            match ours.admit(at, tokens(asked)) {
                Decision::Admitted(receipt) => {
                    prop_assert!(decision.is_allowed());
                    let back = refund.unwrap_or(0).min(asked);
                    ours.settle(at, receipt, tokens(asked - back));
                    theirs.refund(back);
                }
                Decision::Refused(refusal) => {
                    // They wait in whole milliseconds.
                    let wait = refusal.retry_at.since(at).nanos().div_ceil(1_000_000);
                    prop_assert_eq!(decision.retry_after(), Some(Duration::from_millis(wait)));
                }
                Decision::TooLarge { most, .. } => {
                    prop_assert_eq!(most, u64::from(burst));
                    prop_assert_eq!(decision.retry_after(), Some(Duration::MAX));
                }
            }
            let left = ours.standing(at).of(0).unwrap().remaining;
            prop_assert_eq!(left, u64::from(theirs.available_at(time)));
        }
    }
}

/// Three million a second is one in 333⅓ ns, which governor takes as 333: whoever comes back as
/// soon as that helps gets 1 in 1,000 too much, and 11 in 100 at three hundred million. The first
/// of two that are saved up is the one beyond the rate.
#[test]
fn rounding_the_time_of_a_cell_down_lets_more_through() {
    for (rate, lasts, exact, rounded) in
        [(3_000_000, 10_000_000, 30_001, 30_032), (300_000_000, 100_000, 30_001, 33_335)]
    {
        let clock = FakeRelativeClock::default();
        let cells = Cells::per_second(NonZeroU32::new(rate).unwrap());
        let theirs = RateLimiter::direct_with_clock(
            cells.allow_burst(NonZeroU32::new(2).unwrap()),
            clock.clone(),
        );
        let (mut passed, mut now) = (0, 0);
        while now < lasts {
            match theirs.check() {
                Ok(()) => passed += 1,
                Err(not_until) => {
                    let at = Nanos::as_u64(not_until.earliest_possible());
                    clock.advance(Duration::from_nanos(at - now));
                    now = at;
                }
            }
        }
        assert_eq!(passed, rounded, "at {rate} a second");

        let mut ours = limiter(Algorithm::Gcra, rate.into(), 1_000_000_000, 2);
        let (mut passed, mut now) = (0, 0);
        while now < lasts {
            match answer(&mut ours, Instant::from_nanos(now), 1) {
                Answer::Goes => passed += 1,
                Answer::At(at) => now = at,
                Answer::Never(_) => panic!("one fits"),
            }
        }
        assert_eq!(passed, exact, "at {rate} a second");
    }
}

/// What a limiter says, in words that all of them have.
#[derive(Debug, PartialEq)]
enum Answer {
    Goes,
    At(u64),
    Never(u64),
}

fn answer(limiter: &mut Limiter, now: Instant, asked: u32) -> Answer {
    let peeked = limiter.peek(now, tokens(asked));
    match (limiter.admit(now, tokens(asked)), peeked) {
        (Decision::Admitted(_), Peek::Admits) => Answer::Goes,
        (Decision::Refused(refusal), Peek::Refused(_)) => Answer::At(refusal.retry_at.nanos()),
        (Decision::TooLarge { most, .. }, Peek::TooLarge { .. }) => Answer::Never(most),
        (decision, peek) => panic!("{decision:?}, and yet {peek:?}"),
    }
}

fn limiter(algorithm: Algorithm, amount: u64, per: u64, burst: u64) -> Limiter {
    let rate = Rate::every(Tokens(amount), Span::from_nanos(per)).unwrap();
    let quota = Quota::tokens_burst(rate, Tokens(burst)).unwrap();
    Limiter::new(Policy::new(&[Meter::by(algorithm, Label("meter"), quota)]).unwrap())
}

fn tokens(count: u32) -> Cost {
    Cost::new(Requests(0), Tokens(count.into()))
}

/// How long one cell takes: some nanoseconds, or hours.
fn cells() -> impl Strategy<Value = u64> {
    prop_oneof![1..=20_u64, 1..=10_000_000_000_000_u64]
}

/// Gaps and what is asked for after them; a few ask for more than there can ever be.
fn calls() -> impl Strategy<Value = Vec<(Gap, u32)>> {
    let gap = prop_oneof![
        3 => Just(Gap { periods: 0, beside: 0 }),
        4 => (0..=3_u64, -17..=17_i64).prop_map(|(periods, beside)| Gap { periods, beside }),
        1 => (0..=50_u64, any::<i32>().prop_map(i64::from))
            .prop_map(|(periods, beside)| Gap { periods, beside }),
    ];
    let asked = prop_oneof![6 => 1..=3_u32, 2 => 1..=45_u32];
    prop::collection::vec((gap, asked), 1..60)
}

/// So many times the time of a cell, and a little more or less.
#[derive(Copy, Clone, Debug)]
struct Gap {
    periods: u64,
    beside: i64,
}

impl Gap {
    fn of(self, period: u64) -> u64 {
        (self.periods * period).saturating_add_signed(self.beside)
    }
}
