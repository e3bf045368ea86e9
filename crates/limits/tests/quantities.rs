//! Time, rates, quotas and policies: what can be written down, and what it then means.

use std::cmp::Ordering;
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};

use limits::{
    Algorithm, Charge, Clock, Counts, Debt, Instant, Label, METERS_MAX, ManualClock, Meter, Per,
    Policy, PolicyError, Quota, QuotaError, Rate, Requests, Span, Tokens,
};
use proptest::prelude::*;

#[test]
fn time_stops_at_its_ends() {
    assert_eq!(Instant::END.after(Span::from_nanos(1)), Instant::END);
    assert_eq!(Instant::START.since(Instant::from_nanos(5)), Span::ZERO);
    assert_eq!(Instant::from_nanos(5).since(Instant::START), Span::from_nanos(5));
    assert_eq!(Span::MAX.plus(Span::from_nanos(1)), Span::MAX);
    assert_eq!(Span::from_secs(u64::MAX), Span::MAX);
    assert_eq!(Span::from_millis(u64::MAX), Span::MAX);
    assert_eq!(Span::from_micros(u64::MAX), Span::MAX);
    assert!(Span::ZERO.is_zero() && !Span::from_nanos(1).is_zero());
    assert_eq!(Span::from_millis(8_571).to_string(), "8.571000000s");
}

#[test]
fn a_manual_clock_stands_still_until_it_is_moved() {
    let clock = ManualClock::new(Instant::from_nanos(7));
    assert_eq!([clock.now(), clock.now()], [Instant::from_nanos(7); 2]);
    clock.advance(Span::from_nanos(3));
    assert_eq!(clock.now(), Instant::from_nanos(10));
    assert_eq!(ManualClock::default().now(), Instant::START);
}

/// The capacities that were recorded, and those that a rulebook will ask for.
#[test]
fn capacities_are_rounded_half_up() {
    let a_minute = |amount| Rate::new(Requests(amount), Per::Minute);
    let two = Span::from_secs(2);
    let capacities = [60, 240, 600, 1_500, 2_400, 6_000].map(|rpm| a_minute(rpm).over(two));
    assert_eq!(capacities, [2, 8, 20, 50, 80, 200]);
    assert_eq!(a_minute(10).over(Span::from_secs(6)), 1);
    // 1.5 becomes 2, 0.5 becomes 1, and what lies below 0.5 is nothing.
    assert_eq!([45, 15, 14].map(|rpm| a_minute(rpm).over(two)), [2, 1, 0]);
    // 250,000 tokens a minute are 4,166.67 a second.
    assert_eq!(Rate::new(Tokens(250_000), Per::Minute).over(Span::from_secs(1)), 4_167);
}

#[test]
fn rates_are_shown_in_ten_decimals() {
    let shown = |amount, per| Rate::new(Requests(amount), per).in_1e10_per_second();
    assert_eq!(shown(600, Per::Minute), 100_000_000_000);
    assert_eq!(shown(10, Per::Minute), 1_666_666_667);
    assert_eq!(shown(6, Per::Minute), 1_000_000_000);
    assert_eq!(shown(1, Per::Day), 115_741);
    assert_eq!(shown(u64::MAX, Per::Second), u64::MAX);
    assert_eq!(Rate::new(Requests(1), Per::Hour).per_minute(), 0);
    assert_eq!(Rate::new(Requests(30), Per::Hour).per_minute(), 1);
}

#[test]
fn the_usual_denominators() {
    let secs = [Per::Second, Per::Minute, Per::Hour, Per::Day].map(|per| per.span().nanos());
    assert_eq!(secs, [1, 60, 3_600, 86_400].map(|secs| secs * 1_000_000_000));
    assert_eq!(Rate::every(Requests(1), Span::ZERO), None);
    let written = Rate::every(Requests(4), Span::from_secs(6)).unwrap();
    assert_eq!((written.amount(), written.per_span()), (Requests(4), Span::from_secs(6)));
}

