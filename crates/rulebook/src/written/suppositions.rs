//! The assumptions of an edition: those that the code reads are all there, with values it
//! understands, and the others have no alternatives.

use core::ops::Range;

use crate::assumptions::{Assumption, Needed, Origin, Takes};
use crate::choices::Chosen;
use crate::errors::{Errors, HeaderWords};
use crate::listed::Machines;
use crate::reading::{Table, Value, known};
use crate::rows::OwnLimits;

use super::limits::Tiers;
use super::models::Models;
use super::works::Works;
use super::{Reader, code};

const ASSUMPTION: &[&str] =
    &["value", "alternatives", "says", "source", "certainty", "date", "note"];

/// What an edition lets assumptions choose; none of what is itself at fault.
pub(super) struct Choosers<'e> {
    pub(super) tiers: Option<&'e Tiers>,
    pub(super) models: Option<&'e Models>,
    pub(super) words: Option<Vec<Place<'e>>>,
    pub(super) machines: Option<&'e Machines>,
}

/// An assumption, its value, and where words are chosen by it.
pub(super) type Place<'e> = (&'e str, &'e str, Range<usize>);

impl<'e> Choosers<'e> {
    /// Where words are chosen.
    pub(super) fn words(
        errors: Option<&'e Errors>,
        headers: Option<&'e [Chosen<HeaderWords>]>,
    ) -> Option<Vec<Place<'e>>> {
        let (errors, headers) = errors.zip(headers)?;
        let errors = errors.otherwise.iter().map(Chosen::by);
        Some(errors.chain(headers.iter().map(Chosen::by)).collect())
    }

    /// Whether an assumption chooses something, as far as that could be read.
    fn read(&self, name: &str) -> bool {
        let of_tiers = |(_, rows): &Tiers| rows.values().any(|row| row.chosen_by(name));
        let of_models = |models: &Models| {
            models.values().any(|facts| facts.chosen_by(name) || facts.priced_by(name))
        };
        self.tiers.is_none_or(of_tiers)
            || self.models.is_none_or(of_models)
            || self.machines.is_none_or(|machines| machines.priced_by(name))
            || self.words.as_ref().is_none_or(|words| words.iter().any(|(by, ..)| *by == name))
    }

    /// That every assumption which chooses words is there, and can have the value.
    fn refuse_unknown(&self, section: &Table<'_>, all: &[Assumption]) {
        for (name, value, place) in self.words.iter().flatten() {
            let names: Vec<&str> = all.iter().map(|assumption| assumption.name.as_str()).collect();
            let Some(chooser) = all.iter().find(|assumption| assumption.name == *name) else {
                let written = section.entries().iter().any(|entry| entry.key() == *name);
                if !written {
                    let message = format!("nothing is named `{name}`, which chooses these words");
                    let help = known(name, &names);
                    section.fault_at(
                        place.clone(),
                        code::UNKNOWN_ASSUMPTION,
                        message,
                        "in this header",
                        &help,
                    );
                }
                continue;
            };
            if !chooser.choices().iter().any(|choice| choice == value) {
                let message = format!("`{name}` is never `{value}`");
                let choices: Vec<&str> = chooser.choices().iter().map(String::as_str).collect();
                let help = known(value, &choices);
                section.fault_at(
                    place.clone(),
                    code::UNKNOWN_VALUE,
                    message,
                    "in this header",
                    &help,
                );
            }
        }
    }
}

impl<'d> Reader<'d> {
    /// All of them. Those that only one class of work reads are needed where that is in `works`.
    pub(super) fn assumptions(
        &mut self,
        models: Option<&Models>,
        works: Option<&Works>,
        chosen: &Choosers<'_>,
    ) -> Option<Vec<Assumption>> {
        let section = self.root.need("assumptions", "[assumptions.token_gate]")?.free_table()?;
        let mut assumptions = Vec::new();
        for entry in section.entries() {
            if let Some(assumption) = self.assumption(entry, chosen) {
                assumptions.push(assumption);
            }
        }
        for (name, needed) in Needed::all() {
            if self.needs(needed, &section, models, works) {
                let _ = section.need(name, &format!("[assumptions.{name}]"));
            }
        }
        self.refuse_capacity_without_congestion(&section);
        chosen.refuse_unknown(&section, &assumptions);
        for (model, facts) in models.into_iter().flatten() {
            if let Some(OwnLimits::By { assumption, variants }) = &facts.limits {
                let rows = variants.iter().map(|(value, _)| value.as_str()).collect();
                refuse_unfit_variants((model, assumption, rows), &section, &assumptions);
            }
        }
        for (priced, (assumption, values)) in priced_by(models, chosen.machines) {
            refuse_unfit_variants((priced, assumption, values), &section, &assumptions);
        }
        for (tier, row) in chosen.tiers.into_iter().flat_map(|(_, rows)| rows) {
            if let Some(by) = &row.by {
                let rows = by.variants.iter().map(|variant| variant.value.as_str()).collect();
                refuse_unfit_variants((tier, &by.assumption, rows), &section, &assumptions);
            }
        }
        Some(assumptions)
    }

