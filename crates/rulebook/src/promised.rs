//! What an edition promises of one model on one tier: its limits, their meters, what responses show
//! of them, and how long answers take.
//!
//! A model goes by its class of work. Chat and completions have the tier's own row; every other
//! class has rows of its own, and is off the ladder where those say nothing.

use limits::{Algorithm, Label, Policy, Rate, Requests, Span, Tokens};
use wire::Rate10;

use crate::assumptions::Assumptions;
use crate::edition::{Edition, Latency, Model, Published, labels};
use crate::fact::Certainty;
use crate::rows::{ANY_ROW, LADDER_ROW, Limit, Noted, OwnLimits, Rows, TierRow};
use crate::shows::{ShownDynamic, Wording};
use crate::tier::Tier;
use crate::work::{Unit, Work};

/// A limit that holds, and what says so.
struct Held<'e, U> {
    rate: Rate<U>,
    fact: &'e str,
    by: Option<&'e Noted<Algorithm>>,
    /// Whether it is the model's own.
    own: bool,
}

/// What the rows of a model say of a tier.
enum Row<'e, U> {
    /// Its own limit.
    Held(Held<'e, U>),
    /// No exception: the usual limit holds.
    AsUsual,
    /// Nothing: nobody gives a number.
    Nothing,
}

impl Edition {
    /// What was published for a model on a tier; `None` where nobody gives a number, so that the
    /// tier is no rung for this model. For a past hour it is the rate with which a run begins.
    #[must_use]
    pub fn published(&self, tier: &Tier, model: &Model, given: &Assumptions) -> Option<Published> {
        if tier.past_hour().is_some() {
            return self.published_by_past(tier, model, given);
        }
        let row = self.rows.get(&tier.name)?;
        let requests = self.requests_of(row, tier, model, given)?;
        let tokens = self.tokens_of(row, tier, model, given);
        let by = requests.by.or(self.window.by.as_ref());
        let tokens_by = tokens.as_ref().and_then(|tokens| tokens.by);
        let facts = core::iter::once(requests.fact)
            .chain(tokens.as_ref().map(|tokens| tokens.fact))
            .chain([by, tokens_by].into_iter().flatten().map(|by| by.fact.as_str()))
            .chain(row.concurrent.as_ref().map(|most| most.fact.as_str()));
        Some(Published {
            requests: requests.rate,
            unit: Edition::unit(model, given),
            tokens: tokens.as_ref().map(|tokens| tokens.rate),
            own: requests.own,
            hard: true,
            window: self.window.of(requests.rate),
            algorithm: by.map_or(Algorithm::Opened, |by| by.value),
            token_algorithm: tokens_by.map(|by| by.value),
            concurrent: row.concurrent.as_ref().map(|most| most.value),
            facts: facts.map(str::to_owned).collect(),
        })
    }

    /// The window in which a limit on requests is counted: the edition's own, or the time of one request
    /// where that is longer and the edition has it so.
    #[must_use]
    pub fn window_of(&self, limit: Rate<Requests>) -> Span {
        self.window.of(limit)
    }

