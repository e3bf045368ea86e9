//! How long answers take: the attempt by itself, and what waiting adds to it.
//!
//! The times of an attempt are the service's; the time since a job fell due is what whoever asked
//! for it sees, waits and refused attempts included. Only answered jobs have any of them.

pub(crate) mod over_time;
mod picture;
mod table;

use maud::{Markup, html};
use run_record::{Histogram, Latency, Percentile, derive};

use crate::numbers;
use crate::strategies;
use crate::study::Study;

/// Rules that only this section needs.
pub(crate) const STYLE: &str = include_str!("latency/latency.css");

/// Whether a page has the section.
pub(crate) fn is_told(study: &Study<'_>) -> bool {
    !tiers(study).is_empty()
}

/// The tiers on which the strategy that is looked at has times to tell.
pub(crate) fn tiers(study: &Study<'_>) -> Vec<usize> {
    let Some((focus, _)) = study.focus() else { return Vec::new() };
    let told = |tier: &usize| Spread::of(study, (focus, *tier), Taken::Attempt).is_told();
    strategies::tiers(study).into_iter().filter(told).collect()
}

/// The section; none where too little was answered to tell a time, or nobody measured it.
pub(crate) fn section(study: &Study<'_>) -> Option<Markup> {
    let (focus, _) = study.focus()?;
    let tiers = tiers(study);
    let about = *tiers.last()?;
    Some(html! {
        section.section #latency {
            p.question { "How long do answers take?" }
            h2 { (finding(study, (focus, about))) }
            p.lead { (lead(study, focus, &tiers)) }
            (picture::figure(study, focus, &tiers))
            (table::all(study, &tiers))
            @if let Some(over_time) = over_time::figure(study, focus, &tiers) { (over_time) }
        }
    })
}

/// A time that the section tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Taken {
    /// From due to the first token, of groups that stream.
    FirstToken,
    /// For each token after the first.
    PerToken,
    /// From sending to last byte.
    Attempt,
    /// From due to last byte.
    SinceDue,
    /// From sending to end, of attempts that were turned away.
    Refusal,
}

/// How a time of one cell was spread.
struct Spread {
    times: Histogram,
    longest: u64,
}

impl Spread {
    /// Over all groups that have such a time.
    fn of(study: &Study<'_>, (row, tier): (usize, usize), taken: Taken) -> Spread {
        let mut spread = Spread { times: Histogram::default(), longest: 0 };
        let Some(cell) = study.cell(row, tier) else { return spread };
        for (note, group) in study.record.header().groups.iter().zip(cell.groups()) {
            if taken == Taken::FirstToken && !note.stream {
                continue;
            }
            let of = |leaf: &run_record::Leaf| match taken {
                Taken::FirstToken => leaf.times.first_token.most,
                Taken::PerToken => Latency::PerToken.of(&leaf.times).most,
                Taken::Attempt => Latency::Service.of(&leaf.times).most,
                Taken::SinceDue => leaf.times.answer.most,
                Taken::Refusal => Latency::Refusal.of(&leaf.times).most,
            };
            spread.times.absorb(match taken {
                Taken::FirstToken => &group.times().first_token,
                Taken::PerToken => Latency::PerToken.of(group.times()),
                Taken::Attempt => Latency::Service.of(group.times()),
                Taken::SinceDue => &group.times().answer,
                Taken::Refusal => Latency::Refusal.of(group.times()),
            });
            let longest = group.leaves().iter().filter_map(of).max().unwrap_or(0);
            spread.longest = spread.longest.max(longest);
        }
        spread
    }

    fn at(&self, percentile: Percentile) -> Option<f64> {
        let edge = derive::spread_at(&self.times, percentile)?;
        // Rounded up to a microsecond, as figures of a record are.
        Some(edge.nanos().min(self.longest).div_ceil(1_000) as f64 / 1e6)
    }

    fn is_told(&self) -> bool {
        self.at(Percentile::P50).is_some()
    }
}

