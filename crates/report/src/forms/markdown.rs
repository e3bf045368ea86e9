//! A run in Markdown: for a pull request, or the summary of a job. It has no links, so that nothing
//! in it is lost where it is pasted, and whatever a scenario calls its things reads as written.

use std::fmt::Write as _;

use run_record::RunRecord;

use super::matrix::{Matrix, tags};
use crate::demand::Demand;
use crate::study::{Outcome, Study};
use crate::verdict::{self, Tone, Verdict};
use crate::{alarm, decide, goal, numbers, sign};

/// The verdict with its facts, the expectations with what was measured, and every tier and strategy.
#[must_use]
pub fn markdown(record: &RunRecord) -> String {
    let study = Study::of(record);
    let verdict = verdict::of(&study, &Demand::of(&study));
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "## {}\n", plain(&record.header().recipe.scenario.title));
    for says in alarm::all(&study) {
        let _ = writeln!(text, "> **{}**\n", plain(&says));
    }
    let _ = writeln!(text, "{}\n", sentence(&verdict));
    for fact in &verdict.facts {
        let _ = writeln!(text, "- **{}:** {}", fact.name, plain(&fact.text));
    }
    if !verdict.facts.is_empty() {
        text.push('\n');
    }
    text.push_str(&expectations(&study));
    if let Some(matrix) = Matrix::drawn(&study).filter(|_| study.offered().is_some_and(some)) {
        text.push_str(&strategies(&matrix));
    }
    let _ = writeln!(text, "{}", plain(&circumstances(&study)));
    text
}

const fn some((offered, _): (u64, u64)) -> bool {
    offered > 0
}

/// The sentence, its claims in bold.
fn sentence(verdict: &Verdict) -> String {
    let pieces = verdict.sentence.iter().map(|span| {
        let words = plain(&span.text);
        let inner = words.trim();
        if span.tone == Tone::Plain || inner.is_empty() {
            return words;
        }
        // Stars beside a space are stars.
        let (before, after) =
            (words.starts_with(' ').then_some(" "), words.ends_with(' ').then_some(" "));
        format!("{}**{inner}**{}", before.unwrap_or(""), after.unwrap_or(""))
    });
    pieces.collect()
}

/// What was expected and what was measured, on the account's tier and on the one beside it.
fn expectations(study: &Study<'_>) -> String {
    let columns = decide::judged(study);
    if study.expectations().is_empty() || columns.is_empty() {
        return String::new();
    }
    let mut text = row(["Expectation".to_owned(), "Goal".to_owned()].into_iter().chain(
        columns.iter().map(|(strategy, tier, _)| {
            let name = study.strategies.get(*strategy).map_or("", |one| one.name);
            format!("{}, {name}", headed(study.column(*tier), &tags(study, *tier)))
        }),
    ));
    text.push_str(&rule(2, columns.len()));
    for (index, asked) in study.expectations().iter().enumerate() {
        let told = |outcome: &Outcome| {
            let judged = outcome.judged.iter().find(|one| one.expectation == index);
            judged.map_or_else(
                || "not asked of it".to_owned(),
                |judged| {
                    let sign = sign::letters(sign::as_standing(judged.verdict));
                    format!("{sign} {}", goal::measured(asked, judged))
                },
            )
        };
        let words = [goal::heading(asked), goal::bound(asked)];
        text.push_str(&row(words.into_iter().chain(columns.iter().map(|(.., one)| told(one)))));
    }
    text.push('\n');
    text
}

/// Every tier and every strategy.
fn strategies(matrix: &Matrix) -> String {
    let corner = if matrix.order.is_empty() { "Strategy" } else { &matrix.order };
    let heads = matrix.columns.iter().map(|one| headed(&one.title, &one.tags));
    let mut text = row(std::iter::once(corner.to_owned()).chain(heads));
    text.push_str(&rule(1, matrix.columns.len()));
    for (name, cells) in &matrix.rows {
        let cells = cells
            .iter()
            .map(|cell| cell.as_ref().map_or_else(|| "not run".to_owned(), super::Met::in_words));
        text.push_str(&row(std::iter::once(name.clone()).chain(cells)));
    }
    if !matrix.legend.is_empty() {
        let meet = matrix.columns.iter().map(|one| format!("{} of {}", one.meet.0, one.meet.1));
        text.push_str(&row(std::iter::once("Meet everything".to_owned()).chain(meet)));
    }
    let mut notes = vec!["Jobs answered in time, then attempts answered 429.".to_owned()];
    let signs = matrix.legend.iter().map(|(sign, words)| format!("{sign} {words}"));
    let signs = signs.collect::<Vec<String>>().join("; ");
    notes.extend((!signs.is_empty()).then(|| format!("{signs}.")));
    notes.extend(Some(matrix.choice()).filter(|choice| !choice.is_empty()));
    let _ = writeln!(text, "\n{}\n", plain(&notes.join(" ")));
    text
}

