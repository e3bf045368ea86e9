//! Charges, purchases, cards: each rule by an example that is worked out by hand.

use limits::{Instant, Span};
use money::{Money, Tariff};
use wire::{ErrorKind, Fate, Request};

use super::{
    Card, Dealing, Funds, LLAMA, MomentKind, Stage, dollars, edition, funds, minutes, rules,
};
use crate::answer::Answer;
use crate::books::{Decline, ONLY_CARDS, Recharge};

#[test]
fn a_million_prompt_and_a_fifth_of_a_million_answer_tokens_at_88_cents_cost_1_056() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-5"));
    let each = Money::from_pico(880_000);
    let tariff = Tariff { prompt: each, answer: each, request: Money::ZERO };
    let tariff = stage.service.quote(tariff);
    for n in 0..10 {
        let fate = Fate { answer: 20_000, draw: 1 << 63 };
        let request = Request { prompt: 100_000, tariff, fate, ..stage.request(0) };
        let at = minutes(n);
        // It may owe nothing on this tier here, so that it has to have credit.
        if n == 0 {
            stage.deal(at, Dealing::Granted(dollars(2)));
        }
        let Answer::Underway(ticket) = stage.service.receive(at, request) else {
            panic!("there is room for one in a minute")
        };
        let _ = stage.service.finish(at, ticket);
    }
    let statement = stage.statement(minutes(10));
    assert_eq!(statement.usage.to_string(), "$1.056");
    assert_eq!(statement.balance, Money::from_pico(944_000_000_000));
    statement.is_sound();
}

#[test]
fn a_refusal_costs_nothing_and_an_abandoned_stream_what_was_generated() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    let one = Tariff { answer: Money::from_cents(1), ..Tariff::FREE };
    let tariff = stage.service.quote(one);
    let fate = Fate { answer: 101, draw: 1 << 63 };
    let request = Request { tariff, fate, ..stage.request(0) };
    let Answer::Underway(ticket) = stage.service.receive(Instant::START, request) else {
        panic!("the first is admitted")
    };
    let (first, last) = (ticket.first_token_at, ticket.ready_at);
    let half = first.after(Span::from_nanos(last.since(first).nanos().div_ceil(2)));
    assert_eq!(stage.service.abandon(half, ticket).completion, 51);
    assert_eq!(stage.statement(half).usage, Money::from_cents(51));

    let overlong = Request { prompt: 200_000, ..stage.request(0) };
    let answer = stage.service.receive(half, overlong);
    assert!(matches!(answer, Answer::Refused { .. }));
    let refused = (0..100).filter(|_| stage.service.receive(half, request).is_refused()).count();
    assert!(refused > 50, "{refused}");
    assert_eq!(stage.statement(half).usage, Money::from_cents(51));
}

impl Answer {
    fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

#[test]
fn what_is_metered_later_is_owed_all_the_same() {
    let edition = edition();
    let lagging = rulebook::Billing { metering_lag: Span::from_secs(60), ..rules(&edition) };
    let mut stage = Stage::new(lagging, &funds(&edition, "limited"));
    stage.deal(minutes(0), Dealing::Granted(dollars(1)));
    for _ in 0..2 {
        assert_eq!(stage.spend(minutes(1), 150), Ok(()));
    }
    let before = stage.statement(minutes(1));
    assert_eq!((before.balance, before.unmetered), (dollars(1), dollars(3)));
    let after = stage.statement(minutes(2));
    assert_eq!((after.balance, after.unmetered), (dollars(-2), Money::ZERO));
    assert_eq!(after.usage, dollars(3));
    assert_eq!(stage.spend(minutes(2), 1), Err(ErrorKind::NoCredit));
    after.is_sound();
}

#[test]
fn a_purchase_is_pending_for_a_while_and_an_impatient_second_is_one_of_its_own() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "limited"));
    assert_eq!(stage.spend(minutes(0), 1), Err(ErrorKind::NoCredit), "nothing is there yet");
    stage.buy(minutes(1), 5);
    stage.buy(minutes(1), 5);
    let pending = stage.statement(minutes(1));
    assert_eq!((pending.balance, pending.pending), (Money::ZERO, dollars(10)));
    assert_eq!(stage.spend(minutes(1), 1), Err(ErrorKind::NoCredit));
    let there = stage.statement(minutes(2));
    assert_eq!((there.balance, there.pending), (dollars(10), Money::ZERO));
    assert_eq!((there.paid, there.lifetime), (dollars(10), dollars(10)));
    assert_eq!(stage.spend(minutes(2), 1), Ok(()));
    assert_eq!(stage.told(minutes(60), MomentKind::Credited), [(minutes(2), dollars(5)); 2]);
}

