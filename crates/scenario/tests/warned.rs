//! What refuses nothing but deserves a look, and one bound too large for a file of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rulebook::{Fault, Refused, Rulebook, Severity};
use scenario::{Code, Scenario, Trace};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

fn parse(text: &str) -> Result<Scenario, Refused> {
    Scenario::parse("test.toml", text, &RULEBOOK)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/warned")
}

/// The rulebook with a service that says nothing of its limits, and none of when to come back.
fn with_silent_service() -> Rulebook {
    let mut rulebook = Rulebook::embedded().unwrap();
    let text = RULEBOOK.edition("2025-11").unwrap().text();
    let shown = ["limit            =", "remaining        ="];
    let silent: Vec<String> = text
        .lines()
        .filter(|line| !shown.iter().any(|header| line.starts_with(header)))
        .map(|line| {
            let hint = line.starts_with("hint   =");
            if hint { line.replace("\"reset\"", "\"absent\"") } else { line.to_owned() }
        })
        .collect();
    rulebook.add("silent.toml", &silent.join("\n")).unwrap_or_else(|refused| panic!("{refused}"));
    rulebook
}

/// Files that can be used, each beside everything that is warned of: what its text gives reason to,
/// and that the rules it goes by no longer hold.
#[test]
fn every_doubtful_file_is_told_all_that_deserves_a_look() {
    let rulebook = with_silent_service();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let scenario = Scenario::parse(&format!("{name}.toml"), &text, &rulebook);
        let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
        let past = scenario.past_age("2026-11-20").filter(|_| name == "age-over");
        let warnings: Vec<Fault> = scenario.warnings.iter().cloned().chain(past).collect();
        assert!(!warnings.is_empty(), "{name}");
        for warning in &warnings {
            assert_eq!(warning.severity, Severity::Warning, "{name}");
            assert!(text.get(warning.place.clone().unwrap()).is_some(), "{name}");
            assert!(warning.help.is_some(), "{name}: {} has no remedy", warning.code);
        }
        let told = Refused::new(&format!("{name}.toml"), &text, warnings).to_string();
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => folder(), omit_expression => true }, {
            insta::assert_snapshot!(name, told);
        });
    }
}

#[test]
fn rules_hold_until_the_day_that_their_edition_names() {
    let text = file(&format!("prompt = 900\nanswer = 220\n{TRAFFIC}"), "");
    let scenario = parse(&text).unwrap();
    assert_eq!(scenario.past_age("2026-01-25"), None);
    let warning = scenario.past_age("2026-01-26").unwrap();
    assert_eq!(&text[warning.place.unwrap()], "\"build-2\"", "the file names no edition");
}

/// A file with these lines in its one group, for a model with a context of 131,072 tokens, and
/// these lines after it.
fn file(group: &str, after: &str) -> String {
    format!(
        "title = \"Small\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"chat\"\n\
         model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n{group}\n{after}\n"
    )
}

const TRAFFIC: &str = "traffic = { poisson = { rate = \"2/s\", lasts = \"4m\" } }";

/// The one warning of a file that can be used, with the bytes that it points at; none if it has
/// none.
fn warning(text: &str) -> Option<(Fault, String)> {
    let scenario = parse(text).unwrap_or_else(|refused| panic!("{refused}"));
    assert!(scenario.warnings.len() <= 1, "{:?}", scenario.warnings);
    let warning = scenario.warnings.first()?;
    assert_eq!(warning.severity, Severity::Warning);
    Some((warning.clone(), text[warning.place.clone().unwrap()].to_owned()))
}

#[test]
fn jobs_longer_than_the_model_s_context_are_warned_of() {
    let with = |lengths: &str| warning(&file(&format!("{lengths}\n{TRAFFIC}"), ""));
    let (warning, place) = with("prompt = 130000\nanswer = 100\nmax_tokens = 1073").unwrap();
    assert_eq!((warning.code, place.as_str()), (Code::BeyondContext.name(), "130000"));
    assert_eq!(
        warning.message,
        "the largest jobs of `chat` need 131073 tokens, the context of \
         meta-llama/Llama-3.3-70B-Instruct-Turbo holds 131072"
    );
    let help = warning.help.unwrap();
    assert!(help.contains("400 \"Input validation error\""), "{help}");
    assert!(help.ends_with("as it is here"), "{help}");
    assert_eq!(with("prompt = 130000\nanswer = 100\nmax_tokens = 1072"), None, "it just fits");
    // Without `max_tokens` the answer counts; of a law, its far end.
    assert!(with("prompt = 130000\nanswer = 2000").is_some());
    let law = "prompt = { lognormal = { median = 20000, p95 = 90000 } }\nanswer = 100";
    assert!(with(law).is_some());
    let cut = law.replace("p95 = 90000", "p95 = 90000, max = 100000");
    assert_eq!(with(&cut), None, "a law that is cut fits");
}

#[test]
fn rows_of_a_trace_are_held_against_the_context_once_they_are_there() {
    let text = file("traffic = { trace = { file = \"t.csv\" } }", "");
    assert_eq!(warning(&text), None);
    let with = |prompt: u32| {
        let trace = Trace { due: vec![0, 1], prompt: vec![10, prompt], answer: vec![5, 5] };
        parse(&text).unwrap().with_trace(Arc::new(trace)).unwrap().warnings
    };
    assert_eq!(with(131_067), []);
    let warnings = with(131_068);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].code, Code::BeyondContext.name());
    assert_eq!(&text[warnings[0].place.clone().unwrap()], "{ trace = { file = \"t.csv\" } }");
}

