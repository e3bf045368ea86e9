//! The service's face over HTTP: axum's router in front of `mock_together::Service`, served by
//! hyper's own server.
//!
//! ```text
//!   POST /v1/chat/completions ──► ask: JSON in, tokens estimated
//!                                  │
//!                                  ▼
//!                       Mock: one lock around the service ──► refused: the edition's envelope
//!                                  │
//!                              a ticket, in a guard
//!                                  │
//!        plain: the answer ◄── waits ──► streamed: a chunk for each token
//!                                  │
//!                  last byte: finish      the client left: the guard abandons
//! ```
//!
//! What a foreign client does not say is drawn or estimated. A prompt counts one token for every
//! four characters of its messages, rounded up (the rulebook's assumption `tokens_counted`).
//! Without an `x-tierlab-fate` header, the mock draws the answer's length by its own seed from a
//! lognormal law with median 200 and 95th percentile 800 tokens; drawn or given, `max_tokens`
//! cuts it. Draws are split by key and by that key's count of requests, so one client's requests
//! do not move another's luck.
//!
//! Nothing here grows without bound: [`bounds`] says how far each thing may.

mod answer;
mod ask;
pub mod bounds;
mod clock;
mod desk;
mod mock;
mod refusal;
mod routes;
mod server;
mod stream;
mod watch;

pub use clock::TokioClock;
pub use mock::{Keys, Mock, Plan};
pub use routes::router;
pub use server::serve;
pub use watch::{Decided, Ended, Watch};

/// The header with which our own load generator tells a job's fate: [`wire::Fate`] as text.
pub const FATE_HEADER: &str = "x-tierlab-fate";

/// The header in which a refusal names what decided it: a limit (`requests`, `tokens`, `model`),
/// or the kind of error. Absent when the mock is faithful.
pub const DECIDED_BY_HEADER: &str = "x-tierlab-decided-by";
