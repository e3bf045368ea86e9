//! The books of an account: what they held, what came and went, and how the account stood at the
//! end of a run.
//!
//! Amounts are exact. A record whose books do not balance is neither written nor read: what an
//! account had, paid and was given, less what it used and its fees, is its balance.

use limits::{Instant, Span};
use money::Money;
use serde::{Deserialize, Serialize};

use crate::cost::MONTH_MINUTES;
use crate::exact;

/// The books of an account over one replication.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountLeaf {
    /// The tier in force at the end, `build-2`.
    pub tier: String,
    /// Whether the balance decides anything; books that are only kept block, buy and promote
    /// nothing.
    pub enforced: bool,
    /// Purchased credit at the beginning, less what was past due then.
    pub opening: Money,
    /// Purchases credited since, and invoices paid.
    pub paid: Money,
    /// Free credit, at the beginning and since.
    pub free: Money,
    /// What requests cost, as far as it is posted.
    pub usage: Money,
    /// What requests cost that had ended, but was not posted yet at the end.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub outstanding: Money,
    /// What lines of files cost that were done by the end, while nobody had their file yet: in no
    /// group's bill.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub uncollected: Money,
    /// What was paid for by anything but requests.
    pub fees: Vec<FeeLeaf>,
    /// What is left; below zero it is owed.
    pub balance: Money,
    /// What open invoices ask for: later credit does not clear it.
    pub owed: Money,
    /// What can be spent: the balance without what open invoices ask for.
    pub available: Money,
    /// What is left of free credit, which is used before any other.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub free_left: Money,
    /// What is paid for and not credited yet.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub pending: Money,
    /// The lowest that the balance ever was.
    pub lowest: Money,
    /// All that was ever paid, before the run and during it: what tiers go by.
    pub lifetime: Money,
    /// How long requests were refused for want of money.
    #[serde(rename = "blocked_ns", with = "exact::span")]
    pub blocked: Span,
    /// When they first were; none where they never were.
    #[serde(rename = "first_blocked_ns", with = "exact::instant")]
    pub first_blocked: Option<Instant>,
    /// Payments that were declined.
    pub declined: u32,
    /// What happened to the account, in order; of the first replication only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moments: Vec<MomentLeaf>,
    /// How many more moments there were than are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub moments_left_out: u64,
    /// The balance over time; of the first replication only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub course: Vec<CoursePoint>,
    /// Invoices, in order; of the first replication only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invoices: Vec<InvoiceLeaf>,
}

/// Something that was paid for by anything but requests.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeLeaf {
    /// What it is for: `endpoint`, `hosting`, `fine_tune`, `evaluation`.
    pub kind: String,
    /// Whose, by the name in the scenario.
    pub name: String,
    /// How much in all.
    pub amount: Money,
    /// How many minutes, of all its machines together, where it is by the minute; none for what is paid once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u64>,
    /// For how many minutes it ran, where several machines did at once; none where one did, whose
    /// minutes these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<u64>,
}

impl FeeLeaf {
    /// For how many minutes it ran, with however many machines; none for what is paid once.
    #[must_use]
    pub fn ran(&self) -> Option<u64> {
        self.ran.or(self.minutes)
    }

    /// What thirty days of it cost, with as many machines as in this run while it ran: what a
    /// minute of it cost, times 43,200, whenever it was started and stopped. None for what is paid
    /// once.
    #[must_use]
    pub fn month(&self) -> Option<Money> {
        let ran = self.ran().filter(|ran| *ran > 0)?;
        Some(self.amount.of_parts(MONTH_MINUTES, ran))
    }

    /// Fees of several runs, added up by what they are for.
    pub fn together<'f>(all: impl Iterator<Item = &'f FeeLeaf>) -> Vec<FeeLeaf> {
        let mut sums: Vec<FeeLeaf> = Vec::new();
        for fee in all {
            let same = |one: &&mut FeeLeaf| one.kind == fee.kind && one.name == fee.name;
            if let Some(one) = sums.iter_mut().find(same) {
                let ran = one.ran().zip(fee.ran()).map(|(one, more)| one + more);
                one.amount += fee.amount;
                one.minutes = one.minutes.zip(fee.minutes).map(|(one, more)| one + more);
                one.ran = ran.filter(|ran| Some(*ran) < one.minutes);
            } else {
                sums.push(fee.clone());
            }
        }
        sums
    }
}

/// Something that happened to an account.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MomentLeaf {
    /// When.
    #[serde(rename = "at_ns", with = "exact::moment")]
    pub at: Instant,
    /// What, in one word: `bought`, `credited`, `promoted`, `blocked`, `unblocked`.
    pub what: String,
    /// The amount that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The balance right after it.
    pub balance: Money,
    /// Which tier, which reason, which endpoint; empty where there is nothing to add.
    pub says: String,
}

/// The balance from some instant on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoursePoint {
    /// From when.
    #[serde(rename = "at_ns", with = "exact::moment")]
    pub at: Instant,
    /// The balance.
    pub balance: Money,
}

