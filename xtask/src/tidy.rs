//! Tidiness is a test: every fault of the house at once, each with its place and its remedy.
//!
//! ```text
//! directions   who depends on whom, and what is never in whose tree
//! shape        headers, sizes of files and functions, names of modules
//! strays       numbers and header names that belong to the rulebook, panics, unused dependencies
//! prose        links, the README's table, trailing space, machine paths, licences
//! ```
//!
//! The rules work on texts, so their own tests are small strings; only this file reads the disk.

mod directions;
mod prose;
mod shape;
mod strays;

use std::fmt;
use std::process::ExitCode;

use crate::flips;
use crate::rust::Rust;
use crate::say::{complain, say};
use crate::workspace::{Source, Workspace};

/// Where the editions of the house are.
const EDITIONS: &str = "crates/rulebook/editions/";

/// One thing out of order.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Finding {
    path: String,
    /// Counted from 1.
    line: usize,
    what: String,
    remedy: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n    {}", self.path, self.line, self.what, self.remedy)
    }
}

/// A Rust file as committed, and as tidy reads it.
struct RustFile<'house> {
    source: &'house Source,
    rust: Rust,
    /// Whether all of it is a test, a bench or an example.
    is_test: bool,
}

/// Checks the house and prints what is out of order; exit 1 when something is.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    match check(workspace) {
        Ok(in_order) => {
            say(&in_order);
            ExitCode::SUCCESS
        }
        Err(findings) => {
            for finding in &findings {
                say(&finding.to_string());
            }
            let s = if findings.len() == 1 { "" } else { "s" };
            complain(&format!("tidy: {} finding{s}", findings.len()));
            ExitCode::FAILURE
        }
    }
}

/// One line about what was checked, or every finding in order of place.
///
/// # Errors
/// The findings.
pub(crate) fn check(workspace: &Workspace) -> Result<String, Vec<Finding>> {
    let sources = workspace.sources().map_err(|error| {
        vec![Finding::new(".", 1, error, "tidy reads the files git lists: run it in a clone")]
    })?;
    let rust = read_rust(&sources);
    let mut findings = directions::check(workspace, &sources);
    findings.extend(shape::check(&rust));
    findings.extend(strays::check(&sources, &rust));
    findings.extend(prose::check(&sources, &|path| workspace.path(path).exists()));
    findings.sort();
    findings.dedup();
    if findings.is_empty() {
        let manifests = members(&sources).count();
        let files = (rust.len(), sources.len());
        Ok(format!(
            "tidy: {manifests} manifests and their trees, {} Rust files, {} texts in order{}",
            files.0,
            files.1,
            told_only(&sources)
        ))
    } else {
        Err(findings)
    }
}

/// The facts of each edition that are told and decide nothing, a line each.
fn told_only(sources: &[Source]) -> String {
    let editions = sources.iter().filter_map(|source| {
        let name = source.path.strip_prefix(EDITIONS)?.strip_suffix(".toml")?;
        let told = flips::descriptive(&source.text).ok()?;
        let all: Vec<String> = told.stated.into_iter().chain(told.assumptions).collect();
        let count = all.len();
        (count > 0).then(|| format!("\n{name}: {count} only told: {}", all.join(", ")))
    });
    editions.collect()
}

/// Every Rust file. A module in a file of its own is a test where its parent declares it so.
fn read_rust(sources: &[Source]) -> Vec<RustFile<'_>> {
    let rust = sources.iter().filter(|source| source.extension() == "rs");
    let mut files: Vec<RustFile<'_>> = rust
        .map(|source| {
            let rust = Rust::read(&source.text);
            RustFile { source, rust, is_test: source.is_test() }
        })
        .collect();
    let declared: Vec<String> = files
        .iter()
        .flat_map(|file| file.rust.test_modules().map(|name| module(&file.source.path, name)))
        .collect();
    for file in &mut files {
        let stem = file.source.path.trim_end_matches(".rs");
        let below = |module: &String| {
            stem.strip_prefix(module.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        file.is_test |= declared.iter().any(below);
    }
    files
}

/// Where a module declared in a file lies, without `.rs`.
fn module(parent: &str, name: &str) -> String {
    let stem = parent.trim_end_matches(".rs");
    let (folder, file) = stem.rsplit_once('/').unwrap_or(("", stem));
    match file {
        "lib" | "main" | "mod" => format!("{folder}/{name}"),
        _ => format!("{stem}/{name}"),
    }
}

/// The manifests of the members, each with the name of its package.
fn members(sources: &[Source]) -> impl Iterator<Item = (&str, &Source)> {
    sources.iter().filter_map(|source| {
        let folder = source.path.strip_suffix("/Cargo.toml")?;
        let name = folder.strip_prefix("crates/").unwrap_or(folder);
        (!name.contains('/')).then_some((name, source))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_declared_for_tests_is_a_test_and_so_is_what_lies_below_it() {
        let declares = "//! X.\n#[cfg(test)]\nmod sample;\nmod samples;\n";
        let sources = ["src/lib.rs", "src/sample.rs", "src/sample/jobs.rs", "src/samples.rs"]
            .map(|path| Source { path: path.to_owned(), text: declares.to_owned() });
        let tests: Vec<bool> = read_rust(&sources[..]).iter().map(|file| file.is_test).collect();
        assert_eq!(tests, [false, true, true, false]);
        assert_eq!(module("src/chart.rs", "tests"), "src/chart/tests");
    }
}
