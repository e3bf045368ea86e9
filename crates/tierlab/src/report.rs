//! `report`: pages again from saved runs, or every committed page from its scenario.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use report::Entry;

use crate::args::{Manners, Overrides, Report};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::open::{Opening, open};
use crate::out::{REPORTS, SCENARIOS};
use crate::{draw, each, out, record_file, saved, simulate};

pub(crate) fn run(said: &Report, manners: &Manners) -> Result<Ending, Failure> {
    simulate::threads(said.threads)?;
    if said.files.is_empty() {
        committed(said, manners)
    } else if said.check {
        Err(Failure::usage("report --check proves the committed pages: name no file"))
    } else if let Some(base) = &said.baseline {
        saved::against(said, base)
    } else if let Some(name) = &said.chart {
        saved::chart(said, name)
    } else if said.out.is_empty() && said.format.is_none() {
        Ok(each(&said.files, manners, |file| redraw(file)))
    } else {
        saved::told(said)
    }
}

/// Draws the page of a saved run beside it.
fn redraw(file: &Path) -> Result<Ending, Failure> {
    let record = record_file::read(file)?;
    let page = file.with_extension("html");
    out::put(&page, &draw::page(&record))?;
    say(&format!("wrote {}", page.display()));
    Ok(Ending::Fine)
}

/// Simulates every committed scenario and draws, or compares, its page and the index of all.
fn committed(said: &Report, manners: &Manners) -> Result<Ending, Failure> {
    let mut pages: Vec<(PathBuf, String)> = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut skipped = 0;
    for file in scenarios()? {
        let stem = file.file_stem().unwrap_or_default();
        let [page, _] = out::places(&file, true);
        let href = format!("{}.html", stem.to_string_lossy());
        let overrides = Overrides { trace: said.traces.clone(), ..Overrides::default() };
        let opened = match open(&file, &overrides, manners)? {
            Opening::Ready(opened) => opened,
            Opening::TraceMissing(says) => {
                skipped += 1;
                say(&format!("skipped {}: {says}", file.display()));
                // Its page is left alone, and the index goes on naming it.
                let there = fs::read_to_string(&page).unwrap_or_default();
                entries.extend(Entry::read(&href, &there));
                continue;
            }
        };
        if opened.overridden {
            skipped += 1;
            say(&format!("skipped {}: the trace found is not the one declared", file.display()));
            continue;
        }
        let (record, stopped) = simulate::rehearse(&opened, manners)?;
        if stopped {
            return Ok(Ending::Stopped);
        }
        pages.push((page, draw::page(&record)));
        entries.push(Entry::of(&href, &record));
    }
    pages.push((Path::new(REPORTS).join("index.html"), report::index(&entries)));
    let stale = pages.iter().map(|(path, page)| settle(path, page, said.check));
    let stale = stale.collect::<Result<Vec<bool>, _>>()?.into_iter().filter(|stale| *stale).count();
    let verb = if said.check { "checked" } else { "wrote" };
    say(&format!("{verb} {} pages, {stale} stale, {skipped} skipped", pages.len()));
    Ok(if said.check && stale > 0 { Ending::Missed } else { Ending::Fine })
}

/// Writes a page, or says whether the one that is there differs.
fn settle(path: &Path, page: &str, check: bool) -> Result<bool, Failure> {
    let same = fs::read_to_string(path).is_ok_and(|there| there == page);
    if check && !same {
        say(&format!("stale: {} (cargo xtask report draws it again)", path.display()));
    }
    if !check && !same {
        out::put(path, page)?;
    }
    Ok(!same)
}

fn scenarios() -> Result<Vec<PathBuf>, Failure> {
    let folder = Path::new(SCENARIOS);
    let fail = |error| Failure::unreadable(folder, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn say(line: &str) {
    // Nobody is left to tell when stdout is gone.
    let _ = writeln!(std::io::stdout(), "{line}");
}
