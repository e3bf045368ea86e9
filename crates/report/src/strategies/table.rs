//! The table of all strategies: of jobs, of attempts, of waits, and what that comes to.

use maud::{Markup, html};
use run_record::{Comparison, Figure, Judged, Leaf, Measure, Percentile, Verdict, derive};

use super::{run_on, tiers};
use crate::decide;
use crate::glossary::term;
use crate::goal;
use crate::numbers::{self, Share};
use crate::sign;
use crate::study::{Outcome, Standing, Study, Trouble};

/// The percentiles of waits that the table tells.
const WAITS: [Percentile; 3] = [Percentile::P50, Percentile::P95, Percentile::P99];

/// Where a strategy's row is, for what leads there.
pub(super) fn row_id(place: usize) -> String {
    format!("strategy-{place}")
}

/// The table of the tier that the page is about, and that of the account's own where it is
/// another.
pub(super) fn all(study: &Study<'_>, about: usize) -> Markup {
    let mut others: Vec<usize> = tiers(study).into_iter().filter(|tier| *tier != about).collect();
    if study.is_crowded() {
        // A page of many strategies ranks them on every tier.
        others.clear();
    }
    html! {
        (table(study, about, true))
        @for tier in others {
            details {
                summary { "The same " (study.there(tier)) }
                (table(study, tier, false))
            }
        }
    }
}

/// What the tables of a page have in common.
struct Columns {
    unfinished: bool,
    troubles: Vec<Trouble>,
    costs: bool,
    judged: bool,
}

impl Columns {
    fn of(study: &Study<'_>, tier: usize) -> Columns {
        let mut outcomes = run_on(study, tier).map(|(_, outcome)| outcome);
        Columns {
            unfinished: outcomes.any(|outcome| outcome.total.jobs.unfinished > 0),
            troubles: study.troubles(tier..tier + 1),
            costs: study.has_cost(),
            judged: !study.expectations().is_empty(),
        }
    }
}

fn table(study: &Study<'_>, tier: usize, main: bool) -> Markup {
    let columns = Columns::of(study, tier);
    html! {
        div.scroll tabindex="0" role="group" aria-label={ "Table of strategies " (study.there(tier)) } {
            table.data.all-of {
                caption { (caption(study, tier)) }
                (head(&columns))
                tbody {
                    @for (row, outcome) in run_on(study, tier) {
                        (line(study, (row, tier), outcome, &columns, main))
                    }
                }
            }
        }
        @if study.replications() > 1 {
            p.note { "Below a share: its " (term("spread", "range")) " over " (study.replications()) " seeds." }
        }
    }
}

/// `All strategies on Tier 4, best first`.
fn caption(study: &Study<'_>, tier: usize) -> String {
    let who = match (study.strategies.len(), study.is_crowded()) {
        (1, _) => study.quoted(0),
        (all, true) => format!("{} of {all} strategies", study.shown().len()),
        (_, false) => "All strategies".to_owned(),
    };
    let order = match study.enough.or(study.yours) {
        Some(_) if study.strategies.len() == 1 => String::new(),
        Some(by) if by == tier => ", best first".to_owned(),
        Some(by) => format!(", those first that are best {}", study.there(by)),
        None => String::new(),
    };
    format!("{who} {}{order}", study.there(tier))
}

fn head(columns: &Columns) -> Markup {
    let jobs = |id: &str, word: &str| {
        html! { th.n scope="col" { (term(id, word)) span.u { "jobs" } } }
    };
    html! {
        thead {
            tr {
                th scope="col" { "Strategy" }
                (jobs("in-time", "Answered in time"))
                (jobs("late", "Too late"))
                (jobs("gave-up", "Gave up"))
                @if columns.unfinished { (jobs("unfinished", "Unfinished")) }
                th.n scope="col" { (term("status-429", "429s")) span.u { "attempts" } }
                @for trouble in &columns.troubles {
                    th.n scope="col" { (called(*trouble)) span.u { "attempts" } }
                }
                th.n scope="col" { (term("per-job", "Attempts")) span.u { "per job" } }
                @for which in WAITS { th.n scope="col" { (term("wait", "Wait")) span.u { (which.name()) } } }
                @if columns.costs {
                    th.n scope="col" { (term("per-1000", "Cost")) span.u { "per 1,000 in time" } }
                }
                @if columns.judged { th.verdict-words scope="col" { "Verdict" } }
            }
        }
    }
}

const fn called(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Failed => "Failed",
        Trouble::Barred => "Barred",
        Trouble::Unpaid => "Unpaid",
        Trouble::Invalid => "Invalid",
    }
}

