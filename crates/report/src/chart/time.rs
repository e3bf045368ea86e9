//! Lines and areas over time, drawn by plotters; the only place that knows it.
//!
//! plotters writes whole coordinates, so it draws at twice the size. It writes colours, where the
//! page wants classes, so it is given colours that nobody would choose and those are replaced. It
//! measures text without knowing the font, so texts are placed here and not by it. Its axes are
//! given integers only.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordi64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Rectangle};
use plotters::series::AreaSeries;
use plotters::style::{Color as _, RGBColor};

use super::svg::{Anchor, Svg};
use crate::numbers;

/// The width of a label of the clock, in the largest text that a style gives it.
const LABEL: f64 = 72.0;
/// What plotters multiplies pixels by.
const TWICE: i32 = 2;

type Failed = DrawingAreaErrorKind<std::io::Error>;
type Plane<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordi64, RangedCoordi64>>;

/// What is drawn with steps.
#[derive(Clone, Debug)]
pub(crate) enum Layer {
    /// From zero up to each value; later layers cover earlier ones.
    Area(&'static str, Vec<u64>),
    /// Along the values.
    Outline(&'static str, Vec<u64>),
    /// The full height over these steps, from one up to another.
    Bands(&'static str, Vec<(usize, usize)>),
}

/// A level across the whole width.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) at: u64,
    pub(crate) class: &'static str,
    /// Stands at its right end.
    pub(crate) label: String,
    pub(crate) strong: bool,
}

/// An event on the time of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// What the chart's key calls it by.
    pub(crate) letter: char,
    /// The second that it begins at.
    pub(crate) from: u64,
    /// The second that it is over at; none where it holds to the end.
    pub(crate) to: Option<u64>,
}

/// A chart over the time of the run.
#[derive(Clone, Debug)]
pub(crate) struct TimeChart {
    pub(crate) size: (i32, i32),
    /// Left, top, right and bottom.
    pub(crate) margins: (i32, i32, i32, i32),
    /// Seconds in a step.
    pub(crate) step: u64,
    /// How many steps are shown.
    pub(crate) steps: usize,
    /// Where the values end.
    pub(crate) top: u64,
    /// Values with a label at the left.
    pub(crate) ticks: Vec<(u64, String)>,
    /// How many labels fit below.
    pub(crate) clocks: u64,
    pub(crate) layers: Vec<Layer>,
    pub(crate) levels: Vec<Level>,
    /// What happened once.
    pub(crate) marks: Vec<Mark>,
    /// The second from which no more jobs fell due, if the chart goes past it.
    pub(crate) last_due: Option<u64>,
    pub(crate) class: &'static str,
    /// What a screen reader says.
    pub(crate) label: String,
}

impl TimeChart {
    /// The chart as markup.
    pub(crate) fn draw(&self) -> String {
        let mut svg = Svg::new();
        self.bands(&mut svg);
        self.grid(&mut svg);
        svg.raw(r#"<g class="twice" transform="scale(.5)">"#);
        // Writing shapes into memory has no way to fail.
        svg.raw(&self.shapes().unwrap_or_default());
        svg.raw("</g>");
        self.levels(&mut svg);
        self.letters(&mut svg);
        self.clock(&mut svg);
        let (width, height) = self.size;
        let end = self.step * self.steps as u64;
        svg.tell_span((self.x(0), self.x(end)), (self.y(self.top), self.y(0)), end);
        svg.finish(self.class, (f64::from(width), f64::from(height)), &self.label)
    }

    fn x(&self, second: u64) -> f64 {
        let (left, _, right, _) = self.margins;
        let width = f64::from(self.size.0 - left - right);
        f64::from(left) + width * second as f64 / (self.step * self.steps as u64).max(1) as f64
    }

    fn y(&self, value: u64) -> f64 {
        let (_, top, _, bottom) = self.margins;
        let height = f64::from(self.size.1 - top - bottom);
        let share = value as f64 / self.top.max(1) as f64;
        f64::from(self.size.1 - bottom) - height * share.min(1.0)
    }

    fn grid(&self, svg: &mut Svg) {
        let right = self.x(self.step * self.steps as u64);
        for (value, label) in &self.ticks {
            let y = self.y(*value);
            svg.line("grid", (self.x(0), y), (right, y));
            svg.text("t s", Anchor::End, (self.x(0) - 6.0, y + 4.0), label);
        }
    }

    /// Where a mark begins and ends, as far as the chart goes.
    fn extent(&self, mark: &Mark) -> Option<(f64, f64)> {
        let end = self.step * self.steps as u64;
        let to = mark.to.unwrap_or(end).min(end);
        (mark.from < end).then(|| (self.x(mark.from), self.x(to.max(mark.from))))
    }

    /// What lasts is a band behind everything.
    fn bands(&self, svg: &mut Svg) {
        let (top, bottom) = (f64::from(self.margins.1), f64::from(self.size.1 - self.margins.3));
        for (from, to) in self.marks.iter().filter_map(|mark| self.extent(mark)) {
            if to - from >= 1.0 {
                svg.rect("event", (from, top), (to - from, bottom - top));
            }
        }
    }

    /// A line where each begins, with its letter; letters that would touch are moved down.
    fn letters(&self, svg: &mut Svg) {
        const APART: f64 = 12.0;
        let (top, bottom) = (f64::from(self.margins.1), f64::from(self.size.1 - self.margins.3));
        let mut last: Option<(f64, f64)> = None;
        for mark in &self.marks {
            let Some((from, _)) = self.extent(mark) else { continue };
            svg.line("event-line", (from, top), (from, bottom));
            let y = match last {
                Some((x, y)) if from - x < APART => y + APART,
                _ => top + 10.0,
            };
            last = Some((from, y));
            svg.text("t s b", Anchor::Start, (from + 3.0, y), &mark.letter.to_string());
        }
    }

    /// Levels with their labels, which are moved apart where they would touch.
    fn levels(&self, svg: &mut Svg) {
        const APART: f64 = 14.0;
        let right = self.x(self.step * self.steps as u64);
        let mut levels: Vec<&Level> = self.levels.iter().collect();
        levels.sort_by_key(|level| std::cmp::Reverse(level.at));
        for level in &levels {
            let y = self.y(level.at);
            svg.line(level.class, (self.x(0), y), (right, y));
        }
        levels.retain(|level| !level.label.is_empty());
        let mut labels: Vec<f64> = Vec::with_capacity(levels.len());
        for level in &levels {
            let free = labels.last().map_or(f64::MIN, |above| above + APART);
            labels.push(self.y(level.at).max(free));
        }
        // The lowest stays above the clock, and pushes the others up.
        let mut free = f64::from(self.size.1 - self.margins.3) - 6.0;
        for label in labels.iter_mut().rev() {
            *label = label.min(free);
            free = *label - APART;
        }
        for (level, label_y) in levels.into_iter().zip(labels) {
            let y = self.y(level.at);
            if (label_y - y).abs() > 1.0 {
                svg.line("leader", (right + 1.0, y), (right + 6.0, label_y));
            }
            let class = if level.strong { "t s b goal-text" } else { "t s" };
            svg.text(class, Anchor::Start, (right + 8.0, label_y + 4.0), &level.label);
        }
    }

    fn clock(&self, svg: &mut Svg) {
        let bottom = f64::from(self.size.1 - self.margins.3);
        let end = self.step * self.steps as u64;
        svg.line("axis", (self.x(0), bottom), (self.x(end), bottom));
        if let Some(second) = self.last_due {
            let x = self.x(second);
            svg.line("last-due", (x, f64::from(self.margins.1)), (x, bottom));
        }
        let every = round_interval(end.div_ceil(self.clocks.max(1)));
        for second in (0..=end / every.max(1)).map(|index| index * every) {
            let x = self.x(second);
            svg.line("axis", (x, bottom), (x, bottom + 3.0));
            let anchor = match second {
                0 => Anchor::Start,
                // Half a label would not fit between the last one and the edge.
                _ if f64::from(self.size.0) - x < LABEL / 2.0 => Anchor::End,
                _ => Anchor::Middle,
            };
            svg.text("t s", anchor, (x, bottom + 16.0), &numbers::on_axis(second, end));
        }
    }

    fn shapes(&self) -> Result<String, Failed> {
        let mut drawn = String::new();
        let (width, height) = self.size;
        {
            let size = (unsigned(width * TWICE), unsigned(height * TWICE));
            let root = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
            let plane = self.plane(&root);
            for (index, layer) in (0u8..).zip(&self.layers) {
                self.layer(&plane, layer, sentinel(index))?;
            }
            root.present()?;
        }
        let mut shapes = inner(&drawn).to_owned();
        for (index, layer) in (0u8..).zip(&self.layers) {
            let class = match layer {
                Layer::Area(class, _) | Layer::Outline(class, _) | Layer::Bands(class, _) => class,
            };
            shapes = painted(&shapes, sentinel(index), class);
        }
        Ok(shapes)
    }

    fn plane<'a>(&self, root: &DrawingArea<SVGBackend<'a>, Shift>) -> Plane<'a> {
        let (left, top, right, bottom) = self.margins;
        let (width, height) = self.size;
        root.apply_coord_spec(Cartesian2d::<RangedCoordi64, RangedCoordi64>::new(
            0..signed(self.steps as u64),
            0..signed(self.top.max(1)),
            (
                left * TWICE..(width - right) * TWICE,
                // From the bottom up: a larger value stands higher.
                (height - bottom) * TWICE..top * TWICE,
            ),
        ))
    }

