//! What lies in the wrong room: Together's numbers and words outside the rulebook's editions,
//! panics outside tests, and dependencies that nobody uses.
//!
//! Which numbers are Together's is read from the editions themselves, so the rule needs no list
//! of its own. Round numbers (600, 3,000, powers of ten or two) and the lengths of hours and days
//! mean too many other things; those with at least two significant digits, from a thousand up,
//! are looked for. A number that is equal by chance says so, at the end of its line or on the
//! line above: `// ours: why`.

use std::collections::BTreeMap;

use super::{Finding, RustFile, members};
use crate::manifest::{self, Kind};
use crate::rust::{has_word, is_word};
use crate::workspace::Source;

const EDITIONS: &str = "crates/rulebook/editions/";
const PARDON: &str = "// ours:";
/// Keys of an edition whose values are not rules.
const NOT_RULES: &[&str] =
    &["certainty", "date", "id", "note", "says", "seen", "source", "title", "url"];
/// An hour, a day and a week in seconds, a day in minutes: everyone's numbers.
const EVERYONES: &[u64] = &[1_440, 3_600, 86_400, 604_800];
/// Numbers that are rather a date.
const YEARS: std::ops::Range<u64> = 1_990..2_100;
/// How the names of Together's headers begin.
const HEADER_NAMES: &[&str] = &["x-ratelimit", "x-tokenlimit"];
/// What ends a process that could have answered.
const PANICS: &[&str] = &[".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "dbg!("];

pub(super) fn check(sources: &[Source], files: &[RustFile<'_>]) -> Vec<Finding> {
    let rules = rules(sources);
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !file.is_test) {
        let path = &file.source.path;
        if path.starts_with("crates/") {
            findings.extend(numbers(file, &rules));
            findings.extend(header_names(file));
        }
        if path.starts_with("crates/") || path.starts_with("xtask/") {
            findings.extend(panics(file));
        }
    }
    for (_, source) in members(sources) {
        findings.extend(unused(source, files));
    }
    findings
}

/// The numbers an edition made Together's, each with the place that says so.
fn rules(sources: &[Source]) -> BTreeMap<u64, String> {
    let mut rules = BTreeMap::new();
    let editions = sources
        .iter()
        .filter(|source| source.path.starts_with(EDITIONS) && source.extension() == "toml");
    for edition in editions {
        for (index, line) in edition.text.lines().enumerate() {
            for number in values(line).filter(|number| is_distinctive(*number)) {
                rules.entry(number).or_insert_with(|| format!("{}:{}", edition.path, index + 1));
            }
        }
    }
    rules
}

/// The whole numbers of an edition's line, those under keys that are no rules left out. Whatever
/// has no key of its own (the rest of a list, of a note) belongs to the key before it.
fn values(line: &str) -> impl Iterator<Item = u64> {
    let line = line.split('#').next().unwrap_or_default();
    let mut is_rule = false;
    line.split([',', '{']).flat_map(move |piece| {
        let (key, value) = piece.split_once('=').unwrap_or(("", piece));
        let key = key.trim().trim_end_matches('=').trim();
        if !key.is_empty() {
            is_rule = !NOT_RULES.contains(&key);
        }
        integers(if is_rule { value } else { "" })
    })
}

/// Whether a number is likely to mean one thing only.
fn is_distinctive(number: u64) -> bool {
    let mut digits = number;
    while digits != 0 && digits.is_multiple_of(10) {
        digits /= 10;
    }
    number >= 1_000
        && digits >= 10
        && !number.is_power_of_two()
        && !EVERYONES.contains(&number)
        && !YEARS.contains(&number)
}

/// The whole numbers of a line: underscores read over, `1.8e5` computed, `0x` and words skipped.
fn integers(line: &str) -> impl Iterator<Item = u64> {
    let glued = |character: char| !(is_word(character) || character == '.');
    line.split(glued).filter_map(integer)
}

fn integer(word: &str) -> Option<u64> {
    if !word.starts_with(|first: char| first.is_ascii_digit()) || word.starts_with("0x") {
        return None;
    }
    let plain = word.replace('_', "");
    let suffix = plain.find(|next: char| next != '.' && next != 'e' && !next.is_ascii_digit());
    let number = &plain[..suffix.unwrap_or(plain.len())];
    let (mantissa, exponent) = number.split_once('e').unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let exponent: usize = exponent.parse().ok()?;
    let zeros = exponent.checked_sub(fraction.len()).filter(|zeros| *zeros < 19)?;
    format!("{whole}{fraction}{}", "0".repeat(zeros)).parse().ok()
}

fn numbers(file: &RustFile<'_>, rules: &BTreeMap<u64, String>) -> Vec<Finding> {
    let path = &file.source.path;
    let original: Vec<&str> = file.source.text.lines().collect();
    let mut findings = Vec::new();
    for (line, code) in file.rust.code_lines() {
        let pardoned = is_pardoned(&original, line);
        for (number, place) in integers(code).filter_map(|number| rules.get_key_value(&number)) {
            if !pardoned {
                let what = format!("{number} is a rule of Together's ({place})");
                let remedy =
                    format!("ask the rulebook, or say `{PARDON} why` when it only looks so");
                findings.push(Finding::new(path, line, what, remedy));
            }
        }
    }
    findings
}

/// Whether a line, or the one before it, says why it only looks like a rule.
fn is_pardoned(original: &[&str], line: usize) -> bool {
    let around = original.get(line.saturating_sub(2)..line).unwrap_or_default();
    around.iter().any(|text| text.contains(PARDON))
}

fn header_names(file: &RustFile<'_>) -> Vec<Finding> {
    let original: Vec<&str> = file.source.text.lines().collect();
    let mut findings = Vec::new();
    for (line, code) in file.rust.literate_lines() {
        let lower = code.to_lowercase();
        let found = HEADER_NAMES.iter().find(|name| lower.contains(**name));
        if let Some(name) = found.filter(|_| !is_pardoned(&original, line)) {
            let what = format!("`{name}…` is a word of Together's");
            let remedy = "take header names from the edition's words, or say `// ours: why`";
            findings.push(Finding::new(&file.source.path, line, what, remedy));
        }
    }
    findings
}

fn panics(file: &RustFile<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, code) in file.rust.code_lines() {
        for word in PANICS {
            let standing = |at: usize| word.starts_with('.') || !code[..at].ends_with(is_word);
            if code.match_indices(word).any(|(at, _)| standing(at)) {
                let what = format!("`{word}` outside tests");
                let remedy = "return an error, or make the impossible unrepresentable";
                findings.push(Finding::new(&file.source.path, line, what, remedy));
            }
        }
    }
    findings
}

/// Dependencies of one member that none of its files names.
fn unused(manifest: &Source, files: &[RustFile<'_>]) -> Vec<Finding> {
    let folder = manifest.path.trim_end_matches("Cargo.toml");
    let own: Vec<&RustFile<'_>> =
        files.iter().filter(|file| file.source.path.starts_with(folder)).collect();
    let names = |file: &RustFile<'_>, word: &str, kind: Kind| match kind {
        Kind::Normal => file.rust.code_lines().any(|(_, line)| has_word(line, word)),
        // A test's dependency may be named in a test; a build's in build.rs.
        Kind::Dev | Kind::Build => has_word(file.rust.code(), word),
    };
    let mut findings = Vec::new();
    for found in manifest::dependencies(&manifest.text) {
        let word = found.name.replace('-', "_");
        if !own.iter().any(|file| names(file, &word, found.kind)) {
            let what = format!("nothing here names `{word}`");
            let remedy = "strike the dependency";
            findings.push(Finding::new(&manifest.path, found.line, what, remedy));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::read_rust;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    fn found(sources: &[Source]) -> Vec<String> {
        let findings = check(sources, &read_rust(sources));
        findings.iter().map(|found| format!("{}: {}", found.line, found.what)).collect()
    }

    fn edition() -> Source {
        let text = "title = \"5432\"\nvalue = { value = \"1_800/min\", note = \"a, 7654\" } # 7777\n\
                    requests = 600\nsource = \"page 9876\"\nlimits = [1.8e5, 4096, 3_000, 86_400]\n\
                    a = { value = \"4\", date = \"2025-11\", at_most = 4_500 }\n";
        source("crates/rulebook/editions/2025-11.toml", text)
    }

    #[test]
    fn the_editions_say_which_numbers_are_rules() {
        let rules = rules(&[edition()]);
        assert_eq!(rules.keys().copied().collect::<Vec<_>>(), [1_800, 4_500, 180_000]);
    }

    #[test]
    fn a_rule_written_into_code_is_found_in_any_spelling() {
        let code = "const A: u64 = 180_000;\nlet b = 1800u32;\nlet c = 1.8e3;\nlet d = 600;\n\
                    // 1800\nlet e = \"1800\";\nlet f = x1800 + 0x1800;\n";
        let expected = [1, 2, 3].map(|line| {
            let (number, place) = if line == 1 { ("180000", 5) } else { ("1800", 2) };
            format!(
                "{line}: {number} is a rule of Together's \
                 (crates/rulebook/editions/2025-11.toml:{place})"
            )
        });
        assert_eq!(found(&[edition(), source("crates/a/src/lib.rs", code)]), expected);
    }

    #[test]
    fn a_number_equal_by_chance_is_pardoned_and_tests_may_quote() {
        let code = "let a = 1800; // ours: the width of a page\n\n\
                    // ours: another width\nlet b = 1800;\nlet c = 4500; // ours: a third\n\
                    #[cfg(test)]\nmod tests {\n    const A: u64 = 1800;\n}\n";
        let sources =
            [edition(), source("crates/a/src/lib.rs", code), source("crates/a/tests/b.rs", "1800")];
        assert_eq!(found(&sources), Vec::<String>::new());
    }

    #[test]
    fn a_header_name_in_code_is_found_and_in_a_comment_is_not() {
        let code = "// x-ratelimit-reset\nlet a = \"X-RateLimit-Reset\";\n";
        let expected = ["2: `x-ratelimit…` is a word of Together's"];
        assert_eq!(found(&[source("crates/a/src/lib.rs", code)]), expected);
    }

    #[test]
    fn a_panic_is_found_and_an_expected_lint_is_not() {
        let code = "#[expect(clippy::x, reason = \"y\")]\nfn a() { b().unwrap() }\n\
                    fn c() { self.expect_word(); debug_assert!(true); }\nfn d() { panic!(\"\") }\n";
        let expected = ["2: `.unwrap()` outside tests", "4: `panic!(` outside tests"];
        assert_eq!(found(&[source("crates/a/src/lib.rs", code)]), expected);
    }

    #[test]
    fn a_dependency_nobody_names_is_found() {
        let manifest = "[dependencies]\nrun-record.workspace = true\nmaud.workspace = true\n\
                        [dev-dependencies]\ninsta.workspace = true\n";
        let code = "use run_record::Leaf; // maud\n";
        let test = "fn a() { insta::assert_snapshot!(1); }\n";
        let sources = [
            source("crates/report/Cargo.toml", manifest),
            source("crates/report/src/lib.rs", code),
            source("crates/report/tests/a.rs", test),
        ];
        assert_eq!(found(&sources), ["3: nothing here names `maud`"]);
    }
}
