//! Histories short enough to be worked out on paper. Each of them would go differently under the
//! reading of the rule that it does not take.
#![expect(clippy::unwrap_used, reason = "a cast that cannot be built fails its test")]

use limits::{
    Cost, Decision, Instant, Label, Limiter, Meter, Peek, Per, Policy, Quota, Rate, Receipt,
    Refusal, Requests, Span, Tokens,
};

/// Sixty requests a minute, as recorded in July 2025 on an account with that limit: the window
/// lasts two seconds and shows `remaining` 1, 0, and then the refusals.
#[test]
fn the_burst_recorded_at_sixty_a_minute() {
    let mut limiter = limiter(&[requests(60, secs(2))]);
    let story = [(0, Ok(1)), (190, Ok(0)), (210, Err(2_000)), (350, Err(2_000)), (2_000, Ok(1))];
    for (at, outcome) in story {
        assert_eq!(ask(&mut limiter, ms(at)), outcome.map_err(ms), "at {at} ms");
        let ends = if at < 2_000 { ms(2_000) } else { ms(4_000) };
        assert_eq!(standing(&limiter, ms(at), 0).1, ends, "at {at} ms");
    }
}

/// Below one request in two seconds, the window is as long as one request takes.
#[test]
fn ten_a_minute_is_one_in_six_seconds() {
    let mut limiter = limiter(&[requests(10, secs(6))]);
    let story = [(0, Ok(0)), (5_999, Err(6_000)), (6_000, Ok(0)), (11_999, Err(12_000))];
    for (at, outcome) in story {
        assert_eq!(ask(&mut limiter, ms(at)), outcome.map_err(ms), "at {at} ms");
    }
}

/// Six hundred a minute shows 19 after the first request: twice the limit per second, less one.
#[test]
fn capacity_is_limit_times_window() {
    for (per_minute, first_shows) in [(600, 19), (240, 7), (60, 1), (360, 11), (2_400, 79)] {
        let mut limiter = limiter(&[requests(per_minute, secs(2))]);
        assert_eq!(ask(&mut limiter, ms(0)), Ok(first_shows), "{per_minute} a minute");
    }
}

/// Aligned to the clock, the windows would change at 2 s and 4 s.
#[test]
fn a_window_is_opened_by_its_first_request_and_not_by_the_clock() {
    let mut limiter = limiter(&[requests(30, secs(2))]);
    assert_eq!(ask(&mut limiter, ms(1_300)), Ok(0));
    assert_eq!(ask(&mut limiter, ms(2_000)), Err(ms(3_300)));
    assert_eq!(ask(&mut limiter, ms(3_299)), Err(ms(3_300)));
    assert_eq!(ask(&mut limiter, ms(3_300)), Ok(0));
}

/// Back to back, the second window would be the one from 2 s to 4 s.
#[test]
fn the_next_window_opens_with_the_next_request() {
    let mut limiter = limiter(&[requests(30, secs(2))]);
    assert_eq!(ask(&mut limiter, ms(0)), Ok(0));
    assert_eq!(standing(&limiter, ms(3_500), 0), (1, ms(3_500)), "nothing is open");
    assert_eq!(ask(&mut limiter, ms(3_500)), Ok(0));
    assert_eq!(ask(&mut limiter, ms(4_000)), Err(ms(5_500)));
}

/// A log of the last two seconds would refuse the third and the fourth.
#[test]
fn a_window_forgets_all_at_once() {
    let mut limiter = limiter(&[requests(60, secs(2))]);
    let times = [0, 1_999, 2_000, 2_001];
    assert_eq!(times.map(|at| ask(&mut limiter, ms(at)).is_ok()), [true; 4]);
}

/// If the refusals of the token meter opened the request meter's window, it would end at 62 s; if
/// they were counted, nothing would be left of it.
#[test]
fn a_refusal_consumes_nothing_and_opens_nothing() {
    let mut limiter = limiter(&[requests(60, secs(2)), tokens_gate(1_000)]);
    let receipt = admitted(&mut limiter, ms(0), ONE);
    limiter.settle(ms(1_000), receipt, used(1_000));
    for at in [60_000, 60_500] {
        let refusal = refused(&mut limiter, ms(at), ONE);
        assert_eq!((refusal.by, refusal.retry_at), (Label("tokens"), ms(61_000)));
        assert_eq!(standing(&limiter, ms(at), 0), (2, ms(at)));
    }
    let _receipt = admitted(&mut limiter, ms(61_000), ONE);
    assert_eq!(standing(&limiter, ms(61_000), 0), (1, ms(63_000)));
}

