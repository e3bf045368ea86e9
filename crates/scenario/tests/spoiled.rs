//! Whatever stands in a file, it is read or refused: good files, spoiled.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use limits::Span;
use proptest::prelude::*;
use rulebook::{Rulebook, Severity};
use scenario::{Scenario, Timeline};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

/// Good files to spoil: the one with every key, and those that the house ships.
fn good_files() -> Vec<String> {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios");
    let mut files = vec![include_str!("every-key.toml").to_owned()];
    for entry in std::fs::read_dir(shipped).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(std::fs::read_to_string(path).unwrap());
        }
    }
    files
}

/// One way to spoil a text.
#[derive(Clone, Debug)]
enum Spoil {
    Drop { from: usize, count: usize },
    Put { at: usize, what: String },
    Copy { from: usize, count: usize, to: usize },
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let pieces = "[\\[\\]{}=\",.#\\n0-9a-z_ %<>/é\\u{0}-]{0,6}";
    prop_oneof![
        (any::<usize>(), 1_usize..30).prop_map(|(from, count)| Spoil::Drop { from, count }),
        (any::<usize>(), pieces).prop_map(|(at, what)| Spoil::Put { at, what }),
        (any::<usize>(), 1_usize..60, any::<usize>()).prop_map(|(from, count, to)| Spoil::Copy {
            from,
            count,
            to
        }),
    ]
}

fn spoiled(text: &str, spoils: &[Spoil]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for spoil in spoils {
        let length = text.len().max(1);
        match spoil {
            Spoil::Drop { from, count } => {
                let from = from % length;
                text.drain(from.min(text.len())..(from + count).min(text.len()));
            }
            Spoil::Put { at, what } => {
                let at = (at % length).min(text.len());
                text.splice(at..at, what.chars());
            }
            Spoil::Copy { from, count, to } => {
                let from = (from % length).min(text.len());
                let piece: Vec<char> = text[from..(from + count).min(text.len())].to_vec();
                let to = (to % length).min(text.len());
                text.splice(to..to, piece);
            }
        }
    }
    text.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A spoiled file is read or refused, never a panic; a refusal has a reason within the text,
    /// and what is read can be run.
    #[test]
    fn spoiling_a_good_file_never_panics(which in any::<prop::sample::Index>(), spoils in prop::collection::vec(spoil(), 1..6)) {
        let files = good_files();
        let text = spoiled(which.get::<String>(&files), &spoils);
        let _ = Scenario::edition_named(&text);
        match Scenario::parse("spoiled.toml", &text, &RULEBOOK) {
            Ok(scenario) => {
                prop_assert!(scenario.lasts >= Span::from_secs(1) || scenario.trace_need().is_some());
                prop_assert!(Timeline::of(&scenario, chance::Seed(1)).take(1_000).is_sorted_by_key(|a| (a.due, a.group, a.job)));
                let pressed = scenario.groups.iter().any(|group| group.endpoint.is_none() && group.batch.is_none());
                prop_assert!(!pressed || scenario::check(&scenario).len() >= scenario.tiers.len());
            }
            Err(refused) => {
                prop_assert!(refused.faults.iter().any(|fault| fault.severity == Severity::Error), "{}", text);
                for fault in &refused.faults {
                    prop_assert!(fault.place.clone().is_none_or(|place| text.get(place).is_some()), "{:?}", fault);
                }
                prop_assert!(!refused.to_string().is_empty());
            }
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        prop_assert!(Scenario::parse("any.toml", &text, &RULEBOOK).is_err());
    }
}
