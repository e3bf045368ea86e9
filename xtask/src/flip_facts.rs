//! `flip-facts`: every line of an edition that decides something is changed in turn, and at least
//! one test must turn red. A fact that can be changed unseen is either not used or not tested.
//!
//! The tests are one program, built once; it reads the edition under test from the path that the
//! environment names, so a flip costs a process and no build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use crate::flips::{self, Flip};
use crate::say::{complain, say};
use crate::workspace::Workspace;

/// Where the editions of the house are.
const EDITIONS: &str = "crates/rulebook/editions";

/// The tests that must notice, and how they are told what to read.
const TESTS: &str = "deciding";
const UNDER_TEST: &str = "TIERLAB_EDITION_UNDER_TEST";

/// The test that fails when a text is no edition at all: then nothing was shown about the fact.
const IS_READ: &str = "the_edition_under_test_is_read";

/// One edition of the house.
pub(crate) struct Edition {
    /// Its name: the file's without the extension.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What the tests made of one changed edition.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
enum Noticed {
    /// A test failed.
    Red,
    /// It is no edition.
    Refused,
    /// Nothing.
    Green,
}

/// Flips every fact of the editions named, or of all.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> ExitCode {
    match check(workspace, words) {
        Ok(lines) => {
            say(&lines.join("\n"));
            ExitCode::SUCCESS
        }
        Err(what) => {
            complain(&what);
            ExitCode::FAILURE
        }
    }
}

/// One line for each edition whose facts are all noticed.
///
/// # Errors
/// The facts that can be changed unseen, or why they could not be tried.
pub(crate) fn check(workspace: &Workspace, names: &[&str]) -> Result<Vec<String>, String> {
    let mut editions = editions(workspace)?;
    if let Some(unknown) = names.iter().find(|name| !editions.iter().any(|e| e.name == **name)) {
        let known: Vec<&str> = editions.iter().map(|edition| edition.name.as_str()).collect();
        return Err(format!("no edition `{unknown}`: there are {}", known.join(", ")));
    }
    editions.retain(|edition| names.is_empty() || names.contains(&edition.name.as_str()));
    let bench = Bench { program: build(workspace)?, folder: workspace.target().join("flip-facts") };
    let (mut told, mut unseen) = (Vec::new(), Vec::new());
    for edition in &editions {
        let (line, green) = flip_all(&bench, edition)?;
        told.push(line);
        unseen.extend(green);
    }
    if unseen.is_empty() {
        return Ok(told);
    }
    let count = unseen.len();
    let them = if count == 1 { "one fact" } else { "facts" };
    Err(format!(
        "{}\n{count} {them} can be changed and no test turns red:\n  {}\n\
         test what it decides in crates/rulebook/tests/{TESTS}.rs, or move it under [stated]",
        told.join("\n"),
        unseen.join("\n  ")
    ))
}

