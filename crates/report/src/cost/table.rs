//! The figures behind the bars, in dollars of one run.

use maud::{Markup, html};
use money::Money;

use super::{Cost, bars, month};
use crate::glossary::term;
use crate::numbers::{self, Share};
use crate::study::Study;

/// Each strategy on your tier and on the one that is enough; none where there are none.
pub(super) fn of(study: &Study<'_>) -> Option<Markup> {
    let tiers = bars::tiers(study);
    let cells: Vec<(usize, usize, Cost)> = tiers
        .iter()
        .flat_map(|tier| study.shown().into_iter().map(move |row| (*tier, row)))
        .filter_map(|(tier, row)| Some((tier, row, study.cost(row, tier)?)))
        .collect();
    let (.., first) = cells.first().filter(|_| !study.asks_nothing())?;
    let runs = match first.runs {
        1 => "one seed".to_owned(),
        seeds => format!("mean of {seeds} seeds"),
    };
    let fees = cells.iter().any(|(.., cost)| !cost.fees.is_empty());
    Some(html! {
        div.block {
            h3 { "Dollars of one run " span.u { "(" (numbers::duration(study.lasts())) ", " (runs) ")" } }
            div.scroll tabindex="0" {
                table.data.money {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("bill", "Bill")) }
                            th.n scope="col" { "in time" }
                            th.n scope="col" { (term("late", "too late")) }
                            th.n scope="col" { (term("abandoned", "abandoned")) }
                            @if fees { th.n scope="col" { (term("by-the-minute", "by the minute or once")) } }
                            th.n scope="col" { (term("wasted", "Wasted")) }
                            th.n scope="col" { (term("retries-share", "Retries")) }
                            th.n scope="col" { (term("per-1000", "per 1,000 answered")) }
                            th.n scope="col" { (term("per-1000", "per 1,000 in time")) }
                            th.n scope="col" { (term("month", "A month")) }
                        }
                    }
                    tbody {
                        @for tier in &tiers {
                            @if tiers.len() > 1 {
                                tr.part { th scope="rowgroup" colspan=(if fees { "11" } else { "10" }) { (study.title(*tier)) } }
                            }
                            @for (_, row, cost) in cells.iter().filter(|(at, ..)| at == tier) {
                                (line(study, *row, cost, fees))
                            }
                        }
                    }
                }
            }
        }
    })
}

fn line(study: &Study<'_>, row: usize, cost: &Cost, fees: bool) -> Markup {
    let each = |sum: Money| numbers::dollars(cost.each(sum));
    let bill = &cost.bill;
    html! {
        tr {
            th scope="row" {
                @if let Some(strategy) = study.strategies.get(row) {
                    (strategy.mark.inline()) (strategy.name)
                }
            }
            td.n { (numbers::dollars(cost.total())) }
            td.n { (each(bill.in_time)) }
            td.n { (each(bill.late())) }
            td.n { (each(bill.abandoned)) }
            @if fees { td.n { (numbers::dollars(cost.all_fees())) } }
            td.n { (wasted(cost).map_or_else(|| "nothing paid".to_owned(), Share::in_table)) }
            td.n { (retries(cost).map_or_else(|| "nothing paid".to_owned(), Share::in_table)) }
            td.n { (per_1000(cost.per_1000_answered())) }
            td.n { (per_1000(cost.per_1000_in_time())) }
            td.n { (numbers::dollars(month::total(study, cost))) }
        }
    }
}

/// What nobody had any use for, of what attempts cost.
pub(super) fn wasted(cost: &Cost) -> Option<Share> {
    share(cost.bill.wasted(), cost.bill.usage())
}

/// What attempts after the first cost, of what all of them did.
pub(super) fn retries(cost: &Cost) -> Option<Share> {
    share(cost.bill.retried, cost.bill.usage())
}

/// A share of money; both are brought below 2^64, alike.
fn share(part: Money, of: Money) -> Option<Share> {
    let (part, of) = (part.pico().unsigned_abs(), of.pico().unsigned_abs());
    let shift = 128_u32.saturating_sub(of.leading_zeros()).saturating_sub(64);
    let narrow = |wide: u128| u64::try_from(wide >> shift).unwrap_or(u64::MAX);
    // What little there is stays a little.
    let kept = if part > 0 { narrow(part).max(1) } else { 0 };
    Share::new(kept, narrow(of))
}

/// What a thousand jobs cost.
pub(crate) fn per_1000(each: Option<Money>) -> String {
    each.map_or_else(|| "none".to_owned(), numbers::dollars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_money_keeps_its_proportions_whatever_its_size() {
        for of in [1_000_i128, 1_000_000_000_000_000_000_000_000_000] {
            let share = share(Money::from_pico(of / 4), Money::from_pico(of)).unwrap();
            assert_eq!(share.in_table(), "25.0\u{202f}%");
        }
        let trace = share(Money::from_pico(1), Money::from_pico(1 << 100)).unwrap();
        assert_eq!(trace.in_table(), "<0.1\u{202f}%");
        assert_eq!(share(Money::ZERO, Money::ZERO), None);
    }
}
