//! Hardware of one's own over sockets: what a load gets answered there, and what a caller is shown,
//! beside the same model on the shared fleet.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use run_record::RunRecord;
use tempfile::TempDir;

/// Two seconds of ten jobs each, on an endpoint and on the shared fleet, where the model takes one
/// request in six seconds of everybody.
const SCENARIO: &str = r#"
title   = "Own and shared"
edition = "2025-11"
drain   = "30s"
ship    = "give-up"
account = { tier = "build-1" }

[[endpoint]]
name       = "own"
model      = "meta-llama/Llama-Vision-Free"
throughput = "100000/s"

[[group]]
name     = "mine"
endpoint = "own"
prompt   = 20
answer   = 2
stream   = true
traffic  = { steady = { rate = "10/s", lasts = "2s" } }

[[group]]
name    = "everybody's"
model   = "meta-llama/Llama-Vision-Free"
prompt  = 20
answer  = 2
stream  = true
traffic = { steady = { rate = "10/s", lasts = "2s" } }

[[strategy]]
preset = "give-up"
"#;

/// `tierlab` in a folder with the scenario.
fn tierlab(words: &[&str]) -> (TempDir, Command) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own.toml"), SCENARIO).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.args(words).current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    (folder, command)
}

#[test]
fn a_load_gets_every_job_answered_where_no_limit_is_shared() {
    let (folder, mut load) =
        tierlab(&["load", "own.toml", "--with-mock", "--no-gate", "--out", "run.json"]);
    let said = load.output().unwrap();
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    let record = RunRecord::read(&fs::read_to_string(folder.path().join("run.json")).unwrap());
    let record = record.unwrap();
    let [mine, shared] = record.cells()[0].groups() else { panic!("two groups") };
    let (mine, shared) = (mine.pooled(), shared.pooled());
    assert_eq!((mine.jobs.offered, mine.attempts.ok, mine.attempts.sent), (20, 20, 20));
    assert_eq!(mine.first_429, None);
    assert_eq!(shared.attempts.sent, 20);
    assert!(shared.attempts.ok >= 1 && shared.first_429.is_some(), "{:?}", shared.attempts);
}

/// A server that ends with its test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Status line and headers of the answer to a chat of two tokens.
fn head(address: &str, model: &str) -> String {
    let body = format!(
        r#"{{"model":"{model}","max_tokens":2,"messages":[{{"role":"user","content":"hello"}}]}}"#
    );
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer any\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response.split("\r\n\r\n").next().unwrap().to_ascii_lowercase()
}

#[test]
fn a_caller_is_shown_limits_on_the_shared_fleet_alone() {
    let words = ["serve", "--scenario", "own.toml", "--listen", "127.0.0.1:0", "--quiet"];
    let (_folder, mut serve) = tierlab(&words);
    let mut server = Served(serve.spawn().unwrap());
    let mut stdout = BufReader::new(server.0.stdout.take().unwrap());
    let mut url = String::new();
    stdout.read_line(&mut url).unwrap();
    let url = url.trim_end().strip_prefix("TOGETHER_BASE_URL=http://").unwrap();
    let address = url.strip_suffix("/v1").unwrap();
    for _ in 0..3 {
        let own = head(address, "own");
        assert!(own.starts_with("http/1.1 200 "), "{own}");
        assert!(!own.contains("ratelimit") && !own.contains("retry-after"), "{own}");
    }
    let shared = head(address, "meta-llama/Llama-Vision-Free");
    assert!(shared.starts_with("http/1.1 200 "), "{shared}");
    assert!(shared.contains("x-ratelimit-limit: "), "{shared}");
}
