//! The percentiles of all strategies.

use maud::{Markup, html};
use run_record::Percentile;

use super::{Spread, Taken, short};
use crate::glossary::term;
use crate::numbers;
use crate::study::Study;

const P50: Percentile = Percentile::P50;
const P95: Percentile = Percentile::P95;
const P99: Percentile = Percentile::P99;

/// The table of the tier that the page is about, and of the account's own below it.
pub(super) fn all(study: &Study<'_>, tiers: &[usize]) -> Markup {
    let others = tiers.split_last().map_or(&[][..], |(_, others)| others);
    html! {
        @if let Some(about) = tiers.last() { (table(study, *about)) }
        // A page of many strategies has no room for all of it twice.
        @if !study.is_crowded() {
            @for tier in others {
                details {
                    summary { "The same " (study.there(*tier)) }
                    (table(study, *tier))
                }
            }
        }
    }
}

/// A column: what was taken, the word that explains it, and which percentile.
type Column = (Taken, &'static str, &'static str, Percentile);

/// The columns that some row has something in.
fn columns(study: &Study<'_>, tier: usize) -> Vec<Column> {
    let all = [
        (Taken::FirstToken, "first-token", "First token", P50),
        (Taken::FirstToken, "first-token", "First token", P95),
        (Taken::PerToken, "per-token", "Each token", P50),
        (Taken::PerToken, "per-token", "Each token", P95),
        (Taken::Attempt, "service-time", "Attempt", P50),
        (Taken::Attempt, "service-time", "Attempt", P95),
        (Taken::Attempt, "service-time", "Attempt", P99),
        (Taken::SinceDue, "since-due", "Since due", P50),
        (Taken::SinceDue, "since-due", "Since due", P95),
        (Taken::SinceDue, "since-due", "Since due", P99),
        (Taken::Refusal, "refusal", "Refusal", P95),
    ];
    let told = |column: &Column| {
        study.shown().into_iter().any(|row| Spread::of(study, (row, tier), column.0).is_told())
    };
    all.into_iter().filter(told).collect()
}

fn table(study: &Study<'_>, tier: usize) -> Markup {
    let columns = columns(study, tier);
    let rows: Vec<(usize, Vec<String>)> = study
        .shown()
        .into_iter()
        .filter(|row| study.outcome(*row, tier).is_some())
        .map(|row| {
            let figures = columns
                .iter()
                .map(|(taken, _, _, which)| figure(study, (row, tier), *taken, *which));
            (row, figures.collect())
        })
        .collect();
    // What is the same for everybody is said once.
    let alike = rows.split_first().filter(|((_, first), rest)| {
        !rest.is_empty() && rest.iter().all(|(_, figures)| figures == first)
    });
    let there = study.there(tier);
    html! {
        div.scroll tabindex="0" role="group" aria-label={ "Table of times " (there) } {
            table.data.lat-times {
                caption { "Times of answered jobs " (there) ", percentiles" }
                thead {
                    tr {
                        th scope="col" { "Strategy" }
                        @for (_, id, word, which) in &columns {
                            th.n scope="col" { (term(id, word)) span.u { (which.name()) } }
                        }
                    }
                }
                tbody {
                    @if let Some(((_, figures), rest)) = alike {
                        tr data-t=(tier) {
                            th scope="row" { (everybody(rest.len() + 1)) }
                            @for figure in figures { td.n { (figure) } }
                        }
                    } @else {
                        @for (row, figures) in &rows {
                            tr data-s=(row) data-t=(tier) {
                                th scope="row" {
                                    @if let Some(strategy) = study.strategies.get(*row) {
                                        (strategy.mark.inline()) (strategy.name)
                                    }
                                }
                                @for figure in figures { td.n { (figure) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn everybody(all: usize) -> String {
    match all {
        2 => "both strategies".to_owned(),
        all => format!("all {} strategies", numbers::in_words(all)),
    }
}

fn figure(study: &Study<'_>, cell: (usize, usize), taken: Taken, which: Percentile) -> String {
    let written = match taken {
        Taken::PerToken | Taken::Refusal => short,
        Taken::FirstToken | Taken::Attempt | Taken::SinceDue => numbers::seconds,
    };
    let told = Spread::of(study, cell, taken).at(which);
    told.map_or_else(|| "no samples".to_owned(), written)
}
