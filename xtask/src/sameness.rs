//! Same seed, same bytes: one scenario run several ways, and every record compared.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::workspace::Workspace;

/// One way to run: the folder of the profile, and the threads.
const WAYS: &[(&str, &str)] = &[
    ("sim", "1"),
    ("sim", "1"), // twice
    ("sim", "2"),
    ("debug", "1"),
    ("debug", "2"),
];

/// What each folder's profile is called: optimised or not. The release profile is sim's without the
/// assertions, and a build of its own costs CI minutes.
const PROFILES: &[(&str, &str)] = &[("sim", "sim"), ("debug", "dev")];

/// A scenario to run, and the trace it needs, when any.
struct Rehearsal {
    scenario: &'static str,
    arguments: &'static [&'static str],
    trace: Option<&'static str>,
}

const REHEARSALS: &[Rehearsal] = &[
    Rehearsal { scenario: "tier2", arguments: &["--seeds", "2"], trace: None },
    Rehearsal {
        scenario: "azure-conversation",
        arguments: &[],
        trace: Some("AzureLLMInferenceTrace_conv.csv.gz"),
    },
];

/// Where traces are looked for: beside the scenarios, and beside the clone.
const TRACES: &[&str] = &["scenarios/traces", "../shared/data/traces"];

/// Runs every rehearsal in every way; says what was compared, one line each.
///
/// # Errors
/// When something does not build or run, or two records differ.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>, String> {
    for (_, profile) in PROFILES {
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--locked", "--package", "tierlab", "--profile", profile]);
        let built = cargo.status().is_ok_and(|status| status.success());
        if !built {
            return Err(format!("cargo build --package tierlab --profile {profile}"));
        }
    }
    REHEARSALS.iter().map(|rehearsal| rehearse(workspace, rehearsal)).collect()
}

fn rehearse(workspace: &Workspace, rehearsal: &Rehearsal) -> Result<String, String> {
    let name = rehearsal.scenario;
    let trace = rehearsal.trace.map(|file| (file, find_trace(workspace, file)));
    let trace = match trace {
        Some((file, None)) => return Ok(format!("{name}: skipped, {file} is not here")),
        Some((_, Some(path))) => Some(path),
        None => None,
    };
    let folder = workspace.target().join("sameness");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut first: Option<(String, Vec<u8>)> = None;
    for (index, (profile, threads)) in WAYS.iter().enumerate() {
        let out = folder.join(format!("{name}-{index}-{profile}-{threads}.json"));
        let mut command = Command::new(workspace.binary(profile));
        command.args(["simulate", &format!("scenarios/{name}.toml"), "--threads", threads]);
        command.args(rehearsal.arguments).arg("--no-gate").arg("--out").arg(&out);
        if let Some(trace) = &trace {
            command.arg("--trace").arg(trace);
        }
        let way = format!("target/{profile} with --threads {threads}");
        let bytes = record(&mut command, workspace.root(), &out)
            .map_err(|error| format!("{name}, {way}: {error}\n    {}", shown(&command)))?;
        match &first {
            Some((known, same)) => compare(name, (known, same), (&way, &bytes))?,
            None => first = Some((way, bytes)),
        }
    }
    let length = first.map_or(0, |(_, bytes)| bytes.len());
    Ok(format!("{name}: {} records of {length} bytes, all the same", WAYS.len()))
}

/// The folder that has traces, when one does.
pub(crate) fn traces(workspace: &Workspace) -> Option<PathBuf> {
    TRACES.iter().map(|folder| workspace.root().join(folder)).find(|folder| folder.is_dir())
}

fn find_trace(workspace: &Workspace, file: &str) -> Option<PathBuf> {
    let places = TRACES.iter().map(|folder| workspace.path(folder).join(file));
    places.into_iter().find(|path| path.is_file())
}

/// Runs, and reads what was written.
fn record(command: &mut Command, root: &Path, out: &Path) -> Result<Vec<u8>, String> {
    let _ = std::fs::remove_file(out);
    let run = command.current_dir(root).stdout(Stdio::null()).output();
    let run = run.map_err(|error| format!("does not start: {error}"))?;
    if !run.status.success() {
        let said = String::from_utf8_lossy(&run.stderr);
        return Err(format!("{}: {}", run.status, said.trim()));
    }
    std::fs::read(out).map_err(|error| format!("wrote no record: {error}"))
}

fn compare(name: &str, one: (&str, &[u8]), other: (&str, &[u8])) -> Result<(), String> {
    if one.1 == other.1 {
        return Ok(());
    }
    let at = one.1.iter().zip(other.1).take_while(|(a, b)| a == b).count();
    let line = one.1.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    Err(format!("{name}: the records of {} and {} part at byte {at}, line {line}", one.0, other.0))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_by_byte_and_line() {
        assert_eq!(compare("x", ("a", b"1\n2\n"), ("b", b"1\n2\n")), Ok(()));
        let parted = compare("x", ("a", b"1\n2\n"), ("b", b"1\n3\n"));
        assert_eq!(parted, Err("x: the records of a and b part at byte 2, line 2".into()));
        let short = compare("x", ("a", b"1\n2\n"), ("b", b"1\n"));
        assert_eq!(short, Err("x: the records of a and b part at byte 2, line 2".into()));
    }
}
