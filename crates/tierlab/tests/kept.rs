//! `tierlab serve --data` is killed at random instants, and nothing that it acknowledged is lost or
//! there twice.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chance::{Purpose, Seed, uniform_below};
use serde_json::Value;

const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
/// Rounds of the story: each ends by a kill.
const ROUNDS: u64 = 6;
/// Clients that work at the same time.
const CLIENTS: u64 = 6;
/// How long the whole may take before it has failed.
const LONGEST: Duration = Duration::from_mins(2);

/// A service with money at stake and no limit that gets in the way, whose batches take a moment.
const SCENARIO: &str = r#"
title = "A service that is killed"
edition = "2025-11"
lasts = "1m"

[account]
tier = "build-5"
balance = "$1000"

[assume]
batch_throughput = "2000/s"

[[group]]
name = "all"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 10
answer = 10
traffic = { poisson = { rate = "1/s" } }

[[strategy]]
preset = "together-py"
"#;

/// What was acknowledged.
#[derive(Default)]
struct Told {
    /// Files by id, with their content.
    files: BTreeMap<String, String>,
    /// Files that somebody was about to delete: they may be gone.
    doomed: BTreeMap<String, bool>,
    /// Batches by id, with how many lines they have.
    batches: BTreeMap<String, usize>,
    /// Tokens that complete answers said they used.
    tokens: u64,
    answers: u64,
    /// Tokens of answers that were asked for and did not come, at most.
    open: u64,
}

struct Server {
    child: Child,
    address: String,
    key: String,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let scenario = folder.join("scenario.toml");
        let mut child = Command::new(env!("CARGO_BIN_EXE_tierlab"))
            .args(["serve", "-q", "--listen", "127.0.0.1:0", "--scenario"])
            .arg(scenario)
            .arg("--data")
            .arg(folder.join("data"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = |name: &str| {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            line.trim_end().strip_prefix(name).unwrap().to_owned()
        };
        let (url, key) = (line("TOGETHER_BASE_URL="), line("TOGETHER_API_KEY="));
        let address = url.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap().to_owned();
        Self { child, address, key, _stdout: stdout }
    }

    fn client(&self) -> Client {
        Client { address: self.address.clone(), key: self.key.clone() }
    }
}

impl Drop for Server {
    /// The end of it, without a word: SIGKILL where there are signals.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone)]
struct Client {
    address: String,
    key: String,
}

impl Client {
    /// The status and body of a complete response; `None` where the server was gone before.
    fn call(&self, method: &str, path: &str, media: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             connection: close\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n",
            self.address,
            self.key,
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut response = String::new();
        stream.read_to_string(&mut response).ok()?;
        let (head, body) = response.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let whole = length.is_none_or(|length| length.parse() == Ok(body.len()));
        let status = head.split(' ').nth(1)?.parse().ok()?;
        whole.then(|| (status, body.to_owned()))
    }

    fn json(&self, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
        let (status, body) = self.call(method, path, "application/json", body)?;
        Some((status, serde_json::from_str(&body).ok()?))
    }

