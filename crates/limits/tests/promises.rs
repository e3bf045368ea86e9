//! What the limiter promises, over random policies that have already seen some traffic. The rules
//! are those that other limiters taught by breaking them.
#![expect(clippy::unwrap_used, reason = "a cast that cannot be built fails its test")]

#[path = "promises/worn.rs"]
mod worn;

use limits::{
    Algorithm, Charge, Cost, Decision, Instant, Label, Limiter, Meter, MeterStanding, Peek, Per,
    Policy, Quota, Rate, Receipt, Requests, Span, Tokens,
};
use proptest::prelude::*;
use worn::{Worn, cost, extreme, nanos, worn};

// Rule 1: all meters are decided and charged in one step. A limiter that charges them one after
// the other loses tokens to requests that it then refuses.

proptest! {
    #[test]
    fn a_refusal_consumes_nothing(worn in worn(), cost in cost(), later in nanos()) {
        let Worn { mut limiter, now, .. } = worn.build();
        let untouched = limiter.clone();
        if matches!(limiter.admit(now, cost), Decision::Admitted(_)) {
            return Ok(());
        }
        for at in [now, now.after(Span::from_nanos(later)), Instant::END] {
            prop_assert_eq!(standing(&limiter, at), standing(&untouched, at));
            prop_assert_eq!(limiter.peek(at, cost), untouched.peek(at, cost));
            prop_assert_eq!(limiter.peek(at, Cost::default()), untouched.peek(at, Cost::default()));
        }
    }

    #[test]
    fn an_admission_is_charged_to_every_meter(worn in worn(), cost in cost()) {
        let Worn { mut limiter, now, meters, .. } = worn.build();
        let before = standing(&limiter, now);
        let Decision::Admitted(receipt) = limiter.admit(now, cost) else { return Ok(()) };
        prop_assert_eq!((receipt.at(), receipt.reserved()), (now, cost));
        let after = standing(&limiter, now);
        for (index, meter) in meters.iter().enumerate() {
            let (before, after) = (before[index], after[index]);
            let asked = meter.quota().counts().of(cost);
            if !meter.decides() {
                prop_assert!([before.remaining, after.capacity].contains(&after.remaining));
            } else if meter.charge() == Charge::AtAdmission {
                prop_assert_eq!(after.remaining, before.remaining - asked);
            } else {
                prop_assert_eq!(after, before);
            }
        }
    }
}

// Rule 2: what can never fit is refused as impossible, and nothing else is refused for ever.

proptest! {
    #[test]
    fn too_large_is_exactly_what_no_full_meter_holds(worn in worn(), cost in cost()) {
        let Worn { limiter, now, meters, .. } = worn.build();
        let too_small = |meter: &&Meter| {
            meter.decides() && meter.charge() == Charge::AtAdmission
                && meter.quota().counts().of(cost) > meter.quota().capacity()
        };
        match limiter.peek(now, cost) {
            Peek::TooLarge { by, most } => {
                let named = meters.iter().filter(too_small).find(|meter| meter.label() == by);
                prop_assert_eq!(named.map(|meter| meter.quota().capacity()), Some(most));
            }
            Peek::Admits | Peek::Refused(_) => prop_assert!(!meters.iter().any(|m| too_small(&m))),
        }
    }

    #[test]
    fn asking_for_the_most_is_never_too_large(worn in worn(), cost in cost()) {
        let Worn { limiter, now, meters, .. } = worn.build();
        let mut asked = cost;
        for _ in 0..2 {
            let Peek::TooLarge { by, most } = limiter.peek(now, asked) else { break };
            let counts = meters.iter().find(|meter| meter.label() == by).unwrap().quota().counts();
            match counts {
                limits::Counts::Requests => asked.requests = Requests(most),
                limits::Counts::Tokens => asked.tokens = Tokens(most),
            }
        }
        let still = matches!(limiter.peek(now, asked), Peek::TooLarge { .. });
        prop_assert!(!still, "one answer for requests and one for tokens is enough");
    }
}

// Rule 3: truing up may leave less than nothing, and never more than the capacity.

