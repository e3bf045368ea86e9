//! What the service can do at once, and how it slows down before it fails.

use limits::{Rate, Span, Tokens};

use crate::assumptions::Assumptions;
use crate::edition::{Edition, Model};

/// A share, in millionths of the whole.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millionths(pub u32);

impl Millionths {
    /// All of it.
    pub const ALL: Self = Self(1_000_000);
    /// Nothing of it.
    pub const NONE: Self = Self(0);

    /// What is not this share.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(Self::ALL.0.saturating_sub(self.0))
    }

    /// The share that one number is of another, to the nearest, at most all of it.
    pub(crate) fn of(part: u128, whole: u128) -> Self {
        let share = (part * u128::from(Self::ALL.0) + whole / 2) / whole.max(1);
        Self(u32::try_from(share).unwrap_or(Self::ALL.0).min(Self::ALL.0))
    }
}

/// What one model can do for everybody together.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Capacity<'e> {
    /// Tokens that it works off, of prompts and answers together.
    pub tokens_per_second: Rate<Tokens>,
    /// The longest that a request may wait for its turn. One that would wait longer fails after it.
    pub buffer: Span,
    /// The share that other tenants use.
    pub others: Millionths,
    /// How answers slow down as it fills up; loads rise from step to step.
    pub congestion: &'e [CongestionStep],
}

/// How long answers take at one load, beside what they take when nobody else asks.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct CongestionStep {
    /// The throughput, as a share of the highest.
    pub load: Millionths,
    /// What is added to the time to the first token.
    pub adds_to_first_token: Span,
    /// What is left of the speed of an answer.
    pub speed: Millionths,
}

impl Edition {
    /// What a model can do for everybody together; `None` where that is supposed to be without
    /// bound.
    #[must_use]
    pub fn capacity(&self, _model: &Model, given: &Assumptions) -> Option<Capacity<'_>> {
        Some(Capacity {
            tokens_per_second: given.model_capacity()?,
            buffer: given.capacity_buffer(),
            others: given.other_tenants(),
            congestion: &self.congestion,
        })
    }
}
