//! The page of all pages: every scenario in one line with one small chart, kind by kind.
//!
//! A page carries its own line, with what it is listed by, so that the index can be made from pages
//! alone, also from one whose run cannot be repeated for want of a trace.

use maud::{Markup, PreEscaped, html};
use run_record::{RunRecord, Verdict as Judged};

use crate::chart::svg::{Anchor, Svg, shortened, width_of};
use crate::demand::Demand;
use crate::numbers;
use crate::page;
use crate::sign;
use crate::study::{Ladder, Standing, Study};
use crate::verdict::{self, Tone, Verdict};

const BEGIN: &str = "<template id=\"index-line\">";
const END: &str = "</template>";

/// What a scenario is about; listed in this order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Tiers,
    Dynamic,
    Many,
    Trace,
    Money,
}

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
        let (kind, order) = (Kind::of(&study).id(), order(&study));
        let line = html! {
            div data-kind=(kind) data-order=(order) {
                h3 { (toned(&study, &verdict)) a { (recipe.scenario.title) } }
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

    /// What the line says of itself; a page may be older than that.
    fn says(&self, name: &str) -> Option<&str> {
        let (_, value) = self.line.split_once(&format!(" data-{name}=\""))?;
        value.split_once('"').map(|(value, _)| value)
    }
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Tiers, Kind::Dynamic, Kind::Many, Kind::Trace, Kind::Money];

    fn of(study: &Study<'_>) -> Kind {
        let header = study.record.header();
        let clients = header.groups.iter().map(|group| group.clients.get()).max();
        let elsewhere = header.strategies.iter().any(|one| one.falls_back_to.is_some());
        if header.recipe.trace.is_some() {
            Kind::Trace
        } else if study.asks_nothing()
            || header.funds.is_some()
            || header.groups.iter().any(|group| group.endpoint.is_some())
        {
            Kind::Money
        } else if study.is_crowded() || elsewhere || clients.is_some_and(|clients| clients > 1) {
            Kind::Many
        } else if study.ladder() == Ladder::PastHours || !header.capacity.is_empty() {
            Kind::Dynamic
        } else {
            Kind::Tiers
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Kind::Tiers => "tiers",
            Kind::Dynamic => "dynamic",
            Kind::Many => "many",
            Kind::Trace => "trace",
            Kind::Money => "money",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Kind::Tiers => "Launches on tiers",
            Kind::Dynamic => "Dynamic limits and scarce capacity",
            Kind::Many => "Strategies and fleets",
            Kind::Trace => "Recorded traffic",
            Kind::Money => "Money and hardware",
        }
    }
}

/// What it is listed by within its kind: what is enough, the lowest first, and last where nothing is.
fn order(study: &Study<'_>) -> String {
    match study.enough.and_then(|tier| study.tiers.get(tier)) {
        Some(tier) => match tier.past_hour {
            Some(rpm) => format!("0 {rpm:09}"),
            None => format!("0 {}", tier.title),
        },
        None if study.asks_nothing() || study.expectations().is_empty() => "2".to_owned(),
        None => "1".to_owned(),
    }
}

/// How the verdict is meant, as a sign; none where nothing is said for or against.
fn toned(study: &Study<'_>, verdict: &Verdict) -> Markup {
    let tone = verdict.sentence.iter().map(|span| span.tone).find(|tone| *tone != Tone::Plain);
    let unjudged = || study.record.judge().verdict == Some(Judged::Unjudged);
    let (standing, said) = match tone {
        Some(Tone::Good) => (Standing::Meets, "met"),
        Some(Tone::Fair) if unjudged() => (Standing::Unjudged, "not judged"),
        Some(Tone::Fair) => (Standing::OnAverage, "met in part"),
        Some(Tone::Bad) => (Standing::Misses, "missed"),
        Some(Tone::Plain) | None => return html! {},
    };
    html! { span role="img" aria-label=(said) { (sign::of(standing)) } " " }
}

/// The index of these pages, kind by kind; those with nothing between them stay in the order given.
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
                     tier answers in time, in percent; a tick where it meets everything that is expected. \
                     Within a kind, what the least is enough for comes first."
                }
                @for kind in Kind::ALL {
                    @let entries = listed(entries, kind);
                    @if !entries.is_empty() {
                        h2.kind { (kind.title()) " " span.u { (numbers::count(entries.len() as u64)) } }
                        ul.pages {
                            @for entry in entries {
                                li.card { (PreEscaped(linked(entry))) }
                            }
                        }
                    }
                }
            }
            footer {}
        }
    };
    page::document("Rehearsed scenarios", &[], &body)
}

/// The lines of a kind, in their order. One that does not say what it is stands with the tiers.
fn listed(entries: &[Entry], kind: Kind) -> Vec<&Entry> {
    let of = |entry: &Entry| {
        let said = entry.says("kind");
        Kind::ALL.into_iter().find(|kind| Some(kind.id()) == said).unwrap_or(Kind::Tiers)
    };
    let mut listed: Vec<&Entry> = entries.iter().filter(|entry| of(entry) == kind).collect();
    listed.sort_by_key(|entry| entry.says("order").unwrap_or("2"));
    listed
}

