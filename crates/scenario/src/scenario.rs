//! A scenario: what a file means under an edition of the rules.

use std::num::NonZeroU32;
use std::sync::Arc;

use limits::{Rate, Requests, Span, Tokens};
use rulebook::reading::{Document, Faults};
use rulebook::{Assumptions, Edition, Fault, Refused, Rulebook, Severity, Tier};
use run_record::Expectation;
use strategies::{Elsewhere, FirstSendPart, Known, Parts, Preset, Stack};

use crate::calendar::{Date, Starts};
use crate::cast::{Group, NamedStrategy, Traffic};
use crate::client_set::ClientSet;
use crate::context;
use crate::endpoint::Endpoint;
use crate::event::Restart;
use crate::fault::Code;
use crate::fine_tune::{Evaluation, FineTune};
use crate::funds;
use crate::gaps::AllGaps;
use crate::ladder;
use crate::lasts::{self, Recorded, Stated};
use crate::league;
use crate::load::Load;
use crate::notes::Notes;
use crate::resolve;
use crate::service_event::ServiceEvent;
use crate::trace::{Trace, TraceNeed};
use crate::written;

/// Today's rehearsal.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub title: String,
    /// The file, as it was named.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The rules that hold.
    pub edition: Arc<Edition>,
    /// What every draw of the first replication grows from.
    pub seed: u64,
    /// When it begins by the wall's clock. Without it the first day is a Monday, from midnight on.
    pub starts: Option<Starts>,
    /// How long jobs fall due. Zero while a trace is missing that would say.
    pub lasts: Span,
    /// How long the run may go on after that, to answer what is left.
    pub drain: Span,
    /// The tier that the account is on; under rules without tiers its past hour.
    pub tier: Tier,
    /// Who sends.
    pub groups: Vec<Group>,
    /// The endpoints that some of them send to.
    pub endpoints: Vec<Endpoint>,
    /// Models that are trained further, without a request.
    pub fine_tunes: Vec<FineTune>,
    /// Models that are judged, without a request of ours.
    pub evaluations: Vec<Evaluation>,
    /// Whose clients restart, and when.
    pub restarts: Vec<Restart>,
    /// The strategies that are compared, each in cells of its own.
    pub strategies: Vec<NamedStrategy>,
    /// What is supposed where Together is silent.
    pub assumptions: Assumptions,
    /// The tiers that are rehearsed, in the order of the edition.
    pub tiers: Vec<Tier>,
    /// Values of assumptions that are compared beside the usual ones: name and value, each in cells
    /// of its own.
    pub assumed_besides: Vec<(String, String)>,
    /// How many seeds each cell is run with.
    pub replications: u32,
    /// What is expected of the run.
    pub expectations: Vec<Expectation>,
    /// The strategy that is meant to ship, by position.
    pub ship: Option<usize>,
    /// What refuses nothing but deserves a look.
    pub warnings: Vec<Fault>,
    pub(crate) trace: Option<Arc<Trace>>,
    pub(crate) client_set: Option<Arc<ClientSet>>,
    /// The rows of the trace at other loads.
    pub(crate) traces_at: Vec<(Load, Arc<Trace>)>,
    pub(crate) loads: Vec<Load>,
    pub(crate) growth: Vec<Load>,
    pub(crate) sensitivity: bool,
    pub(crate) gaps: AllGaps,
    pub(crate) stated: Stated,
    /// How fast its requests succeeded in the hour before, where the tier does not say it.
    pub(crate) past_hour: Option<Rate<Requests>>,
    /// What the file says of the account's money.
    pub(crate) funds: funds::Said,
    /// What happens to the service, as the file says it.
    pub(crate) service_events: Vec<ServiceEvent>,
    /// Days on which nobody works.
    pub(crate) holidays: Vec<Date>,
}

