//! Random histories against an oracle that keeps lists and adds them up each time it is asked.

use limits::Span;
use money::Money;
use proptest::prelude::*;
use rulebook::{Billing, Edition, Tier, TierDelay};
use wire::ErrorKind;

use super::{
    Card, Dealing, Funds, MomentKind, Stage, Statement, dollars, edition, funds, minutes, rules,
};
use crate::books::{Decline, Recharge};

/// What happens in a minute.
#[derive(Copy, Clone, Debug)]
enum Op {
    Spend(u32),
    Purchase(i64),
    Card(Card),
    Approved,
    Granted(i64),
    OwnLimit(Option<i64>),
    Synced,
    MonthEnds,
    Collects,
}

impl Op {
    /// What it is in the service's words; `None` for a request.
    fn dealing(self) -> Option<Dealing> {
        let money = Money::from_cents;
        Some(match self {
            Op::Spend(_) => return None,
            Op::Purchase(amount) => Dealing::Purchase(dollars(amount)),
            Op::Card(card) => Dealing::Card(card),
            Op::Approved => Dealing::Approved,
            Op::Granted(cents) => Dealing::Granted(money(cents)),
            Op::OwnLimit(limit) => Dealing::OwnLimit(limit.map(money)),
            Op::Synced => Dealing::Synced,
            Op::MonthEnds => Dealing::MonthEnds,
            Op::Collects => Dealing::Collects,
        })
    }
}

fn ops() -> impl Strategy<Value = Vec<(u64, Op)>> {
    let card = prop_oneof![
        Just(Card::Accepted),
        Just(Card::Held),
        Just(Card::Declined(Decline::Prepaid)),
    ];
    let op = prop_oneof![
        12 => (1..4_000_u32).prop_map(Op::Spend),
        6 => (1..80_i64).prop_map(Op::Purchase),
        2 => card.prop_map(Op::Card),
        2 => Just(Op::Approved),
        1 => (1..2_000_i64).prop_map(Op::Granted),
        1 => prop::option::of(0..12_000_i64).prop_map(Op::OwnLimit),
        1 => Just(Op::Synced),
        1 => Just(Op::MonthEnds),
        1 => Just(Op::Collects),
    ];
    prop::collection::vec((0..12_u64, op), 0..60)
}

/// Minutes that things take, and what is assumed.
#[expect(clippy::struct_excessive_bools, reason = "each is an assumption of its own")]
#[derive(Copy, Clone, Debug)]
struct Given {
    payment: u64,
    delay: u64,
    drawn: bool,
    lag: u64,
    past_due_blocks: bool,
    needs_card: bool,
    prepaid: bool,
}

fn given() -> impl Strategy<Value = Given> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.2));
    (0..15_u64, 0..20_u64, 0..3_u64, flags).prop_map(|(payment, delay, lag, flags)| Given {
        payment,
        delay,
        lag,
        drawn: flags.0,
        past_due_blocks: flags.1,
        needs_card: flags.2,
        prepaid: flags.3,
    })
}

fn begins() -> impl Strategy<Value = (&'static str, i64, i64, i64, Card)> {
    let tiers = prop::sample::select(vec!["limited", "build-1", "build-2", "build-4"]);
    let card = prop::sample::select(vec![Card::None, Card::Accepted, Card::Held]);
    (tiers, -500..5_000_i64, 0..2_000_i64, 0..3_000_i64, card)
}

fn billing(edition: &Edition, given: Given) -> Billing {
    let span = |minutes: u64| Span::from_secs(60 * minutes);
    let delay = span(given.delay);
    let drawn = TierDelay::DrawnUpTo(delay);
    Billing {
        payment_takes: span(given.payment),
        tier_delay: if given.drawn { drawn } else { TierDelay::Fixed(delay) },
        metering_lag: span(given.lag),
        past_due_blocks: given.past_due_blocks,
        needs_card_for_debt: given.needs_card,
        prepaid: given.prepaid,
        ..rules(edition)
    }
}

/// The oracle: lists of what happened when, in minutes and cents.
struct Naive {
    given: Given,
    begins: i64,
    usage: Vec<(u64, i64)>,
    granted: i64,
    credits: Vec<(u64, i64)>,
    invoices: Vec<Bill>,
    card: Card,
    held: Vec<i64>,
    limit: Option<i64>,
    synced: Option<u64>,
    declined: u32,
}

struct Bill {
    amount: i64,
    paid_at: Option<u64>,
    failed: bool,
    before: bool,
}

impl Naive {
    fn new(given: Given, (begins, granted, past_due): (i64, i64, i64), card: Card) -> Self {
        let failed = past_due > 0;
        let bill = Bill { amount: past_due, paid_at: None, failed, before: true };
        Self {
            given,
            begins,
            usage: Vec::new(),
            granted,
            credits: Vec::new(),
            invoices: if failed { vec![bill] } else { Vec::new() },
            card,
            held: Vec::new(),
            limit: None,
            synced: None,
            declined: 0,
        }
    }

    fn credited(&self, now: u64) -> i64 {
        self.credits.iter().filter(|credit| credit.0 <= now).map(|credit| credit.1).sum()
    }

