//! Hardware that can be had by the minute, with the edition's ids and prices.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use axum::routing::get;
use rulebook::Hardware;
use serde_json::{Value, json};

use crate::mock::Mock;
use crate::profile::query;
use crate::reply::{number, reply};

/// Ours: where machines stand. Nobody has to say one.
const ZONES: [&str; 2] = ["us-central-4b", "us-east-1a"];

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new()
        .route(&format!("{base}/hardware"), get(hardware))
        .route(&format!("{base}/clusters/availability-zones"), get(zones))
}

async fn hardware(State(mock): State<Arc<Mock>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    if mock.known(&headers).is_none() {
        return mock.refuse_stranger();
    }
    let (edition, given) = (&mock.plan.edition, &mock.plan.assumptions);
    // Whether there is any is told to those alone who ask for a model.
    let asked = query(&uri, "model").is_some();
    let ids = edition.hardware_ids();
    let all = ids.iter().filter_map(|id| edition.hardware(id, given));
    let all: Vec<Value> = all.map(|hardware| told(&mock, &hardware, asked)).collect();
    reply(&json!({ "object": "list", "data": all }))
}

async fn zones(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    if mock.known(&headers).is_none() {
        return mock.refuse_stranger();
    }
    reply(&json!({ "avzones": ZONES }))
}

/// One machine: its id is a count, `x_`, its maker, the GPU, the memory of one and how they are joined.
fn told(mock: &Mock, hardware: &Hardware, asked: bool) -> Value {
    let mut parts = hardware.id.split('_').skip(2);
    let mut part = || parts.next().unwrap_or_default();
    let (gpu, memory, link) = (part(), part(), part());
    let gigabytes: u32 = memory.trim_end_matches("gb").parse().unwrap_or(0);
    // Hundredths of a cent, so that a price has as many decimals as the recorded ones.
    let minute = hardware.hourly.of_parts(1, 60); // ours: minutes of an hour
    let cents = (minute.in_dollars() * 1e4).round() / 100.0;
    let mut told = json!({
        "object": "hardware",
        "id": hardware.id,
        "pricing": { "cents_per_minute": number(cents) },
        "specs": {
            "gpu_type": format!("{gpu}-{memory}"),
            "gpu_link": link,
            "gpu_memory": gigabytes,
            "gpu_count": hardware.gpus,
        },
        "updated_at": mock.now_text(),
    });
    if let Some(told) = told.as_object_mut().filter(|_| asked) {
        told.insert("availability".to_owned(), json!({ "status": "available" }));
    }
    told
}
