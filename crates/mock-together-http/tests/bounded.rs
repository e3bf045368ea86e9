//! Nothing grows without bound: what clients leave behind is kept up to a bound and refused beyond it.
//!
//! Time is tokio's, paused: it jumps to whatever is waited for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::Request;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use mock_together_http::{Mock, Plan, Profile, TokioClock, bounds, router};
use rulebook::Rulebook;
use serde_json::{Value, json};

const CHAT: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

struct House(Router);

impl House {
    fn of(profile: Profile) -> Self {
        let edition = Rulebook::embedded().unwrap().edition("2025-11").unwrap().clone();
        let edition = Arc::new(edition);
        let mut plan = Plan::new(&edition, &edition.tier("build-5").unwrap());
        plan.profile = profile;
        Self(router(Mock::new(plan, TokioClock::start(), ())))
    }

    async fn call(&self, key: &str, method: &str, path: &str, body: &Value) -> (u16, Bytes) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "application/json");
        let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
        let service = TowerToHyperService::new(self.0.clone());
        let (head, body) = service.call(request.body(body).unwrap()).await.unwrap().into_parts();
        (head.status.as_u16(), to_bytes(body, 64 << 20).await.unwrap())
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = self.call("a-key", "POST", path, body).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("a-key", "GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}");
        serde_json::from_slice(&body).unwrap()
    }

    /// Announces a file.
    async fn announce(&self) -> (u16, String) {
        let request = Request::post("/v1/files?purpose=batch-api&file_name=a.jsonl");
        let request = request.header("authorization", "Bearer a-key").header("host", "mock.test");
        let service = TowerToHyperService::new(self.0.clone());
        let response = service.call(request.body(Body::empty()).unwrap()).await.unwrap();
        let id = response.headers().get("x-together-file-id");
        (response.status().as_u16(), id.map_or("", |id| id.to_str().unwrap()).to_owned())
    }

    /// The lines of the page of counts.
    async fn counts(&self) -> usize {
        let (_, page) = self.call("a-key", "GET", "/metrics", &Value::Null).await;
        page.split(|byte| *byte == b'\n').count()
    }
}

fn endpoint(state: &str) -> Value {
    json!({
        "model": CHAT,
        "hardware": "1x_nvidia_h100_80gb_sxm",
        "autoscaling": { "min_replicas": 1, "max_replicas": 1 },
        "state": state,
    })
}

#[tokio::test(start_paused = true)]
async fn keys_are_known_up_to_a_bound() {
    let house = House::of(Profile::Rules);
    for nth in 0..bounds::KEYS {
        let (status, _) = house.call(&format!("k{nth}"), "GET", "/v1/jobs", &Value::Null).await;
        assert_eq!(status, 200, "{nth}");
    }
    assert_eq!(house.call("another", "GET", "/v1/jobs", &Value::Null).await.0, 401);
    assert_eq!(house.call("k0", "GET", "/v1/jobs", &Value::Null).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn endpoints_that_are_made_and_deleted_come_to_an_end() {
    let house = House::of(Profile::Rules);
    for nth in 0..bounds::ENDPOINTS {
        let (status, made) = house.post("/v1/endpoints", &endpoint("STARTED")).await;
        assert_eq!(status, 200, "{nth}: {made}");
        let path = format!("/v1/endpoints/{}", made["id"].as_str().unwrap());
        assert!(house.call("a-key", "DELETE", &path, &Value::Null).await.0 < 300);
    }
    assert_eq!(house.get("/v1/endpoints?type=dedicated").await["data"], json!([]));
    assert_eq!(house.post("/v1/endpoints", &endpoint("STARTED")).await.0, 503);
}

#[tokio::test(start_paused = true)]
async fn endpoints_that_never_start_are_kept_up_to_a_bound() {
    for profile in [Profile::Rules, Profile::Conformance] {
        let house = House::of(profile);
        let mut last = Value::Null;
        for nth in 0..bounds::ENDPOINTS {
            let (status, made) = house.post("/v1/endpoints", &endpoint("STOPPED")).await;
            assert_eq!(status, 200, "{nth}: {made}");
            last = made;
        }
        assert_eq!(house.post("/v1/endpoints", &endpoint("STOPPED")).await.0, 503);
        let path = format!("/v1/endpoints/{}", last["id"].as_str().unwrap());
        assert!(house.call("a-key", "DELETE", &path, &Value::Null).await.0 < 300);
        assert_eq!(house.post("/v1/endpoints", &endpoint("STOPPED")).await.0, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn of_uploads_of_models_the_latest_are_remembered() {
    let house = House::of(Profile::Rules);
    for nth in 0..bounds::JOBS + 10 {
        let body = json!({ "model_name": format!("m{nth}"), "model_source": "a/b" });
        assert_eq!(house.post("/v1/models", &body).await.0, 200);
    }
    let jobs = house.get("/v1/jobs").await;
    let jobs = jobs["data"].as_array().unwrap();
    assert_eq!(jobs.len(), bounds::JOBS);
    assert_eq!(jobs[0]["args"]["modelName"], "m10");
}

#[tokio::test(start_paused = true)]
async fn files_are_kept_up_to_a_bound_and_make_room() {
    let house = House::of(Profile::Rules);
    let mut last = String::new();
    for nth in 0..bounds::FILES {
        let (status, id) = house.announce().await;
        assert_eq!(status, 302, "{nth}");
        last = id;
    }
    assert_eq!(house.announce().await.0, 413);
    let path = format!("/v1/files/{last}");
    assert_eq!(house.call("a-key", "DELETE", &path, &Value::Null).await.0, 200);
    assert_eq!(house.announce().await.0, 302);
    assert_eq!(house.announce().await.0, 413);
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_all_different_leave_nothing_behind_that_is_told() {
    let house = House::of(Profile::Conformance);
    let mut counts = Vec::new();
    for round in 0..3 {
        for nth in 0..100 {
            let name = format!("made-up-{round}-{nth}");
            let schema =
                json!({ "type": "object", "properties": { &name: { "type": "integer" } } });
            let format =
                json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
            let messages = json!([{ "role": "user", "content": name }]);
            let chat = json!({ "model": name, "messages": messages, "max_tokens": 9, "response_format": format });
            let sides = 8 + nth;
            let picture = json!({ "model": name, "prompt": name, "width": sides, "height": 8 });
            let vector = json!({ "model": name, "input": name, "dimensions": 1 + nth });
            for (path, body) in [
                ("/v1/chat/completions", chat),
                ("/v1/images/generations", picture),
                ("/v1/embeddings", vector),
            ] {
                let (status, said) = house.post(path, &body).await;
                assert_eq!(status, 200, "{path} {said}");
            }
        }
        counts.push(house.counts().await);
    }
    assert_eq!(counts[1], counts[2], "{counts:?}");
}