/// A prompt of 3,532 tokens was seen to pass a limit of 3,000.
#[test]
fn a_meter_charged_at_completion_does_not_compare_the_size_of_the_request() {
    let mut limiter = limiter(&[tokens_gate(3_000)]);
    let receipt = admitted(&mut limiter, ms(0), asking(3_532));
    assert_eq!(standing(&limiter, ms(0), 0), (3_000, ms(0)), "nothing is charged yet");
    limiter.settle(ms(400), receipt, used(2_999));
    let _receipt = admitted(&mut limiter, ms(500), asking(3_532));
}

/// With "more than the capacity" instead of "as much as", the second request would pass.
#[test]
fn charges_that_reach_the_capacity_close_the_gate() {
    let mut limiter = limiter(&[tokens_gate(3_000)]);
    let first = admitted(&mut limiter, ms(0), ONE);
    limiter.settle(ms(100), first, used(3_000));
    assert_eq!(refused(&mut limiter, ms(101), asking(0)).retry_at, ms(60_100));
}

/// The window would end at 60 s if the admission opened it, or at 62 s if the last charge did.
#[test]
fn a_window_charged_at_completion_opens_with_its_first_charge() {
    let mut limiter = limiter(&[tokens_gate(1_000)]);
    let (first, second) =
        (admitted(&mut limiter, ms(0), ONE), admitted(&mut limiter, ms(500), ONE));
    limiter.settle(ms(1_000), second, used(600));
    limiter.settle(ms(2_000), first, used(600));
    assert_eq!(refused(&mut limiter, ms(2_000), ONE).retry_at, ms(61_000));
}

/// A charge of nothing is none: it opens no window that a later, real one would then fall into.
#[test]
fn a_request_that_used_nothing_opens_nothing() {
    let mut limiter = limiter(&[tokens_gate(1_000)]);
    let (free, given_back, paid) = (
        admitted(&mut limiter, ms(0), ONE),
        admitted(&mut limiter, ms(0), ONE),
        admitted(&mut limiter, ms(0), ONE),
    );
    limiter.settle(ms(1_000), free, used(0));
    limiter.refund(ms(2_000), given_back);
    assert_eq!(standing(&limiter, ms(2_000), 0), (1_000, ms(2_000)));
    limiter.settle(ms(3_000), paid, used(1));
    assert_eq!(standing(&limiter, ms(3_000), 0), (999, ms(63_000)));
}

/// Charged 900 of 250 in one window. Forgotten, each window starts full. Carried, the next starts
/// with the 650 beyond the capacity, and each whole window without a charge pays 250 of it back.
#[test]
fn debt_is_forgotten_or_carried() {
    // At these seconds 10 tokens are charged; what is then left of 250?
    let story = |meter: Meter, charged_at: [u64; 4]| {
        let mut limiter = limiter(&[meter]);
        charge(&mut limiter, ms(10_000), 900);
        charged_at.map(|at| {
            let at = ms(at * 1_000);
            charge(&mut limiter, at, 10);
            standing(&limiter, at, 0).0
        })
    };
    let forgets = tokens_gate(250);
    let carries = tokens_gate(250).carrying_debt();
    // Windows: 10 to 70, 70 to 130, 130 to 190, 200 to 260, 330 to 390.
    assert_eq!(story(forgets, [70, 130, 200, 330]), [240, 240, 240, 240]);
    // They start with 650, then 660 - 250 = 410, then 420 - 250 = 170, and then nothing: the 180
    // are below the capacity.
    assert_eq!(story(carries, [70, 130, 200, 330]), [0, 0, 70, 240]);
    // The third opens 59 s after the second has ended, the fourth 60 s after the third: no whole
    // window in between, and then one. 660 - 250 = 410, and 420 - 250 - 250 is nothing.
    assert_eq!(story(carries, [70, 189, 309, 370]), [0, 0, 240, 240]);
}

