//! Every address that the documents and the mock have in common answers as they say, to requests that
//! are made from their schemas.
//!
//! The documents and what was recorded do not agree everywhere. Under the rules the recorded form holds,
//! for clients that want the service; under `--profile conformance` the documents' does. What the rules
//! answer that no document has is pinned below, and so is what the documents have that the mock lacks.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use jsonschema::Validator;
use serde_json::Value;

use crate::documents::{Document, Operation};
use crate::generated::Generator;
use crate::house::{House, Response};

/// How often each address is asked: with as many different requests.
const TIMES: u64 = 12;

/// Where the parts of a form end.
const BOUNDARY: &str = "part-of-a-form";

/// The model that does what an address is for.
fn model(path: &str) -> Option<&'static str> {
    Some(match path {
        "/chat/completions" | "/completions" => "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "/embeddings" => "BAAI/bge-base-en-v1.5",
        "/rerank" => "Salesforce/Llama-Rank-V1",
        "/images/generations" => "black-forest-labs/FLUX.1-schnell",
        "/audio/speech" => "canopylabs/orpheus-3b-0.1-ft",
        "/audio/transcriptions" | "/audio/translations" => "openai/whisper-large-v3",
        _ => return None,
    })
}

/// One of the requests that an operation allows.
fn request(document: &Document, operation: &Operation, nth: u64) -> Request<Body> {
    let mut made = Generator::new(document, nth + 1, [0, 4, 2, 1][(nth % 4) as usize]);
    let parts = operation.path.split('/').map(|part| {
        if part.starts_with('{') { "0f8fad5b-d9cb-469f-a165-70867728950e" } else { part }
    });
    let mut path = format!("/v1{}", parts.collect::<Vec<_>>().join("/"));
    for (name, schema) in &operation.query {
        if made.below(2) == 0 {
            let value = made.value(schema, 0);
            let value = value.as_str().map_or(value.to_string(), str::to_owned);
            let plain = value.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
            if plain {
                let mark = if path.contains('?') { "&" } else { "?" };
                path = [&path, mark, name, "=", &value].concat();
            }
        }
    }
    let request = Request::builder().method(operation.method.as_str()).uri(path);
    let request = request.header("authorization", "Bearer a-key");
    let Some((media, schema)) = &operation.body else {
        return request.body(Body::empty()).unwrap();
    };
    let mut body = made.value(schema, 0);
    if let Some(model) = model(&operation.path).filter(|_| nth % 4 != 3) {
        body["model"] = model.into();
    }
    if media.starts_with("multipart") {
        let request = request.header("content-type", format!("{media}; boundary={BOUNDARY}"));
        return request.body(form(&operation.path, &body).into()).unwrap();
    }
    request.header("content-type", media).body(Body::from(body.to_string())).unwrap()
}

/// A form with these fields; the file among them is what the address takes.
fn form(path: &str, fields: &Value) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, value) in fields.as_object().unwrap() {
        let file = if name == "file" { "; filename=\"a\"" } else { "" };
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        form.extend(head.into_bytes());
        match (name.as_str(), value) {
            ("file", _) if path.starts_with("/audio") => form.extend(sound()),
            ("file", _) => form.extend(b"{\"text\":\"a\"}\n"),
            (_, Value::String(text)) => form.extend(text.bytes()),
            (_, other) => form.extend(other.to_string().into_bytes()),
        }
        form.extend(b"\r\n");
    }
    form.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    form
}

/// A tenth of a second of silence.
fn sound() -> Vec<u8> {
    let (rate, bytes) = (8_000_u32, 1_600_u32);
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend(1_u16.to_le_bytes());
    wav.extend(1_u16.to_le_bytes());
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * 2).to_le_bytes());
    wav.extend(2_u16.to_le_bytes());
    wav.extend(16_u16.to_le_bytes());
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    wav.extend(vec![0; bytes as usize]);
    wav
}

/// What a response has that its operation does not say, a line each.
struct Judge<'d> {
    document: &'d Document,
    validators: BTreeMap<(String, String, String), Validator>,
}

