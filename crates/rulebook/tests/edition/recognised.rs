//! What an error body says, to a stranger who has nothing but the body and the edition.

use proptest::prelude::*;
use rulebook::{Edition, ErrorWords, Rulebook};
use wire::{ErrorKind, Status};

use crate::{LLAMA, TEXT, edition, with_line};

/// A message with its places filled one by one.
fn filled(message: &str, figure: &str, model: &str) -> String {
    let figures = ["{rpm}", "{qps}", "{tpm}", "{tps}"];
    let message = figures.iter().fold(message.to_owned(), |text, one| text.replace(one, figure));
    message.replace("{model}", model)
}

fn recognised(edition: &Edition, words: &ErrorWords, message: &str) -> Option<ErrorKind> {
    edition.recognise(words.status, Some(&words.kind), words.code.as_deref(), Some(message))
}

/// The kind as which a kind is told: itself, unless one before it has all its words.
fn told_as(edition: &Edition, kind: ErrorKind) -> ErrorKind {
    let seen = |kind| {
        let ErrorWords { status, kind, code, message, page, .. } = edition.error(kind);
        (status, kind, code, message, page)
    };
    ErrorKind::ALL.into_iter().find(|other| seen(*other) == seen(kind)).unwrap()
}

/// The statuses that a kind has, under whatever assumption.
fn statuses(kind: ErrorKind) -> Vec<Status> {
    let (edition, given) = (edition(), edition().assumptions());
    let otherwise = given.iter().flat_map(|one| one.choices().iter().map(|to| (&one.name, to)));
    let otherwise = otherwise.map(|(name, value)| given.with(name, value).unwrap());
    otherwise.map(|given| edition.assuming(&given).error(kind).status).collect()
}

/// What a body tells that has only this of all it could have.
fn bare(status: u16, kind: Option<&str>, message: Option<&str>) -> Option<ErrorKind> {
    edition().recognise(Status(status), kind, None, message)
}

#[test]
fn every_kind_that_has_words_of_its_own_is_told_by_them() {
    let rulebook = Rulebook::embedded().unwrap();
    for name in rulebook.names() {
        let edition = rulebook.edition(name).unwrap();
        for kind in ErrorKind::ALL {
            let words = edition.error(kind);
            let message = filled(&words.message, "1800", LLAMA);
            assert_eq!(
                recognised(edition, words, &message),
                Some(told_as(edition, kind)),
                "{name} {kind:?}"
            );
        }
    }
}

#[test]
fn dynamic_limits_are_told_where_an_edition_words_them() {
    let dynamic = "[errors.dynamic_requests_limited]\nstatus = 429\ntype = \"rate_limit\"\n\
                   message = \"Dynamic limit of {rpm}\"\nsource = \"ours\"\n\
                   certainty = \"assumed\"\n\n[latency]\n";
    let text = TEXT.replacen("[latency]\n", dynamic, 1);
    let edition = Edition::parse("dynamic", &text).unwrap_or_else(|refused| panic!("{refused}"));
    let of = |kind, message| recognised(&edition, edition.error(kind), message);
    let kind = ErrorKind::DynamicRequestsLimited;
    assert_eq!(of(kind, "Dynamic limit of 60"), Some(kind));
    assert_eq!(of(kind, "Slow down"), None, "three kinds have this type now");
}

#[test]
fn too_long_is_told_where_an_edition_gives_it_words() {
    let text = with_line("[errors.too_long]", "message", "Input validation error", "Too long");
    let edition = Edition::parse("edited", &text).unwrap();
    let words = edition.error(ErrorKind::TooLong);
    assert_eq!(recognised(&edition, words, "Too long: 9000"), Some(ErrorKind::TooLong));
    assert_eq!(recognised(&edition, words, "Input validation error"), Some(ErrorKind::Invalid));
    assert_eq!(recognised(&edition, words, "Something else"), None);
}

#[test]
fn a_body_without_a_type_is_told_by_its_status_where_that_has_one_meaning() {
    assert_eq!(bare(401, None, Some("Unauthorized")), Some(ErrorKind::Unauthorized));
    assert_eq!(bare(503, None, None), Some(ErrorKind::Unavailable));
    assert_eq!(bare(429, None, None), None, "three limits refuse with it");
    assert_eq!(bare(429, None, Some("Too Many Requests")), None);
    let page = Some(ErrorKind::GatewayPage);
    assert_eq!(bare(521, None, Some("error code: 521")), page);
    assert_eq!(bare(521, None, Some("Web server is down")), page, "whatever its page says");
    assert_eq!(bare(520, None, Some("error code: 520")), None);
    let words = edition().error(ErrorKind::TokensLimited).message.clone();
    let tokens = filled(&words, "60", LLAMA);
    assert_eq!(bare(429, None, Some(&tokens)), Some(ErrorKind::TokensLimited), "by its text");
    assert_eq!(bare(500, None, Some(&tokens)), Some(ErrorKind::Internal), "the status rules");
}

#[test]
fn a_foreign_body_is_not_taken_for_one_of_ours() {
    let openai = |status, kind, code, message| {
        edition().recognise(Status(status), Some(kind), Some(code), Some(message))
    };
    let quota = "You exceeded your current quota, please check your plan and billing details.";
    assert_eq!(openai(429, "insufficient_quota", "insufficient_quota", quota), None);
    assert_eq!(openai(429, "tokens", "rate_limit_exceeded", "Rate limit reached"), None);
    assert_eq!(openai(503, "overloaded_error", "overloaded", "Overloaded"), None);
    assert_eq!(bare(404, Some("invalid_request_error"), Some("Not found")), None, "an address");
    let words = "Service unavailable";
    assert_eq!(openai(503, "overloaded", "x", words), Some(ErrorKind::Unavailable), "by its text");
    assert_eq!(bare(429, Some("rate_limit"), Some(quota)), None, "requests or tokens?");
    let model = Some(ErrorKind::ModelLimited);
    assert_eq!(bare(429, Some("model_rate_limit"), None), model, "only one kind has this type");
}

proptest! {
    #[test]
    fn whatever_a_body_says_it_is_told_or_not_and_by_its_status(
        status in prop_oneof![400_u16..600, any::<u16>()],
        kind in prop::option::of(prop_oneof![Just("rate_limit".to_owned()), "\\PC{0,12}"]),
        code in prop::option::of("\\PC{0,12}"),
        message in prop::option::of("[\\PC{}]{0,200}"),
    ) {
        let edition = edition();
        let told = edition.recognise(Status(status), kind.as_deref(), code.as_deref(), message.as_deref());
        prop_assert!(told.is_none_or(|kind| statuses(kind).contains(&Status(status))));
    }

    /// Whatever fills the places, a model's id with braces and whole sentences included.
    #[test]
    fn what_fills_the_places_changes_nothing(
        index in 0..ErrorKind::ALL.len(),
        figure in "[0-9.]{0,8}",
        model in "[\\PC{}]{0,60}",
    ) {
        let (edition, kind) = (edition(), ErrorKind::ALL[index]);
        let words = edition.error(kind);
        let message = filled(&words.message, &figure, &model);
        prop_assert_eq!(recognised(&edition, words, &message), Some(told_as(&edition, kind)));
    }
}
