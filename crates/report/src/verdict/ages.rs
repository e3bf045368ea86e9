//! What a run comes to in the later ages of the service: without tiers, with failures beside 429s,
//! behind gates, on endpoints, and where something happened.

use limits::Span;
use run_record::{
    CapacityNote, CellKey, Counted, EndpointNote, EventNote, GateNote, Header, RunRecord,
};

use super::lines;
use crate::numbers::THIN;
use crate::sample::{self, Told, record_with, without_tiers};

/// As a terminal shows it, with plain spaces so that snapshots are legible.
fn shown(record: &RunRecord) -> String {
    let verdict = lines(record);
    for text in std::iter::once(verdict.sentence_text())
        .chain(verdict.facts.iter().map(|fact| fact.text.clone()))
    {
        for sentence in text.replace(THIN, " ").split(". ") {
            let words = sentence.split(' ').count();
            assert!(words <= 35, "{words} words: {sentence}");
        }
    }
    verdict.to_text(78).replace(THIN, " ")
}

/// The same in one line.
fn said(record: &RunRecord) -> String {
    shown(record).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fine() -> Told {
    Told { in_time: 999, by_dynamic: 10, ..Told::default() }
}

fn refused() -> Told {
    Told { in_time: 300, late: 50, by_dynamic: 900, failed: 60, ..Told::default() }
}

fn short_of_room() -> Told {
    Told { in_time: 600, failed: 500, by_dynamic: 20, ..Told::default() }
}

#[test]
fn a_launch_learns_which_past_hour_would_be_enough_and_what_needs_none() {
    let cells = [
        ("past-0/min", "give-up", vec![refused(); 3]),
        ("past-0/min", "own-bucket", vec![refused(); 3]),
        ("past-300/min", "own-bucket", vec![fine(); 3]),
    ];
    insta::assert_snapshot!(shown(&record_with(without_tiers, &cells)));
}

#[test]
fn a_past_hour_that_is_enough_is_named() {
    let yours = |header: &mut Header| {
        without_tiers(header);
        header.tier = Some("past-1200/min".to_owned());
    };
    let cells = [
        ("past-0/min", "own-bucket", vec![refused(); 3]),
        ("past-300/min", "own-bucket", vec![fine(); 3]),
        ("past-1200/min", "own-bucket", vec![fine(); 3]),
    ];
    insta::assert_snapshot!(shown(&record_with(yours, &cells)));
}

#[test]
fn an_account_is_judged_by_its_own_past_hour_and_not_sent_back_to_a_launch() {
    let outage = |header: &mut Header| {
        without_tiers(header);
        header.tier = Some("past-300/min".to_owned());
        header.events = vec![EventNote {
            says: "an outage of every model".to_owned(),
            begins: Span::from_secs(300),
            ends: Some(Span::from_secs(360)),
        }];
    };
    let few = Told { in_time: 999, by_dynamic: 20, failed: 60, sudden: true, ..Told::default() };
    let cells = ["past-0/min", "past-300/min", "past-1200/min"]
        .map(|past_hour| (past_hour, "give-up", vec![few.clone()]));
    let text = said(&record_with(outage, &cells));
    assert!(text.starts_with("With 300/min in the past hour, this traffic is carried"), "{text}");
    let why = "100 % of 429s and failures come during an outage of every model (05:00 to 06:00).";
    assert!(text.contains(why), "{text}");
    assert!(!text.contains("launch") && !text.contains("Nothing."), "{text}");
}

#[test]
fn where_every_past_hour_comes_to_the_same_the_model_is_said_to_lack_room() {
    let crowded = |header: &mut Header| {
        without_tiers(header);
        header.tier = Some("past-300/min".to_owned());
        header.capacity[0].left_tpm = 100_000;
    };
    let cells = ["past-0/min", "past-300/min", "past-1200/min"]
        .map(|past_hour| (past_hour, "give-up", vec![short_of_room()]));
    let text = said(&record_with(crowded, &cells));
    let claim = "No past hour carries this traffic: the model has no room for it. With 300/min in the \
                 past hour, “give-up” comes closest: 60 % of jobs in time, not 99 %.";
    assert!(text.starts_with(claim), "{text}");
    let why = "Why The busiest minute asks for 2.1 times the 100,000 TPM that other tenants leave";
    assert!(text.contains(why), "{text}");
    assert_eq!(text.matches("other tenants").count(), 1, "{text}");
}

#[test]
fn where_no_past_hour_is_enough_only_other_ways_are_left() {
    let cells = [
        ("past-0/min", "own-bucket", vec![refused()]),
        ("past-1200/min", "own-bucket", vec![short_of_room()]),
    ];
    insta::assert_snapshot!(shown(&record_with(without_tiers, &cells)));
}

#[test]
fn the_shipped_strategy_alone_can_miss_after_a_past_hour_too() {
    let ship = |header: &mut Header| {
        without_tiers(header);
        header.tier = Some("past-300/min".to_owned());
        header.ship = Some("give-up".to_owned());
    };
    let cells = [
        ("past-300/min", "give-up", vec![refused()]),
        ("past-300/min", "own-bucket", vec![fine()]),
    ];
    insta::assert_snapshot!(shown(&record_with(ship, &cells)));
}

#[test]
fn a_failure_at_or_below_the_dynamic_rate_is_the_platforms_fault_and_said_first_where_it_is_more() {
    let yours = |header: &mut Header| {
        without_tiers(header);
        header.tier = Some("past-1200/min".to_owned());
    };
    let text = said(&record_with(yours, &[("past-1200/min", "give-up", vec![short_of_room()])]));
    let failed = text.find("45 % of attempts fail with 503: at or below the dynamic rate").unwrap();
    let limited = text.find("The dynamic limit causes all the 429s").unwrap();
    assert!(failed < limited, "{text}");
    assert!(text.contains("so the platform is to blame, which had no room."), "{text}");
    assert!(text.contains("so the sender is to blame."), "{text}");
    assert!(!text.contains("other tenants"), "{text}");
    let crowded = |header: &mut Header| {
        yours(header);
        header.capacity[0].left_tpm = 100_000;
    };
    let text = said(&record_with(crowded, &[("past-1200/min", "give-up", vec![short_of_room()])]));
    let asks = "asks for 2.1 times the 100,000 TPM that other tenants leave of the model.";
    assert!(text.contains(asks), "{text}");
}

#[test]
fn failures_of_the_service_alone_are_told_where_nothing_is_dynamic() {
    let failing = Told { in_time: 950, failed: 50, ..Told::default() };
    let text = said(&record_with(|_| (), &[("build-2", "give-up", vec![failing.clone()])]));
    assert!(text.contains("5 % of attempts fail with 503, on the service’s own side."), "{text}");
    assert!(!text.contains("429s"), "{text}");
    let bounded = |header: &mut Header| {
        let note = CapacityNote { model: "another".to_owned(), tpm: 1, left_tpm: 1 };
        header.capacity = vec![note];
    };
    let text = said(&record_with(bounded, &[("build-2", "give-up", vec![failing])]));
    assert!(text.contains("fail with 503: the model had no room for them."), "{text}");
}

#[test]
fn a_gate_refuses_every_attempt_and_the_tier_that_it_takes_is_named() {
    let gated = |header: &mut Header| {
        let needs = "Tier 3".to_owned();
        header.ladder[1].gates =
            vec![GateNote { model: "black-forest-labs/FLUX.1.1-pro".to_owned(), needs }];
    };
    let barred = Told { barred: 1_000, ..Told::default() };
    let cells = [
        ("build-2", "give-up", vec![barred]),
        ("build-3", "give-up", vec![Told { in_time: 1_000, ..Told::default() }]),
    ];
    insta::assert_snapshot!(shown(&record_with(gated, &cells)));
}

#[test]
fn without_a_known_gate_a_403_is_a_key_without_access() {
    let barred = Told { barred: 1_000, ..Told::default() };
    let text = said(&record_with(|_| (), &[("build-2", "give-up", vec![barred])]));
    assert!(text.contains("100 % of attempts are answered 403: this key has no access."), "{text}");
}

#[test]
fn an_event_is_blamed_for_what_fell_due_meanwhile() {
    let restart = |header: &mut Header| {
        header.events = vec![EventNote {
            says: "a restart of chat".to_owned(),
            begins: Span::from_secs(120),
            ends: Some(Span::from_secs(180)),
        }];
    };
    let told = Told { in_time: 880, outage: true, late: 120, by_tokens: 3, ..Told::default() };
    let text = said(&record_with(restart, &[("build-2", "give-up", vec![told.clone()])]));
    assert!(
        text.contains("Of the jobs due during a restart of chat (02:00 to 03:00), 0 % are in time; of all others"),
        "{text}"
    );
    let nothing = said(&record_with(|_| (), &[("build-2", "give-up", vec![told])]));
    assert!(!nothing.contains("due during"), "{nothing}");
}

#[test]
fn an_endpoint_shares_no_limit_and_none_is_spoken_of() {
    let dedicated = |header: &mut Header| {
        let says = "1 replica of 2,500 tokens/s".to_owned();
        header.groups[0].endpoint =
            Some(EndpointNote { name: "h100".to_owned(), says, replica: None });
    };
    let slow = Told { in_time: 600, late: 400, failed: 100, ..Told::default() };
    // It is the same on every tier, so none is spoken of.
    let cells = ["build-1", "build-2"].map(|tier| (tier, "give-up", vec![slow.clone()]));
    let missed = shown(&record_with(dedicated, &cells));
    insta::assert_snapshot!(missed);
    assert!(!missed.contains("Tier") && !missed.contains("TPM"), "{missed}");
    let fine = Told { in_time: 1_000, ..Told::default() };
    let met = said(&record_with(dedicated, &[("build-2", "give-up", vec![fine])]));
    assert!(met.starts_with("The endpoint “h100” carries this traffic with “give-up”"), "{met}");
}

#[test]
fn an_endpoint_beside_the_shared_fleet_is_blamed_for_its_own_failures_and_no_tier_is() {
    let beside = |header: &mut Header| {
        let says = "1 replica of 2,500 tokens/s, started cold".to_owned();
        header.groups[1].endpoint =
            Some(EndpointNote { name: "own".to_owned(), says, replica: None });
        header.ways = vec![run_record::WayNote {
            name: "a dedicated endpoint".to_owned(),
            says: "It shares nothing.".to_owned(),
            costs: None,
            source: None,
            kind: None,
        }];
    };
    let shared = Told { in_time: 999, by_tokens: 10, ..Told::default() };
    let own = Told { in_time: 780, failed: 900, ..Told::default() };
    let cells = ["build-2", "build-3"].map(|tier| (tier, "give-up", [shared.clone(), own.clone()]));
    let text = shown(&sample::record_of_groups(beside, &cells));
    insta::assert_snapshot!(text);
    assert!(!text.contains("service’s own side") && !text.contains("dedicated"), "{text}");
    // An endpoint that does well is no reason to leave the ladder alone.
    let well = ["build-2", "build-3"].map(|tier| (tier, "give-up", [own.clone(), shared.clone()]));
    let text = said(&sample::record_of_groups(beside, &well));
    assert!(text.starts_with("No tier tested carries this traffic."), "{text}");
    assert!(text.contains("fail with 503, on the service’s own side."), "{text}");
}

#[test]
fn a_limit_without_windows_is_told_as_what_it_is() {
    let counted = |counted| {
        move |header: &mut Header| {
            for rung in &mut header.ladder {
                rung.limits[0].counted = counted;
            }
        }
    };
    let burst = Told { in_time: 600, by_requests: 900, by_tokens: 100, ..Told::default() };
    let text =
        |how| said(&record_with(counted(how), &[("build-2", "give-up", vec![burst.clone()])]));
    assert!(text(Counted::Opened).contains("but a window of 2 s admits only 60."));
    assert!(text(Counted::Aligned).contains("but a window of 2 s admits only 60."));
    assert!(text(Counted::Bucket).contains("but a bucket holds only 60 and fills in 2 s."));
    assert!(text(Counted::SlidingLog).contains("but any 2 s admit only 60."));
    assert!(text(Counted::SlidingCounter).contains("but any 2 s admit only about 60."));
    assert!(!text(Counted::Bucket).contains("window"));
}

#[test]
fn nothing_limited_means_nothing_short_either_where_models_have_bounds() {
    let record = record_with(without_tiers, &[("past-0/min", "give-up", vec![refused()])]);
    let header = record.header().clone();
    let key = CellKey::new(Some("past-0/min"), "give-up").without_limit();
    let mut cells = record.cells().to_vec();
    cells.push(sample::cell(&header, key, &[Told { in_time: 1_000, ..Told::default() }]));
    let text = said(&RunRecord::new(header, cells).unwrap());
    assert!(
        text.contains("Without any limit, shortage or failure, 100 % would be in time."),
        "{text}"
    );
}

#[test]
fn nothing_limited_means_no_endpoint_either_where_some_jobs_go_to_one() {
    let beside = |header: &mut Header| {
        let says = "1 replica, started cold".to_owned();
        header.groups[1].endpoint =
            Some(EndpointNote { name: "own".to_owned(), says, replica: None });
    };
    let fine = Told { in_time: 1_000, ..Told::default() };
    let own = Told { in_time: 780, failed: 900, ..Told::default() };
    let cells = [("build-2", "give-up", [fine.clone(), own])];
    let record = sample::record_of_groups(beside, &cells);
    let header = record.header().clone();
    let key = CellKey::new(Some("build-2"), "give-up").without_limit();
    let mut cells = record.cells().to_vec();
    cells.push(sample::cell_of_groups(&header, key, &[fine.clone(), fine]));
    let text = said(&RunRecord::new(header, cells).unwrap());
    let free = "Without any limit, shortage or failure, 100 % would be in time.";
    assert!(text.contains(free), "{text}");
}

#[test]
fn the_accounts_own_past_hour_is_told_in_words_where_it_was_not_run() {
    let told = |own: &str| {
        let yours = |header: &mut Header| {
            without_tiers(header);
            header.tier = Some(own.to_owned());
            header.ladder.retain(|rung| rung.tier == "past-1200/min");
        };
        said(&record_with(yours, &[("past-1200/min", "give-up", vec![fine()])]))
    };
    for (own, words) in [
        ("past-300/min", "the account’s own past hour, 300/min in the past hour, was not run."),
        ("past-1500/min", "the account’s own past hour, 1,500/min in the past hour, was not run."),
        ("past-5/s", "the account’s own past hour, 5/s in the past hour, was not run."),
        ("past-0/min", "the account’s own past hour, a launch, was not run."),
    ] {
        let text = told(own);
        assert!(text.contains(words) && !text.contains("ast-"), "{text}");
    }
}

#[test]
fn of_rungs_that_read_the_same_the_accounts_own_comes_closest() {
    let closest = |tier: &str, in_time: [u64; 3]| {
        let yours = |header: &mut Header| header.tier = Some(tier.to_owned());
        let told = |in_time| vec![Told { in_time, by_tokens: 200, ..Told::default() }];
        let tiers = ["build-1", "build-2", "build-3"].into_iter().zip(in_time);
        let cells: Vec<_> = tiers.map(|(tier, some)| (tier, "give-up", told(some))).collect();
        said(&record_with(yours, &cells))
    };
    let named = |text: &str, tier: &str| {
        let claim = format!("{tier} with “give-up” comes closest");
        assert!(text.contains(&claim), "{text}");
    };
    named(&closest("build-2", [800, 800, 800]), "Tier 2");
    named(&closest("build-3", [800, 803, 798]), "Tier 3");
    named(&closest("build-3", [800, 804, 796]), "Tier 3");
    // More than can be called the same, or on the other side of what was asked.
    named(&closest("build-3", [800, 810, 790]), "Tier 2");
    named(&closest("build-3", [980, 991, 989]), "Tier 2");
}
