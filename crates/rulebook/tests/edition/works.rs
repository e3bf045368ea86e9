//! Every tier for every class of work, held against the pages' tables as a person copies them.

use limits::{Charge, Cost, Decision, Instant, Limiter, Policy, Requests, Span, Tokens};
use rulebook::{Certainty, Edition, Unit, Work};
use wire::Hint;

use crate::{LLAMA, edited, edition};

const EMBEDDING: &str = "BAAI/bge-large-en-v1.5";
const RERANK: &str = "Salesforce/Llama-Rank-V1";
const IMAGE: &str = "black-forest-labs/FLUX.1-schnell";
const VIDEO: &str = "minimax/video-01-director";
const AUDIO: &str = "cartesia/sonic";

/// Requests, or pictures, and tokens a minute; zero where nobody gives a number.
type Cell = (u64, u64);

/// The table of tiers: chat, embedding, re-rank; image, video, audio.
const TABLE: [(&str, [Cell; 3], [u64; 3]); 6] = [
    ("limited", [(60, 60_000), (0, 0), (0, 0)], [60, 0, 0]),
    ("build-1", [(600, 180_000), (3_000, 2_000_000), (2_500, 500_000)], [240, 60, 0]),
    ("build-2", [(1_800, 250_000), (5_000, 2_000_000), (3_500, 1_500_000)], [480, 60, 0]),
    ("build-3", [(3_000, 500_000), (5_000, 10_000_000), (4_000, 2_000_000)], [600, 60, 0]),
    ("build-4", [(4_500, 1_000_000), (10_000, 10_000_000), (7_500, 3_000_000)], [960, 60, 0]),
    ("build-5", [(6_000, 2_000_000), (10_000, 20_000_000), (9_000, 5_000_000)], [1_200, 100, 0]),
];

fn published(edition: &Edition, tier: &str, model: &str) -> Cell {
    let (tier, model) = (edition.tier(tier).unwrap(), edition.model(model));
    let published = edition.published(&tier, &model, &edition.assumptions());
    published.map_or((0, 0), |published| {
        (published.requests.per_minute(), published.tokens.map_or(0, limits::Rate::per_minute))
    })
}

fn policy(tier: &str, model: &str, set: &[(&str, &str)]) -> Policy {
    let edition = edition();
    let given = edition.assumptions();
    let given = set.iter().fold(given, |given, (name, value)| given.with(name, value).unwrap());
    edition.policy(&edition.tier(tier).unwrap(), &edition.model(model), &given).unwrap()
}

/// Label, capacity and window in milliseconds of each meter.
fn meters(policy: &Policy) -> Vec<(&'static str, u64, u64)> {
    let shape = |meter: &limits::Meter| {
        (meter.label().0, meter.quota().capacity(), meter.quota().window().nanos() / 1_000_000)
    };
    policy.meters().iter().map(shape).collect()
}

#[test]
fn each_tier_and_class_has_the_number_of_the_table() {
    let edition = edition();
    for (tier, with_tokens, without) in TABLE {
        let cells = with_tokens.into_iter().chain(without.map(|requests| (requests, 0)));
        let models = [LLAMA, EMBEDDING, RERANK, IMAGE, VIDEO, AUDIO];
        for (model, expected) in models.into_iter().zip(cells) {
            assert_eq!(published(&edition, tier, model), expected, "{tier} {model}");
        }
    }
    let tiers: Vec<&str> = edition.tiers().iter().map(rulebook::Tier::name).collect();
    assert_eq!(tiers, TABLE.map(|(tier, ..)| tier));
}

#[test]
fn a_model_that_is_not_known_has_the_limits_of_the_class_that_is_said_of_it() {
    let edition = edition();
    let given = edition.assumptions();
    let tier = edition.tier("build-2").unwrap();
    let of = |id, work| edition.published(&tier, &edition.model_for(id, work), &given);
    let known = |id| edition.published(&tier, &edition.model(id), &given);
    for (id, work) in [
        (LLAMA, Work::Chat),
        (LLAMA, Work::Completion),
        (EMBEDDING, Work::Embedding),
        (RERANK, Work::Rerank),
        (IMAGE, Work::Image),
        (VIDEO, Work::Video),
        (AUDIO, Work::Audio),
    ] {
        assert_eq!(of("nobody/knows-this", work), known(id), "{work}");
        // What the edition knows is not changed by what is said of it.
        assert_eq!(of(id, Work::Video), known(id));
    }
    assert_eq!(edition.work(EMBEDDING), Some(Work::Embedding));
    assert_eq!(edition.work(LLAMA), Some(Work::Chat));
    assert_eq!(edition.work("nobody/knows-this"), None);
    let completion = edition.model_for("nobody/knows-this", Work::Completion);
    assert_eq!(completion, edition.model("nobody/knows-this"), "they share one counter");
}

