//! The money of the account: what it has and owes when the run begins, how it pays, and what
//! happens to it while the run goes on.
//!
//! A file that says nothing of money has no books: the service then serves whoever keeps its
//! limits. Where only something by the minute is charged, books are kept and nobody is blocked.

use core::fmt;

use money::Money;
use rulebook::reading::Share;
use rulebook::{Assumptions, Tier};

use crate::scenario::Scenario;
use crate::service_event::Event;
use crate::written::WrittenRecharge;

/// The account's money when the run begins, and how it pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funds {
    /// The tier that it is on.
    pub tier: Tier,
    /// What it has paid in its life before the run: this is what buys tiers.
    pub spent: Money,
    /// Credit that it bought and has not used.
    pub purchased: Money,
    /// Credit that it was given and has not used.
    pub free: Money,
    /// How it pays.
    pub card: Card,
    /// How much it may owe by a limit of its own; none where it set no limit.
    pub limit: Option<Money>,
    /// When it buys by itself.
    pub recharge: Option<Recharge>,
    /// What it owes from invoices of before the run.
    pub past_due: Money,
    /// Whether an empty balance blocks, and purchases move tiers: not where the file says nothing
    /// of the account's money, and books are kept of what is charged by the minute alone.
    pub enforced: bool,
}

/// How an account pays.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Card {
    /// It has linked no card.
    None,
    /// A card that is charged.
    #[default]
    Accepted,
    /// A card that is declined, each time.
    Declined(Decline),
    /// A card whose $0 authorization the bank holds until the owner approves it.
    Held,
}

/// Why a card is declined.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Decline {
    /// A prepaid card.
    Prepaid,
    /// A virtual card.
    Virtual,
    /// It does not allow recurring payments.
    NotRecurring,
    /// Its address is not the account's.
    AddressMismatch,
}

impl Card {
    /// Every card, as files write it.
    pub const WORDS: &'static [&'static str] =
        &["none", "accepted", "prepaid", "virtual", "not-recurring", "address-mismatch", "held"];

    /// The card of a word; none where it is not one of [`Card::WORDS`].
    #[must_use]
    pub fn of_word(word: &str) -> Option<Card> {
        Some(match word {
            "none" => Card::None,
            "accepted" => Card::Accepted,
            "prepaid" => Card::Declined(Decline::Prepaid),
            "virtual" => Card::Declined(Decline::Virtual),
            "not-recurring" => Card::Declined(Decline::NotRecurring),
            "address-mismatch" => Card::Declined(Decline::AddressMismatch),
            "held" => Card::Held,
            _ => return None,
        })
    }

    /// Whether debt may be made with it, where that takes a card: it must be one that is charged.
    #[must_use]
    pub const fn allows_debt(self) -> bool {
        matches!(self, Card::Accepted)
    }

    /// As files write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Card::None => "none",
            Card::Accepted => "accepted",
            Card::Declined(Decline::Prepaid) => "prepaid",
            Card::Declined(Decline::Virtual) => "virtual",
            Card::Declined(Decline::NotRecurring) => "not-recurring",
            Card::Declined(Decline::AddressMismatch) => "address-mismatch",
            Card::Held => "held",
        }
    }
}

/// Credit that is bought when the balance falls below a threshold.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Recharge {
    /// Below this it is bought.
    pub threshold: Money,
    /// How much at a time.
    pub amount: Money,
}

/// What happens to the account's money at an instant.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// Credit is bought.
    Purchase(Money),
    /// Another card takes the place of the linked one.
    Card(Card),
    /// The account's own limit on what it owes; none from now on where nothing is said.
    OwnLimit(Option<Money>),
    /// Support puts the account on the tier that it has paid for, at once.
    Synced,
    /// The owner approves the bank's $0 authorization.
    Approved,
    /// Credit is given.
    FreeCredit(Money),
}

impl Transaction {
    /// Whether both say what holds from one instant on. Whoever buys twice has bought twice.
    pub(crate) const fn contradicts(self, other: Transaction) -> bool {
        matches!(
            (self, other),
            (Transaction::Card(_), Transaction::Card(_))
                | (Transaction::OwnLimit(_), Transaction::OwnLimit(_))
        )
    }

    /// Its word in the file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Transaction::Purchase(_) => "purchase",
            Transaction::Card(_) => "card",
            Transaction::OwnLimit(_) => "own_limit",
            Transaction::Synced => "support",
            Transaction::Approved => "approve",
            Transaction::FreeCredit(_) => "grant_credit",
        }
    }
}

