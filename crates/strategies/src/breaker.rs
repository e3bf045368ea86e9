//! Sending nothing for a while once too much fails.

use limits::Span;

use crate::portion::Percent;

/// A circuit breaker around all that a client sends.
///
/// Closed, it counts. Once the last `over` holds at least `least` attempts that ended, and
/// `opens_at` of them failed, it is open for `stays`: jobs fail at once. Then it is half open:
/// `probes` attempts go out, and if all of them succeed it closes, else it opens again.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Failures among the attempts that ended, from which it opens.
    pub opens_at: Percent,
    /// The while it looks back.
    pub over: Span,
    /// So many attempts must have ended in it.
    pub least: u32,
    /// How long it stays open.
    pub stays: Span,
    /// How many attempts decide whether it closes again.
    pub probes: u32,
}
