//! Headers as they were recorded off the real service: each reads, and writes back to the very
//! same text.
//!
//! The recordings (623 responses, March to August 2025) are a public data set that is not part of
//! the sources. Where they are absent the test says so and passes; `TIERLAB_DATA` names another
//! folder to look in.

use std::io::Write;
use std::path::PathBuf;

use wire::{Hint, Words, text};

const WORDS: Words<'static> = Words {
    limit: "limit",
    remaining: "remaining",
    reset: "reset",
    hint: "retry_after",
    hint_millis: "",
    limited: "limited",
    limit_tokens: "limit_tokens",
    remaining_tokens: "remaining_tokens",
    limit_dynamic: "",
    remaining_dynamic: "",
};

fn recordings() -> Option<String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data =
        std::env::var_os("TIERLAB_DATA").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    std::fs::read_to_string(data.join("recordings/together-2025-03-to-08.csv")).ok()
}

#[test]
fn recorded_headers_write_back_to_the_same_text() {
    let Some(recordings) = recordings() else {
        // Past the runner, which keeps what a passing test prints to itself.
        let mut out = std::io::stdout();
        writeln!(out, "skipped 1 test: the recordings are not at hand").unwrap();
        return;
    };
    // No field of these columns is quoted.
    let mut lines = recordings.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut with_headers = 0;
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), columns.len(), "{line}");
        let recorded = |name: &str| {
            let at = columns.iter().position(|column| *column == name)?;
            Some(fields[at]).filter(|value| !value.is_empty())
        };
        let shows = text::read(&WORDS, recorded);
        text::write(&shows, &WORDS, &mut |name, value| {
            assert_eq!(recorded(name), Some(value), "{name} in {line}");
        });

        let there = recorded("limit").is_some();
        with_headers += u32::from(there);
        assert_eq!(shows.limit.is_some(), there, "{line}");
        assert_eq!(shows.limit_tokens.is_some(), there, "{line}");
        assert_eq!(shows.remaining.is_some(), there, "{line}");
        assert_eq!(shows.remaining_tokens.is_some(), there, "{line}");
        assert_eq!(shows.limited.is_some(), there, "{line}");
        // The service always says the same twice.
        assert_eq!(shows.hint, shows.reset.map_or(Hint::Absent, Hint::Seconds), "{line}");
    }
    assert_eq!(with_headers, 572, "responses with headers, of 623");
}
