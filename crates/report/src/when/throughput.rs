//! Throughput over time: of the jobs that fell due in each step, how many were answered in time,
//! late, and never; with the best strategy of each tier.

use maud::{Markup, PreEscaped, html};
use run_record::Series;

use super::{SECOND, steps_in_words};
use crate::chart::bars::scale;
use crate::chart::time::{Layer, TimeChart, fold, folded};
use crate::course;
use crate::decide;
use crate::key;
use crate::study::{Outcome, Study};

/// Steps that a chart of several shows legibly.
const SMALL: usize = 75;
/// And one alone.
const WIDE: usize = 150;
/// What fills the jobs never answered, answered too late, and answered in time.
const FILLS: [&str; 3] = ["f-lost", "f-late", "f-ok"];

/// What came of the jobs of each step of a chart, over all seeds.
pub(crate) struct Steps {
    pub(crate) tier: usize,
    pub(crate) row: usize,
    /// Seconds of a step.
    pub(crate) step: u64,
    pub(crate) due: Vec<u64>,
    pub(crate) answered: Vec<u64>,
    pub(crate) in_time: Vec<u64>,
}

/// What the charts draw, as counts.
pub(crate) fn steps(study: &Study<'_>) -> Vec<Steps> {
    let there = best(study);
    let frame = Frame::over(study, &there);
    let each = there.iter().map(|(tier, row, _, series)| {
        let sums = |counts: &[u64]| folded(counts, frame.factor, frame.steps);
        Steps {
            tier: *tier,
            row: *row,
            step: frame.step,
            due: sums(series.jobs_due.as_slice()),
            answered: sums(series.answered.as_slice()),
            in_time: sums(series.in_time.as_slice()),
        }
    });
    each.collect()
}

/// A tier, its best strategy, and what came of that over time.
type Best<'s> = (usize, usize, &'s Outcome, Series);

fn best<'s>(study: &'s Study<'_>) -> Vec<Best<'s>> {
    (0..study.tiers.len())
        .filter_map(|tier| {
            let (row, outcome) = study.best(tier)?;
            Some((tier, row, outcome, outcome.whole.series()?.clone()))
        })
        .collect()
}

/// The figure; none where the record keeps no series.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let there = best(study);
    let (_, _, first, _) = there.first()?;
    let frame = Frame::over(study, &there);
    let lost = |layer: usize| {
        there.iter().any(|(.., outcome, series)| {
            frame.layers(outcome, series).iter().any(|(fill, _)| *fill == FILLS[layer])
        })
    };
    let step = steps_in_words(frame.step, first.whole.leaves().len() as u64);
    Some(html! {
        figure {
            figcaption {
                h3 { (title(study)) " " span.u { "(" (step) ")" } }
                ul.key {
                    (key::fill("f-ok", "answered in time"))
                    @if lost(1) { (key::fill("f-late", "answered too late")) }
                    @if lost(0) { (key::fill("f-lost", "never answered")) }
                    li { "by when they fell due" }
                    (course::key(study))
                }
            }
            @if let [(tier, row, outcome, series)] = there.as_slice() {
                div data-s=(row) data-t=(tier) data-over="jobs" {
                    p { (caption(study, (*tier, *row), outcome)) }
                    (PreEscaped(frame.wide(study, *tier, outcome, series).draw()))
                    (PreEscaped(frame.narrow(study, *tier, outcome, series).draw()))
                }
            } @else {
                div.panels.three {
                    @for (tier, row, outcome, series) in &there {
                        div data-s=(row) data-t=(tier) data-over="jobs" {
                            p { (caption(study, (*tier, *row), outcome)) }
                            (PreEscaped(frame.panel(study, *tier, outcome, series).draw()))
                        }
                    }
                }
            }
        }
    })
}

fn title(study: &Study<'_>) -> String {
    let of = if study.strategies.len() == 1 { "" } else { ", best strategy" };
    match (study.tiers.len(), of) {
        (1, of) => format!("Throughput over time {}{of}: jobs per second", study.there(0)),
        (_, "") => format!("Throughput over time by {}: jobs per second", study.rung()),
        (_, of) => format!("Throughput over time{of} of each {}: jobs per second", study.rung()),
    }
}

/// The tier, the strategy, and its share in time.
fn caption(study: &Study<'_>, (tier, row): (usize, usize), outcome: &Outcome) -> Markup {
    let who = if study.any_will_do(tier) {
        "any strategy".to_owned()
    } else {
        study.strategies.get(row).map_or_else(String::new, |one| one.name.to_owned())
    };
    html! {
        b { (study.column(tier)) } " " (decide::tag(study, tier))
        span.u { (who) " · " (decide::in_time(outcome)) " in time" }
    }
}

/// What the charts have in common.
struct Frame {
    /// How many steps of the record one step of the chart takes.
    factor: usize,
    step: u64,
    steps: usize,
    /// Thousandths of jobs per second.
    top: u64,
    ticks: Vec<(u64, String)>,
}

