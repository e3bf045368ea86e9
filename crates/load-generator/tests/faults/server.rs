//! A server that misbehaves exactly as it is told, on a port of the system's choosing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet, yield_now};

/// A request as the server read it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Which request of the server's life, from zero.
    pub(crate) number: usize,
    /// Which request on its connection, from zero.
    pub(crate) on_connection: usize,
    /// What its job is known by: the draw that its fate carries.
    pub(crate) draw: u64,
    /// Which request of its job, from zero.
    pub(crate) before: usize,
}

/// Something that the server does with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Writes these bytes.
    Say(Vec<u8>),
    /// Writes these bytes in pieces of so many, each a packet of its own.
    Dribble(Vec<u8>, usize),
    /// Goes on only when this says so.
    Until(watch::Receiver<bool>),
    /// Does nothing until the client hangs up.
    Stall,
    /// Writes this again and again until the client hangs up.
    Flood(Vec<u8>),
    /// Closes in the orderly way, having said what it said.
    Close,
    /// Closes so that the client's kernel is told of an error.
    Reset,
}

/// What is done for a request; afterwards the connection waits for the next one.
pub(crate) type Script = dyn Fn(&Asked) -> Vec<Act> + Send + Sync;
/// What is done before a request is read, by the number of the connection.
pub(crate) type Greeting = dyn Fn(usize) -> Vec<Act> + Send + Sync;

/// The server. Dropped, it is killed.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    house: Arc<House>,
    listening: Option<JoinHandle<()>>,
}

struct House {
    script: Box<Script>,
    greeting: Box<Greeting>,
    /// Whether a request's body is read before the script has its say.
    reads_bodies: bool,
    asked: Mutex<Vec<Asked>>,
    connections: Mutex<usize>,
}

impl Server {
    /// A server that reads each request and then does what the script says.
    pub(crate) async fn start(script: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self::of(Box::new(script), Box::new(|_| Vec::new()), true).await
    }

    /// A server that does something before it reads anything.
    pub(crate) async fn greeting(
        greeting: impl Fn(usize) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        Self::of(Box::new(|_| Vec::new()), Box::new(greeting), true).await
    }

    /// A server that never reads a request's body.
    pub(crate) async fn impolite(
        script: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        Self::of(Box::new(script), Box::new(|_| Vec::new()), false).await
    }

    async fn of(script: Box<Script>, greeting: Box<Greeting>, reads_bodies: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, connections) = (Mutex::default(), Mutex::default());
        let house = Arc::new(House { script, greeting, reads_bodies, asked, connections });
        let listening = Some(tokio::spawn(listen(listener, Arc::clone(&house))));
        Self { address, house, listening }
    }

    /// Every request that was read so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.house.asked.lock().unwrap().clone()
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        *self.house.connections.lock().unwrap()
    }

    /// Ends the listener and every connection, as the kernel does for a process that is killed.
    pub(crate) async fn kill(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            assert!(listening.await.unwrap_err().is_cancelled());
        }
    }

    /// Listens again where it did before.
    pub(crate) async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.listening = Some(tokio::spawn(listen(listener, Arc::clone(&self.house))));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

async fn listen(listener: TcpListener, house: Arc<House>) {
    // Its connections end with it.
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let number = {
            let mut known = house.connections.lock().unwrap();
            *known += 1;
            *known - 1
        };
        connections.spawn(connection(stream, number, Arc::clone(&house)));
    }
}

async fn connection(mut stream: TcpStream, number: usize, house: Arc<House>) {
    stream.set_nodelay(true).unwrap();
    for act in (house.greeting)(number) {
        if !done(&mut stream, act).await {
            return;
        }
    }
    let mut read = Vec::new();
    for on_connection in 0.. {
        let Some(draw) = request(&mut stream, &mut read, house.reads_bodies).await else { return };
        let asked = {
            let mut all = house.asked.lock().unwrap();
            let before = all.iter().filter(|asked| asked.draw == draw).count();
            let asked = Asked { number: all.len(), on_connection, draw, before };
            all.push(asked.clone());
            asked
        };
        for act in (house.script)(&asked) {
            if !done(&mut stream, act).await {
                return;
            }
        }
    }
}

/// Does an act; whether the connection goes on.
async fn done(stream: &mut TcpStream, act: Act) -> bool {
    match act {
        Act::Say(bytes) => stream.write_all(&bytes).await.is_ok(),
        Act::Dribble(bytes, pieces) => {
            for piece in bytes.chunks(pieces) {
                if stream.write_all(piece).await.is_err() {
                    return false;
                }
                yield_now().await;
            }
            true
        }
        Act::Until(mut open) => open.wait_for(|open| *open).await.is_ok(),
        Act::Stall => {
            let mut rest = [0; 1_024];
            while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
            false
        }
        Act::Flood(bytes) => {
            while stream.write_all(&bytes).await.is_ok() {}
            false
        }
        Act::Close => false,
        Act::Reset => {
            stream.set_zero_linger().unwrap();
            false
        }
    }
}

/// Reads the next request and says which job it is of; none when the client has hung up.
async fn request(stream: &mut TcpStream, read: &mut Vec<u8>, bodies: bool) -> Option<u64> {
    let head = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8(read.drain(..end + 4).collect()).unwrap();
        }
        more(stream, read).await?;
    };
    let value = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    };
    if bodies {
        let length: usize = value("content-length").unwrap().parse().unwrap();
        while read.len() < length {
            more(stream, read).await?;
        }
        read.drain(..length);
    }
    let (_, draw) = value("x-tierlab-fate").unwrap().split_once("draw=").unwrap();
    Some(u64::from_str_radix(draw, 16).unwrap())
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    (stream.read_buf(read).await.ok()? > 0).then_some(())
}
