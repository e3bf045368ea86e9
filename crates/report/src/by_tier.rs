//! The two charts the page exists for: 429s by tier, and throughput by tier.

use maud::{Markup, PreEscaped, html};
use run_record::{Leaf, Verdict};

use crate::chart::bars::{Bar, Column, Grid, Mean, Row, scale};
use crate::decide;
use crate::demand::{Demand, Dimension, pressures};
use crate::glossary::term;
use crate::goal;
use crate::key;
use crate::numbers::{self, Share, THIN};
use crate::study::{Cause, Ladder, Outcome, Study, Trouble, capital, unserved};

/// The section.
pub(crate) fn section(study: &Study<'_>, demand: &[Demand<'_>]) -> Markup {
    html! {
        section.section #by-tier {
            p.question { (question(study)) }
            h2 { (finding(study)) }
            @if let Some(contrast) = contrast(study) { p.lead { (contrast) } }
            @if any_429(study) || !study.troubles(0..study.tiers.len()).is_empty() {
                (figure(&refusals(study), &refusal_key(study), &refusal_title(study)))
            } @else {
                p.block { (no_429(study, demand)) }
            }
            (figure(
                &throughput(study),
                &throughput_key(study),
                &format!("Throughput by {}: jobs per second, mean of {}", study.rung(), numbers::duration(study.lasts()))
            ))
            (study.choice())
            (figures(study))
        }
    }
}

fn figure(grid: &Grid, key: &Markup, title: &str) -> Markup {
    html! {
        figure.hero {
            figcaption {
                h3 { (title) }
                (key)
            }
            (PreEscaped(grid.wide()))
            div.blocks {
                @for (row, drawing) in grid.blocks() {
                    div data-s=(row.place) {
                        p { (row.mark.inline()) b { (row.name) } }
                        (PreEscaped(drawing))
                    }
                }
            }
        }
    }
}

/// Where 429s end, and where something meets everything.
fn finding(study: &Study<'_>) -> String {
    let none_at = |tier: usize| {
        let there = (0..study.strategies.len()).filter_map(|row| study.outcome(row, tier));
        there.filter_map(Outcome::refused).all(|share| share.fraction() < 0.000_5)
    };
    if study.cut_short() {
        return format!("Stopped before the end: {}", study.completeness());
    }
    let tiers = study.tiers.len();
    let free = (0..tiers).find(|from| (*from..tiers).all(none_at));
    let refusals = match free {
        Some(0) if failing(study) => "No strategy meets a 429, yet attempts fail".to_owned(),
        Some(0) => "No strategy is refused".to_owned(),
        Some(tier) => match study.ladder() {
            Ladder::PastHours => format!("429s vanish {}", study.there(tier)),
            Ladder::Tiers | Ladder::Endpoints => format!("429s vanish at {}", study.title(tier)),
        },
        None if tiers == 1 => format!("429s {}", study.there(0)),
        // A rung between may have none, yet a higher one has some.
        None if (0..tiers).any(none_at) => format!("429s remain {}", study.there(tiers - 1)),
        None => match study.ladder() {
            Ladder::PastHours => "429s remain after every past hour".to_owned(),
            Ladder::Tiers | Ladder::Endpoints => {
                format!("429s remain on every tier{}", refused_everywhere(study))
            }
        },
    };
    if study.expectations().is_empty() {
        return refusals;
    }
    match study.enough {
        Some(tier)
            if free == Some(tier)
                && study.meeting(tier) == (study.strategies.len(), study.strategies.len()) =>
        {
            let all = match study.strategies.len() {
                1 => "the strategy meets everything".to_owned(),
                2 => "both strategies meet everything".to_owned(),
                of => format!("all {} strategies meet everything", numbers::in_words(of)),
            };
            let there = if tier == 0 && study.tiers.len() > 1 {
                ", on every tier".to_owned()
            } else if tier == 0 {
                String::new()
            } else {
                " there".to_owned()
            };
            format!("{refusals}, and {all}{there}")
        }
        Some(tier) => {
            let (meet, of) = study.meeting(tier);
            let who = if of == 1 {
                "the strategy meets everything".to_owned()
            } else {
                let verb = if meet == 1 { "meets" } else { "meet" };
                let who = match (meet, of) {
                    (2, 2) => "both".to_owned(),
                    _ if meet == of => format!("all {}", numbers::in_words(of)),
                    _ => format!("{} of {}", numbers::in_words(meet), numbers::in_words(of)),
                };
                format!("{who} strategies {verb} everything")
            };
            format!("{refusals}; {} {who}", study.there(tier))
        }
        None if study.any_unjudged() => format!("{refusals}; not everything could be judged"),
        None => format!("{refusals}; nothing meets everything"),
    }
}

