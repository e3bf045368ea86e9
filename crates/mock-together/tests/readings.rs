//! Points at which two readings of the rules would give two services. Each test names the reading
//! that holds and would fail under the other.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::sync::Arc;

use limits::{Instant, Span};
use mock_together::{Account, Answer, Limits, OrganizationId, Service, Terms, Ticket};
use rulebook::{Assumptions, Edition, Rulebook};
use wire::{ErrorKind, Fate, PairId, Reply, Request, Status, Usage};

const LLAMA: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
/// Its context of 1,048,576 tokens holds whatever a test may charge.
const MAVERICK: &str = "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8";

struct House {
    edition: Arc<Edition>,
    terms: Terms,
    service: Service,
}

impl House {
    fn assuming(changes: &[(&str, &str)]) -> Self {
        let rulebook = Rulebook::embedded().unwrap();
        let edition = Arc::new(rulebook.edition("2025-11").unwrap().clone());
        let assumptions = changes
            .iter()
            .fold(edition.assumptions(), |all, (name, value)| all.with(name, value).unwrap());
        Self::of(&edition, &assumptions, Limits::Published)
    }

    fn of(edition: &Arc<Edition>, assumptions: &Assumptions, limits: Limits) -> Self {
        let terms = Terms::new(edition, assumptions, limits);
        let service = Service::new(&terms);
        Self { edition: Arc::clone(edition), terms, service }
    }

    fn enrol(&mut self, organization: u32, tier: &str, model: &str) -> PairId {
        let account = Account::new(
            OrganizationId(organization),
            self.edition.tier(tier).unwrap(),
            self.edition.model(model),
        );
        self.service.enrol(&self.terms, &account).unwrap()
    }

    fn admitted(&mut self, millis: u64, request: Request) -> Ticket {
        match self.service.receive(at(millis), request) {
            Answer::Underway(ticket) => ticket,
            Answer::Refused { reply, .. } => panic!("refused at {millis} ms: {reply:?}"),
        }
    }

    fn refused(&mut self, millis: u64, request: Request) -> (Reply, Instant) {
        match self.service.receive(at(millis), request) {
            Answer::Refused { reply, head_at, .. } => (reply, head_at),
            Answer::Underway(ticket) => panic!("admitted at {millis} ms: {ticket:?}"),
        }
    }

    /// Fills the token gate's minute: one answer of `tokens`, finished at once.
    fn charge(&mut self, millis: u64, pair: PairId, tokens: u32) {
        let ticket = self.admitted(millis, Request { prompt: tokens, ..request(pair) });
        let _ = self.service.finish(at(millis), ticket);
    }
}

fn at(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

fn request(pair: PairId) -> Request {
    let fate = Fate { answer: 0, draw: 1 << 63 };
    Request {
        pair,
        prompt: 0,
        count: 1,
        max_tokens: None,
        stream: false,
        caller: 0,
        tariff: wire::TariffId::FREE,
        fate,
    }
}

#[test]
fn an_organizations_groups_share_a_models_meters_and_no_other_models() {
    let mut house = House::assuming(&[]);
    let first = house.enrol(0, "build-1", LLAMA);
    assert_eq!(house.enrol(0, "build-1", LLAMA), first, "the same pair");
    let other_model = house.enrol(0, "build-1", MAVERICK);
    let other_organization = house.enrol(1, "build-1", LLAMA);
    for _ in 0..20 {
        let _ = house.admitted(0, request(first));
    }
    let (reply, _) = house.refused(0, request(first));
    assert_eq!(reply.error, Some(ErrorKind::RequestsLimited));
    let _ = house.admitted(0, request(other_model));
    let _ = house.admitted(0, request(other_organization));
}

#[test]
fn headers_are_those_of_the_admission_whatever_happens_until_they_are_seen() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "build-1", LLAMA);
    let ticket = house.admitted(0, request(pair));
    for _ in 0..19 {
        let _ = house.admitted(500, request(pair));
    }
    let head = house.service.head(&ticket);
    assert_eq!((head.shows.remaining, head.shows.reset), (Some(19), Some(2)));
    let reply = house.service.finish(at(1_900), ticket);
    assert_eq!((reply.shows.remaining, reply.shows.reset), (Some(19), Some(2)));
}

#[test]
fn a_head_comes_with_the_first_token_of_a_stream_and_with_the_last_byte_otherwise() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "build-1", LLAMA);
    let long = Request { fate: Fate { answer: 400, draw: 1 << 63 }, ..request(pair) };
    let whole = house.admitted(0, long);
    let stream = house.admitted(0, Request { stream: true, ..long });
    assert_eq!(whole.head_at(), whole.ready_at);
    assert_eq!(stream.head_at(), stream.first_token_at);
    assert!(stream.first_token_at < stream.ready_at);
    assert_eq!(whole.ready_at, stream.ready_at);
}

