//! How a refusal is worded: the edition's envelope with its places filled.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use limits::{Clock as _, Rate};
use mock_together::Account;
use rulebook::{ErrorWords, Unheard};
use serde::Serialize;
use wire::{DECIDED_BY_HEADER, ErrorKind, Rate10, Shows, Status};

use crate::call::Fault;
use crate::exchange;
use crate::mock::Mock;
use crate::plan::Plan;
use crate::watch::Decided;
use crate::words::json;

/// The request's id, as the body says it too.
pub(crate) static ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

static DECIDED_BY: HeaderName = HeaderName::from_static(DECIDED_BY_HEADER);

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The media type of a gateway's own pages, as recorded.
const PAGE: HeaderValue = HeaderValue::from_static("text/plain; charset=UTF-8");

/// Room for the headers of any response, hyper's and axum's own among them.
const HEADERS: usize = 16;

/// The longest body of a refusal that is met at all often.
const BODY_BYTES: usize = 512;

/// What stands in the places of an edition's messages, for one model on the mock's tier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    rpm: String,
    qps: String,
    tpm: String,
    tps: String,
    model: String,
}

/// A refusal that has nothing to do with the service and for which an edition has no words: it
/// comes from the transport.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Transport {
    NoSuchPath,
    NoSuchMethod,
    TooSlow,
    /// It is no HTTP.
    NoRequest,
    /// Its address is longer than any is.
    LongAddress,
    /// Its headers are more or longer than they may be.
    LongHead,
}

/// A refusal as it is told: with what status, because of what, under which headers.
#[derive(Copy, Clone)]
struct Told {
    status: Status,
    by: &'static str,
    shows: Shows,
}

#[derive(Serialize)]
struct Envelope<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    message: &'a str,
    r#type: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

impl Places {
    pub(crate) fn of(plan: &Plan, name: &str, account: &Account) -> Self {
        let Account { tier, model, past_hour, endpoint, .. } = account;
        let published = plan.edition.published_after(tier, *past_hour, model, &plan.assumptions);
        let Some(published) = published.filter(|_| endpoint.is_none()) else {
            return Self::of_model(name);
        };
        let per_second = |rate: u64| Rate10(rate).to_string();
        let tokens = published.tokens;
        Self {
            rpm: published.requests.per_minute().to_string(),
            qps: per_second(published.requests.in_1e10_per_second()),
            tpm: tokens.map_or(0, Rate::per_minute).to_string(),
            tps: per_second(tokens.map_or(0, Rate::in_1e10_per_second)),
            model: name.to_owned(),
        }
    }

    pub(crate) fn of_model(name: &str) -> Self {
        Self { model: name.to_owned(), ..Self::default() }
    }

    /// The message with its places filled.
    fn fill(&self, message: &str) -> String {
        let mut filled = String::with_capacity(message.len() + self.model.len());
        let mut rest = message;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (name, past) = after.split_once('}').unwrap_or((after, ""));
            filled.push_str(match name {
                "rpm" => &self.rpm,
                "qps" => &self.qps,
                "tpm" => &self.tpm,
                "tps" => &self.tps,
                "model" => &self.model,
                _ => "",
            });
            rest = past;
        }
        filled.push_str(rest);
        filled
    }
}

impl Transport {
    fn status(self) -> Status {
        match self {
            Self::NoSuchPath => Status::NOT_FOUND,
            Self::NoSuchMethod => Status(405),
            Self::TooSlow => Status::REQUEST_TIMEOUT,
            Self::NoRequest => Status::BAD_REQUEST,
            Self::LongAddress => Status(414),
            Self::LongHead => Status(431),
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::NoSuchPath => "Not found",
            Self::NoSuchMethod => "Method not allowed",
            Self::TooSlow => "Request timeout",
            Self::NoRequest => "Bad request",
            Self::LongAddress => "Request address too long",
            Self::LongHead => "Request header fields too large",
        }
    }
}

impl Mock {
    /// The response to a request for a model that failed in this way, as any request would have it
    /// that meets this; the watch is told.
    pub fn refusal(&self, kind: ErrorKind, model: &str, shows: Shows) -> Response<Body> {
        let unknown = Places::of_model(model);
        let places = self.served(model).map_or(&unknown, |(_, served)| &served.places);
        self.refuse(kind, places, shows)
    }

