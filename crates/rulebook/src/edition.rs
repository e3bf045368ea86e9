//! One edition: what was promised at one time, and what a service and its clients make of it.

use core::fmt;
use std::collections::BTreeMap;

use limits::{Algorithm, Label, Policy, Rate, Requests, Span, Tokens};
use wire::{ErrorKind, Rate10, Status};

use crate::assumptions::{Assumptions, TokenGate};
use crate::errors::{ErrorWords, Errors, HeaderWords};
use crate::fact::{Certainty, Fact};
use crate::fault::Refused;
use crate::shows::{Rounding, ShownHint, Wording};
use crate::written;

/// The names under which meters refuse.
pub mod labels {
    use limits::Label;

    /// The tier's requests.
    pub const REQUESTS: Label = Label("requests");
    /// The model's own requests, in place of the tier's.
    pub const MODEL: Label = Label("model");
    /// What is in flight at once.
    pub const CONCURRENT: Label = Label("concurrent");
    /// The tokens that decide.
    pub const TOKENS: Label = Label("tokens");
    /// The tokens that responses show; they never refuse.
    pub const SHOWN_TOKENS: Label = Label("shown tokens");
}

/// A rung of the service's ladder, as one edition names it.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Tier {
    name: String,
    title: String,
}

impl Tier {
    pub(crate) fn new(name: &str, title: &str) -> Tier {
        Tier { name: name.to_owned(), title: title.to_owned() }
    }

    /// Its name in files: `build-2`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name on pages: `Tier 2`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// A model, by its id. Any id is a model; some have facts of their own.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Model(String);

impl Model {
    /// Its id: `meta-llama/Llama-3.3-70B-Instruct-Turbo`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The limits of one model on one tier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Published {
    /// Requests.
    pub requests: Rate<Requests>,
    /// Tokens, prompt and answer together; absent where they are unlimited.
    pub tokens: Option<Rate<Tokens>>,
    /// Whether `requests` is the model's own limit, in place of the tier's.
    pub own: bool,
    /// The window in which requests are counted; for a bucket the time in which it fills.
    pub window: Span,
    /// How requests are counted.
    pub algorithm: Algorithm,
    /// How the tokens that decide are counted, where the tier says so; else as their gate does.
    pub token_algorithm: Option<Algorithm>,
    /// The most requests in flight at once, where they are capped.
    pub concurrent: Option<Requests>,
    /// The facts behind all of these, by id: `requests` first, then `tokens`.
    pub facts: Vec<String>,
}

/// How long answers of one model take.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Latency {
    /// Median time to the first token of an answer to a short prompt.
    pub first_token: Span,
    /// Median speed after it.
    pub tokens_per_second: Rate<Tokens>,
    /// What each token of the prompt adds to the first.
    pub prefill_per_token: Span,
    /// Where the two medians come from.
    pub source: String,
    /// How sure the less sure of them is.
    pub certainty: Certainty,
}

/// What Together promised at one time, every number with its source.
#[derive(Clone, Debug)]
pub struct Edition {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) facts: Vec<Fact>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) ladder: Vec<Tier>,
    pub(crate) rows: BTreeMap<String, TierRow>,
    pub(crate) models: BTreeMap<String, ModelFacts>,
    pub(crate) window: WindowRule,
    pub(crate) gates: Vec<(TokenGate, Gate)>,
    pub(crate) shown: ShownRule,
    pub(crate) headers: HeaderWords,
    pub(crate) errors: Errors,
    pub(crate) latency: UsualLatency,
    pub(crate) assumptions: Assumptions,
}

/// A value with the fact it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Noted<T> {
    pub(crate) value: T,
    /// The fact's id.
    pub(crate) fact: String,
}

