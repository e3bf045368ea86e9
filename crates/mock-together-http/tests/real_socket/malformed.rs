//! What no client should send: each is refused in the recorded envelope with a status that says why,
//! and the next one is served as if nothing had been.

use std::time::Duration;

use mock_together_http::bounds;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::addresses::{ADDRESSES, Address, Form};
use crate::house::*;

/// A body that makes no sense, or more of one than the address reads.
const BAD: &[u16] = &[400, 413];
const HEALTH: &str = "GET /health HTTP/1.1\r\nconnection: close\r\n\r\n";

/// Sends bytes, keeps its side open, and reads to the end of the answer.
async fn throw(house: &House, bytes: &[u8]) -> Response {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    // The mock may refuse and close before all of it is out.
    let _ = stream.write_all(bytes).await;
    answer(stream).await
}

/// An envelope of the edition's, as every refusal has it; a batch's errors are plain text.
fn is_refusal(response: &Response, statuses: &[u16], what: &str) {
    assert!(statuses.contains(&response.status), "{what}: {} {}", response.status, response.body);
    assert_eq!(response.header("content-type"), Some("application/json"), "{what}");
    let body = response.json();
    if body["error"].is_string() {
        assert!(what.contains("/v1/batches"), "{what}: {body}");
        return;
    }
    assert!(body["error"]["message"].is_string(), "{what}: {body}");
    let kind = body["error"]["type"].as_str();
    assert!(matches!(kind, Some("invalid_request_error" | "request_too_large")), "{what}: {body}");
    assert_eq!(body["id"].as_str(), response.header("x-request-id"), "{what}: {body}");
}

async fn still_serves(house: &House) {
    assert_eq!(house.ask(HEALTH).await.body, "ok\n");
}

/// A request with a body of some media type.
fn with_body(address: &Address, media: &str, body: &[u8]) -> Vec<u8> {
    let Address { method, path, .. } = address;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nconnection: close\r\n{KEY}content-type: {media}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn with_bodies() -> impl Iterator<Item = &'static Address> {
    ADDRESSES.iter().filter(|address| address.form != Form::None)
}

#[tokio::test]
async fn what_is_no_http_is_refused_in_words() {
    let house = House::on("build-1").await;
    let line = "GET /health HTTP/1.1\r\n";
    let long = "x".repeat(2 * bounds::BUFFER_BYTES);
    let many = "h: 1\r\n".repeat(bounds::HEADERS + 1);
    for (what, bytes, status) in [
        (
            "a greeting of TLS",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            400,
        ),
        ("words", b"hello there\r\n\r\n".to_vec(), 400),
        ("no version", b"GET /health\r\n\r\n".to_vec(), 400),
        ("a version to come", b"GET /health HTTP/9.9\r\n\r\n".to_vec(), 400),
        ("a header without a name", format!("{line}: 1\r\n\r\n").into_bytes(), 400),
        ("a header with a space in its name", format!("{line}a b: 1\r\n\r\n").into_bytes(), 400),
        ("a zero byte", format!("{line}a: \0\r\n\r\n").into_bytes(), 400),
        ("a length in words", format!("{line}content-length: many\r\n\r\n").into_bytes(), 400),
        (
            "two lengths",
            format!("{line}content-length: 1\r\ncontent-length: 2\r\n\r\n").into_bytes(),
            400,
        ),
        ("a long header", format!("{line}a: {long}\r\n\r\n").into_bytes(), 431),
        ("many headers", format!("{line}{many}\r\n").into_bytes(), 431),
        ("a head without an end", format!("{line}a: {long}").into_bytes(), 431),
    ] {
        is_refusal(&throw(&house, &bytes).await, &[status], what);
        still_serves(&house).await;
    }
    let long = throw(&house, format!("GET /{} HTTP/1.1\r\n\r\n", long.repeat(4)).as_bytes()).await;
    assert!([414, 431].contains(&long.status), "{}", long.status);
}

