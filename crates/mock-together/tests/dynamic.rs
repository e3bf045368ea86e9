//! 429 or 503: who is to blame when capacity lacks. Each figure is worked out by hand beside it.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod house;

use house::{House, LLAMA, at, count, meets, request};
use limits::{Per, Rate, Requests};
use mock_together::{Change, Happening, Millionths, PastHour};
use wire::{ErrorKind, Hint, PairId, Rate10, Request, Status};

const ABOVE: Option<ErrorKind> = Some(ErrorKind::DynamicRequestsLimited);
const FAILED: Option<ErrorKind> = Some(ErrorKind::Unavailable);

fn capacity(millis: u64, share: Millionths) -> Happening {
    Happening { at: at(millis), what: Change::Capacity { model: None, share } }
}

/// An account whose requests of `each` tokens succeeded at so many a minute in the past hour.
fn enrol(house: &mut House, tier: &str, per_minute: u64, each: u64) -> PairId {
    let mut account = house.account(0, tier, LLAMA);
    account.past_hour = PastHour::of(Rate::new(Requests(per_minute), Per::Minute), each);
    house.enrol(&account)
}

fn of_tokens(pair: PairId, prompt: u32) -> Request {
    Request { prompt, ..request(pair) }
}

#[test]
fn traffic_at_the_past_hours_level_meets_503_alone_during_an_outage() {
    let mut house = House::hybrid(&[], &[capacity(0, Millionths::NONE)]);
    // 300 a minute are 5 a second; the dynamic rate is twice that, 20 in two seconds.
    let pair = enrol(&mut house, "build-5", 300, 100);
    let met = meets(&mut house, (0, 200, 300), of_tokens(pair, 100));
    assert_eq!(count(&met, FAILED), 300);
}

#[test]
fn during_an_outage_what_is_above_the_dynamic_rate_meets_429_and_the_rest_503() {
    let mut house = House::hybrid(&[], &[capacity(0, Millionths::NONE)]);
    let pair = enrol(&mut house, "build-5", 300, 100);
    // 20 a second for the first minute: thirty windows of 40, of which 20 are within the rate.
    let met = meets(&mut house, (0, 50, 1_200), of_tokens(pair, 100));
    assert_eq!((count(&met, FAILED), count(&met, ABOVE)), (600, 600));
    assert_eq!(met[..20], [FAILED; 20], "the first of each window are within");
    assert_eq!(met[20..40], [ABOVE; 20]);
    // Nothing succeeds, so after a minute the past hour has lost a sixtieth: 17,700 requests, twice
    // of which are 590 a minute, or 19.67 in two seconds, which is 20; after two 19.33, which is
    // 19. The window that is open at 120 s began at 118 s and is over then.
    let second = meets(&mut house, (60_000, 50, 1_200), of_tokens(pair, 100));
    assert_eq!((count(&second, FAILED), count(&second, ABOVE)), (600, 600));
    let third = meets(&mut house, (120_000, 50, 1_200), of_tokens(pair, 100));
    assert_eq!((count(&third, FAILED), count(&third, ABOVE)), (570, 630));
}

#[test]
fn traffic_that_doubles_beyond_capacity_and_the_dynamic_rate_meets_both() {
    let mut house = House::hybrid(&[], &[]);
    let pair = enrol(&mut house, "build-5", 300, 100);
    // Requests of 100 tokens at 1,000 a second: each keeps the model busy for 100 ms, and one
    // comes every 50 ms. So each leaves 50 ms more to wait, and the twelfth would wait 550 ms:
    // from then on every other one fails, those at odd places.
    let met = meets(&mut house, (0, 50, 80), of_tokens(pair, 100));
    let fails: Vec<usize> = (0..80).filter(|place| met[*place].is_some()).collect();
    assert_eq!(fails, (11..80).step_by(2).collect::<Vec<_>>());
    // Of the first window's 40 the first 20 are within the rate: 11, 13, 15, 17 and 19 meet 503,
    // the ten from 21 on 429. Of the second's failures ten are within and ten above.
    assert_eq!((count(&met[..40], FAILED), count(&met[..40], ABOVE)), (5, 10));
    assert_eq!((count(&met[40..], FAILED), count(&met[40..], ABOVE)), (10, 10));
}

#[test]
fn above_the_dynamic_rate_nothing_is_refused_while_capacity_is_there() {
    let mut house = House::hybrid(&[("model_capacity", "1000000/s")], &[]);
    let pair = enrol(&mut house, "build-5", 0, 0);
    let met = meets(&mut house, (0, 20, 3_000), of_tokens(pair, 100));
    assert_eq!(count(&met, None), 3_000, "50 a second, where one is the dynamic rate");
}

#[test]
fn tokens_above_their_own_rate_are_blamed_too() {
    let mut house =
        House::hybrid(&[("model_capacity", "100000/s")], &[capacity(5_000, Millionths::NONE)]);
    let pair = enrol(&mut house, "build-5", 300, 0);
    // No token in the past hour: 60,000 a minute, charged when answers are complete.
    let ticket = house.admitted(0, of_tokens(pair, 60_000));
    let _ = house.service.finish(at(1_000), ticket);
    let (reply, head_at) = house.refused(6_000, of_tokens(pair, 1));
    assert_eq!(reply.error, Some(ErrorKind::DynamicTokensLimited));
    assert_eq!(head_at, at(6_500), "it waited for capacity as long as the buffer is");
    // The minute opened by that charge is over at 61 s.
    let (reply, _) = house.refused(61_000, of_tokens(pair, 1));
    assert_eq!(reply.error, FAILED);
}

