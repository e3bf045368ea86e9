//! Months, their invoices, and the day on which they are collected.
//!
//! An invoice takes over the debt that a month leaves behind: it stays in the balance, and credit
//! that comes later does not clear it. Only its own payment does.

use limits::Instant;
use money::Money;
use wire::Usage;

use super::purchases::Unpaid;
use super::statement::{FeeKind, Invoice, InvoiceLine, InvoiceState, MomentKind};
use super::timers::Due;
use super::{Book, Books};

/// What a month has cost so far.
#[derive(Clone, Debug)]
pub(crate) struct Month {
    /// Which it is, counted from one.
    pub(crate) number: u32,
    pub(crate) lines: Vec<InvoiceLine>,
}

impl Month {
    pub(crate) const fn first() -> Self {
        Self { number: 1, lines: Vec::new() }
    }

    /// A request was metered.
    pub(crate) fn usage(&mut self, model: &str, usage: Usage, cost: Money) {
        self.write((None, model), |line| {
            line.prompt = line.prompt.saturating_add(usage.prompt.into());
            line.answer = line.answer.saturating_add(usage.completion.into());
            line.cost += cost;
        });
    }

    /// Something else was charged.
    pub(crate) fn fee(&mut self, (kind, name): (FeeKind, &str), amount: Money) {
        self.write((Some(kind), name), |line| line.cost += amount);
    }

    fn write(
        &mut self,
        (fee, name): (Option<FeeKind>, &str),
        entry: impl FnOnce(&mut InvoiceLine),
    ) {
        let same = |line: &&mut InvoiceLine| line.fee == fee && line.name == name;
        if let Some(line) = self.lines.iter_mut().find(same) {
            return entry(line);
        }
        let (name, cost) = (name.to_owned(), Money::ZERO);
        let mut line = InvoiceLine { name, fee, prompt: 0, answer: 0, cost };
        entry(&mut line);
        self.lines.push(line);
    }
}

/// What could not be collected before the run, as an invoice of its own.
pub(crate) fn past_due(amount: Money) -> Vec<Invoice> {
    if amount <= Money::ZERO {
        return Vec::new();
    }
    let (at, state, lines) = (Instant::START, InvoiceState::PastDue, Vec::new());
    vec![Invoice { at, month: 0, amount, lines, state }]
}

impl Books {
    /// A month ends: what it cost is written down, and what it left unpaid is to be collected.
    pub(crate) fn month_ends(&mut self, at: Instant) {
        let debt = -self.ledger.at(Book::Credit).min(Money::ZERO);
        let amount = if self.rules.prepaid { Money::ZERO } else { debt };
        self.ledger.post(Book::Owed, Book::Credit, amount);
        let Month { number, lines } = std::mem::replace(&mut self.month, Month::first());
        self.month.number = number.saturating_add(1);
        let state = if amount.is_zero() { InvoiceState::Settled } else { InvoiceState::Open };
        self.invoices.push(Invoice { at, month: number, amount, lines, state });
        self.tell(at, MomentKind::Invoiced, amount, "");
    }

    /// The day on which invoices are collected.
    pub(crate) fn collect(&mut self, at: Instant) {
        self.collect_those(at, |state| matches!(state, InvoiceState::Open | InvoiceState::PastDue));
        self.posted(at);
    }

    /// The card pays now: what it could not is collected.
    pub(crate) fn collect_past_due(&mut self, at: Instant) {
        self.collect_those(at, |state| state == InvoiceState::PastDue);
    }

    fn collect_those(&mut self, at: Instant, which: impl Fn(InvoiceState) -> bool) {
        for place in 0..self.invoices.len() {
            let pays = self.till.pays();
            let Some(invoice) = self.invoices.get_mut(place).filter(|one| which(one.state)) else {
                continue;
            };
            let amount = invoice.amount;
            match pays {
                Ok(()) => {
                    let past_due = invoice.state == InvoiceState::PastDue;
                    invoice.state = InvoiceState::Collecting { past_due };
                    self.timers.set(at.after(self.rules.payment_takes), Due::Collected(place));
                }
                Err(unpaid) => {
                    invoice.state = InvoiceState::PastDue;
                    if let Unpaid::Declined(_) = unpaid {
                        self.till.declined = self.till.declined.saturating_add(1);
                    }
                    self.tell(at, MomentKind::PastDue, amount, unpaid.words());
                }
            }
        }
    }

    /// The payment of an invoice is there. It counts towards tiers as a purchase does.
    pub(crate) fn collected(&mut self, at: Instant, place: usize) {
        let Some(invoice) = self.invoices.get_mut(place) else { return };
        let amount = invoice.amount;
        invoice.state = InvoiceState::Paid(at);
        self.ledger.post(Book::Bank, Book::Owed, amount);
        self.tell(at, MomentKind::Collected, amount, "");
        self.paid(at, amount);
        self.posted(at);
    }
}
