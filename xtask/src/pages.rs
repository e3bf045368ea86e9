//! Opens every committed page in a headless browser, offline, at a desk's and a phone's width,
//! and fails on what a reader would stumble over: errors in the console, sideways overflow,
//! anything fetched, links that lead nowhere.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::workspace::Workspace;

const BROWSERS: &[&str] =
    &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long a page may take before the browser is stopped.
const PATIENCE: Duration = Duration::from_mins(1);
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--allow-file-access-from-files",
    "--enable-logging=stderr",
    "--virtual-time-budget=5000",
    "--hide-scrollbars",
    "--window-size=1820,3000",
];

/// What came of the check.
pub(crate) enum Checked {
    /// This many pages, none with a fault.
    Fine(usize),
    /// No browser on this machine.
    NoBrowser,
}

/// Looks at every page of `reports/`; pictures of both widths are left in `target/pages/`.
///
/// # Errors
/// Every fault of every page, one a line.
pub(crate) fn check(workspace: &Workspace) -> Result<Checked, String> {
    let starts = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let Some(browser) = BROWSERS.iter().find(starts) else {
        return Ok(Checked::NoBrowser);
    };
    let pages = pages(&workspace.path("reports"));
    let folder = workspace.target().join("pages");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut faults = Vec::new();
    for page in &pages {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        let found = look(browser, page, &folder).unwrap_or_else(|error| vec![error]);
        faults.extend(found.into_iter().map(|fault| format!("reports/{name}: {fault}")));
    }
    if faults.is_empty() { Ok(Checked::Fine(pages.len())) } else { Err(faults.join("\n")) }
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let html = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "html");
    let mut pages: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(html).collect();
    pages.sort();
    pages
}

/// The faults of one page.
fn look(browser: &str, page: &Path, folder: &Path) -> Result<Vec<String>, String> {
    let io = |error: std::io::Error| error.to_string();
    let stem = page.file_stem().unwrap_or_default().to_string_lossy();
    let page = fs::canonicalize(page).map_err(io)?;
    let frame = folder.join(format!("{stem}.frame.html"));
    let address = format!("file://{}", page.display());
    fs::write(&frame, include_str!("pages.html").replace("PAGE", &address)).map_err(io)?;
    let (dom, log) = (folder.join(format!("{stem}.dom")), folder.join(format!("{stem}.log")));
    let profile = folder.join(format!("{stem}.profile"));
    let _ = fs::remove_dir_all(&profile);
    let mut command = Command::new(browser);
    command.args(FLAGS).arg(format!("--user-data-dir={}", profile.display()));
    command.arg(format!("--screenshot={}", folder.join(format!("{stem}.png")).display()));
    command.arg("--dump-dom").arg(format!("file://{}", frame.display()));
    command.stdin(Stdio::null());
    command.stdout(File::create(&dom).map_err(io)?).stderr(File::create(&log).map_err(io)?);
    run(&mut command)?;
    let _ = fs::remove_dir_all(&profile);
    let said = fs::read(&log).map_err(io)?;
    let mut faults = console(&String::from_utf8_lossy(&said));
    let dom = fs::read(&dom).map_err(io)?;
    let (found, links) = findings(&String::from_utf8_lossy(&dom))?;
    faults.extend(found);
    let beside = page.parent().unwrap_or(folder);
    let lost = links.into_iter().filter(|link| !beside.join(link).exists());
    faults.extend(lost.map(|link| format!("the link {link} leads nowhere")));
    Ok(faults)
}

/// Runs to its end, or stops it when it takes too long.
fn run(command: &mut Command) -> Result<(), String> {
    let mut browser = command.spawn().map_err(|error| format!("no browser: {error}"))?;
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match browser.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("the browser ended with {status}")),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(format!("the browser is lost: {error}")),
        }
    }
    let _ = browser.kill();
    let _ = browser.wait();
    Err(format!("the browser took longer than {} s", PATIENCE.as_secs()))
}

/// What the page wrote to the console, once: a page that is fine writes nothing.
fn console(log: &str) -> Vec<String> {
    let lines = log.lines().filter_map(|line| line.split_once(":CONSOLE"));
    let said = lines.map(|(_, rest)| rest.split_once("] ").map_or(rest, |(_, said)| said));
    said.collect::<BTreeSet<_>>().into_iter().map(|said| format!("console: {said}")).collect()
}

/// Faults and links as the frame wrote them down.
fn findings(dom: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let found = dom.split("<pre id=\"found\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let found = found.unwrap_or_default();
    if !found.lines().any(|line| line == "looked") {
        return Err("the page did not finish loading".to_owned());
    }
    let read = |prefix: &str| {
        let lines = found.lines().filter_map(|line| line.strip_prefix(prefix));
        lines.map(|line| line.replace("&amp;", "&")).collect()
    };
    Ok((read("fault "), read("link ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_reaches_the_console_is_a_fault() {
        let log = "[1:1:1121/02:ERROR:dbus/bus.cc:405] Failed to connect\n\
                   [1:1:1121/02:INFO:CONSOLE:2] \"nosuch is not defined\", source: x (2)\n\
                   [1:1:1121/03:INFO:CONSOLE:2] \"nosuch is not defined\", source: x (2)\n";
        assert_eq!(console(log), ["console: \"nosuch is not defined\", source: x (2)"]);
    }

    #[test]
    fn a_frame_that_did_not_finish_is_a_fault_of_its_own() {
        let dom = |found: &str| format!("<pre id=\"found\">{found}</pre>");
        assert!(findings(&dom("")).is_err());
        let (faults, links) =
            findings(&dom("fault 400 px: 12 px too wide\nlink tier2.html\nlooked")).unwrap();
        assert_eq!(faults, ["400 px: 12 px too wide"]);
        assert_eq!(links, ["tier2.html"]);
    }
}
