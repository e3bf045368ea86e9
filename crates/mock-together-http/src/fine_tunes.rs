//! Training models further: what it would cost, and that nobody does it here.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use axum::routing::{get, post};
use rulebook::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::Path;
use crate::desk::ClientId;
use crate::drawn;
use crate::mock::Mock;
use crate::refusal::Transport;
use crate::reply::{number, reply};

/// Ours: trained tokens of a file that nobody has, where any is let in.
const TOKENS: u64 = 1_000_000;

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new()
        .route(&format!("{base}/fine-tunes"), get(list))
        .route(&format!("{base}/fine-tunes/estimate-price"), post(estimate))
        .route(&format!("{base}/fine-tunes/models/supported"), get(supported))
        .route(&format!("{base}/fine-tunes/{{id}}"), get(one))
}

/// None is ever begun, so there are none.
async fn list(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    if mock.known(&headers).is_none() {
        return mock.refuse_stranger();
    }
    reply(&json!({ "data": [] }))
}

async fn one(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    if mock.known(&headers).is_none() {
        return mock.refuse_stranger();
    }
    if !mock.conforms() {
        return mock.turn_away(Transport::NoSuchPath);
    }
    // The document wants an id of this form, whatever was asked for.
    let is_uuid = id.len() == drawn::uuid(0).len() && id.split('-').count() == 5;
    let id = if is_uuid { id } else { drawn::uuid(id.len() as u64) };
    let at = mock.now_text();
    reply(&json!({
        "id": id,
        "status": "completed",
        "user_id": "user",
        "model": "",
        "training_file": "",
        "created_at": at,
        "updated_at": at,
        "n_epochs": 1,
        "events": [],
    }))
}

/// The models whose training has a price.
async fn supported(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    if mock.known(&headers).is_none() {
        return mock.refuse_stranger();
    }
    let (edition, given) = (&mock.plan.edition, &mock.plan.assumptions);
    let mut models = edition.models();
    models.retain(|model| edition.fine_tuning(model, Method::Lora, given).is_some());
    let names: Vec<&str> = models.iter().map(rulebook::Model::name).collect();
    let detailed = names.iter().map(|name| json!({ "name": name, "parent_model": name }));
    reply(&json!({ "models": names, "detailed_models": detailed.collect::<Vec<Value>>() }))
}

#[derive(Default, Deserialize)]
struct Asked {
    training_file: String,
    model: Option<String>,
    n_epochs: Option<u64>,
    training_method: Option<Kind>,
    training_type: Option<Type>,
}

#[derive(Default, Deserialize)]
struct Kind {
    method: String,
}

#[derive(Default, Deserialize)]
struct Type {
    r#type: String,
}

impl Asked {
    fn method(&self) -> Method {
        let preference = self.training_method.as_ref().is_some_and(|kind| kind.method == "dpo");
        let kind = self.training_type.as_ref();
        let full = kind.is_some_and(|kind| kind.r#type.eq_ignore_ascii_case("full"));
        match (full, preference) {
            (false, false) => Method::Lora,
            (true, false) => Method::Full,
            (false, true) => Method::LoraPreference,
            (true, true) => Method::FullPreference,
        }
    }
}

async fn estimate(State(mock): State<Arc<Mock>>, request: Request) -> Response<Body> {
    let (client, asked) = match mock.small::<Asked>(request).await {
        Ok(read) => read,
        Err(refusal) => return *refusal,
    };
    let Some(tokens) = mock.trained(client, &asked.training_file) else {
        return reply(&json!({
            "estimation_available": false,
            "unavailable_reason": "train_file_not_validated",
        }));
    };
    let tokens = tokens.saturating_mul(asked.n_epochs.unwrap_or(1));
    let (edition, given) = (&mock.plan.edition, &mock.plan.assumptions);
    let model = edition.model(asked.model.as_deref().unwrap_or_default());
    let price = edition.fine_tuning(&model, asked.method(), given);
    let total = price.map_or(0.0, |price| price.tariff.prompt.times(tokens).in_dollars());
    reply(&json!({
        "estimation_available": true,
        "estimated_total_price": number(total),
        "allowed_to_proceed": true,
        "estimated_train_token_count": tokens,
        "estimated_eval_token_count": 0,
    }))
}

impl Mock {
    /// How many tokens a file of a client has: as in a batch, so many bytes are one.
    fn trained(&self, client: ClientId, file: &str) -> Option<u64> {
        let file = self.store.file(self.organization_of(client), file);
        let rules = self.plan.edition.billing(&self.plan.assumptions).batch;
        let each = u64::from(rules.bytes_per_token.max(1));
        let tokens = file.map(|file| file.bytes.div_ceil(each));
        tokens.or(self.conforms().then_some(TOKENS))
    }
}
