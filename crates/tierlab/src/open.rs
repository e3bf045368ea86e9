//! From a path to a scenario that can run.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scenario::{Origin, Scenario};

use crate::args::{Manners, Overrides};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::{color, editions, faults, set, trace_file};

/// A scenario with all it needs.
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) scenario: Scenario,
    pub(crate) origin: Origin,
    /// Whether anything was said on the command line that the file does not say.
    pub(crate) overridden: bool,
}

/// What became of a path.
pub(crate) enum Opening {
    /// It can run.
    Ready(Box<Opened>),
    /// It lacks its trace, which this says how to come by.
    TraceMissing(String),
}

/// Reads and resolves a scenario, with its edition, its trace and what replaces words of it.
pub(crate) fn open(path: &Path, said: &Overrides, manners: &Manners) -> Result<Opening, Failure> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))?;
    let text = set::apply(&text, &said.set)?;
    let scenario = parsed(path, &text)?;
    let (scenario, trace_sha256, foreign_trace) = match recorded(scenario, path, said, manners)? {
        Ok(Recorded { scenario, sha256, foreign }) => (scenario, sha256, foreign),
        Err(missing) => return Ok(Opening::TraceMissing(missing)),
    };
    if !manners.quiet && !scenario.warnings.is_empty() {
        let mut stderr = std::io::stderr().lock();
        faults::print_all(&name, &text, &scenario.warnings, color(manners), &mut stderr);
    }
    let overrides = scenario::Overrides {
        seed: said.seed,
        replications: said.seeds,
        tiers: said.tier.clone(),
        strategies: said.strategy.clone(),
    };
    let overridden = said.seed.is_some()
        || said.seeds.is_some()
        || !said.tier.is_empty()
        || !said.strategy.is_empty()
        || !said.set.is_empty()
        || foreign_trace;
    let origin = Origin {
        scenario_sha256: trace_file::sha256_of(&text),
        trace_sha256,
        command: command(path, said, foreign_trace),
    };
    let scenario = scenario.with(&overrides)?;
    Ok(Opening::Ready(Box::new(Opened { path: path.to_owned(), scenario, origin, overridden })))
}

/// The scenario that a text says, by the edition that it names; what it replays is not there yet.
pub(crate) fn parsed(path: &Path, text: &str) -> Result<Scenario, Failure> {
    let named = Scenario::edition_named(text);
    let folder = path.parent().unwrap_or(Path::new(""));
    let rulebook = editions::rulebook(named.as_deref(), folder)?;
    Ok(Scenario::parse(&path.display().to_string(), text, &rulebook)?)
}

/// A scenario that has what it replays, if it replays anything.
struct Recorded {
    scenario: Scenario,
    sha256: Option<String>,
    /// Whether it is another recording than the file declares.
    foreign: bool,
}

/// Hands a scenario its trace or its clients; when those are nowhere, says how to come by them.
fn recorded(
    scenario: Scenario,
    path: &Path,
    said: &Overrides,
    manners: &Manners,
) -> Result<Result<Recorded, String>, Failure> {
    let trace = said.trace.as_deref();
    if let Some(need) = scenario.trace_need().cloned() {
        let Some(found) = trace_file::find(&need, path, trace)? else {
            return Ok(Err(trace_file::missing(&need)));
        };
        tell(&found, trace_file::Wanted::from(&need), path, manners);
        let scenario = scenario.with_trace(Arc::new(found.recording))?;
        let foreign = !found.declared;
        return Ok(Ok(Recorded { scenario, sha256: Some(found.sha256), foreign }));
    }
    if let Some(need) = scenario.client_set_need().cloned() {
        let found = match trace_file::find_clients(&need, path, trace)? {
            Ok(found) => found,
            Err(missing) => return Ok(Err(missing)),
        };
        tell(&found, trace_file::Wanted::from(&need), path, manners);
        let scenario = scenario.with_client_set(Arc::new(found.recording))?;
        let foreign = !found.declared;
        return Ok(Ok(Recorded { scenario, sha256: Some(found.sha256), foreign }));
    }
    if trace.is_some_and(|path| !path.is_dir()) {
        return Err(Failure::invalid(format!(
            "{} has no trace traffic for --trace to replace; give a group `traffic = {{ trace = {{ file = … }} }}`",
            path.display()
        )));
    }
    Ok(Ok(Recorded { scenario, sha256: None, foreign: false }))
}

/// Tells what deserves it of a recording that was found.
fn tell<T>(
    found: &trace_file::Found<T>,
    wanted: trace_file::Wanted<'_>,
    path: &Path,
    manners: &Manners,
) {
    if found.other {
        note(manners, &format!("this is not the trace that {} declares", path.display()));
    }
    for remark in &found.remarks {
        note(manners, &format!("of the trace {}, {remark}", wanted.file));
    }
}

/// The same, where a missing trace is a failure.
pub(crate) fn open_ready(
    path: &Path,
    said: &Overrides,
    manners: &Manners,
) -> Result<Opened, Failure> {
    match open(path, said, manners)? {
        Opening::Ready(opened) => Ok(*opened),
        Opening::TraceMissing(says) => Err(Failure::Said { says, ending: Ending::Invalid }),
    }
}

/// The command that repeats a run: what changes the result, and nothing else.
fn command(path: &Path, said: &Overrides, foreign_trace: bool) -> String {
    let mut words = vec![format!("cargo xtask simulate {}", path.display())];
    words.extend(said.seed.map(|seed| format!("--seed {seed}")));
    words.extend(said.seeds.map(|seeds| format!("--seeds {seeds}")));
    if !said.tier.is_empty() {
        words.push(format!("--tier {}", said.tier.join(",")));
    }
    if !said.strategy.is_empty() {
        words.push(format!("--strategy \"{}\"", said.strategy.join(",")));
    }
    words.extend(said.set.iter().map(|one| format!("--set \"{one}\"")));
    let trace = said.trace.as_deref().and_then(Path::file_name).filter(|_| foreign_trace);
    words.extend(trace.map(|trace| format!("--trace {}", trace.display())));
    words.join(" ")
}

fn note(manners: &Manners, says: &str) {
    if !manners.quiet {
        // Nobody is left to tell when stderr is gone.
        let _ = writeln!(std::io::stderr(), "note: {says}");
    }
}
