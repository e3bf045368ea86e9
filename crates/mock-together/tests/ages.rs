//! The service of each age, as its edition has it: what traffic beyond the past hour meets, and
//! which answers say anything of the limits.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod house;

use house::{House, LLAMA, at, count, meets, request};
use limits::{Per, Rate, Requests};
use mock_together::{Answer, Change, Happening, Millionths, PastHour};
use wire::{ErrorKind, Hint, PairId, Rate10, Request, Shows, Status};

const ABOVE: Option<ErrorKind> = Some(ErrorKind::DynamicRequestsLimited);
const FAILED: Option<ErrorKind> = Some(ErrorKind::Unavailable);

fn outage() -> [Happening; 1] {
    [Happening { at: at(0), what: Change::Capacity { model: None, share: Millionths::NONE } }]
}

/// An account of 2026-08 with so many requests a minute of 400 tokens each in the past hour.
fn enrol(house: &mut House, per_minute: u64) -> PairId {
    let mut account = house.account(0, &format!("{per_minute}/min"), LLAMA);
    account.past_hour = PastHour::of(Rate::new(Requests(per_minute), Per::Minute), 400);
    house.enrol(&account)
}

fn of_400_tokens(pair: PairId) -> Request {
    Request { prompt: 400, ..request(pair) }
}

#[test]
fn in_2026_08_traffic_that_more_than_doubles_meets_429() {
    let mut house = House::assuming("2026-08", &[]);
    let pair = enrol(&mut house, 1_200);
    // 20 a second in the past hour, so 40 are the dynamic rate, 80 in two seconds. Half of 20,000
    // tokens a second are free: 400 take 40 ms. At 50 a second one comes every 20 ms, so that the
    // place 101 would wait 2.02 s, and from there every other one fails. Of the second window,
    // places 100 to 199, forty of the first eighty fail, and ten of the twenty above the rate.
    let met = meets(&mut house, (0, 20, 200), of_400_tokens(pair));
    assert_eq!(count(&met[..100], None), 100, "a burst is smoothed at first");
    assert_eq!((count(&met[100..], FAILED), count(&met[100..], ABOVE)), (40, 10));
}

#[test]
fn in_2026_08_traffic_at_the_past_hours_level_meets_503_during_an_outage() {
    let mut house = House::with_course("2026-08", &[], &outage());
    let pair = enrol(&mut house, 1_200);
    let met = meets(&mut house, (0, 50, 1_200), of_400_tokens(pair));
    assert_eq!(count(&met, FAILED), 1_200);
}

#[test]
fn in_2026_08_a_launch_has_the_base_and_grows_with_its_success() {
    let mut house = House::with_course("2026-08", &[], &outage());
    let pair = enrol(&mut house, 0);
    // One a second: two in two seconds are within.
    let met = meets(&mut house, (0, 0, 5), of_400_tokens(pair));
    assert_eq!((count(&met, FAILED), count(&met, ABOVE)), (2, 3));
}

#[test]
fn in_2026_08_only_a_429_says_anything_and_only_when_to_come_back() {
    let mut house = House::assuming("2026-08", &[]);
    let pair = enrol(&mut house, 0);
    let ticket = house.admitted(0, request(pair));
    assert_eq!((ticket.shows, ticket.headroom), (Shows::default(), None));
    let mut house = House::with_course("2026-08", &[], &outage());
    let pair = enrol(&mut house, 0);
    for _ in 0..2 {
        let (reply, _) = house.refused(0, request(pair));
        assert_eq!((reply.status, reply.shows), (Status::UNAVAILABLE, Shows::default()));
    }
    let (reply, _) = house.refused(0, request(pair));
    assert_eq!(reply.status, Status::TOO_MANY_REQUESTS);
    assert_eq!(reply.shows, Shows { reset: Some(2), ..Shows::default() });
    let mut hinting = House::with_course("2026-08", &[("dynamic_hint", "reset")], &outage());
    let pair = enrol(&mut hinting, 0);
    let met = meets(&mut hinting, (0, 0, 2), request(pair));
    assert_eq!(met, [FAILED, FAILED]);
    let (reply, _) = hinting.refused(0, request(pair));
    assert_eq!(reply.shows.hint, Hint::Seconds(2));
}

