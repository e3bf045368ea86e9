//! Counts over time, for a spreadsheet: comma-separated values by RFC 4180.
//!
//! One row for each step of each group of each cell, as the record keeps them: the width of a step
//! stands in each row and follows from the length of the run. Counts are sums over the replications,
//! whose number stands beside them. What came after the last step, and a cell of which the record
//! keeps no steps, is one row without a width: from there to the end. So the rows of a group always
//! add up to its counts.

use std::fmt::Write as _;

use run_record::{Cell, GroupCell, RefusedBy, RunRecord, Series};

/// The counts of a row, in its order, as its head names them.
const COUNTS: [&str; 9] = [
    "jobs_due",
    "tokens_due",
    "answered",
    "in_time",
    "gave_up",
    "ended",
    "sent",
    "status_429",
    "failed",
];

/// What happened when, of every cell and group.
#[must_use]
pub fn csv(record: &RunRecord) -> String {
    let causes = RefusedBy::ALL.map(|cause| format!("refused_{}", cause.name()));
    let counts = COUNTS.iter().map(|count| (*count).to_owned()).chain(causes);
    let mut text = format!(
        "from_s,width_s,tier,strategy,varied,group,replications,{}\r\n",
        counts.collect::<Vec<String>>().join(",")
    );
    let names: Vec<&str> = record.header().groups.iter().map(|one| one.name.as_str()).collect();
    for cell in record.cells() {
        for (number, group) in cell.groups().iter().enumerate() {
            let whose = whose(cell, names.get(number).copied().unwrap_or_default());
            match group.series() {
                Some(series) => steps(&mut text, &whose, series),
                None => row(&mut text, 0, None, &whose, &of_whole(group)),
            }
        }
    }
    text
}

/// Tier, strategy, what else sets the cell apart, group, and the number of replications.
fn whose(cell: &Cell, group: &str) -> String {
    let key = cell.key();
    let varied = key.0.iter().filter(|(name, _)| !["tier", "strategy"].contains(&name.as_str()));
    let varied = varied.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    format!(
        "{},{},{},{},{}",
        quoted(key.tier().unwrap_or_default()),
        quoted(key.strategy().unwrap_or_default()),
        quoted(&varied.join("; ")),
        quoted(group),
        cell.replications().count()
    )
}

/// A row for each step, and one for what came later, if anything did.
fn steps(text: &mut String, whose: &str, series: &Series) {
    let seconds = |nanos: u64| nanos / 1_000_000_000;
    let width = seconds(series.width.nanos());
    for step in 0..series.steps {
        let from = seconds(series.starts(step).nanos());
        row(text, from, Some(width), whose, &of_step(series, step));
    }
    let later = of_step(series, series.steps);
    if later.iter().any(|count| *count > 0) {
        row(text, seconds(series.starts(series.steps).nanos()), None, whose, &later);
    }
}

fn row(text: &mut String, from: u64, width: Option<u64>, whose: &str, counts: &[u64]) {
    let width = width.map_or_else(String::new, |width| width.to_string());
    // Writing to a String cannot fail.
    let _ = write!(text, "{from},{width},{whose}");
    for count in counts {
        let _ = write!(text, ",{count}");
    }
    text.push_str("\r\n");
}

fn of_step(series: &Series, step: u32) -> Vec<u64> {
    let counts = [
        &series.jobs_due,
        &series.tokens_due,
        &series.answered,
        &series.in_time,
        &series.gave_up,
        &series.ended,
        &series.sent,
        &series.status_429,
        &series.failed,
    ];
    let causes = RefusedBy::ALL.map(|cause| series.refused.get(cause));
    counts.into_iter().chain(causes).map(|column| column.get(step)).collect()
}

/// The same of a whole run.
fn of_whole(group: &GroupCell) -> Vec<u64> {
    let whole = group.pooled();
    let (jobs, attempts) = (&whole.jobs, &whole.attempts);
    let due = whole.tokens.offered;
    let counts = [
        jobs.offered,
        due.prompt.saturating_add(due.answer),
        jobs.answered,
        jobs.in_time,
        jobs.gave_up,
        jobs.answered.saturating_add(jobs.gave_up),
        attempts.sent,
        attempts.with_status(429),
        attempts.failed,
    ];
    let causes = RefusedBy::ALL.map(|cause| *attempts.truly.get(cause));
    counts.into_iter().chain(causes).collect()
}