proptest! {
    /// `over` is the nearest whole number to amount × span / per, and the upper one of two.
    #[test]
    fn over_is_the_nearest_whole_number(
        amount in any::<u32>(), per in 1..=u64::from(u32::MAX), span in any::<u32>(),
    ) {
        let rate = Rate::every(Tokens(amount.into()), Span::from_nanos(per)).unwrap();
        let over = rate.over(Span::from_nanos(span.into()));
        let (twice, exact) = (u128::from(over) * 2, u128::from(amount) * u128::from(span) * 2);
        let per = u128::from(per);
        prop_assert!((twice + 1) * per > exact && exact + per >= twice * per);
    }

    /// Two rates are equal, and hashed alike, when they are equally fast.
    #[test]
    fn a_rate_is_the_fraction_it_stands_for(
        a in 1..=90_u64, b in 1..=90_u64, c in 1..=90_u64, d in 1..=90_u64, k in 1..=1_000_000_u64,
    ) {
        let rate = |amount, per| Rate::every(Requests(amount), Span::from_nanos(per)).unwrap();
        prop_assert_eq!(rate(a, b).cmp(&rate(c, d)), (a * d).cmp(&(c * b)));
        prop_assert_eq!(rate(a, b).partial_cmp(&rate(a * k, b * k)), Some(Ordering::Equal));
        prop_assert_eq!(rate(a, b) == rate(c, d), a * d == c * b);
        prop_assert_eq!(hash(rate(a, b)), hash(rate(a * k, b * k)));
        prop_assert!(hash(rate(a, b)) != hash(rate(a, b + 1)));
        prop_assert_eq!(rate(a, b).scaled(c, d), rate(a * c, b * d));
    }
}

proptest! {
    /// Four factors of 64 bits do not fit two numbers of 64 bits; all but the last bits do.
    #[test]
    fn a_rate_scaled_beyond_what_can_be_written_is_close(
        [a, b, c, d] in prop::array::uniform4(1_u64 << 62..=u64::MAX),
    ) {
        let scaled = Rate::every(Tokens(a), Span::from_nanos(b)).unwrap().scaled(c, d);
        let is = scaled.amount().0 as f64 / scaled.per_span().nanos() as f64;
        let exact = (a as f64 / b as f64) * (c as f64 / d as f64);
        prop_assert!((is / exact - 1.0).abs() < 1e-12, "{is} and {exact}");
    }
}

