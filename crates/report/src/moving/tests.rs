//! What the section finds, for each way in which a run can come out.

use run_record::{Header, RunRecord};

use super::words;
use crate::numbers::THIN;
use crate::page::Page;
use crate::sample::money::{beside, fee, jobless};
use crate::sample::{
    Told, growing, growing_with, launch, record_with, usual, with_ways, without_tiers,
};
use crate::study::Study;
use crate::verdict;

/// The finding, and the facts that rest on the same figures.
fn said(record: &RunRecord) -> String {
    let study = Study::of(record);
    let facts = verdict::lines(record).facts.into_iter();
    let facts: Vec<String> = facts
        .filter(|fact| ["Do", "Room"].contains(&fact.name))
        .map(|fact| format!("{}: {}", fact.name, fact.text))
        .collect();
    let finding = words::finding(&study);
    assert!(finding.split(' ').count() <= 24, "{finding}");
    format!("{finding}\n{}", facts.join("\n")).replace(THIN, " ")
}

/// What the section shows, as text; none where there is no section.
fn section(record: &RunRecord) -> Option<String> {
    let html = Page::from_runs(std::slice::from_ref(record)).to_html();
    let (_, rest) = html.split_once(r#"id="moving">"#)?;
    let (section, _) = rest.split_once("</section>")?;
    Some(crate::page::tests::text(&format!("</style>{section}")).replace(THIN, " "))
}

#[test]
fn another_tier_is_moved_to_and_the_next_one_before_the_traffic_outgrows_it() {
    let record = growing_with("build-2", &[20, 75, 100, 150, 400], with_ways);
    insta::assert_snapshot!(said(&record));
    insta::assert_snapshot!("ways_of_another_tier", section(&record).unwrap());
}

#[test]
fn the_accounts_own_tier_is_kept_until_the_traffic_outgrows_it() {
    insta::assert_snapshot!(said(&growing("build-3", &[20, 75, 100, 150, 400])));
    insta::assert_snapshot!(
        "own_tier_with_room",
        said(&growing("build-4", &[10, 20, 30, 150, 175]))
    );
}

#[test]
fn a_smaller_tier_would_do_as_far_as_it_carries() {
    insta::assert_snapshot!(said(&growing("build-4", &[20, 75, 150, 300, 400])));
}

#[test]
fn where_no_tier_is_enough_the_largest_part_that_one_carries_is_told() {
    let record = growing_with("build-2", &[10, 20, 30, 60, 80], with_ways);
    insta::assert_snapshot!(said(&record));
    let nothing = growing("build-2", &[5, 10, 12, 15, 20]);
    insta::assert_snapshot!("not_even_the_least", said(&nothing));
}

#[test]
fn without_growth_only_the_traffic_as_it_is_written_is_told() {
    insta::assert_snapshot!(said(&launch()));
}

#[test]
fn past_hours_are_grown_into_and_not_bought() {
    let fine = || vec![Told { in_time: 1_000, ..Told::default() }; 3];
    let refused = || vec![Told { in_time: 300, by_dynamic: 900, ..Told::default() }; 3];
    let cells = [
        ("past-0/min", "own-bucket", refused()),
        ("past-300/min", "own-bucket", refused()),
        ("past-1200/min", "own-bucket", fine()),
    ];
    let record = record_with(without_tiers, &cells);
    insta::assert_snapshot!(said(&record));
    insta::assert_snapshot!("ways_without_tiers", section(&record).unwrap());
}

#[test]
fn where_nothing_was_asked_no_tier_is_enough_or_too_little() {
    let unasked = |header: &mut Header| header.expectations.clear();
    let text = section(&growing_with("build-2", &[20, 75, 100, 150, 400], unasked)).unwrap();
    insta::assert_snapshot!(text);
    assert!(!text.contains("enough") && !text.contains("Carries up to"), "{text}");
}

#[test]
fn an_endpoint_alone_has_a_break_even_and_no_ladder() {
    let own = |header: &mut Header| {
        let noted = beside();
        header.groups = vec![noted.header().groups[1].clone()];
        header.expectations = usual();
    };
    let cells = [("build-2", "own-bucket", vec![Told { in_time: 1_000, ..Told::default() }; 2])];
    let text = section(&record_with(own, &cells)).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn one_tier_alone_has_no_ladder_and_the_command_that_hid_the_others_is_told() {
    let alone = |header: &mut Header| {
        with_ways(header);
        header.command = "tierlab simulate a.toml --tier build-3".to_owned();
    };
    let text = section(&growing_with("build-1", &[150], alone)).unwrap();
    assert!(!text.contains("Answered in time by tier"), "{text}");
    assert!(text.contains("Run without --tier to see the other tiers."), "{text}");
    assert!(text.contains("Tier 1 is enough for 150 % of this traffic"), "{text}");
}

#[test]
fn money_without_jobs_moves_nowhere() {
    let record = jobless(vec![fee("endpoint", "h100", "$95.76", Some(1_440))]);
    assert_eq!(section(&record), None);
}
