//! How long jobs wait before the attempt that is answered, as percentiles on a logarithmic scale.

use maud::{Markup, html};
use run_record::{Comparison, Figure, Goal, Measure, Percentile, Verdict, derive};

use super::panels::{self, NAME, ROW, Row, name, panels};
use super::{run_on, table, tiers};
use crate::chart::decades::{BEGIN, Seconds};
use crate::chart::svg::{Anchor, Svg, px, width_of};
use crate::glossary::term;
use crate::goal;
use crate::numbers::{self, Share, THIN};
use crate::study::{Outcome, Study};

/// Shorter waits are none.
const NONE_NS: u64 = 100_000_000;
const HEAD: f64 = 40.0;
const FOOT: f64 = 24.0;
/// The lane of those that do not wait.
const LANE: f64 = 32.0;
/// Between the lane and the scale.
const STEP: f64 = 16.0;
/// Room for the two numbers at the right.
const NUMBERS: f64 = 100.0;
/// Room for the last of them.
const LAST: f64 = 46.0;

/// The figure; a sentence where nobody waits, none where nothing was answered.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let all = || tiers(study).into_iter().flat_map(|tier| run_on(study, tier));
    let told = |outcome: &Outcome| at(outcome, Percentile::P50).is_some();
    if !all().any(|(_, outcome)| told(outcome)) {
        return None;
    }
    let longest = |(_, outcome): Row<'_>| longest(outcome).unwrap_or(0.0);
    let most = all().map(longest).fold(0.0, f64::max);
    if most < BEGIN {
        // The highest percentile that has enough samples with every one of them.
        let least_told =
            all().filter_map(|(_, outcome)| highest(outcome)).map(|(which, _)| which).min();
        let least_told = least_told.map_or_else(|| "p50".to_owned(), Percentile::name);
        let who = if study.strategies.len() == 1 { "The strategy" } else { "No strategy" };
        let verb = if study.strategies.len() == 1 { "does not let" } else { "lets" };
        return Some(html! {
            p.block { (who) " " (verb) " a job wait for as long as 0.1" (THIN) "s before the attempt that is answered (" (least_told) ")." }
        });
    }
    let scale = Seconds::to(most);
    Some(html! {
        figure.strategies {
            figcaption {
                h3 { (term("wait", "Waiting")) " before the attempt that is answered, percentiles, s" }
                ul.key {
                    li { (swatch()) "dot p50, bar to p90, tick p95, ring p99" }
                    li { "answered jobs only; logarithmic from 0.1" (THIN) "s, “none” is less" }
                }
            }
            (panels(study, |tier, width, class| panel(study, tier, (width, class), scale)))
            @if let Some(note) = short_but_lossy(study) { p.note { (note) } }
        }
    })
}

fn swatch() -> Markup {
    html! {
        svg.strip-key viewBox="0 0 86 14" aria-hidden="true" {
            path.w-line d="M6 7H78M60 1v12" {}
            rect.w-bar x="6" y="4" width="40" height="6" {}
            circle.w-dot cx="6" cy="7" r="4" {}
            circle.w-ring cx="80" cy="7" r="2.6" {}
        }
    }
}

/// Seconds; none without samples.
fn at(outcome: &Outcome, percentile: Percentile) -> Option<f64> {
    derive::percentile(&outcome.whole, Measure::Wait, percentile).map(derive::seconds)
}

/// The longest wait that is told.
fn longest(outcome: &Outcome) -> Option<f64> {
    highest(outcome).map(|(_, seconds)| seconds)
}

/// The highest percentile that is told, and how long that is.
fn highest(outcome: &Outcome) -> Option<(Percentile, f64)> {
    let told = [Percentile::P99, Percentile::P95, Percentile::P90, Percentile::P50];
    told.into_iter().find_map(|which| Some((which, at(outcome, which)?)))
}

/// What is expected of the waits of all groups: which percentile, and how many seconds at most.
fn asked(study: &Study<'_>) -> Option<(Percentile, f64, String)> {
    study.expectations().iter().filter(|one| goal::is_unscoped(one)).find_map(|one| {
        let (Figure::Time { measure: Measure::Wait, percentile }, Goal::Time(_)) =
            (one.figure, one.goal)
        else {
            return None;
        };
        let bound = format!("{} {}", percentile.name(), goal::bound(one));
        (one.comparison == Comparison::AtMost).then(|| (percentile, goal::number(one), bound))
    })
}

