//! Limits by hand: what is published, and the meters that follow from it.

use limits::{
    Algorithm, Charge, Cost, Debt, Decision, Instant, Limiter, Policy, Requests, Span, Tokens,
};
use proptest::prelude::*;
use rulebook::{Edition, labels};

use crate::{LLAMA, R1, TEN_A_MINUTE, edited, edition};

/// Label, capacity and window in milliseconds of each meter.
fn meters(policy: &Policy) -> Vec<(&'static str, u64, u64)> {
    let shape = |meter: &limits::Meter| {
        (meter.label().0, meter.quota().capacity(), meter.quota().window().nanos() / 1_000_000)
    };
    policy.meters().iter().map(shape).collect()
}

fn policy(edition: &Edition, tier: &str, model: &str, set: &[(&str, &str)]) -> Option<Policy> {
    let mut given = edition.assumptions();
    for (name, value) in set {
        given = given.with(name, value).unwrap();
    }
    edition.policy(&edition.tier(tier).unwrap(), &edition.model(model), &given)
}

fn usual(tier: &str, model: &str) -> Option<Policy> {
    policy(&edition(), tier, model, &[])
}

const ONE: Cost = Cost::new(Requests(1), Tokens(0));

fn at(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

#[test]
fn the_ladder_of_build_tiers() {
    let edition = edition();
    let given = edition.assumptions();
    let model = edition.model(LLAMA);
    let rows: Vec<(String, u64, u64)> = edition
        .tiers()
        .iter()
        .map(|tier| {
            let published = edition.published(tier, &model, &given).unwrap();
            assert!(!published.own);
            let tokens = published.tokens.unwrap().per_minute();
            (tier.to_string(), published.requests.per_minute(), tokens)
        })
        .collect();
    let expected = [
        ("limited", 60, 60_000),
        ("build-1", 600, 180_000),
        ("build-2", 1_800, 250_000),
        ("build-3", 3_000, 500_000),
        ("build-4", 4_500, 1_000_000),
        ("build-5", 6_000, 2_000_000),
    ];
    assert_eq!(rows, expected.map(|(tier, r, t)| (tier.to_owned(), r, t)));
    let ladder: Vec<&str> = edition.ladder().iter().map(rulebook::Tier::name).collect();
    assert_eq!(ladder, ["build-1", "build-2", "build-3", "build-4", "build-5"]);
}

#[test]
fn a_tier_answers_to_its_name_and_to_its_number() {
    let edition = edition();
    for number in 1..=5 {
        let tier = edition.tier(&format!("tier{number}")).unwrap();
        assert_eq!(tier.name(), format!("build-{number}"));
        assert_eq!(tier.title(), format!("Tier {number}"));
        assert_eq!(edition.tier(tier.name()), Some(tier));
    }
    assert_eq!(edition.tier("limited").unwrap().title(), "Limited");
    for word in ["tier6", "Tier 2", "build", ""] {
        assert_eq!(edition.tier(word), None, "{word}");
    }
}

#[test]
fn the_meters_of_tiers_by_hand() {
    let expected = [
        ("limited", 2, 60_000, 1_000),
        ("build-1", 20, 180_000, 3_000),
        ("build-2", 60, 250_000, 4_167),
        ("build-3", 100, 500_000, 8_333),
        ("build-4", 150, 1_000_000, 16_667),
        ("build-5", 200, 2_000_000, 33_333),
    ];
    for (tier, requests, tokens, shown) in expected {
        let policy = usual(tier, LLAMA).unwrap();
        let by_hand = [
            ("requests", requests, 2_000),
            ("tokens", tokens, 60_000),
            ("shown tokens", shown, 2_000),
        ];
        assert_eq!(meters(&policy), by_hand, "{tier}");
    }
}

#[test]
fn requests_are_charged_when_admitted_and_tokens_when_complete() {
    let policy = usual("build-2", LLAMA).unwrap();
    let [requests, gate, shown] = policy.meters() else { panic!("three meters") };
    assert_eq!((requests.charge(), requests.algorithm()), (Charge::AtAdmission, Algorithm::Opened));
    assert_eq!((gate.charge(), gate.algorithm()), (Charge::AtCompletion, Algorithm::Opened));
    assert_eq!((gate.decides(), gate.debt()), (true, Debt::Forgotten));
    assert_eq!((shown.charge(), shown.leader()), (Charge::AtCompletion, Some(0)));
    assert!(!shown.decides(), "what is shown never refuses");
}

#[test]
fn a_capacity_is_the_limit_times_the_window_rounded_half_up() {
    // 75 a minute is 2.5 in two seconds: 3, where rounding down or to even would give 2.
    let edition = edited("[tiers.build-1]", "requests", "600/min", "75/min");
    let policy = policy(&edition, "build-1", LLAMA, &[]).unwrap();
    assert_eq!(meters(&policy)[0], ("requests", 3, 2_000));
}

#[test]
fn a_limit_below_one_request_in_two_seconds_has_the_window_of_one_request() {
    let ten = usual("limited", TEN_A_MINUTE).unwrap();
    assert_eq!(meters(&ten)[0], ("model", 1, 6_000));
    let six = usual("build-1", "deepseek-ai/DeepSeek-R1-Distill-Llama-70B-free").unwrap();
    assert_eq!(meters(&six)[0], ("model", 1, 10_000));
    let of = |limit| {
        let edition = edited("[tiers.build-1]", "requests", "600/min", limit);
        meters(&policy(&edition, "build-1", LLAMA, &[]).unwrap())[0]
    };
    assert_eq!(of("30/min"), ("requests", 1, 2_000));
    assert_eq!(of("25/min"), ("requests", 1, 2_400));
    assert_eq!(of("0.6/min"), ("requests", 1, 100_000));
}

#[test]
fn ten_a_minute_admits_one_request_in_six_seconds() {
    let mut limiter = Limiter::new(usual("limited", TEN_A_MINUTE).unwrap());
    let Decision::Admitted(_) = limiter.admit(at(1_000), ONE) else { panic!("the first") };
    let Decision::Refused(refusal) = limiter.admit(at(6_999), ONE) else { panic!("too early") };
    assert_eq!((refusal.by, refusal.retry_at), (labels::MODEL, at(7_000)));
    let Decision::Admitted(_) = limiter.admit(at(7_000), ONE) else { panic!("the next") };
}

#[test]
fn deepseek_r1_has_its_own_requests_on_each_tier_and_the_tokens_of_the_tier() {
    let expected = [
        ("build-1", Some((1, 20_000)), Some((4, 2_000)), 180_000),
        ("build-2", Some((2, 2_000)), Some((4, 2_000)), 250_000),
        ("build-3", Some((13, 2_000)), Some((4, 2_000)), 500_000),
        ("build-4", Some((13, 2_000)), Some((4, 2_000)), 1_000_000),
        ("build-5", Some((40, 2_000)), Some((4, 2_000)), 2_000_000),
        ("limited", None, None, 60_000),
    ];
    for (tier, row, seen, tokens) in expected {
        for (value, own) in [("tier-row", row), ("120-per-minute", seen)] {
            let policy = policy(&edition(), tier, R1, &[("deepseek_r1", value)]);
            let Some((capacity, window)) = own else {
                assert_eq!(policy, None, "{tier} {value}: nobody gives a number");
                continue;
            };
            let meters = meters(&policy.unwrap());
            assert_eq!(meters.len(), 3, "the tier's own requests do not count beside it");
            assert_eq!(meters[0], ("model", capacity, window), "{tier} {value}");
            assert_eq!(meters[1], ("tokens", tokens, 60_000), "{tier} {value}");
        }
    }
}

#[test]
fn rough_figures_of_deepseek_r1_carry_their_bound() {
    let edition = edition();
    let fact = |tier: &str| {
        edition.fact(&format!("models.{R1}.requests_by.deepseek_r1.tier-row.{tier}")).unwrap()
    };
    assert_eq!(fact("build-3").at_least.as_deref(), Some("400/min"));
    assert_eq!(fact("build-5").at_least.as_deref(), Some("1200/min"));
    assert_eq!(fact("build-2").at_least, None);
}

#[test]
fn a_limit_names_the_facts_it_was_read_from() {
    let edition = edition();
    let given = edition.assumptions();
    let tier = edition.tier("build-2").unwrap();
    let facts = |model| edition.published(&tier, &edition.model(model), &given).unwrap().facts;
    assert_eq!(facts(LLAMA), ["tiers.build-2.requests", "tiers.build-2.tokens"]);
    let own = format!("models.{R1}.requests_by.deepseek_r1.tier-row.build-2");
    assert_eq!(facts(R1), [own.as_str(), "tiers.build-2.tokens"]);
    for fact in facts(R1) {
        assert!(edition.fact(&fact).is_some(), "{fact}");
    }
}

#[test]
fn the_gates_of_tokens_under_each_assumption() {
    let gate = |tier, value| {
        let policy = policy(&edition(), tier, LLAMA, &[("token_gate", value)]).unwrap();
        meters(&policy).into_iter().find(|(label, ..)| *label == "tokens").map(|(_, c, w)| (c, w))
    };
    assert_eq!(gate("build-2", "minute"), Some((250_000, 60_000)));
    assert_eq!(gate("build-2", "window-2x"), Some((8_333, 2_000)));
    assert_eq!(gate("build-2", "window-1x"), Some((4_167, 2_000)));
    assert_eq!(gate("build-2", "none"), None);
    assert_eq!(gate("build-1", "window-2x"), Some((6_000, 2_000)));
    assert_eq!(gate("build-1", "window-1x"), Some((3_000, 2_000)));
    // Even a model whose requests have a longer window has its tokens decided in the usual one.
    let slow = policy(&edition(), "limited", TEN_A_MINUTE, &[("token_gate", "window-2x")]).unwrap();
    assert_eq!(meters(&slow)[1], ("tokens", 2_000, 2_000));
    assert_eq!(meters(&slow)[2], ("shown tokens", 1_000, 6_000));
}

#[test]
fn without_a_gate_no_amount_of_tokens_refuses() {
    let policy = policy(&edition(), "limited", LLAMA, &[("token_gate", "none")]).unwrap();
    assert_eq!(meters(&policy), [("requests", 2, 2_000), ("shown tokens", 1_000, 2_000)]);
    let mut limiter = Limiter::new(policy);
    let Decision::Admitted(receipt) = limiter.admit(at(0), ONE) else { panic!("idle") };
    limiter.settle(at(1_000), receipt, Cost::new(Requests(1), Tokens(9_000_000)));
    assert!(matches!(limiter.admit(at(1_001), ONE), Decision::Admitted(_)));
}

#[test]
fn a_gate_refuses_once_its_charges_reach_the_capacity_and_looks_at_no_size() {
    let mut limiter = Limiter::new(usual("limited", LLAMA).unwrap());
    // Larger than the whole minute, and admitted all the same.
    let huge = Cost::new(Requests(1), Tokens(70_000));
    let Decision::Admitted(first) = limiter.admit(at(0), huge) else {
        panic!("size is not compared")
    };
    limiter.settle(at(5_000), first, Cost::new(Requests(1), Tokens(59_999)));
    let Decision::Admitted(second) = limiter.admit(at(5_001), huge) else {
        panic!("one token left")
    };
    limiter.settle(at(9_000), second, Cost::new(Requests(1), Tokens(1)));
    // The window was opened by the first charge, at five seconds, and lasts a minute.
    let Decision::Refused(refusal) = limiter.admit(at(9_001), ONE) else { panic!("it is full") };
    assert_eq!((refusal.by, refusal.meter, refusal.retry_at), (labels::TOKENS, 1, at(65_000)));
    assert!(matches!(limiter.admit(at(64_999), ONE), Decision::Refused(_)));
    assert!(matches!(limiter.admit(at(65_000), ONE), Decision::Admitted(_)));
}

#[test]
fn a_debt_of_tokens_is_forgotten_or_carried() {
    let admitted_after_overshoot = |debt| {
        let policy = policy(&edition(), "limited", LLAMA, &[("token_debt", debt)]).unwrap();
        let mut limiter = Limiter::new(policy);
        let Decision::Admitted(receipt) = limiter.admit(at(0), ONE) else { panic!("idle") };
        limiter.settle(at(0), receipt, Cost::new(Requests(1), Tokens(130_000)));
        // Between windows everything goes; the next charge opens a window, with the debt or not.
        let Decision::Admitted(receipt) = limiter.admit(at(60_000), ONE) else { panic!("over") };
        limiter.settle(at(60_000), receipt, Cost::new(Requests(1), Tokens(1)));
        matches!(limiter.admit(at(60_001), ONE), Decision::Admitted(_))
    };
    assert!(admitted_after_overshoot("forgotten"));
    assert!(!admitted_after_overshoot("carried"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever an edition allows a minute, the requests admitted in one window by a client that
    /// never stops asking are the limit times the window, computed here in thousandths.
    #[test]
    fn a_window_admits_what_the_limit_says(limit in 1_u64..20_000) {
        let edition = edited("[tiers.build-1]", "requests", "600/min", &format!("{limit}/min"));
        let published = edition
            .published(&edition.tier("build-1").unwrap(), &edition.model(LLAMA), &edition.assumptions())
            .unwrap();
        let mut limiter = Limiter::new(policy(&edition, "build-1", LLAMA, &[]).unwrap());
        let mut admitted = 0_u64;
        while matches!(limiter.admit(at(0), ONE), Decision::Admitted(_)) {
            admitted += 1;
        }
        let two_seconds = (limit * 2 * 1_000 / 60 + 500) / 1_000;
        prop_assert_eq!(admitted, two_seconds.max(1));
        let window = published.window.nanos();
        let one_request = 60_000_000_000_u64.div_ceil(limit);
        prop_assert_eq!(window, one_request.max(2_000_000_000));
    }
}
