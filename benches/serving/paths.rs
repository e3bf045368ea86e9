//! The ways through the server that are measured: what is asked, and a mock that answers so.
//!
//! The edition is the house's own with two facts exchanged: limits that are never met, or met at
//! once; and answers that take no time, or a little for each token. So everything measured is
//! work, headers included.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use mock_together_http::{Mock, Plan, TokioClock, router};
use rulebook::{Edition, Rulebook};
use wire::Fate;

/// The address that is asked.
pub(crate) const CHAT: &str = "/v1/chat/completions";

const EDITION: &str = "2025-11";
const TIER: &str = "build-5";
/// A model with no latency of its own.
const MODEL: &str = "Qwen/Qwen3-Next-80B-A3B-Instruct";

/// One way through the server.
#[derive(Debug)]
pub(crate) struct Path {
    /// As it is called in tables.
    pub(crate) name: &'static str,
    /// The status it ends with.
    pub(crate) status: u16,
    pub(crate) stream: bool,
    /// Tokens of the answer.
    pub(crate) tokens: u32,
    /// Milliseconds from the request to the first token, and from each to the next.
    pub(crate) apart: u64,
    /// The tier's limit of requests.
    pub(crate) limit: &'static str,
}

/// Admitted, and answered whole at once.
pub(crate) const PLAIN: Path = Path {
    name: "plain answer, 100 tokens",
    status: 200,
    stream: false,
    tokens: 100,
    apart: 0,
    limit: "60000000/min",
};

/// Refused by the limit of requests.
pub(crate) const REFUSED: Path =
    Path { name: "refusal, 429", status: 429, limit: "1/min", ..PLAIN };

/// Admitted, and streamed without a pause.
pub(crate) const STREAMED: Path =
    Path { name: "stream, 32 tokens at once", stream: true, tokens: 32, ..PLAIN };

impl Path {
    /// The router of a mock on which this is what happens. Called inside a runtime.
    pub(crate) fn router(&self) -> Result<Router, Box<dyn Error>> {
        self.mock().map(router)
    }

    /// A mock on which this is what happens. Called inside a runtime.
    pub(crate) fn mock(&self) -> Result<Arc<Mock>, Box<dyn Error>> {
        let edition = Arc::new(self.edition()?);
        let tier = edition.tier(TIER).ok_or("the tier is gone")?;
        let mut plan = Plan::new(&edition, &tier);
        for (name, value) in [
            ("refusal_takes", "0ms"),
            ("first_token_noise", "0"),
            ("speed_noise", "0"),
            ("prefill_per_token", "0ms"),
        ] {
            plan.assumptions = plan.assumptions.with(name, value)?;
        }
        Ok(Mock::new(plan, TokioClock::start(), ()))
    }

    /// Its request, to be asked in process.
    pub(crate) fn request(&self) -> axum::http::Result<Request<Body>> {
        let mut request = Request::post(CHAT);
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body()))
    }

    /// The headers of its request, without those that say how long the body is.
    pub(crate) fn headers(&self) -> [(&'static str, String); 4] {
        [
            ("host", "localhost".to_owned()),
            ("authorization", "Bearer a-key".to_owned()),
            ("content-type", "application/json".to_owned()),
            (Fate::HEADER, format!("answer={}; draw=00000000c0ffee00", self.tokens)),
        ]
    }

    /// The body of its request: a system prompt and a question of some sentences.
    pub(crate) fn body(&self) -> String {
        let question =
            "The harbour closes at nine, and the last boat is \\\"late\\\" again. ".repeat(9);
        format!(
            r#"{{"model":"{MODEL}","messages":[{{"role":"system","content":"You answer briefly, in plain words, and never guess."}},{{"role":"user","content":"{question}What now?"}}],"max_tokens":600,"temperature":0.7,"stream":{}}}"#,
            self.stream
        )
    }

    fn edition(&self) -> Result<Edition, Box<dyn Error>> {
        let rulebook = Rulebook::embedded()?;
        let text = rulebook.edition(EDITION).ok_or("the edition is gone")?.text().to_owned();
        let tier = format!("[tiers.{TIER}]");
        let (first, speed) = match self.apart {
            0 => ("1ns".to_owned(), "2000000000/s".to_owned()),
            apart => (format!("{apart}ms"), format!("{}/s", 1_000 / apart)),
        };
        let text = with(&text, &tier, "requests", self.limit)?;
        let text = with(&text, &tier, "tokens", "6000000000/min")?;
        let text = with(&text, "[latency]", "first_token", &first)?;
        let text = with(&text, "[latency]", "speed", &speed)?;
        Ok(Edition::parse("served.toml", &text)?)
    }
}

/// An edition's text with one fact exchanged: that of `key` in the table that begins with `head`.
fn with(text: &str, head: &str, key: &str, value: &str) -> Result<String, Box<dyn Error>> {
    let gone = || format!("{head} {key} is gone");
    let table = text.find(&format!("\n{head}\n")).ok_or_else(gone)?;
    let (before, rest) = text.split_at(table);
    let line = rest.lines().find(|line| line.split_whitespace().next() == Some(key));
    let fact =
        format!(r#"{key} = {{ value = "{value}", source = "ours", certainty = "assumed" }}"#);
    Ok(format!("{before}{}", rest.replacen(line.ok_or_else(gone)?, &fact, 1)))
}
