//! What `/metrics` says of a service that was called.

use crate::house::*;

const SCRAPE: &str = "GET /metrics HTTP/1.1\r\nconnection: close\r\n\r\n";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n{KEY}connection: close\r\n\r\n")
}

/// The value of a series, which must stand there once.
fn value(page: &str, series: &str) -> String {
    let mut found = page.lines().filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    let value = found.next().unwrap_or_else(|| panic!("no {series} in\n{page}"));
    assert_eq!(found.next(), None, "{series} stands there twice");
    value.to_owned()
}

fn requests(method: &str, route: &str, status: u16, by: &str, model: &str) -> String {
    format!(
        "tierlab_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\",\
         decided_by=\"{by}\",model=\"{model}\"}}"
    )
}

#[tokio::test]
async fn metrics_count_what_was_answered_by_address_status_and_what_decided() {
    let house = House::on("build-1").await;
    house.ask(&post(KEY, &question(r#","max_tokens":3"#))).await;
    house.ask(&post(KEY, &question(r#","max_tokens":3,"stream":true"#))).await;
    house.ask(&post("", &question(""))).await;
    for unknown in ["nobody/one", "nobody/two"] {
        house.ask(&post(KEY, &question("").replace(MODEL, unknown))).await;
    }
    house.ask(&get("/v1/models")).await;
    house.ask(&get("/v1/v1/models")).await;
    house.ask(&get("/v1/nowhere/at-all")).await;
    house.ask(&get("/v1/chat/completions")).await;
    let response = house.ask(SCRAPE).await;
    let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!((response.status, response.header("content-type")), (200, Some(media)));
    let page = response.body;
    let chat = "/v1/chat/completions";
    for (series, expected) in [
        (requests("POST", chat, 200, "", MODEL), "2"),
        (requests("POST", chat, 401, "unauthorized", ""), "1"),
        (requests("POST", chat, 404, "unknown_model", "other"), "2"),
        (requests("GET", "/v1/models", 200, "", ""), "2"),
        (requests("GET", "other", 404, "transport", ""), "1"),
        (requests("GET", chat, 405, "transport", ""), "1"),
        (format!("tierlab_tokens_total{{model=\"{MODEL}\",kind=\"prompt\"}}"), "4"),
        (format!("tierlab_tokens_total{{model=\"{MODEL}\",kind=\"completion\"}}"), "6"),
        (format!("tierlab_head_seconds_count{{route=\"{chat}\"}}"), "6"),
        ("tierlab_underway".to_owned(), "0"),
        ("tierlab_streams".to_owned(), "0"),
        ("tierlab_left_total".to_owned(), "0"),
        ("tierlab_keys".to_owned(), "1"),
    ] {
        assert_eq!(value(&page, &series), expected, "{series}");
    }
    assert!(page.ends_with("# EOF\n"), "{page}");
}

#[tokio::test]
async fn an_open_stream_is_counted_until_its_client_leaves() {
    let house = House::on("build-1").await;
    let stream = house.chat(KEY, &question(r#","max_tokens":300,"stream":true"#)).await;
    let page = house.ask(SCRAPE).await.body;
    assert_eq!(
        (value(&page, "tierlab_streams"), value(&page, "tierlab_underway")),
        ("1".into(), "1".into())
    );
    drop(stream);
    house.until(|seen| !seen.ended.lock().unwrap().is_empty()).await;
    let page = house.ask(SCRAPE).await.body;
    assert_eq!(
        (value(&page, "tierlab_streams"), value(&page, "tierlab_left_total")),
        ("0".into(), "1".into())
    );
}
