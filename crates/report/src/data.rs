//! The figures behind a page, as one block of JSON within it.
//!
//! Whoever takes a page apart finds counts here instead of reading pixels, and what a pointer shows
//! comes from here too. Counts are the record's, summed over its seeds. Over time there are no more
//! points than a chart has, and what is folded for that keeps its extremes.

mod lines;

use maud::{Markup, PreEscaped, html};
use serde::Serialize;
use serde_json::Value;

use crate::demand::Demand;
use crate::numbers::Share;
use crate::sign;
use crate::study::{Outcome, Study};
use crate::verdict::Verdict;

use lines::Line;

/// The shape of the block; another number when a name in it changes its meaning.
const SCHEMA: &str = "tierlab/page/1";

#[derive(Serialize)]
struct Page<'s> {
    schema: &'static str,
    run: Run<'s>,
    verdict: String,
    tiers: Vec<Tier<'s>>,
    /// In the order of the page; a strategy is called by its place here.
    strategies: Vec<&'s str>,
    /// What the entries of a row of `cells` are.
    columns: [&'static str; COLUMNS.len()],
    cells: Vec<[Value; COLUMNS.len()]>,
    /// The models that are asked; lines call them by their places here.
    models: Vec<&'s str>,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Run<'s> {
    title: &'s str,
    scenario: &'s str,
    driver: &'static str,
    edition: &'s str,
    engine: u32,
    seed: u64,
    seeds: u32,
    lasts_s: f64,
    /// The account's tier and the lowest that is enough, by their places in `tiers`.
    yours: Option<usize>,
    enough: Option<usize>,
}

#[derive(Serialize)]
struct Tier<'s> {
    id: Option<&'s str>,
    title: &'s str,
    limits: Vec<Limits<'s>>,
}

#[derive(Serialize)]
struct Limits<'s> {
    model: &'s str,
    rpm: u64,
    tpm: Option<u64>,
}

/// Places, words, counts, and what follows from them.
const COLUMNS: [&str; 14] = [
    "strategy",
    "tier",
    "standing",
    "offered",
    "answered",
    "in_time",
    "gave_up",
    "unfinished",
    "sent",
    "status_429",
    "failed",
    "in_time_share",
    "status_429_share",
    "wait_p95_s",
];

/// The block, for the part of a page that is about one run.
pub(crate) fn block(study: &Study<'_>, demand: &[Demand<'_>], verdict: &Verdict) -> Markup {
    let json = json(study, demand, verdict);
    html! { script #data type="application/json" { (PreEscaped(json)) } }
}

/// The block's text: no letter of it can end the element that it stands in.
fn json(study: &Study<'_>, demand: &[Demand<'_>], verdict: &Verdict) -> String {
    let header = study.record.header();
    let recipe = &header.recipe;
    let page = Page {
        schema: SCHEMA,
        run: Run {
            title: &recipe.scenario.title,
            scenario: &recipe.scenario.file,
            driver: header.driver.name(),
            edition: &recipe.edition.name,
            engine: recipe.engine,
            seed: recipe.seed,
            seeds: study.replications(),
            lasts_s: study.lasts(),
            yours: study.yours,
            enough: study.enough,
        },
        verdict: verdict.sentence.iter().map(|span| span.text.as_str()).collect(),
        tiers: study.tiers.iter().map(tier).collect(),
        strategies: study.strategies.iter().map(|strategy| strategy.name).collect(),
        columns: COLUMNS,
        cells: cells(study),
        models: demand.iter().map(|one| one.model).collect(),
        lines: lines::all(study, demand),
    };
    // Words and numbers in lists: nothing of it has a way to fail.
    serde_json::to_string(&page).unwrap_or_default().replace('<', "\\u003c")
}

fn tier<'s>(tier: &'s crate::study::Tier<'_>) -> Tier<'s> {
    let limits = tier.limits.iter();
    let limits = limits.map(|pair| Limits { model: &pair.model, rpm: pair.rpm, tpm: pair.tpm });
    Tier { id: tier.id, title: &tier.title, limits: limits.collect() }
}

fn cells(study: &Study<'_>) -> Vec<[Value; COLUMNS.len()]> {
    let places = (0..study.strategies.len())
        .flat_map(|strategy| (0..study.tiers.len()).map(move |tier| (strategy, tier)));
    let cells = places
        .filter_map(|(strategy, tier)| Some(cell(strategy, tier, study.outcome(strategy, tier)?)));
    cells.collect()
}

fn cell(strategy: usize, tier: usize, outcome: &Outcome) -> [Value; COLUMNS.len()] {
    let (jobs, attempts) = (&outcome.total.jobs, &outcome.total.attempts);
    let share = |share: Option<Share>| share.map(|share| (share.fraction() * 1e4).round() / 1e4);
    [
        strategy.into(),
        tier.into(),
        sign::class(outcome.standing).into(),
        jobs.offered.into(),
        jobs.answered.into(),
        jobs.in_time.into(),
        jobs.gave_up.into(),
        jobs.unfinished.into(),
        attempts.sent.into(),
        attempts.with_status(429).into(),
        attempts.failed.into(),
        share(outcome.in_time()).into(),
        share(outcome.refused()).into(),
        outcome.wait_p95().map(|wait| (wait * 1e3).round() / 1e3).into(),
    ]
}

#[cfg(test)]
mod tests;
