//! Gateways that each count by themselves, and limits that move.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod house;

use std::sync::Arc;

use house::{House, LLAMA, MAVERICK, at, count, nth, request};
use limits::{Per, Rate, Requests, Tokens};
use mock_together::{Answer, Change, Happening, Limits, OrganizationId, Placed, Service, Terms};
use rulebook::Rulebook;
use wire::{ErrorKind, PairId, Rate10, Request, Status};

const LIMITED: Option<ErrorKind> = Some(ErrorKind::RequestsLimited);

/// What so many different jobs meet at one instant.
fn meet(house: &mut House, millis: u64, pair: PairId, jobs: u64) -> Vec<Option<ErrorKind>> {
    let met = (0..jobs).map(|n| match house.service.receive(at(millis), nth(pair, n)) {
        Answer::Underway(_) => None,
        Answer::Refused { reply, .. } => reply.error,
    });
    met.collect()
}

#[test]
fn replicas_admit_as_often_as_they_are_and_no_oftener() {
    for (replicas, most) in [("1", 20), ("2", 40), ("4", 80)] {
        let mut house = House::assuming("2025-11", &[("gateway_replicas", replicas)]);
        let account = house.account(0, "build-1", LLAMA);
        let pair = house.enrol(&account);
        let met = meet(&mut house, 0, pair, 1_000);
        assert_eq!(count(&met, None), most, "of 1,000, enough to fill each");
        assert_eq!(count(&met, LIMITED), 1_000 - most);
    }
}

#[test]
fn a_request_is_placed_after_the_last_reset_of_the_replica_that_it_meets() {
    let places = [("gateway_replicas", "2"), ("gateway_routing", "sticky")];
    let mut house = House::assuming("2025-11", &places);
    let account = house.account(0, "build-1", LLAMA);
    let pair = house.enrol(&account);
    // Windows of two seconds, 20 requests each.
    let mut place = |millis: u64, caller: u32| {
        let request = Request { caller, ..request(pair) };
        match house.service.receive(at(millis), request) {
            Answer::Underway(ticket) => (true, ticket.placed),
            Answer::Refused { placed, .. } => (false, placed),
        }
    };
    assert_eq!(place(0, 0), (true, Placed::Nowhere), "no window has ended yet");
    assert_eq!(place(1_000, 1), (true, Placed::Nowhere));
    assert_eq!(place(2_000, 0), (true, Placed::FirstTenth));
    assert_eq!(place(2_000, 1), (true, Placed::Nowhere), "its window goes on until 3 s");
    for _ in 0..19 {
        assert_eq!(place(2_199, 0), (true, Placed::FirstTenth));
    }
    assert_eq!(place(2_199, 0), (false, Placed::FirstTenth), "so does one that is refused");
    assert_eq!(place(2_200, 0), (false, Placed::Later));
    assert_eq!(place(3_100, 1), (true, Placed::FirstTenth));
    assert_eq!(place(3_999, 0), (false, Placed::Later));
    assert_eq!(place(9_000, 0), (true, Placed::Nowhere), "the last reset was five seconds ago");
}

#[test]
fn headers_of_two_replicas_disagree_and_each_is_its_own() {
    let mut house = House::assuming("2025-11", &[("gateway_replicas", "2")]);
    let account = house.account(0, "build-1", LLAMA);
    let pair = house.enrol(&account);
    let mut left = [20, 20];
    let mut sequence = Vec::new();
    for n in 0..16 {
        let ticket = house.admitted(0, nth(pair, n));
        let of = &mut left[usize::from(ticket.replica)];
        *of -= 1;
        assert_eq!(ticket.shows.remaining, Some(*of));
        assert_eq!(ticket.headroom, Some(*of * 50_000), "of the replica that let it in");
        sequence.push(*of);
    }
    assert!(sequence.windows(2).any(|pair| pair[1] > pair[0]), "it rises in between: {sequence:?}");
}

#[test]
fn a_charge_lands_where_the_request_was_let_in() {
    let mut house = House::assuming("2025-11", &[("gateway_replicas", "2")]);
    let account = house.account(0, "build-1", MAVERICK);
    let pair = house.enrol(&account);
    let heavy = house.admitted(0, Request { prompt: 180_000, ..nth(pair, 0) });
    let full = heavy.replica;
    let _ = house.service.finish(at(10), heavy);
    let mut let_in = 0;
    for n in 1..200 {
        match house.service.receive(at(10_000 + n * 200), nth(pair, n)) {
            Answer::Underway(ticket) => {
                assert_ne!(ticket.replica, full, "its minute is full");
                let_in += 1;
            }
            Answer::Refused { reply, .. } => {
                assert_eq!(reply.error, Some(ErrorKind::TokensLimited));
            }
        }
    }
    assert!((60..140).contains(&let_in), "about half: {let_in}");
}

