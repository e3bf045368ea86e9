//! The 429s per second of both runs in one chart for each cell: an area and a line.

use maud::{Markup, PreEscaped, html};
use run_record::{Agreement, ComparedCell, Pair, Series};

use super::words;
use crate::chart::time::{Layer, TimeChart, folded};
use crate::key;
use crate::numbers::{self, Share};

const SECOND: u64 = 1_000_000_000;
/// Steps that a chart shows legibly.
const MOST: usize = 180;
/// Values are drawn in thousandths, because a mean of several seeds is rarely whole.
const GRAIN: u64 = 1_000;

/// The section; without series, it says so.
pub(super) fn section(pair: &Pair<'_>, agreement: &Agreement) -> Markup {
    let charts: Vec<Chart<'_>> =
        agreement.wholes().filter_map(|cell| Chart::of(pair, cell)).collect();
    let (refused, quiet): (Vec<&Chart<'_>>, Vec<&Chart<'_>>) =
        charts.iter().partition(|chart| chart.simulated.total + chart.live.total > 0);
    let alone = refused.len() == 1;
    html! {
        section.section #when {
            p.question { "Do they happen at the same time?" }
            h2 { (finding(agreement, &charts)) }
            @if let Some(lead) = lead(agreement) { p.lead { (lead) } }
            @if charts.is_empty() {
                p.block { "These records keep no series, so it is not known what happened when." }
            }
            @if let Some(first) = refused.first() {
                figure {
                    figcaption {
                        h3 {
                            "429s per second, by when the attempt was sent "
                            span.u { "(steps of " (numbers::setting(first.step * SECOND)) ")" }
                        }
                        ul.key {
                            (key::fill("f-demand", &simulated_words(agreement)))
                            (key::line("live", "live"))
                            @if refused.iter().any(|chart| chart.drains()) {
                                (key::line("last-due", "last job due"))
                            }
                        }
                    }
                    div.panels[!alone].three[!alone].both[!alone].alone[alone] {
                        @for chart in &refused {
                            div {
                                p { b { (chart.title) } span.u { (chart.totals()) } }
                                @if alone {
                                    (PreEscaped(chart.drawn((1_172, 236), (56, 10, 20, 26), 8, "ch wide").draw()))
                                    (PreEscaped(chart.drawn((360, 230), (42, 14, 14, 26), 3, "ch narrow").draw()))
                                } @else {
                                    (PreEscaped(chart.drawn((374, 150), (38, 8, 14, 24), 3, "ch").draw()))
                                }
                            }
                        }
                    }
                }
            }
            @if !quiet.is_empty() { p.note { "No 429 in either run: " (titles(&quiet)) "." } }
        }
    }
}

