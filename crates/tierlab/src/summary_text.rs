//! The summary for people: the verdict first, then what it rests on, in 80 columns.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::path::PathBuf;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use report::numbers::{self, Share};
use run_record::{CellSummary, ExpectationSummary, RunRecord, Summary, Verdict};

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
    text.push_str(&report::verdict::lines(record).to_text(WIDTH));
    text.push('\n');
    let account = record.header().tier.as_deref();
    if let Some(tier) = account.or_else(|| summary.cells.first()?.tier.as_deref()) {
        text.push_str(&strategies_on(summary, tier, &title_of(record, tier)));
    }
    if record.header().ladder.len() > 1 {
        text.push_str(&ladder(record, summary, "Jobs in time, %", |cell| {
            cell.share.in_time.and_then(Share::from_fraction).map(Share::in_cell)
        }));
        text.push_str(&ladder(record, summary, "Attempts answered 429, %", |cell| {
            cell.share.status_429.and_then(Share::from_fraction).map(Share::refused_in_cell)
        }));
    }
    let mut named: Vec<&str> = Vec::new();
    for expectation in &summary.expectations {
        if !named.contains(&expectation.name.as_str()) {
            named.push(&expectation.name);
            text.push_str(&judged(&summary.expectations, &expectation.name));
        }
    }
    if !named.is_empty() {
        text.push('\n');
    }
    let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    let _ = writeln!(text, "wrote {}", files.join(", "));
    for_terminal(&text)
}

/// Pages keep figures and units together with narrow spaces; on a terminal, and in what scripts
/// cut out of it, a space is a space.
pub(crate) fn for_terminal(text: &str) -> String {
    text.replace(['\u{202f}', '\u{a0}'], " ")
}

const WIDTH: usize = 80;

/// What to print where a figure has no samples.
const NO_SAMPLES: &str = "no samples";

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
                .and_then(&figure)
                .unwrap_or_else(none)
        });
        table.add_row(std::iter::once(strategy.name.clone()).chain(cells));
    }
    finish(table)
}

/// One expectation: its verdict, then who met it, or who came closest.
fn judged(all: &[ExpectationSummary], name: &str) -> String {
    let rows: Vec<&ExpectationSummary> = all.iter().filter(|row| row.name == name).collect();
    let met: Vec<&&ExpectationSummary> =
        rows.iter().filter(|row| row.verdict == Verdict::Met).collect();
    let word = if !met.is_empty() {
        "MET"
    } else if rows.iter().any(|row| row.verdict == Verdict::Unjudged) {
        "NOT JUDGED"
    } else {
        "MISSED"
    };
    let mut text = format!("  {word:10}  {name}\n");
    if met.len() > 1 {
        let names: Vec<&str> = met.iter().filter_map(|row| row.strategy.as_deref()).collect();
        let _ = writeln!(text, "              by {}", names.join(", "));
    } else if let Some(row) =
        met.first().copied().or_else(|| rows.iter().max_by(|a, b| closest(a, b)))
    {
        let _ = writeln!(text, "              {}", measured_row(row, rows.len()));
    }
    text
}

/// Orders rows that missed by how close they came: a share of jobs answered wants to be high,
/// everything else low.
fn closest(a: &ExpectationSummary, b: &ExpectationSummary) -> Ordering {
    let high = a.name.starts_with("answered");
    let figure = |row: &ExpectationSummary| {
        let worst = if high { f64::NEG_INFINITY } else { f64::INFINITY };
        row.measured.unwrap_or(worst)
    };
    let order = figure(a).total_cmp(&figure(b));
    if high { order } else { order.reverse() }
}

fn measured_row(row: &ExpectationSummary, of: usize) -> String {
    let ExpectationSummary { name, measured, met_in: [met, runs], .. } = row;
    let who = [row.strategy.as_deref(), row.tier.as_deref()];
    let who = who.into_iter().flatten().collect::<Vec<_>>().join(" on ");
    let best = if of > 1 { "best: " } else { "" };
    let measured = measured.map_or_else(none, |value| measured_text(name, value));
    format!("{best}{measured} with {who}, met in {met} of {runs}")
}

/// A measured figure in the unit of its expectation.
fn measured_text(name: &str, value: f64) -> String {
    if name.contains("attempts_per_job") {
        format!("{value:.2}")
    } else if name.contains("wait") || name.contains("time_to") {
        numbers::seconds(value)
    } else {
        share(Some(value))
    }
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
