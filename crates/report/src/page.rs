//! The page: one file that works offline, without scripts, in light and dark, and on paper.
//!
//! A small script adds what a pointer and a keyboard can do; nothing on the page waits for it.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use run_record::RunRecord;

use crate::demand::Demand;
use crate::index::Entry;
use crate::study::Study;
use crate::verdict::{self, Tone, Verdict};
use crate::{
    account, against, alarm, appendix, by_tier, cost, data, decide, fleet, key, latency, league,
    live, moving, numbers, recovery, strategies, trust, when,
};

pub(crate) const STYLE: &str = include_str!("style.css");
/// What a script adds, and how that looks.
const SCRIPT: &str = include_str!("page/script.js");
pub(crate) const SCRIPT_STYLE: &str = include_str!("page/script.css");

/// A page about one run or several.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page {
    html: String,
}

impl Page {
    /// Draws what the records say: the first one decides the verdict at the head, each has its own
    /// part, in order.
    #[must_use]
    pub fn from_runs(runs: &[RunRecord]) -> Page {
        let title = match runs {
            [] => "Nothing to show".to_owned(),
            [run] => run.header().recipe.scenario.title.clone(),
            [first, rest @ ..] => {
                format!("{} and {} more", first.header().recipe.scenario.title, rest.len())
            }
        };
        let parts = runs.iter().map(|run| part(run, None)).collect();
        Page::of(&title, runs, parts)
    }

    /// Draws what a record says, and what changed in it against another that came before.
    #[must_use]
    pub fn against(run: &RunRecord, base: &RunRecord) -> Page {
        let title = run.header().recipe.scenario.title.clone();
        Page::of(&title, std::slice::from_ref(run), vec![part(run, Some(base))])
    }

    /// A page of these parts, each with the styles of its sections.
    fn of(title: &str, runs: &[RunRecord], parts: Vec<(Markup, Vec<&'static str>)>) -> Page {
        let own = parts.iter().flat_map(|(_, styles)| styles.clone());
        let styles: Vec<&'static str> = own.chain([SCRIPT_STYLE]).collect();
        let body = html! {
            @if runs.len() > 1 { (heads(runs)) }
            @for (index, (part, _)) in parts.into_iter().enumerate() { (PreEscaped(own_ids(index, part))) }
            @if runs.is_empty() { main.wrap { h1 { "No run was given" } } }
            @if let [run] = runs { (Entry::of("", run).carried()) }
            (script())
        };
        Page { html: document(title, &styles, &body) }
    }

    /// The page as HTML.
    #[must_use]
    pub fn to_html(&self) -> String {
        self.html.clone()
    }
}

/// A whole document around a body, with the styles that its sections have of their own, each once.
pub(crate) fn document(title: &str, styles: &[&str], body: &Markup) -> String {
    let mut own: Vec<&str> = Vec::new();
    for style in styles {
        if !style.is_empty() && !own.contains(style) {
            own.push(style);
        }
    }
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · tierlab" }
                style { (PreEscaped(compact(STYLE))) @for own in own { "\n" (PreEscaped(compact(own))) } }
            }
            body {
                a.skip href="#verdict" { "Skip to the verdict" }
                (key::patterns())
                (body)
            }
        }
    };
    let mut html = markup.into_string();
    html.push('\n');
    html
}

/// One line for each of several runs, leading to its part.
fn heads(runs: &[RunRecord]) -> Markup {
    html! {
        nav.heads.wrap aria-label="Runs on this page" {
            ol {
                @for (index, run) in runs.iter().enumerate() {
                    @let study = Study::of(run);
                    @let recipe = &run.header().recipe;
                    li {
                        a href=(part_id(index, "#", "verdict")) { (recipe.scenario.title) }
                        span.u { " rules " (recipe.edition.name) ", seed " (recipe.seed) }
                        p { (sentence(&verdict::of(&study, &Demand::of(&study)))) }
                    }
                }
            }
        }
    }
}

/// A name within a part, after what comes before it.
fn part_id(index: usize, before: &str, name: &str) -> String {
    if index == 0 { format!("{before}{name}") } else { format!("{before}run-{}-{name}", index + 1) }
}

/// A part with names of its own for its places, so that several can stand on one page.
fn own_ids(index: usize, part: Markup) -> String {
    let html = part.into_string();
    if index == 0 {
        return html;
    }
    let number = index + 1;
    let places = [" id=\"", " href=\"#", " popovertarget=\"", " aria-controls=\""];
    let own = places
        .into_iter()
        .fold(html, |html, place| html.replace(place, &format!("{place}run-{number}-")));
    // All parts share the shapes of the marks.
    own.replace(&format!("href=\"#run-{number}-mark-"), "href=\"#mark-")
}

/// One section of a part: where it stands, what the contents call it, and what it shows.
struct Section {
    id: &'static str,
    name: String,
    /// Rules of its own, that a page without it does not carry; may be empty.
    style: &'static str,
    shown: Markup,
}