    fn used(&self, now: u64) -> i64 {
        let lag = self.given.lag;
        self.usage.iter().filter(|usage| usage.0 + lag <= now).map(|usage| usage.1).sum()
    }

    /// What is on invoices is not in what is available, whether they are paid or not.
    fn available(&self, now: u64) -> i64 {
        let billed = self.invoices.iter().filter(|bill| !bill.before);
        let billed: i64 = billed.map(|bill| bill.amount).sum();
        self.begins + self.granted + self.credited(now) - self.used(now) + billed
    }

    fn owed(&self, now: u64) -> i64 {
        let open = |bill: &&Bill| bill.paid_at.is_none_or(|at| at > now);
        self.invoices.iter().filter(open).map(|bill| bill.amount).sum()
    }

    /// What was paid in the run by then.
    fn paid(&self, now: u64) -> i64 {
        let there = |bill: &&Bill| bill.paid_at.is_some_and(|at| at <= now);
        let bills: i64 = self.invoices.iter().filter(there).map(|bill| bill.amount).sum();
        self.credited(now) + bills
    }

    fn is_blocked(&self, now: u64, tier: &Tier) -> bool {
        let late = |bill: &Bill| bill.failed && bill.paid_at.is_none_or(|at| at > now);
        let may_owe = !self.given.prepaid
            && (!self.given.needs_card || self.card == Card::Accepted)
            && ["build-1", "build-2", "build-3", "build-4"].contains(&tier.name());
        let most = if may_owe { 10_000 } else { 0 };
        let most = self.limit.map_or(most, |limit| most.min(limit));
        self.given.past_due_blocks && self.invoices.iter().any(late) || self.available(now) <= -most
    }

    fn op(&mut self, now: u64, op: Op) {
        let there = now + self.given.payment;
        match op {
            Op::Spend(cents) => self.usage.push((now, cents.into())),
            Op::Purchase(amount) if amount < 5 => {}
            Op::Purchase(amount) => match self.card {
                Card::Accepted => self.credits.push((there, 100 * amount)),
                Card::Held => self.held.push(100 * amount),
                Card::None | Card::Declined(_) => self.declined += 1,
            },
            Op::Card(card) => {
                self.held.clear();
                self.card = card;
                self.collect(there, |bill| bill.failed && card == Card::Accepted);
            }
            Op::Approved if self.card == Card::Held => {
                self.card = Card::Accepted;
                self.credits.extend(self.held.drain(..).map(|amount| (there, amount)));
                self.collect(there, |bill| bill.failed);
            }
            Op::Approved => {}
            Op::Granted(cents) => self.granted += cents,
            Op::OwnLimit(limit) => self.limit = limit,
            Op::Synced => self.synced = Some(now),
            Op::MonthEnds => {
                let debt = (-self.available(now)).max(0);
                let amount = if self.given.prepaid { 0 } else { debt };
                let paid_at = (amount == 0).then_some(now);
                self.invoices.push(Bill { amount, paid_at, failed: false, before: false });
            }
            Op::Collects => self.collect(there, |_| true),
        }
    }

    fn collect(&mut self, there: u64, which: impl Fn(&Bill) -> bool) {
        for bill in self.invoices.iter_mut().filter(|bill| bill.paid_at.is_none() && which(bill)) {
            match self.card {
                Card::Accepted => bill.paid_at = Some(there),
                Card::Held => bill.failed = true,
                Card::None | Card::Declined(_) => {
                    bill.failed = true;
                    self.declined += 1;
                }
            }
        }
    }
}

fn cents(money: Money) -> i64 {
    let cents = money.pico() / 10_000_000_000;
    assert_eq!(Money::from_cents(i64::try_from(cents).unwrap()), money, "whole cents");
    i64::try_from(cents).unwrap()
}