    fn layer(&self, plane: &Plane<'_>, layer: &Layer, colour: RGBColor) -> Result<(), Failed> {
        match layer {
            Layer::Area(_, values) => {
                for element in AreaSeries::new(self.corners(values), 0, colour.filled()) {
                    plane.draw(&element)?;
                }
            }
            Layer::Outline(_, values) => {
                let line = PathElement::new(self.corners(values), colour.stroke_width(2));
                plane.draw(&line)?;
            }
            Layer::Bands(_, bands) => {
                for (from, to) in bands {
                    let corners =
                        [(signed(*from as u64), 0), (signed(*to as u64), signed(self.top))];
                    plane.draw(&Rectangle::new(corners, colour.filled()))?;
                }
            }
        }
        Ok(())
    }

    /// The corners of a line that keeps each value for its step; equal neighbours are one step.
    fn corners(&self, values: &[u64]) -> Vec<(i64, i64)> {
        let mut corners: Vec<(i64, i64)> = Vec::with_capacity(self.steps * 2);
        let value = |step: usize| signed(values.get(step).copied().unwrap_or(0).min(self.top));
        for step in 0..self.steps {
            if step > 0 && value(step) == value(step - 1) {
                continue;
            }
            let at = signed(step as u64);
            if step > 0 {
                corners.push((at, value(step - 1)));
            }
            corners.push((at, value(step)));
        }
        if self.steps > 0 {
            corners.push((signed(self.steps as u64), value(self.steps - 1)));
        }
        corners
    }
}

