//! How a request gets to the service and its answer back. What ships is [`crate::Pool`]; a test may
//! call a router in process instead.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;

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
pub struct NoAnswer {
    /// Why, in words.
    pub why: String,
    /// Whether it is this machine that had no connection to give, so that nothing left it.
    pub starved: bool,
}

/// What every Unix says when a process, or all of them, have no file descriptor left.
const NO_DESCRIPTORS: [i32; 2] = [24, 23]; // ours: EMFILE and ENFILE, the same on all of them

impl NoAnswer {
    /// For this reason, which lies on the way or with the service.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), starved: false }
    }

    /// An error with its cause: an HTTP library's own sentence seldom names it.
    pub(crate) fn because(error: &dyn Error) -> Self {
        Self::new(match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        })
    }

    /// No connection could be made.
    pub(crate) fn no_connection(error: &io::Error) -> Self {
        let descriptors = error.raw_os_error().is_some_and(|code| NO_DESCRIPTORS.contains(&code));
        let starved = descriptors || error.kind() == io::ErrorKind::AddrNotAvailable;
        Self { why: format!("no connection: {error}"), starved }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl Error for NoAnswer {}
