//! Dedicated endpoints: hardware that no other organization uses.
//!
//! A group that names one sends its jobs there. No limit of the account's holds then and no header
//! is shown; what the replicas cannot do waits. How fast a replica is nobody publishes for every
//! model and load, so that the file must say it.

use core::num::NonZeroU32;

use limits::{Rate, Tokens};
use rulebook::reading::known;
use rulebook::{Edition, Model};

use crate::fault::Code;
use crate::notes::Notes;
use crate::resolve::unique;
use crate::work;
use crate::written::{Said, WrittenEndpoint, WrittenGroup};

/// A dedicated endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Which it is, by position in the scenario.
    pub number: u32,
    /// Its name in the file.
    pub name: String,
    /// The model that it serves.
    pub model: Model,
    /// What each replica runs on, as the file calls it: nothing is reckoned from it.
    pub hardware: Option<String>,
    /// What one replica works off, prompt and answer together.
    pub throughput: Rate<Tokens>,
    /// The fewest and the most replicas.
    pub replicas: (NonZeroU32, NonZeroU32),
    /// Whether its fewest replicas run when the run begins; else they start then.
    pub ready: bool,
}

/// Lets every group that names an endpoint and no model call the endpoint's, and refuses whatever
/// does not fit together: names used twice, endpoints that are not there or that nobody calls, and
/// models that are not the endpoint's.
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
    // One that could not be read may be any of them.
    if groups.iter().any(|group| group.endpoint == Said::Wrong) {
        return;
    }
    let calls = |name: &str| {
        groups.iter().any(|group| group.endpoint().is_some_and(|word| word.value == name))
    };
    for name in endpoints.iter().filter_map(|endpoint| endpoint.name.as_ref()) {
        if !calls(&name.value) {
            let message = format!("no group sends its jobs to the endpoint `{}`", name.value);
            let help = format!("give a group `endpoint = \"{}\"`, or leave it out", name.value);
            let place = Some(name.place.clone());
            notes.add(Code::UnusedEndpoint, place, message, "nobody calls it", &help);
        }
    }
}

/// The endpoints of a file whose every part could be read.
pub(crate) fn resolve(
    written: Vec<WrittenEndpoint>,
    groups: &[WrittenGroup],
    edition: &Edition,
) -> Vec<Endpoint> {
    let one = |endpoint: WrittenEndpoint| {
        let name = endpoint.name?.value;
        let calls = |group: &&WrittenGroup| group.endpoint().is_some_and(|word| word.value == name);
        let caller = groups.iter().find(calls)?;
        Some(Endpoint {
            number: 0,
            model: work::model_of(caller, edition)?,
            name,
            hardware: endpoint.hardware,
            throughput: endpoint.throughput?,
            replicas: endpoint.replicas?,
            ready: endpoint.ready,
        })
    };
    let mut endpoints: Vec<Endpoint> = written.into_iter().filter_map(one).collect();
    for (number, endpoint) in (0..).zip(&mut endpoints) {
        endpoint.number = number;
    }
    endpoints
}
