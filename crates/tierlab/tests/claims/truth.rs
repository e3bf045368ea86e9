//! What the record says, found out without any of the page's own reckoning: from the counts and
//! percentiles of its summary, and from what the scenario was made to expect.

use std::collections::BTreeMap;

use run_record::{CellSummary, RunRecord, derive};

use crate::draft::{Draft, Goal};
use crate::text::Printed;

/// One strategy on one tier.
pub(crate) struct Truth<'r> {
    pub(crate) record: &'r RunRecord,
    pub(crate) draft: &'r Draft,
    cells: BTreeMap<(u32, String), CellSummary>,
    /// The same at each amount of traffic, in percent of what is written.
    at: BTreeMap<(u32, u32), Vec<CellSummary>>,
    /// Of each reading of an assumption its name, and which tiers were tried under it, each with
    /// whether everything is met there.
    pub(crate) readings: Vec<(String, Vec<(u32, bool)>)>,
    /// Jobs in time with nothing limited.
    pub(crate) unlimited: Option<f64>,
}

impl<'r> Truth<'r> {
    pub(crate) fn of(record: &'r RunRecord, draft: &'r Draft) -> Truth<'r> {
        let summary = derive::summary(record);
        let whole = || summary.cells.iter().filter(|cell| cell.group.is_none());
        let plain = whole().filter(|cell| percent(cell) == 100);
        let keyed = plain
            .map(|cell| ((number(cell), cell.strategy.clone().unwrap_or_default()), cell.clone()));
        let mut at: BTreeMap<(u32, u32), Vec<CellSummary>> = BTreeMap::new();
        let grown = summary.growth.iter().filter(|cell| cell.group.is_none());
        for cell in whole().chain(grown) {
            at.entry((number(cell), percent(cell))).or_default().push(cell.clone());
        }
        let met =
            |cell: &CellSummary| draft.goals.iter().all(|goal| is_met(*goal, cell) == Some(true));
        let readings = summary.variants.iter().map(|variant| {
            let cells = variant.cells.iter().filter(|cell| cell.group.is_none());
            let tried = cells.map(|cell| (number(cell), met(cell))).collect();
            (variant.changed.assumption.clone(), tried)
        });
        let readings = readings.collect();
        let unlimited = summary.without_limit.in_time;
        Truth { record, draft, cells: keyed.collect(), at, readings, unlimited }
    }

    /// Whether anything meets everything on a tier at so many percent of the traffic.
    pub(crate) fn carries(&self, tier: u32, percent: u32) -> bool {
        let cells = self.at.get(&(tier, percent));
        let cells = cells.unwrap_or_else(|| panic!("tier {tier} was not run at {percent} %"));
        cells
            .iter()
            .any(|cell| self.draft.goals.iter().all(|goal| is_met(*goal, cell) == Some(true)))
    }

    /// The amounts of traffic that were tested on a tier, in percent, the least first.
    pub(crate) fn tested(&self, tier: u32) -> Vec<u32> {
        self.at.keys().filter(|(one, _)| *one == tier).map(|(_, percent)| *percent).collect()
    }

    pub(crate) fn cell(&self, tier: u32, strategy: &str) -> &CellSummary {
        let key = (tier, strategy.to_owned());
        self.cells.get(&key).unwrap_or_else(|| panic!("“{strategy}” was not run on tier {tier}"))
    }

    pub(crate) fn tiers(&self) -> Vec<u32> {
        let mut tiers: Vec<u32> = self.cells.keys().map(|(tier, _)| *tier).collect();
        tiers.dedup();
        tiers
    }

    pub(crate) fn on(&self, tier: u32) -> impl Iterator<Item = (&str, &CellSummary)> {
        let there = self.cells.iter().filter(move |((at, _), _)| *at == tier);
        there.map(|((_, strategy), cell)| (strategy.as_str(), cell))
    }

    /// Whether a cell meets all that is expected; none where something cannot be judged and nothing
    /// is missed.
    pub(crate) fn meets(&self, tier: u32, strategy: &str) -> Option<bool> {
        let cell = self.cell(tier, strategy);
        let judged: Vec<Option<bool>> =
            self.draft.goals.iter().map(|goal| is_met(*goal, cell)).collect();
        if judged.contains(&Some(false)) {
            return Some(false);
        }
        judged.iter().all(Option::is_some).then_some(true)
    }

    pub(crate) fn meeting(&self, tier: u32) -> usize {
        self.on(tier).filter(|(strategy, _)| self.meets(tier, strategy) == Some(true)).count()
    }

    /// The lowest tier on which anything meets everything.
    pub(crate) fn enough(&self) -> Option<u32> {
        self.tiers().into_iter().find(|tier| self.meeting(*tier) > 0)
    }

    /// Jobs and tokens that fell due, and in how many replications.
    pub(crate) fn asked_for(&self) -> (u64, u64, u64) {
        let plain = self.record.cells().iter().find(|cell| cell.key().is_plain());
        let whole = plain.map(|cell| (cell.whole().pooled(), cell.replications().count()));
        let (leaf, runs) = whole.unwrap_or_default();
        (leaf.jobs.offered, leaf.tokens.offered.total(), u64::from(runs))
    }

    /// The strategy's figures are these.
    pub(crate) fn in_time(&self, tier: u32, strategy: &str, said: Printed) {
        let value = self.cell(tier, strategy).share.in_time;
        assert!(value.is_some_and(|value| said.holds(value)), "in time {said:?}: {value:?}");
    }

    pub(crate) fn refused(&self, tier: u32, strategy: &str, said: Printed) {
        let value = self.cell(tier, strategy).share.status_429;
        assert!(value.is_some_and(|value| said.holds(value)), "429s {said:?}: {value:?}");
    }
}

/// The tier's number.
fn number(cell: &CellSummary) -> u32 {
    let digits = cell.tier.as_deref().and_then(|tier| tier.strip_prefix("build-"));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// How much of the traffic it was, in percent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few hundred at most"
)]
fn percent(cell: &CellSummary) -> u32 {
    (cell.load * 100.0).round() as u32
}

pub(crate) fn is_met(goal: Goal, cell: &CellSummary) -> Option<bool> {
    match goal {
        Goal::InTime(least) => cell.share.in_time.map(|share| share >= least),
        Goal::Refused(below) => cell.share.status_429.map(|share| share < below),
        Goal::WaitP90(most) => cell.wait_s.p90.map(|wait| wait <= most),
    }
}
