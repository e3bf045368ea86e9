//! What `calibrate` says to people: the verdict first, in 80 columns.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use calibration::{Calibration, Field, Figures, InferredLimit, LatencySeen, Shares, Tally};
use comfy_table::{CellAlignment, Table};
use report::numbers::{self, Share};
use rulebook::Edition;
use wire::Rate10;

use crate::calibrate::{Calibrated, name_of};
use crate::lines::wrapped;
use crate::moment::day;
use crate::summary_text::{for_terminal, plain_table};

const WIDTH: usize = 80;

/// So many lines of one kind are shown, unless all are asked for.
const SHOWN: usize = 8;

/// One field of all.
type Of = fn(&Shares) -> Tally;

/// The fields, in the order in which one counter must say them.
const FIELDS: [(&str, Of); 5] = [
    ("decision", |shares| shares.decision),
    ("limit", |shares| shares.limit),
    ("reset", |shares| shares.reset),
    ("remaining", |shares| shares.remaining),
    ("remaining tokens", |shares| shares.remaining_tokens),
];

pub(crate) fn of(log: &Path, calibrated: &Calibrated, all: bool) -> String {
    let Calibrated { calibration, edition, dated } = calibrated;
    let most = if all { usize::MAX } else { SHOWN };
    let mut text = wrapped(&verdict(calibration, edition), WIDTH);
    let rows = format!(
        "{}: {} rows, {} with rate-limit headers, {} in an open window",
        name_of(log),
        numbers::count(calibration.rows),
        numbers::count(calibration.rows_with_headers),
        numbers::count(calibration.rows_in_open_window),
    );
    let _ = write!(text, "\n{}", wrapped(&rows, WIDTH));
    if calibration.out_of_order > 0 {
        let _ = writeln!(
            text,
            "{} rows came too late to be put in order",
            numbers::count(calibration.out_of_order)
        );
    }
    if let Some(chosen) = calibration.figures().filter(|_| calibration.is_judged()) {
        text.push_str(&shares(calibration, chosen, edition.shows_limits()));
    }
    text.push_str(&unexplained(calibration, most));
    text.push_str(&refusals(calibration, most));
    text.push_str(&limits(calibration, *dated, most));
    text.push_str(&latency(calibration, most));
    if !all {
        text.push_str("\nall rows: -v; for scripts: --format json\n");
    }
    for_terminal(&text)
}

fn verdict(calibration: &Calibration, edition: &Edition) -> String {
    let (edition, shows_limits) = (edition.name(), edition.shows_limits());
    let chosen = calibration.figures().filter(|_| calibration.is_judged());
    let Some(chosen) = chosen else {
        let why = if !shows_limits {
            "this age shows nothing on success to hold `remaining` against"
        } else if calibration.rows_with_headers == 0 {
            "no row shows a rate-limit header; if its limits are known, say the tier with --account"
        } else {
            "no row that shows its limit follows another of its account and model within a window"
        };
        return format!("Nothing to hold against edition {edition}: {why}.");
    };
    let decisions = decisions(calibration, chosen);
    let (explained, chance) = (chosen.explained.remaining, chosen.chance.remaining);
    let Some((share, by_chance)) = explained.share().zip(chance.share()) else {
        if !shows_limits {
            return format!(
                "Edition {edition} explains {decisions}; this age shows nothing on success to hold \
                 `remaining` against."
            );
        }
        return format!(
            "Edition {edition} explains {decisions}; {} are right where nothing is ever refused.",
            percent(calibration.baseline.decision),
        );
    };
    let with = calibration.replicas_told().map(|count| format!(" with {}", in_replicas(count)));
    let with = with.unwrap_or_default();
    let sign = if share < by_chance { "below" } else { "above" };
    format!(
        "Edition {edition}{with} explains what {} of the rows in an open window say remains, {} \
         {sign} chance, and {decisions}.",
        percent(explained),
        numbers::points(share - by_chance),
    )
}

