//! What Together promises, with sources.

mod fault;
pub mod reading;

pub use fault::{Fault, Refused, Severity, line_column};