/// Debt does not close a gate by itself: it counts from the charge that opens the next window.
#[test]
fn carried_debt_refuses_nothing_until_a_window_opens() {
    let mut limiter = limiter(&[tokens_gate(250).carrying_debt()]);
    charge(&mut limiter, ms(10_000), 900);
    assert_eq!(refused(&mut limiter, ms(69_999), ONE).retry_at, ms(70_000));
    let receipt = admitted(&mut limiter, ms(70_000), ONE);
    assert_eq!(standing(&limiter, ms(70_000), 0), (0, ms(70_000)), "as if one opened now");
    assert_eq!(standing(&limiter, ms(249_999), 0), (100, ms(249_999)));
    limiter.settle(ms(75_000), receipt, used(10));
    assert_eq!(refused(&mut limiter, ms(75_000), ONE).retry_at, ms(135_000));
}

/// Recorded: 3,000 tokens a second, shown as 919 after 33 + 2,048, and as 551 after 37 + 1,652 and
/// 37 + 723. They refuse nobody, not even when they are used up.
#[test]
fn shown_tokens_count_what_has_ended_in_the_window_of_the_requests() {
    let mut limiter = limiter(&[requests(600, secs(2)), tokens_shown(180_000)]);
    for (usage, shown) in [(vec![2_081], 919), (vec![1_689, 760], 551), (vec![9_000], 0)] {
        let start = limiter.standing(Instant::START).of(0).unwrap().resets_at;
        let receipts: Vec<_> =
            usage.iter().map(|_| admitted(&mut limiter, start, asking(99_999))).collect();
        assert_eq!(standing(&limiter, start, 1), (3_000, start.after(secs(2))), "full again");
        for (receipt, tokens) in receipts.into_iter().zip(usage) {
            limiter.settle(start.after(secs(1)), receipt, used(tokens));
        }
        assert_eq!(standing(&limiter, start.after(secs(1)), 1), (shown, start.after(secs(2))));
        let _receipt = admitted(&mut limiter, start.after(secs(1)), asking(99_999));
    }
}

/// A charge between two windows stays on the counter until the next one opens; with windows of its
/// own, the counter would be full again at 2 s, or its new window would reach beyond 5 s.
#[test]
fn shown_tokens_have_no_window_of_their_own() {
    let mut limiter = limiter(&[requests(600, secs(2)), tokens_shown(60_000)]);
    let (first, second) =
        (admitted(&mut limiter, ms(0), ONE), admitted(&mut limiter, ms(100), ONE));
    limiter.settle(ms(1_000), first, used(300));
    limiter.settle(ms(4_000), second, used(500));
    assert_eq!(standing(&limiter, ms(4_000), 1), (200, ms(4_000)));
    let _receipt = admitted(&mut limiter, ms(4_500), ONE);
    assert_eq!(standing(&limiter, ms(4_500), 1), (1_000, ms(6_500)));
}

/// A charge that opens its leader's window is the first in it.
#[test]
fn a_shown_meter_can_follow_one_that_is_charged_at_completion() {
    let shown = quota(Rate::new(Tokens(400), Per::Minute), secs(60));
    let follower = Meter::opened(Label("shown"), shown).shown_with(0);
    let mut limiter = limiter(&[tokens_gate(1_000), follower]);
    charge(&mut limiter, ms(0), 100);
    charge(&mut limiter, ms(1_000), 100);
    assert_eq!(standing(&limiter, ms(1_000), 1), (200, ms(60_000)));
    charge(&mut limiter, ms(60_000), 50);
    assert_eq!(standing(&limiter, ms(60_000), 1), (350, ms(120_000)));
}

/// The first to refuse is not the label: the one that refuses longest is.
#[test]
fn of_several_that_refuse_the_latest_is_named() {
    let mut limiter = limiter(&[requests(30, secs(2)), tokens_gate(100), named("other", 6, 10)]);
    charge(&mut limiter, ms(0), 100);
    let refusal = refused(&mut limiter, ms(1_000), ONE);
    let latest = Refusal { by: Label("tokens"), meter: 1, retry_at: ms(60_000) };
    assert_eq!(refusal, latest);
}

/// Where several end together, the first in the policy is named.
#[test]
fn of_several_that_refuse_equally_long_the_first_is_named() {
    let mut limiter = limiter(&[named("one", 30, 2), named("two", 30, 2)]);
    assert_eq!(ask(&mut limiter, ms(0)), Ok(0));
    assert_eq!(refused(&mut limiter, ms(1), ONE).by, Label("one"));
}

/// A model's own limit takes the place of the tier's request meter and refuses under its own name.
#[test]
fn a_refusal_carries_the_label_of_the_meter() {
    let mut limiter = limiter(&[named("model", 120, 2), tokens_gate(1_000)]);
    let outcomes: Vec<_> = (0..5).map(|i| ask(&mut limiter, ms(i))).collect();
    assert_eq!(outcomes, [Ok(3), Ok(2), Ok(1), Ok(0), Err(ms(2_000))]);
    assert_eq!(refused(&mut limiter, ms(5), ONE).by, Label("model"));
}

