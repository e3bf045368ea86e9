//! Connections that are refused, kept, closed at an unlucky moment; a service that dies and comes
//! back; a load that stays open whatever happens.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chance::Seed;
use limits::Instant;
use load_generator::{SoFar, Watch};
use scenario::Timeline;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::server::{Act, Server};
use crate::stage::*;

#[tokio::test]
async fn where_nobody_listens_every_attempt_is_unanswered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let scenario = Told { strategy: THREE_TRIES, ..Told::default() }.scenario();
    let replayed = run(&scenario, address).await;
    assert_eq!(ends(&replayed), ["unanswered"; 12]);
    let [(why, 12)] = replayed.troubles.iter().collect::<Vec<_>>()[..] else { panic!() };
    assert!(why.starts_with("no answer: no connection: Connection refused"), "{why}");
}

#[tokio::test]
async fn a_connection_that_ends_before_it_is_asked_anything_is_no_answer() {
    for act in [Act::Close, Act::Reset, Act::Stall] {
        let acts = vec![act.clone()];
        let server = Server::greeting(move |_| acts.clone()).await;
        let scenario = Told { drain: "200ms", ..Told::default() }.scenario();
        let replayed = run(&scenario, server.address).await;
        let stalls = matches!(act, Act::Stall);
        assert_eq!(ends(&replayed), [if stalls { "open" } else { "unanswered" }; 4]);
        let told: u64 = replayed.troubles.values().sum();
        assert_eq!(told, if stalls { 0 } else { 4 }, "{:?}", replayed.troubles);
        assert_eq!(server.connections(), 4, "what may have left is not sent again");
    }
}

#[tokio::test]
async fn a_service_that_closes_after_each_answer_loses_nothing() {
    let closing = answer("200 OK", "content-type: application/json\r\nconnection: close\r\n", GOOD);
    for acts in [vec![say(closing.clone())], vec![say(closing), Act::Close]] {
        let server = Server::start(move |_| acts.clone()).await;
        let scenario = Told { rate: "1000/s", lasts: "100ms", ..Told::default() }.scenario();
        let replayed = run(&scenario, server.address).await;
        assert_eq!(ends(&replayed), ["ok 10+5"; 100]);
        assert_eq!(server.connections(), 100);
        assert!(server.asked().iter().all(|asked| asked.on_connection == 0));
    }
}

/// Two jobs fall due together in each of two moments, and between them the service closes what
/// lies idle without a word.
#[tokio::test]
async fn an_idle_connection_that_was_closed_meanwhile_costs_no_attempt() {
    for ending in [Act::Close, Act::Reset] {
        let server = Server::start(move |_| vec![say(good()), ending.clone()]).await;
        let scenario = Told { rate: "20/s", lasts: "400ms", ..Told::default() }.scenario();
        let replayed = run(&scenario, server.address).await;
        assert_eq!(ends(&replayed), ["ok 10+5"; 8], "{:?}", replayed.troubles);
        assert!(replayed.troubles.is_empty());
        assert_eq!(server.asked().len(), 8);
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    for (stream, whole) in [(false, good()), (true, good_stream())] {
        let server = Server::start(move |_| vec![say(whole.clone())]).await;
        let scenario = Told { rate: "50/s", lasts: "200ms", stream, ..Told::default() }.scenario();
        let replayed = run(&scenario, server.address).await;
        assert_eq!(ends(&replayed), ["ok 10+5"; 10]);
        assert!(server.connections() < 10, "{} connections, {stream}", server.connections());
    }
}

/// It reads the second request of each connection and leaves without an answer: what became of
/// that one nobody can tell, so it is not sent again behind the client's back.
#[tokio::test]
async fn a_request_that_left_is_sent_again_by_its_client_alone() {
    let server = Server::start(|asked| {
        vec![if asked.on_connection == 0 { say(good()) } else { Act::Close }]
    })
    .await;
    let scenario = Told { rate: "20/s", lasts: "400ms", ..Told::default() }.scenario();
    let replayed = run(&scenario, server.address).await;
    let asked = server.asked();
    assert_eq!(asked.len(), 8);
    assert!(asked.iter().all(|asked| asked.before == 0), "each job came once");
    let unanswered = asked.iter().filter(|asked| asked.on_connection > 0).count();
    let ends = ends(&replayed);
    assert_eq!(ends.iter().filter(|end| *end == "unanswered").count(), unanswered);
    assert_eq!(ends.iter().filter(|end| *end == "ok 10+5").count(), 8 - unanswered);
}

/// An answer to nobody's question must not be taken for the next one's.
#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_nobodys() {
    let other = GOOD.replace("10", "99");
    let twice = [good(), answer("200 OK", "", &other)].concat();
    let server = Server::start(move |_| vec![say(twice.clone())]).await;
    let scenario = Told { rate: "20/s", lasts: "400ms", ..Told::default() }.scenario();
    let replayed = run(&scenario, server.address).await;
    assert_eq!(ends(&replayed), ["ok 10+5"; 8]);
    assert_eq!(server.connections(), 8);
}

