//! `tierlab serve` as a shell meets it: what it prints, whom it lets in, how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

fn tierlab(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server that is up, and what it printed.
struct Server {
    child: Child,
    address: String,
    key: String,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(words: &[&str]) -> Self {
        let mut child = tierlab(&["serve", "--listen", "127.0.0.1:0"]).args(words).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = |name: &str| {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            line.trim_end().strip_prefix(name).unwrap().to_owned()
        };
        let (url, key) = (line("TOGETHER_BASE_URL="), line("TOGETHER_API_KEY="));
        assert_eq!((line("OPENAI_BASE_URL="), line("OPENAI_API_KEY=")), (url.clone(), key.clone()));
        let address = url.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap().to_owned();
        Self { child, address, key, _stdout: stdout }
    }

    /// The status of a chat of one token to a model that takes one request in six seconds.
    fn chat(&self, key: &str) -> u16 {
        let body = r#"{"model": "meta-llama/Llama-Vision-Free", "max_tokens": 1,
            "messages": [{"role": "user", "content": "hello"}]}"#;
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer {key}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Sends a signal; the exit code, and what was said on stderr.
    #[cfg(unix)]
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (code, said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failed(output: &Output) -> (Option<i32>, String) {
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr.clone()).unwrap())
}

#[test]
fn any_key_is_let_in_and_has_limits_of_its_own() {
    let server = Server::start(&["--tier", "build-1"]);
    assert_eq!(server.chat(&server.key), 200);
    assert_eq!(server.chat(&server.key), 429);
    assert_eq!(server.chat("another"), 200);
}

#[test]
fn strict_keys_lets_in_the_printed_one_only() {
    let server = Server::start(&["--tier", "build-1", "--strict-keys"]);
    assert_eq!(server.chat("another"), 401);
    assert_eq!(server.chat(&server.key), 200);
}

#[test]
fn a_conforming_server_lets_in_any_model_without_a_limit() {
    let server = Server::start(&["--tier", "build-1", "--profile", "conformance"]);
    assert_eq!([1, 2, 3].map(|_| server.chat("any")), [200, 200, 200]);
}

#[test]
fn headers_that_together_does_not_send_are_not_faithful() {
    let output = tierlab(&["serve", "--headers", "openai,ietf", "--faithful"]).output().unwrap();
    let (code, said) = failed(&output);
    assert_eq!(code, Some(2));
    assert!(said.contains("--headers openai,ietf goes not with --faithful"), "{said}");
    let (code, said) = failed(&tierlab(&["serve", "--headers", "opanai"]).output().unwrap());
    assert_eq!(code, Some(2));
    assert!(said.contains("openai, ietf"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_refusal_is_logged_and_an_interrupted_server_says_so_by_its_code() {
    let server = Server::start(&["--edition", "2025-12-01", "--tier", "tier2"]);
    server.chat("a");
    server.chat("a");
    let (code, said) = server.end("-INT");
    assert_eq!(code, Some(130));
    assert_eq!(said.matches("429 model  meta-llama/Llama-Vision-Free").count(), 1, "{said}");
    let what = "edition 2025-11 (Build Tiers by lifetime spend, late 2025), Tier 2; every response \
                shows the limits\n";
    assert!(said.contains(what), "{said}");
}

#[cfg(unix)]
#[test]
fn a_log_of_json_has_a_line_for_each_request_and_no_key() {
    let server = Server::start(&["--tier", "build-1", "--log", "json"]);
    assert_eq!((server.chat("secret"), server.chat("secret")), (200, 429));
    let (_, said) = server.end("-TERM");
    let lines = said.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<serde_json::Value> = lines.map(|line| line.parse().unwrap()).collect();
    assert_eq!(lines.len(), 2, "{said}");
    for (line, status, by, ended) in
        [(&lines[0], 200, None, "answered"), (&lines[1], 429, Some("model"), "refused")]
    {
        assert_eq!(line["status"], status, "{line}");
        assert_eq!(line["decided_by"].as_str(), by, "{line}");
        assert_eq!(line["ended"], ended, "{line}");
        assert_eq!(line["route"], "/v1/chat/completions", "{line}");
        assert_eq!(line["model"], "meta-llama/Llama-Vision-Free", "{line}");
        assert_eq!(line["completion_tokens"], u32::from(status == 200), "{line}");
        assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
    }
    assert!(!said.contains("secret") && !said.contains("hello"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_quiet_server_says_nothing_and_ends_well_when_it_is_asked_to() {
    let server = Server::start(&["--tier", "build-1", "--quiet"]);
    server.chat("a");
    server.chat("a");
    assert_eq!(server.end("-TERM"), (Some(0), String::new()));
}

#[test]
fn a_port_that_is_taken_is_our_fault_and_says_what_to_do() {
    let server = Server::start(&[]);
    let second = tierlab(&["serve", "--listen", &server.address]).output().unwrap();
    let (code, said) = failed(&second);
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("cannot listen on {}", server.address)), "{said}");
    assert!(said.contains("--listen 127.0.0.1:0"), "{said}");
}

#[test]
fn an_unknown_tier_or_edition_is_named_with_those_there_are() {
    let tier = failed(&tierlab(&["serve", "--tier", "build-7"]).output().unwrap());
    assert_eq!(tier.0, Some(104));
    let [says, meant] = ["no edition has a tier `build-7`: there are limited, ", "did you mean"];
    assert!(tier.1.contains(says) && tier.1.contains(meant), "{}", tier.1);
    let words = ["serve", "--edition", "2025-11", "--tier", "build-7"];
    let tier = failed(&tierlab(&words).output().unwrap());
    assert!(tier.1.contains("no tier `build-7`: the edition has limited, "), "{}", tier.1);
    let edition = failed(&tierlab(&["serve", "--edition", "1999"]).output().unwrap());
    assert_eq!(edition.0, Some(104));
    assert!(edition.1.contains("no edition `1999`: the rulebook has 2025-11"), "{}", edition.1);
}

#[test]
fn what_does_not_go_together_is_refused_with_what_does() {
    for (words, code, says) in [
        (
            &["--edition", "2025-11", "--past-hour", "300/min"][..],
            2,
            "2025-11 has tiers: name one with --tier, limited, build-1",
        ),
        (&["--past-hour", "300"], 2, "--past-hour 300 is no rate: write `300/min` or `5/s`"),
        (&["--past-hour", "1/s", "--tier", "build-1"], 2, "cannot be used with"),
        (&["--scenario", "a.toml", "--edition", "2025-11"], 2, "cannot be used with"),
        (&["--scenario", "no-such.toml"], 104, "cannot read no-such.toml"),
        (&["--tier", "build-1", "--assume", "token_gate"], 2, "says no value: write NAME=VALUE"),
        (
            &["--tier", "build-1", "--assume", "token_gat=none"],
            2,
            "nothing named `token_gat`; did you mean `token_gate`?",
        ),
        (
            &["--tier", "build-1", "--assume", "token_gate=hour"],
            2,
            "`token_gate` cannot be `hour`, only one of minute, window-2x, window-1x, none",
        ),
    ] {
        let (ended, said) = failed(&tierlab(&[&["serve"], words].concat()).output().unwrap());
        assert!(said.contains(says), "{words:?}: {said}");
        assert_eq!(ended, Some(code), "{words:?}");
    }
}

#[test]
fn a_scenario_is_the_service_that_it_supposes_and_all_keys_are_its_accounts() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("mine.toml");
    let scenario = "title = \"Mine\"\nedition = \"2025-11\"\naccount = { tier = \"build-2\" }\n\
        [[group]]\nname = \"chat\"\nmodel = \"meta-llama/Llama-Vision-Free\"\nprompt = 3\n\
        answer = 1\ntraffic = { trace = { file = \"not-here.csv\" } }\n";
    std::fs::write(&path, scenario).unwrap();
    let server = Server::start(&["--scenario", path.to_str().unwrap()]);
    assert_eq!(server.chat("one"), 200);
    assert_eq!(server.chat("another"), 429, "what one key used, the other has not");
}
