//! Which strategies a chart has room for, where a run compares more than one can carry.
//!
//! Sentences and counts are about all of them; only rows that are drawn are chosen.

use maud::{Markup, html};
use run_record::{Standing, derive};

use super::{Outcome, Study};
use crate::numbers::{self, Share};

/// Rows that every chart and table of a page still carries well.
pub(crate) const CARRIED: usize = 10;
/// Strategies that tie and are still worth naming one of.
const NAMED: usize = 3;
/// What a scenario compares that names no strategies: what readers know from other pages.
const USUAL: [&str; 6] = [
    "give-up",
    "full-jitter",
    "honour-retry-after",
    "pace-by-headers",
    "own-bucket",
    "together-py",
];

impl Study<'_> {
    /// The strategies ranked under each condition.
    pub(crate) fn standings(&self) -> &[Standing] {
        self.standings.get_or_init(|| derive::league(self.record))
    }

    /// Whether a choice is shown instead of all strategies.
    pub(crate) fn is_crowded(&self) -> bool {
        self.strategies.len() > CARRIED
    }

    /// The rows that are drawn, in the order of all rows: every strategy where there is room, else
    /// the one to ship, the best of each tier, the usual ones, and whoever comes first.
    pub(crate) fn shown(&self) -> Vec<usize> {
        let all = self.strategies.len();
        if !self.is_crowded() {
            return (0..all).collect();
        }
        let named = |name: &str| self.strategies.iter().position(|one| one.name == name);
        let deciding = self.deciding.and_then(|one| one.strategy);
        let first = self.ship.into_iter().chain(deciding);
        let looked_at = [self.yours, self.enough].into_iter().flatten();
        let tiers = looked_at.chain(0..self.tiers.len());
        let bests = tiers.filter_map(|tier| self.best(tier).map(|(row, _)| row));
        let usual = USUAL.into_iter().filter_map(named);
        let mut rows: Vec<usize> = Vec::with_capacity(CARRIED);
        for row in first.chain(bests).chain(usual).chain(0..all) {
            if rows.len() < CARRIED && !rows.contains(&row) {
                rows.push(row);
            }
        }
        rows.sort_unstable();
        rows
    }

    /// How many strategies of a tier do in print what its best one does, where a page cannot name
    /// them all and no one of them is worth naming.
    pub(crate) fn alike(&self, tier: usize) -> Option<usize> {
        if !self.is_crowded() {
            return None;
        }
        let print = |outcome: &Outcome| {
            let shares = [outcome.in_time(), outcome.refused()];
            (outcome.standing, shares.map(|share| share.map(Share::in_table)))
        };
        let (_, best) = self.best(tier)?;
        let there = (0..self.strategies.len()).filter_map(|row| self.outcome(row, tier));
        let alike = there.filter(|outcome| print(outcome) == print(best)).count();
        (alike > NAMED).then_some(alike)
    }

    /// Says that a choice is shown; nothing where all are.
    pub(crate) fn choice(&self) -> Markup {
        html! {
            @if self.is_crowded() {
                p.note {
                    "Shown are " (numbers::in_words(self.shown().len())) " of "
                    (self.strategies.len()) " strategies: "
                    @if self.ship.is_some() { "the one to ship, " }
                    "the best of each " (self.rung()) ", and those that people know. All of them stand in "
                    a href="#league" { "the league" } "."
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use run_record::{Header, StrategyNote};

    use super::*;
    use crate::sample::{Told, league::league, record_with};

    fn names(count: usize, ship: Option<&str>) -> (usize, Vec<String>) {
        let mut all: Vec<String> = (0..count).map(|index| format!("s{index}")).collect();
        all.push("give-up".to_owned());
        let change = |header: &mut Header| {
            header.ship = ship.map(str::to_owned);
            header.strategies = all
                .iter()
                .map(|name| StrategyNote {
                    name: name.clone(),
                    says: String::new(),
                    falls_back_to: None,
                })
                .collect();
        };
        let told = |index: usize| Told { in_time: 900 - index as u64, ..Told::default() };
        let cells: Vec<(&str, &str, Vec<Told>)> = all
            .iter()
            .enumerate()
            .map(|(index, name)| ("build-2", name.as_str(), vec![told(index)]))
            .collect();
        let record = record_with(change, &cells);
        let study = Study::of(&record);
        let shown = study.shown().into_iter().map(|row| study.strategies[row].name.to_owned());
        (study.strategies.len(), shown.collect())
    }

    #[test]
    fn all_are_shown_where_there_is_room() {
        let (all, shown) = names(9, None);
        assert_eq!((all, shown.len()), (10, 10));
    }

    #[test]
    fn of_many_that_do_the_same_none_is_the_best() {
        let names: Vec<String> = (0..12).map(|index| format!("s{index}")).collect();
        let note = |name: &String| StrategyNote {
            name: name.clone(),
            says: String::new(),
            falls_back_to: None,
        };
        let change = |header: &mut Header| header.strategies = names.iter().map(note).collect();
        let told = |tier: &str, index: usize| match (tier, index) {
            ("build-3", 0..10) => 1_000,
            (_, index) => 900 - index as u64,
        };
        let cells: Vec<(&str, &str, Vec<Told>)> = ["build-2", "build-3"]
            .into_iter()
            .flat_map(|tier| names.iter().enumerate().map(move |(at, name)| (tier, at, name)))
            .map(|(tier, at, name)| {
                let run = Told { in_time: told(tier, at), ..Told::default() };
                (tier, name.as_str(), vec![run])
            })
            .collect();
        let record = record_with(change, &cells);
        let study = Study::of(&record);
        let alike: Vec<_> = (0..study.tiers.len()).map(|tier| study.alike(tier)).collect();
        assert_eq!(alike, [None, Some(10)]);
    }

    #[test]
    fn of_many_the_shipped_the_best_and_the_usual_are_shown_in_the_order_of_rows() {
        let (all, shown) = names(39, Some("s38"));
        assert_eq!(all, 40);
        let first = ["s0", "s1", "s2", "s3", "s4", "s5", "s6"].map(str::to_owned);
        assert_eq!(shown[..7], first);
        assert_eq!(shown[7..], ["s7", "s38", "give-up"].map(str::to_owned));
    }

    #[test]
    fn whoever_is_drawn_has_a_mark_without_an_eye() {
        let record = league(33, 2, &["100%"], 1);
        let study = Study::of(&record);
        let drawn = |rows: Vec<usize>| -> String {
            rows.into_iter().map(|row| study.strategies[row].mark.shape((0.0, 0.0))).collect()
        };
        assert!(study.is_crowded() && !drawn(study.shown()).contains("-eye"));
        assert!(drawn((0..33).collect()).contains("-eye"));
    }
}