proptest! {
    #[test]
    fn settling_never_leaves_more_than_the_capacity(
        worn in worn(), spent in prop::collection::vec((cost(), nanos()), 8),
    ) {
        let Worn { mut limiter, mut now, in_flight, .. } = worn.build();
        for (receipt, (spent, wait)) in in_flight.into_iter().zip(spent) {
            now = now.after(Span::from_nanos(wait));
            limiter.settle(now, receipt, spent);
            for meter in limiter.standing(now).iter() {
                prop_assert!(meter.remaining <= meter.capacity, "{meter:?}");
            }
        }
    }

    /// However the truth is split over admission and settlement, a bucket gives what its rate
    /// does: whoever overspends waits for it.
    #[test]
    fn a_bucket_has_its_debts_paid_back(
        amount in 1..=9_u64, per in 1..=90_u64, reserved in 1..=20_u64, spent in 0..=500_u64,
    ) {
        let mut limiter = limiter(&[bucket(amount, per, 20)]);
        let receipt = admitted(limiter.admit(Instant::START, tokens(reserved)));
        limiter.settle(Instant::START, receipt, tokens(spent));
        // Empty at first, it needs `spent` tokens to come back before it holds 20 again.
        let full = (spent * per).div_ceil(amount);
        prop_assert_eq!(limiter.standing(Instant::START).of(0).unwrap().resets_at.nanos(), full);
        let early = limiter.peek(Instant::from_nanos(full.saturating_sub(1)), tokens(20));
        prop_assert_eq!(early == Peek::Admits, spent == 0);
        prop_assert_eq!(limiter.peek(Instant::from_nanos(full), tokens(20)), Peek::Admits);
    }
}

// Rule 4: what was set aside is given back once. That it cannot be given back twice is a matter of
// types: `Receipt` is used up by it (see the examples there that do not compile).

proptest! {
    #[test]
    fn a_refund_restores_what_was_set_aside(worn in worn(), cost in cost()) {
        let Worn { mut limiter, now, meters, .. } = worn.build();
        let before = standing(&limiter, now);
        let Decision::Admitted(receipt) = limiter.admit(now, cost) else { return Ok(()) };
        limiter.refund(now, receipt);
        let after = standing(&limiter, now);
        for (index, _) in meters.iter().enumerate().filter(|(_, meter)| meter.decides()) {
            prop_assert_eq!(after[index].remaining, before[index].remaining);
        }
    }

    #[test]
    fn a_refund_after_the_end_of_its_window_changes_nothing(
        capacity in 1..=9_u64, lasts in 1..=50_u64, late in 0..=50_u64, opens_again in any::<bool>(),
    ) {
        let mut limiter = limiter(&[window(capacity, lasts)]);
        let receipt = admitted(limiter.admit(Instant::START, tokens(1)));
        let now = Instant::from_nanos(lasts + late);
        if opens_again {
            let _receipt = admitted(limiter.admit(now, tokens(1)));
        }
        let before = standing(&limiter, now);
        limiter.refund(now, receipt);
        prop_assert_eq!(standing(&limiter, now), before);
    }
}

// Rule 5: reading never consumes.

proptest! {
    #[test]
    fn reading_changes_no_answer(worn in worn(), reads in prop::collection::vec((nanos(), cost()), 4)) {
        let silent = worn.build();
        let read = worn.build_while(|limiter, now| {
            for (ahead, cost) in &reads {
                let at = now.after(Span::from_nanos(*ahead));
                let _answer = limiter.peek(at, *cost);
                let _standing = standing(limiter, at);
            }
        });
        prop_assert_eq!(format!("{:?}", silent.limiter), format!("{:?}", read.limiter));
        prop_assert_eq!(silent.in_flight, read.in_flight);
    }

    #[test]
    fn peeking_answers_what_admitting_does(worn in worn(), cost in cost()) {
        let Worn { mut limiter, now, .. } = worn.build();
        let peeked = limiter.peek(now, cost);
        let admitted = match limiter.admit(now, cost) {
            Decision::Admitted(_) => Peek::Admits,
            Decision::Refused(refusal) => Peek::Refused(refusal),
            Decision::TooLarge { by, most } => Peek::TooLarge { by, most },
        };
        prop_assert_eq!(peeked, admitted);
    }
}