#[test]
fn a_client_that_sticks_to_a_replica_gets_what_one_replica_gives() {
    let sticky = [("gateway_replicas", "2"), ("gateway_routing", "sticky")];
    let mut house = House::assuming("2025-11", &sticky);
    let account = house.account(0, "build-1", LLAMA);
    let pair = house.enrol(&account);
    let mut admitted = |caller: u32| {
        let asks = (0..100).filter(|n| {
            let request = Request { caller, ..nth(pair, *n) };
            matches!(house.service.receive(at(0), request), Answer::Underway(_))
        });
        asks.count()
    };
    assert_eq!(
        [admitted(0), admitted(1), admitted(2)],
        [20, 20, 0],
        "the third shares the first's"
    );
}

fn tier_change(house: &House, millis: u64, model: &str, tier: &str) -> Happening {
    let tier = house.edition.tier(tier).unwrap();
    let (organization, model) = (OrganizationId(0), model.to_owned());
    Happening { at: at(millis), what: Change::Tier { organization, model, tier } }
}

#[test]
fn a_grant_raises_one_model_only_and_what_was_used_stays_used() {
    for replicas in ["1", "2"] {
        let assumed = [("gateway_replicas", replicas)];
        let course = [tier_change(&House::assuming("2025-11", &[]), 1_000, LLAMA, "build-2")];
        let mut house = House::with_course("2025-11", &assumed, &course);
        let (llama, maverick) =
            (house.account(0, "build-1", LLAMA), house.account(0, "build-1", MAVERICK));
        let (llama, maverick) = (house.enrol(&llama), house.enrol(&maverick));
        let theirs = house.account(1, "build-1", LLAMA);
        let theirs = house.enrol(&theirs);
        let gateways = replicas.parse::<usize>().unwrap();
        for pair in [llama, maverick, theirs] {
            assert_eq!(count(&meet(&mut house, 0, pair, 400), None), 20 * gateways);
        }
        // 1,800 a minute are 60 in two seconds, of which 20 are used; the window ends at 2 s.
        assert_eq!(count(&meet(&mut house, 1_000, llama, 800), None), 40 * gateways);
        assert_eq!(count(&meet(&mut house, 1_000, maverick, 400), None), 0);
        assert_eq!(count(&meet(&mut house, 1_000, theirs, 400), None), 0);
        let ticket = house.admitted(2_000, request(llama));
        assert_eq!(ticket.shows.limit, Some(Rate10::whole(30)));
        assert_eq!(ticket.shows.remaining, Some(59));
        let shows = house.admitted(2_000, request(maverick)).shows;
        assert_eq!(shows.limit, Some(Rate10::whole(10)));
    }
}

#[test]
fn limits_move_both_ways_for_one_model_of_one_organization() {
    let moved = |millis, requests: Option<u64>, tokens: Option<u64>| {
        let what = Change::Limits {
            organization: OrganizationId(0),
            model: MAVERICK.to_owned(),
            requests: requests.map(|most| Rate::new(Requests(most), Per::Minute)),
            tokens: tokens.map(|most| Rate::new(Tokens(most), Per::Minute)),
        };
        Happening { at: at(millis), what }
    };
    let course = [moved(1_000, Some(300), None), moved(10_000, None, Some(1_000))];
    let mut house = House::with_course("2025-11", &[], &course);
    let account = house.account(0, "build-1", MAVERICK);
    let pair = house.enrol(&account);
    assert_eq!(count(&meet(&mut house, 0, pair, 12), None), 12);
    // From 20 in two seconds to 10: two more than those are used.
    assert_eq!(count(&meet(&mut house, 1_000, pair, 5), LIMITED), 5);
    assert_eq!(count(&meet(&mut house, 2_000, pair, 15), None), 10);
    let ticket = house.admitted(5_000, Request { prompt: 1_200, ..request(pair) });
    let _ = house.service.finish(at(6_000), ticket);
    let _ = house.admitted(9_999, request(pair));
    let (reply, _) = house.refused(10_000, request(pair));
    assert_eq!(reply.error, Some(ErrorKind::TokensLimited), "1,200 of what is now 1,000 a minute");
    assert_eq!(reply.shows.limit, Some(Rate10::whole(5)), "requests stay as they had moved");
}

