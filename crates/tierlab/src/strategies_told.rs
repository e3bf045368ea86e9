//! `rules --strategies`: every strategy that has a name, with its release; or one of them with each
//! constant and where that was read.

use core::fmt::Write as _;

use rulebook::reading::known;
use serde::Serialize;
use strategies::{Preset, What};

use crate::args::Format;
use crate::failure::Failure;

/// All of them as a table, or the one that is named in full.
pub(crate) fn told(name: Option<&str>, format: Format) -> Result<String, Failure> {
    let chosen = match name {
        None => Preset::ALL.to_vec(),
        Some(name) => vec![named(name)?],
    };
    match (format, chosen.as_slice()) {
        (Format::Json, _) => document(&chosen),
        (Format::Text, [preset]) => Ok(whole(preset)),
        (Format::Text, _) => Ok(table(&chosen)),
    }
}

/// The strategy of that name.
pub(crate) fn named(name: &str) -> Result<&'static Preset, Failure> {
    let names = Preset::ALL.map(Preset::name);
    Preset::named(name).ok_or_else(|| {
        Failure::usage(format!("no strategy is called `{name}`: {}", known(name, &names)))
    })
}

fn said(preset: &Preset, what: What) -> String {
    what.said_by(&preset.parts()).unwrap_or_else(|| "-".to_owned())
}

fn table(presets: &[&Preset]) -> String {
    let head = ["strategy", "version", "tries", "wait", "hint", "timeout"].map(str::to_owned);
    let mut rows = vec![head];
    rows.extend(presets.iter().map(|preset| {
        let of = |what| said(preset, what);
        [
            preset.name().to_owned(),
            preset.version().to_owned(),
            of(What::Tries),
            of(What::Wait),
            of(What::Hint),
            of(What::Timeout),
        ]
    }));
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or_default()
    };
    let widths: [usize; 6] = core::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text.push_str(
        "\nk counts retries from 0, U is uniform from 0 to 1.\n\
         `rules --strategies NAME` shows one with its sources.\n",
    );
    text
}

fn whole(preset: &Preset) -> String {
    let mut text = format!("{}  {}  {}\n", preset.name(), preset.version(), preset.title());
    for constant in preset.constants() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "\n  {:<10}  {}", constant.what.name(), constant.value);
        let _ = writeln!(text, "  {:<10}  read in {}", "", constant.source);
    }
    if !preset.note().is_empty() {
        let _ = writeln!(text, "\nnote: {}", preset.note());
    }
    text
}

fn document(presets: &[&Preset]) -> Result<String, Failure> {
    let strategies = presets.iter().map(|preset| Row::of(preset)).collect();
    serde_json::to_string_pretty(&Document { schema: "tierlab/strategies/1", strategies })
        .map(|text| text + "\n")
        .map_err(|error| Failure::ours(error.to_string()))
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    strategies: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    version: &'static str,
    title: &'static str,
    does: String,
    constants: Vec<ConstantRow>,
    note: &'static str,
}

#[derive(Serialize)]
struct ConstantRow {
    what: &'static str,
    value: String,
    source: &'static str,
}

impl Row {
    fn of(preset: &Preset) -> Self {
        let constants = preset.constants().into_iter().map(|constant| ConstantRow {
            what: constant.what.name(),
            value: constant.value,
            source: constant.source,
        });
        Self {
            name: preset.name(),
            version: preset.version(),
            title: preset.title(),
            does: preset.parts().describe(),
            constants: constants.collect(),
            note: preset.note(),
        }
    }
}
