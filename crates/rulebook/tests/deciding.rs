//! What each edition decides, in full, so that no fact moves unseen: limits and meters of every tier
//! and model, what responses show of them, latency, access, dynamic rates, capacity, prices, how
//! accounts pay, errors, names of headers; and whatever of it another assumption or another day changes.
//!
//! `TIERLAB_EDITION_UNDER_TEST` names a file that stands in for the edition of the house with the
//! same name: it is then held against that edition's snapshot, and the others are left alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

#[path = "deciding/costs.rs"]
mod costs;
#[path = "deciding/decided.rs"]
mod decided;

use std::fs;
use std::path::{Path, PathBuf};

use rulebook::{Edition, Refused};

const UNDER_TEST: &str = "TIERLAB_EDITION_UNDER_TEST";

const EDITIONS: [(&str, &str); 4] = [
    ("2025-11", include_str!("../editions/2025-11.toml")),
    ("2025-11-operational", include_str!("../editions/2025-11-operational.toml")),
    ("2026-02", include_str!("../editions/2026-02.toml")),
    ("2026-08", include_str!("../editions/2026-08.toml")),
];

#[test]
fn the_edition_under_test_is_read() {
    for (name, text) in under_test() {
        if let Err(refused) = read(&name, &text) {
            panic!("{refused}");
        }
    }
}

#[test]
fn an_edition_decides_what_it_says() {
    let alone = std::env::var_os(UNDER_TEST).is_some();
    for (name, text) in under_test() {
        let Ok(edition) = read(&name, &text) else { continue };
        if alone {
            // Nothing is written: the snapshot is another edition's. Most of what is changed shows
            // at the beginning, which takes a hundredth of the time.
            let before = snapshot(&name);
            assert!(before.trim().starts_with(decided::as_it_is(&edition).trim()), "{name}");
            assert_eq!(decided::by(&edition).trim(), before.trim());
        } else {
            insta::assert_snapshot!(name.as_str(), decided::by(&edition));
        }
    }
}

fn read(name: &str, text: &str) -> Result<Edition, Box<Refused>> {
    Edition::parse(name, text).map_err(Box::new)
}

/// The edition that the environment names, or those of the house.
fn under_test() -> Vec<(String, String)> {
    match std::env::var_os(UNDER_TEST).map(PathBuf::from) {
        Some(path) => {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            vec![(name, fs::read_to_string(path).unwrap())]
        }
        None => EDITIONS.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
    }
}

/// What was decided when the snapshot was taken.
fn snapshot(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let text = fs::read_to_string(folder.join(format!("deciding__{name}.snap"))).unwrap();
    text.splitn(3, "---\n").nth(2).unwrap().to_owned()
}
