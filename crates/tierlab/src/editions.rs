//! Finding an edition: one of the house's, or a user's own by its path.

use std::fs;
use std::path::Path;

use rulebook::reading::nearest;
use rulebook::{Edition, Rulebook, Tier};

use crate::failure::Failure;

/// The edition by its name, by a day on which it held, or by its path; the newest of the house when
/// nobody says.
pub(crate) fn edition(said: Option<&str>) -> Result<Edition, Failure> {
    let rulebook = rulebook(said, Path::new(""))?;
    let newest = rulebook.names().last().map(|name| (*name).to_owned()).unwrap_or_default();
    let name = said.unwrap_or(&newest);
    let by_day = || rulebook.on(name).map(|edition| edition.as_of(Some(name)));
    rulebook.edition(name).cloned().or_else(by_day).ok_or_else(|| {
        let names = rulebook.names();
        let meant =
            nearest(name, &names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let known = names.join(", ");
        Failure::invalid(format!(
            "no edition `{name}`: the rulebook has {known}{meant}; a day on which one held works \
             too, `2025-12-01`, and so does the path of a .toml file"
        ))
    })
}

/// The same; when nobody says, the usual one for a tier, and without a tier the newest.
pub(crate) fn edition_for(said: Option<&str>, tier: Option<&str>) -> Result<Edition, Failure> {
    if said.is_some() {
        return edition(said);
    }
    let rulebook = Rulebook::embedded()?;
    if let Some(usual) = rulebook.usual(tier) {
        return Ok(usual.clone());
    }
    let editions = rulebook.names().into_iter().filter_map(|name| rulebook.edition(name));
    let mut known: Vec<&str> = Vec::new();
    for tier in editions.flat_map(Edition::tiers).map(Tier::name) {
        if !known.contains(&tier) {
            known.push(tier);
        }
    }
    let word = tier.unwrap_or_default();
    let meant =
        nearest(word, &known).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let known = known.join(", ");
    Err(Failure::invalid(format!("no edition has a tier `{word}`: there are {known}{meant}")))
}

/// The edition of the house that held on a day; the oldest where that is not known, or is before
/// all of them.
pub(crate) fn held_on(day: Option<&str>) -> Result<Edition, Failure> {
    let rulebook = Rulebook::embedded()?;
    let held = day.and_then(|day| rulebook.on(day));
    let oldest = || rulebook.edition(rulebook.names().first()?);
    held.or_else(oldest).cloned().ok_or_else(|| Failure::ours("no edition"))
}

/// The embedded rulebook; and where `name` is the path of a `.toml` file, from the folder `from`,
/// that edition too, known by this name.
pub(crate) fn rulebook(name: Option<&str>, from: &Path) -> Result<Rulebook, Failure> {
    let mut rulebook = Rulebook::embedded()?;
    let is_file = |name: &&str| Path::new(name).extension().is_some_and(|end| end == "toml");
    if let Some(name) = name.filter(is_file)
        && rulebook.edition(name).is_none()
    {
        let path = from.join(name);
        let text = fs::read_to_string(&path).map_err(|error| Failure::unreadable(&path, &error))?;
        rulebook.add(name, &text)?;
    }
    Ok(rulebook)
}