/// Every edition of the house, in order of name.
///
/// # Errors
/// When one cannot be read.
pub(crate) fn editions(workspace: &Workspace) -> Result<Vec<Edition>, String> {
    let folder = workspace.path(EDITIONS);
    let wrong = |path: &Path, error: &std::io::Error| format!("{}: {error}", path.display());
    let entries = fs::read_dir(&folder).map_err(|error| wrong(&folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(|error| wrong(&path, &error))?;
        Ok(Edition { name, text })
    };
    paths.into_iter().map(read).collect()
}

/// Builds the tests, and says where their program is.
fn build(workspace: &Workspace) -> Result<PathBuf, String> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--profile", "sim", "--package", "rulebook", "--test", TESTS, "--no-run"]);
    cargo
        .args(["--locked", "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit());
    let built = cargo.output().map_err(|error| format!("cargo does not start: {error}"))?;
    let said = String::from_utf8_lossy(&built.stdout);
    let program = said.lines().find_map(executable).filter(|_| built.status.success());
    program.ok_or_else(|| format!("cargo test --package rulebook --test {TESTS} does not build"))
}

/// The program of a message about the tests.
fn executable(message: &str) -> Option<PathBuf> {
    let of_tests = message.contains(&format!("\"name\":\"{TESTS}\""));
    let (_, rest) = message.split_once("\"executable\":\"").filter(|_| of_tests)?;
    let (path, _) = rest.split_once('"')?;
    Some(PathBuf::from(path.replace("\\\\", "\\")))
}

/// Where flips are tried.
struct Bench {
    program: PathBuf,
    folder: PathBuf,
}

/// Tries every flip of an edition: a line about it, and the facts that nothing notices.
fn flip_all(bench: &Bench, edition: &Edition) -> Result<(String, Vec<String>), String> {
    let name = &edition.name;
    let flips = flips::of(&edition.text).map_err(|what| format!("{name}.toml: {what}"))?;
    let own = bench.folder.join("unchanged");
    if bench.noticed(&own, name, &edition.text)? != Noticed::Green {
        return Err(format!("{name} as it is does not pass its tests"));
    }
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let each = flips.len().div_ceil(workers).max(1);
    let tried = thread::scope(|scope| {
        let parts = flips.chunks(each).enumerate().map(|(worker, part)| {
            let folder = bench.folder.join(worker.to_string());
            scope
                .spawn(move || part.iter().map(|flip| bench.flip(&folder, edition, flip)).collect())
        });
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|_| Err("a panic".to_owned())))
            .collect::<Result<Vec<Vec<Noticed>>, String>>()
    })?;
    let tried: Vec<Noticed> = tried.into_iter().flatten().collect();
    let which = |what: Noticed| {
        let those = flips.iter().zip(&tried).filter(move |(_, noticed)| **noticed == what);
        those.map(|(flip, _)| format!("{name}: {}", flip.id)).collect::<Vec<String>>()
    };
    let (red, refused) = (which(Noticed::Red).len(), which(Noticed::Refused).join(", "));
    let red = format!("{name}: {red} of {} flips turn a test red", flips.len());
    let only = format!("; nothing else is understood in place of {refused}");
    let line = if refused.is_empty() { red } else { red + &only };
    Ok((line, which(Noticed::Green)))
}

impl Bench {
    /// Says otherwise what a flip is about, until it is understood.
    fn flip(&self, folder: &Path, edition: &Edition, flip: &Flip) -> Result<Noticed, String> {
        for instead in &flip.instead {
            let changed = flip.leaf.changed(&edition.text, instead);
            let noticed = self.noticed(folder, &edition.name, &changed)?;
            if noticed != Noticed::Refused {
                return Ok(noticed);
            }
        }
        Ok(Noticed::Refused)
    }

    /// Runs the tests on a text in place of the edition with this name.
    fn noticed(&self, folder: &Path, name: &str, text: &str) -> Result<Noticed, String> {
        let path = folder.join(format!("{name}.toml"));
        let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(wrong)?;
        let mut tests = Command::new(&self.program);
        tests
            .args(["--test-threads", "1"])
            .env(UNDER_TEST, &path)
            .env("INSTA_UPDATE", "no")
            .env("RUST_BACKTRACE", "0");
        let ran = tests.output().map_err(|error| format!("the tests do not start: {error}"))?;
        Ok(read(ran.status.success(), &String::from_utf8_lossy(&ran.stdout)))
    }
}

/// What a run of the tests says.
fn read(passed: bool, said: &str) -> Noticed {
    let refused = || said.lines().any(|line| line == format!("test {IS_READ} ... FAILED"));
    match passed {
        true => Noticed::Green,
        false if refused() => Noticed::Refused,
        false => Noticed::Red,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_the_messages_of_cargo() {
        let other = r#"{"target":{"name":"edition"},"executable":"/t/edition-1"}"#;
        let ours = r#"{"target":{"name":"deciding"},"executable":"/t/deciding-2","fresh":true}"#;
        assert_eq!(executable(other), None);
        assert_eq!(executable(ours), Some(PathBuf::from("/t/deciding-2")));
        assert_eq!(executable(&ours.replace("\"/t/deciding-2\"", "null")), None);
    }

    #[test]
    fn a_text_that_is_no_edition_shows_nothing_about_a_fact() {
        let failed = |name: &str| format!("running 2 tests\ntest {name} ... FAILED\n");
        assert_eq!(read(true, ""), Noticed::Green);
        assert_eq!(read(false, &failed("tiers_allow_what_they_say")), Noticed::Red);
        let both = failed("tiers_allow_what_they_say") + &failed(IS_READ);
        assert_eq!(read(false, &both), Noticed::Refused);
    }
}