impl Judge<'_> {
    fn faults(&mut self, operation: &Operation, response: &Response) -> Vec<String> {
        let status = response.status.to_string();
        let place = format!("{} {} {status}", operation.method, operation.path);
        let Some(content) = operation.responses.get(&status) else {
            return vec![format!("{place}: the status is not declared")];
        };
        if content.is_empty() {
            return Vec::new();
        }
        let media = response.media().split(';').next().unwrap_or_default().trim();
        let Some((media, schema)) = content.get_key_value(media) else {
            return vec![format!("{place}: {media} is not declared")];
        };
        let key = (operation.method.clone() + &operation.path, status, media.clone());
        let validator =
            self.validators.entry(key).or_insert_with(|| self.document.validator(schema));
        if media != "application/json" && media != "text/event-stream" {
            return Vec::new();
        }
        let mut faults = BTreeSet::new();
        for value in values(media, response) {
            for error in validator.iter_errors(&value) {
                let at: String = error.instance_path().to_string();
                let at: Vec<&str> = at
                    .split('/')
                    .map(|part| if part.parse::<u32>().is_ok() { "*" } else { part })
                    .collect();
                let keyword = error.schema_path().to_string();
                let keyword = keyword.rsplit('/').next().unwrap_or_default().to_owned();
                faults.insert(format!("{place}: {} against `{keyword}`", at.join("/")));
            }
        }
        faults.into_iter().collect()
    }
}

/// The values of a body: one, or one for each event of a stream.
fn values(media: &str, response: &Response) -> Vec<Value> {
    if media == "application/json" {
        return vec![response.json()];
    }
    let text = std::str::from_utf8(&response.body).unwrap();
    let data = text.split("\n\n").filter_map(|event| event.strip_prefix("data: "));
    let value = |data: &str| serde_json::from_str(data).unwrap_or_else(|_| Value::from(data));
    data.map(|data| serde_json::json!({ "data": value(data) })).collect()
}

/// Asks for everything that the documents and the mock have, and tells what is not as they say, and what
/// was refused.
async fn asked(house: &House, documents: &[Document]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut faults, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for document in documents {
        let mut judge = Judge { document, validators: BTreeMap::new() };
        for operation in &document.operations {
            if !serves(house, operation).await {
                continue;
            }
            for nth in 0..TIMES {
                let response = house.call(request(document, operation, nth)).await;
                if !(200..300).contains(&response.status) {
                    let Operation { method, path, .. } = operation;
                    let error = &response.json()["error"];
                    refused.insert(format!("{method} {path} {}: {error}", response.status));
                }
                let found = judge.faults(operation, &response);
                faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", document.name)));
            }
        }
    }
    (faults, refused)
}

/// Whether the mock has an address: it then asks for a key before anything else.
async fn serves(house: &House, operation: &Operation) -> bool {
    let path = format!("/v1{}", operation.path.replace(['{', '}'], ""));
    let request = Request::builder().method(operation.method.as_str()).uri(path);
    let response = house.call(request.body(Body::empty()).unwrap()).await;
    assert!([401, 404, 405].contains(&response.status), "{} {}", operation.path, response.status);
    response.status == 401
}

#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn documents() -> Option<Vec<Document>> {
    let documents = Document::all();
    if documents.is_none() {
        eprintln!("skipped 1 test: ../shared/data has no documents");
    }
    documents
}

fn lines(all: &BTreeSet<String>) -> String {
    all.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn under_conformance_every_response_is_as_the_documents_say() {
    let Some(documents) = documents() else { return };
    let (faults, refused) = asked(&House::conforming(), &documents).await;
    assert_eq!(lines(&faults), "");
    assert_eq!(lines(&refused), "");
}

#[tokio::test(start_paused = true)]
async fn under_the_rules_what_no_document_has_is_what_was_recorded() {
    let Some(documents) = documents() else { return };
    let (faults, refused) = asked(&House::on("2025-11", "build-5"), &documents).await;
    insta::assert_snapshot!(lines(&faults));
    assert!(refused.iter().all(|told| !told.contains(" 500: ")), "{}", lines(&refused));
}

#[tokio::test(start_paused = true)]
async fn what_the_documents_have_and_the_mock_lacks_is_known() {
    let Some(documents) = documents() else { return };
    let house = House::on("2025-11", "build-5");
    let mut lacks = BTreeSet::new();
    for document in &documents {
        for operation in &document.operations {
            if !serves(&house, operation).await {
                lacks.insert(format!("{} {}", operation.path, operation.method));
            }
        }
    }
    insta::assert_snapshot!(lines(&lacks));
}
