//! What the page rests on: changed assumptions, all assumptions, and the two books.

mod seeds;
pub(crate) mod sensitivity;

use maud::{Markup, html};
use run_record::{Leaf, LiveNote};

use crate::decide;
use crate::glossary::term;
use crate::live::{self, millis};
use crate::numbers;
use crate::readings;
use crate::sign;
use crate::study::{Ladder, Outcome, Standing, Study, Variant, capital};
use crate::trust::sensitivity::Sensitivity;

/// The section.
pub(crate) fn section(study: &Study<'_>) -> Markup {
    let variants = study.variants();
    let sensitivity = Sensitivity::of(study);
    html! {
        section.section #trust {
            p.question { "What does this rest on?" }
            h2 {
                (match &sensitivity {
                    Some(readings) => readings.finding(study),
                    None => finding(study, &variants),
                })
            }
            @if let Some(lead) = lead(study) { p.lead { (lead) } }
            @if let Some(unknown) = readings::unknown(study) { p.lead { (unknown) } }
            @if let Some(live) = &study.record.header().live { (generator(live)) }
            @if let Some(seeds) = seeds::figure(study) { (seeds) }
            @match &sensitivity {
                Some(readings) => {
                    @if let Some(said) = readings.sentence(study) { p.block { (said) } }
                    (readings.table(study))
                },
                None => {
                    @for moved in readings::moves(study, &variants) { p.block { (moved) } }
                    @if !variants.is_empty() { (changed(study, &variants)) }
                },
            }
            @if !study.record.header().assumptions.is_empty() { (assumptions(study, sensitivity.as_ref())) }
            @if !study.asks_nothing() { (balance(study)) }
        }
    }
}

