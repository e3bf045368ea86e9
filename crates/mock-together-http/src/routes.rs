//! The addresses, and what happens at each.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response};
use axum::routing::{get, post};
use limits::Clock as _;
use tokio::time::timeout;
use wire::{CALLER_HEADER, ErrorKind, Fate, Shows, Status};

use crate::answer::{self, Common};
use crate::ask::{self, Asked};
use crate::desk::{ClientId, Weight};
use crate::mock::{Met, Mock, Underway};
use crate::refusal::{ID_HEADER, JSON, Places, Transport, response};
use crate::server::Caller;
use crate::stream::Events;
use crate::watch::Decided;
use crate::{RETRY_HEADER, bounds};

/// The media type of a stream, as recorded.
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream;charset=utf-8");

/// Every address of a mock. The router needs tokio's time, and no socket: it can be called in
/// process.
///
/// What is under `/v1` is under `/v1/v1` too: together-py up to 2.x and openai-python expect a
/// base URL that ends in `/v1`, together-py from 3.0 on appends it by itself, and a user should
/// not have to know.
pub fn router(mock: Arc<Mock>) -> Router {
    // Routes of their own rather than nested ones, for which axum makes a second address of each
    // request.
    ["/v1", "/v1/v1"]
        .into_iter()
        .fold(Router::new(), |router, base| {
            router
                .route(&format!("{base}/chat/completions"), post(chat))
                .route(&format!("{base}/models"), get(models))
        })
        .route("/health", get(health))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .with_state(mock)
}

async fn chat(State(mock): State<Arc<Mock>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let retry = text(&head.headers, RETRY_HEADER).and_then(|said| said.parse().ok());
    mock.watch.asked(retry);
    let Some(client) = bearer(&head.headers).and_then(|key| mock.client(key)) else {
        return mock.refuse(ErrorKind::Unauthorized, &Places::default(), Shows::default());
    };
    let body = match whole(&head.headers, body).await {
        Ok(body) => body,
        Err(Torn::TooSlow) => return mock.turn_away(Transport::TooSlow),
        Err(Torn::TooLarge) => {
            return mock.refuse(ErrorKind::TooLarge, &Places::default(), Shows::default());
        }
    };
    let caller = caller(&head);
    let asked = match ask::read(&body) {
        Ok(asked) => asked,
        Err(unreadable) => return invalid(&mock, (client, caller), unreadable.model.as_deref()),
    };
    let Some((id, served)) = mock.served(&asked.model) else {
        let places = Places::of_model(&asked.model);
        return mock.refuse(ErrorKind::UnknownModel, &places, Shows::default());
    };
    let Asked { prompt, max_tokens, stream, .. } = asked;
    let fate = text(&head.headers, Fate::HEADER).and_then(|said| said.parse().ok());
    let weight = Weight { prompt, max_tokens, stream, caller, fate, charged: true };
    match mock.receive(client, (id, served), weight) {
        Met::Refused { kind, shows, head_at } => {
            let response = mock.refuse(kind, &served.places, shows);
            mock.clock.until(head_at).await;
            response
        }
        Met::Underway(underway) => answer(underway, &asked.model).await,
    }
}

/// Waits for the head of an admitted request, and for all of it when it is not streamed. The
/// caller drops this when its client leaves.
async fn answer(underway: Underway, model: &str) -> Response<Body> {
    let mock = Arc::clone(underway.mock());
    let at = mock.clock.now();
    let Some(ticket) = underway.ticket() else {
        return mock.refuse(ErrorKind::Internal, &Places::default(), Shows::default());
    };
    let (shows, head_at, stream) = (ticket.shows, ticket.head_at(), ticket.stream);
    let answer = ticket.usage.completion;
    let (model_asked, status) = (Some(model), Status::OK);
    let decided = Decided { at, completion: true, model: model_asked, status, by: None, shows };
    mock.watch.decided(&decided);
    mock.clock.until(head_at).await;
    let common = Common {
        id: mock.next_id(),
        created: mock.date(at),
        model: model.to_owned(),
        fate: underway.fate,
        answer,
    };
    let id = HeaderValue::try_from(common.id.as_str());
    let (body, media) = if stream {
        let events = Events::new(underway, common);
        (events.map_or_else(Body::empty, Body::new), EVENT_STREAM)
    } else {
        let usage = underway.finish();
        (Body::from(common.whole(usage)), JSON)
    };
    let mut response = response(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media);
    if let Ok(id) = id {
        headers.insert(&ID_HEADER, id);
    }
    if stream {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    mock.show(&shows, headers);
    response
}

/// A body that makes no sense. Where its model could be read, it takes a slot of that model's
/// limits and shows their headers, as recorded.
fn invalid(
    mock: &Arc<Mock>,
    (client, caller): (ClientId, u32),
    model: Option<&str>,
) -> Response<Body> {
    let Some(model) = model else {
        return mock.refuse(ErrorKind::Invalid, &Places::default(), Shows::default());
    };
    let Some(served) = mock.served(model) else {
        return mock.refuse(ErrorKind::UnknownModel, &Places::of_model(model), Shows::default());
    };
    let wasted = mock.waste((client, caller), served);
    mock.refuse(wasted.refused.unwrap_or(ErrorKind::Invalid), &served.1.places, wasted.shows)
}

async fn models(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    let Some(client) = bearer(&headers).and_then(|key| mock.client(key)) else {
        return mock.refuse_list();
    };
    let mut response = Response::new(Body::from(answer::models(&mock, client)));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
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

/// Which of its key's client processes a request comes from: as it says itself, where it is ours; a
/// stranger's by its connection.
fn caller(head: &Parts) -> u32 {
    let said = text(&head.headers, CALLER_HEADER).and_then(|said| said.parse().ok());
    said.or(head.extensions.get().map(|Caller(number)| *number)).unwrap_or(0)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The key of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

/// Why a body did not come whole.
enum Torn {
    TooSlow,
    TooLarge,
}

/// The whole body, within its bounds.
async fn whole(headers: &HeaderMap, body: Body) -> Result<Bytes, Torn> {
    let declared =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > bounds::BODY_BYTES as u64) {
        return Err(Torn::TooLarge);
    }
    match timeout(bounds::BODY_TAKES, to_bytes(body, bounds::BODY_BYTES)).await {
        Ok(Ok(body)) => Ok(body),
        // Larger than it may be, or torn; nobody reads the answer to a torn one.
        Ok(Err(_)) => Err(Torn::TooLarge),
        Err(_) => Err(Torn::TooSlow),
    }
}
