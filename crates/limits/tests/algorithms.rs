//! What each algorithm promises beyond what all of them do: the bound on what it lets through, and
//! the room that it takes.
#![expect(clippy::unwrap_used, reason = "a cast that cannot be built fails its test")]

use limits::{
    Algorithm, Cost, Decision, Instant, Label, Limiter, Meter, Peek, Policy, Quota, Rate, Receipt,
    Requests, Span, Tokens,
};
use proptest::prelude::*;

/// Ten tokens in windows of a hundred nanoseconds: opened by the first at 30, the window would
/// last until 130.
#[test]
fn an_aligned_window_ends_by_the_clock() {
    let mut limiter = limiter(&[by(Algorithm::Aligned, 10, 100)]);
    let at = Instant::from_nanos;
    let first = admitted(limiter.admit(at(30), tokens(10)));
    assert_eq!(refused_until(&mut limiter, at(99), 1), 100);
    let _second = admitted(limiter.admit(at(100), tokens(4)));
    assert_eq!(standing(&limiter, at(100)), (6, 200));
    // What the first gives back belongs to a window that is over.
    limiter.refund(at(101), first);
    assert_eq!(standing(&limiter, at(101)), (6, 200));
    assert_eq!(standing(&limiter, at(250)), (10, 300), "a window nobody uses ends too");
}

/// Ten tokens in windows of a hundred nanoseconds. A window resets when it ends, whether the next one
/// was opened by then or not.
#[test]
fn the_last_reset_is_the_last_end_of_a_window() {
    let at = Instant::from_nanos;
    let ago = |limiter: &Limiter, now| {
        let last = limiter.standing(at(now)).last_reset();
        assert!(last.is_none_or(|last| last.window == Span::from_nanos(100)));
        last.map(|last| last.ago.nanos())
    };
    let mut opened = limiter(&[by(Algorithm::Opened, 10, 100)]);
    let _first = admitted(opened.admit(at(30), tokens(10)));
    assert_eq!((ago(&opened, 30), ago(&opened, 129)), (None, None));
    assert_eq!((ago(&opened, 130), ago(&opened, 150)), (Some(0), Some(20)));
    let _second = admitted(opened.admit(at(150), tokens(10)));
    assert_eq!(refused_until(&mut opened, at(160), 1), 250);
    assert_eq!((ago(&opened, 160), ago(&opened, 249)), (Some(30), Some(119)));
    assert_eq!((ago(&opened, 250), ago(&opened, 900)), (Some(0), Some(650)));

    let aligned = limiter(&[by(Algorithm::Aligned, 10, 100)]);
    assert_eq!(
        [50, 100, 199, 1_234].map(|now| ago(&aligned, now)),
        [None, Some(0), Some(99), Some(34)]
    );
    let bucket = limiter(&[by(Algorithm::Bucket, 10, 100)]);
    assert_eq!(ago(&bucket, 500), None, "a bucket has no windows");
}

/// Each goes a window after it came, and what is given back goes at once.
#[test]
fn a_sliding_log_gives_back_what_it_took_a_window_ago() {
    let mut limiter = limiter(&[by(Algorithm::SlidingLog, 10, 100)]);
    let at = Instant::from_nanos;
    let _first = admitted(limiter.admit(at(30), tokens(4)));
    let second = admitted(limiter.admit(at(60), tokens(5)));
    assert_eq!(standing(&limiter, at(60)), (1, 160));
    assert_eq!(refused_until(&mut limiter, at(60), 5), 130);
    assert_eq!(refused_until(&mut limiter, at(60), 6), 160);
    limiter.settle(at(70), second, tokens(2));
    let _third = admitted(limiter.admit(at(70), tokens(4)));
    assert_eq!(standing(&limiter, at(130)), (4, 170), "the first is gone");
}

