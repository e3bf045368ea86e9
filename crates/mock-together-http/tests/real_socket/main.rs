//! Over real sockets on a port of the system's choosing, by bytes.
//!
//! Time is tokio's, paused: it moves only when a test moves it. A blocking task holds it still,
//! since waiting for a socket would otherwise look like idleness and let it jump.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod addresses;
mod ages;
mod batches;
mod carried;
mod counted;
mod files;
mod house;
mod malformed;
mod money;
mod words;

use std::time::Duration;

use mock_together_http::{Keys, Profile};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use wire::Usage;

use crate::house::*;

#[tokio::test]
async fn health_needs_no_key() {
    let house = House::on("build-1").await;
    let response = house.ask("GET /health HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    assert_eq!((response.status, response.body.as_str()), (200, "ok\n"));
}

#[tokio::test]
async fn a_burst_counts_down_and_is_refused_when_the_window_is_full() {
    let house = House::on("build-1").await;
    let body = question("");
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(house.chat(KEY, &body).await);
    }
    tokio::time::advance(Duration::from_millis(800)).await;
    streams.push(house.chat(KEY, &body).await);
    let mut left = Vec::new();
    for (nth, stream) in streams.into_iter().enumerate() {
        let response = answer(stream).await;
        let refused = nth == 20;
        assert_eq!(response.status, if refused { 429 } else { 200 });
        assert_eq!(response.header("x-ratelimit"), Some(if refused { "true" } else { "false" }));
        assert_eq!(response.header("x-ratelimit-limit"), Some("10"));
        assert_eq!(response.header("x-ratelimit-limit-tokens"), Some("3000"));
        // 2 s to go for those at the beginning; 1.2 s, rounded to nearest, for the last.
        assert_eq!(response.number("x-ratelimit-reset"), Some(if refused { 1 } else { 2 }));
        assert_eq!(response.header("retry-after"), response.header("x-ratelimit-reset"));
        assert_eq!(response.header("x-tierlab-decided-by"), refused.then_some("requests"));
        left.push(response.number("x-ratelimit-remaining").unwrap());
        if refused {
            assert_eq!(response.error("type"), "rate_limit");
            assert_eq!(
                response.error("message"),
                "Request was rejected due to request rate limiting. Your rate limits are 600 RPM \
                 (10 QPS) and 180000 TPM (3000 TPS). See details: \
                 https://docs.together.ai/docs/rate-limits"
            );
            assert_eq!(response.json()["id"].as_str(), response.header("x-request-id"));
        }
    }
    let expected: Vec<u64> = (0..20).rev().chain([0]).collect();
    assert_eq!(left, expected);
}