#[test]
fn in_2026_02_every_answer_shows_the_tiers_limit_and_the_dynamic_one() {
    let mut house = House::assuming("2026-02", &[]);
    let account = house.account(0, "build-1", LLAMA);
    let pair = house.enrol(&account);
    let shows = house.admitted(0, request(pair)).shows;
    assert_eq!((shows.limit, shows.remaining), (Some(Rate10::whole(10)), Some(19)));
    assert_eq!((shows.limit_dynamic, shows.remaining_dynamic), (Some(Rate10::whole(1)), Some(1)));
    let mut house = House::with_course("2026-02", &[], &outage());
    let pair = house.enrol(&account);
    let (failed, _) = house.refused(0, request(pair));
    assert_eq!((failed.error, failed.shows.remaining), (FAILED, Some(19)));
    assert_eq!(failed.shows.remaining_dynamic, Some(1));
    let met = meets(&mut house, (0, 0, 19), request(pair));
    assert_eq!((count(&met, FAILED), count(&met, ABOVE)), (1, 18));
    let (limited, _) = house.refused(0, request(pair));
    assert_eq!(limited.error, Some(ErrorKind::RequestsLimited), "the tier's, which comes first");
    assert_eq!(limited.shows.remaining_dynamic, Some(0));
}

/// What an edition's table of errors says of headers holds for each refusal that it knows.
#[test]
fn every_refusal_carries_or_lacks_headers_as_the_edition_says() {
    for (edition, tier) in [("2025-11", "build-1"), ("2026-02", "build-1"), ("2026-08", "0/min")] {
        let blocked =
            Change::Blocked { organization: mock_together::OrganizationId(0), blocked: true };
        let failing = Change::Failing { share: Millionths::ALL };
        let course = [(0, failing), (60_000, blocked)];
        let course = course.map(|(millis, what)| Happening { at: at(millis), what });
        let mut house = House::with_course(edition, &[], &course);
        let account = house.account(0, tier, LLAMA);
        let pair = house.enrol(&account);
        let overlong = Request { prompt: 131_073, ..request(pair) };
        let asked = [(0, request(pair)), (0, overlong), (60_000, request(pair))];
        let mut kinds = Vec::new();
        for (millis, request) in asked {
            let (reply, _) = house.refused(millis, request);
            let kind = reply.error.unwrap();
            let words = house.edition.error(kind);
            let shown = words.headers && house.edition.shows_limits() && edition != "2026-08";
            assert_eq!(reply.status, words.status, "{edition}: {kind:?}");
            assert_eq!(reply.shows != Shows::default(), shown, "{edition}: {kind:?}");
            kinds.push(kind);
        }
        assert_eq!(kinds, [ErrorKind::Internal, ErrorKind::TooLong, ErrorKind::NoCredit]);
        let stranger = request(PairId(9));
        let Answer::Refused { reply, .. } = house.service.receive(at(60_000), stranger) else {
            panic!("nobody knows this pair");
        };
        assert_eq!((reply.error, reply.shows), (Some(ErrorKind::Unauthorized), Shows::default()));
    }
}

#[test]
fn every_rung_with_a_number_serves_in_every_edition_and_no_other_enrols() {
    for name in ["2025-11", "2025-11-operational", "2026-02", "2026-08"] {
        let mut house = House::assuming(name, &[]);
        let rungs = house.edition.ladder().to_vec();
        assert!(!rungs.is_empty(), "{name}");
        for (organization, tier) in (0..).zip(&rungs) {
            let account = house.account(organization, tier.name(), LLAMA);
            let given = house.edition.assumptions();
            let numbered = house.edition.published(tier, &account.model, &given).is_some();
            match house.service.enrol(&house.terms, &account) {
                Ok(pair) => {
                    assert!(numbered, "{name}: {tier}");
                    let _ = house.admitted(0, request(pair));
                }
                Err(none) => {
                    assert!(!numbered, "{name}: {tier}");
                    let told = none.to_string();
                    assert!(told.contains(LLAMA) && told.contains(tier.name()), "{told}");
                }
            }
        }
    }
}
