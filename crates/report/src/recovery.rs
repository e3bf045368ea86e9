//! After trouble: how long until each strategy is back to how it was, and what its retries were worth.

use maud::{Markup, html};
use run_record::derive::{self, Recovery};
use run_record::{EventNote, Leaf};

use crate::course;
use crate::decide;
use crate::glossary::term;
use crate::numbers::{self, Share};
use crate::study::{Outcome, Study};

/// Triggers that the table has columns for.
const TRIGGERS: usize = 6;

/// What came of one strategy after each trigger.
struct Row<'s> {
    strategy: usize,
    outcome: &'s Outcome,
    after: Vec<Recovery<'s>>,
}

/// The section; none where nothing happened that has an end and nobody hedged or went elsewhere.
pub(crate) fn section(study: &Study<'_>) -> Option<Markup> {
    let tier = study.yours.or_else(|| study.other())?;
    let rows = rows(study, tier);
    let recovers = rows.iter().any(|row| !row.after.is_empty());
    let turns = rows.iter().any(|row| turned(&row.outcome.total));
    if !recovers && !turns {
        return None;
    }
    Some(html! {
        section.section #recovery {
            @if recovers {
                p.question { "And when something goes wrong, who recovers?" }
                h2 { (finding(study, &rows)) }
                p.lead { (lead(&rows)) }
                (table(study, tier, &rows))
            } @else {
                p.question { "What were the retries worth?" }
                h2 { (worth(study, &rows)) }
            }
            @if rows.iter().any(|row| turned(&row.outcome.total) || row.outcome.total.useless.total() > 0) {
                (retries(study, tier, &rows))
            }
        }
    })
}

