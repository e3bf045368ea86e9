//! Shares along an axis, one line each, named at the line itself and not in a key.
//!
//! The values stand on the side that has no names. Names that would touch are moved apart, and a
//! thin leader says where each belongs.

use super::mark::Mark;
use super::svg::{Anchor, Svg, px, shortened, width_of};
use super::time::stroke;
use crate::numbers::THIN;

/// How far apart names stand at least.
const APART: f64 = 15.0;
/// How wide a letter of a name is, about.
const LETTER: f64 = 12.5 * 0.54;

/// Where lines have their names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The strategy that it is about, by its place on the page.
    pub(crate) strategy: Option<usize>,
    /// The tier that it is about.
    pub(crate) tier: Option<usize>,
    pub(crate) class: String,
    /// What stands at each point; a dot where there is none.
    pub(crate) mark: Option<Mark>,
    pub(crate) name: String,
    /// Places on the axis and shares, from left to right.
    pub(crate) points: Vec<(f64, f64)>,
    /// A point with a ring, and what is said above it.
    pub(crate) ring: Option<((f64, f64), String)>,
}

/// A label of the axis.
#[derive(Clone, Debug)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    pub(crate) label: String,
    /// A word below it, with its class.
    pub(crate) below: Option<(&'static str, &'static str)>,
    pub(crate) strong: bool,
}

/// The chart.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    pub(crate) size: (f64, f64),
    /// Left, top, right and bottom.
    pub(crate) margins: (f64, f64, f64, f64),
    /// What the axis reaches to, from nothing.
    pub(crate) end: f64,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) named: Side,
    /// The share that was asked for.
    pub(crate) goal: Option<f64>,
    /// A place with a band behind it.
    pub(crate) spot: Option<f64>,
    /// A place with a line through it.
    pub(crate) upright: Option<f64>,
    pub(crate) all: Vec<Line>,
    pub(crate) class: &'static str,
    /// What a screen reader says.
    pub(crate) label: String,
}

