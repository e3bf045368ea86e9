//! One side of the comparison: a router on the mock's own server, alone on a thread.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use axum::Router;
use mock_together_http::{Mock, serve_as};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::cpu::{Meter, Seats};

/// A server on its thread. Dropped, it stops.
pub(crate) struct Side {
    pub(crate) address: SocketAddr,
    pub(crate) cpu: Option<Meter>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the server's thread sends as soon as it listens.
type Listening = Result<(SocketAddr, Option<Meter>), String>;

impl Side {
    /// Serves the router that is made on the server's own thread, on the connections of a mock.
    pub(crate) fn start<Made>(
        name: &str,
        seats: Seats,
        router: impl FnOnce() -> Made + Send + 'static,
    ) -> Result<Self, Box<dyn Error>>
    where
        Made: Future<Output = Result<(Arc<Mock>, Router), Box<dyn Error>>>,
    {
        let (tell, told) = mpsc::channel::<Listening>();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            seats.serve();
            if let Err(error) = run(router, &tell, stopped) {
                let _ = tell.send(Err(error.to_string()));
            }
        })?;
        let (address, cpu) = told.recv()??;
        Ok(Self { address, cpu, stop: Some(stop), thread: Some(thread) })
    }
}

fn run<Made>(
    router: impl FnOnce() -> Made,
    tell: &mpsc::Sender<Listening>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), Box<dyn Error>>
where
    Made: Future<Output = Result<(Arc<Mock>, Router), Box<dyn Error>>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let served = router().await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        tell.send(Ok((listener.local_addr()?, Meter::of_this_thread())))?;
        serve_as(listener, served, async {
            let _ = stopped.await;
        })
        .await;
        Ok(())
    })
}

impl Drop for Side {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
