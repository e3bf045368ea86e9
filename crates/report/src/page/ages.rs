//! The whole page in the later ages of the service.

use std::collections::BTreeSet;

use limits::Span;
use run_record::{
    CapacityNote, CellKey, Counted, EndpointNote, EventNote, Header, RuleOfThumb, RunRecord,
};

use super::tests::{page, text, values};
use crate::sample::{self, Told, record_of_groups, record_with, without_tiers};

fn event(says: &str, begins: u64, ends: Option<u64>) -> EventNote {
    EventNote {
        says: says.to_owned(),
        begins: Span::from_secs(begins),
        ends: ends.map(Span::from_secs),
    }
}

/// Three past hours, two strategies, an outage and a step; a second gateway would help.
fn launch_day() -> RunRecord {
    let change = |header: &mut Header| {
        without_tiers(header);
        header.events = vec![
            event("an outage of the model, with 0 % of its capacity left", 120, Some(180)),
            event("other tenants take 80 % of the model", 400, None),
        ];
    };
    let poor = Told {
        in_time: 420,
        late: 80,
        by_dynamic: 900,
        failed: 220,
        outage: true,
        ..Told::default()
    };
    let short = Told { in_time: 940, failed: 70, outage: true, ..Told::default() };
    let fine = Told { in_time: 999, by_dynamic: 5, ..Told::default() };
    let cells = [
        ("past-0/min", "give-up", vec![poor.clone(); 3]),
        ("past-0/min", "pace-by-headers", vec![poor; 3]),
        ("past-300/min", "give-up", vec![short.clone(); 3]),
        ("past-300/min", "pace-by-headers", vec![short; 3]),
        ("past-1200/min", "give-up", vec![fine.clone(); 3]),
        ("past-1200/min", "pace-by-headers", vec![fine.clone(); 3]),
    ];
    let record = record_with(change, &cells);
    let header = record.header().clone();
    let mut cells = record.cells().to_vec();
    let key = CellKey::new(Some("past-0/min"), "pace-by-headers");
    cells.push(sample::cell(
        &header,
        key.clone().assuming("gateway_replicas", "2"),
        std::slice::from_ref(&fine),
    ));
    let some = Told { in_time: 600, by_dynamic: 500, ..Told::default() };
    cells.push(sample::cell(&header, key.assuming("model_capacity", "5000/s"), &[some]));
    RunRecord::new(header, cells).unwrap()
}

#[test]
fn what_the_page_of_a_launch_without_tiers_says() {
    let html = page(&launch_day());
    let said = text(&html);
    insta::assert_snapshot!(said);
    for untrue in ["Tier", " tier ", "tiers", "window"] {
        assert!(!said.contains(untrue), "{untrue}");
    }
}

#[test]
fn its_links_lead_somewhere_and_its_classes_have_rules() {
    let html = page(&launch_day());
    let names: BTreeSet<&str> = values(&html, "id").into_iter().collect();
    for href in values(&html, "href") {
        assert!(names.contains(href.strip_prefix('#').unwrap()), "{href}");
    }
    let known: BTreeSet<&str> = html
        .split_once("</style>")
        .unwrap()
        .0
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '.'))
        .flat_map(|word| word.split('.').skip(1))
        .collect();
    for class in values(&html, "class").iter().flat_map(|classes| classes.split_whitespace()) {
        assert!(known.contains(class), "no rule for .{class}");
    }
}

#[test]
fn events_are_marked_on_the_charts_over_time_and_named_in_their_keys() {
    let html = page(&launch_day());
    assert!(html.contains("class=\"event\"") && html.contains("class=\"event-line\""));
    let said = text(&html);
    assert!(
        said.contains("A an outage of the model, with 0 % of its capacity left, 02:00 to 03:00"),
        "{said}"
    );
    assert!(said.contains("B other tenants take 80 % of the model, from 06:40 on"), "{said}");
    let none =
        page(&record_with(without_tiers, &[("past-0/min", "give-up", vec![Told::default()])]));
    assert!(!none.contains("class=\"event"), "no event, no mark");
}

