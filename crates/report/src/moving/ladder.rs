//! The ladder: the share of jobs in time on each tier, a line for each strategy.

use maud::{Markup, PreEscaped, html};

use crate::chart::bars::Tag;
use crate::chart::lines::{Line, Lines, Side, Tick};
use crate::decide;
use crate::glossary::term;
use crate::goal;
use crate::key;
use crate::numbers::{self, THIN};
use crate::study::{Ladder, Outcome, Study};

/// The chart; none where there is but one tier.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    if study.tiers.len() < 2 || study.ladder() == Ladder::Endpoints {
        return None;
    }
    let chart = chart(study);
    let narrow = Lines {
        size: (384.0, 300.0),
        margins: (112.0, 22.0, 50.0, 40.0),
        ticks: ticks(study, true),
        class: "ch narrow",
        ..chart.clone()
    };
    Some(html! {
        figure {
            figcaption {
                h3 { "Answered " (term("in-time", "in time")) " by " (study.rung()) ", % of jobs" }
                ul.key {
                    @if let Some(bound) = bound(study) {
                        (key::line("goal", &format!("expectation: {bound}")))
                    }
                    @if let Some(all) = all_alike(study) { li { (all) } }
                }
            }
            (PreEscaped(chart.draw()))
            (PreEscaped(narrow.draw()))
        }
    })
}

/// The share of jobs in time that is asked of all, in words.
pub(super) fn bound(study: &Study<'_>) -> Option<String> {
    let asked = study
        .expectations()
        .iter()
        .find(|one| goal::is_about_time(one) && goal::is_unscoped(one))?;
    Some(goal::bound(asked))
}

/// `all five at 100 % from Tier 5 on`, where that is so of several.
fn all_alike(study: &Study<'_>) -> Option<String> {
    let shown = study.shown();
    let full = |tier: usize| {
        shown.iter().all(|row| {
            let jobs = study.outcome(*row, tier).map(|outcome| outcome.total.jobs);
            jobs.is_some_and(|jobs| jobs.in_time == jobs.offered)
        })
    };
    let tiers = study.tiers.len();
    let from = (0..tiers).find(|from| (*from..tiers).all(full)).filter(|_| shown.len() > 1)?;
    let there = if from + 1 == tiers {
        study.there(from)
    } else {
        format!("from {} on", study.column(from))
    };
    let all = match shown.len() {
        2 => "both".to_owned(),
        count => format!("all {}", numbers::in_words(count)),
    };
    Some(format!("{all} at 100{THIN}% {there}"))
}

fn chart(study: &Study<'_>) -> Lines {
    let lines: Vec<Line> = decide::rows(study)
        .map(|(row, strategy)| Line {
            strategy: Some(row),
            tier: None,
            class: strategy.mark.line(),
            mark: Some(strategy.mark),
            name: strategy.name.to_owned(),
            points: (0..study.tiers.len())
                .filter_map(|tier| {
                    let share = study.outcome(row, tier).and_then(Outcome::in_time)?;
                    Some((tier as f64, share.fraction()))
                })
                .collect(),
            ring: None,
        })
        .filter(|line| !line.points.is_empty())
        .collect();
    let asked = !study.expectations().is_empty();
    Lines {
        size: (572.0, 330.0),
        margins: (150.0, 22.0, 54.0, 40.0),
        end: (study.tiers.len() - 1) as f64,
        ticks: ticks(study, false),
        named: Side::Left,
        goal: study.goal_in_time(),
        spot: study.enough.filter(|_| asked).map(|tier| tier as f64),
        upright: None,
        all: lines,
        class: "ch wide",
        label: format!(
            "share of jobs answered in time by {}, a line for each strategy",
            study.rung()
        ),
    }
}

fn ticks(study: &Study<'_>, narrow: bool) -> Vec<Tick> {
    study
        .tiers
        .iter()
        .enumerate()
        .map(|(index, tier)| {
            let tag = study.tag(index);
            let all = !narrow && study.tiers.len() <= 6;
            Tick {
                at: index as f64,
                label: if all { tier.column.clone() } else { tier.short.clone() },
                below: match tag {
                    Some(Tag::Yours) => Some(("tag-yours", "yours")),
                    Some(Tag::Enough) if study.yours == Some(index) => {
                        Some(("tag-enough", "yours, enough"))
                    }
                    Some(Tag::Enough) => Some(("tag-enough", "enough")),
                    Some(Tag::Closest) | None => None,
                },
                strong: tag.is_some(),
            }
        })
        .collect()
}
