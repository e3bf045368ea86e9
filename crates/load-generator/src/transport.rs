//! How a request gets to the service and its answer back. What ships is [`crate::Pool`]; a test may
//! call a router in process instead.

use std::error::Error;
use std::fmt;
use std::future::Future;

use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::{Request, Response};

/// A way to the service.
pub trait Transport {
    /// What an answer's bytes come through.
    type Body: Body<Data = Bytes, Error: Error> + Unpin;
    /// An answer on its way. Dropping it, or the body it gave, breaks the exchange off.
    type Answering: Future<Output = Result<Response<Self::Body>, NoAnswer>> + Unpin;

    /// Sends a request; it leaves no later than when the future is first polled, unless a
    /// connection must be made first.
    fn send(&mut self, request: Request<Full<Bytes>>) -> Self::Answering;

    /// Takes back the body of an answer that said itself that it is done: only its end may be left
    /// to read. Nothing of it is told any more.
    fn rest(body: Self::Body) {
        drop(body);
    }
}

/// No answer came, or no whole one, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoAnswer(pub String);

impl NoAnswer {
    /// An error with its cause: an HTTP library's own sentence seldom names it.
    pub(crate) fn because(error: &dyn Error) -> Self {
        Self(match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        })
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NoAnswer {}