#[test]
fn where_no_rate_is_dynamic_a_lack_of_capacity_is_503() {
    let course = [capacity(0, Millionths::NONE)];
    let mut house = House::with_course("2025-11", &[("model_capacity", "5000/s")], &course);
    let account = house.account(0, "build-1", LLAMA);
    let pair = house.enrol(&account);
    let (reply, head_at) = house.refused(0, of_tokens(pair, 100));
    assert_eq!((reply.status, reply.error), (Status::UNAVAILABLE, FAILED));
    assert_eq!((reply.shows.remaining, reply.shows.limited), (Some(19), Some(false)));
    assert_eq!(head_at, at(2_000));
}

#[test]
fn the_dynamic_rate_rises_with_success_and_falls_an_hour_after() {
    let mut house = House::hybrid(&[("model_capacity", "unlimited")], &[]);
    let pair = enrol(&mut house, "build-5", 0, 0);
    let shown = |house: &mut House, second: u64| {
        house.admitted(second * 1_000, request(pair)).shows.limit_dynamic.unwrap()
    };
    assert_eq!(shown(&mut house, 0), Rate10::whole(1), "60 a minute at least");
    // 3,600 successes in the first minute: twice as many in an hour are two a second.
    for n in 0..3_600 {
        let ticket = house.admitted(n * 16, request(pair));
        let _ = house.service.finish(at(n * 16), ticket);
    }
    assert_eq!(shown(&mut house, 59), Rate10::whole(1), "known when the minute is over");
    assert_eq!(shown(&mut house, 60), Rate10::whole(2));
    assert_eq!(shown(&mut house, 3_659), Rate10::whole(2));
    assert_eq!(shown(&mut house, 3_660), Rate10::whole(1), "an hour after that minute");
}

#[test]
fn what_fails_or_is_left_by_its_client_is_no_success() {
    let mut house = House::hybrid(&[("model_capacity", "unlimited")], &[]);
    let pair = enrol(&mut house, "build-5", 0, 0);
    for n in 0..3_600 {
        let ticket = house.admitted(n * 16, request(pair));
        let _ = house.service.abandon(at(n * 16), ticket);
    }
    let after = house.admitted(60_000, request(pair));
    assert_eq!(after.shows.limit_dynamic, Some(Rate10::whole(1)));
}

#[test]
fn base_and_cap_bound_the_dynamic_rate() {
    // By the minute: 20 would be 40 and is 60; 60 is 120; 6,000 would be 12,000 and is the tier's.
    for (past, tier, limit) in
        [(20, "build-1", 1), (60, "build-1", 2), (6_000, "build-1", 10), (6_000, "build-5", 100)]
    {
        let mut house = House::hybrid(&[("model_capacity", "unlimited")], &[]);
        let pair = enrol(&mut house, tier, past, 100);
        let shows = house.admitted(0, request(pair)).shows;
        assert_eq!(shows.limit_dynamic, Some(Rate10::whole(limit)), "{past} a minute on {tier}");
        assert_eq!(shows.remaining_dynamic, Some(2 * limit - 1), "of a window of two seconds");
    }
}

#[test]
fn a_refusal_above_the_dynamic_rate_says_when_to_come_back_in_its_own_way() {
    for (hint, shown) in [("none", Hint::Absent), ("reset", Hint::Seconds(3))] {
        let mut house = House::hybrid(&[("dynamic_hint", hint)], &[capacity(0, Millionths::NONE)]);
        let pair = enrol(&mut house, "build-5", 0, 0);
        let (first, _) = house.refused(0, of_tokens(pair, 1));
        assert_eq!((first.status, first.shows.reset), (Status::UNAVAILABLE, Some(2)));
        assert_eq!((first.shows.remaining_dynamic, first.shows.limited), (Some(1), Some(false)));
        let _ = house.refused(0, of_tokens(pair, 1));
        let (above, _) = house.refused(0, of_tokens(pair, 1));
        assert_eq!(above.status, Status::TOO_MANY_REQUESTS);
        assert_eq!((above.shows.limited, above.shows.reset), (Some(true), Some(3)));
        assert_eq!((above.shows.hint, above.shows.remaining), (shown, Some(197)));
    }
}

#[test]
fn what_the_tiers_limit_refuses_is_the_tiers_whatever_the_capacity() {
    let mut house = House::hybrid(&[], &[capacity(0, Millionths::NONE)]);
    let pair = enrol(&mut house, "limited", 0, 0);
    // Two in two seconds by either limit: both let two pass, and the tier's is asked first.
    let met = meets(&mut house, (0, 1, 3), of_tokens(pair, 1));
    assert_eq!(met, [FAILED, FAILED, Some(ErrorKind::RequestsLimited)]);
    let (reply, _) = house.refused(10, of_tokens(pair, 1));
    assert_eq!(reply.shows.remaining_dynamic, Some(0), "its headers show both");
}
