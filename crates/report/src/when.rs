//! When it happens: what was asked for against the limits, and the 429s of each strategy.

use maud::{Markup, PreEscaped, html};
use run_record::Series;

use crate::by_tier::{called, occurring};
use crate::chart::time::{Layer, Level, TimeChart, fold, folded};
use crate::demand::{Demand, Dimension, pressures};
use crate::key;
use crate::numbers::{self, Share, THIN};
use crate::study::{Cause, Outcome, Study};

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60;
/// Steps that a wide chart shows legibly.
const WIDE: usize = 180;
/// Steps that a small one does.
const SMALL: usize = 150;

/// The section; none where the record keeps no series.
pub(crate) fn section(study: &Study<'_>, demand: &[Demand<'_>]) -> Option<Markup> {
    let tier = study.yours.or_else(|| study.other())?;
    let charts: Vec<Markup> = demand.iter().flat_map(|one| demands(study, one, tier)).collect();
    let refusals = refusals(study, tier);
    if charts.is_empty() && refusals.is_none() {
        return None;
    }
    Some(html! {
        section.section #when {
            p.question { "Will there be 429s, and when?" }
            h2 { (finding(study, demand, tier)) }
            @if let Some(first) = first(study, tier) { p.lead { (first) } }
            @for chart in charts { (chart) }
            @if let Some(refusals) = refusals { (refusals) }
        }
    })
}

fn finding(study: &Study<'_>, demand: &[Demand<'_>], tier: usize) -> String {
    let title = study.title(tier);
    let hardest = study.tiers.get(tier).and_then(|rung| pressures(demand, rung).into_iter().next());
    let refused = (0..study.strategies.len())
        .filter_map(|row| study.outcome(row, tier))
        .any(|outcome| outcome.total.attempts.with_status(429) > 0);
    match (hardest, refused) {
        (Some(one), _) if one.ratio() >= 1.0 => format!(
            "At its busiest, this traffic asks for {} times the {} of {title}",
            numbers::times(one.ratio()),
            one.dimension.noun()
        ),
        (Some(_), true) => {
            format!("Every minute stays below the limits of {title}, yet single windows do not")
        }
        (Some(_), false) => format!("This traffic stays below the limits of {title}"),
        (None, true) => format!("429s on {title}"),
        (None, false) => format!("No 429s on {title}"),
    }
}

/// When the strategy that is looked at first meets its first 429.
fn first(study: &Study<'_>, tier: usize) -> Option<String> {
    let (strategy, _) = study.focus()?;
    let outcome = study.outcome(strategy, tier)?;
    let (first, seeds) = median_first(outcome)?;
    let after = numbers::duration(first as f64 / SECOND as f64);
    let of = match outcome.whole.leaves().len() {
        1 => String::new(),
        all if all == seeds => format!(" (median of {all} seeds)"),
        all => format!(" (median of the {seeds} seeds of {all} that have any)"),
    };
    Some(format!("{} meets its first 429 after {after}{of}.", study.quoted(strategy)))
}

/// The median over the replications that met a 429, in nanoseconds, and how many those are.
fn median_first(outcome: &Outcome) -> Option<(u64, usize)> {
    let leaves = outcome.whole.leaves().iter();
    let mut firsts: Vec<u64> = leaves.filter_map(|leaf| Some(leaf.first_429?.nanos())).collect();
    firsts.sort_unstable();
    Some((*firsts.get(firsts.len().checked_sub(1)? / 2)?, firsts.len()))
}

