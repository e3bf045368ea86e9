//! What is supposed where nobody says, by name, with what else might be true.
//!
//! An assumption that something reads can be set, to one of its alternatives or, where it is a
//! quantity, to any other amount. One that nothing reads is only stated: it has no alternatives,
//! so that no file can choose what would change nothing.

use core::fmt;

use limits::{Debt, Rate, Requests, Span, Tokens};

use crate::capacity::Millionths;
use crate::fact::Certainty;
use crate::reading::quantity;
use crate::work::Unit;

mod taken;

use taken::Read;
pub(crate) use taken::{Needed, Takes};

/// One thing that is supposed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assumption {
    /// Its name, as written under `[assume]`: `token_gate`.
    pub name: String,
    /// What is supposed now.
    pub value: String,
    /// What else may be supposed, in the edition's order; none where it is only stated.
    pub alternatives: Vec<String>,
    /// How sure the edition is of its own value.
    pub certainty: Certainty,
    /// One sentence on what it means.
    pub says: String,
    /// Where the edition's own value comes from.
    pub source: String,
    /// Every value the edition knows, its own first.
    choices: Vec<String>,
}

impl Assumption {
    /// An assumption as an edition states it: `others` are the values beside its own.
    pub(crate) fn new(name: &str, value: &str, others: &[&str], from: Origin) -> Assumption {
        let owned = |word: &&str| (*word).to_owned();
        let others = others.iter().filter(|other| **other != value);
        Assumption {
            name: name.to_owned(),
            value: value.to_owned(),
            alternatives: others.clone().map(owned).collect(),
            certainty: from.certainty,
            says: from.says,
            source: from.source,
            choices: core::iter::once(&value).chain(others).map(owned).collect(),
        }
    }

    /// Every value the edition knows, its own first.
    #[must_use]
    pub fn choices(&self) -> &[String] {
        &self.choices
    }

    fn set(&mut self, value: &str) {
        value.clone_into(&mut self.value);
        self.alternatives =
            self.choices.iter().filter(|choice| **choice != self.value).cloned().collect();
    }
}

/// Why an edition supposes something.
pub(crate) struct Origin {
    pub(crate) certainty: Certainty,
    pub(crate) says: String,
    pub(crate) source: String,
}

/// A set of assumptions: an edition's own, or those of one scenario.
#[derive(Clone, Debug)]
pub struct Assumptions {
    list: Vec<Assumption>,
    read: Read,
}

impl Assumptions {
    /// All of them, in the order of the edition.
    pub fn iter(&self) -> impl Iterator<Item = &Assumption> {
        self.list.iter()
    }

