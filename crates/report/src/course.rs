//! What happened once during the run: as marks on charts over time, and as a reason.

use maud::{Markup, html};

use crate::chart::time::Mark;
use crate::numbers::{self, Share};
use crate::study::{Outcome, Study};

const SECOND: u64 = 1_000_000_000;
/// Events with a letter of their own; more would hide the chart.
const LETTERS: &str = "ABCDEFGHIJKLMNOP";
/// A difference in jobs in time from which on an event is worth a sentence.
const TELLING: f64 = 0.02;

/// The events of the run, each with the letter that charts call it by.
fn lettered<'r>(study: &Study<'r>) -> impl Iterator<Item = (char, &'r run_record::EventNote)> {
    LETTERS.chars().zip(&study.record.header().events)
}

/// The events as marks on a chart.
pub(crate) fn marks(study: &Study<'_>) -> Vec<Mark> {
    let mark = |(letter, event): (char, &run_record::EventNote)| Mark {
        letter,
        from: event.begins.nanos() / SECOND,
        to: event.ends.map(|ends| ends.nanos().div_ceil(SECOND)),
    };
    lettered(study).map(mark).collect()
}

/// The second at which the first event that does more than help brings clients together: its
/// beginning, or its end where that is more than a minute later.
pub(crate) fn gathers(study: &Study<'_>) -> Option<u64> {
    let (_, event) = lettered(study).find(|(_, event)| !is_help(event))?;
    let begins = event.begins.nanos() / SECOND;
    let ends = event.ends.map_or(begins, |ends| ends.nanos() / SECOND);
    Some(if ends > begins + 60 { ends } else { begins })
}

/// What the letters of the marks mean, as entries of a chart's key.
pub(crate) fn key(study: &Study<'_>) -> Markup {
    html! {
        @for (letter, event) in lettered(study) {
            li.event-key { b { (letter) } " " (event.says) ", " (when(event)) }
        }
    }
}

/// `04:00 to 06:00`, `from 04:00 on`, `at 04:00`.
pub(crate) fn when(event: &run_record::EventNote) -> String {
    let begins = numbers::clock(event.begins.nanos() / SECOND);
    match event.ends {
        None => format!("from {begins} on"),
        Some(ends) if ends == event.begins => format!("at {begins}"),
        Some(ends) => format!("{begins} to {}", numbers::clock(ends.nanos().div_ceil(SECOND))),
    }
}

/// What the costliest event did to the jobs that fell due meanwhile: `Of the jobs due during an
/// outage of llama (04:00 to 06:00), 12 % are in time; of all others 99.8 %.` None where no event
/// cost two points.
pub(crate) fn costliest(study: &Study<'_>, outcome: &Outcome) -> Option<String> {
    let told = study.record.header().events.iter().filter(|event| !is_help(event));
    let told = told.filter_map(|event| {
        let (during, others) = in_time(outcome, event)?;
        let cost = others.fraction() - during.fraction();
        (cost >= TELLING).then_some((cost, event, during, others))
    });
    // The first of equals.
    let (_, event, during, others) =
        told.fold(None, |most: Option<(f64, _, _, _)>, one| match most {
            Some(most) if most.0 >= one.0 => Some(most),
            _ => Some(one),
        })?;
    let goal = study.goal_in_time();
    Some(format!(
        "Of the jobs due during {} ({}), {} are in time; of all others {}.",
        event.says,
        when(event),
        during.in_sentence(goal),
        others.in_sentence(goal)
    ))
}

/// When a grant came into force, and what it did: `Of the jobs due from 97:00:00 on, with Scale
/// granted for llama, 83 % are in time; before, 67 %.` Of several, the one that helped most.
pub(crate) fn granted(study: &Study<'_>, outcome: &Outcome) -> Option<String> {
    // Other events that last are no help, whatever else changed meanwhile.
    let grants =
        study.record.header().events.iter().filter(|event| event.says.contains(" granted for "));
    let told = grants.filter_map(|event| {
        let (since, before) = in_time(outcome, event)?;
        let gain = since.fraction() - before.fraction();
        (gain > -TELLING).then_some((gain, event, since, before))
    });
    let (_, event, since, before) = told.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let goal = study.goal_in_time();
    Some(format!(
        "Of the jobs due {}, with {}, {} are in time; before, {}.",
        when(event),
        event.says,
        since.in_sentence(goal),
        before.in_sentence(goal)
    ))
}

/// Whether an event only adds to what the account has or may do, so that nothing is its doing.
fn is_help(event: &run_record::EventNote) -> bool {
    let helps = [
        "a purchase of ",
        "free credit of ",
        "an authorization that is approved",
        "a tier that support puts in force",
        "no limit of its own any more",
    ];
    helps.iter().any(|says| event.says.starts_with(says))
}

/// The share in time of the jobs that fell due during an event, and that of all others.
fn in_time(outcome: &Outcome, event: &run_record::EventNote) -> Option<(Share, Share)> {
    let to = event.ends.map_or(u64::MAX, |ends| ends.nanos().div_ceil(SECOND));
    in_time_between(outcome, event.begins.nanos() / SECOND, to)
}