impl Frame {
    fn over(study: &Study<'_>, there: &[Best<'_>]) -> Frame {
        let all = there.iter().map(|(.., outcome, series)| (*outcome, series));
        Frame::of(study, all, there.len())
    }

    fn of<'a>(
        study: &Study<'_>,
        all: impl Iterator<Item = (&'a Outcome, &'a Series)> + Clone,
        charts: usize,
    ) -> Frame {
        let width =
            all.clone().next().map_or(1, |(_, series)| series.width.nanos() / SECOND).max(1);
        let used =
            all.clone().map(|(_, series)| series.jobs_due.as_slice().len()).max().unwrap_or(0);
        let run = usize::try_from(study.whole_seconds().div_ceil(width)).unwrap_or(used).max(used);
        let factor = fold(width, run, if charts == 1 { WIDE } else { SMALL });
        let mut frame = Frame {
            factor,
            step: width * factor as u64,
            steps: run.div_ceil(factor).max(1),
            top: 1,
            ticks: Vec::new(),
        };
        let due =
            all.flat_map(|(outcome, series)| frame.rates(outcome, series.jobs_due.as_slice()));
        let (end, ticks) = scale(due.max().unwrap_or(0) as f64 / 1_000.0, "");
        frame.top = thousandths(end);
        frame.ticks = ticks.into_iter().map(|(at, text)| (thousandths(at), text)).collect();
        frame
    }

    /// Thousandths of jobs per second of one seed, by step.
    fn rates(&self, outcome: &Outcome, counts: &[u64]) -> Vec<u64> {
        let of = (self.step * u64::from(outcome.met_in.1.max(1))).max(1);
        let folded = folded(counts, self.factor, self.steps).into_iter();
        folded.map(|count| (count * 2_000 + of) / (of * 2)).collect()
    }

    /// What is drawn, each layer over the one before it; none of what would not be seen.
    fn layers(&self, outcome: &Outcome, series: &Series) -> Vec<(&'static str, Vec<u64>)> {
        let [due, answered, in_time] = [&series.jobs_due, &series.answered, &series.in_time]
            .map(|column| self.rates(outcome, column.as_slice()));
        let seen = [due != answered, answered != in_time, true];
        let all = FILLS.into_iter().zip([due, answered, in_time]).zip(seen);
        all.filter(|(_, seen)| *seen).map(|(layer, _)| layer).collect()
    }

    fn panel(
        &self,
        study: &Study<'_>,
        tier: usize,
        outcome: &Outcome,
        series: &Series,
    ) -> TimeChart {
        let layers = self.layers(outcome, series).into_iter();
        let widest = self.ticks.iter().map(|(_, label)| label.chars().count()).max();
        TimeChart {
            size: (374, 146),
            // Room for the larger text of a phone.
            margins: (if widest > Some(2) { 54 } else { 34 }, 14, 14, 24),
            step: self.step,
            steps: self.steps,
            top: self.top,
            ticks: self.ticks.clone(),
            clocks: if self.step * self.steps as u64 > 3_600 { 2 } else { 3 },
            layers: layers.map(|(fill, values)| Layer::Area(fill, values)).collect(),
            levels: Vec::new(),
            marks: course::marks(study),
            last_due: None,
            class: "ch",
            label: format!(
                "{}: jobs per second that were answered in time, too late or never, over the run",
                study.column(tier)
            ),
        }
    }

    fn wide(
        &self,
        study: &Study<'_>,
        tier: usize,
        outcome: &Outcome,
        series: &Series,
    ) -> TimeChart {
        TimeChart {
            size: (1_172, 190),
            margins: (44, 10, 14, 26),
            clocks: 8,
            class: "ch wide",
            ..self.panel(study, tier, outcome, series)
        }
    }

    fn narrow(
        &self,
        study: &Study<'_>,
        tier: usize,
        outcome: &Outcome,
        series: &Series,
    ) -> TimeChart {
        TimeChart {
            size: (360, 190),
            margins: (36, 10, 14, 26),
            class: "ch narrow",
            ..self.panel(study, tier, outcome, series)
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate of jobs: positive, and saturating is what a chart wants"
)]
fn thousandths(value: f64) -> u64 {
    (value * 1_000.0 + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, launch, record_of};

    #[test]
    fn of_the_jobs_due_in_a_step_each_is_drawn_once_and_each_rate_is_of_one_seed() {
        for seeds in [1, 3] {
            let told = Told { offered: 2_100, in_time: 1_050, late: 700, ..Told::default() };
            let record = record_of(&[("build-2", "give-up", vec![told; seeds])]);
            let study = Study::of(&record);
            let outcome = study.outcome(0, 0).unwrap();
            let series = outcome.whole.series().unwrap();
            let frame = Frame::of(&study, [(outcome, series)].into_iter(), 1);
            let layers = frame.layers(outcome, series);
            let fills: Vec<&str> = layers.iter().map(|(fill, _)| *fill).collect();
            assert_eq!(fills, FILLS);
            // Two jobs a second fall due in the first half; half of them are answered in time.
            let firsts: Vec<u64> = layers.iter().map(|(_, values)| values[0]).collect();
            assert_eq!(firsts[0], 2_000);
            assert!(firsts[2].abs_diff(1_000) <= 100 && firsts[1] > firsts[2], "{firsts:?}");
            assert!(frame.top >= 5_000);
        }
    }

    #[test]
    fn what_would_not_be_seen_is_not_drawn() {
        let record = launch();
        let study = Study::of(&record);
        let (_, outcome) = study.best(4).unwrap();
        let series = outcome.whole.series().unwrap();
        let frame = Frame::of(&study, [(outcome, series)].into_iter(), 5);
        let layers = frame.layers(outcome, series);
        assert_eq!(layers.len(), 1);
        assert_eq!(layers[0].0, "f-ok");
    }

    #[test]
    fn every_tier_is_told_with_its_best_strategy() {
        let record = launch();
        let html = figure(&Study::of(&record)).unwrap().into_string();
        assert_eq!(html.matches("data-over=\"jobs\"").count(), 5);
        assert!(html.contains("best strategy of each tier"), "{html}");
    }
}