fn panel(
    study: &Study<'_>,
    tier: usize,
    (width, class): (f64, &'static str),
    scale: Seconds,
) -> String {
    let rows: Vec<Row<'_>> = run_on(study, tier).collect();
    let frame = Frame { left: panels::after_names(study), width, scale, tier };
    let bottom = HEAD + ROW * rows.len() as f64;
    let mut svg = Svg::new();
    frame.axes(&mut svg, bottom);
    if let Some((_, goal, words)) = asked(study).filter(|(_, goal, _)| *goal <= scale.end) {
        let x = frame.x(goal);
        svg.line("goal", (x, HEAD - 4.0), (x, bottom));
        let half = width_of(&words, 11.5) / 2.0;
        let middle = x.clamp(frame.left + half, (width - half).max(frame.left + half));
        svg.text("t s goal-text", Anchor::Middle, (middle, 12.0), &words);
    }
    for (index, row) in rows.iter().enumerate() {
        frame.row(&mut svg, study, HEAD + ROW * index as f64, *row);
    }
    let label = format!("{}: waits before the attempt that is answered", study.column(tier));
    svg.finish(class, (width, bottom + FOOT), &label)
}

/// Where the parts of a panel stand.
struct Frame {
    left: f64,
    width: f64,
    scale: Seconds,
    tier: usize,
}

impl Frame {
    fn x(&self, seconds: f64) -> f64 {
        if seconds < BEGIN {
            return self.left + LANE / 2.0;
        }
        let begin = self.left + LANE + STEP;
        begin + (self.width - NUMBERS - begin) * self.scale.share(seconds)
    }

    fn axes(&self, svg: &mut Svg, bottom: f64) {
        svg.rect("spot", (self.left, HEAD), (LANE, bottom - HEAD));
        let foot = bottom + 16.0;
        svg.text("t s", Anchor::Middle, (self.x(0.0), foot), "none");
        for tick in self.scale.ticks() {
            let x = self.x(tick);
            svg.line("grid", (x, HEAD), (x, bottom));
            let text = if tick < 1.0 { tick.to_string() } else { numbers::rate(tick) };
            let text = text.strip_suffix(".0").unwrap_or(&text);
            let (anchor, text) = if tick < self.scale.end {
                (Anchor::Middle, text.to_owned())
            } else {
                (Anchor::Middle, format!("{text}{THIN}s"))
            };
            svg.text("t s", anchor, (x, foot), &text);
        }
        svg.text("t s", Anchor::End, (self.width - LAST, HEAD - 10.0), "no wait");
        svg.text("t s", Anchor::End, (self.width, HEAD - 10.0), "p95");
    }

    fn row(&self, svg: &mut Svg, study: &Study<'_>, top: f64, (row, outcome): Row<'_>) {
        let y = top + ROW / 2.0;
        svg.line("rule", (0.0, top + ROW), (self.width, top + ROW));
        svg.open_strategy(row);
        svg.open_tier(self.tier);
        if let Some(strategy) = study.strategies.get(row) {
            svg.raw(&strategy.mark.shape((7.0, y)));
        }
        svg.text("t", Anchor::Start, (NAME, y + 4.0), &name(study, row));
        self.strip(svg, y, outcome);
        let met = asked(study)
            .is_some_and(|(percentile, ..)| percentile == Percentile::P95 && keeps(study, outcome));
        let class = if met { "t num good" } else { "t num" };
        if at(outcome, Percentile::P50).is_some() {
            let share = no_wait(outcome).map(|share| format!("{}{THIN}%", share.in_cell()));
            let share = share.unwrap_or_default();
            svg.text("t num", Anchor::End, (self.width - LAST, y + 4.0), &share);
            if at(outcome, Percentile::P95).is_some() {
                let p95 = table::wait(outcome, Percentile::P95);
                svg.text(class, Anchor::End, (self.width, y + 4.0), &p95);
            }
        } else {
            svg.text("t s", Anchor::End, (self.width, y + 4.0), "no samples");
        }
        svg.close();
        svg.close();
    }

    /// The percentiles that are told.
    fn strip(&self, svg: &mut Svg, y: f64, outcome: &Outcome) {
        let place = |percentile| at(outcome, percentile).map(|seconds| self.x(seconds));
        let Some(p50) = place(Percentile::P50) else { return };
        let [p90, p95, p99] = [Percentile::P90, Percentile::P95, Percentile::P99].map(place);
        let end = p99.or(p95).or(p90).unwrap_or(p50);
        let tick = p95.map(|p95| format!("M{} {}v12", px(p95), px(y - 6.0))).unwrap_or_default();
        svg.raw(&format!(r#"<path class="w-line" d="M{} {}H{}{tick}"/>"#, px(p50), px(y), px(end)));
        if let Some(p90) = p90.filter(|p90| *p90 > p50) {
            svg.rect("w-bar", (p50, y - 3.0), (p90 - p50, 6.0));
        }
        let circle = |class: &str, x: f64, r: &str| {
            format!(r#"<circle class="{class}" cx="{}" cy="{}" r="{r}"/>"#, px(x), px(y))
        };
        svg.raw(&circle("w-dot", p50, "4"));
        if let Some(p99) = p99 {
            svg.raw(&circle("w-ring", p99, "2.6"));
        }
    }
}

/// Whether what is expected of the waits of all groups is met.
fn keeps(study: &Study<'_>, outcome: &Outcome) -> bool {
    outcome.judged.iter().any(|one| {
        let asked = study.expectations().get(one.expectation);
        let waits = asked.is_some_and(|asked| {
            goal::is_unscoped(asked)
                && matches!(asked.figure, Figure::Time { measure: Measure::Wait, .. })
        });
        waits && one.verdict == Verdict::Met
    })
}

/// The share of answered jobs that waited less than the scale begins at.
fn no_wait(outcome: &Outcome) -> Option<Share> {
    let waits = outcome.whole.histogram(Measure::Wait);
    Share::new(waits.at_most(NONE_NS), waits.count())
}

/// Who does not wait and answers few in time: a short wait alone says little.
fn short_but_lossy(study: &Study<'_>) -> Option<String> {
    const FEW: f64 = 0.9;
    let tier = *tiers(study).first()?;
    let (row, outcome) = run_on(study, tier)
        .filter(|(_, outcome)| at(outcome, Percentile::P95).is_some_and(|wait| wait < BEGIN))
        .rfind(|(_, outcome)| outcome.in_time().is_some_and(|share| share.fraction() < FEW))?;
    Some(format!(
        "A short wait is good only beside a high share in time: {} waits under 0.1{THIN}s (p95) {} and \
         answers {} of its jobs in time.",
        study.quoted(row),
        study.there(tier),
        outcome.in_time()?.in_sentence(None)
    ))
}