/// Either meter alone would take the second request, one of them only if charged nothing for it.
#[test]
fn a_request_that_one_meter_refuses_is_charged_to_none() {
    let mut limiter = limiter(&[requests(120, secs(2)), tokens_ahead(100)]);
    let _first = admitted(&mut limiter, ms(0), asking(60));
    assert_eq!(refused(&mut limiter, ms(1), asking(60)).by, Label("tokens ahead"));
    assert_eq!(standing(&limiter, ms(1), 0).0, 3);
    let _second = admitted(&mut limiter, ms(2), asking(40));
    assert_eq!((standing(&limiter, ms(2), 0).0, standing(&limiter, ms(2), 1).0), (2, 0));
}

/// The first receipt's window ended at 2 s. If it were charged to whatever is open, 150 of the
/// second window's would be gone; if its refund landed there, more than 30 would be left.
#[test]
fn a_receipt_settles_in_the_window_it_was_taken_in_or_nowhere() {
    let mut limiter = limiter(&[tokens_ahead(100)]);
    let late = admitted(&mut limiter, ms(0), asking(80));
    let given_back = admitted(&mut limiter, ms(0), asking(20));
    let current = admitted(&mut limiter, ms(2_000), asking(70));
    limiter.settle(ms(2_100), late, used(150));
    limiter.refund(ms(2_200), given_back);
    assert_eq!(standing(&limiter, ms(2_200), 0), (30, ms(4_000)));
    limiter.settle(ms(2_300), current, used(10));
    assert_eq!(standing(&limiter, ms(2_300), 0), (90, ms(4_000)));
}

/// A window that is over is over: what comes back after its end opens no other.
#[test]
fn settling_after_the_end_of_a_window_opens_none() {
    let mut limiter = limiter(&[tokens_ahead(100)]);
    let receipt = admitted(&mut limiter, ms(0), asking(80));
    limiter.settle(ms(2_000), receipt, used(500));
    assert_eq!(standing(&limiter, ms(2_000), 0), (100, ms(2_000)));
    let _receipt = admitted(&mut limiter, ms(2_000), asking(100));
}

/// It set 30 aside and used 120 of 100: nothing is left, and nothing comes back before the end.
#[test]
fn more_than_was_set_aside_may_leave_less_than_nothing() {
    let mut limiter = limiter(&[requests(600, secs(2)), tokens_ahead(100)]);
    let receipt = admitted(&mut limiter, ms(0), asking(30));
    let other = admitted(&mut limiter, ms(0), asking(50));
    limiter.settle(ms(100), receipt, used(120));
    assert_eq!(standing(&limiter, ms(100), 1), (0, ms(2_000)));
    assert_eq!(refused(&mut limiter, ms(100), asking(1)).retry_at, ms(2_000));
    // It is 70 over; giving 50 back is not enough.
    limiter.refund(ms(200), other);
    assert_eq!(refused(&mut limiter, ms(200), asking(1)).retry_at, ms(2_000));
    // What asks for no tokens is no business of the token meter.
    let _receipt = admitted(&mut limiter, ms(200), asking(0));
}

/// Waiting would not help it, so it is told so instead of being sent away for ever.
#[test]
fn what_can_never_fit_is_a_different_answer() {
    let mut limiter = limiter(&[requests(30, secs(2)), tokens_ahead(100)]);
    assert_eq!(ask(&mut limiter, ms(0)), Ok(0));
    let too_large = Decision::TooLarge { by: Label("tokens ahead"), most: 100 };
    assert_eq!(limiter.admit(ms(1), asking(101)), too_large, "even where another one refuses");
    assert_eq!(refused(&mut limiter, ms(1), asking(100)).by, Label("requests"));
    let _receipt = admitted(&mut limiter, ms(2_000), asking(100));
}

