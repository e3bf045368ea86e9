//! What is expected of whole cells, by figure.

use run_record::{CellKey, Expectation, Figure, Leaf};

use super::Study;
use crate::goal;

impl<'r> Study<'r> {
    /// The goal for jobs in time of a whole cell, as a fraction.
    pub(crate) fn goal_in_time(&self) -> Option<f64> {
        self.goal_of(Figure::AnsweredInTime).map(goal::number)
    }

    /// The goal for jobs answered at all of a whole cell, as a fraction.
    pub(crate) fn goal_answered(&self) -> Option<f64> {
        self.goal_of(Figure::Answered).map(goal::number)
    }

    /// The expectation about 429s of all attempts.
    pub(crate) fn goal_429(&self) -> Option<&'r Expectation> {
        self.goal_of(Figure::Status429)
    }

    fn goal_of(&self, figure: Figure) -> Option<&'r Expectation> {
        let unscoped = |one: &&Expectation| goal::is_unscoped(one);
        self.expectations().iter().filter(unscoped).find(|one| one.figure == figure)
    }

    /// What an expectation counts of a cell: its group, else all groups.
    pub(crate) fn asked_about(
        &self,
        asked: &Expectation,
        strategy: usize,
        tier: usize,
    ) -> Option<Leaf> {
        let Some(group) = &asked.group else {
            return Some(self.outcome(strategy, tier)?.total.clone());
        };
        let header = self.record.header();
        let number = header.groups.iter().position(|note| note.name == *group)?;
        let key = CellKey::new(self.tiers.get(tier)?.id, self.strategies.get(strategy)?.name);
        Some(self.record.cell(&key)?.groups().get(number)?.pooled())
    }
}
