//! What tuning came to, for people: the verdict on fresh seeds, then what it rests on.

use std::fmt::Write as _;

use report::numbers::{self, Share};
use run_record::{Expectation, Kind, Verdict};
use tuning::{Came, Estimate, Parameter, Slice, SliceRow, Validated};

use crate::summary_text::{NO_SAMPLES, finish, for_terminal, plain_table};
use crate::tune::Tuned;

pub(crate) fn of(tuned: &Tuned) -> String {
    let mut text = head(tuned);
    text.push_str(&verdict(tuned));
    text.push_str(plainly(tuned));
    text.push_str(&changes(tuned));
    for slice in &tuned.study.slices {
        text.push_str(&matters(tuned, slice));
    }
    text.push_str(&flat(tuned));
    // Where the language has no words for a part, the table above says what to change.
    if let Some(toml) = tuned.to_paste() {
        let _ = write!(text, "To paste:\n\n{toml}");
    }
    for_terminal(&text)
}

fn head(tuned: &Tuned) -> String {
    let Tuned { scenario, study, .. } = tuned;
    let seed = |offset: u32| scenario.seed.wrapping_add(offset.into());
    let seeds = |range: &core::ops::Range<u32>| {
        let (first, last) = (seed(range.start), seed(range.end.saturating_sub(1)));
        if first == last { format!("{first}") } else { format!("{first} to {last}") }
    };
    let goals: Vec<&str> = tuned.goals.iter().map(|goal| goal.name.as_str()).collect();
    format!(
        "{}\nedition {}   {}   “{}” for {}\nseeds {} to search, {} to validate\n\n",
        scenario.title,
        scenario.edition.name(),
        scenario.tier.title(),
        tuned.strategy,
        goals.join(", "),
        seeds(&study.searched),
        seeds(&study.fresh),
    )
}

/// Both sides on fresh seeds, and the difference.
fn verdict(tuned: &Tuned) -> String {
    let study = &tuned.study;
    let mut table = plain_table();
    let mut titles = vec!["On fresh seeds".to_owned(), "verdict".to_owned()];
    titles.extend(tuned.goals.iter().map(figure));
    titles.push("attempts per job".to_owned());
    table.set_header(titles);
    let side = |what: &str, side: &Validated| {
        let mut row = vec![what.to_owned(), word(side.verdict).to_owned()];
        let values = tuned.goals.iter().zip(&side.values);
        row.extend(values.map(|(goal, value)| estimate(goal.figure.kind(), *value)));
        row.push(estimate(Kind::Ratio, side.cost));
        row
    };
    table.add_row(side("tuned", &study.tuned));
    table.add_row(side("as it was", &study.own));
    let mut row = vec!["difference".to_owned(), String::new()];
    let gains = tuned.goals.iter().zip(&study.gains);
    row.extend(gains.map(|(goal, gain)| difference(goal.figure.kind(), *gain)));
    row.push(difference(Kind::Ratio, study.cost_gain));
    table.add_row(row);
    finish(table)
}

/// What the verdict comes to where there is nothing, or little, to change.
fn plainly(tuned: &Tuned) -> &'static str {
    match (tuned.study.tuned.verdict, tuned.is_unchanged(), tuned.is_better()) {
        (Verdict::Missed, true, _) => {
            "No setting that was tried reaches the goal, and none can be told from the\nstrategy as it was: leave it.\n\n"
        }
        (Verdict::Missed, false, false) => {
            "No setting that was tried reaches the goal on fresh seeds, and the best\nof them is no better there than the strategy as it was: leave it.\n\n"
        }
        (Verdict::Missed, false, true) => {
            "No setting that was tried reaches the goal on fresh seeds; the best of\nthem comes closer than the strategy as it was.\n\n"
        }
        (_, true, _) => {
            "No setting that was tried is better than the strategy as it was: leave it.\n\n"
        }
        _ => "",
    }
}

/// Every parameter before and after.
fn changes(tuned: &Tuned) -> String {
    let mut table = plain_table();
    table.set_header(["Parameter", "was", "tuned"]);
    for parameter in &tuned.parameters {
        let knob = parameter.knob;
        let text = |parts| knob.read(parts).map_or_else(String::new, |value| knob.text(value));
        let (was, is) = (text(&tuned.parts), text(&tuned.study.parts));
        let is = if was == is { "the same".to_owned() } else { is };
        table.add_row([knob.name().to_owned(), was, is]);
    }
    finish(table)
}

