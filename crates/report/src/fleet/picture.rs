//! Attempts second by second around what brings clients together: a restart, an outage, or the
//! busiest moment where there is neither.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};
use run_record::Series;

use crate::chart::svg::{Anchor, Svg, px};
use crate::course;
use crate::decide;
use crate::key;
use crate::numbers;
use crate::study::Study;

const SECOND: u64 = 1_000_000_000;
/// Steps that one picture shows, and how many of them before what brings clients together.
const STEPS: usize = 120;
const BEFORE: usize = 20;
const WIDTH: f64 = 276.0;
const HEIGHT: f64 = 120.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 6.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 22.0;

/// What the pictures of one figure share.
struct Frame {
    /// The first step that is shown, and how many are.
    from: usize,
    steps: usize,
    /// Seconds of a step.
    width: u64,
    seeds: f64,
    /// Attempts per second where the axis ends.
    top: f64,
}

/// A small picture for each strategy; none where the record keeps no series, or its steps are too
/// wide to tell.
pub(super) fn figure(study: &Study<'_>, tier: usize) -> Option<Markup> {
    let there: Vec<(usize, &Series)> = decide::rows(study)
        .filter_map(|(row, _)| Some((row, study.outcome(row, tier)?.whole.series()?)))
        .collect();
    let (_, first) = there.first()?;
    let width = (first.width.nanos() / SECOND).max(1);
    // A herd is over within seconds.
    if width > 5 {
        return None;
    }
    let last = there.iter().map(|(_, series)| series.sent.as_slice().len()).max()?;
    let around = course::gathers(study).map_or_else(|| busiest(&there), |at| at / width);
    let from = usize::try_from(around).ok()?.saturating_sub(BEFORE);
    let steps = STEPS.min(last.saturating_sub(from));
    if steps < 2 {
        return None;
    }
    let seeds = f64::from(study.replications().max(1));
    let mut frame = Frame { from, steps, width, seeds, top: 1.0 };
    let most = there.iter().flat_map(|(_, series)| frame.rates(series.sent.as_slice()));
    frame.top = most.fold(1.0, f64::max);
    let event = course::gathers(study).is_some();
    Some(html! {
        figure {
            figcaption {
                h3 {
                    "Attempts sent per second, around "
                    (if event { "what happens" } else { "the busiest moment" }) " "
                    span.u { "(" (frame.in_words()) ")" }
                }
                ul.key {
                    (key::fill("f-demand", "let in, or failed"))
                    (key::fill("f-excess", "answered 429"))
                    (course::key(study))
                }
            }
            div.panels {
                @for (row, series) in &there {
                    div {
                        @if let Some(strategy) = study.strategies.get(*row) {
                            p {
                                (strategy.mark.inline()) b { (strategy.name) }
                                span.u { (frame.peak(series)) }
                            }
                        }
                        (PreEscaped(frame.draw(study, *row, series)))
                    }
                }
            }
        }
    })
}

/// The step in which most attempts are sent, whoever sends them.
fn busiest(there: &[(usize, &Series)]) -> u64 {
    let steps = there.iter().flat_map(|(_, series)| (0_u64..).zip(series.sent.as_slice()));
    // The first of equals.
    steps
        .fold(
            (0, 0),
            |(at, most), (step, count)| if *count > most { (step, *count) } else { (at, most) },
        )
        .0
}

impl Frame {
    fn in_words(&self) -> String {
        let step = numbers::setting(self.width * SECOND);
        if self.seeds > 1.0 {
            format!("steps of {step}, mean of {} seeds", self.seeds)
        } else {
            format!("steps of {step}, one seed")
        }
    }

    /// Per second, in the mean of the seeds.
    fn rates(&self, counts: &[u64]) -> Vec<f64> {
        let each = self.seeds * self.width as f64;
        let at = |step: usize| counts.get(step).copied().unwrap_or(0) as f64 / each;
        (self.from..self.from + self.steps).map(at).collect()
    }

    /// `at most 313/s (08:20)`.
    fn peak(&self, series: &Series) -> String {
        let rates = self.rates(series.sent.as_slice());
        // The first of equals.
        let (at, most) = (0_usize..)
            .zip(rates)
            .fold((0, 0.0), |most: (usize, f64), one| if one.1 > most.1 { one } else { most });
        let second = (self.from + at) as u64 * self.width;
        format!("at most {}/s ({})", numbers::rate(most), numbers::clock(second))
    }

    fn x(&self, step: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * step / self.steps as f64
    }

    fn y(&self, rate: f64) -> f64 {
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rate / self.top
    }

    fn draw(&self, study: &Study<'_>, row: usize, series: &Series) -> String {
        let mut svg = Svg::new();
        let floor = self.y(0.0);
        for mark in course::marks(study) {
            let step = |second: u64| second as f64 / self.width as f64 - self.from as f64;
            let from = step(mark.from);
            if !(0.0..self.steps as f64).contains(&from) {
                continue;
            }
            let to = mark.to.map_or(from, step).min(self.steps as f64);
            svg.rect("event", (self.x(from), TOP), (self.x(to) - self.x(from), floor - TOP));
            svg.line("event-line", (self.x(from), TOP), (self.x(from), floor));
            svg.text("t s b", Anchor::Middle, (self.x(from), TOP - 5.0), &mark.letter.to_string());
        }
        for rate in [0.0, self.top] {
            let y = self.y(rate);
            svg.line("grid", (LEFT, y), (WIDTH - RIGHT, y));
            svg.text("t s", Anchor::End, (LEFT - 5.0, y + 4.0), &numbers::rate(rate));
        }
        let sent = self.rates(series.sent.as_slice());
        let refused = self.rates(series.status_429.as_slice());
        svg.raw(&self.area("f-excess", &sent));
        let kept: Vec<f64> = sent.iter().zip(&refused).map(|(all, part)| all - part).collect();
        svg.raw(&self.area("f-demand", &kept));
        let end = (self.from + self.steps) as u64 * self.width;
        for place in [0, self.steps / 2, self.steps] {
            let anchor = match place {
                0 => Anchor::Start,
                all if all == self.steps => Anchor::End,
                _ => Anchor::Middle,
            };
            let second = (self.from + place) as u64 * self.width;
            svg.text(
                "t s",
                anchor,
                (self.x(place as f64), HEIGHT - 6.0),
                &numbers::on_axis(second, end),
            );
        }
        let name = study.strategies.get(row).map_or("", |strategy| strategy.name);
        svg.finish("ch", (WIDTH, HEIGHT), &format!("{name}: attempts sent per second"))
    }

    /// Steps from the floor up; neighbours of one height are one step.
    fn area(&self, class: &str, rates: &[f64]) -> String {
        let mut path =
            format!(r#"<path class="{class}" d="M{} {}"#, px(self.x(0.0)), px(self.y(0.0)));
        let mut last = None;
        for (step, rate) in rates.iter().enumerate() {
            let y = px(self.y(*rate));
            if last.as_ref() != Some(&y) {
                // Writing to a String cannot fail.
                let _ = write!(path, "H{}V{y}", px(self.x(step as f64)));
                last = Some(y);
            }
        }
        let _ = write!(path, r#"H{}V{}Z"/>"#, px(self.x(rates.len() as f64)), px(self.y(0.0)));
        path
    }
}
