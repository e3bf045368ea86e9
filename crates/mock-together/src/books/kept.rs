//! What of an organization's books goes on in a later service.
//!
//! All that decides anything from then on: amounts, tier, card, payments and tiers under way,
//! invoices. What only tells of the past begins anew: the moments, and the course of the balance.

use limits::Instant;
use money::Money;
use rulebook::Tier;
use wire::Usage;

use super::climb::Known;
use super::funds::{Card, Funds};
use super::ledger::Book;
use super::statement::{Fee, Invoice, InvoiceLine};
use super::timers::Due;
use super::{Books, invoices};
use crate::terms::Terms;

/// The books of an organization, as a later service takes them up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// All that was due by then has come true.
    pub at: Instant,
    /// The tier that is in force.
    pub tier: Tier,
    /// What was paid in its life.
    pub lifetime: Money,
    /// What of that is known wherever tiers and balances are shown.
    pub known: Money,
    /// How many payments there were.
    pub payments: u64,
    /// What has come to each account of the ledger and gone from it, in the ledger's order.
    pub accounts: Vec<(Money, Money)>,
    /// How many entries were made.
    pub entries: u64,
    /// What requests have cost that was not metered. A later service meters it at once.
    pub unmetered: Money,
    /// The card that is linked.
    pub card: Card,
    /// Whether credit is still bought by itself.
    pub recharges: bool,
    /// Purchases that wait until the card is approved.
    pub held: Vec<Money>,
    /// How many payments were declined.
    pub declined: u32,
    /// The debt at which it wants to be stopped.
    pub limit: Option<Money>,
    /// What comes true by itself, in its order.
    pub under_way: Vec<(Instant, UnderWay)>,
    /// Which month it is, counted from one.
    pub month: u32,
    /// What this month has cost so far.
    pub lines: Vec<InvoiceLine>,
    /// The invoices, in their order.
    pub invoices: Vec<Invoice>,
    /// What something else than requests has cost.
    pub fees: Vec<Fee>,
    /// The lowest balance there was.
    pub lowest: Money,
}

/// Something that comes true by itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum UnderWay {
    /// A purchase is credited.
    Credit(Money),
    /// The payment of the invoice at this place is there.
    Collected(usize),
    /// What had been paid by then is known wherever tiers and balances are shown.
    Known(Money),
}

impl Books {
    /// What goes on, when all that is due by now has come true.
    pub(crate) fn keep(&self, now: Instant) -> Kept {
        let Self { ledger, climb, till, month, .. } = self;
        Kept {
            at: now,
            tier: climb.tier.clone(),
            lifetime: climb.lifetime,
            known: climb.known,
            payments: climb.payments,
            accounts: ledger.sums(),
            entries: ledger.entries(),
            unmetered: self.meter.waiting(),
            card: till.card,
            recharges: till.recharges,
            held: till.held.clone(),
            declined: till.declined,
            limit: self.standing.limit,
            under_way: self.timers.in_order().map(|(at, due)| (at, due.into())).collect(),
            month: month.number,
            lines: month.lines.clone(),
            invoices: self.invoices.clone(),
            fees: self.fees.clone(),
            lowest: self.lowest,
        }
    }

    /// The books of an organization go on.
    pub(crate) fn go_on(terms: &Terms, funds: &Funds, kept: &Kept) -> Self {
        let card = kept.card;
        let funds = Funds { tier: kept.tier.clone(), card, limit: kept.limit, ..funds.clone() };
        let mut books = Self::open(terms, &funds);
        books.ledger.set(&kept.accounts, kept.entries);
        books.climb.lifetime = kept.lifetime;
        books.climb.known = kept.known;
        books.climb.payments = kept.payments;
        books.till.recharges = kept.recharges;
        books.till.held.clone_from(&kept.held);
        books.till.declined = kept.declined;
        books.till.pending = kept.held.iter().sum();
        books.timers = super::Timers::default();
        for (at, under_way) in &kept.under_way {
            if let UnderWay::Credit(amount) = under_way {
                books.till.pending += *amount;
            }
            books.timers.set(*at, (*under_way).into());
        }
        books.month = invoices::Month { number: kept.month, lines: kept.lines.clone() };
        books.invoices.clone_from(&kept.invoices);
        books.fees.clone_from(&kept.fees);
        if !kept.unmetered.is_zero() {
            books.month.usage("", Usage::default(), kept.unmetered);
            books.ledger.charge(Book::Usage, kept.unmetered);
        }
        books.journal = super::Journal::default();
        let balance = books.ledger.balance();
        books.curve = super::Curve::new(balance);
        books.lowest = kept.lowest.min(balance);
        books.standing = super::Standing::new(kept.limit);
        books.posted(kept.at);
        books
    }
}

impl From<Due> for UnderWay {
    fn from(due: Due) -> Self {
        match due {
            Due::Credit(amount) => Self::Credit(amount),
            Due::Collected(place) => Self::Collected(place),
            Due::Known(Known { lifetime }) => Self::Known(lifetime),
        }
    }
}

impl From<UnderWay> for Due {
    fn from(under_way: UnderWay) -> Self {
        match under_way {
            UnderWay::Credit(amount) => Self::Credit(amount),
            UnderWay::Collected(place) => Self::Collected(place),
            UnderWay::Known(lifetime) => Self::Known(Known { lifetime }),
        }
    }
}
