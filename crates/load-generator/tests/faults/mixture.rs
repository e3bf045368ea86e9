//! Whatever comes, in any order: every request meets a way to answer that is drawn by a seed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chance::{Purpose, Seed, uniform_below};
use scenario::Timeline;
use strategies::Preset;

use crate::server::{Act, Asked, Server};
use crate::stage::*;

/// What a request may meet, and what its attempt then was.
fn ways() -> Vec<(Vec<Act>, &'static str)> {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"choices\":[";
    let closing = answer("200 OK", "connection: close\r\n", GOOD);
    let limited = "retry-after: 0\r\nx-ratelimit-limit: 10\r\nx-ratelimit-remaining: 0\r\n\
        x-ratelimit-reset: 0\r\n";
    let model = "{\"error\":{\"message\":\"slow\",\"type\":\"model_rate_limit\"}}";
    vec![
        (vec![say(good())], "ok 10+5"),
        (vec![say(good_stream())], "ok 10+5"),
        (vec![Act::Dribble(good(), 7)], "ok 10+5"),
        (vec![say(closing)], "ok 10+5"),
        (vec![say(good()), Act::Close], "ok 10+5"),
        (vec![say(good()), Act::Reset], "ok 10+5"),
        (vec![Act::Close], "unanswered"),
        (vec![Act::Reset], "unanswered"),
        (vec![say("HTTP/1.1 200"), Act::Close], "unanswered"),
        (vec![say("who are you?\r\n\r\n"), Act::Close], "unanswered"),
        (vec![say(head), Act::Close], "failed 200"),
        (vec![say(head), Act::Reset], "failed 200"),
        (vec![say([STREAM_HEAD, CHUNK].concat()), Act::Close], "failed 200"),
        (vec![say(answer("200 OK", "", "<html>"))], "failed 200"),
        (vec![say(answer("500 Internal Server Error", "", ""))], "failed 500"),
        (vec![say(answer("503 Service Unavailable", "", "<html>"))], "failed 503"),
        (vec![say(answer("404 Not Found", "", "{}"))], "refused 404 other"),
        (vec![say(answer("429 Too Many Requests", limited, model))], "refused 429 model"),
        (vec![Act::Stall], "open"),
    ]
}

/// What the server did for each job, request by request.
type Met = Arc<Mutex<BTreeMap<u64, Vec<&'static str>>>>;

async fn mixed(seed: u64, met: &Met) -> Server {
    let (ways, met) = (ways(), Arc::clone(met));
    Server::start(move |asked: &Asked| {
        let draw = Seed(seed).draw(Purpose::Fate, 0, asked.number as u64);
        let which = uniform_below(draw, ways.len() as u64);
        let (acts, is) = ways[usize::try_from(which).unwrap()].clone();
        met.lock().unwrap().entry(asked.draw).or_default().push(is);
        acts
    })
    .await
}

#[tokio::test]
async fn whatever_comes_each_attempt_is_what_its_request_met() {
    let eager: &'static str = "name = \"eager\"\nretry_on = \"limits_and_failures\"\n\
        wait = { exponential = { first = \"1ms\", cap = \"9ms\" } }\ntries = 5";
    let presets = Preset::USUAL.map(|preset| &*format!("preset = \"{}\"", preset.name()).leak());
    for (seed, strategy) in (1..).zip(presets.into_iter().chain([eager])) {
        let met = Met::default();
        let server = mixed(seed, &met).await;
        let scenario =
            Told { rate: "1000/s", lasts: "250ms", drain: "700ms", strategy, ..Told::default() }
                .scenario();
        let replayed = run(&scenario, server.address).await;
        let mut attempts: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        let mut all: Vec<_> = replayed.attempts.iter().map(|one| one.end).collect();
        all.sort_by_key(|end| (end.job, end.n));
        for end in all {
            attempts.entry(end.job).or_default().push(said(end.how));
        }
        let met = met.lock().unwrap();
        let (mut requests, mut outcomes) = (0, 0);
        for arrival in Timeline::of(&scenario, Seed(scenario.seed)) {
            let met = met.get(&arrival.fate_draw).map(Vec::as_slice).unwrap_or_default();
            let ends = attempts.get(&arrival.job).map(Vec::as_slice).unwrap_or_default();
            assert!(agree(met, ends), "{strategy}: job {}: {met:?} {ends:?}", arrival.job);
            requests += met.len();
            outcomes += ends.len();
        }
        assert_eq!(requests, server.asked().len(), "{strategy}: every request was some job's");
        assert_eq!(outcomes, replayed.attempts.len());
        assert!(requests <= outcomes, "{strategy}: no attempt was sent twice");
        assert!(requests > 0);
    }
}

/// Whether attempts ended as their requests were met: those that arrived in their order, and
/// between them what was lost on a connection that the service had closed. The run's end may find
/// the last one open, or answered and not yet heard.
fn agree(met: &[&str], ends: &[String]) -> bool {
    match (met.split_first(), ends.split_first()) {
        (None, None) => true,
        (Some((is, met)), Some((end, ends))) if is == end => agree(met, ends),
        (_, Some((end, ends))) if end == "unanswered" => agree(met, ends),
        (met, Some((end, []))) => end == "open" && met.is_none_or(|(_, met)| met.is_empty()),
        (Some(_), None) | (_, Some(_)) => false,
    }
}
