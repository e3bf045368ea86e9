//! The voices that models speak with.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::get;
use serde_json::{Value, json};

use crate::drawn;
use crate::mock::{Mock, Served};
use crate::reply::reply;

/// Its address.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/voices"), get(voices))
}

async fn voices(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_stranger() };
    let of_model = |served: &&Served| {
        let voices = mock.plan.edition.voices(&served.account.model);
        let voices = voices.iter().zip(0..);
        let voices = voices.map(|(name, nth)| json!({ "id": drawn::uuid(nth), "name": name }));
        let voices: Vec<Value> = voices.collect();
        (!voices.is_empty()).then(|| json!({ "model": &*served.name, "voices": voices }))
    };
    let listed = mock.listed(client);
    let all: Vec<Value> = listed.iter().filter_map(of_model).collect();
    reply(&json!({ "data": all }))
}