/// The share of the decisions, and whether that is worth anything.
fn decisions(calibration: &Calibration, chosen: &Figures) -> String {
    let share = percent(chosen.explained.decision);
    let worth =
        if calibration.is_as_never_refusing() { ", no more than never refusing does" } else { "" };
    format!("{share} of the decisions{worth}")
}

fn in_replicas(count: u32) -> String {
    let words = numbers::in_words(count as usize);
    if count == 1 { "one replica".to_owned() } else { format!("{words} replicas") }
}

fn shares(calibration: &Calibration, chosen: &Figures, shows_limits: bool) -> String {
    let mut table = plain_table();
    let others: Vec<&Figures> =
        calibration.figures.iter().filter(|other| other.replicas != chosen.replicas).collect();
    let mut head = vec![in_replicas(chosen.replicas), "explained".to_owned(), "chance".to_owned()];
    head.push("constant".to_owned());
    head.extend(others.iter().map(|other| format!("with {}", other.replicas)));
    table.set_header(head);
    for (name, field) in FIELDS {
        if field(&chosen.explained).of == 0 {
            if !shows_limits {
                table.add_row([name, "not shown"]);
            }
            continue;
        }
        let of = |shares: &Shares| percent(field(shares));
        let mut row = vec![
            name.to_owned(),
            of(&chosen.explained),
            of(&chosen.chance),
            of(&calibration.baseline),
        ];
        row.extend(others.iter().map(|other| of(&other.explained)));
        table.add_row(row);
    }
    format!("\n{}", finish(table))
}

/// Why rows are not explained, most often first.
fn unexplained(calibration: &Calibration, most: usize) -> String {
    let rows = &calibration.unexplained;
    if rows.is_empty() {
        return String::new();
    }
    let count = numbers::count(calibration.unexplained_rows);
    let mut text = format!("\nNot explained: {count} rows\n");
    for row in rows.iter().take(most) {
        let value =
            |value: Option<u64>| value.map_or_else(|| "not shown".to_owned(), |v| v.to_string());
        let says = if row.field != Field::Decision {
            let field = row.field.name().replace('_', " ");
            format!("{field} {}, expected {}", value(row.seen), value(row.expected))
        } else if row.seen == Some(0) {
            "admitted".to_owned()
        } else {
            "refused".to_owned()
        };
        let line = format!("line {}: {says}: {}", row.line, row.reason);
        text.push_str(&indented(&line));
    }
    text.push_str(&more(rows.len(), most));
    text
}

/// What was refused or failed, by status and by what explains it.
fn refusals(calibration: &Calibration, most: usize) -> String {
    if calibration.refusals.is_empty() {
        return String::new();
    }
    let mut groups: BTreeMap<(u16, String), Vec<u64>> = BTreeMap::new();
    for row in &calibration.refusals {
        groups.entry((row.status.0, row.cause.to_string())).or_default().push(row.line);
    }
    let counts = calibration.refusal_counts.values();
    let (rows, explained) =
        counts.fold((0, 0), |sum, count| (sum.0 + count.rows, sum.1 + count.explained));
    let (rows, explained) = (numbers::count(rows), numbers::count(explained));
    let mut text = format!("\nRefused or failed: {rows} rows, {explained} of them explained\n");
    for ((status, cause), lines) in groups {
        let shown: Vec<String> = lines.iter().take(most).map(u64::to_string).collect();
        let others = lines.len().saturating_sub(shown.len());
        let others = if others > 0 { format!(" and {others} more") } else { String::new() };
        let count = lines.len();
        let lines = format!("{}{others}", shown.join(", "));
        text.push_str(&indented(&format!("{status} x {count}: {cause} (line {lines})")));
    }
    text
}