    /// Whether this edition needs an assumption.
    fn needs(
        &self,
        needed: Needed,
        section: &Table<'d>,
        models: Option<&Models>,
        works: Option<&Works>,
    ) -> bool {
        let has_tiers = self.root.get("tiers").is_some() || self.root.get("dynamic").is_none();
        match needed {
            Needed::Always => true,
            Needed::ByTiers => has_tiers,
            Needed::ByDynamic => self.root.get("dynamic").is_some(),
            Needed::Work(work) => {
                let does = |models: &Models| models.values().any(|one| one.does(work));
                works.is_some_and(|works| works.contains_key(&work)) || models.is_some_and(does)
            }
            Needed::Beside(other) => section.get(other).is_some(),
            Needed::Section(name) => self.root.get(name).is_some(),
            Needed::Billing(key) => {
                let billing = self.root.get("billing");
                let free = billing.filter(Value::is_table).and_then(Value::free_table);
                free.is_some_and(|billing| billing.get(key).is_some())
            }
            Needed::Not => false,
        }
    }

    /// That a service whose capacity has a bound says how it slows down.
    fn refuse_capacity_without_congestion(&self, section: &Table<'d>) {
        if section.get("model_capacity").is_some() {
            let _ = self.root.need("congestion", "[congestion]");
        }
    }

    fn assumption(&mut self, entry: Value<'d>, chosen: &Choosers<'_>) -> Option<Assumption> {
        let name = entry.key();
        let table = entry.table(ASSUMPTION)?;
        let takes = Takes::of(name);
        let understood = |value: &Value<'d>| {
            let Some(word) = value.text() else { return false };
            let known = takes.takes(word);
            if !known {
                value.fault(
                    code::UNKNOWN_VALUE,
                    format!("`{name}` cannot be `{word}`"),
                    "not understood",
                    &help(takes, word),
                );
            }
            known
        };
        let value = table.need("value", "value = \"minute\"").filter(&understood);
        let others = table.get("alternatives").and_then(Value::list).unwrap_or_default();
        let alternatives: Vec<&str> = others
            .iter()
            .filter(|other| understood(other))
            .filter_map(|other| other.text())
            .collect();
        let read = takes != Takes::Nothing || chosen.read(name);
        if !read && !alternatives.is_empty() {
            let message = format!("nothing reads `{name}`, so it has no alternatives");
            entry.fault(
                code::UNREAD_ASSUMPTION,
                message,
                "only stated",
                "leave `alternatives` out",
            );
        }
        let says =
            table.need("says", "says = \"one sentence on what it means\"").and_then(Value::text);
        let from = self.provenance(&table);
        let (value, says, from) = (value?.text()?, says?, from?);
        let origin =
            Origin { certainty: from.certainty, says: says.to_owned(), source: from.source };
        Some(Assumption::new(name, value, &alternatives, origin))
    }
}

/// What has a price by an assumption, with that and the values it has prices for.
fn priced_by<'e>(
    models: Option<&'e Models>,
    machines: Option<&'e Machines>,
) -> impl Iterator<Item = (&'e str, (&'e str, Vec<&'e str>))> {
    let models = models.into_iter().flatten();
    let of_models = models
        .filter_map(|(id, facts)| Some((id.as_str(), facts.prices.price.as_ref()?.chooser()?)));
    let gpus = machines.into_iter().flat_map(|machines| &machines.gpus);
    of_models.chain(gpus.filter_map(|(name, price)| Some((name.as_str(), price.chooser()?))))
}

/// That the assumption which chooses the limits or the price of something is there, with a set of rows
/// for each of its values and no more. One that is there and at fault itself has been told already.
fn refuse_unfit_variants(
    (limited, name, mut rows): (&str, &str, Vec<&str>),
    section: &Table<'_>,
    all: &[Assumption],
) {
    let Some(entry) = section.entries().into_iter().find(|entry| entry.key() == name) else {
        let words: Vec<&str> = all.iter().map(|assumption| assumption.name.as_str()).collect();
        let message = format!("nothing is named `{name}`, which chooses for `{limited}`");
        section.fault(code::UNKNOWN_ASSUMPTION, message, "missing here", &known(name, &words));
        return;
    };
    let Some(chooser) = all.iter().find(|assumption| assumption.name == *name) else { return };
    let mut values: Vec<&str> = chooser.choices().iter().map(String::as_str).collect();
    rows.sort_unstable();
    values.sort_unstable();
    if rows != values {
        let message = format!("`{limited}` does not follow the values of `{name}`");
        let help = format!("there is something for: {}", rows.join(", "));
        entry.fault(code::MISSING_VARIANT, message, "one entry for each value", &help);
    }
}

fn help(takes: Takes, word: &str) -> String {
    match takes {
        Takes::Word(words) => known(word, words),
        Takes::RateOr(other) | Takes::DollarsOr(other) | Takes::DurationOr(other) => {
            takes.form().map(|form| format!("write {form}, or `{other}`")).unwrap_or_default()
        }
        Takes::Duration
        | Takes::Sigma
        | Takes::Share
        | Takes::Count(_)
        | Takes::Factor
        | Takes::Rate
        | Takes::Dollars
        | Takes::Nothing => takes.form().map(|form| format!("write {form}")).unwrap_or_default(),
    }
}
