//! When to move: what each tier makes of this traffic, how much more of it each carries, from
//! which use on another way pays, and what each way out changes and costs.
//!
//! Only what the record knows of is offered: a way that the edition does not state is none.

mod even;
mod growth;
mod ladder;
mod ways;
pub(crate) mod words;

use maud::{Markup, html};

use crate::study::{Ladder, Study};

/// The rules of this section alone.
pub(crate) const STYLE: &str = include_str!("moving/moving.css");

/// The section; none where there is nothing to move to.
pub(crate) fn section(study: &Study<'_>) -> Option<Markup> {
    let ladder = ladder::figure(study);
    let growth = growth::figure(study);
    let even = even::figure(study);
    let ways = ways::table(study);
    if ladder.is_none() && growth.is_none() && even.is_none() && ways.is_none() {
        return None;
    }
    Some(html! {
        section.section #moving {
            p.question { "When should I move?" }
            h2 { (words::finding(study)) }
            @if let Some(lead) = words::lead(study) { p.lead { (lead) } }
            @if ladder.is_some() || growth.is_some() {
                div.mv-pair {
                    @if let Some(ladder) = ladder { (ladder) }
                    @if let Some(growth) = growth { (growth) }
                }
            }
            @if is_narrowed(study) { p.note { "Run without --tier to see the other tiers." } }
            @if even.is_some() || ways.is_some() {
                div.mv-pair {
                    @if let Some(even) = even { div { (even) } }
                    @if let Some(ways) = ways { (ways) }
                }
            }
        }
    })
}

/// Whether the command kept the other tiers away.
fn is_narrowed(study: &Study<'_>) -> bool {
    let command = &study.record.header().command;
    let asked = command.split(' ').any(|word| word == "--tier" || word.starts_with("--tier="));
    asked && study.tiers.len() == 1 && study.ladder() == Ladder::Tiers
}

#[cfg(test)]
mod tests;
