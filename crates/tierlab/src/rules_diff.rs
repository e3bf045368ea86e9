//! What two editions say differently: facts by their ids, assumptions by their names.

use rulebook::{Assumption, Edition, Fact, Tier};

/// What became of one line from one edition to the other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Change<T> {
    Removed(T),
    Added(T),
    Changed { from: T, to: T },
}

/// Everything that two editions say differently.
#[derive(Debug)]
pub(crate) struct Difference<'e> {
    pub(crate) from: &'e Edition,
    pub(crate) to: &'e Edition,
    /// In the order of the second edition, then what it no longer has in that of the first; none
    /// where they were not asked for.
    pub(crate) facts: Option<Vec<Change<Fact>>>,
    /// In the same order.
    pub(crate) assumptions: Vec<Change<Assumption>>,
    /// Tiers that both have, by another title: first as it was, then as it is.
    pub(crate) titles: Vec<(&'e Tier, &'e Tier)>,
}

impl<'e> Difference<'e> {
    pub(crate) fn between(from: &'e Edition, to: &'e Edition, facts: bool) -> Self {
        let listed = |edition: &Edition| edition.assumptions().iter().cloned().collect::<Vec<_>>();
        let of_facts = || changes(from.facts(), to.facts(), |fact| &fact.id);
        Self {
            from,
            to,
            facts: facts.then(of_facts),
            assumptions: changes(&listed(from), &listed(to), |one| &one.name),
            titles: retitled(from.ladder(), to.ladder()),
        }
    }

    /// Whether an account climbs other tiers, or in another order.
    pub(crate) fn ladder_differs(&self) -> bool {
        let (from, to) = (self.from.ladder().iter(), self.to.ladder().iter());
        from.map(Tier::name).ne(to.map(Tier::name))
    }

    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        let facts = self.facts.as_ref().is_none_or(Vec::is_empty);
        let ladder = self.ladder_differs() || !self.titles.is_empty();
        facts && self.assumptions.is_empty() && !ladder
    }
}

impl<T> Change<T> {
    /// How many were changed, added and removed.
    pub(crate) fn counts(changes: &[Change<T>]) -> [usize; 3] {
        let count = |is: fn(&Change<T>) -> bool| changes.iter().filter(|one| is(one)).count();
        [
            count(|one| matches!(one, Change::Changed { .. })),
            count(|one| matches!(one, Change::Added(_))),
            count(|one| matches!(one, Change::Removed(_))),
        ]
    }
}

fn retitled<'e>(from: &'e [Tier], to: &'e [Tier]) -> Vec<(&'e Tier, &'e Tier)> {
    let was = |new: &Tier| from.iter().find(|old| old.name() == new.name());
    let both = to.iter().filter_map(|new| Some((was(new)?, new)));
    both.filter(|(old, new)| old.title() != new.title()).collect()
}

fn changes<T: Clone + Eq>(from: &[T], to: &[T], key: fn(&T) -> &String) -> Vec<Change<T>> {
    let in_first = |new: &T| from.iter().find(|old| key(old) == key(new));
    let new = to.iter().filter_map(|new| match in_first(new) {
        None => Some(Change::Added(new.clone())),
        Some(old) if old == new => None,
        Some(old) => Some(Change::Changed { from: old.clone(), to: new.clone() }),
    });
    let gone = |old: &&T| !to.iter().any(|new| key(new) == key(old));
    let old = from.iter().filter(gone).map(|old| Change::Removed(old.clone()));
    new.chain(old).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_removed_changed_or_not_told() {
        let words = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let from = words(&[("gone", "1"), ("kept", "2"), ("changed", "3")]);
        let to = words(&[("changed", "4"), ("new", "5"), ("kept", "2")]);
        let found = changes(&from, &to, |(key, _)| key);
        assert_eq!(
            found,
            [
                Change::Changed { from: from[2].clone(), to: to[0].clone() },
                Change::Added(to[1].clone()),
                Change::Removed(from[0].clone()),
            ]
        );
        assert_eq!(Change::counts(&found), [1, 1, 1]);
        assert_eq!(changes(&to, &to, |(key, _)| key), []);
    }
}
