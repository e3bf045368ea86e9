//! The summary for people: the verdict first, then what it rests on, in 80 columns.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use report::numbers::{self, Share};
use run_record::{CellSummary, RunRecord, Rung, Summary, derive};

use crate::{expectations_text, headroom_text};

/// The summary of a run, ending with the files that were written.
pub(crate) fn of(record: &RunRecord, summary: &Summary, written: &[PathBuf]) -> String {
    let mut text = String::new();
    let lasts = numbers::duration(summary.lasts_s);
    let seeds = record.header().replications;
    let _ = writeln!(
        text,
        "{}\nedition {}   seed {}   {} of {lasts}\n",
        summary.scenario.title,
        summary.edition,
        summary.seed,
        if seeds == 1 { "one run".to_owned() } else { format!("{seeds} runs") },
    );
    if let Some(live) = &record.header().live {
        text.pop();
        let _ = writeln!(text, "live, against {}", live.target);
        if let Some(lateness) = report::live::lateness(live) {
            let _ = writeln!(text, "the load generator was {lateness}");
        }
        if let Some(starvation) = report::live::starvation(live) {
            let _ = writeln!(text, "{starvation}");
        }
        text.push('\n');
    }
    text.push_str(&report::verdict::lines(record).to_text(WIDTH));
    text.push('\n');
    let header = record.header();
    let yours = header.ladder.iter().find(|rung| header.tier.as_ref() == Some(&rung.tier));
    let jobs = whole_cells(summary).any(|cell| cell.jobs.offered > 0);
    if !jobs {
        text.push_str("No job fell due, so there is nothing to compare.\n\n");
    }
    if let Some(rung) = yours.or(header.ladder.first()).filter(|_| jobs) {
        let cells: Vec<&CellSummary> =
            whole_cells(summary).filter(|cell| cell.is_on(rung)).collect();
        text.push_str(&strategies(&cells, rung));
        text.push_str(&headroom_text::of(&cells, header.ship.as_deref()));
    }
    if header.ladder.len() > 1 && jobs {
        text.push_str(&ladder(record, summary, "Jobs in time, %", |cell| {
            cell.share.in_time.and_then(Share::from_fraction).map(Share::in_cell)
        }));
        text.push_str(&ladder(record, summary, "Attempts answered 429, %", |cell| {
            cell.share.status_429.and_then(Share::from_fraction).map(Share::refused_in_cell)
        }));
    }
    text.push_str(&expectations_text::of(record));
    let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    if !files.is_empty() {
        let _ = writeln!(text, "wrote {}", files.join(", "));
    }
    for_terminal(&text)
}

/// Pages keep figures and units together with narrow spaces; on a terminal, and in what scripts
/// cut out of it, a space is a space.
pub(crate) fn for_terminal(text: &str) -> String {
    text.replace(['\u{202f}', '\u{a0}'], " ")
}

const WIDTH: usize = 80;

/// What to print where a figure has no samples.
pub(crate) const NO_SAMPLES: &str = "no samples";

/// Every strategy on one rung. Failures of the service have columns where there were any.
fn strategies(cells: &[&CellSummary], rung: &Rung) -> String {
    let occurred = |cell: &&CellSummary| cell.attempts.by_status.clone();
    let failures: BTreeSet<u16> = cells
        .iter()
        .flat_map(occurred)
        .filter(|(status, count)| *status >= 500 && *count > 0)
        .map(|(status, _)| status)
        .collect();
    let mut table = plain_table();
    let title = match rung.past_hour_rpm {
        Some(_) => format!("With {}", rung.title),
        None => format!("On {}", rung.title),
    };
    let mut head = vec![title];
    head.extend(["in time", "answered", "429s of\nattempts"].map(str::to_owned));
    head.extend(failures.iter().map(|status| format!("{status}s of\nattempts")));
    head.extend(["attempts\nper job", "wait\np95"].map(str::to_owned));
    table.set_header(head);
    for cell in cells {
        let attempts = &cell.attempts;
        let with = |status| attempts.by_status.get(status).copied().unwrap_or(0);
        let mut row = vec![cell.strategy.clone().unwrap_or_default()];
        row.extend([cell.share.in_time, cell.share.answered, cell.share.status_429].map(share));
        let failed = failures.iter().map(|status| derive::share(with(status), attempts.sent));
        row.extend(failed.map(share));
        row.push(cell.attempts_per_job.map_or_else(none, |value| format!("{value:.2}")));
        row.push(cell.wait_s.p95.map_or_else(none, numbers::seconds));
        table.add_row(row);
    }
    finish(table)
}

/// One figure, strategies down and tiers across.
fn ladder(
    record: &RunRecord,
    summary: &Summary,
    title: &str,
    figure: impl Fn(&CellSummary) -> Option<String>,
) -> String {
    let header = record.header();
    let mut table = plain_table();
    let tiers = header.ladder.iter().map(|rung| {
        let yours = header.tier.as_deref() == Some(rung.tier.as_str());
        if yours { format!("{}\n(yours)", rung.title) } else { rung.title.clone() }
    });
    table.set_header(std::iter::once(title.to_owned()).chain(tiers));
    for strategy in &header.strategies {
        let cells = header.ladder.iter().map(|rung| {
            whole_cells(summary)
                .find(|cell| {
                    cell.is_on(rung) && cell.strategy.as_deref() == Some(strategy.name.as_str())
                })
                .map_or_else(|| "not run".to_owned(), |cell| figure(cell).unwrap_or_else(none))
        });
        table.add_row(std::iter::once(strategy.name.clone()).chain(cells));
    }
    finish(table)
}

fn whole_cells(summary: &Summary) -> impl Iterator<Item = &CellSummary> {
    summary.cells.iter().filter(|cell| cell.group.is_none())
}

fn share(fraction: Option<f64>) -> String {
    fraction.and_then(Share::from_fraction).map_or_else(none, Share::in_table)
}

fn none() -> String {
    NO_SAMPLES.to_owned()
}

/// A table without lines, as wide as what it holds.
pub(crate) fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn finish(mut table: Table) -> String {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 2 } else { 1 }, 1));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n\n", table.trim_fmt())
}
