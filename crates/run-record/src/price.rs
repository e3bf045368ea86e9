//! What a header says about money: the price of a group's requests, and what its account began
//! with.

use money::{Money, Tariff};
use serde::{Deserialize, Serialize};

/// What a request of a group costs, and who says so.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceNote {
    /// Each request.
    pub request: Money,
    /// Each token of a prompt.
    pub prompt: Money,
    /// Each token of an answer.
    pub answer: Money,
    /// The facts of the edition that it rests on, by their ids; none where the file says it.
    pub facts: Vec<String>,
    /// Where those were read, each with its date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// `documented`, `observed`, `third-party` or `assumed`.
    pub certainty: String,
    /// The discount that is taken off already, in words: `10 % negotiated`, `batch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<String>,
}

impl PriceNote {
    /// The price as a tariff.
    #[must_use]
    pub const fn tariff(&self) -> Tariff {
        Tariff { request: self.request, prompt: self.prompt, answer: self.answer }
    }
}

/// What the account has when the run begins.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundsNote {
    /// Whether the balance decides anything, or books are only kept.
    pub enforced: bool,
    /// Purchased credit.
    pub purchased: Money,
    /// Free credit.
    pub free: Money,
    /// All that was ever paid before.
    pub spent: Money,
    /// `none`, `accepted`, `held`, or why it is declined.
    pub card: String,
    /// The lowest that the balance may be on the account's tier at the beginning, zero or below.
    pub floor: Money,
    /// The user's own limit on debt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
    /// Below which balance credit is bought by itself, and how much of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recharge: Option<RechargeNote>,
    /// What an invoice from before still asks for.
    pub past_due: Money,
}

/// When credit is bought by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RechargeNote {
    /// Below this balance.
    pub threshold: Money,
    /// So much at a time.
    pub amount: Money,
}