/// Cut down to the first one's 500, the request would be too large again.
#[test]
fn of_several_that_are_too_small_the_tightest_is_named() {
    let wide = Meter::opened(Label("wide"), quota(Rate::new(Tokens(500), Per::Second), secs(1)));
    let narrow = Meter::opened(Label("narrow"), quota(Rate::new(Tokens(60), Per::Second), secs(1)));
    let limiter = limiter(&[requests(600, secs(2)), wide, narrow]);
    let narrowest = Peek::TooLarge { by: Label("narrow"), most: 60 };
    assert_eq!(limiter.peek(ms(0), asking(501)), narrowest);
    assert_eq!(limiter.peek(ms(0), asking(61)), narrowest);
    assert_eq!(limiter.peek(ms(0), asking(60)), Peek::Admits);
}

/// Seven a minute is one in 60/7 s: the n-th comes back after n × 8.571428571428… s. Rounded to
/// whole nanoseconds per request, the fourth would be one or two nanoseconds off.
#[test]
fn a_bucket_of_seven_a_minute_keeps_its_fractions() {
    let rate = Rate::new(Requests(7), Per::Minute);
    let quota = Quota::requests_burst(rate, Requests(2)).unwrap();
    let mut limiter = limiter(&[Meter::bucket(Label("bucket"), quota)]);
    assert_eq!([(); 2].map(|()| ask(&mut limiter, ms(0))), [Ok(1), Ok(0)]);
    let mut now = ms(0);
    let comes_back = [8_571_428_572, 17_142_857_143, 25_714_285_715, 34_285_714_286];
    for nanos in comes_back.map(Instant::from_nanos) {
        assert_eq!(ask(&mut limiter, now), Err(nanos));
        now = nanos;
        assert_eq!(ask(&mut limiter, now), Ok(0));
    }
    // Six have been taken since, so it is full again after 6 × 60/7 s.
    assert_eq!(standing(&limiter, now, 0), (0, Instant::from_nanos(51_428_571_429)));
}

/// Ten a second, at most twenty: 50 used where 10 were set aside are paid back before the next.
#[test]
fn a_bucket_pays_its_debt_back_and_never_overflows() {
    let rate = Rate::new(Tokens(10), Per::Second);
    let quota = Quota::tokens_burst(rate, Tokens(20)).unwrap();
    let mut limiter = limiter(&[Meter::bucket(Label("bucket"), quota)]);
    let (dear, cheap) =
        (admitted(&mut limiter, ms(0), asking(10)), admitted(&mut limiter, ms(0), asking(10)));
    limiter.settle(ms(0), dear, used(50));
    // It stands at -40, so that one token is there after 4.1 s.
    assert_eq!(refused(&mut limiter, ms(0), asking(1)).retry_at, ms(4_100));
    assert_eq!(standing(&limiter, ms(0), 0), (0, ms(6_000)));
    assert_eq!(standing(&limiter, ms(5_190), 0), (11, ms(6_000)), "whole tokens only");
    limiter.refund(ms(5_500), cheap);
    assert_eq!(standing(&limiter, ms(5_500), 0), (20, ms(5_500)), "15 and 10 are 20");
}

/// Charged at completion, it admits while it is above empty: one nanosecond after 2 s.
#[test]
fn a_bucket_charged_at_completion_closes_when_it_is_empty() {
    let rate = Rate::new(Tokens(10), Per::Second);
    let quota = Quota::tokens_burst(rate, Tokens(20)).unwrap();
    let mut limiter = limiter(&[Meter::bucket(Label("bucket"), quota).at_completion()]);
    let receipt = admitted(&mut limiter, ms(0), asking(1_000));
    limiter.settle(ms(1_000), receipt, used(30));
    let opens = ms(2_000).after(Span::from_nanos(1));
    assert_eq!(refused(&mut limiter, ms(1_000), asking(0)).retry_at, opens);
    let _receipt = admitted(&mut limiter, opens, asking(1_000));
}

/// Read as it is, 1 s would lie before the window of 2 s, or in the one that is over.
#[test]
fn a_clock_that_goes_back_is_read_as_the_latest_instant() {
    let mut limiter = limiter(&[requests(60, secs(2))]);
    assert_eq!(ask(&mut limiter, ms(0)), Ok(1));
    assert_eq!(ask(&mut limiter, ms(2_000)), Ok(1));
    assert_eq!(ask(&mut limiter, ms(1_000)), Ok(0));
    assert_eq!(ask(&mut limiter, ms(1_500)), Err(ms(4_000)));
    assert_eq!(standing(&limiter, ms(0), 0), (0, ms(4_000)));
}