/// What replaces words of the file for one run; what is absent or empty replaces nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Another seed.
    pub seed: Option<u64>,
    /// Another number of replications.
    pub replications: Option<u32>,
    /// Other tiers to rehearse. The account stays on its own if that is among them, and is put on
    /// the first of them otherwise.
    pub tiers: Vec<String>,
    /// The strategies to compare, by name: those of the file, and presets that it does not have.
    pub strategies: Vec<String>,
}

/// The one strategy of a scenario without jobs: nobody calls.
pub const NOBODY: &str = "nobody calls";

/// Of all reservations, this many in ten thousand are no larger than the one a bucket is sized for.
const LARGEST_RESERVATION: u64 = 9_990;
/// An answer without `max_tokens` is reserved for at its 99th percentile.
const EXPECTED_ANSWER: u64 = 9_900;

impl Scenario {
    /// Reads a scenario. `name` is what faults call the file; editions that it names by path must
    /// be in the rulebook already ([`Scenario::edition_named`] tells which).
    ///
    /// Everything that is wrong with the text is found at once.
    pub fn parse(name: &str, text: &str, rulebook: &Rulebook) -> Result<Scenario, Refused> {
        let faults = Faults::new(Code::of_flaw);
        let document = Document::read(text, &faults);
        let written = written::read(&document, &faults);
        let drafted = resolve::draft(written, rulebook, &faults);
        let found = faults.into_found(text);
        let refused = found.iter().any(|fault| fault.severity == Severity::Error);
        match drafted {
            Some(scenario) if !refused => Ok(Scenario {
                name: name.to_owned(),
                text: text.to_owned(),
                warnings: found,
                ..scenario
            }),
            Some(_) | None => Err(Refused::new(name, text, found)),
        }
    }

    /// The edition that a file names, a path perhaps, as far as the text can be read.
    #[must_use]
    pub fn edition_named(text: &str) -> Option<String> {
        let faults = Faults::new(Code::of_flaw);
        let document = Document::read(text, &faults);
        written::edition_of(&document, &faults)
    }

