//! Connections to the target: as many as are in use at once, kept for the next request.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::target::Target;
use crate::transport::{NoAnswer, Transport};

/// The most bytes that are buffered for one connection.
const BUFFER_BYTES: usize = 16 << 10; // ours: as much as a head may have
/// How long the end of a stream that is done may be in coming.
const LONGEST_REST: Duration = Duration::from_secs(1); // ours

type Sender = SendRequest<Full<Bytes>>;

/// A transport over TCP.
///
/// A request takes a connection that lies idle, or makes one: an open load waits for nobody, so
/// there is no bound but the machine's own. Once its answer is read to the end, the connection lies
/// idle again. One that the service closed meanwhile is no answer to a request that never left: the
/// next is tried. A request that may have left is never sent twice: what it cost, only the service
/// knows.
#[derive(Clone, Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    target: Target,
    idle: Mutex<Vec<Sender>>,
}

/// The body of an answer, which returns its connection when it has ended.
#[derive(Debug)]
pub struct Lent {
    body: Incoming,
    lender: Option<(Sender, Arc<Shared>)>,
}

impl Pool {
    /// A pool without connections. They are made inside the tokio runtime that polls the answers,
    /// which must have both its drivers, sockets and time.
    #[must_use]
    pub fn new(target: &Target) -> Self {
        let shared = Shared { target: target.clone(), idle: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }
}

impl Transport for Pool {
    type Body = Lent;
    type Answering = Pin<Box<dyn Future<Output = Result<Response<Lent>, NoAnswer>> + Send>>;

    fn send(&mut self, request: Request<Full<Bytes>>) -> Self::Answering {
        Box::pin(Arc::clone(&self.shared).answer(request))
    }

    /// Reads on to the end, so that the connection can be used again.
    fn rest(body: Lent) {
        if body.lender.is_some() {
            tokio::spawn(tokio::time::timeout(LONGEST_REST, body.ended()));
        }
    }
}

impl Shared {
    async fn answer(
        self: Arc<Self>,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Lent>, NoAnswer> {
        loop {
            let idle = self.take();
            let kept = idle.is_some();
            let mut sender = match idle {
                Some(sender) => sender,
                None => self.connect().await?,
            };
            if sender.ready().await.is_err() {
                if kept {
                    continue;
                }
                return Err(NoAnswer::new("the connection closed before the request left"));
            }
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let lender = Some((sender, Arc::clone(&self)));
                    return Ok(response.map(|body| Lent { body, lender }.ended_already()));
                }
                Err(mut error) => match error.take_message() {
                    Some(unsent) if kept => request = unsent,
                    Some(_) | None => return Err(NoAnswer::because(&error.into_error())),
                },
            }
        }
    }

    async fn connect(&self) -> Result<Sender, NoAnswer> {
        let stream = TcpStream::connect(self.target.addresses()).await;
        let stream = stream.map_err(|error| NoAnswer::no_connection(&error))?;
        // Without it a small request would wait for the answer to the one before.
        let _ = stream.set_nodelay(true);
        let made = Builder::new().max_buf_size(BUFFER_BYTES).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = made.map_err(|error| NoAnswer::because(&error))?;
        // What goes wrong on it reaches its request.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// A connection on which a request can leave now. One whose own request is still being written,
    /// because its answer came before the service had read it, stays for later.
    fn take(&self) -> Option<Sender> {
        let mut idle = self.idle();
        let mut not_yet = Vec::new();
        let taken = loop {
            match idle.pop() {
                Some(sender) if sender.is_ready() => break Some(sender),
                Some(sender) if sender.is_closed() => {}
                Some(sender) => not_yet.push(sender),
                None => break None,
            }
        };
        idle.append(&mut not_yet);
        taken
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Sender>> {
        // Nothing panics under this lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    /// An answer without a body gives its connection back at once.
    fn ended_already(mut self) -> Self {
        if self.body.is_end_stream() {
            self.give_back();
        }
        self
    }

    /// Waits for its end; one that has more to say is given up.
    async fn ended(mut self) {
        while let Some(Ok(frame)) = self.frame().await {
            if frame.data_ref().is_some_and(|data| !data.is_empty()) {
                return;
            }
        }
    }

    fn give_back(&mut self) {
        if let Some((sender, shared)) = self.lender.take()
            && !sender.is_closed()
        {
            shared.idle().push(sender);
        }
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.give_back();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