#[test]
fn tries_of_a_strategy_that_tries_nothing_again_are_warned_of() {
    let with = |strategy: &str| {
        let group = format!("prompt = 900\nanswer = 220\n{TRAFFIC}");
        warning(&file(&group, &format!("[[strategy]]\n{strategy}")))
    };
    let (warning, place) = with("preset = \"give-up\"\ntries = 5").unwrap();
    assert_eq!((warning.code, place.as_str()), (Code::VainTries.name(), "5"));
    assert!(warning.help.unwrap().contains("full-jitter"));
    let (warning, _) = with("name = \"mine\"\nretry_on = \"nothing\"\ntries = 2").unwrap();
    assert!(warning.help.unwrap().contains("retry_on = \"limits_and_failures\""));
    assert_eq!(with("preset = \"give-up\""), None);
    assert_eq!(with("preset = \"give-up\"\ntries = 1"), None, "that is what it does");
    assert_eq!(with("preset = \"full-jitter\"\ntries = 5"), None);
}

#[test]
fn more_pictures_than_a_window_holds_are_warned_of() {
    let with = |images: u32, unit: &str| {
        let group = format!(
            "images = {images}\ntraffic = {{ poisson = {{ rate = \"2/min\", lasts = \"4m\" }} }}"
        );
        let text = file(&group, &format!("[assume]\nimage_unit = \"{unit}\""));
        warning(
            &text
                .replace("meta-llama/Llama-3.3-70B-Instruct-Turbo", "black-forest-labs/FLUX.1-dev"),
        )
    };
    // Tier 1 has 240 a minute: 8 in two seconds.
    let (found, place) = with(9, "image").unwrap();
    assert_eq!((found.code, place.as_str()), (Code::BeyondWindow.name(), "images"));
    assert_eq!(
        found.message,
        "a request of `chat` asks for 9 pictures, the window of black-forest-labs/FLUX.1-dev on \
         Tier 1 holds 8"
    );
    assert_eq!(with(8, "image"), None);
    assert_eq!(with(9, "request"), None, "one request is one request");
}

#[test]
fn a_text_longer_than_the_model_s_context_is_warned_of_however_many_there_are() {
    let with = |prompt: u32| {
        let text = file(&format!("inputs = 100\nprompt = {prompt}\n{TRAFFIC}"), "");
        warning(&text.replace("meta-llama/Llama-3.3-70B-Instruct-Turbo", "BAAI/bge-base-en-v1.5"))
    };
    assert_eq!(with(512), None);
    let (found, _) = with(513).unwrap();
    assert_eq!(found.code, Code::BeyondContext.name());
    assert_eq!(found.label, "99.9 % of texts stay below this");
    assert!(!found.help.unwrap().contains("max_tokens"), "which embeddings refuse");
}

#[test]
fn texts_that_use_up_a_minute_are_to_be_fewer() {
    let with = |inputs: u32| {
        let text = file(&format!("inputs = {inputs}\nprompt = 8000\n{TRAFFIC}"), "");
        let model = "togethercomputer/m2-bert-80M-32k-retrieval";
        warning(&text.replace("meta-llama/Llama-3.3-70B-Instruct-Turbo", model))
    };
    assert_eq!(with(10), None);
    let (found, _) = with(1000).unwrap();
    assert_eq!(found.code, Code::FillsMinute.name());
    let help = found.help.unwrap();
    assert!(help.contains("fewer `inputs`") && !help.contains("max_tokens"), "{help}");
}

#[test]
fn a_bound_that_holds_most_of_a_law_is_warned_of() {
    let with =
        |prompt: &str| warning(&file(&format!("prompt = {prompt}\nanswer = 220\n{TRAFFIC}"), ""));
    let (found, place) = with("{ lognormal = { median = 900, p95 = 3000, max = 800 } }").unwrap();
    assert_eq!((found.code, place.as_str()), (Code::MostlyHeld.name(), "800"));
    assert_eq!(found.message, "more than half of these lengths are held at `max`, 800");
    let (found, _) = with("{ exponential = { mean = 200, min = 140, max = 300 } }").unwrap();
    assert_eq!(found.message, "more than half of these lengths are held at `min`, 140");
    assert_eq!(with("{ lognormal = { median = 900, p95 = 3000, max = 900 } }"), None);
    let redrawn = "{ lognormal = { median = 900, p95 = 3000, max = 800, beyond = \"redrawn\" } }";
    assert_eq!(with(redrawn), None, "nothing is held");
}

#[test]
fn a_thousand_groups_are_the_most() {
    let groups = |count: usize| {
        let mut text = "title = \"Many\"\n[account]\ntier = \"build-2\"\n".to_owned();
        for number in 0..count {
            let lengths = "prompt = 900\nanswer = 220";
            let model = "model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"";
            let name = format!("name = \"g{number}\"");
            writeln!(text, "[[group]]\n{name}\n{model}\n{lengths}\n{TRAFFIC}").unwrap();
        }
        text
    };
    assert_eq!(parse(&groups(1_000)).unwrap().groups.len(), 1_000);
    let text = groups(1_001);
    let refused = parse(&text).unwrap_err();
    let [fault] = refused.faults.as_slice() else { panic!("{refused}") };
    assert_eq!(fault.code, Code::TooManyGroups.name());
    let line = refused.line_column(fault).unwrap().0;
    assert_eq!(text.lines().nth(line - 1), Some("[[group]]"));
    assert_eq!(line, 4 + 1_000 * 6, "at the first that is too many");
}
