//! The list of models.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Response};
use axum::routing::get;
use serde::Serialize;

use crate::desk::ClientId;
use crate::mock::Mock;
use crate::refusal::JSON;

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/models"), get(models))
}

async fn models(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_list() };
    let mut response = Response::new(Body::from(listed(&mock, client)));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// A model as the list shows it. The list that was recorded also tells prices and chat templates,
/// which the rulebook does not have; they are left out rather than made up.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    r#type: &'a str,
    running: bool,
    display_name: &'a str,
    organization: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_length: Option<u64>,
}

/// The body of the list for a client: a bare array.
fn listed(mock: &Mock, client: ClientId) -> Vec<u8> {
    let listed = mock.listed(client).into_iter().map(|served| {
        let id = &*served.name;
        let (organization, display_name) = id.split_once('/').unwrap_or(("", id));
        Listed {
            id,
            object: "model",
            created: 0,
            r#type: "chat",
            running: false,
            display_name,
            organization,
            context_length: mock.plan.edition.context(&served.account.model).map(|tokens| tokens.0),
        }
    });
    serde_json::to_vec(&listed.collect::<Vec<_>>()).unwrap_or_default()
}
