//! Reads pages as people will, offline, in a headless browser, and fails on what a reader would
//! stumble over.
//!
//! ```text
//! json      what a browser says
//! browser   a Chromium at the other end of a pipe
//! visit     one page: every width, both schemes, on paper, without scripts, by keyboard
//! look.js   what is measured inside a page
//! axe       axe-core, fetched by npm once
//! ```

mod axe;
mod browser;
mod json;
#[cfg(test)]
mod tests;
mod visit;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use self::browser::Browser;
use self::visit::Visit;
use crate::say::{complain, say};
use crate::workspace::Workspace;

/// What came of the check.
pub(crate) enum Checked {
    /// This many pages, none with a fault; and whether axe-core looked at them too.
    Fine { pages: usize, axe: bool },
    /// No browser on this machine.
    NoBrowser,
}

/// `pages FILE…` looks at those files and leaves pictures of them; `pages` at all of `reports/`.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> ExitCode {
    let files: Vec<PathBuf> = words.iter().map(PathBuf::from).collect();
    let checked = if files.is_empty() { check(workspace) } else { look(workspace, &files, true) };
    match checked {
        Ok(Checked::Fine { pages, axe }) => {
            say(&fine(pages, axe));
            ExitCode::SUCCESS
        }
        Ok(Checked::NoBrowser) => {
            complain("Chromium is not installed");
            ExitCode::FAILURE
        }
        Err(faults) => {
            say(&faults);
            ExitCode::FAILURE
        }
    }
}

/// Looks at every page of `reports/`; pictures of those with a fault are left in `target/pages/`.
///
/// # Errors
/// Every fault of every page, one a line.
pub(crate) fn check(workspace: &Workspace) -> Result<Checked, String> {
    look(workspace, &committed(&workspace.path("reports")), false)
}

/// What was looked at, in words.
pub(crate) fn fine(pages: usize, axe: bool) -> String {
    let widths: Vec<String> = visit::WIDTHS.iter().map(u32::to_string).collect();
    let widths = widths.join(", ");
    let axe = if axe { "axe-core finds nothing" } else { "skipped 1 check: axe-core is not here" };
    format!("{pages} pages: {widths} px, light, dark, print, keyboard, no scripts; {axe}")
}

fn committed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let html = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "html");
    let mut pages: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(html).collect();
    pages.sort();
    pages
}

/// Looks at these files, on every core at once.
fn look(workspace: &Workspace, files: &[PathBuf], pictures: bool) -> Result<Checked, String> {
    let Some(name) = browser::installed() else { return Ok(Checked::NoBrowser) };
    let folder = workspace.target().join("pages");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let axe = axe::fetch(workspace);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = |worker: usize| {
        let profile = folder.join(format!("profile-{}-{worker}", std::process::id()));
        let came = Browser::start(name, &profile).and_then(|mut browser| {
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                let Some(file) = files.get(nth) else { break };
                let began = Instant::now();
                let visit = Visit { file, folder: &folder, axe: axe.as_ref(), pictures };
                let faults = visit.faults(&mut browser).unwrap_or_else(|error| vec![error]);
                let shown = file.strip_prefix(workspace.root()).unwrap_or(file).display();
                let (page, all, took) = (nth + 1, files.len(), began.elapsed().as_secs());
                complain(&format!("{page} of {all}: {shown}: {} faults, {took} s", faults.len()));
                let lines = faults.into_iter().map(|fault| format!("{shown}: {fault}"));
                let mut found = found.lock().map_err(|_| "a fault was lost".to_owned())?;
                found.extend(lines);
            }
            Ok(())
        });
        let _ = fs::remove_dir_all(&profile);
        came
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(files.len()).max(1);
    thread::scope(|scope| {
        let started: Vec<_> = (0..workers).map(|one| scope.spawn(move || work(one))).collect();
        let mut ended = started.into_iter().map(thread::ScopedJoinHandle::join);
        ended.try_for_each(|end| end.map_err(|_| "a worker fell over".to_owned())?)
    })?;
    let mut found = found.into_inner().map_err(|_| "a fault was lost".to_owned())?;
    found.sort();
    let axe = axe.is_some();
    if found.is_empty() {
        Ok(Checked::Fine { pages: files.len(), axe })
    } else {
        Err(found.join("\n"))
    }
}
