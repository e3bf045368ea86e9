//! What differs between the ages of the service, as a client on a socket meets it.

use std::time::Duration;

use limits::{Instant, Span};
use mock_together::{Change, Happening, OrganizationId};
use mock_together_http::Plan;
use rulebook::Millionths;
use tokio::net::TcpStream;

use crate::house::*;

fn suppose(plan: &mut Plan, name: &str, value: &str) {
    plan.assumptions = plan.assumptions.with(name, value).unwrap();
}

/// From the start on, nothing is left of what works behind the limits.
fn outage(plan: &mut Plan) {
    let what = Change::Capacity { model: None, share: Millionths::NONE };
    plan.course = [Happening { at: Instant::START, what }].into();
}

/// Asks the same at once, so often, and reads all of it.
async fn burst(house: &House, times: usize, body: &str) -> Vec<Response> {
    let mut streams: Vec<TcpStream> = Vec::new();
    for _ in 0..times {
        streams.push(house.chat(KEY, body).await);
    }
    let mut answers = Vec::new();
    for stream in streams {
        answers.push(answer(stream).await);
    }
    answers
}

fn shows_nothing(response: &Response) -> bool {
    let head = response.head.to_lowercase();
    !head.contains("ratelimit") && !head.contains("retry-after")
}

#[tokio::test]
async fn without_tiers_an_outage_fails_who_is_below_the_rate_and_refuses_who_is_above() {
    let house = House::of("2026-08", "0/min", outage).await;
    let base = 2; // 60 a minute, in two seconds
    for (nth, response) in burst(&house, 6, &question(r#","stream":true"#)).await.iter().enumerate()
    {
        assert_eq!(response.header("content-type"), Some("application/json"), "streams too");
        if nth < base {
            assert_eq!(
                (response.status, response.error("type")),
                (503, "service_unavailable".into())
            );
            assert_eq!(response.header("x-tierlab-decided-by"), Some("capacity"));
            assert!(shows_nothing(response), "{}", response.head);
            continue;
        }
        assert_eq!(response.status, 429, "{nth}");
        assert_eq!(response.error("type"), "dynamic_request_limited");
        assert_eq!(response.json()["error_type"], "dynamic_request_limited");
        assert_eq!(response.header("x-tierlab-decided-by"), Some("dynamic_requests"));
        assert_eq!(response.number("x-ratelimit-reset"), Some(2));
        assert_eq!(response.header("retry-after"), None);
        assert_eq!(response.header("x-ratelimit-limit"), None);
    }
}

#[tokio::test]
async fn a_failure_for_want_of_capacity_comes_after_the_buffer_and_may_not_be_waited_for() {
    let house = House::of("2026-08", "0/min", outage).await;
    let left = house.chat(KEY, &question("")).await;
    drop(left);
    let began = tokio::time::Instant::now();
    let response = answer(house.chat(KEY, &question("")).await).await;
    assert_eq!(response.status, 503);
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    let health = house.ask("GET /health HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    assert_eq!(health.status, 200);
}

#[tokio::test]
async fn without_tiers_a_success_shows_nothing() {
    let house = House::of("2026-08", "300/min", |_| ()).await;
    let response = house.ask(&post(KEY, &question(""))).await;
    assert_eq!(response.status, 200);
    assert!(shows_nothing(&response), "{}", response.head);
}

#[tokio::test]
async fn in_between_the_dynamic_rate_is_shown_beside_the_tiers() {
    let house = House::of("2026-02", "build-1", |_| ()).await;
    let response = house.ask(&post(KEY, &question(""))).await;
    assert_eq!((response.status, response.header("x-ratelimit-limit")), (200, Some("10")));
    assert_eq!(response.header("x-ratelimit-limit-dynamic"), Some("1"), "{}", response.head);
    assert!(response.number("x-ratelimit-remaining-dynamic").is_some(), "{}", response.head);
}

/// What a tier is told that has no access to a model of Tier 2.
async fn gated(tier: &str) -> String {
    let body = question("").replace(MODEL, "black-forest-labs/FLUX.1.1-pro");
    let response = House::on(tier).await.ask(&post(KEY, &body)).await;
    assert_eq!((response.status, response.header("x-tierlab-decided-by")), (403, Some("gate")));
    response.error("message").as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_gate_tells_the_free_tier_that_it_is_free() {
    let message = gated("limited").await;
    assert!(message.starts_with("Free tier: "), "{message}");
}

#[tokio::test]
async fn a_gate_tells_a_low_tier_which_one_has_access() {
    let message = gated("build-1").await;
    assert!(message.contains("allowed for build tier 2 and above"), "{message}");
}

/// More than any model's context, where that is refused with this status.
async fn too_long(supposed: &str, status: u16) {
    let house = House::with("build-1", |plan| suppose(plan, "too_long", supposed)).await;
    let response = house.ask(&post(KEY, &question(r#","max_tokens":4000000"#))).await;
    assert_eq!(response.status, status);
    assert_eq!(response.header("x-tierlab-decided-by"), Some("too_long"));
    assert_eq!(response.number("x-ratelimit-remaining"), Some(19));
    let next = house.ask(&post(KEY, &question(r#","max_tokens":1"#))).await;
    assert_eq!(next.number("x-ratelimit-remaining"), Some(18), "it took its slot");
}

#[tokio::test]
async fn too_long_for_the_model_is_bad_input() {
    too_long("400", 400).await;
}

#[tokio::test]
async fn too_long_for_the_model_is_forbidden_where_that_is_supposed() {
    too_long("403", 403).await;
}

#[tokio::test]
async fn who_is_blocked_has_to_pay_until_it_is_over() {
    let organization = OrganizationId(0);
    let house = House::with("build-1", |plan| {
        let over = Instant::START.after(Span::from_secs(30));
        plan.course = [(Instant::START, true), (over, false)]
            .map(|(at, blocked)| Happening { at, what: Change::Blocked { organization, blocked } })
            .into();
    })
    .await;
    let response = house.ask(&post(KEY, &question(""))).await;
    assert_eq!((response.status, response.error("type")), (402, "credit_limit".into()));
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(house.ask(&post(KEY, &question(r#","max_tokens":1"#))).await.status, 200);
}

#[tokio::test]
async fn two_gateways_count_each_for_themselves_and_their_headers_disagree() {
    let house = House::with("build-1", |plan| suppose(plan, "gateway_replicas", "2")).await;
    let answers = burst(&house, 20, &question("")).await;
    let left: Vec<u64> =
        answers.iter().filter_map(|one| one.number("x-ratelimit-remaining")).collect();
    assert!(answers.iter().all(|one| one.status == 200));
    assert_eq!(left.iter().filter(|left| **left == 19).count(), 2, "{left:?}");
    assert!(left.iter().any(|left| *left >= 5) && left.len() == 20, "{left:?}");
}

#[tokio::test]
async fn a_gateway_that_keeps_to_its_callers_knows_ours_by_number_and_others_by_connection() {
    let house = House::with("build-1", |plan| {
        suppose(plan, "gateway_replicas", "4");
        suppose(plan, "gateway_routing", "sticky");
    })
    .await;
    // However often one client connects, it is always the same gateway that counts.
    for expected in (10..20).rev() {
        let ours = format!("{KEY}x-tierlab-caller: 7\r\n");
        let response = answer(house.chat(&ours, &question(r#","max_tokens":1"#)).await).await;
        if response.number("x-ratelimit-reset") == Some(0) {
            break;
        }
        assert_eq!(response.number("x-ratelimit-remaining"), Some(expected));
    }
    let strangers = burst(&house, 40, &question("")).await;
    let begun = strangers.iter().filter(|one| one.number("x-ratelimit-remaining") == Some(19));
    assert!(begun.count() >= 2, "each connection is a caller of its own");
}

#[tokio::test]
async fn failures_of_the_services_own_take_a_while_and_a_slot() {
    let house = House::with("build-1", |plan| suppose(plan, "background_failures", "100%")).await;
    let response = house.ask(&post(KEY, &question(""))).await;
    assert_eq!((response.status, response.error("type")), (500, "server_error".into()));
    assert_eq!(response.number("x-ratelimit-remaining"), Some(19));
}