    fn got(&self, path: &str) -> Value {
        let (status, body) = self.json("GET", path, "").unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn upload(&self, content: &str) -> Option<String> {
        let part = |rest: &str, value: &str| {
            format!("--edge\r\ncontent-disposition: form-data; name=\"{rest}\r\n\r\n{value}\r\n")
        };
        let body = part("purpose\"", "batch-api")
            + &part("file_name\"", "a.jsonl")
            + &part("file\"; filename=\"a.jsonl\"", content)
            + "--edge--\r\n";
        let media = "multipart/form-data; boundary=edge";
        let (status, told) = self.call("POST", "/v1/files/upload", media, &body)?;
        assert_eq!(status, 200, "{told}");
        let told: Value = serde_json::from_str(&told).ok()?;
        Some(told["id"].as_str().unwrap().to_owned())
    }

    /// One thing that a client does, and what is acknowledged of it.
    fn act(&self, draw: u64, told: &Mutex<Told>) -> Option<()> {
        let told = || told.lock().unwrap_or_else(PoisonError::into_inner);
        let below = |bound: u64| usize::try_from((draw >> 8) % bound).unwrap();
        match draw % 4 {
            0 => {
                let content = format!("{{\"n\":\"{draw:x}\"}}\n").repeat(1 + below(9_000));
                let id = self.upload(&content)?;
                told().files.insert(id, content);
            }
            1 => {
                let count = 1 + below(12);
                let content: String = (0..count).map(line).collect();
                let file = self.upload(&content)?;
                told().files.insert(file.clone(), content);
                let body = format!(
                    "{{\"endpoint\":\"/v1/chat/completions\",\"input_file_id\":\"{file}\"}}"
                );
                let (status, job) = self.json("POST", "/v1/batches", &body)?;
                assert_eq!(status, 201, "{job}");
                told().batches.insert(job["job"]["id"].as_str().unwrap().to_owned(), count);
            }
            2 if below(3) == 0 => {
                let id = self.upload("{}\n")?;
                told().doomed.insert(id.clone(), false);
                let (status, _) = self.json("DELETE", &format!("/v1/files/{id}"), "")?;
                assert_eq!(status, 200);
                told().doomed.insert(id, true);
            }
            _ => {
                const MOST: u64 = 8;
                told().open += MOST + 2;
                let (status, answer) =
                    self.json("POST", "/v1/chat/completions", &question(MOST))?;
                let mut told = told();
                told.open -= MOST + 2;
                if status == 200 {
                    told.tokens += answer["usage"]["total_tokens"].as_u64().unwrap();
                    told.answers += 1;
                }
            }
        }
        Some(())
    }
}

fn question(most: u64) -> String {
    format!(
        r#"{{"model":"{MODEL}","max_tokens":{most},"messages":[{{"role":"user","content":"12345678"}}]}}"#
    )
}

fn line(n: usize) -> String {
    format!("{{\"custom_id\":\"{n}\",\"body\":{}}}\n", question(200))
}

/// Pico-dollars of an amount as it is written.
fn pico(amount: &Value) -> i128 {
    money::Money::parse(amount.as_str().unwrap()).unwrap().pico()
}

/// All that was acknowledged is there, as it was, and nothing else that could be told apart.
fn check(client: &Client, told: &Told) {
    let listed = client.got("/v1/files");
    let ids: Vec<&str> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["id"].as_str().unwrap())
        .collect();
    let mut apart = ids.clone();
    apart.sort_unstable();
    apart.dedup();
    assert_eq!(apart.len(), ids.len(), "a file is there twice");
    for (id, content) in &told.files {
        assert!(ids.contains(&id.as_str()), "{id} is lost");
        let path = format!("/v1/files/{id}/content");
        let (status, body) = client.call("GET", &path, "text/plain", "").unwrap();
        assert!(status == 200 && body == *content, "{id} is not what it was");
    }
    for (id, _) in told.doomed.iter().filter(|(_, gone)| **gone) {
        assert!(!ids.contains(&id.as_str()), "{id} is there again");
    }
    let jobs = client.got("/v1/batches");
    let jobs: Vec<&str> =
        jobs.as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect();
    for id in told.batches.keys() {
        assert_eq!(jobs.iter().filter(|job| *job == id).count(), 1, "{id} is lost, or there twice");
    }
}

/// Waits for every batch, and gives the tokens that their answers said they used.
fn finished(client: &Client, began: Instant) -> (usize, u64) {
    loop {
        let jobs = client.got("/v1/batches");
        let jobs = jobs.as_array().unwrap();
        let open = jobs
            .iter()
            .filter(|job| ["VALIDATING", "IN_PROGRESS"].contains(&job["status"].as_str().unwrap()));
        if open.count() == 0 {
            let mut tokens = 0;
            for job in jobs {
                assert_eq!(job["status"], "COMPLETED", "{job}");
                let path = format!("/v1/files/{}/content", job["output_file_id"].as_str().unwrap());
                let (_, output) = client.call("GET", &path, "text/plain", "").unwrap();
                let mut ids = Vec::new();
                for line in output.lines() {
                    let line: Value = serde_json::from_str(line).unwrap();
                    tokens += line["response"]["body"]["usage"]["total_tokens"].as_u64().unwrap();
                    ids.push(line["custom_id"].as_str().unwrap().parse::<usize>().unwrap());
                }
                assert!(ids.iter().copied().eq(0..ids.len()), "each line once: {ids:?}");
            }
            return (jobs.len(), tokens);
        }
        assert!(began.elapsed() < LONGEST, "batches do not end");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_server_that_is_killed_has_lost_nothing_that_it_acknowledged() {
    let began = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scenario.toml"), SCENARIO).unwrap();
    let told = Arc::new(Mutex::new(Told::default()));
    for round in 0..ROUNDS {
        let server = Server::start(folder.path());
        check(&server.client(), &told.lock().unwrap());
        let over = Arc::new(AtomicBool::new(false));
        let work = |nth: u64| {
            let (client, told, over) = (server.client(), Arc::clone(&told), Arc::clone(&over));
            move || {
                for step in 0.. {
                    let draw = Seed(round).draw(Purpose::Fate, u32::try_from(nth).unwrap(), step);
                    if over.load(Ordering::Relaxed) || client.act(draw, &told).is_none() {
                        return;
                    }
                }
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|nth| std::thread::spawn(work(nth))).collect();
        let instant = Seed(7).draw(Purpose::Failure, 0, round);
        std::thread::sleep(Duration::from_millis(300 + uniform_below(instant, 1_200)));
        drop(server);
        over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().unwrap();
        }
    }
    let server = Server::start(folder.path());
    let client = server.client();
    let told = told.lock().unwrap();
    check(&client, &told);
    let much = (told.files.len(), told.batches.len(), told.answers);
    assert!(much.0 > 10 && much.1 > 3 && much.2 > 3, "too little happened: {much:?}");
    let (jobs, batched) = finished(&client, began);
    assert!(jobs >= told.batches.len());

    // $0.88 a million tokens in every request, and half of that in a batch's line: what was told of
    // is charged, once, and beside it no more than what was on its way when a server was killed.
    let books = client.got("/_lab/books");
    let usage = pico(&books["usage"]);
    let each = 880_000;
    let (told_of, batched) = (i128::from(told.tokens) * each, i128::from(batched) * each / 2);
    let open = i128::from(told.open) * each;
    let least = told_of + batched;
    assert!((least..=least + open).contains(&usage), "{least} + {open} at most, and is {usage}");
    assert_eq!(pico(&books["balance"]), 1_000_000_000_000_000 - usage);
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scenario.toml"), SCENARIO).unwrap();
    let met = |data: &Path| {
        let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .output()
            .unwrap();
        assert!(output.stdout.is_empty());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let server = Server::start(folder.path());
    let (code, said) = met(&folder.path().join("data"));
    assert_eq!(code, Some(1));
    assert!(said.contains("is in use by another `tierlab serve`: end that one"), "{said}");
    drop(server);
    let (code, said) = met(folder.path());
    assert_eq!(code, Some(104));
    assert!(said.contains("holds something else than tierlab's data: name an empty"), "{said}");
    let (code, said) = met(&folder.path().join("scenario.toml"));
    assert_eq!(code, Some(1));
    assert!(said.contains("name a folder that can be written to"), "{said}");
}
