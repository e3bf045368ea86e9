//! `rules`: the rulebook for readers, every fact with its source, and where two editions differ.

use std::io::IsTerminal;

use rulebook::{Edition, Rulebook};

use crate::args::{ColorWhen, Format, Manners, Rules};
use crate::editions;
use crate::exit::Ending;
use crate::failure::Failure;
use crate::out;
use crate::rules_diff::Difference;
use crate::rules_text::Paper;
use crate::{explained, rules_json, rules_text, strategies_told};

pub(crate) fn run(said: &Rules, manners: &Manners) -> Result<Ending, Failure> {
    if let Some(name) = &said.strategies {
        out::print(&strategies_told::told(name.as_deref(), said.format)?)?;
        return Ok(Ending::Fine);
    }
    if let Some(name) = &said.explain {
        out::print(&explained::told(name, said)?)?;
        return Ok(Ending::Fine);
    }
    let told = match (said.edition.as_deref(), said.diff.as_slice()) {
        (_, [from, to]) => differing(said, manners, from, to)?,
        (Some(name), _) => one(said, manners, &editions::edition(Some(name))?)?,
        (None, _) if said.assumptions => {
            return Err(Failure::usage(
                "--assumptions of which edition? name one, as in `rules 2025-11 --assumptions`",
            ));
        }
        (None, _) => all(said, manners, &Rulebook::embedded()?)?,
    };
    out::print(&told)?;
    Ok(Ending::Fine)
}

/// One edition: its facts and its assumptions, or the latter alone.
fn one(said: &Rules, manners: &Manners, edition: &Edition) -> Result<String, Failure> {
    match said.format {
        Format::Json => written(rules_json::edition(edition, !said.assumptions)),
        Format::Text => Ok(rules_text::edition(paper(manners), edition, !said.assumptions)),
    }
}

/// Every edition of the house, by name, age and title.
fn all(said: &Rules, manners: &Manners, rulebook: &Rulebook) -> Result<String, Failure> {
    let names = rulebook.names();
    let editions: Vec<&Edition> = names.iter().filter_map(|name| rulebook.edition(name)).collect();
    match said.format {
        Format::Json => written(rules_json::list(&editions)),
        Format::Text => Ok(rules_text::list(paper(manners), &editions)),
    }
}

/// What the second edition says that the first does not, and the other way round.
fn differing(said: &Rules, manners: &Manners, from: &str, to: &str) -> Result<String, Failure> {
    let (from, to) = (editions::edition(Some(from))?, editions::edition(Some(to))?);
    let difference = Difference::between(&from, &to, !said.assumptions);
    match said.format {
        Format::Json => written(rules_json::difference(&difference)),
        Format::Text => Ok(rules_text::difference(paper(manners), &difference)),
    }
}

fn written(document: serde_json::Result<String>) -> Result<String, Failure> {
    document.map(|text| text + "\n").map_err(|error| Failure::ours(error.to_string()))
}

/// A page with colour where stdout takes it.
fn paper(manners: &Manners) -> Paper {
    Paper::new(match manners.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|said| said.is_empty())
                && std::io::stdout().is_terminal()
        }
    })
}
