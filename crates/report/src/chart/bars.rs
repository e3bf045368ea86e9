//! A grid of bars: strategies down, tiers across, one scale for all.
//!
//! The wide form keeps the rows and columns of the matrix above it, so that the eye keeps its
//! place. Where that has no room the grid turns: one block for each strategy, one row for each
//! tier, laid out by the page.

use super::mark::Mark;
use super::svg::{Anchor, Svg, px, shortened, width_of};

/// What a tier's column stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tag {
    Yours,
    Enough,
    /// The tier that takes the place of "enough" when none is.
    Closest,
}

impl Tag {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Tag::Yours => "yours",
            Tag::Enough => "enough",
            Tag::Closest => "closest",
        }
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Tag::Yours => "yours",
            Tag::Enough | Tag::Closest => "enough",
        }
    }
}

/// One tier.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) short: String,
    /// Its limits in one line.
    pub(crate) limits: String,
    pub(crate) tag: Option<Tag>,
    pub(crate) highlighted: bool,
}

/// One strategy with a bar for each tier; none where the cell was not run.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its strategy's place on the page.
    pub(crate) place: usize,
    pub(crate) name: String,
    pub(crate) mark: Mark,
    pub(crate) bars: Vec<Option<Bar>>,
}

/// One bar, in the units of the scale.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bar {
    /// Stacked from zero: how much, and the class that fills it.
    pub(crate) segments: Vec<(f64, &'static str)>,
    /// The lowest and highest replication.
    pub(crate) range: Option<(f64, f64)>,
    /// The number that matters, at the right.
    pub(crate) number: String,
    /// Whether it keeps to what was expected of it.
    pub(crate) good: bool,
}

/// A line across all rows.
#[derive(Clone, Debug)]
pub(crate) struct Mean {
    pub(crate) at: f64,
    pub(crate) class: &'static str,
    pub(crate) label: String,
}

/// The whole grid.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    /// Where the scale ends.
    pub(crate) end: f64,
    pub(crate) ticks: Vec<(f64, String)>,
    pub(crate) line: Option<Mean>,
    /// What a screen reader says.
    pub(crate) label: String,
}

const WIDTH: f64 = 1_130.0;
const HEAD: f64 = 62.0;
const ROW: f64 = 28.0;
const FOOT: f64 = 30.0;
const BAR: f64 = 16.0;
/// Room at the right of a bar for its number.
const NUMBER: f64 = 46.0;
const GAP: f64 = 16.0;

/// Where the columns of a wide grid stand.
struct Frame {
    left: f64,
    column: f64,
    plot: f64,
    height: f64,
}

impl Grid {
    /// The grid as one drawing.
    pub(crate) fn wide(&self) -> String {
        let frame = self.frame();
        let mut svg = Svg::new();
        for (index, column) in self.columns.iter().enumerate() {
            self.head(&mut svg, &frame, index, column);
            self.axes(&mut svg, &frame, index);
        }
        for (index, row) in self.rows.iter().enumerate() {
            let top = HEAD + ROW * index as f64;
            svg.line("rule", (0.0, top + ROW), (WIDTH, top + ROW));
            svg.open_strategy(row.place);
            svg.raw(&row.mark.shape((7.0, top + ROW / 2.0)));
            let name = shortened(&row.name, letters(frame.left - 28.0));
            svg.text("t", Anchor::Start, (20.0, top + ROW / 2.0 + 4.4), &name);
            for (place, bar) in row.bars.iter().enumerate() {
                let x = frame.x(place);
                svg.open_tier(place);
                match bar {
                    Some(bar) => self.bar(&mut svg, bar, (x, top + ROW / 2.0), frame.plot, BAR),
                    None => svg.text("t s", Anchor::Start, (x + 4.0, top + 18.0), "not run"),
                }
                if let Some(bar) = bar {
                    let end = (x + frame.column - GAP, top + ROW / 2.0 + 4.4);
                    svg.text(number_class(bar), Anchor::End, end, &bar.number);
                }
                svg.close();
            }
            svg.close();
        }
        self.mean(&mut svg, &frame);
        svg.finish("ch wide", (WIDTH, frame.height), &self.label)
    }

    /// One drawing for each row, to be laid out in columns by the page, each with a line for each
    /// tier.
    pub(crate) fn blocks(&self) -> Vec<(&Row, String)> {
        self.rows.iter().map(|row| (row, self.block(row))).collect()
    }

