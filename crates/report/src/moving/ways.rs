//! The ways out: what each changes, what it costs, and from which traffic on it pays. Only those
//! that the edition states; what no source says is said to be so.

use maud::{Markup, html};
use run_record::{GroupNote, ReachNote, WayKind, WayNote};

use super::even;
use crate::cost::of_tariff;
use crate::decide;
use crate::numbers;
use crate::study::{Ladder, Standing, Study, capital};

/// One way out.
struct Way {
    name: Markup,
    changes: String,
    costs: String,
    source: Option<String>,
    pays: String,
    /// The rung that it is, by its place.
    tier: Option<usize>,
}

/// The table; none where the edition states no way, and no tier is above the account's.
pub(super) fn table(study: &Study<'_>) -> Option<Markup> {
    if study.ladder() == Ladder::Endpoints {
        return None;
    }
    let header = study.record.header();
    let ways: Vec<Way> = another_strategy(study)
        .into_iter()
        .chain(above(study))
        .chain(header.ways.iter().map(|way| stated(study, way)))
        .collect();
    if ways.is_empty() {
        return None;
    }
    let mut sources: Vec<&str> = Vec::new();
    for source in ways.iter().filter_map(|way| way.source.as_deref()) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    Some(html! {
        div.block.ways {
            h3 { "Ways out, edition " (header.recipe.edition.name) }
            div.scroll tabindex="0" {
                table.data.words {
                    thead {
                        tr {
                            th scope="col" { "Way" }
                            th scope="col" { "What it changes" }
                            th scope="col" { "What it costs" }
                            th scope="col" { "Pays from" }
                        }
                    }
                    tbody {
                        @for way in &ways {
                            tr data-t=[way.tier] {
                                th scope="row" { (way.name) }
                                td { (way.changes) }
                                td { (way.costs) }
                                td { (way.pays) }
                            }
                        }
                    }
                }
            }
            @if !sources.is_empty() { p.note { "By " (sources.join("; ")) "." } }
        }
    })
}

/// Another client on the account's own tier, where that alone mends it.
fn another_strategy(study: &Study<'_>) -> Option<Way> {
    let (yours, ship) = (study.yours?, study.ship?);
    let meets = |row: usize| {
        study.outcome(row, yours).is_some_and(|one| one.standing <= Standing::OnAverage)
    };
    let (best, _) = study.best(yours)?;
    (meets(best) && !meets(ship)).then(|| Way {
        name: html! { (study.quoted(best)) " instead of " (study.quoted(ship)) },
        changes: "the client alone".to_owned(),
        costs: "nothing by itself".to_owned(),
        source: None,
        pays: "now".to_owned(),
        tier: Some(yours),
    })
}

/// The tiers above the account's own; of past hours, those that it would have to grow to.
fn above(study: &Study<'_>) -> Vec<Way> {
    let from = study.yours.map_or(0, |yours| yours + 1);
    (from..study.tiers.len())
        .filter_map(|index| Some((index, study.tiers.get(index)?)))
        .map(|(index, tier)| Way {
            name: html! { (capital(&study.subject(index))) " " (decide::tag(study, index)) },
            changes: decide::limits(tier).join(", "),
            costs: match (study.ladder(), tier.reach) {
                (Ladder::PastHours, _) => "as much traffic in the hour before".to_owned(),
                (_, Some(reach)) => price_of(reach),
                (_, None) => "no source says".to_owned(),
            },
            source: tier.reach.map(|reach| reach.source.clone()),
            pays: pays(study, index),
            tier: Some(index),
        })
        .collect()
}

/// `$250 paid in all; in force within 15 min`, or how else an account comes to it.
fn price_of(reach: &ReachNote) -> String {
    let paid = reach.paid.map(|paid| format!("{} paid in all", numbers::dollars(paid)));
    let takes = reach
        .takes
        .map(|takes| format!("in force within {}", numbers::duration(takes.nanos() as f64 / 1e9)));
    let parts: Vec<String> = paid.into_iter().chain(reach.says.clone()).chain(takes).collect();
    if parts.is_empty() { "no source says".to_owned() } else { parts.join("; ") }
}

/// From which traffic on a rung is needed: the first multiple that none below it carries.
fn pays(study: &Study<'_>, tier: usize) -> String {
    if study.expectations().is_empty() {
        return "nothing was asked of this run".to_owned();
    }
    let Some(growth) = study.growth() else {
        return match study.enough {
            Some(enough) if enough == tier => "now",
            Some(enough) if enough < tier => "not needed for this traffic",
            _ => "does not carry this traffic",
        }
        .to_owned();
    };
    let Some(upto) = growth.carried(tier).upto else {
        return "does not carry this traffic".to_owned();
    };
    let from = study.yours.unwrap_or(0);
    let below = (from..tier).filter_map(|below| growth.carried(below).upto).max();
    let carries = growth.shown(upto);
    match below {
        _ if upto < growth.own => format!("carries {carries} of this traffic"),
        Some(below) if below >= upto => "carries no more than a lower one".to_owned(),
        Some(below) if below >= growth.own => {
            format!("{} of this traffic, up to {carries}", growth.shown(below + 1))
        }
        Some(_) | None => format!("now, up to {carries} of this traffic"),
    }
}

/// A way beside the ladder.
fn stated(study: &Study<'_>, way: &WayNote) -> Way {
    let unknown = || "no source says".to_owned();
    let costs = || way.costs.clone().unwrap_or_else(unknown);
    let (costs, pays) = match way.kind {
        Some(WayKind::Batch) => {
            let parts: Vec<String> =
                batch_price(study).into_iter().chain(way.costs.clone()).collect();
            let costs = if parts.is_empty() { unknown() } else { parts.join("; ") };
            (costs, "any use, for what can wait".to_owned())
        }
        Some(WayKind::Dedicated) => even::replica(study).unwrap_or_else(|| {
            (costs(), "not known: this scenario says nothing of a replica’s throughput".to_owned())
        }),
        Some(WayKind::Provisioned | WayKind::Contract) | None => (costs(), unknown()),
    };
    Way {
        name: html! { (capital(&way.name)) },
        changes: way.says.trim_end_matches('.').to_owned(),
        costs,
        source: way.source.clone(),
        pays,
        tier: None,
    }
}

/// `$0.44 per 1M tokens instead of $0.88 per 1M tokens`, of the first group that would pay less.
fn batch_price(study: &Study<'_>) -> Option<String> {
    let groups = &study.record.header().groups;
    let both = |group: &GroupNote| {
        let (batched, price) = (group.batched.as_ref()?, group.price.as_ref()?);
        let model = if groups.iter().all(|other| other.model == group.model) {
            String::new()
        } else {
            format!(" for {}", group.model)
        };
        Some(format!("{} instead of {}{model}", of_tariff(batched), of_tariff(price)))
    };
    groups.iter().find_map(both)
}
