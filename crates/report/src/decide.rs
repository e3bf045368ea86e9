//! What decides: the expectations, the matrix of tiers and strategies, the best of each tier.

use maud::{Markup, html};
use run_record::Verdict;

use crate::chart::bars::Tag;
use crate::demand::Dimension;
use crate::glossary::term;
use crate::goal;
use crate::numbers::{self, Share, THIN};
use crate::sign;
use crate::study::{Ladder, Outcome, Standing, Strategy, Study, Tier, Trouble};

/// The expectations with what was measured, on the account's tier and on the one beside it.
pub(crate) fn expectations(study: &Study<'_>) -> Option<Markup> {
    let columns = judged(study);
    let (.., last) = columns.last()?;
    if study.expectations().is_empty() {
        return None;
    }
    let spare: Vec<Option<String>> = study
        .expectations()
        .iter()
        .enumerate()
        .map(|(index, asked)| {
            goal::spare(asked, last.judged.iter().find(|one| one.expectation == index)?)
        })
        .collect();
    let some_spare = spare.iter().any(Option::is_some);
    Some(html! {
        div.card {
            table.expected {
                caption { "Expectations of the scenario" }
                thead {
                    tr {
                        td {}
                        @for (strategy, tier, _) in &columns {
                            th.n scope="col" {
                                (study.column(*tier)) " " (tag(study, *tier))
                                span.u { (study.strategies.get(*strategy).map_or("", |one| one.name)) }
                            }
                        }
                        @if some_spare { th.n.spare scope="col" { "To spare" } }
                    }
                }
                tbody {
                    @for (index, (asked, spare)) in study.expectations().iter().zip(&spare).enumerate() {
                        tr {
                            th scope="row" {
                                (goal::heading(asked))
                                span.u { (goal::bound(asked)) }
                            }
                            @for (.., outcome) in &columns { (measured(study, outcome, index)) }
                            @if some_spare { td.n.spare { (spare.as_deref().unwrap_or("none")) } }
                        }
                    }
                }
            }
        }
    })
}

/// The cells whose expectations are told, each with its strategy and its tier: the one that is looked
/// at first, and the best of the tier beside it.
pub(crate) fn judged<'s>(study: &'s Study<'_>) -> Vec<(usize, usize, &'s Outcome)> {
    let mut columns: Vec<(usize, usize, &Outcome)> = Vec::new();
    if let Some((strategy, tier)) = study.focus()
        && let Some(outcome) = study.outcome(strategy, tier)
    {
        columns.push((strategy, tier, outcome));
    }
    // Beside what is not judged, another cell's ticks would read as an answer.
    let open = study.deciding.is_some_and(|one| one.verdict == Verdict::Unjudged);
    if let Some(tier) = study.other().filter(|_| !open)
        && let Some((strategy, outcome)) = study.best(tier)
        && columns.iter().all(|(one, at, _)| (*one, *at) != (strategy, tier))
    {
        columns.push((strategy, tier, outcome));
    }
    columns
}

fn measured(study: &Study<'_>, outcome: &Outcome, index: usize) -> Markup {
    let asked = study.expectations().get(index);
    let judged = outcome.judged.iter().find(|one| one.expectation == index);
    html! {
        @if let (Some(asked), Some(judged)) = (asked, judged) {
            td.n.no[judged.verdict == Verdict::Missed] {
                (sign::of_verdict(judged.verdict))
                (goal::measured(asked, judged))
                span.unseen { ", " (judged.verdict.name()) }
            }
        } @else {
            td.n.spare { "not asked of it" }
        }
    }
}

