//! hyper's own server under the router: small buffers, bounds on everything, and a graceful end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::bounds;
use crate::mock::Mock;
use crate::routes::router;
use crate::worded::Worded;

/// How long to leave the listener alone after it failed: most likely there are no descriptors
/// left, and some connection must end first.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves a mock until `shutdown` is ready, then accepts nothing more, lets what is underway end for up
/// to [`bounds::GRACE`], and drops the rest.
pub async fn serve(listener: TcpListener, mock: Arc<Mock>, shutdown: impl Future<Output = ()>) {
    let router = router(Arc::clone(&mock));
    serve_as(listener, (mock, router), shutdown).await;
}

/// The same with another router behind a mock's connections, for whoever measures what the mock's own
/// costs.
pub async fn serve_as(
    listener: TcpListener,
    (mock, router): (Arc<Mock>, Router),
    shutdown: impl Future<Output = ()>,
) {
    let mut shutdown = pin!(shutdown);
    let (stop, stopping) = watch::channel(());
    let room = Arc::new(Semaphore::new(bounds::CONNECTIONS));
    let mut connections = JoinSet::new();
    let mut callers = Caller::all();
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let caller = callers.next().unwrap_or_default();
        let (router, stopping) = (Called::new(router.clone(), caller), stopping.clone());
        let mock = Arc::clone(&mock);
        connections.spawn(async move {
            connection(stream, (mock, router), stopping).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    drop(stop);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(bounds::GRACE, all).await.is_err() {
        connections.shutdown().await;
    }
}

/// Who asks, where nothing but the connection says it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller(pub(crate) u32);

impl Caller {
    /// Where those begin that do not say their number: far above the numbers that others say.
    const FIRST: u32 = 1 << 31;

    /// One connection's after the other.
    fn all() -> impl Iterator<Item = Self> {
        (Self::FIRST..=u32::MAX).cycle().map(Self)
    }
}

/// The router as one connection calls it: each request is told which it came by.
struct Called {
    router: TowerToHyperService<Router>,
    caller: Caller,
}

impl Called {
    fn new(router: Router, caller: Caller) -> Self {
        Self { router: TowerToHyperService::new(router), caller }
    }
}

impl Service<Request<Incoming>> for Called {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.caller);
        self.router.call(request)
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    if let Ok((stream, _)) = listener.accept().await {
        return Some((stream, place));
    }
    sleep(PAUSE).await;
    None
}

/// One connection from its first byte to its last. What goes wrong on it concerns nobody else.
async fn connection(
    stream: TcpStream,
    (mock, router): (Arc<Mock>, Called),
    mut stopping: watch::Receiver<()>,
) {
    // Without it a stream's small events would be held back to be sent together.
    let _ = stream.set_nodelay(true);
    // No half-closed connections: a client that left before its answer would then be noticed only
    // when the answer is written, and be charged for all of it.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds::HEAD_TAKES)
        .max_buf_size(bounds::BUFFER_BYTES)
        .max_headers(bounds::HEADERS)
        .serve_connection(Worded::new(TokioIo::new(stream), mock), router);
    let mut connection = pin!(connection);
    let asked_to_stop = tokio::select! {
        _ = connection.as_mut() => false,
        _ = stopping.changed() => true,
    };
    if asked_to_stop {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
