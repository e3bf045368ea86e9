//! Every strategy on every tier, for people: a sign, jobs in time and attempts answered 429, in the
//! columns that a terminal has.

use std::fmt::Write as _;

use report::forms::{Column, Matrix, Met};
use run_record::RunRecord;

use crate::lines;
use crate::summary_text::{WIDTH, finish, plain_table};

/// The matrix of a run; nothing where there is a single tier.
pub(crate) fn of(record: &RunRecord) -> String {
    Matrix::of(record)
        .filter(|matrix| matrix.columns.len() > 1)
        .map_or_else(String::new, |matrix| told(&matrix))
}

/// A line for each strategy where that is narrow enough, else two.
fn told(matrix: &Matrix) -> String {
    let beside = table(matrix, Figures::Beside);
    let fits = beside.lines().all(|line| line.chars().count() <= WIDTH);
    let mut text = if fits { beside } else { table(matrix, Figures::Below) };
    text.pop();
    let _ = writeln!(text, "{}", notes(matrix));
    text
}

/// Where the share of attempts answered 429 stands.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Figures {
    Beside,
    Below,
}

fn table(matrix: &Matrix, figures: Figures) -> String {
    let (corner, below) = match figures {
        Figures::Beside => ("Jobs in time and\nattempts 429, %", ""),
        Figures::Below => ("Jobs in time, %", "\n  429s, %"),
    };
    let mut table = plain_table();
    table.set_header(std::iter::once(corner.to_owned()).chain(matrix.columns.iter().map(head)));
    let wide = widths(matrix);
    for (name, cells) in &matrix.rows {
        let cells = cells.iter().zip(&wide).map(|(met, wide)| cell(met.as_ref(), *wide, figures));
        table.add_row(std::iter::once(format!("{name}{below}")).chain(cells));
    }
    if !matrix.legend.is_empty() {
        let meet = matrix.columns.iter().map(|one| format!("{} of {}", one.meet.0, one.meet.1));
        table.add_row(std::iter::once("meet everything".to_owned()).chain(meet));
    }
    finish(table)
}

/// `Tier 2`, and below it what it is to the account.
fn head(column: &Column) -> String {
    let tags = column.tags.iter().map(|tag| format!("\n({tag})"));
    std::iter::once(column.title.clone()).chain(tags).collect()
}

/// Of each tier, the widest share in time and the widest share of 429s.
fn widths(matrix: &Matrix) -> Vec<(usize, usize)> {
    let widest = |tier: usize, figure: fn(&Met) -> &str| {
        let cells = matrix.rows.iter().filter_map(|(_, cells)| cells.get(tier)?.as_ref());
        cells.map(|met| figure(met).chars().count()).max().unwrap_or(0)
    };
    let tiers = 0..matrix.columns.len();
    tiers.map(|tier| (widest(tier, in_time), widest(tier, status_429))).collect()
}

/// `✗ 71  29`; the figures of a column stand below each other.
fn cell(met: Option<&Met>, (in_time_wide, refused_wide): (usize, usize), at: Figures) -> String {
    let Some(met) = met else { return "not run".to_owned() };
    if met.in_time.is_none() {
        return "no jobs".to_owned();
    }
    let between = if at == Figures::Beside { "  " } else { "\n" };
    let (sign, in_time, refused) = (met.sign, in_time(met), status_429(met));
    format!("{sign} {in_time:>in_time_wide$}{between}{refused:>refused_wide$}")
}

fn in_time(met: &Met) -> &str {
    met.in_time.as_deref().unwrap_or("")
}

fn status_429(met: &Met) -> &str {
    met.status_429.as_deref().unwrap_or("–")
}

/// How the rows are ordered, what the signs mean, and what is left out.
fn notes(matrix: &Matrix) -> String {
    let order = Some(format!("{}.", matrix.order)).filter(|_| !matrix.order.is_empty());
    let signs: Vec<String> =
        matrix.legend.iter().map(|(sign, words)| format!("{sign} {words}")).collect();
    let signs = Some(format!("{}.", signs.join("; "))).filter(|_| !signs.is_empty());
    let choice = Some(matrix.choice()).filter(|choice| !choice.is_empty());
    let notes: Vec<String> = [order, signs, choice].into_iter().flatten().collect();
    let told = lines::wrapped(&notes.join(" "), WIDTH - 2);
    told.lines().fold(String::new(), |text, line| text + "  " + line + "\n")
}
