//! `simulate`: in virtual time, under every strategy and tier.

use std::io::Write;
use std::path::{Path, PathBuf};

use run_record::{RunRecord, Verdict, derive};
use simulator::SimulateFault;

use crate::args::{Manners, RunFormat, Simulate};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::form::Form;
use crate::open::{Opened, open_ready};
use crate::progress::Progress;
use crate::{age, each, out, summary_text, watch};

pub(crate) fn run(said: &Simulate, manners: &Manners) -> Result<Ending, Failure> {
    threads(said.threads)?;
    if said.format == RunFormat::Json && said.files.len() > 1 {
        return Err(Failure::usage("--format json prints one document: name one file"));
    }
    if !said.out.is_empty() && said.files.len() > 1 {
        return Err(Failure::usage("--out names one run's file: simulate one scenario at a time"));
    }
    for path in &said.out {
        Form::of(path)?;
    }
    if let Some(twice) = first_twice(&said.files) {
        return Err(Failure::usage(format!(
            "two of these files would write {twice}: simulate them apart, or use --out"
        )));
    }
    if said.watch {
        return match said.files.as_slice() {
            _ if said.format != RunFormat::Text => {
                Err(Failure::usage("--watch prints for people: leave --format out"))
            }
            [file] => watch::run(file, said, manners),
            _ => Err(Failure::usage("--watch looks after one file: name one")),
        };
    }
    Ok(each(&said.files, manners, |file| once(file, said, manners).map(|ran| ran.ending)))
}

/// Sets how many worlds run at the same time.
pub(crate) fn threads(said: Option<u16>) -> Result<(), Failure> {
    let Some(threads) = said else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(usize::from(threads))
        .build_global()
        .map_err(|error| Failure::ours(format!("cannot start {threads} threads: {error}")))
}

/// A file that two of the runs would write.
fn first_twice(files: &[PathBuf]) -> Option<String> {
    let pages: Vec<PathBuf> =
        files.iter().map(|file| out::places(file, true)).map(|[page, _]| page).collect();
    let twice = |(index, page): &(usize, &PathBuf)| pages.iter().take(*index).any(|p| p == *page);
    pages.iter().enumerate().find(twice).map(|(_, page)| page.display().to_string())
}

/// A run that was written, and how the program ends after it.
pub(crate) struct Ran {
    pub(crate) record: RunRecord,
    pub(crate) ending: Ending,
}

/// Simulates one file, prints what came of it and writes it.
pub(crate) fn once(file: &Path, said: &Simulate, manners: &Manners) -> Result<Ran, Failure> {
    let opened = open_ready(file, &said.overrides, manners)?;
    age::note(&opened.scenario, manners);
    let places = |stopped: bool| {
        if said.out.is_empty() {
            out::places(&opened.path, !opened.overridden && !stopped).to_vec()
        } else {
            said.out.clone()
        }
    };
    out::prove(&places(false))?;
    let (record, stopped) = rehearse(&opened, manners)?;
    let (written, all) = out::each(places(stopped), |path| out::write(path, &record));
    let summary = derive::summary(&record);
    out::print(&match said.format {
        RunFormat::Json => summary.json(),
        RunFormat::Markdown => report::forms::markdown(&record),
        RunFormat::Text => summary_text::of(&record, &summary, &written),
    })?;
    all?;
    if stopped {
        let (done, of) = (record.cells().len(), simulator::cells(&opened.scenario).len());
        let said = if done < of {
            format!("stopped: {done} of {of} cells complete and written")
        } else {
            format!("stopped in the second round: {done} cells complete and written")
        };
        let _ = writeln!(std::io::stderr(), "{said}");
        return Ok(Ran { record, ending: Ending::Stopped });
    }
    let ending = if said.no_gate { Ending::Fine } else { ending_of(summary.verdict) };
    Ok(Ran { record, ending })
}

/// Runs a scenario; also says whether it was stopped before its end.
pub(crate) fn rehearse(opened: &Opened, manners: &Manners) -> Result<(RunRecord, bool), Failure> {
    let Opened { scenario, origin, .. } = opened;
    let progress = Progress::new(manners, &scenario.title, simulator::worlds(scenario));
    let record = simulator::simulate(scenario, origin, &progress);
    progress.finish(manners, &format!("simulated {} worlds", progress.done()));
    match record {
        Ok(record) => {
            let stopped = record.header().cut_short;
            Ok((record, stopped))
        }
        Err(SimulateFault::Stopped) => {
            let says = SimulateFault::Stopped.to_string();
            Err(Failure::Said { says, ending: Ending::Stopped })
        }
        Err(SimulateFault::NoLimits(fault)) => Err(Failure::invalid(fault.to_string())),
        Err(fault) => Err(Failure::ours(fault.to_string())),
    }
}

pub(crate) fn ending_of(verdict: Option<Verdict>) -> Ending {
    match verdict {
        None | Some(Verdict::Met) => Ending::Fine,
        Some(Verdict::Missed) => Ending::Missed,
        Some(Verdict::Unjudged) => Ending::Unjudged,
    }
}
