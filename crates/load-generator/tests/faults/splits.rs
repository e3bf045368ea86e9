//! Bytes come in pieces of any size: what is read of them, and when, is the same.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use chance::Seed;
use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame};
use hyper::{Request, Response};
use limits::{Clock, Instant};
use load_generator::{NoAnswer, Pacer, Plan, Replayed, Target, Transport, Unwatched, replay};
use proptest::prelude::*;
use scenario::Scenario;

use crate::server::{Act, Server};
use crate::stage::*;

/// Each answer on the wire, whole, byte by byte, and with the other line ends.
#[tokio::test]
async fn a_dribble_is_read_as_one_piece_is() {
    let stream = String::from_utf8(good_stream()).unwrap();
    let events = [CHUNK, CHUNK, USAGE, DONE].concat();
    let returns = String::from_utf8(chunked(&events.replace('\n', "\r\n"))).unwrap();
    let lonely = String::from_utf8(chunked(&events.replace('\n', "\r"))).unwrap();
    let refusal = answer("429 Too Many Requests", "retry-after: 1\r\n", "{\"error\":\"no\"}");
    let mut told = Vec::new();
    for (whole, is) in [
        (good(), "ok 10+5"),
        (stream.into_bytes(), "ok 10+5"),
        (returns.into_bytes(), "ok 10+5"),
        (lonely.into_bytes(), "ok 10+5"),
        (refusal, "refused 429 other"),
    ] {
        for act in [say(whole.clone()), Act::Dribble(whole.clone(), 1), Act::Dribble(whole, 13)] {
            let server = Server::start(move |_| vec![act.clone()]).await;
            let scenario = Told { stream: true, ..Told::default() }.scenario();
            let replayed = run(&scenario, server.address).await;
            assert_eq!(ends(&replayed), [is; 4]);
            told.push(replayed.groups[0].leaf.clone());
        }
    }
    for same in told[..12].chunks(12).chain(told[12..].chunks(3)) {
        let counts = |index: usize| {
            let leaf: &run_record::Leaf = &same[index];
            (leaf.jobs, leaf.attempts.clone(), leaf.tokens)
        };
        assert!((1..same.len()).all(|index| counts(index) == counts(0)));
    }
}

/// Patience is for silence: an answer that takes longer than the client's time-out, but never
/// stops, is waited for.
#[tokio::test]
async fn an_answer_that_keeps_coming_is_not_timed_out() {
    const PATIENT: &str = "name = \"patient\"\nretry_on = \"nothing\"\ntimeout = \"3ns\"";
    let scenario = Told { strategy: PATIENT, lasts: "10ms", ..Told::default() }.scenario();
    for (media, whole) in [
        ("application/json", GOOD.to_owned()),
        ("text/event-stream", [CHUNK, CHUNK, USAGE, DONE].concat()),
    ] {
        let bytes: Vec<Bytes> = whole.bytes().map(|byte| Bytes::from(vec![byte])).collect();
        let replayed = in_process(&scenario, media, bytes).await;
        assert_eq!(ends(&replayed), ["ok 10+5"], "{media}");
        let end = replayed.attempts[0].end;
        assert_eq!(end.now.since(end.sent).nanos(), whole.len() as u64, "a byte a nanosecond");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Cut wherever it may be, the whole comes at one instant: the whole record is the same.
    #[test]
    fn no_split_changes_the_record(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        which in 0..3_usize,
    ) {
        let events = [CHUNK, CHUNK, USAGE, DONE].concat();
        let (media, whole) = [
            ("application/json", GOOD.to_owned()),
            ("text/event-stream", events.clone()),
            ("text/event-stream", events.replace('\n', "\r\n")),
        ][which].clone();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len() + 1)).collect();
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        let split: Vec<Bytes> = cuts
            .windows(2)
            .map(|piece| Bytes::copy_from_slice(&whole.as_bytes()[piece[0]..piece[1]]))
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let scenario = Told::default().scenario();
        let one_piece = vec![Bytes::from(whole.clone())];
        let told = |pieces| runtime.block_on(in_process_at_once(&scenario, media, pieces));
        let (one, many) = (told(one_piece), told(split));
        prop_assert_eq!(ends(&one), vec!["ok 10+5"; 4]);
        prop_assert_eq!(one.attempts, many.attempts);
        prop_assert_eq!(one.groups, many.groups);
    }
}

