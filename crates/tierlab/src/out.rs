//! Where results are written.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use run_record::RunRecord;

use crate::failure::Failure;
use crate::form::Form;

/// The folder of committed pages, and the one for experiments.
pub(crate) const REPORTS: &str = "reports";
const LOCAL: &str = "reports/local";
const LIVE: &str = "reports/live";

/// The folder whose scenarios have committed pages.
pub(crate) const SCENARIOS: &str = "scenarios";

/// Makes the folders of these files and proves that each can be written: found out after a run, it
/// would cost the run.
pub(crate) fn prove(paths: &[PathBuf]) -> Result<(), Failure> {
    for path in paths {
        let fail = |error| Failure::unwritable(path, &error);
        if path.is_dir() {
            return Err(fail(io::ErrorKind::IsADirectory.into()));
        }
        let unfinished = unfinished(path).map_err(fail)?;
        fs::File::create(&unfinished).and_then(|_| fs::remove_file(&unfinished)).map_err(fail)?;
    }
    Ok(())
}

/// Tries every file before a failure is told: which could be written, and what kept the others.
pub(crate) fn each(
    paths: Vec<PathBuf>,
    write: impl Fn(&Path) -> Result<(), Failure>,
) -> (Vec<PathBuf>, Result<(), Failure>) {
    let mut failed: Option<Failure> = None;
    let mut written = paths;
    written.retain(|path| {
        let outcome = write(path);
        let is_written = outcome.is_ok();
        if let Err(failure) = outcome {
            failed = Some(match failed.take() {
                Some(first) => first.and(failure),
                None => failure,
            });
        }
        is_written
    });
    (written, failed.map_or(Ok(()), Err))
}

/// Writes a record in the form of the path.
pub(crate) fn write(path: &Path, record: &RunRecord) -> Result<(), Failure> {
    put(path, &Form::of(path)?.write(std::slice::from_ref(record))?)
}

/// Where page and record of a scenario's run belong: beside the committed ones only if it is one of
/// them and the whole of it ran as it is written.
pub(crate) fn places(path: &Path, as_written: bool) -> [PathBuf; 2] {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let committed = path.parent() == Some(Path::new(SCENARIOS)) && as_written;
    let folder = Path::new(if committed { REPORTS } else { LOCAL });
    // The stem may have dots of its own.
    ["html", "json"].map(|extension| folder.join(format!("{stem}.{extension}")))
}

/// Where page and record of a live run belong: no two are alike, so none is ever committed.
pub(crate) fn live_places(path: &Path) -> [PathBuf; 2] {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    ["html", "json"].map(|extension| Path::new(LIVE).join(format!("{stem}.{extension}")))
}

/// Prints a result. A reader that left early (`| head`) has what it wanted; any other trouble is
/// told.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::ours(format!("cannot print the result: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a file whole or not at all: a reader never sees half of it.
pub(crate) fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let fail = |error| Failure::unwritable(path, &error);
    let unfinished = unfinished(path).map_err(fail)?;
    fs::write(&unfinished, text).map_err(fail)?;
    fs::rename(&unfinished, path).map_err(fail)
}

/// Where a file is written until it is whole, in a folder that is there.
fn unfinished(path: &Path) -> io::Result<PathBuf> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    Ok(PathBuf::from(unfinished))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_keeps_its_dots_and_only_a_committed_scenario_as_written_has_a_committed_page() {
        let page = |path: &str, as_written| places(Path::new(path), as_written)[0].clone();
        assert_eq!(page("scenarios/tier2.toml", true), Path::new("reports/tier2.html"));
        assert_eq!(page("scenarios/tier2.big.toml", true), Path::new("reports/tier2.big.html"));
        assert_eq!(page("scenarios/tier2.toml", false), Path::new("reports/local/tier2.html"));
        assert_eq!(page("mine/tier2.toml", true), Path::new("reports/local/tier2.html"));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named_and_one_that_can_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let names = |folder: &Path| fs::read_dir(folder).unwrap().count();
        assert!(prove(&[place("new/run.json"), place("new/run.html")]).is_ok());
        assert_eq!(names(&place("new")), 0);
        fs::write(place("file"), "").unwrap();
        for unwritable in ["file/run.json", "new"] {
            let said = prove(&[place("run.html"), place(unwritable)]).unwrap_err();
            assert!(format!("{said:?}").contains(unwritable), "{said:?}");
        }
        assert_eq!(names(folder.path()), 2);
    }

    #[test]
    fn every_file_is_tried_and_every_failure_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for name in ["a.json", "c.json"] {
            fs::create_dir(place(name)).unwrap();
        }
        let places = ["a.json", "b.json", "c.json"].map(place).to_vec();
        let (written, all) = each(places, |path| put(path, "text"));
        assert_eq!(written, [place("b.json")]);
        let said = format!("{:?}", all.unwrap_err());
        assert!(said.contains("a.json") && said.contains("c.json"), "{said}");
    }
}
