//! An expectation in the words of the page.

use money::Money;
use run_record::{
    Billionths, Comparison, Expectation, Figure, Goal, Judged, Leaf, Measure, Measured, Verdict,
};

use crate::numbers::{self, Share, THIN};

/// Grains in one, and nanoseconds in a second.
const SECOND: f64 = 1e9;

/// The figure as a heading: `Answered in time`, `Wait, p95`.
pub(crate) fn heading(expectation: &Expectation) -> String {
    let figure = match expectation.figure {
        Figure::Answered => "Answered".to_owned(),
        Figure::AnsweredInTime => "Answered in time".to_owned(),
        Figure::Status429 => "429s of attempts".to_owned(),
        Figure::FirstAttempt429 => "Jobs refused at first".to_owned(),
        Figure::AttemptsPerJob => "Attempts per job".to_owned(),
        Figure::Time { measure, percentile } => {
            let time = match measure {
                Measure::Wait => "Wait",
                Measure::TimeToAnswer => "Time to answer",
                Measure::TimeToOutcome => "Time to outcome",
                Measure::TimeToFirstToken => "Time to first token",
            };
            format!("{time}, {}", percentile.name())
        }
        Figure::CostUsd => "Cost".to_owned(),
    };
    match (&expectation.group, &expectation.strategy) {
        (None, None) => figure,
        (Some(group), None) => format!("{figure}, {group}"),
        (None, Some(strategy)) => format!("{figure}, {strategy}"),
        (Some(group), Some(strategy)) => format!("{figure}, {group}, {strategy}"),
    }
}

/// The figure within a sentence: `in time`, `wait p95`.
pub(crate) fn phrase(expectation: &Expectation) -> String {
    let figure = match expectation.figure {
        Figure::Answered => "jobs answered".to_owned(),
        Figure::AnsweredInTime => "in time".to_owned(),
        Figure::Status429 => "429s".to_owned(),
        Figure::FirstAttempt429 => "429s at first".to_owned(),
        Figure::AttemptsPerJob => "attempts per job".to_owned(),
        Figure::Time { measure, percentile } => {
            format!("{} {}", measure.name().replace('_', " "), percentile.name())
        }
        Figure::CostUsd => "cost".to_owned(),
    };
    match &expectation.group {
        Some(group) if is_about_time(expectation) => format!("jobs of {group} in time"),
        Some(group) => format!("{figure} of {group}"),
        None => figure,
    }
}

/// The goal with its direction: `at least 99 %`, `below 1 %`.
pub(crate) fn bound(expectation: &Expectation) -> String {
    let direction = match (expectation.comparison, is_strict(expectation)) {
        (Comparison::AtMost, false) => "at most",
        (Comparison::AtMost, true) => "below",
        (Comparison::AtLeast, false) => "at least",
        (Comparison::AtLeast, true) => "above",
    };
    format!("{direction} {}", value(expectation))
}

/// The goal alone: `99 %`, `3 s`.
pub(crate) fn value(expectation: &Expectation) -> String {
    let goal = written(expectation);
    match (expectation.goal, expectation.figure) {
        (Goal::Time(_), _) => numbers::setting(goal),
        (
            Goal::Billionths(_),
            Figure::Answered | Figure::AnsweredInTime | Figure::Status429 | Figure::FirstAttempt429,
        ) => format!("{}{THIN}%", numbers::decimal(goal.saturating_mul(100))),
        (Goal::Billionths(_), Figure::CostUsd) => format!("${}", numbers::decimal(goal)),
        (Goal::Billionths(_), Figure::AttemptsPerJob | Figure::Time { .. }) => {
            numbers::decimal(goal)
        }
    }
}

/// The goal in billionths (of one, or of a second).
const fn exact(expectation: &Expectation) -> u64 {
    match expectation.goal {
        Goal::Time(span) => span.nanos(),
        Goal::Billionths(Billionths(goal)) => goal,
    }
}

/// The goal as its author wrote it: below 1 % is kept as the largest number below it.
const fn written(expectation: &Expectation) -> u64 {
    let goal = exact(expectation);
    match (expectation.comparison, is_strict(expectation)) {
        (_, false) => goal,
        (Comparison::AtMost, true) => goal + 1,
        (Comparison::AtLeast, true) => goal - 1,
    }
}

