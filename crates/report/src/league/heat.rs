//! Strategies down, tiers and loads across: jobs in time as numbers on a ground that deepens.

use maud::{Markup, html};

use super::words;
use super::{Condition, League, Line};
use crate::decide;
use crate::glossary::term;
use crate::numbers::{Share, THIN};

/// Steps of the ground, from nothing to everything.
const STEPS: f64 = 10.0;

/// The table, in a box of its own that scrolls where it does not fit.
pub(super) fn table(league: &League<'_>) -> Markup {
    let study = league.study;
    let loads = league.loads();
    let (tiers, several) = (league.tiers(), loads.len() > 1);
    html! {
        div.block {
            h3 {
                "Jobs answered in time, %, by strategy and "
                @if several && tiers.len() > 1 { (study.rung()) " and " (term("load", "load")) }
                @else if several { (term("load", "load")) }
                @else { (study.rung()) }
            }
            (key(league))
            div.scroll tabindex="0" {
                table.heat {
                    thead {
                        @if several && tiers.len() > 1 {
                            tr {
                                td {}
                                @for tier in &tiers {
                                    @let span = league.conditions.iter().filter(|one| one.tier == *tier).count();
                                    th.first scope="colgroup" colspan=(span) {
                                        (study.column(*tier)) " " (decide::tag(study, *tier))
                                    }
                                }
                            }
                        }
                        tr {
                            th scope="col" { "Strategy" }
                            @for (index, condition) in league.conditions.iter().enumerate() {
                                th.first[starts(league, index)] scope="col" {
                                    @if several { (condition.percent()) }
                                    @else { (study.column(condition.tier)) " " (decide::tag(study, condition.tier)) }
                                }
                            }
                        }
                    }
                    tbody {
                        @for row in &league.order {
                            tr {
                                th scope="row" {
                                    @if let Some(strategy) = study.strategies.get(*row) {
                                        (strategy.mark.inline()) (strategy.name)
                                    }
                                }
                                @for (index, condition) in league.conditions.iter().enumerate() {
                                    (cell(league, condition, *row, starts(league, index)))
                                }
                            }
                        }
                    }
                    @if !league.is_of_one() { (leaders(league)) }
                }
            }
        }
    }
}

/// How many lead under each condition.
fn leaders(league: &League<'_>) -> Markup {
    html! {
        tfoot {
            tr {
                th scope="row" { "Lead, or tie for it" }
                @for (index, condition) in league.conditions.iter().enumerate() {
                    td.first[starts(league, index)] {
                        @if condition.is_even() { "all" } @else { (condition.leaders().count()) }
                    }
                }
            }
        }
    }
}

/// Whether a column is the first of its tier.
fn starts(league: &League<'_>, index: usize) -> bool {
    let tier_of = |index: usize| league.conditions.get(index).map(|one| one.tier);
    index == 0 || tier_of(index) != tier_of(index - 1)
}

fn cell(league: &League<'_>, condition: &Condition, row: usize, first: bool) -> Markup {
    let Some(line) = condition.line(row) else {
        return html! { td.first[first] title="not run" { "–" } };
    };
    let share = Share::from_fraction(line.in_time);
    let number = share.map_or_else(|| "–".to_owned(), Share::in_cell);
    let leads = line.rank == 1 && !condition.is_even() && !league.is_of_one();
    let step = (line.in_time.clamp(0.0, 1.0) * STEPS).floor();
    let class = [
        "h",
        &step.to_string(),
        if first { " first" } else { "" },
        if leads { " leads" } else { "" },
    ];
    // Of many that tie for the lead nothing is said that the number does not say.
    let dull = line.rank == 1 && !condition.is_won() && league.study.is_crowded();
    let title = (!dull).then(|| said(league, condition, line));
    html! {
        td class=(class.concat()) title=[title] {
            @if leads { b { (number) } } @else { (number) }
        }
    }
}

/// What a pointer over a cell says.
fn said(league: &League<'_>, condition: &Condition, line: &Line) -> String {
    let interval =
        line.interval.map_or_else(String::new, |one| format!(" ({})", words::between(one)));
    let tied = if line.tied { ", tied" } else { "" };
    let rank =
        if league.is_of_one() { String::new() } else { format!(", rank {}{tied}", line.rank) };
    format!(
        "{}: {}{interval}{rank}",
        words::name(league, condition),
        Share::from_fraction(line.in_time).map_or_else(String::new, Share::in_table),
    )
}

fn key(league: &League<'_>) -> Markup {
    html! {
        ul.key {
            li.steps {
                "0" (THIN) "%"
                @for step in 0..=10 { i class={ "h" (step) } {} }
                "100" (THIN) "%"
            }
            @if !league.is_of_one() {
                li { b.leads-key { "71" } " leads, or " (term("tie", "ties")) " for it" }
            }
        }
    }
}
