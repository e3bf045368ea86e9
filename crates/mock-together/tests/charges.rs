//! What editions say that things cost, as it is charged: a million tokens of prompts and a fifth of
//! a million of answers, in two hundred requests of one account.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::sync::Arc;

use limits::{Instant, Span};
use mock_together::{
    Account, Answer, Funds, Limits, Money, OrganizationId, Service, Statement, Terms,
};
use rulebook::{Assumptions, Edition, Extent, Rulebook};
use wire::{Fate, Request, TariffId};

const US: OrganizationId = OrganizationId(0);

fn edition(name: &str) -> Edition {
    Rulebook::embedded().unwrap().edition(name).unwrap().clone()
}

/// What two hundred requests of five thousand and a thousand tokens are charged together.
fn charged(edition: &Edition, given: &Assumptions, model: &str, extent: &Extent) -> Option<String> {
    let model = edition.model(model);
    let priced = edition.tariff(&model, extent, given)?;
    let tier = edition.tier("build-5").unwrap();
    let terms = Terms::new(&Arc::new(edition.clone()), given, Limits::Published);
    let mut service = Service::new(&terms);
    let funds = Funds::none(US, tier.clone());
    service.open(&Funds { purchased: Money::from_dollars(1_000), ..funds });
    let tariff = service.quote(priced.tariff);
    let pair = service.enrol(&terms, &Account::new(US, tier, model)).unwrap();
    for n in 0..200 {
        let now = Instant::START.after(Span::from_secs(10 * n));
        let request = Request {
            pair,
            prompt: 5_000,
            count: 1,
            max_tokens: None,
            stream: false,
            caller: 0,
            tariff,
            fate: Fate { answer: 1_000, draw: 1 << 63 },
        };
        let Answer::Underway(ticket) = service.receive(now, request) else { panic!("refused") };
        let _ = service.finish(now, ticket);
    }
    let end = Instant::START.after(Span::from_secs(3_600));
    let Statement { usage, balance, .. } = service.statement(end, US).unwrap();
    assert_eq!(balance, Money::from_dollars(1_000) - usage);
    Some(usage.to_string())
}

/// The same, of models of these sizes, as the edition of late 2025 has them.
fn charged_by_size(rows: &[(&str, &str)], facts: &str) -> Vec<Option<String>> {
    let noted =
        |value: &str| format!("{{ value = {value}, source = \"ours\", certainty = \"assumed\" }}");
    let models: Vec<String> = rows
        .iter()
        .map(|(size, _)| {
            let size_of = noted(&format!("\"{size}\""));
            format!("[models.\"ours/{size}\"]\nsize = {size_of}\n{facts}\n")
        })
        .collect();
    let text = format!("{}\n{}", edition("2025-11").text(), models.concat());
    let edition = Edition::parse("sizes", &text).unwrap();
    let given = edition.assumptions();
    let one = |(size, _): &(&str, &str)| {
        charged(&edition, &given, &format!("ours/{size}"), &Extent::default())
    };
    rows.iter().map(one).collect()
}

fn expected(rows: &[(&str, &str)]) -> Vec<Option<String>> {
    rows.iter().map(|(_, cost)| Some((*cost).to_owned())).collect()
}

#[test]
fn llama_3_3_at_88_cents_costs_1_056_and_half_of_that_in_a_batch() {
    const LLAMA: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
    let edition = edition("2025-11");
    let given = edition.assumptions();
    let cost = charged(&edition, &given, LLAMA, &Extent::default());
    assert_eq!(cost.as_deref(), Some("$1.056"));
    let batch = edition.batch_tariff(&edition.model(LLAMA), &Extent::default(), &given).unwrap();
    assert_eq!(batch.tariff.of(1, 1_000_000, 200_000).to_string(), "$0.528");
}

#[test]
fn each_band_of_sizes_is_charged_at_its_price_up_to_its_end() {
    // 1.2 times what a million tokens cost.
    let rows = [
        ("1B", "$0.12"),
        ("4B", "$0.12"),
        ("4.1B", "$0.24"),
        ("8B", "$0.24"),
        ("8.1B", "$0.36"),
        ("21B", "$0.36"),
        ("21.1B", "$0.96"),
        ("41B", "$0.96"),
        ("41.1B", "$1.08"),
        ("80B", "$1.08"),
        ("80.1B", "$2.16"),
        ("110B", "$2.16"),
    ];
    assert_eq!(charged_by_size(&rows, ""), expected(&rows));
    let larger = [("110.1B", "")];
    assert_eq!(charged_by_size(&larger, ""), [None], "nobody says what that costs");
}