/// The answer's pieces, one a nanosecond.
async fn in_process(scenario: &Scenario, media: &'static str, pieces: Vec<Bytes>) -> Replayed {
    told(scenario, media, pieces, 1).await
}

/// The answer's pieces, one after the other within the instant of asking.
async fn in_process_at_once(
    scenario: &Scenario,
    media: &'static str,
    pieces: Vec<Bytes>,
) -> Replayed {
    told(scenario, media, pieces, 0).await
}

async fn told(
    scenario: &Scenario,
    media: &'static str,
    pieces: Vec<Bytes>,
    apart: u64,
) -> Replayed {
    let target = Target::resolve("http://127.0.0.1:9/v1", "secret").await.unwrap();
    let plan = Plan {
        scenario,
        stacks: vec![scenario.stack(0, 0, &scenario.tier, &scenario.assumptions)],
        seed: Seed(scenario.seed),
        target: &target,
        most_requests: None,
        most_spent: None,
        most_time: None,
    };
    let time = Time::default();
    let answers = Answers { media, pieces, apart, time: time.clone() };
    let replayed = replay(&plan, answers, time, &Unwatched, std::future::pending()).await.unwrap();
    balances(scenario, &replayed);
    replayed
}

/// Time that passes only when nothing is left to do in its instant.
#[derive(Clone, Default)]
struct Time(Arc<Mutex<Passing>>);

#[derive(Default)]
struct Passing {
    now: u64,
    /// Bodies that wait for the next nanosecond.
    waiting: Vec<Waker>,
}

impl Clock for Time {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.lock().unwrap().now)
    }
}

impl Pacer for Time {
    fn poll_until(&mut self, until: Instant, _: &mut Context<'_>) -> Poll<()> {
        let mut passing = self.0.lock().unwrap();
        let waiting = std::mem::take(&mut passing.waiting);
        let step = if waiting.is_empty() { until.nanos() } else { passing.now + 1 };
        passing.now = step.min(until.nanos());
        let ready = passing.now == until.nanos();
        drop(passing);
        waiting.into_iter().for_each(Waker::wake);
        if ready { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Answers every request with the same pieces.
struct Answers {
    media: &'static str,
    pieces: Vec<Bytes>,
    apart: u64,
    time: Time,
}

impl Transport for Answers {
    type Body = Pieces;
    type Answering = Ready<Result<Response<Pieces>, NoAnswer>>;

    fn send(&mut self, _: Request<Full<Bytes>>) -> Self::Answering {
        let Self { media, pieces, apart, time } = self;
        let next = time.now().nanos() + *apart;
        let left = pieces.clone().into_iter();
        let body = Pieces { left, next, apart: *apart, time: time.clone(), paused: false };
        ready(Ok(Response::builder().header("content-type", *media).body(body).unwrap()))
    }
}

struct Pieces {
    left: std::vec::IntoIter<Bytes>,
    /// When the next piece is there.
    next: u64,
    apart: u64,
    time: Time,
    paused: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.time.now().nanos() < self.next && !self.left.as_slice().is_empty() {
            self.time.0.lock().unwrap().waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        // Between two pieces of an instant, whoever reads is sent away and called again.
        if self.apart == 0 && !std::mem::replace(&mut self.paused, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.paused = false;
        self.next += self.apart;
        Poll::Ready(self.left.next().map(|piece| Ok(Frame::data(piece))))
    }
}
