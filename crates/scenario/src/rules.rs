//! Under which rules a scenario is: its edition, and what it supposes where that is silent.

use std::sync::Arc;

use rulebook::reading::{known, nearest};
use rulebook::{AssumptionError, Assumptions, Edition, Rulebook, is_day};

use crate::fault::Code;
use crate::given;
use crate::notes::Notes;
use crate::written::{Placed, Said, Written};

/// The edition that holds: the one that a file names, or the one of a day that it names; else the
/// oldest that knows the account's tier, or without a tier the newest. Limits that moved are as
/// they were on that day, or on the one on which the run begins, and what the file gives for a tier
/// stands in place of what the edition says.
pub(crate) fn edition_of(
    written: &Written,
    rulebook: &Rulebook,
    notes: &Notes<'_>,
) -> Option<Arc<Edition>> {
    let (edition, named_day) = match &written.edition {
        Some(word) => named(word, rulebook, notes)?,
        None => (usual(written, rulebook)?, None),
    };
    let day = written.starts.map(|starts| starts.day()).or(named_day);
    let edition = if day.is_some() { edition.as_of(day.as_deref()) } else { edition.clone() };
    Some(Arc::new(given::with_limits(edition, &written.limits, notes)))
}

/// The edition of this name, or of this day, and the day.
fn named<'r>(
    word: &Placed<String>,
    rulebook: &'r Rulebook,
    notes: &Notes<'_>,
) -> Option<(&'r Edition, Option<String>)> {
    let day = is_day(&word.value).then(|| word.value.clone());
    let found = rulebook.edition(&word.value);
    let found = found.or_else(|| rulebook.on(day.as_deref()?));
    if found.is_none() {
        let names = rulebook.names();
        let (message, label) = match &day {
            Some(day) => (format!("no edition held on {day}"), "on no such day"),
            None => (format!("unknown edition `{}`", word.value), "no such edition"),
        };
        let help = known(&word.value, &names);
        let help = format!("{help}; one of your own is named by its path, with .toml at the end");
        notes.add(Code::UnknownEdition, Some(word.place.clone()), message, label, &help);
    }
    Some((found?, day))
}

/// The edition of a file that names none. A tier that no edition knows is said to be unknown in
/// the oldest of those that have any.
fn usual<'r>(written: &Written, rulebook: &'r Rulebook) -> Option<&'r Edition> {
    let tier = match &written.account.tier {
        Said::Nothing => return rulebook.usual(None),
        Said::Wrong => None,
        Said::This(word) => rulebook.usual(Some(&word.value)),
    };
    let with_tiers = || {
        let names = rulebook.names().into_iter();
        names.filter_map(|name| rulebook.edition(name)).find(|edition| edition.has_tiers())
    };
    tier.or_else(with_tiers)
}

/// What holds where the edition is silent, and the edition as it then words errors and names
/// headers.
pub(crate) fn supposed(
    written: &[(Placed<String>, Placed<String>)],
    edition: &Edition,
    notes: &Notes<'_>,
) -> (Arc<Edition>, Assumptions) {
    let assumptions = assumptions_of(written, edition, notes);
    (Arc::new(edition.assuming(&assumptions)), assumptions)
}

/// The values of assumptions that are compared, as far as there are such, but for those that hold
/// anyway.
pub(crate) fn compared(
    written: &[(Placed<String>, Placed<String>)],
    assumptions: &Assumptions,
    notes: &Notes<'_>,
) -> Vec<(Placed<String>, Placed<String>)> {
    let mut found: Vec<(Placed<String>, Placed<String>)> = Vec::new();
    for (name, value) in written {
        if let Err(error) = assumptions.with(&name.value, &value.value) {
            refuse(&error, name, value, assumptions, notes);
            continue;
        }
        let own = assumptions.get(&name.value).is_some_and(|one| one.value == value.value);
        let twice = found.iter().any(|(n, v)| (&n.value, &v.value) == (&name.value, &value.value));
        if !own && !twice {
            found.push((name.clone(), value.clone()));
        }
    }
    found
}

fn assumptions_of(
    written: &[(Placed<String>, Placed<String>)],
    edition: &Edition,
    notes: &Notes<'_>,
) -> Assumptions {
    let mut assumptions = edition.assumptions();
    for (name, value) in written {
        match assumptions.with(&name.value, &value.value) {
            Ok(changed) => assumptions = changed,
            Err(error) => refuse(&error, name, value, &assumptions, notes),
        }
    }
    assumptions
}

/// Notes that there is no such assumption, or that it has no such value.
fn refuse(
    error: &AssumptionError,
    name: &Placed<String>,
    value: &Placed<String>,
    assumptions: &Assumptions,
    notes: &Notes<'_>,
) {
    match error {
        AssumptionError::UnknownName { .. } => {
            let names: Vec<&str> = assumptions.iter().map(|one| one.name.as_str()).collect();
            let help = known(&name.value, &names);
            let (place, label) = (Some(name.place.clone()), "no such assumption");
            notes.add(Code::UnknownAssumption, place, error.to_string(), label, &help);
        }
        AssumptionError::UnknownValue { alternatives, .. } => {
            let words: Vec<&str> = alternatives.iter().map(String::as_str).collect();
            let help = nearest(&value.value, &words).map_or_else(
                || "write one of those, or leave the line out".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let (place, label) = (Some(value.place.clone()), "cannot be this");
            notes.add(Code::AssumptionValue, place, error.to_string(), label, &help);
        }
    }
}