/// A field as others read it: in quotes where it has a comma, a quote or a line end.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sample::{Told, launch, record_of, record_of_groups, record_with};

    /// The fields of a text by RFC 4180.
    fn rows(text: &str) -> Vec<Vec<String>> {
        let mut rows = vec![vec![String::new()]];
        let mut quoted = false;
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let row = rows.last_mut().unwrap();
            match letter {
                '"' if quoted && letters.next_if_eq(&'"').is_some() => {
                    row.last_mut().unwrap().push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(String::new()),
                '\r' if !quoted => {
                    assert_eq!(letters.next(), Some('\n'));
                    rows.push(vec![String::new()]);
                }
                letter => row.last_mut().unwrap().push(letter),
            }
        }
        assert_eq!(rows.pop(), Some(vec![String::new()]), "the last row ends too");
        rows
    }

    /// Sums of every count by whose they are.
    fn sums(text: &str) -> BTreeMap<[String; 5], Vec<u64>> {
        let all = rows(text);
        let mut sums: BTreeMap<[String; 5], Vec<u64>> = BTreeMap::new();
        for row in &all[1..] {
            assert_eq!(row.len(), all[0].len(), "{row:?}");
            let whose = <[String; 5]>::try_from(row[2..7].to_vec()).unwrap();
            let counts = row[7..].iter().map(|count| count.parse::<u64>().unwrap());
            let sum = sums.entry(whose).or_insert_with(|| vec![0; row.len() - 7]);
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        sums
    }

    #[test]
    fn the_rows_of_a_group_add_up_to_its_counts_whether_its_steps_are_kept_or_not() {
        let two = record_of_groups(
            |_| (),
            &[("build-2", "give-up", [1, 2].map(|part| Told { by_tokens: part, ..some() }))],
        );
        // More cells than keep their steps.
        let strategies = ["give-up", "full-jitter", "together-py", "pace-by-headers", "own-bucket"];
        let tiers: Vec<String> = (0..20).map(|tier| format!("build-{tier}")).collect();
        let cells: Vec<(&str, &str, Vec<Told>)> = tiers
            .iter()
            .flat_map(|tier| strategies.map(|strategy| (tier.as_str(), strategy, vec![some()])))
            .collect();
        let many = record_of(&cells);
        let kept = |record: &RunRecord| {
            let cells = record.cells().iter();
            cells.filter(|cell| cell.groups()[0].series().is_some()).count()
        };
        assert!(kept(&many) < many.cells().len());
        for record in [launch(), two, many] {
            let told = sums(&csv(&record));
            let mut groups = 0;
            for cell in record.cells() {
                for (group, note) in cell.groups().iter().zip(&record.header().groups) {
                    let whose = rows(&format!("{}\r\n", whose(cell, &note.name))).remove(0);
                    let whose = <[String; 5]>::try_from(whose).unwrap();
                    assert_eq!(told.get(&whose), Some(&of_whole(group)), "{whose:?}");
                    groups += 1;
                }
            }
            assert_eq!(told.len(), groups, "every group of every cell, and nobody twice");
        }
    }

    fn some() -> Told {
        Told {
            in_time: 600,
            late: 100,
            by_tokens: 300,
            by_requests: 7,
            failed: 5,
            ..Told::default()
        }
    }

    #[test]
    fn every_step_has_a_row_at_its_place() {
        let record = record_of(&[("build-2", "give-up", vec![some()])]);
        let series = record.cells()[0].groups()[0].series().unwrap();
        let all = rows(&csv(&record));
        let place = all[0].iter().position(|name| name == "status_429").unwrap();
        for step in 0..series.steps {
            let row = &all[1 + step as usize];
            let from = series.starts(step).nanos() / 1_000_000_000;
            assert_eq!(row[0], from.to_string());
            assert_eq!(row[1], (series.width.nanos() / 1_000_000_000).to_string());
            assert_eq!(row[place], series.status_429.get(step).to_string());
        }
    }

    #[test]
    fn names_with_commas_quotes_and_line_ends_are_one_field() {
        const ODD: &str = "a, \"b\"\r\n<c> & d";
        let change = |header: &mut run_record::Header| {
            header.strategies[0].name = ODD.to_owned();
            header.groups[0].name = ODD.to_owned();
        };
        let record = record_with(change, &[("build-2", ODD, vec![some()])]);
        let whose: Vec<[String; 5]> = sums(&csv(&record)).into_keys().collect();
        assert_eq!(whose, [["build-2", ODD, "", ODD, "1"].map(str::to_owned)]);
    }
}
