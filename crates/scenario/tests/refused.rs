//! Files that must be refused, each beside what is said of it: every fault with its code, place,
//! label and remedy.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rulebook::{Refused, Rulebook};
use scenario::{Code, Scenario};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refused")
}

/// The files by name, in alphabetical order.
fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn refusal(name: &str, text: &str) -> Refused {
    Scenario::parse(&format!("{name}.toml"), text, &RULEBOOK).map(|_| name).expect_err("a refusal")
}

#[test]
fn every_wrong_file_is_refused_with_all_its_faults() {
    let files = files();
    assert!(files.len() >= 25, "{} files", files.len());
    for (name, text) in files {
        let refused = refusal(&name, &text);
        assert!(!refused.faults.is_empty(), "{name} is refused without a reason");
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => folder(), omit_expression => true }, {
            insta::assert_snapshot!(name, refused.to_string());
        });
    }
}

#[test]
fn four_faults_in_one_file_are_four_diagnostics() {
    let text = fs::read_to_string(folder().join("four-faults.toml")).unwrap();
    let refused = refusal("four-faults", &text);
    let codes: Vec<&str> = refused.faults.iter().map(|fault| fault.code).collect();
    let expected = [Code::EmptyRun, Code::UnknownKey, Code::UnknownTier, Code::WrongType];
    assert_eq!(codes, expected.map(Code::name));
}

#[test]
fn every_fault_names_a_place_within_the_text_and_a_remedy() {
    let mut without = Vec::new();
    for (name, text) in files() {
        for fault in refusal(&name, &text).faults {
            let place =
                fault.place.unwrap_or_else(|| panic!("{name}: {} has no place", fault.code));
            assert!(text.get(place).is_some(), "{name}: {} points outside", fault.code);
            assert!(!fault.message.is_empty() && !fault.label.is_empty(), "{name}: {}", fault.code);
            // What is wrong with TOML itself is said in the words of its reader.
            let told = fault.help.is_some() || fault.code == Code::Syntax.name();
            if !told {
                without.push(format!("{name}: {}: {}", fault.code, fault.message));
            }
        }
    }
    assert!(without.is_empty(), "no remedy: {without:#?}");
}

/// A code that no snapshot shows is one whose message nobody has read.
#[test]
fn every_code_is_shown_by_some_file() {
    let snapshots: Vec<String> = [folder(), folder().with_file_name("warned")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "snap"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let elsewhere = [
        (Code::TraceNotAsked, "needs a trace that nobody asked for: language.rs"),
        (Code::OutsideTrace, "needs the rows of a trace: language.rs"),
        (Code::TooManyGroups, "needs a thousand and one groups: warned.rs"),
        (Code::NotOverHttp, "needs a load: works.rs"),
    ];
    for &code in Code::ALL {
        let line = format!(": {}\n", code.name());
        let shown = snapshots.iter().any(|snapshot| snapshot.contains(&line));
        let exception = elsewhere.iter().find(|(exception, _)| *exception == code);
        assert_eq!(shown, exception.is_none(), "{} {exception:?}", code.name());
    }
}
