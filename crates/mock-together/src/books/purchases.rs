//! Buying credit: by hand, and by itself.

use limits::Instant;
use money::Money;

use super::funds::{Card, Funds, Recharge};
use super::statement::MomentKind;
use super::timers::Due;
use super::{Book, Books};

/// How an account pays, and what it is paying.
#[derive(Clone, Debug)]
pub(crate) struct Till {
    pub(crate) card: Card,
    recharge: Option<Recharge>,
    /// Whether recharging goes on: a declined card stops it until there is another.
    pub(crate) recharges: bool,
    /// Purchases that are not credited yet.
    pub(crate) pending: Money,
    /// Those of them that wait for the card to be approved.
    pub(crate) held: Vec<Money>,
    /// How many payments were declined.
    pub(crate) declined: u32,
}

/// Why a payment was not made.
pub(crate) enum Unpaid {
    /// The card was declined, or there is none: in these words.
    Declined(&'static str),
    /// It waits for the card to be approved.
    Held,
}

/// As many purchases are told apart that are made by themselves in one instant; more of them are one
/// over their sum. Ours: nobody publishes an end, and a threshold far off must not fill the memory.
const TOLD_APART: u64 = 1_000;

const NO_CARD: &str = "no card is linked";
const NOT_APPROVED: &str = "the bank's hold is not approved";

impl Till {
    pub(crate) const fn new(funds: &Funds) -> Self {
        Self {
            card: funds.card,
            recharge: funds.recharge,
            recharges: true,
            pending: Money::ZERO,
            held: Vec::new(),
            declined: 0,
        }
    }

    /// Whether the card pays.
    pub(crate) const fn pays(&self) -> Result<(), Unpaid> {
        match self.card {
            Card::Accepted => Ok(()),
            Card::None => Err(Unpaid::Declined(NO_CARD)),
            Card::Declined(decline) => Err(Unpaid::Declined(decline.words())),
            Card::Held => Err(Unpaid::Held),
        }
    }
}

impl Unpaid {
    pub(crate) const fn words(&self) -> &'static str {
        match self {
            Self::Declined(words) => words,
            Self::Held => NOT_APPROVED,
        }
    }
}

impl Books {
    /// Credit is bought by hand.
    pub(crate) fn buy(&mut self, at: Instant, amount: Money) {
        if amount < self.rules.least_purchase || amount <= Money::ZERO {
            self.tell(at, MomentKind::TooLittle, amount, "");
        } else {
            self.pay(at, MomentKind::Bought, amount);
        }
    }

    /// Credit is bought by itself, as often as it takes to be at the threshold again: what is
    /// pending counts as if it were there.
    pub(crate) fn recharge(&mut self, at: Instant) {
        let Some(Recharge { threshold, amount }) = self.till.recharge.filter(|_| self.enforced)
        else {
            return;
        };
        if amount < self.rules.least_purchase || amount <= Money::ZERO {
            return;
        }
        let gap = threshold - (self.ledger.available() + self.till.pending);
        let (times, amount) = match gap.times_to_reach(amount) {
            Some(times) if times <= TOLD_APART => (times, amount),
            Some(times) => (1, amount.times(times)),
            None => (1, gap),
        };
        for _ in 0..times {
            // A card that is declined ends it.
            if self.till.recharges {
                self.pay(at, MomentKind::Recharged, amount);
            }
        }
    }

    /// A purchase goes to the card.
    fn pay(&mut self, at: Instant, kind: MomentKind, amount: Money) {
        match self.till.pays() {
            Ok(()) => {
                self.till.pending += amount;
                self.tell(at, kind, amount, "");
                self.timers.set(at.after(self.rules.payment_takes), Due::Credit(amount));
            }
            Err(Unpaid::Held) => {
                self.till.pending += amount;
                self.till.held.push(amount);
                self.tell(at, MomentKind::Held, amount, NOT_APPROVED);
            }
            Err(Unpaid::Declined(words)) => {
                self.till.declined = self.till.declined.saturating_add(1);
                self.till.recharges = self.till.recharges && kind != MomentKind::Recharged;
                self.tell(at, MomentKind::Declined, amount, words);
            }
        }
    }

    /// A payment is there: it is credited, and counts towards tiers.
    pub(crate) fn credited(&mut self, at: Instant, amount: Money) {
        self.till.pending -= amount;
        self.ledger.post(Book::Bank, Book::Credit, amount);
        self.tell(at, MomentKind::Credited, amount, "");
        self.paid(at, amount);
        self.posted(at);
    }

    /// The bank's hold is approved: what waited for it goes ahead.
    pub(crate) fn approved(&mut self, at: Instant) {
        if self.till.card != Card::Held {
            return;
        }
        self.till.card = Card::Accepted;
        self.tell(at, MomentKind::Approved, Money::ZERO, "");
        for amount in std::mem::take(&mut self.till.held) {
            self.timers.set(at.after(self.rules.payment_takes), Due::Credit(amount));
        }
        self.collect_past_due(at);
    }

    /// Another card is linked. Payments that waited for the approval of the old one lapse; what is
    /// past due is charged to the new one. There is always one from then on.
    pub(crate) fn replace_card(&mut self, at: Instant, card: Card) {
        if !card.is_linked() {
            return;
        }
        for amount in std::mem::take(&mut self.till.held) {
            self.till.pending -= amount;
            self.tell(at, MomentKind::Lapsed, amount, "");
        }
        self.till.card = card;
        self.till.recharges = true;
        self.tell(at, MomentKind::CardChanged, Money::ZERO, "");
        if card == Card::Accepted {
            self.collect_past_due(at);
        }
    }
}