/// ` with three of five strategies`: those that no tier spares; nothing where that is all of them.
fn refused_everywhere(study: &Study<'_>) -> String {
    let is_refused = |row: usize, tier: usize| {
        let refused = study.outcome(row, tier).and_then(Outcome::refused);
        refused.is_none_or(|share| share.fraction() >= 0.000_5)
    };
    let all = study.strategies.len();
    let count =
        (0..all).filter(|row| (0..study.tiers.len()).all(|tier| is_refused(*row, tier))).count();
    if count == 0 || count == all {
        return String::new();
    }
    format!(" with {} of {} strategies", numbers::in_words(count), numbers::in_words(all))
}

fn question(study: &Study<'_>) -> String {
    let rung = study.rung();
    if failing(study) {
        format!("429s, failures and throughput by {rung}")
    } else {
        format!("429s and throughput by {rung}")
    }
}

/// Whether attempts met anything else than an answer or a 429.
fn failing(study: &Study<'_>) -> bool {
    !study.troubles(0..study.tiers.len()).is_empty()
}

fn refusal_title(study: &Study<'_>) -> String {
    let rung = study.rung();
    let troubles = study.troubles(0..study.tiers.len());
    if troubles.is_empty() {
        return format!("429s by {rung}: share of attempts refused, %");
    }
    let names: Vec<String> = troubles.iter().map(|trouble| study.called(*trouble)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let all =
        if any_429(study) { format!("429s and {}", names.join(", ")) } else { names.join(", ") };
    format!("{} by {rung}: share of attempts, %", capital(&all))
}

/// Few 429s and many answers are not the same: the two strategies of the account's tier that show
/// it best.
fn contrast(study: &Study<'_>) -> Option<String> {
    let tier = study.yours?;
    let there: Vec<(usize, &Outcome)> = (0..study.strategies.len())
        .filter_map(|row| Some((row, study.outcome(row, tier)?)))
        .filter(|(_, outcome)| outcome.refused().is_some() && outcome.in_time().is_some())
        .collect();
    let value = |share: Option<Share>| share.map_or(0.0, Share::fraction);
    let (quiet, least) =
        there.iter().min_by(|(_, a), (_, b)| value(a.refused()).total_cmp(&value(b.refused())))?;
    let (able, most) = there
        .iter()
        .rev()
        .max_by(|(_, a), (_, b)| value(a.in_time()).total_cmp(&value(b.in_time())))?;
    let telling = value(most.in_time()) > value(least.in_time()) + 0.02
        && value(most.refused()) > value(least.refused()) + 0.02;
    let said =
        |share: Option<Share>, goal| share.map_or_else(String::new, |one| one.in_sentence(goal));
    let goal = study.goal_in_time();
    telling.then(|| {
        format!(
            "Fewer refusals are not more answers. {}, {} is refused in {} of its attempts and \
             answers {} of its jobs in time; {} is refused in {} and answers {}.",
            study.on(tier),
            study.quoted(*quiet),
            said(least.refused(), None),
            said(least.in_time(), goal),
            study.quoted(*able),
            said(most.refused(), None),
            said(most.in_time(), goal),
        )
    })
}

fn any_429(study: &Study<'_>) -> bool {
    (0..study.strategies.len())
        .flat_map(|row| (0..study.tiers.len()).map(move |column| (row, column)))
        .filter_map(|(row, column)| study.outcome(row, column))
        .any(|outcome| outcome.total.attempts.with_status(429) > 0)
}

fn no_429(study: &Study<'_>, demand: &[Demand<'_>]) -> String {
    let tier = study.yours.or_else(|| study.other());
    let most = tier.and_then(|tier| Some((tier, study.tiers.get(tier)?))).map(|(index, tier)| {
        let pressures = pressures(demand, tier);
        // The hardest pressed of several models stands for each limit.
        let highest = [Dimension::Tokens, Dimension::Requests, Dimension::Images]
            .into_iter()
            .filter_map(|limit| pressures.iter().find(|pressure| pressure.dimension == limit));
        let used = highest.filter_map(|pressure| {
            let share = Share::from_fraction(pressure.ratio())?;
            Some(format!("{} of {}", share.in_sentence(None), pressure.dimension.unit()))
        });
        (study.allowed(index), used.collect::<Vec<String>>().join(" and "))
    });
    match most {
        Some((title, used)) if !used.is_empty() => {
            format!("No attempt was answered 429. The busiest minute asks for {used} {title}.")
        }
        Some(_) | None => "No attempt was answered 429.".to_owned(),
    }
}

