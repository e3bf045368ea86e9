//! The league, the fleet and recovery, on whole pages.

use std::collections::BTreeSet;

use run_record::{CellKey, Header, RunRecord};

use super::tests::{page, text, values, with_rules};
use crate::sample::fleet::{forty, neighbours};
use crate::sample::league::league;
use crate::sample::{self, Served, Told, launch, record_with};

/// What a reader sees of one section.
fn section(html: &str, id: &str) -> String {
    let begin = format!("<section class=\"section\" id=\"{id}\">");
    let rest = html.split_once(&begin).unwrap_or_else(|| panic!("no section {id}")).1;
    text(&format!("</style>{}", rest.split_once("</section>").unwrap().0))
}

#[test]
fn what_the_league_says() {
    let record = league(6, 3, &["50%", "100%", "150%"], 4);
    insta::assert_snapshot!(section(&page(&record), "league"));
}

#[test]
fn with_one_seed_the_league_says_that_it_proves_little() {
    let said = section(&page(&league(3, 1, &["100%", "200%"], 1)), "league");
    assert!(said.contains("but one seed proves little"), "{said}");
    assert!(!said.contains("95 % interval") && !said.contains("Points behind"), "{said}");
}

#[test]
fn of_one_strategy_only_the_load_is_told() {
    let said = section(&page(&league(1, 2, &["50%", "100%", "200%"], 2)), "league");
    assert!(
        said.contains("“own-bucket” on Tier 2: 100 % in time at 50 %, 42 % at 200 %"),
        "{said}"
    );
    assert!(!said.contains("Rank") && !said.contains("Lead"), "{said}");
}

#[test]
fn ties_for_the_lead_are_said_to_be_ties() {
    let same = Told { in_time: 990, ..Told::default() };
    let less = Told { in_time: 700, ..Told::default() };
    let record = record_with(
        |_| (),
        &[
            ("build-2", "own-bucket", vec![same.clone(), same.clone()]),
            ("build-2", "full-jitter", vec![same.clone(), same.clone()]),
            ("build-2", "give-up", vec![less.clone(), less.clone()]),
        ],
    );
    let mut cells = record.cells().to_vec();
    for name in ["own-bucket", "full-jitter", "give-up"] {
        let key = CellKey::new(Some("build-2"), name).at_load("50%");
        cells.push(sample::cell(record.header(), key, &[same.clone(), same.clone()]));
    }
    let record = RunRecord::new(record.header().clone(), cells).unwrap();
    let said = section(&page(&record), "league");
    let heading = "“full-jitter” and “own-bucket” lead on Tier 2, and nothing tells them apart";
    assert!(said.contains(heading), "{said}");
    assert!(!said.contains("Of them"), "both lose as little elsewhere: {said}");
    assert!(said.contains("1, tied\nown-bucket") && said.contains("3\ngive-up"), "{said}");
    assert!(
        said.contains("Under 1 of 2 conditions nobody differs, whichever ships: 50 %."),
        "{said}"
    );
}

#[test]
fn of_tied_leaders_the_one_that_loses_least_elsewhere_is_named() {
    let runs = |in_time| vec![Told { in_time, ..Told::default() }; 2];
    let record = record_with(
        |_| (),
        &[
            ("build-2", "own-bucket", runs(990)),
            ("build-2", "full-jitter", runs(990)),
            ("build-2", "give-up", runs(700)),
        ],
    );
    let mut cells = record.cells().to_vec();
    for (name, in_time) in [("own-bucket", 800), ("full-jitter", 600), ("give-up", 810)] {
        let key = CellKey::new(Some("build-2"), name).at_load("150%");
        cells.push(sample::cell(record.header(), key, &runs(in_time)));
    }
    let record = RunRecord::new(record.header().clone(), cells).unwrap();
    let said = section(&page(&record), "league");
    let breaks =
        "Of them, “own-bucket” loses least elsewhere: at worst 1.0 points, on Tier 2 at 150 %.";
    assert!(said.contains(breaks), "{said}");
}