/// Where, when, and whether the generator's own delay is to be reckoned with.
fn generator(live: &LiveNote) -> Markup {
    let lateness = [("half of them", 50), ("99 of 100", 99), ("the latest", 100)];
    html! {
        div.block {
            h3 { "Did the load generator keep up?" }
            p {
                "It sent real requests to " code { (live.target) } ", from " (live.began()) " on. "
                "Arrivals and wake-ups that it came to: " (numbers::count(live.late.count())) ". "
                @if live.late.count() > 0 {
                    "How long after their time it did, at most:"
                }
            }
            @if live.late.count() > 0 {
                div.scroll tabindex="0" {
                    table.data.slim {
                        tbody {
                            @for (which, percent) in lateness {
                                tr {
                                    th scope="row" { (which) }
                                    td.n {
                                        (live.late_at(percent).map_or_else(String::new, |late| millis(late.nanos())))
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if let Some(starvation) = live::starvation(live) {
                p { "The load generator could not send everything: " (starvation) "." }
            }
            p.note {
                "Every wait and every time to answer runs from when its job was due, so this delay is in \
                them. Nothing is judged where more than one of 100 is later than 5" (numbers::THIN)
                "ms, or where an attempt never left the machine."
            }
        }
    }
}

fn finding(study: &Study<'_>, variants: &[Variant<'_>]) -> String {
    let moved = |variant: &&Variant<'_>| readings::is_moved(study, variant);
    let names = |of: Vec<&Variant<'_>>| {
        let mut names: Vec<&str> = of.iter().map(|variant| variant.assumption).collect();
        names.sort_unstable();
        names.dedup();
        names.join(" and ")
    };
    let telling: Vec<&Variant<'_>> = variants.iter().filter(moved).collect();
    match (variants.first(), telling.first()) {
        (None, _) if study.asks_nothing() => "What was assumed".to_owned(),
        (None, _) => "What was assumed, and that nothing was lost".to_owned(),
        (Some(_), Some(first)) => {
            let who = match study.ladder() {
                Ladder::PastHours => "This".to_owned(),
                Ladder::Tiers | Ladder::Endpoints => capital(&study.subject(first.tier)),
            };
            format!("{who} hangs on {}", names(telling.clone()))
        }
        (Some(_), None) => {
            format!("Another reading of {} changes little", names(variants.iter().collect()))
        }
    }
}

fn lead(study: &Study<'_>) -> Option<String> {
    let share = study.unlimited?.in_sentence(study.goal_in_time());
    let nothing = match study.without() {
        "Without any limit" => "With nothing limited",
        _ => "With nothing limited, short or failing",
    };
    Some(format!("{nothing}, the service alone would answer {share} of these jobs in time."))
}

/// The same cells under other assumptions: one in full, several side by side.
fn changed(study: &Study<'_>, variants: &[Variant<'_>]) -> Markup {
    let mut cells: Vec<(usize, usize)> =
        variants.iter().map(|variant| (variant.tier, variant.strategy)).collect();
    cells.sort_unstable();
    cells.dedup();
    match cells.as_slice() {
        [(tier, strategy)] => in_full(study, variants, (*strategy, *tier)),
        cells => side_by_side(study, variants, cells),
    }
}

fn in_full(
    study: &Study<'_>,
    variants: &[Variant<'_>],
    (strategy, tier): (usize, usize),
) -> Markup {
    html! {
        div.block {
            h3 {
                "What if a rule is another? " (study.quoted(strategy)) " " (study.there(tier))
            }
            div.scroll tabindex="0" {
                table.data.slim {
                    thead {
                        tr {
                            th scope="col" { "Rule" }
                            th scope="col" { "Reading" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            th.n scope="col" { (term("status-429", "429s")) }
                            th.n scope="col" { (term("per-job", "Attempts per job")) }
                            th.n scope="col" { (term("wait", "Wait p95")) }
                        }
                    }
                    tbody {
                        @if let Some(outcome) = study.outcome(strategy, tier) {
                            (row("as assumed", as_assumed(study, variants).unwrap_or_default(), outcome))
                        }
                        @for variant in variants {
                            (row(variant.assumption, variant.value, &variant.outcome))
                        }
                    }
                }
            }
        }
    }
}

/// Strategies down, readings across, each with jobs in time and 429s.
fn side_by_side(study: &Study<'_>, variants: &[Variant<'_>], cells: &[(usize, usize)]) -> Markup {
    let mut readings: Vec<(&str, &str)> = Vec::new();
    for variant in variants {
        let reading = (variant.assumption, variant.value);
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    let under = |(tier, strategy): (usize, usize), (assumption, value): (&str, &str)| {
        variants.iter().find(|one| {
            (one.tier, one.strategy) == (tier, strategy)
                && (one.assumption, one.value) == (assumption, value)
        })
    };
    html! {
        div.block {
            h3 {
                "What if a rule is another? "
                span.u { "jobs in time / attempts refused with 429" }
            }
            div.scroll tabindex="0" {
                table.data {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th scope="col" { (study.rung_heading()) }
                            th.n scope="col" {
                                "as assumed"
                                @if let Some(value) = as_assumed(study, variants) { ": " (value) }
                            }
                            @for (assumption, value) in &readings {
                                th.n scope="col" { (assumption) ": " (value) }
                            }
                        }
                    }
                    tbody {
                        @for (tier, strategy) in cells {
                            tr {
                                th scope="row" {
                                    @if let Some(strategy) = study.strategies.get(*strategy) {
                                        (strategy.mark.inline()) (strategy.name)
                                    }
                                }
                                td { (study.column(*tier)) }
                                (both(study.outcome(*strategy, *tier)))
                                @for reading in &readings {
                                    (both(under((*tier, *strategy), *reading).map(|one| &one.outcome)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn both(outcome: Option<&Outcome>) -> Markup {
    html! {
        td.n {
            @match outcome {
                Some(outcome) => {
                    (sign::of(outcome.standing))
                    (decide::in_time(outcome)) " / " (decide::refused(outcome))
                },
                None => "not run",
            }
        }
    }
}

/// The reading in force of the rule that is changed; of several, nobody could tell which is whose.
fn as_assumed<'r>(study: &Study<'r>, variants: &[Variant<'_>]) -> Option<&'r str> {
    let changed = |name: &str| variants.iter().any(|variant| variant.assumption == name);
    let mut notes = study.record.header().assumptions.iter().filter(|note| changed(&note.name));
    let only = notes.next()?;
    notes.next().is_none().then_some(only.value.as_str())
}

fn row(rule: &str, reading: &str, outcome: &Outcome) -> Markup {
    html! {
        tr {
            th scope="row" { (rule) }
            td { (reading) }
            td.n { (sign::of(outcome.standing)) (decide::in_time(outcome)) }
            td.n { (decide::refused(outcome)) }
            td.n { (decide::per_job(outcome)) }
            td.n { (decide::wait(outcome)) }
        }
    }
}

fn assumptions(study: &Study<'_>, sensitivity: Option<&Sensitivity>) -> Markup {
    html! {
        div.block {
            h3 {
                (if study.is_simulated() { "Assumptions in force" } else { "Assumptions of the scenario" })
            }
            div.scroll tabindex="0" {
                table.data.words {
                    thead {
                        tr {
                            th scope="col" { "Name" }
                            th scope="col" { "Here" }
                            th scope="col" { "What it means" }
                            th scope="col" { "Could also be" }
                            th scope="col" { (term("certainty", "Certainty")) }
                            @if sensitivity.is_some() {
                                th scope="col" { (term("matters", "Matters")) }
                            }
                        }
                    }
                    tbody {
                        @for note in &study.record.header().assumptions {
                            tr {
                                th scope="row" { code { (note.name) } }
                                td { (note.value) }
                                td { (note.says) }
                                td {
                                    @if note.alternatives.is_empty() { "nothing that runs yet" }
                                    (note.alternatives.join(", "))
                                }
                                td { (note.certainty) }
                                @if let Some(readings) = sensitivity {
                                    td { (readings.matters(&note.name).unwrap_or("not tried")) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Both books of the cells that the page is about, summed over the seeds.
fn balance(study: &Study<'_>) -> Markup {
    let mut tiers: Vec<usize> = study.yours.into_iter().chain(study.other()).collect();
    tiers.dedup();
    let seeds = match study.replications() {
        0 | 1 => "one seed".to_owned(),
        seeds => format!("sum of {seeds} seeds"),
    };
    html! {
        div.block {
            h3 { "Balance, " (seeds) }
            div.scroll tabindex="0" {
                table.data.balance {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("offered", "Jobs offered")) }
                            th.n scope="col" { "in time" }
                            th.n scope="col" { (term("late", "too late")) }
                            th.n scope="col" { (term("gave-up", "gave up")) }
                            th.n scope="col" { (term("unfinished", "unfinished")) }
                            th.n scope="col" { "left over" }
                            th.n scope="col" { (term("attempt", "Attempts")) }
                            th.n scope="col" { "answered" }
                            th.n scope="col" { "refused" }
                            th.n scope="col" { "failed" }
                            th.n scope="col" { "unanswered" }
                            th.n scope="col" { "cancelled" }
                            th.n scope="col" { "open" }
                            th.n scope="col" { "left over" }
                        }
                    }
                    tbody {
                        @for tier in tiers {
                            tr.part { th scope="rowgroup" colspan="15" { (study.title(tier)) } }
                            @for (index, strategy) in decide::rows(study) {
                                @if let Some(outcome) = study.outcome(index, tier) {
                                    tr {
                                        th scope="row" { (strategy.mark.inline()) (strategy.name) }
                                        (books(&outcome.total))
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

fn books(leaf: &Leaf) -> Markup {
    let Leaf { jobs, attempts, .. } = leaf;
    let (of_jobs, of_attempts) = left_over(leaf);
    html! {
        td.n { (numbers::count(jobs.offered)) }
        td.n { (numbers::count(jobs.in_time)) }
        td.n { (numbers::count(jobs.answered.saturating_sub(jobs.in_time))) }
        td.n { (numbers::count(jobs.gave_up)) }
        td.n { (numbers::count(jobs.unfinished)) }
        td.n { (settled(of_jobs)) }
        td.n { (numbers::count(attempts.sent)) }
        td.n { (numbers::count(attempts.ok)) }
        td.n { (numbers::count(attempts.refused)) }
        td.n { (numbers::count(attempts.failed)) }
        td.n { (numbers::count(attempts.unanswered)) }
        td.n { (numbers::count(attempts.cancelled)) }
        td.n { (numbers::count(attempts.open)) }
        td.n { (settled(of_attempts)) }
    }
}

fn settled(left: i128) -> Markup {
    html! { @if left != 0 { (sign::of(Standing::Misses)) } (left) }
}

/// What is left of jobs and of attempts when every end is taken off; nothing, unless something
/// was lost.
fn left_over(leaf: &Leaf) -> (i128, i128) {
    let Leaf { jobs, attempts, .. } = leaf;
    let ended = jobs.answered + jobs.gave_up + jobs.unfinished;
    let came_to = attempts.ok
        + attempts.refused
        + attempts.failed
        + attempts.unanswered
        + attempts.cancelled
        + attempts.open;
    (i128::from(jobs.offered) - i128::from(ended), i128::from(attempts.sent) - i128::from(came_to))
}

/// Whether every cell's books balance.
pub(crate) fn balances(study: &Study<'_>) -> bool {
    (0..study.strategies.len())
        .flat_map(|row| (0..study.tiers.len()).map(move |tier| (row, tier)))
        .filter_map(|(row, tier)| study.outcome(row, tier))
        .all(|outcome| left_over(&outcome.total) == (0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use run_record::CellKey;

    use crate::sample::{self, Told, launch};

    #[test]
    fn what_is_lost_is_left_over() {
        let mut leaf = Leaf::default();
        leaf.jobs.offered = 10;
        leaf.jobs.answered = 7;
        leaf.jobs.gave_up = 2;
        leaf.attempts.sent = 5;
        leaf.attempts.ok = 4;
        leaf.attempts.open = 2;
        assert_eq!(left_over(&leaf), (1, -1));
    }

    #[test]
    fn a_variant_that_changes_the_share_is_what_the_tier_hangs_on() {
        let record = launch();
        let study = Study::of(&record);
        assert_eq!(finding(&study, &study.variants()), "Tier 2 hangs on token_gate");
        assert_eq!(finding(&study, &[]), "What was assumed, and that nothing was lost");
    }

    #[test]
    fn several_strategies_stand_side_by_side_under_each_reading() {
        let record = launch();
        let header = record.header().clone();
        let mut cells = record.cells().to_vec();
        let told = [Told { in_time: 900, by_tokens: 100, ..Told::default() }];
        let key = CellKey::new(Some("build-2"), "give-up").assuming("token_gate", "window-2x");
        cells.push(sample::cell(&header, key, &told));
        let record = run_record::RunRecord::new(header, cells).unwrap();
        let study = Study::of(&record);
        let html = changed(&study, &study.variants()).into_string();
        assert!(html.contains("as assumed: minute"));
        assert!(html.contains("token_gate: none") && html.contains("token_gate: window-2x"));
        assert!(html.contains("90.0\u{202f}% / 10.0\u{202f}%"), "{html}");
        // Neither was run under the other's reading.
        assert_eq!(html.matches("not run").count(), 2);
    }
}
