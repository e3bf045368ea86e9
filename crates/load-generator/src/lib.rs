//! The network face of strategies: each job when it is due, over HTTP, whatever the service does.
//!
//! ```text
//!   timeline ── the next arrival ─┐
//!                                 ├─► drive ◄── clients (machines): what to send, when to wait
//!   agenda ── timers of clients ──┘     │
//!      ▲                                ▼
//!      └── what was heard ──── exchanges ──► transport: a small pool of connections
//!                              heads, streams, errors, as bytes say them
//! ```
//!
//! The load is open: a job is due when the scenario says, and a service that answers slowly gets
//! the next one all the same. Due times are never set back to when the generator came to them; how
//! late it came is a figure of its own. A thread that does nothing else keeps the time, because an
//! event loop's timers are more than a millisecond late at the median.
//!
//! It knows the service as any stranger does, by the bytes of its answers: headers and wording as
//! the scenario's edition has them, nothing of how they came about. Two headers go the other way:
//! [`wire::Fate::HEADER`] tells a mock of ours the job's own draws, so that the same job meets the
//! same luck as in a simulated run, and [`wire::CALLER_HEADER`] which client has it, for a gateway
//! that keeps to its callers.
//!
//! Everything happens in one task, in the order of the simulator's agenda: time, group, job,
//! attempt, kind. So a run whose time and transport are deterministic is deterministic itself.

mod agenda;
mod answer;
mod ask;
mod drive;
mod exchange;
mod pacer;
mod plan;
mod pool;
mod purse;
mod ready;
mod seat;
mod sse;
mod target;
mod transport;
mod wants;

pub use answer::read_refusal;
pub use drive::replay;
pub use pacer::{Pacer, ThreadPacer};
pub use plan::{Ending, Plan, Replayed, SoFar, Unwatched, Watch};
pub use pool::{Lent, Pool};
pub use target::{Target, TargetFault};
pub use transport::{NoAnswer, Transport};