#[test]
fn a_refusal_takes_its_time_to_arrive() {
    for (value, millis) in [("100ms", 100), ("20ms", 20), ("1s", 1_000)] {
        let mut house = House::assuming(&[("refusal_takes", value)]);
        let pair = house.enrol(0, "limited", LLAMA);
        let _ = house.admitted(0, request(pair));
        let _ = house.admitted(0, request(pair));
        let (reply, head_at) = house.refused(300, request(pair));
        assert_eq!(head_at, at(300 + millis));
        assert_eq!(reply.shows.reset, Some(2), "1.7 s, to nearest");
    }
}

#[test]
fn a_request_is_admitted_whatever_its_own_size_while_the_minute_is_not_full() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "build-1", MAVERICK);
    let ticket = house.admitted(0, Request { prompt: 500_000, ..request(pair) });
    assert_eq!(ticket.usage.prompt, 500_000, "180,000 a minute, and it passes");
}

#[test]
fn tokens_are_charged_at_the_last_byte_and_refuse_once_they_reach_the_minutes_capacity() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "build-1", MAVERICK);
    let under_way = house.admitted(0, Request { prompt: 180_000, ..request(pair) });
    let _ = house.admitted(1_000, request(pair));
    let _ = house.service.finish(at(5_000), under_way);
    let (reply, _) = house.refused(5_000, request(pair));
    assert_eq!(reply.error, Some(ErrorKind::TokensLimited));
    let (reply, _) = house.refused(64_999, request(pair));
    assert_eq!(reply.error, Some(ErrorKind::TokensLimited));
    let _ = house.admitted(65_000, request(pair));
}

#[test]
fn one_token_below_capacity_still_admits() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "build-1", MAVERICK);
    house.charge(0, pair, 179_999);
    house.charge(10, pair, 1);
    let (reply, _) = house.refused(20, request(pair));
    assert_eq!(reply.error, Some(ErrorKind::TokensLimited));
}

#[test]
fn a_refusal_by_tokens_shows_the_request_windows_reset_or_the_gates_own() {
    let mut recorded = House::assuming(&[]);
    let pair = recorded.enrol(0, "build-1", MAVERICK);
    recorded.charge(0, pair, 180_000);
    let (reply, _) = recorded.refused(900, request(pair));
    assert_eq!(reply.shows.reset, Some(1), "1.1 s of the request window are left");
    assert_eq!((reply.shows.remaining, reply.shows.remaining_tokens), (Some(19), Some(0)));
    let mut gate = House::assuming(&[("token_reset", "gate")]);
    let pair = gate.enrol(0, "build-1", MAVERICK);
    gate.charge(0, pair, 180_000);
    let (reply, _) = gate.refused(900, request(pair));
    assert_eq!(reply.shows.reset, Some(59), "59.1 s of the minute are");
}

#[test]
fn debt_is_forgotten_at_the_end_of_a_minute_unless_it_is_carried() {
    for (debt, admits) in [("forgotten", true), ("carried", false)] {
        let mut house = House::assuming(&[("token_debt", debt)]);
        let pair = house.enrol(0, "build-1", MAVERICK);
        house.charge(0, pair, 400_000);
        house.charge(60_000, pair, 1);
        match house.service.receive(at(60_001), request(pair)) {
            Answer::Underway(_) => assert!(admits, "{debt}"),
            Answer::Refused { .. } => assert!(!admits, "{debt}"),
        }
    }
}

#[test]
fn a_client_that_leaves_is_charged_for_what_was_generated_by_then() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "build-1", LLAMA);
    let long = Request {
        prompt: 100,
        stream: true,
        fate: Fate { answer: 1_001, draw: 1 << 63 },
        ..request(pair)
    };
    let before = house.admitted(0, long);
    let none_yet = Usage { prompt: 100, completion: 0 };
    assert_eq!(house.service.abandon(at(1), before), none_yet);
    let halfway = house.admitted(0, long);
    let (first, last) = (halfway.first_token_at, halfway.ready_at);
    let middle = first.after(Span::from_nanos(last.since(first).nanos() / 2));
    let half = Usage { prompt: 100, completion: 501 };
    assert_eq!(house.service.abandon(middle, halfway), half);
    let shown = house.service.standing(middle, pair).unwrap();
    let charged: Vec<(&str, u64)> =
        shown.iter().map(|meter| (meter.label.0, meter.capacity - meter.remaining)).collect();
    assert!(charged.contains(&("tokens", 100 + 100 + 501)), "{charged:?}");
}

#[test]
fn a_refused_request_leaves_no_trace() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "limited", LLAMA);
    let _ = house.admitted(0, request(pair));
    let _ = house.admitted(0, request(pair));
    for millis in [1, 500, 1_999] {
        let (reply, _) = house.refused(millis, request(pair));
        assert_eq!(reply.status, Status::TOO_MANY_REQUESTS);
    }
    let ticket = house.admitted(2_000, request(pair));
    assert_eq!(ticket.shows.remaining, Some(1), "a fresh window, not one that refusals used");
}

