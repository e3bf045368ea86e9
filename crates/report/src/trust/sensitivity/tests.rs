//! Which readings move the tier, and how that is said in a few words and in the table.

use run_record::{CellKey, RunRecord};

use super::*;
use crate::sample::{self, Told, record_with};

const TIERS: [&str; 3] = ["build-2", "build-3", "build-4"];

/// Tier 4 carries a launch with the one strategy there is, and under each reading so many of 1,000
/// jobs are in time on the tiers that were tried.
fn tried(readings: &[(&str, &str, [Option<u64>; 3])]) -> RunRecord {
    with(|_| (), readings)
}

fn with(
    change: impl Fn(&mut run_record::Header),
    readings: &[(&str, &str, [Option<u64>; 3])],
) -> RunRecord {
    let told = |in_time| vec![Told { in_time, ..Told::default() }];
    let plain: Vec<(&str, &str, Vec<Told>)> = TIERS
        .into_iter()
        .zip([420, 700, 1_000])
        .map(|(tier, in_time)| (tier, "together-py", told(in_time)))
        .collect();
    let shorten = |header: &mut run_record::Header| {
        header.ladder.truncate(4);
        change(header);
    };
    let record = record_with(shorten, &plain);
    let header = record.header().clone();
    let mut cells = record.cells().to_vec();
    for (assumption, value, in_time) in readings {
        for (tier, in_time) in TIERS.into_iter().zip(in_time) {
            let Some(in_time) = *in_time else { continue };
            let key = CellKey::new(Some(tier), "together-py").assuming(assumption, value);
            cells.push(sample::cell(&header, key, &told(in_time)));
        }
    }
    RunRecord::new(header, cells).unwrap()
}

fn in_short(record: &RunRecord) -> Option<String> {
    let study = Study::of(record);
    Sensitivity::of(&study)?.in_short(&study)
}

const SAME: [Option<u64>; 3] = [Some(420), None, Some(1_000)];
const LOWER: [Option<u64>; 3] = [Some(420), Some(1_000), Some(1_000)];
const NONE: [Option<u64>; 3] = [Some(300), None, Some(800)];

#[test]
fn what_moves_the_tier_is_named_once_and_the_most_telling_first() {
    let record = tried(&[
        ("debt", "forgiven", SAME),
        ("gateway_replicas", "2", NONE),
        ("gateway_replicas", "4", NONE),
        ("token_gate", "none", LOWER),
        ("debt", "half", SAME),
    ]);
    assert_eq!(
        in_short(&record).as_deref(),
        Some(
            "Tier 4 stays the lowest that is enough under 2 of 5 changed assumptions; token_gate \
             and gateway_replicas move it."
        )
    );
}

#[test]
fn of_many_that_move_the_tier_four_are_named() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let readings: Vec<_> = names.into_iter().map(|name| (name, "other", NONE)).collect();
    let said = in_short(&tried(&readings)).unwrap();
    assert!(said.ends_with("under 0 of 6 changed assumptions; a, b, c, d and two more move it."));
}

#[test]
fn where_nothing_moves_the_tier_it_is_enough_under_all() {
    let names = ["a", "b", "c", "d", "e"];
    let readings: Vec<_> = names.into_iter().map(|name| (name, "other", SAME)).collect();
    let record = tried(&readings);
    assert_eq!(
        in_short(&record).as_deref(),
        Some("Tier 4 stays the lowest that is enough under all 5 changed assumptions.")
    );
    assert_eq!(in_short(&tried(&readings[..4])), None, "so few are told of one by one");
    let unasked = with(|header| header.expectations.clear(), &readings);
    assert_eq!(in_short(&unasked), None, "of what was not asked nothing stays");
}

#[test]
fn where_no_tier_is_enough_it_is_said_what_makes_one_so() {
    let all = |header: &mut run_record::Header| {
        header.expectations = vec![sample::share(
            run_record::Figure::Status429,
            run_record::Comparison::AtLeast,
            500_000_000,
        )];
    };
    let names = ["a", "b", "c", "d", "e"];
    let readings: Vec<_> = names.into_iter().map(|name| (name, "other", SAME)).collect();
    assert_eq!(
        in_short(&with(all, &readings)).as_deref(),
        Some("No tier is enough under any of 5 changed assumptions.")
    );
}

#[test]
fn readings_stand_below_what_was_assumed_and_each_says_which_tier_is_enough() {
    let record = tried(&[
        ("debt", "forgiven", SAME),
        ("token_gate", "none", LOWER),
        ("gateway_replicas", "2", NONE),
        ("debt", "half", [Some(425), None, None]),
        ("clock", "late", [Some(500), None, None]),
    ]);
    let study = Study::of(&record);
    let table = Sensitivity::of(&study).unwrap().table(&study).into_string();
    let (_, body) = table.split_once("<tbody>").unwrap();
    let (body, _) = body.split_once("</tbody>").unwrap();
    let rows: Vec<Vec<String>> = body
        .split("</tr>")
        .map(|row| row.split("</t").map(words).filter(|cell| !cell.is_empty()).collect())
        .filter(|row: &Vec<String>| !row.is_empty())
        .collect();
    let ends: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row.first().map_or("", |at| at), row.last().map_or("", |at| at)))
        .collect();
    assert_eq!(
        ends,
        [
            ("as assumed", "Tier 4"),
            ("token_gate", "Tier 3"),
            ("gateway_replicas", "none"),
            ("clock", "not tried"),
            ("debt", "not tried"),
            ("debt", "Tier 4"),
        ]
    );
    assert_eq!(table.matches("not run").count(), 2);
    let of = |name: &str| Sensitivity::of(&study).unwrap().matters(name);
    assert_eq!(
        [of("token_gate"), of("clock"), of("debt"), of("other")],
        [Some("high"), Some("medium"), Some("low"), None]
    );
}

/// The words of a piece of markup, after the rest of a tag that it may begin with.
fn words(markup: &str) -> String {
    let mut said = String::new();
    let mut inside = markup.starts_with(|letter: char| "dhr".contains(letter));
    for letter in markup.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ if inside => {}
            _ => said.push(letter),
        }
    }
    said.trim().to_owned()
}
