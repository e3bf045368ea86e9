//! How long an answer takes.
//!
//! The first token comes after a median time that grows with the prompt, the others follow at a
//! median speed; both are spread by noise that belongs to the job, so that every tier and every
//! strategy meets the same fast and slow answers. Work whose answer is no tokens is there all at
//! once, after a time that grows with the pictures where it makes those.

use std::sync::Arc;

use chance::{Law, Purpose, scaled, split};
use limits::{Instant, Span};
use rulebook::{Latency, Millionths};
use wire::Request;

/// The pace of one model.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    first_token: u64,
    per_prompt_token: u64,
    per_image: u64,
    per_token: u64,
    first_token_noise: Arc<Law>,
    speed_noise: Arc<Law>,
}

/// When the two ends of an answer are there.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) first_token_at: Instant,
    pub(crate) ready_at: Instant,
}

/// How slow the answers of full hardware are.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slowed {
    /// What is added to the time to the first token.
    pub(crate) adds: Span,
    /// What is left of the speed after it.
    pub(crate) speed: Millionths,
}

impl Slowed {
    /// Not at all.
    pub(crate) const NOT: Self = Self { adds: Span::ZERO, speed: Millionths::ALL };
}

impl Course {
    /// The same, slowed down.
    pub(crate) fn slowed(self, by: Slowed) -> Self {
        let rest = u128::from(self.ready_at.since(self.first_token_at).nanos());
        let rest = rest * u128::from(Millionths::ALL.0) / u128::from(by.speed.0.max(1));
        let first_token_at = self.first_token_at.after(by.adds);
        let rest = Span::from_nanos(u64::try_from(rest).unwrap_or(u64::MAX));
        Self { first_token_at, ready_at: first_token_at.after(rest) }
    }
}

impl Pace {
    pub(crate) fn new(latency: &Latency, first: &Arc<Law>, speed: &Arc<Law>) -> Self {
        let rate = latency.tokens_per_second;
        let per_token = rate.per_span().nanos() / rate.amount().0.max(1);
        Self {
            first_token: latency.first_token.nanos(),
            per_prompt_token: latency.prefill_per_token.nanos(),
            per_image: latency.per_image.nanos(),
            per_token,
            first_token_noise: Arc::clone(first),
            speed_noise: Arc::clone(speed),
        }
    }

    /// Of what takes no time at all.
    pub(crate) fn none(first: &Arc<Law>, speed: &Arc<Law>) -> Self {
        Self {
            first_token: 0,
            per_prompt_token: 0,
            per_image: 0,
            per_token: 0,
            first_token_noise: Arc::clone(first),
            speed_noise: Arc::clone(speed),
        }
    }

    /// The course of an answer of `answer` tokens to a request, begun at `now`.
    #[inline]
    pub(crate) fn course(&self, now: Instant, request: &Request, answer: u32) -> Course {
        let Request { prompt, count, fate, .. } = *request;
        let to_first = self
            .first_token
            .saturating_add(self.per_prompt_token.saturating_mul(u64::from(prompt)))
            .saturating_add(self.per_image.saturating_mul(u64::from(count)));
        let rest = self.per_token.saturating_mul(u64::from(answer.saturating_sub(1)));
        let slow_start = self.first_token_noise.at(split(fate.draw, Purpose::FirstToken));
        let slow_rest = self.speed_noise.at(split(fate.draw, Purpose::Speed));
        let first_token_at = now.after(Span::from_nanos(scaled(to_first, slow_start)));
        let rest = Span::from_nanos(scaled(rest, slow_rest));
        Course { first_token_at, ready_at: first_token_at.after(rest) }
    }
}
