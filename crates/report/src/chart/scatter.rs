//! Two shares against each other: a mark for each strategy, with its name.
//!
//! Where many do nearly all of what is wanted their marks crowd at the top, so those have their
//! names on flags above: the one farthest right lowest, so that no line crosses a name.

use super::labels::{LINE, Place, Point, Room, place};
use super::mark::Mark;
use super::svg::{Anchor, Svg, px, width_of, write_to};

/// One strategy.
#[derive(Clone, Debug)]
pub(crate) struct Dot {
    /// Its strategy's place on the page.
    pub(crate) place: usize,
    pub(crate) name: String,
    pub(crate) mark: Mark,
    /// To the right and up, as fractions of one.
    pub(crate) at: (f64, f64),
    /// Its lowest and highest replication to the right, and up.
    pub(crate) spread: [Option<(f64, f64)>; 2],
}

/// One panel.
#[derive(Clone, Debug)]
pub(crate) struct Scatter {
    pub(crate) width: f64,
    /// Its tier's place on the page.
    pub(crate) tier: usize,
    pub(crate) dots: Vec<Dot>,
    /// The most that is well to the right, and the least that is well upwards.
    pub(crate) goals: (Option<f64>, Option<f64>),
    pub(crate) class: &'static str,
    /// What stands below the panel.
    pub(crate) below: String,
    /// What a screen reader says.
    pub(crate) label: String,
}

const LEFT: f64 = 34.0;
const RIGHT: f64 = 14.0;
const HIGH: f64 = 250.0;
const FOOT: f64 = 40.0;
/// From here on a mark has its name on a flag.
const CEILING: f64 = 0.96;
/// The size that names are measured for: the largest that the page shows them in.
const SIZE: f64 = 12.5;
/// Between the line of a flag and its name.
const POLE: f64 = 8.0;

