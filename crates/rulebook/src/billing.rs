//! How an account pays: credit, debt, tiers that are bought, batches.

use limits::{Per, Rate, Span, Tokens};
use money::Money;

use crate::assumptions::Assumptions;
use crate::capacity::Millionths;
use crate::edition::Edition;
use crate::listed::Debt;
use crate::reading::quantity;
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
    /// The day of the month on which the invoice of the month before is charged; the first where
    /// there are no invoices.
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
    /// The most requests in one batch; none where there are no batches.
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
    /// How accounts pay, under these assumptions. An edition that says nothing of it has accounts
    /// without credit, debt or invoices.
    #[must_use]
    pub fn billing(&self, given: &Assumptions) -> Billing {
        let rules = &self.costs.billing;
        let is = |name: &str, word: &str| given.get(name).is_some_and(|one| one.value == word);
        let on_block = |name: &str, goes_on: &str| {
            if is(name, goes_on) { OnBlock::GoOn } else { OnBlock::Stop }
        };
        Billing {
            signup_credit: amount(given, "signup_credit"),
            least_purchase: amount(given, "minimum_purchase"),
            default_recharge: rules.default_recharge,
            floors: self.floors(given),
            prepaid: rules.prepaid,
            needs_card_for_debt: rules.needs_card_for_debt,
            payment_takes: given.takes("payment_takes").unwrap_or_default(),
            tier_delay: self.tier_delay(given),
            metering_lag: given.takes("metering_lag").unwrap_or_default(),
            invoice_day: rules.invoice_day.unwrap_or(1),
            past_due_blocks: is("past_due", "blocks"),
            blocked_endpoints: on_block("blocked_endpoints", "run-on"),
            blocked_batches: on_block("blocked_batches", "finish"),
            pictures_need_balance: rules.pictures_need_balance,
            batch: self.batch_rules(given),
        }
    }

    /// The lowest balance of each tier that may have debt.
    fn floors(&self, given: &Assumptions) -> Vec<(Tier, Money)> {
        let floor = |(name, debt): &(String, Debt)| {
            let tier = self.tiers.iter().find(|tier| tier.name() == name)?;
            let most = match debt {
                Debt::UpTo(most) => *most,
                Debt::Agreed => amount(given, "postpaid_limit"),
            };
            Some((tier.clone(), -most))
        };
        self.costs.billing.debt.iter().filter_map(floor).collect()
    }

    /// How long the tier of a purchase takes: what is supposed, or anything up to the documented
    /// most.
    fn tier_delay(&self, given: &Assumptions) -> TierDelay {
        match given.takes("tier_delay") {
            Some(always) => TierDelay::Fixed(always),
            None => TierDelay::DrawnUpTo(self.costs.billing.tier_delay.unwrap_or_default()),
        }
    }

    /// The most characters of the id that a line of a batch has; any number where nobody says.
    #[must_use]
    pub fn batch_ids(&self) -> u64 {
        self.costs.batch.custom_id.unwrap_or(u64::MAX)
    }

    fn batch_rules(&self, given: &Assumptions) -> BatchRules {
        let rate = given.get("batch_throughput").and_then(|one| quantity::rate(&one.value).ok());
        let tokens = rate.and_then(|rate| Rate::every(Tokens(rate.amount().0), rate.per_span()));
        BatchRules {
            lines: self.costs.batch.lines,
            bytes: self.costs.batch.bytes,
            bytes_per_token: given.count("batch_bytes_per_token"),
            enqueued_tokens: self.costs.batch.enqueued_tokens,
            window: given.takes("batch_window").unwrap_or_default(),
            throughput: tokens.unwrap_or(Rate::new(Tokens(0), Per::Second)),
            line_failures: given.share("batch_line_failures"),
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

/// An amount that is supposed; none where a word stands for that.
fn amount(given: &Assumptions, name: &str) -> Money {
    given.get(name).and_then(|one| Money::parse(&one.value).ok()).unwrap_or_default()
}
