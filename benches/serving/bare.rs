//! The peer: an axum handler that reads the same body and answers the same bytes, and does
//! nothing else.
//!
//! It is as lean as one would write it: texts are borrowed from the body where they can be, and
//! the response was made beforehand.

use std::borrow::Cow;
use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::post;
use hyper::body::Frame;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde::Deserialize;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::paths::{CHAT, Path};

/// A router that answers as the mock did when it was asked for this once. Called inside a
/// runtime.
pub(crate) async fn router(path: &Path) -> Result<Router, Box<dyn Error>> {
    let answer = Arc::new(Recorded::of(path).await?);
    Ok(Router::new().route(CHAT, post(chat)).with_state(answer))
}

async fn chat(State(recorded): State<Arc<Recorded>>, body: Bytes) -> Response<Body> {
    let Ok(asked) = serde_json::from_slice::<Chat<'_>>(&body) else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    };
    let streamed = black_box(&asked).stream.unwrap_or(false);
    let began = Instant::now();
    if !recorded.apart.is_zero() {
        sleep_until(began + recorded.apart).await;
    }
    let body = match recorded.frames.first() {
        Some(whole) if !streamed => Body::from(whole.clone()),
        _ => Body::new(Frames::of(&recorded, began)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = recorded.status;
    response.headers_mut().clone_from(&recorded.headers);
    response
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read for the sake of reading")]
struct Chat<'body> {
    #[serde(borrow)]
    model: Cow<'body, str>,
    #[serde(borrow)]
    messages: Vec<Message<'body>>,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    stream: Option<bool>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read for the sake of reading")]
struct Message<'body> {
    #[serde(borrow)]
    role: Cow<'body, str>,
    #[serde(borrow)]
    content: Cow<'body, str>,
}

/// A response of the mock.
struct Recorded {
    status: StatusCode,
    headers: HeaderMap,
    frames: Vec<Bytes>,
    /// The time from each frame to the next.
    apart: Duration,
}

impl Recorded {
    /// Asks a mock until the answer is that of the path: the first request of all is admitted.
    async fn of(path: &Path) -> Result<Self, Box<dyn Error>> {
        let mock = TowerToHyperService::new(path.router()?);
        for _ in 0..2 {
            let response = mock.call(path.request()?).await?;
            let (mut head, body) = response.into_parts();
            let frames = frames(body).await?;
            if head.status.as_u16() == path.status {
                // axum says it for either side.
                head.headers.remove(CONTENT_LENGTH);
                let (status, headers) = (head.status, head.headers);
                let apart = Duration::from_millis(path.apart);
                return Ok(Self { status, headers, frames, apart });
            }
        }
        Err(format!("{}: the mock does not answer {}", path.name, path.status).into())
    }
}

async fn frames(body: Body) -> Result<Vec<Bytes>, axum::Error> {
    let mut body = pin!(body);
    let mut frames = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        frames.extend(frame?.into_data());
    }
    Ok(frames)
}

/// A body of several frames, each when it is due.
struct Frames {
    recorded: Arc<Recorded>,
    sent: usize,
    /// Until the next frame, where they are apart.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Frames {
    /// The answer to a request that came at `began`.
    fn of(recorded: &Arc<Recorded>, began: Instant) -> Self {
        let recorded = Arc::clone(recorded);
        let paced = !recorded.apart.is_zero();
        let timer = paced.then(|| Box::pin(sleep_until(began + recorded.apart)));
        Self { recorded, sent: 0, timer }
    }
}

impl HttpBody for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(frame) = self.recorded.frames.get(self.sent).cloned() else {
            return Poll::Ready(None);
        };
        let apart = self.recorded.apart;
        if let Some(timer) = &mut self.timer {
            ready!(timer.as_mut().poll(context));
            let next = timer.deadline() + apart;
            timer.as_mut().reset(next);
        }
        self.sent += 1;
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.sent == self.recorded.frames.len()
    }
}
