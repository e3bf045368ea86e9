//! The money of an `[account]`, as it is written.

use money::Money;
use rulebook::reading::{Share, Table, Value};

use super::Placed;
use super::amount::{amount, amount_above_zero};
use crate::fault::Code;
use crate::funds::{Card, Recharge};

pub(in crate::written) const RECHARGE: &[&str] = &["threshold", "amount"];

/// What a file says of the money of its account; what could not be read is noted as a fault.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenFunds {
    pub(crate) balance: Option<Placed<Money>>,
    pub(crate) free_credit: Option<Placed<Money>>,
    pub(crate) spent: Option<Placed<Money>>,
    pub(crate) card: Option<Placed<Card>>,
    pub(crate) limit: Option<Placed<Money>>,
    pub(crate) past_due: Option<Placed<Money>>,
    pub(crate) discount: Option<Placed<Share>>,
    pub(crate) recharge: Option<Placed<WrittenRecharge>>,
}

/// `auto_recharge`: without an amount what is usual is bought.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrittenRecharge {
    pub(crate) threshold: Money,
    pub(crate) amount: Option<Money>,
}

impl WrittenRecharge {
    /// With what is usually bought.
    pub(crate) fn or(self, usual: Money) -> Recharge {
        Recharge { threshold: self.threshold, amount: self.amount.unwrap_or(usual) }
    }
}

pub(super) fn read(table: &Table<'_>) -> WrittenFunds {
    WrittenFunds {
        balance: table.get("balance").and_then(amount),
        free_credit: table.get("free_credit").and_then(amount),
        spent: table.get("spent").and_then(amount),
        card: table.get("card").and_then(card),
        limit: table.get("limit").and_then(amount),
        past_due: table.get("past_due").and_then(amount),
        discount: table.get("discount").and_then(discount),
        recharge: table.get("auto_recharge").and_then(recharge),
    }
}

/// A card, as the service finds it.
pub(super) fn card(value: Value<'_>) -> Option<Placed<Card>> {
    let card = value.word(Card::WORDS).and_then(Card::of_word)?;
    Some(Placed { value: card, place: value.place() })
}

fn discount(value: Value<'_>) -> Option<Placed<Share>> {
    let share = value.share()?;
    if share.parts_per_billion() >= Share::WHOLE {
        let message = "a discount leaves something to pay".to_owned();
        value.fault(Code::OutOfRange.name(), message, "all of it", "for example \"10%\"");
        return None;
    }
    Some(Placed { value: share, place: value.place() })
}

fn recharge(value: Value<'_>) -> Option<Placed<WrittenRecharge>> {
    let table = value.table(RECHARGE)?;
    let threshold = table.need("threshold", "threshold = \"$10\"").and_then(amount);
    let bought = table.get("amount").map(amount_above_zero);
    if bought == Some(None) {
        return None;
    }
    let recharge = WrittenRecharge {
        threshold: threshold?.value,
        amount: bought.flatten().map(|amount| amount.value),
    };
    Some(Placed { value: recharge, place: value.place() })
}
