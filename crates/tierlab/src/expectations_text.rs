//! What became of each expectation, in two lines: its verdict, and who met it or came closest.

use std::cmp::Ordering;

use report::numbers::{self, Share};
use run_record::{Comparison, Expectation, Judged, Kind, Measured, RunRecord, Rung, Verdict};

use crate::cost_text::dollars;
use crate::summary_text::NO_SAMPLES;

/// Every expectation of a record; nothing where none was stated.
pub(crate) fn of(record: &RunRecord) -> String {
    let judgement = record.judge();
    let expectations = &record.header().expectations;
    let mut text = String::new();
    let mut each_is_met = true;
    for (index, expectation) in expectations.iter().enumerate() {
        let rows: Vec<&Judged> =
            judgement.judged.iter().filter(|row| row.expectation == index).collect();
        each_is_met &= rows.iter().any(|row| row.verdict == Verdict::Met);
        text.push_str(&one(expectation, &rows, &record.header().ladder));
    }
    if each_is_met && judgement.verdict == Some(Verdict::Missed) {
        text.push_str("  MISSED      no single strategy meets them all\n");
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn one(expectation: &Expectation, rows: &[&Judged], ladder: &[Rung]) -> String {
    let met: Vec<&&Judged> = rows.iter().filter(|row| row.verdict == Verdict::Met).collect();
    let word = if !met.is_empty() {
        "MET"
    } else if rows.iter().any(|row| row.verdict == Verdict::Unjudged) {
        "NOT JUDGED"
    } else {
        "MISSED"
    };
    let who = match met.as_slice() {
        [] => rows.iter().max_by(|a, b| closer(expectation, a, b)).map(|row| {
            let best = if rows.len() > 1 { "closest: " } else { "" };
            format!("{best}{}", told(expectation, row, ladder))
        }),
        [row] => Some(told(expectation, row, ladder)),
        several => {
            let names = several.iter().filter_map(|row| row.strategy.as_deref());
            Some(format!("by {}", names.collect::<Vec<_>>().join(", ")))
        }
    };
    let name = &expectation.name;
    who.map_or_else(
        || format!("  {word:10}  {name}\n"),
        |who| format!("  {word:10}  {name}\n              {who}\n"),
    )
}

fn told(expectation: &Expectation, row: &Judged, ladder: &[Rung]) -> String {
    let of_row = |rung: &&Rung| row.tier.as_ref() == Some(&rung.tier);
    let past_hour = ladder.iter().find(of_row).filter(|rung| rung.past_hour_rpm.is_some());
    let (on, tier) = match past_hour {
        Some(rung) => (" with ", Some(rung.title.as_str())),
        None => (" on ", row.tier.as_deref()),
    };
    let who = [row.strategy.as_deref(), tier].into_iter().flatten().collect::<Vec<_>>().join(on);
    let measured = row.measured.map_or_else(
        || NO_SAMPLES.to_owned(),
        |measured| in_unit(expectation.figure.kind(), measured),
    );
    let runs =
        if row.of > 1 { format!(", met in {} of {}", row.met, row.of) } else { String::new() };
    format!("{measured} with {who}{runs}")
}

/// A measured figure in its unit.
fn in_unit(kind: Kind, measured: Measured) -> String {
    match (measured, kind) {
        (Measured::Time(span), _) => numbers::seconds(span.nanos() as f64 / 1e9),
        (Measured::Money(amount), _) => dollars(amount.in_dollars()),
        (Measured::Fraction { part, of }, Kind::Share) => {
            let share = Share::from_fraction(part as f64 / of.max(1) as f64);
            share.map_or_else(|| NO_SAMPLES.to_owned(), Share::in_table)
        }
        (Measured::Fraction { part, of }, Kind::Ratio | Kind::Time | Kind::Money) => {
            format!("{:.2}", part as f64 / of.max(1) as f64)
        }
    }
}

/// Orders rows by how close they are to the goal: the side that the comparison wants is greater,
/// and a row without samples is farthest.
fn closer(expectation: &Expectation, a: &Judged, b: &Judged) -> Ordering {
    let figure = |row: &Judged| {
        row.measured.map(|measured| match measured {
            Measured::Time(span) => span.nanos() as f64,
            Measured::Money(amount) => amount.in_dollars(),
            Measured::Fraction { part, of } => part as f64 / of.max(1) as f64,
        })
    };
    match (figure(a), figure(b)) {
        (Some(a), Some(b)) => match expectation.comparison {
            Comparison::AtLeast => a.total_cmp(&b),
            Comparison::AtMost => b.total_cmp(&a),
        },
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use limits::Span;
    use run_record::Figure;

    use super::*;

    fn expectation(figure: &str, comparison: Comparison) -> Expectation {
        let goal = run_record::Goal::Billionths(run_record::Billionths(990_000_000));
        Expectation {
            name: format!("waiting room: {figure} >= 99%"),
            figure: Figure::parse(figure).unwrap(),
            comparison,
            goal,
            group: Some("waiting room".to_owned()),
            strategy: None,
        }
    }

    fn row(strategy: &str, measured: Option<Measured>) -> Judged {
        Judged {
            expectation: 0,
            tier: Some("build-2".to_owned()),
            strategy: Some(strategy.to_owned()),
            group: Some("waiting room".to_owned()),
            measured,
            verdict: Verdict::Missed,
            met: 0,
            of: 20,
        }
    }

    #[test]
    fn the_closest_is_the_one_on_the_side_that_the_comparison_wants() {
        let share = |part| Some(Measured::Fraction { part, of: 100 });
        let rows = [row("low", share(45)), row("high", share(78)), row("none", None)];
        let rows: Vec<&Judged> = rows.iter().collect();
        let at_least = one(&expectation("answered", Comparison::AtLeast), &rows, &[]);
        assert!(at_least.contains("closest: 78.0"), "{at_least}");
        let at_most = one(&expectation("status_429", Comparison::AtMost), &rows, &[]);
        assert!(at_most.contains("closest: 45.0"), "{at_most}");
    }

    #[test]
    fn a_unit_comes_from_the_figure_whatever_the_group_is_called() {
        let all = row("one", Some(Measured::Fraction { part: 1, of: 1 }));
        let told_of = told(&expectation("answered", Comparison::AtLeast), &all, &[]);
        assert!(told_of.starts_with("100"), "a share, not seconds of waiting: {told_of}");
        let slow = row("one", Some(Measured::Time(Span::from_millis(1_500))));
        let told_of = told(&expectation("wait_p95", Comparison::AtMost), &slow, &[]);
        assert!(told_of.starts_with("1.5"), "{told_of}");
    }

    #[test]
    fn without_tiers_it_is_judged_with_a_past_hour_and_not_on_a_tier() {
        let title = "300/min in the past hour".to_owned();
        let (tier, past_hour_rpm) = ("build-2".to_owned(), Some(300));
        let (limits, gates) = (Vec::new(), Vec::new());
        let ladder = [Rung { tier, title, past_hour_rpm, limits, gates, reach: None }];
        let all = row("one", Some(Measured::Fraction { part: 1, of: 2 }));
        let told_of = told(&expectation("answered", Comparison::AtLeast), &all, &ladder);
        assert!(told_of.contains(" with one with 300/min in the past hour,"), "{told_of}");
    }
}
