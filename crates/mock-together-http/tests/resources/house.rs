//! A router that is called in process.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use mock_together_http::{Mock, Plan, Profile, TokioClock, router};
use rulebook::Rulebook;
use serde_json::Value;

/// The most bytes of a response that is read.
const BYTES: usize = 64 << 20;

pub(crate) struct House {
    router: Router,
}

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn media(&self) -> &str {
        self.headers.get("content-type").map_or("", |media| media.to_str().unwrap())
    }
}

impl House {
    pub(crate) fn on(edition: &str, tier: &str) -> Self {
        Self::with(edition, tier, |_| ())
    }

    pub(crate) fn conforming() -> Self {
        Self::with("2025-11", "build-1", |plan| plan.profile = Profile::Conformance)
    }

    /// A house under an edition.
    pub(crate) fn with(edition: &str, tier: &str, change: impl FnOnce(&mut Plan)) -> Self {
        let rulebook = Rulebook::embedded().unwrap();
        let edition = Arc::new(rulebook.edition(edition).unwrap().clone());
        let mut plan = Plan::new(&edition, &edition.tier(tier).unwrap());
        plan.epoch = 1_765_718_813;
        change(&mut plan);
        Self { router: router(Mock::new(plan, TokioClock::start(), ())) }
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Response {
        let service = TowerToHyperService::new(self.router.clone());
        let (head, body) = service.call(request).await.unwrap().into_parts();
        let body = to_bytes(body, BYTES).await.unwrap();
        Response { status: head.status.as_u16(), headers: head.headers, body }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        self.ask_as("a-key", method, path, body).await
    }

    pub(crate) async fn ask_as(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.call(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.ask("GET", path, None).await;
        assert_eq!(response.status, 200, "{path}");
        response.json()
    }
}
