//! Both drives side by side: scenarios simulated, then sent over loopback in real time, and the two
//! records compared. It takes minutes, because real time does.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::workspace::Workspace;

/// Where the scenarios are: three strategies each, on one tier.
const SCENARIOS: &str = "crates/tierlab/tests/drives";
const TIERS: &[&str] = &["build-2", "build-3", "build-5"];

/// How its finding begins.
const FINDING: &str = "Simulated and live";

/// What `compare` ends with when it cannot judge: a machine too busy to keep the time.
const UNJUDGED: i32 = 98;

/// What came of it.
pub(crate) enum Came {
    /// They agree; a line for each tier.
    Agree(Vec<String>),
    /// The machine was too busy to tell.
    Unjudged(String),
}

/// Runs every scenario in both drives and compares; the pages are left under `target/drives`.
///
/// # Errors
/// When something does not run, or the two disagree.
pub(crate) fn check(workspace: &Workspace) -> Result<Came, String> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--package", "tierlab", "--profile", "sim"]);
    if !cargo.status().is_ok_and(|status| status.success()) {
        return Err("cargo build --package tierlab --profile sim".to_owned());
    }
    let folder = workspace.target().join("drives");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut lines = Vec::new();
    for (tier, compared) in TIERS.iter().zip(all_at_once(workspace, &folder)) {
        // A busy moment of the machine can throw one run off; it does not do so twice.
        let (mut code, mut said) = compared?;
        if code != Some(0) {
            (code, said) = compare(workspace, &folder, tier)?;
        }
        let finding = said.lines().find(|line| line.starts_with(FINDING)).unwrap_or_default();
        match code {
            Some(0) => lines.push(format!("{tier}: {finding}")),
            Some(UNJUDGED) => return Ok(Came::Unjudged(format!("{tier}\n{said}"))),
            _ => return Err(format!("{tier}, twice\n{said}")),
        }
    }
    Ok(Came::Agree(lines))
}

/// How `compare` ended, and what it said.
type Ended = Result<(Option<i32>, String), String>;

/// Every tier in both drives, side by side: a run over sockets mostly waits.
fn all_at_once(workspace: &Workspace, folder: &Path) -> Vec<Ended> {
    thread::scope(|scope| {
        let start =
            |tier: &'static &'static str| scope.spawn(move || compare(workspace, folder, tier));
        let running: Vec<_> = TIERS.iter().map(start).collect();
        let fell = |_| Err("a comparison fell over".to_owned());
        running.into_iter().map(|one| one.join().unwrap_or_else(fell)).collect()
    })
}

/// One tier in both drives.
fn compare(workspace: &Workspace, folder: &Path, tier: &str) -> Ended {
    let scenario = format!("{SCENARIOS}/{tier}.toml");
    let [simulated, live] =
        ["simulated", "live"].map(|drive| folder.join(format!("{tier}-{drive}.json")));
    run(workspace, &["simulate", &scenario, "--no-gate", "--quiet"], &[("--out", &simulated)])?;
    let load = ["load", &scenario, "--with-mock", "--no-gate", "--quiet"];
    run(workspace, &load, &[("--out", &live)])?;
    let page = folder.join(format!("{tier}.html"));
    let mut compare = tierlab(workspace);
    compare.arg("compare").arg(&simulated).arg(&live).arg("--out").arg(&page);
    ended(&mut compare)
}

/// Runs a verb that must succeed.
fn run(workspace: &Workspace, words: &[&str], paths: &[(&str, &Path)]) -> Result<(), String> {
    let mut command = tierlab(workspace);
    command.args(words);
    for (flag, path) in paths {
        command.arg(flag).arg(path);
    }
    match ended(&mut command)? {
        (Some(0), _) => Ok(()),
        (code, said) => Err(format!("{}: {code:?}\n{said}", words.join(" "))),
    }
}

fn tierlab(workspace: &Workspace) -> Command {
    let mut command = Command::new(workspace.binary("sim"));
    command.current_dir(workspace.root());
    command
}

fn ended(command: &mut Command) -> Ended {
    let ran =
        command.stdout(Stdio::piped()).spawn().and_then(std::process::Child::wait_with_output);
    let ran = ran.map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    Ok((ran.status.code(), String::from_utf8_lossy(&ran.stdout).into_owned()))
}
