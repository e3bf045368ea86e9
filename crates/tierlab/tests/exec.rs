//! `exec` as users meet it: their program's output and code are its own, what it did is counted.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

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

#[test]
fn a_program_that_asks_nothing_is_told_where_a_base_url_comes_from() {
    let output = exec(&["sh", "-c", "exit 0"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let told = "on Tier 1: no completion was asked for; does the program take its base URL from";
    assert!(said.starts_with(told), "{said}");
    assert!(!said.contains("attempts a job"), "{said}");
}

#[test]
fn a_proxy_elsewhere_does_not_swallow_what_is_meant_for_the_mock() {
    let said = |words: &mut Command| {
        let output = words.args(["exec", "--", "sh", "-c", "echo $NO_PROXY $no_proxy"]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        command
    };
    assert_eq!(said(&mut command()), "127.0.0.1 127.0.0.1\n");
    let corp = said(command().env("NO_PROXY", "corp.example"));
    assert_eq!(corp, "corp.example,127.0.0.1 corp.example,127.0.0.1\n", "one stands for both");
}

/// `exec` of a program that is up, in a group of its own: no terminal signals both.
#[cfg(unix)]
fn up(script: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.args(["exec", "--", "sh", "-c", script]).process_group(0);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "up\n");
    (child, stdout)
}

#[cfg(unix)]
fn signal(child: &Child, signal: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_signal_is_the_programs_to_answer_and_what_it_did_is_told_all_the_same() {
    for (name, flag) in [("INT", "-INT"), ("TERM", "-TERM")] {
        let script =
            format!("trap 'echo got it; exit 9' {name}; echo up; while :; do sleep 0.05; done");
        let (child, mut stdout) = up(&script);
        signal(&child, flag);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), rest.as_str()), (Some(9), "got it\n"));
        assert!(String::from_utf8(output.stderr).unwrap().contains("no completion was asked for"));
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_leaves_no_program_behind() {
    // It takes the second to end.
    let script = "n=0; trap 'n=$((n+1)); echo $n; [ $n -lt 2 ] || exit 9' INT; echo up; \
                  while :; do sleep 0.05; done";
    let (child, mut stdout) = up(script);
    for count in ["1\n", "2\n"] {
        signal(&child, "-INT");
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, count);
    }
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(9));
}
