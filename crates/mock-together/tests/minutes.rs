//! Endpoints by the minute: what they cost while they run, whoever calls them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod house;

use house::{House, LLAMA};
use limits::{Instant, Per, Rate, Span, Tokens};
use mock_together::{
    Account, Card, Change, Dealing, Endpoint, Fee, FeeKind, Funds, Happening, Hosting, Moment,
    MomentKind, OrganizationId, Statement,
};
use money::Money;

const US: OrganizationId = OrganizationId(0);

fn second(seconds: u64) -> Instant {
    Instant::START.after(Span::from_secs(seconds))
}

/// An H100 at $3.99 an hour.
fn h100(number: u32, name: &str) -> Endpoint {
    Endpoint {
        name: name.to_owned(),
        starts_in: Span::from_secs(120),
        per_hour: Some(Money::parse("$3.99").unwrap()),
        ..Endpoint::new(number, Rate::new(Tokens(2_500), Per::Second), (1, 1))
    }
}

/// An account that stops at zero, with endpoints that nobody calls.
fn house(
    purchased: &str,
    enforced: bool,
    (changes, course): (&[(&str, &str)], &[Happening]),
    all: &[Endpoint],
) -> House {
    let mut house = House::with_course("2026-08", changes, course);
    let account = house.account(0, "60/min", LLAMA);
    let purchased = Money::parse(purchased).unwrap();
    let funds = Funds { purchased, enforced, ..Funds::none(US, account.tier.clone()) };
    house.service.open(&Funds { card: Card::Accepted, ..funds });
    for endpoint in all {
        let _ = house.enrol(&Account { endpoint: Some(endpoint.clone()), ..account.clone() });
    }
    house
}

fn books(house: &mut House, seconds: u64) -> Statement {
    let books = house.service.statement(second(seconds), US).unwrap();
    let fees: Money = books.fees.iter().map(|fee| fee.amount).sum();
    assert_eq!(books.opening + books.paid + books.free - books.usage - fees, books.balance);
    books
}

fn moments(books: &Statement) -> Vec<(MomentKind, u64, &str)> {
    let kinds =
        [MomentKind::EndpointStarted, MomentKind::EndpointStopped, MomentKind::EndpointRefused];
    let of_endpoints = books.moments.iter().filter(|moment| kinds.contains(&moment.kind));
    let told = of_endpoints
        .map(|Moment { at, kind, words, .. }| (*kind, at.nanos() / 1_000_000_000, words.as_str()));
    told.collect()
}

fn fee(kind: FeeKind, name: &str, amount: &str, minutes: u64) -> Fee {
    Fee {
        kind,
        name: name.to_owned(),
        amount: Money::parse(amount).unwrap(),
        minutes,
        ran: minutes,
    }
}

const AS_IT_IS: (&[(&str, &str)], &[Happening]) = (&[], &[]);

#[test]
fn an_idle_endpoint_costs_what_its_minutes_cost() {
    let tuned = Endpoint { hosting: Hosting::FineTuned, ..h100(1, "ours") };
    let mut house = house("$0", false, AS_IT_IS, &[h100(0, "chat"), tuned]);
    let hour = books(&mut house, 3_600);
    let both =
        [fee(FeeKind::Endpoint, "chat", "$3.99", 60), fee(FeeKind::Hosting, "ours", "$3.99", 60)];
    assert_eq!(hour.fees, both);
    let sixty_days = books(&mut house, 60 * 86_400);
    assert_eq!(sixty_days.fees[0], fee(FeeKind::Endpoint, "chat", "$5745.60", 86_400));
    assert_eq!(sixty_days.balance, Money::parse("-$11491.20").unwrap());
}

#[test]
fn an_endpoint_is_charged_from_its_start_to_its_stop_and_not_while_it_starts() {
    let (from, until) = (second(60), second(310));
    let warm = Endpoint { from, until, ..h100(0, "warm") };
    let cold = Endpoint {
        ready: false,
        ..Endpoint { name: "cold".to_owned(), number: 1, ..warm.clone() }
    };
    let mut house = house("$5", true, AS_IT_IS, &[warm, cold]);
    let books = books(&mut house, 1_000);
    // Minutes begin at 60, 120, 180, 240 and 300 s; where it takes two minutes to start, at 180,
    // 240 and 300 s.
    let both = [
        fee(FeeKind::Endpoint, "warm", "$0.3325", 5),
        fee(FeeKind::Endpoint, "cold", "$0.1995", 3),
    ];
    assert_eq!(books.fees, both);
    let (started, stopped) = (MomentKind::EndpointStarted, MomentKind::EndpointStopped);
    let told = [
        (started, 60, "warm"),
        (started, 60, "cold"),
        (stopped, 310, "warm"),
        (stopped, 310, "cold"),
    ];
    assert_eq!(moments(&books), told);
}

