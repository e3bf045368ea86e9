//! A single chart of the page as an SVG that stands alone: title, key and drawing, with its own
//! colours for light and dark.
//!
//! Charts are taken from the page as it is drawn, so that every chart of a page is to be had, and
//! looks as it does there.

mod figure;
mod style;

use run_record::RunRecord;

use self::figure::{Figure, Piece};
use super::xml::escaped;
use crate::chart::svg::{px, write_to};
use crate::key;
use crate::page::Page;

/// How wide a chart of several drawings may become.
const WIDE: f64 = 1_172.0;
/// Room at each side, and between drawings.
const PAD: f64 = 16.0;
const GAP: f64 = 22.0;
/// A line of the key, and of a drawing's own name.
const LINE: f64 = 20.0;
/// How much of its size a letter is wide, more or less.
const LETTER: f64 = 0.58;
const KEY_SIZE: f64 = 12.5;

/// A chart of a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chart {
    /// By which it is asked for: its title up to the first mark, `429s-by-tier`.
    pub name: String,
    /// Its title, in words.
    pub title: String,
    /// The drawing: an SVG document.
    pub svg: String,
}

/// Every chart of a record's page, in its order.
#[must_use]
pub fn charts(record: &RunRecord) -> Vec<Chart> {
    let html = Page::from_runs(std::slice::from_ref(record)).to_html();
    let sheet = figure::between(&html, "<style>", "</style>").unwrap_or_default();
    let mut charts: Vec<Chart> = Vec::new();
    for figure in figure::all(&html) {
        let name = slug(&figure.title);
        let same = |one: &&Chart| one.name == name || one.name.starts_with(&format!("{name}-of-"));
        let number = charts.iter().filter(same).count() + 1;
        let name = if number > 1 { format!("{name}-{number}") } else { name };
        let svg = drawn(&figure, sheet);
        charts.push(Chart { name, title: figure::unescaped(&figure.title), svg });
    }
    charts
}

/// A title up to its first mark, as a word.
fn slug(title: &str) -> String {
    let plain = figure::unescaped(title).to_lowercase();
    let until = plain.split([':', ',', '(', '%']).next().unwrap_or_default();
    let words = until.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<&str>>().join("-")
}

fn drawn(figure: &Figure<'_>, sheet: &str) -> String {
    let (columns, across) = columns(figure);
    let width = across + 2.0 * PAD;
    let mut body = String::new();
    let title = &figure.title;
    write_to(
        &mut body,
        format_args!(
            r#"<text class="sheet-title" x="{PAD}" y="{}">{title}</text>"#,
            px(PAD + 12.0)
        ),
    );
    let mut y = key(&mut body, figure, width, PAD + 24.0);
    for row in figure.drawings.chunks(columns) {
        let mut x = PAD;
        let several = figure.drawings.len() > 1;
        let named = if several { LINE } else { 0.0 };
        for one in row {
            if several {
                let (at, name) = (px(y + 14.0), &one.label);
                let text = format_args!(
                    r#"<text class="sheet-name" x="{}" y="{at}">{name}</text>"#,
                    px(x)
                );
                write_to(&mut body, text);
            }
            let at = (x, y + named);
            put(&mut body, one, at, one.size);
            x += one.size.0 + GAP;
        }
        y += named + row.iter().map(|one| one.size.1).fold(0.0, f64::max) + GAP;
    }
    let height = y - GAP + PAD;
    let shapes = key::patterns().into_string();
    let style = style::of(sheet, &format!("{shapes}{body}"));
    let label = escaped(&figure::unescaped(title));
    let (width, height) = (px(width), px(height));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sheet\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">\n\
         <style>\n{style}</style>\n<rect class=\"sheet-ground\" width=\"{width}\" \
         height=\"{height}\"/>\n{shapes}\n{body}\n</svg>\n"
    )
}

/// How many drawings stand beside each other, and how wide they are together.
fn columns(figure: &Figure<'_>) -> (usize, f64) {
    let widest = figure.drawings.iter().map(|one| one.size.0).fold(1.0, f64::max);
    let all = figure.drawings.len().max(1);
    let fit = (1..=all)
        .take_while(|many| *many as f64 * (widest + GAP) - GAP <= WIDE + GAP)
        .last()
        .unwrap_or(1);
    (fit, fit as f64 * (widest + GAP) - GAP)
}