#[tokio::test]
async fn garbage_after_a_request_is_refused_when_that_is_answered() {
    let house = House::on("build-1").await;
    let both = "GET /health HTTP/1.1\r\n\r\n\x01\x02garbage\r\n\r\n";
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(both.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        match next(&stream, &mut part).await {
            0 => break,
            read => bytes.extend_from_slice(&part[..read]),
        }
    }
    let text = String::from_utf8(bytes).unwrap();
    let (first, second) = text.split_once("ok\n").unwrap();
    assert!(first.starts_with("HTTP/1.1 200 OK"), "{text}");
    assert!(second.starts_with("HTTP/1.1 400 Bad Request"), "{text}");
    assert!(second.contains("\"type\":\"invalid_request_error\""), "{text}");
}

#[tokio::test]
async fn bodies_that_make_no_sense_are_refused_at_every_address() {
    let house = House::on("build-5").await;
    let deep = 100_000;
    let bodies = [
        ("nothing", Vec::new()),
        ("half of it", b"{\"model\": ".to_vec()),
        ("a list", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("a number", b"5".to_vec()),
        ("a text", b"\"model\"".to_vec()),
        ("no field", b"{}".to_vec()),
        ("no UTF-8", b"{\"model\": \"\xff\xfe\"}".to_vec()),
        ("half of a pair", br#"{"model": "\ud800"}"#.to_vec()),
        ("deep lists", [b"[".repeat(deep), b"]".repeat(deep)].concat()),
        ("deep objects", [b"{\"a\":".repeat(deep), b"1".to_vec(), b"}".repeat(deep)].concat()),
        ("a deep model", [b"{\"model\":".to_vec(), b"[".repeat(deep)].concat()),
        ("zeros", vec![0; 4_096]),
        ("two of them", b"{} {}".to_vec()),
    ];
    for address in with_bodies() {
        for (what, body) in &bodies {
            for media in
                ["application/json", "multipart/form-data; boundary=torn", "multipart/form-data"]
            {
                let response = throw(&house, &with_body(address, media, body)).await;
                let what = format!("{} {} {what} as {media}", address.method, address.path);
                is_refusal(&response, BAD, &what);
            }
        }
    }
    still_serves(&house).await;
}

#[tokio::test]
async fn torn_forms_are_refused_at_every_address() {
    let house = House::on("build-5").await;
    let media = "multipart/form-data; boundary=b";
    let part = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
    for address in with_bodies() {
        for (what, body) in [
            ("no end", format!("{part}abc")),
            ("no part", "--b--\r\n".to_owned()),
            ("another boundary", format!("{part}abc\r\n--c--\r\n")),
            ("a part without a name", "--b\r\n\r\nabc\r\n--b--\r\n".to_owned()),
            (
                "a header that goes on",
                format!("--b\r\ncontent-disposition: {}", "x".repeat(20_000)),
            ),
            ("many parts", part.repeat(5_000)),
        ] {
            let response = throw(&house, &with_body(address, media, body.as_bytes())).await;
            let what = format!("{} {} {what}", address.method, address.path);
            is_refusal(&response, BAD, &what);
        }
    }
    still_serves(&house).await;
}

#[tokio::test]
async fn other_methods_are_refused_at_every_address() {
    let house = House::on("build-1").await;
    for Address { path, method: its, .. } in ADDRESSES {
        for method in ["PUT", "TRACE", "OPTIONS", "BREW"].iter().filter(|method| *method != its) {
            let request = format!("{method} {path} HTTP/1.1\r\n{KEY}connection: close\r\n\r\n");
            is_refusal(
                &throw(&house, request.as_bytes()).await,
                &[405],
                &format!("{method} {path}"),
            );
        }
    }
    still_serves(&house).await;
}

#[tokio::test]
async fn strangers_are_refused_at_every_address_whatever_they_bring() {
    let house =
        House::with("build-1", |plan| plan.keys = mock_together_http::Keys::Only(vec![])).await;
    for Address { method, path, form, .. } in ADDRESSES.iter().filter(|address| address.key) {
        for key in [
            "",
            "authorization: Bearer \r\n",
            "authorization: Basic eDp5\r\n",
            "authorization: Bearer \u{e4}\r\n",
            "authorization: Bearer another\r\n",
        ] {
            let body = if *form == Form::None { "" } else { "{" };
            let request = format!(
                "{method} {path} HTTP/1.1\r\n{key}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let response = throw(&house, request.as_bytes()).await;
            assert_eq!(response.status, 401, "{method} {path} {key}: {}", response.body);
            let body = response.json();
            let said = body["error"].is_string() || body["error"]["message"].is_string();
            assert!(said, "{method} {path} {key}: {body}");
        }
    }
}

#[tokio::test]
async fn bodies_larger_than_they_may_be_are_refused_at_every_address() {
    let house = House::on("build-1").await;
    for Address { method, path, .. } in with_bodies() {
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{KEY}connection: close\r\ncontent-length: {}\r\n\r\n",
            1_u64 << 40
        );
        is_refusal(&throw(&house, request.as_bytes()).await, &[413], &format!("{method} {path}"));
    }
    still_serves(&house).await;
}

#[tokio::test]
async fn half_a_body_is_waited_for_and_no_longer_than_that() {
    let house = House::on("build-1").await;
    for Address { method, path, .. } in with_bodies() {
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{KEY}connection: close\r\ncontent-length: 10\r\n\r\n{{"
        );
        is_refusal(&throw(&house, request.as_bytes()).await, &[408], &format!("{method} {path}"));
    }
    still_serves(&house).await;
}

#[tokio::test]
async fn a_body_in_chunks_that_are_none_is_a_bad_request_at_every_address() {
    let house = House::on("build-1").await;
    let media = "multipart/form-data; boundary=b";
    for Address { method, path, .. } in with_bodies() {
        for chunks in ["zz\r\nhello\r\n", "5\r\nhello, all\r\n0\r\n\r\n", "2\r\n{}\r\n-1\r\n"] {
            for media in ["application/json", media] {
                let request = format!(
                    "{method} {path} HTTP/1.1\r\n{KEY}connection: close\r\ncontent-type: {media}\r\n\
                     transfer-encoding: chunked\r\n\r\n{chunks}"
                );
                let what = format!("{method} {path} {chunks:?} as {media}");
                is_refusal(&throw(&house, request.as_bytes()).await, &[400], &what);
            }
        }
    }
    still_serves(&house).await;
}

#[tokio::test]
async fn half_a_head_is_hung_up_on() {
    let house = House::on("build-1").await;
    let stream = house.send("GET /health HTTP/1.1\r\nacc").await;
    tokio::time::advance(bounds::HEAD_TAKES + Duration::from_secs(1)).await;
    assert_eq!(next(&stream, &mut [0; 16]).await, 0);
    still_serves(&house).await;
}

#[tokio::test]
async fn what_clients_make_up_does_not_grow_the_counts() {
    let house = House::on("build-1").await;
    let mut sizes = Vec::new();
    for round in 0..3 {
        for nth in 0..50 {
            let made_up = format!("{round}-{nth}");
            house.ask(&post(KEY, &question("").replace(MODEL, &made_up))).await;
            house.ask(&format!("GET /v1/{made_up} HTTP/1.1\r\nconnection: close\r\n\r\n")).await;
            house.ask(&format!("M{nth} /health HTTP/1.1\r\nconnection: close\r\n\r\n")).await;
        }
        let page = house.ask("GET /metrics HTTP/1.1\r\nconnection: close\r\n\r\n").await.body;
        sizes.push(page.lines().count());
    }
    assert_eq!(sizes[1], sizes[2], "{sizes:?}");
}