#[test]
fn a_model_of_a_higher_tier_is_refused_before_anything_is_counted() {
    let rulebook = Rulebook::embedded().unwrap();
    let text = rulebook.edition("2025-11").unwrap().text();
    let from = "from = { value = \"build-2\", source = \"ours\", certainty = \"assumed\" }";
    let head = format!("[models.\"{MAVERICK}\"]\n");
    assert!(text.contains(&head));
    let text = text.replace(&head, &format!("{head}{from}\n"));
    let edition = Arc::new(rulebook::Edition::parse("gated", &text).unwrap());
    let kinds = [
        ("limited", "60-rpm", Some(ErrorKind::FreeTier), 403),
        ("limited", "no-key", Some(ErrorKind::Unauthorized), 401),
        ("build-1", "60-rpm", Some(ErrorKind::NoAccess), 403),
        ("build-2", "60-rpm", None, 200),
    ];
    for (tier, limited, kind, status) in kinds {
        let assumptions = edition.assumptions().with("limited", limited).unwrap();
        let terms = Terms::new(&edition, &assumptions, Limits::Published);
        let service = Service::new(&terms);
        let mut house = House { edition: Arc::clone(&edition), terms, service };
        let account = house.account(0, tier, MAVERICK);
        let pair = house.enrol(&account);
        match house.service.receive(at(0), request(pair)) {
            Answer::Underway(_) => assert_eq!(kind, None, "{tier}"),
            Answer::Refused { reply, head_at, .. } => {
                assert_eq!((reply.error, reply.status, head_at), (kind, Status(status), at(100)));
                let used = house.service.standing(at(0), pair).unwrap();
                assert!(used.iter().all(|meter| meter.remaining == meter.capacity), "{tier}");
            }
        }
        let terms = Terms::new(&edition, &assumptions, Limits::Off);
        let mut service = Service::new(&terms);
        let pair = service.enrol(&terms, &account).unwrap();
        let answer = service.receive(at(0), request(pair));
        assert!(matches!(answer, Answer::Underway(_)), "without limits there is no gate");
    }
}

#[test]
fn a_grant_opens_the_gate() {
    let rulebook = Rulebook::embedded().unwrap();
    let text = rulebook.edition("2025-11").unwrap().text();
    let from = "from = { value = \"build-2\", source = \"ours\", certainty = \"assumed\" }";
    let head = format!("[models.\"{MAVERICK}\"]\n");
    let text = text.replace(&head, &format!("{head}{from}\n"));
    let edition = Arc::new(rulebook::Edition::parse("gated", &text).unwrap());
    let plain = House::assuming("2025-11", &[]);
    let course = [tier_change(&plain, 1_000, MAVERICK, "build-2")];
    let terms = Terms::new(&edition, &edition.assumptions(), Limits::Published);
    let terms = terms.with_course(course.as_slice().into());
    let service = Service::new(&terms);
    let mut house = House { edition, terms, service };
    let account = house.account(0, "build-1", MAVERICK);
    let pair = house.enrol(&account);
    let _ = house.refused(999, request(pair));
    assert_eq!(house.admitted(1_000, request(pair)).shows.remaining, Some(59));
}

/// What fails has taken a request of the limit, exactly as what is answered: which requests the
/// limit refuses is the same, whatever lies behind it.
#[test]
fn the_limit_refuses_the_same_requests_whatever_fails_behind_it() {
    let scarce = [
        ("model_capacity", "5000/s"),
        ("capacity_buffer", "500ms"),
        ("background_failures", "7%"),
        ("gateway_replicas", "2"),
    ];
    for seed in 0..20 {
        let draw = |n: u64, bound: u64| {
            chance::uniform_below(chance::Seed(seed).draw(chance::Purpose::Gap, 0, n), bound)
        };
        let refused = |changes: &[(&str, &str)], length: u32| {
            let mut house = House::assuming("2025-11", changes);
            let account = house.account(0, "build-1", LLAMA);
            let pair = house.enrol(&account);
            let (mut now, mut others) = (0, 0);
            let met: Vec<bool> = (0..600)
                .map(|n| {
                    now += draw(n, 100);
                    let asked = Request { prompt: length, ..nth(pair, n) };
                    match house.service.receive(at(now), asked) {
                        Answer::Underway(_) => false,
                        Answer::Refused { reply, .. } => {
                            others += u32::from(reply.error != LIMITED);
                            reply.error == LIMITED
                        }
                    }
                })
                .collect();
            (met, others)
        };
        let (sound, none) = refused(&[("gateway_replicas", "2")], 1);
        let (failing, some) = refused(&scarce, 3_000);
        assert_eq!(sound, failing, "seed {seed}");
        assert!(none == 0 && some > 100, "{none} and {some}");
    }
}
