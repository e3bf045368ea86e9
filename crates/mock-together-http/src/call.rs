//! What every call has: a key, who of its clients calls, a body within bounds and of some media type.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use wire::{CALLER_HEADER, ErrorKind, Fate, Shows};

use crate::desk::ClientId;
use crate::mock::Mock;
use crate::refusal::{Places, Transport};
use crate::server::Caller;
use crate::{RETRY_HEADER, bounds};

/// What stands in an address in the place of a name. One that is no text is nobody's.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Mock>> for Path<T> {
    type Rejection = Response<Body>;

    async fn from_request_parts(
        parts: &mut Parts,
        mock: &Arc<Mock>,
    ) -> Result<Self, Self::Rejection> {
        match axum::extract::Path::from_request_parts(parts, mock).await {
            Ok(axum::extract::Path(named)) => Ok(Self(named)),
            Err(_) => Err(mock.turn_away(Transport::NoSuchPath)),
        }
    }
}

/// In what form a body comes.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Media<'h> {
    /// The media type with its parameters, as the client says it; empty where it does not.
    pub(crate) said: &'h str,
    /// Whether odd values are to be made sense of rather than refused.
    pub(crate) lenient: bool,
}

impl<'h> Media<'h> {
    /// As the headers of a request say it.
    pub(crate) fn of(headers: &'h HeaderMap) -> Self {
        let said = headers.get(CONTENT_TYPE).and_then(|said| said.to_str().ok()).unwrap_or("");
        Self { said, lenient: false }
    }

    /// An error unless the body is JSON, or says nothing.
    pub(crate) fn json(self) -> Result<(), Unreadable> {
        if self.is_json() {
            return Ok(());
        }
        let fault = Fault::new("content-type", "a body of the type application/json is expected");
        Err(Unreadable { model: None, fault: Some(fault) })
    }

    /// Whether the body is JSON: said so, or nothing said.
    pub(crate) fn is_json(self) -> bool {
        self.said.is_empty() || self.said.contains("json")
    }
}

/// A body that cannot be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The model, where at least that could be read: whose limits a bad request counts against.
    pub(crate) model: Option<String>,
    /// What is wrong, where that can be said.
    pub(crate) fault: Option<Fault>,
}

/// What is wrong with a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The field, as a path: `messages[0].role`.
    pub(crate) param: String,
    /// What it should be, or why it cannot be.
    pub(crate) why: String,
}

impl Fault {
    pub(crate) fn new(param: impl Into<String>, why: impl Into<String>) -> Self {
        Self { param: param.into(), why: why.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { param, why } = self;
        if param.is_empty() { f.write_str(why) } else { write!(f, "{param}: {why}") }
    }
}

/// A typed body. What has the wrong type is named.
pub(crate) fn typed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json);
    let read = read.map_err(|error| {
        let path = error.path().to_string();
        let param = if path == "." || path == "?" { String::new() } else { path };
        Fault { param, why: unplaced(&error.into_inner().to_string()).to_owned() }
    });
    match json.end() {
        Ok(()) => read,
        Err(error) => read.and(Err(Fault::new("", unplaced(&error.to_string())))),
    }
}

/// What the reader says, without the place in the text.
fn unplaced(message: &str) -> &str {
    message.rfind(" at line ").and_then(|at| message.get(..at)).unwrap_or(message)
}

/// A header as text.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// How often its client has tried before, as its SDK says.
pub(crate) fn retry(headers: &HeaderMap) -> Option<u32> {
    text(headers, RETRY_HEADER)?.parse().ok()
}

/// What chance has in store for a request, where it brings that along.
pub(crate) fn fate(headers: &HeaderMap) -> Option<Fate> {
    text(headers, Fate::HEADER)?.parse().ok()
}

/// Which of its key's client processes a request comes from: as it says itself, where it is ours; a
/// stranger's by its connection.
pub(crate) fn caller(head: &Parts) -> u32 {
    let said = text(&head.headers, CALLER_HEADER).and_then(|said| said.parse().ok());
    said.or(head.extensions.get().map(|Caller(number)| *number)).unwrap_or(0)
}

/// The key of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

/// Why a body did not come whole.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Torn {
    /// Its client took too long.
    TooSlow,
    /// It is larger than it may be.
    TooLarge,
    /// It ended too soon, or its chunks are none.
    Broken,
}

impl Torn {
    /// Why the reading of a body failed that was read up to a bound.
    pub(crate) fn of(error: Option<&(dyn std::error::Error + 'static)>) -> Self {
        let large = error.is_some_and(<dyn std::error::Error>::is::<LengthLimitError>);
        if large { Self::TooLarge } else { Self::Broken }
    }
}

/// The whole body of at most `bound` bytes.
pub(crate) async fn whole(headers: &HeaderMap, body: Body, bound: usize) -> Result<Bytes, Torn> {
    let declared =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > bound as u64) {
        return Err(Torn::TooLarge);
    }
    match timeout(bounds::BODY_TAKES, to_bytes(body, bound)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) => Err(Torn::of(error.source())),
        Err(_) => Err(Torn::TooSlow),
    }
}

impl Mock {
    /// Whose key it is; the edition's refusal where nobody's.
    pub(crate) fn known(&self, headers: &HeaderMap) -> Option<ClientId> {
        bearer(headers).and_then(|key| self.client(key))
    }

    /// The refusal of a request without a key that is known.
    pub(crate) fn refuse_stranger(&self) -> Response<Body> {
        self.refuse(ErrorKind::Unauthorized, &Places::default(), Shows::default())
    }

    /// The refusal of a body that did not come whole.
    pub(crate) fn refuse_torn(&self, torn: Torn) -> Response<Body> {
        match torn {
            Torn::TooSlow => self.turn_away(Transport::TooSlow),
            Torn::TooLarge => {
                self.refuse(ErrorKind::TooLarge, &Places::default(), Shows::default())
            }
            Torn::Broken => self.refuse(ErrorKind::Invalid, &Places::default(), Shows::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape is read")]
    struct Shape {
        count: u32,
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape is read")]
    struct Inner {
        word: String,
    }

    #[test]
    fn a_wrong_type_is_named_by_its_path() {
        let of = |body: &str| typed::<Shape>(body.as_bytes()).unwrap_err();
        assert_eq!(of(r#"{"count":1,"list":[{"word":"a"},{"word":5}]}"#).param, "list[1].word");
        let why = "invalid type: string \"x\", expected u32";
        assert_eq!(of(r#"{"count":"x","list":[]}"#), Fault::new("count", why));
        assert_eq!(of(r#"{"count":1}"#), Fault::new("", "missing field `list`"));
        assert_eq!(of(r#"{"count":1,"list":[]} {"#).param, "");
    }
}
