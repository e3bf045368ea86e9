//! What client and service say to each other, in the grain of the wire.
//!
//! Both machines are pure values, so what passes between them is a value too: small, `Copy`,
//! and never finer than what HTTP would have carried. A client that reads a reset of "2" cannot
//! know that it was 1.73 seconds, in a simulation no more than over a socket.
//!
//! ```text
//!            Request { pair, prompt, count, max_tokens, stream, caller, tariff, fate }
//!   client ───────────────────────────────────────────────────► service
//!          ◄───────────────────────────────────────────────────
//!            Reply { status, shows, error, usage }
//!                            │
//!                            └── Shows: the rate-limit headers as typed values
//!                                     │
//!                                text::write ▼ ▲ text::read       only where HTTP is spoken
//!                                  "x-ratelimit-reset: 2"
//! ```
//!
//! This crate has no dependencies, not even `std`. It knows none of the service's header names and
//! no wording of errors: those are facts about an edition of the service, and reach [`text`] as
//! [`Words`].

#![no_std]

mod date;
mod reply;
mod request;
mod shows;
pub mod text;

pub use date::{Fixdate, civil, days_in};
pub use reply::{DECIDED_BY_HEADER, ErrorKind, Reply, Status};
pub use request::{CALLER_HEADER, Fate, FateUnreadable, PairId, Request, TariffId, Usage};
pub use shows::{Hint, Rate10, Shows};
pub use text::Words;
