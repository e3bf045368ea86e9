//! The router in process: resources that are no work.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod house;
mod lists;
