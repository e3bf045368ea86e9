//! The life of an endpoint that a client makes.

use std::time::Duration;

use mock_together::{Funds, Money, OrganizationId};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::house::House;

const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

fn wanted() -> Value {
    json!({
        "model": MODEL,
        "hardware": "1x_nvidia_h100_80gb_sxm",
        "autoscaling": { "min_replicas": 1, "max_replicas": 1 },
    })
}

async fn make(house: &House, change: impl FnOnce(&mut Value)) -> Value {
    let mut body = wanted();
    change(&mut body);
    let response = house.ask("POST", "/v1/endpoints", Some(body)).await;
    assert_eq!(response.status, 200, "{:?}", response.body);
    response.json()
}

async fn state(house: &House, made: &Value) -> String {
    let path = format!("/v1/endpoints/{}", made["id"].as_str().unwrap());
    house.get(&path).await["state"].as_str().unwrap().to_owned()
}

async fn minutes(count: u64) {
    sleep(Duration::from_mins(count)).await;
}

async fn chat(house: &House, key: &str, made: &Value) -> crate::house::Response {
    let messages = json!([{ "role": "user", "content": "hello" }]);
    let body = json!({ "model": made["name"], "messages": messages, "max_tokens": 5 });
    house.ask_as(key, "POST", "/v1/chat/completions", Some(body)).await
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_starts_answers_without_limits_and_stops() {
    let house = House::on("2025-11", "build-1");
    let made = make(&house, |_| ()).await;
    assert_eq!((&made["state"], &made["type"]), (&json!("PENDING"), &json!("dedicated")));
    assert_eq!(state(&house, &made).await, "STARTING");
    assert_eq!(chat(&house, "a-key", &made).await.status, 503, "no replica is ready");
    // As `endpoint_starts` supposes.
    minutes(10).await;
    assert_eq!(state(&house, &made).await, "STARTED");
    for _ in 0..30 {
        let answer = chat(&house, "a-key", &made).await;
        assert_eq!((answer.status, answer.json()["model"].clone()), (200, made["name"].clone()));
        assert!(answer.headers.get("x-ratelimit-limit").is_none(), "no limit is shown");
    }
    assert_eq!(chat(&house, "another", &made).await.status, 404, "it is its owner's alone");
    let path = format!("/v1/endpoints/{}", made["id"].as_str().unwrap());
    let told = house.ask("PATCH", &path, Some(json!({ "state": "STOPPED" }))).await.json();
    assert_eq!(told["state"], "STOPPING");
    assert_eq!(state(&house, &made).await, "STOPPED");
    assert_eq!(chat(&house, "a-key", &made).await.status, 503);
    let told = house.ask("PATCH", &path, Some(json!({ "state": "STARTED" }))).await.json();
    assert_eq!(told["state"], "PENDING");
    minutes(11).await;
    assert_eq!(chat(&house, "a-key", &made).await.status, 200, "it starts again");
    assert_eq!(house.ask("DELETE", &path, None).await.status, 204);
    assert_eq!(house.ask("GET", &path, None).await.status, 404);
    assert_eq!(chat(&house, "a-key", &made).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_nobody_calls_stops_when_it_was_told_to() {
    let house = House::on("2025-11", "build-1");
    let made = make(&house, |body| body["inactive_timeout"] = 5.into()).await;
    minutes(14).await;
    assert_eq!(chat(&house, "a-key", &made).await.status, 200);
    minutes(4).await;
    assert_eq!(state(&house, &made).await, "STARTED", "the call counted");
    minutes(2).await;
    assert_eq!(state(&house, &made).await, "STOPPED");
}

#[tokio::test(start_paused = true)]
async fn where_books_are_kept_an_endpoint_needs_a_balance_and_its_minutes_are_charged() {
    let with = |credit: i64| {
        House::with("2025-11", "build-1", move |plan| {
            let funds = Funds::none(OrganizationId(0), plan.tier.clone());
            plan.funds = Some(Funds { purchased: Money::from_cents(credit), ..funds });
        })
    };
    let poor = with(0);
    let refused = poor.ask("POST", "/v1/endpoints", Some(wanted())).await;
    assert_eq!(
        (refused.status, refused.json()["error"]["type"].clone()),
        (402, json!("credit_limit"))
    );
    // An H100 costs 6.65 cents a minute, and the account may not owe anything.
    let rich = with(100);
    let made = make(&rich, |_| ()).await;
    minutes(12).await;
    assert_eq!(state(&rich, &made).await, "STARTED");
    minutes(60).await;
    assert_eq!(state(&rich, &made).await, "STOPPED", "its credit is used up");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_made_is_refused_with_its_field() {
    let house = House::on("2025-11", "build-1");
    let refused = |change: fn(&mut Value)| {
        let mut body = wanted();
        change(&mut body);
        let house = &house;
        async move {
            let response = house.ask("POST", "/v1/endpoints", Some(body)).await;
            let param = response.json()["error"]["param"].clone();
            (response.status, param.as_str().unwrap_or_default().to_owned())
        }
    };
    let hardware = refused(|body| body["hardware"] = "9x_nvidia_h100".into()).await;
    assert_eq!(hardware, (400, "hardware".to_owned()));
    let replicas = refused(|body| body["autoscaling"]["max_replicas"] = 0.into()).await;
    assert_eq!(replicas, (400, "autoscaling.max_replicas".to_owned()));
    assert_eq!(refused(|body| body["model"] = "a/b".into()).await.0, 404);
    let house = House::on("2026-08", "0/min");
    let closed = house.ask("POST", "/v1/endpoints", Some(wanted())).await;
    let code = json!("endpoints_v1_create_access_disabled");
    assert_eq!((closed.status, closed.json()["error"]["code"].clone()), (403, code));
}

#[tokio::test(start_paused = true)]
async fn the_list_of_endpoints_has_ones_own_beside_the_shared() {
    let house = House::on("2025-11", "build-1");
    make(&house, |body| body["state"] = "STOPPED".into()).await;
    let count = |list: Value| list["data"].as_array().unwrap().len();
    let all = count(house.get("/v1/endpoints").await);
    let own = house.get("/v1/endpoints?type=dedicated").await;
    assert_eq!((&own["data"][0]["state"], count(own.clone())), (&json!("STOPPED"), 1));
    assert_eq!(count(house.get("/v1/endpoints?mine=true").await), 1);
    assert_eq!(count(house.get("/v1/endpoints?type=serverless").await) + 1, all);
    let others = house.ask_as("another", "GET", "/v1/endpoints?mine=true", None).await.json();
    assert_eq!(count(others), 0);
}