    /// The one with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Assumption> {
        self.list.iter().find(|assumption| assumption.name == name)
    }

    /// The same, with one of them set to another value.
    pub fn with(&self, name: &str, value: &str) -> Result<Assumptions, AssumptionError> {
        let mut changed = self.clone();
        let Some(assumption) = changed.list.iter_mut().find(|one| one.name == name) else {
            let known = self.list.iter().map(|one| one.name.clone()).collect();
            return Err(AssumptionError::UnknownName { name: name.to_owned(), known });
        };
        let takes = Takes::of(name);
        let listed = assumption.choices.iter().any(|choice| choice == value);
        let amount = !assumption.alternatives.is_empty() && takes.is_amount(value);
        if !listed && !amount {
            return Err(AssumptionError::UnknownValue {
                name: name.to_owned(),
                value: value.to_owned(),
                alternatives: assumption.choices.clone(),
                or: (!assumption.alternatives.is_empty()).then(|| takes.form()).flatten(),
            });
        }
        assumption.set(value);
        changed.read.take(name, value);
        Ok(changed)
    }

    /// What decides about tokens.
    #[must_use]
    pub fn token_gate(&self) -> TokenGate {
        self.read.token_gate
    }

    /// What becomes of tokens charged above a window's capacity.
    #[must_use]
    pub fn token_debt(&self) -> Debt {
        if self.read.debt_carried { Debt::Carried } else { Debt::Forgotten }
    }

    /// Which window's end a refusal by tokens shows.
    #[must_use]
    pub fn token_reset(&self) -> TokenReset {
        self.read.token_reset
    }

    /// From the arrival of a request to the arrival of its refusal at the client.
    #[must_use]
    pub fn refusal_takes(&self) -> Span {
        self.read.refusal_takes
    }

    /// Standard deviation of the logarithm of the time to the first token.
    #[must_use]
    pub fn first_token_noise(&self) -> f64 {
        self.read.first_token_noise
    }

    /// Standard deviation of the logarithm of the speed of an answer.
    #[must_use]
    pub fn speed_noise(&self) -> f64 {
        self.read.speed_noise
    }

    /// What each token of a prompt adds to the median time to the first token.
    #[must_use]
    pub fn prefill_per_token(&self) -> Span {
        self.read.prefill_per_token
    }

    /// What a limit on pictures counts.
    #[must_use]
    pub fn image_unit(&self) -> Unit {
        self.read.image_unit
    }

    /// How many gateways count, each for itself and each with the whole limit.
    #[must_use]
    pub fn gateway_replicas(&self) -> u32 {
        self.read.gateway_replicas
    }

    /// Which of them a request comes to.
    #[must_use]
    pub fn routing(&self) -> Routing {
        self.read.routing
    }

    /// The share of requests that the service fails for reasons of its own.
    #[must_use]
    pub fn background_failures(&self) -> Millionths {
        self.read.background_failures
    }

    /// From the arrival of a request to such a failure.
    #[must_use]
    pub fn failure_takes(&self) -> Span {
        self.read.failure_takes
    }

    /// The business days that a tier takes from being asked for to being granted; `None` where the
    /// edition grants none.
    #[must_use]
    pub fn grant_takes(&self) -> Option<u32> {
        self.read.grant_takes
    }

    /// How long a replica of a dedicated endpoint takes to start.
    #[must_use]
    pub fn endpoint_starts(&self) -> Span {
        self.read.endpoint_starts
    }

    /// The longest that a request waits for its turn at a dedicated endpoint.
    #[must_use]
    pub fn endpoint_queue(&self) -> Span {
        self.read.endpoint_queue
    }

    /// Whether the key of an account on the lowest tier cannot be used at all.
    pub(crate) const fn limited_has_no_key(&self) -> bool {
        self.read.limited_has_no_key
    }

    /// The window in which requests are counted a second time, where they are.
    pub(crate) fn requests_window_too(&self) -> Option<Span> {
        self.read.requests_per_minute_too.then(|| limits::Per::Minute.span())
    }

    /// What a model works off for everybody together; `None` without bound.
    pub(crate) const fn model_capacity(&self) -> Option<Rate<Tokens>> {
        self.read.model_capacity
    }

    /// The longest that a request waits for capacity.
    pub(crate) const fn capacity_buffer(&self) -> Span {
        self.read.capacity_buffer
    }

    /// The share of capacity that others use.
    pub(crate) const fn other_tenants(&self) -> Millionths {
        self.read.other_tenants
    }

    /// What the past hour is multiplied by, in billionths.
    pub(crate) const fn dynamic_factor(&self) -> u64 {
        self.read.dynamic_factor
    }

    /// The highest dynamic rate of requests.
    pub(crate) const fn dynamic_cap(&self) -> Cap {
        self.read.dynamic_cap
    }

    /// The highest dynamic rate of tokens, as a rate of that many.
    pub(crate) const fn dynamic_token_cap(&self) -> Cap {
        self.read.dynamic_token_cap
    }

    /// When a refusal for being above a dynamic rate says to come back.
    pub(crate) const fn dynamic_reset(&self) -> Span {
        self.read.dynamic_reset
    }

    /// Whether it says so in a hint as well.
    pub(crate) const fn dynamic_hint(&self) -> bool {
        self.read.dynamic_hint
    }

    /// How long a request of a class of work takes, by the assumption's name; `None` where the
    /// edition does not make it.
    pub(crate) fn takes(&self, name: &str) -> Option<Span> {
        quantity::duration(&self.get(name)?.value).ok()
    }

    /// A share that is supposed, by the assumption's name; none of it where the edition does not
    /// suppose any.
    pub(crate) fn share(&self, name: &str) -> Millionths {
        self.get(name).map_or(Millionths::NONE, |one| taken::share(&one.value))
    }

    /// A number that is supposed, by the assumption's name; zero where the edition supposes none.
    pub(crate) fn count(&self, name: &str) -> u32 {
        self.get(name).and_then(|one| taken::count(&one.value)).unwrap_or_default()
    }

    /// The assumptions of an edition; each has a value that it takes, and those that
    /// the edition needs are among them.
    pub(crate) fn new(list: Vec<Assumption>) -> Assumptions {
        let mut read = Read::nothing();
        for assumption in &list {
            read.take(&assumption.name, &assumption.value);
        }
        Assumptions { list, read }
    }
}

