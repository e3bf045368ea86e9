//! Requests in the windows of their limit: a minute below the limit may still have a window above
//! it.

use maud::{Markup, PreEscaped, html};
use run_record::{Counted, PairLimits};

use super::{WIDE, axis, steps_in_words};
use crate::by_tier::called;
use crate::chart::time::{Layer, Level, TimeChart, fold};
use crate::course;
use crate::demand::{Demand, window};
use crate::key;
use crate::numbers;
use crate::study::Study;

/// The figure; none where requests are not counted in windows there, or nobody kept how many fell
/// due within one.
pub(super) fn figure(study: &Study<'_>, demand: &Demand<'_>, tier: usize) -> Option<Markup> {
    let pair = study.tiers.get(tier).and_then(|rung| demand.limits(rung))?;
    let windows = demand.windows.as_ref().filter(|_| counts_in(pair))?;
    if windows.length != pair.window.nanos() || !pair.hard {
        return None;
    }
    let Plot { chart, above, off } = plot(study, demand, tier, &windows.busiest);
    let narrow = TimeChart {
        size: (360, 230),
        margins: (42, 14, 84, 26),
        clocks: 3,
        class: "ch narrow",
        ..chart.clone()
    };
    let title = study.title(tier);
    let own = if study.yours == Some(tier) { ", yours" } else { "" };
    let length = numbers::setting(pair.window.nanos());
    let model = if demand.alone { String::new() } else { format!(" of {}", demand.model) };
    let steps = steps_in_words(chart.step, demand.replications);
    Some(html! {
        figure {
            figcaption {
                h3 {
                    (called(demand.counted)) (model) " in each " (length) " window "
                    span.u { "(the busiest of each step, " (steps) ")" }
                }
                ul.key {
                    (key::fill("f-demand", &format!("within {title}")))
                    @if above {
                        (key::fill("f-excess", &format!("above {title}: cannot be served at once")))
                    }
                    (key::line("limit-yours", &format!("limit of {title}{own}")))
                    @if study.tiers.len() > 1 { (key::line("limit-other", study.other_rungs())) }
                    @if let Some(off) = &off { li { (off) } }
                    li { (window(pair, "")) }
                    @if windows.groups > 1 {
                        li { "peaks of " (windows.groups) " groups added up: at most this many at once" }
                    }
                    (course::key(study))
                }
            }
            (PreEscaped(chart.draw()))
            (PreEscaped(narrow.draw()))
        }
    })
}

const fn counts_in(pair: &PairLimits) -> bool {
    matches!(pair.counted, Counted::Opened | Counted::Aligned | Counted::SlidingLog)
}

struct Plot {
    chart: TimeChart,
    above: bool,
    off: Option<String>,
}

fn plot(study: &Study<'_>, demand: &Demand<'_>, tier: usize, busiest: &[u64]) -> Plot {
    let run =
        usize::try_from(study.whole_seconds().div_ceil(demand.width)).unwrap_or(busiest.len());
    let all = run.max(busiest.len());
    let factor = fold(demand.width, all, WIDE);
    let steps = all.div_ceil(factor).max(1);
    let mean = |sum: u64| (sum * 2 + demand.replications) / (demand.replications * 2).max(1);
    // A step keeps its highest peak.
    let peaks = busiest.chunks(factor).map(|chunk| mean(chunk.iter().copied().max().unwrap_or(0)));
    let mut values: Vec<u64> = peaks.collect();
    values.resize(steps, 0);
    let limit_of = |index: usize| {
        let rung = study.tiers.get(index)?;
        demand.limits(rung).map(|pair| pair.window_requests)
    };
    let own = limit_of(tier).unwrap_or(0);
    let (top, ticks) = axis(values.iter().copied().max().unwrap_or(0).max(own));
    let (mut levels, mut off) = (Vec::new(), Vec::new());
    for (index, rung) in study.tiers.iter().enumerate() {
        let Some(limit) = limit_of(index) else { continue };
        let label = format!("{} {}", rung.column, numbers::short(limit));
        if limit > top {
            off.push(format!("{} at {}", rung.column, numbers::short(limit)));
        } else {
            let strong = index == tier;
            let class = if strong { "limit-yours" } else { "limit-other" };
            levels.push(Level { at: limit, class, label, strong });
        }
    }
    let within = values.iter().map(|value| (*value).min(own)).collect();
    let above = values.iter().any(|value| *value > own);
    let chart = TimeChart {
        size: (1_172, 236),
        margins: (56, 10, 104, 26),
        step: demand.width * factor as u64,
        steps,
        top,
        ticks,
        clocks: 8,
        layers: vec![
            Layer::Area("f-excess", values.clone()),
            Layer::Area("f-demand", within),
            Layer::Outline("outline", values),
        ],
        levels,
        marks: course::marks(study),
        last_due: None,
        class: "ch wide",
        label: format!(
            "{} in the busiest window of each step, over the run",
            called(demand.counted)
        ),
    };
    let off = (!off.is_empty()).then(|| format!("off this chart: {}", off.join(", ")));
    Plot { chart, above, off }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::launch;

    #[test]
    fn a_step_shows_its_busiest_window_in_the_mean_of_the_seeds() {
        let record = launch();
        let study = Study::of(&record);
        let demand = Demand::of(&study);
        let windows = demand[0].windows.as_ref().unwrap();
        let Plot { chart, .. } = plot(&study, &demand[0], 1, &windows.busiest);
        let Some(Layer::Outline(_, values)) = chart.layers.last() else { panic!("no outline") };
        let first = windows.busiest[..10].iter().max().unwrap() / demand[0].replications;
        assert_eq!((chart.step, values[0]), (10, first));
        let own = chart.levels.iter().find(|level| level.strong).unwrap();
        assert_eq!(own.at, study.tiers[1].limits[0].window_requests);
    }
}
