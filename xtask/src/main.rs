//! The door to `tierlab`, and what keeps the house itself in order.
//!
//! ```text
//! cargo xtask VERB …
//!     ├─ tidy  ci  bench  flip-facts  pages   answered here
//!     └─ anything else                        builds tierlab, then becomes it
//! ```
//!
//! Nothing here knows a crate of the house, so this builds in seconds, also when the house does
//! not.

mod bench;
mod big_log;
mod callgrind;
mod ci;
mod drives;
mod flip_facts;
mod flips;
mod house;
mod manifest;
mod pages;
mod rust;
mod sameness;
mod say;
mod tidy;
mod tierlab;
mod toml;
mod workspace;

use std::process::ExitCode;

use crate::say::say;
use crate::workspace::Workspace;

/// What `cargo xtask --help` says before the binary's own help.
const HELP: &str = "\
cargo xtask VERB …

xtask's own verbs:
  tidy                  checks the house: who knows whom, sizes, names, stray numbers, links
  ci [STEP…] [--list]   the checks of a push, cheapest first; `ci thorough` all, or those named
  bench [NAME]          speed, by question; `instructions` and `allocations` count work instead
  pages [FILE…]         reads pages as people will, in a browser; `reports/` where none is named
  flip-facts [EDITION]  changes every fact that decides: a test must turn red for each

Every other verb is tierlab's: it is built (profile `sim`), then xtask becomes it.
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let workspace = Workspace::here();
    match words.as_slice() {
        ["tidy"] => tidy::run(&workspace),
        ["ci", rest @ ..] => ci::run(&workspace, rest),
        ["bench", rest @ ..] => bench::run(&workspace, rest),
        ["flip-facts", rest @ ..] => flip_facts::run(&workspace, rest),
        ["pages", rest @ ..] => pages::run(&workspace, rest),
        ["tidy", ..] => wrong_usage("tidy takes no arguments"),
        [] | ["help" | "-h" | "--help"] => {
            say(HELP);
            tierlab::become_it(&workspace, &["--help".into()])
        }
        _ => tierlab::become_it(&workspace, &arguments),
    }
}

/// Wrong usage exits with 2, as `tierlab` does.
fn wrong_usage(what: &str) -> ExitCode {
    say::complain(what);
    ExitCode::from(2)
}