/// The invoice of a month.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceLeaf {
    /// When it was written.
    #[serde(rename = "at_ns", with = "exact::moment")]
    pub at: Instant,
    /// Which month of the run it is of, from one; 0 for what was past due before.
    pub month: u32,
    /// What it asks for; $0 where nothing is owed.
    pub amount: Money,
    /// `settled`, `open`, `collecting`, `paid`, `past_due`.
    pub state: String,
    /// Usage by model.
    pub lines: Vec<InvoiceLine>,
}

/// The usage of one model on an invoice.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceLine {
    /// The model, or the name of what else was paid for.
    pub model: String,
    /// What it is where it is no model's usage, as [`FeeLeaf::kind`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<String>,
    /// Tokens of prompts.
    pub prompt: u64,
    /// Tokens of answers.
    pub answer: u64,
    /// What they cost.
    pub cost: Money,
}

/// Why the books of an account are not right.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AccountFault {
    /// What came and went is not what is left.
    #[error("the account's books do not balance: {entries} came of the entries, {balance} is left")]
    Balance {
        /// What the entries come to.
        entries: Money,
        /// The balance.
        balance: Money,
    },
    /// What can be spent is not the balance without what open invoices ask for.
    #[error("{available} can be spent of a balance of {balance} with {owed} on open invoices")]
    Available {
        /// What is said that can be spent.
        available: Money,
        /// The balance.
        balance: Money,
        /// What open invoices ask for.
        owed: Money,
    },
    /// The account was charged for something else than the groups were billed for.
    #[error("the account was charged {charged} for requests, its groups were billed {billed}")]
    Usage {
        /// What the account was charged, posted or not, but for what nobody has collected.
        charged: Money,
        /// What all groups were billed.
        billed: Money,
    },
}

impl AccountLeaf {
    /// All fees together.
    #[must_use]
    pub fn fees_total(&self) -> Money {
        self.fees.iter().map(|fee| fee.amount).sum()
    }

    /// Fees that are paid once, whatever the length of the run.
    #[must_use]
    pub fn fees_once(&self) -> Money {
        self.fees.iter().filter(|fee| fee.minutes.is_none()).map(|fee| fee.amount).sum()
    }

    /// The same without what is kept of the first replication only.
    #[must_use]
    pub fn without_course(self) -> AccountLeaf {
        AccountLeaf { moments: Vec::new(), course: Vec::new(), invoices: Vec::new(), ..self }
    }

    /// Checks that the books balance, and that they tell of what the groups were billed: of no less
    /// where bills hold only a part of what is known to be charged.
    pub(crate) fn check(&self, billed: Money, in_part: bool) -> Result<(), AccountFault> {
        let &AccountLeaf { opening, paid, free, usage, outstanding, .. } = self;
        let &AccountLeaf { balance, owed, available, .. } = self;
        let entries = opening + paid + free - usage - self.fees_total();
        if entries != balance {
            return Err(AccountFault::Balance { entries, balance });
        }
        if available != balance + owed {
            return Err(AccountFault::Available { available, balance, owed });
        }
        let charged = usage + outstanding - self.uncollected;
        let agree = charged == billed || in_part && charged > billed;
        if !agree || self.uncollected.is_negative() {
            return Err(AccountFault::Usage { charged, billed });
        }
        Ok(())
    }
}

const fn is_nothing(amount: &Money) -> bool {
    amount.is_zero()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_that_do_not_balance_say_by_how_much() {
        let dollars = Money::from_dollars;
        let fee = |kind: &str, dollars, minutes| FeeLeaf {
            kind: kind.to_owned(),
            name: "x".to_owned(),
            amount: Money::from_dollars(dollars),
            minutes,
            ran: None,
        };
        let books = AccountLeaf {
            opening: dollars(10),
            paid: dollars(50),
            free: dollars(5),
            usage: dollars(70),
            outstanding: dollars(1),
            fees: vec![fee("endpoint", 4, Some(60)), fee("fine_tune", 3, None)],
            balance: dollars(-12),
            owed: dollars(2),
            available: dollars(-10),
            ..AccountLeaf::default()
        };
        assert_eq!(books.check(dollars(71), false), Ok(()));
        assert_eq!((books.fees_total(), books.fees_once()), (dollars(7), dollars(3)));
        assert_eq!(
            books.check(dollars(70), false).unwrap_err().to_string(),
            "the account was charged $71 for requests, its groups were billed $70"
        );
        assert_eq!(books.check(dollars(70), true), Ok(()), "some of it is on no bill");
        assert!(books.check(dollars(72), true).is_err(), "what is on a bill was charged");
        let lost = AccountLeaf { paid: dollars(49), ..books.clone() };
        assert_eq!(
            lost.check(dollars(71), false).unwrap_err().to_string(),
            "the account's books do not balance: -$13 came of the entries, -$12 is left"
        );
        let spent = AccountLeaf { available: dollars(-12), ..books };
        assert_eq!(
            spent.check(dollars(71), false).unwrap_err().to_string(),
            "-$12 can be spent of a balance of -$12 with $2 on open invoices"
        );
    }
}