// Rule 6: rates are exact fractions. A limiter that counts in whole nanoseconds per token gives
// 11 % too much at 3e8 tokens a second.

/// Thirty days of whoever asks again as soon as that helps: the n-th request beyond the burst
/// comes back after exactly n × per / amount, rounded up once and not n times.
#[test]
fn a_bucket_does_not_drift_in_thirty_days() {
    for (amount, per) in [(7, Per::Minute), (11, Per::Hour), (1_009, Per::Day), (1, Per::Second)] {
        let rate = Rate::new(Requests(amount), per);
        let quota = Quota::requests_burst(rate, Requests(3)).unwrap();
        let mut limiter = limiter(&[Meter::bucket(Label("bucket"), quota)]);
        let one = Cost::new(Requests(1), Tokens(0));
        for _ in 0..3 {
            let _receipt = admitted(limiter.admit(Instant::START, one));
        }
        let (mut now, mut count) = (Instant::START, 0_u128);
        while now < THIRTY_DAYS {
            let Decision::Refused(refusal) = limiter.admit(now, one) else { panic!("too early") };
            count += 1;
            let exact = (count * u128::from(per.span().nanos())).div_ceil(u128::from(amount));
            assert_eq!(u128::from(refusal.retry_at.nanos()), exact, "{count} at {rate:?}");
            now = refusal.retry_at;
            let _receipt = admitted(limiter.admit(now, one));
        }
    }
}

proptest! {
    /// At token scale: whatever is asked for and whenever, what is left is burst + rate × time −
    /// taken, to the token, as long as it is never full in between.
    #[test]
    fn a_bucket_is_exact_at_a_billion_a_second(
        amount in prop_oneof![Just(1_000_000_000_u64), 1..=1_000_000_007_u64],
        per in prop_oneof![Just(1_000_000_000_u64), 1..=86_400_000_000_007_u64],
        gaps in prop::collection::vec(0..=86_400_000_000_000_u64, 60),
    ) {
        let burst = u64::MAX;
        let mut limiter = limiter(&[bucket(amount, per, burst)]);
        let mut now = Instant::START;
        let mut taken = u128::from(burst);
        let _all = admitted(limiter.admit(now, tokens(burst)));
        for gap in gaps {
            now = now.after(Span::from_nanos(gap));
            let came = u128::from(now.nanos()) * u128::from(amount) / u128::from(per);
            let left = limiter.standing(now).of(0).unwrap().remaining;
            prop_assert_eq!(u128::from(left), u128::from(burst) + came - taken);
            let _half = admitted(limiter.admit(now, tokens(left / 2)));
            taken += u128::from(left / 2);
        }
    }

    /// No interval holds more than the burst and what its length brings.
    #[test]
    fn a_bucket_never_gives_more_than_its_rate(
        amount in 1..=9_u64, per in 1..=90_u64, burst in 1..=20_u64,
        asks in prop::collection::vec((0..=40_u64, 0..=20_u64), 1..40),
    ) {
        let mut limiter = limiter(&[bucket(amount, per, burst)]);
        let mut now = Instant::START;
        let mut admissions = Vec::new();
        for (gap, asked) in asks {
            now = now.after(Span::from_nanos(gap));
            if matches!(limiter.admit(now, tokens(asked)), Decision::Admitted(_)) {
                admissions.push((now.nanos(), asked));
            }
        }
        for (first, &(from, _)) in admissions.iter().enumerate() {
            let mut total = 0;
            for &(to, asked) in &admissions[first..] {
                total += asked;
                prop_assert!(total <= burst + (to - from) * amount / per);
            }
        }
    }

    /// Each window is as long as it should be, and holds as much as it should.
    #[test]
    fn a_window_never_holds_more_than_its_capacity(
        capacity in 1..=20_u64, lasts in 1..=50_u64,
        asks in prop::collection::vec((0..=20_u64, 0..=9_u64), 1..60),
    ) {
        let mut limiter = limiter(&[window(capacity, lasts)]);
        let mut now = Instant::START;
        let mut open: Option<(Instant, u64)> = None;
        for (gap, asked) in asks {
            now = now.after(Span::from_nanos(gap));
            let admitted = matches!(limiter.admit(now, tokens(asked)), Decision::Admitted(_));
            match &mut open {
                Some((end, total)) if now < *end => {
                    prop_assert_eq!(admitted, *total + asked <= capacity);
                    *total += if admitted { asked } else { 0 };
                }
                Some(_) | None => {
                    prop_assert_eq!(admitted, asked <= capacity);
                    open = admitted.then(|| (now.after(Span::from_nanos(lasts)), asked)).or(open);
                }
            }
        }
    }
}

