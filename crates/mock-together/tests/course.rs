//! What fails behind the limits, and what happens to the service while it runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod house;

use house::{House, LLAMA, MAVERICK, at, nth, request};
use limits::Instant;
use mock_together::{Answer, Change, Happening, Millionths, OrganizationId};
use wire::{ErrorKind, Request, Status};

fn happening(millis: u64, what: Change) -> Happening {
    Happening { at: at(millis), what }
}

#[test]
fn what_does_not_fit_the_models_context_is_refused_and_takes_a_request_of_the_limit() {
    let mut house = House::assuming("2025-11", &[]);
    let account = house.account(0, "build-1", LLAMA);
    let pair = house.enrol(&account);
    // A context of 131,072 tokens holds 130,072 and an answer of 1,000, and no token more.
    let fits = Request { prompt: 130_072, max_tokens: Some(1_000), ..request(pair) };
    let ticket = house.admitted(0, fits);
    assert_eq!(ticket.shows.remaining, Some(19));
    let (reply, head_at) = house.refused(0, Request { prompt: 130_073, ..fits });
    assert_eq!((reply.status, reply.error), (Status::BAD_REQUEST, Some(ErrorKind::TooLong)));
    assert_eq!(reply.shows.remaining, Some(18), "a request is gone, and its headers say so");
    assert_eq!(reply.shows.limited, Some(false));
    assert_eq!(head_at, at(100));
    let _ = house.service.finish(at(500), ticket);
    let shown = house.service.standing(at(500), pair).unwrap().of(1).unwrap();
    assert_eq!(shown.capacity - shown.remaining, 130_072, "what failed has used no token");
}

#[test]
fn a_model_whose_context_nobody_knows_refuses_no_length() {
    let mut house = House::assuming("2025-11", &[]);
    let account = house.account(0, "build-1", "nobody/knows");
    let pair = house.enrol(&account);
    let _ = house.admitted(0, Request { prompt: u32::MAX, ..request(pair) });
}

#[test]
fn who_is_blocked_is_told_to_pay_and_uses_nothing_up() {
    let blocked = |blocked| Change::Blocked { organization: OrganizationId(0), blocked };
    let course = [happening(1_000, blocked(true)), happening(2_500, blocked(false))];
    let mut house = House::with_course("2025-11", &[], &course);
    let (ours, theirs) = (house.account(0, "build-1", LLAMA), house.account(1, "build-1", LLAMA));
    let (ours, theirs) = (house.enrol(&ours), house.enrol(&theirs));
    let before = house.admitted(999, request(ours));
    assert_eq!(before.shows.remaining, Some(19));
    for millis in [1_000, 2_499] {
        let (reply, head_at) = house.refused(millis, request(ours));
        assert_eq!(reply.status, Status::PAYMENT_REQUIRED);
        assert_eq!(reply.error, Some(ErrorKind::NoCredit));
        assert_eq!(head_at, at(millis + 100));
    }
    let _ = house.admitted(2_499, request(theirs));
    let after = house.admitted(2_500, request(ours));
    assert_eq!(after.shows.remaining, Some(18), "of the window that opened at 999 ms");
}

#[test]
fn who_is_enrolled_later_meets_what_has_happened_before() {
    let organization = OrganizationId(0);
    let course = [happening(1_000, Change::Blocked { organization, blocked: true })];
    let mut house = House::with_course("2025-11", &[], &course);
    let first = house.account(0, "build-1", LLAMA);
    let first = house.enrol(&first);
    let _ = house.refused(1_000, request(first));
    let second = house.account(0, "build-1", MAVERICK);
    let second = house.enrol(&second);
    let (reply, _) = house.refused(1_001, request(second));
    assert_eq!(reply.error, Some(ErrorKind::NoCredit));
}

#[test]
fn happenings_come_true_in_the_order_of_their_instants() {
    let organization = OrganizationId(0);
    let course = [
        happening(2_000, Change::Blocked { organization, blocked: false }),
        happening(1_000, Change::Blocked { organization, blocked: true }),
    ];
    let mut house = House::with_course("2025-11", &[], &course);
    let account = house.account(0, "build-1", LLAMA);
    let pair = house.enrol(&account);
    let _ = house.admitted(3_000, request(pair));
}

