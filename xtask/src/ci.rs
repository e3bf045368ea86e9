//! Every check in order, cheapest first; the first that fails ends the run. What takes longest and
//! changes least is left to `ci thorough`, so that a push is answered within 40 minutes.
//!
//! The last line printed is a test runner's summary, `N passed, M failed, K skipped`: the tests,
//! and every other step as one more.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use crate::callgrind::{self, Trouble};
use crate::drives::{self, Came};
use crate::flip_facts;
use crate::pages::{self, Checked};
use crate::say::{complain, say};
use crate::workspace::Workspace;
use crate::{sameness, tidy};

/// One step: its name, what it proves, and how.
struct Step {
    name: &'static str,
    proves: &'static str,
    run: fn(&Workspace) -> Outcome,
    /// Whether it waits for `ci thorough`, or for its name.
    thorough: bool,
}

/// A step of every push.
const fn step(name: &'static str, proves: &'static str, run: fn(&Workspace) -> Outcome) -> Step {
    Step { name, proves, run, thorough: false }
}

/// A step of every day.
const fn thorough(
    name: &'static str,
    proves: &'static str,
    run: fn(&Workspace) -> Outcome,
) -> Step {
    Step { name, proves, run, thorough: true }
}

enum Outcome {
    /// Fine, with a line worth printing.
    Passed(String),
    /// Could not be done here, and why that is no fault.
    Skipped(String),
    /// What failed: the command, or the findings.
    Failed(String),
    Tests(Tally),
}

/// Tests as their runner counted them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

const STEPS: &[Step] = &[
    step("format", "rustfmt has nothing to change", format),
    step("tidy", "directions, sizes, names, strays, links", tidiness),
    thorough("deny", "licences, sources and known flaws of dependencies", deny),
    step("clippy", "no lint speaks", clippy),
    thorough("docs", "every link inside the documentation resolves", docs),
    step("tests", "cargo test --workspace", tests),
    thorough("flip-facts", "a fact that is changed turns a test red", flips),
    thorough("fuzz", "whatever a file or a request holds, it is read or refused", fuzz),
    thorough("sameness", "same seed, same bytes: threads, builds, twice", same),
    step("reports", "the committed pages are fresh", reports),
    step("pages", "they read well: widths, dark, print, keyboard, axe-core", look),
    step("clients", "released clients of three languages work against the mock", clients),
    step("benches", "the benches run, briefly", benches),
    thorough("drives", "simulated and over sockets, the same figures", drives),
    thorough("instructions", "no job costs more than it may", instructions),
    thorough("allocations", "a longer run allocates no more", allocations),
];

/// `ci` runs the steps of every push, `ci thorough` all, `ci STEP…` those named, `ci --list` shows them.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> ExitCode {
    if words == ["--list"] {
        for step in STEPS {
            let when = if step.thorough { " (thorough)" } else { "" };
            say(&format!("{:<13} {}{when}", step.name, step.proves));
        }
        return ExitCode::SUCCESS;
    }
    let all = words == ["thorough"];
    let known = |word: &&&str| all || STEPS.iter().any(|step| step.name == **word);
    if let Some(word) = words.iter().find(|word| !known(word)) {
        complain(&format!("no step `{word}`: cargo xtask ci --list shows them"));
        return ExitCode::from(2);
    }
    let asked = |step: &&Step| match words {
        [] => !step.thorough,
        _ => all || words.contains(&step.name),
    };
    let mut total = Tally::default();
    let mut left = STEPS.iter().filter(asked);
    for step in left.by_ref() {
        take(workspace, step, &mut total);
        if total.failed > 0 {
            break;
        }
    }
    let not_run: Vec<&str> = left.map(|step| step.name).collect();
    if !not_run.is_empty() {
        say(&format!("not run after the failure: {}", not_run.join(", ")));
    }
    total.skipped += u64::try_from(not_run.len()).unwrap_or(u64::MAX);
    say(&format!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped));
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one step, prints what came of it and how long it took, and counts it.
fn take(workspace: &Workspace, step: &Step, total: &mut Tally) {
    say(&format!("\n── {}: {}", step.name, step.proves));
    let started = Instant::now();
    let outcome = (step.run)(workspace);
    let took = started.elapsed().as_secs_f64();
    let (came, line) = match outcome {
        Outcome::Passed(line) => {
            total.passed += 1;
            ("passed", line)
        }
        Outcome::Skipped(why) => {
            total.skipped += 1;
            ("skipped", why)
        }
        Outcome::Failed(what) => {
            total.failed += 1;
            ("FAILED", what)
        }
        Outcome::Tests(tests) => {
            total.passed += tests.passed;
            total.failed += tests.failed;
            total.skipped += tests.skipped;
            let came = if tests.failed == 0 { "passed" } else { "FAILED" };
            (came, format!("{} passed, {} failed", tests.passed, tests.failed))
        }
    };
    if !line.is_empty() {
        say(&line);
    }
    say(&format!("── {} {came} in {took:.1} s", step.name));
}

