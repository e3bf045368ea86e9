//! Every refusal of every edition, written by the mock that ships and read by the load generator
//! that ships: both go by the edition's one table, and nothing but bytes is between them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::sync::Arc;

use load_generator::read_refusal;
use mock_together_http::{Mock, Plan, TokioClock};
use proptest::prelude::*;
use rulebook::{Assumptions, Edition, Rulebook};
use scenario::Scenario;
use wire::{ErrorKind, Shows, Status};

/// Any scenario: only its edition is looked at.
const SCENARIO: &str = r#"
title = "Read"
edition = "2025-11"
account = { tier = "build-1" }
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 1
answer = 1
traffic = { poisson = { rate = "1/s", lasts = "1s" } }
"#;

/// Each edition under its own assumptions, and under each value that words anything otherwise.
fn editions() -> Vec<(Arc<Edition>, Assumptions)> {
    let rulebook = Rulebook::embedded().unwrap();
    let names = rulebook.names();
    let each = names.into_iter().filter_map(|name| rulebook.edition(name));
    let mut all = Vec::new();
    for edition in each {
        let given = edition.assumptions();
        all.push((Arc::new(edition.clone()), given.clone()));
        for assumption in given.iter() {
            for value in &assumption.alternatives {
                let supposed = given.with(&assumption.name, value).unwrap();
                let other = edition.assuming(&supposed);
                let differs = |kind: &ErrorKind| other.error(*kind) != edition.error(*kind);
                if ErrorKind::ALL.iter().any(differs) {
                    all.push((Arc::new(other), supposed));
                }
            }
        }
    }
    all
}

/// The kind as which a kind is told: itself, unless one before it has all its words.
fn told_as(edition: &Edition, kind: ErrorKind) -> ErrorKind {
    let seen = |kind| {
        let words = edition.error(kind);
        (words.status, &words.kind, &words.code, &words.message, words.page)
    };
    ErrorKind::ALL.into_iter().find(|other| seen(*other) == seen(kind)).unwrap()
}

/// Writes and reads each kind once, for a model of this name.
async fn written_and_read(model: &str) {
    let rulebook = Rulebook::embedded().unwrap();
    let mut scenario = Scenario::parse("read.toml", SCENARIO, &rulebook).unwrap();
    for (edition, given) in editions() {
        let tier = edition.ladder().first().or(edition.tiers().first()).unwrap().clone();
        let mut plan = Plan { assumptions: given, ..Plan::new(&edition, &tier) };
        plan.models.push(edition.model(model));
        let mock = Mock::new(plan, TokioClock::start(), ());
        scenario.edition = Arc::clone(&edition);
        // One that an edition has no words for does not happen in its age.
        let worded = |kind: &ErrorKind| edition.fact(&format!("errors.{}", kind.name())).is_some();
        for kind in ErrorKind::ALL.into_iter().filter(worded) {
            let response = mock.refusal(kind, model, Shows::default());
            let status = Status(response.status().as_u16());
            let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
            let read = read_refusal(&scenario, status, &body);
            let named = edition.name();
            assert_eq!(read, Some(told_as(&edition, kind)), "{named} {kind:?}: {body:?}");
        }
    }
}

#[tokio::test]
async fn every_kind_of_every_edition_is_read_as_what_was_written() {
    written_and_read("meta-llama/Llama-3.3-70B-Instruct-Turbo").await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_a_model_is_called_its_refusals_are_read(model in "[ -~äß]{1,40}") {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(written_and_read(&model));
    }
}
