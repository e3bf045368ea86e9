//! How accounts pay, and what batches may have, as it is written.

use limits::Span;
use money::Money;

use crate::listed::{BatchFacts, BillingRules, Debt};
use crate::reading::Value;

use super::Reader;
use super::limits::{Tiers, unknown_tier};

const BILLING: &[&str] = &[
    "prepaid",
    "needs_card_for_debt",
    "pictures_need_balance",
    "default_recharge",
    "invoice_day",
    "tier_delay",
    "debt",
];

const BATCH: &[&str] = &["lines", "bytes", "enqueued_tokens", "custom_id", "discount"];

/// The last day that every month has.
const LAST_DAY: u64 = 28;

/// In place of an amount of debt: as much as was agreed.
const AGREED: &str = "postpaid";

impl<'d> Reader<'d> {
    /// How accounts pay.
    pub(super) fn billing(&mut self, tiers: Option<&Tiers>) -> Option<BillingRules> {
        let Some(section) = self.root.get("billing") else { return Some(BillingRules::UNTOLD) };
        let table = section.table(BILLING)?;
        let prepaid = table.need("prepaid", "prepaid = { value = false, … }");
        let prepaid = prepaid.and_then(|value| self.fact("billing", value, Value::flag));
        let mut flag = |key| match table.get(key) {
            Some(value) => self.fact("billing", value, Value::flag).map(|noted| noted.value),
            None => Some(false),
        };
        let (card, pictures) = (flag("needs_card_for_debt"), flag("pictures_need_balance"));
        let recharge = table.need("default_recharge", "default_recharge = { value = \"$25\", … }");
        let recharge = recharge.and_then(|v| self.fact("billing", v, Value::dollars));
        let day = table.get("invoice_day").map(|v| self.fact("billing", v, day_of_month));
        let delay = table.get("tier_delay").map(|v| self.fact("billing", v, Value::duration));
        let debt = table.get("debt").map(|rows| self.debt(rows, tiers));
        // What is there and could not be read is a fault, what is not there is none.
        let delay: Option<Span> = match delay {
            Some(noted) => Some(noted?.value),
            None => None,
        };
        let invoice_day = match day {
            Some(noted) => Some(noted?.value),
            None => None,
        };
        Some(BillingRules {
            prepaid: prepaid?.value,
            needs_card_for_debt: card?,
            pictures_need_balance: pictures?,
            default_recharge: recharge?.value,
            invoice_day,
            tier_delay: delay,
            debt: debt.unwrap_or_default(),
        })
    }

    /// `[billing.debt]`: how much each tier may owe.
    fn debt(&mut self, rows: Value<'d>, tiers: Option<&Tiers>) -> Vec<(String, Debt)> {
        let Some(table) = rows.free_table() else { return Vec::new() };
        let mut read = Vec::new();
        for entry in table.entries() {
            if let Some((tiers, _)) = tiers
                && !tiers.iter().any(|tier| tier.name() == entry.key())
            {
                unknown_tier(entry, entry.key(), tiers, &[]);
            }
            if let Some(debt) = self.fact("billing.debt", entry, debt_of) {
                read.push((entry.key().to_owned(), debt.value));
            }
        }
        read
    }

    /// What batches may have.
    pub(super) fn batch(&mut self) -> Option<BatchFacts> {
        let Some(section) = self.root.get("batch") else { return Some(BatchFacts::default()) };
        let table = section.table(BATCH)?;
        let mut count = |key, example: &str| {
            let value = table.need(key, example)?;
            self.fact("batch", value, |value| value.whole_up_to(u64::MAX))
        };
        let lines = count("lines", "lines = { value = 50000, … }");
        let bytes = count("bytes", "bytes = { value = 100000000, … }");
        let tokens = count("enqueued_tokens", "enqueued_tokens = { value = 30000000000, … }");
        let custom_id = match table.get("custom_id") {
            None => None,
            Some(value) => Some(self.fact("batch", value, |value| value.whole_up_to(u64::MAX))?),
        };
        let discount = table.need("discount", "discount = { value = \"50%\", … }");
        let discount = discount.and_then(|value| self.fact("batch", value, Value::share));
        Some(BatchFacts {
            lines: lines?.value,
            bytes: bytes?.value,
            enqueued_tokens: tokens?.value,
            custom_id: custom_id.map(|most| most.value),
            discount: Some(discount?),
        })
    }
}

/// A day that every month has.
fn day_of_month(value: Value<'_>) -> Option<u32> {
    value.whole_up_to(LAST_DAY).and_then(|day| u32::try_from(day).ok())
}

/// An amount of debt, or the word for what was agreed.
fn debt_of(value: Value<'_>) -> Option<Debt> {
    if value.is_text() && value.text() == Some(AGREED) {
        return Some(Debt::Agreed);
    }
    let most: Money = value.dollars()?;
    Some(Debt::UpTo(most))
}