#[test]
fn tokens_of_inputs_decide_as_those_of_chat_do() {
    let embedding = policy("build-1", EMBEDDING, &[]);
    let by_hand =
        [("requests", 100, 2_000), ("tokens", 2_000_000, 60_000), ("shown tokens", 33_333, 2_000)];
    assert_eq!(meters(&embedding), by_hand);
    assert_eq!(embedding.meters()[1].charge(), Charge::AtCompletion);
    let rerank = policy("build-1", RERANK, &[("token_gate", "window-2x")]);
    let by_hand =
        [("requests", 83, 2_000), ("tokens", 16_667, 2_000), ("shown tokens", 8_333, 2_000)];
    assert_eq!(meters(&rerank), by_hand);
}

#[test]
fn pictures_and_films_have_one_meter() {
    assert_eq!(meters(&policy("build-2", IMAGE, &[])), [("requests", 16, 2_000)]);
    assert_eq!(meters(&policy("build-5", VIDEO, &[])), [("requests", 3, 2_000)]);
    assert_eq!(meters(&policy("build-1", VIDEO, &[])), [("requests", 2, 2_000)]);
}

#[test]
fn the_meter_of_pictures_takes_as_many_as_are_asked_for() {
    let edition = edition();
    let (tier, model) = (edition.tier("build-1").unwrap(), edition.model(IMAGE));
    let given = edition.assumptions();
    let by_request = given.with("image_unit", "request").unwrap();
    for (given, unit, admitted) in [(&given, Unit::Images, 2), (&by_request, Unit::Requests, 8)] {
        let published = edition.published(&tier, &model, given).unwrap();
        assert_eq!(published.unit, unit);
        let mut limiter = Limiter::new(edition.policy(&tier, &model, given).unwrap());
        let cost = Cost::new(Requests(published.unit.of(4).into()), Tokens(0));
        let mut count = 0;
        // 240 a minute are 8 in two seconds: two requests for four pictures, or eight requests.
        while matches!(limiter.admit(Instant::START, cost), Decision::Admitted(_)) {
            count += 1;
        }
        assert_eq!(count, admitted, "{unit:?}");
    }
    assert_eq!(Edition::unit(&edition.model(LLAMA), &given), Unit::Requests);
}

#[test]
fn responses_to_pictures_show_no_tokens_as_recorded() {
    let edition = edition();
    let (tier, model) = (edition.tier("limited").unwrap(), edition.model(IMAGE));
    let given = edition.assumptions();
    let wording = edition.wording(&tier, &model, &given).unwrap();
    let mut limiter = Limiter::new(edition.policy(&tier, &model, &given).unwrap());
    let now = Instant::START;
    let _ = limiter.admit(now, Cost::new(Requests(1), Tokens(0)));
    let shows = wording.shows(now, &limiter.standing(now), None);
    // FLUX.1-schnell on 2025-07-22: 1, 1, 2, 2, false, 0, 0.
    assert_eq!(shows.limit.unwrap().to_string(), "1");
    assert_eq!((shows.remaining, shows.reset, shows.hint), (Some(1), Some(2), Hint::Seconds(2)));
    assert_eq!(shows.limit_tokens.unwrap().to_string(), "0");
    assert_eq!((shows.limited, shows.remaining_tokens), (Some(false), Some(0)));
}

#[test]
fn a_free_picture_is_limited_as_either_page_says() {
    let free = "black-forest-labs/FLUX.1-schnell-Free";
    assert_eq!(meters(&policy("build-3", free, &[])), [("model", 1, 10_000)]);
    let ten = policy("limited", free, &[("flux_free", "10-per-minute")]);
    assert_eq!(meters(&ten), [("model", 1, 6_000)]);
    let kontext = "black-forest-labs/FLUX.1-kontext-pro";
    assert_eq!(meters(&policy("build-2", kontext, &[])), [("model", 2, 2_000)]);
    let nine = policy("build-2", kontext, &[("flux_kontext_pro", "9-per-minute")]);
    assert_eq!(meters(&nine), [("model", 1, 6_666)]);
}