/// Demand on one model: tokens, and requests where the limit on them refuses, stands alone, or is
/// used more than that on tokens.
fn demands(study: &Study<'_>, demand: &Demand<'_>, tier: usize) -> Vec<Markup> {
    let Some(limits) = study.tiers.get(tier).and_then(|rung| demand.limits(rung)) else {
        return Vec::new();
    };
    // One refusal in a hundred is worth a chart.
    let causes = || {
        let there = (0..study.strategies.len()).filter_map(|row| study.outcome(row, tier));
        there.flat_map(Outcome::causes)
    };
    let all: u64 = causes().map(|(_, count)| count).sum();
    let requests = causes().filter(|(cause, _)| matches!(cause, Cause::Requests | Cause::Model));
    let by_requests = requests.map(|(_, count)| count).sum::<u64>() * 100 > all;
    let pressures = study.tiers.get(tier).map(|rung| demand.pressures(rung)).unwrap_or_default();
    let use_of = |dimension: Dimension| {
        let pressure = pressures.iter().find(|pressure| pressure.dimension == dimension);
        pressure.map_or(0.0, |pressure| pressure.ratio())
    };
    let requests_lead = use_of(demand.counted) > use_of(Dimension::Tokens);
    let shown = |dimension: &Dimension| match dimension {
        Dimension::Tokens => limits.tpm.is_some(),
        Dimension::Requests | Dimension::Images => {
            limits.tpm.is_none() || by_requests || requests_lead
        }
    };
    [Dimension::Tokens, demand.counted]
        .into_iter()
        .filter(shown)
        .map(|dimension| figure(study, demand, tier, dimension))
        .collect()
}

fn figure(study: &Study<'_>, demand: &Demand<'_>, tier: usize, dimension: Dimension) -> Markup {
    let Plot { chart, above, off } = plot(study, demand, tier, dimension);
    let narrow = TimeChart {
        size: (360, 230),
        margins: (42, 14, 84, 26),
        clocks: 3,
        class: "ch narrow",
        ..chart.clone()
    };
    let title = study.title(tier);
    let own = if study.yours == Some(tier) { ", yours" } else { "" };
    // A minute tells little about a limit that is kept over seconds.
    let limits = study.tiers.get(tier).and_then(|rung| demand.limits(rung));
    let window = limits.filter(|_| dimension == demand.counted).map(|pair| {
        let window = numbers::setting(pair.window.nanos());
        let of_them = if pair.images { " images" } else { "" };
        format!("a window of {window} admits {}{of_them}", numbers::count(pair.window_requests))
    });
    let model = if demand.alone { String::new() } else { format!(" of {}", demand.model) };
    html! {
        figure {
            figcaption {
                h3 {
                    (called(dimension)) (model) " asked for, per minute "
                    span.u { "(" (steps_in_words(chart.step, demand.replications)) ")" }
                }
                ul.key {
                    (key::fill("f-demand", &format!("within {title}")))
                    @if above {
                        (key::fill("f-excess", &format!("above {title}: cannot be served at once")))
                    }
                    (key::line("limit-yours", &format!("limit of {title}{own}")))
                    @if study.tiers.len() > 1 { (key::line("limit-other", "limits of the other tiers")) }
                    @if let Some(off) = &off { li { (off) } }
                    @if let Some(window) = window { li { (window) } }
                }
            }
            (PreEscaped(chart.draw()))
            (PreEscaped(narrow.draw()))
        }
    }
}

/// A chart, and the limits that lie beyond it in words.
struct Plot {
    chart: TimeChart,
    /// Whether anything asked for is above the limit.
    above: bool,
    off: Option<String>,
}

