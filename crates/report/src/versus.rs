//! A simulated run beside a live one: the sentence, the words for its figures, and the page.
//!
//! The terminal and the page say the same sentence and the same figures. What is compared, and how
//! far it may lie apart, is decided in the record's crate; here it is only told and drawn.

mod chart;
mod finding;
mod tables;
pub mod words;

use maud::{Markup, html};
use run_record::{Agreement, Pair, Withheld};

use crate::live;
use crate::numbers;
use crate::page;
use crate::verdict::Verdict;

/// What only this page needs beside the style that all pages have.
const STYLE: &str = include_str!("versus/versus.css");

/// The sentence and its facts.
#[must_use]
pub fn lines(pair: &Pair<'_>, agreement: &Agreement) -> Verdict {
    finding::of(pair, agreement)
}

/// The page: one file that works offline, without scripts, in light and dark, and on paper.
#[must_use]
pub fn page(pair: &Pair<'_>, agreement: &Agreement) -> String {
    let verdict = finding::of(pair, agreement);
    let title = format!("{}, simulated and live", pair.live().header().recipe.scenario.title);
    let some = !agreement.cells.is_empty();
    let body = html! {
        @for why in &agreement.withheld { (alarm(pair, why)) }
        (top(pair))
        main.wrap {
            section.verdict.alone #verdict {
                div {
                    h1 { (page::sentence(&verdict)) }
                    @if !verdict.facts.is_empty() {
                        dl.facts {
                            @for fact in &verdict.facts {
                                div { dt { (fact.name) } dd { (fact.text) } }
                            }
                        }
                    }
                }
            }
            @if some {
                @if let Some(matrix) = tables::matrix(pair, agreement) {
                    section.decide.alone aria-label="Tiers and strategies" { (matrix) }
                }
                nav.contents aria-label="Contents" {
                    a href="#when" { "429s per second" }
                    a href="#figures" { "Figures" }
                    a href="#books" { "Books" }
                    a href="#appendix" { "Appendix" }
                }
                (chart::section(pair, agreement))
                (tables::figures(pair, agreement))
                (tables::books(pair, agreement))
            }
            (tables::appendix(pair, agreement))
            footer { "Made by tierlab, a rehearsal of rate limits; it is not affiliated with Together AI." }
        }
        (page::script())
    };
    page::document(&title, &[STYLE, page::SCRIPT_STYLE], &body)
}

/// Whether the two are not the same rehearsal, so that nothing is said of how they fit.
fn are_other_runs(agreement: &Agreement) -> bool {
    agreement.withheld.iter().any(|why| matches!(why, Withheld::OtherRun(_)))
}

/// That the live run's machine had no connection left, in words.
fn starvation(pair: &Pair<'_>) -> String {
    pair.live().header().live.as_ref().and_then(live::starvation).unwrap_or_default()
}

fn alarm(pair: &Pair<'_>, why: &Withheld) -> Markup {
    html! {
        p.alarm role="alert" {
            @match why {
                Withheld::OtherRun(differs) => {
                    "These are not the same rehearsal: their " (words::listed(differs))
                    " differ. What stands below is not judged."
                },
                Withheld::CutShort => {
                    "The live run was stopped before its end. What stands below is not judged."
                },
                Withheld::GeneratorLate => {
                    "The load generator was late, so the live figures are partly its own. What stands \
                     below is not judged."
                },
                Withheld::Starved(_) => {
                    "The load generator could not send everything: "
                    (starvation(pair)) ". What stands below is not judged."
                },
                Withheld::NothingShared => "No cell is in both runs.",
                Withheld::Unmatched => "Some live cells have no simulated one: they are not judged.",
            }
        }
    }
}

fn top(pair: &Pair<'_>) -> Markup {
    let header = pair.live().header();
    html! {
        header.top {
            div.wrap {
                p.brand { "tierlab" }
                p.title { (header.recipe.scenario.title) }
                ul.facts-of-run {
                    li { "simulated and live" }
                    li { "rules " (header.recipe.edition.name) }
                    li { (numbers::duration(header.lasts.nanos() as f64 / 1e9)) }
                    li { "seed " (header.recipe.seed) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