fn format(workspace: &Workspace) -> Outcome {
    cargo(workspace, &["fmt", "--all", "--check"])
}

fn tidiness(workspace: &Workspace) -> Outcome {
    match tidy::check(workspace) {
        Ok(in_order) => Outcome::Passed(in_order),
        Err(findings) => {
            let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
            Outcome::Failed(format!("cargo xtask tidy\n{}", lines.join("\n")))
        }
    }
}

/// Licences, bans and sources need no network; the list of known flaws does.
fn deny(workspace: &Workspace) -> Outcome {
    let installed = workspace.cargo().args(["deny", "--version"]).output();
    if !installed.is_ok_and(|asked| asked.status.success()) {
        return Outcome::Skipped("cargo-deny is not installed".to_owned());
    }
    let offline = cargo(workspace, &["deny", "check", "bans", "licenses", "sources"]);
    if !matches!(offline, Outcome::Passed(_)) {
        return offline;
    }
    let fetched = workspace.cargo().args(["deny", "fetch", "db"]).output();
    if !fetched.is_ok_and(|fetch| fetch.status.success()) {
        return Outcome::Passed("known flaws not checked: their list is out of reach".to_owned());
    }
    cargo(workspace, &["deny", "check", "advisories"])
}

fn clippy(workspace: &Workspace) -> Outcome {
    let lint = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    cargo(workspace, &lint)
}

fn docs(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo();
    command.args(["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"]);
    command.env("RUSTDOCFLAGS", "--deny warnings");
    succeed(&mut command)
}

/// What a test prints that lacks the data it reads: the runner counts it as passed.
const SKIPPED: &str = "skipped 1 test: ";

/// Passes the runner's output on and counts its summaries.
fn tests(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).stdout(Stdio::piped());
    let shown = shown(&command);
    say(&shown);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Outcome::Failed(format!("{shown}: {error}")),
    };
    let mut tally = Tally::default();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let Ok(line) = line else { break };
        tally = tally.and(summary(&line).unwrap_or_default());
        if line.contains(SKIPPED) {
            tally.skipped += 1;
            tally.passed = tally.passed.saturating_sub(1);
        }
        say(&line);
    }
    let succeeded = child.wait().is_ok_and(|status| status.success());
    match (succeeded, tally.failed) {
        // Nothing counted as failed: it did not build, or a runner fell over.
        (false, 0) => Outcome::Failed(shown),
        _ => Outcome::Tests(tally),
    }
}

fn flips(workspace: &Workspace) -> Outcome {
    match flip_facts::check(workspace, &[]) {
        Ok(lines) => Outcome::Passed(lines.join("\n")),
        Err(what) => Outcome::Failed(what),
    }
}

/// How long each kind of input is mutated here; a plain test tries a few hundred.
const FUZZ_SECONDS: &str = "30";

/// With the executable that the tests have built already: another profile costs more minutes than
/// its speed wins.
fn fuzz(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--locked", "--test", "mutated"]);
    command.env("TIERLAB_FUZZ_SECONDS", FUZZ_SECONDS);
    succeed(&mut command)
}

fn same(workspace: &Workspace) -> Outcome {
    match sameness::check(workspace) {
        Ok(lines) => Outcome::Passed(lines.join("\n")),
        Err(what) => Outcome::Failed(what),
    }
}

fn reports(workspace: &Workspace) -> Outcome {
    let built = cargo(workspace, &["build", "--profile", "sim", "--package", "tierlab"]);
    if !matches!(built, Outcome::Passed(_)) {
        return built;
    }
    let mut command = Command::new(workspace.binary("sim"));
    command.args(["report", "--check"]).current_dir(workspace.root());
    if let Some(traces) = sameness::traces(workspace) {
        command.arg("--traces").arg(traces);
    }
    succeed(&mut command)
}

