//! What it costs: a line for each strategy, how the account ends, and what was paid for while
//! nobody used it.

use report::numbers;
use run_record::{AccountSummary, CellSummary, CostSummary, Driver, Header, IdleSummary};

use crate::summary_text::{finish, plain_table};

/// More strategies than this are told by their best.
const MANY: usize = 12;
/// So many of them.
const BEST: usize = 6;

/// The lines of the cells on one rung; nothing where no price and no account is known.
pub(crate) fn of(cells: &[&CellSummary], ship: Option<&str>, seed: u64) -> String {
    let mut text = table(cells, ship);
    let ships = |cell: &&&CellSummary| ship.is_some() && cell.strategy.as_deref() == ship;
    // Of equals the first.
    let best = cells.iter().rev().max_by(|a, b| in_time(a).total_cmp(&in_time(b)));
    let told = cells.iter().find(ships).or(best);
    if let Some((cell, account)) = told.and_then(|cell| Some((cell, cell.account.as_ref()?))) {
        let with = cell.strategy.as_deref().filter(|_| cells.len() > 1);
        let of_seed = (cell.replications > 1).then_some(seed);
        let tier = cell.tier.as_ref().map(|_| account.tier.as_str());
        text.push_str(&end(with, (of_seed, tier), account));
        account.spend_without_requests.iter().for_each(|idle| text.push_str(&unused(idle)));
        text.push('\n');
    }
    text
}

fn in_time(cell: &CellSummary) -> f64 {
    cell.share.in_time.unwrap_or(0.0)
}

/// Why a cost is not told: whose requests nobody prices. Nothing where all of them have a price.
pub(crate) fn unpriced(header: &Header) -> String {
    let on_fleet = header.groups.iter().filter(|group| group.endpoint.is_none());
    let mut models: Vec<&str> =
        on_fleet.filter(|group| group.price.is_none()).map(|group| group.model.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    if models.is_empty() || header.driver == Driver::Live {
        return String::new();
    }
    let edition = &header.recipe.edition.name;
    format!(
        "Edition {edition} has no price for {}:\nwhat calls it is not charged, and no cost with it is \
         told.\n\n",
        models.join(", ")
    )
}

fn table(cells: &[&CellSummary], ship: Option<&str>) -> String {
    if cells.iter().all(|cell| cell.cost_usd.is_none()) {
        return String::new();
    }
    let shown: Vec<&CellSummary> = first(cells, ship);
    let mut table = plain_table();
    let head = ["What one run costs", "requests", "fees", "wasted", "1,000\nanswered", "30 days"];
    table.set_header(head);
    let shown_of = shown.len();
    for cell in shown {
        let of = |figure: fn(&CostSummary) -> Option<f64>| {
            cell.cost_usd.as_ref().and_then(figure).map_or_else(|| "unknown".to_owned(), dollars)
        };
        let answered = match cell.jobs.answered {
            0 => "none".to_owned(),
            _ => of(|cost| cost.per_1000_answered),
        };
        table.add_row([
            cell.strategy.clone().unwrap_or_default(),
            of(|cost| cost.usage),
            of(|cost| cost.fees),
            of(|cost| cost.wasted),
            answered,
            of(|cost| cost.month?.total),
        ]);
    }
    let mut text = finish(table);
    if shown_of < cells.len() {
        text.truncate(text.trim_end().len());
        let rest = cells.len() - shown_of;
        let rest = format!("\n  The other {rest} strategies are on the page and in the JSON.\n\n");
        text.push_str(&rest);
    }
    text
}

/// The cells that are told: all of a few, else the best and the one that ships.
fn first<'c>(cells: &[&'c CellSummary], ship: Option<&str>) -> Vec<&'c CellSummary> {
    if cells.len() <= MANY {
        return cells.to_vec();
    }
    let mut ranked = cells.to_vec();
    // Of equals the first.
    ranked.sort_by(|a, b| in_time(b).total_cmp(&in_time(a)));
    let ships = |cell: &CellSummary| ship.is_some() && cell.strategy.as_deref() == ship;
    let told = ranked.iter().enumerate().filter(|(rank, cell)| *rank < BEST || ships(cell));
    told.map(|(_, cell)| *cell).collect()
}

