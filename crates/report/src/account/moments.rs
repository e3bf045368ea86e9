//! What happened to the account, in its order, and what each strategy made of it.

use maud::{Markup, html};
use run_record::{CellKey, MomentLeaf};

use super::{Life, SECOND, words};
use crate::decide;
use crate::glossary::term;
use crate::numbers;
use crate::study::Study;

/// Rows that are shown without asking.
const SHOWN: usize = 24;
/// Rows that are shown at all.
const MOST: usize = 200;

/// The moments; none where nothing happened. Those of one instant that are alike stand in one row.
pub(super) fn table(life: &Life<'_>) -> Option<Markup> {
    let alike = |a: &MomentLeaf, b: &MomentLeaf| {
        a.at == b.at && a.what == b.what && a.amount == b.amount && a.says == b.says
    };
    let moments: Vec<&[MomentLeaf]> = life.books.moments.chunk_by(alike).collect();
    if moments.is_empty() {
        return None;
    }
    let (first, rest) = moments.split_at(moments.len().min(SHOWN));
    let (folded, beyond) = rest.split_at(rest.len().min(MOST));
    let left_out = beyond.iter().map(|run| run.len() as u64).sum::<u64>();
    let left_out = left_out + life.books.moments_left_out;
    Some(html! {
        div.block {
            h3 { "What happened to it" }
            (rows(life, first))
            @if !folded.is_empty() {
                details {
                    summary { (numbers::count(folded.len() as u64)) " more" }
                    (rows(life, folded))
                }
            }
            @if left_out > 0 {
                p.note { "And " (numbers::count(left_out)) " more." }
            }
        }
    })
}

fn rows(life: &Life<'_>, moments: &[&[MomentLeaf]]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table.data.slim {
                thead {
                    tr {
                        th scope="col" { "When" }
                        th scope="col" { "What" }
                        th.n scope="col" { "Amount" }
                        th.n scope="col" { (term("balance", "Balance")) }
                    }
                }
                tbody {
                    @for run in moments {
                        @if let Some(moment) = run.last() { (row(life, moment, run.len())) }
                    }
                }
            }
        }
    }
}

/// One moment, or so many alike, of which this is the last.
fn row(life: &Life<'_>, moment: &MomentLeaf, times: usize) -> Markup {
    let says = life.says(moment);
    // What was paid for a tier is no amount that moves the balance.
    let amount = moment.amount.filter(|_| moment.what != "promoted");
    html! {
        tr {
            th scope="row" { (life.when(moment.at.nanos())) }
            td {
                b { (life.letter(&moment.what)) } " " (words::kind(&moment.what))
                @if times > 1 { ", " (times) " times" }
                @if !says.is_empty() { span.u { " " (says) } }
            }
            td.n {
                @if let Some(amount) = amount {
                    @if times > 1 { (times) " × " }
                    (numbers::booked(amount))
                }
            }
            td.n { (numbers::booked(moment.balance)) }
        }
    }
}

/// What each strategy makes of the account on the tier that is looked at; none of one strategy.
pub(super) fn strategies(study: &Study<'_>) -> Option<Markup> {
    let (_, tier) = study.focus().filter(|_| study.strategies.len() > 1)?;
    let id = study.tiers.get(tier)?.id;
    let lasts = study.whole_seconds();
    Some(html! {
        div.block {
            h3 { "With each strategy " span.u { "(" (study.there(tier)) ", seed " (study.record.header().recipe.seed) ")" } }
            div.scroll tabindex="0" {
                table.data.slim {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("blocked", "Blocked")) }
                            th.n scope="col" { "first" }
                            th.n scope="col" { "paid in" }
                            th.n scope="col" { "used" }
                            th.n scope="col" { "lowest" }
                            th.n scope="col" { (term("balance", "left")) }
                        }
                    }
                    tbody {
                        @for (_, strategy) in decide::rows(study) {
                            @if let Some(books) = study.record.cell(&CellKey::new(id, strategy.name)).and_then(|cell| cell.account()?.first()) {
                                tr {
                                    th scope="row" { (strategy.mark.inline()) (strategy.name) }
                                    td.n { (numbers::duration(books.blocked.nanos() as f64 / 1e9)) }
                                    td.n {
                                        (books.first_blocked.map_or_else(
                                            || "never".to_owned(),
                                            |at| numbers::moment(at.nanos() / SECOND, lasts)
                                        ))
                                    }
                                    td.n { (numbers::booked(books.paid)) }
                                    td.n { (numbers::booked(books.usage)) }
                                    td.n { (numbers::booked(books.lowest)) }
                                    td.n { (numbers::booked(books.balance)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    })
}
