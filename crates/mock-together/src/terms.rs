//! What a service decides by: an edition under assumptions, compiled once for many services.

use std::sync::Arc;

use chance::Law;
use limits::Span;
use rulebook::{Assumptions, Billing, Edition, Latency, Model};
use wire::{ErrorKind, Reply, Shows, Usage};

use crate::account::Account;
use crate::course::Happening;
use crate::upstream::Pace;

/// Whether the published limits are in force.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Limits {
    /// They are.
    Published,
    /// None is, and nothing fails either: what the service alone would do on its best day.
    Off,
}

/// The terms of a service.
#[derive(Clone, Debug)]
pub struct Terms {
    pub(crate) edition: Arc<Edition>,
    pub(crate) assumptions: Arc<Assumptions>,
    pub(crate) limits: Limits,
    pub(crate) refusal_takes: Span,
    pub(crate) course: Arc<[Happening]>,
    pub(crate) billing: Arc<Billing>,
    first_token_noise: Arc<Law>,
    speed_noise: Arc<Law>,
    at_once: bool,
}

/// An account for which the edition has no limits: its model has no number on its tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLimits {
    /// The account.
    pub account: Box<Account>,
}

impl std::fmt::Display for NoLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Account { tier, model, .. } = self.account.as_ref();
        write!(f, "the edition has no limit for {} on {}", model.name(), tier.name())
    }
}

impl std::error::Error for NoLimits {}

impl Terms {
    /// Compiles an edition under assumptions.
    #[must_use]
    pub fn new(edition: &Arc<Edition>, assumptions: &Assumptions, limits: Limits) -> Self {
        Self {
            edition: Arc::new(edition.assuming(assumptions)),
            limits,
            refusal_takes: assumptions.refusal_takes(),
            billing: Arc::new(edition.billing(assumptions)),
            first_token_noise: Arc::new(Law::noise(assumptions.first_token_noise())),
            speed_noise: Arc::new(Law::noise(assumptions.speed_noise())),
            assumptions: Arc::new(assumptions.clone()),
            course: Arc::default(),
            at_once: false,
        }
    }

    /// The same, with what happens meanwhile, whatever the order. Without limits nothing of it
    /// does: [`Limits::Off`] is the service on its best day.
    #[must_use]
    pub fn with_course(self, happenings: Arc<[Happening]>) -> Self {
        let course = match self.limits {
            Limits::Off => Arc::default(),
            Limits::Published => sorted(happenings),
        };
        Self { course, ..self }
    }

    /// The same service, of which every answer and every refusal is there the moment it is asked for.
    #[must_use]
    pub fn at_once(self) -> Self {
        Self { refusal_takes: Span::ZERO, at_once: true, ..self }
    }

    pub(crate) const fn is_at_once(&self) -> bool {
        self.at_once
    }

    /// The reply to a request that failed in this way, as the edition has it: with what it shows of
    /// the limits, or without.
    #[cold]
    pub(crate) fn error(&self, kind: ErrorKind, shows: Shows) -> Reply {
        let words = self.edition.error(kind);
        let shows = if words.headers { shows } else { Shows::default() };
        Reply { status: words.status, shows, error: Some(kind), usage: Usage::default() }
    }

    pub(crate) fn pace(&self, model: &Model) -> Pace {
        if self.is_at_once() {
            return Pace::none(&self.first_token_noise, &self.speed_noise);
        }
        let latency: Latency = self.edition.latency(model, &self.assumptions);
        Pace::new(&latency, &self.first_token_noise, &self.speed_noise)
    }
}

/// The same happenings in the order of their instants; of those at one instant the order stays.
fn sorted(happenings: Arc<[Happening]>) -> Arc<[Happening]> {
    if happenings.is_sorted_by_key(|happening| happening.at) {
        return happenings;
    }
    let mut sorted = happenings.to_vec();
    sorted.sort_by_key(|happening| happening.at);
    sorted.into()
}
