//! The summary for people: the verdict first, then what it rests on, in 80 columns.

use std::fmt::Write as _;
use std::path::PathBuf;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use report::numbers::{self, Share};
use run_record::{CellSummary, RunRecord, Summary};

use crate::expectations_text;

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
    let compared = |tier: &&str| header.ladder.iter().any(|rung| rung.tier == *tier);
    let first = || header.ladder.first().map(|rung| rung.tier.as_str());
    let jobs = whole_cells(summary).any(|cell| cell.jobs.offered > 0);
    if !jobs {
        text.push_str("No job fell due, so there is nothing to compare.\n\n");
    }
    if let Some(tier) = header.tier.as_deref().filter(compared).or_else(first).filter(|_| jobs) {
        text.push_str(&strategies_on(summary, tier, &title_of(record, tier)));
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

/// Every strategy on one tier.
fn strategies_on(summary: &Summary, tier: &str, title: &str) -> String {
    let mut table = plain_table();
    table.set_header([
        title,
        "in time",
        "answered",
        "429s of\nattempts",
        "attempts\nper job",
        "wait\np95",
    ]);
    for cell in whole_cells(summary).filter(|cell| cell.tier.as_deref() == Some(tier)) {
        table.add_row([
            cell.strategy.clone().unwrap_or_default(),
            share(cell.share.in_time),
            share(cell.share.answered),
            share(cell.share.status_429),
            cell.attempts_per_job.map_or_else(none, |value| format!("{value:.2}")),
            cell.wait_s.p95.map_or_else(none, numbers::seconds),
        ]);
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
                    cell.tier.as_deref() == Some(rung.tier.as_str())
                        && cell.strategy.as_deref() == Some(strategy.name.as_str())
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

fn title_of(record: &RunRecord, tier: &str) -> String {
    let rung = record.header().ladder.iter().find(|rung| rung.tier == tier);
    rung.map_or_else(|| tier.to_owned(), |rung| format!("On {}", rung.title))
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