    fn frame(&self) -> Frame {
        let longest = self.rows.iter().map(|row| width_of(&row.name, 12.5)).fold(0.0, f64::max);
        let left = (longest + 34.0).clamp(120.0, 190.0);
        let columns = self.columns.len().max(1) as f64;
        // One tier alone would be stretched past reading: twice the usual width is enough.
        let column = ((WIDTH - left) / columns).min(400.0);
        Frame {
            left,
            column,
            plot: column - GAP - NUMBER,
            height: HEAD + ROW * self.rows.len() as f64 + FOOT,
        }
    }

    fn head(&self, svg: &mut Svg, frame: &Frame, index: usize, column: &Column) {
        let x = frame.x(index);
        if column.highlighted {
            let size = (frame.column - 2.0, frame.height);
            svg.panel("spot", (x - GAP / 2.0, 0.0), size);
        }
        svg.text("t b", Anchor::Start, (x, 16.0), &column.title);
        if let Some(tag) = column.tag {
            let end = (x + frame.column - GAP, 16.0);
            svg.text(&format!("t tag-{}", tag.class()), Anchor::End, end, tag.word());
        }
        svg.text("t s", Anchor::Start, (x, 32.0), &column.limits);
        if let (0, Some(line)) = (index, &self.line) {
            let at = x + frame.plot * line.at / self.end;
            let half = width_of(&line.label, 11.5) / 2.0;
            let centre = at.max(x + half - 2.0);
            let class = format!("t s {}-text", line.class);
            svg.text(&class, Anchor::Middle, (centre, 51.0), &line.label);
        }
    }

    fn axes(&self, svg: &mut Svg, frame: &Frame, index: usize) {
        let x = frame.x(index);
        let bottom = HEAD + ROW * self.rows.len() as f64 + 4.0;
        for (place, (at, label)) in self.ticks.iter().enumerate() {
            let tick = x + frame.plot * at / self.end;
            let class = if place == 0 { "axis" } else { "grid" };
            svg.line(class, (tick, HEAD - 4.0), (tick, bottom));
            // The last label may carry a unit and must not run into the next column.
            let last = place + 1 == self.ticks.len();
            let anchor = if place == 0 { Anchor::Start } else { Anchor::Middle };
            let label_at = if last { tick.min(x + frame.column - GAP - 14.0) } else { tick };
            svg.text("t s", anchor, (label_at, bottom + 16.0), label);
        }
    }

    /// The line across, above the bars.
    fn mean(&self, svg: &mut Svg, frame: &Frame) {
        let Some(line) = &self.line else { return };
        let bottom = HEAD + ROW * self.rows.len() as f64 + 4.0;
        for index in 0..self.columns.len() {
            let at = frame.x(index) + frame.plot * line.at / self.end;
            svg.line(line.class, (at, HEAD - 6.0), (at, bottom));
        }
    }

    fn bar(&self, svg: &mut Svg, bar: &Bar, (x, y): (f64, f64), plot: f64, thick: f64) {
        let place = |value: f64| x + plot * (value / self.end).clamp(0.0, 1.0);
        let mut from = 0.0;
        for (value, class) in &bar.segments {
            let (left, right) = (place(from), place(from + value));
            // A trace is drawn as a hair, since nothing and a little are not the same.
            let width = if *value > 0.0 { (right - left).max(0.8) } else { 0.0 };
            if width > 0.0 {
                svg.rect(class, (left, y - thick / 2.0), (width, thick));
            }
            from += value;
        }
        if let Some((low, high)) = bar.range
            && px(place(low)) != px(place(high))
        {
            svg.whisker(y, place(low), place(high));
        }
    }

    fn block(&self, row: &Row) -> String {
        const WIDE: f64 = 170.0;
        const LINE: f64 = 18.0;
        let names = self.columns.iter().map(|column| width_of(&column.short, 11.5));
        let left = names.fold(16.0, f64::max) + 8.0;
        let plot = WIDE - left - 42.0;
        let height = LINE * self.columns.len() as f64 + 6.0;
        let mut svg = Svg::new();
        for (index, (column, bar)) in self.columns.iter().zip(&row.bars).enumerate() {
            let y = LINE * index as f64 + LINE / 2.0 + 2.0;
            if column.highlighted {
                svg.rect("spot", (0.0, y - LINE / 2.0), (WIDE, LINE));
            }
            let class = if column.tag == Some(Tag::Yours) { "t s b" } else { "t s" };
            svg.text(class, Anchor::Start, (2.0, y + 4.0), &column.short);
            let Some(bar) = bar else {
                svg.text("t s", Anchor::End, (WIDE - 2.0, y + 4.0), "not run");
                continue;
            };
            svg.open_tier(index);
            self.bar(&mut svg, bar, (left, y), plot, 12.0);
            svg.text(number_class(bar), Anchor::End, (WIDE - 2.0, y + 4.2), &bar.number);
            svg.close();
        }
        svg.line("axis", (left, 0.0), (left, height));
        if let Some(line) = &self.line {
            let at = left + plot * line.at / self.end;
            svg.line(line.class, (at, 0.0), (at, height));
        }
        svg.finish("ch", (WIDE, height), &format!("{}: {}", row.name, self.label))
    }
}

