//! Where work is sent, side by side: what each group costs, and how long its jobs take.

use maud::{Markup, html};
use run_record::{Cost, GroupCell, GroupNote, Measure, Percentile, derive};

use crate::glossary::term;
use crate::numbers::{self, Share};
use crate::study::Study;

/// The groups of the cell that money is about; none where all are asked alike and go one way.
pub(super) fn table(study: &Study<'_>) -> Option<Markup> {
    let header = study.record.header();
    let cell = study.money_cell()?;
    let places: Vec<String> = header.groups.iter().map(place).collect();
    if header.groups.len() < 2 || places.windows(2).all(|two| matches!(two, [a, b] if a == b)) {
        return None;
    }
    let rows = || header.groups.iter().zip(cell.groups()).enumerate();
    let whose = match study.focus() {
        Some((strategy, tier)) if study.strategies.len() > 1 || study.tiers.len() > 1 => {
            format!("{}, {}", study.quoted(strategy), study.there(tier))
        }
        Some(_) | None => String::new(),
    };
    Some(html! {
        div.block {
            h3 {
                "Where work is sent: what it costs, and how long it takes"
                @if !whose.is_empty() { " " span.u { "(" (whose) ")" } }
            }
            div.scroll tabindex="0" {
                table.data {
                    thead {
                        tr {
                            th scope="col" { "Group" }
                            th scope="col" { "Sent to" }
                            th.n scope="col" { "Jobs" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            th.n scope="col" { "To the answer, half" }
                            th.n scope="col" { (term("p95", "p95")) }
                            th.n scope="col" { "$ a million tokens" }
                            th.n scope="col" { (term("bill", "Bill")) }
                            th.n scope="col" { (term("per-1000", "per 1,000 in time")) }
                        }
                    }
                    tbody {
                        @for ((number, (note, group)), place) in rows().zip(&places) {
                            tr {
                                th scope="row" { (note.name) }
                                td { (place) }
                                (asked(group))
                                td.n { (time(group, Percentile::P50)) }
                                td.n { (time(group, Percentile::P95)) }
                                @let cost = Cost::of(header, cell, Some(number));
                                td.n { (a_million(cost.as_ref(), group)) }
                                td.n { (told(cost.and_then(|cost| cost.total()), "not known")) }
                                td.n { (told(cost.and_then(|cost| cost.per_1000_in_time()), "none")) }
                            }
                        }
                    }
                }
            }
        }
    })
}

/// Where the requests of a group go.
fn place(note: &GroupNote) -> String {
    match &note.endpoint {
        Some(endpoint) => format!("“{}”, by the minute", endpoint.name),
        None if note.batch => "a batch".to_owned(),
        None => "the shared fleet".to_owned(),
    }
}

/// What the same tokens cost where, where that is known of all places: `A million tokens cost $0.88
/// on the shared fleet and $0.44 in a batch`.
pub(super) fn finding(study: &Study<'_>) -> Option<String> {
    let told = of_places(study, " cost ", |number, _, group| {
        let header = study.record.header();
        let cost = Cost::of(header, study.money_cell()?, Some(number));
        Some(a_million(cost.as_ref(), group)).filter(|each| each.starts_with('$'))
    })?;
    Some(format!("A million tokens{told}"))
}

/// How long half of the answers take from each place.
pub(super) fn times(study: &Study<'_>) -> Option<String> {
    let told = of_places(study, " after ", |_, _, group| {
        let half = derive::percentile(group, Measure::TimeToAnswer, Percentile::P50)?;
        Some(numbers::duration(derive::seconds(half)))
    })?;
    Some(format!("Half of the answers are there{told}."))
}

/// A figure of the first group of each place; none of one place, or where one has none.
fn of_places(
    study: &Study<'_>,
    verb: &str,
    figure: impl Fn(usize, &GroupNote, &GroupCell) -> Option<String>,
) -> Option<String> {
    let header = study.record.header();
    let cell = study.money_cell()?;
    let mut seen: Vec<String> = Vec::new();
    let mut told: Vec<String> = Vec::new();
    for (number, (note, group)) in header.groups.iter().zip(cell.groups()).enumerate() {
        let place = match &note.endpoint {
            Some(endpoint) => format!("at “{}”", endpoint.name),
            None if note.batch => "in a batch".to_owned(),
            None => "on the shared fleet".to_owned(),
        };
        if seen.contains(&place) {
            continue;
        }
        told.push(format!("{} {place}", figure(number, note, group)?));
        seen.push(place);
    }
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    (told.len() > 1).then(|| format!("{verb}{}", numbers::listed(&told)))
}

fn asked(group: &GroupCell) -> Markup {
    let jobs = group.pooled().jobs;
    let runs = group.leaves().len().max(1) as u64;
    html! {
        td.n { (numbers::count((jobs.offered + runs / 2) / runs)) }
        td.n { (Share::new(jobs.in_time, jobs.offered).map_or_else(|| "no samples".to_owned(), Share::in_table)) }
    }
}

fn time(group: &GroupCell, which: Percentile) -> String {
    derive::percentile(group, Measure::TimeToAnswer, which)
        .map_or_else(|| "no samples".to_owned(), |time| numbers::duration(derive::seconds(time)))
}

/// What a million tokens of whole answers came to, all that was paid for them included.
fn a_million(cost: Option<&Cost>, group: &GroupCell) -> String {
    let pair = group.pooled().tokens.delivered;
    let runs = group.leaves().len().max(1) as u64;
    let tokens = pair.prompt.saturating_add(pair.answer);
    let all = cost.and_then(Cost::total).map(|each| each.times(runs));
    told(all.filter(|_| tokens > 0).map(|all| all.of_parts(1_000_000, tokens)), "none")
}

fn told(amount: Option<money::Money>, none: &str) -> String {
    amount.map_or_else(|| none.to_owned(), numbers::dollars)
}