/// The words that a page needs for it, by their names in the glossary; none without the section.
pub(crate) fn words(study: &Study<'_>) -> Vec<&'static str> {
    let Some(tier) = study.yours.or_else(|| study.other()) else { return Vec::new() };
    let rows = rows(study, tier);
    let any = |count: &dyn Fn(&Leaf) -> u64| rows.iter().any(|one| count(&one.outcome.total) > 0);
    let mut words = Vec::new();
    words.extend(rows.iter().any(|one| !one.after.is_empty()).then_some("recovery"));
    words.extend(any(&|leaf| leaf.hedges.sent).then_some("hedge"));
    words.extend(any(&|leaf| leaf.elsewhere.sent).then_some("elsewhere"));
    if !words.is_empty() && any(&|leaf| leaf.useless.total()) {
        words.push("useless");
    }
    words
}

fn rows<'s>(study: &'s Study<'_>, tier: usize) -> Vec<Row<'s>> {
    let header = study.record.header();
    decide::rows(study)
        .filter_map(|(row, _)| {
            let outcome = study.outcome(row, tier)?;
            let seeds = u32::try_from(outcome.whole.leaves().len()).unwrap_or(u32::MAX);
            let series = outcome.whole.series();
            let after = series.map(|series| derive::recovery(header, series, seeds));
            Some(Row { strategy: row, outcome, after: after.unwrap_or_default() })
        })
        .collect()
}

/// Whether anything was hedged or sent elsewhere.
fn turned(leaf: &Leaf) -> bool {
    leaf.hedges.sent > 0 || leaf.elsewhere.sent > 0
}

/// `“a” recovers, “b” never does within the run`, in a heading.
fn finding(study: &Study<'_>, rows: &[Row<'_>]) -> String {
    let lost: Vec<usize> = rows
        .iter()
        .filter(|row| row.after.iter().any(|one| one.metastable))
        .map(|row| row.strategy)
        .collect();
    let told = rows.iter().filter(|row| !row.after.is_empty()).count();
    let (slowest, longest) = (longest(rows), |(row, time): (usize, f64)| {
        format!("the slowest, {}, takes {}", study.quoted(row), numbers::duration(time))
    });
    let doubtful = is_doubtful(rows);
    match (lost.as_slice(), told) {
        ([], _) if slowest.is_none() => "Nobody can tell who recovers".to_owned(),
        ([], 1) => match slowest {
            Some((_, time)) if time > 0.0 => {
                format!("It recovers within {}", numbers::duration(time))
            }
            Some(_) | None => "It recovers at once".to_owned(),
        },
        ([], _) => {
            let all = if doubtful {
                "As far as anybody can tell, all recover"
            } else {
                "Every strategy recovers"
            };
            match slowest {
                Some((row, time)) if time > 0.0 => format!("{all}; {}", longest((row, time))),
                Some(_) | None => format!("{all} at once"),
            }
        }
        (lost, all) if lost.len() == all => match all {
            1 => "It never recovers within the run".to_owned(),
            _ => "No strategy recovers within the run".to_owned(),
        },
        (lost, _) if lost.len() <= 3 => {
            let names: Vec<String> = lost.iter().map(|row| study.quoted(*row)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let verb = if lost.len() == 1 { "never recovers" } else { "never recover" };
            format!("{} {verb} within the run", numbers::listed(&names))
        }
        (lost, all) => format!("{} of {all} strategies never recover within the run", lost.len()),
    }
}

/// Whether of any trigger nobody can tell how it was got over.
fn is_doubtful(rows: &[Row<'_>]) -> bool {
    rows.iter().flat_map(|row| &row.after).any(|one| one.after.is_none() && !one.metastable)
}

/// The longest that any takes, and who.
fn longest(rows: &[Row<'_>]) -> Option<(usize, f64)> {
    let times = rows.iter().flat_map(|row| {
        row.after.iter().filter_map(|one| Some((row.strategy, derive::seconds(one.after?))))
    });
    // The first of equals.
    times.fold(None, |most: Option<(usize, f64)>, one| match most {
        Some(most) if most.1 >= one.1 => Some(most),
        _ => Some(one),
    })
}

fn lead(rows: &[Row<'_>]) -> String {
    let lost = rows.iter().flat_map(|row| &row.after).any(|one| one.metastable);
    let so = if lost {
        " Who never is may be held down by its own retries, which is called metastable, or by traffic \
         that grew meanwhile."
    } else {
        ""
    };
    let unknown = if is_doubtful(rows) {
        " Nobody can tell where too little of the run is left before what happened, or after it."
    } else {
        ""
    };
    format!(
        "Recovered is a strategy once its refusals and its jobs in hand are back to what they were \
         before, and stay there. Whoever gives up soonest is back soonest, so read it beside the jobs \
         in time.{so}{unknown}"
    )
}

/// Strategies down, triggers across.
fn table(study: &Study<'_>, tier: usize, rows: &[Row<'_>]) -> Markup {
    // Whoever has a series has all triggers.
    let triggers: Vec<&EventNote> = rows
        .iter()
        .map(|row| row.after.iter().map(|one| one.event).collect::<Vec<_>>())
        .max_by_key(Vec::len)
        .unwrap_or_default();
    let (all, triggers) = (triggers.len(), &triggers[..triggers.len().min(TRIGGERS)]);
    html! {
        div.block {
            h3 { (term("recovery", "Recovered")) ", from the end of what happened, " (study.there(tier)) }
            div.scroll tabindex="0" {
                table.data.slim.brief[all < 2] {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            th.n scope="col" { (term("per-job", "Attempts per job")) }
                            @for event in triggers {
                                th.n scope="col" { "after " (event.says) span.u { " (" (course::when(event)) ")" } }
                            }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                (name(study, row.strategy))
                                td.n { (decide::in_time(row.outcome)) }
                                td.n { (decide::per_job(row.outcome)) }
                                @for event in triggers {
                                    (back(row.after.iter().find(|one| one.event == *event)))
                                }
                            }
                        }
                    }
                }
            }
            @if all > TRIGGERS { p.note { "The first " (TRIGGERS) " of " (all) " that have an end." } }
        }
    }
}

fn back(after: Option<&Recovery<'_>>) -> Markup {
    html! {
        @match after {
            None => td.n { "no series kept" },
            Some(one) if one.metastable => td.n.no { "never within the run" },
            Some(one) => td.n {
                @match one.after {
                    Some(time) if !time.is_zero() => { (numbers::duration(derive::seconds(time))) }
                    Some(_) => "at once",
                    None => "nobody can tell",
                }
            },
        }
    }
}

