//! `calibrate`: logs of our own service under rules that are known, the recordings of the real one,
//! and what the verb prints and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod known;
mod recorded;
mod verb;
