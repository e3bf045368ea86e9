//! What an edition says that decides something, and what else it could have said there.

use crate::toml::{Kind, Leaf, leaves};

/// One thing that an edition says, to be said otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Flip {
    /// The fact or the assumption, by its id.
    pub(crate) id: String,
    pub(crate) leaf: Leaf,
    /// What else could stand here, the best first: not all of it may be understood.
    pub(crate) instead: Vec<String>,
}

/// What is only told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Descriptive {
    /// Facts under `[stated]`.
    pub(crate) stated: Vec<String>,
    /// Assumptions without alternatives.
    pub(crate) assumptions: Vec<String>,
}

/// Keys of a fact that say where it comes from and decide nothing.
const DESCRIBE: [&str; 8] =
    ["source", "certainty", "date", "note", "says", "title", "at_least", "at_most"];

/// Every flip of an edition's text.
///
/// # Errors
/// The line from which on it cannot be read.
pub(crate) fn of(text: &str) -> Result<Vec<Flip>, String> {
    let all = leaves(text)?;
    let flips = all.iter().filter_map(|leaf| {
        let [section, name, ..] = leaf.path.as_slice() else { return None };
        let id = leaf.path.join(".").trim_end_matches(".value").to_owned();
        let instead = match section.as_str() {
            "stated" | "sources" => return None,
            "assumptions" if leaf.key() != "value" => return None,
            "assumptions" => alternatives(&all, name, text)
                .filter(|other| *other != leaf.said(text))
                .map(str::to_owned)
                .collect(),
            _ if DESCRIBE.contains(&leaf.key()) || !has_source(&all, leaf) => return None,
            _ => others(leaf, text),
        };
        Some(Flip { id, leaf: leaf.clone(), instead })
    });
    Ok(flips.filter(|flip| !flip.instead.is_empty()).collect())
}

/// What is only told in an edition's text.
///
/// # Errors
/// The line from which on it cannot be read.
pub(crate) fn descriptive(text: &str) -> Result<Descriptive, String> {
    let all = leaves(text)?;
    let mut told = Descriptive::default();
    for leaf in all.iter().filter(|leaf| leaf.key() == "value") {
        match leaf.path.as_slice() {
            [section, name, _] if section == "stated" => told.stated.push(name.clone()),
            [section, name, _]
                if section == "assumptions" && alternatives(&all, name, text).next().is_none() =>
            {
                told.assumptions.push(name.clone());
            }
            _ => {}
        }
    }
    Ok(told)
}

/// The values that an assumption may have beside its own.
fn alternatives<'t>(
    all: &[Leaf],
    assumption: &str,
    text: &'t str,
) -> impl Iterator<Item = &'t str> {
    let of_it = move |leaf: &&Leaf| {
        matches!(leaf.path.as_slice(), [section, name, key, _]
            if section == "assumptions" && name == assumption && key == "alternatives")
    };
    all.iter().filter(of_it).map(|leaf| leaf.said(text))
}

/// Whether one of the tables around a leaf says where it was read.
fn has_source(all: &[Leaf], leaf: &Leaf) -> bool {
    (1..leaf.path.len()).any(|depth| {
        let table = leaf.path.get(..depth).unwrap_or_default();
        all.iter().any(|other| {
            other.key() == "source"
                && other.path.len() == depth + 1
                && other.path.starts_with(table)
        })
    })
}

/// Words of closed sets, each with another of its set.
const WORDS: [(&str, &str); 14] = [
    ("nearest", "up"),
    ("reset", "absent"),
    ("every", "429"),
    ("429", "every"),
    ("unlimited", "limited"),
    ("build-1", "build-2"),
    ("build-2", "build-3"),
    ("build-3", "build-4"),
    ("embedding", "re-rank"),
    ("re-rank", "embedding"),
    ("image", "video"),
    ("video", "image"),
    ("audio", "video"),
    ("completion", "image"),
];

