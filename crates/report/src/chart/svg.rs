//! A small writer of SVG: shapes with classes, so that one drawing serves light and dark.
//!
//! Coordinates are pixels of the drawing's own box and are written with at most one decimal. All
//! colour, weight and dash comes from the page's style sheet by class.

use std::fmt::Write as _;

/// Where a text begins from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing under way.
#[derive(Debug, Default)]
pub(crate) struct Svg {
    body: String,
    /// What it says about itself to a script.
    told: String,
}

impl Svg {
    pub(crate) fn new() -> Svg {
        Svg::default()
    }

    pub(crate) fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.put(format_args!(
            r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}"/>"#,
            px(x),
            px(y),
            px(width),
            px(height)
        ));
    }

    /// A rectangle with rounded corners.
    pub(crate) fn panel(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.put(format_args!(
            r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}" rx="6"/>"#,
            px(x),
            px(y),
            px(width),
            px(height)
        ));
    }

    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.put(format_args!(
            r#"<line class="{class}" x1="{}" y1="{}" x2="{}" y2="{}"/>"#,
            px(from.0),
            px(from.1),
            px(to.0),
            px(to.1)
        ));
    }

    /// A line from `low` to `high` with a cap at either end.
    pub(crate) fn whisker(&mut self, y: f64, low: f64, high: f64) {
        self.put(format_args!(
            r#"<path class="whisker" d="M{low} {top}V{bottom}M{low} {y}H{high}M{high} {top}V{bottom}"/>"#,
            low = px(low),
            high = px(high),
            y = px(y),
            top = px(y - 3.0),
            bottom = px(y + 3.0)
        ));
    }

    pub(crate) fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        self.put(format_args!(
            r#"<text class="{class}"{anchor} x="{}" y="{}">{}</text>"#,
            px(x),
            px(y),
            Escaped(text)
        ));
    }

    /// What is drawn until [`Svg::close`] is about a strategy, by its place on the page; whoever
    /// points at one strategy sees it everywhere.
    pub(crate) fn open_strategy(&mut self, place: usize) {
        self.put(format_args!(r#"<g data-s="{place}">"#));
    }

    /// What is drawn until [`Svg::close`] is about a tier, by its place on the page.
    pub(crate) fn open_tier(&mut self, place: usize) {
        self.put(format_args!(r#"<g data-t="{place}">"#));
    }

    /// Tells where time runs: from one place across to another over so many seconds, between a top
    /// and a bottom.
    pub(crate) fn tell_span(&mut self, (from, to): (f64, f64), (top, bottom): (f64, f64), s: u64) {
        write_to(
            &mut self.told,
            format_args!(r#" data-span="{} {} {} {} {s}""#, px(from), px(to), px(top), px(bottom)),
        );
    }

    /// Ends what [`Svg::open_strategy`] or [`Svg::open_tier`] began.
    pub(crate) fn close(&mut self) {
        self.raw("</g>");
    }

    /// Shapes drawn elsewhere, as they are.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// The finished drawing. `label` is what a screen reader says for it.
    pub(crate) fn finish(self, class: &str, (width, height): (f64, f64), label: &str) -> String {
        format!(
            r#"<svg class="{class}" viewBox="0 0 {} {}"{} role="img" aria-label="{}">{}</svg>"#,
            px(width),
            px(height),
            self.told,
            Escaped(label),
            self.body
        )
    }

    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        write_to(&mut self.body, markup);
    }
}

/// Adds to a text.
pub(crate) fn write_to(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(more);
}

/// A coordinate with one decimal, or none where it is whole.
pub(crate) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// How wide a text of this size is likely to be, by a generous mean of its letters: a page cannot
/// ask the reader's font.
pub(crate) fn width_of(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.58
}

/// The text, or its beginning with an ellipsis, so that it stays within so many letters.
pub(crate) fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_no_more_digits_than_they_need() {
        for (value, text) in [(12.0, "12"), (0.04, "0"), (-0.01, "0"), (3.25, "3.2"), (7.96, "8")] {
            assert_eq!(px(value), text);
        }
    }

    #[test]
    fn texts_cannot_break_out_of_the_drawing() {
        let mut svg = Svg::new();
        svg.text("t", Anchor::End, (1.0, 2.0), "a < b & \"c\"");
        assert_eq!(
            svg.finish("ch", (10.0, 5.0), "it's <x>"),
            "<svg class=\"ch\" viewBox=\"0 0 10 5\" role=\"img\" aria-label=\"it's &lt;x&gt;\">\
             <text class=\"t\" text-anchor=\"end\" x=\"1\" y=\"2\">a &lt; b &amp; &quot;c&quot;</text></svg>"
        );
    }

    #[test]
    fn long_names_end_in_an_ellipsis_and_never_in_a_gap() {
        assert_eq!(shortened("pace by headers", 20), "pace by headers");
        assert_eq!(shortened("pace by headers", 9), "pace by…");
        assert_eq!(shortened("pace by headers", 6), "pace…");
    }
}
