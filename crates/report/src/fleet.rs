//! The fleet: clients that share an account beside each other. Who is served, who starves, who sends
//! all at once, and how neighbours fare.

mod neighbours;
mod picture;
mod words;

use maud::{Markup, html};
use run_record::{Leaf, derive};

use crate::glossary::term;
use crate::numbers::{self, Share};
use crate::study::{Outcome, Study};

/// Tables of readings that a page has room for.
const READINGS: usize = 4;

/// What clients on one account came to under one reading of the rules.
struct Reading {
    /// `gateway_replicas 2`; none as assumed.
    changed: Option<String>,
    lots: Vec<Lot>,
}

/// What came of the clients of one strategy.
struct Lot {
    row: usize,
    total: Leaf,
    /// Jain’s index; none without clients.
    jain: Option<f64>,
    /// How many times as many attempts come right after a reset as on average.
    rush: Option<f64>,
}

/// The section; none where nobody shares anything.
pub(crate) fn section(study: &Study<'_>) -> Option<Markup> {
    let tier = tier(study)?;
    let readings = readings(study, tier);
    let (plain, others) = readings.split_first()?;
    Some(html! {
        section.section #fleet {
            p.question { "Many clients, one account: who is served?" }
            h2 { (words::finding(study, plain)) }
            p.lead { (words::lead(study, tier, plain)) }
            div.asides { @for other in others { p { (words::under(study, other)) } } }
            (table(study, tier, &readings))
            @if let Some(picture) = picture::figure(study, tier) { (picture) }
            @if let Some(table) = neighbours::table(study, tier) { (table) }
            (study.choice())
        }
    })
}

/// The tier that is looked at; none where the page has no such section.
pub(crate) fn tier(study: &Study<'_>) -> Option<usize> {
    let shared = clients(study) > 1 && (several_of_one(study) || neighbours::share(study));
    let tier = study.yours.or_else(|| study.other()).filter(|_| shared)?;
    let counted = |row: &usize| {
        study.outcome(*row, tier).is_some_and(|outcome| outcome.total.fairness.clients > 1)
    };
    study.shown().iter().any(counted).then_some(tier)
}

/// Whether its section is what a page begins with: where one group runs several clients.
pub(crate) fn is_first(study: &Study<'_>) -> bool {
    several_of_one(study)
}

/// Clients of all groups on the shared limits.
fn clients(study: &Study<'_>) -> u64 {
    let groups = study.record.header().groups.iter().filter(|group| group.endpoint.is_none());
    groups.map(|group| u64::from(group.clients.get())).sum()
}

fn several_of_one(study: &Study<'_>) -> bool {
    let mut groups = study.record.header().groups.iter();
    groups.any(|group| group.clients.get() > 1 && group.endpoint.is_none())
}

/// As assumed, then under each reading that all strategies which are drawn were run with.
fn readings(study: &Study<'_>, tier: usize) -> Vec<Reading> {
    let rows = study.shown();
    let plain = rows.iter().filter_map(|row| Some(Lot::of(*row, study.outcome(*row, tier)?)));
    let mut readings = vec![Reading { changed: None, lots: plain.collect() }];
    let there = |row: &usize| study.outcome(*row, tier).is_some();
    let run = rows.iter().filter(|row| there(row)).count();
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let variants = study.variants();
    for variant in variants.iter().filter(|one| one.tier == tier) {
        let reading = (variant.assumption, variant.value);
        if seen.contains(&reading) || readings.len() >= READINGS {
            continue;
        }
        seen.push(reading);
        let of = |row: &usize| {
            variants.iter().find(|one| {
                (one.tier, one.strategy) == (tier, *row) && (one.assumption, one.value) == reading
            })
        };
        let lots: Vec<Lot> =
            rows.iter().filter_map(|row| Some(Lot::of(*row, &of(row)?.outcome))).collect();
        if lots.len() == run {
            readings.push(Reading { changed: Some(format!("{} {}", reading.0, reading.1)), lots });
        }
    }
    readings
}

