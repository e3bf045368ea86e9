//! The other ages by hand: figures typed again from what is known of the service, not derived.

use limits::{Per, Rate, Requests, Span, Tokens};
use rulebook::{Edition, GivenLimit, Millionths, PastHour, Routing, Ungivable, labels};
use wire::{ErrorKind, Hint, Rate10, Shows};

use crate::{LLAMA, R1, RULEBOOK, edition};

fn named(name: &str) -> Edition {
    RULEBOOK.edition(name).unwrap().clone()
}

fn per_minute(requests: u64) -> Rate<Requests> {
    Rate::new(Requests(requests), Per::Minute)
}

fn tokens_per_minute(tokens: u64) -> Rate<Tokens> {
    Rate::new(Tokens(tokens), Per::Minute)
}

/// Requests and tokens a minute; zero tokens where they are unlimited or do not count.
fn numbers(edition: &Edition, tier: &str, model: &str, set: &[(&str, &str)]) -> Option<(u64, u64)> {
    let given = set
        .iter()
        .fold(edition.assumptions(), |given, (name, value)| given.with(name, value).unwrap());
    let tier = edition.tier(tier).unwrap();
    let published = edition.published(&tier, &edition.model(model), &given)?;
    let tokens = published.tokens.map_or(0, Rate::per_minute);
    Some((published.requests.per_minute(), tokens))
}

#[test]
fn a_day_finds_its_age() {
    for (day, name) in [
        ("2024-01-01", Some("2025-11")),
        ("2025-12-01", Some("2025-11")),
        ("2026-01-25", Some("2025-11")),
        ("2026-01-26", Some("2026-02")),
        ("2026-04-21", Some("2026-02")),
        ("2026-04-22", Some("2026-08")),
        ("2030-01-01", Some("2026-08")),
        ("2023-12-31", None),
    ] {
        assert_eq!(RULEBOOK.on(day).map(Edition::name), name, "{day}");
    }
}

#[test]
fn the_usual_edition_is_the_oldest_that_has_numbers_for_the_tier_else_the_newest() {
    for (tier, name) in [
        (None, "2026-08"),
        (Some("build-2"), "2025-11"),
        (Some("tier2"), "2025-11"),
        (Some("limited"), "2025-11"),
        (Some("build"), "2025-11-operational"),
        (Some("scale"), "2025-11-operational"),
        (Some("enterprise"), "2025-11-operational"),
        (Some("300/min"), "2026-08"),
    ] {
        assert_eq!(RULEBOOK.usual(tier).map(Edition::name), Some(name), "{tier:?}");
    }
    assert!(RULEBOOK.usual(Some("gold")).is_none());
}

#[test]
fn models_of_2025_have_their_own_limits() {
    let edition = edition();
    let own = |tier, model| numbers(&edition, tier, model, &[]);
    assert_eq!(own("limited", "meta-llama/Llama-Vision-Free"), Some((10, 60_000)));
    assert_eq!(own("build-1", "meta-llama/Llama-Vision-Free"), Some((10, 60_000)));
    let distilled = "deepseek-ai/DeepSeek-R1-Distill-Llama-70B-free";
    assert_eq!(own("build-1", distilled), Some((6, 180_000_000)));
    let free = "meta-llama/Llama-3.3-70B-Instruct-Turbo-Free";
    assert_eq!(own("build-1", free), Some((3, 180_000)));
    assert_eq!(own("build-1", R1), Some((3, 180_000)));
    assert_eq!(own("build-5", R1), Some((1_200, 2_000_000)));
    let seen = [("deepseek_r1", "120-per-minute")];
    assert_eq!(numbers(&edition, "build-1", R1, &seen), Some((120, 180_000)));
    let kontext = "black-forest-labs/FLUX.1-kontext-pro";
    assert_eq!(own("build-2", kontext), Some((57, 0)));
    let nine = [("flux_kontext_pro", "9-per-minute")];
    assert_eq!(numbers(&edition, "build-2", kontext, &nine), Some((9, 0)));
}

