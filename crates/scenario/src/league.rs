//! The strategies of a file, and those of them that are compared: found by name.

use core::ops::Range;

use rulebook::reading::known;
use strategies::Preset;

use crate::cast::NamedStrategy;
use crate::elsewhere::Target;
use crate::fault::Code;
use crate::notes::Notes;
use crate::resolve::{Word, unique, word};
use crate::scenario::NOBODY;
use crate::written::{Placed, Written, WrittenStrategy};

/// The strategies of a file.
pub(crate) struct League {
    /// All of them.
    all: Vec<NamedStrategy>,
    /// Those that are compared.
    pub(crate) compared: Vec<NamedStrategy>,
    /// Whether each could be read as far as its name: else another may be one of the unread.
    complete: bool,
}

impl League {
    pub(crate) fn of(written: &Written, notes: &Notes<'_>) -> League {
        unique(written.strategies.iter().map(|strategy| &strategy.name), "strategies", notes);
        refuse_commas(&written.strategies, notes);
        if written.jobless.is_some() {
            // Nobody sends: there is nothing to compare, and one cell still needs a name.
            let nobody = NamedStrategy {
                name: NOBODY.to_owned(),
                parts: Preset::GIVE_UP.parts(),
                elsewhere: None,
            };
            return League { all: vec![nobody.clone()], compared: vec![nobody], complete: true };
        }
        let mut all: Vec<NamedStrategy> = written.strategies.iter().map(named).collect();
        if written.strategies.is_empty() && written.strategies_are_named {
            all = Preset::USUAL.into_iter().map(of_preset).collect();
        }
        let complete = written.strategies_are_named;
        let compared = match &written.compared {
            Some(names) if complete => {
                refuse_twins(names, notes);
                let names: Vec<Word<'_>> = names.iter().map(word).collect();
                strategies_named(&names, &all, notes)
            }
            Some(_) | None => all.clone(),
        };
        League { all, compared, complete }
    }

    /// Says where a strategy sends what does not get through at home.
    pub(crate) fn send_elsewhere(&mut self, name: &str, target: Option<&Target>) {
        for named in self.all.iter_mut().chain(&mut self.compared) {
            if named.name == name {
                named.elsewhere = target.cloned();
            }
        }
    }

    /// Where a strategy stands among those that are compared.
    pub(crate) fn position_of(&self, word: &Placed<String>, notes: &Notes<'_>) -> Option<usize> {
        let position = self.compared.iter().position(|named| named.name == word.value);
        if position.is_none() && self.complete {
            no_such_strategy(word, &self.compared, notes);
        }
        position
    }

    pub(crate) fn find(&self, word: &Placed<String>, notes: &Notes<'_>) -> Option<NamedStrategy> {
        let found = self.all.iter().find(|named| named.name == word.value).cloned();
        if found.is_none() && self.complete {
            no_such_strategy(word, &self.all, notes);
        }
        found
    }
}

/// Refuses names that `--strategy A,B` would take for several.
fn refuse_commas(strategies: &[WrittenStrategy], notes: &Notes<'_>) {
    for name in strategies.iter().map(|strategy| &strategy.name) {
        if name.value.contains(',') {
            let message = format!("the strategy `{}` has a comma in its name", name.value);
            let without: Vec<&str> = name.value.split(',').map(str::trim).collect();
            let help = format!(
                "`--strategy` takes names with commas between them: call it `{}`",
                without.join(" ").trim()
            );
            let (place, label) = (Some(name.place.clone()), "taken for several names");
            notes.add(Code::CommaInName, place, message, label, &help);
        }
    }
}

/// A preset as a strategy; nothing where there is none of that name.
pub(crate) fn preset(name: &str) -> Option<NamedStrategy> {
    Preset::named(name).map(of_preset)
}

fn of_preset(preset: &Preset) -> NamedStrategy {
    NamedStrategy { name: preset.name().to_owned(), parts: preset.parts(), elsewhere: None }
}

/// A strategy by its name; where its parts are noted as a fault, something stands in for them.
fn named(written: &WrittenStrategy) -> NamedStrategy {
    let parts = written.parts.unwrap_or_else(|| Preset::GIVE_UP.parts());
    NamedStrategy { name: written.name.value.clone(), parts, elsewhere: None }
}

/// The strategies with these names, in the order of `among`.
pub(crate) fn strategies_named(
    names: &[Word<'_>],
    among: &[NamedStrategy],
    notes: &Notes<'_>,
) -> Vec<NamedStrategy> {
    let known_names: Vec<&str> = among.iter().map(|named| named.name.as_str()).collect();
    for (name, place) in names {
        if !known_names.contains(name) {
            unknown_strategy(name, place.clone(), &known_names, notes);
        }
    }
    let is_named = |strategy: &&NamedStrategy| names.iter().any(|(name, _)| *name == strategy.name);
    among.iter().filter(is_named).cloned().collect()
}

/// Refuses a strategy that is compared with itself.
fn refuse_twins(names: &[Placed<String>], notes: &Notes<'_>) {
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|other| other.value == name.value) {
            let message = format!("the strategy `{}` is compared twice", name.value);
            let (place, help) = (Some(name.place.clone()), "name each strategy once");
            notes.add(Code::DuplicateName, place, message, "the second one", help);
        }
    }
}

fn no_such_strategy(word: &Placed<String>, among: &[NamedStrategy], notes: &Notes<'_>) {
    let names: Vec<&str> = among.iter().map(|named| named.name.as_str()).collect();
    unknown_strategy(&word.value, Some(word.place.clone()), &names, notes);
}

fn unknown_strategy(name: &str, place: Option<Range<usize>>, names: &[&str], notes: &Notes<'_>) {
    let message = format!("unknown strategy `{name}`");
    let mut help = known(name, names);
    if place.is_none() {
        // The command line takes any preset, whether the file names it or not.
        help.push_str(", and every preset: see `rules --strategies`");
    }
    notes.add(Code::UnknownStrategy, place, message, "no such strategy", &help);
}
