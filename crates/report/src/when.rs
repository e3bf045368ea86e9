//! When it happens: what was asked for against the limits, and the 429s of each strategy.

mod refusals;
pub(crate) mod throughput;
mod windows;

use maud::{Markup, PreEscaped, html};
use run_record::Counted;

use crate::account::climb;
use crate::by_tier::called;
use crate::chart::time::{Layer, Level, TimeChart, fold, folded};
use crate::course;
use crate::demand::{Demand, Dimension, pressures, rounded, window};
use crate::headroom;
use crate::key;
use crate::numbers;
use crate::study::{Cause, Outcome, Study, Tier};

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60;
/// Steps that a wide chart shows legibly.
const WIDE: usize = 180;

/// The section; none where the record keeps no series.
pub(crate) fn section(study: &Study<'_>, demand: &[Demand<'_>]) -> Option<Markup> {
    let tier = study.yours.or_else(|| study.other())?;
    let charts: Vec<Markup> = demand.iter().flat_map(|one| demands(study, one, tier)).collect();
    let refusals = refusals::figure(study, tier, refusals::SMALL);
    let beside = study.other().filter(|other| *other != tier && !study.is_crowded());
    let beside =
        beside.and_then(|tier| Some((tier, refusals::figure(study, tier, refusals::FEW)?)));
    if charts.is_empty() && refusals.is_none() {
        return None;
    }
    Some(html! {
        section.section #when {
            p.question {
                @if failures(study, tier) { "Will there be 429s and failures, and when?" }
                @else { "Will there be 429s, and when?" }
            }
            h2 { (finding(study, demand, tier)) }
            @if let Some(first) = first(study, tier) { p.lead { (first) } }
            @for chart in charts { (chart) }
            @if let Some(refusals) = refusals { (refusals) }
            @if let Some((tier, refusals)) = beside {
                details { summary { "The same " (study.there(tier)) } (refusals) }
            }
            @if let Some(throughput) = throughput::figure(study) { (throughput) }
            @if let Some(headroom) = headroom::table(study, tier) { (headroom) }
        }
    })
}

/// Whether attempts of a tier met anything else than an answer or a 429.
fn failures(study: &Study<'_>, tier: usize) -> bool {
    !study.troubles(tier..tier + 1).is_empty()
}

fn finding(study: &Study<'_>, demand: &[Demand<'_>], tier: usize) -> String {
    let (there, allowed) = (study.there(tier), study.allowed(tier));
    let dynamic = study.tiers.get(tier).is_some_and(Tier::is_dynamic);
    // The busiest minute of an account that climbs may fall under another tier's limits.
    let stays = study.tiers.get(tier).filter(|_| climb::of(study, tier).is_none());
    let hardest = stays.and_then(|rung| pressures(demand, rung).into_iter().next());
    let refused = (0..study.strategies.len())
        .filter_map(|row| study.outcome(row, tier))
        .any(|outcome| outcome.total.attempts.with_status(429) > 0);
    let kept = if dynamic { "the dynamic rate" } else { "the limits" };
    let looked_at = study.focus().and_then(|(row, tier)| study.outcome(row, tier));
    let behind = looked_at.and_then(|outcome| course::behind(study, outcome));
    if let (Some((letter, ..)), Some(one)) = (behind, hardest.filter(|_| refused))
        && one.ratio() < 1.0
    {
        return format!(
            "This traffic stays below {kept} {allowed}: what it meets comes with event {letter}"
        );
    }
    match (hardest, refused) {
        (Some(one), _) if one.ratio() >= 1.0 => format!(
            "At its busiest, this traffic asks for {} times the {} {allowed}",
            numbers::times(one.ratio()),
            one.dimension.noun()
        ),
        (Some(_), true) if dynamic => {
            "Every minute stays below the dynamic rate, yet shorter bursts do not".to_owned()
        }
        (Some(_), true) if mostly_for_want_of_room(study, tier) => {
            format!("Every minute stays below the limits {allowed}, yet the model lacks the room")
        }
        (Some(_), true) => {
            let parts = if in_windows(study, tier) { "single windows" } else { "shorter bursts" };
            format!("Every minute stays below the limits {allowed}, yet {parts} do not")
        }
        (Some(_), false) if failures(study, tier) => {
            format!("This traffic stays below {kept} {allowed}, and yet attempts fail")
        }
        (Some(_), false) if dynamic => {
            format!("This traffic stays below the dynamic rate {allowed}")
        }
        (Some(_), false) => format!("This traffic stays below the limits {allowed}"),
        (None, true) => format!("429s {there}"),
        (None, false) if failures(study, tier) => format!("No 429s, but failures {there}"),
        (None, false) => format!("No 429s {there}"),
    }
}

/// Whether most 429s of a tier come from what the model has room for, not from the tier's limits.
fn mostly_for_want_of_room(study: &Study<'_>, tier: usize) -> bool {
    let there = (0..study.strategies.len()).filter_map(|row| study.outcome(row, tier));
    let (room, all) =
        there.flat_map(Outcome::causes).fold((0, 0), |(room, all), (cause, count)| {
            (if *cause == Cause::Dynamic { room + count } else { room }, all + count)
        });
    room * 2 > all
}

