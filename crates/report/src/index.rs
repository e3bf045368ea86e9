//! The page of all pages: every scenario in one line with one small chart.
//!
//! A page carries its own line, so that the index can be made from pages alone, also from one whose
//! run cannot be repeated for want of a trace.

use maud::{Markup, PreEscaped, html};
use run_record::RunRecord;

use crate::chart::svg::{Anchor, Svg, width_of};
use crate::demand::Demand;
use crate::page;
use crate::study::{Standing, Study};
use crate::verdict;

const BEGIN: &str = "<template id=\"index-line\">";
const END: &str = "</template>";

/// One scenario's line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    href: String,
    /// Title, verdict and chart.
    line: String,
}

impl Entry {
    /// The line of a run whose page is at `href`.
    #[must_use]
    pub fn of(href: &str, run: &RunRecord) -> Entry {
        let study = Study::of(run);
        let verdict = verdict::of(&study, &Demand::of(&study));
        let recipe = &run.header().recipe;
        let line = html! {
            div {
                h2 { a { (recipe.scenario.title) } }
                p { (page::sentence(&verdict)) }
                p.u { code { (recipe.scenario.file) } " · rules " (recipe.edition.name) }
            }
            (PreEscaped(ladder(&study)))
        };
        Entry { href: href.to_owned(), line: line.into_string() }
    }

    /// The line that the page at `href` carries; none when it carries none.
    #[must_use]
    pub fn read(href: &str, html: &str) -> Option<Entry> {
        let from = html.find(BEGIN)? + BEGIN.len();
        let line = html.get(from..)?;
        let line = line.get(..line.find(END)?)?;
        Some(Entry { href: href.to_owned(), line: line.to_owned() })
    }

    /// The line as a page carries it.
    pub(crate) fn carried(&self) -> Markup {
        html! { (PreEscaped(BEGIN)) (PreEscaped(&self.line)) (PreEscaped(END)) }
    }
}

/// The index of these pages, in the order given.
#[must_use]
pub fn index(entries: &[Entry]) -> String {
    let body = html! {
        header.top {
            div.wrap {
                p.brand { "tierlab" }
                p.title { "Rehearsed scenarios" }
            }
        }
        main.wrap #verdict {
            section.section {
                h1 { "Which tier carries which traffic" }
                p.lead {
                    "Each line is a scenario. Its chart shows how many jobs the best strategy of each \
                     tier answers in time, in percent; a tick where it meets everything that is expected."
                }
                ul.pages {
                    @for entry in entries {
                        li.card {
                            (PreEscaped(linked(entry)))
                        }
                    }
                }
            }
            footer {}
        }
    };
    page::document("Rehearsed scenarios", &[], &body)
}

/// The line with its link, which only the index knows.
fn linked(entry: &Entry) -> String {
    let href = html! { a href=(entry.href) {} }.into_string();
    let open = href.trim_end_matches("</a>");
    entry.line.replacen("<a>", open, 1)
}

/// Jobs in time under the best strategy of each tier, as small columns.
fn ladder(study: &Study<'_>) -> String {
    const HEIGHT: f64 = 62.0;
    const BASE: f64 = 46.0;
    const TALL: f64 = 34.0;
    let room = 220.0 / study.tiers.len().max(1) as f64;
    let mut svg = Svg::new();
    for (index, tier) in study.tiers.iter().enumerate() {
        let Some((_, outcome)) = study.best(index) else { continue };
        let Some(share) = outcome.in_time() else { continue };
        let x = room * index as f64;
        let wide = (room - 8.0).min(48.0);
        let tall = TALL * share.fraction();
        svg.rect("f-nothing", (x, BASE - TALL), (wide, TALL));
        let meets = outcome.standing <= Standing::OnAverage;
        svg.rect(if meets { "f-ok" } else { "f-tokens" }, (x, BASE - tall), (wide, tall));
        let centre = x + wide / 2.0;
        let name = if meets { format!("{} ✓", tier.short) } else { tier.short.clone() };
        svg.text("t s", Anchor::Middle, (centre, HEIGHT - 2.0), &name);
        let number = share.in_cell();
        if width_of(&number, 11.5) <= room {
            svg.text("t s", Anchor::Middle, (centre, BASE - TALL - 3.0), &number);
        }
    }
    svg.finish("ch", (220.0, HEIGHT), "jobs in time with the best strategy of each tier, %")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Page;
    use crate::sample::launch;

    #[test]
    fn a_line_read_from_a_page_is_the_line_of_its_run() {
        let record = launch();
        let page = Page::from_runs(std::slice::from_ref(&record)).to_html();
        assert_eq!(Entry::read("sample.html", &page), Some(Entry::of("sample.html", &record)));
        assert_eq!(Entry::read("sample.html", "<p>another page</p>"), None);
    }

    #[test]
    fn the_index_links_every_page() {
        let record = launch();
        let html = index(&[Entry::of("a.html", &record), Entry::of("b&c.html", &record)]);
        assert!(html.contains("<a href=\"a.html\">Support chat"), "{html}");
        assert!(html.contains("<a href=\"b&amp;c.html\">"));
    }
}
