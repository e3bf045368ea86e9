//! What an account may owe, and how it is collected: each rule by an example that is worked out by
//! hand.

use limits::{Instant, Span};
use money::Money;
use rulebook::Billing;
use wire::{ErrorKind, Request};

use super::{Card, Dealing, Funds, MomentKind, Stage, dollars, edition, funds, minutes, rules};
use crate::account::{Account, OrganizationId};
use crate::answer::Answer;
use crate::books::{Decline, FeeKind, InvoiceState};

const NOT_RECURRING: Card = Card::Declined(Decline::NotRecurring);
const SCHNELL: &str = "black-forest-labs/FLUX.1-schnell";

#[test]
fn a_hundred_dollars_of_debt_end_a_launch_and_requests_in_flight_may_overdraw() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    for n in 0..9 {
        assert_eq!(stage.spend(minutes(n), 1_000), Ok(()));
    }
    let in_flight: Vec<_> =
        (0..3).map(|_| stage.service.receive(minutes(9), stage.request(900))).collect();
    assert_eq!(stage.spend(minutes(10), 999), Ok(()), "$99.99 are less than a hundred");
    for answer in in_flight {
        let Answer::Underway(ticket) = answer else { panic!("it was served then") };
        let _ = stage.service.finish(minutes(11), ticket);
    }
    let statement = stage.statement(minutes(12));
    assert_eq!(statement.balance, Money::from_cents(-12_699));
    assert_eq!(statement.first_blocked, Some(minutes(11)));
    assert_eq!(statement.blocked, Span::from_secs(60));
    assert_eq!(stage.spend(minutes(12), 1), Err(ErrorKind::NoCredit));
    // $26.99 make it a hundred again, which is not enough.
    stage.deal(minutes(13), Dealing::Purchase(Money::from_cents(2_699)));
    assert_eq!(stage.spend(minutes(14), 1), Err(ErrorKind::NoCredit));
    stage.buy(minutes(14), 5);
    assert_eq!(stage.spend(minutes(15), 1), Ok(()));
    assert_eq!(stage.statement(minutes(15)).blocked, Span::from_secs(240));
}

