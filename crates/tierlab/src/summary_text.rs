//! The summary for people: the verdict first, then what it rests on, in 80 columns.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use report::numbers::{self, Share};
use run_record::{CellSummary, RunRecord, Rung, Summary, derive};

use crate::{cost_text, expectations_text, headroom_text, league_text, lines, matrix_text};

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
    if !jobs && !header.groups.is_empty() {
        text.push_str("No job fell due, so there is nothing to compare.\n\n");
    }
    if let Some(rung) = yours.or(header.ladder.first()).filter(|_| jobs) {
        let cells: Vec<&CellSummary> =
            whole_cells(summary).filter(|cell| cell.is_on(rung)).collect();
        if !league_text::is_long(record) {
            text.push_str(&strategies(&cells, &whereto(record, rung)));
        }
        text.push_str(&league_text::of(record, summary));
        text.push_str(&headroom_text::of(&cells, report::verdict::looks_at(record).as_deref()));
    }
    if let Some(rung) = yours.or(header.ladder.first()) {
        let cells: Vec<&CellSummary> =
            whole_cells(summary).filter(|cell| cell.is_on(rung)).collect();
        text.push_str(&cost_text::of(&cells, header.ship.as_deref(), header.recipe.seed));
        text.push_str(&cost_text::unpriced(header));
    }
    // An endpoint is the same on every tier.
    if header.ladder.len() > 1 && jobs && !only_endpoints(record) && !league_text::is_long(record) {
        text.push_str(&matrix_text::of(record));
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

pub(crate) const WIDTH: usize = 80;

/// Letters of a bar beside a share.
const BAR: u8 = 8;

/// What to print where a figure has no samples.
pub(crate) const NO_SAMPLES: &str = "no samples";

/// Every strategy on one rung, with bars where there is room for them.
fn strategies(cells: &[&CellSummary], title: &str) -> String {
    let with_bars = table(cells, title, cells.len() > 1);
    let fits = with_bars.lines().all(|line| line.chars().count() <= WIDTH);
    if fits { with_bars } else { table(cells, title, false) }
}

/// Failures of the service have columns where there were any.
fn table(cells: &[&CellSummary], title: &str, bars: bool) -> String {
    let occurred = |cell: &&CellSummary| cell.attempts.by_status.clone();
    let failures: BTreeSet<u16> = cells
        .iter()
        .flat_map(occurred)
        .filter(|(status, count)| *status >= 500 && *count > 0)
        .map(|(status, _)| status)
        .collect();
    let mut table = plain_table();
    let mut head = vec![title.to_owned()];
    head.extend(bars.then(String::new));
    head.extend(["in time", "answered", "429s of\nattempts"].map(str::to_owned));
    head.extend(failures.iter().map(|status| format!("{status}s of\nattempts")));
    head.extend(["attempts\nper job", "wait\np95"].map(str::to_owned));
    table.set_header(head);
    for cell in cells {
        let attempts = &cell.attempts;
        let with = |status| attempts.by_status.get(status).copied().unwrap_or(0);
        let mut row = vec![cell.strategy.clone().unwrap_or_default()];
        row.extend(bars.then(|| lines::bar(cell.share.in_time.unwrap_or(0.0), BAR)));
        row.extend([cell.share.in_time, cell.share.answered, cell.share.status_429].map(share));
        let failed = failures.iter().map(|status| derive::share(with(status), attempts.sent));
        row.extend(failed.map(share));
        row.push(cell.attempts_per_job.map_or_else(none, |value| format!("{value:.2}")));
        row.push(cell.wait_s.p95.map_or_else(none, numbers::seconds));
        table.add_row(row);
    }
    finish(table)
}

/// Where a table's cells were run: `On Tier 2`, in two lines after a past hour.
fn whereto(record: &RunRecord, rung: &Rung) -> String {
    if only_endpoints(record) {
        return "On the endpoint".to_owned();
    }
    on(rung)
}

pub(crate) fn on(rung: &Rung) -> String {
    match rung.past_hour_rpm {
        None => format!("On {}", rung.title),
        Some(0) => "On a launch".to_owned(),
        Some(rpm) => format!("With {}/min\nin the past hour", numbers::count(rpm)),
    }
}

/// Whether every job goes to an endpoint of the account's own, which no tier changes.
pub(crate) fn only_endpoints(record: &RunRecord) -> bool {
    let groups = &record.header().groups;
    !groups.is_empty() && groups.iter().all(|group| group.endpoint.is_some())
}

/// The cells of all groups together, under the traffic as it is written.
fn whole_cells(summary: &Summary) -> impl Iterator<Item = &CellSummary> {
    summary.cells.iter().filter(|cell| cell.group.is_none() && cell.is_at_whole_load())
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

pub(crate) fn finish(mut table: Table) -> String {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 2 } else { 1 }, 1));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n\n", table.trim_fmt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(title: &str, past_hour_rpm: Option<u64>) -> Rung {
        let (limits, gates) = (Vec::new(), Vec::new());
        Rung {
            tier: "t".to_owned(),
            title: title.to_owned(),
            past_hour_rpm,
            limits,
            gates,
            reach: None,
        }
    }

    #[test]
    fn a_past_hour_says_what_it_is_at_the_head_of_a_table() {
        let hour = rung("300000/min in the past hour", Some(300_000));
        assert_eq!(on(&hour), "With 300,000/min\nin the past hour");
        let launch = rung("nothing in the past hour", Some(0));
        assert_eq!(on(&launch), "On a launch");
        let tier = rung("Tier 2", None);
        assert_eq!(on(&tier), "On Tier 2");
    }
}
