//! A plain response with a JSON body, for resources that are no work.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use serde::Serialize;

use crate::refusal::{JSON, response};

/// A value as the body of a response that went well.
pub(crate) fn reply(value: &impl Serialize) -> Response<Body> {
    // The shapes of this crate are all such that JSON has a form for them.
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut response = response(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// Nothing, and that went well.
pub(crate) fn nothing() -> Response<Body> {
    let mut response = response(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A number as the service writes it: whole where it is.
pub(crate) fn number(value: f64) -> serde_json::Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
    let whole = value as i64;
    // Ours: so small a number is exact.
    if (whole as f64 - value).abs() < f64::EPSILON { whole.into() } else { value.into() }
}
