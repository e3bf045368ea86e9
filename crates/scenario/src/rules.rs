//! Under which rules a scenario is: its edition, and what it supposes where that is silent.

use std::sync::Arc;

use rulebook::reading::{known, nearest};
use rulebook::{AssumptionError, Assumptions, Edition, Rulebook};

use crate::fault::Code;
use crate::notes::Notes;
use crate::written::Placed;

/// The edition that a file names, else the newest of the house.
pub(crate) fn edition_of(
    written: Option<&Placed<String>>,
    rulebook: &Rulebook,
    notes: &Notes<'_>,
) -> Option<Arc<Edition>> {
    let names = rulebook.names();
    let Some(word) = written else {
        // Editions of the house are named by month, those of users by path.
        let of_house = |name: &&&str| name.starts_with(|c: char| c.is_ascii_digit());
        let newest = names.iter().filter(of_house).max().and_then(|name| rulebook.edition(name));
        return newest.cloned().map(Arc::new);
    };
    let found = rulebook.edition(&word.value).cloned().map(Arc::new);
    if found.is_none() {
        let message = format!("unknown edition `{}`", word.value);
        let help = known(&word.value, &names);
        let help = format!("{help}; one of your own is named by its path, with .toml at the end");
        notes.add(
            Code::UnknownEdition,
            Some(word.place.clone()),
            message,
            "no such edition",
            &help,
        );
    }
    found
}

pub(crate) fn assumptions_of(
    written: &[(Placed<String>, Placed<String>)],
    edition: &Edition,
    notes: &Notes<'_>,
) -> Assumptions {
    let mut assumptions = edition.assumptions();
    for (name, value) in written {
        match assumptions.with(&name.value, &value.value) {
            Ok(changed) => assumptions = changed,
            Err(error @ AssumptionError::UnknownName { .. }) => {
                let names: Vec<String> = assumptions.iter().map(|one| one.name.clone()).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let help = known(&name.value, &names);
                let place = Some(name.place.clone());
                notes.add(
                    Code::UnknownAssumption,
                    place,
                    error.to_string(),
                    "no such assumption",
                    &help,
                );
            }
            Err(error) => {
                let place = Some(value.place.clone());
                let near = match &error {
                    AssumptionError::UnknownValue { alternatives, .. } => {
                        let words: Vec<&str> = alternatives.iter().map(String::as_str).collect();
                        nearest(&value.value, &words)
                    }
                    AssumptionError::UnknownName { .. } => None,
                };
                let help = near.map_or_else(
                    || "write one of those, or leave the line out".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let (message, label) = (error.to_string(), "cannot be this");
                notes.add(Code::AssumptionValue, place, message, label, &help);
            }
        }
    }
    assumptions
}