#[test]
fn five_dollars_are_the_least_that_can_be_bought() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    stage.deal(minutes(0), Dealing::Purchase(Money::from_cents(499)));
    let statement = stage.statement(minutes(5));
    assert_eq!((statement.paid, statement.pending), (Money::ZERO, Money::ZERO));
    assert_eq!(statement.moments.last().unwrap().kind, MomentKind::TooLittle);
}

#[test]
fn a_declined_card_buys_nothing_and_says_why() {
    let edition = edition();
    let whys = [
        (Decline::Prepaid, ONLY_CARDS),
        (Decline::Virtual, ONLY_CARDS),
        (Decline::NotRecurring, "the card does not support recurring payments"),
        (Decline::AddressMismatch, "the billing address does not match the card's"),
    ];
    for (decline, words) in whys {
        let card = Card::Declined(decline);
        let mut stage = Stage::new(rules(&edition), &Funds { card, ..funds(&edition, "build-1") });
        stage.buy(minutes(0), 50);
        let statement = stage.statement(minutes(60));
        assert_eq!((statement.paid, statement.declined), (Money::ZERO, 1));
        let last = statement.moments.last().unwrap();
        assert_eq!((last.kind, last.words.as_str()), (MomentKind::Declined, words));
    }
    assert_eq!(ONLY_CARDS, "We only accept credit or debit cards");
}

#[test]
fn a_held_payment_waits_until_it_is_approved_and_lapses_with_its_card() {
    let edition = edition();
    let held = Funds { card: Card::Held, ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &held);
    stage.buy(minutes(0), 20);
    assert_eq!(stage.statement(minutes(600)).pending, dollars(20));
    stage.deal(minutes(600), Dealing::Approved);
    assert_eq!(stage.statement(minutes(601)).balance, dollars(20));

    let mut stage = Stage::new(rules(&edition), &held);
    stage.buy(minutes(0), 20);
    stage.deal(minutes(5), Dealing::Card(Card::Accepted));
    stage.deal(minutes(6), Dealing::Approved);
    let statement = stage.statement(minutes(600));
    assert_eq!((statement.pending, statement.paid), (Money::ZERO, Money::ZERO));
    assert_eq!(stage.told(minutes(600), MomentKind::Lapsed), [(minutes(5), dollars(20))]);
}

#[test]
fn a_card_is_never_removed() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    stage.deal(minutes(0), Dealing::Card(Card::None));
    stage.buy(minutes(1), 5);
    assert_eq!(stage.statement(minutes(2)).balance, dollars(5));
}