fn plot(study: &Study<'_>, demand: &Demand<'_>, tier: usize, dimension: Dimension) -> Plot {
    let counts = demand.steps(dimension);
    let run = usize::try_from(study.whole_seconds().div_ceil(demand.width)).unwrap_or(counts.len());
    let steps = run.max(counts.len());
    let factor = fold(demand.width, steps, WIDE);
    let steps = steps.div_ceil(factor).max(1);
    let step = demand.width * factor as u64;
    let values: Vec<u64> = folded(counts, factor, steps)
        .into_iter()
        .map(|count| demand.per_minute(count, step))
        .collect();
    let limit_of = |index: usize| {
        let pair = study.tiers.get(index).and_then(|rung| demand.limits(rung))?;
        dimension.limit_of(pair)
    };
    let own = limit_of(tier).unwrap_or(0);
    let most = values.iter().copied().max().unwrap_or(0).max(own);
    let (top, ticks) = axis(most);
    let mut levels = Vec::new();
    let mut off = Vec::new();
    for (index, rung) in study.tiers.iter().enumerate() {
        let Some(limit) = limit_of(index) else { continue };
        if limit > top {
            off.push(format!("{} at {}", rung.title, numbers::short(limit)));
            continue;
        }
        let yours = index == tier;
        levels.push(Level {
            at: limit,
            class: if yours { "limit-yours" } else { "limit-other" },
            label: format!("{} {}", rung.title, numbers::short(limit)),
            strong: yours,
        });
    }
    let above = values.iter().any(|value| *value > own);
    let within = values.iter().map(|value| (*value).min(own)).collect();
    let chart = TimeChart {
        size: (1_172, 236),
        margins: (56, 10, 104, 26),
        step,
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
        last_due: None,
        class: "ch wide",
        label: format!("{} asked for per minute, over the run", called(dimension)),
    };
    let off = (!off.is_empty()).then(|| format!("off this chart: {}", off.join(", ")));
    Plot { chart, above, off }
}

/// Where an axis from zero ends, with up to six round steps.
fn axis(most: u64) -> (u64, Vec<(u64, String)>) {
    let mut step = 1;
    'found: for magnitude in (0..18).map(|power| 10_u64.pow(power)) {
        for factor in [10, 20, 25, 50] {
            step = (magnitude * factor / 10).max(1);
            if step.saturating_mul(6) >= most {
                break 'found;
            }
        }
    }
    let ticks = most.div_ceil(step).clamp(1, 6);
    let all = (0..=ticks).map(|index| (index * step, numbers::short(index * step)));
    (ticks * step, all.collect())
}

fn steps_in_words(step: u64, replications: u64) -> String {
    let step = numbers::setting(step * SECOND);
    match replications {
        0 | 1 => format!("steps of {step}, one seed"),
        seeds => format!("steps of {step}, mean of {seeds} seeds"),
    }
}

/// 429s over time, a small chart for each strategy; a sentence where there are none.
fn refusals(study: &Study<'_>, tier: usize) -> Option<Markup> {
    let there: Vec<(usize, &Outcome, Series)> = (0..study.strategies.len())
        .filter_map(|row| {
            let outcome = study.outcome(row, tier)?;
            Some((row, outcome, outcome.whole.series()?.clone()))
        })
        .collect();
    let (_, first, series) = there.first()?;
    let refused =
        |(_, outcome, _): &&(usize, &Outcome, Series)| outcome.total.attempts.with_status(429) > 0;
    if !there.iter().any(|one| refused(&one)) {
        return None;
    }
    let frame = Frame::of(study, &there);
    let step = steps_in_words(frame.step, first.whole.leaves().len() as u64);
    let blank = there.iter().any(|(.., series)| !frame.blank(series).is_empty());
    let drains = frame.end > study.whole_seconds() && series.width.nanos() > 0;
    Some(html! {
        figure {
            figcaption {
                h3 {
                    "429s over time on " (study.title(tier)) ": share of attempts refused, % "
                    span.u { "(" (step) ")" }
                }
                ul.key {
                    @for cause in occurring(study, tier..tier + 1) {
                        (key::fill(cause.class(), &format!("by the {}", study.limit(cause))))
                    }
                    @if blank { (key::fill("no-attempt", "no attempt sent")) }
                    @if drains { (key::line("last-due", "last job due")) }
                }
            }
            div.panels.three[frame.abreast == 3] {
                @for (row, outcome, series) in &there {
                    div {
                        @if let Some(strategy) = study.strategies.get(*row) {
                            p {
                                (strategy.mark.inline()) b { (strategy.name) }
                                span.u { (in_words(outcome, series)) }
                            }
                        }
                        (PreEscaped(frame.panel(study, (*row, tier), series).draw()))
                    }
                }
            }
        }
    })
}