/// Thirty days of windows that open as soon as the last one has ended.
#[test]
fn windows_do_not_drift_in_thirty_days() {
    let mut limiter = limiter(&[window(1, 60_000_000_007)]);
    for count in 1..=43_200 {
        let now = limiter.standing(Instant::START).of(0).unwrap().resets_at;
        let _receipt = admitted(limiter.admit(now, tokens(1)));
        let Decision::Refused(refusal) = limiter.admit(now, tokens(1)) else { panic!("too much") };
        assert_eq!(refusal.retry_at.nanos(), count * 60_000_000_007);
    }
}

// Rule 7: a clock that is stale or goes back can only deny.

proptest! {
    #[test]
    fn a_clock_going_back_is_no_different_from_one_that_stands_still(
        worn in worn(), stale in nanos(), cost in cost(), spent in cost(),
    ) {
        let Worn { mut limiter, now, mut in_flight, .. } = worn.build();
        let mut punctual = limiter.clone();
        let early = Instant::from_nanos(now.nanos().saturating_sub(stale));
        prop_assert_eq!(limiter.peek(early, cost), punctual.peek(now, cost));
        prop_assert_eq!(standing(&limiter, early), standing(&punctual, now));
        prop_assert_eq!(limiter.admit(early, cost), punctual.admit(now, cost));
        if let Some(receipt) = in_flight.pop() {
            let (at, reserved) = (receipt.at(), receipt.reserved());
            limiter.settle(early, receipt, spent);
            // The same receipt once more, for the other limiter.
            let mut again = Limiter::new(Policy::unlimited());
            punctual.settle(now, admitted(again.admit(at, reserved)), spent);
        }
        prop_assert_eq!(format!("{limiter:?}"), format!("{punctual:?}"));
    }
}

// Rule 8: whoever is refused is told when to come back, never "now".

proptest! {
    /// Each meter says for itself when it would admit a request; the last of them to do so decides.
    #[test]
    fn a_refusal_is_the_latest_of_what_each_meter_says(worn in worn(), cost in cost()) {
        let Worn { limiter, now, meters, .. } = worn.build();
        let stands = limiter.standing(now);
        let each = meters.iter().enumerate();
        let each: Option<Vec<Instant>> = each
            .map(|(index, meter)| stands.admits_at(index, meter.quota().counts().of(cost)))
            .collect();
        let expected = match limiter.peek(now, cost) {
            Peek::Admits => Some(now),
            Peek::Refused(refusal) => Some(refusal.retry_at),
            Peek::TooLarge { .. } => None,
        };
        prop_assert_eq!(each.and_then(|each| each.into_iter().max()), expected);
        prop_assert_eq!(stands.admits_at(meters.len(), 0), None);
    }

    #[test]
    fn a_refusal_names_the_very_nanosecond(worn in worn(), cost in cost()) {
        let Worn { limiter, now, meters, .. } = worn.build();
        let Peek::Refused(refusal) = limiter.peek(now, cost) else { return Ok(()) };
        prop_assert!(refusal.retry_at > now);
        prop_assert_eq!(meters[refusal.meter].label(), refusal.by);
        if meters[refusal.meter].algorithm() == Algorithm::Concurrency {
            prop_assert_eq!(refusal.retry_at, Instant::END);
            prop_assert_eq!(limiter.peek(Instant::END, cost), Peek::Refused(refusal));
            return Ok(());
        }
        let one_early = Instant::from_nanos(refusal.retry_at.nanos() - 1);
        prop_assert_eq!(limiter.peek(one_early, cost), Peek::Refused(refusal));
        prop_assert_eq!(limiter.peek(refusal.retry_at, cost), Peek::Admits);
    }
}