#[test]
fn an_event_that_brings_the_429s_is_not_told_as_a_burst_of_the_sender() {
    let outage = |header: &mut Header| {
        without_tiers(header);
        header.tier = Some("past-1200/min".to_owned());
        header.events = vec![event("an outage of every model", 300, Some(360))];
    };
    let some = Told { in_time: 900, by_dynamic: 90, sudden: true, ..Told::default() };
    let told =
        |some| text(&page(&record_with(outage, &[("past-1200/min", "give-up", vec![some])])));
    let said = told(some.clone());
    assert!(said.contains("gives: what it meets comes with event A"), "{said}");
    assert!(!said.contains("shorter bursts"), "{said}");
    let evenly = told(Told { sudden: false, ..some });
    assert!(evenly.contains("yet shorter bursts do not"), "{evenly}");
}

#[test]
fn a_failure_has_a_column_and_a_fill_of_its_own_beside_429s() {
    let html = page(&launch_day());
    let said = text(&html);
    assert!(said.contains("429s and 503s by past hour: share of attempts, %"), "{said}");
    assert!(said.contains("429s and failures over time on a launch"), "{said}");
    assert!(html.contains("f-failed"));
    let calm = page(&crate::sample::launch());
    assert!(!calm.contains("class=\"f-failed\"") && !text(&calm).contains("503"));
}

#[test]
fn a_reading_that_moves_the_verdict_is_named_with_what_it_takes_as_assumed() {
    let said = text(&page(&launch_day()));
    assert!(
        said.contains(
            "Under gateway_replicas 2, “pace-by-headers” meets everything on a launch; as assumed, \
             it takes 1,200/min in the past hour."
        ),
        "{said}"
    );
    assert!(!said.contains("Under model_capacity"), "it moves no verdict: {said}");
    assert_eq!(said.matches("Under gateway_replicas 2").count(), 2, "beneath the verdict, too");
    assert!(
        said.contains(
            "Nobody outside the service knows how much a model can do (20000/s here) and how many \
             gateways count for themselves (1 here)."
        ),
        "{said}"
    );
}

#[test]
fn a_reading_under_which_it_fails_is_named_too() {
    let record = record_with(
        |_| (),
        &[("build-2", "pace-by-headers", vec![Told { in_time: 1_000, ..Told::default() }])],
    );
    let header = record.header().clone();
    let mut cells = record.cells().to_vec();
    let key = CellKey::new(Some("build-2"), "pace-by-headers").assuming("gateway_replicas", "2");
    cells.push(sample::cell(&header, key, &[Told { in_time: 500, ..Told::default() }]));
    let said = text(&page(&RunRecord::new(header, cells).unwrap()));
    let moved = "Under gateway_replicas 2, “pace-by-headers” no longer meets everything on Tier 2.";
    assert!(said.contains(moved), "{said}");
    assert!(said.contains("Tier 2 hangs on gateway_replicas"), "{said}");
}

#[test]
fn headroom_is_a_table_with_the_editions_rule_of_thumb_where_it_has_one() {
    let told = |percent: Option<u8>, left: Option<u8>| {
        let rule = move |header: &mut Header| {
            header.rule_of_thumb =
                percent.map(|remaining_percent| RuleOfThumb { remaining_percent });
        };
        let fine = Told { in_time: 1_000, left, ..Told::default() };
        text(&page(&record_with(rule, &[("build-2", "give-up", vec![fine])])))
    };
    let plenty = told(Some(30), Some(55));
    for said in [
        "Headroom on Tier 2",
        "above 30 % left at the peak, no larger tier is needed. “give-up” leaves 55.0 % at the \
         peak: by that rule, no larger tier is needed.",
        "give-up 55.0 % 55.0 %",
        "What was left of the tightest limit",
    ] {
        assert!(plenty.contains(said), "{said}: {plenty}");
    }
    assert!(told(Some(30), Some(30)).contains("by that rule, a larger tier is due."));
    assert!(!told(None, Some(30)).contains("Rule of thumb"));
    assert!(!told(Some(30), None).contains("eadroom"), "nothing was limited");
}

