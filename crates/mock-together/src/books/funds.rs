//! What an organization begins with, and how it pays.

use money::Money;
use rulebook::Tier;

use crate::account::OrganizationId;

/// The money of an organization as its run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funds {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The tier it is on.
    pub tier: Tier,
    /// What it had paid in its life before: purchases and invoices, no free credit.
    pub spent: Money,
    /// What is left of purchased credit; below zero what is used and not invoiced yet.
    pub purchased: Money,
    /// What is left of free credit.
    pub free: Money,
    /// The card that is linked to it.
    pub card: Card,
    /// The debt at which it wants to be stopped by itself; `None` where it has set no limit.
    pub limit: Option<Money>,
    /// How it buys credit by itself.
    pub recharge: Option<Recharge>,
    /// What of earlier invoices could not be collected.
    pub past_due: Money,
    /// Whether its money decides anything. Where it does not, books are kept all the same, but
    /// nothing is blocked, bought, collected or promoted.
    pub enforced: bool,
    /// What the delays of its tiers are drawn by, where they are drawn.
    pub seed: u64,
}

/// Credit that is bought by itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Recharge {
    /// Below this, more is bought.
    pub threshold: Money,
    /// How much at a time, as often as it takes to be at the threshold again.
    pub amount: Money,
}

/// The card of an organization: one at most. It can be replaced, and never removed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Card {
    /// There is none.
    None,
    /// One that pays.
    Accepted,
    /// One that is declined whenever it is to pay.
    Declined(Decline),
    /// One whose bank holds $0 until its owner has approved that: payments wait.
    Held,
}

/// Why a card is declined.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Decline {
    /// It is a prepaid one.
    Prepaid,
    /// It is a virtual one.
    Virtual,
    /// It does not support recurring payments.
    NotRecurring,
    /// Its billing address is another than its bank knows.
    AddressMismatch,
}

/// What the service says to whoever pays by something else than a credit or debit card that is tied
/// to a bank account (its page on billing, "Troubleshooting Payment Declines").
pub const ONLY_CARDS: &str = "We only accept credit or debit cards";

impl Decline {
    /// What the service says then, where its words are known; else what is wrong, in ours.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Prepaid | Self::Virtual => ONLY_CARDS,
            Self::NotRecurring => "the card does not support recurring payments",
            Self::AddressMismatch => "the billing address does not match the card's",
        }
    }
}

impl Card {
    /// Whether there is one at all.
    #[must_use]
    pub const fn is_linked(self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether debt may be made with it: linking a supported card is what allows that. One that is
    /// declined is none of those, and one that the bank holds is none before it is approved.
    #[must_use]
    pub const fn allows_debt(self) -> bool {
        matches!(self, Self::Accepted)
    }
}

impl Funds {
    /// An account without money, debt or card, that has paid nothing yet and may be blocked.
    #[must_use]
    pub const fn none(organization: OrganizationId, tier: Tier) -> Self {
        Self {
            organization,
            tier,
            spent: Money::ZERO,
            purchased: Money::ZERO,
            free: Money::ZERO,
            card: Card::None,
            limit: None,
            recharge: None,
            past_due: Money::ZERO,
            enforced: true,
            seed: 0,
        }
    }
}