#[test]
fn the_same_job_meets_the_same_service_on_every_tier() {
    let mut house = House::assuming(&[]);
    let low = house.enrol(0, "build-1", LLAMA);
    let high = house.enrol(1, "build-5", LLAMA);
    for draw in [1, 1 << 40, u64::MAX / 3] {
        let fate = Fate { answer: 300, draw };
        let one = house.admitted(0, Request { fate, ..request(low) });
        let other = house.admitted(0, Request { fate, ..request(high) });
        let course = |ticket: &Ticket| (ticket.first_token_at, ticket.ready_at);
        assert_eq!(course(&one), course(&other));
    }
}

#[test]
fn without_limits_nothing_is_refused_and_nothing_shown() {
    let rulebook = Rulebook::embedded().unwrap();
    let edition = Arc::new(rulebook.edition("2025-11").unwrap().clone());
    let mut house = House::of(&edition, &edition.assumptions(), Limits::Off);
    let pair = house.enrol(0, "limited", MAVERICK);
    for _ in 0..1_000 {
        house.charge(0, pair, 1_000_000);
    }
    let ticket = house.admitted(0, request(pair));
    assert_eq!(ticket.shows, wire::Shows::default());
}

#[test]
fn a_models_own_request_limit_replaces_the_tiers_and_tokens_stay() {
    let mut house = House::assuming(&[]);
    let own = house.enrol(0, "build-2", "deepseek-ai/DeepSeek-R1");
    let _ = house.admitted(0, request(own));
    let _ = house.admitted(0, request(own));
    let (reply, _) = house.refused(0, request(own));
    assert_eq!(reply.error, Some(ErrorKind::ModelLimited), "60 a minute, not 1,800");
    house.charge(10_000, own, 125_000);
    house.charge(10_000, own, 125_000);
    let (reply, _) = house.refused(10_001, request(own));
    assert_eq!(reply.error, Some(ErrorKind::TokensLimited));
}

#[test]
fn answers_are_cut_at_max_tokens_and_charged_as_cut() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "build-1", LLAMA);
    let cut =
        Request { max_tokens: Some(50), fate: Fate { answer: 400, draw: 9 }, ..request(pair) };
    let ticket = house.admitted(0, cut);
    assert_eq!(ticket.usage.completion, 50);
}

const IMAGE: &str = "black-forest-labs/FLUX.1-schnell";

#[test]
fn a_request_for_pictures_takes_as_many_of_the_limit_and_the_time_of_each() {
    let mut house = House::assuming(&[("first_token_noise", "0")]);
    let pair = house.enrol(0, "build-1", IMAGE);
    // 240 a minute are 8 in two seconds.
    let three = Request { count: 3, ..request(pair) };
    let ticket = house.admitted(0, three);
    assert_eq!(ticket.ready_at, at(3 * 1_600), "one after another, 1.6 s each");
    assert_eq!((ticket.shows.remaining, ticket.first_token_at), (Some(5), ticket.ready_at));
    let _ = house.admitted(0, three);
    let (reply, _) = house.refused(0, three);
    assert_eq!(reply.error, Some(ErrorKind::RequestsLimited));
    assert_eq!(reply.shows.remaining, Some(2), "a refusal consumes nothing");
    let last = house.admitted(0, Request { count: 2, ..request(pair) });
    assert_eq!(last.shows.remaining, Some(0));
    let _ = house.service.finish(at(1_500), ticket);
    let left = house.service.standing(at(1_500), pair).unwrap().of(0).unwrap().remaining;
    assert_eq!(left, 0, "what is finished gives nothing back");
}

#[test]
fn where_requests_count_pictures_are_free() {
    let mut house = House::assuming(&[("image_unit", "request")]);
    let pair = house.enrol(0, "build-1", IMAGE);
    for _ in 0..8 {
        let _ = house.admitted(0, Request { count: 4, ..request(pair) });
    }
    let _ = house.refused(0, request(pair));
}

#[test]
fn more_pictures_than_a_window_holds_are_bad_input() {
    let mut house = House::assuming(&[]);
    let pair = house.enrol(0, "build-1", "black-forest-labs/FLUX.1-schnell-Free");
    let (reply, _) = house.refused(0, Request { count: 2, ..request(pair) });
    assert_eq!((reply.status, reply.error), (Status::BAD_REQUEST, Some(ErrorKind::TooLong)));
}

#[test]
fn texts_are_charged_when_complete_and_answered_without_tokens() {
    let mut house = House::assuming(&[("first_token_noise", "0")]);
    let pair = house.enrol(0, "build-1", "Salesforce/Llama-Rank-V1");
    let fate = Fate { answer: 700, draw: 1 << 63 };
    let batch = Request { prompt: 500_000, count: 100, fate, ..request(pair) };
    let first = house.admitted(0, batch);
    assert_eq!(first.ready_at, at(300), "whatever its length");
    assert_eq!(first.usage, Usage { prompt: 500_000, completion: 0 });
    // Nothing is charged before it is complete; then the 500,000 of a minute are gone.
    let _ = house.admitted(299, batch);
    let _ = house.service.finish(at(300), first);
    let (reply, _) = house.refused(301, request(pair));
    assert_eq!(reply.error, Some(ErrorKind::TokensLimited));
}
