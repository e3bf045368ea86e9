//! Dedicated endpoints: hardware that no other organization uses.
//!
//! A group that names one sends its jobs there. No limit of the account's holds then and no header
//! is shown; what the replicas cannot do waits. How fast a replica is nobody publishes for every
//! model and load, so that the file must say it.

use core::num::NonZeroU32;

use limits::{Per, Rate, Span, Tokens};
use money::Money;
use rulebook::reading::known;
use rulebook::{Assumptions, Edition, Model, Work};

use crate::ends::{Once, StatedEvent};
use crate::event::Happens;
use crate::fault::Code;
use crate::lasts::{Stated, shown};
use crate::notes::Notes;
use crate::resolve::unique;
use crate::work;
use crate::written::{Placed, Said, When, WrittenEndpoint, WrittenGroup};

/// A dedicated endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Which it is, by position in the scenario.
    pub number: u32,
    /// Its name in the file.
    pub name: String,
    /// The model that it serves.
    pub model: Model,
    /// What each replica runs on, as the file calls it: the edition knows what that costs.
    pub hardware: Option<String>,
    /// What a replica costs an hour, where the file says it; else the hardware's price holds.
    pub price: Option<Money>,
    /// What one replica works off, prompt and answer together.
    pub throughput: Rate<Tokens>,
    /// The fewest and the most replicas.
    pub replicas: (NonZeroU32, NonZeroU32),
    /// Whether its fewest replicas run when the run begins; else they start then.
    pub ready: bool,
    /// When it is started, from the beginning of the run.
    pub from: Span,
    /// When it is stopped; without it it runs on when the run is over.
    pub until: Option<Span>,
    /// What it hosts.
    pub kind: Kind,
}

/// What an endpoint hosts: bills tell one from the other.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A model of the service's.
    #[default]
    Dedicated,
    /// A model that was trained further.
    FineTune,
}

impl Kind {
    /// Both, as files write them.
    pub(crate) const WORDS: &'static [&'static str] = &["dedicated", "fine-tune"];

    pub(crate) fn of_word(word: &str) -> Option<Kind> {
        match word {
            "dedicated" => Some(Kind::Dedicated),
            "fine-tune" => Some(Kind::FineTune),
            _ => None,
        }
    }
}

/// Lets every group that names an endpoint and no model call the endpoint's, and refuses whatever
/// does not fit together: names used twice, endpoints that are not there, and models that are not
/// the endpoint's. Of one that nobody calls it warns: it costs what it costs all the same.
pub(crate) fn join(endpoints: &[WrittenEndpoint], groups: &mut [WrittenGroup], notes: &Notes<'_>) {
    unique(endpoints.iter().filter_map(|endpoint| endpoint.name.as_ref()), "endpoints", notes);
    let named: Option<Vec<&str>> = endpoints
        .iter()
        .map(|endpoint| endpoint.name.as_ref().map(|name| name.value.as_str()))
        .collect();
    for group in groups.iter_mut() {
        let Some(word) = group.endpoint().cloned() else { continue };
        let found = endpoints
            .iter()
            .find(|endpoint| endpoint.name.as_ref().is_some_and(|name| name.value == word.value));
        let Some(endpoint) = found else {
            // Another may be one of those whose names could not be read.
            if let Some(named) = &named {
                let message = format!("unknown endpoint `{}`", word.value);
                let help = if named.is_empty() {
                    "describe it in an [[endpoint]] of its own".to_owned()
                } else {
                    known(&word.value, named)
                };
                let place = Some(word.place.clone());
                notes.add(Code::UnknownEndpoint, place, message, "no such endpoint", &help);
            }
            continue;
        };
        match (&group.model, &endpoint.model) {
            (None, lent) => group.model.clone_from(lent),
            (Some(own), Some(its)) if own.value != its.value => {
                let message = format!("the endpoint `{}` serves {}", word.value, its.value);
                let help = "leave `model` out, or name another endpoint";
                let place = Some(own.place.clone());
                notes.add(Code::EndpointModel, place, message, "another model", help);
            }
            (Some(_), _) => {}
        }
    }
    // One that could not be read may be any of them; and without groups nobody expects a call.
    if groups.is_empty() || groups.iter().any(|group| group.endpoint == Said::Wrong) {
        return;
    }
    let calls = |name: &str| {
        groups.iter().any(|group| group.endpoint().is_some_and(|word| word.value == name))
    };
    let idle = endpoints.iter().filter(|endpoint| !endpoint.stands_in);
    for name in idle.filter_map(|endpoint| endpoint.name.as_ref()) {
        if !calls(&name.value) {
            let message = format!("no group sends its jobs to the endpoint `{}`", name.value);
            let help = "it is charged while it runs, whoever calls it; a group that does says \
                        `endpoint`";
            notes.warn(Code::UnusedEndpoint, name.place.clone(), message, "nobody calls it", help);
        }
    }
}

