//! Tokens that wait to be worked off, as a fluid: whatever comes later waits until what came
//! before has run off.
//!
//! It counts in *grains*, of which a token is so many that every speed is a whole number of them
//! in a nanosecond. Nothing is rounded but the end of a wait, which is up.

use limits::{Instant, Rate, Span, Tokens};

/// What waits.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Backlog {
    grains: u128,
    at: Instant,
    /// Grains in a token.
    token: u128,
}

/// Grains in a nanosecond.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Speed(pub(crate) u128);

impl Backlog {
    /// Nothing waits. Speeds are multiples of `rate`, in as many parts as `parts`.
    pub(crate) fn new(rate: Rate<Tokens>, parts: u64) -> Self {
        let token = u128::from(rate.per_span().nanos()) * u128::from(parts);
        Self { grains: 0, at: Instant::START, token }
    }

    /// So much runs off until now. The time before the last call is over already.
    pub(crate) fn run_off(&mut self, now: Instant, speed: Speed) {
        let past = u128::from(now.since(self.at).nanos());
        self.grains = self.grains.saturating_sub(past.saturating_mul(speed.0));
        self.at = self.at.max(now);
    }

    /// How long it takes until all of it has run off; `None` where it never does. Where there is
    /// no speed at all, nothing is ever worked on.
    pub(crate) fn wait(&self, speed: Speed) -> Option<Span> {
        if speed.0 == 0 {
            return None;
        }
        let nanos = self.grains.div_ceil(speed.0);
        Some(Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// So many tokens wait as well.
    pub(crate) fn add(&mut self, tokens: u64) {
        self.grains = self.grains.saturating_add(self.token.saturating_mul(tokens.into()));
    }
}
