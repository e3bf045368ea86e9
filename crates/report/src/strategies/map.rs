//! The map: what a strategy is refused, against what it answers.

use maud::{Markup, html};

use super::{panels, run_on, tiers};
use crate::chart::scatter::{Dot, Scatter};
use crate::goal;
use crate::key;
use crate::numbers::Share;
use crate::study::{Outcome, Study};
use run_record::{Comparison, Leaf};

/// The figure; none where there is nothing to compare.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let most = tiers(study).into_iter().map(|tier| dots(study, tier).len()).max()?;
    if study.strategies.len() < 2 || most == 0 {
        return None;
    }
    let spread = match study.replications() {
        0 | 1 => String::new(),
        seeds => format!("; a thin cross is the range of {seeds} seeds"),
    };
    let goals = goals(study);
    Some(html! {
        figure.strategies {
            figcaption {
                h3 { "Refused against answered: each mark is a strategy" (spread) }
                ul.key {
                    li { "up: jobs answered in time, %" }
                    li { "to the left: fewer 429s" }
                    @if let Some(goals) = goals { (key::line("goal", &goals)) }
                    @for silent in silent(study) { li { (silent) } }
                }
            }
            (panels::panels(study, |tier, width, class| scatter(study, tier, width, class).draw()))
        }
    })
}

/// What is expected of either share, in words.
fn goals(study: &Study<'_>) -> Option<String> {
    let in_time = study.goal_in_time().and_then(|_| {
        let asked = study.expectations().iter();
        asked.filter(|one| goal::is_unscoped(one)).find(|one| goal::is_about_time(one))
    });
    let words = [
        in_time.map(|asked| format!("{} in time", goal::bound(asked))),
        study.goal_429().map(|asked| format!("{} refused", goal::bound(asked))),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| format!("expectation: {}", words.join(", ")))
}

/// Strategies without a mark, for they sent nothing.
fn silent(study: &Study<'_>) -> Vec<String> {
    let of = |tier: usize| {
        run_on(study, tier).filter(|(_, outcome)| outcome.refused().is_none()).map(
            move |(row, _)| format!("{} sends nothing {}", study.quoted(row), study.there(tier)),
        )
    };
    tiers(study).into_iter().flat_map(of).collect()
}

fn scatter(study: &Study<'_>, tier: usize, width: f64, class: &'static str) -> Scatter {
    let at_most =
        study.goal_429().filter(|asked| asked.comparison == Comparison::AtMost).map(goal::number);
    Scatter {
        width,
        tier,
        dots: dots(study, tier),
        goals: (at_most, study.goal_in_time()),
        class,
        below: "429s, % of attempts".to_owned(),
        label: format!(
            "{}: share of attempts refused against share of jobs answered in time, a mark for each \
             strategy",
            study.column(tier)
        ),
    }
}

fn dots(study: &Study<'_>, tier: usize) -> Vec<Dot> {
    let of = |row: usize, outcome: &Outcome| {
        let strategy = study.strategies.get(row)?;
        let refused = |leaf: &Leaf| Share::new(leaf.attempts.with_status(429), leaf.attempts.sent);
        let in_time = |leaf: &Leaf| Share::new(leaf.jobs.in_time, leaf.jobs.offered);
        Some(Dot {
            place: row,
            name: strategy.name.to_owned(),
            mark: strategy.mark,
            at: (outcome.refused()?.fraction(), outcome.in_time()?.fraction()),
            spread: [
                outcome.range(|leaf| refused(leaf).map(Share::fraction)),
                outcome.range(|leaf| in_time(leaf).map(Share::fraction)),
            ],
        })
    };
    run_on(study, tier).filter_map(|(row, outcome)| of(row, outcome)).collect()
}
