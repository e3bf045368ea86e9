//! What a run has cost so far, by the prices that its scenario knows, and how much it may.

use money::Money;
use run_record::{GroupLeaf, Tariffs};
use wire::Usage;

use crate::plan::Plan;

/// What was spent, and the most that may be.
#[derive(Clone, Debug)]
pub(crate) struct Purse {
    /// By group; none where nobody says a price.
    tariffs: Vec<Tariffs>,
    spent: Money,
    most: Option<Money>,
}

impl Purse {
    pub(crate) fn of(plan: &Plan<'_>) -> Self {
        let Plan { scenario, most_spent, .. } = plan;
        let tariff = |group| scenario.tariff(group, &scenario.assumptions);
        let known = (0..scenario.groups.len()).map(tariff);
        let tariffs = known.map(|priced| Tariffs::from(priced.map(|priced| priced.tariff)));
        Self { tariffs: tariffs.collect(), spent: Money::ZERO, most: *most_spent }
    }

    /// A whole answer is paid for.
    pub(crate) fn pay(&mut self, group: u32, usage: Usage) {
        if let Some(tariff) = self.tariffs.get(group as usize).and_then(|tariffs| tariffs.home) {
            self.spent += tariff.of(1, usage.prompt.into(), usage.completion.into());
        }
    }

    /// What the attempts of each group cost: whole answers, since nobody sees here how much was
    /// generated for an attempt that was given up.
    pub(crate) fn billed(&self, groups: Vec<GroupLeaf>) -> Vec<GroupLeaf> {
        GroupLeaf::billed(groups, &self.tariffs)
    }

    /// Whether nothing more may be sent.
    pub(crate) fn is_empty(&self) -> bool {
        self.most.is_some_and(|most| self.spent >= most)
    }
}
