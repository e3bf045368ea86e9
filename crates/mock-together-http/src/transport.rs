//! What the edition says that responses carry beside the limits: under `--faithful` all of it, else what
//! a client asks for that wants to see behind the service.
//!
//! It is put on where the response leaves, so that no resource has to know. An edition says which
//! responses carry what; this says which of those a response is.

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use limits::{Clock as _, Instant};
use rulebook::{CarriedBy, TransportHeader};

use crate::call::text;
use crate::drawn;
use crate::mock::Mock;
use crate::refusal::ID_HEADER;

/// The letters and signs of a mark of a body.
const MARK: u32 = 27;

/// Asks on, and puts on what the response is to carry.
pub(crate) async fn carry(mock: &Mock, request: Request, next: Next) -> Response<Body> {
    let asked = mock.plan.edition.debug_asked();
    let debug = asked.is_some_and(|(name, value)| text(request.headers(), name) == Some(value));
    if !mock.plan.faithful && !debug {
        return next.run(request).await;
    }
    let asked = Asked::of(&request);
    let received = mock.clock.now();
    let mut response = next.run(request).await;
    let is = Is::of(&response, asked, debug);
    put(mock, received, is, &mut response);
    response
}

/// What was asked for, as far as headers hang on it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// Work, pictures or not.
    Work {
        image: bool,
    },
    Models,
    Other,
}

impl Asked {
    fn of(request: &Request) -> Self {
        const WORK: [&str; 6] = [
            "/chat/completions",
            "/completions",
            "/embeddings",
            "/rerank",
            "/images/generations",
            "/audio/",
        ];
        let path = request.uri().path();
        if request.method() == Method::POST && WORK.iter().any(|work| path.contains(work)) {
            Self::Work { image: path.ends_with("/images/generations") }
        } else if request.method() == Method::GET && path.ends_with("/models") {
            Self::Models
        } else {
            Self::Other
        }
    }
}

/// Which of an edition's responses one is.
#[derive(Copy, Clone, Debug)]
struct Is {
    asked: Asked,
    status: StatusCode,
    stream: bool,
    /// The gateway's own page.
    page: bool,
    debug: bool,
}

impl Is {
    fn of(response: &Response<Body>, asked: Asked, debug: bool) -> Self {
        let status = response.status();
        let media = text(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
        let page = status.is_server_error() && media.starts_with("text/plain");
        Self { asked, status, stream: media.starts_with("text/event-stream"), page, debug }
    }

    fn carries(self, by: CarriedBy) -> bool {
        let Self { asked, status, stream, page, debug } = self;
        let work = matches!(asked, Asked::Work { .. });
        let failed = status == StatusCode::INTERNAL_SERVER_ERROR;
        match by {
            CarriedBy::Gateway => true,
            _ if page => false,
            CarriedBy::Every => true,
            CarriedBy::Body => !stream,
            CarriedBy::Started => work && (status.is_success() || failed),
            CarriedBy::Whole => work && status.is_success() && !stream,
            CarriedBy::Limited => status == StatusCode::TOO_MANY_REQUESTS,
            CarriedBy::Failed => failed || status == StatusCode::SERVICE_UNAVAILABLE,
            CarriedBy::Image => asked == Asked::Work { image: true } && status.is_success(),
            CarriedBy::Models => asked == Asked::Models && status.is_success(),
            CarriedBy::Debug => debug,
        }
    }
}

fn put(mock: &Mock, received: Instant, is: Is, response: &mut Response<Body>) {
    let told = response.headers().get(&ID_HEADER).and_then(|id| id.to_str().ok());
    let id = told.map_or_else(|| mock.next_id(), str::to_owned);
    let bytes = response.body().size_hint().exact().unwrap_or(0);
    let places = Places { mock, id: &id, bytes, received };
    if mock.plan.faithful {
        // Whether it is told is the edition's to say.
        response.headers_mut().remove(&ID_HEADER);
    }
    for TransportHeader { by, name, value } in mock.plan.edition.transport() {
        // A mock that is not faithful says no more than it was asked for.
        let wanted = mock.plan.faithful || *by == CarriedBy::Debug;
        if !wanted || !is.carries(*by) {
            continue;
        }
        let value = HeaderValue::try_from(places.fill(value));
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), value) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// What stands in the places of a header.
struct Places<'a> {
    mock: &'a Mock,
    id: &'a str,
    /// The length of the body.
    bytes: u64,
    received: Instant,
}

impl Places<'_> {
    fn fill(&self, value: &str) -> String {
        let mut filled = String::with_capacity(value.len());
        let mut rest = value;
        let mut nth = 0;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (name, past) = after.split_once('}').unwrap_or((after, ""));
            filled.push_str(&self.of(name, nth));
            (rest, nth) = (past, nth + 1);
        }
        filled.push_str(rest);
        filled
    }

    fn of(&self, name: &str, nth: u64) -> String {
        let ray = self.id.rsplit('-').next().unwrap_or_default();
        let number = u64::from_str_radix(ray, 16).unwrap_or(0).wrapping_add(nth);
        match name {
            "id" => self.id.to_owned(),
            "ray" => ray.to_owned(),
            "uuid" => drawn::uuid(number),
            "hex" => drawn::hex(number),
            "etag" => format!("{:x}-{}", self.bytes, drawn::base64(number, MARK)),
            "received" | "call_start" => drawn::date_time(self.mock.millis(self.received)),
            "call_end" => self.mock.now_text(),
            _ => String::new(),
        }
    }
}