/// The line with its link, which only the index knows.
fn linked(entry: &Entry) -> String {
    let href = html! { a href=(entry.href) {} }.into_string();
    let open = href.trim_end_matches("</a>");
    entry.line.replacen("<a>", open, 1)
}

/// Jobs in time under the best strategy of each tier, as small columns; nothing where there are no
/// jobs.
fn ladder(study: &Study<'_>) -> String {
    const WIDTH: f64 = 220.0;
    const HEIGHT: f64 = 76.0;
    const BASE: f64 = 46.0;
    const TALL: f64 = 30.0;
    const LETTER: f64 = 11.5;
    let room = (WIDTH / study.tiers.len().max(1) as f64).min(56.0);
    let mut svg = Svg::new();
    let mut any = false;
    for (index, tier) in study.tiers.iter().enumerate() {
        let Some((_, outcome)) = study.best(index) else { continue };
        let Some(share) = outcome.in_time() else { continue };
        any = true;
        let centre = room * (index as f64 + 0.5);
        let wide = room - 8.0;
        let left = centre - wide / 2.0;
        let tall = TALL * share.fraction();
        svg.rect("f-nothing", (left, BASE - TALL), (wide, TALL));
        let meets = outcome.standing <= Standing::OnAverage;
        svg.rect(if meets { "f-ok" } else { "f-tokens" }, (left, BASE - tall), (wide, tall));
        let name = (1..=tier.short.chars().count())
            .rev()
            .map(|letters| shortened(&tier.short, letters))
            .find(|name| width_of(name, LETTER) <= room);
        svg.text("t s", Anchor::Middle, (centre, BASE + 13.0), &name.unwrap_or_default());
        if meets {
            svg.text("t s", Anchor::Middle, (centre, BASE + 26.0), "✓");
        }
        let number = share.in_cell();
        if width_of(&number, LETTER) <= room {
            svg.text("t s", Anchor::Middle, (centre, BASE - TALL - 4.0), &number);
        }
    }
    if !any {
        return String::new();
    }
    svg.finish("ch", (WIDTH, HEIGHT), "jobs in time with the best strategy of each tier, %")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Page;
    use crate::sample::{Told, launch, launch_with, record_with};

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

    #[test]
    fn kinds_stand_apart_and_within_one_what_the_least_is_enough_for_comes_first() {
        let fine = || vec![Told { in_time: 1_000, ..Told::default() }];
        let bad = || vec![Told { in_time: 500, ..Told::default() }];
        let titled = |title: &'static str, cells: &[(&str, &str, Vec<Told>)]| {
            record_with(|header| title.clone_into(&mut header.recipe.scenario.title), cells)
        };
        let traced = launch_with(|header| {
            header.recipe.scenario.title = "recorded".to_owned();
            header.recipe.trace =
                Some(run_record::TraceNote { file: "a.csv".to_owned(), sha256: "0".repeat(64) });
        });
        let records = [
            traced,
            titled("nowhere", &[("build-2", "give-up", bad())]),
            titled("third", &[("build-2", "give-up", bad()), ("build-3", "give-up", fine())]),
            titled("second", &[("build-2", "give-up", fine())]),
        ];
        let entries = records.iter().map(|record| Entry::of("a.html", record));
        let mut entries: Vec<Entry> = entries.collect();
        // A page from before lines said anything of themselves.
        entries.push(Entry { href: "b.html".to_owned(), line: "<h3><a>old</a></h3>".to_owned() });
        let html = index(&entries);
        let place = |part: &str| html.find(part).unwrap_or_else(|| panic!("no {part}"));
        let order = [
            "Launches on tiers",
            "\">second</a>",
            "\">third</a>",
            "\">nowhere</a>",
            "\">old</a>",
            "Recorded traffic",
            "\">recorded</a>",
        ];
        assert!(order.map(place).is_sorted(), "{html}");
        assert!(!html.contains("Money and hardware"));
        let line = &html[place("\">second</a>") - 400..place("\">second</a>")];
        assert!(line.contains("aria-label=\"met\""), "{line}");
    }

    #[test]
    fn names_and_numbers_of_a_small_chart_stand_clear_of_each_other() {
        let record = launch_with(|header| {
            for rung in &mut header.ladder {
                rung.past_hour_rpm = Some(12_000);
            }
        });
        let chart = ladder(&Study::of(&record));
        let texts = chart.split("<text ").skip(1).map(|text| {
            let of = |name: &str| {
                let (_, value) = text.split_once(&format!(" {name}=\"")).unwrap();
                value.split_once('"').unwrap().0.parse::<f64>().unwrap()
            };
            let (_, words) = text.split_once('>').unwrap();
            let half = width_of(words.split('<').next().unwrap(), 11.5) / 2.0;
            (of("y"), of("x") - half, of("x") + half)
        });
        let mut texts: Vec<(f64, f64, f64)> = texts.collect();
        assert!(texts.len() > 5);
        texts.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        assert!(texts.iter().all(|(_, from, to)| *from >= 0.0 && *to <= 220.0), "{chart}");
        assert!(texts.windows(2).all(|two| two[0].0 < two[1].0 || two[0].2 <= two[1].1), "{chart}");
    }
}
