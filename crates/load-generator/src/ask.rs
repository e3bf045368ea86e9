//! The request of an attempt, as bytes.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::http::request::Builder;
use hyper::http::{HeaderName, HeaderValue};
use hyper::{Method, Request};
use serde::Serialize;
use wire::{CALLER_HEADER, Fate};

use crate::target::Target;

/// Words of four bytes with the space before them, one token each in the tokenizers of the models
/// that are rehearsed: so a prompt of n tokens has 4 n characters, whoever counts.
const TEXT: &str = " the sea was one big day off you and her two men set out for all who ate now";
const BYTES_PER_TOKEN: usize = 4;

const USED_BY: &str = concat!("tierlab/", env!("CARGO_PKG_VERSION"));

/// What the requests of one run have in common.
#[derive(Debug)]
pub(crate) struct Asking {
    address: String,
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

#[derive(Serialize)]
struct Chat<'a> {
    model: &'a str,
    messages: [Message<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    stream: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

/// The body of a job's requests: the same for each of its attempts.
pub(crate) fn body(model: &str, prompt: u32, max_tokens: Option<u32>, stream: bool) -> Bytes {
    let length = prompt as usize * BYTES_PER_TOKEN;
    let mut content = TEXT.repeat(length.div_ceil(TEXT.len()));
    content.truncate(length);
    let messages = [Message { role: "user", content: &content }];
    // Strings and numbers always have a form in JSON.
    serde_json::to_vec(&Chat { model, messages, max_tokens, stream }).unwrap_or_default().into()
}

impl Asking {
    pub(crate) fn of(target: &Target) -> Self {
        let host = HeaderValue::try_from(target.authority());
        Self {
            address: format!("{}/chat/completions", target.path()),
            host: host.unwrap_or(HeaderValue::from_static("localhost")),
            bearer: target.bearer().clone(),
            ours: target.is_here(),
        }
    }

    /// The request of one attempt.
    pub(crate) fn request(&self, body: Bytes, stream: bool, job: Job) -> Request<Full<Bytes>> {
        let accept = if stream { "text/event-stream" } else { "application/json" };
        let mut request: Builder = Request::builder()
            .method(Method::POST)
            .uri(self.address.as_str())
            .header(HOST, &self.host)
            .header(AUTHORIZATION, &self.bearer)
            .header(CONTENT_TYPE, "application/json")
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

    #[test]
    fn a_prompt_has_four_characters_a_token_and_the_text_is_made_of_whole_words() {
        assert!(TEXT.is_ascii() && TEXT.len().is_multiple_of(BYTES_PER_TOKEN));
        assert!(TEXT.as_bytes().chunks(BYTES_PER_TOKEN).all(|word| word[0] == b' '));
        for prompt in [0, 1, 19, 20, 10_000] {
            let body = body("a/b", prompt, Some(7), true);
            let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let content = read["messages"][0]["content"].as_str().unwrap();
            assert_eq!(content.len(), prompt as usize * BYTES_PER_TOKEN);
            assert_eq!((&read["max_tokens"], &read["stream"]), (&7.into(), &true.into()));
        }
        assert!(!body("a/b", 1, None, false).windows(3).any(|word| word == b"max"));
    }

    #[tokio::test]
    async fn only_a_service_on_this_machine_is_told_a_jobs_fate_and_its_client() {
        for (url, told) in [("http://127.0.0.1:8429", true), ("http://192.0.2.1/api/", false)] {
            let target = Target::resolve(url, "k").await.unwrap();
            let job = Job { fate: Fate::default(), caller: 7 };
            let request = Asking::of(&target).request(Bytes::new(), false, job);
            assert_eq!(request.headers().contains_key(Fate::HEADER), told);
            let caller = request.headers().get(CALLER_HEADER).map(HeaderValue::as_bytes);
            assert_eq!(caller, told.then_some(&b"7"[..]));
            assert_eq!(request.headers()[AUTHORIZATION], "Bearer k");
            assert_eq!(request.uri().path(), format!("{}/chat/completions", target.path()));
        }
    }
}