/// `a purchase of $50.00`.
impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Transaction::Purchase(amount) => write!(f, "a purchase of {amount}"),
            Transaction::Card(card) => write!(f, "another card ({})", card.word()),
            Transaction::OwnLimit(Some(limit)) => write!(f, "a limit of its own at {limit}"),
            Transaction::OwnLimit(None) => f.write_str("no limit of its own any more"),
            Transaction::Synced => f.write_str("a tier that support puts in force"),
            Transaction::Approved => f.write_str("an authorization that is approved"),
            Transaction::FreeCredit(amount) => write!(f, "free credit of {amount}"),
        }
    }
}

/// What a file says of the money of its account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) balance: Option<Money>,
    pub(crate) free_credit: Option<Money>,
    pub(crate) spent: Option<Money>,
    pub(crate) card: Option<Card>,
    pub(crate) limit: Option<Money>,
    pub(crate) past_due: Option<Money>,
    pub(crate) discount: Option<Share>,
    pub(crate) recharge: Option<WrittenRecharge>,
}

impl Said {
    /// Whether it says what the account has, or how it pays: a discount alone does not.
    const fn is_of_the_balance(&self) -> bool {
        self.balance.is_some()
            || self.free_credit.is_some()
            || self.spent.is_some()
            || self.card.is_some()
            || self.limit.is_some()
            || self.past_due.is_some()
            || self.recharge.is_some()
    }
}

impl Scenario {
    /// The money of an account on this tier; `None` where no books are kept. What the file says of
    /// its lifetime spend holds on its own tier; on another the account has paid what that costs. It
    /// has paid at least for the credit that is left of it, wherever nothing is said.
    #[must_use]
    pub fn funds(&self, tier: &Tier, given: &Assumptions) -> Option<Funds> {
        if !self.keeps_books() {
            return None;
        }
        let (said, billing) = (&self.funds, self.edition.billing(given));
        let bought = self.edition.spend_of(tier).unwrap_or_default();
        let purchased = said.balance.unwrap_or_default();
        let spent = said.spent.filter(|_| *tier == self.tier);
        Some(Funds {
            tier: tier.clone(),
            spent: spent.unwrap_or(bought.max(purchased)),
            purchased,
            free: said.free_credit.unwrap_or(if self.is_new(tier) {
                billing.signup_credit
            } else {
                Money::ZERO
            }),
            card: said.card.unwrap_or_default(),
            limit: said.limit,
            recharge: said.recharge.map(|recharge| recharge.or(billing.default_recharge)),
            past_due: said.past_due.unwrap_or_default(),
            enforced: self.has_money(),
        })
    }

    /// Whether the file says what the account has, or how it pays: an empty balance then blocks.
    #[must_use]
    pub fn has_money(&self) -> bool {
        let moves = |event: &Event| matches!(event, Event::Account(_));
        self.funds.is_of_the_balance() || self.service_events.iter().any(|event| moves(&event.what))
    }

    /// Whether the file has credit bought or given while the run goes on.
    #[must_use]
    pub fn buys(&self) -> bool {
        self.service_events.iter().any(|event| {
            matches!(
                event.what,
                Event::Account(Transaction::Purchase(_) | Transaction::FreeCredit(_))
            )
        })
    }

    /// Whether books are kept: of the account's money, or of what is charged whether anybody sends
    /// requests or not.
    #[must_use]
    pub fn keeps_books(&self) -> bool {
        let priced = |at: usize| self.endpoint_price(at, &self.assumptions).is_some();
        self.has_money()
            || !self.fine_tunes.is_empty()
            || !self.evaluations.is_empty()
            || (0..self.endpoints.len()).any(priced)
    }

    /// Whether an account on this tier has never paid anything, and the file leaves open what it
    /// was given for signing up.
    pub(crate) fn is_new(&self, tier: &Tier) -> bool {
        let spent = self.funds.spent.filter(|_| *tier == self.tier);
        let spent = spent.or_else(|| self.edition.spend_of(tier));
        self.has_money() && spent.is_some_and(Money::is_zero) && self.funds.balance.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_is_read_as_it_is_written() {
        for word in Card::WORDS {
            assert_eq!(Card::of_word(word).map(Card::word), Some(*word));
        }
        assert_eq!(Card::of_word("visa"), None);
    }
}