#[test]
fn a_failure_of_the_services_own_takes_a_request_of_the_limit() {
    let course = [happening(0, Change::Failing { share: Millionths::ALL })];
    let mut house = House::with_course("2025-11", &[], &course);
    let account = house.account(0, "limited", LLAMA);
    let pair = house.enrol(&account);
    for left in [1, 0] {
        let (reply, _) = house.refused(0, request(pair));
        assert_eq!((reply.status, reply.error), (Status::INTERNAL, Some(ErrorKind::Internal)));
        assert_eq!(reply.shows.remaining, Some(left));
    }
    let (reply, _) = house.refused(0, request(pair));
    assert_eq!(reply.error, Some(ErrorKind::RequestsLimited), "two in two seconds, and no more");
}

#[test]
fn as_many_fail_as_are_said_to_and_others_than_the_first_time() {
    let course = [
        happening(0, Change::Failing { share: Millionths(50_000) }),
        happening(1_000_000_000, Change::Failing { share: Millionths::NONE }),
    ];
    let mut house = House::with_course("2025-11", &[], &course);
    let account = house.account(0, "build-5", LLAMA);
    let pair = house.enrol(&account);
    let failed = |house: &mut House, millis: u64, n: u64| -> bool {
        match house.service.receive(at(millis), nth(pair, n)) {
            Answer::Refused { reply, .. } => {
                assert_eq!(reply.error, Some(ErrorKind::Internal));
                true
            }
            Answer::Underway(_) => false,
        }
    };
    let first: Vec<bool> = (0..20_000).map(|n| failed(&mut house, n * 10, n)).collect();
    let count = first.iter().filter(|failed| **failed).count();
    // 1,000 of 20,000, and a standard deviation of 31.
    assert!((907..=1_093).contains(&count), "{count}");
    let again: Vec<bool> = (0..20_000).map(|n| failed(&mut house, 200_000 + n * 10, n)).collect();
    let both = first.iter().zip(&again).filter(|(one, other)| **one && **other).count();
    // A retry has a chance of its own: 50 jobs fail both times, and a standard deviation of 7.
    assert!((29..=71).contains(&both), "{both}");
    assert!((0..2_000).all(|n| !failed(&mut house, 1_000_000_000 + n * 10, n)));
}

#[test]
fn what_is_left_of_the_limits_is_told_with_each_ticket() {
    let mut house = House::assuming("2025-11", &[]);
    let account = house.account(0, "build-1", LLAMA);
    let pair = house.enrol(&account);
    let left: Vec<_> = (0..3).map(|_| house.admitted(0, request(pair)).headroom).collect();
    assert_eq!(left, [Some(950_000), Some(900_000), Some(850_000)], "19, 18 and 17 of 20");
    // A minute's tokens: 180,000, of which 171,000 are used.
    let heavy = house.admitted(2_000, Request { prompt: 131_000, ..request(pair) });
    let light = house.admitted(2_000, Request { prompt: 40_000, ..request(pair) });
    for ticket in [heavy, light] {
        let _ = house.service.finish(at(3_000), ticket);
    }
    assert_eq!(house.admitted(4_000, request(pair)).headroom, Some(50_000), "9,000 of 180,000");
}

#[test]
fn without_limits_nothing_that_was_to_happen_does() {
    let house = House::with_course("2025-11", &[], &[]);
    let course = [happening(0, Change::Failing { share: Millionths::ALL })];
    let terms = mock_together::Terms::new(
        &house.edition,
        &house.edition.assumptions(),
        mock_together::Limits::Off,
    );
    let terms = terms.with_course(course.as_slice().into());
    let mut service = mock_together::Service::new(&terms);
    let pair = service.enrol(&terms, &house.account(0, "limited", LLAMA)).unwrap();
    for _ in 0..100 {
        let Answer::Underway(ticket) = service.receive(Instant::START, request(pair)) else {
            panic!("nothing is refused");
        };
        assert_eq!(ticket.headroom, None);
    }
}
