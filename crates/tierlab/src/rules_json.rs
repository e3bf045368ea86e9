//! The documents of `rules --format json`. Every key is always there.

use rulebook::{Assumption, Edition, Fact, Source, Tier};
use serde::Serialize;

use crate::rules_diff::{Change, Difference};

/// One edition; `facts` are null where they were not asked for.
pub(crate) fn edition(edition: &Edition, facts: bool) -> serde_json::Result<String> {
    let assumptions = edition.assumptions();
    serde_json::to_string_pretty(&EditionDocument {
        schema: "tierlab/rules/1",
        edition: Head::of(edition),
        ladder: ladder(edition),
        sources: edition.sources().iter().map(SourceRow::of).collect(),
        facts: facts.then(|| edition.facts().iter().map(FactRow::of).collect()),
        assumptions: assumptions.iter().map(AssumptionRow::of).collect(),
    })
}

/// Every edition of the house.
pub(crate) fn list(editions: &[&Edition]) -> serde_json::Result<String> {
    let rows = editions.iter().map(|edition| ListRow {
        edition: Head::of(edition),
        facts: edition.facts().len(),
        assumptions: edition.assumptions().iter().count(),
    });
    serde_json::to_string_pretty(&ListDocument {
        schema: "tierlab/rules-list/1",
        editions: rows.collect(),
    })
}

/// What two editions say differently.
pub(crate) fn difference(difference: &Difference<'_>) -> serde_json::Result<String> {
    let Difference { from, to, facts, assumptions, titles } = difference;
    serde_json::to_string_pretty(&DifferenceDocument {
        schema: "tierlab/rules-diff/1",
        from: Head::of(from),
        to: Head::of(to),
        ladder: difference.ladder_differs().then(|| FromTo { from: ladder(from), to: ladder(to) }),
        titles: titles.iter().map(|(old, new)| Retitled::of(old, new)).collect(),
        facts: facts.as_ref().map(|changes| Changes::of(changes, FactRow::of)),
        assumptions: Changes::of(assumptions, AssumptionRow::of),
    })
}

#[derive(Serialize)]
struct EditionDocument<'e> {
    schema: &'static str,
    #[serde(flatten)]
    edition: Head<'e>,
    ladder: Vec<&'e str>,
    sources: Vec<SourceRow<'e>>,
    facts: Option<Vec<FactRow<'e>>>,
    assumptions: Vec<AssumptionRow<'e>>,
}

#[derive(Serialize)]
struct ListDocument<'e> {
    schema: &'static str,
    editions: Vec<ListRow<'e>>,
}

#[derive(Serialize)]
struct ListRow<'e> {
    #[serde(flatten)]
    edition: Head<'e>,
    facts: usize,
    assumptions: usize,
}

#[derive(Serialize)]
struct DifferenceDocument<'e> {
    schema: &'static str,
    from: Head<'e>,
    to: Head<'e>,
    /// Null where it is the same.
    ladder: Option<FromTo<Vec<&'e str>>>,
    /// Tiers of both that are called otherwise.
    titles: Vec<Retitled<'e>>,
    facts: Option<Changes<FactRow<'e>>>,
    assumptions: Changes<AssumptionRow<'e>>,
}

/// What an edition is, and when its rules held.
#[derive(Serialize)]
struct Head<'e> {
    edition: &'e str,
    title: &'e str,
    began: Option<&'e str>,
    ended: Option<&'e str>,
}

#[derive(Serialize)]
struct SourceRow<'e> {
    name: &'e str,
    title: &'e str,
    date: &'e str,
}

#[derive(Serialize)]
struct FactRow<'e> {
    id: &'e str,
    value: &'e str,
    at_least: Option<&'e str>,
    at_most: Option<&'e str>,
    source: &'e str,
    date: &'e str,
    certainty: &'static str,
    note: Option<&'e str>,
}

#[derive(Serialize)]
struct AssumptionRow<'e> {
    name: &'e str,
    value: &'e str,
    /// Empty where it is only stated.
    alternatives: &'e [String],
    says: &'e str,
    source: &'e str,
    certainty: &'static str,
}

#[derive(Serialize)]
struct Retitled<'e> {
    tier: &'e str,
    from: &'e str,
    to: &'e str,
}

#[derive(Serialize)]
struct FromTo<T> {
    from: T,
    to: T,
}

#[derive(Serialize)]
struct Changes<T> {
    changed: Vec<FromTo<T>>,
    added: Vec<T>,
    removed: Vec<T>,
}

impl<T> Changes<T> {
    fn of<'e, F>(changes: &'e [Change<F>], row: fn(&'e F) -> T) -> Self {
        let mut sorted = Changes { changed: Vec::new(), added: Vec::new(), removed: Vec::new() };
        for change in changes {
            match change {
                Change::Changed { from, to } => {
                    sorted.changed.push(FromTo { from: row(from), to: row(to) });
                }
                Change::Added(new) => sorted.added.push(row(new)),
                Change::Removed(old) => sorted.removed.push(row(old)),
            }
        }
        sorted
    }
}

impl<'e> Head<'e> {
    fn of(edition: &'e Edition) -> Self {
        Self {
            edition: edition.name(),
            title: edition.title(),
            began: edition.began().map(|fact| fact.value.as_str()),
            ended: edition.ended().map(|fact| fact.value.as_str()),
        }
    }
}

impl<'e> SourceRow<'e> {
    fn of(source: &'e Source) -> Self {
        Self { name: &source.name, title: &source.title, date: &source.date }
    }
}

impl<'e> FactRow<'e> {
    fn of(fact: &'e Fact) -> Self {
        Self {
            id: &fact.id,
            value: &fact.value,
            at_least: fact.at_least.as_deref(),
            at_most: fact.at_most.as_deref(),
            source: &fact.source,
            date: &fact.date,
            certainty: fact.certainty.word(),
            note: fact.note.as_deref(),
        }
    }
}

impl<'e> AssumptionRow<'e> {
    fn of(one: &'e Assumption) -> Self {
        Self {
            name: &one.name,
            value: &one.value,
            alternatives: &one.alternatives,
            says: &one.says,
            source: &one.source,
            certainty: one.certainty.word(),
        }
    }
}

impl<'e> Retitled<'e> {
    fn of(old: &'e Tier, new: &'e Tier) -> Self {
        Self { tier: new.name(), from: old.title(), to: new.title() }
    }
}

fn ladder(edition: &Edition) -> Vec<&str> {
    edition.ladder().iter().map(Tier::name).collect()
}
