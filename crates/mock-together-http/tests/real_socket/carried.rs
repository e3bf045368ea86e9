//! What responses carry beside the limits, under `--faithful` and on request.

use std::collections::BTreeMap;
use std::fs;

use limits::Instant;
use mock_together::{Change, Happening};
use mock_together_http::Plan;
use rulebook::Millionths;

use crate::house::*;

fn faithful(plan: &mut Plan) {
    plan.faithful = true;
    plan.epoch = 1_765_718_813;
}

/// The names of all headers, sorted, but for those of the limits and of every HTTP server.
fn names(response: &Response) -> Vec<String> {
    let of_http = ["content-length", "content-type", "date", "connection", "transfer-encoding"];
    let lines = response.head.lines().filter_map(|line| line.split_once(": "));
    let mut names: Vec<String> = lines.map(|(name, _)| name.to_lowercase()).collect();
    names.retain(|name| !of_http.contains(&name.as_str()) && !name.contains("ratelimit"));
    names.sort();
    names
}

#[tokio::test]
async fn a_faithful_answer_carries_what_was_recorded() {
    let house = House::with("build-1", faithful).await;
    let response = answer(house.chat(KEY, &question("")).await).await;
    insta::assert_snapshot!(names(&response).join(" "), @"access-control-allow-origin alt-svc cf-cache-status cf-ray etag retry-after server strict-transport-security vary x-amzn-trace-id x-api-call-end x-api-call-start x-api-received x-inference-version x-request-id");
    let id = response.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(response.header("x-request-id"), Some(id.as_str()));
    let ray = response.header("cf-ray").unwrap().strip_suffix("-YUL").unwrap();
    assert!(id.ends_with(ray), "{id} {ray}");
    let (start, end) = (response.header("x-api-call-start"), response.header("x-api-call-end"));
    assert!(start < end && start >= Some("2025-12-14T13:26:53"), "{start:?} {end:?}");
    let etag = response.header("etag").unwrap();
    assert!(etag.starts_with(&format!("W/\"{:x}-", response.body.len())), "{etag}");
}

#[tokio::test]
async fn a_faithful_list_of_models_says_that_it_was_kept_and_a_stranger_is_told_no_more_than_once()
{
    let house = House::with("build-1", faithful).await;
    let list = format!("GET /v1/models HTTP/1.1\r\nconnection: close\r\n{KEY}\r\n");
    let response = house.ask(&list).await;
    assert_eq!(response.header("x-cache-hit"), Some("true"));
    assert_eq!(response.number("x-cache-ttl-ms"), Some(1_000));
    let stranger = house.ask(&list.replace(KEY, "")).await;
    assert_eq!((stranger.status, stranger.header("x-cache-hit")), (401, None));
}

#[tokio::test]
async fn since_april_2026_a_response_tells_its_id_when_it_is_asked_for_more() {
    let debug = format!("{KEY}x-together-debug: 1\r\n");
    let house = House::of("2026-08", "0/min", faithful).await;
    let response = answer(house.chat(KEY, &question("")).await).await;
    assert_eq!(response.header("x-request-id"), None);
    let response = answer(house.chat(&debug, &question("")).await).await;
    assert_eq!(response.header("x-request-id"), response.json()["id"].as_str());
}

#[tokio::test]
async fn a_client_may_ask_what_is_behind_the_service() {
    let debug = format!("{KEY}x-together-debug: 1\r\n");
    let house = House::on("build-1").await;
    let response = answer(house.chat(&debug, &question("")).await).await;
    insta::assert_snapshot!(names(&response).join(" "), @"retry-after x-cluster x-engine-pod x-request-id x-together-traceid");
}

/// Which of the columns of instants most rows have, by path and status; which of the columns of limits
/// as well. `None` where there are no recordings.
fn recorded() -> Option<BTreeMap<(String, u16), [bool; 5]>> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/recordings");
    let text = fs::read_to_string(format!("{data}/together-2025-03-to-08.csv")).ok()?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next()?.split(',').collect();
    let column = |name: &str| names.iter().position(|known| *known == name).unwrap();
    let wanted = ["received", "call_start", "call_end", "limit", "retry_after"].map(column);
    let (path, status) = (column("path"), column("status"));
    let mut counted: BTreeMap<(String, u16), (u32, [u32; 5])> = BTreeMap::new();
    for line in lines {
        let row: Vec<&str> = line.split(',').collect();
        // Streams and plain answers are told apart by the end of the call, which only these have.
        let key = (row[path].to_owned(), row[status].parse().unwrap());
        let (rows, with) = counted.entry(key).or_default();
        *rows += 1;
        for (count, at) in with.iter_mut().zip(wanted) {
            *count += u32::from(!row[at].is_empty());
        }
    }
    let most = counted.into_iter().map(|(key, (rows, with))| (key, with.map(|n| n * 2 > rows)));
    Some(most.collect())
}

/// Holds a response to a chat against the recorded ones of its status.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn hold(response: &Response) {
    let Some(recorded) = recorded() else {
        eprintln!("skipped 1 test: ../shared/data/recordings is not here");
        return;
    };
    let names = [
        "x-api-received",
        "x-api-call-start",
        "x-api-call-end",
        "x-ratelimit-limit",
        "retry-after",
    ];
    let seen = names.map(|name| response.header(name).is_some());
    let key = ("v1/chat/completions".to_owned(), response.status);
    assert_eq!(recorded.get(&key), Some(&seen), "{}", response.head);
}

#[tokio::test]
async fn answers_and_refusals_have_the_headers_that_most_recorded_ones_have() {
    let house = House::with("build-1", faithful).await;
    let free = question("").replace(MODEL, "meta-llama/Llama-Vision-Free");
    let first = house.chat(KEY, &free).await;
    let refused = answer(house.chat(KEY, &free).await).await;
    assert_eq!([answer(first).await.status, refused.status], [200, 429]);
    hold(&refused);
    hold(&answer(house.chat(KEY, &question("")).await).await);
    hold(&house.ask(&post("", &question(""))).await);
    hold(&house.ask(&post(KEY, &question("").replace(MODEL, "a/b"))).await);
    hold(&house.ask(&post(KEY, &question("").replace("\"messages\"", "\"nothing\""))).await);
}

#[tokio::test]
async fn failures_have_the_headers_that_most_recorded_ones_have() {
    let failing = |plan: &mut Plan| {
        faithful(plan);
        plan.assumptions = plan.assumptions.with("background_failures", "100%").unwrap();
    };
    let house = House::with("build-1", failing).await;
    let response = answer(house.chat(KEY, &question("")).await).await;
    assert_eq!((response.status, response.header("x-api-retries")), (500, Some("5")));
    hold(&response);
}

#[tokio::test]
async fn a_lack_of_capacity_has_the_headers_that_the_recorded_one_has() {
    let outage = |plan: &mut Plan| {
        faithful(plan);
        let what = Change::Capacity { model: None, share: Millionths::NONE };
        plan.course = [Happening { at: Instant::START, what }].into();
    };
    let house = House::of("2026-02", "build-1", outage).await;
    let response = answer(house.chat(KEY, &question("")).await).await;
    assert_eq!(response.status, 503);
    hold(&response);
}
