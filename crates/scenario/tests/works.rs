//! Work other than chat: what is known of a model, what a request counts as, and what binds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use chance::Seed;
use limits::Requests;
use rulebook::{Rulebook, Unit, Work};
use scenario::{Binds, Code, Scenario, Timeline, check};
use strategies::FirstSend;

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

fn with(group: &str, after: &str) -> Scenario {
    let text = format!(
        "title = \"Small\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"work\"\n{group}\n\
         traffic = {{ poisson = {{ rate = \"2/s\", lasts = \"4m\" }} }}\n{after}"
    );
    Scenario::parse("test.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

const VECTORS: &str = "model = \"BAAI/bge-large-en-v1.5\"\ninputs = 16\nprompt = 300";
const PICTURES: &str = "model = \"black-forest-labs/FLUX.1-schnell\"\nimages = 4";

#[test]
fn a_model_says_what_its_work_is_and_a_group_of_a_new_one() {
    let work = |group: &str| {
        let scenario = with(group, "");
        (scenario.groups[0].work, scenario.groups[0].model.work())
    };
    let lengths = "prompt = 10\nanswer = 5";
    assert_eq!(work(VECTORS), (Work::Embedding, Work::Embedding));
    assert_eq!(work("model = \"minimax/hailuo-02\""), (Work::Video, Work::Video));
    let llama = format!("model = \"openai/gpt-oss-20b\"\n{lengths}");
    assert_eq!(work(&llama), (Work::Chat, Work::Chat));
    assert_eq!(work(&format!("{llama}\nwork = \"completion\"")), (Work::Completion, Work::Chat));
    let new = "model = \"nobody/knows-this\"";
    assert_eq!(work(&format!("{new}\n{lengths}")), (Work::Chat, Work::Chat));
    assert_eq!(work(&format!("{new}\nwork = \"image\"")), (Work::Image, Work::Image));
}

#[test]
fn a_request_needs_the_tokens_of_all_its_texts() {
    let scenario = with(VECTORS, "");
    let all: Vec<_> = Timeline::of(&scenario, Seed(1)).collect();
    assert!(!all.is_empty() && all.iter().all(|arrival| arrival.prompt == 4_800));
    assert!(all.iter().all(|arrival| arrival.answer == 0));
    let asks = scenario.asks().next().unwrap();
    assert_eq!((asks.count, asks.units, asks.expected_answer), (16, 1, 0));
    let two = check(&scenario).into_iter().find(|one| one.tier.name() == "build-2").unwrap();
    assert!((two.mean_tokens - 4_800.0).abs() < 1e-9);
    // 2,000,000 tokens a minute are 6.9 requests a second of 4,800; 5,000 requests are 83.
    assert_eq!(two.binds, Binds::Tokens);
    assert!((two.jobs_per_s_carried() - 2_000_000.0 / 60.0 / 4_800.0).abs() < 1e-9);
    // What a client sets aside is the whole request, as the service charges it.
    let mut given = scenario.strategies.iter();
    let own = given.position(|named| named.name == "own-bucket").unwrap();
    let stack = scenario.stack(own, 0, &scenario.tier, &scenario.assumptions);
    let FirstSend::OwnBucket(bucket) = stack.first_send else { panic!("no bucket") };
    assert_eq!(bucket.tokens.unwrap().per_minute(), 2_000_000);
    assert_eq!((bucket.request_burst, bucket.requests.per_minute()), (Requests(1), 5_000));
}

#[test]
fn jobs_fall_due_alike_however_many_texts_they_have() {
    let dues = |inputs: &str| {
        let scenario = with(&VECTORS.replace("inputs = 16", inputs), "");
        let all: Vec<_> = Timeline::of(&scenario, Seed(1)).collect();
        all.into_iter().map(|arrival| (arrival.due, arrival.fate_draw)).collect::<Vec<_>>()
    };
    assert_eq!(dues("inputs = 16"), dues(""));
}

#[test]
fn a_limit_of_pictures_is_reckoned_in_pictures() {
    let scenario = with(PICTURES, "");
    let two = check(&scenario).into_iter().find(|one| one.tier.name() == "build-2").unwrap();
    assert_eq!((two.unit, two.requests.per_minute(), two.tokens), (Unit::Images, 480, None));
    assert_eq!(two.binds, Binds::Requests);
    assert!((two.mean_units - 4.0).abs() < 1e-9);
    assert!((two.jobs_per_s_carried() - 2.0).abs() < 1e-9, "480 a minute in fours");
    assert!((two.share_at_peak - 1.0).abs() < 1e-9);
    let asks = scenario.asks().next().unwrap();
    assert_eq!((asks.count, asks.units), (4, 4));
    let own = scenario.strategies.iter().position(|named| named.name == "own-bucket").unwrap();
    let stack = scenario.stack(own, 0, &scenario.tier, &scenario.assumptions);
    let FirstSend::OwnBucket(bucket) = stack.first_send else { panic!("no bucket") };
    assert_eq!((bucket.request_burst, bucket.requests.per_minute()), (Requests(4), 480));
    assert_eq!(bucket.tokens, None);
    let by_request = with(PICTURES, "[assume]\nimage_unit = \"request\"");
    let asks = by_request.asks().next().unwrap();
    assert_eq!((asks.count, asks.units), (4, 1), "still four pictures to make");
    let two = check(&by_request).into_iter().find(|one| one.tier.name() == "build-2").unwrap();
    assert_eq!((two.unit, two.mean_units), (Unit::Requests, 1.0));
}

#[test]
fn a_tier_without_a_number_is_left_out_of_the_ladder() {
    let tiers = |scenario: &Scenario| -> Vec<String> {
        scenario.tiers.iter().map(|tier| tier.name().to_owned()).collect()
    };
    let ladder = ["build-1", "build-2", "build-3", "build-4", "build-5"];
    assert_eq!(tiers(&with(VECTORS, "")), ladder);
    let text = "title = \"Small\"\n[account]\ntier = \"limited\"\n[[group]]\nname = \"work\"\n\
                model = \"black-forest-labs/FLUX.1-dev\"\n\
                traffic = { poisson = { rate = \"2/s\", lasts = \"4m\" } }\n";
    let pictures = Scenario::parse("test.toml", text, &RULEBOOK).unwrap();
    assert_eq!(tiers(&pictures).len(), 6, "60 pictures a minute were recorded there");
    let both = Scenario::parse(
        "test.toml",
        &format!(
            "{text}[[group]]\nname = \"more\"\n{VECTORS}\n\
             traffic = {{ poisson = {{ rate = \"2/s\" }} }}\n"
        ),
        &RULEBOOK,
    );
    let refused = both.unwrap_err().to_string();
    assert!(refused.contains("gives no limit for this model on Limited"), "{refused}");
    assert!(refused.contains("build-1, build-2, build-3, build-4, build-5"), "{refused}");
}

#[test]
fn a_load_over_http_stays_at_home() {
    let group = "model = \"openai/gpt-oss-20b\"\nprompt = 10\nanswer = 5";
    for there in ["batch = { every = \"10m\" }", "model = { model = \"openai/gpt-oss-120b\" }"] {
        let lines = format!(
            "[[strategy]]\nname = \"there\"\nretry_on = \"anything\"\nwait = \"none\"\n\
             tries = 4\nelsewhere = {{ {there} }}\n"
        );
        let refused = with(group, &lines).over_http().unwrap_err();
        let [fault] = refused.faults.as_slice() else { panic!("{refused}") };
        assert_eq!(fault.code, Code::NotOverHttp.name());
        assert!(refused.to_string().contains("“there” sends jobs elsewhere"), "{refused}");
    }
}

#[test]
fn a_load_over_http_is_of_every_class_but_films() {
    let lengths = "prompt = 10\nanswer = 5";
    let llama = format!("model = \"openai/gpt-oss-20b\"\n{lengths}");
    let completion = format!("{llama}\nwork = \"completion\"");
    let speech = "model = \"cartesia/sonic\"\ncharacters = 100";
    for group in [&llama, VECTORS, PICTURES, &completion] {
        assert!(with(group, "").over_http().is_ok(), "{group}");
    }
    // No tier has a number for audio: this one is given.
    let limit = "[[limits]]\ntier = \"build-2\"\nrequests = \"600/min\"\n";
    assert!(with(speech, limit).over_http().is_ok());
    let films = "model = \"minimax/hailuo-02\"";
    let scenario = with(films, "");
    let refused = scenario.over_http().unwrap_err();
    let [fault] = refused.faults.as_slice() else { panic!("{refused}") };
    assert_eq!(fault.code, Code::NotOverHttp.name());
    assert_eq!(&scenario.text[fault.place.clone().unwrap()], "\"minimax/hailuo-02\"");
}
