//! The league in figures: at home, who wins where, and every rank under every condition.

use maud::{Markup, html};

use super::words;
use super::{Condition, League, Line};
use crate::decide;
use crate::glossary::term;
use crate::numbers::{self, Share};
use crate::study::Outcome;

/// Winners that are told of one by one.
const WINNERS: usize = 12;
/// Ranks that are all told, whatever they say.
const RANKS: usize = 300;

/// Every strategy on the account's tier at the traffic as written.
pub(super) fn at_home(league: &League<'_>) -> Markup {
    let Some(home) = league.home() else { return html! {} };
    let study = league.study;
    let several = league.conditions.len() > 1;
    let useless = any_in_vain(league);
    let costs = study.has_cost();
    html! {
        div.block {
            h3 { "The league " (league.there(home)) }
            div.scroll tabindex="0" {
                table.data.league {
                    thead {
                        tr {
                            th.n scope="col" { (term("rank", "Rank")) }
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            @if sure(home) {
                                th.n scope="col" { (term("interval", "95 % interval")) }
                                th.n scope="col" { (term("behind", "Points behind")) }
                            }
                            @if met(home) { th.n scope="col" { (term("met-in", "Met in")) } }
                            th.n scope="col" { (term("answered", "Answered")) }
                            th.n scope="col" { (term("per-job", "Attempts per job")) }
                            th.n scope="col" { (term("status-429", "429s")) }
                            th.n scope="col" { (term("first-429", "First met 429")) }
                            @if useless { th.n scope="col" { (term("useless", "Useless retries")) } }
                            @if costs { th.n scope="col" { (term("per-1000", "$ per 1,000 in time")) } }
                            @if several { th scope="col" { "Worst under" } }
                        }
                    }
                    tbody {
                        @for line in &home.lines {
                            tr.enough[line.rank == 1] {
                                td.n { (rank(line)) }
                                (name(league, line.row))
                                td.n { (in_table(line.in_time)) }
                                @if sure(home) { (intervals(line, Some("n"))) }
                                @if met(home) { td.n { (seeds(line)) } }
                                @match outcome(league, line) {
                                    Some(one) => {
                                        td.n { (of(one.total.jobs.answered, one.total.jobs.offered)) }
                                        td.n { (decide::per_job(one)) }
                                        td.n { (decide::refused(one)) }
                                        td.n { (of(one.total.jobs.first_attempt_429, one.total.jobs.offered)) }
                                        @if useless { td.n { (in_vain(one)) } }
                                    }
                                    None => { @for _ in 0..(4 + usize::from(useless)) { td.n { "not run" } } }
                                }
                                @if costs { td.n { (decide::per_1000(study, line.row, home.tier)) } }
                                @if several { td { (worst(league, line.row)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Who leads where, and where each of them loses most; none where one leads everywhere.
pub(super) fn winners(league: &League<'_>) -> Markup {
    let rows: Vec<usize> = league
        .order
        .iter()
        .copied()
        .filter(|row| league.of_row(*row).any(|(at, line)| line.rank == 1 && at.is_won()))
        .collect();
    if rows.len() < 2 || league.conditions.len() < 2 {
        return html! {};
    }
    html! {
        div.block {
            h3 { "Who wins where" }
            div.scroll tabindex="0" {
                table.data.words {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th scope="col" { "Leads alone" }
                            th scope="col" { (term("tie", "Ties for the lead")) }
                            th scope="col" { "Furthest behind" }
                        }
                    }
                    tbody {
                        @for row in rows.iter().take(WINNERS) {
                            tr {
                                (name(league, *row))
                                td { (leading(league, *row, false)) }
                                td { (leading(league, *row, true)) }
                                td { (behind(league, *row)) }
                            }
                        }
                    }
                }
            }
            @if rows.len() > WINNERS {
                p.note {
                    "The first " (WINNERS) " of " (rows.len()) " strategies that lead or tie anywhere; \
                     the others stand in the table above."
                }
            }
            @if league.conditions.iter().any(|one| !one.is_won() && !one.is_even()) {
                p.note { "Where half of them or more tie for the lead, nobody wins: that is left out." }
            }
        }
    }
}

/// Every rank with its interval, condition by condition: the longest table of all, so that what is
/// the same in every cell is said of its columns, and of many ranks only those that tell somebody
/// apart are there; none where nothing does.
pub(super) fn ranks(league: &League<'_>) -> Markup {
    let all = &league.conditions;
    let many = all.iter().map(|one| one.lines.len()).sum::<usize>() > RANKS;
    let told: Vec<&Condition> = all.iter().filter(|one| !many || one.is_won()).collect();
    if told.is_empty() {
        return html! {};
    }
    let any = |is: &dyn Fn(&Condition) -> bool| told.iter().any(|one| is(one));
    let (sure, met) = (any(&sure), any(&met));
    let columns = 3 + 2 * usize::from(sure) + usize::from(met);
    html! {
        details {
            summary {
                "Every rank, under "
                @if told.len() == all.len() { "every condition" }
                @else { (told.len()) " of " (all.len()) " conditions" }
            }
            @if told.len() < all.len() {
                p.note {
                    "Left out are the conditions under which half of the strategies or more tie for \
                     the lead: the first table has their shares, the record their intervals."
                }
            }
            div.scroll tabindex="0" {
                table.data.slim.ranks {
                    thead {
                        tr {
                            th.n scope="col" { "Rank" }
                            th scope="col" { "Strategy" }
                            th.n scope="col" { "In time" }
                            @if sure {
                                th.n scope="col" { "95 % interval" }
                                th.n scope="col" { "Points behind" }
                            }
                            @if met { th.n scope="col" { "Met in" } }
                        }
                    }
                    tbody {
                        @for condition in &told {
                            tr.part { th scope="rowgroup" colspan=(columns) { (words::name(league, condition)) } }
                            @for line in &condition.lines {
                                tr {
                                    td { (rank(line)) }
                                    td { (league.study.strategies.get(line.row).map_or("", |one| one.name)) }
                                    td { (in_table(line.in_time)) }
                                    @if sure { (intervals(line, None)) }
                                    @if met { td { (seeds(line)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn sure(condition: &Condition) -> bool {
    condition.lines.iter().any(|line| line.interval.is_some())
}

fn met(condition: &Condition) -> bool {
    condition.lines.iter().any(|line| line.met.is_some())
}

fn outcome<'s>(league: &'s League<'_>, line: &Line) -> Option<&'s Outcome> {
    league.study.outcome(line.row, league.home()?.tier)
}

fn name(league: &League<'_>, row: usize) -> Markup {
    html! {
        th scope="row" {
            @if let Some(strategy) = league.study.strategies.get(row) {
                (strategy.mark.inline()) (strategy.name)
            }
        }
    }
}

fn rank(line: &Line) -> String {
    if line.tied { format!("{}, tied", line.rank) } else { line.rank.to_string() }
}

fn in_table(fraction: f64) -> String {
    Share::from_fraction(fraction).map_or_else(|| "no samples".to_owned(), Share::in_table)
}

fn of(part: u64, of: u64) -> String {
    Share::new(part, of).map_or_else(|| "no samples".to_owned(), Share::in_table)
}

fn intervals(line: &Line, class: Option<&str>) -> Markup {
    html! {
        td class=[class] { (line.interval.map_or_else(|| "one seed".to_owned(), words::between)) }
        td class=[class] {
            @match line.between {
                Some(between) => {
                    (words::tenths(line.behind)) span.u { " (" (words::tenths(between.0)) " to " (words::tenths(between.1)) ")" }
                }
                None if line.tied => "0",
                None => "leads",
            }
        }
    }
}

fn seeds(line: &Line) -> String {
    match line.met {
        Some((met, 1)) => if met == 1 { "met" } else { "missed" }.to_owned(),
        Some((met, of)) => format!("{met} of {of}"),
        None => "nothing asked".to_owned(),
    }
}

/// Whether anybody retried at home what could not help.
pub(super) fn any_in_vain(league: &League<'_>) -> bool {
    let lines = league.home().map_or(&[][..], |home| &home.lines);
    let retried = |one: &Outcome| one.total.useless.total() > 0;
    lines.iter().any(|line| outcome(league, line).is_some_and(retried))
}

/// Useless retries, as a share of all attempts.
fn in_vain(outcome: &Outcome) -> String {
    of(outcome.total.useless.total(), outcome.total.attempts.sent)
}

/// `Tier 1 at 150 %: 31 %`.
fn worst(league: &League<'_>, row: usize) -> String {
    let least = league.of_row(row).min_by(|(_, a), (_, b)| a.in_time.total_cmp(&b.in_time));
    least.map_or_else(String::new, |(condition, line)| {
        format!("{}: {}", words::name(league, condition), in_table(line.in_time))
    })
}

/// The conditions that a row leads, alone or tied; those in which most of them do are not among them.
fn leading(league: &League<'_>, row: usize, tied: bool) -> String {
    let these: Vec<&Condition> = league
        .of_row(row)
        .filter(|(at, line)| line.rank == 1 && line.tied == tied && at.is_won())
        .map(|(at, _)| at)
        .collect();
    if these.is_empty() { "nowhere".to_owned() } else { words::conditions(league, &these) }
}

/// `40 points behind “x” on Tier 1 at 150 %`.
fn behind(league: &League<'_>, row: usize) -> String {
    let Some((condition, line)) = league.worst(row) else { return String::new() };
    let leader = condition.leaders().next().map_or_else(String::new, |one| league.name(one.row));
    if line.behind < 0.000_5 {
        return "nowhere".to_owned();
    }
    format!("{} behind {leader} {}", numbers::points(line.behind), league.there(condition))
}
