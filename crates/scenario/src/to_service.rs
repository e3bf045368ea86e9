//! Events that are about the service, as they are written: whom they concern, and what refuses
//! them.

use rulebook::reading::known;
use rulebook::{Assumptions, Edition, Model};

use crate::ends::{Once, StatedEvent};
use crate::event::Happens;
use crate::fault::Code;
use crate::ladder;
use crate::lasts::{Stated, shown};
use crate::notes::Notes;
use crate::resolve::word;
use crate::service_event::{Event, ServiceEvent};
use crate::work;
use crate::written::{Placed, Said, ToService, What, Whose, WrittenEvent, WrittenGroup};

/// What an event may name.
pub(crate) struct Concerned<'r> {
    pub(crate) edition: &'r Edition,
    pub(crate) assumptions: &'r Assumptions,
    /// The models that are called, on the shared fleet and on endpoints; nothing while one of them
    /// could not be read.
    pub(crate) shared: Option<Vec<Model>>,
    pub(crate) on_endpoints: Vec<Model>,
}

/// The events of the file that are about the service.
pub(crate) fn resolve(
    events: &[WrittenEvent],
    concerned: &Concerned<'_>,
    happens: &Happens,
    stated: &mut Stated,
    notes: &Notes<'_>,
) -> Vec<ServiceEvent> {
    let mut resolved: Vec<ServiceEvent> = Vec::new();
    for event in events {
        let (at, what) = match &event.what {
            What::Restart { .. } | What::Surge { .. } => continue,
            What::Service(what) => {
                let at = happens.at(&event.at, notes);
                (at, concerned.event(what, event, happens, notes))
            }
            What::Account(transaction) => {
                (happens.at(&event.at, notes), Some(Event::Account(*transaction)))
            }
        };
        let Some((at, what)) = at.zip(what) else {
            continue;
        };
        let event_at = ServiceEvent { at, what, place: event.place.clone() };
        apart(&event_at, &resolved, notes);
        stated.events.push(StatedEvent {
            what: Once::Service(event_at.clone()),
            moment: happens.moment(&event.at.value, at),
            place: event.place.clone(),
        });
        resolved.push(event_at);
    }
    resolved
}

/// Refuses an event while another of its kind is under way: nobody could say which of them holds.
fn apart(event: &ServiceEvent, earlier: &[ServiceEvent], notes: &Notes<'_>) {
    let until = |event: &ServiceEvent| event.ends().unwrap_or(event.at);
    let clash = earlier.iter().find(|other| {
        let meet = event.at < until(other) && other.at < until(event);
        (event.what.excludes(&other.what) && meet)
            || (event.what.contradicts(&other.what) && event.at == other.at)
    });
    let Some(other) = clash else { return };
    let word = event.what.word();
    let message = if until(other) == other.at {
        format!("two events of `{word}` in one instant: another one is at {}", shown(other.at))
    } else {
        let (from, to) = (shown(other.at), shown(until(other)));
        format!("two events of `{word}` at once: another one lasts from {from} to {to}")
    };
    let help = "let the later one begin when the earlier one is over, or make one of the two";
    let place = Some(event.place.clone());
    notes.add(Code::EventsOverlap, place, message, "the other is not over", help);
}

impl<'r> Concerned<'r> {
    pub(crate) fn of(
        groups: &[WrittenGroup],
        edition: &'r Edition,
        assumptions: &'r Assumptions,
    ) -> Concerned<'r> {
        let models = |shared: bool| {
            let some =
                groups.iter().filter(move |group| (group.endpoint == Said::Nothing) == shared);
            some.map(|group| work::model_of(group, edition))
        };
        let every_one_named = groups.iter().all(|group| group.model.is_some());
        Concerned {
            edition,
            assumptions,
            shared: models(true).collect::<Option<_>>().filter(|_| every_one_named),
            on_endpoints: models(false).flatten().collect(),
        }
    }

    /// An event with its names found; nothing where one is not, which is noted.
    fn event(
        &self,
        what: &ToService,
        event: &WrittenEvent,
        happens: &Happens,
        notes: &Notes<'_>,
    ) -> Option<Event> {
        let whose = |model: &Whose| match model {
            None => Some(None),
            Some(word) => self.model(word, notes).map(Some),
        };
        Some(match what {
            ToService::Outage { model, lasts, left } => {
                Event::Outage { model: whose(model)?, lasts: *lasts, left: *left }
            }
            ToService::Capacity { model, share } => {
                Event::Capacity { model: whose(model)?, share: *share }
            }
            ToService::Others { model, every, shares } => {
                Event::Others { model: whose(model)?, every: *every, shares: shares.clone() }
            }
            ToService::Limits { .. } if !self.edition.has_tiers() => {
                let place = Some(event.place.clone());
                ladder::no_tiers(self.edition, place, "leave it out", notes);
                return None;
            }
            ToService::Limits { model, amounts } => {
                Event::Limits { model: whose(model)?, amounts: *amounts }
            }
            ToService::Grant { model, tier } => self.grant(model, tier, event, happens, notes)?,
            ToService::Blocked { lasts } => Event::Blocked { lasts: *lasts },
            ToService::Failing { share, lasts } => Event::Failing { share: *share, lasts: *lasts },
        })
    }

    fn grant(
        &self,
        model: &Placed<String>,
        tier: &Placed<String>,
        event: &WrittenEvent,
        happens: &Happens,
        notes: &Notes<'_>,
    ) -> Option<Event> {
        let found = self.model(model, notes);
        if !self.edition.has_tiers() {
            let place = Some(tier.place.clone());
            ladder::no_tiers(self.edition, place, "leave it out", notes);
            return None;
        }
        let granted = ladder::tier_of(&word(tier), self.edition, notes);
        if !happens.has_start() {
            let message =
                "a grant takes business days, but nothing says when the run begins".to_owned();
            let help = "add `starts = \"2025-11-03T09:00Z\"` to the file";
            let place = Some(event.place.clone());
            notes.add(Code::NeedsStarts, place, message, "on which day?", help);
        }
        let (model, granted) = (found?, granted?);
        if self.edition.published(&granted, &model, self.assumptions).is_none() {
            ladder::no_limit(&granted, &model, self.edition, self.assumptions, &word(tier), notes);
            return None;
        }
        happens.has_start().then_some(Event::Grant { model, tier: granted })
    }

    /// The model that an event names, among those that somebody calls on the shared fleet.
    fn model(&self, word: &Placed<String>, notes: &Notes<'_>) -> Option<Model> {
        let shared = self.shared.as_ref()?;
        let found = shared.iter().find(|model| model.name() == word.value);
        if found.is_none() {
            let place = Some(word.place.clone());
            let names: Vec<&str> = shared.iter().map(Model::name).collect();
            let (message, label) = if self.on_endpoints.iter().any(|one| one.name() == word.value) {
                (
                    format!("`{}` is called on an endpoint of its own alone", word.value),
                    "not shared",
                )
            } else {
                (format!("no group calls the model `{}`", word.value), "nobody calls it")
            };
            let help = if names.is_empty() {
                "an event is about the fleet that everybody shares".to_owned()
            } else {
                known(&word.value, &names)
            };
            notes.add(Code::UncalledModel, place, message, label, &help);
        }
        found.cloned()
    }
}
