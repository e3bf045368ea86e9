//! What happens to the service while a run goes on, endpoints of one's own, and limits that the
//! file gives: against what is worked out by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use limits::{Instant, Per, Rate, Requests, Span, Tokens};
use rulebook::{Millionths, Rulebook};
use run_record::Driver;
use scenario::{Change, Happening, Origin, Scenario, check, check_endpoints};
use strategies::FirstSend;

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const SMALL: &str = "openai/gpt-oss-20b";
const LARGE: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

fn parsed(text: &str) -> Scenario {
    Scenario::parse("test.toml", text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

/// An hour of two models on Build Tier 2, with these lines before and after the groups.
fn hour(head: &str, tail: &str) -> Scenario {
    let group = |model: &str| {
        format!(
            "[[group]]\nname = \"{model}\"\nmodel = \"{model}\"\nprompt = 900\nanswer = 100\n\
             traffic = {{ poisson = {{ rate = \"2/s\", lasts = \"1h\" }} }}\n"
        )
    };
    let (small, large) = (group(SMALL), group(LARGE));
    parsed(&format!(
        "title = \"T\"\nedition = \"2025-11\"\n{head}\n[account]\ntier = \"build-2\"\n{small}{large}{tail}"
    ))
}

/// The course of an hour with these events, each as its minute and what changes.
fn course(events: &[(&str, &str)]) -> Vec<(u64, String)> {
    let line = |(at, what): &(&str, &str)| format!("[[event]]\nat = \"{at}\"\n{what}\n");
    let events: Vec<String> = events.iter().map(line).collect();
    let events = events.concat();
    let scenario = hour("", &events);
    let course = scenario.course(&scenario.tier, &scenario.assumptions);
    course.iter().map(|Happening { at, what }| (at.nanos() / 60_000_000_000, said(what))).collect()
}

fn said(what: &Change) -> String {
    let of = |model: &Option<rulebook::Model>| {
        let name = model.as_ref().map_or("all", rulebook::Model::name);
        if name == SMALL {
            "small"
        } else if name == LARGE {
            "large"
        } else {
            "all"
        }
    };
    let percent = |share: &Millionths| f64::from(share.0) / 10_000.0;
    match what {
        Change::Capacity { model, share } => format!("{} {}%", of(model), percent(share)),
        Change::Others { model, share } => format!("others of {} {}%", of(model), percent(share)),
        Change::Failing { share } => format!("failing {}%", percent(share)),
        Change::Blocked(blocked) => format!("blocked {blocked}"),
        Change::Account(transaction) => transaction.to_string(),
        Change::MonthEnds => "a month ends".to_owned(),
        Change::Collects => "an invoice is collected".to_owned(),
        Change::FineTune { name, cost } => format!("{name} costs {cost}"),
        Change::Evaluation { name, cost } => format!("judging {name} costs {cost}"),
        Change::Tier { tier, .. } => tier.name().to_owned(),
        Change::Limits { model, requests, tokens } => {
            let of = of(&Some(model.clone()));
            format!("{of} {:?} {:?}", requests.map(Rate::per_minute), tokens.map(Rate::per_minute))
        }
    }
}

fn expected(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
    lines.iter().map(|(at, what)| (*at, (*what).to_owned())).collect()
}

#[test]
fn an_outage_takes_capacity_and_gives_it_back() {
    let told = course(&[("10m", "outage = { lasts = \"5m\", left = \"12.5%\" }")]);
    assert_eq!(told, expected(&[(10, "all 12.5%"), (15, "all 100%")]));
    let usual = course(&[("10m", "outage = { lasts = \"5m\" }")]);
    assert_eq!(usual[0], (10, "all 0%".to_owned()), "nothing is left unless it is said");
}

#[test]
fn after_an_outage_the_last_step_holds_even_if_it_came_meanwhile() {
    let told = course(&[
        ("5m", "capacity = { share = \"80%\" }"),
        ("10m", "outage = { lasts = \"5m\" }"),
        ("12m", "capacity = { share = \"60%\" }"),
    ]);
    assert_eq!(told, expected(&[(5, "all 80%"), (10, "all 0%"), (15, "all 60%")]));
}

#[test]
fn an_outage_of_every_model_leaves_the_step_of_one() {
    let told = course(&[
        ("5m", &format!("capacity = {{ model = \"{SMALL}\", share = \"50%\" }}")),
        ("10m", "outage = { lasts = \"5m\" }"),
    ]);
    let after = [(5, "small 50%"), (10, "all 0%"), (15, "all 100%"), (15, "small 50%")];
    assert_eq!(told, expected(&after));
}

#[test]
fn an_outage_raises_nothing_where_a_step_is_lower() {
    let events = [
        ("10m", "capacity = { share = \"10%\" }"),
        ("20m", "outage = { lasts = \"10m\", left = \"80%\" }"),
    ];
    assert_eq!(course(&events), expected(&[(10, "all 10%")]));
}

#[test]
fn two_steps_in_one_instant_are_refused() {
    let step =
        |share: &str| format!("[[event]]\nat = \"5m\"\ncapacity = {{ share = \"{share}\" }}\n");
    let text = hour("", &step("50%")).text + &step("10%");
    let refused = Scenario::parse("test.toml", &text, &RULEBOOK).unwrap_err().to_string();
    assert!(refused.contains("two events of `capacity` in one instant"), "{refused}");
}

#[test]
fn an_outage_that_lasts_to_the_end_is_never_over() {
    let told = course(&[("50m", "outage = { lasts = \"10m\" }")]);
    assert_eq!(told, expected(&[(50, "all 0%")]), "nobody is there to see it end");
}

#[test]
fn other_tenants_follow_their_curve_and_the_last_word_holds() {
    let told = course(&[
        ("0s", "others = { every = \"10m\", shares = [\"20%\", \"80%\", \"80%\", \"30%\"] }"),
        ("35m", &format!("others = {{ model = \"{LARGE}\", share = \"90%\" }}")),
    ]);
    let curve = [(0, "others of all 20%"), (10, "others of all 80%"), (30, "others of all 30%")];
    let large = [(35, "others of large 90%")];
    assert_eq!(told, expected(&[&curve[..], &large[..]].concat()));
}

#[test]
fn limits_that_move_are_told_of_each_model() {
    let told = course(&[
        ("5m", "limits = { requests = \"600/min\" }"),
        ("6m", &format!("limits = {{ model = \"{SMALL}\", tokens = \"1000/s\" }}")),
    ]);
    let lines =
        [(5, "small Some(600) None"), (5, "large Some(600) None"), (6, "small None Some(60000)")];
    assert_eq!(told, expected(&lines));
}

#[test]
fn what_holds_for_a_time_is_over_in_the_end() {
    let told = course(&[
        ("5m", "blocked = { lasts = \"10m\" }"),
        ("5m", "failing = { share = \"5%\", lasts = \"2m\" }"),
    ]);
    let lines = [(5, "blocked true"), (5, "failing 5%"), (7, "failing 0%"), (15, "blocked false")];
    assert_eq!(told, expected(&lines));
}

#[test]
fn events_of_one_kind_may_follow_each_other_at_once() {
    let told = course(&[
        ("5m", "outage = { lasts = \"5m\" }"),
        ("10m", "outage = { lasts = \"5m\", left = \"10%\" }"),
        ("5m", "blocked = { lasts = \"5m\" }"),
    ]);
    let lines = [
        (5, "all 0%"),
        (5, "blocked true"),
        (10, "all 10%"),
        (10, "blocked false"),
        (15, "all 100%"),
    ];
    assert_eq!(told, expected(&lines));
}

/// Four minutes of jobs of 1,000 tokens, some on the shared fleet and some on an endpoint.
fn with_endpoint(more: &str) -> Scenario {
    let traffic =
        |rate: &str| format!("traffic = {{ poisson = {{ rate = \"{rate}\", lasts = \"4m\" }} }}");
    let lengths = "prompt = 900\nanswer = 100\n";
    parsed(&format!(
        "title = \"T\"\nedition = \"2025-11\"\n[account]\ntier = \"build-2\"\n\
         [[endpoint]]\nname = \"own\"\nmodel = \"{LARGE}\"\nthroughput = \"2500/s\"\n{more}\n\
         [[group]]\nname = \"shared\"\nmodel = \"{LARGE}\"\n{lengths}{}\n\
         [[group]]\nname = \"mine\"\nendpoint = \"own\"\n{lengths}{}\n\
         [[group]]\nname = \"mine too\"\nmodel = \"{LARGE}\"\nendpoint = \"own\"\n{lengths}{}\n\
         [[strategy]]\npreset = \"own-bucket\"\n",
        traffic("1/s"),
        traffic("4/s"),
        traffic("2/s"),
    ))
}

#[test]
fn a_group_with_an_endpoint_has_no_limit_and_no_bucket() {
    let scenario = with_endpoint("");
    let (tier, given) = (&scenario.tier, &scenario.assumptions);
    assert!(scenario.published(tier, 0, given).is_some());
    assert_eq!(scenario.published(tier, 1, given), None);
    assert!(matches!(scenario.stack(0, 0, tier, given).first_send, FirstSend::OwnBucket(_)));
    assert_eq!(scenario.stack(0, 1, tier, given).first_send, FirstSend::AtOnce);
    assert_eq!(scenario.groups[1].model.name(), LARGE, "the endpoint's");
    let accounts = [0, 1, 2].map(|group| scenario.account(tier, group).unwrap());
    let endpoints = accounts.map(|account| account.endpoint.map(|endpoint| endpoint.number));
    assert_eq!(endpoints, [None, Some(0), Some(0)], "two groups share one");
    assert_eq!(scenario.account(tier, 3), None);
}

#[test]
fn an_endpoint_is_one_ready_replica_unless_it_says_otherwise() {
    let usual = &with_endpoint("").endpoints[0];
    assert_eq!((usual.replicas.0.get(), usual.replicas.1.get(), usual.ready), (1, 1, true));
    assert_eq!(usual.throughput, Rate::new(Tokens(2_500), Per::Second));
    let other = "replicas = { max = 4 }\nstarts = \"cold\"\nhardware = \"1x_nvidia_h100_80gb_sxm\"";
    let other = &with_endpoint(other).endpoints[0];
    assert_eq!((other.replicas.0.get(), other.replicas.1.get(), other.ready), (1, 4, false));
    assert_eq!(other.hardware.as_deref(), Some("1x_nvidia_h100_80gb_sxm"));
}

#[test]
fn limits_are_held_against_what_shares_them_and_endpoints_against_their_throughput() {
    let scenario = with_endpoint("replicas = { min = 1, max = 2 }");
    let checks = check(&scenario);
    let yours = checks.iter().find(|check| check.tier == scenario.tier).unwrap();
    assert_eq!(yours.groups, [0]);
    assert!((yours.peak_jobs_per_s - 1.0).abs() < 1e-9);
    let [endpoint] = &check_endpoints(&scenario)[..] else { panic!("one endpoint") };
    assert_eq!(endpoint.groups, [1, 2]);
    assert!((endpoint.peak_jobs_per_s - 6.0).abs() < 1e-9);
    assert!((endpoint.jobs_per_s_by_fewest.unwrap() - 2.5).abs() < 1e-9);
    assert!((endpoint.jobs_per_s_by_most.unwrap() - 5.0).abs() < 1e-9);
    assert!((endpoint.share_at_peak - 1.2).abs() < 1e-9, "6,000 tokens a second of 5,000");
}

#[test]
fn a_record_says_what_surrounded_the_run() {
    let more = "replicas = { min = 1, max = 4 }\nhardware = \"1x_nvidia_h100_80gb_sxm\"";
    let scenario = with_endpoint(more);
    let header = scenario.header(&Origin::default(), Driver::Simulated, false);
    let endpoint = header.groups[1].endpoint.as_ref().unwrap();
    assert_eq!(endpoint.name, "own");
    assert_eq!(endpoint.says, "1 to 4 replicas of 2,500 tokens/s each, on 1x_nvidia_h100_80gb_sxm");
    assert!(header.groups[0].endpoint.is_none());
    assert!(header.ladder.iter().all(|rung| rung.limits.len() == 1), "of the shared fleet alone");
    let events = "[[event]]\nat = \"20m\"\nfailing = { share = \"0.5%\", lasts = \"5m\" }\n\
                  [[event]]\nat = \"10m\"\nlimits = { requests = \"6/min\", tokens = \"2e6/min\" }\n";
    let scenario = hour("", events);
    let header = scenario.header(&Origin::default(), Driver::Simulated, false);
    let says: Vec<&str> = header.events.iter().map(|event| event.says.as_str()).collect();
    let moved = "limits of every model moved to 6/min requests and 2,000,000 tokens/min";
    assert_eq!(says, [moved, "failures of 0.5 % of all attempts"]);
    assert_eq!(header.events[0].ends, None);
    assert_eq!(header.events[1].ends, Some(Span::from_secs(25 * 60)));
}

#[test]
fn limits_that_the_file_gives_stand_in_place_of_the_edition_s() {
    let given = format!(
        "[[limits]]\ntier = \"build-2\"\nrequests = \"12000/min\"\n\
         [[limits]]\ntier = \"tier2\"\nmodel = \"{SMALL}\"\ntokens = \"10000000/min\"\n"
    );
    let scenario = hour(&given, "");
    let of = |group| scenario.published(&scenario.tier, group, &scenario.assumptions).unwrap();
    let (small, large) = (of(0), of(1));
    assert_eq!(small.requests, Rate::new(Requests(12_000), Per::Minute));
    assert_eq!(small.tokens, Some(Rate::new(Tokens(10_000_000), Per::Minute)));
    assert_eq!(large.requests, small.requests);
    assert_eq!(large.tokens, Some(Rate::new(Tokens(250_000), Per::Minute)), "as published");
}

#[test]
fn nothing_happens_before_the_run_is_long_enough_for_it() {
    let scenario = hour("", "[[event]]\nat = \"59m59s\"\ncapacity = { share = \"50%\" }\n");
    let course = scenario.course(&scenario.tier, &scenario.assumptions);
    assert_eq!(course[0].at, Instant::START.after(Span::from_secs(3_599)));
}
