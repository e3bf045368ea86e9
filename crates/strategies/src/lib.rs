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
//! Of the service it knows what the wire shows and, for a client that paces itself by limits it
//! was told beforehand, those limits ([`Known`]).
//!
//! What others have found out about retrying comes out of this client as well (the tests
//! `known_results` of the simulator). Writers who contend for one row are done soonest without any
//! wait and with the most calls by far; plain exponential backoff keeps them in step and takes ten
//! times as long as with jitter, which needs less than half its calls. In front of a server that
//! works off a queue no wait helps: once it is slower than clients are patient, three retries
//! are four times the load, and the overload outlives its cause. A budget of a tenth lets it end,
//! whosever formula it is, as long as it is a tenth: a reserve of retries that each client has
//! besides is multiplied by their number.

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
pub use first_send::{BucketBurst, FirstSend, FirstSendPart, OwnBucket, Share};
pub use portion::{Hundredths, Percent, Tenths, Thousandths};
pub use presets::{Constant, Preset, What};
pub use retry_on::{Answer, RetryOn, Statuses};
pub use shared::{Permit, SharedBucket, SharedStack};
pub use stack::{Known, Parts, Stack};
pub use stop::Stop;
pub use throttle::Throttle;
pub use wait::{Beyond, HintRule, Pause, Reads, Wait, Zero};