/// The same of those that fell due from a second on and before another.
pub(crate) fn in_time_between(outcome: &Outcome, from: u64, to: u64) -> Option<(Share, Share)> {
    let series = outcome.whole.series()?;
    let width = (series.width.nanos() / SECOND).max(1);
    let (from, to) = (from / width, to.div_ceil(width));
    let during = |step: u64| step >= from && step < to;
    let sum = |counts: &[u64], meanwhile: bool| -> u64 {
        let steps = (0_u64..).zip(counts).filter(|(step, _)| during(*step) == meanwhile);
        steps.map(|(_, count)| count).sum()
    };
    let share = |meanwhile| {
        let due = sum(series.jobs_due.as_slice(), meanwhile);
        Share::new(sum(series.in_time.as_slice(), meanwhile), due)
    };
    Some((share(true)?, share(false)?))
}

/// The event behind most of what attempts met, if there is one: `91 % of 429s and failures come
/// during an outage of llama (04:00 to 07:00).`
pub(crate) fn during(study: &Study<'_>, outcome: &Outcome) -> Option<String> {
    let (_, event, share) = behind(study, outcome)?;
    let what = if outcome.total.attempts.failed > 0 { "429s and failures" } else { "429s" };
    Some(format!(
        "{} of {what} come during {} ({}).",
        share.in_sentence(None),
        event.says,
        when(event)
    ))
}

/// The event that ends and during which most 429s and failures come, with its letter and their
/// share, where that is at least twice its share of the jobs.
pub(crate) fn behind<'r>(
    study: &Study<'r>,
    outcome: &Outcome,
) -> Option<(char, &'r run_record::EventNote, Share)> {
    let series = outcome.whole.series()?;
    let width = (series.width.nanos() / SECOND).max(1);
    lettered(study).filter(|(_, event)| !is_help(event)).find_map(|(letter, event)| {
        let from = event.begins.nanos() / SECOND / width;
        let to = event.ends?.nanos().div_ceil(SECOND).div_ceil(width);
        let share = |columns: &[&[u64]]| {
            let all = || columns.iter().flat_map(|column| (0_u64..).zip(column.iter()));
            let during = all().filter(|(step, _)| (from..to).contains(step));
            Share::new(during.map(|(_, count)| count).sum(), all().map(|(_, count)| count).sum())
        };
        let met = share(&[series.status_429.as_slice(), series.failed.as_slice()])?;
        let due = share(&[series.jobs_due.as_slice()])?;
        let most = met.fraction() > 0.5 && met.fraction() >= 2.0 * due.fraction();
        most.then_some((letter, event, met))
    })
}

#[cfg(test)]
mod tests {
    use limits::Span;
    use run_record::{EventNote, Header};

    use super::*;
    use crate::sample::{Told, record_with};

    fn said(begins: u64, ends: Option<u64>, sudden: bool) -> Option<String> {
        let happens = |header: &mut Header| {
            header.events = vec![EventNote {
                says: "an outage".to_owned(),
                begins: Span::from_secs(begins),
                ends: ends.map(Span::from_secs),
            }];
        };
        let told = Told { in_time: 1_000, by_tokens: 600, failed: 200, sudden, ..Told::default() };
        let record = record_with(happens, &[("build-2", "give-up", vec![told])]);
        let study = Study::of(&record);
        during(&study, study.outcome(0, 0).unwrap())
    }

    #[test]
    fn an_event_is_behind_what_comes_while_it_lasts() {
        let outage = said(290, Some(340), true).unwrap().replace(numbers::THIN, " ");
        assert_eq!(outage, "67 % of 429s and failures come during an outage (04:50 to 05:40).");
    }

    #[test]
    fn a_grant_is_told_with_the_hour_it_came_into_force() {
        let told = |says: &str, begins: u64| {
            let happens = |header: &mut Header| {
                header.events = vec![EventNote {
                    says: says.to_owned(),
                    begins: Span::from_secs(begins),
                    ends: None,
                }];
            };
            let told = Told { in_time: 940, outage: true, ..Told::default() };
            let record = record_with(happens, &[("build-2", "give-up", vec![told])]);
            let study = Study::of(&record);
            granted(&study, study.outcome(0, 0).unwrap())
                .map(|said| said.replace(numbers::THIN, " "))
        };
        let scale = "Scale granted for llama";
        assert_eq!(
            told(scale, 180).unwrap(),
            "Of the jobs due from 03:00 on, with Scale granted for llama, 99.8 % are in time; \
             before, 66 %."
        );
        // Where nobody came before it, nothing can be said of it, nor of what is no grant.
        assert_eq!(told(scale, 0), None);
        assert_eq!(told("other tenants who take 80 % of llama", 180), None);
    }

    #[test]
    fn an_event_is_not_behind_what_comes_as_often_without_it() {
        assert_eq!(said(300, Some(600), false), None);
        assert_eq!(said(300, None, true), None);
        assert_eq!(said(400, Some(460), true), None);
    }
}