#[test]
fn the_strategy_that_ships_is_told_its_place() {
    let record = league(6, 2, &["100%", "150%"], 3);
    let mut header: Header = record.header().clone();
    header.ship = Some("give-up".to_owned());
    let record = RunRecord::new(header, record.cells().to_vec()).unwrap();
    let said = section(&page(&record), "league");
    assert!(said.contains("“give-up”, which is meant to ship, comes 6th of 6, "), "{said}");
}

#[test]
fn forty_strategies_leave_a_page_that_can_be_read() {
    let html = page(&league(40, 5, &["50%", "100%", "150%", "200%"], 2));
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
    let said = text(&html);
    assert!(said.contains(
        "Shown are 10 of 40 strategies: the best of each tier, and those that people know."
    ));
    // Charts carry the choice, the league carries all.
    let league = section(&html, "league");
    let by_tier = section(&html, "by-tier");
    let (apart, left) = league.split_once("Every rank, under ").unwrap();
    assert_eq!(apart.matches("variant-33-of-the-house").count(), 2);
    let (told, _) = left.split_once(" of 20 conditions").unwrap();
    let told: usize = told.parse().unwrap();
    assert!(0 < told && told < 20 && left.contains("Left out are the conditions"), "{told}");
    assert_eq!(left.matches("variant-33-of-the-house").count(), told);
    assert!(by_tier.matches("variant-").count() < 200, "{by_tier}");
}

#[test]
fn what_the_page_of_forty_clients_says() {
    let html = page(&forty());
    insta::assert_snapshot!([section(&html, "fleet"), section(&html, "recovery")].join("\n\n"));
}

#[test]
fn under_another_reading_the_fleet_is_told_again() {
    let record = forty();
    let header = record.header().clone();
    let mut cells = record.cells().to_vec();
    let even = Served { clients: vec![(25, 25); 40], herd: (100, 1_000), ..Served::default() };
    let told = [Told { in_time: 1_000, served: even, ..Told::default() }];
    for name in ["own-bucket", "full-jitter", "together-py"] {
        let key = CellKey::new(Some("build-2"), name).assuming("gateway_replicas", "2");
        cells.push(sample::cell(&header, key, &[told[0].clone(), told[0].clone()]));
    }
    let said = section(&page(&RunRecord::new(header, cells).unwrap()), "fleet");
    let under =
        "Under gateway_replicas 2: all serve as many in time; nobody starves; nobody herds.";
    assert!(said.contains(under), "{said}");
    assert_eq!(
        said.matches("together-py serves all alike, spreads out 100 %").count(),
        1,
        "{said}"
    );
}

#[test]
fn neighbours_stand_beside_each_other() {
    insta::assert_snapshot!(section(&page(&neighbours()), "fleet"));
}

#[test]
fn hedges_and_what_was_answered_elsewhere_are_told_where_there_are_any() {
    let served = |hedges, elsewhere| Served { hedges, elsewhere, ..Served::default() };
    let told = |served| vec![Told { in_time: 1_000, served, ..Told::default() }];
    let record = record_with(
        |_| (),
        &[
            ("build-2", "hedge", told(served((20, 12), 0))),
            ("build-2", "fallback", told(served((0, 0), 55))),
        ]
        .map(|(tier, name, told)| {
            (tier, if name == "hedge" { "own-bucket" } else { "give-up" }, told)
        }),
    );
    let said = section(&page(&record), "recovery");
    assert!(
        said.contains(
            "“own-bucket” hedges 2 % of its first attempts, and 60 % of those hedges win"
        ),
        "{said}"
    );
    assert!(said.contains("give-up 1.00 0 % none 5.5 %"), "{said}");
}

#[test]
fn a_page_without_any_of_it_has_nothing_of_it() {
    let html = page(&launch());
    for part in
        ["id=\"league\"", "id=\"fleet\"", "id=\"recovery\"", "is-rank", "is-fairness", ".heat"]
    {
        assert!(!html.contains(part), "{part}");
    }
}