/// A line through points of a drawing of this size, with a class instead of a colour.
pub(super) fn stroke((width, height): (f64, f64), class: &str, points: &[(f64, f64)]) -> String {
    let twice = |value: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "a pixel of a drawing")]
        let pixels = (value * f64::from(TWICE)).round() as i32;
        pixels
    };
    let mut drawn = String::new();
    {
        let size = (unsigned(twice(width)), unsigned(twice(height)));
        let root = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        let points: Vec<(i32, i32)> = points.iter().map(|(x, y)| (twice(*x), twice(*y))).collect();
        // Writing shapes into memory has no way to fail.
        let _ = root.draw(&PathElement::new(points, sentinel(0).stroke_width(2)));
        let _ = root.present();
    }
    let line = painted(inner(&drawn), sentinel(0), class);
    format!(r#"<g class="twice" transform="scale(.5)">{}</g>"#, line.trim())
}

/// The colour that stands for a layer until it has its class.
const fn sentinel(layer: u8) -> RGBColor {
    RGBColor(1, 2, layer)
}

/// What stands between the outermost tags.
fn inner(document: &str) -> &str {
    let from = document.find('>').map_or(0, |at| at + 1);
    let to = document.rfind("</svg>").unwrap_or(document.len());
    document.get(from..to).unwrap_or_default()
}

