//! `exec` as users meet it: their program's output and code are its own, what it did is counted.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};

fn exec(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(["exec", "--tier", "build-1", "--"])
        .args(words)
        .output()
        .unwrap()
}

/// A client without any library, for the tests below: this very file, run again under `exec`.
/// By itself there is no mock to call and nothing to see.
#[test]
fn a_client_that_calls_as_often_as_it_is_told() {
    let (Ok(base), Ok(calls)) = (std::env::var("TOGETHER_BASE_URL"), std::env::var("CALLS")) else {
        return;
    };
    let host = base.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/v1")).unwrap();
    let key = std::env::var("TOGETHER_API_KEY").unwrap();
    let body = r#"{"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}"#;
    let calls: Vec<_> = (0..calls.parse().unwrap())
        .map(|_| {
            let mut socket = TcpStream::connect(host).unwrap();
            write!(
                socket,
                "POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
                 authorization: Bearer {key}\r\nx-stainless-retry-count: 0\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
            socket
        })
        .collect();
    for mut socket in calls {
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 429"));
    }
}

#[test]
fn what_a_program_did_is_counted() {
    let me = std::env::current_exe().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(["exec", "--tier", "build-1", "--"])
        .arg(me)
        .args(["--exact", "a_client_that_calls_as_often_as_it_is_told"])
        .env("CALLS", "5")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("on Tier 1: 5 requests, 5 answered, 0 met a 429"), "{said}");
    assert!(said.contains("5 jobs, 1.00 attempts a job"), "{said}");
}

#[test]
fn output_and_exit_code_are_the_programs_own() {
    let output = exec(&["sh", "-c", "echo $OPENAI_BASE_URL $TOGETHER_API_KEY; exit 7"]);
    assert_eq!(output.status.code(), Some(7));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("http://127.0.0.1:"), "{printed}");
    assert!(printed.ends_with("/v1 tierlab-exec\n"), "{printed}");
}

#[test]
fn a_program_that_is_not_there_is_wrong_usage_and_named() {
    let output = exec(&["no-such-program-anywhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no-such-program-anywhere"));
}