#[test]
fn their_links_lead_somewhere_and_their_classes_have_rules() {
    for html in [
        page(&league(12, 2, &["50%", "100%"], 2)),
        page(&league(1, 2, &["50%", "100%"], 1)),
        page(&forty()),
        page(&neighbours()),
    ] {
        let names: BTreeSet<&str> = values(&html, "id").into_iter().collect();
        for href in values(&html, "href") {
            assert!(names.contains(href.strip_prefix('#').unwrap()), "{href}");
        }
        let known = with_rules(&html);
        for class in values(&html, "class").iter().flat_map(|classes| classes.split_whitespace()) {
            assert!(known.contains(class), "no rule for .{class}");
        }
    }
}

#[test]
fn whoever_runs_many_clients_reads_about_them_before_the_tiers() {
    let html = page(&forty());
    let place = |part: &str| html.find(part).unwrap();
    assert!(place("id=\"verdict\"") < place("id=\"fleet\""));
    assert!(place("id=\"fleet\"") < place("id=\"by-tier\""));
    assert!(place("href=\"#fleet\"") < place("href=\"#by-tier\""));
}

#[test]
fn where_nobody_herds_the_most_is_told() {
    let record = forty();
    let header = record.header().clone();
    let mut cells = record.cells().to_vec();
    let bunched = Served { clients: vec![(25, 25); 40], herd: (150, 1_000), ..Served::default() };
    let told = Told { in_time: 1_000, served: bunched, ..Told::default() };
    for name in ["own-bucket", "full-jitter", "together-py"] {
        let key = CellKey::new(Some("build-2"), name).assuming("gateway_replicas", "2");
        cells.push(sample::cell(&header, key, &[told.clone(), told.clone()]));
    }
    let said = section(&page(&RunRecord::new(header, cells).unwrap()), "fleet");
    assert!(said.contains("nobody herds (at most 1.5 times after a reset)."), "{said}");
}

#[test]
fn who_recovers_is_not_told_where_nothing_is_known_of_before() {
    let record = forty();
    let mut header = record.header().clone();
    header.events[0].begins = limits::Span::ZERO;
    let said =
        section(&page(&RunRecord::new(header, record.cells().to_vec()).unwrap()), "recovery");
    assert!(said.contains("Nobody can tell who recovers") && !said.contains("at once"), "{said}");
}

#[test]
fn leaders_that_differ_are_too_close_for_the_seeds_and_not_the_same() {
    let runs = |each: [u64; 2]| each.map(|in_time| Told { in_time, ..Told::default() }).to_vec();
    let record = record_with(
        |_| (),
        &[
            ("build-2", "own-bucket", runs([1_000, 970])),
            ("build-2", "full-jitter", runs([975, 985])),
            ("build-2", "give-up", runs([700, 700])),
        ],
    );
    let mut cells = record.cells().to_vec();
    for name in ["own-bucket", "full-jitter", "give-up"] {
        let key = CellKey::new(Some("build-2"), name).at_load("50%");
        cells.push(sample::cell(record.header(), key, &runs([1_000, 1_000])));
    }
    let record = RunRecord::new(record.header().clone(), cells).unwrap();
    let said = section(&page(&record), "league");
    assert!(said.contains("lead on Tier 2, too close for 2 seeds to tell apart"), "{said}");
}

#[test]
fn refusals_of_some_are_told_as_theirs() {
    let told = |by_requests| vec![Told { in_time: 1_000, by_requests, ..Told::default() }];
    let record = record_with(
        |_| (),
        &[
            ("build-2", "own-bucket", told(0)),
            ("build-2", "give-up", told(90)),
            ("build-3", "own-bucket", told(0)),
            ("build-3", "give-up", told(40)),
        ],
    );
    let html = page(&record);
    let said = section(&html, "by-tier");
    assert!(said.contains("429s remain on every tier with one of two strategies"), "{said}");
    let said = text(&html);
    assert!(
        said.contains("The request limit causes all the 429s that “give-up” meets on Tier 2."),
        "{said}"
    );
}
