//! What the editions say, held against what is known of the service.

#![expect(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

mod accounts;
mod ages;
mod algorithms;
mod charges;
mod edits;
mod facts;
mod limits_of_tiers;
mod recognised;
mod recordings;
mod refused;
mod refused_ages;
mod refused_money;
mod shown;
mod works;

use std::sync::LazyLock;

use rulebook::{Edition, Rulebook};

/// The text of the edition of November 2025.
const TEXT: &str = include_str!("../../editions/2025-11.toml");

const LLAMA: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
const R1: &str = "deepseek-ai/DeepSeek-R1";
const TEN_A_MINUTE: &str = "meta-llama/Llama-Vision-Free";

/// The editions of the house, read once.
static RULEBOOK: LazyLock<Rulebook> =
    LazyLock::new(|| Rulebook::embedded().unwrap_or_else(|refused| panic!("{refused}")));

/// The edition of November 2025, as everyone gets it.
fn edition() -> Edition {
    RULEBOOK.edition("2025-11").unwrap().clone()
}

/// The same with one line changed: in the section with this header, `key`'s value from `from` to
/// `to`.
fn with_line(header: &str, key: &str, from: &str, to: &str) -> String {
    let mut in_section = false;
    let mut changed = 0;
    let lines = TEXT.lines().map(|line| {
        if line.starts_with('[') {
            in_section = line == header;
        }
        let named = line.split('=').next().is_some_and(|word| word.trim() == key);
        if !in_section || !named {
            return line.to_owned();
        }
        assert!(line.contains(from), "`{from}` is not in: {line}");
        changed += 1;
        line.replacen(from, to, 1)
    });
    let text = lines.collect::<Vec<String>>().join("\n") + "\n";
    assert_eq!(changed, 1, "{header} {key}");
    text
}

/// The edition with one line changed.
fn edited(header: &str, key: &str, from: &str, to: &str) -> Edition {
    let text = with_line(header, key, from, to);
    Edition::parse("edited", &text).unwrap_or_else(|refused| panic!("{refused}"))
}
