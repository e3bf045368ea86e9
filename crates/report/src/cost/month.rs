//! A month at this shape, with its arithmetic: what a run costs, times thirty days, divided by how
//! long the run lasts. What is paid once is not paid again, and stands apart.

use maud::{Markup, html};
use money::Money;
use run_record::FeeLeaf;

use super::Cost;
use crate::numbers::{self, THIN};
use crate::study::Study;

/// Days of a month.
const DAYS: u64 = 30;
const DAY: u64 = 86_400;

/// What thirty days of this cost, with what is paid once in them.
pub(super) fn total(study: &Study<'_>, cost: &Cost) -> Money {
    running(study, cost) + once(cost)
}

/// What thirty days of this cost, without what is paid once.
pub(super) fn running(study: &Study<'_>, cost: &Cost) -> Money {
    usage(study, cost) + by_the_minute(study, cost)
}

fn usage(study: &Study<'_>, cost: &Cost) -> Money {
    scaled(study, cost.usage())
}

fn by_the_minute(study: &Study<'_>, cost: &Cost) -> Money {
    let running = cost.fees.iter().filter(|fee| fee.minutes.is_some());
    running.map(|fee| scaled(study, cost.each(fee.amount))).sum()
}

fn once(cost: &Cost) -> Money {
    cost.each(cost.fees.iter().filter(|fee| fee.minutes.is_none()).map(|fee| fee.amount).sum())
}

/// An amount of one run, over thirty days.
fn scaled(study: &Study<'_>, amount: Money) -> Money {
    amount.of_parts(DAYS * DAY, study.whole_seconds().max(1))
}