#[test]
fn an_endpoint_whose_first_minute_is_not_covered_is_not_started() {
    let later = Endpoint { from: second(600), ..h100(1, "later") };
    let mut house = house("$0.0664", true, AS_IT_IS, &[h100(0, "chat"), later]);
    let books = books(&mut house, 3_600);
    assert_eq!(books.fees, []);
    let refused = MomentKind::EndpointRefused;
    assert_eq!(moments(&books), [(refused, 0, "chat"), (refused, 600, "later")]);
    let needed = Money::parse("$0.0665").unwrap();
    let told = books.moments.iter().filter(|moment| moment.kind == refused);
    assert!(told.clone().count() == 2 && told.clone().all(|moment| moment.amount == needed));
}

#[test]
fn an_endpoint_of_a_blocked_account_stops_and_starts_again_from_cold() {
    let what = Dealing::Purchase(Money::from_dollars(5));
    let bought =
        Happening { at: second(600), what: Change::Money { organization: US, dealing: what } };
    let changes = [("payment_takes", "60s")];
    // Ten minutes are covered, and the tenth begins at 540 s.
    let mut house = house("$0.665", true, (&changes, &[bought]), &[h100(0, "chat")]);
    let ended = books(&mut house, 650);
    assert_eq!(ended.fees, [fee(FeeKind::Endpoint, "chat", "$0.665", 10)]);
    assert_eq!(
        (ended.balance, ended.first_blocked),
        (Money::ZERO, Some(Instant::from_nanos(540_000_000_001)))
    );
    // Credited at 660 s, it runs from 780 s on.
    assert_eq!(books(&mut house, 780).fees[0].minutes, 10);
    assert_eq!(books(&mut house, 900).fees[0].minutes, 12);
    let (started, stopped) = (MomentKind::EndpointStarted, MomentKind::EndpointStopped);
    let lives = [(started, 0, "chat"), (stopped, 540, "chat"), (started, 660, "chat")];
    assert_eq!(moments(&books(&mut house, 900)), lives);
}

#[test]
fn an_endpoint_that_runs_on_is_owed_for() {
    let changes = [("blocked_endpoints", "run-on")];
    let mut house = house("$0.665", true, (&changes, &[]), &[h100(0, "chat")]);
    let books = books(&mut house, 3_600);
    assert_eq!(books.fees, [fee(FeeKind::Endpoint, "chat", "$3.99", 60)]);
    assert_eq!(books.balance, Money::parse("-$3.325").unwrap());
}

#[test]
fn sixty_minutes_cost_what_an_hour_does_to_the_last_digit() {
    let dollar = Endpoint { per_hour: Some(Money::from_dollars(1)), ..h100(0, "dollar") };
    let third =
        Endpoint { per_hour: Some(Money::parse("$0.000000000001").unwrap()), ..h100(1, "least") };
    let mut house = house("$0", false, AS_IT_IS, &[dollar, third]);
    for hours in [1, 2, 720] {
        let fees = books(&mut house, hours * 3_600).fees;
        let hours = i64::try_from(hours).unwrap();
        assert_eq!(fees[0].amount, Money::from_dollars(hours));
        assert_eq!(fees[1].amount.pico(), i128::from(hours));
    }
}

#[test]
fn no_minute_is_billed_once_the_books_are_closed() {
    let closed = Endpoint { billed_until: second(300), ..h100(0, "chat") };
    let late = Endpoint { from: second(300), ..Endpoint { number: 1, ..closed.clone() } };
    let two = Endpoint { replicas: (2, 2), number: 2, name: "two".to_owned(), ..closed.clone() };
    let mut house = house("$0", false, AS_IT_IS, &[closed, late, two]);
    let ended = books(&mut house, 3_600).fees;
    let two = Fee { ran: 5, ..fee(FeeKind::Endpoint, "two", "$0.665", 10) };
    assert_eq!(ended, [fee(FeeKind::Endpoint, "chat", "$0.3325", 5), two]);
}
