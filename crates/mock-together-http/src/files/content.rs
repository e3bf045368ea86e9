//! The content of a file as the body of a response. From a disk it comes piece by piece, no faster
//! than it is read.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::mpsc::{Receiver, channel};

use crate::store::Content;

/// Pieces that wait to be read.
const AHEAD: usize = 2;

impl Content {
    /// The body of a response: so many bytes.
    pub(crate) fn body(self, id: String, bytes: u64) -> Body {
        let reader = match self {
            Self::Here(content) => return Body::from(content),
            Self::OnDisk(reader) => reader,
        };
        let (send, pieces) = channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            // A store that fails ends the body before its length is reached, which its reader notices.
            let _ = reader.pieces(&id, |piece| send.blocking_send(piece).is_ok());
        });
        Body::new(Pieces { pieces, left: bytes })
    }
}

/// What is still to come.
struct Pieces {
    pieces: Receiver<Bytes>,
    left: u64,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.pieces.poll_recv(context).map(|piece| {
            let piece = piece?;
            self.left = self.left.saturating_sub(piece.len() as u64);
            Some(Ok(Frame::data(piece)))
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