/// Every tier and every strategy; with one tier, the strategies in a table.
pub(crate) fn matrix(study: &Study<'_>) -> Markup {
    if study.tiers.len() == 1 {
        return strategies(study);
    }
    let enough = study.enough.or(study.yours);
    html! {
        div.card {
            h2.small-head {
                "Which " (study.rung()) ", which strategy "
                span.u.below {
                    "large: jobs answered in time, %; small: attempts refused with 429"
                    @for trouble in study.troubles(0..study.tiers.len()) {
                        ", then " (study.called(trouble))
                    }
                }
            }
            table.matrix {
                caption.unseen {
                    "Share of jobs answered in time and share of attempts refused with 429, by strategy and " (study.rung())
                }
                thead {
                    tr {
                        th.corner scope="col" {
                            @if let Some(tier) = enough {
                                span.wide { "Best first " (study.there(tier)) }
                                span.narrow { "Strategy" }
                            }
                        }
                        @for (index, tier) in study.tiers.iter().enumerate() {
                            th scope="col" {
                                span.tier {
                                    span.wide { (tier.column) }
                                    span.narrow { (tier.short) }
                                }
                                span.tag-room { (tag(study, index)) }
                                @for line in limits(tier) { span.limits { (line) } }
                            }
                        }
                    }
                }
                tbody {
                    @for (row, strategy) in rows(study) {
                        tr data-s=(row) {
                            th scope="row" { (strategy.mark.inline()) (strategy.name) }
                            @for column in 0..study.tiers.len() { (cell(study, row, column)) }
                        }
                    }
                }
                @if !study.expectations().is_empty() { (counts(study)) }
            }
            (legend(study))
            (study.choice())
        }
    }
}

/// The rows that are drawn, each with its strategy.
pub(crate) fn rows<'s>(study: &'s Study<'_>) -> impl Iterator<Item = (usize, &'s Strategy<'s>)> {
    study.shown().into_iter().filter_map(|row| Some((row, study.strategies.get(row)?)))
}

fn cell(study: &Study<'_>, row: usize, column: usize) -> Markup {
    let Some(outcome) = study.outcome(row, column) else {
        return html! { td.none { span.u { "not run" } } };
    };
    let pick = study.other() == Some(column)
        && study.best(column).is_some_and(|(best, _)| best == row)
        && !study.expectations().is_empty();
    let share = outcome.in_time().map_or_else(|| "–".to_owned(), Share::in_cell);
    let refused = outcome.refused().map(Share::refused_in_cell);
    html! {
        td data-t=(column) class={ (sign::class(outcome.standing)) @if pick { " pick" } } {
            span.share { (sign::of(outcome.standing)) b { (share) } }
            @match refused {
                Some(refused) => span.u { (refused) (THIN) "%" span.wide { " 429s" } },
                None => span.u { "none sent" },
            }
            @for trouble in study.troubles(0..study.tiers.len()) {
                @if let Some(share) = outcome.share_of(trouble).filter(|share| share.is_telling()) {
                    span.u { (share.in_cell()) (THIN) "%" span.wide { " " (study.called(trouble)) } }
                }
            }
            span.unseen { " " (sign::words(outcome.standing)) }
        }
    }
}

fn counts(study: &Study<'_>) -> Markup {
    html! {
        tfoot {
            tr {
                th scope="row" { "Meet everything" }
                @for tier in 0..study.tiers.len() {
                    @let (meet, of) = study.meeting(tier);
                    td.enough[study.enough == Some(tier)] { (meet) " of " (of) }
                }
            }
        }
    }
}

/// The signs that occur, each with its meaning.
fn legend(study: &Study<'_>) -> Markup {
    let mut standings: Vec<Standing> = (0..study.strategies.len())
        .flat_map(|row| (0..study.tiers.len()).map(move |column| (row, column)))
        .filter_map(|(row, column)| study.outcome(row, column))
        .map(|outcome| outcome.standing)
        .filter(|standing| *standing != Standing::Unasked)
        .collect();
    standings.sort_unstable();
    standings.dedup();
    html! {
        ul.key {
            @for standing in standings {
                li { (sign::of(standing)) (sign::words(standing)) }
            }
        }
    }
}