/// The limits that rows showed: those that moved or are not the edition's, the others counted.
fn limits(calibration: &Calibration, dated: bool, most: usize) -> String {
    let limits = &calibration.limits;
    if limits.is_empty() {
        return String::new();
    }
    let pair = |limit: &InferredLimit| (limit.account.clone(), limit.model.clone());
    let moved = |limit: &InferredLimit| {
        let other = |o: &&InferredLimit| pair(o) == pair(limit) && o.requests != limit.requests;
        limits.iter().any(|one| other(&one))
    };
    let odd: Vec<&InferredLimit> = limits
        .iter()
        .filter(|limit| limit.edition != Some(limit.requests) || moved(limit))
        .collect();
    let (count, usual) = (limits.len(), limits.len() - odd.len());
    let mut text =
        format!("\nLimits: {count} inferred from headers, {usual} as the edition has it\n");
    if odd.is_empty() {
        return text;
    }
    let mut table = plain_table();
    table.set_header(["others, requests/min", "account", "from", "seen", "edition", "rows"]);
    for limit in odd.iter().take(most) {
        table.add_row([
            short(&limit.model, MODEL),
            short(&by_limit(&limit.account), ACCOUNT),
            day(limit.from, dated),
            per_minute(limit.requests),
            limit.edition.map_or_else(|| "-".to_owned(), per_minute),
            numbers::count(limit.rows),
        ]);
    }
    text.push_str(&finish(table));
    text.push_str(&more(odd.len(), most));
    text
}

fn latency(calibration: &Calibration, most: usize) -> String {
    let mut seen: Vec<&LatencySeen> = calibration.latency.iter().collect();
    if seen.is_empty() {
        return String::new();
    }
    seen.sort_by_key(|seen| std::cmp::Reverse(seen.streams + seen.wholes));
    let mut table = plain_table();
    table.set_header(["latency, medians", "first\nbyte", "edition", "tokens/s", "edition", "rows"]);
    let seconds = |span: limits::Span| numbers::seconds(span.nanos() as f64 / 1e9);
    let speed = |speed: u64| numbers::rate(speed as f64 / 1e3);
    let none = || "-".to_owned();
    for seen in seen.iter().take(most) {
        table.add_row([
            short(&seen.model, MODEL),
            seen.first_token.map_or_else(none, seconds),
            seconds(seen.edition_first_token),
            seen.milli_tokens_per_s.map_or_else(none, speed),
            speed(seen.edition_milli_tokens_per_s),
            numbers::count(seen.streams + seen.wholes),
        ]);
    }
    format!("\n{}{}", finish(table), more(seen.len(), most))
}

fn more(count: usize, most: usize) -> String {
    match count.saturating_sub(most) {
        0 => String::new(),
        others => format!("  and {others} more\n"),
    }
}

fn percent(tally: Tally) -> String {
    Share::new(tally.hit, tally.of).map_or_else(|| "-".to_owned(), Share::in_table)
}

/// Requests a minute, as limits are published.
fn per_minute(rate: Rate10) -> String {
    let text = numbers::rate(rate.0 as f64 * 60.0 / Rate10::ONE.0 as f64);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// An account that only its limit tells apart, in as little room as a table has.
fn by_limit(account: &str) -> String {
    let Some(limit) = account.strip_prefix("the account shown ") else { return account.to_owned() };
    limit.replace("requests/s", "req/s").replace("tokens/s", "tok/s")
}

/// So much of a name is shown in a table.
const MODEL: usize = 26;
const ACCOUNT: usize = 12;

/// The end of a name, which tells more than its beginning.
fn short(name: &str, longest: usize) -> String {
    let count = name.chars().count();
    if count <= longest {
        return name.to_owned();
    }
    let end: String = name.chars().skip(count + 1 - longest).collect();
    format!("…{end}")
}

/// An item of a list.
fn indented(line: &str) -> String {
    let wrapped = wrapped(line, WIDTH - 4);
    wrapped.lines().enumerate().fold(String::new(), |mut text, (index, line)| {
        let _ = writeln!(text, "{}{line}", if index == 0 { "  " } else { "    " });
        text
    })
}

fn finish(mut table: Table) -> String {
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 2 } else { 1 }, 1));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n", table.trim_fmt())
}