    /// The limit on requests: what was given, else the model's own, else that of its class.
    fn requests_of<'e>(
        &'e self,
        row: &'e TierRow,
        tier: &Tier,
        model: &Model,
        given: &Assumptions,
    ) -> Option<Held<'e, Requests>> {
        for one in self.given_for(tier, model) {
            if let Some((rate, fact)) = &one.requests {
                return Some(Held { rate: *rate, fact, by: None, own: one.is_of_a_model() });
            }
        }
        let own = self.models.get(model.name()).and_then(|facts| facts.limits.as_ref());
        match own.map(|limits| self.own_limit(limits, tier, given)) {
            Some(Row::Held(held)) => return Some(held),
            Some(Row::Nothing) => return None,
            Some(Row::AsUsual) | None => {}
        }
        let limit = if model.work() == Work::Chat {
            row.requests(given)?
        } else {
            self.row_of(&self.works.get(&model.work())?.requests, tier)?
        };
        self.held(limit, false)
    }

    /// The limit on tokens, likewise.
    fn tokens_of<'e>(
        &'e self,
        row: &'e TierRow,
        tier: &Tier,
        model: &Model,
        given: &Assumptions,
    ) -> Option<Held<'e, Tokens>> {
        if !model.work().counts_tokens() {
            return None;
        }
        for one in self.given_for(tier, model) {
            if let Some((rate, fact)) = &one.tokens {
                return Some(Held { rate: *rate, fact, by: None, own: one.is_of_a_model() });
            }
        }
        let own = self.models.get(model.name()).and_then(|facts| facts.tokens.as_ref());
        let held = own.and_then(|rows| self.held(self.row_of(rows, tier)?, true));
        if held.is_some() {
            return held;
        }
        let limit = if model.work() == Work::Chat {
            row.tokens(given)?
        } else {
            self.row_of(self.works.get(&model.work())?.tokens.as_ref()?, tier)?
        };
        self.held(limit, false)
    }

    /// What a limit is on the edition's day.
    fn held<'e, U: limits::Unit>(&self, limit: &'e Limit<U>, own: bool) -> Option<Held<'e, U>> {
        let rate = limit.on(self.day())?;
        Some(Held { rate, fact: &limit.fact, by: limit.by.as_ref(), own })
    }

    /// What the limit on a model's requests counts.
    #[must_use]
    pub fn unit(model: &Model, given: &Assumptions) -> Unit {
        if model.work() == Work::Image { given.image_unit() } else { Unit::Requests }
    }

    /// The limiter's policy for a model on a tier: requests (or the model's own) first, then the
    /// tokens that decide unless none do, then those that are shown; nothing at all where no limit
    /// is hard. `None` as in [`Edition::published`].
    #[must_use]
    pub fn policy(&self, tier: &Tier, model: &Model, given: &Assumptions) -> Option<Policy> {
        // Every combination was built when the edition was read, so none fails.
        self.enforced(&self.published(tier, model, given)?, given)
    }

    /// What responses show of that policy. `None` as in [`Edition::published`].
    #[must_use]
    pub fn wording(&self, tier: &Tier, model: &Model, given: &Assumptions) -> Option<Wording> {
        self.wording_of(&self.published(tier, model, given)?, model, given)
    }

    /// What responses show of any limits; none where they make no policy.
    pub(crate) fn wording_of(
        &self,
        published: &Published,
        model: &Model,
        given: &Assumptions,
    ) -> Option<Wording> {
        let second = Span::from_secs(1).nanos();
        let unit = self.shown.unit;
        let per_unit = published.requests.scaled(unit.nanos(), second);
        let policy = self.enforced(published, given)?;
        let index_of = |label: Label| policy.meters().iter().position(|m| m.label() == label);
        let whole = |tokens: u64| Rate10::whole(u32::try_from(tokens).unwrap_or(u32::MAX));
        let without_tokens = self.shown.without_tokens.filter(|_| !model.work().counts_tokens());
        let limit_tokens = published.tokens.map(|tokens| whole(tokens.over(unit)));
        Some(Wording {
            limit: Rate10(per_unit.in_1e10_per_second()),
            limit_tokens: limit_tokens.or(without_tokens.map(Rate10::whole)),
            gate: index_of(labels::TOKENS),
            shown_tokens: index_of(labels::SHOWN_TOKENS),
            without_tokens,
            token_reset: given.token_reset(),
            rounding: self.shown.reset,
            hint: self.shown.hint,
            on: self.shown.on,
            dynamic: self.dynamic.is_some().then(|| ShownDynamic {
                rates: !self.headers.limit_dynamic.is_empty(),
                unit,
                reset: given.dynamic_reset(),
                hint: given.dynamic_hint(),
            }),
        })
    }

    /// The policy of limits that refuse, or of none; `None` where they make no policy.
    fn enforced(&self, published: &Published, given: &Assumptions) -> Option<Policy> {
        if !published.hard {
            return Some(Policy::unlimited());
        }
        self.policy_of(published, given).ok()
    }

    /// How long a model's answers take: its own figures, else those of no model in particular. Of
    /// work whose answers are no tokens nobody says so but for some pictures: the rest is an
    /// assumption of its class, for a whole request whatever its size.
    #[must_use]
    pub fn latency(&self, model: &Model, given: &Assumptions) -> Latency {
        let own = self.models.get(model.name()).map(|facts| &facts.latency);
        let own_first = own.and_then(|latency| latency.first_token.as_ref());
        let own_speed = own.and_then(|latency| latency.speed.as_ref());
        let first = own_first.unwrap_or(&self.latency.first_token);
        let speed = own_speed.unwrap_or(&self.latency.speed);
        let per_image = own.and_then(|latency| latency.per_image.as_ref());
        let mut latency = Latency {
            first_token: first.value,
            tokens_per_second: speed.value,
            prefill_per_token: given.prefill_per_token(),
            per_image: Span::ZERO,
            source: String::new(),
            certainty: Certainty::Assumed,
        };
        let assumed = model.work().takes().and_then(|name| Some((given.get(name)?, name)));
        let (takes, facts) = match (model.work(), per_image, assumed) {
            (Work::Image, Some(per_image), _) => (per_image.value, vec![&per_image.fact]),
            (_, _, Some((assumption, name))) => {
                latency.source.clone_from(&assumption.source);
                latency.certainty = assumption.certainty;
                (given.takes(name).unwrap_or(latency.first_token), Vec::new())
            }
            (_, _, None) => (first.value, vec![&first.fact, &speed.fact]),
        };
        if !model.work().answers_in_tokens() {
            latency.prefill_per_token = Span::ZERO;
        }
        if model.work() == Work::Image {
            (latency.first_token, latency.per_image) = (Span::ZERO, takes);
        } else {
            latency.first_token = takes;
        }
        let facts = facts.into_iter().filter_map(|id| self.fact(id));
        let mut sources: Vec<&str> = facts.clone().map(|fact| fact.source.as_str()).collect();
        sources.dedup();
        if !sources.is_empty() {
            latency.source = sources.join("; ");
            let certainty = facts.map(|fact| fact.certainty).max();
            latency.certainty = certainty.unwrap_or(Certainty::Assumed);
        }
        latency
    }

    /// What a model's own limits say of a tier.
    fn own_limit<'e>(
        &'e self,
        limits: &'e OwnLimits,
        tier: &Tier,
        given: &Assumptions,
    ) -> Row<'e, Requests> {
        let rows = match limits {
            OwnLimits::Rows(rows) => Some(rows),
            OwnLimits::By { assumption, variants } => {
                let chosen = given.get(assumption).or(self.assumptions.get(assumption));
                let value = chosen.map(|chosen| chosen.value.as_str());
                let variant = variants.iter().find(|(variant, _)| Some(variant.as_str()) == value);
                variant.map(|(_, rows)| rows)
            }
        };
        let Some(limit) = rows.and_then(|rows| self.row_of(rows, tier)) else {
            return Row::Nothing;
        };
        self.held(limit, true).map_or(Row::AsUsual, Row::Held)
    }

    /// The row that holds for a tier: its own, else the ladder's, else that of any tier.
    fn row_of<'e, U>(&self, rows: &'e Rows<U>, tier: &Tier) -> Option<&'e Limit<U>> {
        let row = |key: &str| rows.iter().find(|(row, _)| row == key).map(|(_, limit)| limit);
        let ladder = || if self.ladder.contains(tier) { row(LADDER_ROW) } else { None };
        row(&tier.name).or_else(ladder).or_else(|| row(ANY_ROW))
    }
}
