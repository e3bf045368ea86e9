//! The times that are measured, and what of them adds up exactly.

use serde::{Deserialize, Serialize};

use crate::exact;
use crate::leaf::least;

/// One value for each time that is measured: three of an answered job from its due time, two of the
/// attempt that answered it, and one of attempts that were turned away.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times<T> {
    /// Until the successful attempt was sent.
    pub wait: T,
    /// Until the last byte.
    pub answer: T,
    /// Until the first token.
    pub first_token: T,
    /// From the sending of the successful attempt to its last byte; nothing in records from before
    /// this was measured, as are the two below.
    #[serde(default)]
    pub service: T,
    /// From the first token to the last byte, for each token after the first: of answers of two
    /// tokens or more that did not come all at once.
    #[serde(default)]
    pub per_token: T,
    /// From the sending to the end of each attempt that was answered 4xx or 5xx.
    #[serde(default)]
    pub refusal: T,
}

impl<T> Times<T> {
    /// The same of something made of each.
    pub(crate) fn map<U>(&self, made_of: impl Fn(&T) -> U) -> Times<U> {
        Times {
            wait: made_of(&self.wait),
            answer: made_of(&self.answer),
            first_token: made_of(&self.first_token),
            service: made_of(&self.service),
            per_token: made_of(&self.per_token),
            refusal: made_of(&self.refusal),
        }
    }

    /// Adds another's values, each to its own.
    pub(crate) fn absorb_by(&mut self, other: &Times<T>, add: impl Fn(&mut T, &T)) {
        add(&mut self.wait, &other.wait);
        add(&mut self.answer, &other.answer);
        add(&mut self.first_token, &other.first_token);
        add(&mut self.service, &other.service);
        add(&mut self.per_token, &other.per_token);
        add(&mut self.refusal, &other.refusal);
    }
}

/// A time that is measured, but that no expectation is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Latency {
    /// [`Times::service`].
    Service,
    /// [`Times::per_token`].
    PerToken,
    /// [`Times::refusal`].
    Refusal,
}

impl Latency {
    /// Its value.
    pub const fn of<T>(self, times: &Times<T>) -> &T {
        match self {
            Latency::Service => &times.service,
            Latency::PerToken => &times.per_token,
            Latency::Refusal => &times.refusal,
        }
    }
}

/// The sum and the extremes of some times, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeSum {
    /// All of them together.
    #[serde(rename = "sum_ns", with = "exact::wide")]
    pub sum: u128,
    /// The shortest; none without samples.
    #[serde(rename = "least_ns", with = "exact::optional")]
    pub least: Option<u64>,
    /// The longest; none without samples.
    #[serde(rename = "most_ns", with = "exact::optional")]
    pub most: Option<u64>,
}

impl TimeSum {
    pub(crate) fn absorb(&mut self, other: &TimeSum) {
        self.sum = self.sum.saturating_add(other.sum);
        self.least = least(self.least, other.least);
        self.most = self.most.max(other.most);
    }
}
