//! Every fact and every assumption, so that none moves unseen.

use std::fmt::Write as _;

use limits::{Debt, Span};
use rulebook::{AssumptionError, Certainty, TokenGate, TokenReset};
use wire::{ErrorKind, Words};

use crate::{LLAMA, R1, edition};

#[test]
fn every_fact_of_the_edition() {
    let mut list = String::new();
    for fact in edition().facts() {
        let bound = |word: &str, bound: &Option<String>| {
            bound.as_ref().map(|bound| format!(" {word} {bound}")).unwrap_or_default()
        };
        let bounds = bound("at least", &fact.at_least) + &bound("at most", &fact.at_most);
        let _ = writeln!(
            list,
            "{} = {}{bounds}\n    {} {}",
            fact.id, fact.value, fact.certainty, fact.date
        );
    }
    insta::assert_snapshot!(list);
}

#[test]
fn every_assumption_of_the_edition() {
    let mut list = String::new();
    for one in edition().assumptions().iter() {
        let others = one.alternatives.join(", ");
        let others =
            if others.is_empty() { "only stated".to_owned() } else { format!("or {others}") };
        let _ = writeln!(list, "{} = {} ({others})\n    {}", one.name, one.value, one.says);
    }
    insta::assert_snapshot!(list);
}

#[test]
fn every_fact_says_where_it_was_read_and_when() {
    for fact in edition().facts() {
        assert!(!fact.source.is_empty() && !fact.date.is_empty(), "{}", fact.id);
    }
    for assumption in edition().assumptions().iter() {
        assert!(
            assumption.says.ends_with('.') && !assumption.source.is_empty(),
            "{}",
            assumption.name
        );
    }
}

#[test]
fn ids_are_unique_and_find_their_fact() {
    let edition = edition();
    for fact in edition.facts() {
        assert_eq!(edition.fact(&fact.id), Some(fact));
    }
    assert_eq!(edition.fact("tiers.build-2.request"), None);
}

#[test]
fn defaults_are_those_of_the_edition() {
    let given = edition().assumptions();
    assert_eq!(given.token_gate(), TokenGate::Minute);
    assert_eq!(given.token_debt(), Debt::Forgotten);
    assert_eq!(given.token_reset(), TokenReset::RequestWindow);
    assert_eq!(given.refusal_takes(), Span::from_millis(100));
    assert!((given.first_token_noise() - 0.5).abs() < f64::EPSILON);
    assert!((given.speed_noise() - 0.15).abs() < f64::EPSILON);
    assert_eq!(given.prefill_per_token(), Span::from_micros(80));
}

#[test]
fn an_assumption_that_is_set_is_the_one_that_is_read() {
    let given = edition().assumptions();
    for (word, gate) in [
        ("window-2x", TokenGate::Window2x),
        ("window-1x", TokenGate::Window1x),
        ("none", TokenGate::None),
        ("minute", TokenGate::Minute),
    ] {
        let set = given.with("token_gate", word).unwrap();
        assert_eq!(set.token_gate(), gate);
        let stated = set.get("token_gate").unwrap();
        assert_eq!(stated.value, word);
        assert_eq!(stated.alternatives.len(), 3);
        assert!(!stated.alternatives.iter().any(|other| other == word));
    }
    assert_eq!(given.with("token_debt", "carried").unwrap().token_debt(), Debt::Carried);
    assert_eq!(given.with("token_reset", "gate").unwrap().token_reset(), TokenReset::Gate);
    let one_second = given.with("refusal_takes", "1s").unwrap();
    assert_eq!(one_second.refusal_takes(), Span::from_secs(1));
    assert_eq!(given.refusal_takes(), Span::from_millis(100), "the other set stays as it was");
}

#[test]
fn a_quantity_may_be_any_amount_of_its_form() {
    let given = edition().assumptions();
    assert_eq!(
        given.with("refusal_takes", "250ms").unwrap().refusal_takes(),
        Span::from_millis(250)
    );
    assert_eq!(given.with("refusal_takes", "0s").unwrap().refusal_takes(), Span::ZERO);
    assert!(given.with("first_token_noise", "0.25").unwrap().first_token_noise() > 0.2);
    for (name, value) in [
        ("refusal_takes", "250"),
        ("speed_noise", "-1"),
        ("speed_noise", "2.5"),
        ("speed_noise", "nan"),
    ] {
        let refused = given.with(name, value);
        assert!(matches!(refused, Err(AssumptionError::UnknownValue { .. })), "{name} = {value}");
    }
}

#[test]
fn what_nothing_reads_cannot_be_chosen() {
    let given = edition().assumptions();
    for (name, other) in
        [("limits_scope", "shared"), ("refused_consumes", "yes"), ("tokens_counted", "usage")]
    {
        let stated = given.get(name).unwrap();
        assert!(stated.alternatives.is_empty(), "{name}");
        let own = stated.value.clone();
        assert!(given.with(name, &own).is_ok());
        let refused = given.with(name, other).unwrap_err();
        assert!(refused.to_string().contains("only stated"), "{refused}");
    }
}

