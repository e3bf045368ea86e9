//! What happens to the service while a run goes on: outages, other tenants, grants, limits that
//! move. The clients have no part in any of it.
//!
//! An event of the file is one line, such as an outage for two minutes; the service is told of the
//! changes that it comes to, each with its instant: capacity falls, and two minutes later it is
//! back. Where several events speak of one thing, what holds at an instant is reckoned here, so
//! that a drive only has to hand the changes over in their order.

use limits::{Instant, Rate, Requests, Span, Tokens};
use money::Money;
use rulebook::{Assumptions, Edition, Millionths, Model, Tier};

use crate::funds::Transaction;
use crate::scenario::Scenario;
use crate::service_event::{Event, ServiceEvent};
use crate::written::Amounts;

/// Something that changes at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Instant,
    /// What changes, until something else is said of it.
    pub what: Change,
}

/// A change that holds from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What is left of the capacity that is supposed: nothing in an outage.
    Capacity {
        /// For this model; for every one where none is named.
        model: Option<Model>,
        /// How much.
        share: Millionths,
    },
    /// What other tenants take of it.
    Others {
        /// Of this model's; of every one's where none is named.
        model: Option<Model>,
        /// How much.
        share: Millionths,
    },
    /// The account is on another tier for one model.
    Tier {
        /// The model.
        model: Model,
        /// The tier whose limits hold for it from now on.
        tier: Tier,
    },
    /// The account's limits for one model moved.
    Limits {
        /// The model.
        model: Model,
        /// Requests from now on; as before where nothing is said.
        requests: Option<Rate<Requests>>,
        /// Tokens from now on; as before where nothing is said.
        tokens: Option<Rate<Tokens>>,
    },
    /// Nothing of the account's is served from now on, or everything again.
    Blocked(bool),
    /// Attempts fail for reasons that have nothing to do with limits or load.
    Failing {
        /// How many of them.
        share: Millionths,
    },
    /// Something with the account's money.
    Account(Transaction),
    /// A month of the calendar is over: what it used is billed.
    MonthEnds,
    /// The day on which the last invoice is charged.
    Collects,
    /// A fine-tune is created, and charged.
    FineTune {
        /// Its name in the file.
        name: String,
        /// What it costs.
        cost: Money,
    },
    /// An evaluation is created, and charged.
    Evaluation {
        /// Its name in the file.
        name: String,
        /// What it costs.
        cost: Money,
    },
}

impl Scenario {
    /// What happens to the service of an account on this tier, in the order of time. Only what
    /// comes before the last job is due is in it; at one instant the changes come in this order:
    /// capacity, other tenants, tiers, limits, whether it is blocked, failures; then what is billed,
    /// what happens to the account's money, and jobs of the service's own.
    #[must_use]
    pub fn course(&self, tier: &Tier, given: &Assumptions) -> Vec<Happening> {
        let mut course = Vec::new();
        course.extend(self.capacities());
        course.extend(self.others());
        course.extend(self.grants(tier, given));
        course.extend(self.dated_limits(tier, given));
        course.extend(self.moved_limits());
        course.extend(self.for_a_time(given));
        course.extend(self.bills(given));
        course.extend(self.transactions());
        course.extend(self.created(given));
        // Stable: what is said of one instant stays in order.
        course.sort_by_key(|happening| happening.at);
        course.retain(|happening| happening.at.nanos() < self.lasts.nanos());
        course
    }

    /// The models that are called on the shared fleet, each once, in the order of the groups.
    pub(crate) fn shared_models(&self) -> Vec<&Model> {
        let mut models: Vec<&Model> = Vec::new();
        for group in self.groups.iter().filter(|group| group.endpoint.is_none()) {
            if !models.contains(&&group.model) {
                models.push(&group.model);
            }
        }
        models
    }

    /// An outage leaves no more than what it leaves while it lasts; before and after it the last step
    /// holds, and meanwhile where that is lower.
    fn capacities(&self) -> Vec<Happening> {
        let events = &self.service_events;
        let at = |now: Span, whose: Option<&Model>| {
            let outage = events.iter().find_map(|event| event.outage_at(now, whose));
            let step = last_said(events, |event| event.step_at(now, whose));
            Some(outage.unwrap_or(Millionths::ALL).min(step.unwrap_or(Millionths::ALL)))
        };
        let change =
            |model: Option<&Model>, share| Change::Capacity { model: model.cloned(), share };
        let moments = events.iter().flat_map(ServiceEvent::capacity_moments).collect();
        self.changes(moments, Some(Millionths::ALL), at, change)
    }

    /// Other tenants take what was last said of them; before that what is supposed.
    fn others(&self) -> Vec<Happening> {
        let events = &self.service_events;
        let at = |now: Span, whose: Option<&Model>| {
            last_said(events, |event| event.others_at(now, whose))
        };
        let change = |model: Option<&Model>, share| Change::Others { model: model.cloned(), share };
        let moments = events.iter().flat_map(ServiceEvent::others_moments).collect();
        self.changes(moments, None, at, change)
    }

