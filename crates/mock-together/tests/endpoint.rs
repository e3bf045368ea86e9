//! Hardware of one's own: no limits and no headers, a queue, replicas that come and go.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod house;

use house::{House, LLAMA, at, count, meets, request};
use limits::{Per, Rate, Span, Tokens};
use mock_together::{Endpoint, Ticket};
use wire::{ErrorKind, PairId, Request, Shows, Status};

const NO_ROOM: Option<ErrorKind> = Some(ErrorKind::Unavailable);

/// A thousand tokens a second each, started in two minutes, a queue of ten seconds.
fn endpoint(replicas: (u32, u32), ready: bool) -> Endpoint {
    Endpoint {
        starts_in: Span::from_secs(120),
        queue: Span::from_secs(10),
        ready,
        ..Endpoint::new(0, Rate::new(Tokens(1_000), Per::Second), replicas)
    }
}

fn house(endpoint: &Endpoint) -> (House, PairId) {
    let noiseless = [("first_token_noise", "0"), ("speed_noise", "0")];
    let mut house = House::assuming("2025-11", &noiseless);
    let mut account = house.account(0, "limited", LLAMA);
    account.endpoint = Some(endpoint.clone());
    let pair = house.enrol(&account);
    (house, pair)
}

fn of_tokens(pair: PairId, prompt: u32) -> Request {
    Request { prompt, ..request(pair) }
}

#[test]
fn an_endpoint_has_no_limit_and_shows_no_headers() {
    let (mut house, pair) = house(&endpoint((1, 1), true));
    for _ in 0..100 {
        let ticket = house.admitted(0, of_tokens(pair, 10));
        assert_eq!((ticket.shows, ticket.headroom), (Shows::default(), None));
    }
    let full = house.admitted(0, of_tokens(pair, 10_000));
    assert_eq!(house.service.head(&full).shows, Shows::default());
    let (reply, _) = house.refused(0, of_tokens(pair, 1));
    assert_eq!((reply.status, reply.shows), (Status::UNAVAILABLE, Shows::default()));
}

#[test]
fn an_endpoint_queues_in_order_and_turns_away_at_once_what_would_wait_too_long() {
    let (mut house, pair) = house(&endpoint((2, 2), true));
    // Two replicas work off 4,000 tokens in two seconds. The first six wait 0 to 10 s, the seventh
    // would wait 12.
    let tickets: Vec<Ticket> = (0..6).map(|_| house.admitted(0, of_tokens(pair, 4_000))).collect();
    for pair in tickets.windows(2) {
        assert_eq!(pair[1].ready_at.since(pair[0].ready_at), Span::from_secs(2));
    }
    let (reply, head_at) = house.refused(0, of_tokens(pair, 4_000));
    assert_eq!((reply.error, head_at), (NO_ROOM, at(100)));
    let next = house.admitted(2_000, of_tokens(pair, 4_000));
    assert_eq!(next.ready_at.since(tickets[5].ready_at), Span::from_secs(2));
}

#[test]
fn a_cold_endpoint_serves_once_it_has_started() {
    let (mut house, pair) = house(&endpoint((1, 1), false));
    assert_eq!(meets(&mut house, (0, 1_000, 110), of_tokens(pair, 1)), [NO_ROOM; 110]);
    // From ten seconds before on there is a place in the queue.
    let early = house.admitted(110_000, of_tokens(pair, 1_000));
    let alone = house.admitted(300_000, of_tokens(pair, 1_000));
    let takes = alone.ready_at.since(at(300_000));
    assert_eq!(early.ready_at, at(120_000).after(takes));
}

#[test]
fn replicas_follow_the_demand_of_the_last_minute() {
    let (mut house, pair) = house(&endpoint((1, 3), true));
    // 2,500 tokens a second keep 2.5 replicas busy. One serves 60 s of work in the first minute
    // and ten wait: with 500 tokens each, 120 of the 300 that come and the 20 that may wait, and
    // one whose turn comes at the very end of the queue.
    let first = meets(&mut house, (0, 200, 300), of_tokens(pair, 500));
    assert_eq!(count(&first, None), 140);
    // Two more are started at the end of the minute, and ready two minutes later. For 110 s two of
    // five a second fit; of the last ten seconds all 50 do, for what is in the queue then will be
    // worked off by three: it holds ten seconds of work more every five, and 7.5 come.
    let meanwhile = meets(&mut house, (60_000, 200, 600), of_tokens(pair, 500));
    assert_eq!(count(&meanwhile, None), 220 + 50);
    let with_three = meets(&mut house, (180_000, 200, 300), of_tokens(pair, 500));
    assert_eq!(count(&with_three, NO_ROOM), 0);
    // A minute of little demand, and one is left: 11,000 tokens make the next wait too long.
    let _ = house.admitted(240_000, of_tokens(pair, 1));
    let _ = house.admitted(300_000, of_tokens(pair, 11_000));
    let _ = house.refused(300_000, of_tokens(pair, 1));
}

#[test]
fn an_idle_endpoint_goes_back_to_its_fewest() {
    let (mut house, pair) = house(&endpoint((1, 2), true));
    let _ = meets(&mut house, (0, 200, 300), of_tokens(pair, 400));
    // Two would have been busy, and the second is ready at 180 s; but nothing comes for long.
    let _ = house.admitted(600_000, of_tokens(pair, 11_000));
    let _ = house.refused(600_000, of_tokens(pair, 1));
}

#[test]
fn an_endpoint_without_a_replica_starts_one_for_the_first_that_asks() {
    let mut none = endpoint((0, 1), true);
    none.queue = Span::from_secs(200);
    let (mut house, pair) = house(&none);
    let first = house.admitted(5_000, of_tokens(pair, 1_000));
    assert!(first.first_token_at >= at(125_000));
}

#[test]
fn endpoints_are_told_apart_by_number_and_the_shared_fleet_is_none_of_them() {
    let mut house = House::assuming("2025-11", &[]);
    let mut account = house.account(0, "limited", LLAMA);
    let shared = house.enrol(&account);
    let mut enrol = |number| {
        account.endpoint = Some(Endpoint { number, ..endpoint((1, 1), true) });
        house.enrol(&account)
    };
    let (first, second, again) = (enrol(0), enrol(1), enrol(0));
    assert_eq!(first, again);
    assert!(shared != first && shared != second && first != second);
}