    pub(crate) fn refuse(&self, kind: ErrorKind, places: &Places, shows: Shows) -> Response<Body> {
        self.refuse_body(kind, (places, None), shows)
    }

    /// The same, of a body in which something is wrong.
    pub(crate) fn refuse_body(
        &self,
        kind: ErrorKind,
        (places, fault): (&Places, Option<&Fault>),
        shows: Shows,
    ) -> Response<Body> {
        // What is wrong is ours to say: Together's own answers name no field.
        let fault = fault.filter(|_| !self.plan.faithful);
        let words = self.plan.edition.error(kind);
        self.refuse_in(words, kind.decided_by(), (places, fault), shows)
    }

    /// The same, of a recording that is not written down.
    pub(crate) fn refuse_unheard(
        &self,
        why: Unheard,
        places: &Places,
        shows: Shows,
    ) -> Response<Body> {
        match self.plan.edition.unheard(why) {
            Some(words) => self.refuse_in(words, why.word(), (places, None), shows),
            None => self.refuse(ErrorKind::Invalid, places, shows),
        }
    }

    /// A refusal in these words, decided by what is named.
    fn refuse_in(
        &self,
        words: &ErrorWords,
        by: &'static str,
        (places, fault): (&Places, Option<&Fault>),
        shows: Shows,
    ) -> Response<Body> {
        let ErrorWords { status, kind: r#type, code, message, headers, page, type_beside } = words;
        let shows = if *headers { shows } else { Shows::default() };
        let told = Told { status: *status, by, shows };
        let model = Some(places.model.as_str()).filter(|name| !name.is_empty());
        self.refused(told, (true, model));
        let message = places.fill(message);
        if *page {
            return self.finished(told, PAGE, Body::from(message));
        }
        let message = fault.map(|fault| format!("{message}: {fault}")).unwrap_or(message);
        let param = fault.map(|fault| &*fault.param).filter(|param| !param.is_empty());
        let error = ErrorBody { message: &message, r#type, param, code: code.as_deref() };
        self.respond(told, type_beside.then_some(r#type), error)
    }

    /// The edition's message for an error, as a request for this model has it.
    pub(crate) fn message(&self, kind: ErrorKind, model: &str) -> String {
        let unknown = Places::of_model(model);
        let places = self.served(model).map_or(&unknown, |(_, served)| &served.places);
        places.fill(&self.plan.edition.error(kind).message)
    }

    /// The refusal of an endpoint, where none is made any more.
    pub(crate) fn refuse_closed(&self, words: &ErrorWords) -> Response<Body> {
        self.refuse_in(words, "closed", (&Places::default(), None), Shows::default())
    }

    /// The refusal of a call that asks for no work.
    pub(crate) fn decline(&self, kind: ErrorKind, fault: Option<&Fault>) -> Response<Body> {
        let fault = fault.filter(|_| !self.plan.faithful);
        let ErrorWords { status, kind: r#type, code, message, type_beside, .. } =
            self.plan.edition.error(kind);
        let told = Told { status: *status, by: kind.decided_by(), shows: Shows::default() };
        self.refused(told, (false, None));
        let message = match fault {
            Some(fault) => format!("{message}: {fault}"),
            None => message.clone(),
        };
        let param = fault.map(|fault| &*fault.param).filter(|param| !param.is_empty());
        let error = ErrorBody { message: &message, r#type, param, code: code.as_deref() };
        self.respond(told, type_beside.then_some(r#type), error)
    }

    /// The response to a call for something that is not there, or is another's.
    pub(crate) fn missing(&self, what: &str) -> Response<Body> {
        let kind = &self.plan.edition.error(ErrorKind::Invalid).kind;
        let message = format!("{what} not found");
        let error = ErrorBody { message: &message, r#type: kind, param: None, code: None };
        let by = "transport";
        let told = Told { status: Status::NOT_FOUND, by, shows: Shows::default() };
        self.refused(told, (false, None));
        self.respond(told, None, error)
    }

    /// The response to a request that did not get as far as the service.
    pub(crate) fn turn_away(&self, why: Transport) -> Response<Body> {
        let kind = &self.plan.edition.error(ErrorKind::Invalid).kind;
        let error = ErrorBody { message: why.message(), r#type: kind, param: None, code: None };
        let told = Told { status: why.status(), by: "transport", shows: Shows::default() };
        self.refused(told, (matches!(why, Transport::TooSlow), None));
        self.respond(told, None, error)
    }

    /// The list of models has a body of its own for a caller without a key, as recorded.
    pub(crate) fn refuse_list(&self) -> Response<Body> {
        let by = ErrorKind::Unauthorized.decided_by();
        let told = Told { status: Status::UNAUTHORIZED, by, shows: Shows::default() };
        self.refused(told, (false, None));
        self.finished(told, JSON, Body::from("{\"error\":{\"message\":\"Unauthorized\"}}"))
    }

    /// Tells of a refusal: whether a completion was asked for, and of which model.
    fn refused(&self, told: Told, (completion, model): (bool, Option<&str>)) {
        let Told { status, by, shows } = told;
        exchange::refused(self, by, model);
        let at = self.clock.now();
        self.watch.decided(&Decided { at, completion, model, status, by: Some(by), shows });
    }

    fn respond(&self, told: Told, kind: Option<&str>, error: ErrorBody<'_>) -> Response<Body> {
        let id = self.next_id();
        let envelope = Envelope { id: &id, error_type: kind, error };
        let body = json(&envelope, BODY_BYTES);
        let mut response = self.finished(told, JSON, Body::from(body));
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(&ID_HEADER, id);
        }
        response
    }

    fn finished(&self, told: Told, media: HeaderValue, body: Body) -> Response<Body> {
        let Told { status, by, shows } = told;
        let mut response = response(body);
        *response.status_mut() =
            StatusCode::from_u16(status.0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, media);
        self.show(&shows, headers);
        if !self.plan.faithful {
            headers.insert(&DECIDED_BY, HeaderValue::from_static(by));
        }
        response
    }
}

/// A response with room for its headers.
pub(crate) fn response(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().reserve(HEADERS);
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::TokioClock;

    #[tokio::test]
    async fn every_kind_of_error_has_the_editions_words_and_headers() {
        let rulebook = rulebook::Rulebook::embedded().unwrap();
        for name in rulebook.names() {
            let edition = Arc::new(rulebook.edition(name).unwrap().clone());
            let mock =
                Mock::new(Plan::new(&edition, &edition.ladder()[0]), TokioClock::start(), ());
            let shows = Shows { reset: Some(2), ..Shows::default() };
            for kind in ErrorKind::ALL {
                let words = edition.error(kind);
                let response = mock.refuse(kind, &Places::default(), shows);
                assert_eq!(response.status().as_u16(), words.status.0);
                let (head, body) = response.into_parts();
                let reset = head.headers.get(&edition.words().reset);
                assert_eq!(reset.is_some(), words.headers, "{name} {kind:?}");
                assert_eq!(head.headers[&DECIDED_BY], kind.decided_by());
                let body = axum::body::to_bytes(body, 4_096).await.unwrap();
                assert_eq!(head.headers[CONTENT_TYPE], if words.page { PAGE } else { JSON });
                assert_eq!(head.headers.contains_key(&ID_HEADER), !words.page);
                if words.page {
                    assert_eq!(body, words.message);
                    continue;
                }
                let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(body["error"]["type"], words.kind);
                assert_eq!(body["error"]["code"].as_str(), words.code.as_deref());
                assert_eq!(body["error_type"] == words.kind.as_str(), words.type_beside);
                assert!(body["error"]["param"].is_null() && body["id"].is_string());
                assert!(!body["error"]["message"].as_str().unwrap().contains('{'));
            }
        }
    }

    #[test]
    fn every_place_is_filled_and_text_without_places_stays() {
        let places = Places {
            rpm: "60".into(),
            qps: "1".into(),
            tpm: "60000".into(),
            tps: "1000".into(),
            model: "a/{b}".into(),
        };
        let filled = places.fill("{rpm} RPM ({qps} QPS), {tpm} TPM ({tps} TPS) for {model}.");
        assert_eq!(filled, "60 RPM (1 QPS), 60000 TPM (1000 TPS) for a/{b}.");
        assert_eq!(places.fill("Service unavailable"), "Service unavailable");
        assert_eq!(places.fill("torn {rpm"), "torn 60");
    }
}
