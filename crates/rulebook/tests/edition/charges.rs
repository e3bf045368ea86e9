//! What is charged, row by row of the published tables: a request for each, and its cost in exact
//! dollars, reckoned by hand.

use std::fmt::Write as _;

use money::Money;
use rulebook::{Certainty, Edition, Extent, Method, Millionths, Model, Priced};

use crate::{LLAMA, RULEBOOK, TEXT, edition};

/// One request of a million tokens of prompt and half a million of answer.
const PROMPT: u64 = 1_000_000;
const ANSWER: u64 = 500_000;

fn charge(priced: Option<Priced>) -> String {
    priced.map_or("no price".to_owned(), |one| one.tariff.of(1, PROMPT, ANSWER).to_string())
}

fn cost(edition: &Edition, id: &str, extent: Extent) -> String {
    charge(edition.tariff(&edition.model(id), &extent, &edition.assumptions()))
}

/// The edition with models of these sizes, each named by its size and what it is.
fn with_sizes(kind: &str, sizes: &[&str]) -> Edition {
    let mut text = TEXT.to_owned();
    let of = "source = \"ours\", certainty = \"assumed\" }";
    for size in sizes {
        let _ = writeln!(text, "[models.\"{kind} {size}\"]\nsize = {{ value = \"{size}\", {of}");
        let _ = match kind {
            "mixture" => writeln!(text, "mixture = {{ value = true, {of}"),
            "dense" => Ok(()),
            work => writeln!(text, "work = {{ value = \"{work}\", {of}"),
        };
    }
    Edition::parse("with sizes", &text).unwrap_or_else(|refused| panic!("{refused}"))
}

/// Holds every row of a table against what a model of that size is charged.
fn holds(kind: &str, table: &[(&str, &str)]) {
    let sizes: Vec<&str> = table.iter().map(|(size, _)| *size).collect();
    let edition = with_sizes(kind, &sizes);
    for (size, charged) in table {
        let id = format!("{kind} {size}");
        assert_eq!(cost(&edition, &id, Extent::default()), *charged, "{id}");
    }
}

#[test]
fn a_model_without_a_price_costs_by_its_size() {
    // $0.10, $0.20, $0.30, $0.80, $0.90 and $1.80 a million, each at both ends of its band.
    holds(
        "dense",
        &[
            ("500M", "$0.15"),
            ("4B", "$0.15"),
            ("4.1B", "$0.30"),
            ("8B", "$0.30"),
            ("8.1B", "$0.45"),
            ("21B", "$0.45"),
            ("21.1B", "$1.20"),
            ("41B", "$1.20"),
            ("41.1B", "$1.35"),
            ("80B", "$1.35"),
            ("80.1B", "$2.70"),
            ("110B", "$2.70"),
            ("110.1B", "no price"),
        ],
    );
}

#[test]
fn a_mixture_of_experts_costs_by_all_its_parameters() {
    // $0.60, $1.20 and $2.40 a million.
    holds(
        "mixture",
        &[
            ("8B", "$0.90"),
            ("56B", "$0.90"),
            ("56.1B", "$1.80"),
            ("176B", "$1.80"),
            ("176.1B", "$3.60"),
            ("480B", "$3.60"),
            ("1T", "no price"),
        ],
    );
}

#[test]
fn embeddings_and_orders_of_documents_cost_what_they_read() {
    // From $0.008 to $0.02 a million; half a million tokens of answer cost nothing.
    holds(
        "embedding",
        &[
            ("80M", "$0.008"),
            ("150M", "$0.008"),
            ("151M", "$0.016"),
            ("350M", "$0.016"),
            ("560M", "$0.02"),
            ("561M", "no price"),
        ],
    );
    // $0.10 a million.
    holds("re-rank", &[("1.6B", "$0.10"), ("8B", "$0.10"), ("8.1B", "no price")]);
}

