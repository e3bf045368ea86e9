//! Scenarios that are over in a moment, answers to choose from, and what must hold of every run.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use chance::Seed;
use load_generator::{Plan, Pool, Replayed, Target, ThreadPacer, Unwatched, Watch, replay};
use rulebook::Rulebook;
use run_record::{AttemptOutcome, Leaf};
use scenario::{Scenario, Timeline};

use crate::server::Act;

/// Nothing here takes this long unless it hangs.
const HUNG: Duration = Duration::from_mins(1);

/// Jobs at a steady rate with one strategy.
pub(crate) struct Told {
    pub(crate) rate: &'static str,
    pub(crate) lasts: &'static str,
    pub(crate) drain: &'static str,
    pub(crate) prompt: u32,
    pub(crate) stream: bool,
    /// The keys of the strategy.
    pub(crate) strategy: &'static str,
}

/// One try and no more.
pub(crate) const ONE_TRY: &str = "preset = \"give-up\"";
/// Three tries, one upon the other.
pub(crate) const THREE_TRIES: &str = "name = \"eager\"\nretry_on = \"limits_and_failures\"\n\
    wait = { exponential = { first = \"1ms\", cap = \"2ms\" } }\ntries = 3";

impl Default for Told {
    /// Four jobs of one try.
    fn default() -> Self {
        Self {
            rate: "100/s",
            lasts: "40ms",
            drain: "20s",
            prompt: 10,
            stream: false,
            strategy: ONE_TRY,
        }
    }
}

impl Told {
    pub(crate) fn scenario(&self) -> Scenario {
        let Self { rate, lasts, drain, prompt, stream, strategy } = self;
        let text = format!(
            "title = \"Faults\"\nseed = 7\ndrain = \"{drain}\"\naccount = {{ tier = \"build-2\" }}\n\
             [[group]]\nname = \"chat\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
             prompt = {prompt}\nanswer = 5\nstream = {stream}\n\
             traffic = {{ steady = {{ rate = \"{rate}\", lasts = \"{lasts}\" }} }}\n\
             [[strategy]]\n{strategy}\n"
        );
        Scenario::parse("faults.toml", &text, &Rulebook::embedded().unwrap()).unwrap()
    }
}

/// Sends the scenario there; it must come to its end by itself.
pub(crate) async fn run(scenario: &Scenario, address: SocketAddr) -> Replayed {
    run_watched(scenario, address, &Unwatched).await
}

pub(crate) async fn run_watched(
    scenario: &Scenario,
    address: SocketAddr,
    watch: &impl Watch,
) -> Replayed {
    let target = Target::resolve(&format!("http://{address}/v1"), "secret").await.unwrap();
    let plan = Plan {
        scenario,
        stacks: vec![scenario.stack(0, 0, &scenario.tier, &scenario.assumptions)],
        seed: Seed(scenario.seed),
        target: &target,
        most_requests: None,
        most_spent: None,
        most_time: None,
    };
    let pacer = ThreadPacer::start().unwrap();
    let replayed = replay(&plan, Pool::new(&target), pacer, watch, std::future::pending());
    let replayed = tokio::time::timeout(HUNG, replayed).await.unwrap().unwrap();
    balances(scenario, &replayed);
    replayed
}

/// What holds of every run, whatever the service did.
pub(crate) fn balances(scenario: &Scenario, replayed: &Replayed) {
    let Leaf { attempts, jobs, .. } = &replayed.groups[0].leaf;
    assert_eq!(attempts.sent, replayed.attempts.len() as u64);
    let counted = |name: &str| {
        replayed.attempts.iter().filter(|one| one.end.how.name() == name).count() as u64
    };
    let ends = ["ok", "refused", "failed", "unanswered", "cancelled", "open"].map(counted);
    let leaf = [
        attempts.ok,
        attempts.refused,
        attempts.failed,
        attempts.unanswered,
        attempts.cancelled,
        attempts.open,
    ];
    assert_eq!(ends, leaf);
    assert_eq!(leaf.iter().sum::<u64>(), attempts.sent);
    assert_eq!(jobs.answered + jobs.gave_up + jobs.unfinished, jobs.offered);
    assert_eq!(jobs.answered, attempts.ok);
    let due = Timeline::of(scenario, Seed(scenario.seed)).count() as u64;
    assert_eq!(jobs.offered, due, "every job fell due");

    let mut seen = BTreeSet::new();
    let mut last: BTreeMap<u64, u32> = BTreeMap::new();
    for one in &replayed.attempts {
        assert!(seen.insert((one.end.job, one.end.n)), "{one:?} ended twice");
        let before = last.insert(one.end.job, one.end.n).unwrap_or(0);
        assert_eq!(one.end.n, before + 1, "attempts of a job end in their order");
        assert!(one.end.sent <= one.end.now);
    }
    let broken = attempts.sent - attempts.ok - attempts.open;
    let told: u64 = replayed.troubles.values().sum();
    assert!((attempts.unanswered..=broken).contains(&told), "{:?}", replayed.troubles);
}

/// How each attempt ended, by job and attempt.
pub(crate) fn ends(replayed: &Replayed) -> Vec<String> {
    let mut all: Vec<_> = replayed.attempts.iter().map(|one| one.end).collect();
    all.sort_by_key(|end| (end.job, end.n));
    all.into_iter().map(|end| said(end.how)).collect()
}

/// An outcome in words: `refused 429 requests`.
pub(crate) fn said(how: AttemptOutcome) -> String {
    let name = how.name();
    match how {
        AttemptOutcome::Refused { status, cause, .. } => {
            format!("{name} {} {}", status.0, cause.name())
        }
        AttemptOutcome::Failed { status } => format!("{name} {}", status.0),
        AttemptOutcome::Ok(usage) => format!("{name} {}+{}", usage.prompt, usage.completion),
        AttemptOutcome::Unanswered | AttemptOutcome::Cancelled | AttemptOutcome::Open => {
            name.to_owned()
        }
    }
}

/// A whole answer with a body of a length that is told.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into()
}

/// The answer that every job hopes for.
pub(crate) fn good() -> Vec<u8> {
    answer("200 OK", "content-type: application/json\r\n", GOOD)
}

pub(crate) const GOOD: &str = "{\"choices\":[{\"message\":{\"content\":\" the sea\"}}],\
    \"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}";

/// The head of a stream that ends with its connection.
pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
/// A chunk of text.
pub(crate) const CHUNK: &str = "data: {\"choices\":[{\"delta\":{\"content\":\" the\"}}]}\n\n";
/// The last chunk: what it is charged for.
pub(crate) const USAGE: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"\"}}],\
    \"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\n";
pub(crate) const DONE: &str = "data: [DONE]\n\n";

/// A whole stream, in chunks of HTTP, after which the connection can be used again.
pub(crate) fn good_stream() -> Vec<u8> {
    chunked(&[CHUNK, CHUNK, USAGE, DONE].concat())
}

/// A stream of events in two chunks of HTTP.
pub(crate) fn chunked(events: &str) -> Vec<u8> {
    let (first, second) = events.split_at(events.len() / 2);
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    )
    .into()
}

/// Bytes, as an act.
pub(crate) fn say(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Say(bytes.into())
}
