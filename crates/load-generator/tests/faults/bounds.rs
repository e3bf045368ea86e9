//! Much at once, and bounds on it: a generator that is swamped still hears, stops and ends.

use std::time::Duration;

use chance::Seed;
use limits::Span;
use load_generator::{Ending, Plan, Pool, Replayed, Target, ThreadPacer, Unwatched, replay};
use money::Money;
use scenario::Scenario;

use crate::server::Server;
use crate::stage::{Told, good, run, say};

/// The plan's bounds, and when somebody stops the run.
#[derive(Default)]
struct Bounds {
    requests: Option<u64>,
    spent: Option<Money>,
    time: Option<Span>,
    stop: Option<Duration>,
}

async fn bounded(scenario: &Scenario, server: &Server, bounds: Bounds) -> Replayed {
    let url = format!("http://{}/v1", server.address);
    let target = Target::resolve(&url, "secret").await.unwrap();
    let plan = Plan {
        scenario,
        stacks: vec![scenario.stack(0, 0, &scenario.tier, &scenario.assumptions)],
        seed: Seed(scenario.seed),
        target: &target,
        most_requests: bounds.requests,
        most_spent: bounds.spent,
        most_time: bounds.time,
    };
    let stop = async {
        match bounds.stop {
            Some(after) => tokio::time::sleep(after).await,
            None => std::future::pending().await,
        }
    };
    let pacer = ThreadPacer::start().unwrap();
    replay(&plan, Pool::new(&target), pacer, &Unwatched, stop).await.unwrap()
}

fn answers() -> Vec<crate::server::Act> {
    vec![say(good())]
}

#[tokio::test]
async fn a_burst_of_answers_is_heard_whatever_its_size() {
    let server = Server::start(|_| answers()).await;
    let burst = Told { rate: "1000000/s", lasts: "500us", ..Told::default() };
    let replayed = run(&burst.scenario(), server.address).await;
    let attempts = &replayed.groups[0].leaf.attempts;
    assert_eq!((attempts.sent, attempts.ok), (500, 500));
    assert_eq!(replayed.ending, Ending::Complete);
}

#[tokio::test]
async fn a_bound_on_requests_ends_the_run_with_the_last_of_them() {
    let server = Server::start(|_| answers()).await;
    // The second job is due an hour after the first: nobody waits for it.
    let hours = Told { rate: "1/hour", lasts: "3h", drain: "1h", ..Told::default() };
    let one = Bounds { requests: Some(1), ..Bounds::default() };
    let replayed = bounded(&hours.scenario(), &server, one).await;
    let leaf = &replayed.groups[0].leaf;
    assert_eq!((leaf.jobs.offered, leaf.jobs.answered, leaf.attempts.sent), (1, 1, 1));
    assert_eq!(replayed.ending, Ending::Bounded);
}

#[tokio::test]
async fn a_bound_on_dollars_ends_the_run_with_the_answer_that_reaches_it() {
    let server = Server::start(|_| answers()).await;
    let hours = Told { rate: "1/hour", lasts: "3h", drain: "1h", ..Told::default() };
    let cheap = Bounds { spent: Some(Money::from_pico(1)), ..Bounds::default() };
    let replayed = bounded(&hours.scenario(), &server, cheap).await;
    let leaf = &replayed.groups[0].leaf;
    assert_eq!((leaf.jobs.answered, leaf.attempts.sent), (1, 1));
    assert_eq!(replayed.ending, Ending::Bounded);
}

#[tokio::test]
async fn a_generator_that_cannot_keep_up_still_stops_when_it_is_told() {
    let server = Server::start(|_| answers()).await;
    // Hours of work are due within the first seconds.
    let flood = Told { rate: "10000000/s", lasts: "10s", drain: "1s", ..Told::default() };
    let scenario = flood.scenario();
    let stop = Bounds { stop: Some(Duration::from_millis(50)), ..Bounds::default() };
    let stopped = bounded(&scenario, &server, stop).await;
    assert_eq!(stopped.ending, Ending::Stopped);
    let time = Bounds { time: Some(Span::from_millis(50)), ..Bounds::default() };
    let cut = bounded(&scenario, &server, time).await;
    assert_eq!(cut.ending, Ending::Bounded);
    for replayed in [stopped, cut] {
        let leaf = &replayed.groups[0].leaf;
        assert!(leaf.jobs.offered < 50_000_000, "{} of 100 million", leaf.jobs.offered);
        assert_eq!(leaf.attempts.sent, replayed.attempts.len() as u64);
    }
}