/// A limit, and how it is counted where it says so itself.
#[derive(Clone, Debug)]
pub(crate) struct Limit<U> {
    pub(crate) rate: Noted<Rate<U>>,
    pub(crate) by: Option<Noted<Algorithm>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct TierRow {
    pub(crate) also: Vec<String>,
    pub(crate) requests: Option<Limit<Requests>>,
    pub(crate) tokens: Option<Limit<Tokens>>,
    pub(crate) concurrent: Option<Noted<Requests>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ModelFacts {
    pub(crate) context: Option<Noted<u64>>,
    pub(crate) latency: LatencyFacts,
    pub(crate) limits: Option<OwnLimits>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct LatencyFacts {
    pub(crate) first_token: Option<Noted<Span>>,
    pub(crate) speed: Option<Noted<Rate<Tokens>>>,
}

/// The figures of no model in particular.
#[derive(Clone, Debug)]
pub(crate) struct UsualLatency {
    pub(crate) first_token: Noted<Span>,
    pub(crate) speed: Noted<Rate<Tokens>>,
}

/// A model's own limits of requests.
#[derive(Clone, Debug)]
pub(crate) enum OwnLimits {
    /// One set of rows.
    Rows(Rows),
    /// A set of rows for each value of an assumption.
    By { assumption: String, variants: Vec<(String, Rows)> },
}

/// Limits by tier, by `ladder`, or by `any`.
pub(crate) type Rows = Vec<(String, Limit<Requests>)>;

/// The row for every tier on the ladder that has none of its own.
pub(crate) const LADDER_ROW: &str = "ladder";
/// The row for every tier that has no other.
pub(crate) const ANY_ROW: &str = "any";

#[derive(Clone, Debug)]
pub(crate) struct WindowRule {
    pub(crate) length: Span,
    /// Whether a limit of less than one request in `length` has the window of one request.
    pub(crate) stretches: bool,
    /// How requests are counted where their limit does not say so itself.
    pub(crate) by: Option<Noted<Algorithm>>,
}

/// A window of `window` with the published tokens of `allows`.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) window: Span,
    pub(crate) allows: Span,
    /// How they are counted, where it says so.
    pub(crate) by: Option<Algorithm>,
}

#[derive(Clone, Debug)]
pub(crate) struct ShownRule {
    pub(crate) unit: Span,
    pub(crate) tokens: Span,
    pub(crate) reset: Rounding,
    pub(crate) hint: ShownHint,
}

impl Edition {
    /// Reads an edition, known as `name`, or says everything that is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<Edition, Refused> {
        written::edition(name, text)
    }

    /// The name it goes by: `2025-11`, or the path of a user's file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is about, in a few words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The TOML it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every fact, in the order of the text.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The fact with this id: `tiers.build-2.requests`.
    #[must_use]
    pub fn fact(&self, id: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.id == id)
    }

    /// The tier that a word means: its name, or another word for it, such as `tier2`.
    #[must_use]
    pub fn tier(&self, word: &str) -> Option<Tier> {
        let means = |name: &str, row: &TierRow| name == word || row.also.iter().any(|w| w == word);
        let (name, _) = self.rows.iter().find(|(name, row)| means(name, row))?;
        self.tiers.iter().find(|tier| tier.name == *name).cloned()
    }

    /// Every tier, in the order of the text.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The tiers that an account climbs by itself, lowest first.
    #[must_use]
    pub fn ladder(&self) -> &[Tier] {
        &self.ladder
    }

    /// The model with this id, known or not.
    #[must_use]
    pub fn model(&self, id: &str) -> Model {
        Model(id.to_owned())
    }

    /// Every model of which the edition knows something, in the order of ids.
    #[must_use]
    pub fn models(&self) -> Vec<Model> {
        self.models.keys().map(|id| Model(id.clone())).collect()
    }

    /// The most that prompt and answer may have together, where it is known.
    #[must_use]
    pub fn context(&self, model: &Model) -> Option<Tokens> {
        let facts = self.models.get(&model.0)?;
        facts.context.as_ref().map(|context| Tokens(context.value))
    }

