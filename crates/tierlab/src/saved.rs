//! `report FILE… --out PATH --format FORM`: saved runs in other forms than the page beside each.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use report::{Page, forms};
use run_record::{RunRecord, derive};

use crate::args::{Report, RunFormat};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::form::{self, Form};
use crate::{out, record_file, summary_text};

/// Writes and prints runs as they were asked for; nothing where one of them cannot be read.
pub(crate) fn told(said: &Report) -> Result<Ending, Failure> {
    let several = said.files.len() > 1;
    for path in &said.out {
        if several && !Form::of(path)?.holds_several() {
            let path = path.display();
            return Err(Failure::usage(format!("--out {path} holds one run: name one file")));
        }
    }
    if several && said.format == Some(RunFormat::Json) {
        return Err(Failure::usage("--format json prints one document: name one file"));
    }
    let runs = all(said)?;
    let (written, all) =
        out::each(said.out.clone(), |path| out::put(path, &Form::of(path)?.write(&runs)?));
    let mut printed = match said.format {
        None => String::new(),
        Some(RunFormat::Json) => runs.iter().map(|run| derive::summary(run).json()).collect(),
        Some(RunFormat::Markdown) => Form::Markdown.write(&runs)?,
        Some(RunFormat::Text) => {
            runs.iter().map(|run| summary_text::of(run, &derive::summary(run), &[])).collect()
        }
    };
    if matches!(said.format, None | Some(RunFormat::Text)) && !written.is_empty() {
        let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(printed, "wrote {}", files.join(", "));
    }
    out::print(&printed)?;
    all.map(|()| Ending::Fine)
}

/// Draws the page of one run with what changed since another.
pub(crate) fn against(said: &Report, base: &Path) -> Result<Ending, Failure> {
    let [file] = said.files.as_slice() else {
        return Err(Failure::usage("--baseline goes with one run: name one file"));
    };
    for path in &said.out {
        if Form::of(path)? != Form::Page {
            return Err(form::unknown(path, ".html where --baseline is given"));
        }
    }
    let (run, before) = match (record_file::read(file), record_file::read(base)) {
        (Ok(run), Ok(before)) => (run, before),
        (Err(first), Err(second)) => return Err(first.and(second)),
        (Err(failure), _) | (_, Err(failure)) => return Err(failure),
    };
    if !report::shares_a_cell(&run, &before) {
        let (file, base) = (file.display(), base.display());
        return Err(Failure::invalid(format!(
            "--baseline {base} has no tier with a strategy that {file} has: give an earlier run of \
             the same scenario"
        )));
    }
    let page = Page::against(&run, &before).to_html();
    let places =
        if said.out.is_empty() { vec![file.with_extension("html")] } else { said.out.clone() };
    let (written, all) = out::each(places, |path| out::put(path, &page));
    tell(&written)?;
    all.map(|()| Ending::Fine)
}

/// Says what was written.
fn tell(written: &[PathBuf]) -> Result<(), Failure> {
    if written.is_empty() {
        return Ok(());
    }
    let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    out::print(&format!("wrote {}\n", files.join(", ")))
}

/// Draws one chart of one run.
pub(crate) fn chart(said: &Report, name: &str) -> Result<Ending, Failure> {
    let [file] = said.files.as_slice() else {
        return Err(Failure::usage("--chart draws from one run: name one file"));
    };
    for path in &said.out {
        if path.extension().is_none_or(|extension| extension != "svg") {
            return Err(form::unknown(path, ".svg of a single chart"));
        }
    }
    let charts = forms::charts(&record_file::read(file)?);
    let Some(chart) = charts.iter().find(|chart| chart.name == name) else {
        let names: Vec<&str> = charts.iter().map(|chart| chart.name.as_str()).collect();
        let there = if names.is_empty() { "no chart at all".to_owned() } else { names.join(", ") };
        let file = file.display();
        return Err(Failure::usage(format!("--chart {name}: {file} has {there}")));
    };
    let (written, all) = out::each(said.out.clone(), |path| out::put(path, &chart.svg));
    if said.out.is_empty() {
        out::print(&chart.svg)?;
    }
    tell(&written)?;
    all.map(|()| Ending::Fine)
}

/// Every run that was named; all that cannot be read are told.
fn all(said: &Report) -> Result<Vec<RunRecord>, Failure> {
    let mut runs = Vec::with_capacity(said.files.len());
    let mut failed: Option<Failure> = None;
    for file in &said.files {
        match record_file::read(file) {
            Ok(run) => runs.push(run),
            Err(failure) => {
                failed = Some(match failed.take() {
                    Some(first) => first.and(failure),
                    None => failure,
                });
            }
        }
    }
    failed.map_or(Ok(runs), Err)
}
