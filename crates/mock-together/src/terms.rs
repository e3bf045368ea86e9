//! What a service decides by: an edition under assumptions, compiled once for many services.

use std::sync::Arc;

use chance::Law;
use limits::Span;
use rulebook::{Assumptions, Edition, Latency, Model};

use crate::account::Account;
use crate::upstream::Pace;

/// Whether the published limits are in force.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Limits {
    /// They are.
    Published,
    /// None is: what the service alone would do, without any limit.
    Off,
}

/// The terms of a service.
#[derive(Clone, Debug)]
pub struct Terms {
    pub(crate) edition: Arc<Edition>,
    pub(crate) assumptions: Assumptions,
    pub(crate) limits: Limits,
    pub(crate) refusal_takes: Span,
    first_token_noise: Arc<Law>,
    speed_noise: Arc<Law>,
}

/// An account for which the edition has no limits: its model has no number on its tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLimits {
    /// The account.
    pub account: Account,
}

impl std::fmt::Display for NoLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Account { tier, model, .. } = &self.account;
        write!(f, "the edition has no limit for {} on {}", model.name(), tier.name())
    }
}

impl std::error::Error for NoLimits {}

impl Terms {
    /// Compiles an edition under assumptions.
    #[must_use]
    pub fn new(edition: &Arc<Edition>, assumptions: &Assumptions, limits: Limits) -> Self {
        Self {
            edition: Arc::clone(edition),
            limits,
            refusal_takes: assumptions.refusal_takes(),
            first_token_noise: Arc::new(Law::noise(assumptions.first_token_noise())),
            speed_noise: Arc::new(Law::noise(assumptions.speed_noise())),
            assumptions: assumptions.clone(),
        }
    }

    pub(crate) fn pace(&self, model: &Model) -> Pace {
        let latency: Latency = self.edition.latency(model, &self.assumptions);
        Pace::new(&latency, &self.first_token_noise, &self.speed_noise)
    }
}
