//! What changed against another run: the figures of both beside each other, each with a word.
//!
//! Where both runs were simulated from the same seed and their jobs are the same, what differs is
//! not chance: a figure that reads otherwise is better or worse. Elsewhere it is called so only where
//! the ranges of the seeds do not overlap.

mod figure;
mod time;

use maud::{Markup, html};
use run_record::{Driver, RunRecord};

use self::figure::{Change, Figure};
use crate::decide;
use crate::glossary::term;
use crate::goal;
use crate::numbers;
use crate::sign;
use crate::study::Study;

/// The rules of this section alone.
pub(crate) const STYLE: &str = include_str!("against/against.css");

/// Two runs, one of which came before.
pub(crate) struct Against<'s, 'r> {
    pub(crate) study: &'s Study<'r>,
    pub(crate) base: Study<'r>,
    /// Whether what differs is not chance.
    exact: bool,
}

/// A strategy on a tier in both runs, with what changed.
struct Row {
    strategy: usize,
    tier: usize,
    figures: Vec<Figure>,
}

/// Whether any cell was run in both.
#[must_use]
pub fn shares_a_cell(run: &RunRecord, base: &RunRecord) -> bool {
    let plain = run.cells().iter().filter(|cell| cell.key().is_plain());
    plain.map(run_record::Cell::key).any(|key| base.cell(key).is_some())
}

/// The section; none where no cell that the page is about was run in both.
pub(crate) fn section(study: &Study<'_>, base: &RunRecord) -> Option<Markup> {
    let against = Against { study, base: Study::of(base), exact: is_exact(study.record, base) };
    let rows = against.rows();
    if rows.is_empty() {
        return None;
    }
    let mut tiers: Vec<usize> = rows.iter().map(|row| row.tier).collect();
    tiers.dedup();
    Some(html! {
        section.section #against {
            p.question { "What changed against the baseline?" }
            h2 { (finding(&rows)) }
            p.lead { (against.lead()) }
            @for says in crate::alarm::all(&against.base) {
                p.block { b { "Of the baseline: " } (says) }
            }
            @for tier in tiers { (against.table(tier, &rows)) }
            @if let Some(expected) = against.expectations() { (expected) }
            @if let Some(chart) = time::figure(&against) { (chart) }
        }
    })
}

/// Whether the same jobs fell due in both, under the same seeds, in virtual time.
fn is_exact(run: &RunRecord, base: &RunRecord) -> bool {
    let simulated = |one: &RunRecord| one.header().driver == Driver::Simulated;
    let jobs = |one: &RunRecord| {
        let cell = one.cells().iter().find(|cell| cell.key().is_plain())?;
        let whole = cell.whole();
        let each = whole.leaves().iter().map(|leaf| (leaf.jobs.offered, leaf.tokens.offered));
        Some(each.collect::<Vec<_>>())
    };
    let recipe = |one: &RunRecord| {
        let recipe = &one.header().recipe;
        (recipe.seed, recipe.engine, recipe.trace.clone())
    };
    simulated(run) && simulated(base) && recipe(run) == recipe(base) && jobs(run) == jobs(base)
}

/// How many figures changed, and how.
fn finding(rows: &[Row]) -> String {
    let all: Vec<Change> =
        rows.iter().flat_map(|row| &row.figures).filter_map(|one| one.change).collect();
    let count = |change| all.iter().filter(|one| **one == change).count();
    let (better, worse) = (count(Change::Better), count(Change::Worse));
    let figures = |many| if many == 1 { "figure is" } else { "figures are" };
    let told = |many: usize, word: &str| format!("{many} {} {word}", figures(many));
    match (better, worse) {
        _ if all.is_empty() => "Nothing can be told from the baseline".to_owned(),
        (0, 0) => "No difference from the baseline".to_owned(),
        (better, 0) => format!("{} than in the baseline, none is worse", told(better, "better")),
        (0, worse) => format!("{} than in the baseline, none is better", told(worse, "worse")),
        (better, worse) => {
            let verb = if worse == 1 { "is" } else { "are" };
            format!("{} than in the baseline, {worse} {verb} worse", told(better, "better"))
        }
    }
}

impl Against<'_, '_> {
    /// The cells of the account's tier and the one beside it that were run in both.
    fn rows(&self) -> Vec<Row> {
        let mut tiers: Vec<usize> =
            [self.study.yours, self.study.other()].into_iter().flatten().collect();
        tiers.dedup();
        let shown = || self.study.shown();
        let pairs = tiers.iter().flat_map(|tier| shown().into_iter().map(move |row| (row, *tier)));
        pairs
            .filter_map(|(strategy, tier)| {
                let before = self.before(strategy, tier)?;
                self.study.outcome(strategy, tier)?;
                let figures = figure::all(self, (strategy, tier), before);
                Some(Row { strategy, tier, figures })
            })
            .collect()
    }