/// What a history must hold to at a minute; `before` is what its books said the last time.
fn check(
    naive: &Naive,
    begins: &Funds,
    (now, books, before): (u64, &Statement, &Statement),
) -> Result<(), TestCaseError> {
    books.is_sound();
    prop_assert_eq!(cents(books.available), naive.available(now));
    prop_assert_eq!(cents(books.owed), naive.owed(now));
    prop_assert_eq!(cents(books.usage), naive.used(now));
    prop_assert_eq!(cents(books.paid), naive.paid(now));
    prop_assert_eq!(books.lifetime, begins.spent + books.paid);
    prop_assert_eq!(books.declined, naive.declined);

    // Nothing moves without an entry.
    let amounts = |of: &Statement| [of.balance, of.usage, of.paid, of.owed, of.free_left];
    prop_assert!(amounts(books) == amounts(before) || books.entries > before.entries);

    // A tier comes with its payment at the soonest, and with its delay at the latest.
    let edition = edition();
    let place = |tier: &Tier| edition.tiers().iter().position(|one| one == tier);
    let bought = |paid: i64| {
        let tier = edition.tier_for(begins.spent + Money::from_cents(paid));
        tier.filter(|_| paid > 0).and_then(place).max(place(&begins.tier))
    };
    let known = now.checked_sub(naive.given.delay).map_or(0, |then| naive.paid(then));
    let synced = naive.synced.map_or(0, |at| naive.paid(at));
    let at_least = bought(known.max(synced));
    let at_most = if naive.given.drawn { bought(naive.paid(now)) } else { at_least };
    let stands = place(&books.tier);
    prop_assert!((at_least..=at_most).contains(&stands), "{at_least:?} {stands:?} {at_most:?}");
    prop_assert!(stands >= place(&before.tier), "it never falls");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_history_is_what_its_lists_add_up_to(
        history in ops(), given in given(), (tier, purchased, free, past_due, card) in begins()
    ) {
        let edition = edition();
        let begins = Funds {
            purchased: Money::from_cents(purchased),
            free: Money::from_cents(free),
            past_due: Money::from_cents(past_due),
            card,
            ..funds(&edition, tier)
        };
        let mut stage = Stage::new(billing(&edition, given), &begins);
        let mut naive = Naive::new(given, (purchased, free, past_due), card);
        let mut now = 0;
        let mut before = stage.statement(minutes(0));
        for (apart, op) in history {
            now += apart + 1;
            let books = stage.statement(minutes(now));
            let blocked = naive.is_blocked(now, &books.tier);
            if let Some(dealing) = op.dealing() {
                stage.deal(minutes(now), dealing);
                naive.op(now, op);
            } else if let Op::Spend(cents) = op {
                let met = stage.spend(minutes(now), cents);
                prop_assert_eq!(met, if blocked { Err(ErrorKind::NoCredit) } else { Ok(()) });
                if !blocked {
                    naive.op(now, op);
                }
            }
            let books = stage.statement(minutes(now));
            check(&naive, &begins, (now, &books, &before))?;
            before = books;
        }
        // Each purchase that its card paid for is credited once.
        let credited = stage.told(minutes(now + given.payment), MomentKind::Credited);
        let credits = naive.credits.iter();
        let mut expected: Vec<_> =
            credits.map(|(at, amount)| (minutes(*at), Money::from_cents(*amount))).collect();
        expected.sort_by_key(|credit| credit.0);
        prop_assert_eq!(credited, expected);
    }

    #[test]
    fn a_history_goes_on_in_a_later_service_as_if_nothing_had_been(
        history in ops(), given in given(), (tier, purchased, free, past_due, card) in begins(),
        restarts in prop::collection::btree_set(0..60_usize, 0..4)
    ) {
        let edition = edition();
        let begins = Funds {
            purchased: Money::from_cents(purchased),
            free: Money::from_cents(free),
            past_due: Money::from_cents(past_due),
            card,
            ..funds(&edition, tier)
        };
        // What is not metered when a service ends is metered then.
        let rules = billing(&edition, Given { lag: 0, ..given });
        let mut whole = Stage::new(rules.clone(), &begins);
        let mut stage = Stage::new(rules, &begins);
        let mut now = 0;
        for (place, (apart, op)) in history.into_iter().enumerate() {
            now += apart + 1;
            let both = [&mut whole, &mut stage].map(|stage| match (op.dealing(), op) {
                (Some(dealing), _) => {
                    stage.deal(minutes(now), dealing);
                    Ok(())
                }
                (None, Op::Spend(cents)) => stage.spend(minutes(now), cents),
                (None, _) => Ok(()),
            });
            prop_assert_eq!(both[0], both[1]);
            if restarts.contains(&place) {
                stage.restart(minutes(now), &begins);
            }
            let [expected, books] =
                [&mut whole, &mut stage].map(|stage| stage.statement(minutes(now)));
            books.is_sound();
            // What only tells of the past begins anew.
            let told = Statement {
                blocked: expected.blocked,
                first_blocked: expected.first_blocked,
                moments: expected.moments.clone(),
                moments_left_out: expected.moments_left_out,
                course: expected.course.clone(),
                ..books
            };
            prop_assert_eq!(told, expected);
        }
    }

    #[test]
    fn recharging_keeps_up_and_never_buys_more_than_it_takes(
        spends in prop::collection::vec((0..5_u64, 1..3_000_u32), 0..80),
        payment in 0..10_u64, threshold in 0..60_i64, amount in 5..40_i64
    ) {
        let edition = edition();
        let (threshold, amount) = (dollars(threshold), dollars(amount));
        let recharge = Some(Recharge { threshold, amount });
        let payment_takes = Span::from_secs(60 * payment);
        let rules = Billing { payment_takes, ..rules(&edition) };
        let mut stage = Stage::new(rules, &Funds { recharge, ..funds(&edition, "build-1") });
        let mut now = 0;
        for (apart, cents) in spends {
            now += apart + 1;
            let _ = stage.spend(minutes(now), cents);
            let books = stage.statement(minutes(now));
            books.is_sound();
            let soon = books.available + books.pending;
            prop_assert!(soon >= threshold);
            prop_assert!(soon < threshold + amount || threshold.is_zero());
            let bought = books.moments.iter().filter(|one| one.kind == MomentKind::Recharged);
            prop_assert_eq!(bought.map(|one| one.amount).sum::<Money>(), books.paid + books.pending);
        }
    }
}
