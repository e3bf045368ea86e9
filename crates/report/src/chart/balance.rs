//! A level over time that can fall below zero: what an account holds.
//!
//! It is drawn as steps between the moments at which it changed, with zero and its floors across
//! the whole width, what lasted as hatched bands behind it, and a letter for what happened once.

use super::svg::{Anchor, Svg, px, width_of, write_to};
use super::time::round_interval;
use crate::numbers;

/// A level across the whole width.
#[derive(Clone, Debug)]
pub(crate) struct Floor {
    /// In dollars.
    pub(crate) at: f64,
    /// Stands at its right end.
    pub(crate) label: String,
}

/// Something that happened once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happened {
    /// In seconds from the beginning.
    pub(crate) at: f64,
    /// What the chart's key calls it by.
    pub(crate) letter: char,
}

/// A level over the time of a run.
#[derive(Clone, Debug)]
pub(crate) struct Balance {
    pub(crate) size: (f64, f64),
    /// Left, top, right and bottom.
    pub(crate) margins: (f64, f64, f64, f64),
    /// Seconds that are shown.
    pub(crate) lasts: u64,
    /// Seconds and dollars: each holds until the next.
    pub(crate) course: Vec<(f64, f64)>,
    pub(crate) floors: Vec<Floor>,
    /// Seconds from and to which it was stopped.
    pub(crate) blocked: Vec<(f64, f64)>,
    pub(crate) happened: Vec<Happened>,
    /// How many labels fit below.
    pub(crate) clocks: u64,
    pub(crate) class: &'static str,
    /// What a screen reader says.
    pub(crate) label: String,
}

