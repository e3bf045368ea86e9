//! The request of an attempt, as bytes.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::http::request::Builder;
use hyper::http::{HeaderName, HeaderValue};
use hyper::{Method, Request};
use wire::{CALLER_HEADER, Fate};

use crate::target::Target;
use crate::wants::Wants;

const USED_BY: &str = concat!("tierlab/", env!("CARGO_PKG_VERSION"));

/// What the requests of one run have in common.
#[derive(Debug)]
pub(crate) struct Asking {
    /// Behind which path of the host every address is.
    base: String,
    host: HeaderValue,
    bearer: HeaderValue,
    /// Whether the service is one of ours and may be told what a [`Job`] says.
    ours: bool,
}

/// What a mock of ours is told of a job, and no other service.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Job {
    /// Its own draws.
    pub(crate) fate: Fate,
    /// Which client has it.
    pub(crate) caller: u32,
}

impl Asking {
    pub(crate) fn of(target: &Target) -> Self {
        let host = HeaderValue::try_from(target.authority());
        Self {
            base: target.path().to_owned(),
            host: host.unwrap_or(HeaderValue::from_static("localhost")),
            bearer: target.bearer().clone(),
            ours: target.is_here(),
        }
    }

    /// The request of one attempt.
    pub(crate) fn request(
        &self,
        wants: &Wants,
        (body, stream): (Bytes, bool),
        job: Job,
    ) -> Request<Full<Bytes>> {
        let accept = match stream {
            true => "text/event-stream",
            false if wants.sound => "*/*",
            false => "application/json",
        };
        let mut request: Builder = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{}", self.base, wants.address))
            .header(HOST, &self.host)
            .header(AUTHORIZATION, &self.bearer)
            .header(CONTENT_TYPE, wants.media)
            .header(ACCEPT, accept)
            .header(USER_AGENT, USED_BY);
        if self.ours {
            let Job { fate, caller } = job;
            request = request
                .header(HeaderName::from_static(Fate::HEADER), fate.to_string())
                .header(HeaderName::from_static(CALLER_HEADER), HeaderValue::from(caller));
        }
        // The address was an URI before, and every header's text is plain.
        request.body(Full::new(body)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_service_on_this_machine_is_told_a_jobs_fate_and_its_client() {
        for (url, told) in [("http://127.0.0.1:8429", true), ("http://192.0.2.1/api/", false)] {
            let target = Target::resolve(url, "k").await.unwrap();
            let job = Job { fate: Fate::default(), caller: 7 };
            let wants = Wants::chat();
            let request = Asking::of(&target).request(&wants, (Bytes::new(), false), job);
            assert_eq!(request.headers().contains_key(Fate::HEADER), told);
            let caller = request.headers().get(CALLER_HEADER).map(HeaderValue::as_bytes);
            assert_eq!(caller, told.then_some(&b"7"[..]));
            assert_eq!(request.headers()[AUTHORIZATION], "Bearer k");
            assert_eq!(request.uri().path(), format!("{}/chat/completions", target.path()));
        }
    }
}