fn others(leaf: &Leaf, text: &str) -> Vec<String> {
    let said = leaf.said(text);
    let known =
        WORDS.iter().filter(|(word, _)| *word == said).map(|(_, other)| (*other).to_owned());
    match leaf.kind {
        Kind::Flag => vec![if said == "true" { "false" } else { "true" }.to_owned()],
        Kind::Number => other_numbers(said),
        Kind::Text if is_day(said) => other_days(said),
        Kind::Text if starts_with_number(said) => known.chain(other_numbers(said)).collect(),
        Kind::Text => known.chain([format!("{said}x"), "x".to_owned()]).collect(),
    }
}

/// `1800/min`, `$5`, `0.6`.
fn starts_with_number(said: &str) -> bool {
    said.trim_start_matches('$').starts_with(|letter: char| letter.is_ascii_digit())
}

/// The same with a greater number, with another first digit, and with another last one.
fn other_numbers(said: &str) -> Vec<String> {
    let Some(start) = said.find(|letter: char| letter.is_ascii_digit()) else { return Vec::new() };
    let (before, number) = said.split_at(start);
    let end = number.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (number, unit) = number.split_at(end.unwrap_or(number.len()));
    let with_digit = |place: Option<usize>| {
        let place = place?;
        let digit = number.as_bytes().get(place)?.saturating_sub(b'0');
        let other = if digit < 2 { digit + 1 } else { digit - 1 };
        let mut number = number.to_owned();
        number.replace_range(place..=place, &other.to_string());
        Some(format!("{before}{number}{unit}"))
    };
    let first = with_digit(number.find(|letter: char| ('1'..='9').contains(&letter)));
    let last = with_digit(number.rfind(|letter: char| letter.is_ascii_digit()));
    [Some(format!("{before}1{number}{unit}")), first, last].into_iter().flatten().collect()
}

/// `2026-04-22`.
fn is_day(said: &str) -> bool {
    let shape: String =
        said.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    shape == "0000-00-00"
}

/// The same day of the year before and after.
fn other_days(said: &str) -> Vec<String> {
    let (year, rest) = said.split_at(4);
    let year: u32 = year.parse().unwrap_or(1_970);
    [year.saturating_sub(1), year + 1].map(|year| format!("{year:04}{rest}")).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
title = "Tiers"
ladder = ["build-1"]
[sources]
page = { title = "a page", date = "2025" }
[tiers.build-1]
title = "Tier 1"
requests = { value = "600/min", source = "page", certainty = "documented", note = "1" }
[shown]
reset = { value = "nearest", source = "page", certainty = "observed" }
all = { value = true, source = "page", certainty = "observed" }
[errors.gone]
status = 404
message = "gone"
source = "page"
[models."a/b".requests]
any = { series = [{ from = "2025-08-30", value = "6/min" }], source = "page" }
[stated]
batch = { value = "72 h", source = "page" }
[assumptions.gate]
value = "minute"
alternatives = ["none"]
source = "page"
[assumptions.scope]
value = "model"
source = "page"
"#;

    #[test]
    fn whatever_has_a_source_is_said_otherwise_and_what_describes_is_left() {
        let flips = of(TEXT).unwrap();
        let told: Vec<String> =
            flips.iter().map(|flip| format!("{} {}", flip.id, flip.instead.join(" "))).collect();
        assert_eq!(
            told,
            [
                "tiers.build-1.requests 1600/min 500/min 601/min",
                "shown.reset up nearestx x",
                "shown.all false",
                "errors.gone.status 1404 304 403",
                "errors.gone.message gonex x",
                "models.a/b.requests.any.series.0.from 2024-08-30 2026-08-30",
                "models.a/b.requests.any.series.0 16/min 5/min 5/min",
                "assumptions.gate none",
            ]
        );
    }

    #[test]
    fn what_is_only_told_is_listed() {
        let told = descriptive(TEXT).unwrap();
        assert_eq!(told.stated, ["batch"]);
        assert_eq!(told.assumptions, ["scope"]);
    }

    #[test]
    fn another_number_keeps_its_unit() {
        assert_eq!(other_numbers("$5"), ["$15", "$4", "$4"]);
        assert_eq!(other_numbers("0.05"), ["10.05", "0.04", "0.04"]);
        assert_eq!(other_numbers("0%"), ["10%", "1%"]);
    }
}
