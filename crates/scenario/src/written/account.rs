//! `[account]` as it is written: the rung that the run is about.

use core::ops::Range;

use limits::{Rate, Requests};
use rulebook::reading::{Table, Value};

use super::funds::{self, WrittenFunds};
use super::{Placed, Said, placed_text, said};

pub(in crate::written) const KEYS: &[&str] = &[
    "tier",
    "past_hour",
    "balance",
    "free_credit",
    "spent",
    "card",
    "limit",
    "past_due",
    "discount",
    "auto_recharge",
];

/// What a file says of its account.
#[derive(Debug, Default)]
pub(crate) struct WrittenAccount {
    /// The tier it is on.
    pub(crate) tier: Said<Placed<String>>,
    /// How fast its requests succeeded in the hour before the run.
    pub(crate) past_hour: Said<Placed<Rate<Requests>>>,
    /// Its money.
    pub(crate) funds: WrittenFunds,
    /// Where it stands, or the file where it says nothing of it.
    pub(crate) place: Range<usize>,
    /// Whether there is a table of that name at all.
    pub(crate) is_there: bool,
}

pub(super) fn read(root: &Table<'_>) -> WrittenAccount {
    let Some(account) = root.get("account") else {
        return WrittenAccount { place: root.place(), ..WrittenAccount::default() };
    };
    let place = account.place();
    let Some(table) = account.table(KEYS) else {
        return WrittenAccount { tier: Said::Wrong, place, ..WrittenAccount::default() };
    };
    WrittenAccount {
        tier: said(table.get("tier"), placed_text),
        past_hour: said(table.get("past_hour"), placed_rate),
        funds: funds::read(&table),
        place,
        is_there: true,
    }
}

/// A rate of requests with its place, zero included.
pub(super) fn placed_rate(value: Value<'_>) -> Option<Placed<Rate<Requests>>> {
    Some(Placed { value: value.rate()?, place: value.place() })
}

/// Such rates, one or several.
pub(super) fn placed_rates(value: Value<'_>) -> Option<Vec<Placed<Rate<Requests>>>> {
    value.one_or_list()?.into_iter().map(placed_rate).collect()
}