/// The shapes of one colour with a class instead of it.
fn painted(shapes: &str, RGBColor(red, green, blue): RGBColor, class: &str) -> String {
    let colour = format!("#{red:02X}{green:02X}{blue:02X}");
    let class = format!(r#"class="{class}""#);
    shapes
        .replace(&format!(r#"opacity="1" fill="{colour}" stroke="none""#), &class)
        .replace(&format!(r#"opacity="1" fill="{colour}""#), &class)
        .replace(&format!(r#"fill="none" opacity="1" stroke="{colour}" stroke-width="2""#), &class)
        .replace(" \"/>\n", "\"/>")
        .replace("/>\n", "/>")
}

/// The first interval of those that people read easily on a clock that is not shorter.
pub(super) fn round_interval(seconds: u64) -> u64 {
    const ROUND: [u64; 15] =
        [1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 30 * 60, 3_600, 7_200];
    let days = 86_400 * seconds.div_ceil(86_400).max(1);
    let found = ROUND.into_iter().find(|round| *round >= seconds);
    found.unwrap_or(if seconds <= 21_600 { 21_600 } else { days })
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

const fn unsigned(value: i32) -> u32 {
    value.unsigned_abs()
}

/// How many of a record's steps one step of a chart takes, so that there are at most `most`.
pub(crate) fn fold(width: u64, steps: usize, most: usize) -> usize {
    // At least ten seconds: what is shorter flickers, and the limits on tokens are longer. Whole
    // parts of a minute, or whole minutes: others would beat against windows of a minute.
    const ROUND: [u64; 12] = [10, 20, 30, 60, 120, 300, 600, 30 * 60, 3_600, 7_200, 21_600, 86_400];
    let factors = ROUND.into_iter().filter(|round| round.is_multiple_of(width.max(1)));
    let mut factors =
        factors.map(|round| usize::try_from(round / width.max(1)).unwrap_or(usize::MAX));
    let fits = |factor: &usize| steps.div_ceil(*factor) <= most;
    factors.find(fits).unwrap_or_else(|| steps.div_ceil(most.max(1)).max(1))
}

/// Sums of every `factor` neighbours, `steps` of them in all.
pub(crate) fn folded(counts: &[u64], factor: usize, steps: usize) -> Vec<u64> {
    let mut sums: Vec<u64> = counts.chunks(factor.max(1)).map(|chunk| chunk.iter().sum()).collect();
    sums.resize(steps, 0);
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(layers: Vec<Layer>) -> TimeChart {
        TimeChart {
            size: (100, 60),
            margins: (10, 10, 10, 20),
            step: 10,
            steps: 4,
            top: 100,
            ticks: vec![(0, "0".to_owned()), (100, "100".to_owned())],
            clocks: 2,
            layers,
            levels: Vec::new(),
            marks: Vec::new(),
            last_due: None,
            class: "ch",
            label: "test".to_owned(),
        }
    }

    #[test]
    fn shapes_carry_classes_and_no_colours() {
        let drawn = chart(vec![
            Layer::Area("f-demand", vec![10, 10, 100, 0]),
            Layer::Outline("outline", vec![10, 10, 100, 0]),
            Layer::Bands("no-attempt", vec![(1, 3)]),
        ])
        .draw();
        insta::assert_snapshot!(drawn);
        assert!(!drawn.contains('#'), "a colour is left: {drawn}");
    }

    #[test]
    fn values_are_drawn_as_steps_and_equal_neighbours_once() {
        let corners = chart(Vec::new()).corners(&[10, 10, 100]);
        assert_eq!(corners, [(0, 10), (2, 10), (2, 100), (3, 100), (3, 0), (4, 0)]);
    }

    #[test]
    fn what_is_above_the_chart_is_cut_at_its_top() {
        let corners = chart(Vec::new()).corners(&[1_000, 0, 0, 0]);
        assert_eq!(corners[0], (0, 100));
    }

    #[test]
    fn folding_keeps_every_count() {
        let counts: Vec<u64> = (0..37).collect();
        let factor = fold(1, counts.len(), 60);
        assert_eq!(factor, 10);
        let sums = folded(&counts, factor, counts.len().div_ceil(factor));
        assert_eq!(sums.iter().sum::<u64>(), counts.iter().sum::<u64>());
        assert_eq!(fold(5, 744, 120), 12);
        assert_eq!(fold(5, 744, 200), 4);
        assert_eq!(fold(3_600, 720, 120), 6);
        assert_eq!(fold(86_400 * 2, 720, 120), 6);
    }

    #[test]
    fn an_event_is_a_band_with_a_letter_and_one_after_the_chart_is_none() {
        let mut chart = chart(Vec::new());
        let mark = |letter, from, to| Mark { letter, from, to };
        chart.marks = vec![mark('A', 10, Some(20)), mark('B', 20, Some(20)), mark('C', 90, None)];
        let drawn = chart.draw();
        assert_eq!(drawn.matches("class=\"event\"").count(), 1, "{drawn}");
        assert_eq!(drawn.matches("event-line").count(), 2);
        assert!(drawn.contains(">A<") && drawn.contains(">B<") && !drawn.contains(">C<"));
    }

    #[test]
    fn labels_of_close_levels_are_moved_apart() {
        let level = |at, label: &str| Level {
            at,
            class: "limit-other",
            label: label.to_owned(),
            strong: false,
        };
        let mut chart = chart(Vec::new());
        chart.levels = vec![level(50, "a"), level(48, "b")];
        let drawn = chart.draw();
        let at = |label: &str| -> f64 {
            let end = drawn.find(&format!(">{label}<")).unwrap();
            let start = drawn[..end].rfind(" y=\"").unwrap() + 4;
            drawn[start..end].trim_end_matches('"').parse().unwrap()
        };
        assert!(at("b") - at("a") >= 14.0);
    }
}
