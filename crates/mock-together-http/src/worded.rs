//! A connection on which hyper's own refusals have words.
//!
//! What is no HTTP at all never reaches the router: hyper answers it with a bare head, `400`, `414`
//! or `431` without a body, and closes. No answer of the mock's own looks like that, since each of its
//! refusals has a body; so a head that does is replaced by the edition's envelope on its way out.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::Response;
use hyper::rt::{Read, ReadBufCursor, Write};
use limits::{Clock as _, Span};
use wire::Status;

use crate::exchange::OTHER;
use crate::mock::Mock;
use crate::refusal::Transport;
use crate::watch::Answered;

/// A connection, and what is still to be sent in place of what hyper wrote.
pub(crate) struct Worded<S> {
    stream: S,
    mock: Arc<Mock>,
    waiting: Bytes,
}

impl<S: Write + Unpin> Worded<S> {
    pub(crate) fn new(stream: S, mock: Arc<Mock>) -> Self {
        Self { stream, mock, waiting: Bytes::new() }
    }

    /// Sends what waits.
    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.waiting.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.waiting))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let _ = self.waiting.split_to(sent.min(self.waiting.len()));
        }
        Poll::Ready(Ok(()))
    }

    /// Puts the worded answer in the place of a bare one.
    fn reword(&mut self, head: &[u8]) -> bool {
        let Some(why) = bare(head) else { return false };
        self.waiting = worded(&self.mock, why).into();
        true
    }
}

impl<S: Write + Unpin> Write for Worded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.drain(context))?;
        if self.reword(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.drain(context))?;
        if let Some(first) = parts.iter().find(|part| !part.is_empty())
            && self.reword(first)
        {
            return Poll::Ready(Ok(first.len()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: Read + Unpin> Read for Worded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

/// What a bare answer of hyper's refuses; `None` for every other one.
fn bare(head: &[u8]) -> Option<Transport> {
    let head = head.strip_prefix(b"HTTP/1.1 ").filter(|head| head.ends_with(b"\r\n\r\n"))?;
    let why = match head.get(..3)? {
        b"400" => Transport::NoRequest,
        b"414" => Transport::LongAddress,
        b"431" => Transport::LongHead,
        _ => return None,
    };
    let empty = b"\r\ncontent-length: 0\r\n";
    head.windows(empty.len()).any(|part| part == empty).then_some(why)
}

/// The whole answer, head and body; metrics and watch are told.
fn worded(mock: &Mock, why: Transport) -> Vec<u8> {
    let response = mock.turn_away(why);
    let status = Status(response.status().as_u16());
    let answered = Answered {
        at: mock.clock.now(),
        took: Span::ZERO,
        method: OTHER,
        route: OTHER,
        model: None,
        served: false,
        status,
        by: Some("transport"),
        underway: false,
    };
    mock.metrics.answered(&answered);
    mock.watch.answered(&answered);
    text(response)
}

/// A response as bytes. The body of a refusal is there already.
fn text(response: Response<Body>) -> Vec<u8> {
    let (head, mut body) = response.into_parts();
    let mut context = Context::from_waker(Waker::noop());
    let mut body_bytes = Vec::new();
    while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut context) {
        body_bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
    }
    let reason = head.status.canonical_reason().unwrap_or_default();
    let begin = format!("HTTP/1.1 {} {reason}\r\nconnection: close\r\n", head.status.as_str());
    let mut bytes = begin.into_bytes();
    for (name, value) in &head.headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body_bytes.len()).as_bytes());
    bytes.extend_from_slice(&body_bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_without_a_body_is_bare() {
        let head = |status: &str, length: &str| {
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")
        };
        for status in ["400 Bad Request", "414 URI Too Long", "431 Request Header Fields Too Large"]
        {
            assert!(bare(head(status, "0").as_bytes()).is_some(), "{status}");
            assert!(bare(head(status, "10").as_bytes()).is_none(), "{status}");
        }
        assert!(bare(head("200 OK", "0").as_bytes()).is_none());
        assert!(bare(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n").is_none());
        assert!(bare(b"").is_none());
    }
}