#[test]
fn recharging_above_the_balance_buys_at_once_and_as_often_as_it_takes() {
    let edition = edition();
    let recharge = Some(Recharge { threshold: dollars(100), amount: dollars(25) });
    let purchased = dollars(10);
    let begins = Funds { purchased, recharge, ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    // 90 dollars lack: four times 25.
    let bought = stage.told(Instant::START, MomentKind::Recharged);
    assert_eq!(bought, [(Instant::START, dollars(25)); 4]);
    let statement = stage.statement(minutes(1));
    assert_eq!((statement.balance, statement.pending), (dollars(110), Money::ZERO));
    // 10 dollars are above the threshold: what uses more than that triggers it again, once.
    assert_eq!(stage.spend(minutes(2), 1_000), Ok(()));
    assert_eq!(stage.told(minutes(2), MomentKind::Recharged).len(), 4);
    for _ in 0..10 {
        assert_eq!(stage.spend(minutes(3), 1), Ok(()));
    }
    assert_eq!(stage.told(minutes(3), MomentKind::Recharged).len(), 5, "what is pending counts");
    assert_eq!(stage.statement(minutes(4)).balance, Money::from_cents(12_490));
}

#[test]
fn a_threshold_beyond_measure_is_reached_by_one_purchase() {
    let edition = edition();
    let purchase = |threshold: Money| {
        let recharge = Some(Recharge { threshold, amount: dollars(5) });
        let begins = Funds { recharge, ..funds(&edition, "build-1") };
        let mut stage = Stage::new(rules(&edition), &begins);
        let bought = stage.told(Instant::START, MomentKind::Recharged);
        let statement = stage.statement(minutes(2));
        assert_eq!((statement.pending, statement.entries), (Money::ZERO, bought.len() as u64));
        (bought.len(), statement.balance)
    };
    assert_eq!(purchase(dollars(5_000)), (1_000, dollars(5_000)), "each by itself");
    assert_eq!(purchase(dollars(5_001)), (1, dollars(5_005)), "as whole purchases of five");
    assert_eq!(purchase(dollars(1_000_000_000_001)), (1, dollars(1_000_000_000_005)));
    let most = Money::from_pico(i128::MAX);
    assert_eq!(purchase(most), (1, most));
}

#[test]
fn recharging_stops_with_a_declined_card_until_there_is_another() {
    let edition = edition();
    let recharge = Some(Recharge { threshold: dollars(10), amount: dollars(25) });
    let card = Card::Declined(Decline::NotRecurring);
    let free = dollars(1);
    let begins = Funds { free, card, recharge, ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    for n in 0..10 {
        assert_eq!(stage.spend(minutes(n), 1), Ok(()));
    }
    assert_eq!(stage.statement(minutes(10)).declined, 1);
    stage.deal(minutes(11), Dealing::Card(Card::Accepted));
    assert_eq!(stage.told(minutes(11), MomentKind::Recharged), [(minutes(11), dollars(25))]);
}

#[test]
fn free_credit_is_used_first_and_kept_apart() {
    let edition = edition();
    let begins = Funds { free: dollars(2), purchased: dollars(5), ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    assert_eq!(stage.spend(minutes(0), 150), Ok(()));
    let statement = stage.statement(minutes(0));
    assert_eq!(
        (statement.free_left, statement.available),
        (Money::from_cents(50), Money::from_cents(550))
    );
    assert_eq!((statement.opening, statement.free), (dollars(5), dollars(2)));
    assert_eq!(statement.lifetime, dollars(5), "what it paid before, and no gift");
    statement.is_sound();
}

#[test]
fn where_money_decides_nothing_books_are_kept_all_the_same() {
    let edition = edition();
    let begins = Funds { enforced: false, ..funds(&edition, "limited") };
    let mut stage = Stage::of(&edition, rules(&edition), &begins, LLAMA);
    stage.buy(minutes(0), 100);
    for n in 1..4 {
        assert_eq!(stage.spend(minutes(n), 10_000), Ok(()));
    }
    stage.deal(minutes(5), Dealing::MonthEnds);
    stage.deal(minutes(6), Dealing::Collects);
    let statement = stage.statement(minutes(60));
    assert_eq!((statement.balance, statement.paid), (dollars(-300), Money::ZERO));
    assert_eq!((statement.tier.name(), statement.first_blocked), ("limited", None));
    statement.is_sound();
}