/// What attempts after the first were worth; columns without a single count are left out.
fn retries(study: &Study<'_>, tier: usize, rows: &[Row<'_>]) -> Markup {
    let any = |count: &dyn Fn(&Leaf) -> u64| rows.iter().any(|row| count(&row.outcome.total) > 0);
    let (unmendable, early) =
        (any(&|leaf| leaf.useless.unmendable), any(&|leaf| leaf.useless.early));
    let (hedged, elsewhere) = (any(&|leaf| leaf.hedges.sent), any(&|leaf| leaf.elsewhere.sent));
    let spent = study.has_cost() && (hedged || elsewhere);
    html! {
        div.block {
            h3 { "What retries were worth " (study.there(tier)) }
            div.scroll tabindex="0" {
                table.data.slim.brief[!hedged && !elsewhere] {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("per-job", "Attempts per job")) }
                            @if unmendable { th.n scope="col" { (term("useless", "Nothing could mend it")) } }
                            @if early { th.n scope="col" { (term("useless", "Before the hint")) } }
                            @if hedged {
                                th.n scope="col" { (term("hedge", "Hedges")) }
                                th.n scope="col" { "of them won" }
                            }
                            @if elsewhere { th.n scope="col" { (term("elsewhere", "Answered elsewhere")) } }
                            @if spent {
                                th.n scope="col" { (term("abandoned", "Paid for, and not read")) }
                                th.n scope="col" { (term("per-1000", "$ per 1,000 in time")) }
                            }
                        }
                    }
                    tbody {
                        @for row in rows {
                            @let leaf = &row.outcome.total;
                            @let all = leaf.attempts.sent;
                            tr {
                                (name(study, row.strategy))
                                td.n { (decide::per_job(row.outcome)) }
                                @if unmendable { td.n { (of(leaf.useless.unmendable, all)) } }
                                @if early { td.n { (of(leaf.useless.early, all)) } }
                                @if hedged {
                                    td.n { (of(leaf.hedges.sent, leaf.attempts.first)) }
                                    td.n { (of(leaf.hedges.won, leaf.hedges.sent)) }
                                }
                                @if elsewhere { td.n { (of(leaf.elsewhere.answered.attempts, leaf.jobs.offered)) } }
                                @if spent {
                                    td.n { (abandoned(study, row.strategy, tier)) }
                                    td.n { (decide::per_1000(study, row.strategy, tier)) }
                                }
                            }
                        }
                    }
                }
            }
            p.note {
                @if unmendable || early { "Useless retries are shares of all attempts. " }
                @if hedged { "Hedges are a share of first attempts. " }
                @if elsewhere { "What was answered elsewhere is a share of all jobs." }
            }
        }
    }
}

/// What hedges and fallbacks did, where nothing happened to recover from.
fn worth(study: &Study<'_>, rows: &[Row<'_>]) -> String {
    let hedged = rows
        .iter()
        .filter(|row| row.outcome.total.hedges.sent > 0)
        .max_by_key(|row| row.outcome.total.hedges.sent);
    if let Some(row) = hedged {
        let leaf = &row.outcome.total;
        return format!(
            "{} hedges {} of its first attempts, and {} of those hedges win",
            study.quoted(row.strategy),
            share(leaf.hedges.sent, leaf.attempts.first),
            share(leaf.hedges.won, leaf.hedges.sent)
        );
    }
    let most = rows.iter().max_by_key(|row| row.outcome.total.elsewhere.answered.attempts);
    most.map_or_else(String::new, |row| {
        let leaf = &row.outcome.total;
        format!(
            "{} has {} of its jobs answered elsewhere",
            study.quoted(row.strategy),
            share(leaf.elsewhere.answered.attempts, leaf.jobs.offered)
        )
    })
}

/// What was generated for nobody, in dollars of one run.
fn abandoned(study: &Study<'_>, row: usize, tier: usize) -> String {
    let cost = study.cost(row, tier);
    cost.map_or_else(
        || "not known".to_owned(),
        |cost| numbers::dollars(cost.each(cost.bill.abandoned)),
    )
}

fn name(study: &Study<'_>, row: usize) -> Markup {
    html! {
        th scope="row" {
            @if let Some(strategy) = study.strategies.get(row) {
                (strategy.mark.inline()) (strategy.name)
            }
        }
    }
}

fn of(part: u64, of: u64) -> String {
    Share::new(part, of).map_or_else(|| "none".to_owned(), Share::in_table)
}

fn share(part: u64, of: u64) -> String {
    Share::new(part, of).map_or_else(|| "none".to_owned(), |share| share.in_sentence(None))
}
