//! Dollars an hour against tokens an hour: what grows with use, and what is paid for by the hour.

use super::balance::{round_step, tick};
use super::svg::{Anchor, Svg, px, shortened, width_of, write_to};
use crate::numbers;

/// One way to buy tokens.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) class: &'static str,
    /// Stands at its right end.
    pub(crate) label: String,
    pub(crate) costs: Costs,
}

/// What a way costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Costs {
    /// Dollars a token.
    ByToken(f64),
    /// Dollars an hour for each replica, the tokens an hour that one can do, and how many there
    /// are at most.
    ByHour(f64, f64, u32),
}

impl Costs {
    /// Dollars an hour for so many tokens an hour; none where it cannot do them.
    pub(crate) fn at(self, tokens: f64) -> Option<f64> {
        match self {
            Costs::ByToken(each) => Some(each * tokens),
            Costs::ByHour(hourly, each, most) => {
                let replicas = (tokens / each).ceil().max(1.0);
                (replicas <= f64::from(most)).then_some(hourly * replicas)
            }
        }
    }
}

/// A use of so many tokens an hour that is marked.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) tokens: f64,
    pub(crate) label: String,
}

/// The chart.
#[derive(Clone, Debug)]
pub(crate) struct Even {
    pub(crate) size: (f64, f64),
    /// Left, top, right and bottom.
    pub(crate) margins: (f64, f64, f64, f64),
    /// Tokens an hour at the right end.
    pub(crate) end: f64,
    pub(crate) ways: Vec<Way>,
    /// Where two ways cost the same, in tokens and dollars an hour.
    pub(crate) crossings: Vec<(f64, f64)>,
    pub(crate) uses: Vec<Use>,
    pub(crate) class: &'static str,
    /// What a screen reader says.
    pub(crate) label: String,
}