impl Frame {
    fn x(&self, column: usize) -> f64 {
        self.left + self.column * column as f64
    }
}

const fn number_class(bar: &Bar) -> &'static str {
    if bar.good { "t num good" } else { "t num" }
}

/// How many letters of chart text fit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a column's width, well within range"
)]
fn letters(room: f64) -> usize {
    (room / width_of("n", 12.5)) as usize
}

/// A scale from zero that holds `most`: where it ends, and its ticks of two or three steps.
pub(crate) fn scale(most: f64, unit: &str) -> (f64, Vec<(f64, String)>) {
    let mut step = 0.1;
    'found: for magnitude in [0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0] {
        for factor in [1.0, 2.0, 5.0] {
            step = magnitude * factor;
            if step * 2.0 >= most {
                break 'found;
            }
        }
    }
    let ticks = (0..=2).map(|index| {
        let at = step * f64::from(index);
        let number = if step < 1.0 && index > 0 {
            format!("{at:.1}")
        } else {
            super::super::numbers::count(whole(at))
        };
        let unit = if index == 2 { unit } else { "" };
        (at, format!("{number}{unit}"))
    });
    (step * 2.0, ticks.collect())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a tick of a scale: whole, positive and small"
)]
fn whole(value: f64) -> u64 {
    (value + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let column = |title: &str, tag| Column {
            title: title.to_owned(),
            short: title.replace("Tier ", "T"),
            limits: "600 RPM".to_owned(),
            tag,
            highlighted: tag == Some(Tag::Enough),
        };
        let bar = |tokens: f64, requests: f64| {
            Some(Bar {
                segments: vec![(tokens, "f-tokens"), (requests, "f-requests")],
                range: Some((tokens, tokens + 2.0 * requests)),
                number: "x".to_owned(),
                good: false,
            })
        };
        Grid {
            columns: vec![column("Tier 1", Some(Tag::Yours)), column("Tier 2", Some(Tag::Enough))],
            rows: vec![Row {
                place: 0,
                name: "give up".to_owned(),
                mark: Mark::assign(&["give up"])[0],
                bars: vec![bar(0.5, 0.25), None],
            }],
            end: 1.0,
            ticks: vec![(0.0, "0".to_owned()), (1.0, "100 %".to_owned())],
            line: Some(Mean { at: 0.05, class: "goal", label: "at most 5 %".to_owned() }),
            label: "429s".to_owned(),
        }
    }

    #[test]
    fn segments_stack_from_zero_on_one_scale() {
        let grid = grid();
        let drawn = grid.wide();
        let frame = grid.frame();
        let half = format!(r#"class="f-tokens" x="{}""#, px(frame.left));
        assert!(drawn.contains(&half), "{drawn}");
        let next = format!(r#"class="f-requests" x="{}""#, px(frame.left + frame.plot / 2.0));
        assert!(drawn.contains(&next), "{drawn}");
    }

    #[test]
    fn a_cell_that_was_not_run_says_so() {
        let drawn = grid().wide();
        assert_eq!(drawn.matches("not run").count(), 1);
    }

    #[test]
    fn the_turned_grid_has_a_block_for_each_strategy_and_a_line_for_each_tier() {
        let grid = grid();
        let blocks = grid.blocks();
        assert_eq!(blocks.len(), 1);
        assert!(blocks[0].1.contains(">T1<") && blocks[0].1.contains(">T2<"));
    }

    #[test]
    fn a_scale_ends_at_a_round_number_that_holds_the_largest_value() {
        let scales: Vec<(f64, String)> = [0.03, 0.4, 8.0, 10.0, 10.1, 95.0, 300.0]
            .into_iter()
            .map(|most| {
                let (end, ticks) = scale(most, "/s");
                assert!(end >= most);
                (end, ticks.last().unwrap().1.clone())
            })
            .collect();
        let shown: Vec<&str> = scales.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(shown, ["0.2/s", "0.4/s", "10/s", "10/s", "20/s", "100/s", "400/s"]);
    }
}