fn refusals(study: &Study<'_>) -> Grid {
    let goal = study.goal_429();
    let expectation =
        goal.and_then(|asked| study.expectations().iter().position(|one| one == asked));
    let troubles = study.troubles(0..study.tiers.len());
    let ended = |leaf: &Leaf| match troubles.as_slice() {
        [] => leaf.attempts.with_status(429),
        _ => unserved(leaf),
    };
    let bar = |outcome: &Outcome| {
        let sent = outcome.total.attempts.sent.max(1) as f64;
        let causes = outcome.causes().iter().map(|(cause, count)| (*count, cause.class()));
        let others = troubles.iter().map(|trouble| (outcome.met(*trouble), trouble.class()));
        let segments = causes.chain(others);
        let kept = outcome
            .judged
            .iter()
            .any(|one| Some(one.expectation) == expectation && one.verdict == Verdict::Met);
        Bar {
            segments: segments.map(|(count, class)| (count as f64 / sent, class)).collect(),
            range: outcome.range(|leaf: &Leaf| {
                Share::new(ended(leaf), leaf.attempts.sent).map(Share::fraction)
            }),
            number: Share::new(ended(&outcome.total), outcome.total.attempts.sent)
                .map_or_else(|| "none sent".to_owned(), Share::refused_in_cell),
            good: kept && troubles.is_empty(),
        }
    };
    Grid {
        columns: columns(study),
        rows: rows(study, bar),
        end: 1.0,
        ticks: vec![(0.0, "0".to_owned()), (0.5, "50".to_owned()), (1.0, format!("100{THIN}%"))],
        line: goal.map(|asked| Mean {
            at: goal::number(asked),
            class: "goal",
            label: goal::bound(asked),
        }),
        label: format!(
            "{}, by {}",
            if troubles.is_empty() {
                "share of attempts refused with 429"
            } else {
                "share of attempts refused or failed"
            },
            study.rung()
        ),
    }
}

fn throughput(study: &Study<'_>) -> Grid {
    let lasts = study.lasts().max(1e-9);
    let per_second = |count: u64, seeds: u64| count as f64 / seeds.max(1) as f64 / lasts;
    let offered = study.offered().map_or(0.0, |(offered, seeds)| per_second(offered, seeds));
    let most = (0..study.strategies.len())
        .flat_map(|row| (0..study.tiers.len()).map(move |column| (row, column)))
        .filter_map(|(row, column)| study.outcome(row, column))
        .map(|outcome| per_second(outcome.total.within.ok, u64::from(outcome.met_in.1)))
        .fold(offered, f64::max);
    let (end, ticks) = scale(most, "/s");
    let goal = study.goal_in_time();
    let bar = |outcome: &Outcome| {
        let seeds = u64::from(outcome.met_in.1);
        let within = outcome.total.within;
        let in_time = per_second(within.in_time, seeds);
        let late = per_second(within.ok.saturating_sub(within.in_time), seeds);
        let kept = goal
            .is_some_and(|goal| outcome.in_time().is_some_and(|share| share.fraction() >= goal));
        Bar {
            segments: vec![(in_time, "f-ok"), (late, "f-late")],
            range: outcome.range(|leaf: &Leaf| Some(per_second(leaf.within.in_time, 1))),
            number: numbers::rate(in_time),
            good: kept,
        }
    };
    Grid {
        columns: columns(study),
        rows: rows(study, bar),
        end,
        ticks,
        line: Some(Mean {
            at: offered,
            class: "offered",
            label: format!("offered {}/s", numbers::rate(offered)),
        }),
        label: format!("jobs answered per second, by {}", study.rung()),
    }
}

fn columns(study: &Study<'_>) -> Vec<Column> {
    study
        .tiers
        .iter()
        .enumerate()
        .map(|(index, tier)| Column {
            title: tier.column.clone(),
            short: tier.short.clone(),
            // Beside each other there is room for the figures alone.
            limits: decide::limits(tier).join(" · ").replace("dynamic ", ""),
            tag: study.tag(index),
            highlighted: study.other() == Some(index) && study.tiers.len() > 1,
        })
        .collect()
}

