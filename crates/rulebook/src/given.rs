//! Limits that a file gives: ceilings that were negotiated, or that its author knows better.

use core::fmt;

use limits::{Rate, Requests, Tokens};

use crate::edition::{Edition, Model};
use crate::fact::{Certainty, Fact};
use crate::reading::quantity;
use crate::tier::Tier;

/// The source of the facts that a file gives.
const SOURCE: &str = "the scenario";

/// What a file says a tier allows, in place of what the edition says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GivenLimit {
    /// The tier, by name or another word for it.
    pub tier: String,
    /// The model it holds for; every model where there is none.
    pub model: Option<String>,
    /// Requests; as the edition has them where there are none.
    pub requests: Option<Rate<Requests>>,
    /// Tokens, prompt and answer together; as the edition has them where there are none.
    pub tokens: Option<Rate<Tokens>>,
}

/// A limit that cannot be given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GivenLimitError {
    /// Which of those given, from zero.
    pub index: usize,
    /// Why not.
    pub why: Ungivable,
}

/// Why a limit cannot be given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ungivable {
    /// The edition has no such tier; the names it has.
    UnknownTier(Vec<String>),
    /// The edition has no number of requests for it, and none is given.
    NoRequests,
    /// Nothing fits into it.
    Impossible(String),
}

impl fmt::Display for GivenLimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Ungivable::UnknownTier(known) => {
                write!(f, "this edition has no such tier, only {}", known.join(", "))
            }
            Ungivable::NoRequests => {
                f.write_str("nobody says how many requests this tier allows, so it must be given")
            }
            Ungivable::Impossible(why) => write!(f, "this limit cannot be enforced: {why}"),
        }
    }
}

impl core::error::Error for GivenLimitError {}

/// A limit that was given, as an edition keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    tier: String,
    model: Option<String>,
    pub(crate) requests: Option<(Rate<Requests>, String)>,
    pub(crate) tokens: Option<(Rate<Tokens>, String)>,
}

impl Edition {
    /// The edition with these limits in place of its own. The last that fits counts, and one for a
    /// model counts before one for every model.
    pub fn with_limits(&self, given: &[GivenLimit]) -> Result<Edition, GivenLimitError> {
        let mut edition = self.clone();
        for (index, limit) in given.iter().enumerate() {
            let refused = |why| GivenLimitError { index, why };
            let Some(tier) = self.tier(&limit.tier).filter(|_| self.has_tiers()) else {
                let known = self.tiers.iter().map(|tier| tier.name().to_owned()).collect();
                return Err(refused(Ungivable::UnknownTier(known)));
            };
            edition.give(index, &tier, limit);
            let model = edition.model(limit.model.as_deref().unwrap_or_default());
            let assumed = &self.assumptions;
            let Some(published) = edition.published(&tier, &model, assumed) else {
                return Err(refused(Ungivable::NoRequests));
            };
            if let Err(why) = edition.policy_of(&published, assumed) {
                return Err(refused(Ungivable::Impossible(why.to_string())));
            }
        }
        Ok(edition)
    }

    fn give(&mut self, index: usize, tier: &Tier, limit: &GivenLimit) {
        let id = |what: &str| format!("given.{}.{}.{what}", index + 1, tier.name());
        let requests = limit.requests.map(|rate| (rate, id("requests")));
        let tokens = limit.tokens.map(|rate| (rate, id("tokens")));
        let written = [
            requests.as_ref().map(|(rate, id)| (Some(*rate), id)),
            tokens
                .as_ref()
                .map(|(rate, id)| (Rate::every(Requests(rate.amount().0), rate.per_span()), id)),
        ];
        for (rate, id) in written.into_iter().flatten() {
            self.facts.push(Fact {
                id: id.clone(),
                value: rate.map(quantity::rate_text).unwrap_or_default(),
                source: SOURCE.to_owned(),
                date: "as given".to_owned(),
                certainty: Certainty::Assumed,
                at_least: None,
                at_most: None,
                note: limit.model.as_ref().map(|model| format!("for {model} alone")),
            });
        }
        let (tier, model) = (tier.name().to_owned(), limit.model.clone());
        self.given.push(Given { tier, model, requests, tokens });
    }

    /// What was given for a model on a tier: that for the model first.
    pub(crate) fn given_for(&self, tier: &Tier, model: &Model) -> impl Iterator<Item = &Given> {
        let of = |named: bool| {
            self.given.iter().rev().filter(move |given| {
                let meant = given.model.as_deref();
                let fits = if named { meant == Some(model.name()) } else { meant.is_none() };
                fits && given.tier == tier.name()
            })
        };
        of(true).chain(of(false))
    }
}

impl Given {
    /// Whether it is for one model.
    pub(crate) const fn is_of_a_model(&self) -> bool {
        self.model.is_some()
    }
}