#[test]
fn models_and_variants_with_a_price_cost_that() {
    let edition = edition();
    let rows = [
        ("meta-llama/Meta-Llama-3-70B-Instruct-Lite", "$0.81"),
        ("meta-llama/Meta-Llama-3-70B-Instruct-Turbo", "$1.32"),
        ("Qwen/Qwen2-72B-Instruct", "$1.35"),
        ("deepseek-ai/DeepSeek-V3", "$1.875"),
        // 3.00 and half of 7.00.
        ("deepseek-ai/DeepSeek-R1", "$6.50"),
        ("BAAI/bge-base-en-v1.5", "$0.008"),
        ("Salesforce/Llama-Rank-V1", "$0.10"),
        ("some/model", "no price"),
        ("black-forest-labs/FLUX.1-dev", "no price"),
    ];
    for (id, charged) in rows {
        assert_eq!(cost(&edition, id, Extent::default()), charged, "{id}");
    }
    // The reference variant is $0.90 in the overview and $0.88 in the list of models.
    let reference = edition.model("meta-llama/Llama-3-70b-chat-hf");
    let by = |word| edition.assumptions().with("llama3_70b_price", word).unwrap();
    let price = |word| charge(edition.tariff(&reference, &Extent::default(), &by(word)));
    assert_eq!([price("overview"), price("model-list")], ["$1.35", "$1.32"]);
}

#[test]
fn the_flagship_costs_its_price_and_half_of_it_in_a_batch() {
    let edition = edition();
    let (model, given) = (edition.model(LLAMA), edition.assumptions());
    let price = edition.tariff(&model, &Extent::default(), &given).unwrap();
    assert_eq!(price.tariff.of(1, 1_000_000, 200_000), Money::parse("$1.056").unwrap());
    assert_eq!(price.facts, [format!("models.{LLAMA}.price")]);
    assert_eq!(price.certainty, Certainty::Observed);
    let batch = edition.batch_tariff(&model, &Extent::default(), &given).unwrap();
    assert_eq!(batch.tariff.of(1, 1_000_000, 200_000), Money::parse("$0.528").unwrap());
    assert!(batch.facts.contains(&"batch.discount".to_owned()), "{:?}", batch.facts);
    assert!(batch.facts.contains(&"batch_discount".to_owned()), "{:?}", batch.facts);
}

#[test]
fn batches_are_cheaper_for_those_whom_the_assumption_means() {
    let edition = edition();
    let named = edition.assumptions().with("batch_discount", "named").unwrap();
    let batch = |id: &str, given| {
        charge(edition.batch_tariff(&edition.model(id), &Extent::default(), given))
    };
    let all = edition.assumptions();
    assert_eq!([batch(LLAMA, &all), batch(LLAMA, &named)], ["$0.66", "$0.66"]);
    let other = "deepseek-ai/DeepSeek-V3";
    assert_eq!([batch(other, &all), batch(other, &named)], ["$0.9375", "$1.875"]);
    // The discount is on input and output tokens of answers alone.
    let embedding = "BAAI/bge-base-en-v1.5";
    assert_eq!(batch(embedding, &all), "$0.008");
}

#[test]
fn a_free_model_costs_nothing_and_says_so() {
    let edition = edition();
    for id in ["meta-llama/Llama-3.3-70B-Instruct-Turbo-Free", crate::TEN_A_MINUTE] {
        assert_eq!(cost(&edition, id, Extent::default()), "$0", "{id}");
        let priced =
            edition.tariff(&edition.model(id), &Extent::default(), &edition.assumptions()).unwrap();
        assert_eq!(priced.facts, [format!("models.{id}.price")]);
    }
}

#[test]
fn pictures_cost_by_their_pixels_and_by_steps_above_the_default() {
    let edition = edition();
    let schnell = "black-forest-labs/FLUX.1-schnell";
    let picture = |steps| Extent { pixels: 1_000_000, steps, ..Extent::default() };
    // $0.0027 a megapixel at four steps.
    assert_eq!(cost(&edition, schnell, picture(None)), "$0.0027");
    assert_eq!(cost(&edition, schnell, picture(Some(2))), "$0.0027");
    assert_eq!(cost(&edition, schnell, picture(Some(12))), "$0.0081");
    let four = Extent { pictures: 4, ..picture(Some(12)) };
    assert_eq!(cost(&edition, schnell, four), "$0.0324");
    // Left open, a picture is 1024 by 1024: 1.048576 of them.
    assert_eq!(cost(&edition, schnell, Extent::default()), "$0.0028311552");
    // Pro models do not count steps.
    let pro = "black-forest-labs/FLUX.1.1-pro";
    assert_eq!(cost(&edition, pro, picture(Some(100))), "$0.04");
}

#[test]
fn sound_costs_by_characters_or_by_its_length() {
    let edition = edition();
    let speech = Extent { characters: 2_000, ..Extent::default() };
    assert_eq!(cost(&edition, "cartesia/sonic", speech), "$0.13");
    assert_eq!(cost(&edition, "cartesia/sonic", Extent::default()), "no price");
    let recording = Extent { seconds: 90, ..Extent::default() };
    assert_eq!(cost(&edition, "openai/whisper-large-v3", recording), "$0.00225");
}

