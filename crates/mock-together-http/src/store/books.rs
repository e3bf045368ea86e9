//! The books of an organization as they are written down. Amounts are digits of pico-dollars.

use limits::Instant;
use mock_together::{
    Card, Decline, Fee, FeeKind, Invoice, InvoiceLine, InvoiceState, Kept, Money, UnderWay,
};
use serde::{Deserialize, Serialize};

use crate::plan::Plan;

/// A row of the store. Instants are nanoseconds since the clock's beginning.
#[derive(Serialize, Deserialize)]
pub(crate) struct BooksRow {
    at: u64,
    tier: String,
    lifetime: Money,
    known: Money,
    payments: u64,
    accounts: Vec<(Money, Money)>,
    entries: u64,
    unmetered: Money,
    card: Cards,
    recharges: bool,
    held: Vec<Money>,
    declined: u32,
    limit: Option<Money>,
    under_way: Vec<(u64, Coming)>,
    month: u32,
    lines: Vec<Line>,
    invoices: Vec<Bill>,
    fees: Vec<Other>,
    lowest: Money,
}

#[derive(Copy, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Cards {
    None,
    Accepted,
    Held,
    Prepaid,
    Virtual,
    NotRecurring,
    AddressMismatch,
}

#[derive(Copy, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Coming {
    Credit(Money),
    Collected(usize),
    Known(Money),
}

#[derive(Copy, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kinds {
    Endpoint,
    Hosting,
    FineTune,
    Evaluation,
}

#[derive(Copy, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum States {
    Settled,
    Open,
    Collecting,
    CollectingPastDue,
    Paid(u64),
    PastDue,
}

#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    fee: Option<Kinds>,
    prompt: u64,
    answer: u64,
    cost: Money,
}

#[derive(Serialize, Deserialize)]
struct Bill {
    at: u64,
    month: u32,
    amount: Money,
    lines: Vec<Line>,
    state: States,
}

#[derive(Serialize, Deserialize)]
struct Other {
    kind: Kinds,
    name: String,
    amount: Money,
    minutes: u64,
    ran: u64,
}

impl BooksRow {
    /// As they are written.
    pub(crate) fn of(kept: &Kept) -> Self {
        Self {
            at: kept.at.nanos(),
            tier: kept.tier.name().to_owned(),
            lifetime: kept.lifetime,
            known: kept.known,
            payments: kept.payments,
            accounts: kept.accounts.clone(),
            entries: kept.entries,
            unmetered: kept.unmetered,
            card: kept.card.into(),
            recharges: kept.recharges,
            held: kept.held.clone(),
            declined: kept.declined,
            limit: kept.limit,
            under_way: kept
                .under_way
                .iter()
                .map(|(at, what)| (at.nanos(), (*what).into()))
                .collect(),
            month: kept.month,
            lines: kept.lines.iter().map(Line::of).collect(),
            invoices: kept.invoices.iter().map(Bill::of).collect(),
            fees: kept.fees.iter().map(Other::of).collect(),
            lowest: kept.lowest,
        }
    }

    /// As they go on. A tier that the plan's edition does not know is the plan's own.
    pub(crate) fn kept(self, plan: &Plan) -> Option<Kept> {
        let tier = plan.edition.tiers().iter().find(|tier| tier.name() == self.tier);
        let at = Instant::from_nanos;
        (self.month > 0).then(|| Kept {
            at: at(self.at),
            tier: tier.unwrap_or(&plan.tier).clone(),
            lifetime: self.lifetime,
            known: self.known,
            payments: self.payments,
            accounts: self.accounts,
            entries: self.entries,
            unmetered: self.unmetered,
            card: self.card.into(),
            recharges: self.recharges,
            held: self.held,
            declined: self.declined,
            limit: self.limit,
            under_way: self
                .under_way
                .into_iter()
                .map(|(when, what)| (at(when), what.into()))
                .collect(),
            month: self.month,
            lines: self.lines.into_iter().map(Line::kept).collect(),
            invoices: self.invoices.into_iter().map(Bill::kept).collect(),
            fees: self.fees.into_iter().map(Other::kept).collect(),
            lowest: self.lowest,
        })
    }
}

impl Line {
    fn of(line: &InvoiceLine) -> Self {
        let InvoiceLine { name, fee, prompt, answer, cost } = line;
        let (name, fee) = (name.clone(), fee.map(Kinds::from));
        Self { name, fee, prompt: *prompt, answer: *answer, cost: *cost }
    }

    fn kept(self) -> InvoiceLine {
        let Self { name, fee, prompt, answer, cost } = self;
        InvoiceLine { name, fee: fee.map(FeeKind::from), prompt, answer, cost }
    }
}

impl Bill {
    fn of(invoice: &Invoice) -> Self {
        let Invoice { at, month, amount, lines, state } = invoice;
        let lines = lines.iter().map(Line::of).collect();
        let state = match state {
            InvoiceState::Settled => States::Settled,
            InvoiceState::Open => States::Open,
            InvoiceState::Collecting { past_due: false } => States::Collecting,
            InvoiceState::Collecting { past_due: true } => States::CollectingPastDue,
            InvoiceState::Paid(at) => States::Paid(at.nanos()),
            InvoiceState::PastDue => States::PastDue,
        };
        Self { at: at.nanos(), month: *month, amount: *amount, lines, state }
    }

    fn kept(self) -> Invoice {
        let Self { at, month, amount, lines, state } = self;
        let lines = lines.into_iter().map(Line::kept).collect();
        let state = match state {
            States::Settled => InvoiceState::Settled,
            States::Open => InvoiceState::Open,
            States::Collecting => InvoiceState::Collecting { past_due: false },
            States::CollectingPastDue => InvoiceState::Collecting { past_due: true },
            States::Paid(at) => InvoiceState::Paid(Instant::from_nanos(at)),
            States::PastDue => InvoiceState::PastDue,
        };
        Invoice { at: Instant::from_nanos(at), month, amount, lines, state }
    }
}

