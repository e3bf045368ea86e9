//! The spectrum of the times: from the median to the slowest in a thousand.

use maud::{Markup, PreEscaped, html};
use run_record::Percentile;

use super::{Spread, Taken};
use crate::chart::decades::{BEGIN, Seconds, decades};
use crate::chart::lines::apart;
use crate::chart::svg::{Anchor, Svg, px};
use crate::decide;
use crate::numbers::{self, THIN};
use crate::study::Study;

/// Percentiles that have a place below the chart, each with the odds of lying beyond it.
const PLACES: [(Percentile, f64, &str); 5] = [
    (Percentile::P50, 2.0, "50"),
    (Percentile::P90, 10.0, "90"),
    (Percentile::P95, 20.0, "95"),
    (Percentile::P99, 100.0, "99"),
    (Percentile::P999, 1_000.0, "99.9"),
];
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 216.0;
/// Left, top, right and bottom.
const MARGINS: (f64, f64, f64, f64) = (50.0, 10.0, 104.0, 36.0);
/// Lines, each with its class and its name at the end.
const LINES: [(Taken, &str, &str); 3] = [
    (Taken::SinceDue, "lat-due", "since due"),
    (Taken::Attempt, "lat-attempt", "attempt"),
    (Taken::FirstToken, "lat-first", "first token"),
];
/// How far apart names stand.
const APART: f64 = 15.0;

/// A chart for each tier on one scale.
pub(super) fn figure(study: &Study<'_>, focus: usize, tiers: &[usize]) -> Markup {
    let lines = |tier: usize| LINES.map(|(taken, ..)| Spread::of(study, (focus, tier), taken));
    let slowest = tiers
        .iter()
        .flat_map(|tier| lines(*tier))
        .filter_map(|spread| PLACES.iter().rev().find_map(|(which, ..)| spread.at(*which)));
    let scale = Seconds::to(slowest.fold(0.0, f64::max));
    html! {
        figure.lat-spectrum data-s=(focus) {
            figcaption {
                h3 { "Times of answered jobs with " (study.quoted(focus)) ", by percentile, s" }
                ul.key {
                    li { "both axes logarithmic; a line ends where fewer than ten samples lie beyond" }
                    @if streams(study) { li { "first token: of streamed answers, since due" } }
                }
            }
            div.lat-pair.alone[tiers.len() == 1] {
                @for tier in tiers {
                    div data-t=(tier) {
                        p { b { (study.column(*tier)) } " " (decide::tag(study, *tier)) }
                        (PreEscaped(panel(study, *tier, &lines(*tier), scale)))
                    }
                }
            }
        }
    }
}

fn streams(study: &Study<'_>) -> bool {
    study.record.header().groups.iter().any(|group| group.stream)
}

fn x(odds: f64) -> f64 {
    let (left, _, right, _) = MARGINS;
    let [from, to] = [2.0, 1_000.0].map(decades);
    left + (WIDTH - left - right) * (decades(odds) - from) / (to - from)
}

fn y(scale: Seconds, seconds: f64) -> f64 {
    let (_, top, _, bottom) = MARGINS;
    HEIGHT - bottom - (HEIGHT - top - bottom) * scale.share(seconds)
}

fn panel(study: &Study<'_>, tier: usize, spreads: &[Spread; 3], scale: Seconds) -> String {
    let (left, top, right, bottom) = MARGINS;
    let (foot, end) = (HEIGHT - bottom, WIDTH - right);
    let mut svg = Svg::new();
    for tick in scale.ticks() {
        let at = y(scale, tick);
        svg.line("grid", (left, at), (end, at));
        let text = if tick < 1.0 { tick.to_string() } else { numbers::rate(tick) };
        let text = text.strip_suffix(".0").unwrap_or(&text);
        let below = if (tick - BEGIN).abs() < 1e-9 { "≤" } else { "" };
        svg.text("t s", Anchor::End, (left - 6.0, at + 4.0), &format!("{below}{text}"));
    }
    for (_, odds, name) in PLACES {
        svg.line("grid", (x(odds), top), (x(odds), foot));
        svg.text("t s", Anchor::Middle, (x(odds), foot + 15.0), name);
    }
    svg.line("axis", (left, foot), (end, foot));
    let middle = left.midpoint(end);
    svg.text("t s", Anchor::Middle, (middle, foot + 30.0), &format!("percentile,{THIN}%"));
    let mut ends: Vec<(f64, f64, &str)> = Vec::new();
    for ((_, class, name), spread) in LINES.iter().zip(spreads) {
        let told = PLACES.iter().map_while(|(which, odds, _)| Some((*odds, spread.at(*which)?)));
        let points: Vec<(f64, f64)> =
            told.map(|(odds, seconds)| (x(odds), y(scale, seconds))).collect();
        let Some(last) = points.last() else { continue };
        let path: Vec<String> =
            points.iter().map(|(x, y)| format!("{} {}", px(*x), px(*y))).collect();
        svg.raw(&format!(r#"<path class="{class}" d="M{}"/>"#, path.join("L")));
        ends.push((last.0, last.1, name));
    }
    name_lines(&mut svg, &ends, end);
    let label = format!("{}: times of answered jobs by percentile", study.column(tier));
    svg.finish("ch", (WIDTH, HEIGHT), &label)
}

/// Names at the ends of lines, moved apart where they would touch.
fn name_lines(svg: &mut Svg, ends: &[(f64, f64, &str)], right: f64) {
    let wanted: Vec<f64> = ends.iter().map(|(_, y, _)| *y).collect();
    let moved = apart(&wanted, APART, (MARGINS.1, HEIGHT - MARGINS.3 - 4.0));
    for ((x, y, name), at) in ends.iter().zip(moved) {
        if *x < right - 1.0 || (y - at).abs() > 1.0 {
            svg.line("leader", (x + 2.0, *y), (right + 6.0, at));
        }
        svg.text("t s b", Anchor::Start, (right + 9.0, at + 4.0), name);
    }
}
