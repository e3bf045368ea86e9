//! `simulate --watch`: the same again whenever the scenario is saved, or an edition that it names by
//! its path.
//!
//! Folders are watched and not files: many editors write a new file and put it in the place of the
//! old one. What counts is that a text has changed, so that one saving is one run, however many
//! events it makes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use report::numbers::Share;
use run_record::{RunRecord, derive};
use scenario::Scenario;

use crate::args::{Manners, Simulate};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::progress::STOPPED;
use crate::{out, simulate, summary_text, tell};

/// How often it is looked whether somebody wants this to end.
const LOOKED: Duration = Duration::from_millis(200);
/// A file is being saved until its folder has been quiet for so long.
const QUIET: Duration = Duration::from_millis(50);

/// Runs until somebody ends it.
pub(crate) fn run(file: &Path, said: &Simulate, manners: &Manners) -> Result<Ending, Failure> {
    let (saved, events) = channel();
    let mut folders = Folders { watcher: watcher(saved)?, watched: Vec::new() };
    let mut before: Option<Headline> = None;
    loop {
        let texts = Texts::of(file);
        texts.paths.iter().try_for_each(|path| folders.watch(path))?;
        match simulate::once(file, said, manners) {
            Ok(ran) if ran.ending == Ending::Stopped => return Ok(Ending::Stopped),
            Ok(ran) => {
                let now = Headline::of(&ran.record);
                if let Some((before, now)) = before.as_ref().zip(now.as_ref()) {
                    out::print(&summary_text::for_terminal(&now.since(before)))?;
                }
                before = now.or(before);
            }
            Err(failure) if failure.ending() == Ending::Stopped => return Err(failure),
            Err(failure) => tell(&failure, manners),
        }
        if !manners.quiet {
            // Nobody is left to tell when stderr is gone.
            let _ = writeln!(std::io::stderr(), "watching {}; Ctrl-C ends it", file.display());
        }
        if !changed(&texts, file, &events) {
            return Ok(Ending::Stopped);
        }
    }
}

fn watcher(saved: std::sync::mpsc::Sender<()>) -> Result<RecommendedWatcher, Failure> {
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Our own reading is an event, too.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // When nobody listens any more the program is about to end.
            let _ = saved.send(());
        }
    });
    watcher.map_err(|error| Failure::ours(format!("cannot watch files: {error}")))
}

/// Waits until a text is another; false when somebody wants this to end.
fn changed(texts: &Texts, file: &Path, events: &Receiver<()>) -> bool {
    let mut look = true;
    while !STOPPED.load(Ordering::Relaxed) {
        if look && Texts::of(file) != *texts {
            return true;
        }
        look = match events.recv_timeout(LOOKED) {
            Ok(()) => {
                while events.recv_timeout(QUIET).is_ok() {}
                true
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        };
    }
    false
}

/// The folders of what is watched.
struct Folders {
    watcher: RecommendedWatcher,
    watched: Vec<PathBuf>,
}

impl Folders {
    /// Watches the folder of a file; one that is not there has nothing to be saved in.
    fn watch(&mut self, file: &Path) -> Result<(), Failure> {
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if self.watched.iter().any(|watched| watched == folder) || !folder.is_dir() {
            return Ok(());
        }
        let watched = self.watcher.watch(folder, RecursiveMode::NonRecursive);
        watched.map_err(|error| {
            Failure::ours(format!("cannot watch {}: {error}", folder.display()))
        })?;
        self.watched.push(folder.to_owned());
        Ok(())
    }
}

/// What a run is made from: the scenario's text, and its edition's where it names one by its path.
#[derive(Debug, PartialEq)]
struct Texts {
    paths: Vec<PathBuf>,
    texts: Vec<Option<String>>,
}

impl Texts {
    fn of(file: &Path) -> Self {
        let text = fs::read_to_string(file).ok();
        let named = text.as_deref().and_then(Scenario::edition_named);
        let is_file = |name: &String| Path::new(name).extension().is_some_and(|end| end == "toml");
        let folder = file.parent().unwrap_or(Path::new(""));
        let edition = named.filter(is_file).map(|name| folder.join(name));
        let texts = core::iter::once(text)
            .chain(edition.iter().map(|path| fs::read_to_string(path).ok()))
            .collect();
        Self { paths: core::iter::once(file.to_owned()).chain(edition).collect(), texts }
    }
}

/// What a run comes to in one figure: jobs in time on the account's tier, with the strategy that
/// ships, or with the best where none is said to.
struct Headline {
    tier: String,
    strategy: String,
    in_time: Share,
}

impl Headline {
    fn of(record: &RunRecord) -> Option<Self> {
        let header = record.header();
        let summary = derive::summary(record);
        let rung = header.ladder.iter().find(|rung| header.tier.as_ref() == Some(&rung.tier))?;
        let cells = summary.cells.iter().filter(|cell| {
            let ships = header.ship.is_none() || cell.strategy == header.ship;
            ships && cell.group.is_none() && cell.is_at_whole_load() && cell.is_on(rung)
        });
        let in_time = |cell: &run_record::CellSummary| cell.share.in_time.unwrap_or_default();
        let best = cells.max_by(|a, b| in_time(a).total_cmp(&in_time(b)))?;
        let in_time = Share::from_fraction(best.share.in_time?)?;
        Some(Self { tier: rung.title.clone(), strategy: best.strategy.clone()?, in_time })
    }

    /// What has become of it.
    fn since(&self, before: &Self) -> String {
        let Self { tier, strategy, in_time } = self;
        let (now, then) = (in_time.in_table(), before.in_time.in_table());
        let whose = if (tier, strategy) == (&before.tier, &before.strategy) {
            String::new()
        } else {
            format!(" (with “{}” on {})", before.strategy, before.tier)
        };
        let change = if now == then && whose.is_empty() {
            format!("{now}, as before")
        } else {
            format!("{then}{whose} became {now}")
        };
        format!("jobs in time with “{strategy}” on {tier}: {change}\n")
    }
}