/// What was run, in one line.
fn circumstances(study: &Study<'_>) -> String {
    let header = study.record.header();
    let recipe = &header.recipe;
    let seeds = match study.replications() {
        0 => String::new(),
        1 => format!(", seed {}", recipe.seed),
        several => format!(", {several} seeds from {}", recipe.seed),
    };
    let how = match &header.live {
        None => header.driver.name().to_owned(),
        Some(live) => format!("{}, against {}", header.driver.name(), live.target),
    };
    let lasts = numbers::duration(study.lasts());
    format!("{}: {how}, rules {}, {lasts}{seeds}.", recipe.scenario.file, recipe.edition.name)
}

fn headed(title: &str, tags: &[&str]) -> String {
    if tags.is_empty() { title.to_owned() } else { format!("{title} ({})", tags.join(", ")) }
}

/// A row of a table.
fn row(cells: impl Iterator<Item = String>) -> String {
    let cells = cells.map(|cell| plain(&cell)).collect::<Vec<String>>();
    format!("| {} |\n", cells.join(" | "))
}

/// The line below a table's head: words to the left, figures to the right.
fn rule(words: usize, figures: usize) -> String {
    format!("|{}{}\n", "---|".repeat(words), "---:|".repeat(figures))
}

/// Words that read as they are written, in one line: nothing in them is markup, ends a cell or ends
/// a line.
fn plain(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' => {
                text.push('\\');
                text.push(letter);
            }
            // As entities they survive wherever HTML is let through.
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            letter if letter.is_control() => text.push(' '),
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{Share, THIN};
    use crate::sample::{Told, launch, launch_with, record_of, record_with};

    /// The words of Markdown that is as plain as ours, cell by cell of its tables.
    fn cells(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut letters = line.trim().trim_matches('|').chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => cells.last_mut().unwrap().extend(letters.next()),
                '|' => cells.push(String::new()),
                letter => cells.last_mut().unwrap().push(letter),
            }
        }
        let entities = |cell: &String| cell.replace("&lt;", "<").replace("&gt;", ">");
        cells.iter().map(|cell| entities(cell).replace("&amp;", "&").trim().to_owned()).collect()
    }

    fn table<'t>(text: &'t str, head: &str) -> Vec<&'t str> {
        let from = text.lines().skip_while(|line| !line.starts_with(&format!("| {head}")));
        from.take_while(|line| line.starts_with('|')).collect()
    }

    #[test]
    fn a_launch_reads_like_its_page() {
        insta::assert_snapshot!(markdown(&launch()).replace(THIN, " "));
    }

    #[test]
    fn every_figure_of_the_table_is_the_records_own() {
        let record = launch();
        let text = markdown(&record);
        let rows = table(&text, "Best first");
        let cell_of = |tier: usize, name: &str| {
            let key = run_record::CellKey::new(Some(&format!("build-{tier}")), name);
            record.cell(&key).unwrap().whole().pooled()
        };
        // Head, rule, strategies, how many meet everything.
        assert_eq!(rows.len(), 2 + 5 + 1);
        for line in &rows[2..7] {
            let row = cells(line);
            for tier in 1..=5 {
                let leaf = cell_of(tier, &row[0]);
                let in_time = Share::new(leaf.jobs.in_time, leaf.jobs.offered).unwrap().in_cell();
                let refused = Share::new(leaf.attempts.with_status(429), leaf.attempts.sent);
                let refused = refused.unwrap().refused_in_cell();
                let told = format!("{in_time}{THIN}%, {refused}{THIN}% 429s");
                assert_eq!(row[tier].split_once(' ').unwrap().1, told, "{line}");
            }
        }
    }

    #[test]
    fn names_that_look_like_markup_read_as_written_and_end_no_cell() {
        const ODD: &str = "a|b <i>&amp; `c` *d* [e](f) \"g\"\\h";
        let record = record_with(
            |header| {
                header.recipe.scenario.title = "1 < 2 & 3 | 4\n# \"five\"".to_owned();
                header.strategies[0].name = ODD.to_owned();
            },
            &[
                ("build-2", ODD, vec![Told { in_time: 1_000, ..Told::default() }]),
                ("build-3", ODD, vec![Told { in_time: 1_000, ..Told::default() }]),
            ],
        );
        let text = markdown(&record);
        assert!(text.starts_with("## 1 &lt; 2 &amp; 3 \\| 4 \\# \"five\"\n"), "{text}");
        let rows = table(&text, "Best first");
        assert!(rows.iter().all(|line| cells(line).len() == 3), "{text}");
        assert_eq!(cells(rows[2])[0], ODD);
        assert!(!text.contains("<i>") && !text.contains("[e]"), "{text}");
    }

    #[test]
    fn a_run_without_jobs_has_its_verdict_and_no_table() {
        let none = Told { offered: 0, ..Told::default() };
        for record in [record_of(&[]), record_of(&[("build-2", "give-up", vec![none])])] {
            let text = markdown(&record);
            assert!(text.starts_with("## "), "{text}");
            assert!(table(&text, "Best first").is_empty() && !text.contains("429s |"), "{text}");
        }
    }

    #[test]
    fn what_must_be_known_first_stands_first() {
        let text = markdown(&launch_with(|header| header.cut_short = true));
        let alarm = text.find("> **This run was stopped before its end").unwrap();
        assert!(alarm < text.find("Best first").unwrap());
    }
}
