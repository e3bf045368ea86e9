//! Builds `tierlab`, then becomes it: its arguments, its signals, its exit code.
//!
//! Spawning it instead would lose Ctrl-C (the prompt returns before the record is written) and
//! leak cargo's variables into whatever the binary starts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use crate::say::complain;
use crate::workspace::Workspace;

/// The exit code for "did not build": cargo's own.
const DID_NOT_BUILD: u8 = 101;

/// Builds the binary and replaces this process by it. Returns only when that did not happen.
pub(crate) fn become_it(workspace: &Workspace, arguments: &[OsString]) -> ExitCode {
    if !build(workspace) {
        return ExitCode::from(DID_NOT_BUILD);
    }
    let binary = workspace.binary("sim");
    let mut command = Command::new(&binary);
    command.args(arguments);
    restore_environment(&mut command, &workspace.target());
    let code = replace(&mut command);
    code.unwrap_or_else(|error| {
        complain(&format!("{} does not start: {error}", binary.display()));
        ExitCode::FAILURE
    })
}

/// `true` when the binary is there and as new as its sources. cargo is quiet only when it has
/// nothing to do: a first build takes minutes and must show itself.
fn build(workspace: &Workspace) -> bool {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--profile", "sim", "--package", "tierlab"]);
    if is_fresh(workspace) {
        cargo.arg("--quiet");
    }
    match cargo.status() {
        Ok(status) => status.success(),
        Err(error) => {
            complain(&format!("cargo does not start: {error}"));
            false
        }
    }
}

/// A guess that only decides how talkative cargo is; cargo itself decides what to build.
fn is_fresh(workspace: &Workspace) -> bool {
    let built = modified(&workspace.binary("sim"));
    let sources = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo", "crates"];
    let newest = sources.iter().filter_map(|source| newest_below(&workspace.path(source))).max();
    built.is_some() && built >= newest
}

fn newest_below(path: &Path) -> Option<SystemTime> {
    let is_folder = path.is_dir();
    let name = path.file_name().unwrap_or_default();
    if !is_folder || name == "tests" {
        return if is_folder { None } else { modified(path) };
    }
    let entries = std::fs::read_dir(path).ok()?;
    entries.flatten().filter_map(|entry| newest_below(&entry.path())).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|about| about.modified()).ok()
}

/// Gives the child the environment our caller had, as far as it can be told apart.
fn restore_environment(command: &mut Command, target: &Path) {
    let environment = std::env::vars().collect::<Vec<_>>();
    for (name, change) in changes(&environment, target) {
        match change {
            Change::Remove => command.env_remove(name),
            Change::Set(value) => command.env(name, value),
        };
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Change {
    Remove,
    Set(OsString),
}

/// What `cargo run` and rustup's proxy added to an environment, undone.
///
/// `cargo run` sets `CARGO`, `CARGO_MANIFEST_*` and `CARGO_PKG_*` and puts its own folders in
/// front of the library path; rustup's proxy sets `CARGO_HOME`, `RUSTUP_*` and a recursion count.
/// What the user set stays: a toolchain whose source is `env`, a home that is not the usual one,
/// any other `CARGO_*`.
fn changes(environment: &[(String, String)], target: &Path) -> Vec<(String, Change)> {
    let value_of = |name: &str| {
        environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    let home = PathBuf::from(value_of("HOME").unwrap_or_default());
    let toolchains = PathBuf::from(value_of("RUSTUP_HOME").unwrap_or_default()).join("toolchains");
    let chosen = value_of("RUSTUP_TOOLCHAIN_SOURCE") == Some("env");
    let change = |(name, value): &(String, String)| {
        let remove = match name.as_str() {
            "CARGO" | "RUST_RECURSION_COUNT" | "RUSTUP_TOOLCHAIN_SOURCE" => true,
            "CARGO_HOME" => Path::new(value) == home.join(".cargo"),
            "RUSTUP_HOME" => Path::new(value) == home.join(".rustup"),
            "RUSTUP_TOOLCHAIN" => !chosen,
            "LD_LIBRARY_PATH" | "DYLD_FALLBACK_LIBRARY_PATH" => {
                return without_cargo(value, target, &toolchains).map(|kept| (name.clone(), kept));
            }
            name => name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"),
        };
        remove.then(|| (name.clone(), Change::Remove))
    };
    environment.iter().filter_map(change).collect()
}

/// A library path without the folders of the build and of the toolchain.
fn without_cargo(value: &str, target: &Path, toolchains: &Path) -> Option<Change> {
    let all: Vec<PathBuf> = std::env::split_paths(value).collect();
    let foreign = |path: &&PathBuf| !path.starts_with(target) && !path.starts_with(toolchains);
    let kept: Vec<&PathBuf> = all.iter().filter(foreign).collect();
    if kept.len() == all.len() {
        return None;
    }
    if kept.iter().all(|path| path.as_os_str().is_empty()) {
        return Some(Change::Remove);
    }
    std::env::join_paths(kept).ok().map(Change::Set)
}

/// On Unix the process is replaced; elsewhere it is awaited and its code passed on.
#[cfg(unix)]
fn replace(command: &mut Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    Err(command.exec())
}

#[cfg(not(unix))]
fn replace(command: &mut Command) -> std::io::Result<ExitCode> {
    let code = command.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn names(pairs: &[(&str, &str)]) -> Vec<String> {
        let changes = changes(&environment(pairs), Path::new("/house/target"));
        changes.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn what_cargo_and_rustup_added_goes() {
        let added = [
            ("CARGO", "/r/bin/cargo"),
            ("CARGO_HOME", "/u/.cargo"),
            ("CARGO_MANIFEST_DIR", "/house/xtask"),
            ("CARGO_PKG_NAME", "xtask"),
            ("HOME", "/u"),
            ("RUSTUP_HOME", "/u/.rustup"),
            ("RUSTUP_TOOLCHAIN", "stable"),
            ("RUSTUP_TOOLCHAIN_SOURCE", "default"),
            ("RUST_RECURSION_COUNT", "1"),
        ];
        let expected: Vec<&str> =
            added.iter().map(|(name, _)| *name).filter(|name| *name != "HOME").collect();
        assert_eq!(names(&added), expected);
    }

    #[test]
    fn what_the_user_set_stays() {
        let own = [
            ("CARGO_HOME", "/big/cargo"),
            ("CARGO_NET_OFFLINE", "true"),
            ("CARGO_TARGET_DIR", "/house/target"),
            ("HOME", "/u"),
            ("LD_LIBRARY_PATH", "/opt/lib"),
            ("RUSTUP_HOME", "/big/rustup"),
            ("RUSTUP_TOOLCHAIN", "nightly"),
            ("RUST_BACKTRACE", "1"),
            ("RUST_LOG", "debug"),
        ];
        let with_source = [own.as_slice(), &[("RUSTUP_TOOLCHAIN_SOURCE", "env")]].concat();
        assert_eq!(names(&with_source), ["RUSTUP_TOOLCHAIN_SOURCE"]);
    }

    #[test]
    fn a_library_path_loses_cargos_folders_and_keeps_its_own() {
        let path = |value: &str| {
            without_cargo(value, Path::new("/house/target"), Path::new("/u/.rustup/toolchains"))
        };
        let cargos = "/house/target/debug:/u/.rustup/toolchains/stable/lib";
        assert_eq!(path(cargos), Some(Change::Remove));
        assert_eq!(path(&format!("{cargos}:/opt/lib")), Some(Change::Set("/opt/lib".into())));
        assert_eq!(path("/opt/lib"), None);
    }
}
