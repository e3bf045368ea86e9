//! A mock on a socket of its own, and how it is asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use mock_together_http::{Decided, Ended, Mock, Plan, TokioClock, Watch, serve};
use rulebook::Rulebook;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, yield_now};
use wire::Usage;

pub(crate) const MODEL: &str = "Qwen/Qwen3-Next-80B-A3B-Instruct";

/// A mock on a socket, in held time.
pub(crate) struct House {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) seen: Seen,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) server: JoinHandle<()>,
    /// Dropped, it lets go of time.
    _hold: mpsc::Sender<()>,
}

#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) decided: Arc<AtomicUsize>,
    pub(crate) ended: Arc<Mutex<Vec<(Usage, bool)>>>,
}

impl Watch for Seen {
    fn decided(&self, _: &Decided<'_>) {
        self.decided.fetch_add(1, Ordering::SeqCst);
    }

    fn ended(&self, ended: &Ended<'_>) {
        self.ended.lock().unwrap().push((ended.usage, ended.left));
    }
}

impl House {
    pub(crate) async fn on(tier: &str) -> Self {
        Self::with(tier, |_| ()).await
    }

    pub(crate) async fn with(tier: &str, change: impl FnOnce(&mut Plan)) -> Self {
        Self::of("2025-11", tier, change).await
    }

    /// A house under an edition, on a tier or a past hour.
    pub(crate) async fn of(edition: &str, tier: &str, change: impl FnOnce(&mut Plan)) -> Self {
        let (hold, until_dropped) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || until_dropped.recv());
        tokio::time::pause();
        let rulebook = Rulebook::embedded().unwrap();
        let edition = Arc::new(rulebook.edition(edition).unwrap().clone());
        let mut plan = Plan::new(&edition, &edition.tier(tier).unwrap());
        // An answer then takes its medians: 400 ms to the first token, 233 tokens a second.
        for noise in ["first_token_noise", "speed_noise"] {
            plan.assumptions = plan.assumptions.with(noise, "0").unwrap();
        }
        plan.models.push(edition.model(MODEL));
        change(&mut plan);
        let seen = Seen::default();
        let mock = Mock::new(plan, TokioClock::start(), seen.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, mock, async move {
            let _ = stopped.await;
        }));
        Self { address, seen, stop: Some(stop), server, _hold: hold }
    }

    /// Sends a request without waiting for anything.
    pub(crate) async fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Sends a chat request and waits until it was decided.
    pub(crate) async fn chat(&self, headers: &str, body: &str) -> TcpStream {
        let before = self.seen.decided.load(Ordering::SeqCst);
        let stream = self.send(&post(headers, body)).await;
        self.until(|seen| seen.decided.load(Ordering::SeqCst) > before).await;
        stream
    }

    pub(crate) async fn until(&self, holds: impl Fn(&Seen) -> bool) {
        while !holds(&self.seen) {
            yield_now().await;
        }
    }

    /// Sends and reads the whole response, letting time pass.
    pub(crate) async fn ask(&self, request: &str) -> Response {
        let stream = self.send(request).await;
        answer(stream).await
    }
}

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value);
        assert!(found.next().is_none(), "{name} stands there twice");
        value
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.header(name).map(|value| value.parse().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn error(&self, field: &str) -> serde_json::Value {
        self.json()["error"][field].clone()
    }
}

pub(crate) fn post(headers: &str, body: &str) -> String {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

pub(crate) const KEY: &str = "authorization: Bearer a-key\r\n";

pub(crate) fn question(rest: &str) -> String {
    format!(r#"{{"model":"{MODEL}","messages":[{{"role":"user","content":"12345678"}}]{rest}}}"#)
}

/// Reads a response to its end while time passes.
pub(crate) async fn answer(stream: TcpStream) -> Response {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        match next(&stream, &mut part).await {
            0 => return parsed(&bytes),
            read => bytes.extend_from_slice(&part[..read]),
        }
    }
}

/// The next bytes, or zero at the end; while there are none, time passes in small steps.
pub(crate) async fn next(stream: &TcpStream, part: &mut [u8]) -> usize {
    let mut tries = 0;
    loop {
        match stream.try_read(part) {
            Ok(read) => return read,
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
        tries += 1;
        if tries % 32 == 0 {
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        yield_now().await;
    }
}

fn parsed(bytes: &[u8]) -> Response {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunked(body) } else { body.to_owned() };
    Response { status, head: head.to_owned(), body }
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    loop {
        let (length, after) = rest.split_once("\r\n").unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return body;
        }
        body.push_str(&after[..length]);
        rest = after[length..].strip_prefix("\r\n").unwrap();
    }
}
