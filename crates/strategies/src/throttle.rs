//! Refusing oneself what would be refused anyway.

use limits::Span;

use crate::portion::Tenths;

/// The SRE book's adaptive throttling: of the last while's requests, those to be sent included, so
/// many were accepted; a request is refused locally with probability
/// `max(0, (requests - k * accepts) / (requests + 1))`. Requests are counted before they are sent
/// or refused. A job that is refused so is given up.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// How many times what was accepted may be sent.
    pub k: Tenths,
    /// The while.
    pub over: Span,
}