/// Draws the key in as many lines as it takes, and says where what comes below it begins.
fn key(body: &mut String, figure: &Figure<'_>, width: f64, top: f64) -> f64 {
    let (mut x, mut y) = (PAD, top);
    for entry in &figure.key {
        let swatch = entry.swatch.as_ref().map_or(0.0, |one| one.size.0 + 6.0);
        let letters = figure::unescaped(&entry.words).chars().count() as f64;
        let wide = swatch + letters * KEY_SIZE * LETTER;
        if x > PAD && x + wide > width - PAD {
            x = PAD;
            y += LINE;
        }
        if let Some(one) = &entry.swatch {
            put(body, one, (x, y + 2.0), one.size);
        }
        let (at, words) = (px(x + swatch), &entry.words);
        let text =
            format_args!(r#"<text class="sheet-key" x="{at}" y="{}">{words}</text>"#, px(y + 12.0));
        write_to(body, text);
        x += wide + 18.0;
    }
    if figure.key.is_empty() { top } else { y + LINE + 6.0 }
}

/// A drawing at its place within another.
fn put(body: &mut String, one: &Piece<'_>, (x, y): (f64, f64), (wide, tall): (f64, f64)) {
    let (class, view, inner) = (one.class, one.view, one.inner);
    write_to(
        body,
        format_args!(
            r#"<svg class="{class}" x="{}" y="{}" width="{}" height="{}" viewBox="{view}" overflow="visible">{inner}</svg>"#,
            px(x),
            px(y),
            px(wide),
            px(tall)
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::xml::Element;
    use crate::numbers::Share;
    use crate::sample::{Told, launch, record_of, record_with};

    fn texts(svg: &Element) -> Vec<&str> {
        let all = svg.all();
        all.iter().filter(|one| one.name == "text").map(|one| one.text.as_str()).collect()
    }

    #[test]
    fn every_chart_of_a_page_stands_alone() {
        let record = launch();
        let charts = charts(&record);
        assert!(charts.len() >= 3, "{charts:?}");
        for chart in &charts {
            let svg = Element::read(&chart.svg);
            assert_eq!(svg.attribute("xmlns"), Some("http://www.w3.org/2000/svg"));
            assert!(!chart.svg.contains("var("), "{}: a colour that is not its own", chart.name);
            assert!(chart.svg.contains("prefers-color-scheme: dark"), "{}", chart.name);
            let all = svg.all();
            let ids: Vec<&str> = all.iter().filter_map(|one| one.attribute("id")).collect();
            for href in all.iter().filter_map(|one| one.attribute("href")) {
                assert!(ids.contains(&href.trim_start_matches('#')), "{}: {href}", chart.name);
            }
            for class in all.iter().filter_map(|one| one.attribute("class")) {
                for fill in class.split(' ').filter(|class| class.starts_with("f-")) {
                    assert!(chart.svg.contains(&format!(".{fill}")), "{fill} has no colour");
                }
            }
        }
        let mut names: Vec<&str> = charts.iter().map(|chart| chart.name.as_str()).collect();
        assert!(names.contains(&"429s-by-tier") && names.contains(&"throughput-by-tier"));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), charts.len(), "no name is given twice");
    }

    #[test]
    fn its_figures_are_the_records_own() {
        let record = launch();
        let charts = charts(&record);
        let chart = charts.iter().find(|chart| chart.name == "429s-by-tier").unwrap();
        let svg = Element::read(&chart.svg);
        let said = texts(&svg);
        assert_eq!(said[0], "429s by tier: share of attempts refused, %");
        for cell in record.cells().iter().filter(|cell| cell.key().is_plain()) {
            let attempts = cell.whole().pooled().attempts;
            let share = Share::new(attempts.with_status(429), attempts.sent).unwrap();
            assert!(said.contains(&share.refused_in_cell().as_str()), "{:?}", cell.key());
        }
    }

    #[test]
    fn names_are_drawn_as_they_were_written() {
        const ODD: &str = "a & <b> \"c\" | d";
        let record = record_with(
            |header| header.strategies[0].name = ODD.to_owned(),
            &[("build-2", ODD, vec![Told { in_time: 500, by_tokens: 400, ..Told::default() }])],
        );
        let charts = charts(&record);
        let said = charts.iter().any(|chart| {
            texts(&Element::read(&chart.svg)).iter().any(|text| text.contains("a & <b>"))
        });
        assert!(said);
    }

    #[test]
    fn a_run_without_anything_to_draw_has_no_charts() {
        assert_eq!(charts(&record_of(&[])), []);
    }
}
