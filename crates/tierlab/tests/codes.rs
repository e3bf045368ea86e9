//! A code stands for one kind of fault, in the whole house.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Whose faults each area's codes are.
const AREAS: [(&str, &str); 4] = [
    ("edition", "crates/rulebook/"),
    ("scenario", "crates/scenario/"),
    ("trace", "crates/scenario/"),
    ("record", "crates/run-record/"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The codes of a line: texts such as `"scenario::syntax"`, and nothing else in the quotes.
fn codes(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').filter(|text| {
        let word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
        };
        text.split_once("::").is_some_and(|(area, name)| {
            word(area) && word(name) && AREAS.iter().any(|(a, _)| *a == area)
        })
    })
}

#[test]
fn every_code_is_written_once_and_by_the_crate_whose_fault_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join("crates")).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut files);
    }
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(&root).unwrap().display().to_string();
        let before_tests = text.split("\n#[cfg(test)]").next().unwrap();
        for (number, line) in before_tests.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for code in codes(line) {
                let at = format!("{path}:{}", number + 1);
                places.entry(code.to_owned()).or_default().push(at);
            }
        }
    }
    for (area, _) in AREAS {
        assert!(places.keys().filter(|code| code.starts_with(area)).count() >= 5, "{area}");
    }
    for (code, at) in &places {
        assert_eq!(at.len(), 1, "{code} stands for several faults: {at:?}");
        let (_, home) =
            AREAS.iter().find(|(area, _)| code.starts_with(&format!("{area}::"))).unwrap();
        assert!(at.iter().all(|at| at.starts_with(home)), "{code} at {at:?}");
    }
}
