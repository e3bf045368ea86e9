//! What an edition keeps of its text: values with their facts, limits by tier and by date.

use limits::{Algorithm, Rate, Requests, Span, Tokens};

use crate::assumptions::{Assumptions, TokenGate};
use crate::forms::Form;
use crate::listed::{Either, ModelPrices};
use crate::shows::{Rounding, ShownHint, ShownOn};
use crate::work::Work;

/// A value with the fact it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Noted<T> {
    pub(crate) value: T,
    /// The fact's id.
    pub(crate) fact: String,
}

/// A limit as it is today, or as it moved; and how it is counted where it says so itself.
#[derive(Clone, Debug)]
pub(crate) struct Limit<U> {
    /// Never empty; in the order of their dates.
    pub(crate) steps: Vec<Step<U>>,
    /// The fact's id.
    pub(crate) fact: String,
    pub(crate) by: Option<Noted<Algorithm>>,
}

/// What a limit is from one day on.
#[derive(Clone, Debug)]
pub(crate) struct Step<U> {
    /// The day; none where it holds for good.
    pub(crate) from: Option<String>,
    /// None: there is no exception, and the row holds that would hold without this one.
    pub(crate) rate: Option<Rate<U>>,
}

impl<U: limits::Unit> Limit<U> {
    /// What it is on a day, or in the end where none is given; `None` before its first day, and
    /// where it is no exception.
    pub(crate) fn on(&self, day: Option<&str>) -> Option<Rate<U>> {
        let begun = |step: &&Step<U>| match (&step.from, day) {
            (Some(from), Some(day)) => from.as_str() <= day,
            (None, _) | (_, None) => true,
        };
        self.steps.iter().rev().find(begun)?.rate
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct TierRow {
    pub(crate) also: Vec<String>,
    /// None where nobody gives a number.
    pub(crate) requests: Option<Limit<Requests>>,
    pub(crate) tokens: Option<Limit<Tokens>>,
    pub(crate) concurrent: Option<Noted<Requests>>,
    /// What an account must have spent to be on it.
    pub(crate) spend: Option<Noted<String>>,
    /// Its limits where an assumption chooses them.
    pub(crate) by: Option<TierBy>,
}

/// A tier's limits for each value of an assumption.
#[derive(Clone, Debug)]
pub(crate) struct TierBy {
    pub(crate) assumption: String,
    pub(crate) variants: Vec<TierVariant>,
}

#[derive(Clone, Debug)]
pub(crate) struct TierVariant {
    pub(crate) value: String,
    pub(crate) requests: Option<Limit<Requests>>,
    pub(crate) tokens: Option<Limit<Tokens>>,
}

impl TierRow {
    /// Its limit on requests, where somebody gives a number.
    pub(crate) fn requests(&self, given: &Assumptions) -> Option<&Limit<Requests>> {
        let chosen = || self.chosen(given)?.requests.as_ref();
        self.requests.as_ref().or_else(chosen)
    }

    /// Its limit on tokens, likewise.
    pub(crate) fn tokens(&self, given: &Assumptions) -> Option<&Limit<Tokens>> {
        let chosen = || self.chosen(given)?.tokens.as_ref();
        self.tokens.as_ref().or_else(chosen)
    }

    fn chosen(&self, given: &Assumptions) -> Option<&TierVariant> {
        let by = self.by.as_ref()?;
        let value = &given.get(&by.assumption)?.value;
        by.variants.iter().find(|variant| variant.value == *value)
    }

    /// Whether this assumption chooses its limits.
    pub(crate) fn chosen_by(&self, name: &str) -> bool {
        self.by.as_ref().is_some_and(|by| by.assumption == name)
    }
}

/// What every tier allows of a class of work that has rows of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkRows {
    pub(crate) requests: Rows<Requests>,
    /// None where tokens do not count.
    pub(crate) tokens: Option<Rows<Tokens>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ModelFacts {
    pub(crate) work: Option<Noted<Work>>,
    pub(crate) context: Option<Noted<u64>>,
    /// The lowest tier that has access, by name.
    pub(crate) from: Option<Noted<String>>,
    pub(crate) latency: LatencyFacts,
    pub(crate) limits: Option<OwnLimits>,
    /// Its own limits of tokens, where it has some; a tier without a row has its usual ones.
    pub(crate) tokens: Option<Rows<Tokens>>,
    pub(crate) prices: ModelPrices,
    pub(crate) form: Form,
}

impl ModelFacts {
    /// Whether this assumption chooses its price.
    pub(crate) fn priced_by(&self, name: &str) -> bool {
        let chooser = self.prices.price.as_ref().and_then(Either::chooser);
        chooser.is_some_and(|(assumption, _)| assumption == name)
    }

    /// Whether it does work of this class.
    pub(crate) fn does(&self, work: Work) -> bool {
        self.work.as_ref().map_or(Work::Chat, |own| own.value) == work
    }

    /// Whether this assumption chooses its limits.
    pub(crate) fn chosen_by(&self, name: &str) -> bool {
        matches!(&self.limits, Some(OwnLimits::By { assumption, .. }) if assumption == name)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct LatencyFacts {
    pub(crate) first_token: Option<Noted<Span>>,
    pub(crate) speed: Option<Noted<Rate<Tokens>>>,
    pub(crate) per_image: Option<Noted<Span>>,
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
    Rows(Rows<Requests>),
    /// A set of rows for each value of an assumption.
    By { assumption: String, variants: Vec<(String, Rows<Requests>)> },
}

/// Limits by tier, by `ladder`, or by `any`.
pub(crate) type Rows<U> = Vec<(String, Limit<U>)>;

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

impl WindowRule {
    /// The window of a limit: the usual length, or the time of one request where that is longer.
    pub(crate) fn of(&self, limit: Rate<Requests>) -> Span {
        let one_request = limit.per_span().nanos().div_ceil(limit.amount().0.max(1));
        let stretched = Span::from_nanos(one_request);
        if self.stretches { self.length.max(stretched) } else { self.length }
    }
}

/// A window of `window` with the published tokens of `allows`.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) window: Span,
    pub(crate) allows: Span,
    /// How they are counted, where it says so.
    pub(crate) by: Option<Algorithm>,
}

/// The gates of an edition, by the value of the assumption that chooses one.
pub(crate) type Gates = Vec<(TokenGate, Gate)>;

#[derive(Clone, Debug)]
pub(crate) struct ShownRule {
    pub(crate) on: ShownOn,
    pub(crate) unit: Span,
    pub(crate) tokens: Span,
    /// What is shown in place of tokens where they do not count.
    pub(crate) without_tokens: Option<u32>,
    pub(crate) reset: Rounding,
    pub(crate) hint: ShownHint,
}
