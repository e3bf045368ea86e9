//! Growth: how much of the traffic each tier carries, a line for each tier, and in a table the
//! largest multiple that meets everything.

use maud::{Markup, PreEscaped, html};

use super::ladder::bound;
use crate::chart::lines::{Line, Lines, Side, Tick};
use crate::decide;
use crate::glossary::term;
use crate::key;
use crate::numbers::{THIN, whole};
use crate::study::{Carried, Growth, Ladder, Study};

/// Shades that tiers are told apart by, the lowest tier lightest.
const SHADES: usize = 6;

/// The chart with its table; none where the traffic was run as it is written only.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let growth = study.growth()?;
    let chart = chart(study, growth);
    let narrow = Lines {
        size: (360.0, 300.0),
        margins: (48.0, 48.0, 62.0, 40.0),
        class: "ch narrow",
        all: shortened(study, &chart.all),
        ..chart.clone()
    };
    let asked = !study.expectations().is_empty();
    let ringed = chart.all.iter().any(|line| line.ring.is_some());
    Some(html! {
        figure {
            figcaption {
                h3 {
                    (term("growth", "Growth")) ": answered in time with the best strategy, % of jobs"
                }
                ul.key {
                    @if ringed { (ring_key("last multiple that meets everything")) }
                    (key::line("limit-other", "the traffic as it is written"))
                    @if let Some(bound) = bound(study) {
                        (key::line("goal", &format!("expectation: {bound}")))
                    }
                }
            }
            (PreEscaped(chart.draw()))
            (PreEscaped(narrow.draw()))
            @if asked { div.scroll tabindex="0" { (table(study, growth)) } }
        }
    })
}

/// The lines with names for where there is no room.
fn shortened(study: &Study<'_>, lines: &[Line]) -> Vec<Line> {
    let short = |line: &Line| {
        let tier = line.tier.and_then(|tier| study.tiers.get(tier));
        tier.map_or_else(|| line.name.clone(), |tier| tier.short.clone())
    };
    lines.iter().map(|line| Line { name: short(line), ..line.clone() }).collect()
}

fn ring_key(words: &str) -> Markup {
    html! {
        li {
            svg.swatch viewBox="0 0 18 12" aria-hidden="true" {
                circle.met-ring cx="9" cy="6" r="4.6" {}
            }
            (words)
        }
    }
}

fn chart(study: &Study<'_>, growth: &Growth) -> Lines {
    let at = |multiple: usize| growth.multiples.get(multiple).map_or(0.0, |one| one.percent);
    let asked = !study.expectations().is_empty();
    let point = |tier: usize, multiple: usize| {
        let share = growth.at(tier, multiple)?.in_time?;
        Some((at(multiple), share.fraction()))
    };
    let lines: Vec<Line> = study
        .tiers
        .iter()
        .enumerate()
        .map(|(tier, rung)| {
            let last = growth.carried(tier).upto.filter(|_| asked);
            Line {
                strategy: None,
                tier: Some(tier),
                class: format!("line t{}", shade(tier, study.tiers.len())),
                mark: None,
                name: name(study, tier),
                points: (0..growth.multiples.len()).filter_map(|one| point(tier, one)).collect(),
                ring: last.and_then(|last| Some((point(tier, last)?, rung.short.clone()))),
            }
        })
        .filter(|line| !line.points.is_empty())
        .collect();
    let end = growth.multiples.last().map_or(100.0, |one| one.percent);
    Lines {
        size: (572.0, 330.0),
        margins: (48.0, 48.0, 100.0, 40.0),
        end,
        ticks: ticks(end),
        named: Side::Right,
        goal: study.goal_in_time(),
        spot: None,
        upright: Some(100.0),
        all: lines,
        class: "ch wide",
        label: format!(
            "share of jobs answered in time with the best strategy by multiple of the traffic, a \
             line for each {}",
            study.rung()
        ),
    }
}

fn name(study: &Study<'_>, tier: usize) -> String {
    match study.ladder() {
        Ladder::Endpoints => "endpoint".to_owned(),
        Ladder::Tiers | Ladder::PastHours => study.column(tier).to_owned(),
    }
}

/// The lowest tier has the first shade, the highest the last.
fn shade(tier: usize, of: usize) -> usize {
    if of < 2 { SHADES } else { 1 + tier * (SHADES - 1) / (of - 1) }
}

/// Round percentages, the traffic as it is written among them.
fn ticks(end: f64) -> Vec<Tick> {
    let steps = [25.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0];
    let step = steps.into_iter().find(|step| end / step <= 5.0).unwrap_or(5_000.0);
    let mut ticks = Vec::new();
    let mut at = 0.0;
    while at <= end {
        ticks.push((at, false));
        at += step;
    }
    if ticks.iter().all(|(at, _)| (at - 100.0).abs() > 1.0) && step < 500.0 {
        ticks.push((100.0, true));
    }
    ticks
        .into_iter()
        .map(|(at, _)| Tick {
            at,
            label: format!("{}{THIN}%", whole(at)),
            below: None,
            strong: (at - 100.0).abs() < 1.0,
        })
        .collect()
}

/// Up to which multiple each tier meets everything, and keeps to its jobs in time.
fn table(study: &Study<'_>, growth: &Growth) -> Markup {
    let goal = study.goal_in_time().filter(|_| study.expectations().len() > 1);
    let tiers = 0..study.tiers.len();
    html! {
        table.data.carries {
            caption { (term("carries-up-to", "Carries up to")) }
            thead {
                tr {
                    td {}
                    @for tier in tiers.clone() {
                        th.n scope="col" {
                            @match study.ladder() {
                                Ladder::Endpoints => "endpoint",
                                Ladder::Tiers | Ladder::PastHours => {
                                    span.wide { (study.column(tier)) }
                                    span.narrow { (study.tiers.get(tier).map_or("", |one| &one.short)) }
                                }
                            }
                            " " (decide::tag(study, tier))
                        }
                    }
                }
            }
            tbody {
                tr {
                    th scope="row" { "everything met" }
                    @for tier in tiers.clone() {
                        td.n data-t=(tier) { b { (upto(growth, growth.carried(tier))) } }
                    }
                }
                @if let Some(goal) = goal {
                    tr {
                        th scope="row" { (bound(study).unwrap_or_default()) " in time" }
                        @for tier in tiers {
                            td.n data-t=(tier) { (upto(growth, growth.in_time_upto(tier, goal))) }
                        }
                    }
                }
            }
        }
    }
}

/// `150 %`, `none`, `over 400 %`: of the multiples tested.
fn upto(growth: &Growth, carried: Carried) -> String {
    match (carried.upto, carried.misses) {
        (Some(upto), None) if upto + 1 == growth.multiples.len() => {
            format!("≥{THIN}{}", growth.shown(upto))
        }
        (Some(upto), _) => growth.shown(upto),
        (None, Some(_)) => "none".to_owned(),
        (None, None) => "not judged".to_owned(),
    }
}
