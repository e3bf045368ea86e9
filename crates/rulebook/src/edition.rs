//! One edition: what was promised at one time, and what a service and its clients make of it.

use core::fmt;
use std::collections::BTreeMap;

use limits::{Algorithm, Rate, Requests, Span, Tokens};
use wire::{ErrorKind, Status};

use crate::assumptions::{Assumptions, Needed};
use crate::capacity::CongestionStep;
use crate::choices::Chosen;
use crate::dynamic::DynamicRules;
use crate::errors::{ErrorWords, Errors, HeaderWords};
use crate::fact::{Certainty, Fact, Source};
use crate::fault::Refused;
use crate::forms::Sound;
use crate::given::Given;
use crate::listed::Costs;
use crate::rows::{
    Gates, ModelFacts, Noted, ShownRule, TierRow, UsualLatency, WindowRule, WorkRows,
};
use crate::shows::{ShownHint, ShownOn};
use crate::tier::Tier;
use crate::transport::Transport;
use crate::work::{Unit, Work};
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
    /// Requests up to the dynamic rate; they never refuse by themselves.
    pub const DYNAMIC_REQUESTS: Label = Label("dynamic requests");
    /// Tokens up to the dynamic rate; they never refuse by themselves.
    pub const DYNAMIC_TOKENS: Label = Label("dynamic tokens");
}

/// A model, by its id. Any id is a model; some have facts of their own.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Model {
    id: String,
    work: Work,
}

impl Model {
    /// Its id: `meta-llama/Llama-3.3-70B-Instruct-Turbo`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.id
    }

    /// The class of work that it does, and by which it is limited.
    #[must_use]
    pub const fn work(&self) -> Work {
        self.work
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.id)
    }
}

/// The limits of one model on one tier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Published {
    /// Requests, or what `unit` says in their place.
    pub requests: Rate<Requests>,
    /// What `requests` counts.
    pub unit: Unit,
    /// Tokens, prompt and answer together; absent where they are unlimited or do not count.
    pub tokens: Option<Rate<Tokens>>,
    /// Whether `requests` is the model's own limit, in place of the tier's.
    pub own: bool,
    /// Whether what is above them is refused. Limits that are not hard refuse nothing: they say
    /// whose fault it is when capacity lacks.
    pub hard: bool,
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
    /// Median time to the first token of an answer to a short prompt; to the whole answer where
    /// that is no tokens and no pictures.
    pub first_token: Span,
    /// Median speed after it.
    pub tokens_per_second: Rate<Tokens>,
    /// What each token of the prompt adds to the first.
    pub prefill_per_token: Span,
    /// What each picture adds: they are made one after another.
    pub per_image: Span,
    /// Where its medians come from.
    pub source: String,
    /// How sure the least sure of them is.
    pub certainty: Certainty,
}

/// What Together promised at one time, every number with its source.
#[derive(Clone, Debug)]
pub struct Edition {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) began: Option<Noted<String>>,
    pub(crate) ended: Option<Noted<String>>,
    /// The day whose limits it has; none: those that held last.
    pub(crate) day: Option<String>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) ladder: Vec<Tier>,
    pub(crate) rows: BTreeMap<String, TierRow>,
    pub(crate) works: BTreeMap<Work, WorkRows>,
    pub(crate) models: BTreeMap<String, ModelFacts>,
    pub(crate) window: WindowRule,
    pub(crate) gates: Gates,
    pub(crate) dynamic: Option<DynamicRules>,
    pub(crate) congestion: Vec<CongestionStep>,
    pub(crate) given: Vec<Given>,
    pub(crate) shown: ShownRule,
    pub(crate) headers: HeaderWords,
    pub(crate) headers_usual: HeaderWords,
    pub(crate) headers_chosen: Vec<Chosen<HeaderWords>>,
    pub(crate) transport: Transport,
    pub(crate) errors: Errors,
    pub(crate) latency: UsualLatency,
    pub(crate) costs: Costs,
    pub(crate) sound: Sound,
    pub(crate) assumptions: Assumptions,
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

    /// Where its facts were read, in the order of the text.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
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

    /// Whether its service says when to come back.
    #[must_use]
    pub fn hints(&self) -> bool {
        let of_dynamic = self.dynamic.is_some() && self.assumptions.dynamic_hint();
        (self.shown.hint != ShownHint::Absent || of_dynamic) && !self.headers.hint.is_empty()
    }

    /// Whether its service shows what a client would have to know to keep within a limit.
    #[must_use]
    pub fn shows_limits(&self) -> bool {
        let HeaderWords { limit, remaining, .. } = &self.headers;
        self.shown.on == ShownOn::Every && !limit.is_empty() && !remaining.is_empty()
    }

    /// The model with this id, known or not. One that is not known does chat.
    #[must_use]
    pub fn model(&self, id: &str) -> Model {
        self.model_for(id, Work::Chat)
    }

    /// The model with this id; `work` is what it does if the edition does not know it.
    #[must_use]
    pub fn model_for(&self, id: &str, work: Work) -> Model {
        let work = self.work(id).unwrap_or(work).limited_as();
        Model { id: id.to_owned(), work }
    }

    /// The class of work of a model that the edition knows.
    #[must_use]
    pub fn work(&self, id: &str) -> Option<Work> {
        let facts = self.models.get(id)?;
        Some(facts.work.as_ref().map_or(Work::Chat, |work| work.value))
    }

    /// Every model of which the edition knows something, in the order of ids.
    #[must_use]
    pub fn models(&self) -> Vec<Model> {
        self.models.keys().map(|id| self.model(id)).collect()
    }

    /// The most that prompt and answer may have together, where it is known.
    #[must_use]
    pub fn context(&self, model: &Model) -> Option<Tokens> {
        let facts = self.models.get(&model.id)?;
        facts.context.as_ref().map(|context| Tokens(context.value))
    }

    /// Whether an assumption has a say where only these models are called: one of a class of work
    /// that none of them does, or of the limits of another model, has none.
    #[must_use]
    pub fn concerns(&self, assumption: &str, models: &[&Model]) -> bool {
        if let Needed::Work(work) = Needed::of(assumption) {
            return models.iter().any(|model| model.work == work);
        }
        let by = |facts: &ModelFacts| facts.chosen_by(assumption) || facts.priced_by(assumption);
        let mut chosen = self.models.iter().filter(|(_, facts)| by(facts));
        let other = chosen.clone().next().is_some();
        !other || chosen.any(|(id, _)| models.iter().any(|model| model.id == *id))
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
}
