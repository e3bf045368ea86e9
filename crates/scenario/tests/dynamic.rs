//! Editions without tiers, where limits grow from the past hour: against figures worked out by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use limits::{Per, Rate, Requests, Tokens};
use rulebook::{Rulebook, Tier};
use run_record::Driver;
use scenario::{Change, Origin, Overrides, Scenario, check};
use strategies::FirstSend;

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const PAST_HOURS: &str = include_str!("every-key-without-tiers.toml");

fn parsed(text: &str) -> Scenario {
    Scenario::parse("test.toml", text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn names(scenario: &Scenario) -> Vec<&str> {
    scenario.tiers.iter().map(Tier::name).collect()
}

fn a_minute(amount: u64) -> Rate<Requests> {
    Rate::new(Requests(amount), Per::Minute)
}

const GROUP: &str = "[[group]]\nname = \"chat\"\nmodel = \"openai/gpt-oss-20b\"\nprompt = 900\n\
                     answer = 100\ntraffic = { poisson = { rate = \"2/s\", lasts = \"4m\" } }\n";

#[test]
fn the_rungs_are_past_hours_and_one_of_them_is_the_account_s() {
    let scenario = parsed(PAST_HOURS);
    assert_eq!(scenario.edition.name(), "2026-08", "the one that holds on that day");
    assert_eq!(names(&scenario), ["past-0/min", "past-5/s", "past-1200/min"]);
    assert_eq!(scenario.tier.past_hour(), Some(a_minute(300)));
    assert!(scenario.tiers.contains(&scenario.tier), "however its rate is written");
}

#[test]
fn without_a_word_of_its_account_a_file_rehearses_a_launch_of_today() {
    let scenario = parsed(&format!("title = \"Launch\"\n{GROUP}"));
    assert_eq!(scenario.edition.name(), "2026-08");
    assert_eq!(scenario.tier.past_hour(), Some(a_minute(0)), "a launch has no past hour");
    let ladder: Vec<&str> = scenario.edition.ladder().iter().map(Tier::name).collect();
    assert_eq!(names(&scenario), ladder);
    let between =
        parsed(&format!("title = \"T\"\naccount = {{ past_hour = \"90/min\" }}\n{GROUP}"));
    assert_eq!(between.tiers.len(), ladder.len() + 1, "the account's own beside them");
    assert_eq!(names(&between)[2], "past-90/min", "between 60 and 300");
}

#[test]
fn an_edition_is_found_by_a_day_on_which_it_held() {
    let on = |day: &str, account: &str| {
        let text = format!("title = \"T\"\nedition = \"{day}\"\n{account}\n{GROUP}");
        parsed(&text).edition.name().to_owned()
    };
    let tier = "account = { tier = \"build-2\" }";
    assert_eq!(on("2025-12-01", tier), "2025-11");
    assert_eq!(on("2026-01-26", tier), "2026-02");
    assert_eq!(on("2026-04-22", ""), "2026-08");
}

#[test]
fn the_past_hour_has_the_tokens_of_the_mean_job() {
    let scenario = parsed(PAST_HOURS);
    // 1,000 and 5,000 tokens, as many jobs of each.
    let past = scenario.account(&scenario.tier, 0).unwrap().past_hour;
    assert_eq!(past.requests, a_minute(300));
    assert_eq!(past.tokens, Rate::new(Tokens(900_000), Per::Minute));
    let launch = scenario.account(&scenario.tiers[0], 1).unwrap().past_hour;
    assert_eq!(launch.tokens.amount(), Tokens(0));
}

#[test]
fn the_dynamic_rates_of_the_start_are_what_a_bucket_is_filled_at() {
    let scenario = parsed(PAST_HOURS);
    let given = &scenario.assumptions;
    let published = scenario.published(&scenario.tier, 0, given).unwrap();
    assert_eq!(published.requests, a_minute(600), "twice the past hour");
    assert_eq!(published.tokens, Some(Rate::new(Tokens(1_800_000), Per::Minute)));
    assert!(!published.hard, "they refuse nothing by themselves");
    let FirstSend::OwnBucket(bucket) = scenario.stack(0, 0, &scenario.tier, given).first_send
    else {
        panic!("a bucket")
    };
    assert_eq!((bucket.requests, bucket.tokens), (published.requests, published.tokens));
}

#[test]
fn the_check_says_the_dynamic_rates_and_when_capacity_is_full() {
    let scenario = parsed(PAST_HOURS).with(&Overrides::default()).unwrap();
    let checks = check(&scenario);
    let yours = checks.iter().find(|check| check.tier == scenario.tier).unwrap();
    let dynamic = yours.dynamic.unwrap();
    assert!(!yours.hard);
    assert_eq!(dynamic.base.requests, a_minute(60));
    assert_eq!(dynamic.at_start.requests, a_minute(600));
    assert_eq!(dynamic.most.requests, a_minute(6_000));
    let capacity = yours.capacity.unwrap();
    // 20,000 tokens a second, of which others take half; a job of 3,000 on average.
    assert!((capacity.left_per_s - 10_000.0).abs() < 1e-6);
    assert!((capacity.jobs_per_s.unwrap() - 10_000.0 / 3_000.0).abs() < 1e-6);
    assert!((capacity.share_at_peak - 6.0).abs() < 1e-6, "60,000 are asked for");
}

#[test]
fn tiers_of_the_hybrid_age_have_a_past_hour_too() {
    let text = format!(
        "title = \"T\"\nedition = \"2026-02\"\n\
         account = {{ tier = \"build-1\", past_hour = \"120/min\" }}\n{GROUP}"
    );
    let scenario = parsed(&text);
    let account = scenario.account(&scenario.tier, 0).unwrap();
    assert_eq!(account.past_hour.requests, a_minute(120));
    assert_eq!(account.past_hour.tokens, Rate::new(Tokens(120_000), Per::Minute));
    let yours = check(&scenario).into_iter().find(|check| check.tier == scenario.tier).unwrap();
    assert!(yours.hard, "the tier's limits refuse");
    let dynamic = yours.dynamic.unwrap();
    assert_eq!((dynamic.at_start.requests, dynamic.most.requests), (a_minute(240), a_minute(600)));
}

#[test]
fn other_past_hours_are_named_on_the_command_line_as_rates() {
    let tiers = vec!["60/min".to_owned(), "2/s".to_owned()];
    let scenario = parsed(PAST_HOURS);
    let changed = scenario.with(&Overrides { tiers, ..Overrides::default() }).unwrap();
    assert_eq!(names(&changed), ["past-60/min", "past-2/s"]);
    assert_eq!(changed.tier.name(), "past-60/min");
}

#[test]
fn a_record_says_what_a_rung_stands_for_and_what_capacity_is_left() {
    let scenario = parsed(PAST_HOURS);
    let header = scenario.header(&Origin::default(), Driver::Simulated, false);
    let rungs: Vec<Option<u64>> = header.ladder.iter().map(|rung| rung.past_hour_rpm).collect();
    assert_eq!(rungs, [Some(0), Some(300), Some(1_200)]);
    assert!(header.ladder.iter().all(|rung| !rung.limits[0].hard));
    let [capacity, _] = &header.capacity[..] else { panic!("two models") };
    assert_eq!((capacity.tpm, capacity.left_tpm), (1_200_000, 600_000));
}

/// Two business days after a Wednesday is Friday, or Monday where Thursday is a holiday.
#[test]
fn a_grant_holds_business_days_later_for_one_model_on_lower_tiers() {
    let with = |holidays: &str, takes: &str| {
        let text = format!(
            "title = \"T\"\nedition = \"2025-11-operational\"\nstarts = \"2025-11-26T09:00Z\"\n\
             account = {{ tier = \"build\" }}\ncalendar = {{ holidays = [{holidays}] }}\n\
             assume = {{ grant_takes = \"{takes}\" }}\n{}\
             [[event]]\nat = \"1h\"\ngrant = {{ model = \"openai/gpt-oss-20b\", tier = \"scale\" }}\n",
            GROUP.replace("4m", "6d")
        );
        let scenario = parsed(&text);
        let tier = |name: &str| scenario.edition.tier(name).unwrap();
        assert_eq!(scenario.course(&tier("scale"), &scenario.assumptions), [], "already there");
        let course = scenario.course(&tier("build"), &scenario.assumptions);
        let [happening] = &course[..] else { panic!("one grant: {course:?}") };
        let Change::Tier { tier, .. } = &happening.what else { panic!("a tier") };
        assert_eq!(tier.name(), "scale");
        happening.at.nanos() / 3_600_000_000_000
    };
    assert_eq!(with("\"2025-12-25\"", "2"), 2 * 24 + 1, "Friday at ten");
    assert_eq!(with("\"2025-11-27\"", "2"), 5 * 24 + 1, "Monday: Thursday does not count");
    assert_eq!(with("\"2025-12-25\"", "3"), 5 * 24 + 1, "Monday: the weekend does not");
}
