//! A limiter that is told the time.
//!
//! It decides whether a request may go, out of up to six limits at once, and settles afterwards
//! what the request really cost. It reads no clock and rounds nothing: times are whole nanoseconds,
//! rates are fractions, and the same calls give the same answers on every machine. Nothing is
//! allocated to decide; a sliding log has its room from the beginning.
//!
//! ```text
//!         cost: 1 request, 350 tokens                 spent: 1 request, 212 tokens
//!                     │                                             │
//!       admit(now)    ▼                              settle(now)    ▼
//!    ┌───────────────────────────────┐            ┌───────────────────────────────┐
//!    │ requests  ▓▓▓░░  fits?    +1  │            │ requests  ▓▓▓▓░  stays        │
//!    │ tokens    ▓▓░░░  fits?  +350  │  Receipt   │ tokens    ▓▓▓░░  gives 138    │
//!    │ minute    ▓▓▓▓░  any left?    │ ─────────► │ minute    ▓▓▓▓▓  takes 212    │
//!    └───────────────────────────────┘ the window └───────────────────────────────┘
//!        │ all of them: all charged,   it was         charged at admission: made true in
//!        │              or none        taken in       the window of the receipt, or nowhere;
//!        ├──► Refused { by, retry_at }                charged at completion: charged now
//!        └──► TooLarge { by, most }
//! ```
//!
//! A refusal names the meter and the very nanosecond at which the same request is admitted if
//! nothing else happens until then. What is larger than a meter could ever hold is a different
//! answer, since no waiting helps it. Each meter has its own [`Algorithm`]: windows opened by use
//! or by the clock, a bucket, a sliding log or its estimate, a cap on what is in flight.
//!
//! ```
//! use limits::{Cost, Decision, Instant, Label, Limiter, Meter, Per, Policy, Quota, Rate};
//! use limits::{Requests, Span, Tokens};
//!
//! // Sixty requests a minute in windows of two seconds; a thousand tokens a minute, counted when
//! // a request ends.
//! let requests = Rate::new(Requests(60), Per::Minute);
//! let tokens = Rate::new(Tokens(1_000), Per::Minute);
//! let policy = Policy::new(&[
//!     Meter::opened(
//!         Label("requests"),
//!         Quota::requests_per_window(requests, Span::from_secs(2))?,
//!     ),
//!     Meter::opened(Label("tokens"), Quota::tokens_per_window(tokens, Span::from_secs(60))?)
//!         .at_completion(),
//! ])?;
//! let mut limiter = Limiter::new(policy);
//!
//! // It may go. Its end is three seconds away, and its true cost is known only then.
//! let cost = Cost::new(Requests(1), Tokens(350));
//! let Decision::Admitted(receipt) = limiter.admit(Instant::START, cost) else { panic!() };
//! let later = Instant::START.after(Span::from_secs(3));
//! limiter.settle(later, receipt, Cost::new(Requests(1), Tokens(1_200)));
//!
//! // It was too much for this minute: the next one has to wait for the end of the window, which
//! // that charge opened.
//! let Decision::Refused(refusal) = limiter.admit(later, cost) else { panic!() };
//! assert_eq!(refusal.by, Label("tokens"));
//! assert_eq!(refusal.retry_at, later.after(Span::from_secs(60)));
//! assert!(matches!(limiter.admit(refusal.retry_at, cost), Decision::Admitted(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]

extern crate alloc;

mod aligned;
mod bucket;
mod decision;
mod dial;
mod in_flight;
mod limiter;
mod meter;
mod policy;
mod quota;
mod sliding_counter;
mod sliding_log;
mod standing;
mod time;
mod units;
mod window;

pub use decision::{Decision, Peek, Receipt, Refusal};
pub use limiter::Limiter;
pub use meter::{Algorithm, Charge, Debt, Label, Meter};
pub use policy::{METERS_MAX, Policy, PolicyError};
pub use quota::{Counts, Quota, QuotaError};
pub use standing::{MeterStanding, Reset, Standing};
pub use time::{Clock, Instant, ManualClock, Span};
pub use units::{Cost, Per, Rate, Requests, Tokens, Unit};
