//! What an edition promises of one model on one tier: its limits, their meters, what responses show
//! of them, and how long answers take.
//!
//! A model goes by its class of work. Chat and completions have the tier's own row; every other
//! class has rows of its own, and is off the ladder where those say nothing.

use limits::{Algorithm, Label, Policy, Rate, Requests, Span};
use wire::Rate10;

use crate::assumptions::Assumptions;
use crate::edition::{
    ANY_ROW, Edition, LADDER_ROW, Latency, Limit, Model, OwnLimits, Published, Rows, Tier, TierRow,
    WindowRule, labels,
};
use crate::fact::Certainty;
use crate::shows::Wording;
use crate::work::{Unit, Work};

impl Edition {
    /// What was published for a model on a tier; `None` where nobody gives a number, so that the
    /// tier is no rung for this model.
    #[must_use]
    pub fn published(&self, tier: &Tier, model: &Model, given: &Assumptions) -> Option<Published> {
        let row = self.rows.get(&tier.name)?;
        let own = self.models.get(model.name()).and_then(|facts| facts.limits.as_ref());
        let rows = self.works.get(&model.work());
        let requests = match own {
            Some(limits) => self.own_limit(limits, tier, given)?,
            None if model.work() == Work::Chat => row.requests.as_ref()?,
            None => self.row_of(&rows?.requests, tier)?,
        };
        let tokens = if model.work() == Work::Chat {
            row.tokens.as_ref()
        } else {
            rows.and_then(|rows| rows.tokens.as_ref()).and_then(|rows| self.row_of(rows, tier))
        };
        Some(self.published_of(row, model, (requests, own.is_some()), tokens, given))
    }

    fn published_of(
        &self,
        row: &TierRow,
        model: &Model,
        (requests, own): (&Limit<Requests>, bool),
        tokens: Option<&Limit<limits::Tokens>>,
        given: &Assumptions,
    ) -> Published {
        let by = requests.by.as_ref().or(self.window.by.as_ref());
        let tokens_by = tokens.and_then(|tokens| tokens.by.as_ref());
        let facts = core::iter::once(&requests.rate.fact)
            .chain(tokens.map(|tokens| &tokens.rate.fact))
            .chain([by, tokens_by].into_iter().flatten().map(|by| &by.fact))
            .chain(row.concurrent.as_ref().map(|most| &most.fact));
        Published {
            requests: requests.rate.value,
            unit: Edition::unit(model, given),
            tokens: tokens.map(|tokens| tokens.rate.value),
            own,
            window: self.window.of(requests.rate.value),
            algorithm: by.map_or(Algorithm::Opened, |by| by.value),
            token_algorithm: tokens_by.map(|by| by.value),
            concurrent: row.concurrent.as_ref().map(|most| most.value),
            facts: facts.cloned().collect(),
        }
    }

    /// What the limit on a model's requests counts.
    #[must_use]
    pub fn unit(model: &Model, given: &Assumptions) -> Unit {
        if model.work() == Work::Image { given.image_unit() } else { Unit::Requests }
    }

    /// The limiter's policy for a model on a tier: requests (or the model's own) first, then the
    /// tokens that decide unless none do, then those that are shown. `None` as in
    /// [`Edition::published`].
    #[must_use]
    pub fn policy(&self, tier: &Tier, model: &Model, given: &Assumptions) -> Option<Policy> {
        let published = self.published(tier, model, given)?;
        // Every combination was built when the edition was read, so this does not fail.
        self.policy_of(&published, given).ok()
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
        let policy = self.policy_of(published, given).ok()?;
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
        })
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

    /// The row of a model's own limits that holds for a tier.
    fn own_limit<'e>(
        &'e self,
        limits: &'e OwnLimits,
        tier: &Tier,
        given: &Assumptions,
    ) -> Option<&'e Limit<Requests>> {
        let rows = match limits {
            OwnLimits::Rows(rows) => rows,
            OwnLimits::By { assumption, variants } => {
                let chosen = &given.get(assumption).or(self.assumptions.get(assumption))?.value;
                &variants.iter().find(|(variant, _)| variant == chosen)?.1
            }
        };
        self.row_of(rows, tier)
    }

    /// The row that holds for a tier: its own, else the ladder's, else that of any tier.
    fn row_of<'e, U>(&self, rows: &'e Rows<U>, tier: &Tier) -> Option<&'e Limit<U>> {
        let row = |key: &str| rows.iter().find(|(row, _)| row == key).map(|(_, limit)| limit);
        let ladder = || if self.ladder.contains(tier) { row(LADDER_ROW) } else { None };
        row(&tier.name).or_else(ladder).or_else(|| row(ANY_ROW))
    }
}

impl WindowRule {
    /// The window of a limit: the usual length, or the time of one request where that is longer.
    pub(crate) fn of(&self, limit: Rate<Requests>) -> Span {
        let one_request = limit.per_span().nanos().div_ceil(limit.amount().0.max(1));
        let stretched = Span::from_nanos(one_request);
        if self.stretches { self.length.max(stretched) } else { self.length }
    }
}
