//! Which strategy fixes it: all of them beside each other, on the account's tier and on the one
//! that is enough.
//!
//! Every row, chip and mark is about one strategy by its place on the page, so that whoever points
//! at one finds it in all of them.

mod map;
mod panels;
mod table;
mod tries;
mod waits;
mod words;

use maud::{Markup, html};

use crate::decide;
use crate::study::{Outcome, Study};

/// Rules that only this section needs.
pub(crate) const STYLE: &str = include_str!("strategies/strategies.css");

/// The section; none where there is no strategy.
pub(crate) fn section(study: &Study<'_>) -> Option<Markup> {
    let about = *tiers(study).last()?;
    Some(html! {
        section.section #strategies {
            p.question { (words::question(study)) }
            h2 { (words::finding(study, about)) }
            @if let Some(lead) = words::lead(study, about) { p.lead { (lead) } }
            @if study.strategies.len() > 1 { (chips(study)) }
            @if let Some(map) = map::figure(study) { (map) }
            (table::all(study, about))
            // Of many strategies the table has the waits, and the league what else there is.
            @if !study.is_crowded() {
                @if let Some(waits) = waits::figure(study) { (waits) }
                @if let Some(tries) = tries::figure(study) { (tries) }
            }
        }
    })
}

/// The tiers that strategies are compared on: the account's, and last the one beside it that a
/// page is about.
pub(crate) fn tiers(study: &Study<'_>) -> Vec<usize> {
    let mut tiers: Vec<usize> = study.yours.into_iter().chain(study.other()).collect();
    tiers.dedup();
    tiers
}

/// The strategies that are drawn and were run on a tier, with what came of each.
fn run_on<'s>(
    study: &'s Study<'_>,
    tier: usize,
) -> impl DoubleEndedIterator<Item = (usize, &'s Outcome)> {
    let shown = study.shown().into_iter();
    shown.filter_map(move |row| Some((row, study.outcome(row, tier)?)))
}

/// The strategies by name, each leading to its row in the table.
fn chips(study: &Study<'_>) -> Markup {
    html! {
        ul.chips aria-label="Strategies" {
            @for (place, strategy) in decide::rows(study) {
                li data-s=(place) {
                    a href={ "#" (table::row_id(place)) } { (strategy.mark.inline()) (strategy.name) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