fn table(study: &Study<'_>, tier: usize, readings: &[Reading]) -> Markup {
    let herd = readings.iter().flat_map(|one| &one.lots).any(|lot| lot.rush.is_some());
    let columns = 7 + usize::from(herd);
    html! {
        div.block {
            h3 { "Client by client " (study.there(tier)) }
            div.scroll tabindex="0" {
                table.data.fleet {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th scope="col" { "In a word" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            th.n scope="col" { (term("status-429", "429s")) }
                            th.n scope="col" { "Least served" }
                            th.n scope="col" { "Most served" }
                            th.n scope="col" { (term("fairness", "Fairness")) }
                            @if herd { th.n scope="col" { (term("synchronisation", "After a reset")) } }
                        }
                    }
                    tbody {
                        @for reading in readings {
                            @if readings.len() > 1 {
                                tr.part { th scope="rowgroup" colspan=(columns) { (reading.name(study, readings)) } }
                            }
                            @for lot in &reading.lots { (row(study, reading, lot, herd)) }
                        }
                    }
                }
            }
        }
    }
}

fn row(study: &Study<'_>, reading: &Reading, lot: &Lot, herd: bool) -> Markup {
    let (jobs, attempts) = (&lot.total.jobs, &lot.total.attempts);
    html! {
        tr {
            th scope="row" {
                @if let Some(strategy) = study.strategies.get(lot.row) {
                    (strategy.mark.inline()) (strategy.name)
                }
            }
            td { (words::in_a_word(reading, lot)) }
            td.n { (of(jobs.in_time, jobs.offered)) }
            td.n { (of(attempts.with_status(429), attempts.sent)) }
            td.n { (millionths(lot.total.fairness.least)) }
            td.n { (millionths(lot.total.fairness.most)) }
            td.n { (lot.jain.map_or_else(|| "no samples".to_owned(), |jain| format!("{jain:.3}"))) }
            @if herd {
                td.n { (lot.rush.map_or_else(|| "no resets".to_owned(), |rush| format!("{} times", numbers::times(rush)))) }
            }
        }
    }
}

impl Reading {
    fn name(&self, study: &Study<'_>, all: &[Reading]) -> String {
        if let Some(changed) = &self.changed {
            return format!("Under {changed}");
        }
        let changed: Vec<&str> =
            all.iter().filter_map(|one| one.changed.as_deref()?.split(' ').next()).collect();
        let notes = study.record.header().assumptions.iter();
        let here: Vec<String> = notes
            .filter(|note| changed.contains(&note.name.as_str()))
            .map(|note| format!("{} {}", note.name, note.value))
            .collect();
        let here: Vec<&str> = here.iter().map(String::as_str).collect();
        match here.as_slice() {
            [] => "As assumed".to_owned(),
            some => format!("As assumed: {}", numbers::listed(some)),
        }
    }
}

impl Lot {
    fn of(row: usize, outcome: &Outcome) -> Lot {
        Lot {
            row,
            jain: derive::fairness(&outcome.whole).jain,
            rush: derive::synchronisation(&outcome.total),
            total: outcome.total.clone(),
        }
    }

    fn in_time(&self) -> f64 {
        let jobs = &self.total.jobs;
        Share::new(jobs.in_time, jobs.offered).map_or(0.0, Share::fraction)
    }

    /// The shares of the one that was served least and of the one that was served most.
    fn ends(&self) -> Option<(f64, f64)> {
        let fairness = &self.total.fairness;
        Some((f64::from(fairness.least?) / 1e6, f64::from(fairness.most?) / 1e6))
    }
}

fn of(part: u64, of: u64) -> String {
    Share::new(part, of).map_or_else(|| "no samples".to_owned(), Share::in_table)
}

fn millionths(share: Option<u32>) -> String {
    share.map_or_else(|| "no samples".to_owned(), |share| of(share.into(), 1_000_000))
}
