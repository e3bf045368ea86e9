//! The books of an organization: what it has, what it has used, what it owes, and what follows.
//!
//! ```text
//!   a request ends ──► metered, after a lag ──┐
//!   minutes, jobs ────────────────────────────┼──► posted ──► weighed: blocked or served,
//!   purchase ──► pending ──► credited ────────┘                        recharged
//!                               └──► after a delay: its tier is in force
//!   a month ends ──► invoiced ──► collected on its day ──► paid, or past due
//! ```
//!
//! Every amount that moves is an entry of the [`ledger`]; nothing else knows a balance. What takes
//! its time comes true when the service is next told the time, at its own instant.

pub(crate) mod climb;
pub(crate) mod curve;
pub(crate) mod funds;
pub(crate) mod invoices;
pub(crate) mod journal;
pub(crate) mod kept;
pub(crate) mod ledger;
pub(crate) mod metering;
pub(crate) mod purchases;
pub(crate) mod standing;
pub(crate) mod statement;
pub(crate) mod timers;

use std::sync::Arc;

use limits::Instant;
use money::Money;
use rulebook::{Billing, Edition, Tier};

pub use funds::{Card, Decline, Funds, ONLY_CARDS, Recharge};
pub use kept::{Kept, UnderWay};
pub use statement::{
    Fee, FeeKind, Invoice, InvoiceLine, InvoiceState, Moment, MomentKind, Statement,
};

use crate::account::OrganizationId;
use crate::course::Dealing;
use crate::terms::{Limits, Terms};
use climb::Climb;
use curve::Curve;
use invoices::Month;
use journal::Journal;
use ledger::{Book, Ledger};
use metering::Meter;
use purchases::Till;
use standing::Standing;
use timers::{Due, Timers};

/// The books of an organization.
#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) organization: OrganizationId,
    rules: Arc<Billing>,
    edition: Arc<Edition>,
    /// Whether money decides anything.
    enforced: bool,
    ledger: Ledger,
    till: Till,
    climb: Climb,
    meter: Meter,
    /// What this month has cost so far.
    month: Month,
    invoices: Vec<Invoice>,
    fees: Vec<Fee>,
    standing: Standing,
    timers: Timers,
    journal: Journal,
    curve: Curve,
    lowest: Money,
    /// Whether the tier or what is served has changed, and nobody has heard of that.
    news: bool,
}

impl Books {
    /// The books as they are opened, at the beginning of the run.
    pub(crate) fn open(terms: &Terms, funds: &Funds) -> Self {
        let mut ledger = Ledger::default();
        ledger.post(Book::Before, Book::Credit, funds.purchased);
        ledger.grant(funds.free);
        ledger.post(Book::Owed, Book::Before, funds.past_due);
        let balance = ledger.balance();
        let mut books = Self {
            organization: funds.organization,
            rules: Arc::clone(&terms.billing),
            edition: Arc::clone(&terms.edition),
            enforced: funds.enforced && terms.limits == Limits::Published,
            ledger,
            till: Till::new(funds),
            climb: Climb::new(funds),
            meter: Meter::default(),
            month: Month::first(),
            invoices: invoices::past_due(funds.past_due),
            fees: Vec::new(),
            standing: Standing::new(funds.limit),
            timers: Timers::default(),
            journal: Journal::default(),
            curve: Curve::new(balance),
            lowest: balance,
            news: false,
        };
        books.posted(Instant::START);
        books
    }

    /// When something of its own comes true next; the end of time where nothing will.
    pub(crate) fn next_at(&self) -> Instant {
        self.timers.next_at().min(self.meter.next_at())
    }

    /// Whatever is next comes true, if it is due by `now`.
    pub(crate) fn turn(&mut self, now: Instant) {
        if self.meter.next_at() <= self.timers.next_at() {
            if let Some((at, cost)) = self.meter.due(now, &mut self.month) {
                self.ledger.charge(Book::Usage, cost);
                self.posted(at);
            }
        } else if let Some((at, due)) = self.timers.due(now) {
            match due {
                Due::Credit(amount) => self.credited(at, amount),
                Due::Collected(invoice) => self.collected(at, invoice),
                Due::Known(known) => self.known(at, known),
            }
        }
    }