/// A time of a token or a refusal, which is short.
fn short(seconds: f64) -> String {
    if seconds < 1.0 { numbers::millis(seconds) } else { numbers::seconds(seconds) }
}

/// What an attempt takes, and how much longer a job does.
fn finding(study: &Study<'_>, cell: (usize, usize)) -> String {
    // So much longer, and waiting is worth a word.
    const LONGER: f64 = 1.1;
    let at = |taken, which| Spread::of(study, cell, taken).at(which);
    let there = study.on(cell.1);
    let told = [Percentile::P95, Percentile::P50]
        .into_iter()
        .find_map(|which| Some((which, at(Taken::Attempt, which)?, at(Taken::SinceDue, which)?)));
    let Some((which, attempt, since_due)) = told else {
        return format!("{there}, too little was answered to tell how long that takes");
    };
    let share =
        if which == Percentile::P95 { "95 % of answers take" } else { "half of the answers take" };
    let written = numbers::seconds(attempt);
    if since_due > attempt * LONGER && numbers::seconds(since_due) != written {
        format!(
            "{there}, {share} {written} or less from their sending, and {} or less from when their job fell due",
            numbers::seconds(since_due)
        )
    } else {
        format!("{there}, {share} {written} or less, and waiting adds next to nothing")
    }
}

/// The strategy that is looked at, on each tier; and what a refusal takes.
fn lead(study: &Study<'_>, focus: usize, tiers: &[usize]) -> String {
    let since_due = |tier: &usize| {
        let spread = Spread::of(study, (focus, *tier), Taken::SinceDue);
        let half = spread.at(Percentile::P50).map(numbers::seconds)?;
        let tail = spread.at(Percentile::P95).map(numbers::seconds);
        let tail = tail.map(|tail| format!(" and {tail} (p95)")).unwrap_or_default();
        Some(format!("{half} (p50){tail} {}", study.there(*tier)))
    };
    let parts: Vec<String> = tiers.iter().filter_map(since_due).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let answers = format!(
        "With {}, an answered job has its last byte {} after it fell due.",
        study.quoted(focus),
        numbers::listed(&parts)
    );
    let refusal = tiers.iter().find_map(|tier| {
        let half = Spread::of(study, (focus, *tier), Taken::Refusal).at(Percentile::P50)?;
        Some(format!(" A refusal or failure is told {} after its sending (p50).", short(half)))
    });
    answers + &refusal.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::launch;

    #[test]
    fn the_times_of_an_attempt_stand_beside_those_since_due() {
        let record = launch();
        let study = Study::of(&record);
        let shown = section(&study).unwrap().into_string();
        for word in ["How long do answers take?", "<svg", "data-over=\"latency\"", "2.4"] {
            assert!(shown.contains(word), "{word}: {shown}");
        }
        assert_eq!(shown.matches("<table").count(), 2, "both tiers have a table");
        let rows = shown.matches("<tr data-t=").count();
        assert!(rows > 0, "what is the same for everybody is said once");
    }

    #[test]
    fn a_record_in_which_nobody_measured_attempts_has_no_such_section() {
        let record = launch();
        let mut text: serde_json::Value = serde_json::from_str(&record.write()).unwrap();
        for cell in text["cells"].as_array_mut().unwrap() {
            for group in cell["groups"].as_array_mut().unwrap() {
                for name in ["service", "per_token", "refusal"] {
                    group["times"].as_object_mut().unwrap().remove(name).unwrap();
                }
            }
        }
        let old = run_record::RunRecord::read(&text.to_string()).unwrap();
        assert!(section(&Study::of(&old)).is_none());
    }

    #[test]
    fn no_percentile_exceeds_the_longest_time_of_its_groups() {
        let record = launch();
        let study = Study::of(&record);
        let spread = Spread::of(&study, (0, 0), Taken::Attempt);
        assert_eq!(spread.at(Percentile::P99), Some(2.4));
    }
}