impl Lines {
    /// The chart as markup.
    pub(crate) fn draw(&self) -> String {
        let mut svg = Svg::new();
        self.ground(&mut svg);
        for line in &self.all {
            open(&mut svg, line);
            let points: Vec<(f64, f64)> = line.points.iter().map(|at| self.place(*at)).collect();
            svg.raw(&stroke(self.size, &line.class, &points));
            for at in points {
                match line.mark {
                    Some(mark) => svg.raw(&mark.shape(at)),
                    None => svg.raw(&dot(&line.class, at)),
                }
            }
            if let Some((at, _)) = &line.ring {
                let (x, y) = self.place(*at);
                let (x, y) = (px(x), px(y));
                svg.raw(&format!(r#"<circle class="met-ring" cx="{x}" cy="{y}" r="5.5"/>"#));
            }
            svg.close();
        }
        self.names(&mut svg);
        self.rings(&mut svg);
        svg.finish(self.class, self.size, &self.label)
    }

    fn place(&self, (at, share): (f64, f64)) -> (f64, f64) {
        let (left, top, right, bottom) = self.margins;
        let wide = self.size.0 - left - right;
        let tall = self.size.1 - top - bottom;
        let along = if self.end > 0.0 { (at / self.end).clamp(0.0, 1.0) } else { 0.5 };
        (left + wide * along, top + tall * (1.0 - share.clamp(0.0, 1.0)))
    }

    fn ground(&self, svg: &mut Svg) {
        const BAND: f64 = 22.0;
        let (left, top, right, bottom) = self.margins;
        let (right, low) = (self.size.0 - right, self.size.1 - bottom);
        if let Some(at) = self.spot {
            let (x, _) = self.place((at, 0.0));
            svg.rect("spot", (x - BAND / 2.0, top - 8.0), (BAND, low - top + 8.0));
        }
        for quarter in 0..=4_u8 {
            let share = f64::from(quarter) / 4.0;
            let (_, y) = self.place((0.0, share));
            svg.line(if quarter == 0 { "axis" } else { "grid" }, (left, y), (right, y));
            let unit = if quarter == 4 { format!("{THIN}%") } else { String::new() };
            let label = format!("{}{unit}", quarter * 25);
            match self.named {
                Side::Left => svg.text("t s", Anchor::Start, (right + 10.0, y + 4.0), &label),
                Side::Right => svg.text("t s", Anchor::End, (left - 10.0, y + 4.0), &label),
            }
        }
        if let Some(goal) = self.goal {
            let (_, y) = self.place((0.0, goal));
            svg.line("goal", (left, y), (right, y));
        }
        if let Some(at) = self.upright {
            let (x, _) = self.place((at, 0.0));
            svg.line("limit-other", (x, top), (x, low));
        }
        for tick in &self.ticks {
            let (x, _) = self.place((tick.at, 0.0));
            svg.line("axis", (x, low), (x, low + 3.0));
            let class = if tick.strong { "t s b" } else { "t s" };
            svg.text(class, Anchor::Middle, (x, low + 18.0), &tick.label);
            if let Some((class, word)) = tick.below {
                svg.text(class, Anchor::Middle, (x, low + 32.0), word);
            }
        }
    }

    /// The names, each at the end of its line that has room for it.
    fn names(&self, svg: &mut Svg) {
        let (left, top, right, bottom) = self.margins;
        let end = |line: &Line| match self.named {
            Side::Left => line.points.first().copied(),
            Side::Right => line.points.last().copied(),
        };
        // A line that ends before the chart does has its name at its last point.
        let early = |line: &&Line| {
            let last = line.points.last().filter(|_| self.named == Side::Right);
            last.is_some_and(|(at, _)| *at < self.end)
        };
        self.early(svg, self.all.iter().filter(early));
        let ends: Vec<(&Line, f64)> = self
            .all
            .iter()
            .filter(|line| !early(line))
            .filter_map(|line| Some((line, self.place(end(line)?).1)))
            .collect();
        let wanted: Vec<f64> = ends.iter().map(|(_, y)| *y).collect();
        let bounds = (top - 8.0, self.size.1 - bottom + 6.0);
        let moved = apart(&wanted, APART, bounds);
        for ((line, y), label) in ends.into_iter().zip(moved) {
            let (anchor, from, to, at, room) = match self.named {
                Side::Left => (Anchor::End, left - 7.0, left - 20.0, left - 24.0, left - 32.0),
                Side::Right => {
                    let edge = self.size.0 - right;
                    (Anchor::Start, edge + 7.0, edge + 20.0, edge + 24.0, right - 26.0)
                }
            };
            open(svg, line);
            svg.line("leader", (from, y), (to, label));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
            let letters = (room / LETTER).max(3.0) as usize;
            svg.text("t", anchor, (at, label + 4.0), &shortened(&line.name, letters));
            svg.close();
        }
    }

    /// The names of lines that end before the chart does: beneath the last point or, where the
    /// axis or another name stands there, above it, and further off only then.
    fn early<'line>(&self, svg: &mut Svg, lines: impl Iterator<Item = &'line Line>) {
        const OFFSETS: [f64; 6] = [17.0, -10.0, 32.0, -25.0, 47.0, -40.0];
        let low = self.size.1 - self.margins.3 - 4.0;
        let mut taken: Vec<(f64, f64, f64)> = Vec::new();
        for line in lines {
            let Some((x, y)) = line.points.last().map(|at| self.place(*at)) else { continue };
            let half = width_of(&line.name, 12.5) / 2.0;
            let free = |at: &f64| {
                let apart = |(other, beside, reach): &(f64, f64, f64)| {
                    (x - other).abs() >= half + reach || (at - beside).abs() >= APART
                };
                (self.margins.1 + 10.0..low).contains(at) && taken.iter().all(apart)
            };
            let at = OFFSETS.iter().map(|offset| y + offset).find(free).unwrap_or(y - 10.0);
            taken.push((x, at, half));
            open(svg, line);
            svg.text("t", Anchor::Middle, (x, at), &line.name);
            svg.close();
        }
    }

    /// What is said of rings, above the plot; of several at one place together, and one row up
    /// where two would touch.
    fn rings(&self, svg: &mut Svg) {
        const ROW: f64 = 13.0;
        let mut said: Vec<(f64, String)> = Vec::new();
        for (at, word) in self.all.iter().filter_map(|line| line.ring.as_ref()) {
            let (x, _) = self.place(*at);
            match said.iter_mut().find(|(other, _)| (*other - x).abs() < 1.0) {
                Some((_, words)) => *words = format!("{words}, {word}"),
                None => said.push((x, word.clone())),
            }
        }
        said.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut ends: Vec<f64> = Vec::new();
        for (x, words) in said {
            let half = width_of(&words, 11.5) / 2.0;
            let row = ends.iter().position(|end| *end + 4.0 <= x - half).unwrap_or(ends.len());
            match ends.get_mut(row) {
                Some(end) => *end = x + half,
                None => ends.push(x + half),
            }
            let y = self.margins.1 - 14.0 - ROW * row as f64;
            svg.text("t s b", Anchor::Middle, (x, y), &words);
        }
    }
}

/// What is drawn until it is closed is about the line's strategy and tier.
fn open(svg: &mut Svg, line: &Line) {
    let about = |name: &str, place: Option<usize>| {
        place.map_or_else(String::new, |place| format!(r#" data-{name}="{place}""#))
    };
    let (strategy, tier) = (about("s", line.strategy), about("t", line.tier));
    svg.raw(&format!("<g{strategy}{tier}>"));
}

fn dot(class: &str, (x, y): (f64, f64)) -> String {
    format!(r#"<circle class="{class} dot" cx="{}" cy="{}" r="2.6"/>"#, px(x), px(y))
}

/// Places as near as may be to those that were wanted, in the same order, no two closer than `gap`
/// and all within the bounds as far as they have room.
pub(crate) fn apart(wanted: &[f64], gap: f64, (low, high): (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let at = |index: usize| wanted.get(index).copied().unwrap_or_default();
    order.sort_by(|a, b| at(*a).total_cmp(&at(*b)));
    // Neighbours that are too close become one block around their mean.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (rank, index) in order.iter().enumerate() {
        let mut block = (at(*index) - gap * rank as f64, 1_usize);
        while let Some((before, held)) = blocks.last().copied().filter(|last| last.0 > block.0) {
            blocks.pop();
            let all = held + block.1;
            block = ((before * held as f64 + block.0 * block.1 as f64) / all as f64, all);
        }
        blocks.push(block);
    }
    let last = high - gap * wanted.len().saturating_sub(1) as f64;
    let mut moved = vec![0.0; wanted.len()];
    let offsets = blocks.iter().flat_map(|(offset, held)| std::iter::repeat_n(*offset, *held));
    for ((rank, index), offset) in order.iter().enumerate().zip(offsets) {
        if let Some(place) = moved.get_mut(*index) {
            *place = offset.min(last).max(low) + gap * rank as f64;
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, points: &[(f64, f64)]) -> Line {
        Line {
            strategy: Some(0),
            tier: None,
            class: "line l1".to_owned(),
            mark: None,
            name: name.to_owned(),
            points: points.to_vec(),
            ring: None,
        }
    }

    fn chart(lines: Vec<Line>) -> Lines {
        Lines {
            size: (300.0, 160.0),
            margins: (100.0, 20.0, 40.0, 40.0),
            end: 2.0,
            ticks: Vec::new(),
            named: Side::Left,
            goal: Some(0.99),
            spot: None,
            upright: None,
            all: lines,
            class: "ch",
            label: "shares".to_owned(),
        }
    }

    #[test]
    fn names_that_want_one_place_stand_around_it_and_keep_their_order() {
        let moved = apart(&[50.0, 50.0, 50.0, 90.0], 10.0, (0.0, 200.0));
        assert_eq!(moved, [40.0, 50.0, 60.0, 90.0]);
        assert_eq!(apart(&[60.0, 20.0], 10.0, (0.0, 200.0)), [60.0, 20.0]);
    }

    #[test]
    fn names_at_an_edge_move_inwards_and_never_closer_than_they_may() {
        for wanted in [[0.0, 1.0, 2.0, 3.0], [100.0; 4], [0.0, 50.0, 99.0, 100.0]] {
            let moved = apart(&wanted, 15.0, (0.0, 100.0));
            assert!(moved.windows(2).all(|two| two[1] - two[0] >= 15.0 - 1e-9), "{moved:?}");
            assert!(moved.iter().all(|place| (-1e-9..=100.0 + 1e-9).contains(place)), "{moved:?}");
        }
    }

    #[test]
    fn a_line_goes_through_its_points_and_carries_whom_it_is_about() {
        let drawn = chart(vec![line("own-bucket", &[(0.0, 0.0), (1.0, 0.5), (2.0, 1.0)])]).draw();
        // Drawn at twice the size: 100 px of the plot are a share of one, 80 px a step.
        assert!(drawn.contains(r#"points="200,240 360,140 520,40""#), "{drawn}");
        assert!(drawn.contains(r#"<g data-s="0">"#) && !drawn.contains("rgb("), "{drawn}");
        assert!(!drawn.contains("=\"#"), "a colour is left: {drawn}");
    }

    #[test]
    fn names_of_lines_that_end_early_at_one_place_stand_clear_of_each_other_and_of_the_axis() {
        let early = vec![
            line("Limited", &[(0.0, 0.0), (1.0, 0.0)]),
            line("Tier 1", &[(0.0, 0.0), (1.0, 0.0)]),
            line("Tier 2", &[(0.0, 1.0), (1.0, 0.5)]),
        ];
        let drawn = Lines { named: Side::Right, ..chart(early) }.draw();
        // The axis is at 120 px, half of all at 70.
        for (at, name) in [(110, "Limited"), (95, "Tier 1"), (60, "Tier 2")] {
            assert!(drawn.contains(&format!(r#"y="{at}">{name}<"#)), "{name}: {drawn}");
        }
    }

    #[test]
    fn rings_at_one_place_are_told_together_and_close_ones_above_each_other() {
        let ringed = |name: &str, at: f64| Line {
            ring: Some(((at, 1.0), name.to_owned())),
            ..line(name, &[(0.0, 1.0), (2.0, 1.0)])
        };
        let chart = chart(vec![ringed("T3", 1.0), ringed("T4", 1.0), ringed("T5", 1.1)]);
        let drawn = chart.draw();
        assert_eq!(drawn.matches("met-ring").count(), 3);
        assert!(drawn.contains(r#"y="6">T3, T4<"#) && drawn.contains(r#"y="-7">T5<"#), "{drawn}");
    }
}
