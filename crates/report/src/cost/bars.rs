//! Where the money goes: each strategy's bill in parts, on your tier and on the one that is enough.

use maud::{Markup, PreEscaped, html};
use money::Money;

use super::Cost;
use crate::chart::bars::{Bar, Column, Grid, Row};
use crate::decide;
use crate::key;
use crate::numbers::{self, THIN};
use crate::study::Study;

/// The parts of a bill in stack order: the class that fills each, and its words.
const PARTS: [(&str, &str); 4] = [
    ("f-ok", "answers in time"),
    ("f-late", "answers too late, billed all the same"),
    ("f-abandoned", "generated for attempts that nobody waited for"),
    ("f-fees", "by the minute or once, whoever calls"),
];

/// The tiers that a page about money shows: the account's, and the one beside it.
pub(super) fn tiers(study: &Study<'_>) -> Vec<usize> {
    let mut tiers: Vec<usize> = study.yours.into_iter().chain(study.other()).collect();
    tiers.dedup();
    tiers
}

/// The chart; none where no strategy has anything to pay for.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let tiers = tiers(study);
    let cells =
        || (0..study.strategies.len()).flat_map(|row| tiers.iter().map(move |tier| (row, *tier)));
    let costs = || cells().filter_map(|(row, tier)| study.cost(row, tier));
    if study.asks_nothing() || costs().all(|cost| cost.total().is_zero()) {
        return None;
    }
    let grid = grid(study, &tiers);
    Some(html! {
        figure.hero {
            figcaption {
                h3 { "Where the money goes: share of the bill, %" }
                ul.key {
                    @for (index, (class, words)) in PARTS.iter().enumerate() {
                        @if costs().any(|cost| !parts(&cost)[index].is_zero()) {
                            (key::fill(class, words))
                        }
                    }
                    li { "refused attempts are not billed: $0" }
                }
            }
            (PreEscaped(grid.wide()))
            div.blocks {
                @for (row, drawing) in grid.blocks() {
                    div {
                        p { (row.mark.inline()) b { (row.name) } }
                        (PreEscaped(drawing))
                    }
                }
            }
        }
    })
}

/// What was paid for, in the order of [`PARTS`].
fn parts(cost: &Cost) -> [Money; 4] {
    let bill = &cost.bill;
    [bill.in_time, bill.late(), bill.abandoned, cost.fees_of_all()]
}

fn grid(study: &Study<'_>, tiers: &[usize]) -> Grid {
    let columns = tiers.iter().map(|tier| Column {
        title: study.column(*tier).to_owned(),
        short: study.tiers.get(*tier).map_or_else(String::new, |tier| tier.short.clone()),
        limits: "$ per 1,000 in time at the right".to_owned(),
        tag: study.tag(*tier),
        highlighted: study.enough == Some(*tier),
    });
    let rows = decide::rows(study).map(|(row, strategy)| Row {
        place: row,
        name: strategy.name.to_owned(),
        mark: strategy.mark,
        bars: tiers.iter().map(|tier| study.cost(row, *tier).map(|cost| bar(&cost))).collect(),
    });
    Grid {
        columns: columns.collect(),
        rows: rows.collect(),
        end: 1.0,
        ticks: vec![(0.0, "0".to_owned()), (0.5, "50".to_owned()), (1.0, format!("100{THIN}%"))],
        line: None,
        label: "share of the bill by what it was paid for".to_owned(),
    }
}

fn bar(cost: &Cost) -> Bar {
    let parts = parts(cost);
    let all: f64 = parts.iter().copied().sum::<Money>().in_dollars();
    let segments = parts.iter().zip(PARTS).filter(|(part, _)| !part.is_zero());
    Bar {
        segments: segments.map(|(part, (class, _))| (part.in_dollars() / all, class)).collect(),
        range: None,
        number: match cost.per_1000_in_time() {
            Some(each) => numbers::dollars(each),
            None if cost.total().is_zero() => "$0".to_owned(),
            None => "none".to_owned(),
        },
        good: false,
    }
}