#[test]
fn limits_that_moved_are_those_of_the_day() {
    let edition = edition();
    let on = |day, tier, model| numbers(&edition.as_of(day), tier, model, &[]).map(|(rpm, _)| rpm);
    let v3 = "deepseek-ai/DeepSeek-V3";
    assert_eq!(on(Some("2025-05-08"), "limited", v3), Some(60), "the tier's own before");
    assert_eq!(on(Some("2025-05-09"), "limited", v3), Some(1_200));
    assert_eq!(on(Some("2025-05-29"), "limited", v3), Some(1_500));
    assert_eq!(on(Some("2025-05-30"), "limited", v3), Some(2_400));
    assert_eq!(on(None, "limited", v3), Some(2_400));
    assert_eq!(on(None, "build-2", v3), Some(1_800));
    let kimi = "moonshotai/Kimi-K2-Instruct";
    assert_eq!(on(Some("2025-08-30"), "build-1", kimi), Some(6));
    assert_eq!(on(None, "build-1", kimi), Some(600));
    assert_eq!(on(Some("2025-08-30"), "limited", kimi), Some(60));
    let moves = edition.moves("2025-05-09", "2025-05-30");
    let days: Vec<&str> = moves.iter().map(|one| one.date.as_str()).collect();
    assert_eq!(days, ["2025-05-18", "2025-05-30"], "after the first day, up to the last");
    assert_eq!(moves[0].model.as_deref(), Some(v3));
    assert_eq!(moves[0].row, "limited");
    assert!(edition.fact(&moves[0].fact).is_some());
}

#[test]
fn every_picture_of_the_seed_has_its_gate_and_its_wording() {
    let edition = edition();
    let given = edition.assumptions();
    let gate = |tier: &str, model: &str| {
        let gated = edition.gate(&edition.tier(tier).unwrap(), &edition.model(model), &given);
        gated.map(|gated| (gated.kind, gated.needs.name().to_owned()))
    };
    let of = |kind, needs: &str| Some((kind, needs.to_owned()));
    for model in ["schnell", "schnell-Free", "dev", "canny", "depth", "redux", "kontext-dev"] {
        let model = format!("black-forest-labs/FLUX.1-{model}");
        assert_eq!(gate("limited", &model), of(ErrorKind::FreeTier, "build-1"), "{model}");
        assert_eq!(gate("build-1", &model), None, "{model}");
    }
    for model in ["FLUX.1-pro", "FLUX.1.1-pro", "FLUX.1-kontext-pro", "FLUX.1-kontext-max"] {
        let model = format!("black-forest-labs/{model}");
        assert_eq!(gate("limited", &model), of(ErrorKind::FreeTier, "build-2"), "{model}");
        assert_eq!(gate("build-1", &model), of(ErrorKind::NoAccess, "build-2"), "{model}");
        assert_eq!(gate("build-2", &model), None, "{model}");
        assert_eq!(gate("build-5", &model), None, "{model}");
    }
    assert_eq!(gate("limited", LLAMA), None);
    assert!(edition.error(ErrorKind::FreeTier).message.starts_with("Free tier"));
    assert_eq!(edition.error(ErrorKind::NoAccess).code.as_deref(), Some("insufficient_tier"));
    let keyless = given.with("limited", "no-key").unwrap();
    let limited = edition.tier("limited").unwrap();
    let gated = edition.gate(&limited, &edition.model(LLAMA), &keyless).unwrap();
    assert_eq!((gated.kind, gated.fact.as_str()), (ErrorKind::Unauthorized, "limited"));
}

#[test]
fn the_operational_ladder_by_hand() {
    let edition = named("2025-11-operational");
    let rungs: Vec<&str> = edition.ladder().iter().map(rulebook::Tier::name).collect();
    assert_eq!(rungs, ["build", "scale", "enterprise"]);
    let of = |tier, model, set: &[(&str, &str)]| numbers(&edition, tier, model, set);
    assert_eq!(of("scale", LLAMA, &[]), Some((9_000, 5_000_000)));
    assert_eq!(of("enterprise", LLAMA, &[]), None, "negotiated");
    assert_eq!(of("build", LLAMA, &[]), Some((600, 180_000)));
    assert_eq!(of("build", LLAMA, &[("build_limits", "like-limited")]), Some((60, 60_000)));
    assert_eq!(of("build", LLAMA, &[("build_limits", "like-tier-5")]), Some((6_000, 2_000_000)));
    assert_eq!(of("build", R1, &[]), Some((3, 180_000)), "the tightest");
    assert_eq!(of("scale", R1, &[]), Some((9_000, 5_000_000)), "granted for it alone");
    let scale = edition.fact("tiers.scale.requests").unwrap();
    assert_eq!(scale.at_most.as_deref(), Some("9000/min"));
    assert_eq!(scale.certainty, rulebook::Certainty::ThirdParty);
    assert_eq!(edition.assumptions().grant_takes(), Some(2));
    assert_eq!(crate::edition().assumptions().grant_takes(), None, "no grants among tiers");
    assert!(edition.began().is_none() && RULEBOOK.on("2025-11-20").unwrap().name() == "2025-11");
}

