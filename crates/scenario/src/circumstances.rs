//! What surrounded a run, as its record says it: events, capacity, gates, endpoints.

use core::fmt::Write as _;

use limits::{Instant, Span};
use rulebook::reading::quantity::rate_text;
use rulebook::{Millionths, Model, Tier};
use run_record::{CapacityNote, EndpointNote, EventNote, GateNote};

use crate::cast::{Group, Surge};
use crate::endpoint::Endpoint;
use crate::happenings::Change;
use crate::scenario::Scenario;
use crate::service_event::{Event, ServiceEvent};

/// What happens once, to clients and to the service of the account, by when it begins.
pub(crate) fn events(scenario: &Scenario) -> Vec<EventNote> {
    let events = scenario.service_events.iter().filter_map(|event| note(scenario, event));
    let mut notes: Vec<EventNote> =
        scenario.restart_notes().chain(surges(scenario)).chain(events).collect();
    notes.sort_by_key(|note| note.begins);
    notes
}

/// Jobs on top: what a client's own retries may keep going after their end.
fn surges(scenario: &Scenario) -> impl Iterator<Item = EventNote> {
    let of = |group: &Group| {
        let note = |surge: &Surge| EventNote {
            says: format!("a surge of {}", group.name),
            begins: surge.at,
            ends: Some(surge.at.plus(surge.phase.lasts())),
        };
        group.surges.iter().map(note).collect::<Vec<_>>()
    };
    scenario.groups.iter().flat_map(of)
}

fn note(scenario: &Scenario, event: &ServiceEvent) -> Option<EventNote> {
    let begins = match event.what {
        Event::Grant { .. } => scenario.granted_at(event.at, &scenario.assumptions)?,
        Event::Outage { .. }
        | Event::Capacity { .. }
        | Event::Others { .. }
        | Event::Limits { .. }
        | Event::Blocked { .. }
        | Event::Failing { .. }
        | Event::Account(_) => event.at,
    };
    let note = EventNote { says: says(&event.what), begins, ends: event.ends() };
    (begins < scenario.lasts).then_some(note)
}

/// `an outage of llama, with 0 % of its capacity left`.
fn says(event: &Event) -> String {
    let of = |model: &Option<Model>| {
        model.as_ref().map_or_else(|| "every model".to_owned(), ToString::to_string)
    };
    match event {
        Event::Outage { model, left, .. } => {
            format!("an outage of {}, with {} of its capacity left", of(model), percent(*left))
        }
        Event::Capacity { model, share } => {
            format!("{} of the capacity of {}", percent(*share), of(model))
        }
        Event::Others { model, shares, .. } => {
            let (least, most) = (shares.iter().min(), shares.iter().max());
            let (least, most) = least.zip(most).map_or_else(Default::default, |(a, b)| (*a, *b));
            let range = if least == most {
                percent(most)
            } else {
                format!("{} to {}", percent(least), percent(most))
            };
            format!("other tenants who take {range} of {}", of(model))
        }
        Event::Grant { model, tier } => format!("{} granted for {model}", tier.title()),
        Event::Limits { model, amounts } => {
            let mut says = format!("limits of {} moved to", of(model));
            let mut and = "";
            if let Some(requests) = amounts.requests {
                let _ = write!(says, " {} requests", rate_text(requests));
                and = " and";
            }
            if let Some(tokens) = amounts.tokens.map(limits::Rate::per_minute) {
                let _ = write!(says, "{and} {} tokens/min", grouped(tokens));
            }
            says
        }
        Event::Blocked { .. } => "an account that is blocked".to_owned(),
        Event::Failing { share, .. } => {
            format!("failures of {} of all attempts", percent(*share))
        }
        Event::Account(transaction) => transaction.to_string(),
    }
}

/// What the models on the shared fleet can do for everybody, where that has bounds.
pub(crate) fn capacity(scenario: &Scenario) -> Vec<CapacityNote> {
    let course = scenario.course(&scenario.tier, &scenario.assumptions);
    let notes = scenario.shared_models().into_iter().filter_map(|model| {
        let capacity = scenario.edition.capacity(model, &scenario.assumptions)?;
        let (mut whole, mut others) = (Millionths::ALL, capacity.others);
        for happening in course.iter().filter(|happening| happening.at == Instant::START) {
            match &happening.what {
                Change::Capacity { model: of, share } if is_of(of.as_ref(), model) => {
                    whole = *share;
                }
                Change::Others { model: of, share } if is_of(of.as_ref(), model) => others = *share,
                Change::Capacity { .. }
                | Change::Others { .. }
                | Change::Tier { .. }
                | Change::Limits { .. }
                | Change::Blocked(_)
                | Change::Failing { .. }
                | Change::Account(_)
                | Change::MonthEnds
                | Change::Collects
                | Change::FineTune { .. }
                | Change::Evaluation { .. } => {}
            }
        }
        let tpm = capacity.tokens_per_second.per_minute();
        let left = share_of(share_of(tpm, whole), others.rest());
        Some(CapacityNote { model: model.name().to_owned(), tpm, left_tpm: left })
    });
    notes.collect()
}

fn is_of(said: Option<&Model>, model: &Model) -> bool {
    said.is_none_or(|said| said == model)
}

fn share_of(amount: u64, share: Millionths) -> u64 {
    let part = u128::from(amount) * u128::from(share.0) / u128::from(Millionths::ALL.0);
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// The models of the scenario that a tier may not use.
pub(crate) fn gates(scenario: &Scenario, tier: &Tier) -> Vec<GateNote> {
    let gates = scenario.shared_models().into_iter().filter_map(|model| {
        let gated = scenario.edition.gate(tier, model, &scenario.assumptions)?;
        let needs = gated.needs.title().to_owned();
        Some(GateNote { model: model.name().to_owned(), needs })
    });
    gates.collect()
}

/// `1 to 4 replicas of 2,500 tokens/s each, on 1x_nvidia_h100_80gb_sxm, cold at the start`.
pub(crate) fn endpoint(endpoint: &Endpoint) -> EndpointNote {
    let (fewest, most) = endpoint.replicas;
    let throughput = grouped(endpoint.throughput.over(Span::from_secs(1)));
    let mut says = if most.get() == 1 {
        format!("one replica of {throughput} tokens/s")
    } else if fewest == most {
        format!("{most} replicas of {throughput} tokens/s each")
    } else {
        format!("{fewest} to {most} replicas of {throughput} tokens/s each")
    };
    if let Some(hardware) = &endpoint.hardware {
        let _ = write!(says, ", on {hardware}");
    }
    if !endpoint.ready {
        says.push_str(", cold at the start");
    }
    EndpointNote { name: endpoint.name.clone(), says, replica: None }
}

/// `62.5 %`.
fn percent(share: Millionths) -> String {
    let exact = format!("{}.{:04}", share.0 / 10_000, share.0 % 10_000);
    format!("{} %", exact.trim_end_matches('0').trim_end_matches('.'))
}

/// `2,500`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