/// The sections that there is something for, in the order in which questions come up.
fn sections(study: &Study<'_>, demand: &[Demand<'_>]) -> Vec<Section> {
    let some = asks(study);
    let fleet = || fleet::section(study).filter(|_| some);
    // Whoever runs many clients of one kind asks about them first.
    let many = fleet::is_first(study);
    let named = |id: &'static str, name: &str, style: &'static str, shown: Option<Markup>| {
        Some(Section { id, name: name.to_owned(), style, shown: shown? })
    };
    let compared = || strategies::section(study).filter(|_| some);
    let by_tier = || some.then(|| by_tier::section(study, demand));
    [
        named("league", "League", league::STYLE, league::section(study).filter(|_| some)),
        named("fleet", "Fleet", league::STYLE, if many { fleet() } else { None }),
        named("by-tier", &format!("By {}", study.rung()), "", by_tier()),
        named("when", "When", "", when::section(study, demand).filter(|_| some)),
        named("strategies", "Strategies", strategies::STYLE, compared()),
        named("fleet", "Fleet", league::STYLE, if many { None } else { fleet() }),
        named("recovery", "Recovery", league::STYLE, recovery::section(study).filter(|_| some)),
        named("cost", "Cost", "", cost::section(study).filter(|_| some || bills(study))),
        named("account", "Account", "", account::section(study)),
        named("moving", "Moving", moving::STYLE, moving::section(study).filter(|_| some)),
        named("latency", "Latency", latency::STYLE, latency::section(study).filter(|_| some)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether any job fell due.
fn asks(study: &Study<'_>) -> bool {
    study.offered().is_some_and(|(offered, _)| offered > 0)
}

/// Whether anything is paid at all, though no job fell due.
fn bills(study: &Study<'_>) -> bool {
    let header = study.record.header();
    let plain = study.record.cells().iter().filter(|cell| cell.key().is_plain());
    plain.filter_map(|cell| cost::Cost::of(header, cell)).any(|cost| !cost.total().is_zero())
}

/// What one run comes to, and the styles of its sections.
fn part(run: &RunRecord, base: Option<&RunRecord>) -> (Markup, Vec<&'static str>) {
    let study = Study::of(run);
    let demand = Demand::of(&study);
    let verdict = verdict::of(&study, &demand);
    let some = asks(&study);
    let mut sections = sections(&study, &demand);
    let changed = base.filter(|_| some).and_then(|base| against::section(&study, base));
    sections.extend(changed.map(|shown| Section {
        id: "against",
        name: "Against the baseline".to_owned(),
        style: against::STYLE,
        shown,
    }));
    let styles = sections.iter().map(|one| one.style).collect();
    // A run that nobody asks anything of is about money alone.
    let pays = some || sections.iter().any(|one| ["cost", "account"].contains(&one.id));
    let part = html! {
        (alarms(&study))
        (top(&study))
        main.wrap {
            (head(&study, &verdict))
            @if some {
                @let best = decide::best_of_each(&study);
                section.decide.alone[best.is_none()] aria-label={ (study.rung_heading()) "s and strategies" } {
                    (decide::matrix(&study))
                    @if let Some(best) = best { (best) }
                }
            }
            @if pays {
                nav.contents aria-label="Contents" {
                    @for one in &sections { a href={ "#" (one.id) } { (one.name) } }
                    a href="#trust" { "Trust" }
                    a href="#appendix" { "Appendix" }
                }
                @for one in sections { (one.shown) }
                (trust::section(&study))
            }
            (appendix::section(&study))
            (data::block(&study, &demand, &verdict))
            footer { "Made by tierlab, a rehearsal of rate limits; it is not affiliated with Together AI." }
        }
    };
    (part, styles)
}

/// What a reader must know before any figure.
fn alarms(study: &Study<'_>) -> Markup {
    html! {
        @for says in alarm::all(study) { p.alarm role="alert" { (says) } }
    }
}

fn top(study: &Study<'_>) -> Markup {
    let header = study.record.header();
    let offered = study.offered().filter(|_| !study.asks_nothing());
    let jobs = offered.map(|(offered, seeds)| (offered + seeds / 2) / seeds);
    html! {
        header.top {
            div.wrap {
                p.brand { "tierlab" }
                p.title { (header.recipe.scenario.title) }
                ul.facts-of-run {
                    @match &header.live {
                        None => li { (header.driver.name()) },
                        Some(live) => {
                            li { (header.driver.name()) ", against " (live.target) }
                            li { "began " (live.began()) }
                            @if let Some(lateness) = live::lateness(live) {
                                li { "generator " (lateness) }
                            }
                        }
                    }
                    li { "rules " (header.recipe.edition.name) }
                    li {
                        (numbers::duration(study.lasts()))
                        @if let Some(jobs) = jobs { ", " (numbers::count(jobs)) " jobs" }
                    }
                    @match study.replications() {
                        0 => {},
                        1 => li { "seed " (header.recipe.seed) },
                        seeds => li { (seeds) " seeds from " (header.recipe.seed) },
                    }
                }
            }
        }
    }
}

fn head(study: &Study<'_>, verdict: &Verdict) -> Markup {
    let expectations = decide::expectations(study);
    html! {
        section.verdict.alone[expectations.is_none()] #verdict {
            div {
                h1 { (sentence(verdict)) }
                @if !verdict.facts.is_empty() {
                    dl.facts {
                        @for fact in &verdict.facts {
                            div { dt { (fact.name) } dd { (fact.text) } }
                        }
                    }
                }
            }
            @if let Some(expectations) = expectations { (expectations) }
        }
    }
}

/// The sentence with its tones.
pub(crate) fn sentence(verdict: &Verdict) -> Markup {
    html! {
        @for span in &verdict.sentence {
            @match span.tone {
                Tone::Plain => (span.text),
                Tone::Good => span.yes { (span.text) },
                Tone::Fair => span.fair { (span.text) },
                Tone::Bad => span.no { (span.text) },
            }
        }
    }
}

/// The script, at the end of a body: it finds everything above it.
pub(crate) fn script() -> Markup {
    html! { script { (PreEscaped(compact(SCRIPT))) } }
}

/// A style sheet or a script without the spaces and remarks that only people need.
fn compact(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let kept = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    kept.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod ages;
#[cfg(test)]
mod money;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tournament;
