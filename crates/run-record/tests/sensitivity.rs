//! What another reading of an assumption does to a run, and how much it matters.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set has failed")]

mod scene;

use run_record::derive::{Effect, Matters, sensitivity};
use run_record::{Cell, CellKey, Expectation, Header, RunRecord};
use scene::{JOB, Job, expect};

/// So many of a hundred jobs are answered at once, and the others give up.
fn jobs(answered: u32) -> Vec<Job> {
    let quitter = Job { wait: None, ..JOB };
    (0..100).map(|index| if index < answered { JOB } else { quitter }).collect()
}

/// One cell of the one strategy: on a tier, under a reading or as assumed, with so many of a hundred
/// jobs in time.
type Told<'a> = (&'a str, Option<(&'a str, &'a str)>, u32);

/// A run of an account on Tier 2 of two, of which 99 % were to be in time.
fn effects(expectations: Vec<Expectation>, told: &[Told<'_>]) -> Vec<Effect> {
    let mut header = scene::header(&["chat"], &["give up"], 1);
    header.expectations = expectations;
    let cells = told.iter().map(|one| cell(&header, *one)).collect();
    sensitivity(&RunRecord::new(header, cells).unwrap())
}

fn cell(header: &Header, (tier, reading, answered): Told<'_>) -> Cell {
    let plain = CellKey::new(Some(tier), "give up");
    let key = match reading {
        Some((assumption, value)) => plain.assuming(assumption, value),
        None => plain,
    };
    Cell::new(key, 0, vec![scene::run(header, jobs(answered))]).unwrap()
}

fn asked() -> Vec<Expectation> {
    vec![expect("answered_in_time", ">=", 990)]
}

/// What each effect is of, in order.
fn order(effects: &[Effect]) -> Vec<(&str, &str)> {
    effects.iter().map(|one| (one.assumption.as_str(), one.tier.as_deref().unwrap())).collect()
}

const LOW: &str = "build-2";
const HIGH: &str = "build-3";

#[test]
fn what_moves_the_tier_comes_before_what_moves_more() {
    let effects = effects(
        asked(),
        &[
            (LOW, None, 98),
            (HIGH, None, 100),
            (LOW, Some(("still", "other")), 98),
            (HIGH, Some(("still", "other")), 100),
            (LOW, Some(("large", "other")), 20),
            (HIGH, Some(("large", "other")), 100),
            (LOW, Some(("moves", "other")), 99),
            (HIGH, Some(("moves", "other")), 100),
        ],
    );
    assert_eq!(
        order(&effects),
        [
            ("moves", LOW),
            ("moves", HIGH),
            ("large", LOW),
            ("large", HIGH),
            ("still", LOW),
            ("still", HIGH),
        ]
    );
    let matters: Vec<Matters> = effects.iter().map(Effect::matters).collect();
    let (high, medium, low) = (Matters::High, Matters::Medium, Matters::Low);
    // Both cells of a reading that moves the tier matter; of another only the one that changes.
    assert_eq!(matters, [high, high, medium, low, low, low]);
}

#[test]
fn the_tier_that_is_enough_is_told_as_assumed_and_as_changed() {
    let enough = |assumed: [u32; 2], changed: [Option<u32>; 2]| {
        let mut told = vec![(LOW, None, assumed[0]), (HIGH, None, assumed[1])];
        for (tier, answered) in [LOW, HIGH].into_iter().zip(changed) {
            told.extend(answered.map(|answered| (tier, Some(("gate", "none")), answered)));
        }
        let effects = effects(asked(), &told);
        let told = effects.first().unwrap().enough.clone();
        assert!(effects.iter().all(|one| one.enough == told), "all of a reading say the same");
        told
    };
    let tier = |tier: &str| Some(tier.to_owned());
    let known = |before: Option<String>, after: Option<String>| Some([before, after]);
    assert_eq!(enough([50, 100], [Some(60), Some(100)]), known(tier(HIGH), tier(HIGH)));
    assert_eq!(enough([50, 100], [Some(100), Some(100)]), known(tier(HIGH), tier(LOW)));
    assert_eq!(enough([50, 100], [Some(50), Some(60)]), known(tier(HIGH), None));
    assert_eq!(enough([100, 100], [Some(50), Some(100)]), known(tier(LOW), tier(HIGH)));
    assert_eq!(enough([50, 60], [Some(50), Some(100)]), known(None, tier(HIGH)));
    assert_eq!(enough([50, 60], [Some(50), Some(60)]), known(None, None));
    // What was not tried is not told.
    assert_eq!(enough([50, 100], [Some(50), None]), None);
    assert_eq!(enough([100, 100], [Some(50), None]), None);
    assert_eq!(enough([50, 60], [Some(50), None]), None);
}

#[test]
fn where_nothing_was_expected_no_tier_is_enough_or_not() {
    let effects = effects(Vec::new(), &[(LOW, None, 98), (LOW, Some(("gate", "none")), 73)]);
    assert!(effects.iter().all(|one| one.enough.is_none()), "{effects:?}");
    assert_eq!(effects.len(), 1);
}

#[test]
fn a_cell_is_held_against_the_same_one_as_assumed() {
    let effects = effects(asked(), &[(LOW, None, 98), (LOW, Some(("gate", "none")), 73)]);
    let [one] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((one.value.as_str(), one.strategy.as_str()), ("none", "give up"));
    let [assumed, changed] = one.in_time;
    assert!((assumed - 0.98).abs() < 1e-9 && (changed - 0.73).abs() < 1e-9);
    assert!((one.size() - 0.25).abs() < 1e-9);
}