impl Other {
    fn of(fee: &Fee) -> Self {
        let Fee { kind, name, amount, minutes, ran } = fee;
        let (kind, name) = ((*kind).into(), name.clone());
        Self { kind, name, amount: *amount, minutes: *minutes, ran: *ran }
    }

    fn kept(self) -> Fee {
        let Self { kind, name, amount, minutes, ran } = self;
        Fee { kind: kind.into(), name, amount, minutes, ran }
    }
}

impl From<Card> for Cards {
    fn from(card: Card) -> Self {
        match card {
            Card::None => Self::None,
            Card::Accepted => Self::Accepted,
            Card::Held => Self::Held,
            Card::Declined(Decline::Prepaid) => Self::Prepaid,
            Card::Declined(Decline::Virtual) => Self::Virtual,
            Card::Declined(Decline::NotRecurring) => Self::NotRecurring,
            Card::Declined(Decline::AddressMismatch) => Self::AddressMismatch,
        }
    }
}

impl From<Cards> for Card {
    fn from(card: Cards) -> Self {
        match card {
            Cards::None => Self::None,
            Cards::Accepted => Self::Accepted,
            Cards::Held => Self::Held,
            Cards::Prepaid => Self::Declined(Decline::Prepaid),
            Cards::Virtual => Self::Declined(Decline::Virtual),
            Cards::NotRecurring => Self::Declined(Decline::NotRecurring),
            Cards::AddressMismatch => Self::Declined(Decline::AddressMismatch),
        }
    }
}

impl From<UnderWay> for Coming {
    fn from(coming: UnderWay) -> Self {
        match coming {
            UnderWay::Credit(amount) => Self::Credit(amount),
            UnderWay::Collected(place) => Self::Collected(place),
            UnderWay::Known(lifetime) => Self::Known(lifetime),
        }
    }
}

impl From<Coming> for UnderWay {
    fn from(coming: Coming) -> Self {
        match coming {
            Coming::Credit(amount) => Self::Credit(amount),
            Coming::Collected(place) => Self::Collected(place),
            Coming::Known(lifetime) => Self::Known(lifetime),
        }
    }
}

impl From<FeeKind> for Kinds {
    fn from(kind: FeeKind) -> Self {
        match kind {
            FeeKind::Endpoint => Self::Endpoint,
            FeeKind::Hosting => Self::Hosting,
            FeeKind::FineTune => Self::FineTune,
            FeeKind::Evaluation => Self::Evaluation,
        }
    }
}

impl From<Kinds> for FeeKind {
    fn from(kind: Kinds) -> Self {
        match kind {
            Kinds::Endpoint => Self::Endpoint,
            Kinds::Hosting => Self::Hosting,
            Kinds::FineTune => Self::FineTune,
            Kinds::Evaluation => Self::Evaluation,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulebook::Rulebook;

    use super::*;

    #[test]
    fn what_is_written_is_read_again_to_the_pico_dollar() {
        let edition = Rulebook::embedded().unwrap().edition("2025-11").unwrap().clone();
        let plan = Plan::new(&Arc::new(edition.clone()), &edition.ladder()[0]);
        let money = |pico: i128| Money::from_pico(pico);
        let line = |fee| InvoiceLine {
            name: "a/b".to_owned(),
            fee,
            prompt: 7,
            answer: u64::MAX,
            cost: money(1),
        };
        let at = Instant::from_nanos(u64::MAX - 1);
        let states = [
            InvoiceState::Settled,
            InvoiceState::Open,
            InvoiceState::Collecting { past_due: false },
            InvoiceState::Collecting { past_due: true },
            InvoiceState::Paid(at),
            InvoiceState::PastDue,
        ];
        let kinds = [FeeKind::Endpoint, FeeKind::Hosting, FeeKind::FineTune, FeeKind::Evaluation];
        let declines =
            [Decline::Prepaid, Decline::Virtual, Decline::NotRecurring, Decline::AddressMismatch];
        let cards = [Card::None, Card::Accepted, Card::Held].into_iter();
        for card in cards.chain(declines.map(Card::Declined)) {
            let kept = Kept {
                at,
                tier: edition.tier("build-3").unwrap(),
                lifetime: money(3),
                known: money(-(1 << 100)),
                payments: 2,
                accounts: vec![(money(5), money(1 << 90)); 8],
                entries: 9,
                unmetered: money(11),
                card,
                recharges: false,
                held: vec![money(13)],
                declined: 4,
                limit: Some(money(17)),
                under_way: vec![
                    (at, UnderWay::Credit(money(19))),
                    (at, UnderWay::Collected(2)),
                    (at, UnderWay::Known(money(23))),
                ],
                month: 6,
                lines: vec![line(None)],
                invoices: states
                    .map(|state| {
                        let lines = kinds.map(|kind| line(Some(kind))).to_vec();
                        Invoice { at, month: 1, amount: money(29), lines, state }
                    })
                    .to_vec(),
                fees: kinds
                    .map(|kind| {
                        let name = "an endpoint".to_owned();
                        Fee { kind, name, amount: money(31), minutes: 3, ran: 5 }
                    })
                    .to_vec(),
                lowest: money(-37),
            };
            let written = serde_json::to_vec(&BooksRow::of(&kept)).unwrap();
            let read: BooksRow = serde_json::from_slice(&written).unwrap();
            assert_eq!(read.kept(&plan), Some(kept));
        }
    }
}
