//! The client as a machine: what a program that calls Together does next.
//!
//! ```text
//!   Offered ──► first send? ──► Send ──► Head 200 ─► … ─► Ended Complete ─► Finish Answered
//!                  ▲                       │
//!                  │                       └─ refused, failed, no answer
//!                  │                              │
//!                  └── wait how long? ◄── retry? ◄┘
//!                                          └─ no, or stop ────────────────► Finish GaveUp
//! ```
//!
//! A [`Client`] is told events and the time, and answers with actions; it reads no clock, opens
//! no socket and draws nothing but jitter, which is a function of the seed, the job and the
//! attempt. What it does is a [`Stack`] of parts, one question each: when may a first attempt go,
//! what is retried, how long is waited, when is it enough. A [`Preset`] is such a stack with a
//! name.
//!
//! | part | its question | what there is |
//! |---|---|---|
//! | [`FirstSendPart`] | when may an attempt go? | at once; paced by headers; own bucket; cap; AIMD cap or rate; AWS adaptive; a bucket that a fleet shares |
//! | [`RetryOn`] | what is tried again? | any set of statuses, time-outs, broken connections |
//! | [`Wait`] | how long is waited? | every form of hint and clamp ([`HintRule`]), else a formula ([`Backoff`]) |
//! | [`Stop`] | when is it enough? | tries, deadline, time; [`Budget`], [`Breaker`], [`Throttle`] |
//! | [`Elsewhere`] | where else does it go? | nowhere; another place after some tries; a hedge |
//! | [`Timeouts`] | how long for the service itself? | a bound on silence, or none |
//!
//! Of the service it knows what the wire shows and, for a client that paces itself by limits it
//! was told beforehand, those limits ([`Known`]).
//!
//! # In a service
//!
//! What was rehearsed ships as it is: events in, actions out, and the caller does the rest, with
//! its own clock, timers and connections.
//!
//! ```
//! use chance::Seed;
//! use limits::{Instant, Span};
//! use strategies::{Action, Client, ClientId, Event, JobId, Offer, Preset};
//! use wire::{Hint, Reply, Shows, Status, Usage};
//!
//! let stack = Preset::TOGETHER_PY.parts().resolve(None);
//! let mut client = Client::new(&stack, ClientId { group: 0 }, Seed(1));
//! let mut tell = |now, event: Event<'_>| {
//!     let mut actions = Vec::new();
//!     client.on(now, event, &mut |action| actions.push(action));
//!     actions
//! };
//!
//! // A job is due, and the client wants it sent.
//! let now = Instant::START;
//! let offer = Offer {
//!     job: JobId(0),
//!     number: 0,
//!     due: now,
//!     deadline: None,
//!     prompt: 900,
//!     units: 1,
//!     max_tokens: Some(200),
//!     expected_answer: 200,
//! };
//! let [Action::Send { at, .. }] = tell(now, Event::Offered(offer))[..] else { panic!() };
//!
//! // The answer is a 429 with `retry-after: 2`: the client wants to be woken then.
//! let shows = Shows { hint: Hint::Seconds(2), ..Shows::default() };
//! let (status, usage) = (Status::TOO_MANY_REQUESTS, Usage::default());
//! let reply = Reply { status, shows, error: None, usage };
//! let now = now.after(Span::from_millis(80));
//! let [Action::WakeAt { at: then, timer }] = tell(now, Event::Head { at, reply: &reply })[..] else {
//!     panic!()
//! };
//! assert_eq!(then, now.after(Span::from_secs(2)));
//!
//! // The caller's timer rings, and the second attempt goes.
//! let [Action::Send { at, .. }] = tell(then, Event::Wake(timer))[..] else { panic!() };
//! assert_eq!(at.n, 2);
//! ```
//!
//! # Strategies with a name
//!
//! [`Preset::ALL`] has what released clients do, by version, and stacks of our own. A preset is its
//! parts, and for each constant of them the file of the release in which it was read; its texts are
//! made from the parts, so none is printed that is not at work, and a test wants a source for every
//! one. What catches its users is its [`Preset::note`]. [`explain()`] drives a client through a
//! history of answers and tells each wait: `tierlab rules --explain NAME` prints that, and
//! `tierlab rules --strategies` the sources.
//!
//! # What is known
//!
//! What others have found out about retrying comes out of this client as well (the tests
//! `known_results` of the simulator). Writers who contend for one row are done soonest without any
//! wait and with the most calls by far; plain exponential backoff keeps them in step and takes ten
//! times as long as with jitter, which needs less than half its calls. In front of a server that
//! works off a queue no wait helps: once it is slower than clients are patient, three retries
//! are four times the load, and the overload outlives its cause. A budget of a tenth lets it end,
//! whosever formula it is, as long as it is a tenth: a reserve of retries that each client has
//! besides is multiplied by their number.
//!
//! # What the league teaches
//!
//! `scenarios/league.toml` has thirty-three clients answer one chat on five tiers at four loads.
//! Where there is room the client hardly matters: at half the load, and on Tiers 4 and 5 at any, all
//! but one or two tie. Where there is none, no client makes any: at one and a half times the traffic
//! of Tier 2 nobody who stays with the model keeps nine jobs in ten, and queues do worst, because
//! who makes everybody wait answers everybody late (a bucket of one's own 22 %, against 85 % with
//! one try). In between, on Tier 2 as written, it matters: those that go on asking until the next
//! window get 99 % and more (pacing by headers 99.9 %), the three tries of a released client 98 %,
//! one try 97.7 %, and what learns too slowly loses everywhere (`aws-adaptive` 79 %). What helps
//! most is to have somewhere else to go: two tries, then a second model with limits of its own, 100 %
//! on Tier 2 at any load up to one and a half. And the ranks hang on what nobody knows: with two
//! gateway replicas most released clients lead.

mod aimd_rate;
mod aws_adaptive;
mod backoff;
mod breaker;
mod budget;
mod cap;
mod client;
mod describe;
mod elsewhere;
mod event;
mod explain;
mod first_send;
mod gate;
mod guards;
mod hedging;
mod pace;
mod portion;
mod presets;
mod recent;
mod retry_on;
mod shared;
mod stack;
mod stop;
mod throttle;
mod wait;

pub use backoff::{Backoff, Retry};
pub use breaker::Breaker;
pub use budget::Budget;
pub use client::{Client, ClientId};
pub use elsewhere::{Elsewhere, Route};
pub use event::{
    Action, AttemptId, Ended, Event, GaveUpBecause, JobId, Offer, Outcome, Timeouts, Timer, Wants,
};
pub use explain::{By, Explained, Heard, PassedOver, Then, Tried, explain};
pub use first_send::{BucketBurst, FirstSend, FirstSendPart, OwnBucket, Share};
pub use portion::{Hundredths, Percent, Tenths, Thousandths};
pub use presets::{Constant, Preset, What};
pub use retry_on::{Answer, RetryOn, Statuses};
pub use shared::{Permit, SharedBucket, SharedStack};
pub use stack::{Known, Parts, Stack};
pub use stop::Stop;
pub use throttle::Throttle;
pub use wait::{Beyond, HintRule, Pause, Reads, Wait, Zero};