/// Fifty a minute, of which 42 came in the last minute and 18 in this one, fifteen seconds old: a
/// rate of 42 × 45/60 + 18 = 49.5, as Cloudflare counts in "How we built rate limiting".
#[test]
fn a_sliding_counter_takes_the_last_window_by_its_share() {
    let minute = Span::from_secs(60).nanos();
    let mut limiter = limiter(&[by(Algorithm::SlidingCounter, 50, minute)]);
    let at = |secs| Instant::START.after(Span::from_secs(secs));
    let _last = admitted(limiter.admit(at(59), tokens(42)));
    let _this = admitted(limiter.admit(at(75), tokens(18)));
    assert_eq!(standing(&limiter, at(75)), (0, at(180).nanos()), "half a token is none");
    // One fits when the 42 count as 31: 44 and two sevenths of a second before their window is
    // over.
    let retry_at = refused_until(&mut limiter, at(75), 1);
    assert_eq!(retry_at, (at(120).nanos() * 42 - 31 * minute).div_ceil(42));
    let _fits = admitted(limiter.admit(Instant::from_nanos(retry_at), tokens(1)));
}

proptest! {
    /// What is left is the capacity less what those ask for that have not ended, whatever they
    /// cost in the end and whenever that is.
    #[test]
    fn a_cap_on_what_is_in_flight_holds_until_it_ends(
        capacity in 1..=20_u64,
        steps in prop::collection::vec((0..=1_000_u64, 0..=9_u64, any::<bool>(), 0..=50_u64), 1..60),
    ) {
        let quota = Quota::tokens_at_once(Tokens(capacity)).unwrap();
        let mut limiter = limiter(&[Meter::by(Algorithm::Concurrency, Label("cap"), quota)]);
        let (mut now, mut in_flight) = (Instant::START, Vec::new());
        for (gap, asked, ends, spent) in steps {
            now = now.after(Span::from_nanos(gap));
            let held = |in_flight: &[Receipt]| -> u64 {
                in_flight.iter().map(|receipt| receipt.reserved().tokens.0).sum()
            };
            let free = capacity - held(&in_flight);
            match limiter.admit(now, tokens(asked)) {
                Decision::Admitted(receipt) => {
                    prop_assert!(asked <= free);
                    in_flight.push(receipt);
                }
                Decision::Refused(refusal) => {
                    prop_assert!(free < asked && asked <= capacity);
                    prop_assert_eq!(refusal.retry_at, Instant::END);
                }
                Decision::TooLarge { most, .. } => {
                    prop_assert_eq!(most, capacity);
                    prop_assert!(asked > capacity);
                }
            }
            if ends && !in_flight.is_empty() {
                limiter.settle(now, in_flight.remove(0), tokens(spent));
            }
            let held = held(&in_flight);
            let stands = limiter.standing(now).of(0).unwrap();
            let resets_at = if held == 0 { now } else { Instant::END };
            prop_assert_eq!((stands.remaining, stands.resets_at), (capacity - held, resets_at));
        }
    }

    /// The promise of a sliding log, which no other algorithm keeps.
    #[test]
    fn no_span_as_long_as_a_window_holds_more_than_a_sliding_log_allows(
        capacity in 1..=20_u64, lasts in 1..=50_u64,
        asks in prop::collection::vec((0..=20_u64, 0..=9_u64), 1..60),
    ) {
        let mut limiter = limiter(&[by(Algorithm::SlidingLog, capacity, lasts)]);
        let (mut now, mut admissions) = (0, Vec::new());
        for (gap, asked) in asks {
            now += gap;
            let within: u64 = admissions.iter()
                .filter(|(at, _)| at + lasts > now).map(|(_, amount)| amount).sum();
            let fits = asked == 0 || within + asked <= capacity;
            let admitted = limiter.admit(Instant::from_nanos(now), tokens(asked));
            if asked <= capacity {
                prop_assert_eq!(matches!(admitted, Decision::Admitted(_)), fits);
            }
            if matches!(admitted, Decision::Admitted(_)) {
                admissions.push((now, asked));
            }
        }
    }

    /// Its estimate may be wrong about when, and never by more than one window's capacity.
    #[test]
    fn a_sliding_counter_allows_at_most_two_capacities_in_a_window(
        capacity in 1..=20_u64, lasts in 1..=50_u64,
        asks in prop::collection::vec((0..=20_u64, 0..=9_u64), 1..60),
    ) {
        let mut limiter = limiter(&[by(Algorithm::SlidingCounter, capacity, lasts)]);
        let (mut now, mut admissions) = (0, Vec::new());
        for (gap, asked) in asks {
            now += gap;
            let decision = limiter.admit(Instant::from_nanos(now), tokens(asked));
            if matches!(decision, Decision::Admitted(_)) {
                admissions.push((now, asked));
            }
            let within = admissions.iter().filter(|(at, _)| at + lasts > now);
            prop_assert!(within.map(|(_, amount)| amount).sum::<u64>() <= 2 * capacity);
        }
    }
}

