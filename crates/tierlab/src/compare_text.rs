//! A comparison for people: on a terminal, and as a table for a pull request.

use std::fmt::Write as _;
use std::path::PathBuf;

use comfy_table::CellAlignment;
use report::numbers;
use report::versus::{self, words};
use run_record::{Agreement, Compared, ComparedCell, Header, Pair, Verdict};

use crate::summary_text::{for_terminal, plain_table};

const WIDTH: usize = 80;

/// The sentence, then a row for each figure of each cell, then the files that were written.
pub(crate) fn text(pair: &Pair<'_>, agreement: &Agreement, written: &[PathBuf]) -> String {
    let header = pair.live().header();
    let recipe = &header.recipe;
    let mut text = format!(
        "{}\nedition {}   seed {}   {}\n\n",
        recipe.scenario.title,
        recipe.edition.name,
        recipe.seed,
        numbers::duration(header.lasts.nanos() as f64 / 1e9),
    );
    text.push_str(&versus::lines(pair, agreement).to_text(WIDTH));
    text.push('\n');
    if !agreement.cells.is_empty() {
        text.push_str(&table(header, agreement));
    }
    let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    if !files.is_empty() {
        let _ = writeln!(text, "wrote {}", files.join(", "));
    }
    for_terminal(&text)
}

fn table(header: &Header, agreement: &Agreement) -> String {
    let mut table = plain_table();
    table.set_header(["", "simulated", "live", "difference", "allowed", ""]);
    for cell in &agreement.cells {
        table.add_row([words::title(header, cell)]);
        for one in told(cell) {
            table.add_row([
                format!("  {}", words::figure(one.figure)),
                words::value(one.simulated),
                words::value(one.live),
                words::difference(one),
                words::allowed(one),
                standing(one),
            ]);
        }
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 2 } else { 1 }, 1));
        if (1..5).contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n\n", table.trim_fmt())
}

/// What can be compared at all; percentiles over other seeds are told of once, in a sentence.
fn told(cell: &ComparedCell) -> impl Iterator<Item = &Compared> {
    cell.figures.iter().filter(|one| !words::is_other_seeds(one))
}

/// What differs stands out where nothing has colour.
fn standing(compared: &Compared) -> String {
    let word = words::standing(compared);
    if compared.verdict == Verdict::Missed { word.to_uppercase() } else { word.to_owned() }
}

/// The same in Markdown.
pub(crate) fn markdown(pair: &Pair<'_>, agreement: &Agreement) -> String {
    let header = pair.live().header();
    let verdict = versus::lines(pair, agreement);
    let mut text =
        format!("### {}\n\n**{}**\n", header.recipe.scenario.title, verdict.sentence_text());
    for fact in &verdict.facts {
        let _ = write!(text, "\n- {}: {}", fact.name, fact.text);
    }
    if !agreement.cells.is_empty() {
        text.push_str("\n\n| cell | figure | simulated | live | difference | allowed | |\n");
        text.push_str("|---|---|--:|--:|--:|--:|---|");
        for cell in &agreement.cells {
            let title = words::title(header, cell).replace('|', "\\|");
            for one in told(cell) {
                let _ = write!(
                    text,
                    "\n| {title} | {} | {} | {} | {} | {} | {} |",
                    words::figure(one.figure),
                    words::value(one.simulated),
                    words::value(one.live),
                    words::difference(one),
                    words::allowed(one),
                    match one.verdict {
                        Verdict::Missed => format!("**{}**", words::standing(one)),
                        Verdict::Met | Verdict::Unjudged => words::standing(one).to_owned(),
                    },
                );
            }
        }
    }
    text.push('\n');
    for_terminal(&text)
}