/// The endpoints of a file whose every part could be read.
pub(crate) fn resolve(
    written: Vec<WrittenEndpoint>,
    groups: &[WrittenGroup],
    (edition, given): (&Edition, &Assumptions),
    (happens, notes): (&Happens, &Notes<'_>),
    stated: &mut Stated,
) -> Vec<Endpoint> {
    let one = |endpoint: WrittenEndpoint| {
        priced(&endpoint, groups, (edition, given), notes);
        let runs = runs(&endpoint, happens, stated, notes);
        let name = endpoint.name?.value;
        let calls = |group: &&WrittenGroup| group.endpoint().is_some_and(|word| word.value == name);
        let caller = groups.iter().find(calls);
        let throughput = match (endpoint.throughput, caller) {
            (Said::This(throughput), _) => throughput,
            // Nobody asks anything of it, so that any will do.
            (Said::Nothing, None) if !endpoint.stands_in => Rate::new(Tokens(1), Per::Second),
            (Said::Nothing, _) => {
                notes.missing(endpoint.place, "endpoint", "throughput", "throughput = \"2500/s\"");
                return None;
            }
            (Said::Wrong, _) => return None,
        };
        let model = match caller {
            Some(caller) => work::model_of(caller, edition)?,
            None => edition.model_for(&endpoint.model?.value, Work::Chat),
        };
        let (from, until) = runs?;
        Some(Endpoint {
            number: 0,
            model,
            name,
            hardware: endpoint.hardware.this().map(|hardware| hardware.value),
            price: endpoint.price.this(),
            throughput,
            replicas: endpoint.replicas?,
            ready: endpoint.ready,
            from,
            until,
            kind: endpoint.kind,
        })
    };
    let mut endpoints: Vec<Endpoint> = written.into_iter().filter_map(one).collect();
    for (number, endpoint) in (0..).zip(&mut endpoints) {
        endpoint.number = number;
    }
    endpoints
}

/// Refuses hardware that the edition does not have, where its price is the one that would hold, and
/// an endpoint that nothing prices: where nobody sends jobs its price is all there is to tell, and
/// elsewhere a warning is enough.
fn priced(
    endpoint: &WrittenEndpoint,
    groups: &[WrittenGroup],
    (edition, given): (&Edition, &Assumptions),
    notes: &Notes<'_>,
) {
    if endpoint.price != Said::Nothing {
        return;
    }
    let ids = edition.hardware_ids();
    let hardware = match &endpoint.hardware {
        Said::This(hardware) => hardware,
        Said::Wrong => return,
        Said::Nothing => return unpriced(endpoint, ids.first(), groups, notes),
    };
    if edition.hardware(&hardware.value, given).is_some() {
        return;
    }
    if ids.is_empty() {
        return unpriced(endpoint, None, groups, notes);
    }
    let message = format!("edition {} has no hardware `{}`", edition.name(), hardware.value);
    let help = format!(
        "{}; of other hardware say what it costs, `price = \"$3.99/hour\"`",
        known(&hardware.value, &ids.iter().map(String::as_str).collect::<Vec<_>>())
    );
    let place = Some(hardware.place.clone());
    notes.add(Code::UnknownHardware, place, message, "no such hardware", &help);
}

/// Notes that nobody says what an endpoint costs.
fn unpriced(
    endpoint: &WrittenEndpoint,
    known: Option<&String>,
    groups: &[WrittenGroup],
    notes: &Notes<'_>,
) {
    let message = "nobody says what this endpoint costs".to_owned();
    let hardware = known.map_or_else(String::new, |id| format!("`hardware = \"{id}\"`, or "));
    let help = format!("add {hardware}`price = \"$3.99/hour\"`");
    let (code, place) = (Code::UnpricedEndpoint, endpoint.place.clone());
    if groups.is_empty() {
        notes.add(code, Some(place), message, "for nothing?", &help);
    } else {
        notes.warn(code, place, message, "left out of every cost", &help);
    }
}

/// From when until when it runs; nothing where that could not be read or cannot be.
fn runs(
    endpoint: &WrittenEndpoint,
    happens: &Happens,
    stated: &mut Stated,
    notes: &Notes<'_>,
) -> Option<(Span, Option<Span>)> {
    let mut at = |said: &Said<Placed<When>>, starts: bool| match said {
        Said::Nothing => Some(None),
        Said::Wrong => None,
        Said::This(when) => {
            let at = happens.at(when, notes)?;
            stated.events.push(StatedEvent {
                what: if starts { Once::EndpointStarts(at) } else { Once::EndpointStops(at) },
                moment: happens.moment(&when.value, at),
                place: when.place.clone(),
            });
            Some(Some(at))
        }
    };
    let (from, until) = (at(&endpoint.from, true), at(&endpoint.until, false));
    let (from, until) = (from?.unwrap_or(Span::ZERO), until?);
    if let (Some(until), Said::This(said)) = (until, &endpoint.until)
        && until <= from
    {
        let message = format!(
            "this endpoint is stopped {} from the start, before it runs: it is started at {}",
            shown(until),
            shown(from)
        );
        let help = "stop it later, or start it earlier";
        let place = Some(said.place.clone());
        notes.add(Code::StopsBeforeStart, place, message, "too early", help);
        return None;
    }
    Some((from, until))
}
