//! `GET /_lab/books`: what a key's organization has, has used and has paid. Ours: Together has no such
//! call, and shows the same on its dashboard.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::get;
use limits::{Clock as _, Instant};
use mock_together::Statement;
use serde::Serialize;
use wire::ErrorKind;

use crate::desk::ClientId;
use crate::files::answer;
use crate::mock::Mock;

/// Its address.
pub(crate) fn routes() -> Router<Arc<Mock>> {
    Router::new().route("/_lab/books", get(books))
}

async fn books(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    let Some(client) = mock.known(&headers) else {
        return mock.decline(ErrorKind::Unauthorized, None);
    };
    let Some(statement) = mock.statement(mock.clock.now(), client) else {
        return mock.missing("Account with books");
    };
    if !mock.kept().await {
        return mock.decline(ErrorKind::Internal, None);
    }
    answer(&Words::of(&statement))
}

impl Mock {
    /// What the books say. It is handed to the store, so that nobody is told of what is not kept.
    fn statement(&self, now: Instant, client: ClientId) -> Option<Statement> {
        let mut desk = self.desk();
        let organization = desk.organization(client);
        let statement = desk.service.statement(now, organization);
        desk.keep(now, client);
        statement
    }
}

/// The books in words: amounts to the pico-dollar, as texts.
#[derive(Serialize)]
struct Words {
    tier: String,
    /// What is left, or where it is below zero, what is owed in all.
    balance: String,
    /// What requests cost, as far as it is metered.
    usage: String,
    /// What was paid since the beginning.
    paid: String,
    /// What was paid in its life.
    lifetime: String,
}

impl Words {
    fn of(statement: &Statement) -> Self {
        let Statement { tier, balance, usage, paid, lifetime, .. } = statement;
        Self {
            tier: tier.name().to_owned(),
            balance: balance.to_string(),
            usage: usage.to_string(),
            paid: paid.to_string(),
            lifetime: lifetime.to_string(),
        }
    }
}
