//! Groups on one account beside each other: what one takes the other does not get.

use maud::{Markup, html};
use run_record::{CellKey, GroupNote, Leaf};

use super::{millionths, of};
use crate::decide;
use crate::glossary::term;
use crate::numbers;
use crate::study::Study;

/// Whether two groups share the limits of a model.
pub(super) fn share(study: &Study<'_>) -> bool {
    let groups = &study.record.header().groups;
    let shared = |group: &&GroupNote| group.endpoint.is_none() && !group.batch;
    groups.iter().filter(shared).any(|one| {
        groups.iter().filter(shared).filter(|other| other.model == one.model).count() > 1
    })
}

/// Each group under each strategy; none of one group.
pub(super) fn table(study: &Study<'_>, tier: usize) -> Option<Markup> {
    if !share(study) {
        return None;
    }
    let groups = &study.record.header().groups;
    let rows: Vec<(usize, Vec<(&GroupNote, Leaf)>)> = decide::rows(study)
        .filter_map(|(row, strategy)| {
            let cell =
                study.record.cell(&CellKey::new(study.tiers.get(tier)?.id, strategy.name))?;
            let leaves =
                groups.iter().zip(cell.groups()).map(|(note, group)| (note, group.pooled()));
            Some((row, leaves.filter(|(_, leaf)| leaf.jobs.offered > 0).collect()))
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    Some(html! {
        div.block {
            h3 { "Neighbours on one account " (study.there(tier)) }
            p { (said(study, &rows)) }
            div.scroll tabindex="0" {
                table.data {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th scope="col" { "Group" }
                            th scope="col" { "sends with" }
                            th.n scope="col" { "Clients" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            th.n scope="col" { (term("status-429", "429s")) }
                            th.n scope="col" { (term("per-job", "Attempts per job")) }
                            th.n scope="col" { "Least served client" }
                        }
                    }
                    tbody {
                        @for (row, groups) in &rows {
                            @for (index, (note, leaf)) in groups.iter().enumerate() {
                                (line(study, (*row, index), note, leaf))
                            }
                        }
                    }
                }
            }
        }
    })
}

fn line(study: &Study<'_>, (row, index): (usize, usize), note: &GroupNote, leaf: &Leaf) -> Markup {
    let strategy = study.strategies.get(row);
    let name = strategy.map_or("", |strategy| strategy.name);
    html! {
        tr {
            th scope="row" {
                @if index == 0 { @if let Some(strategy) = strategy { (strategy.mark.inline()) (name) } }
                @else { span.unseen { (name) } }
            }
            td { (note.name) }
            td { (note.strategy.as_deref().unwrap_or(name)) }
            td.n { (numbers::count(u64::from(note.clients.get()))) }
            td.n { (of(leaf.jobs.in_time, leaf.jobs.offered)) }
            td.n { (of(leaf.attempts.with_status(429), leaf.attempts.sent)) }
            td.n { (format!("{:.2}", leaf.attempts.sent as f64 / leaf.jobs.offered.max(1) as f64)) }
            td.n { (millionths(leaf.fairness.least)) }
        }
    }
}

/// Where neighbours fare least alike: `With “x”, “chat” gets 42 % in time and “batch” 99 %.`
fn said(study: &Study<'_>, rows: &[(usize, Vec<(&GroupNote, Leaf)>)]) -> String {
    const TELLING: f64 = 0.05;
    let share = |leaf: &Leaf| numbers::Share::new(leaf.jobs.in_time, leaf.jobs.offered);
    let mut widest: Option<(f64, String)> = None;
    for (row, groups) in rows {
        let mut by_share: Vec<(numbers::Share, &str)> = groups
            .iter()
            .filter_map(|(note, leaf)| Some((share(leaf)?, note.name.as_str())))
            .collect();
        by_share.sort_by(|(a, _), (b, _)| a.fraction().total_cmp(&b.fraction()));
        let ([(least, poor), ..], [.., (most, rich)]) = (by_share.as_slice(), by_share.as_slice())
        else {
            continue;
        };
        let apart = most.fraction() - least.fraction();
        if apart >= TELLING && widest.as_ref().is_none_or(|(widest, _)| apart > *widest) {
            let (least, most) = (least.in_sentence(None), most.in_sentence(None));
            let name = study.quoted(*row);
            let said = format!(
                "Neighbours fare least alike with {name}: {poor} gets {least} of its jobs in time, {rich} {most}."
            );
            widest = Some((apart, said));
        }
    }
    let alike = || "No group fares five points worse than its neighbour.".to_owned();
    widest.map_or_else(alike, |(_, said)| said)
}