/// What decides about tokens.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub enum TokenGate {
    /// The published tokens of a minute, in a window of a minute.
    #[default]
    Minute,
    /// The published tokens of two seconds, in a window of two seconds.
    Window2x,
    /// The published tokens of one second, in a window of two seconds.
    Window1x,
    /// Nothing.
    None,
}

impl TokenGate {
    /// Its word in editions and scenarios.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            TokenGate::Minute => "minute",
            TokenGate::Window2x => "window-2x",
            TokenGate::Window1x => "window-1x",
            TokenGate::None => "none",
        }
    }

    /// The gate of a word; none of another.
    fn of_word(word: &str) -> TokenGate {
        TokenGate::GATES.into_iter().find(|gate| gate.word() == word).unwrap_or(TokenGate::None)
    }

    /// Those that do decide.
    pub(crate) const GATES: [TokenGate; 3] =
        [TokenGate::Minute, TokenGate::Window2x, TokenGate::Window1x];
}

/// Which window's end a refusal by tokens shows as its reset.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub enum TokenReset {
    /// That of the request window as it stands; zero where none is open, since then nothing of
    /// it is left to wait for.
    #[default]
    RequestWindow,
    /// That of the window that refused.
    Gate,
}

/// Which gateway a request comes to.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub enum Routing {
    /// Any, by chance.
    #[default]
    Random,
    /// Always the same for the same client process.
    Sticky,
}

/// The highest that a dynamic rate can be.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Cap {
    /// What the tier allows.
    #[default]
    Tier,
    /// So many, whoever asks.
    At(Rate<Requests>),
}

/// Why an assumption cannot be set so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AssumptionError {
    /// The edition supposes nothing under this name.
    UnknownName {
        /// The name as given.
        name: String,
        /// The names it has.
        known: Vec<String>,
    },
    /// It cannot have this value.
    UnknownValue {
        /// The assumption.
        name: String,
        /// The value as given.
        value: String,
        /// The values it can have; only its own where it is merely stated.
        alternatives: Vec<String>,
        /// What else it takes, in words: `a length of time such as "100ms"`.
        or: Option<&'static str>,
    },
}

impl fmt::Display for AssumptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AssumptionError::UnknownName { name, .. } => {
                write!(f, "this edition supposes nothing named `{name}`")
            }
            AssumptionError::UnknownValue { name, value, alternatives, or } => {
                write!(f, "`{name}` cannot be `{value}`")?;
                match (alternatives.as_slice(), or) {
                    ([only], None) => {
                        write!(f, ": it is only stated, as `{only}`, since nothing else runs yet")
                    }
                    (choices, None) => write!(f, ", only one of {}", choices.join(", ")),
                    (choices, Some(form)) => {
                        write!(f, ", only one of {} or {form}", choices.join(", "))
                    }
                }
            }
        }
    }
}

impl core::error::Error for AssumptionError {}