    /// What was published for a model on a tier; `None` where nobody gives a number, so that the
    /// tier is no rung for this model.
    #[must_use]
    pub fn published(&self, tier: &Tier, model: &Model, given: &Assumptions) -> Option<Published> {
        let row = self.rows.get(&tier.name)?;
        let limits = self.models.get(&model.0).and_then(|facts| facts.limits.as_ref());
        let requests = match limits {
            Some(limits) => self.own_limit(limits, tier, given)?,
            None => row.requests.as_ref()?,
        };
        let by = requests.by.as_ref().or(self.window.by.as_ref());
        let tokens = row.tokens.as_ref();
        let tokens_by = tokens.and_then(|tokens| tokens.by.as_ref());
        let facts = core::iter::once(&requests.rate.fact)
            .chain(tokens.map(|tokens| &tokens.rate.fact))
            .chain([by, tokens_by].into_iter().flatten().map(|by| &by.fact))
            .chain(row.concurrent.as_ref().map(|most| &most.fact));
        Some(Published {
            requests: requests.rate.value,
            tokens: tokens.map(|tokens| tokens.rate.value),
            own: limits.is_some(),
            window: self.window.of(requests.rate.value),
            algorithm: by.map_or(Algorithm::Opened, |by| by.value),
            token_algorithm: tokens_by.map(|by| by.value),
            concurrent: row.concurrent.as_ref().map(|most| most.value),
            facts: facts.cloned().collect(),
        })
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
        let published = self.published(tier, model, given)?;
        let second = Span::from_secs(1).nanos();
        let unit = self.shown.unit;
        let per_unit = published.requests.scaled(unit.nanos(), second);
        let policy = self.policy_of(&published, given).ok()?;
        let index_of = |label: Label| policy.meters().iter().position(|m| m.label() == label);
        let whole = |tokens: u64| Rate10::whole(u32::try_from(tokens).unwrap_or(u32::MAX));
        Some(Wording {
            limit: Rate10(per_unit.in_1e10_per_second()),
            limit_tokens: published.tokens.map(|tokens| whole(tokens.over(unit))),
            gate: index_of(labels::TOKENS),
            shown_tokens: index_of(labels::SHOWN_TOKENS),
            token_reset: given.token_reset(),
            rounding: self.shown.reset,
            hint: self.shown.hint,
        })
    }

    /// How long a model's answers take: its own figures, else those of no model in particular.
    #[must_use]
    pub fn latency(&self, model: &Model, given: &Assumptions) -> Latency {
        let own = self.models.get(&model.0).map(|facts| &facts.latency);
        let own_first = own.and_then(|latency| latency.first_token.as_ref());
        let own_speed = own.and_then(|latency| latency.speed.as_ref());
        let first = own_first.unwrap_or(&self.latency.first_token);
        let speed = own_speed.unwrap_or(&self.latency.speed);
        let facts = [&first.fact, &speed.fact].into_iter().filter_map(|id| self.fact(id));
        let mut sources: Vec<&str> = facts.clone().map(|fact| fact.source.as_str()).collect();
        sources.dedup();
        Latency {
            first_token: first.value,
            tokens_per_second: speed.value,
            prefill_per_token: given.prefill_per_token(),
            source: sources.join("; "),
            certainty: facts.map(|fact| fact.certainty).max().unwrap_or(Certainty::Assumed),
        }
    }

    /// The names of its headers.
    #[must_use]
    pub fn words(&self) -> &HeaderWords {
        &self.headers
    }

    /// The response to a request that failed in this way. An edition without dynamic limits words
    /// those as the plain limit of the same dimension.
    #[must_use]
    pub fn error(&self, kind: ErrorKind) -> &ErrorWords {
        self.errors.of(kind)
    }

    /// What went wrong, as a stranger tells it who has the status, `error.type`, `error.code` and
    /// `error.message`, each as far as there is one.
    ///
    /// The kinds of that status whose type and code are the same come first. If that is one, it is
    /// meant; of several, the one whose message fits: its fixed text occurs in order, whatever
    /// fills its places. Where neither type nor code is known here the message alone can tell; but
    /// without a type the only kind of a status is meant whatever the message.
    ///
    /// Kinds that share every word are told as the first of [`ErrorKind::ALL`]: a prompt that is
    /// too long as [`ErrorKind::Invalid`], where it is worded like other bad input. `None` where
    /// nothing fits, or several do: a client then has the status and no more.
    #[must_use]
    pub fn recognise(
        &self,
        status: Status,
        kind: Option<&str>,
        code: Option<&str>,
        message: Option<&str>,
    ) -> Option<ErrorKind> {
        self.errors.recognise(status, kind, code, message)
    }

    /// What it supposes where nobody says.
    #[must_use]
    pub fn assumptions(&self) -> Assumptions {
        self.assumptions.clone()
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
        let row = |key: &str| rows.iter().find(|(row, _)| row == key).map(|(_, limit)| limit);
        let ladder = || if self.ladder.contains(tier) { row(LADDER_ROW) } else { None };
        row(&tier.name).or_else(ladder).or_else(|| row(ANY_ROW))
    }
}

impl WindowRule {
    /// The window of a limit: the usual length, or the time of one request where that is longer.
    fn of(&self, limit: Rate<Requests>) -> Span {
        let one_request = limit.per_span().nanos().div_ceil(limit.amount().0.max(1));
        let stretched = Span::from_nanos(one_request);
        if self.stretches { self.length.max(stretched) } else { self.length }
    }
}