/// Whether the goal is one grain beside a number that people write.
const fn is_strict(expectation: &Expectation) -> bool {
    const ROUND: u64 = 1_000;
    let goal = exact(expectation);
    match expectation.comparison {
        Comparison::AtMost => (goal + 1).is_multiple_of(ROUND),
        Comparison::AtLeast => goal > 1 && (goal - 1).is_multiple_of(ROUND),
    }
}

/// The goal as a number: a fraction, a ratio, or seconds.
pub(crate) fn number(expectation: &Expectation) -> f64 {
    written(expectation) as f64 / SECOND
}

/// What was measured, in as many decimals as it takes to stand apart from the goal.
pub(crate) fn measured(expectation: &Expectation, judged: &Judged) -> String {
    let goal = number(expectation);
    match judged.measured {
        None if judged.verdict == Verdict::Missed => "never".to_owned(),
        None => "no samples".to_owned(),
        Some(Measured::Time(span)) => {
            let value = span.nanos() as f64 / SECOND;
            let usual = numbers::seconds(value);
            if usual == numbers::seconds(goal) && judged.verdict == Verdict::Missed {
                format!("{}{THIN}s", apart(value, goal))
            } else {
                usual
            }
        }
        Some(Measured::Fraction { part, of }) => {
            match (is_share(expectation), Share::new(part, of)) {
                (_, None) => "no samples".to_owned(),
                (true, Some(share)) => {
                    let usual = share.in_table();
                    let blurred =
                        Share::from_fraction(goal).is_some_and(|goal| goal.in_table() == usual);
                    if blurred && judged.verdict == Verdict::Missed {
                        format!("{}{THIN}%", apart(share.fraction() * 100.0, goal * 100.0))
                    } else {
                        usual
                    }
                }
                (false, Some(ratio)) => format!("{:.2}", ratio.fraction()),
            }
        }
        Some(Measured::Money(amount)) => {
            let usual = numbers::dollars(amount);
            // A miss by a hair must not read like the goal.
            let blurred = usual.trim_start_matches('$') == format!("{goal:.2}")
                || usual.trim_start_matches('$') == numbers::whole(goal);
            if blurred && judged.verdict == Verdict::Missed {
                numbers::price(amount)
            } else {
                usual
            }
        }
    }
}

/// How far a met figure is from its goal; none for what was not met.
pub(crate) fn spare(expectation: &Expectation, judged: &Judged) -> Option<String> {
    if judged.verdict != Verdict::Met {
        return None;
    }
    let goal = number(expectation);
    Some(match judged.measured? {
        Measured::Money(amount) => {
            let goal = Money::from_pico(i128::from(written(expectation)) * 1_000);
            numbers::dollars((amount - goal).abs())
        }
        Measured::Time(span) => numbers::seconds((span.nanos() as f64 / SECOND - goal).abs()),
        Measured::Fraction { part, of } => {
            let difference = Share::new(part, of)?.fraction() - goal;
            if is_share(expectation) {
                numbers::points(difference)
            } else {
                format!("{:.2}", difference.abs())
            }
        }
    })
}

/// Whether it is about how many jobs are answered in time; one that asks for answers at all is
/// met by late ones too.
pub(crate) const fn is_about_time(expectation: &Expectation) -> bool {
    matches!(expectation.figure, Figure::AnsweredInTime)
}

/// Whether it is about all groups of any strategy, and so about the share of a whole cell.
pub(crate) const fn is_unscoped(expectation: &Expectation) -> bool {
    expectation.group.is_none() && expectation.strategy.is_none()
}

/// Whether its direction is the usual one, and the goal itself is still well.
pub(crate) const fn goes_without_saying(expectation: &Expectation) -> bool {
    let more_is_better = matches!(expectation.figure, Figure::Answered | Figure::AnsweredInTime);
    let usual = matches!(
        (expectation.comparison, more_is_better),
        (Comparison::AtLeast, true) | (Comparison::AtMost, false)
    );
    usual && !is_strict(expectation)
}