#[test]
fn a_scenario_gives_a_tier_its_numbers() {
    let edition = named("2025-11-operational");
    let every = GivenLimit {
        tier: "enterprise".to_owned(),
        model: None,
        requests: Some(per_minute(12_000)),
        tokens: Some(tokens_per_minute(10_000_000)),
    };
    let one = GivenLimit {
        tier: "enterprise".to_owned(),
        model: Some(R1.to_owned()),
        requests: Some(per_minute(2_000)),
        tokens: None,
    };
    let given = edition.with_limits(&[every.clone(), one]).unwrap();
    assert_eq!(numbers(&given, "enterprise", LLAMA, &[]), Some((12_000, 10_000_000)));
    assert_eq!(numbers(&given, "enterprise", R1, &[]), Some((2_000, 10_000_000)));
    assert_eq!(numbers(&given, "scale", LLAMA, &[]), Some((9_000, 5_000_000)), "as it was");
    let published = given.published(
        &given.tier("enterprise").unwrap(),
        &given.model(LLAMA),
        &given.assumptions(),
    );
    let fact = given.fact(&published.unwrap().facts[0]).unwrap();
    assert_eq!((fact.value.as_str(), fact.source.as_str()), ("12000/min", "the scenario"));
    let why = |limit: GivenLimit| edition.with_limits(&[limit]).unwrap_err().why;
    let unknown = why(GivenLimit { tier: "gold".to_owned(), ..every.clone() });
    assert!(matches!(unknown, Ungivable::UnknownTier(known) if known.len() == 3));
    assert_eq!(why(GivenLimit { requests: None, ..every.clone() }), Ungivable::NoRequests);
    let nothing = GivenLimit { requests: Some(per_minute(0)), ..every };
    assert!(matches!(why(nothing), Ungivable::Impossible(_)));
}

#[test]
fn the_hybrid_age_keeps_its_tiers_and_shows_a_dynamic_rate() {
    let edition = named("2026-02");
    for (tier, numbers_of) in [
        ("limited", (60, 60_000)),
        ("build-1", (600, 180_000)),
        ("build-2", (1_800, 250_000)),
        ("build-3", (3_000, 500_000)),
        ("build-4", (4_500, 1_000_000)),
        ("build-5", (6_000, 2_000_000)),
    ] {
        assert_eq!(numbers(&edition, tier, LLAMA, &[]), Some(numbers_of), "{tier}");
    }
    let (tier, model) = (edition.tier("build-1").unwrap(), edition.model(LLAMA));
    let given = edition.assumptions();
    let dynamic = edition.dynamic(&tier, &model, &given).unwrap();
    let rates = |requests| {
        let rates = dynamic.rates(PastHour::of(per_minute(requests), 100));
        (rates.requests.per_minute(), rates.tokens.per_minute())
    };
    assert_eq!(rates(0), (60, 60_000), "a launch has no past");
    assert_eq!(rates(200), (400, 60_000));
    assert_eq!(rates(500), (600, 100_000), "at most what the tier allows");
    assert_eq!(rates(5_000), (600, 180_000));
    assert_eq!(dynamic.horizon, Span::from_secs(3_600));
    assert!(edition.published(&tier, &model, &given).unwrap().hard);
    let wording = edition.wording(&tier, &model, &given).unwrap();
    let shows = wording.with_dynamic(Shows::default(), per_minute(120), 0);
    assert_eq!((shows.limit_dynamic, shows.remaining_dynamic), (Some(Rate10::whole(2)), Some(0)));
    let blamed = wording.blamed(shows);
    let told = (blamed.reset, blamed.hint, blamed.limited, blamed.limit_dynamic);
    assert_eq!(told, (Some(2), Hint::Seconds(2), Some(true), Some(Rate10::whole(2))));
    assert_eq!(edition.words().limit_dynamic, "x-ratelimit-limit-dynamic");
}

