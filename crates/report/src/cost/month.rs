//! A month at this shape, with its arithmetic: what a run's requests cost, times thirty days, divided
//! by how long the run lasts. What is paid by the minute is paid for every minute of the month, though
//! it was started late in the run or stopped early; what is paid once is not paid again.

use maud::{Markup, html};
use money::Money;
use run_record::{FeeLeaf, MONTH_MINUTES};

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
    usage(study, cost) + by_the_minute(cost)
}

fn usage(study: &Study<'_>, cost: &Cost) -> Money {
    scaled(study, cost.usage())
}

/// What thirty days of all that is paid by the minute cost.
pub(super) fn by_the_minute(cost: &Cost) -> Money {
    cost.fees.iter().filter_map(FeeLeaf::month).sum()
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
fn precise(amount: Money, scaled: impl Fn(Money) -> Money, exact: &str) -> String {
    let cut = |decimals: usize| format!("{amount:.decimals$}");
    let fits = |text: &String| {
        Money::parse(text).is_ok_and(|read| numbers::dollars(scaled(read)) == exact)
    };
    let short = Some(cut(2)).filter(fits).map(|_| numbers::booked(amount));
    short.or_else(|| (3..12).map(cut).find(fits)).unwrap_or_else(|| numbers::price(amount))
}

/// The sentences of the month, each of which can be checked by hand.
fn sentences(study: &Study<'_>, cost: &Cost) -> Vec<String> {
    let (month, lasts) = units(study);
    let mut said = Vec::new();
    let times = |amount: Money| {
        let scaled = |amount| scaled(study, amount);
        let result = numbers::dollars(scaled(amount));
        format!("{} × {month} ÷ {lasts} = {result}", precise(amount, scaled, &result))
    };
    if !cost.usage().is_zero() {
        said.push(format!("Usage: {}.", times(cost.usage())));
    }
    said.extend(cost.fees.iter().filter_map(|fee| by_minutes(study, cost, fee)));
    let once = once(cost);
    if !once.is_zero() {
        said.push(format!("Paid once, and not again: {}.", numbers::dollars(once)));
    }
    if said.len() > 1 {
        said.push(format!("Together {}.", numbers::dollars(total(study, cost))));
    }
    said
}

/// So much a minute, times those of a month; with how many it ran for here, where that was not all
/// the time.
fn by_minutes(study: &Study<'_>, cost: &Cost, fee: &FeeLeaf) -> Option<String> {
    let (ran, month) = (fee.ran().filter(|ran| *ran > 0)?, fee.month()?);
    let result = numbers::dollars(month);
    let each = precise(fee.amount.of_parts(1, ran), |each| each.times(MONTH_MINUTES), &result);
    let here = if runs_throughout(study, cost, fee) {
        String::new()
    } else {
        let ran = numbers::count((ran + cost.runs / 2) / cost.runs);
        format!(", which ran for {ran}{THIN}min here")
    };
    let all = numbers::count(MONTH_MINUTES);
    Some(format!("{}{here}: {each} × {all}{THIN}min = {result}.", called(fee)))
}

/// Whether what is paid by the minute ran from the beginning of every run to its end.
pub(super) fn runs_throughout(study: &Study<'_>, cost: &Cost, fee: &FeeLeaf) -> bool {
    let all = study.whole_seconds().div_ceil(60).saturating_mul(cost.runs);
    fee.ran().is_none_or(|ran| ran >= all)
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
            p.note {
                "As if this run went on, around the clock, for " (DAYS) " days"
                @if cost.fees.iter().any(|fee| !runs_throughout(study, cost, fee)) {
                    ", and what is paid by the minute never stopped"
                }
                "."
            }
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