/// Thirty days of a window's requests at each beginning of the clock's windows: all of them go,
/// and none between, whatever the length.
#[test]
fn aligned_windows_do_not_drift_in_thirty_days() {
    let lasts = 60_000_000_007;
    let mut limiter = limiter(&[by(Algorithm::Aligned, 1, lasts)]);
    for count in 0..43_200 {
        let now = Instant::from_nanos(count * lasts);
        let _receipt = admitted(limiter.admit(now, tokens(1)));
        let Decision::Refused(refusal) = limiter.admit(now, tokens(1)) else { panic!("too much") };
        assert_eq!(refusal.retry_at.nanos(), (count + 1) * lasts);
    }
}

/// However long it runs, and however many it admits, a log needs no more room than it began with.
#[test]
fn a_sliding_log_knows_no_more_instants_than_its_capacity() {
    let mut limiter = limiter(&[by(Algorithm::SlidingLog, 3, 1_000)]);
    let mut free = Vec::new();
    for now in 0..100 {
        // Who asks for nothing always goes; what it costs is known at the end.
        free.push(admitted(limiter.admit(Instant::from_nanos(now), tokens(0))));
    }
    for receipt in free {
        limiter.settle(Instant::from_nanos(500), receipt, tokens(1));
    }
    assert_eq!(format!("{limiter:?}").matches("Entry").count(), 3);
    // Of a hundred tokens, the last three alone fill it until the first of those is a window old.
    let refusal = limiter.peek(Instant::from_nanos(500), tokens(1));
    let Peek::Refused(refusal) = refusal else { panic!("{refusal:?}") };
    assert_eq!(refusal.retry_at.nanos(), 1_097);
}

// The cast.

const fn tokens(tokens: u64) -> Cost {
    Cost::new(Requests(0), Tokens(tokens))
}

fn limiter(meters: &[Meter]) -> Limiter {
    Limiter::new(Policy::new(meters).unwrap())
}

fn by(algorithm: Algorithm, capacity: u64, lasts: u64) -> Meter {
    let lasts = Span::from_nanos(lasts);
    let rate = Rate::every(Tokens(capacity), lasts).unwrap();
    Meter::by(algorithm, Label("by"), Quota::tokens_per_window(rate, lasts).unwrap())
}

fn refused_until(limiter: &mut Limiter, at: Instant, asked: u64) -> u64 {
    let Decision::Refused(refusal) = limiter.admit(at, tokens(asked)) else { panic!("it passed") };
    refusal.retry_at.nanos()
}

fn standing(limiter: &Limiter, at: Instant) -> (u64, u64) {
    let meter = limiter.standing(at).of(0).unwrap();
    (meter.remaining, meter.resets_at.nanos())
}

fn admitted(decision: Decision) -> Receipt {
    let Decision::Admitted(receipt) = decision else { panic!("{decision:?}") };
    receipt
}