#[test]
fn the_dynamic_age_has_past_hours_in_place_of_tiers() {
    let edition = named("2026-08");
    assert!(!edition.has_tiers() && edition.tiers().is_empty());
    let given = edition.assumptions();
    let model = edition.model(LLAMA);
    let tier = edition.past_hour(per_minute(300)).unwrap();
    assert_eq!((tier.name(), tier.title()), ("past-300/min", "300/min in the past hour"));
    assert_eq!(edition.tier("past-300/min"), Some(tier.clone()));
    assert_eq!(edition.past_hour(per_minute(0)).unwrap().title(), "nothing in the past hour");
    assert!(crate::edition().past_hour(per_minute(300)).is_none());
    let published = edition.published(&tier, &model, &given).unwrap();
    assert_eq!((published.requests.per_minute(), published.tokens), (600, None));
    assert!(!published.hard);
    let past = PastHour::of(per_minute(300), 1_000);
    let after = edition.published_after(&tier, past, &model, &given).unwrap();
    assert_eq!(after.tokens.map(Rate::per_minute), Some(600_000));
    assert!(edition.policy(&tier, &model, &given).unwrap().meters().is_empty(), "nothing gates");
    let dynamic = edition.dynamic(&tier, &model, &given).unwrap();
    let most = dynamic.rates(PastHour::of(per_minute(100_000), 1_000));
    assert_eq!((most.requests.per_minute(), most.tokens.per_minute()), (6_000, 2_000_000));
    let policy = edition.dynamic_policy(dynamic.rates(past), &model);
    let shape: Vec<(limits::Label, u64)> =
        policy.meters().iter().map(|meter| (meter.label(), meter.quota().capacity())).collect();
    assert_eq!(shape, [(labels::DYNAMIC_REQUESTS, 20), (labels::DYNAMIC_TOKENS, 600_000)]);
    let wording = edition.wording(&tier, &model, &given).unwrap();
    let blamed = wording.blamed(Shows::default());
    assert_eq!(blamed, Shows { reset: Some(2), ..Shows::default() });
    let unseen = wording.with_dynamic(Shows::default(), per_minute(60), 1);
    assert_eq!(unseen, Shows::default());
    let hinted = given.with("dynamic_hint", "reset").unwrap();
    let hinted = edition.wording(&tier, &model, &hinted).unwrap().blamed(Shows::default());
    assert_eq!(hinted.hint, Hint::Seconds(2));
}

#[test]
fn capacity_and_how_it_slows_answers_down() {
    let edition = named("2026-08");
    let (given, model) = (edition.assumptions(), edition.model(LLAMA));
    let capacity = edition.capacity(&model, &given).unwrap();
    assert_eq!(capacity.tokens_per_second, Rate::new(Tokens(20_000), Per::Second));
    assert_eq!((capacity.buffer, capacity.others), (Span::from_secs(2), Millionths(500_000)));
    // 3,276.8 of 3,916.8 tokens a second in all; 1.29 s after .05; 25.6 of 58.6 each.
    let step = capacity.congestion[5];
    assert_eq!(step.load, Millionths(836_601));
    assert_eq!(step.adds_to_first_token, Span::from_millis(1_240));
    assert_eq!(step.speed, Millionths(436_860));
    let last = capacity.congestion.last().unwrap();
    assert_eq!((last.load, capacity.congestion.len()), (Millionths::ALL, 7));
    let unlimited = given.with("model_capacity", "unlimited").unwrap();
    assert!(edition.capacity(&model, &unlimited).is_none());
    let old = crate::edition();
    assert!(old.capacity(&old.model(LLAMA), &old.assumptions()).is_none());
    assert_eq!((given.gateway_replicas(), given.routing()), (1, Routing::Random));
    let sticky = given.with("gateway_routing", "sticky").unwrap();
    assert_eq!(sticky.routing(), Routing::Sticky);
    assert_eq!(given.with("background_failures", "7%").unwrap().background_failures().0, 70_000);
}

#[test]
fn words_follow_the_assumption_that_chooses_them() {
    let edition = edition();
    let under = |name, value| {
        let given = edition.assumptions().with(name, value).unwrap();
        edition.assuming(&given)
    };
    assert_eq!(edition.error(ErrorKind::TooLong).status.0, 400);
    assert_eq!(under("too_long", "403").error(ErrorKind::TooLong).status.0, 403);
    let page = under("gateway_page", "524").error(ErrorKind::GatewayPage).clone();
    assert_eq!((page.status.0, page.page, page.message.as_str()), (524, true, "error code: 524"));
    let old = under("limit_type", "credit_limit");
    assert_eq!(old.error(ErrorKind::RequestsLimited).kind, "credit_limit");
    let documented = under("token_headers", "documented");
    assert_eq!(documented.words().limit_tokens, "x-tokenlimit-limit");
    assert_eq!(documented.words().limit, "x-ratelimit-limit", "the others stay");
    let dynamic = named("2026-08");
    let words = dynamic.error(ErrorKind::DynamicRequestsLimited);
    assert_eq!((words.status.0, words.kind.as_str()), (429, "dynamic_request_limited"));
    assert!(words.type_beside);
    let told = dynamic.recognise(wire::Status(429), Some("dynamic_token_limited"), None, None);
    assert_eq!(told, Some(ErrorKind::DynamicTokensLimited));
}