/// How many of the 429s fall into the same step in both runs, where both are of the same jobs.
fn finding(agreement: &Agreement, charts: &[Chart<'_>]) -> String {
    let of = |line: fn(&Chart<'_>) -> u64| charts.iter().map(line).sum::<u64>();
    let all = of(|chart| chart.simulated.total).max(of(|chart| chart.live.total));
    let comparable = charts.iter().all(|chart| chart.cell.same_replications)
        && !super::are_other_runs(agreement);
    match Share::new(of(|chart| chart.together), all) {
        Some(share) if comparable => {
            let width = charts.first().map_or(1, |chart| chart.width);
            let step = if width == 1 { "second".to_owned() } else { format!("{width} seconds") };
            format!(
                "{} of the 429s fall into the same {step} in both runs",
                share.in_sentence(None)
            )
        }
        Some(_) => "429s per second, simulated and live".to_owned(),
        None => "No 429 in either run".to_owned(),
    }
}

fn lead(agreement: &Agreement) -> Option<String> {
    let first = agreement.wholes().next()?;
    (!first.same_replications).then(|| {
        format!(
            "The simulated area is the mean of {} seeds and so smoother than the live line, which \
             is {}. A simulation with --seeds {} shows the very same jobs.",
            first.simulated_replications,
            match first.live_replications {
                1 => "one seed".to_owned(),
                seeds => format!("the mean of {seeds}"),
            },
            first.live_replications
        )
    })
}

fn simulated_words(agreement: &Agreement) -> String {
    match agreement.wholes().map(|cell| cell.simulated_replications).max() {
        Some(0 | 1) | None => "simulated".to_owned(),
        Some(seeds) => format!("simulated, mean of {seeds} seeds"),
    }
}

fn titles(charts: &[&Chart<'_>]) -> String {
    charts.iter().map(|chart| chart.title.as_str()).collect::<Vec<&str>>().join("; ")
}

/// One cell's chart.
struct Chart<'a> {
    title: String,
    cell: &'a ComparedCell,
    simulated: Line,
    live: Line,
    /// How many 429s have one of the other run in the same step of the record.
    together: u64,
    /// Seconds in a step of the record, and in one of the chart.
    width: u64,
    step: u64,
    steps: usize,
    /// The second from which no more jobs fell due.
    last_due: u64,
}

/// The 429s of one run.
struct Line {
    /// Thousandths of a 429 a second, in the mean of the seeds.
    per_second: Vec<u64>,
    /// All of them, over all seeds.
    total: u64,
    seeds: u32,
}

impl<'a> Chart<'a> {
    /// None where one of the records keeps no series of the cell, or they have other steps.
    fn of(pair: &Pair<'_>, cell: &'a ComparedCell) -> Option<Chart<'a>> {
        let whole = |record: &run_record::RunRecord| -> Option<Series> {
            record.cell(&cell.key)?.whole().series().cloned()
        };
        let (simulated, live) = (whole(pair.simulated())?, whole(pair.live())?);
        if !simulated.matches(&live) {
            return None;
        }
        let width = (live.width.nanos() / SECOND).max(1);
        let last_due = pair.live().header().lasts.nanos().div_ceil(SECOND);
        let used = simulated.sent.as_slice().len().max(live.sent.as_slice().len());
        let run = usize::try_from(last_due.div_ceil(width)).unwrap_or(used);
        let there = used.min(usize::try_from(live.steps).unwrap_or(used)).max(run).max(1);
        let factor = fold(there);
        let steps = there.div_ceil(factor);
        let step = width * factor as u64;
        let refusals = |series: &Series, seeds: u32| {
            let counts = series.status_429.as_slice();
            let time = step * u64::from(seeds.max(1));
            let per_second = folded(counts, factor, steps).into_iter();
            Line {
                per_second: per_second.map(|count| (count * GRAIN + time / 2) / time).collect(),
                total: series.status_429.total(),
                seeds,
            }
        };
        Some(Chart {
            title: words::title(pair.live().header(), cell),
            simulated: refusals(&simulated, cell.simulated_replications),
            live: refusals(&live, cell.live_replications),
            cell,
            together: together(&simulated, &live),
            width,
            step,
            steps,
            last_due,
        })
    }

    fn drains(&self) -> bool {
        self.step * self.steps as u64 > self.last_due
    }

    /// `812 simulated, 801 live`: of the seeds that both have.
    fn totals(&self) -> String {
        let refused = |leaf: &run_record::Leaf| numbers::count(leaf.attempts.with_status(429));
        format!("{} simulated, {} live", refused(&self.cell.simulated), refused(&self.cell.live))
    }

    fn drawn(
        &self,
        size: (i32, i32),
        margins: (i32, i32, i32, i32),
        clocks: u64,
        class: &'static str,
    ) -> TimeChart {
        let most = self.simulated.per_second.iter().chain(&self.live.per_second).max();
        let (top, ticks) = axis(most.copied().unwrap_or(0));
        let of_seeds = |line: &Line| match line.seeds {
            0 | 1 => String::new(),
            seeds => format!(", mean of {seeds} seeds"),
        };
        TimeChart {
            size,
            margins,
            step: self.step,
            steps: self.steps,
            top,
            ticks,
            clocks,
            layers: vec![
                Layer::Area("f-demand", self.simulated.per_second.clone()),
                Layer::Outline("outline", self.simulated.per_second.clone()),
                Layer::Outline("live", self.live.per_second.clone()),
            ],
            levels: Vec::new(),
            marks: Vec::new(),
            last_due: self.drains().then_some(self.last_due),
            class,
            label: format!(
                "{}: 429s per second, simulated as an area{} and live as a line{}",
                self.title,
                of_seeds(&self.simulated),
                of_seeds(&self.live)
            ),
        }
    }
}

fn together(simulated: &Series, live: &Series) -> u64 {
    let pairs = simulated.status_429.as_slice().iter().zip(live.status_429.as_slice());
    pairs.map(|(mine, theirs)| mine.min(theirs)).sum()
}

/// How many steps of the records one step of the chart takes.
fn fold(steps: usize) -> usize {
    const ROUND: [usize; 7] = [1, 2, 5, 10, 20, 30, 60];
    let fits = |factor: &usize| steps.div_ceil(*factor) <= MOST;
    ROUND.into_iter().find(fits).unwrap_or_else(|| steps.div_ceil(MOST))
}

/// Where an axis of thousandths ends, with two or up to four round steps.
fn axis(most: u64) -> (u64, Vec<(u64, String)>) {
    const STEPS: u64 = 4;
    let rounds = (0..15).map(|power| 10_u64.pow(power));
    let mut rounds = rounds.flat_map(|magnitude| [1, 2, 5].map(|factor| magnitude * factor));
    let step = rounds.find(|step| step * STEPS >= most).unwrap_or(most.max(1)).max(100);
    let ticks = most.div_ceil(step).max(1);
    let label = |value: u64| numbers::decimal(value.saturating_mul(1_000_000));
    (ticks * step, (0..=ticks).map(|tick| (tick * step, label(tick * step))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_holds_the_most_and_is_labelled_in_whole_or_round_parts() {
        for most in [0, 1, 90, 101, 999, 1_000, 4_001, 37_500, 2_000_000] {
            let (top, ticks) = axis(most);
            assert!(top >= most, "{most}");
            assert!((2..=5).contains(&ticks.len()), "{most}: {ticks:?}");
        }
        let labels = |most| axis(most).1.into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(labels(3_100), ["0", "1", "2", "3", "4"]);
        assert_eq!(labels(900), ["0", "0.5", "1"]);
        assert_eq!(labels(37_500), ["0", "10", "20", "30", "40"]);
    }

    #[test]
    fn short_runs_keep_their_seconds() {
        assert_eq!([fold(20), fold(140), fold(180), fold(181), fold(1_440)], [1, 1, 1, 2, 10]);
        assert!(5_000_usize.div_ceil(fold(5_000)) <= MOST);
    }
}