/// Where the values lie.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Balance {
    /// The chart as markup.
    pub(crate) fn draw(&self) -> String {
        let scale = self.scale();
        let mut svg = Svg::new();
        self.bands(&mut svg);
        self.grid(&mut svg, &scale);
        self.floors(&mut svg, &scale);
        svg.raw(&format!(r#"<path class="balance" d="{}"/>"#, self.path(&scale)));
        self.letters(&mut svg);
        self.clock(&mut svg);
        svg.finish(self.class, self.size, &self.label)
    }

    fn scale(&self) -> Scale {
        let shown = self.floors.iter().map(|floor| floor.at);
        let values = || self.course.iter().map(|(_, value)| *value).chain(shown.clone());
        let low = values().fold(0.0, f64::min);
        let high = values().fold(0.0, f64::max);
        let step = round_step((high - low) / 5.0);
        Scale { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    fn x(&self, second: f64) -> f64 {
        let (left, _, right, _) = self.margins;
        let wide = self.size.0 - left - right;
        left + wide * (second / self.lasts.max(1) as f64).clamp(0.0, 1.0)
    }

    fn y(&self, scale: &Scale, value: f64) -> f64 {
        let (_, top, _, bottom) = self.margins;
        let tall = self.size.1 - top - bottom;
        let all = (scale.high - scale.low).max(f64::MIN_POSITIVE);
        top + tall * (scale.high - value) / all
    }

    fn bands(&self, svg: &mut Svg) {
        let (top, bottom) = (self.margins.1, self.size.1 - self.margins.3);
        for (from, to) in &self.blocked {
            let (left, right) = (self.x(*from), self.x(*to));
            // What was over in a moment is still seen.
            svg.rect("f-blocked", (left, top), ((right - left).max(1.5), bottom - top));
        }
    }

    fn grid(&self, svg: &mut Svg, scale: &Scale) {
        let (left, right) = (self.x(0.0), self.x(self.lasts as f64));
        let mut at = scale.low;
        // One more half step, since sums of steps are not exact.
        while at < scale.high + scale.step / 2.0 {
            let y = self.y(scale, at);
            let zero = at.abs() < scale.step / 2.0;
            svg.line(if zero { "axis" } else { "grid" }, (left, y), (right, y));
            let label = tick(if zero { 0.0 } else { at }, scale.step);
            svg.text("t s", Anchor::End, (left - 6.0, y + 4.0), &label);
            at += scale.step;
        }
    }

    fn floors(&self, svg: &mut Svg, scale: &Scale) {
        const APART: f64 = 14.0;
        let (left, right) = (self.x(0.0), self.x(self.lasts as f64));
        let mut floors: Vec<&Floor> = self.floors.iter().collect();
        floors.sort_by(|a, b| b.at.total_cmp(&a.at));
        let mut last = f64::MIN;
        for floor in floors {
            let y = self.y(scale, floor.at);
            svg.line("limit-yours", (left, y), (right, y));
            let label_y = y.max(last + APART);
            last = label_y;
            svg.text("t s b goal-text", Anchor::Start, (right + 6.0, label_y + 4.0), &floor.label);
        }
    }

    /// The steps, each neighbour that does not move a pixel left out.
    fn path(&self, scale: &Scale) -> String {
        let mut path = String::new();
        let mut last: Option<(String, String)> = None;
        for (second, value) in &self.course {
            let (x, y) = (px(self.x(*second)), px(self.y(scale, *value)));
            match &last {
                None => write_to(&mut path, format_args!("M{x} {y}")),
                Some((_, before)) if *before == y => continue,
                Some((beside, _)) if *beside == x => write_to(&mut path, format_args!("V{y}")),
                Some(_) => write_to(&mut path, format_args!("H{x}V{y}")),
            }
            last = Some((x, y));
        }
        if last.is_some() {
            write_to(&mut path, format_args!("H{}", px(self.x(self.lasts as f64))));
        }
        path
    }

    /// A line where each happened, with its letter; letters that would touch stand lower, and one
    /// that repeats its neighbour is left out.
    fn letters(&self, svg: &mut Svg) {
        const APART: f64 = 11.0;
        const ROWS: usize = 4;
        let (top, bottom) = (self.margins.1, self.size.1 - self.margins.3);
        let mut ends = [f64::MIN; ROWS];
        let mut last: Option<(f64, char)> = None;
        let mut drawn: Option<String> = None;
        for one in &self.happened {
            let x = self.x(one.at);
            if drawn.as_ref() != Some(&px(x)) {
                svg.line("event-line", (x, top), (x, bottom));
                drawn = Some(px(x));
            }
            if last.is_some_and(|(before, letter)| letter == one.letter && x - before < APART) {
                continue;
            }
            let Some((row, end)) = ends.iter_mut().enumerate().find(|(_, end)| **end <= x) else {
                continue;
            };
            let letter = one.letter.to_string();
            *end = x + width_of(&letter, 11.5) + 3.0;
            last = Some((x, one.letter));
            svg.text("t s b", Anchor::Start, (x + 2.0, top - 4.0 - APART * row as f64), &letter);
        }
    }

    fn clock(&self, svg: &mut Svg) {
        let bottom = self.size.1 - self.margins.3;
        let every = round_interval(self.lasts.div_ceil(self.clocks.max(1))).max(1);
        for second in (0..=self.lasts / every).map(|index| index * every) {
            let x = self.x(second as f64);
            svg.line("axis", (x, bottom), (x, bottom + 3.0));
            let anchor = if second == 0 { Anchor::Start } else { Anchor::Middle };
            let label = numbers::on_axis(second, self.lasts);
            svg.text("t s", anchor, (x, bottom + 16.0), &label);
        }
    }
}

/// A round step that is not shorter: 1, 2 or 5 of some power of ten, and no less than a cent.
pub(super) fn round_step(least: f64) -> f64 {
    let mut magnitude = 0.01;
    while magnitude < 1e15 {
        for factor in [1.0, 2.0, 5.0] {
            if magnitude * factor >= least {
                return magnitude * factor;
            }
        }
        magnitude *= 10.0;
    }
    magnitude
}

/// Dollars on an axis: whole where its steps are.
pub(super) fn tick(value: f64, step: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let value = value.abs();
    if step < 1.0 && value > 0.0 {
        format!("{sign}${value:.2}")
    } else {
        format!("{sign}${}", numbers::whole(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Balance {
        Balance {
            size: (200.0, 100.0),
            margins: (40.0, 20.0, 60.0, 20.0),
            lasts: 600,
            course: vec![(0.0, 20.0), (300.0, -80.0), (301.0, -80.0), (450.0, 20.0)],
            floors: vec![Floor { at: -100.0, label: "floor".to_owned() }],
            blocked: vec![(300.0, 450.0)],
            happened: vec![
                Happened { at: 300.0, letter: 'B' },
                Happened { at: 301.0, letter: 'B' },
                Happened { at: 302.0, letter: 'P' },
            ],
            clocks: 4,
            class: "ch",
            label: "balance".to_owned(),
        }
    }

    #[test]
    fn a_level_holds_until_it_changes_and_to_the_end() {
        let chart = chart();
        // From −$100 to $50 in steps of $50 on 60 px: 0.4 px to the dollar, $50 at the top.
        assert_eq!(chart.path(&chart.scale()), "M40 32H90V72H115V32H140");
        assert_eq!(chart.path(&chart.scale()).matches('M').count(), 1);
    }

    #[test]
    fn zero_and_the_floor_are_always_within_the_scale() {
        let mut chart = chart();
        chart.course = vec![(0.0, 3.0)];
        let scale = chart.scale();
        assert!(scale.low <= -100.0 && scale.high >= 3.0);
        chart.floors.clear();
        assert!(chart.scale().low.abs() < 1e-9);
    }

    #[test]
    fn a_blocked_span_is_a_band_and_a_repeated_letter_stands_once() {
        let drawn = chart().draw();
        assert_eq!(drawn.matches("f-blocked").count(), 1, "{drawn}");
        assert_eq!(drawn.matches(">B<").count(), 1);
        assert_eq!(drawn.matches(">P<").count(), 1);
        assert!(drawn.contains(">−$100<") && drawn.contains(">$0<"), "{drawn}");
    }

    #[test]
    fn steps_of_an_axis_are_round_and_cents_are_shown_where_they_are_told_apart() {
        for (least, step) in [(0.003, 0.01), (0.3, 0.5), (4.0, 5.0), (21.0, 50.0), (600.0, 1_000.0)]
        {
            assert!((round_step(least) - step).abs() < step / 1e6, "{least}");
        }
        assert_eq!(tick(-0.5, 0.5), "−$0.50");
        assert_eq!(tick(-1_000.0, 1_000.0), "−$1,000");
        assert_eq!(tick(0.0, 0.5), "$0");
    }
}
