//! What happens to the money of the account, as it is written in an `[[event]]`.

use rulebook::reading::Value;

use super::amount::{amount, amount_above_zero};
use super::funds;
use crate::fault::Code;
use crate::funds::Transaction;

/// Whom support helps with what.
pub(in crate::written) const SUPPORT: &[&str] = &["sync"];

pub(super) fn purchase(value: Value<'_>) -> Option<Transaction> {
    amount_above_zero(value).map(|amount| Transaction::Purchase(amount.value))
}

pub(super) fn card(value: Value<'_>) -> Option<Transaction> {
    funds::card(value).map(|card| Transaction::Card(card.value))
}

/// `"$200"`, or `"none"` for no limit of one's own.
pub(super) fn own_limit(value: Value<'_>) -> Option<Transaction> {
    if value.is_text() && value.any_text("an amount", "") == Some("none") {
        return Some(Transaction::OwnLimit(None));
    }
    amount(value).map(|amount| Transaction::OwnLimit(Some(amount.value)))
}

pub(super) fn support(value: Value<'_>) -> Option<Transaction> {
    value.word(SUPPORT).map(|_| Transaction::Synced)
}

pub(super) fn approve(value: Value<'_>) -> Option<Transaction> {
    if value.flag()? {
        return Some(Transaction::Approved);
    }
    let message = "nothing happens where nothing is approved".to_owned();
    value.fault(Code::OneChoice.name(), message, "not approved", "write `approve = true`");
    None
}

pub(super) fn grant_credit(value: Value<'_>) -> Option<Transaction> {
    amount_above_zero(value).map(|amount| Transaction::FreeCredit(amount.value))
}