#[test]
fn what_was_met_before_costs_less_where_a_price_is_listed_for_it() {
    let edition = RULEBOOK.edition("2026-08").unwrap();
    let half = Extent { cached: Millionths(500_000), ..Extent::default() };
    // A prompt at $0.30, half of it at $0.06, and half a million of answer at $1.20.
    assert_eq!(cost(edition, "MiniMaxAI/MiniMax-M3", Extent::default()), "$0.90");
    assert_eq!(cost(edition, "MiniMaxAI/MiniMax-M3", half), "$0.78");
    assert_eq!(cost(edition, "openai/gpt-oss-20b", half), "$0.15");
}

#[test]
fn training_costs_by_size_and_method_within_the_published_range() {
    let edition = edition();
    let trained = |id: &str, method: Method| {
        let priced = edition.fine_tuning(&edition.model(id), method, &edition.assumptions());
        priced.map(|one| one.tariff.of(0, 2_000_000, 0).to_string())
    };
    let least = "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo";
    // $0.48 to $8.00 a million; two million tokens each.
    assert_eq!(trained(least, Method::Lora).as_deref(), Some("$0.96"));
    assert_eq!(trained(LLAMA, Method::FullPreference).as_deref(), Some("$16"));
    let middle = "mistralai/Mistral-Small-24B-Instruct-2501";
    let all = Method::ALL.map(|method| trained(middle, method).unwrap_or_default());
    assert_eq!(all, ["$3", "$3.30", "$7.50", "$8.24"]);
    assert_eq!(trained("deepseek-ai/DeepSeek-R1", Method::Lora), None);
    assert_eq!(trained("some/model", Method::Lora), None);
    for method in Method::ALL {
        assert_eq!(Method::of_word(method.word()), Some(method));
    }
}

#[test]
fn machines_cost_by_the_gpu_and_by_the_source_that_is_believed() {
    let edition = edition();
    let minute = |id: &str, source: &str| {
        let given = edition.assumptions().with("gpu_prices", source).unwrap();
        let hardware = edition.hardware(id, &given);
        hardware.map(|one| one.hourly.of_parts(1, 60).to_string())
    };
    let h100 = "1x_nvidia_h100_80gb_sxm";
    assert_eq!(minute(h100, "cheapest").as_deref(), Some("$0.025"));
    assert_eq!(minute(h100, "dearest").as_deref(), Some("$0.083"));
    assert_eq!(minute(h100, "page").as_deref(), Some("$0.0665"));
    assert_eq!(minute(h100, "later-page").as_deref(), Some("$0.09"));
    assert_eq!(minute("8x_nvidia_h200_140gb_sxm", "page").as_deref(), Some("$0.732"));
    for unknown in ["3x_nvidia_h100_80gb_sxm", "1x_nvidia_a100_80gb_sxm", "h100", "x_"] {
        assert_eq!(minute(unknown, "page"), None, "{unknown}");
    }
    assert_eq!(edition.hardware_ids().len(), 12);
    let given = edition.assumptions();
    for id in edition.hardware_ids() {
        let hardware = edition.hardware(&id, &given).unwrap();
        assert!(edition.fact(&hardware.fact).is_some(), "{id}");
        assert!(id.starts_with(&format!("{}x_", hardware.gpus)), "{id}");
    }
}

#[test]
fn every_price_stands_on_facts_that_can_be_looked_up() {
    for name in RULEBOOK.names() {
        let edition = RULEBOOK.edition(name).unwrap();
        let given = edition.assumptions();
        for model in edition.models() {
            let all = [
                Extent { characters: 1, seconds: 1, ..Extent::default() },
                Extent { cached: Millionths::ALL, steps: Some(50), ..Extent::default() },
            ];
            for extent in all {
                stands(edition, &model, edition.tariff(&model, &extent, &given));
                stands(edition, &model, edition.batch_tariff(&model, &extent, &given));
            }
            for method in Method::ALL {
                stands(edition, &model, edition.fine_tuning(&model, method, &given));
            }
        }
    }
}

fn stands(edition: &Edition, model: &Model, priced: Option<Priced>) {
    let Some(priced) = priced else { return };
    assert!(!priced.facts.is_empty(), "{model}");
    for id in &priced.facts {
        let known = edition.fact(id).is_some() || edition.assumptions().get(id).is_some();
        assert!(known, "{model} {id}");
    }
}