/// The strategies of the only tier.
fn strategies(study: &Study<'_>) -> Markup {
    let troubles = study.troubles(0..study.tiers.len());
    let costs = study.has_cost();
    html! {
        div.card {
            h2.small-head {
                "Which strategy " (study.there(0))
                span.u { (study.tiers.first().map(|tier| limits(tier).join(", ")).unwrap_or_default()) }
            }
            div.scroll tabindex="0" {
                table.best.crowded[!troubles.is_empty()] {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            th.n scope="col" { (term("status-429", "429s")) }
                            @for trouble in &troubles { th.n scope="col" { (study.called(*trouble)) } }
                            th.n scope="col" { (term("per-job", "Attempts per job")) }
                            th.n scope="col" { (term("wait", "Wait p95")) }
                            @if costs { th.n.cost scope="col" { (term("per-1000", "$ per 1,000")) } }
                        }
                    }
                    tbody {
                        @for (row, strategy) in rows(study) {
                            @if let Some(outcome) = study.outcome(row, 0) {
                                tr.enough[outcome.standing == Standing::Meets] data-s=(row) {
                                    th scope="row" { (strategy.mark.inline()) (strategy.name) }
                                    td.n { (sign::of(outcome.standing)) (in_time(outcome)) }
                                    td.n { (refused(outcome)) }
                                    @for trouble in &troubles { td.n { (met(outcome, *trouble)) } }
                                    td.n { (per_job(outcome)) }
                                    td.n { (wait(outcome)) }
                                    @if costs { td.n.cost { (per_1000(study, row, 0)) } }
                                }
                            }
                        }
                    }
                }
            }
            (legend(study))
            (study.choice())
            @if study.ladder() != Ladder::Endpoints { p.note {
                @if study.not_run().is_empty() {
                    "Only one " (study.rung()) " was compared."
                } @else {
                    "Of the " (study.rung()) "s to compare, only this one was run."
                }
            } }
        }
    }
}

/// The best strategy of each tier; none where there is one tier only.
pub(crate) fn best_of_each(study: &Study<'_>) -> Option<Markup> {
    if study.tiers.len() < 2 {
        return None;
    }
    let troubles = study.troubles(0..study.tiers.len());
    let costs = study.has_cost();
    Some(html! {
        div.card {
            h2.small-head {
                @match study.ladder() {
                    Ladder::PastHours => "Best strategy after each past hour",
                    Ladder::Tiers | Ladder::Endpoints => "Best strategy on each tier",
                }
            }
            table.best.crowded[!troubles.is_empty()] {
                thead {
                    tr {
                        th scope="col" { (study.rung_heading()) }
                        th scope="col" { "Best strategy" }
                        th.n scope="col" { (term("in-time", "In time")) }
                        th.n scope="col" { (term("status-429", "429s")) }
                        @for trouble in &troubles { th.n scope="col" { (study.called(*trouble)) } }
                        th.n scope="col" { (term("wait", "Wait p95")) }
                        @if costs { th.n.cost scope="col" { (term("per-1000", "$ per 1,000")) } }
                    }
                }
                tbody {
                    @for (index, tier) in study.tiers.iter().enumerate() {
                        @if let Some((strategy, outcome)) = study.best(index) {
                            tr.enough[study.enough == Some(index) && !study.expectations().is_empty()] data-t=(index) {
                                th scope="row" { (tier.column) " " (tag(study, index)) }
                                td {
                                    (sign::of(outcome.standing))
                                    @if study.any_will_do(index) {
                                        "any"
                                    } @else if let Some(alike) = study.alike(index) {
                                        "any of " (alike)
                                    } @else {
                                        (study.strategies.get(strategy).map_or("", |one| one.name))
                                    }
                                    span.u { (remark(study, index, outcome)) }
                                }
                                td.n { (in_time(outcome)) }
                                td.n { (refused(outcome)) }
                                @for trouble in &troubles { td.n { (met(outcome, *trouble)) } }
                                td.n { (wait(outcome)) }
                                @if costs { td.n.cost { (per_1000(study, strategy, index)) } }
                            }
                        }
                    }
                }
            }
            p.note {
                @if study.expectations().is_empty() {
                    "Best: answers most jobs in time; of equals, the one that answers more at all, then \
                     the one with fewer 429s."
                } @else {
                    "Best: meets everything; where none does, "
                    @if study.any_unjudged() { "misses nothing that could be judged; else " }
                    "answers most jobs in time; of equals, the one that answers more at all, then the \
                     one with fewer 429s."
                }
            }
        }
    })
}