/// What the small charts of one figure share.
struct Frame {
    /// How many steps of the record one step of the chart takes.
    factor: usize,
    step: u64,
    steps: usize,
    /// Seconds that are shown.
    end: u64,
    last_due: u64,
    /// How many stand side by side.
    abreast: usize,
}

impl Frame {
    fn of(study: &Study<'_>, there: &[(usize, &Outcome, Series)]) -> Frame {
        let width = there.first().map_or(1, |(.., series)| (series.width.nanos() / SECOND).max(1));
        let last_due = study.whole_seconds();
        let used = there.iter().map(|(.., series)| series.sent.as_slice().len()).max().unwrap_or(0);
        let run = usize::try_from(last_due.div_ceil(width)).unwrap_or(used);
        let factor = fold(width, used.max(run), SMALL);
        let steps = used.max(run).div_ceil(factor).max(1);
        let step = width * factor as u64;
        let abreast = if matches!(there.len(), 3 | 5 | 6 | 9) { 3 } else { 4 };
        Frame { factor, step, steps, end: step * steps as u64, last_due, abreast }
    }

    fn panel(&self, study: &Study<'_>, (row, tier): (usize, usize), series: &Series) -> TimeChart {
        let name = study.strategies.get(row).map_or("", |strategy| strategy.name);
        let sent = folded(series.sent.as_slice(), self.factor, self.steps);
        // Stacked from the last cause down, so that each covers what is above it.
        let mut layers = vec![Layer::Bands("no-attempt", self.blank(series))];
        let mut stacked: Vec<u64> = vec![0; self.steps];
        let mut areas = Vec::new();
        for cause in occurring(study, tier..tier + 1) {
            for by in cause.refused_by() {
                let column = series.refused.get(*by).as_slice();
                for (sum, count) in stacked.iter_mut().zip(folded(column, self.factor, self.steps))
                {
                    *sum += count;
                }
            }
            let shares = stacked.iter().zip(&sent).map(|(sum, sent)| per_mille(*sum, *sent));
            areas.push(Layer::Area(cause.class(), shares.collect()));
        }
        layers.extend(areas.into_iter().rev());
        TimeChart {
            // So that its text is as large as that of the other charts.
            size: if self.abreast == 3 { (374, 140) } else { (276, 124) },
            margins: (30, 8, 14, 24),
            step: self.step,
            steps: self.steps,
            top: 1_000,
            ticks: vec![(0, "0".to_owned()), (500, "50".to_owned()), (1_000, "100".to_owned())],
            clocks: 3,
            layers,
            levels: Vec::new(),
            last_due: (self.end > self.last_due).then_some(self.last_due),
            class: "ch",
            label: format!("{name}: share of attempts refused with 429, over the run"),
        }
    }

    /// Stretches of steps in which nothing was sent.
    fn blank(&self, series: &Series) -> Vec<(usize, usize)> {
        let sent = folded(series.sent.as_slice(), self.factor, self.steps);
        let mut blank: Vec<(usize, usize)> = Vec::new();
        for (step, count) in sent.iter().enumerate() {
            match blank.last_mut() {
                _ if *count > 0 => {}
                Some((_, end)) if *end == step => *end = step + 1,
                _ => blank.push((step, step + 1)),
            }
        }
        blank
    }
}

/// `first 00:06 · worst minute 96 % (09:00)`.
fn in_words(outcome: &Outcome, series: &Series) -> String {
    let Some((first, _)) = median_first(outcome) else { return "no 429".to_owned() };
    let first = format!("first {}", numbers::clock(first / SECOND));
    match worst_minute(series) {
        Some((share, at)) => {
            let share = format!("{}{THIN}%", share.refused_in_cell());
            format!("{first} · worst minute {share} ({})", numbers::clock(at))
        }
        None => first,
    }
}

