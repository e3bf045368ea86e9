//! What it takes to repeat the run, and what the words mean.

use maud::{Markup, html};
use run_record::{Counted, PairLimits};

use crate::glossary;
use crate::numbers;
use crate::study::{Ladder, Study};

/// The section.
pub(crate) fn section(study: &Study<'_>) -> Markup {
    let header = study.record.header();
    let recipe = &header.recipe;
    html! {
        section.section #appendix {
            p.question { "Appendix" }
            h2 { (if study.is_simulated() { "The same run again" } else { "Another run like it" }) }
            pre tabindex="0" { (header.command) }
            @if study.is_simulated() {
                p.note {
                    "Edition " (recipe.edition.name) ", seed " (recipe.seed) ", engine " (recipe.engine)
                    ". The same scenario gives the same numbers on any machine."
                }
            }
            @if let Some(live) = &header.live {
                p.note {
                    "Edition " (recipe.edition.name) ", seed " (recipe.seed) ". The same jobs fall due at \
                    the same times. What became of them took place in real time, against " (live.target)
                    ", and is never quite the same twice."
                }
            }
            @if let Some(trace) = &recipe.trace {
                p.note { "Trace " code { (trace.file) } ", sha256 " code { (trace.sha256) } }
            }
            @if !header.groups.is_empty() { (groups(study)) }
            @if study.tiers.iter().any(|tier| !tier.limits.is_empty()) { (limits(study)) }
            @if !study.asks_nothing() { (strategies(study)) }
            div.block {
                h3 { "Scenario " code { (recipe.scenario.file) } }
                pre tabindex="0" { (recipe.scenario.text) }
            }
            div.block {
                h3 { "Words" }
                (glossary::list(study))
            }
        }
    }
}

fn groups(study: &Study<'_>) -> Markup {
    html! {
        div.block {
            h3 { "Who asks" }
            div.scroll tabindex="0" {
                table.data.words {
                    thead {
                        tr {
                            th scope="col" { "Group" }
                            th scope="col" { "Model" }
                            th scope="col" { "Traffic" }
                            th.n scope="col" { "Deadline" }
                            th.n scope="col" { "max_tokens" }
                            th.n scope="col" { "Streamed" }
                        }
                    }
                    tbody {
                        @for group in &study.record.header().groups {
                            tr {
                                th scope="row" {
                                    (group.name)
                                    @if group.clients.get() > 1 {
                                        span.u {
                                            " " (numbers::count(u64::from(group.clients.get())))
                                            " clients with one key"
                                        }
                                    }
                                    @if let Some(strategy) = &group.strategy {
                                        span.u { " always with " (strategy) }
                                    }
                                    @if let Some(endpoint) = &group.endpoint {
                                        span.u {
                                            " on the dedicated endpoint “" (endpoint.name) "”: "
                                            (endpoint.says)
                                        }
                                    }
                                }
                                td { (group.model) }
                                td { (group.traffic) }
                                td.n {
                                    (group.deadline.map_or_else(
                                        || "none".to_owned(),
                                        |deadline| numbers::setting(deadline.nanos())
                                    ))
                                }
                                td.n {
                                    (group.max_tokens.map_or_else(
                                        || "not set".to_owned(),
                                        |most| numbers::count(u64::from(most))
                                    ))
                                }
                                td.n { (if group.stream { "yes" } else { "no" }) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn limits(study: &Study<'_>) -> Markup {
    let images = study.tiers.iter().flat_map(|tier| tier.limits).all(|pair| pair.images);
    let dynamic = study.ladder() == Ladder::PastHours;
    let (minute, window) =
        if images { ("a minute", "in a window") } else { ("RPM", "requests at once") };
    let windows = study.tiers.iter().flat_map(|tier| tier.limits).all(in_windows);
    let window = if windows && !images { "requests in a window" } else { window };
    html! {
        div.block {
            h3 { (if dynamic { "Dynamic rates at the start" } else { "Limits of the tiers" }) }
            div.scroll tabindex="0" {
                table.data {
                    thead {
                        tr {
                            th scope="col" { (study.rung_heading()) }
                            th scope="col" { "Model" }
                            th.n scope="col" { (minute) }
                            @if !dynamic { th.n scope="col" { (window) } }
                            th.n scope="col" { "TPM" }
                        }
                    }
                    tbody {
                        @for tier in &study.tiers {
                            @for pair in tier.limits {
                                tr {
                                    th scope="row" { (tier.column) }
                                    td {
                                        (pair.model)
                                        @if pair.own {
                                            span.u { @if pair.images { " own image limit" } @else { " own request limit" } }
                                        }
                                    }
                                    td.n {
                                        (numbers::count(pair.rpm))
                                        @if pair.images { " images" }
                                    }
                                    @if !dynamic { td.n { (at_once(pair)) } }
                                    td.n {
                                        (pair.tpm.map_or_else(|| "not limited".to_owned(), numbers::count))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

const fn in_windows(pair: &PairLimits) -> bool {
    matches!(pair.counted, Counted::Opened | Counted::Aligned)
}

/// `60 in 2 s`; of a bucket, what it holds.
fn at_once(pair: &PairLimits) -> String {
    let images = if pair.images { " images" } else { "" };
    let count = numbers::count(pair.window_requests);
    let time = numbers::setting(pair.window.nanos());
    match (pair.hard, pair.counted) {
        (false, _) => "nothing refused for it alone".to_owned(),
        (true, Counted::Bucket) => format!("{count}{images}, back within {time}"),
        (true, Counted::SlidingLog | Counted::SlidingCounter) => {
            format!("{count}{images} in any {time}")
        }
        (true, Counted::Opened | Counted::Aligned) => format!("{count}{images} in {time}"),
    }
}

fn strategies(study: &Study<'_>) -> Markup {
    html! {
        div.block {
            h3 { "What each strategy does" }
            div.scroll tabindex="0" {
                table.data.words {
                    tbody {
                        @for strategy in &study.strategies {
                            tr {
                                th scope="row" { (strategy.mark.inline()) (strategy.name) }
                                td { (strategy.says) }
                            }
                        }
                    }
                }
            }
        }
    }
}