impl Even {
    /// The chart as markup.
    pub(crate) fn draw(&self) -> String {
        let step = round_step(self.most() / 5.0);
        let top = (self.most() / step).ceil().max(1.0) * step;
        let mut svg = Svg::new();
        self.grid(&mut svg, top, step);
        self.uses(&mut svg);
        let mut last = f64::MIN;
        let mut ways: Vec<&Way> = self.ways.iter().collect();
        ways.sort_by(|a, b| self.ends_at(b).total_cmp(&self.ends_at(a)));
        for way in ways {
            let path = self.path(way, top);
            svg.raw(&format!(r#"<path class="{}" d="{path}"/>"#, way.class));
            let y = self.y(self.ends_at(way), top).max(last + 14.0);
            last = y;
            let label = (self.size.0 - self.margins.2 + 6.0, y + 4.0);
            svg.text("t s b", Anchor::Start, label, &way.label);
        }
        for (tokens, dollars) in &self.crossings {
            let (x, y) = (px(self.x(*tokens)), px(self.y(*dollars, top)));
            svg.raw(&format!(r#"<circle class="ring" cx="{x}" cy="{y}" r="5.5"/>"#));
        }
        svg.finish(self.class, self.size, &self.label)
    }

    /// The largest number of dollars an hour within the chart.
    fn most(&self) -> f64 {
        self.ways.iter().map(|way| self.ends_at(way)).fold(0.0, f64::max)
    }

    /// What a way costs at the right end, or where it can do no more.
    fn ends_at(&self, way: &Way) -> f64 {
        way.costs.at(self.end).unwrap_or(match way.costs {
            Costs::ByToken(each) => each * self.end,
            Costs::ByHour(hourly, _, most) => hourly * f64::from(most),
        })
    }

    fn x(&self, tokens: f64) -> f64 {
        let (left, _, right, _) = self.margins;
        left + (self.size.0 - left - right) * (tokens / self.end).clamp(0.0, 1.0)
    }

    fn y(&self, dollars: f64, top: f64) -> f64 {
        let (_, above, _, below) = self.margins;
        let tall = self.size.1 - above - below;
        self.size.1 - below - tall * (dollars / top).clamp(0.0, 1.0)
    }

    fn path(&self, way: &Way, top: f64) -> String {
        let zero = self.x(0.0);
        match way.costs {
            Costs::ByToken(each) => {
                let end = self.y(each * self.end, top);
                format!(
                    "M{} {}L{} {}",
                    px(zero),
                    px(self.y(0.0, top)),
                    px(self.x(self.end)),
                    px(end)
                )
            }
            Costs::ByHour(hourly, tokens, most) => {
                let mut path = format!("M{} {}", px(zero), px(self.y(hourly, top)));
                for replicas in 1..=most {
                    let upto = tokens * f64::from(replicas);
                    write_to(&mut path, format_args!("H{}", px(self.x(upto))));
                    if upto >= self.end || replicas == most {
                        break;
                    }
                    let next = self.y(hourly * f64::from(replicas + 1), top);
                    write_to(&mut path, format_args!("V{}", px(next)));
                }
                path
            }
        }
    }

    fn grid(&self, svg: &mut Svg, top: f64, step: f64) {
        let (left, right) = (self.x(0.0), self.x(self.end));
        let bottom = self.size.1 - self.margins.3;
        let mut at = 0.0;
        while at < top + step / 2.0 {
            let y = self.y(at, top);
            svg.line(if at > 0.0 { "grid" } else { "axis" }, (left, y), (right, y));
            svg.text("t s", Anchor::End, (left - 6.0, y + 4.0), &tick(at, step));
            at += step;
        }
        let step = round_step(self.end / 4.0);
        let mut at = 0.0;
        while at <= self.end * 1.000_1 {
            let x = self.x(at);
            svg.line("axis", (x, bottom), (x, bottom + 3.0));
            let anchor = if at > 0.0 { Anchor::Middle } else { Anchor::Start };
            svg.text("t s", anchor, (x, bottom + 16.0), &numbers::about(at));
            at += step;
        }
    }

    /// The uses as lines, with their words above the plot.
    fn uses(&self, svg: &mut Svg) {
        let (above, bottom) = (self.margins.1, self.size.1 - self.margins.3);
        let right = self.size.0 - self.margins.2;
        for (row, one) in self.uses.iter().enumerate() {
            let x = self.x(one.tokens);
            let y = above - 6.0 - 14.0 * row as f64;
            svg.line("offered", (x, y), (x, bottom));
            let wide = width_of(&one.label, 11.5);
            let (anchor, at) =
                if x + wide > right { (Anchor::End, x - 4.0) } else { (Anchor::Start, x + 4.0) };
            svg.text("t s", anchor, (at, y + 4.0), &shortened(&one.label, 44));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Even {
        Even {
            size: (200.0, 100.0),
            margins: (40.0, 20.0, 60.0, 20.0),
            end: 4e6,
            ways: vec![
                Way { class: "by-token", label: "shared".to_owned(), costs: Costs::ByToken(1e-6) },
                Way {
                    class: "by-hour",
                    label: "own".to_owned(),
                    costs: Costs::ByHour(1.5, 2e6, 4),
                },
            ],
            crossings: vec![(1.5e6, 1.5)],
            uses: vec![Use { tokens: 1e6, label: "mean".to_owned() }],
            class: "ch",
            label: "dollars an hour".to_owned(),
        }
    }

    #[test]
    fn what_is_paid_by_the_hour_climbs_by_replicas_and_ends_where_it_can_do_no_more() {
        let own = Costs::ByHour(1.5, 2e6, 2);
        let at: Vec<Option<f64>> =
            [0.0, 2e6, 2.1e6, 4e6, 4.1e6].into_iter().map(|tokens| own.at(tokens)).collect();
        assert_eq!(at, [Some(1.5), Some(1.5), Some(3.0), Some(3.0), None]);
    }

    #[test]
    fn lines_rise_from_nothing_and_steps_from_one_replica() {
        let chart = chart();
        // $4 at the top, 60 px: 15 px to the dollar; 100 px to 4M tokens.
        assert_eq!(chart.path(&chart.ways[0], 4.0), "M40 80L140 20");
        assert_eq!(chart.path(&chart.ways[1], 4.0), "M40 57.5H90V35H140");
        assert!(chart.draw().contains(r#"class="ring" cx="77.5" cy="57.5""#));
    }
}