/// It answers when it has read the head, and never reads the rest: that connection is of no use to
/// anybody, and nobody waits for it.
#[tokio::test]
async fn a_request_that_is_still_being_written_holds_nobody_up() {
    let refused = answer("503 Service Unavailable", "", "");
    let refused = move |_: &_| {
        let (held, never) = watch::channel(false);
        // The server waits for what never comes, so the connection stays open, unread.
        std::mem::forget(held);
        vec![say(refused.clone()), Act::Until(never)]
    };
    let server = Server::impolite(refused).await;
    let scenario = Told {
        lasts: "10ms",
        drain: "10s",
        prompt: 3_000_000,
        strategy: THREE_TRIES,
        ..Told::default()
    };
    let replayed = run(&scenario.scenario(), server.address).await;
    assert_eq!(ends(&replayed), ["failed 503"; 3]);
    assert_eq!(server.connections(), 3);
}

/// Tells how many attempts were sent so far.
struct Sent(watch::Sender<u64>);

impl Watch for Sent {
    fn stands(&self, so_far: &SoFar) {
        self.0.send_if_modified(|sent| std::mem::replace(sent, so_far.sent) != so_far.sent);
    }
}

#[tokio::test]
async fn a_service_that_is_killed_leaves_nothing_untold() {
    let mut server = Server::start(|_| vec![say(good())]).await;
    let scenario = Told { rate: "500/s", lasts: "400ms", ..Told::default() }.scenario();
    let (sent, mut so_far) = watch::channel(0);
    let (address, watch) = (server.address, Sent(sent));
    let (replayed, ()) = tokio::join!(run_watched(&scenario, address, &watch), async {
        so_far.wait_for(|sent| *sent >= 50).await.unwrap();
        server.kill().await;
    });
    let ends = ends(&replayed);
    assert_eq!(ends.len(), 200);
    let answered = ends.iter().filter(|end| *end == "ok 10+5").count();
    // Of those that were under way, some may have been read and none of them answered in part.
    let unanswered = ends.iter().filter(|end| *end == "unanswered").count();
    assert_eq!(answered + unanswered, 200);
    assert!((1..200).contains(&answered), "{answered}");
    assert!(answered <= server.asked().len());
    let refused: u64 = times(&replayed.troubles, "no answer: no connection: Connection refused");
    assert!(refused > 0, "{:?}", replayed.troubles);
    assert_eq!(times(&replayed.troubles, "no answer: "), unanswered as u64);
}

#[tokio::test]
async fn a_service_that_comes_back_is_found_again() {
    let mut server = Server::start(|_| vec![say(good())]).await;
    let scenario = Told { rate: "500/s", lasts: "600ms", ..Told::default() }.scenario();
    let (sent, mut so_far) = watch::channel(0);
    let (address, watch) = (server.address, Sent(sent));
    let (replayed, before) = tokio::join!(run_watched(&scenario, address, &watch), async {
        so_far.wait_for(|sent| *sent >= 50).await.unwrap();
        server.kill().await;
        so_far.wait_for(|sent| *sent >= 150).await.unwrap();
        let before = server.asked().len();
        server.start_again().await;
        before
    });
    let ends = ends(&replayed);
    assert_eq!(ends.len(), 300);
    let answered = ends.iter().filter(|end| *end == "ok 10+5").count();
    let unanswered = ends.iter().filter(|end| *end == "unanswered").count();
    assert_eq!(answered + unanswered, 300);
    assert!(server.asked().len() > before, "it was asked again");
    assert!(answered > before, "and it answered");
    assert!(times(&replayed.troubles, "no answer: no connection: Connection refused") > 0);
}

fn times(troubles: &BTreeMap<String, u64>, begins: &str) -> u64 {
    troubles.iter().filter(|(why, _)| why.starts_with(begins)).map(|(_, times)| times).sum()
}

/// It answers nobody before it was asked by everybody: a load that waited for answers would never
/// come to its end.
#[tokio::test]
async fn an_open_load_waits_for_no_answer() {
    let scenario = Told { rate: "1000/s", lasts: "200ms", ..Told::default() }.scenario();
    let (open, gate) = watch::channel(false);
    let counted = Mutex::new(0);
    let server = Server::start(move |_| {
        let mut asked = counted.lock().unwrap();
        *asked += 1;
        if *asked == 200 {
            open.send(true).unwrap();
        }
        vec![Act::Until(gate.clone()), say(good())]
    })
    .await;
    let replayed = run(&scenario, server.address).await;
    assert_eq!(ends(&replayed), ["ok 10+5"; 200]);
    assert_eq!(server.connections(), 200, "all of them were under way at once");

    let mut sent: Vec<(Instant, u64)> =
        replayed.attempts.iter().map(|one| (one.end.sent, one.end.job)).collect();
    sent.sort_unstable();
    let due: Vec<(Instant, u64)> =
        Timeline::of(&scenario, Seed(scenario.seed)).map(|one| (one.due, one.job)).collect();
    let jobs = |order: &[(Instant, u64)]| order.iter().map(|(_, job)| *job).collect::<Vec<_>>();
    assert_eq!(jobs(&sent), jobs(&due), "each in its turn");
    let early = sent.iter().zip(&due).find(|(sent, due)| sent.0 < due.0);
    assert_eq!(early, None, "and none before its time");
    let last_sent = sent.iter().map(|(at, _)| *at).max();
    let first_answered = replayed.attempts.iter().map(|one| one.end.now).min();
    assert!(last_sent <= first_answered);
}