#[test]
fn without_a_card_there_is_no_debt() {
    let edition = edition();
    let begins = Funds { card: Card::None, purchased: dollars(1), ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    assert_eq!(stage.spend(minutes(0), 99), Ok(()));
    assert_eq!(stage.spend(minutes(1), 1), Ok(()));
    assert_eq!(stage.spend(minutes(2), 1), Err(ErrorKind::NoCredit), "zero is the end");
    stage.deal(minutes(3), Dealing::Card(Card::Accepted));
    assert_eq!(stage.spend(minutes(3), 1), Ok(()));
}

#[test]
fn ones_own_limit_stops_before_the_services_and_can_be_raised() {
    let edition = edition();
    let begins = Funds { limit: Some(dollars(1)), ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    assert_eq!(stage.spend(minutes(0), 100), Ok(()));
    assert_eq!(stage.spend(minutes(1), 1), Err(ErrorKind::NoCredit));
    stage.deal(minutes(2), Dealing::OwnLimit(Some(dollars(2))));
    assert_eq!(stage.spend(minutes(2), 1), Ok(()));
    stage.deal(minutes(3), Dealing::OwnLimit(Some(dollars(500))));
    assert_eq!(stage.spend(minutes(3), 9_899), Ok(()));
    assert_eq!(stage.spend(minutes(4), 1), Err(ErrorKind::NoCredit), "a hundred is the end");
}

#[test]
fn prepaid_stops_at_zero_and_credit_clears_what_was_overdrawn() {
    let edition = edition();
    let prepaid = Billing { prepaid: true, ..rules(&edition) };
    let begins = Funds { purchased: dollars(1), ..funds(&edition, "build-1") };
    let mut stage = Stage::new(prepaid, &begins);
    assert_eq!(stage.spend(minutes(0), 300), Ok(()));
    assert_eq!(stage.spend(minutes(1), 1), Err(ErrorKind::NoCredit));
    stage.deal(minutes(2), Dealing::MonthEnds);
    let statement = stage.statement(minutes(2));
    assert_eq!((statement.owed, statement.available), (Money::ZERO, dollars(-2)));
    assert_eq!(statement.invoices[0].state, InvoiceState::Settled);
    stage.buy(minutes(3), 5);
    let statement = stage.statement(minutes(4));
    assert_eq!((statement.balance, statement.available), (dollars(3), dollars(3)));
    assert_eq!(stage.spend(minutes(4), 1), Ok(()));
}

#[test]
fn a_month_is_invoiced_by_model_and_collected_on_its_day() {
    let edition = edition();
    let begins = Funds { purchased: dollars(4), ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    for n in 0..10 {
        assert_eq!(stage.spend(minutes(n), 100), Ok(()));
    }
    stage.deal(minutes(100), Dealing::MonthEnds);
    let invoiced = stage.statement(minutes(100));
    assert_eq!((invoiced.balance, invoiced.owed), (dollars(-6), dollars(6)));
    assert_eq!(invoiced.available, Money::ZERO, "a month of its own begins");
    let invoice = &invoiced.invoices[0];
    assert_eq!((invoice.month, invoice.amount, invoice.state), (1, dollars(6), InvoiceState::Open));
    let line = &invoice.lines[0];
    assert_eq!((line.name.as_str(), line.prompt, line.cost), (super::LLAMA, 1_000, dollars(10)));

    stage.deal(minutes(200), Dealing::Collects);
    let paid = stage.statement(minutes(201));
    assert_eq!(paid.invoices[0].state, InvoiceState::Paid(minutes(201)));
    assert_eq!((paid.balance, paid.owed, paid.paid), (Money::ZERO, Money::ZERO, dollars(6)));
    assert_eq!(paid.lifetime, dollars(11), "an invoice that is paid counts towards a tier");
    stage.deal(minutes(300), Dealing::MonthEnds);
    let empty = stage.statement(minutes(300));
    assert_eq!((empty.invoices[1].month, empty.invoices[1].amount), (2, Money::ZERO));
    assert!(empty.invoices[1].lines.is_empty(), "a month of nothing has its invoice, too");
    empty.is_sound();
}

#[test]
fn paying_the_monthly_bill_moves_up() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    assert_eq!(stage.spend(minutes(0), 4_500), Ok(()));
    stage.deal(minutes(1), Dealing::MonthEnds);
    stage.deal(minutes(2), Dealing::Collects);
    assert_eq!(stage.statement(minutes(60)).tier.name(), "build-2");
}

#[test]
fn past_due_blocks_whatever_credit_there_is_until_it_is_paid() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    assert_eq!(stage.spend(minutes(0), 3_000), Ok(()));
    stage.deal(minutes(1), Dealing::MonthEnds);
    stage.deal(minutes(2), Dealing::Card(NOT_RECURRING));
    stage.deal(minutes(2), Dealing::Granted(dollars(1)));
    assert_eq!(stage.spend(minutes(2), 1), Ok(()), "it is not yet due");
    stage.deal(minutes(3), Dealing::Collects);
    assert_eq!(stage.spend(minutes(3), 1), Err(ErrorKind::NoCredit));
    stage.deal(minutes(4), Dealing::Granted(dollars(499)));
    let blocked = stage.statement(minutes(4));
    assert_eq!((blocked.owed, blocked.available), (dollars(30), Money::from_cents(49_999)));
    assert_eq!(stage.spend(minutes(4), 1), Err(ErrorKind::NoCredit), "credit does not clear it");
    stage.deal(minutes(5), Dealing::Card(Card::Accepted));
    assert_eq!(stage.spend(minutes(5), 1), Err(ErrorKind::NoCredit), "its payment is under way");
    assert_eq!(stage.spend(minutes(6), 1), Ok(()));
    let statement = stage.statement(minutes(6));
    assert_eq!((statement.owed, statement.paid), (Money::ZERO, dollars(30)));
    statement.is_sound();
}

#[test]
fn a_bank_that_wants_to_be_asked_interrupts_until_the_payment_is_approved() {
    let edition = edition();
    let free = dollars(1);
    let begins = Funds { card: Card::Held, free, ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    assert_eq!(stage.spend(minutes(0), 3_000), Ok(()));
    stage.deal(minutes(1), Dealing::MonthEnds);
    stage.deal(minutes(1), Dealing::Granted(dollars(1)));
    assert_eq!(stage.spend(minutes(1), 1), Ok(()));
    stage.deal(minutes(2), Dealing::Collects);
    assert_eq!(stage.spend(minutes(2), 1), Err(ErrorKind::NoCredit));
    stage.deal(minutes(3), Dealing::Approved);
    assert_eq!(stage.spend(minutes(4), 1), Ok(()));
    assert_eq!(stage.statement(minutes(4)).declined, 0);
}

#[test]
fn a_card_that_cannot_pay_makes_no_debt() {
    let edition = edition();
    let owes = |card: Card| {
        let begins = Funds { card, free: dollars(10), ..funds(&edition, "build-2") };
        let mut stage = Stage::new(rules(&edition), &begins);
        while stage.spend(minutes(0), 1_000) == Ok(()) {}
        stage.statement(minutes(0)).lowest
    };
    let declines =
        [Decline::Prepaid, Decline::Virtual, Decline::NotRecurring, Decline::AddressMismatch];
    for card in [Card::None, Card::Held].into_iter().chain(declines.map(Card::Declined)) {
        assert_eq!(owes(card), Money::ZERO, "{card:?}");
    }
    assert_eq!(owes(Card::Accepted), dollars(-100));
    let begins = Funds { card: Card::Held, ..funds(&edition, "build-2") };
    let mut stage = Stage::new(rules(&edition), &begins);
    assert_eq!(stage.spend(minutes(0), 1), Err(ErrorKind::NoCredit));
    stage.deal(minutes(1), Dealing::Approved);
    assert_eq!(stage.spend(minutes(1), 1), Ok(()), "an approved card allows debt");
    stage.deal(minutes(2), Dealing::Card(NOT_RECURRING));
    assert_eq!(stage.spend(minutes(2), 1), Err(ErrorKind::NoCredit), "another takes that back");
}

#[test]
fn an_old_debt_blocks_from_the_beginning_or_does_not_where_that_is_assumed() {
    let edition = edition();
    let begins =
        Funds { past_due: dollars(30), purchased: dollars(50), ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    assert_eq!(stage.spend(minutes(0), 1), Err(ErrorKind::NoCredit));
    let statement = stage.statement(minutes(0));
    assert_eq!((statement.opening, statement.owed), (dollars(20), dollars(30)));
    statement.is_sound();
    let goes_on = Billing { past_due_blocks: false, ..rules(&edition) };
    let mut stage = Stage::new(goes_on, &begins);
    assert_eq!(stage.spend(minutes(0), 1), Ok(()));
}

#[test]
fn pictures_need_a_balance_above_zero() {
    let edition = edition();
    let begins = funds(&edition, "build-1");
    let mut stage = Stage::new(rules(&edition), &begins);
    let account = Account::new(OrganizationId(0), begins.tier.clone(), edition.model(SCHNELL));
    let pictures = stage.service.enrol(&stage.terms, &account).unwrap();
    let draw = |stage: &mut Stage, at: Instant| {
        let request = Request { pair: pictures, ..stage.request(0) };
        match stage.service.receive(at, request) {
            Answer::Underway(_) => None,
            Answer::Refused { reply, .. } => reply.error,
        }
    };
    assert_eq!(stage.spend(minutes(0), 1), Ok(()), "other work may be on debt");
    assert_eq!(draw(&mut stage, minutes(0)), Some(ErrorKind::NoCredit));
    stage.deal(minutes(1), Dealing::Granted(Money::from_cents(2)));
    assert_eq!(draw(&mut stage, minutes(1)), None);
    assert_eq!(stage.spend(minutes(2), 1), Ok(()));
    assert_eq!(draw(&mut stage, minutes(2)), Some(ErrorKind::NoCredit));
    assert_eq!(stage.statement(minutes(2)).first_blocked, None);
}

#[test]
fn a_job_needs_its_whole_cost_in_credit() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    let tune = |cost| Dealing::FineTune { name: "ours".to_owned(), cost };
    stage.deal(minutes(0), tune(dollars(8)));
    assert_eq!(stage.told(minutes(0), MomentKind::JobRefused), [(minutes(0), dollars(8))]);
    stage.deal(minutes(1), Dealing::Granted(dollars(10)));
    stage.deal(minutes(1), tune(dollars(8)));
    stage.deal(minutes(2), Dealing::Evaluation { name: "mine".to_owned(), cost: dollars(3) });
    let statement = stage.statement(minutes(2));
    assert_eq!(statement.balance, dollars(2));
    let fees: Vec<_> =
        statement.fees.iter().map(|fee| (fee.kind, fee.name.as_str(), fee.amount)).collect();
    assert_eq!(fees, [(FeeKind::FineTune, "ours", dollars(8))]);
    statement.is_sound();
}

#[test]
fn sixty_days_of_a_request_a_minute_and_a_minute_fee_add_up() {
    const DAYS: u64 = 60;
    let edition = edition();
    let recharge = Some(crate::books::Recharge { threshold: dollars(10), amount: dollars(25) });
    let mut stage = Stage::new(rules(&edition), &Funds { recharge, ..funds(&edition, "build-1") });
    let all = DAYS * 24 * 60;
    for n in 0..all {
        assert_eq!(stage.spend(minutes(n), 1), Ok(()), "minute {n}");
        let fee = (FeeKind::Endpoint, "idle");
        stage.service.books[0].fee(minutes(n), fee, Money::from_cents(2), (1, 1));
        if n == 30 * 24 * 60 {
            stage.deal(minutes(n), Dealing::MonthEnds);
        }
    }
    let statement = stage.statement(minutes(all));
    statement.is_sound();
    let count = i64::try_from(all).unwrap();
    assert_eq!(statement.usage, Money::from_cents(count));
    assert_eq!(statement.fees[0].amount, Money::from_cents(2 * count));
    assert_eq!(statement.fees[0].minutes, all);
    assert_eq!(statement.tier.name(), "build-5");
    assert!(statement.available >= Money::ZERO && statement.available <= dollars(60));
    assert!(statement.course.len() <= 512);
    let lines = &statement.invoices[0].lines;
    let month: Money = lines.iter().map(|line| line.cost).sum();
    assert_eq!(month, Money::from_cents(3 * (30 * 24 * 60 + 1)));
}