fn line(
    study: &Study<'_>,
    (row, tier): (usize, usize),
    outcome: &Outcome,
    columns: &Columns,
    main: bool,
) -> Markup {
    let missed = |figure| misses(study, outcome, figure);
    let jobs = outcome.total.jobs;
    let share = |part| Share::new(part, jobs.offered);
    let in_time = |leaf: &Leaf| fraction(leaf.jobs.in_time, leaf.jobs.offered);
    let refused = |leaf: &Leaf| fraction(leaf.attempts.with_status(429), leaf.attempts.sent);
    html! {
        tr id=[main.then(|| row_id(row))] data-s=(row) data-t=(tier) {
            th scope="row" {
                @if let Some(strategy) = study.strategies.get(row) {
                    (strategy.mark.inline()) (strategy.name)
                }
            }
            td.n.no[missed(Figure::AnsweredInTime)] {
                b { (decide::in_time(outcome)) }
                (spread(outcome.range(in_time), Share::in_cell))
            }
            td.n { (text(share(jobs.answered - jobs.in_time))) }
            td.n { (text(share(jobs.gave_up))) }
            @if columns.unfinished { td.n { (text(share(jobs.unfinished))) } }
            td.n.no[missed(Figure::Status429)] {
                (decide::refused(outcome))
                (spread(outcome.range(refused), Share::refused_in_cell))
            }
            @for trouble in &columns.troubles { td.n { (decide::met(outcome, *trouble)) } }
            td.n.no[missed(Figure::AttemptsPerJob)] { (decide::per_job(outcome)) }
            @for percentile in WAITS {
                td.n.no[missed(Figure::Time { measure: Measure::Wait, percentile })] {
                    (wait(outcome, percentile))
                }
            }
            @if columns.costs { td.n { (decide::per_1000(study, row, tier)) } }
            @if columns.judged {
                td.verdict-words { (sign::of(outcome.standing)) (verdict(study, outcome)) }
            }
        }
    }
}

fn text(share: Option<Share>) -> String {
    share.map_or_else(|| "no samples".to_owned(), Share::in_table)
}

fn fraction(part: u64, of: u64) -> Option<f64> {
    Share::new(part, of).map(Share::fraction)
}

/// A percentile of the waits, where it has samples.
pub(super) fn wait(outcome: &Outcome, percentile: Percentile) -> String {
    let wait = derive::percentile(&outcome.whole, Measure::Wait, percentile);
    wait.map_or_else(|| "no samples".to_owned(), |wait| numbers::seconds(derive::seconds(wait)))
}

/// The lowest and highest of the seeds: `92 to 95`; nothing where there is one seed.
fn spread(range: Option<(f64, f64)>, written: impl Fn(Share) -> String) -> Markup {
    let text = range.and_then(|(low, high)| {
        let (from, to) = (Share::from_fraction(low)?, Share::from_fraction(high)?);
        let (from, to) = (written(from), written(to));
        Some(if low.total_cmp(&high).is_eq() {
            "in every seed".to_owned()
        } else if from == to {
            format!("all near {from}")
        } else {
            format!("{from} to {to}")
        })
    });
    html! { @if let Some(text) = text { span.u { (text) } } }
}

/// Whether an expectation about all groups and this figure is missed.
fn misses(study: &Study<'_>, outcome: &Outcome, figure: Figure) -> bool {
    let mut missed = outcome.judged.iter().filter(|one| one.verdict == Verdict::Missed);
    missed.any(|one| {
        let asked = study.expectations().get(one.expectation);
        asked.is_some_and(|asked| asked.group.is_none() && asked.figure == figure)
    })
}

/// How it stands in words: `meets all, 12 of 20 seeds`, `misses 429s and wait p95`.
fn verdict(study: &Study<'_>, outcome: &Outcome) -> String {
    let all = if study.expectations().len() == 1 { "meets it" } else { "meets all" };
    match outcome.standing {
        Standing::Unasked => "nothing asked of it".to_owned(),
        Standing::Meets | Standing::OnAverage => match outcome.met_in {
            (_, 0 | 1) => all.to_owned(),
            // A seed that is too small to tell has not met it either.
            (_, of) if outcome.thin => format!("{all}, {of} seeds together"),
            (met, of) => format!("{all}, {met} of {of} seeds"),
        },
        Standing::Unjudged => format!("not judged: {}", named(study, outcome, Verdict::Unjudged)),
        Standing::InTime | Standing::Misses => {
            format!("misses {}", named(study, outcome, Verdict::Missed))
        }
    }
}

/// What is expected and came to this verdict: those about jobs in time first.
pub(super) fn named(study: &Study<'_>, outcome: &Outcome, verdict: Verdict) -> String {
    let asked = |one: &Judged| study.expectations().get(one.expectation);
    let mut found: Vec<_> =
        outcome.judged.iter().filter(|one| one.verdict == verdict).filter_map(asked).collect();
    found.sort_by_key(|asked| !goal::is_about_time(asked));
    let mut names: Vec<String> = Vec::new();
    for asked in found {
        // A floor under a figure that is usually kept low is not missed by too much of it.
        let low = asked.comparison == Comparison::AtLeast && !goal::goes_without_saying(asked);
        let phrase = goal::phrase(asked);
        let name = if low { format!("{phrase} {}", goal::bound(asked)) } else { phrase };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    numbers::listed(&names)
}