fn look(workspace: &Workspace) -> Outcome {
    match pages::check(workspace) {
        Ok(Checked::Fine { pages: 0, .. }) => Outcome::Failed("reports/ holds no page".to_owned()),
        Ok(Checked::Fine { pages, axe }) => Outcome::Passed(pages::fine(pages, axe)),
        Ok(Checked::NoBrowser) => Outcome::Skipped("Chromium is not installed".to_owned()),
        Err(faults) => Outcome::Failed(faults),
    }
}

/// The exit code with which the script says that it could not try them here.
const NOT_HERE: i32 = 77;

fn clients(workspace: &Workspace) -> Outcome {
    let built = cargo(workspace, &["build", "--profile", "sim", "--package", "tierlab"]);
    if !matches!(built, Outcome::Passed(_)) {
        return built;
    }
    let mut command = Command::new(workspace.path("crates/tierlab/tests/clients/run"));
    command.arg(workspace.binary("sim")).arg(workspace.target().join("clients"));
    command.stdout(Stdio::piped());
    let shown = shown(&command);
    say(&shown);
    let ran = command.spawn().and_then(std::process::Child::wait_with_output);
    let Ok(ran) = ran else { return Outcome::Skipped("there is no bash to run it".to_owned()) };
    let said = String::from_utf8_lossy(&ran.stdout).trim().to_owned();
    match ran.status.code() {
        Some(0) => Outcome::Passed(said),
        Some(NOT_HERE) => Outcome::Skipped(said),
        _ => Outcome::Failed(format!("{shown}: {}\n{said}", ran.status)),
    }
}

fn drives(workspace: &Workspace) -> Outcome {
    match drives::check(workspace) {
        Ok(Came::Agree(lines)) => Outcome::Passed(lines.join("\n")),
        Ok(Came::Unjudged(why)) => Outcome::Skipped(format!("too busy a machine: {why}")),
        Err(what) => Outcome::Failed(what),
    }
}

fn instructions(workspace: &Workspace) -> Outcome {
    counted(callgrind::instructions(workspace))
}

fn allocations(workspace: &Workspace) -> Outcome {
    counted(callgrind::allocations(workspace))
}

fn counted(came: Result<(), Trouble>) -> Outcome {
    match came {
        Ok(()) => Outcome::Passed(String::new()),
        Err(Trouble::Absent) => Outcome::Skipped("valgrind is not installed".to_owned()),
        Err(Trouble::Failed(what)) => Outcome::Failed(what),
    }
}

/// Criterion's shortest form: that they run, not how fast; so in the profile that is built already.
fn benches(workspace: &Workspace) -> Outcome {
    let bench = ["bench", "--package", "benches", "--profile", "sim", "--locked", "--", "--quick"];
    cargo(workspace, &bench)
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    succeed(workspace.cargo().args(arguments))
}

fn succeed(command: &mut Command) -> Outcome {
    let shown = shown(command);
    say(&shown);
    match command.status() {
        Ok(status) if status.success() => Outcome::Passed(String::new()),
        Ok(status) => Outcome::Failed(format!("{shown}: {status}")),
        Err(error) => Outcome::Failed(format!("{shown}: {error}")),
    }
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let program = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = std::iter::once(program).chain(words).collect();
    format!("$ {}", words.join(" "))
}

impl Tally {
    fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// Reads `test result: ok. 5 passed; 0 failed; 1 ignored; …`.
fn summary(line: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix("test result:")?;
    let count = |word: &str| {
        let before = counts.split(word).next().filter(|before| *before != counts)?;
        before.split_whitespace().last()?.parse().ok()
    };
    Some(Tally {
        passed: count(" passed")?,
        failed: count(" failed")?,
        skipped: count(" ignored")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runners_summary_is_read_and_other_lines_are_not() {
        let line =
            "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out";
        assert_eq!(summary(line), Some(Tally { passed: 12, failed: 3, skipped: 1 }));
        assert_eq!(summary("test a_result ... ok"), None);
        assert_eq!(summary("test result: pending"), None);
    }

    #[test]
    fn steps_have_names_of_their_own() {
        let mut names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
