//! What was expected, as a build server reads the results of tests: `JUnit` XML.
//!
//! One case for each expectation. It fails where the expectation was missed and is skipped where it
//! could not be judged, each with what was measured. Where no strategy is named to ship, an
//! expectation that any of them meets is met; whether one meets all of them is a case of its own. A
//! suite has a failure exactly when the run was missed, and otherwise a skipped case exactly when it
//! was not judged.

use std::fmt::Write as _;

use run_record::{Expectation, Judged, RunRecord, Verdict};

use super::xml::escaped;
use crate::demand::Demand;
use crate::goal;
use crate::study::Study;
use crate::verdict;

/// One expectation and what became of it.
struct Case {
    name: String,
    verdict: Verdict,
    /// What was measured, or why nothing could be told.
    says: String,
}

/// The expectations of a record as a test suite.
#[must_use]
pub fn junit(record: &RunRecord) -> String {
    let study = Study::of(record);
    let cases = cases(&study);
    let count = |verdict| cases.iter().filter(|case| case.verdict == verdict).count();
    let (all, missed, open) = (cases.len(), count(Verdict::Missed), count(Verdict::Unjudged));
    let counts = format!("tests=\"{all}\" failures=\"{missed}\" errors=\"0\" skipped=\"{open}\"");
    let scenario = &record.header().recipe.scenario;
    let title = escaped(&scenario.title);
    let class = escaped(&class(&study));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "<testsuites name=\"tierlab\" {counts}>");
    let _ = writeln!(text, "  <testsuite name=\"{title}\" {counts}>");
    for case in &cases {
        let (name, says) = (escaped(&case.name), escaped(&case.says));
        let _ = write!(text, "    <testcase classname=\"{class}\" name=\"{name}\"");
        let _ = match case.verdict {
            Verdict::Met => writeln!(text, "/>"),
            Verdict::Missed => {
                writeln!(
                    text,
                    "><failure type=\"missed\" message=\"{says}\">{says}</failure></testcase>"
                )
            }
            Verdict::Unjudged => writeln!(text, "><skipped message=\"{says}\"/></testcase>"),
        };
    }
    let sentence = verdict::of(&study, &Demand::of(&study)).sentence_text();
    let _ = writeln!(text, "    <system-out>{}</system-out>", escaped(&sentence));
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

/// What the cases are about: the scenario's file and the account's tier.
fn class(study: &Study<'_>) -> String {
    let header = study.record.header();
    let file = &header.recipe.scenario.file;
    match &header.tier {
        Some(tier) => format!("{file} {tier}"),
        None => file.clone(),
    }
}

fn cases(study: &Study<'_>) -> Vec<Case> {
    let judgement = study.record.judge();
    let Some(verdict) = judgement.verdict else { return Vec::new() };
    let expectations = study.expectations().iter().enumerate();
    let mut cases: Vec<Case> = expectations
        .map(|(index, asked)| {
            let rows: Vec<&Judged> =
                judgement.judged.iter().filter(|row| row.expectation == index).collect();
            // What was not finished may still come out otherwise.
            let of_all = rows.iter().map(|row| row.verdict).min().unwrap_or(Verdict::Unjudged);
            Case {
                name: asked.name.clone(),
                verdict: of_all.min(verdict),
                says: says(study, asked, &rows),
            }
        })
        .collect();
    let shared = study.expectations().iter().filter(|asked| asked.strategy.is_none()).count();
    let together = study.record.header().ship.is_none() && shared > 1;
    if together || Verdict::worst(cases.iter().map(|case| case.verdict)) != verdict {
        let sentence = verdict::of(study, &Demand::of(study)).sentence_text();
        cases.push(Case { name: "all of them at once".to_owned(), verdict, says: sentence });
    }
    cases
}

/// What was measured with the strategy that it is judged on, or with the one that comes closest.
fn says(study: &Study<'_>, asked: &Expectation, rows: &[&Judged]) -> String {
    let Some(row) = closest(study, rows) else {
        return "nothing was run to judge it on".to_owned();
    };
    let measured = goal::measured(asked, row);
    let bound = goal::bound(asked);
    let who = row.strategy.as_deref().map_or_else(String::new, |name| format!(" with “{name}”"));
    let where_to = study.yours.map_or_else(String::new, |tier| format!(" {}", study.there(tier)));
    let seeds = if row.of > 1 {
        format!(", met in {} of {} seeds", row.met, row.of)
    } else {
        String::new()
    };
    let figure = goal::heading(asked);
    format!("{figure}: {measured}{who}{where_to}, expected {bound}{seeds}")
}

