//! How an account pays: credit, debt, tiers that are bought, batches.

use limits::{Rate, Span, Tokens};
use money::Money;

use crate::assumptions::Assumptions;
use crate::capacity::Millionths;
use crate::edition::Edition;
use crate::tier::Tier;

/// What an edition says of paying.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one rule of two values")]
pub struct Billing {
    /// Free credit of a new account; it does not count towards a tier.
    pub signup_credit: Money,
    /// The least that can be bought at once.
    pub least_purchase: Money,
    /// What automatic recharging buys unless it is told otherwise.
    pub default_recharge: Money,
    /// The lowest balance of each tier, zero or below; a tier that is not listed has zero.
    pub floors: Vec<(Tier, Money)>,
    /// Whether an account stops at zero, without debt or invoices.
    pub prepaid: bool,
    /// Whether only an account with a card may have debt.
    pub needs_card_for_debt: bool,
    /// From a payment to its credit.
    pub payment_takes: Span,
    /// From the credit to the tier that it buys.
    pub tier_delay: TierDelay,
    /// From the end of a request to its charge.
    pub metering_lag: Span,
    /// The day of the month on which the invoice of the month before is charged.
    pub invoice_day: u32,
    /// Whether an invoice that could not be charged blocks the account.
    pub past_due_blocks: bool,
    /// What a blocked account's running endpoints do.
    pub blocked_endpoints: OnBlock,
    /// What its running batches do.
    pub blocked_batches: OnBlock,
    /// Whether pictures need a balance above zero even where debt is allowed.
    pub pictures_need_balance: bool,
    /// What holds for batches.
    pub batch: BatchRules,
}

/// How long the tier of a purchase takes to come into force.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum TierDelay {
    /// As long as this, always.
    Fixed(Span),
    /// Anything up to this, drawn evenly for each purchase.
    DrawnUpTo(Span),
}

/// What becomes of something that runs when its account is blocked.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub enum OnBlock {
    /// It stops.
    #[default]
    Stop,
    /// It goes on, and is charged.
    GoOn,
}

/// What holds for batches.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct BatchRules {
    /// The most requests in one batch.
    pub lines: u64,
    /// The largest file, in bytes.
    pub bytes: u64,
    /// Bytes of a file that a token of its prompts is reckoned as.
    pub bytes_per_token: u32,
    /// The most tokens that wait at once, for each model.
    pub enqueued_tokens: u64,
    /// After how long what is not done expires.
    pub window: Span,
    /// How fast a model works off an organization's batches.
    pub throughput: Rate<Tokens>,
    /// The share of lines that fail for reasons of the service.
    pub line_failures: Millionths,
}

impl Edition {
    /// How accounts pay, under these assumptions.
    #[must_use]
    pub fn billing(&self, _given: &Assumptions) -> Billing {
        Billing {
            signup_credit: Money::ZERO,
            least_purchase: Money::ZERO,
            default_recharge: Money::ZERO,
            floors: Vec::new(),
            prepaid: true,
            needs_card_for_debt: false,
            payment_takes: Span::ZERO,
            tier_delay: TierDelay::Fixed(Span::ZERO),
            metering_lag: Span::ZERO,
            invoice_day: 0,
            past_due_blocks: false,
            blocked_endpoints: OnBlock::Stop,
            blocked_batches: OnBlock::Stop,
            pictures_need_balance: false,
            batch: BatchRules {
                lines: 0,
                bytes: 0,
                bytes_per_token: 0,
                enqueued_tokens: 0,
                window: Span::ZERO,
                throughput: Rate::new(Tokens(0), limits::Per::Second),
                line_failures: Millionths::NONE,
            },
        }
    }

    /// What an account must have spent in its life to be on a tier; `None` where the tier is not
    /// bought.
    #[must_use]
    pub fn spend_of(&self, tier: &Tier) -> Option<Money> {
        Money::parse(self.spend(tier)?).ok()
    }

    /// The highest tier that so much spending buys; `None` where tiers are not bought.
    #[must_use]
    pub fn tier_for(&self, spent: Money) -> Option<&Tier> {
        let bought = self.tiers.iter().filter_map(|tier| Some((self.spend_of(tier)?, tier)));
        bought.filter(|(costs, _)| *costs <= spent).max_by_key(|(costs, _)| *costs).map(|(_, t)| t)
    }
}