    /// The places that a cell has in the baseline; none where it was not run there.
    pub(crate) fn before(&self, strategy: usize, tier: usize) -> Option<(usize, usize)> {
        let name = self.study.strategies.get(strategy)?.name;
        let id = self.study.tiers.get(tier)?.id;
        let strategy = self.base.strategies.iter().position(|one| one.name == name)?;
        let tier = self.base.tiers.iter().position(|one| one.id == id)?;
        self.base.outcome(strategy, tier).map(|_| (strategy, tier))
    }

    /// What the baseline is, and what can be told from it.
    fn lead(&self) -> String {
        let header = self.base.record.header();
        let recipe = &header.recipe;
        let rules = &recipe.edition.name;
        let seeds = match self.base.replications() {
            0 | 1 => format!("seed {}", recipe.seed),
            many => format!("{many} seeds from {}", recipe.seed),
        };
        let (file, how) = (&recipe.scenario.file, header.driver.name());
        let told = if self.exact {
            "Both runs met the very same jobs, so what differs is no chance."
        } else {
            "The two did not meet the same jobs: a figure is better or worse only where the ranges of \
             the seeds do not overlap."
        };
        format!("The baseline is {file}, {how}, rules {rules}, {seeds}. {told}")
    }

    fn table(&self, tier: usize, rows: &[Row]) -> Markup {
        let there = self.study.there(tier);
        let costs = self.study.has_cost();
        html! {
            div.block {
                h3 { "Strategies " (there) ": baseline, then this run" }
                div.scroll tabindex="0" {
                    table.against-table {
                        thead { tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            th.n scope="col" { (term("status-429", "429s")) }
                            th.n scope="col" { (term("per-job", "Attempts per job")) }
                            th.n scope="col" { (term("wait", "Wait p95")) }
                            @if costs { th.n scope="col" { (term("per-1000", "$ per 1,000")) } }
                        } }
                        tbody {
                            @for row in rows.iter().filter(|row| row.tier == tier) {
                                tr data-s=(row.strategy) data-t=(tier) {
                                    th scope="row" {
                                        @if let Some(one) = self.study.strategies.get(row.strategy) {
                                            (one.mark.inline()) (one.name)
                                        }
                                    }
                                    @for figure in row.figures.iter().take(if costs { 5 } else { 4 }) {
                                        td.n { (told(figure)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What the account's tier was expected to do, then and now.
    fn expectations(&self) -> Option<Markup> {
        let (strategy, tier) = self.study.focus()?;
        let now = self.study.outcome(strategy, tier)?;
        let (was_strategy, was_tier) = self.before(strategy, tier)?;
        let then = self.base.outcome(was_strategy, was_tier)?;
        let asked = self.study.expectations();
        let pairs: Vec<_> = now
            .judged
            .iter()
            .filter_map(|one| {
                let asked = asked.get(one.expectation)?;
                let was = self.base.expectations().iter().position(|other| other == asked)?;
                Some((asked, then.judged.iter().find(|other| other.expectation == was)?, one))
            })
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let who = (self.study.quoted(strategy), self.study.there(tier));
        Some(html! {
            div.block {
                h3 { "Expectations with " (who.0) " " (who.1) }
                table {
                    thead { tr {
                        th scope="col" { "Expectation" }
                        th.n scope="col" { "Baseline" }
                        th.n scope="col" { "This run" }
                    } }
                    tbody {
                        @for (asked, was, is) in pairs {
                            tr {
                                th scope="row" { (goal::heading(asked)) " " span.u { (goal::bound(asked)) } }
                                @for one in [was, is] {
                                    td.n {
                                        (sign::of_verdict(one.verdict)) (goal::measured(asked, one))
                                        span.unseen { ", " (one.verdict.name()) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        })
    }

    /// Whether what differs is not chance.
    pub(crate) const fn is_exact(&self) -> bool {
        self.exact
    }

    /// Dollars for a thousand jobs in time, of a cell of one of the two.
    fn cost(study: &Study<'_>, (strategy, tier): (usize, usize)) -> Option<String> {
        study.has_cost().then(|| decide::per_1000(study, strategy, tier))
    }
}

fn told(figure: &Figure) -> Markup {
    let (word, class) = match figure.change {
        Some(Change::Better) => ("better", "against-better"),
        Some(Change::Worse) => ("worse", "against-worse"),
        Some(Change::None) => ("no difference", "u"),
        None => ("cannot be told", "u"),
    };
    html! {
        (figure.before) " → " (figure.now)
        @if let Some(by) = &figure.by { " " span.u { (by) } }
        " " span class=(class) { (word) }
    }
}

/// A difference of shares with its direction.
fn points(now: f64, before: f64) -> Option<String> {
    let difference = now - before;
    let sign = if difference < 0.0 { "−" } else { "+" };
    (difference != 0.0).then(|| format!("{sign}{}", numbers::points(difference.abs())))
}

#[cfg(test)]
mod tests;