fn remark(study: &Study<'_>, tier: usize, outcome: &Outcome) -> String {
    let (meet, of) = study.meeting(tier);
    match outcome.standing {
        Standing::Unasked => String::new(),
        Standing::Meets | Standing::OnAverage if of > 1 && meet == of => {
            format!("all {of} meet everything")
        }
        Standing::Meets | Standing::OnAverage | Standing::Unjudged => {
            sign::words(outcome.standing).to_owned()
        }
        Standing::InTime | Standing::Misses => match outcome.missed(study.expectations()) {
            Some((asked, _)) => format!("misses {}", goal::phrase(asked)),
            None => String::new(),
        },
    }
}

/// A tier's limits, one line each.
pub(crate) fn limits(tier: &Tier<'_>) -> Vec<String> {
    let Some(first) = tier.limits.first() else { return Vec::new() };
    let same = |get: &dyn Fn(&run_record::PairLimits) -> Option<u64>| {
        tier.limits.iter().all(|pair| get(pair) == get(first))
    };
    let unit = Dimension::counted_by(first).unit();
    let alike = tier.limits.iter().all(|pair| pair.images == first.images);
    let requests = if alike && same(&|pair| Some(pair.rpm)) {
        let most = if first.hard { "" } else { "dynamic " };
        format!("{most}{}{THIN}{unit}", numbers::count(first.rpm))
    } else if alike {
        format!("{unit} by model")
    } else {
        "limits by model".to_owned()
    };
    let tokens = match first.tpm {
        Some(tpm) if same(&|pair| pair.tpm) => {
            let shown = if first.hard { tpm } else { crate::demand::rounded(tpm) };
            format!("{}{THIN}TPM", numbers::short(shown))
        }
        None if same(&|pair| pair.tpm) => return vec![requests],
        Some(_) | None => "TPM by model".to_owned(),
    };
    vec![requests, tokens]
}

/// The tag of a tier, if it has one.
pub(crate) fn tag(study: &Study<'_>, tier: usize) -> Markup {
    html! {
        @if let Some(tag) = study.tag(tier) {
            i class={ "tag " (tag.class()) } { (tag.word()) }
            @if tag == Tag::Enough && study.yours == Some(tier) {
                " " i.tag.yours { "yours" }
            }
        }
    }
}

pub(crate) fn in_time(outcome: &Outcome) -> String {
    outcome.in_time().map_or_else(|| "no samples".to_owned(), Share::in_table)
}

pub(crate) fn refused(outcome: &Outcome) -> String {
    outcome.refused().map_or_else(|| "none sent".to_owned(), Share::in_table)
}

/// The share of attempts that met a trouble.
pub(crate) fn met(outcome: &Outcome, trouble: Trouble) -> String {
    Share::new(outcome.met(trouble), outcome.total.attempts.sent)
        .map_or_else(|| "none sent".to_owned(), Share::in_table)
}

pub(crate) fn wait(outcome: &Outcome) -> String {
    outcome.wait_p95().map_or_else(|| "no samples".to_owned(), numbers::seconds)
}

/// Dollars for a thousand jobs in time.
pub(crate) fn per_1000(study: &Study<'_>, strategy: usize, tier: usize) -> String {
    let each = study.cost(strategy, tier).and_then(|cost| cost.per_1000_in_time());
    each.map_or_else(|| "none".to_owned(), numbers::dollars)
}

pub(crate) fn per_job(outcome: &Outcome) -> String {
    let (sent, offered) = (outcome.total.attempts.sent, outcome.total.jobs.offered);
    if offered == 0 {
        return "no samples".to_owned();
    }
    format!("{:.2}", sent as f64 / offered as f64)
}
