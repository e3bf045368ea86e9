//! An account set up for one test, with what happens to it told by hand.

mod climbing;
mod debts;
mod histories;
mod paying;

use std::sync::{Arc, OnceLock};

use limits::{Instant, Rate, Span, Tokens};
use money::{Money, Tariff};
use rulebook::{BatchRules, Billing, Edition, Millionths, OnBlock, Rulebook, Tier, TierDelay};
use wire::{ErrorKind, Fate, PairId, Request, TariffId};

use super::{Card, Dealing, Funds, MomentKind, Statement};
use crate::account::{Account, OrganizationId};
use crate::answer::Answer;
use crate::course::Change;
use crate::service::Service;
use crate::terms::{Limits, Terms};

pub(crate) const LLAMA: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
const US: OrganizationId = OrganizationId(0);

/// A service with one account that has books.
pub(crate) struct Stage {
    pub(crate) terms: Terms,
    pub(crate) service: Service,
    pub(crate) pair: PairId,
    /// A cent for each token of a prompt.
    cents: TariffId,
}

/// The rules of late 2025: a hundred dollars of debt with a card, a minute for each payment, a
/// quarter of an hour for each tier.
pub(crate) fn rules(edition: &Edition) -> Billing {
    let tier = |name: &str| edition.tier(name).unwrap();
    let debts = [("build-1", 100), ("build-2", 100), ("build-3", 100), ("build-4", 100)];
    Billing {
        signup_credit: Money::ZERO,
        least_purchase: Money::from_dollars(5),
        default_recharge: Money::from_dollars(25),
        floors: debts.map(|(name, most)| (tier(name), Money::from_dollars(-most))).to_vec(),
        prepaid: false,
        needs_card_for_debt: true,
        payment_takes: Span::from_secs(60),
        tier_delay: TierDelay::Fixed(Span::from_secs(900)),
        metering_lag: Span::ZERO,
        invoice_day: 3,
        past_due_blocks: true,
        blocked_endpoints: OnBlock::Stop,
        blocked_batches: OnBlock::GoOn,
        pictures_need_balance: true,
        batch: BatchRules {
            line_failures: Millionths::NONE,
            throughput: Rate::new(Tokens(1_000), limits::Per::Second),
            ..edition.billing(&edition.assumptions()).batch
        },
    }
}

pub(crate) fn edition() -> Arc<Edition> {
    static READ: OnceLock<Arc<Edition>> = OnceLock::new();
    let read = || {
        let rulebook = Rulebook::embedded().unwrap();
        Arc::new(rulebook.edition("2025-11").unwrap().clone())
    };
    Arc::clone(READ.get_or_init(read))
}

/// An account on a tier with a card that pays, and nothing else.
pub(crate) fn funds(edition: &Edition, tier: &str) -> Funds {
    let tier: Tier = edition.tier(tier).unwrap();
    let spent = edition.spend_of(&tier).unwrap_or_default();
    Funds { card: Card::Accepted, spent, ..Funds::none(US, tier) }
}

impl Stage {
    pub(crate) fn new(rules: Billing, funds: &Funds) -> Self {
        Self::of(&edition(), rules, funds, LLAMA)
    }

    pub(crate) fn of(edition: &Arc<Edition>, rules: Billing, funds: &Funds, model: &str) -> Self {
        let given = edition.assumptions();
        let mut terms = Terms::new(edition, &given, Limits::Published);
        terms.billing = Arc::new(rules);
        let mut service = Service::new(&terms);
        service.open(funds);
        let cents = service.quote(Tariff { prompt: Money::from_cents(1), ..Tariff::FREE });
        let account = Account::new(US, funds.tier.clone(), edition.model(model));
        let pair = service.enrol(&terms, &account).unwrap();
        Self { terms, service, pair, cents }
    }

    /// The service ends, and a later one takes up its books.
    pub(crate) fn restart(&mut self, at: Instant, funds: &Funds) {
        let kept = self.service.keep(at, US).unwrap();
        self.service = Service::new(&self.terms);
        self.service.go_on(funds, &kept);
        self.cents = self.service.quote(Tariff { prompt: Money::from_cents(1), ..Tariff::FREE });
        let account = Account::new(US, funds.tier.clone(), self.terms.edition.model(LLAMA));
        self.pair = self.service.enrol(&self.terms, &account).unwrap();
    }

    /// A purchase, a new card, the end of a month.
    pub(crate) fn deal(&mut self, at: Instant, dealing: Dealing) {
        self.service.move_to(at);
        self.service.change_books(at, &Change::Money { organization: US, dealing });
        self.service.turns_at = self.service.next_at();
    }

    pub(crate) fn buy(&mut self, at: Instant, dollars: i64) {
        self.deal(at, Dealing::Purchase(Money::from_dollars(dollars)));
    }

    /// A request for so many cents that is answered at once, or why it was refused.
    pub(crate) fn spend(&mut self, at: Instant, cents: u32) -> Result<(), ErrorKind> {
        match self.service.receive(at, self.request(cents)) {
            Answer::Refused { reply, .. } => Err(reply.error.unwrap()),
            Answer::Underway(ticket) => {
                let _ = self.service.finish(at, ticket);
                Ok(())
            }
        }
    }

    pub(crate) fn request(&self, cents: u32) -> Request {
        Request {
            pair: self.pair,
            prompt: cents,
            count: 1,
            max_tokens: None,
            stream: true,
            caller: 0,
            tariff: self.cents,
            fate: Fate { answer: 0, draw: 1 << 63 },
        }
    }

    pub(crate) fn statement(&mut self, at: Instant) -> Statement {
        self.service.statement(at, US).unwrap()
    }

    /// The dealings of one kind until an instant: when, and how much.
    pub(crate) fn told(&mut self, at: Instant, kind: MomentKind) -> Vec<(Instant, Money)> {
        let moments = self.statement(at).moments;
        let meant = moments.iter().filter(|moment| moment.kind == kind);
        meant.map(|moment| (moment.at, moment.amount)).collect()
    }
}

impl Statement {
    /// What every statement must hold to.
    pub(crate) fn is_sound(&self) {
        let fees: Money = self.fees.iter().map(|fee| fee.amount).sum();
        let left = self.opening + self.paid + self.free - self.usage - fees;
        assert_eq!(left, self.balance, "{self:#?}");
        assert_eq!(self.balance + self.owed, self.available);
        assert!(self.lowest <= self.balance);
        let open = self.invoices.iter().filter(|invoice| invoice.state.is_owed());
        assert_eq!(open.map(|invoice| invoice.amount).sum::<Money>(), self.owed);
        assert!(self.moments.is_sorted_by_key(|moment| moment.at));
        assert!(self.course.is_sorted_by_key(|point| point.0));
        assert_eq!(self.course.last().map(|point| point.1), Some(self.balance));
    }
}

pub(crate) fn minutes(n: u64) -> Instant {
    Instant::START.after(Span::from_secs(60 * n))
}

pub(crate) fn dollars(n: i64) -> Money {
    Money::from_dollars(n)
}

#[test]
fn a_tariff_is_quoted_once_and_what_is_free_needs_none() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    let two = Tariff { answer: Money::from_cents(2), ..Tariff::FREE };
    let number = stage.service.quote(two);
    assert_eq!(number, TariffId(2));
    assert_eq!(stage.service.quote(two), number);
    assert_eq!(stage.service.quote(Tariff::FREE), TariffId::FREE);
}

#[test]
fn nobody_else_has_books() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    assert_eq!(stage.service.statement(minutes(1), OrganizationId(1)), None);
}
