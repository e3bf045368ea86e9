//! Limits that grow from what an account did in the past hour.
//!
//! A dynamic rate refuses nothing. It says whose fault it is when capacity lacks: up to it the
//! service answers for that, above it the client does.

use limits::{Algorithm, Meter, Policy, Quota, Rate, Requests, Span, Tokens};

use crate::assumptions::{Assumptions, Cap};
use crate::edition::{Edition, Model, Published, labels};
use crate::rows::Noted;
use crate::tier::Tier;

/// How fast requests succeeded in the hour before a moment, and how many tokens they used.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct PastHour {
    /// Successful requests.
    pub requests: Rate<Requests>,
    /// Their tokens, of prompt and answer together.
    pub tokens: Rate<Tokens>,
}

impl PastHour {
    /// Nothing at all.
    pub const NOTHING: PastHour = PastHour {
        requests: Rate::new(Requests(0), limits::Per::Hour),
        tokens: Rate::new(Tokens(0), limits::Per::Hour),
    };

    /// Requests at this rate, of so many tokens each.
    #[must_use]
    pub fn of(requests: Rate<Requests>, tokens_each: u64) -> PastHour {
        let as_tokens = Rate::every(Tokens(requests.amount().0), requests.per_span());
        let tokens = as_tokens.map_or(PastHour::NOTHING.tokens, |rate| rate.scaled(tokens_each, 1));
        PastHour { requests, tokens }
    }
}

impl Default for PastHour {
    fn default() -> PastHour {
        PastHour::NOTHING
    }
}

/// The dynamic rates of one account for one model.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct Rates {
    /// Requests.
    pub requests: Rate<Requests>,
    /// Tokens, of prompt and answer together.
    pub tokens: Rate<Tokens>,
}

/// How the dynamic rates of one model on one tier follow from the past.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct Dynamic {
    /// In billionths.
    factor: u64,
    base: Rates,
    most_requests: Option<Rate<Requests>>,
    most_tokens: Option<Rate<Tokens>>,
    /// How far back the past reaches.
    pub horizon: Span,
}

impl Dynamic {
    /// The rates after such a past: a multiple of it, at least the base and at most the cap, which
    /// is the stronger of the two.
    #[must_use]
    pub fn rates(&self, past: PastHour) -> Rates {
        let requests = past.requests.scaled(self.factor, ONE).max(self.base.requests);
        let tokens = past.tokens.scaled(self.factor, ONE).max(self.base.tokens);
        Rates {
            requests: self.most_requests.map_or(requests, |most| requests.min(most)),
            tokens: self.most_tokens.map_or(tokens, |most| tokens.min(most)),
        }
    }
}

/// One, in billionths.
const ONE: u64 = 1_000_000_000;

/// What an edition says of dynamic rates.
#[derive(Clone, Debug)]
pub(crate) struct DynamicRules {
    pub(crate) base_requests: Noted<Rate<Requests>>,
    pub(crate) base_tokens: Noted<Rate<Tokens>>,
    pub(crate) horizon: Noted<Span>,
    pub(crate) token_window: Noted<Span>,
}

impl Edition {
    /// How the dynamic rates of a model on a tier follow from the past; `None` in an edition that
    /// knows none.
    #[must_use]
    pub fn dynamic(&self, tier: &Tier, model: &Model, given: &Assumptions) -> Option<Dynamic> {
        let rules = self.dynamic.as_ref()?;
        let published = if self.has_tiers() { self.published(tier, model, given) } else { None };
        let of_tier = published.as_ref();
        Some(Dynamic {
            factor: given.dynamic_factor(),
            base: Rates { requests: rules.base_requests.value, tokens: rules.base_tokens.value },
            most_requests: match given.dynamic_cap() {
                Cap::Tier => of_tier.map(|published| published.requests),
                Cap::At(most) => Some(most),
            },
            most_tokens: match given.dynamic_token_cap() {
                Cap::Tier => of_tier.and_then(|published| published.tokens),
                Cap::At(most) => Rate::every(Tokens(most.amount().0), most.per_span()),
            },
            horizon: rules.horizon.value,
        })
    }

    /// What holds for a model after such a past where limits are dynamic and nothing else; as
    /// [`Edition::published`] on a tier.
    #[must_use]
    pub fn published_after(
        &self,
        tier: &Tier,
        past: PastHour,
        model: &Model,
        given: &Assumptions,
    ) -> Option<Published> {
        if tier.past_hour().is_none() {
            return self.published(tier, model, given);
        }
        let rules = self.dynamic.as_ref()?;
        let rates = self.dynamic(tier, model, given)?.rates(past);
        let tokens = model.work().counts_tokens().then_some(rates.tokens);
        let facts = [&rules.base_requests.fact, &rules.base_tokens.fact, &rules.horizon.fact];
        Some(Published {
            requests: rates.requests,
            unit: Edition::unit(model, given),
            tokens,
            own: false,
            hard: false,
            window: self.window.of(rates.requests),
            algorithm: Algorithm::Opened,
            token_algorithm: None,
            concurrent: None,
            facts: facts.into_iter().cloned().collect(),
        })
    }

    /// The same before anything is known of tokens: the rate of requests with which a run on this
    /// past hour begins.
    pub(crate) fn published_by_past(
        &self,
        tier: &Tier,
        model: &Model,
        given: &Assumptions,
    ) -> Option<Published> {
        let past = PastHour { requests: tier.past_hour()?, ..PastHour::NOTHING };
        let published = self.published_after(tier, past, model, given)?;
        Some(Published { tokens: None, ..published })
    }

    /// Meters that tell what is above the dynamic rates from what is not: requests as the edition
    /// counts them, tokens over its token window. Where such a meter refuses, nothing is refused:
    /// the request is above.
    #[must_use]
    pub fn dynamic_policy(&self, rates: Rates, model: &Model) -> Policy {
        let mut meters = Vec::with_capacity(2);
        let window = self.window.of(rates.requests);
        if let Ok(quota) = Quota::requests_per_window(rates.requests, window) {
            meters.push(Meter::by(Algorithm::Opened, labels::DYNAMIC_REQUESTS, quota));
        }
        let token_window = self.dynamic.as_ref().map(|rules| rules.token_window.value);
        if let Some(window) = token_window.filter(|_| model.work().counts_tokens())
            && let Ok(quota) = Quota::tokens_per_window(rates.tokens, window)
        {
            let meter = Meter::by(Algorithm::Opened, labels::DYNAMIC_TOKENS, quota);
            meters.push(meter.at_completion());
        }
        // Two meters that open their own windows always make a policy.
        Policy::new(&meters).unwrap_or(Policy::unlimited())
    }
}
