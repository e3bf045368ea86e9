//! A streamed answer: one piece for each token when it is due, then the end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Bytes, HttpBody};
use hyper::body::Frame;
use limits::{Clock as _, Instant, Span};
use tokio::time::{Sleep, sleep_until};
use wire::Usage;

use crate::mock::Underway;
use crate::store::disk::Unkept;
use crate::words::ENVELOPE;

/// The most events in one frame, so that a slow reader costs no more memory than a quick one.
const EVENTS: u32 = 64;

/// What a streamed answer says. Where its pieces are as many as its tokens, each is due with its
/// token; others are due together, when the machine is ready.
pub(crate) trait Pieces: Send + 'static {
    /// How many there are before the last.
    fn count(&self) -> u32;

    /// How many bytes one of them has, at most if that is known: it is what room is made for.
    fn most(&self) -> usize;

    /// Writes one of them, counted from zero. They are asked for in their order.
    fn piece(&mut self, index: u32, out: &mut Vec<u8>);

    /// Writes the last, and the end of the stream.
    fn last(&mut self, usage: Usage, out: &mut Vec<u8>);
}

/// The body of a streamed answer. Dropped before its end, it abandons its request.
pub(crate) struct Events {
    /// Taken at the end.
    underway: Option<Underway>,
    pieces: Box<dyn Pieces>,
    count: u32,
    first_token_at: Instant,
    ready_at: Instant,
    sent: u32,
    timer: Pin<Box<Sleep>>,
    /// The last events, until what they acknowledge is kept.
    held: Option<Held>,
}

/// Events that wait for the store.
struct Held {
    events: Vec<u8>,
    kept: Pin<Box<dyn Future<Output = Result<(), Unkept>> + Send>>,
}

impl Events {
    /// The answer to `underway`; `None` if that is over.
    pub(crate) fn new(underway: Underway, pieces: Box<dyn Pieces>) -> Option<Self> {
        let count = pieces.count();
        let ticket = underway.ticket()?;
        let (first_token_at, ready_at) = (ticket.first_token_at, ticket.ready_at);
        let timer = Box::pin(sleep_until(underway.mock().clock.tokio(first_token_at)));
        let underway = Some(underway);
        Some(Self { underway, pieces, count, first_token_at, ready_at, sent: 0, timer, held: None })
    }

    /// The events that are due: all in one frame, unless there are very many.
    fn due(&mut self, now: Instant) -> Option<Vec<u8>> {
        let ended = now >= self.ready_at;
        let used = || Some(self.underway.as_ref()?.ticket()?.used_by(now).completion);
        let out_by_now = if ended { self.count } else { used()?.min(self.count) };
        let upto = out_by_now.min(self.sent.saturating_add(EVENTS));
        let over = ended && upto >= self.count;
        let tokens = upto.saturating_sub(self.sent) as usize * self.pieces.most();
        let mut events = Vec::with_capacity(tokens + if over { ENVELOPE } else { 0 });
        for index in self.sent..upto {
            self.pieces.piece(index, &mut events);
        }
        self.sent = self.sent.max(upto);
        if over {
            let underway = self.underway.take()?;
            let mock = Arc::clone(underway.mock());
            self.pieces.last(underway.finish(), &mut events);
            if let Some(waiter) = mock.store.waiter() {
                self.held = Some(Held { events, kept: Box::pin(waiter.kept()) });
                return None;
            }
        }
        Some(events).filter(|events| !events.is_empty())
    }

    /// When the next token is out: evenly from the first one to the last.
    fn next_at(&self) -> Instant {
        let others = u128::from(self.count.saturating_sub(1));
        if u128::from(self.sent) >= others {
            return self.ready_at;
        }
        let whole = u128::from(self.ready_at.since(self.first_token_at).nanos());
        let past = (whole * u128::from(self.sent)).div_ceil(others);
        self.first_token_at.after(Span::from_nanos(u64::try_from(past).unwrap_or(u64::MAX)))
    }
}

impl HttpBody for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        loop {
            if let Some(Held { events, kept }) = &mut self.held {
                let kept = ready!(kept.as_mut().poll(context));
                let events = std::mem::take(events);
                self.held = None;
                // A stream whose end could not be kept has none.
                return Poll::Ready(kept.ok().map(|()| Ok(Frame::data(events.into()))));
            }
            let Some(underway) = &self.underway else { return Poll::Ready(None) };
            let clock = underway.mock().clock;
            if let Some(events) = self.due(clock.now()) {
                return Poll::Ready(Some(Ok(Frame::data(events.into()))));
            }
            if self.held.is_some() {
                continue;
            }
            let next = clock.tokio(self.next_at());
            self.timer.as_mut().reset(next);
            ready!(self.timer.as_mut().poll(context));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.underway.is_none() && self.held.is_none()
    }
}
