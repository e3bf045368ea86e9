//! The schema for editors takes what the reader takes, and refuses what is plainly wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

static SCHEMA: LazyLock<String> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO_BIN_EXE_tierlab")).arg("schema").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
});

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft7::new(&serde_json::from_str(&SCHEMA).unwrap()).unwrap());

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn every_key() -> String {
    fs::read_to_string(root().join("crates/scenario/tests/every-key.toml")).unwrap()
}

/// Where the schema refuses a file.
fn refused(text: &str) -> Vec<String> {
    let file: Value = toml::from_str(text).unwrap();
    let places = VALIDATOR.iter_errors(&file).map(|error| error.instance_path().to_string());
    places.collect()
}

#[test]
fn it_is_a_draft_07_document() {
    let schema: Value = serde_json::from_str(&SCHEMA).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    jsonschema::draft7::meta::validate(&schema).unwrap();
}

#[test]
fn the_committed_one_is_what_the_verb_prints() {
    let committed = fs::read_to_string(root().join("scenarios/schema.json")).unwrap();
    assert!(committed == *SCHEMA, "stale: cargo xtask schema > scenarios/schema.json");
}

/// A key without a description is one that the reader has learnt since.
#[test]
fn every_key_that_the_reader_knows_is_described() {
    fn walk(at: &str, schema: &Value, found: &mut Vec<String>) {
        for (key, value) in schema.as_object().into_iter().flatten() {
            let here = format!("{at}.{key}");
            if at.ends_with(".properties") && value.get("description").is_none() {
                found.push(here.clone());
            }
            walk(&here, value, found);
        }
        for value in schema.as_array().into_iter().flatten() {
            walk(at, value, found);
        }
    }
    let mut undescribed = Vec::new();
    walk("", &serde_json::from_str(&SCHEMA).unwrap(), &mut undescribed);
    // The bounds of a table of quantiles say what they are.
    undescribed.retain(|key| {
        !key.ends_with("quantiles.anyOf.properties.min")
            && !key.ends_with("quantiles.anyOf.properties.max")
    });
    assert!(undescribed.is_empty(), "say what these are in written/schema: {undescribed:#?}");
}

#[test]
fn every_good_file_is_taken() {
    let mut files = vec![("every-key.toml".into(), every_key())];
    for entry in fs::read_dir(root().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(files.len() > 5);
    for (name, text) in files {
        assert_eq!(refused(&text), [""; 0], "{name}");
    }
}

#[test]
fn what_is_plainly_wrong_is_underlined_at_its_place() {
    let wrong = |from: &str, to: &str| {
        let text = every_key();
        assert!(text.contains(from), "{from}");
        refused(&text.replacen(from, to, 1))
    };
    let cases = [
        ("seed = 7", "sead = 7", ""),
        ("seed = 7", "seed = \"7\"", "/seed"),
        ("lasts = \"8m\"", "lasts = \"8\"", "/lasts"),
        ("lasts = \"8m\"", "lasts = 8", "/lasts"),
        ("drain = \"1m30s\"", "drain = \"30s1m\"", "/drain"),
        ("starts = \"2025-11-03T09:00+01:00\"", "starts = \"Monday\"", "/starts"),
        ("stream = true", "stream = \"yes\"", "/group/0/stream"),
        ("max_tokens = 1000", "max_tokens = 0", "/group/0/max_tokens"),
        ("median = 900", "mediam = 900", "/group/0/prompt"),
        ("poisson = { rate = \"2/s\"", "poisson = { rate = \"2\"", "/group/0/traffic"),
        ("{ poisson = {", "{ poison = {", "/group/0/traffic"),
        ("preset = \"give-up\"", "preset = \"give up\"", "/strategy/0/preset"),
        ("hint = { up_to = \"60s\" }", "hint = { upto = \"60s\" }", "/strategy/2/hint"),
        ("cap = \"10s\"", "cap = \"ten\"", "/strategy/2/wait"),
        ("seeds = 20", "seeds = 0", "/compare/seeds"),
        ("status_429 = \"< 1%\"", "status_429 = \"1%\"", "/expect/status_429"),
        ("status_429 = \"< 1%\"", "status_42 = \"< 1%\"", "/expect"),
        ("time_to_first_token_p99", "time_to_first_token_p9", "/expect/strategy/together-py"),
    ];
    for (from, to, place) in cases {
        assert_eq!(wrong(from, to), [place], "{to}");
    }
}