    /// Something happens between the organization and those whom it pays.
    pub(crate) fn deal(&mut self, at: Instant, dealing: &Dealing) {
        let decides = match dealing {
            Dealing::Granted(_)
            | Dealing::MonthEnds
            | Dealing::FineTune { .. }
            | Dealing::Evaluation { .. } => true,
            // These are somebody's answer to money that decides something.
            Dealing::Purchase(_)
            | Dealing::Card(_)
            | Dealing::OwnLimit(_)
            | Dealing::Synced
            | Dealing::Approved
            | Dealing::Collects => self.enforced,
        };
        if !decides {
            return;
        }
        match dealing {
            Dealing::Granted(amount) => self.granted(at, *amount),
            Dealing::MonthEnds => self.month_ends(at),
            Dealing::FineTune { name, cost } => self.job(at, FeeKind::FineTune, name, *cost),
            Dealing::Evaluation { name, cost } => self.job(at, FeeKind::Evaluation, name, *cost),
            Dealing::Purchase(amount) => self.buy(at, *amount),
            Dealing::Card(card) => self.replace_card(at, *card),
            Dealing::Approved => self.approved(at),
            Dealing::Synced => self.synced(at),
            Dealing::Collects => self.collect(at),
            Dealing::OwnLimit(limit) => {
                self.standing.limit = *limit;
                self.tell(at, MomentKind::LimitChanged, limit.unwrap_or_default(), "");
            }
        }
        self.posted(at);
    }

    fn granted(&mut self, at: Instant, amount: Money) {
        self.ledger.grant(amount);
        self.tell(at, MomentKind::Granted, amount, "");
    }

    /// Something that is no request is charged, at once.
    pub(crate) fn fee(
        &mut self,
        at: Instant,
        (kind, name): (FeeKind, &str),
        amount: Money,
        (minutes, ran): (u64, u64),
    ) {
        let same = |fee: &&mut Fee| fee.kind == kind && fee.name == name;
        if let Some(fee) = self.fees.iter_mut().find(same) {
            fee.amount += amount;
            fee.minutes = fee.minutes.saturating_add(minutes);
            fee.ran = fee.ran.saturating_add(ran);
        } else {
            self.fees.push(Fee { kind, name: name.to_owned(), amount, minutes, ran });
        }
        self.month.fee((kind, name), amount);
        self.ledger.charge(Book::Fees, amount);
        self.posted(at);
    }

    /// Whether credit covers so much, and nothing is blocked: what endpoints and jobs need. Debt
    /// that an account may have covers none of it.
    pub(crate) fn affords(&self, amount: Money) -> bool {
        !self.enforced || !self.standing.is_blocked() && self.ledger.available() >= amount
    }

    /// A job is charged whole when it is created, or refused.
    fn job(&mut self, at: Instant, kind: FeeKind, name: &str, cost: Money) {
        if self.affords(cost) {
            self.fee(at, (kind, name), cost, (0, 0));
            self.tell(at, MomentKind::Job, cost, name);
        } else {
            let refused = match kind {
                FeeKind::Evaluation => MomentKind::EvaluationRefused,
                FeeKind::FineTune | FeeKind::Endpoint | FeeKind::Hosting => MomentKind::JobRefused,
            };
            self.tell(at, refused, cost, name);
        }
    }

    /// Something happened that is worth telling.
    pub(crate) fn tell(&mut self, at: Instant, kind: MomentKind, amount: Money, words: &str) {
        self.journal.add((at, self.ledger.balance()), kind, amount, words);
    }

    /// Amounts have moved, or what they are measured by has.
    fn posted(&mut self, at: Instant) {
        let balance = self.ledger.balance();
        self.curve.add(at, balance);
        self.lowest = self.lowest.min(balance);
        self.weigh(at);
        self.recharge(at);
    }

    /// Whether the tier or what is served has changed, and nobody has heard of that.
    pub(crate) const fn has_news(&self) -> bool {
        self.news
    }

    /// The organization's pairs have heard of it.
    pub(crate) const fn heard(&mut self) {
        self.news = false;
    }

    /// The tier that is in force.
    pub(crate) const fn tier(&self) -> &Tier {
        &self.climb.tier
    }

    /// What they say at an instant, when all that is due by then has come true.
    pub(crate) fn statement(&self, now: Instant) -> Statement {
        let Self { ledger, climb, standing, till, .. } = self;
        let balance = ledger.balance();
        Statement {
            opening: -ledger.at(Book::Before),
            paid: -ledger.at(Book::Bank),
            free: -ledger.at(Book::Gifts),
            usage: ledger.at(Book::Usage),
            fees: self.fees.clone(),
            balance,
            owed: -ledger.at(Book::Owed),
            available: ledger.available(),
            free_left: ledger.at(Book::Free),
            shown: balance - climb.unknown(),
            pending: till.pending,
            unmetered: self.meter.waiting(),
            entries: ledger.entries(),
            lowest: self.lowest,
            lifetime: climb.lifetime,
            tier: climb.tier.clone(),
            blocked: standing.blocked_by(now),
            first_blocked: standing.first,
            declined: till.declined,
            moments: self.journal.in_order(),
            moments_left_out: self.journal.left_out,
            course: self.curve.points(),
            invoices: self.invoices.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