/// Of several strategies the one that stands first on the account's tier.
fn closest<'j>(study: &Study<'_>, rows: &[&'j Judged]) -> Option<&'j Judged> {
    let place = |row: &Judged| {
        let name = row.strategy.as_deref()?;
        let number = study.strategies.iter().position(|one| one.name == name)?;
        study.outcome(number, study.yours?)
    };
    let mut rows = rows.iter();
    let first = *rows.next()?;
    Some(rows.fold(first, |best, row| match (place(best), place(row)) {
        (Some(a), Some(b)) if crate::study::Outcome::compare(b, a).is_lt() => row,
        (None, Some(_)) => row,
        _ => best,
    }))
}

#[cfg(test)]
mod tests {
    use run_record::{Comparison, Figure};

    use super::*;
    use crate::forms::xml::Element;
    use crate::numbers::{Share, THIN};
    use crate::sample::{Told, launch, launch_with, record_of, record_with, share, wait_p95};

    fn read(record: &RunRecord) -> Element {
        Element::read(&junit(record))
    }

    fn cases_of(root: &Element) -> Vec<&Element> {
        root.all().into_iter().filter(|one| one.name == "testcase").collect()
    }

    /// How many cases of each kind there are, as the suite says and as they are.
    fn counted(root: &Element) -> [usize; 3] {
        let cases = cases_of(root);
        let with = |name: &str| {
            cases.iter().filter(|case| case.children.iter().any(|one| one.name == name)).count()
        };
        let are = [cases.len(), with("failure"), with("skipped")];
        for suite in [root, &root.children[0]] {
            let says = ["tests", "failures", "skipped"]
                .map(|name| suite.attribute(name).unwrap().parse::<usize>().unwrap());
            assert_eq!(says, are);
        }
        are
    }

    #[test]
    fn a_missed_expectation_fails_with_what_was_measured() {
        let record = launch();
        let root = read(&record);
        assert_eq!(counted(&root), [3, 3, 0]);
        let failure = &cases_of(&root)[0].children[0];
        let says = failure.attribute("message").unwrap();
        let key = run_record::CellKey::new(Some("build-2"), "together-py");
        let jobs = record.cell(&key).unwrap().whole().pooled().jobs;
        let told = Share::new(jobs.in_time, jobs.offered).unwrap().in_table();
        assert_eq!(
            says.replace(THIN, " "),
            format!(
                "Answered in time: {} with “together-py” on Tier 2, expected at least 99 %, met in \
                 0 of 4 seeds",
                told.replace(THIN, " ")
            )
        );
        assert_eq!(failure.text, says);
    }

    #[test]
    fn a_suite_fails_exactly_where_the_run_was_missed() {
        let told = |in_time| vec![Told { in_time, ..Told::default() }];
        let met = record_of(&[("build-2", "give-up", told(1_000))]);
        let missed = record_of(&[("build-2", "give-up", told(10))]);
        let unjudged = record_with(
            |header| header.expectations = vec![wait_p95(3_000)],
            &[("build-2", "give-up", vec![Told { offered: 20, in_time: 20, ..Told::default() }])],
        );
        let unasked = record_with(
            |header| header.expectations.clear(),
            &[("build-2", "give-up", told(1_000))],
        );
        let cut = launch_with(|header| header.cut_short = true);
        let of_one = launch_with(|header| header.ship = Some("give-up".to_owned()));
        let absent = launch_with(|header| header.tier = Some("limited".to_owned()));
        for record in [met, missed, unjudged, unasked, launch(), cut, of_one, absent] {
            let root = read(&record);
            let [all, failed, skipped] = counted(&root);
            match record.judge().verdict {
                None => assert_eq!(all, 0),
                Some(Verdict::Met) => assert!(all > 0 && failed == 0 && skipped == 0),
                Some(Verdict::Missed) => assert!(failed > 0),
                Some(Verdict::Unjudged) => assert!(failed == 0 && skipped > 0),
            }
        }
    }

    #[test]
    fn what_each_meets_and_none_meets_together_is_a_case_of_its_own() {
        let quick = Told { in_time: 1_000, by_tokens: 900, ..Told::default() };
        let calm = Told { in_time: 500, late: 500, ..Told::default() };
        let record = record_of(&[
            ("build-2", "give-up", vec![quick]),
            ("build-2", "own-bucket", vec![calm]),
        ]);
        let root = read(&record);
        assert_eq!(counted(&root), [3, 1, 0]);
        assert_eq!(cases_of(&root)[2].attribute("name"), Some("all of them at once"));
        assert_eq!(cases_of(&root)[2].children[0].name, "failure");
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        const ODD: &str = "a & b < \"c\" > d\n| 'e'";
        let record = record_with(
            |header| {
                header.recipe.scenario.title = ODD.to_owned();
                header.strategies[0].name = ODD.to_owned();
                let mut asked = share(Figure::AnsweredInTime, Comparison::AtLeast, 990_000_000);
                asked.name = ODD.to_owned();
                header.expectations = vec![asked];
            },
            &[("build-2", ODD, vec![Told { in_time: 10, ..Told::default() }])],
        );
        let root = read(&record);
        assert_eq!(root.children[0].attribute("name"), Some(ODD));
        let case = cases_of(&root)[0];
        assert_eq!(case.attribute("name"), Some(ODD));
        assert!(case.children[0].attribute("message").unwrap().contains(ODD));
    }
}