/// How many samples a time has: a job that was never answered is a sample of its outcome, never.
pub(crate) const fn samples(measure: Measure, leaf: &Leaf) -> u64 {
    match measure {
        Measure::Wait | Measure::TimeToAnswer | Measure::TimeToFirstToken => leaf.jobs.answered,
        Measure::TimeToOutcome => leaf.jobs.offered,
    }
}

const fn is_share(expectation: &Expectation) -> bool {
    matches!(
        expectation.figure,
        Figure::Answered | Figure::AnsweredInTime | Figure::Status429 | Figure::FirstAttempt429
    )
}

/// A number with the fewest decimals, from one to six, that tell it from another.
fn apart(value: f64, other: f64) -> String {
    (1..6)
        .map(|digits| (format!("{value:.digits$}"), format!("{other:.digits$}")))
        .find(|(value, other)| value != other)
        .map_or_else(|| format!("{value:.6}"), |(value, _)| value)
}

#[cfg(test)]
mod tests {
    use run_record::Percentile;

    use super::*;
    use crate::sample;

    fn judged(measured: Option<Measured>, verdict: Verdict) -> Judged {
        Judged {
            expectation: 0,
            tier: None,
            strategy: None,
            group: None,
            measured,
            verdict,
            met: 0,
            of: 1,
        }
    }

    #[test]
    fn goals_are_written_without_needless_digits() {
        let percent = |billionths| {
            bound(&sample::share(Figure::AnsweredInTime, Comparison::AtLeast, billionths))
        };
        assert_eq!(percent(990_000_000), "at least 99\u{202f}%");
        assert_eq!(percent(995_000_000), "at least 99.5\u{202f}%");
        assert_eq!(bound(&sample::wait_p95(3_000)), "at most 3\u{202f}s");
        assert_eq!(bound(&sample::wait_p95(250)), "at most 0.25\u{202f}s");
    }

    #[test]
    fn a_goal_that_must_not_be_reached_is_written_as_its_author_wrote_it() {
        let below = sample::share(Figure::Status429, Comparison::AtMost, 9_999_999);
        assert_eq!(bound(&below), "below 1\u{202f}%");
        assert!((number(&below) - 0.01).abs() < 1e-12);
        let above = sample::share(Figure::AnsweredInTime, Comparison::AtLeast, 990_000_001);
        assert_eq!(bound(&above), "above 99\u{202f}%");
    }

    #[test]
    fn a_miss_by_a_hair_does_not_read_like_the_goal() {
        let goal = sample::share(Figure::AnsweredInTime, Comparison::AtLeast, 990_000_000);
        let hair = Some(Measured::Fraction { part: 98_960, of: 100_000 });
        assert_eq!(measured(&goal, &judged(hair, Verdict::Missed)), "98.96\u{202f}%");
        let met = Some(Measured::Fraction { part: 99_040, of: 100_000 });
        assert_eq!(measured(&goal, &judged(met, Verdict::Met)), "99.0\u{202f}%");

        let wait = sample::wait_p95(3_000);
        let late = Some(Measured::Time(limits::Span::from_millis(3_004)));
        assert_eq!(measured(&wait, &judged(late, Verdict::Missed)), "3.004\u{202f}s");
    }

    #[test]
    fn what_was_not_measured_is_said_in_words() {
        let outcome = Figure::Time { measure: Measure::TimeToOutcome, percentile: Percentile::P99 };
        let mut goal = sample::wait_p95(3_000);
        goal.figure = outcome;
        assert_eq!(measured(&goal, &judged(None, Verdict::Missed)), "never");
        assert_eq!(measured(&goal, &judged(None, Verdict::Unjudged)), "no samples");
        assert_eq!(heading(&goal), "Time to outcome, p99");
        assert_eq!(phrase(&goal), "time to outcome p99");
    }

    #[test]
    fn only_what_was_met_has_something_to_spare() {
        let goal = sample::share(Figure::Status429, Comparison::AtMost, 50_000_000);
        let some = Some(Measured::Fraction { part: 1, of: 1_000 });
        assert_eq!(spare(&goal, &judged(some, Verdict::Met)).unwrap(), "4.9\u{202f}points");
        assert_eq!(spare(&goal, &judged(some, Verdict::Missed)), None);
    }
}