fn rows(study: &Study<'_>, bar: impl Fn(&Outcome) -> Bar) -> Vec<Row> {
    let bars = |row: usize| {
        (0..study.tiers.len()).map(|tier| study.outcome(row, tier).map(&bar)).collect()
    };
    decide::rows(study)
        .map(|(row, strategy)| Row {
            place: row,
            name: strategy.name.to_owned(),
            mark: strategy.mark,
            bars: bars(row),
        })
        .collect()
}

fn refusal_key(study: &Study<'_>) -> Markup {
    html! {
        ul.key {
            @for cause in occurring(study, 0..study.tiers.len()) { (key::fill(cause.class(), &format!("by the {}", study.limit(cause)))) }
            @for trouble in study.troubles(0..study.tiers.len()) {
                (key::fill(trouble.class(), &study.ended(trouble)))
            }
            (spread(study))
            @if let Some(asked) = study.goal_429() {
                @let of = if failing(study) { "429s " } else { "" };
                (key::line("goal", &format!("expectation: {of}{}", goal::bound(asked))))
            }
        }
    }
}

fn throughput_key(study: &Study<'_>) -> Markup {
    html! {
        ul.key {
            (key::fill("f-ok", "answered in time (printed at the right)"))
            (key::fill("f-late", "answered too late"))
            (key::line("offered", "offered"))
            (spread(study))
        }
    }
}

fn spread(study: &Study<'_>) -> Markup {
    html! {
        @match study.replications() {
            0 | 1 => li { "one seed: no spread" },
            seeds => (key::whisker(&format!("range of {seeds} seeds"))),
        }
    }
}

/// The causes of any 429 on these tiers, in stack order.
pub(crate) fn occurring(study: &Study<'_>, tiers: std::ops::Range<usize>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = (0..study.strategies.len())
        .flat_map(|row| tiers.clone().map(move |column| (row, column)))
        .filter_map(|(row, column)| study.outcome(row, column))
        .flat_map(|outcome| outcome.causes().iter().map(|(cause, _)| *cause))
        .collect();
    causes.sort_unstable();
    causes.dedup();
    causes
}

/// The numbers behind both charts.
fn figures(study: &Study<'_>) -> Markup {
    let causes = occurring(study, 0..study.tiers.len());
    let troubles = study.troubles(0..study.tiers.len());
    html! {
        details {
            summary { "The figures behind both charts" }
            div.scroll tabindex="0" {
                table.data {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { (term("in-time", "In time")) }
                            th.n scope="col" { "jobs/s in time" }
                            th.n scope="col" { (term("status-429", "429s")) }
                            @for cause in &causes { th.n scope="col" { "by " (study.limit(*cause)) } }
                            @for trouble in &troubles { th.n scope="col" { (study.called(*trouble)) } }
                            th.n scope="col" { (term("per-job", "Attempts per job")) }
                            th.n scope="col" { (term("wait", "Wait p95")) }
                        }
                    }
                    tbody {
                        @for (index, tier) in study.tiers.iter().enumerate() {
                            tr.part { th scope="rowgroup" colspan=(6 + causes.len() + troubles.len()) { (tier.title) } }
                            @for (row, strategy) in decide::rows(study) {
                                @if let Some(outcome) = study.outcome(row, index) {
                                    (figures_of(study, outcome, strategy.name, (&causes, &troubles)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn figures_of(
    study: &Study<'_>,
    outcome: &Outcome,
    name: &str,
    (causes, troubles): (&[Cause], &[Trouble]),
) -> Markup {
    let sent = outcome.total.attempts.sent;
    let by = |cause: &Cause| {
        let count =
            outcome.causes().iter().find(|(one, _)| one == cause).map_or(0, |(_, count)| *count);
        Share::new(count, sent).map_or_else(|| "none sent".to_owned(), Share::in_table)
    };
    let seeds = f64::from(outcome.met_in.1.max(1));
    let rate = outcome.total.within.in_time as f64 / seeds / study.lasts().max(1e-9);
    html! {
        tr {
            th scope="row" { (name) }
            td.n { (decide::in_time(outcome)) }
            td.n { (numbers::rate(rate)) }
            td.n { (decide::refused(outcome)) }
            @for cause in causes { td.n { (by(cause)) } }
            @for trouble in troubles { td.n { (decide::met(outcome, *trouble)) } }
            td.n { (decide::per_job(outcome)) }
            td.n { (decide::wait(outcome)) }
        }
    }
}

/// How a dimension is called in a chart's title.
pub(crate) const fn called(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Tokens => "Tokens",
        Dimension::Requests => "Requests",
        Dimension::Images => "Images",
    }
}
