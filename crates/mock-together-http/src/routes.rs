//! The addresses: each resource brings its own.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use crate::mock::Mock;
use crate::refusal::Transport;
use crate::{
    batches, books, endpoints, exchange, files, fine_tunes, hardware, inference, metrics, models,
    voices,
};

/// What a resource brings: its addresses under a base.
type Piece = fn(base: &str) -> Router<Arc<Mock>>;

/// Every resource.
const PIECES: &[Piece] = &[
    inference::chat::routes,
    inference::completions::routes,
    inference::embeddings::routes,
    inference::images::routes,
    inference::rerank::routes,
    inference::speech::routes,
    inference::transcriptions::routes,
    models::routes,
    endpoints::routes,
    hardware::routes,
    voices::routes,
    fine_tunes::routes,
    files::routes,
    batches::routes,
];

/// Every address of a mock. The router needs tokio's time, and no socket: it can be called in
/// process.
///
/// What is under `/v1` is under `/v1/v1` too: together-py up to 2.x and openai-python expect a
/// base URL that ends in `/v1`, together-py from 3.0 on appends it by itself, and a user should
/// not have to know.
pub fn router(mock: Arc<Mock>) -> Router {
    // Routes of their own rather than nested ones, for which axum makes a second address of each
    // request.
    let mut router = Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics::page))
        .merge(inference::images::pictures())
        .merge(files::upload::routes())
        .merge(books::routes());
    for base in ["/v1", "/v1/v1"] {
        for piece in PIECES {
            router = router.merge(piece(base));
        }
    }
    router
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(Arc::clone(&mock), exchange::told))
        .with_state(mock)
}

async fn health() -> &'static str {
    "ok\n"
}

async fn no_such_path(State(mock): State<Arc<Mock>>) -> Response<Body> {
    mock.turn_away(Transport::NoSuchPath)
}

async fn no_such_method(State(mock): State<Arc<Mock>>) -> Response<Body> {
    mock.turn_away(Transport::NoSuchMethod)
}