impl Scatter {
    /// The panel as markup.
    pub(crate) fn draw(&self) -> String {
        let mut svg = Svg::new();
        let bottom = self.y(0.0);
        if let Some(goal) = self.goals.0 {
            svg.rect("well", (self.x(0.0), self.y(1.0)), (self.x(goal) - self.x(0.0), HIGH));
        }
        for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let class = if tick > 0.0 { "grid" } else { "axis" };
            svg.line(class, (self.x(0.0), self.y(tick)), (self.x(1.0), self.y(tick)));
            let text = format!("{:.0}", tick * 100.0);
            svg.text("t s", Anchor::End, (LEFT - 6.0, self.y(tick) + 4.0), &text);
            let anchor = if tick < 1.0 { Anchor::Middle } else { Anchor::End };
            svg.text("t s", anchor, (self.x(tick), bottom + 16.0), &text);
        }
        let (across, up) = self.goals;
        if let Some(goal) = across {
            svg.line("goal", (self.x(goal), bottom), (self.x(goal), self.y(1.0)));
        }
        if let Some(goal) = up {
            svg.line("goal", (self.x(0.0), self.y(goal)), (self.x(1.0), self.y(goal)));
        }
        svg.text("t s", Anchor::Middle, (self.x(0.5), bottom + 33.0), &self.below);
        let names = self.names();
        for (dot, name) in self.dots.iter().zip(&names).rev() {
            svg.open_strategy(dot.place);
            svg.open_tier(self.tier);
            self.dot(&mut svg, dot, name);
            svg.close();
            svg.close();
        }
        svg.finish(self.class, (self.width, self.top() + HIGH + FOOT), &self.label)
    }

    fn dot(&self, svg: &mut Svg, dot: &Dot, (name, flag): &(Place, bool)) {
        let (x, y) = self.of(dot);
        let [across, up] = dot.spread;
        let mut cross = String::new();
        if let Some((low, high)) = across.filter(|(low, high)| high > low) {
            let (low, high) = (px(self.x(low)), px(self.x(high)));
            write_to(&mut cross, format_args!("M{low} {}H{high}", px(y)));
        }
        if let Some((low, high)) = up.filter(|(low, high)| high > low) {
            let (low, high) = (px(self.y(low)), px(self.y(high)));
            write_to(&mut cross, format_args!("M{} {low}V{high}", px(x)));
        }
        if !cross.is_empty() {
            svg.raw(&format!(r#"<path class="seeds-cross" d="{cross}"/>"#));
        }
        let middle = f64::midpoint(name.room.top, name.room.bottom);
        if *flag {
            let to = if name.room.left > x { middle } else { name.room.bottom };
            svg.raw(&format!(
                r#"<path class="leader" d="M{} {}V{}{}"/>"#,
                px(x),
                px(y - 6.0),
                px(to),
                if name.room.left > x { "h5" } else { "" }
            ));
        } else if name.moved {
            svg.line("leader", (x, y), name.end_towards((x, y)));
        }
        svg.raw(&dot.mark.shape((x, y)));
        let (anchor, at) = if name.room.left < x && !*flag {
            (Anchor::End, name.room.right)
        } else {
            (Anchor::Start, name.room.left)
        };
        svg.text("t", anchor, (at, middle + 4.0), &dot.name);
    }

    /// Where each name stands, and whether that is on a flag.
    fn names(&self) -> Vec<(Place, bool)> {
        let width = |dot: &Dot| width_of(&dot.name, SIZE);
        let is_flagged = |dot: &&Dot| dot.at.1 >= CEILING;
        // Lowest first: the farthest right, and of equals the last of the page.
        let mut poles: Vec<&Dot> = self.dots.iter().filter(is_flagged).collect();
        poles.sort_by(|a, b| b.at.0.total_cmp(&a.at.0).then(b.place.cmp(&a.place)));
        let below: Vec<Point> = self
            .dots
            .iter()
            .filter(|dot| !is_flagged(dot))
            .map(|dot| Point { at: self.of(dot), width: width(dot) })
            .collect();
        let marks: Vec<(f64, f64)> = poles.iter().map(|dot| self.of(dot)).collect();
        let mut placed = place(&below, &marks, &self.room()).into_iter();
        let flag = |dot: &Dot| {
            let row = poles.iter().position(|one| one.place == dot.place).unwrap_or(0);
            let bottom = self.y(1.0) - 8.0 - LINE * row as f64;
            let x = self.of(dot).0 + POLE;
            let left = x.min(self.width - 2.0 - width(dot)).max(0.0);
            let room = Room { left, top: bottom - LINE, right: left + width(dot), bottom };
            Place { room, moved: true }
        };
        let of = |dot: &Dot| {
            if is_flagged(&dot) { Some((flag(dot), true)) } else { Some((placed.next()?, false)) }
        };
        self.dots.iter().filter_map(of).collect()
    }

    /// Where names may stand that have no flag.
    fn room(&self) -> Room {
        Room {
            left: LEFT + 2.0,
            top: self.y(1.0),
            right: self.width - 2.0,
            bottom: self.y(0.0) + 1.0,
        }
    }

    fn of(&self, dot: &Dot) -> (f64, f64) {
        (self.x(dot.at.0), self.y(dot.at.1))
    }

    fn top(&self) -> f64 {
        let flags = self.dots.iter().filter(|dot| dot.at.1 >= CEILING).count();
        10.0 + LINE * flags as f64
    }

    fn x(&self, share: f64) -> f64 {
        LEFT + (self.width - LEFT - RIGHT) * share.clamp(0.0, 1.0)
    }

    fn y(&self, share: f64) -> f64 {
        self.top() + HIGH * (1.0 - share.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 10] = [
        "give-up",
        "honour-retry-after",
        "pace-by-headers",
        "own-bucket",
        "full-jitter",
        "together-py",
        "aimd",
        "a strategy of our own",
        "x",
        "fallback-elsewhere",
    ];

    fn panel(at: &[(f64, f64)]) -> Scatter {
        let marks = Mark::assign(&NAMES);
        let dots: Vec<Dot> = at
            .iter()
            .zip(NAMES)
            .zip(marks)
            .enumerate()
            .map(|(place, ((at, name), mark))| Dot {
                place,
                name: name.to_owned(),
                mark,
                at: *at,
                spread: [Some((at.0 * 0.9, at.0)), None],
            })
            .collect();
        Scatter {
            width: 440.0,
            tier: 0,
            dots,
            goals: (Some(0.05), Some(0.99)),
            class: "ch",
            below: "429s".to_owned(),
            label: "test".to_owned(),
        }
    }

    #[test]
    fn no_names_overlap_or_leave_the_panel_with_flags_or_without() {
        let mut state = 7_u64;
        let mut chance = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f64 / (1_u64 << 24) as f64
        };
        for round in 0..500 {
            let at: Vec<(f64, f64)> = (0..10)
                .map(|_| (chance(), if round % 2 == 0 { chance() } else { 0.9 + chance() / 10.0 }))
                .collect();
            let panel = panel(&at);
            let rooms: Vec<Room> = panel.names().iter().map(|(place, _)| place.room).collect();
            assert_eq!(rooms.len(), 10);
            for (index, one) in rooms.iter().enumerate() {
                assert!(one.left >= 0.0 && one.right <= panel.width, "{one:?} of {at:?}");
                assert!(one.top >= 0.0 && one.bottom <= panel.y(0.0) + 1.0, "{one:?} of {at:?}");
                for other in &rooms[index + 1..] {
                    let apart = one.right <= other.left
                        || other.right <= one.left
                        || one.bottom <= other.top
                        || other.bottom <= one.top;
                    assert!(apart, "{one:?} on {other:?} of {at:?}");
                }
            }
        }
    }

    #[test]
    fn of_marks_at_the_ceiling_the_one_farthest_right_has_the_lowest_flag() {
        let names = panel(&[(0.0, 1.0), (0.3, 0.99), (0.1, 0.97), (0.5, 0.5)]).names();
        let top = |index: usize| names[index].0.room.top;
        assert!(top(0) < top(2) && top(2) < top(1));
        assert_eq!(names.iter().filter(|(_, flag)| *flag).count(), 3);
    }

    #[test]
    fn every_mark_is_drawn_within_its_own_strategy() {
        let drawn = panel(&[(0.2, 1.0), (0.3, 0.4)]).draw();
        for (place, name) in NAMES.iter().enumerate().take(2) {
            let of =
                drawn.split_once(&format!("<g data-s=\"{place}\"><g data-t=\"0\">")).unwrap().1;
            let of = of.split_once("</g>").unwrap().0;
            assert!(of.contains("class=\"mark") && of.contains(name), "{of}");
        }
    }
}
