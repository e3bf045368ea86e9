//! Money in the summary document.

use limits::Instant;
use money::Money;

use crate::account::{AccountLeaf, FeeLeaf, MomentLeaf};
use crate::cell::Cell;
use crate::cost::{Cost, Idle, MONTH_DAYS, idle};
use crate::derive::{decimal, rounded, seconds};
use crate::header::Header;
use crate::money_summary::{
    AccountSummary, CostSummary, FeeSummary, IdleSummary, MomentSummary, MonthSummary,
};

/// What a cell cost, or one of its groups; null where neither a price nor an account is known.
pub(crate) fn cost(header: &Header, cell: &Cell, group: Option<usize>) -> Option<CostSummary> {
    let cost = Cost::of(header, cell, group)?;
    let usd = |amount: Option<Money>| amount.map(dollars);
    Some(CostSummary {
        total: usd(cost.total()),
        usage: usd(cost.usage()),
        fees: usd(cost.fees()),
        wasted: usd(cost.wasted()),
        late: usd(cost.late()),
        abandoned: usd(cost.abandoned()),
        retries_share: cost.retries().and_then(|(part, of)| share(part, of)),
        per_1000_answered: usd(cost.per_1000_answered()),
        per_1000_in_time: usd(cost.per_1000_in_time()),
        month: cost.month(header.lasts).map(|month| MonthSummary {
            usage: usd(month.usage),
            fees: usd(month.fees),
            once: usd(month.once),
            total: usd(month.total()),
            days: MONTH_DAYS,
        }),
    })
}

/// The account of a cell at the end of its first replication.
pub(crate) fn account(header: &Header, cell: &Cell) -> Option<AccountSummary> {
    let all = cell.account()?;
    let books = all.first()?;
    let blocked = all.iter().filter(|books| books.first_blocked.is_some()).count();
    let AccountLeaf { fees, moments, .. } = books;
    Some(AccountSummary {
        tier: books.tier.clone(),
        enforced: books.enforced,
        opening_usd: dollars(books.opening),
        paid_usd: dollars(books.paid),
        free_usd: dollars(books.free),
        usage_usd: dollars(books.usage),
        outstanding_usd: dollars(books.outstanding),
        fees_usd: dollars(books.fees_total()),
        balance_usd: dollars(books.balance),
        owed_usd: dollars(books.owed),
        available_usd: dollars(books.available),
        lowest_usd: dollars(books.lowest),
        lifetime_usd: dollars(books.lifetime),
        blocked_s: seconds(books.blocked),
        first_blocked_s: books.first_blocked.map(at),
        blocked_in: [u32::try_from(blocked).unwrap_or(u32::MAX), cell.replications().count()],
        declined: books.declined,
        fees: fees.iter().map(fee).collect(),
        spend_without_requests: idle(header, cell).into_iter().map(unused).collect(),
        moments: moments.iter().map(moment).collect(),
    })
}

/// Dollars with six decimals, to the nearest.
#[must_use]
pub fn dollars(amount: Money) -> f64 {
    let micros = amount.usd_micros();
    let size = decimal(micros.unsigned_abs());
    if micros < 0 { -size } else { size }
}

/// A share of an amount, with six decimals; none of nothing.
fn share(part: Money, of: Money) -> Option<f64> {
    let (part, of) = (part.pico().unsigned_abs(), of.pico().unsigned_abs());
    // What a run costs stays far below the 10²⁰ dollars at which this would be too much to hold.
    rounded(part.saturating_mul(1_000_000), of).map(decimal)
}

fn at(instant: Instant) -> f64 {
    seconds(instant.since(Instant::START))
}

fn fee(fee: &FeeLeaf) -> FeeSummary {
    let FeeLeaf { kind, name, amount, minutes, .. } = fee;
    let (kind, name) = (kind.clone(), name.clone());
    FeeSummary { kind, name, usd: dollars(*amount), minutes: *minutes }
}

fn unused(Idle { name, kind, amount, minutes }: Idle) -> IdleSummary {
    IdleSummary { name, kind, usd: dollars(amount), minutes }
}

fn moment(moment: &MomentLeaf) -> MomentSummary {
    MomentSummary {
        at_s: at(moment.at),
        what: moment.what.clone(),
        usd: moment.amount.map(dollars),
        balance_usd: dollars(moment.balance),
        says: moment.says.clone(),
    }
}