#[test]
fn a_group_on_an_endpoint_of_its_own_presses_on_no_limit() {
    let dedicated = |header: &mut Header| {
        let says = "1 to 4 replicas of 2,500 tokens/s each".to_owned();
        header.groups[1].endpoint =
            Some(EndpointNote { name: "h100".to_owned(), says, replica: None });
    };
    let one = || Told { in_time: 1_000, ..Told::default() };
    let both = text(&page(&record_of_groups(|_| (), &[("build-2", "give-up", [one(), one()])])));
    let alone =
        text(&page(&record_of_groups(dedicated, &[("build-2", "give-up", [one(), one()])])));
    assert!(both.contains("asks for 171 % of TPM") || both.contains("times the tokens"), "{both}");
    assert!(alone.contains("The busiest minute asks for 86 % of TPM"), "{alone}");
    assert!(
        alone.contains(
            "batch on the dedicated endpoint “h100”: 1 to 4 replicas of 2,500 tokens/s each"
        ),
        "{alone}"
    );
    assert!(alone.contains("It has no limits and shows none"), "{alone}");
}

#[test]
fn where_all_jobs_go_to_endpoints_no_limit_is_drawn_or_listed() {
    let dedicated = |header: &mut Header| {
        let says = "1 replica of 2,500 tokens/s".to_owned();
        header.groups[0].endpoint =
            Some(EndpointNote { name: "h100".to_owned(), says, replica: None });
        header.ladder.retain(|rung| rung.tier == "build-2");
        header.ladder[0].limits.clear();
    };
    let told = Told { in_time: 700, late: 300, ..Told::default() };
    let said = text(&page(&record_with(dedicated, &[("build-2", "give-up", vec![told])])));
    assert!(said.contains("Which strategy on the endpoint “h100”"), "{said}");
    for untrue in ["Limits of the tiers", "asked for, per minute", "Tier 2", "Only one"] {
        assert!(!said.contains(untrue), "{untrue}: {said}");
    }
}

#[test]
fn limits_that_are_no_windows_are_listed_as_what_they_are() {
    let bucket = |header: &mut Header| {
        for rung in &mut header.ladder {
            rung.limits[0].counted = Counted::Bucket;
        }
    };
    let told = Told { in_time: 995, by_requests: 500, ..Told::default() };
    let said = text(&page(&record_with(bucket, &[("build-2", "give-up", vec![told])])));
    assert!(said.contains("requests at once"), "{said}");
    assert!(said.contains("60, back within 2 s"), "{said}");
    assert!(said.contains("yet shorter bursts do not"), "{said}");
    assert!(!said.contains("a window") && !said.contains("windows"), "{said}");
}

#[test]
fn a_dynamic_rate_is_told_in_round_numbers() {
    let odd = |header: &mut Header| {
        without_tiers(header);
        for rung in &mut header.ladder {
            rung.limits[0].tpm = rung.limits[0].tpm.map(|tpm| tpm + 7_520);
        }
    };
    let told = Told { in_time: 995, ..Told::default() };
    let said = text(&page(&record_with(odd, &[("past-300/min", "give-up", vec![told])])));
    assert!(said.contains("dynamic 600 RPM, 608k TPM"), "{said}");
}

#[test]
fn what_other_tenants_leave_of_a_model_stands_beside_its_limits() {
    let bounded = |header: &mut Header| {
        let model = header.groups[0].model.clone();
        header.capacity = vec![CapacityNote { model, tpm: 600_000, left_tpm: 240_000 }];
    };
    let told = Told { in_time: 995, by_tokens: 500, ..Told::default() };
    let html = page(&record_with(bounded, &[("build-2", "give-up", vec![told])]));
    assert!(text(&html).contains("other tenants leave 240k of the model"));
    assert!(html.contains("limit-left") && html.contains("left 240k"));
}