// And whatever it is told.

proptest! {
    #[test]
    fn no_number_is_too_large_for_it(
        sizes in prop::collection::vec((extreme(), extreme(), extreme(), 0..12_u8), 1..=6),
        calls in prop::collection::vec((extreme(), extreme(), extreme(), any::<bool>()), 1..40),
    ) {
        let meters: Vec<_> = sizes.into_iter().filter_map(|(amount, per, burst, kind)| {
            let rate = Rate::every(Tokens(amount), Span::from_nanos(per))?;
            let per_window = Quota::tokens_per_window(rate, Span::from_nanos(burst));
            let quota = if kind % 2 == 0 { Quota::tokens_burst(rate, Tokens(burst)) } else { per_window };
            let quota = quota.ok()?;
            let by = |algorithm| Meter::by(algorithm, Label("by"), quota);
            let meter = match kind {
                0 => Meter::bucket(Label("bucket"), quota),
                1 => Meter::opened(Label("opened"), quota),
                2 => Meter::bucket(Label("bucket at completion"), quota).at_completion(),
                3 => by(Algorithm::Aligned).at_completion().carrying_debt(),
                4 | 5 => by(Algorithm::Aligned),
                6 | 7 => by(Algorithm::SlidingCounter),
                8 => by(Algorithm::SlidingCounter).at_completion(),
                9 => by(Algorithm::SlidingLog),
                10 => by(Algorithm::Concurrency),
                _ => Meter::opened(Label("carrying"), quota).at_completion().carrying_debt(),
            };
            // A log of so many instants is refused.
            Policy::new(&[meter]).is_ok().then_some(meter)
        }).collect();
        let mut limiter = limiter(&meters);
        let mut kept = Vec::new();
        for (at, asked, spent, keep) in calls {
            let at = Instant::from_nanos(at);
            if let Decision::Admitted(receipt) = limiter.admit(at, tokens(asked)) {
                kept.push(receipt);
            }
            if !keep && let Some(receipt) = kept.pop() {
                limiter.settle(at, receipt, tokens(spent));
            }
            for meter in limiter.standing(at).iter() {
                prop_assert!(meter.remaining <= meter.capacity);
                prop_assert!(meter.resets_at >= at.min(Instant::from_nanos(u64::MAX - 1)));
            }
        }
    }
}

/// Whoever keeps one limiter for every key wants to know.
#[test]
#[cfg(target_pointer_width = "64")]
fn what_they_take_in_memory() {
    let bytes = [size_of::<Limiter>(), size_of::<Receipt>(), size_of::<Decision>()];
    let [limiter, receipt, decision] = bytes;
    insta::assert_snapshot!(
        format!("limiter {limiter}, receipt {receipt}, decision {decision} bytes"),
        @"limiter 688, receipt 24, decision 40 bytes"
    );
}

// The cast.

const THIRTY_DAYS: Instant = Instant::START.after(Span::from_secs(30 * 86_400));

const fn tokens(tokens: u64) -> Cost {
    Cost::new(Requests(0), Tokens(tokens))
}

fn limiter(meters: &[Meter]) -> Limiter {
    Limiter::new(Policy::new(meters).unwrap())
}

fn bucket(amount: u64, per: u64, burst: u64) -> Meter {
    let rate = Rate::every(Tokens(amount), Span::from_nanos(per)).unwrap();
    Meter::bucket(Label("bucket"), Quota::tokens_burst(rate, Tokens(burst)).unwrap())
}

fn window(capacity: u64, lasts: u64) -> Meter {
    let lasts = Span::from_nanos(lasts);
    let rate = Rate::every(Tokens(capacity), lasts).unwrap();
    Meter::opened(Label("window"), Quota::tokens_per_window(rate, lasts).unwrap())
}

fn standing(limiter: &Limiter, at: Instant) -> Vec<MeterStanding> {
    limiter.standing(at).iter().collect()
}

fn admitted(decision: Decision) -> Receipt {
    let Decision::Admitted(receipt) = decision else { panic!("{decision:?}") };
    receipt
}
