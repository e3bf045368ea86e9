//! Limits that the file gives for a tier, in place of what the edition says of it.

use rulebook::reading::known;
use rulebook::{Edition, GivenLimit, Tier, Ungivable};

use crate::fault::Code;
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::written::WrittenLimits;

/// The edition with these limits; those that it cannot have are noted and left out.
pub(crate) fn with_limits(
    edition: Edition,
    written: &[WrittenLimits],
    notes: &Notes<'_>,
) -> Edition {
    let mut changed = edition;
    let mut seen: Vec<(Option<Tier>, Option<&str>)> = Vec::new();
    for limits in written {
        let model = limits.model.as_ref().map(|model| model.value.as_str());
        let whose = (changed.tier(&limits.tier.value), model);
        if whose.0.is_some() && seen.contains(&whose) {
            let message = format!("`{}` is given these limits twice", limits.tier.value);
            let place = Some(limits.place.clone());
            notes.add(Code::DuplicateName, place, message, "the second time", "leave one out");
            continue;
        }
        seen.push(whose);
        let given = GivenLimit {
            tier: limits.tier.value.clone(),
            model: limits.model.as_ref().map(|model| model.value.clone()),
            requests: limits.amounts.requests,
            tokens: limits.amounts.tokens,
        };
        match changed.with_limits(&[given]) {
            Ok(edition) => changed = edition,
            Err(error) => refuse(&error.why, &error.to_string(), limits, &changed, notes),
        }
    }
    changed
}

fn refuse(
    why: &Ungivable,
    message: &str,
    limits: &WrittenLimits,
    edition: &Edition,
    notes: &Notes<'_>,
) {
    let tier = &limits.tier;
    let place = |whole: bool| Some(if whole { limits.place.clone() } else { tier.place.clone() });
    match why {
        Ungivable::UnknownTier(_) if !edition.has_tiers() => {
            let message = format!("edition {} has no tiers to give limits to", edition.name());
            let help = "name an edition with tiers, or leave these limits out";
            notes.add(Code::NoTiers, place(false), message, "no such thing there", help);
        }
        Ungivable::UnknownTier(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let message = format!("unknown tier `{}`", tier.value);
            let help = known(&tier.value, &names);
            notes.add(Code::UnknownTier, place(false), message, "no such tier", &help);
        }
        Ungivable::NoRequests => {
            let help = "add `requests = \"12000/min\"`";
            notes.add(Code::NoLimit, place(true), message.to_owned(), "tokens alone", help);
        }
        Ungivable::Impossible(_) => {
            let help = "write a rate that a service can count";
            notes.add(Code::OutOfRange, place(true), message.to_owned(), "cannot be", help);
        }
    }
}

/// Warns of ceilings that are negotiated with those who spend a certain sum, of which a file says
/// nothing.
pub(crate) fn warn(written: &[WrittenLimits], scenario: &Scenario, notes: &Notes<'_>) {
    for limits in written {
        let Some(tier) = scenario.edition.tier(&limits.tier.value) else { continue };
        let told = scenario.edition.fact(&format!("stated.{}_is", tier.name()));
        let Some(told) = told.filter(|_| tier == scenario.tier) else { continue };
        let message = format!("{} is {}", tier.title(), told.value);
        let help = format!(
            "nothing here says what is spent, so that you must know whether these limits are yours \
             to have (source: {})",
            told.source
        );
        let label = "for whoever spends that";
        notes.warn(Code::NeedsSpend, limits.place.clone(), message, label, &help);
    }
}