/// One parameter, the others as tuned.
fn matters(tuned: &Tuned, slice: &Slice) -> String {
    let Some(parameter) = tuned.parameters.get(slice.parameter) else { return String::new() };
    let mut table = plain_table();
    let mut titles = vec![parameter.knob.name().to_owned()];
    titles.extend(tuned.goals.iter().map(figure));
    titles.extend(["attempts per job".to_owned(), String::new()]);
    table.set_header(titles);
    for row in &slice.rows {
        let Some(value) = parameter.values.get(row.value) else { continue };
        let mut cells = vec![parameter.knob.text(*value)];
        cells.extend(figures(&tuned.goals, &row.tried.pooled));
        cells.push(remark(parameter, row).to_owned());
        table.add_row(cells);
    }
    finish(table)
}

fn remark(parameter: &Parameter, row: &SliceRow) -> &'static str {
    match (row.is_best, row.is_as_good, row.value == parameter.own) {
        (true, _, true) => "tuned, as it was",
        (true, _, false) => "tuned",
        (false, true, true) => "not told apart; as it was",
        (false, true, false) => "not told apart",
        (false, false, true) => "as it was",
        (false, false, false) => "",
    }
}

/// How many settings cannot be told from the best, and where they lie.
fn flat(tuned: &Tuned) -> String {
    let found = &tuned.study.found;
    let flat = found.flat();
    let seeds = found.tried.first().map_or(0, |tried| tried.each.len());
    let mut text = format!(
        "{} settings tried in {} worlds, {} of them under {seeds} seeds each",
        found.settings,
        numbers::count(found.worlds.into()),
        found.tried.len(),
    );
    if seeds < 2 {
        text.push_str(";\nwith one seed nothing can be told apart.\n\n");
        return text;
    }
    let _ = match flat.len() {
        0 | 1 => writeln!(text, ";\nthe best stands alone among those, at 95 % a pair.\n"),
        count => writeln!(
            text,
            ";\n{count} of those cannot be told from the best, at 95 % a pair.\nOf those around it, with one number changed:\n{}\n",
            alike(tuned)
        ),
    };
    if !found.is_finished {
        text.pop();
        text.push_str(
            "The budget ended before every value around the best was tried: a larger --budget\nmay find better.\n\n",
        );
    }
    text
}

/// Of each parameter the values that its table marks.
fn alike(tuned: &Tuned) -> String {
    let of = |slice: &Slice| {
        let parameter = tuned.parameters.get(slice.parameter)?;
        let marked = slice.rows.iter().filter(|row| row.is_best || row.is_as_good);
        let values = marked.filter_map(|row| parameter.values.get(row.value));
        let values: Vec<String> = values.map(|value| parameter.knob.text(*value)).collect();
        Some(format!("  {} {}", parameter.knob.name(), values.join(", ")))
    };
    tuned.study.slices.iter().filter_map(of).collect::<Vec<_>>().join("\n")
}

/// The figure that a goal is about, with its group where it has one.
fn figure(goal: &Expectation) -> String {
    match &goal.group {
        Some(group) => format!("{group}: {}", goal.figure.word()),
        None => goal.figure.word(),
    }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "MET",
        Verdict::Missed => "MISSED",
        Verdict::Unjudged => "NOT JUDGED",
    }
}

fn figures(goals: &[Expectation], came: &Came) -> Vec<String> {
    let values = goals.iter().zip(&came.values);
    let values = values.map(|(goal, value)| match value {
        Some(value) => amount(goal.figure.kind(), *value),
        None => NO_SAMPLES.to_owned(),
    });
    values.chain([amount(Kind::Ratio, came.cost)]).collect()
}

fn amount(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Share => Share::from_fraction(value).map_or_else(String::new, Share::in_table),
        Kind::Ratio => format!("{value:.2}"),
        Kind::Time => format!("{value:.2} s"),
        Kind::Money => format!("${value:.2}"),
    }
}

/// A mean over seeds with what its interval adds and takes away.
fn estimate(kind: Kind, value: Option<Estimate>) -> String {
    let Some(Estimate { mean, within, .. }) = value else { return NO_SAMPLES.to_owned() };
    let within = within.map_or_else(String::new, |within| format!(" ±{}", width(kind, within)));
    format!("{}{within}", amount(kind, mean))
}

fn width(kind: Kind, within: f64) -> String {
    match kind {
        Kind::Share => format!("{:.1}", within * 100.0),
        Kind::Ratio | Kind::Time | Kind::Money => format!("{within:.2}"),
    }
}

fn difference(kind: Kind, value: Option<Estimate>) -> String {
    let Some(Estimate { mean, within, .. }) = value else { return NO_SAMPLES.to_owned() };
    let within = within.map_or_else(String::new, |within| format!(" ±{}", width(kind, within)));
    match kind {
        Kind::Share => format!("{:+.1} points{within}", mean * 100.0),
        Kind::Ratio => format!("{mean:+.2}{within}"),
        Kind::Time => format!("{mean:+.2} s{within}"),
        Kind::Money => format!("{mean:+.2} dollars{within}"),
    }
}
