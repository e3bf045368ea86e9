//! The router in process: resources that are no work.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod documented;
mod documents;
mod endpoints;
mod generated;
mod house;
mod lists;