/// No sum leaves the range of time: what would end beyond it ends never.
#[test]
fn at_the_end_of_time_nothing_comes_back() {
    let rate = Rate::new(Requests(1), Per::Day);
    let bucket = Meter::bucket(Label("b"), Quota::requests_burst(rate, Requests(1)).unwrap());
    for meter in [requests(30, secs(2)), bucket] {
        let mut limiter = limiter(&[meter]);
        assert_eq!(ask(&mut limiter, Instant::END), Ok(0));
        assert_eq!(ask(&mut limiter, Instant::END), Err(Instant::END));
        assert_eq!(standing(&limiter, Instant::END, 0), (0, Instant::END));
    }
}

/// Without meters nothing is ever refused, and nothing is shown.
#[test]
fn a_policy_without_meters_admits_everything() {
    let mut limiter = Limiter::new(Policy::unlimited());
    for _ in 0..3 {
        let receipt = admitted(&mut limiter, ms(0), asking(u64::MAX));
        assert_eq!((receipt.at(), receipt.reserved()), (ms(0), asking(u64::MAX)));
        limiter.settle(ms(0), receipt, used(u64::MAX));
    }
    assert_eq!(limiter.standing(ms(0)).iter().count(), 0);
    assert_eq!(limiter.standing(ms(0)).of(0), None);
}

// The cast.

const ONE: Cost = asking(1);

/// A request that asks for so many tokens.
const fn asking(tokens: u64) -> Cost {
    Cost::new(Requests(1), Tokens(tokens))
}

/// What a request has used.
const fn used(tokens: u64) -> Cost {
    asking(tokens)
}

const fn ms(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

const fn secs(secs: u64) -> Span {
    Span::from_secs(secs)
}

fn limiter(meters: &[Meter]) -> Limiter {
    Limiter::new(Policy::new(meters).unwrap())
}

fn requests(per_minute: u64, window: Span) -> Meter {
    let rate = Rate::new(Requests(per_minute), Per::Minute);
    Meter::opened(Label("requests"), Quota::requests_per_window(rate, window).unwrap())
}

fn named(name: &'static str, per_minute: u64, window_secs: u64) -> Meter {
    Meter::opened(Label(name), requests(per_minute, secs(window_secs)).quota())
}

fn quota(rate: Rate<Tokens>, window: Span) -> Quota {
    Quota::tokens_per_window(rate, window).unwrap()
}

/// So many tokens a minute, charged at completion.
fn tokens_gate(per_minute: u64) -> Meter {
    let quota = quota(Rate::new(Tokens(per_minute), Per::Minute), secs(60));
    Meter::opened(Label("tokens"), quota).at_completion()
}

/// So many tokens in two seconds, set aside at admission.
fn tokens_ahead(capacity: u64) -> Meter {
    let rate = Rate::every(Tokens(capacity), secs(2)).unwrap();
    Meter::opened(Label("tokens ahead"), quota(rate, secs(2)))
}

/// As shown: the tokens of one second, in the window of the first meter.
fn tokens_shown(per_minute: u64) -> Meter {
    let quota = quota(Rate::new(Tokens(per_minute), Per::Minute), secs(1));
    Meter::opened(Label("shown tokens"), quota).shown_with(0)
}

fn admitted(limiter: &mut Limiter, at: Instant, cost: Cost) -> Receipt {
    let decision = limiter.admit(at, cost);
    let Decision::Admitted(receipt) = decision else { panic!("at {at:?}: {decision:?}") };
    receipt
}

fn refused(limiter: &mut Limiter, at: Instant, cost: Cost) -> Refusal {
    let decision = limiter.admit(at, cost);
    let Decision::Refused(refusal) = decision else { panic!("at {at:?}: {decision:?}") };
    refusal
}

/// What is left of the first meter after one more request, or when to come back.
fn ask(limiter: &mut Limiter, at: Instant) -> Result<u64, Instant> {
    match limiter.admit(at, ONE) {
        Decision::Admitted(_) => Ok(standing(limiter, at, 0).0),
        Decision::Refused(refusal) => Err(refusal.retry_at),
        other @ Decision::TooLarge { .. } => panic!("{other:?}"),
    }
}

/// A request that is admitted and ends at once.
fn charge(limiter: &mut Limiter, at: Instant, tokens: u64) {
    let receipt = admitted(limiter, at, ONE);
    limiter.settle(at, receipt, used(tokens));
}

fn standing(limiter: &Limiter, at: Instant, meter: usize) -> (u64, Instant) {
    let meter = limiter.standing(at).of(meter).unwrap();
    (meter.remaining, meter.resets_at)
}