#[test]
fn each_band_of_mixtures_is_charged_at_its_price_up_to_its_end() {
    let mixture = "mixture = { value = true, source = \"ours\", certainty = \"assumed\" }";
    let rows = [
        ("56B", "$0.72"),
        ("56.1B", "$1.44"),
        ("176B", "$1.44"),
        ("176.1B", "$2.88"),
        ("480B", "$2.88"),
    ];
    assert_eq!(charged_by_size(&rows, mixture), expected(&rows));
}

#[test]
fn models_with_prices_of_their_own_are_charged_at_those() {
    let edition = edition("2025-11");
    let given = edition.assumptions();
    let rows = [
        ("meta-llama/Meta-Llama-3-70B-Instruct-Lite", "$0.648"),
        ("meta-llama/Meta-Llama-3-70B-Instruct-Turbo", "$1.056"),
        ("Qwen/Qwen2-72B-Instruct", "$1.08"),
        ("deepseek-ai/DeepSeek-V3", "$1.50"),
    ];
    for (model, cost) in rows {
        let found = charged(&edition, &given, model, &Extent::default());
        assert_eq!(found.as_deref(), Some(cost), "{model}");
    }
    let reference = given.with("llama3_70b_price", "overview").unwrap();
    let found = charged(&edition, &reference, "meta-llama/Llama-3-70b-chat-hf", &Extent::default());
    assert_eq!(found.as_deref(), Some("$1.08"), "the reference variant");
}

#[test]
fn what_is_only_read_costs_its_input_alone() {
    let edition = edition("2025-11");
    let given = edition.assumptions();
    let mut seen = 0;
    for model in edition.models() {
        if !matches!(model.work(), rulebook::Work::Embedding | rulebook::Work::Rerank) {
            continue;
        }
        let Some(priced) = edition.tariff(&model, &Extent::default(), &given) else { continue };
        assert_eq!(priced.tariff.answer, Money::ZERO, "{}", model.name());
        let found = charged(&edition, &given, model.name(), &Extent::default()).unwrap();
        assert_eq!(found, priced.tariff.prompt.times(1_000_000).to_string());
        let by_size = priced.facts.iter().any(|fact| fact.starts_with("prices.embedding"));
        if by_size {
            let million = priced.tariff.prompt.times(1_000_000);
            assert!(million >= Money::parse("$0.008").unwrap(), "{}", model.name());
            assert!(million <= Money::parse("$0.02").unwrap(), "{}", model.name());
        } else if priced.facts.iter().any(|fact| fact.starts_with("prices.re-rank")) {
            assert_eq!(found, "$0.10");
        }
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn in_every_edition_whatever_has_a_price_is_charged_at_it() {
    let extent = Extent { pixels: 1_000_000, characters: 300, seconds: 90, ..Extent::default() };
    for name in Rulebook::embedded().unwrap().names() {
        let edition = edition(name);
        let given = edition.assumptions();
        let Some(tier) = edition.ladder().last().filter(|_| edition.has_tiers()).cloned() else {
            continue;
        };
        let mut seen = 0;
        for model in edition.models() {
            let priced = edition.tariff(&model, &extent, &given);
            let unlimited = Terms::new(&Arc::new(edition.clone()), &given, Limits::Off);
            let mut service = Service::new(&unlimited);
            service.open(&Funds::none(US, tier.clone()));
            let tariff = priced.map(|priced| priced.tariff).unwrap_or_default();
            let number = service.quote(tariff);
            assert_eq!(tariff.is_free(), number == TariffId::FREE);
            let work = model.work();
            let account = Account::new(US, tier.clone(), model);
            let pair = service.enrol(&unlimited, &account).unwrap();
            let fate = Fate { answer: 7, draw: 1 << 63 };
            let (prompt, count) = (11, 1);
            let request = Request {
                pair,
                prompt,
                count,
                max_tokens: None,
                stream: false,
                caller: 0,
                tariff: number,
                fate,
            };
            let Answer::Underway(ticket) = service.receive(Instant::START, request) else {
                panic!("no limit is in force")
            };
            let _ = service.finish(Instant::START, ticket);
            let books = service.statement(Instant::START, US).unwrap();
            let answer = if work.answers_in_tokens() { 7 } else { 0 };
            let each = tariff.request + tariff.prompt.times(11) + tariff.answer.times(answer);
            assert_eq!(books.usage, each);
            seen += usize::from(!tariff.is_free());
        }
        assert!(seen >= 20, "{name}: {seen}");
    }
}