    /// The changes of a share that may differ from model to model: first that of every model, then
    /// of those for which something else was said. `usual` is what holds at the beginning, where
    /// the changes can bring it back.
    fn changes(
        &self,
        mut moments: Vec<Span>,
        usual: Option<Millionths>,
        at: impl Fn(Span, Option<&Model>) -> Option<Millionths>,
        change: impl Fn(Option<&Model>, Millionths) -> Change,
    ) -> Vec<Happening> {
        moments.sort_unstable();
        moments.dedup();
        let mut every = usual;
        let mut models: Vec<_> =
            self.shared_models().into_iter().map(|model| (model, usual)).collect();
        let mut happenings = Vec::new();
        for now in moments {
            let mut tell = |model: Option<&Model>, share: Millionths| {
                let at = Instant::START.after(now);
                happenings.push(Happening { at, what: change(model, share) });
            };
            let said = at(now, None);
            if let Some(share) = said.filter(|_| said != every) {
                tell(None, share);
                every = said;
                for (_, known) in &mut models {
                    *known = said;
                }
            }
            for (model, known) in &mut models {
                let said = at(now, Some(model));
                if let Some(share) = said.filter(|_| said != *known) {
                    tell(Some(model), share);
                    *known = said;
                }
            }
        }
        happenings
    }

    /// A grant holds so many business days after it was asked for, wherever the account is not as
    /// high without it.
    fn grants(&self, tier: &Tier, given: &Assumptions) -> Vec<Happening> {
        let place = |tier: &Tier| self.edition.tiers().iter().position(|one| one == tier);
        let granted = self.service_events.iter().filter_map(|event| {
            let Event::Grant { model, tier: granted } = &event.what else { return None };
            let at = Instant::START.after(self.granted_at(event.at, given)?);
            let what = Change::Tier { model: model.clone(), tier: granted.clone() };
            (place(tier) < place(granted)).then_some(Happening { at, what })
        });
        granted.collect()
    }

    /// Limits of the edition that become others while the run goes on, at midnight by the wall.
    fn dated_limits(&self, tier: &Tier, given: &Assumptions) -> Vec<Happening> {
        let Some(starts) = self.starts else { return Vec::new() };
        let moves = self.edition.moves(&starts.day(), &starts.after(self.lasts).day());
        let mut days: Vec<&str> = moves.iter().map(|one| one.date.as_str()).collect();
        days.dedup();
        let mut happenings = Vec::new();
        let mut before: &Edition = &self.edition;
        let editions: Vec<Edition> = days.iter().map(|day| self.edition.as_of(Some(day))).collect();
        for (day, edition) in days.iter().zip(&editions) {
            let midnight = starts.midnight(day).and_then(|midnight| starts.until(&midnight));
            for model in self.shared_models() {
                let [old, new] = [before, edition].map(|one| one.published(tier, model, given));
                let (Some(at), Some(new)) = (midnight, new) else { continue };
                let differs =
                    old.is_none_or(|old| (old.requests, old.tokens) != (new.requests, new.tokens));
                if differs {
                    let (requests, tokens) = (Some(new.requests), new.tokens);
                    let what = Change::Limits { model: model.clone(), requests, tokens };
                    happenings.push(Happening { at: Instant::START.after(at), what });
                }
            }
            before = edition;
        }
        happenings
    }

    fn moved_limits(&self) -> Vec<Happening> {
        let mut moved = Vec::new();
        for event in &self.service_events {
            let Event::Limits { model, amounts } = &event.what else { continue };
            for whose in self.shared_models() {
                if model.as_ref().is_none_or(|model| model == whose) {
                    let Amounts { requests, tokens } = *amounts;
                    let what = Change::Limits { model: whose.clone(), requests, tokens };
                    moved.push(Happening { at: Instant::START.after(event.at), what });
                }
            }
        }
        moved
    }

    /// What holds for a time: that the account is blocked, and that attempts fail.
    fn for_a_time(&self, given: &Assumptions) -> Vec<Happening> {
        let mut switched = Vec::new();
        for event in &self.service_events {
            let Some(until) = event.ends() else { continue };
            let (from, until) = (Instant::START.after(event.at), Instant::START.after(until));
            let both = match event.what {
                Event::Blocked { .. } => [Change::Blocked(true), Change::Blocked(false)],
                Event::Failing { share: failing, .. } => {
                    let usual = given.background_failures();
                    [Change::Failing { share: failing }, Change::Failing { share: usual }]
                }
                Event::Outage { .. }
                | Event::Capacity { .. }
                | Event::Others { .. }
                | Event::Grant { .. }
                | Event::Limits { .. }
                | Event::Account(_) => continue,
            };
            let [begins, ends] = both;
            switched.push(Happening { at: from, what: begins });
            switched.push(Happening { at: until, what: ends });
        }
        switched
    }
}

/// What the latest of several events says, of two at one instant the later in the file.
fn last_said(
    events: &[ServiceEvent],
    says: impl Fn(&ServiceEvent) -> Option<Millionths>,
) -> Option<Millionths> {
    let said = events.iter().filter_map(|event| Some((event.at, says(event)?)));
    said.max_by_key(|(at, _)| *at).map(|(_, share)| share)
}