/// The length of the run and thirty days in the largest unit that divides both: `4,320 h`, `60 d`.
fn units(study: &Study<'_>) -> (String, String) {
    let lasts = study.whole_seconds().max(1);
    let all = [(DAY, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let (unit, name) =
        all.into_iter().find(|(unit, _)| lasts.is_multiple_of(*unit)).unwrap_or((1, "s"));
    let told = |seconds: u64| format!("{}{THIN}{name}", numbers::count(seconds / unit));
    (told(DAYS * DAY), told(lasts))
}

/// An amount with as many decimals as it takes for its product to come out in print.
fn precise(study: &Study<'_>, amount: Money) -> String {
    let exact = numbers::dollars(scaled(study, amount));
    let cut = |decimals: usize| format!("{amount:.decimals$}");
    let fits = |text: &String| {
        Money::parse(text).is_ok_and(|read| numbers::dollars(scaled(study, read)) == exact)
    };
    let short = Some(cut(2)).filter(fits).map(|_| numbers::booked(amount));
    short.or_else(|| (3..12).map(cut).find(fits)).unwrap_or_else(|| numbers::price(amount))
}

/// The sentences of the month, each of which can be checked by hand.
fn sentences(study: &Study<'_>, cost: &Cost) -> Vec<String> {
    let (month, lasts) = units(study);
    let mut said = Vec::new();
    let times = |amount: Money| {
        let result = numbers::dollars(scaled(study, amount));
        format!("{} × {month} ÷ {lasts} = {result}", precise(study, amount))
    };
    if !cost.usage().is_zero() {
        said.push(format!("Usage: {}.", times(cost.usage())));
    }
    for fee in cost.fees.iter().filter(|fee| fee.minutes.is_some()) {
        let sum = by_minutes(study, cost, fee).unwrap_or_else(|| times(cost.each(fee.amount)));
        said.push(format!("{}: {sum}.", called(fee)));
    }
    let once = once(cost);
    if !once.is_zero() {
        said.push(format!("Paid once, and not again: {}.", numbers::dollars(once)));
    }
    if said.len() > 1 {
        said.push(format!("Together {}.", numbers::dollars(total(study, cost))));
    }
    said
}

/// So much a minute, times its minutes, where every run has as many and each costs the same.
fn by_minutes(study: &Study<'_>, cost: &Cost, fee: &FeeLeaf) -> Option<String> {
    let (month, lasts) = units(study);
    let minutes = fee.minutes.filter(|all| *all > 0 && all.is_multiple_of(cost.runs))?;
    let each = fee.amount.of_parts(1, minutes);
    if each.times(minutes) != fee.amount {
        return None;
    }
    Some(format!(
        "{} × {}{THIN}min × {month} ÷ {lasts} = {}",
        numbers::price(each),
        numbers::count(minutes / cost.runs),
        numbers::dollars(scaled(study, cost.each(fee.amount)))
    ))
}

/// `The endpoint “h100”`, `Hosting “support-v2”`.
pub(super) fn called(fee: &FeeLeaf) -> String {
    let name = &fee.name;
    match fee.kind.as_str() {
        "dedicated" | "endpoint" => format!("The endpoint “{name}”"),
        "hosting" => format!("Hosting “{name}”"),
        "fine-tune" | "fine_tune" => format!("Training “{name}”"),
        "evaluation" => format!("The evaluation “{name}”"),
        kind => format!("{} “{name}”", crate::study::capital(kind)),
    }
}

/// The month; none where nothing repeats.
pub(super) fn of(study: &Study<'_>, cost: &Cost) -> Option<Markup> {
    if running(study, cost).is_zero() {
        return None;
    }
    let month = total(study, cost);
    let whose = match study.focus() {
        Some((strategy, tier)) if study.strategies.len() > 1 => {
            format!(", with {} {}", study.quoted(strategy), study.there(tier))
        }
        Some((_, tier)) if study.tiers.len() > 1 => format!(", {}", study.there(tier)),
        Some(_) | None => String::new(),
    };
    Some(html! {
        div.block {
            h3 { (term_of_month()) (whose) ": " (numbers::dollars(month)) }
            @for sentence in sentences(study, cost) { p { (sentence) } }
            p.note { "As if this run went on, around the clock, for " (DAYS) " days." }
        }
    })
}

fn term_of_month() -> Markup {
    crate::glossary::term("month", "A month at this shape")
}

/// What is paid by the minute or once, each with its arithmetic; none where nothing is.
pub(super) fn fees(study: &Study<'_>, cost: &Cost) -> Option<Markup> {
    if cost.fees.is_empty() {
        return None;
    }
    let idle = super::words::idle(study);
    Some(html! {
        div.block {
            h3 { "By the minute or once, whoever calls" }
            div.scroll tabindex="0" {
                table.data.slim {
                    thead {
                        tr {
                            th scope="col" { "For" }
                            th.n scope="col" { (term_of_minutes()) }
                            th.n scope="col" { "a minute" }
                            th.n scope="col" { "one run" }
                        }
                    }
                    tbody {
                        @for fee in &cost.fees {
                            tr {
                                th scope="row" {
                                    (called(fee))
                                    @if fee.minutes.is_some() && idle.iter().any(|(name, _)| *name == fee.name) {
                                        span.u { " called by nobody" }
                                    }
                                }
                                @match minutes(cost, fee) {
                                    Some((minutes, each)) => {
                                        td.n { (minutes) }
                                        td.n { (each) }
                                    }
                                    None => {
                                        td.n { "once" }
                                        td.n { "once" }
                                    }
                                }
                                td.n { (numbers::dollars(cost.each(fee.amount))) }
                            }
                        }
                    }
                }
            }
        }
    })
}

fn term_of_minutes() -> Markup {
    crate::glossary::term("by-the-minute", "Minutes")
}

/// Minutes of one run, and what each costs.
fn minutes(cost: &Cost, fee: &FeeLeaf) -> Option<(String, String)> {
    let minutes = fee.minutes.filter(|minutes| *minutes > 0)?;
    let each = numbers::price(fee.amount.of_parts(1, minutes));
    Some((numbers::count((minutes + cost.runs / 2) / cost.runs), each))
}