#[tokio::test]
async fn a_refused_stream_gets_plain_json() {
    let house = House::on("build-1").await;
    let body = question(r#","stream":true"#);
    let mut last = None;
    for _ in 0..=20 {
        last = Some(house.chat(KEY, &body).await);
    }
    let response = answer(last.unwrap()).await;
    assert_eq!((response.status, response.header("content-type")), (429, Some("application/json")));
    assert_eq!(response.error("code"), serde_json::Value::Null);
}

#[tokio::test]
async fn an_organization_has_its_limits_for_itself_and_for_each_model() {
    let house = House::on("build-1").await;
    for _ in 0..20 {
        let _ = house.chat(KEY, &question("")).await;
    }
    let fate = "x-tierlab-fate: answer=1; draw=0000000000000001\r\n";
    let other_key = post(&format!("authorization: bearer another\r\n{fate}"), &question(""));
    let other_model = post(&format!("{KEY}{fate}"), &question("").replace(MODEL, "Qwen/QwQ-32B"));
    for request in [other_key, other_model] {
        assert_eq!(house.ask(&request).await.number("x-ratelimit-remaining"), Some(19));
    }
}

#[tokio::test]
async fn an_answer_has_the_length_of_its_fate_cut_by_max_tokens() {
    let house = House::on("build-5").await;
    let fate = format!("{KEY}x-tierlab-fate: answer=5; draw=00000000000000ff\r\n");
    for (rest, tokens, reason) in [("", 5, "stop"), (r#","max_tokens":3"#, 3, "length")] {
        let response = house.ask(&post(&fate, &question(rest))).await;
        let json = response.json();
        assert_eq!((response.status, &json["object"]), (200, &"chat.completion".into()));
        assert_eq!(json["choices"][0]["finish_reason"], reason);
        let content = json["choices"][0]["message"]["content"].as_str().unwrap();
        assert_eq!(content.split_whitespace().count(), tokens);
        let usage = serde_json::json!({"prompt_tokens": 2, "completion_tokens": tokens,
            "total_tokens": tokens + 2, "cached_tokens": 0});
        assert_eq!(json["usage"], usage);
    }
}

#[tokio::test]
async fn a_stream_says_the_same_words_then_reason_and_usage_together_then_done() {
    let house = House::on("build-5").await;
    let fate = format!("{KEY}x-tierlab-fate: answer=3; draw=00000000000000ff\r\n");
    let plain = house.ask(&post(&fate, &question(""))).await.json();
    let response = house.ask(&post(&fate, &question(r#","stream":true"#))).await;
    assert_eq!(response.header("content-type"), Some("text/event-stream;charset=utf-8"));
    let events: Vec<&str> = response.body.split_terminator("\n\n").collect();
    let data: Vec<&str> =
        events.iter().map(|event| event.strip_prefix("data: ").unwrap()).collect();
    let (done, chunks) = data.split_last().unwrap();
    assert_eq!((*done, chunks.len()), ("[DONE]", 4));
    let chunks: Vec<serde_json::Value> =
        chunks.iter().map(|chunk| serde_json::from_str(chunk).unwrap()).collect();
    let (last, tokens) = chunks.split_last().unwrap();
    let mut words = String::new();
    for chunk in tokens {
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!(chunk["id"].as_str(), response.header("x-request-id"));
        assert!(chunk["usage"].is_null() && chunk["choices"][0]["finish_reason"].is_null());
        assert_eq!(chunk["choices"][0]["delta"]["role"], "assistant");
        words += chunk["choices"][0]["delta"]["content"].as_str().unwrap();
    }
    assert_eq!(plain["choices"][0]["message"]["content"], words);
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(last["choices"][0]["delta"]["content"], "");
    assert_eq!(last["usage"], plain["usage"]);
}

#[tokio::test]
async fn an_answer_of_no_token_is_an_answer() {
    let house = House::on("build-5").await;
    let fate = format!("{KEY}x-tierlab-fate: answer=0; draw=0000000000000000\r\n");
    let response = house.ask(&post(&fate, &question(r#","stream":true"#))).await;
    assert_eq!(response.body.matches("data: ").count(), 2);
    assert!(response.body.ends_with("data: [DONE]\n\n"));
    assert_eq!(house.seen.ended.lock().unwrap()[..], [(Usage { prompt: 2, completion: 0 }, false)]);
}

#[tokio::test]
async fn tokens_are_shown_to_the_next_request_once_an_answer_is_complete() {
    let house = House::on("build-1").await;
    let fate = |answer: u32| format!("{KEY}x-tierlab-fate: answer={answer}; draw={:016x}\r\n", 1);
    let first = house.ask(&post(&fate(100), &question(""))).await;
    assert_eq!(first.number("x-ratelimit-remaining-tokens"), Some(3_000));
    let second = house.ask(&post(&fate(1), &question(""))).await;
    assert_eq!(second.number("x-ratelimit-remaining"), Some(18));
    assert_eq!(second.number("x-ratelimit-remaining-tokens"), Some(3_000 - 102));
}

#[tokio::test]
async fn a_client_that_leaves_in_mid_stream_is_charged_for_what_was_generated() {
    let house = House::on("build-1").await;
    let fate = format!("{KEY}x-tierlab-fate: answer=2000; draw={:016x}\r\n", 1);
    let stream = house.chat(&fate, &question(r#","stream":true"#)).await;
    next(&stream, &mut [0; 512]).await;
    tokio::time::advance(Duration::from_millis(200)).await;
    drop(stream);
    house.until(|seen| !seen.ended.lock().unwrap().is_empty()).await;
    let (usage, left) = house.seen.ended.lock().unwrap()[0];
    assert!(left);
    assert_eq!(usage.prompt, 2);
    assert!((1..2_000).contains(&usage.completion), "{usage:?}");
    let next = answer(house.chat(KEY, &question(r#","max_tokens":1"#)).await).await;
    assert_eq!(next.number("x-ratelimit-remaining"), Some(18));
    assert_eq!(next.number("x-ratelimit-remaining-tokens"), Some(3_000 - usage.total()));
}

#[tokio::test]
async fn a_client_that_leaves_before_its_answer_is_charged_for_its_prompt() {
    let house = House::on("build-1").await;
    drop(house.chat(KEY, &question("")).await);
    house.until(|seen| !seen.ended.lock().unwrap().is_empty()).await;
    let ended = house.seen.ended.lock().unwrap()[0];
    assert_eq!(ended, (Usage { prompt: 2, completion: 0 }, true));
}

#[tokio::test]
async fn a_client_that_closes_its_sending_side_has_left() {
    let house = House::on("build-1").await;
    let mut stream = house.chat(KEY, &question("")).await;
    stream.shutdown().await.unwrap();
    house.until(|seen| !seen.ended.lock().unwrap().is_empty()).await;
    let ended = house.seen.ended.lock().unwrap()[0];
    assert_eq!(ended, (Usage { prompt: 2, completion: 0 }, true));
    assert_eq!(next(&stream, &mut [0; 512]).await, 0, "it hears nothing more");
}

#[tokio::test]
async fn without_a_key_or_with_an_unknown_one_there_are_no_limits_to_show() {
    let house = House::with("build-1", |plan| plan.keys = Keys::Only(vec!["ours".into()])).await;
    let keys = [
        "",
        "authorization: Bearer \r\n",
        "authorization: Basic ours\r\n",
        "authorization: Bearer theirs\r\n",
    ];
    for key in keys {
        let response = house.ask(&post(key, &question(""))).await;
        assert_eq!((response.status, response.error("code")), (401, "invalid_api_key".into()));
        assert!(!response.head.to_lowercase().contains("ratelimit"), "{}", response.head);
        assert_eq!(response.header("retry-after"), None);
        assert_eq!(response.header("x-tierlab-decided-by"), Some("unauthorized"));
    }
    let ours = house.ask(&post("authorization: Bearer ours\r\n", &question(""))).await;
    assert_eq!(ours.status, 200);
}

#[tokio::test]
async fn the_list_of_models_is_a_bare_array_for_whoever_has_a_key() {
    let house = House::on("build-1").await;
    let get = |key: &str| format!("GET /v1/models HTTP/1.1\r\nconnection: close\r\n{key}\r\n");
    let refused = house.ask(&get("")).await;
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (401, r#"{"error":{"message":"Unauthorized"}}"#)
    );
    let response = house.ask(&get(KEY)).await;
    assert_eq!(response.header("retry-after"), None);
    let json = response.json();
    let ids: Vec<&str> = json.as_array().unwrap().iter().filter_map(|m| m["id"].as_str()).collect();
    assert!(ids.contains(&MODEL));
}

#[tokio::test]
async fn a_client_that_appends_v1_by_itself_arrives_too() {
    let house = House::on("build-1").await;
    let request = post(KEY, &question("")).replace("/v1/", "/v1/v1/");
    assert_eq!(house.ask(&request).await.status, 200);
}

#[tokio::test]
async fn an_unknown_model_is_not_found_and_shows_no_limits() {
    let house = House::on("build-1").await;
    let body = question("").replace(MODEL, "nobody/nothing");
    let response = house.ask(&post(KEY, &body)).await;
    assert_eq!((response.status, response.error("code")), (404, "model_not_available".into()));
    let message = response.error("message");
    assert!(message.as_str().unwrap().starts_with("Unable to access model nobody/nothing. "));
    assert_eq!(response.header("retry-after"), None);
}

#[tokio::test]
async fn a_model_without_a_number_on_the_tier_is_forbidden() {
    let house = House::on("limited").await;
    let body = question("").replace(MODEL, "deepseek-ai/DeepSeek-R1");
    let response = house.ask(&post(KEY, &body)).await;
    assert_eq!((response.status, response.header("retry-after")), (403, None));
}

#[tokio::test]
async fn a_body_that_is_no_json_is_invalid() {
    let house = House::on("build-1").await;
    for body in ["", "{", "nonsense", "[1, 2]", "{\"messages\":[]}", "\u{0}\u{1}"] {
        let response = house.ask(&post(KEY, body)).await;
        assert_eq!(response.status, 400, "{body}");
        assert_eq!(response.error("type"), "invalid_request_error");
        assert_eq!(response.header("retry-after"), None);
    }
}

#[tokio::test]
async fn wrong_types_are_invalid_and_take_a_slot_as_good_requests_do() {
    let house = House::on("build-1").await;
    let bad = post(KEY, &question(r#","max_tokens":"many""#));
    for left in (0..20).rev() {
        let response = house.ask(&bad).await;
        assert_eq!((response.status, response.number("x-ratelimit-remaining")), (400, Some(left)));
        assert_eq!(response.header("x-ratelimit"), Some("false"));
    }
    let refused = house.ask(&bad).await;
    assert_eq!((refused.status, refused.header("x-ratelimit")), (429, Some("true")));
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_too_large_whether_it_says_so_or_not() {
    let house = House::on("build-1").await;
    let head = "POST /v1/chat/completions HTTP/1.1\r\nconnection: close\r\n";
    let says = format!("{head}{KEY}content-length: 99999999\r\n\r\n{{");
    let response = house.ask(&says).await;
    assert_eq!((response.status, response.error("type")), (413, "invalid_request_error".into()));
    assert_eq!(response.header("x-tierlab-decided-by"), Some("too_large"));
    let mut hides = format!("{head}{KEY}transfer-encoding: chunked\r\n\r\n");
    let length = mock_together_http::bounds::BODY_BYTES + 1;
    hides.extend([&format!("{length:x}\r\n"), &"x".repeat(length), "\r\n0\r\n\r\n"]);
    assert_eq!(house.ask(&hides).await.status, 413);
}

#[tokio::test]
async fn other_paths_and_other_methods_are_refused_in_an_envelope() {
    let house = House::on("build-1").await;
    let ask = |line: &str| format!("{line} HTTP/1.1\r\nconnection: close\r\n{KEY}\r\n");
    let response = house.ask(&ask("GET /v1/usage")).await;
    assert_eq!((response.status, response.error("message")), (404, "Not found".into()));
    let response = house.ask(&ask("GET /v1/chat/completions")).await;
    assert_eq!((response.status, response.header("allow")), (405, Some("POST")));
    assert_eq!(response.error("message"), "Method not allowed");
}

#[tokio::test]
async fn the_limits_are_told_under_other_names_where_that_is_asked_for() {
    let house = House::with("build-1", |plan| plan.headers.openai = true).await;
    let response = answer(house.chat(KEY, &question("")).await).await;
    assert_eq!(response.number("x-ratelimit-limit-requests"), Some(20));
    assert_eq!(response.number("x-ratelimit-remaining-requests"), Some(19));
    assert_eq!(
        response.number("x-ratelimit-remaining"),
        Some(19),
        "the edition's own are still there"
    );
    assert_eq!(response.header("ratelimit"), None);
}

#[tokio::test]
async fn a_conforming_mock_serves_any_model_and_shows_no_limit() {
    let house = House::with("build-1", |plan| plan.profile = Profile::Conformance).await;
    for _ in 0..25 {
        let body = r#"{"model":"nobody/knows-it","messages":[{"role":"user","content":"a"}]}"#;
        let response = answer(house.chat(KEY, body).await).await;
        assert_eq!((response.status, response.header("x-ratelimit-limit")), (200, None));
        assert_eq!(response.json()["model"], "nobody/knows-it");
    }
}

#[tokio::test]
async fn a_faithful_mock_has_no_header_that_together_lacks() {
    let house = House::with("build-1", |plan| plan.faithful = true).await;
    let response = house.ask(&post("", &question(""))).await;
    assert_eq!(response.status, 401);
    assert!(!response.head.contains("tierlab"), "{}", response.head);
}

#[tokio::test]
async fn what_is_underway_ends_before_the_server_does() {
    let mut house = House::on("build-5").await;
    let fate = format!("{KEY}x-tierlab-fate: answer=3; draw={:016x}\r\n", 1);
    let stream = house.chat(&fate, &question("")).await;
    let _ = house.stop.take().unwrap().send(());
    assert_eq!(answer(stream).await.status, 200);
    (&mut house.server).await.unwrap();
    assert!(TcpStream::connect(house.address).await.is_err());
}
