//! What is supposed where nobody says, by name, with what else might be true.
//!
//! An assumption that something reads can be set, to one of its alternatives or, where it is a
//! quantity, to any other amount. One that nothing reads is only stated: it has no alternatives,
//! so that no file can choose what would change nothing.

use core::fmt;

use limits::{Debt, Span};

use crate::fact::Certainty;
use crate::reading::quantity;
use crate::work::{Unit, Work};

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

    /// How long a request of a class of work takes, by the assumption's name; `None` where the
    /// edition does not make it.
    pub(crate) fn takes(&self, name: &str) -> Option<Span> {
        quantity::duration(&self.get(name)?.value).ok()
    }

    /// The assumptions of an edition; every name of [`Takes::READ`] is among them with a value
    /// that it takes.
    pub(crate) fn new(list: Vec<Assumption>) -> Assumptions {
        let mut read = Read::default();
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

/// What the code takes from an assumption.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Takes {
    /// One word of a closed set.
    Word(&'static [&'static str]),
    /// A length of time.
    Duration,
    /// The standard deviation of a logarithm.
    Sigma,
    /// Nothing, unless a model's limits are chosen by it.
    Nothing,
}

/// The widest noise that is meant: at two, one answer in forty takes fifty times the median.
const WIDEST_SIGMA: f64 = 2.0;

impl Takes {
    /// The assumptions that the code reads by name. An edition must have each of them, those of
    /// [`Takes::OF_WORK`] where it has limits for that class.
    pub(crate) const READ: [(&'static str, Takes); 13] = [
        ("token_gate", Takes::Word(&["minute", "window-2x", "window-1x", "none"])),
        ("token_debt", Takes::Word(&["forgotten", "carried"])),
        ("token_reset", Takes::Word(&["request-window", "gate"])),
        ("refusal_takes", Takes::Duration),
        ("first_token_noise", Takes::Sigma),
        ("speed_noise", Takes::Sigma),
        ("prefill_per_token", Takes::Duration),
        ("image_unit", Takes::Word(&["image", "request"])),
        ("image_takes", Takes::Duration),
        ("embedding_takes", Takes::Duration),
        ("rerank_takes", Takes::Duration),
        ("video_takes", Takes::Duration),
        ("audio_takes", Takes::Duration),
    ];

    /// The class of work that needs an assumption, for those that only one class does.
    const OF_WORK: [(&'static str, Work); 6] = [
        ("image_unit", Work::Image),
        ("image_takes", Work::Image),
        ("embedding_takes", Work::Embedding),
        ("rerank_takes", Work::Rerank),
        ("video_takes", Work::Video),
        ("audio_takes", Work::Audio),
    ];

    /// The class of work that needs this assumption; `None` for those that every edition needs.
    pub(crate) fn needed_by(name: &str) -> Option<Work> {
        Takes::OF_WORK.iter().find(|(known, _)| *known == name).map(|(_, work)| *work)
    }

    pub(crate) fn of(name: &str) -> Takes {
        let found = Takes::READ.iter().find(|(known, _)| *known == name);
        found.map_or(Takes::Nothing, |(_, takes)| *takes)
    }

    /// Whether the code understands this value.
    pub(crate) fn takes(self, value: &str) -> bool {
        match self {
            Takes::Word(words) => words.contains(&value),
            Takes::Duration | Takes::Sigma => self.is_amount(value),
            Takes::Nothing => true,
        }
    }

    fn is_amount(self, value: &str) -> bool {
        match self {
            Takes::Duration => quantity::duration(value).is_ok(),
            Takes::Sigma => sigma(value).is_some(),
            Takes::Word(_) | Takes::Nothing => false,
        }
    }

    /// The form of an amount, in words.
    pub(crate) fn form(self) -> Option<&'static str> {
        match self {
            Takes::Duration => Some("a length of time such as \"100ms\""),
            Takes::Sigma => Some("a number from 0 to 2"),
            Takes::Word(_) | Takes::Nothing => None,
        }
    }
}

fn sigma(value: &str) -> Option<f64> {
    quantity::billionths(value).ok()?;
    value.trim().parse::<f64>().ok().filter(|sigma| *sigma <= WIDEST_SIGMA)
}

/// The values that the code reads, understood once.
#[derive(Clone, Debug, Default)]
struct Read {
    token_gate: TokenGate,
    debt_carried: bool,
    token_reset: TokenReset,
    refusal_takes: Span,
    first_token_noise: f64,
    speed_noise: f64,
    prefill_per_token: Span,
    image_unit: Unit,
}

impl Read {
    /// Takes one value; the caller has asked [`Takes`] whether it is understood.
    fn take(&mut self, name: &str, value: &str) {
        let span = || quantity::duration(value).unwrap_or_default();
        let width = || sigma(value).unwrap_or_default();
        match name {
            "token_gate" => {
                let gates = TokenGate::GATES.into_iter();
                self.token_gate =
                    gates.clone().find(|g| g.word() == value).unwrap_or(TokenGate::None);
            }
            "token_debt" => self.debt_carried = value == "carried",
            "token_reset" => {
                let gate = value == "gate";
                self.token_reset = if gate { TokenReset::Gate } else { TokenReset::RequestWindow };
            }
            "refusal_takes" => self.refusal_takes = span(),
            "first_token_noise" => self.first_token_noise = width(),
            "speed_noise" => self.speed_noise = width(),
            "prefill_per_token" => self.prefill_per_token = span(),
            "image_unit" => {
                let images = value == "image";
                self.image_unit = if images { Unit::Images } else { Unit::Requests };
            }
            _ => {}
        }
    }
}