    /// Whether anybody sends anything. Without jobs a scenario is about what is charged all the
    /// same: it has one cell, of the account's tier and of [`NOBODY`].
    #[must_use]
    pub fn has_jobs(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The trace that some group replays.
    #[must_use]
    pub fn trace_need(&self) -> Option<&TraceNeed> {
        self.groups.iter().find_map(|group| match &group.traffic {
            Traffic::Trace(need) => Some(need.as_ref()),
            Traffic::Phases(_) | Traffic::ClientSet(_) | Traffic::Users(_) => None,
        })
    }

    /// The trace that was handed over.
    #[must_use]
    pub fn trace(&self) -> Option<&Arc<Trace>> {
        self.trace.as_ref()
    }

    /// Hands over the trace that the scenario asks for. The run then lasts as long as the trace,
    /// to the nanosecond after its last row, unless the file says how long. What its rows give
    /// reason to is added to the warnings. It is the whole recording: where the scenario replays a
    /// slice of it, or at another rate, that is cut from it here.
    pub fn with_trace(mut self, trace: Arc<Trace>) -> Result<Scenario, Refused> {
        let notes = Notes::default();
        let Some(need) = self.trace_need() else {
            notes.add(
                Code::TraceNotAsked,
                None,
                "this scenario asks for no trace".to_owned(),
                "",
                "a group replays one with `traffic = { trace = { file = … } }`",
            );
            return Err(self.refusal(notes));
        };
        let others = !self.loads.is_empty() || !self.growth_is_none();
        let recorded = others.then(|| Arc::clone(&trace));
        self.trace = Some(if need.cut.is_whole() {
            trace
        } else {
            let span = trace.span();
            let mut left = Arc::unwrap_or_clone(trace);
            if let Err(no_slice) = need.cut.apply(&mut left) {
                self.stated.refuse_slice(no_slice, span, &notes);
                return Err(self.refusal(notes));
            }
            Arc::new(left)
        });
        self.settle(&notes);
        if let Some(whole) = recorded {
            self.cut_at_loads(&whole, &notes);
        }
        context::warn(&self, &notes);
        if !notes.are_none() {
            return Err(self.refusal(notes));
        }
        self.warnings.extend(notes.into_faults());
        Ok(self)
    }

    /// The same with some words replaced.
    pub fn with(mut self, overrides: &Overrides) -> Result<Scenario, Refused> {
        let notes = Notes::default();
        self.seed = overrides.seed.unwrap_or(self.seed);
        self.replications = overrides.replications.unwrap_or(self.replications).max(1);
        if !overrides.tiers.is_empty() {
            self.override_tiers(&overrides.tiers, &notes);
        }
        if !overrides.strategies.is_empty() {
            self.override_strategies(&overrides.strategies, &notes);
        }
        if notes.are_none() { Ok(self) } else { Err(self.refusal(notes)) }
    }

    /// The strategy of a group in a cell, by position: the group's own if it has one, else the
    /// cell's, told the limits that are published for this tier and model. Of an endpoint nobody
    /// publishes any, so that a client with a bucket of its own sends at once.
    #[must_use]
    pub fn stack(&self, strategy: usize, group: usize, tier: &Tier, given: &Assumptions) -> Stack {
        let parts = self.parts(strategy, group);
        let group_of = self.groups.get(group);
        let published = self.published(tier, group, given);
        let known = published.map(|published| Known {
            requests: published.requests,
            units: group_of.map_or(1, |group| published.unit.of(group.count.get())),
            tokens: published.tokens,
            largest_reservation: Tokens(self.largest_reservation(group)),
            clients: group_of.map_or(NonZeroU32::MIN, |group| group.clients),
        });
        parts.resolve(known.as_ref())
    }

    /// The same, but that it sends each job at once. Without a limit in force a queue would make
    /// jobs wait for what is not there: for a bucket to fill, or for headers that nobody sends.
    #[must_use]
    pub fn stack_at_once(&self, strategy: usize, group: usize) -> Stack {
        let parts = self.parts(strategy, group);
        let (first_send, elsewhere) = (FirstSendPart::AtOnce, Elsewhere::Nowhere);
        Parts { first_send, elsewhere, ..parts }.resolve(None)
    }

    /// The parts of a group's strategy in a cell. Positions come from this scenario; one that does
    /// not exist sends once and gives up.
    fn parts(&self, strategy: usize, group: usize) -> Parts {
        let own = self.groups.get(group).and_then(|group| group.strategy.as_ref());
        let named = own.or_else(|| self.strategies.get(strategy));
        named.map_or_else(|| Preset::GIVE_UP.parts(), |named| named.parts)
    }

    /// How much of the limit on requests a request of this group takes: more than one only where
    /// that counts pictures.
    #[must_use]
    pub fn units(&self, group: &Group) -> u32 {
        Edition::unit(&group.model, &self.assumptions).of(group.count.get())
    }

    /// The answer that a client of this group reckons with where `max_tokens` is not said: the
    /// 99th percentile of answers.
    #[must_use]
    pub fn expected_answer(&self, group: usize) -> u32 {
        let answers = self.trace.as_ref().map_or(&[][..], |trace| &trace.answer);
        self.groups.get(group).map_or(0, |group| {
            let most = group.max_tokens.unwrap_or(u32::MAX);
            let answer = match self.demand(group) {
                Some(clients) => clients.answer(EXPECTED_ANSWER).min(most),
                None => group.answer.quantile(EXPECTED_ANSWER, most, answers),
            };
            let drift = group.drift.as_ref();
            drift.map_or(answer, |drift| drift.longest_answer(answer).min(most))
        })
    }

    /// The longest prompt of a group that is likely, in tokens: of a thousand one is longer. All
    /// texts of a request count together.
    #[must_use]
    pub fn largest_prompt(&self, group: usize) -> u32 {
        let inputs = self.groups.get(group).map_or(1, Group::inputs);
        self.largest_input(group).saturating_mul(inputs)
    }

    /// The same of one text of a request.
    pub(crate) fn largest_input(&self, group: usize) -> u32 {
        let prompts = self.trace.as_ref().map_or(&[][..], |trace| &trace.prompt);
        self.groups.get(group).map_or(0, |group| {
            let prompt = match self.demand(group) {
                Some(clients) => clients.prompt(LARGEST_RESERVATION),
                None => group.prompt.quantile(LARGEST_RESERVATION, u32::MAX, prompts),
            };
            group.drift.as_ref().map_or(prompt, |drift| drift.longest_prompt(prompt))
        })
    }

    /// Prompt and answer that a client of this group sets aside, at the most that is likely: each at
    /// its own most, so that no correlation of the two makes it too small.
    pub(crate) fn largest_reservation(&self, group: usize) -> u64 {
        self.groups.get(group).map_or(0, |member| {
            let answer = member.max_tokens.unwrap_or_else(|| self.expected_answer(group));
            u64::from(self.largest_prompt(group)) + u64::from(answer)
        })
    }

    /// The mean job of a group, prompt and answer as it is cut, in units of 2^-32 token.
    pub(crate) fn mean_job(&self, group: &Group) -> u128 {
        if let Some(clients) = self.demand(group) {
            return clients.mean_job();
        }
        let (prompts, answers) = match &self.trace {
            Some(trace) => (&trace.prompt[..], &trace.answer[..]),
            None => (&[][..], &[][..]),
        };
        let most = group.max_tokens.unwrap_or(u32::MAX);
        let prompt = group.prompt.mean(u32::MAX, prompts);
        prompt * u128::from(group.inputs()) + group.answer.mean(most, answers)
    }

    pub(crate) const fn gaps(&self) -> &AllGaps {
        &self.gaps
    }

    /// How many nanoseconds of its week are over when the run begins.
    pub(crate) fn since_monday(&self) -> u64 {
        self.starts.map_or(0, |starts| starts.since_monday().nanos())
    }

    /// Lets every group end with the run.
    pub(crate) fn settle(&mut self, notes: &Notes<'_>) {
        let recorded =
            Recorded { trace: self.trace.as_deref(), clients: self.client_set.as_deref() };
        let week = self.since_monday();
        if let Some(lasts) = lasts::settle(&mut self.groups, &self.stated, week, recorded, notes) {
            self.lasts = lasts;
            self.hold_loads(notes);
            self.settle_growth(notes);
        }
    }

    fn override_tiers(&mut self, words: &[String], notes: &Notes<'_>) {
        let words: Vec<_> = words.iter().map(|word| (word.as_str(), None)).collect();
        let models: Vec<_> = self.shared_models().into_iter().cloned().collect();
        let tiers = ladder::tiers_named(&words, &self.edition, &models, &self.assumptions, notes);
        if let Some(first) = tiers.first()
            && !tiers.contains(&self.tier)
        {
            self.tier = first.clone();
        }
        self.tiers = ladder::in_order(&self.edition, &tiers);
    }

    fn override_strategies(&mut self, names: &[String], notes: &Notes<'_>) {
        let ship =
            self.ship.and_then(|ship| self.strategies.get(ship)).map(|named| named.name.clone());
        let absent = |name: &&String| self.strategies.iter().all(|named| named.name != **name);
        let presets: Vec<NamedStrategy> =
            names.iter().filter(absent).filter_map(|name| league::preset(name)).collect();
        self.strategies.extend(presets);
        let names: Vec<_> = names.iter().map(|name| (name.as_str(), None)).collect();
        self.strategies = league::strategies_named(&names, &self.strategies, notes);
        self.ship =
            ship.and_then(|ship| self.strategies.iter().position(|named| named.name == ship));
    }

    pub(crate) fn refusal(&self, notes: Notes<'_>) -> Refused {
        Refused::new(&self.name, &self.text, notes.into_faults())
    }
}