/// The minute with the highest share of 429s, and the second it begins at.
fn worst_minute(series: &Series) -> Option<(Share, u64)> {
    let width = (series.width.nanos() / SECOND).max(1);
    let window = usize::try_from(MINUTE / width).unwrap_or(1).max(1);
    let minutes = |counts: &[u64]| folded(counts, window, counts.len().div_ceil(window));
    let refused = minutes(series.status_429.as_slice());
    let sent = minutes(series.sent.as_slice());
    let shares = refused.iter().zip(&sent).zip(0_u64..).filter_map(|((refused, sent), minute)| {
        Some((Share::new(*refused, *sent)?, minute * width * window as u64))
    });
    // The first of equals.
    shares.fold(None, |worst: Option<(Share, u64)>, one| match worst {
        Some((share, _)) if share.fraction() >= one.0.fraction() => worst,
        _ => Some(one),
    })
}

fn per_mille(part: u64, of: u64) -> u64 {
    if of == 0 { 0 } else { (part * 2_000 + of) / (of * 2) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, launch, record_of};

    #[test]
    fn an_axis_ends_at_a_round_step_above_the_most() {
        let ends: Vec<(u64, usize)> = [0, 3, 60, 487_500, 1_000_000, 1_080_000]
            .map(|most| {
                let (top, ticks) = axis(most);
                assert!(top >= most);
                (top, ticks.len())
            })
            .into();
        assert_eq!(ends, [(1, 2), (3, 4), (60, 7), (500_000, 6), (1_000_000, 6), (1_200_000, 7)]);
    }

    #[test]
    fn the_worst_minute_is_the_one_with_the_highest_share() {
        let told = Told { in_time: 500, by_tokens: 500, ..Told::default() };
        let record = record_of(&[("build-2", "give-up", vec![told])]);
        let study = Study::of(&record);
        let series = study.outcome(0, 0).unwrap().whole.series().unwrap().clone();
        let (share, at) = worst_minute(&series).unwrap();
        // The second half has all the refusals, evenly.
        assert!(at >= 300);
        assert!(share.fraction() > 0.5 && share.fraction() < 0.65, "{share:?}");
    }

    #[test]
    fn limits_above_the_chart_are_named_in_words() {
        let record = launch();
        let study = Study::of(&record);
        let demand = Demand::of(&study);
        let Plot { chart, off, .. } = plot(&study, &demand[0], 1, Dimension::Tokens);
        assert_eq!(off.unwrap(), "off this chart: Tier 4 at 1M, Tier 5 at 2M");
        assert_eq!(chart.levels.len(), 3);
        assert_eq!((chart.step, chart.steps, chart.top), (10, 60, 500_000));
    }

    #[test]
    fn stacked_shares_reach_the_share_of_all_causes() {
        let record = launch();
        let study = Study::of(&record);
        let row = study.strategies.iter().position(|one| one.name == "give-up").unwrap();
        let outcome = study.outcome(row, 1).unwrap();
        let series = outcome.whole.series().unwrap();
        let frame = Frame::of(&study, &[(row, outcome, series.clone())]);
        let panel = frame.panel(&study, (row, 1), series);
        let [Layer::Bands(..), Layer::Area("f-requests", all), Layer::Area("f-tokens", tokens)] =
            panel.layers.as_slice()
        else {
            panic!("unexpected layers: {:?}", panel.layers)
        };
        let last = all.len() - 1;
        assert!(all[last] > tokens[last]);
        let sent = folded(series.sent.as_slice(), frame.factor, frame.steps);
        let refused = folded(series.status_429.as_slice(), frame.factor, frame.steps);
        assert_eq!(all[last], per_mille(refused[last], sent[last]));
    }
}
