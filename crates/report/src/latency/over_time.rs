//! How long answers took over the run: half of them, and nineteen of twenty.

use maud::{Markup, PreEscaped, html};
use run_record::{Histogram, OverTime, Percentile, derive};

use crate::chart::time::{Layer, TimeChart};
use crate::course;
use crate::decide;
use crate::key;
use crate::numbers;
use crate::study::Study;
use crate::when;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

/// The two percentiles over the run, in milliseconds; a stretch in which too little was answered has
/// none.
pub(crate) struct Lines {
    /// Seconds of a step.
    pub(crate) step: u64,
    pub(crate) half: Vec<Option<u64>>,
    pub(crate) tail: Vec<Option<u64>>,
}

/// What is drawn of a strategy on these tiers; nothing where there are so many strategies that the
/// page has no room for it.
pub(crate) fn lines(study: &Study<'_>, focus: usize, tiers: &[usize]) -> Vec<(usize, Lines)> {
    let room = tiers.iter().filter(|_| !study.is_crowded());
    let all = room.filter_map(|tier| {
        let outcome = study.outcome(focus, *tier)?;
        Some((*tier, Lines::of(study, outcome.whole.over_time()?)?))
    });
    all.collect()
}

/// A chart for each tier on one scale; none where nobody kept what was when.
pub(super) fn figure(study: &Study<'_>, focus: usize, tiers: &[usize]) -> Option<Markup> {
    let lines = lines(study, focus, tiers);
    let most = lines.iter().map(|(_, lines)| lines.most()).max()?;
    let blank = lines.iter().any(|(_, lines)| !lines.blank().is_empty());
    Some(html! {
        figure {
            figcaption {
                h3 {
                    "Time since due over the run with " (study.quoted(focus)) ", s "
                    span.u { "(by when jobs fell due)" }
                }
                ul.key {
                    (key::line("lat-tail", "p95"))
                    (key::line("lat-half", "p50"))
                    @if blank { (key::fill("no-attempt", "too few answers to tell")) }
                    (course::key(study))
                }
            }
            div.lat-pair.alone[lines.len() == 1] {
                @for (tier, lines) in &lines {
                    div data-s=(focus) data-t=(tier) data-over="latency" {
                        p { b { (study.column(*tier)) } " " (decide::tag(study, *tier)) }
                        (PreEscaped(lines.chart(study, *tier, most, true).draw()))
                        (PreEscaped(lines.chart(study, *tier, most, false).draw()))
                    }
                }
            }
        }
    })
}

impl Lines {
    /// Stretches are joined until most of those with answers tell both.
    fn of(study: &Study<'_>, over_time: &OverTime) -> Option<Lines> {
        const JOINED: [usize; 4] = [1, 2, 3, 5];
        let width = (over_time.width.nanos() / SECOND).max(1);
        let run = usize::try_from(study.whole_seconds().div_ceil(width)).ok()?.max(1);
        let all = JOINED.into_iter().map(|factor| Lines::joined(over_time, width, run, factor));
        let told = |line: &[Option<u64>]| line.iter().flatten().count();
        let mut all = all.filter(|lines| told(&lines.half) > 0).peekable();
        let first = all.peek()?.half.len();
        all.find(|lines| told(&lines.tail) * 10 >= lines.half.len() * 9)
            .or_else(|| Some(Lines::joined(over_time, width, run, run.div_ceil(first).max(5))))
            .filter(|lines| told(&lines.half) > 1)
    }

    fn joined(over_time: &OverTime, width: u64, run: usize, factor: usize) -> Lines {
        let stretches: Vec<Histogram> = over_time
            .answer
            .chunks(factor)
            .map(|chunk| {
                let mut joined = Histogram::default();
                for one in chunk {
                    joined.absorb(one);
                }
                joined
            })
            .collect();
        let steps = run.div_ceil(factor).max(stretches.len());
        let line = |which: Percentile| {
            let at = |step: usize| {
                let told = derive::spread_at(stretches.get(step)?, which)?;
                Some(told.nanos() / MILLISECOND)
            };
            (0..steps).map(at).collect()
        };
        let step = width * factor as u64;
        Lines { step, half: line(Percentile::P50), tail: line(Percentile::P95) }
    }

    fn len(&self) -> usize {
        self.half.len()
    }

    fn most(&self) -> u64 {
        self.half.iter().chain(&self.tail).flatten().copied().max().unwrap_or(0)
    }

    /// Steps in which even half of the answers cannot be told.
    fn blank(&self) -> Vec<(usize, usize)> {
        let untold =
            (0..self.len()).filter(|step| self.half.get(*step).is_some_and(Option::is_none));
        untold.map(|step| (step, step + 1)).collect()
    }

    fn chart(&self, study: &Study<'_>, tier: usize, most: u64, wide: bool) -> TimeChart {
        let (top, ticks) = when::axis(most);
        let seconds = |(at, _): (u64, String)| (at, numbers::decimal(at * MILLISECOND));
        TimeChart {
            size: if wide { (560, 216) } else { (360, 190) },
            margins: (48, 10, 14, 26),
            step: self.step,
            steps: self.len(),
            top,
            ticks: ticks.into_iter().map(seconds).collect(),
            clocks: if wide { 5 } else { 3 },
            layers: vec![
                Layer::Outline("lat-tail", held(&self.tail, &self.half)),
                Layer::Outline("lat-half", held(&self.half, &[])),
                Layer::Bands("no-attempt", self.blank()),
            ],
            levels: Vec::new(),
            marks: course::marks(study),
            last_due: None,
            class: if wide { "ch wide" } else { "ch narrow" },
            label: format!("{}: time since due over the run, p50 and p95", study.column(tier)),
        }
    }
}

/// A line without gaps: where it is not told it goes on as it was, and never below the other.
fn held(line: &[Option<u64>], other: &[Option<u64>]) -> Vec<u64> {
    let first = line.iter().flatten().next().copied().unwrap_or(0);
    let mut last = first;
    let each = line.iter().enumerate().map(|(step, told)| {
        last = told.unwrap_or(last);
        last.max(other.get(step).copied().flatten().unwrap_or(0))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_where_it_is_not_told() {
        let line = [None, Some(3), None, Some(5)];
        assert_eq!(held(&line, &[]), [3, 3, 3, 5]);
        assert_eq!(held(&line, &[Some(1), Some(1), Some(4), Some(1)]), [3, 3, 4, 5]);
    }
}
