//! A service that fails in every way that a socket allows: each attempt ends in a named outcome,
//! the books balance, and the run comes to its end by itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod answers;
mod bounds;
mod connections;
mod mixture;
mod server;
mod splits;
mod stage;