#[test]
fn a_picture_takes_what_was_recorded_and_other_work_what_is_assumed() {
    let edition = edition();
    let given = edition.assumptions();
    let of = |id: &str| edition.latency(&edition.model(id), &given);
    let millis = Span::from_millis;
    for (id, each) in [("1-schnell", 1_600), ("1-dev", 1_100), ("2-dev", 2_900), ("2-pro", 11_000)]
    {
        let latency = of(&format!("black-forest-labs/FLUX.{id}"));
        assert_eq!((latency.first_token, latency.per_image), (Span::ZERO, millis(each)), "{id}");
        assert_eq!(latency.certainty, Certainty::Observed);
    }
    let unseen = of("black-forest-labs/FLUX.1.1-pro");
    assert_eq!((unseen.per_image, unseen.certainty), (millis(2_900), Certainty::Assumed));
    for (id, takes) in [(EMBEDDING, 100), (RERANK, 300), (VIDEO, 180_000), (AUDIO, 2_000)] {
        let latency = of(id);
        assert_eq!((latency.first_token, latency.per_image), (millis(takes), Span::ZERO), "{id}");
        assert_eq!(latency.prefill_per_token, Span::ZERO, "whatever its length");
        assert_eq!(latency.certainty, Certainty::Assumed);
        assert!(!latency.source.is_empty());
    }
    let slower = given.with("embedding_takes", "250ms").unwrap();
    let slower = edition.latency(&edition.model(EMBEDDING), &slower);
    assert_eq!(slower.first_token, millis(250));
}

#[test]
fn an_assumption_concerns_those_who_do_its_work_or_call_its_model() {
    let edition = edition();
    let concerned = |ids: &[&str]| -> Vec<String> {
        let models: Vec<rulebook::Model> = ids.iter().map(|id| edition.model(id)).collect();
        let models: Vec<&rulebook::Model> = models.iter().collect();
        let given = edition.assumptions();
        let told = given.iter().filter(|one| edition.concerns(&one.name, &models));
        told.map(|one| one.name.clone()).collect()
    };
    let of_everyone = concerned(&[]);
    assert!(of_everyone.contains(&"token_gate".to_owned()));
    assert!(of_everyone.contains(&"limited".to_owned()));
    let more = |ids: &[&str]| -> Vec<String> {
        concerned(ids).into_iter().filter(|name| !of_everyone.contains(name)).collect()
    };
    assert_eq!(more(&[LLAMA]), [""; 0]);
    assert_eq!(more(&[LLAMA, crate::R1]), ["deepseek_r1"]);
    assert_eq!(more(&[IMAGE]), ["image_unit", "image_takes"]);
    assert_eq!(more(&[EMBEDDING, VIDEO]), ["embedding_takes", "video_takes"]);
    let free = "black-forest-labs/FLUX.1-schnell-Free";
    assert_eq!(more(&[free]), ["flux_free", "image_unit", "image_takes"]);
}

#[test]
fn what_a_tier_allows_of_a_class_is_one_line() {
    let after = edited("[work.image.images]", "build-2", "480/min", "500/min");
    assert_eq!(published(&after, "build-2", IMAGE), (500, 0));
    assert_eq!(published(&after, "build-2", VIDEO), (60, 0));
    assert_eq!(published(&after, "build-3", IMAGE), (600, 0));
}

#[test]
fn an_edition_without_other_work_needs_none_of_its_assumptions() {
    let cut = |text: &str, from: &str, to: &str| {
        let (before, rest) = text.split_once(from).unwrap();
        format!("{before}{}", &rest[rest.find(to).unwrap()..])
    };
    let text = cut(crate::TEXT, "[work.embedding.requests]", "[models.\"meta-llama/Llama-3.3");
    let text = cut(&text, "[models.\"BAAI/bge-base", "[prices.dense]");
    let text = cut(&text, "[assumptions.flux_free]", "[assumptions.first_token_noise]");
    let old = Edition::parse("old", &text).unwrap_or_else(|refused| panic!("{refused}"));
    assert_eq!(published(&old, "build-2", LLAMA), (1_800, 250_000));
    let given = old.assumptions();
    for work in [Work::Embedding, Work::Rerank, Work::Image, Work::Video, Work::Audio] {
        let model = old.model_for("some/model", work);
        assert_eq!(old.published(&old.tier("build-2").unwrap(), &model, &given), None);
    }
}