#[test]
fn an_unknown_assumption_is_answered_with_the_known_ones() {
    let AssumptionError::UnknownName { known, .. } =
        edition().assumptions().with("token_gates", "none").unwrap_err()
    else {
        panic!("the name is unknown")
    };
    assert!(known.iter().any(|name| name == "token_gate"));
}

#[test]
fn header_names_are_those_that_were_recorded() {
    let edition = edition();
    let recorded = Words {
        limit: "x-ratelimit-limit",
        remaining: "x-ratelimit-remaining",
        reset: "x-ratelimit-reset",
        hint: "retry-after",
        hint_millis: "retry-after-ms",
        limited: "x-ratelimit",
        limit_tokens: "x-ratelimit-limit-tokens",
        remaining_tokens: "x-ratelimit-remaining-tokens",
        limit_dynamic: "",
        remaining_dynamic: "",
    };
    assert_eq!(edition.words().as_words(), recorded);
}

#[test]
fn errors_have_the_status_of_their_kind_and_only_early_ones_lack_headers() {
    let edition = edition();
    let mut list = String::new();
    for kind in ErrorKind::ALL {
        let words = edition.error(kind);
        let code = words.code.as_deref().unwrap_or("null");
        let headers = if words.headers { "" } else { ", no headers" };
        let _ =
            writeln!(list, "{}: {} {} {code}{headers}", kind.name(), words.status.0, words.kind);
    }
    insta::assert_snapshot!(list, @r"
    requests_limited: 429 rate_limit null
    tokens_limited: 429 rate_limit null
    model_limited: 429 model_rate_limit null
    dynamic_requests_limited: 429 rate_limit null
    dynamic_tokens_limited: 429 rate_limit null
    no_credit: 402 credit_limit null
    no_access: 403 invalid_request_error insufficient_tier
    free_tier: 403 invalid_request_error free_tier
    invalid: 400 invalid_request_error null
    too_long: 400 invalid_request_error null
    too_large: 413 invalid_request_error null
    unauthorized: 401 invalid_request_error invalid_api_key, no headers
    unknown_model: 404 invalid_request_error model_not_available, no headers
    internal: 500 server_error null
    unavailable: 503 service_unavailable null
    gateway_timeout: 504 server_error null
    gateway_page: 521  null, no headers
    ");
}

#[test]
fn an_edition_without_dynamic_limits_words_them_as_the_plain_ones() {
    let edition = edition();
    let pairs = [
        (ErrorKind::DynamicRequestsLimited, ErrorKind::RequestsLimited),
        (ErrorKind::DynamicTokensLimited, ErrorKind::TokensLimited),
    ];
    for (dynamic, plain) in pairs {
        assert_eq!(edition.error(dynamic), edition.error(plain));
    }
    assert_ne!(
        edition.error(ErrorKind::RequestsLimited).message,
        edition.error(ErrorKind::TokensLimited).message
    );
}

#[test]
fn a_latency_is_as_sure_as_the_less_sure_of_its_figures() {
    let edition = edition();
    let given = edition.assumptions();
    let certainty = |id| edition.latency(&edition.model(id), &given).certainty;
    assert_eq!(certainty("openai/gpt-oss-20b"), Certainty::Observed);
    assert_eq!(certainty(LLAMA), Certainty::ThirdParty);
    assert_eq!(certainty(R1), Certainty::Assumed);
    assert_eq!(certainty("nobody/knows-this"), Certainty::Assumed);
}

#[test]
fn a_model_without_figures_of_its_own_has_the_usual_ones() {
    let edition = edition();
    let given = edition.assumptions();
    let usual = edition.latency(&edition.model("nobody/knows-this"), &given);
    assert_eq!(usual.first_token, Span::from_millis(400));
    assert_eq!(usual.tokens_per_second.over(Span::from_secs(1)), 75);
    assert_eq!(usual, edition.latency(&edition.model(R1), &given));
    let own = edition.latency(&edition.model("openai/gpt-oss-20b"), &given);
    assert_eq!(own.first_token, Span::from_millis(240));
    assert_eq!(own.tokens_per_second.over(Span::from_secs(10)), 1_230);
    assert_eq!(own.prefill_per_token, given.prefill_per_token());
}

#[test]
fn contexts_are_known_for_known_models_only() {
    let edition = edition();
    assert_eq!(edition.context(&edition.model(LLAMA)), Some(limits::Tokens(131_072)));
    assert_eq!(edition.context(&edition.model("nobody/knows-this")), None);
    assert!(edition.models().iter().any(|model| model.name() == LLAMA));
}

#[test]
fn every_fact_names_a_source_that_the_edition_lists() {
    let edition = edition();
    let sources = edition.sources();
    assert_eq!(sources[0].name, "rate-limits", "in the order of the text");
    for fact in edition.facts() {
        assert!(sources.iter().any(|source| source.title == fact.source), "{}", fact.id);
    }
}