fn hash(rate: Rate<Requests>) -> u64 {
    let mut hasher = DefaultHasher::new();
    rate.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn a_scaled_rate_is_exact_or_as_close_as_can_be_written() {
    let rate = Rate::new(Tokens(250_000), Per::Minute);
    assert_eq!(rate.scaled(1, 3).scaled(3, 1), rate);
    assert_eq!(rate.scaled(0, 7).amount(), Tokens(0));
    let in_a_second = |rate: Rate<Tokens>| rate.over(Span::from_secs(1));
    let one = Rate::every(Tokens(u64::MAX), Span::MAX).unwrap();
    assert_eq!(in_a_second(one.scaled(u64::MAX - 1, u64::MAX)), 1_000_000_000);
    let tiny = Rate::every(Tokens(1), Span::MAX).unwrap().scaled(1, u64::MAX);
    assert_eq!(tiny.amount(), Tokens(0));
    let beyond = rate.scaled(1, 0);
    assert_eq!((beyond.amount(), beyond.per_span()), (Tokens(u64::MAX), Span::from_nanos(1)));
    assert_eq!(rate.scaled(0, 0).amount(), Tokens(0));
}

#[test]
fn a_quota_says_what_it_was_made_of() {
    let rate = Rate::new(Tokens(250_000), Per::Minute);
    let quota = Quota::tokens_per_window(rate, Span::from_secs(60)).unwrap();
    assert_eq!((quota.counts(), quota.capacity()), (Counts::Tokens, 250_000));
    assert_eq!((quota.amount(), quota.per()), (1, Span::from_nanos(240_000)));
    assert_eq!(quota.window(), Span::from_secs(60));
    // Seven a minute fill three places in 180/7 s, a nanosecond counted as soon as it has begun.
    let rate = Rate::new(Requests(7), Per::Minute);
    let quota = Quota::requests_burst(rate, Requests(3)).unwrap();
    assert_eq!((quota.counts(), quota.capacity()), (Counts::Requests, 3));
    assert_eq!(quota.window(), Span::from_nanos(25_714_285_715));
}

#[test]
fn what_makes_no_sense_makes_no_quota() {
    let rate = |amount| Rate::new(Requests(amount), Per::Minute);
    let in_window = |amount, window| Quota::requests_per_window(rate(amount), window).unwrap_err();
    let saved_up = |amount, burst| Quota::requests_burst(rate(amount), burst).unwrap_err();
    assert_eq!(in_window(0, Span::from_secs(2)), QuotaError::ZeroRate);
    assert_eq!(in_window(1, Span::ZERO), QuotaError::ZeroWindow);
    assert_eq!(in_window(14, Span::from_secs(2)), QuotaError::ZeroCapacity);
    assert_eq!(in_window(u64::MAX, Span::from_secs(61)), QuotaError::OutOfRange);
    assert_eq!(saved_up(0, Requests(1)), QuotaError::ZeroRate);
    assert_eq!(saved_up(1, Requests(0)), QuotaError::ZeroCapacity);
    let said: &dyn Error = &QuotaError::ZeroCapacity;
    assert_eq!(said.to_string(), "nothing fits: the capacity rounds to zero");
}

#[test]
fn what_makes_no_sense_makes_no_policy() {
    let rate = Rate::new(Requests(60), Per::Minute);
    let quota = Quota::requests_per_window(rate, Span::from_secs(2)).unwrap();
    let opened = Meter::opened(Label("opened"), quota);
    let bucket = Meter::bucket(Label("bucket"), quota);
    let refused = |meters: &[Meter]| Policy::new(meters).unwrap_err();
    assert_eq!(refused(&[opened; METERS_MAX + 1]), PolicyError::TooManyMeters { given: 7 });

    let not_earlier = |meter, leader| PolicyError::LeaderNotEarlier { meter, leader };
    assert_eq!(refused(&[opened.shown_with(0)]), not_earlier(0, 0));
    assert_eq!(refused(&[opened.shown_with(1), opened]), not_earlier(0, 1));
    assert_eq!(refused(&[opened, opened.shown_with(9)]), not_earlier(1, 9));

    let opens_nothing = |meter, leader| PolicyError::LeaderOpensNothing { meter, leader };
    assert_eq!(refused(&[bucket, opened.shown_with(0)]), opens_nothing(1, 0));
    let shown = opened.shown_with(0);
    assert_eq!(refused(&[opened, shown, opened.shown_with(1)]), opens_nothing(2, 1));

    let cannot_carry = |meter| PolicyError::CannotCarryDebt { meter };
    assert_eq!(refused(&[opened.carrying_debt()]), cannot_carry(0));
    assert_eq!(refused(&[opened, shown.carrying_debt()]), cannot_carry(1));
    assert_eq!(refused(&[opened, opened.carrying_debt().shown_with(0)]), cannot_carry(1));
    let said: &dyn Error = &cannot_carry(1);
    assert_eq!(said.to_string(), "meter 1 carries debt but is no window charged at completion");
}

#[test]
fn what_an_algorithm_cannot_do_makes_no_policy() {
    let second = Span::from_secs(1);
    let rate = Rate::new(Tokens(60), Per::Minute);
    let quota = Quota::tokens_per_window(rate, second).unwrap();
    let refused = |meter: Meter| Policy::new(&[meter]).unwrap_err();
    let by = |algorithm| Meter::by(algorithm, Label("by"), quota);

    let aligned = by(Algorithm::Aligned);
    assert!(Policy::new(&[aligned.at_completion().carrying_debt()]).is_ok());
    let cannot_carry = PolicyError::CannotCarryDebt { meter: 0 };
    assert_eq!(refused(aligned.carrying_debt()), cannot_carry);
    assert_eq!(refused(aligned.only_shown().carrying_debt()), cannot_carry);
    for algorithm in [Algorithm::SlidingLog, Algorithm::SlidingCounter] {
        assert_eq!(refused(by(algorithm).at_completion().carrying_debt()), cannot_carry);
    }
    assert!(Policy::new(&[by(Algorithm::Gcra).carrying_debt()]).is_ok(), "it always does");

    let at_once = Quota::tokens_at_once(Tokens(8)).unwrap();
    let cap = Meter::by(Algorithm::Concurrency, Label("cap"), at_once);
    let nothing = PolicyError::NothingInFlight { meter: 0 };
    assert_eq!([refused(cap.at_completion()), refused(cap.only_shown())], [nothing; 2]);
    assert_eq!(refused(Meter::bucket(Label("bucket"), at_once)), PolicyError::NoRate { meter: 0 });
    assert_eq!(Quota::requests_at_once(Requests(0)), Err(QuotaError::ZeroCapacity));

    let most = 4_194_304;
    let log = |capacity| {
        let rate = Rate::every(Tokens(capacity), second).unwrap();
        let quota = Quota::tokens_per_window(rate, second).unwrap();
        Meter::by(Algorithm::SlidingLog, Label("log"), quota)
    };
    assert!(Policy::new(&[log(most)]).is_ok());
    let too_long = PolicyError::LogTooLong { meter: 0, capacity: most + 1 };
    assert_eq!(refused(log(most + 1)), too_long);
    let said = [nothing, PolicyError::NoRate { meter: 0 }, too_long].map(|why| why.to_string());
    assert_eq!(
        said,
        [
            "meter 0 caps what is in flight but is charged at completion",
            "meter 0 has a quota without a rate",
            "meter 0 logs up to 4194305 instants, and a log holds 4194304",
        ]
    );
}

#[test]
fn only_windows_opened_by_requests_lead_what_is_shown() {
    let rate = Rate::new(Requests(60), Per::Minute);
    let quota = Quota::requests_per_window(rate, Span::from_secs(2)).unwrap();
    let shown = Meter::opened(Label("shown"), quota).shown_with(0);
    for algorithm in [Algorithm::Aligned, Algorithm::SlidingLog, Algorithm::Gcra] {
        let leader = Meter::by(algorithm, Label("leader"), quota);
        let opens_nothing = PolicyError::LeaderOpensNothing { meter: 1, leader: 0 };
        assert_eq!(Policy::new(&[leader, shown]), Err(opens_nothing));
    }
    let only_shown = Meter::by(Algorithm::Aligned, Label("shown"), quota).only_shown();
    assert_eq!((only_shown.decides(), only_shown.leader()), (false, None));
    assert_eq!(only_shown.charge(), Charge::AtCompletion);
}

#[test]
fn a_policy_keeps_its_meters_in_order() {
    let rate = Rate::new(Requests(60), Per::Minute);
    let quota = Quota::requests_per_window(rate, Span::from_secs(2)).unwrap();
    let meters = [
        Meter::opened(Label("opened"), quota),
        Meter::opened(Label("carries"), quota).carrying_debt().at_completion(),
        Meter::bucket(Label("bucket"), quota).carrying_debt(),
        Meter::bucket(Label("shown"), quota).shown_with(0),
    ];
    let policy = Policy::new(&meters).unwrap();
    assert_eq!(policy.meters(), meters);
    let written = policy.meters().iter().map(|meter| {
        (meter.label().to_string(), meter.algorithm(), meter.charge(), meter.debt(), meter.leader())
    });
    let expected = [
        ("opened", Algorithm::Opened, Charge::AtAdmission, Debt::Forgotten, None),
        ("carries", Algorithm::Opened, Charge::AtCompletion, Debt::Carried, None),
        ("bucket", Algorithm::Bucket, Charge::AtAdmission, Debt::Carried, None),
        ("shown", Algorithm::Opened, Charge::AtCompletion, Debt::Forgotten, Some(0)),
    ];
    assert!(written.eq(expected.map(|(label, a, c, d, l)| (label.to_owned(), a, c, d, l))));
    assert_eq!(Policy::new(&[]), Ok(Policy::unlimited()));
}