/// Whether requests are counted in windows there.
fn in_windows(study: &Study<'_>, tier: usize) -> bool {
    let mut limits = study.tiers.get(tier).map_or(&[][..], |tier| tier.limits).iter();
    limits.all(|pair| matches!(pair.counted, Counted::Opened | Counted::Aligned))
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
        .map(|dimension| {
            // A minute tells little of a limit that is kept over seconds.
            let windows = (dimension == demand.counted)
                .then(|| windows::figure(study, demand, tier))
                .flatten();
            windows.unwrap_or_else(|| figure(study, demand, tier, dimension))
        })
        .collect()
}

fn figure(study: &Study<'_>, demand: &Demand<'_>, tier: usize, dimension: Dimension) -> Markup {
    let Plot { chart, above, off } = plot(study, demand, tier, dimension);
    let longest = chart.levels.iter().map(|level| level.label.chars().count()).max().unwrap_or(0);
    let beside = |letter: usize, least: i32| {
        i32::try_from(8 + letter * longest).unwrap_or(i32::MAX).clamp(least, 160)
    };
    let (left, top, _, bottom) = chart.margins;
    let chart = TimeChart { margins: (left, top, beside(10, 104), bottom), ..chart };
    let narrow = TimeChart {
        size: (360, 230),
        margins: (42, 14, beside(8, 84), 26),
        clocks: 3,
        class: "ch narrow",
        ..chart.clone()
    };
    let title = study.title(tier);
    let dynamic = study.tiers.get(tier).is_some_and(Tier::is_dynamic);
    let own = if study.yours == Some(tier) { ", yours" } else { "" };
    // A minute tells little about a limit that is kept over seconds.
    let limits = study.tiers.get(tier).and_then(|rung| demand.limits(rung));
    let counted = limits.filter(|pair| dimension == demand.counted && pair.hard);
    let window = counted.map(|pair| {
        let of_them = if pair.images { " images" } else { "" };
        format!("{}{of_them}", window(pair, ""))
    });
    let over = if dynamic {
        "above it: refused where the model has no room".to_owned()
    } else {
        format!("above {title}: cannot be served at once")
    };
    let within =
        if dynamic { "within the dynamic rate".to_owned() } else { format!("within {title}") };
    let limit = if dynamic { "dynamic rate at the start, " } else { "limit of " };
    let left = (dimension == Dimension::Tokens).then(|| study.left(demand.model)).flatten();
    let model = if demand.alone { String::new() } else { format!(" of {}", demand.model) };
    html! {
        figure data-m=(demand.model)
            data-over=(if dimension == Dimension::Tokens { "tokens" } else { "requests" }) {
            figcaption {
                h3 {
                    (called(dimension)) (model) " asked for, per minute "
                    span.u { "(" (steps_in_words(chart.step, demand.replications)) ")" }
                }
                ul.key {
                    (key::fill("f-demand", &within))
                    @if above {
                        (key::fill("f-excess", &over))
                    }
                    (key::line("limit-yours", &format!("{limit}{title}{own}")))
                    @if study.tiers.len() > 1 { (key::line("limit-other", study.other_rungs())) }
                    @if let Some(off) = &off { li { (off) } }
                    @if let Some(window) = window { li { (window) } }
                    @if let Some(left) = left {
                        li { "other tenants leave " (numbers::short(left)) " of the model" }
                    }
                    (course::key(study))
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
        let limit = dimension.limit_of(pair)?;
        Some(if pair.hard { limit } else { rounded(limit) })
    };
    let own = limit_of(tier).unwrap_or(0);
    let most = values.iter().copied().max().unwrap_or(0).max(own);
    let (top, ticks) = axis(most);
    let mut levels = Vec::new();
    let mut off = Vec::new();
    for (index, rung) in study.tiers.iter().enumerate() {
        let Some(limit) = limit_of(index) else { continue };
        if limit > top {
            off.push(format!("{} at {}", rung.column, numbers::short(limit)));
            continue;
        }
        let yours = index == tier;
        levels.push(Level {
            at: limit,
            class: if yours { "limit-yours" } else { "limit-other" },
            label: format!("{} {}", rung.column, numbers::short(limit)),
            strong: yours,
        });
    }
    let left = (dimension == Dimension::Tokens).then(|| study.left(demand.model)).flatten();
    if let Some(left) = left.filter(|left| *left <= top) {
        let label = format!("left {}", numbers::short(left));
        levels.push(Level { at: left, class: "limit-left", label, strong: false });
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
        marks: course::marks(study),
        last_due: None,
        class: "ch wide",
        label: format!("{} asked for per minute, over the run", called(dimension)),
    };
    let off = (!off.is_empty()).then(|| format!("off this chart: {}", off.join(", ")));
    Plot { chart, above, off }
}

/// Where an axis from zero ends, with up to six round steps.
pub(crate) fn axis(most: u64) -> (u64, Vec<(u64, String)>) {
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
    let step = match step {
        0..=120 => numbers::setting(step * SECOND),
        long => numbers::duration(long as f64),
    };
    match replications {
        0 | 1 => format!("steps of {step}, one seed"),
        seeds => format!("steps of {step}, mean of {seeds} seeds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::launch;

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
    fn limits_above_the_chart_are_named_in_words() {
        let record = launch();
        let study = Study::of(&record);
        let demand = Demand::of(&study);
        let Plot { chart, off, .. } = plot(&study, &demand[0], 1, Dimension::Tokens);
        assert_eq!(off.unwrap(), "off this chart: Tier 4 at 1M, Tier 5 at 2M");
        assert_eq!(chart.levels.len(), 3);
        assert_eq!((chart.step, chart.steps, chart.top), (10, 60, 500_000));
    }
}
