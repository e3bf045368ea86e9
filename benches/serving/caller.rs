//! The client, the same for either side: connections that are kept, each with one request at a
//! time, written beforehand, and a response read to its end and looked at no closer than needed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::paths::{CHAT, Path};

/// The most requests of one connection in one round, however quick they are.
const MOST: u64 = 100_000;

/// The most bytes of a response.
const RESPONSE: usize = 1 << 20;

/// What a connection reads into: more than any response here needs.
const BUFFER: usize = 32 << 10;

/// So many connections to one server, and what they ask.
pub(crate) struct Callers {
    status: u16,
    callers: Vec<Caller>,
}

/// What came of a round.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Round {
    pub(crate) requests: u64,
    /// From the first request to the end of the last answer.
    pub(crate) took: Duration,
}

impl Callers {
    /// Connects, and asks once or twice on each connection until the answer is the path's.
    pub(crate) async fn connect(
        address: SocketAddr,
        path: &Path,
        count: usize,
    ) -> io::Result<Self> {
        let request: Arc<[u8]> = request(path).into_bytes().into();
        let mut connecting = JoinSet::new();
        for _ in 0..count {
            connecting.spawn(Caller::connect(address, Arc::clone(&request), path.status));
        }
        let mut callers = Vec::with_capacity(count);
        while let Some(connected) = connecting.join_next().await {
            callers.push(connected??);
        }
        Ok(Self { status: path.status, callers })
    }

    /// Asks on all connections for so long.
    pub(crate) async fn round(&mut self, lasts: Duration) -> io::Result<Round> {
        let began = Instant::now();
        let (until, status) = (began + lasts, self.status);
        let mut asking: JoinSet<io::Result<(Caller, u64)>> = JoinSet::new();
        for mut caller in self.callers.drain(..) {
            asking.spawn(async move {
                let mut requests = 0;
                while requests < MOST && Instant::now() < until {
                    let answered = caller.ask().await?;
                    if answered != status {
                        return Err(io::Error::other(format!("{answered} instead of {status}")));
                    }
                    requests += 1;
                }
                Ok((caller, requests))
            });
        }
        let mut requests = 0;
        while let Some(asked) = asking.join_next().await {
            let (caller, count) = asked??;
            self.callers.push(caller);
            requests += count;
        }
        Ok(Round { requests, took: began.elapsed() })
    }

    /// The shape of the last answer on some connection: its status, the names of its headers, and
    /// the length of its body where that is told.
    pub(crate) fn shape(&self) -> Option<Vec<String>> {
        let buffer = &self.callers.first()?.buffer;
        let head = std::str::from_utf8(buffer.get(..head_ends(buffer)?)?).ok()?;
        let lines = head.lines().map(|line| match line.split_once(": ") {
            Some((name, _)) if name != "content-length" => name,
            _ => line,
        });
        Some(lines.map(str::to_owned).collect())
    }
}

fn request(path: &Path) -> String {
    let body = path.body();
    let headers = path.headers().map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    format!("POST {CHAT} HTTP/1.1\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// One kept connection.
struct Caller {
    stream: TcpStream,
    request: Arc<[u8]>,
    buffer: Vec<u8>,
}

/// Where a response ends.
#[derive(Copy, Clone)]
enum Ends {
    /// After so many bytes.
    At(usize),
    /// With the last chunk.
    Chunk,
}

impl Caller {
    async fn connect(address: SocketAddr, request: Arc<[u8]>, status: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut caller = Self { stream, request, buffer: Vec::with_capacity(BUFFER) };
        if caller.ask().await? != status && caller.ask().await? != status {
            return Err(io::Error::other(format!("the answer is never {status}")));
        }
        Ok(caller)
    }

    /// The status of the answer, once all of it is there.
    async fn ask(&mut self) -> io::Result<u16> {
        self.stream.write_all(&self.request).await?;
        self.buffer.clear();
        let mut ends = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 || self.buffer.len() > RESPONSE {
                return Err(io::Error::other("the answer has no end"));
            }
            if ends.is_none() {
                ends = ends_of(&self.buffer);
            }
            let whole = match ends {
                None => false,
                Some(Ends::At(length)) => self.buffer.len() >= length,
                Some(Ends::Chunk) => self.buffer.ends_with(b"\r\n0\r\n\r\n"),
            };
            if whole {
                let digits = self.buffer.get(9..12).unwrap_or_default();
                let status = std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok());
                return status.ok_or_else(|| io::Error::other("the answer has no status"));
            }
        }
    }
}

fn ends_of(buffer: &[u8]) -> Option<Ends> {
    const LENGTH: &str = "\r\ncontent-length: ";
    let end = head_ends(buffer)?;
    let head = std::str::from_utf8(buffer.get(..end)?).ok()?;
    let Some((_, rest)) = head.split_once(LENGTH) else { return Some(Ends::Chunk) };
    let length: usize = rest.lines().next()?.parse().ok()?;
    Some(Ends::At(end + length))
}

/// How long the head is, once all of it is there.
fn head_ends(buffer: &[u8]) -> Option<usize> {
    buffer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}
