//! The sign of a strategy: a shape and a colour, so that neither must be told by itself.
//!
//! A page draws each shape once and refers to it from every place where it stands. Eight shapes in
//! eight colours come full, then hollow, then full with an eye, then hollow with one: each row of
//! eight goes to whoever comes first, so those that are drawn should be first in line.

use maud::{Markup, PreEscaped, html};

use super::svg::px;

/// Strategies that can be told apart by shape and colour before marks become hollow.
const SHAPES: usize = 8;

/// One strategy's sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    number: usize,
}

impl Mark {
    /// One mark for each strategy, in their order: the well-known ones keep theirs on every page,
    /// the others take what is left.
    pub(crate) fn assign(names: &[&str]) -> Vec<Mark> {
        let mut marks: Vec<Option<usize>> = Vec::with_capacity(names.len());
        for name in names {
            let own = Mark::known(name).filter(|number| !marks.contains(&Some(*number)));
            marks.push(own);
        }
        let mut free = (0..).filter({
            let taken = marks.clone();
            move |number| !taken.contains(&Some(*number))
        });
        marks
            .into_iter()
            .map(|own| Mark { number: own.or_else(|| free.next()).unwrap_or(0) })
            .collect()
    }

    fn known(name: &str) -> Option<usize> {
        let name: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Some(match name.as_str() {
            "giveup" => 0,
            "togetherpy" | "sdkdefault" => 1,
            "fulljitter" | "backofffulljitter" => 2,
            "honourretryafter" => 3,
            "pacebyheaders" => 4,
            "ownbucket" | "owntokenbucket" => 5,
            "aimd" | "aimdrate" => 6,
            "awsadaptive" | "botocoreadaptive" => 7,
            _ => return None,
        })
    }

    /// The mark around a centre, about fourteen pixels across.
    pub(crate) fn shape(self, (x, y): (f64, f64)) -> String {
        format!(
            r#"<use class="{}" href="{}" x="{}" y="{}"/>"#,
            self.class(),
            self.outline(),
            px(x),
            px(y)
        )
    }

    /// The class of a line in the mark's colour; dashed where the mark is hollow.
    pub(crate) fn line(self) -> String {
        let again = if self.number >= SHAPES { " again" } else { "" };
        format!("line l{}{again}", self.number % SHAPES + 1)
    }

    /// The mark as a drawing of its own, to stand before a name in a table.
    pub(crate) fn inline(self) -> Markup {
        html! {
            svg.glyph viewBox="-7 -7 14 14" aria-hidden="true" {
                use class=(self.class()) href=(self.outline()) {}
            }
        }
    }

    const fn shape_number(self) -> usize {
        self.number % SHAPES + 1
    }

    fn class(self) -> String {
        let hollow = if self.number / SHAPES % 2 == 1 { " hollow" } else { "" };
        format!("mark k{}{hollow}", self.shape_number())
    }

    /// The shape that it refers to.
    fn outline(self) -> String {
        let eye = if self.number / SHAPES % 4 >= 2 { "-eye" } else { "" };
        format!("#mark-{}{eye}", self.shape_number())
    }
}

/// The shapes that marks refer to, once for a page.
pub(crate) fn shapes() -> Markup {
    html! {
        @for number in 0..SHAPES {
            (PreEscaped(outline(number)))
            g id={ "mark-" (number + 1) "-eye" } {
                use href={ "#mark-" (number + 1) } {}
                circle r="1.2" {}
            }
        }
    }
}

/// A shape around the origin, without colour.
fn outline(number: usize) -> String {
    let polygon = |corners: &[(f64, f64)]| {
        let points: Vec<String> =
            corners.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
        format!(r#"<polygon id="mark-{}" points="{}"/>"#, number + 1, points.join(" "))
    };
    match number {
        0 => format!(r#"<circle id="mark-{}" r="4.4"/>"#, number + 1),
        1 => polygon(&[(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)]),
        2 => polygon(&[(0.0, -5.0), (5.0, 4.0), (-5.0, 4.0)]),
        3 => polygon(&[(0.0, -5.6), (5.6, 0.0), (0.0, 5.6), (-5.6, 0.0)]),
        4 => polygon(&STAR),
        5 => polygon(&[(0.0, 5.0), (5.0, -4.0), (-5.0, -4.0)]),
        6 => polygon(&PLUS),
        _ => polygon(&CROSS),
    }
}

const STAR: [(f64, f64); 10] = [
    (0.0, -6.0),
    (1.7, -2.4),
    (5.7, -1.9),
    (2.8, 0.9),
    (3.5, 4.8),
    (0.0, 2.9),
    (-3.5, 4.8),
    (-2.8, 0.9),
    (-5.7, -1.9),
    (-1.7, -2.4),
];
const PLUS: [(f64, f64); 12] = [
    (-1.6, -5.0),
    (1.6, -5.0),
    (1.6, -1.6),
    (5.0, -1.6),
    (5.0, 1.6),
    (1.6, 1.6),
    (1.6, 5.0),
    (-1.6, 5.0),
    (-1.6, 1.6),
    (-5.0, 1.6),
    (-5.0, -1.6),
    (-1.6, -1.6),
];
const CROSS: [(f64, f64); 12] = [
    (0.0, -2.2),
    (2.6, -4.8),
    (4.8, -2.6),
    (2.2, 0.0),
    (4.8, 2.6),
    (2.6, 4.8),
    (0.0, 2.2),
    (-2.6, 4.8),
    (-4.8, 2.6),
    (-2.2, 0.0),
    (-4.8, -2.6),
    (-2.6, -4.8),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_strategy_keeps_its_mark_whatever_stands_before_it() {
        let marks = Mark::assign(&["mine", "own-bucket", "give up", "other"]);
        let numbers: Vec<usize> = marks.iter().map(|mark| mark.number).collect();
        assert_eq!(numbers, [1, 5, 0, 2]);
    }

    #[test]
    fn two_of_one_preset_do_not_share_a_mark() {
        let marks = Mark::assign(&["give up", "give-up"]);
        assert_ne!(marks[0], marks[1]);
    }

    #[test]
    fn the_ninth_strategy_reuses_a_colour_with_a_hollow_mark() {
        assert!(many(9)[8].contains("k1 hollow"));
    }

    #[test]
    fn as_many_as_a_league_has_are_told_apart() {
        let marks = many(4 * SHAPES);
        let apart: std::collections::BTreeSet<&String> = marks.iter().collect();
        assert_eq!(apart.len(), marks.len());
        let shapes = shapes().into_string();
        for mark in &marks {
            let shape = mark.split("href=\"#").nth(1).unwrap().split('"').next().unwrap();
            assert!(shapes.contains(&format!("id=\"{shape}\"")), "{shape}");
        }
    }

    fn many(count: usize) -> Vec<String> {
        let names: Vec<String> = (0..count).map(|index| format!("s{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Mark::assign(&names).into_iter().map(|mark| mark.shape((0.0, 0.0))).collect()
    }
}