/// `The account ends at -$100.00 on build-1; blocked for 3 h, first after 5 h.` Nothing where the
/// file says nothing of its money: what is left of none is no balance.
fn end(
    with: Option<&str>,
    (of_seed, tier): (Option<u64>, Option<&str>),
    account: &AccountSummary,
) -> String {
    if !account.enforced {
        return String::new();
    }
    let run = of_seed.map(|seed| format!("in the run of seed {seed}"));
    let with = with.map(|with| format!("with {with}"));
    let whose = [run, with].into_iter().flatten().collect::<Vec<_>>().join(" and ");
    let who = match whose.split_at_checked(1) {
        Some((first, rest)) => format!("{}{rest} the account ends", first.to_uppercase()),
        None => "The account ends".to_owned(),
    };
    let tier = tier.map_or_else(String::new, |tier| format!(" on {tier}"));
    let lowest = if account.lowest_usd < account.balance_usd {
        format!(", at the lowest {}", dollars(account.lowest_usd))
    } else {
        String::new()
    };
    let blocked = match account.first_blocked_s {
        None => "never blocked".to_owned(),
        Some(first) => {
            let lasted = numbers::duration(account.blocked_s.round());
            format!("blocked for {lasted}, first after {}", numbers::duration(first.round()))
        }
    };
    let owed = match account.owed_usd {
        owed if owed > 0.0 => format!("; invoices ask for {}", dollars(owed)),
        _ => String::new(),
    };
    let balance = dollars(account.balance_usd);
    let declined = match account.declined {
        0 => String::new(),
        1 => "; a payment was declined".to_owned(),
        more => format!("; {more} payments were declined"),
    };
    format!("{who} at {balance}{tier}{lowest}; {blocked}{owed}{declined}.\n")
}

/// `Spend without requests: $4.00 for spare, 60 minutes that nobody called it.`
fn unused(IdleSummary { name, usd, minutes, .. }: &IdleSummary) -> String {
    let minutes = numbers::count(*minutes);
    format!(
        "Spend without requests: {} for {name}, {minutes} minutes without a call.\n",
        dollars(*usd)
    )
}

/// An amount to the cent; below ten cents in two digits that say something.
pub(crate) fn dollars(amount: f64) -> String {
    let sign = if amount < 0.0 { "-" } else { "" };
    let size = amount.abs();
    if size == 0.0 {
        return "$0".to_owned();
    }
    if size < 0.1 {
        let decimals = if size < 0.001 { 6 } else { 4 };
        return format!("{sign}${size:.decimals$}");
    }
    let rounded = format!("{size:.2}");
    let (whole, cents) = rounded.split_once('.').unwrap_or((&rounded, "00"));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), numbers::count);
    format!("{sign}${whole}.{cents}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary_text::for_terminal;

    fn account() -> AccountSummary {
        AccountSummary {
            tier: "build-1".to_owned(),
            enforced: true,
            opening_usd: 5.0,
            paid_usd: 0.0,
            free_usd: 0.0,
            usage_usd: 105.0,
            outstanding_usd: 0.0,
            fees_usd: 0.0,
            balance_usd: -100.0,
            owed_usd: 0.0,
            available_usd: -100.0,
            lowest_usd: -100.0,
            lifetime_usd: 5.0,
            blocked_s: 10_800.0,
            first_blocked_s: Some(18_000.0),
            blocked_in: [1, 1],
            declined: 0,
            fees: Vec::new(),
            spend_without_requests: Vec::new(),
            moments: Vec::new(),
        }
    }

    #[test]
    fn an_account_says_how_it_ends() {
        let on = (None, Some("build-1"));
        let told = |account: &AccountSummary| for_terminal(&end(Some("bucket"), on, account));
        assert_eq!(
            told(&account()),
            "With bucket the account ends at -$100.00 on build-1; \
             blocked for 3 h, first after 5 h.\n"
        );
        let fine =
            AccountSummary { balance_usd: 20.0, first_blocked_s: None, owed_usd: 3.5, ..account() };
        assert_eq!(
            told(&fine),
            "With bucket the account ends at $20.00 on build-1, at the lowest -$100.00; \
             never blocked; invoices ask for $3.50.\n"
        );
        let many = AccountSummary { declined: 2, ..fine };
        assert_eq!(
            for_terminal(&end(None, (Some(7), None), &many)),
            "In the run of seed 7 the account ends at $20.00, at the lowest -$100.00; \
             never blocked; invoices ask for $3.50; 2 payments were declined.\n"
        );
        let unsaid = AccountSummary { enforced: false, ..account() };
        assert_eq!(told(&unsaid), "");
    }

    #[test]
    fn amounts_are_told_to_the_cent_and_small_ones_as_they_are() {
        let told = [0.0, 1.056, -0.004, 0.000_88, 1_234.5, 0.1].map(dollars);
        assert_eq!(told, ["$0", "$1.06", "-$0.0040", "$0.000880", "$1,234.50", "$0.10"]);
        let (name, kind) = ("spare".to_owned(), "endpoint".to_owned());
        let idle = IdleSummary { name, kind, usd: 4.0, minutes: 60 };
        assert_eq!(
            unused(&idle),
            "Spend without requests: $4.00 for spare, 60 minutes without a call.\n"
        );
    }
}
