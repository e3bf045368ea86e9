//! The second round: what the headline of the first one hangs on, and how far it carries.
//!
//! The first round's cells are the same whatever comes of them. Which further ones are worth their
//! time depends on what did: other readings of the rules and other amounts of traffic are tried with
//! the strategies that the first sentence about the run speaks of, on the tiers that it speaks of.
//!
//! | cells | tried with | in |
//! |---|---|---|
//! | each assumption at each of its other values | the strategy looked at on the account's tier; the best one on the tier that is enough, or comes closest; from there up or down where that changes what is enough | all replications, so that seeds pair |
//! | each multiple of the traffic on each tier | the one to ship and the tier's own best | three |
//!
//! That is about as much work again as the first round, and not all that could be tried: a full
//! ladder for each reading would be ten times that, and say little that a reader could use.

mod growth;
mod readings;

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rulebook::Tier;
use run_record::{Cell, CellKey, Headline, RunRecord, headline};
use scenario::Scenario;

use crate::plan::{CellPlan, plain};
use crate::{SimulateFault, Watch, run_cell};

/// The cells of the second round, in no order that matters, and whether it was stopped before all of
/// them were complete.
pub(crate) fn cells<W: Watch>(
    scenario: &Scenario,
    first: &RunRecord,
    watch: &W,
) -> Result<(Vec<Cell>, bool), SimulateFault> {
    let none = (Vec::new(), false);
    let Some(headline) = headline(first).filter(|_| scenario.has_jobs()) else { return Ok(none) };
    let worlds = AtomicUsize::new(crate::worlds(scenario));
    let round = Round { scenario, first, headline, watch, worlds };
    let mut tasks = Vec::new();
    if scenario.sensitivity() {
        tasks.extend(readings::all(scenario).into_iter().map(Task::Reading));
    }
    if !scenario.growth().is_empty() {
        tasks.extend(scenario.tiers.iter().map(Task::Growth));
    }
    let planned = tasks.iter().map(|task| round.planned(task)).sum();
    round.foresee(planned, 0);
    let run = |task: &Task<'_>| match task {
        Task::Reading(reading) => readings::run(&round, *reading),
        Task::Growth(tier) => growth::run(&round, tier),
    };
    // Collected by index: the number of threads changes no byte.
    let done: Vec<_> = tasks.par_iter().map(run).collect::<Result<_, _>>()?;
    let stopped = done.iter().any(|tried| tried.stopped);
    Ok((done.into_iter().flat_map(|tried| tried.cells).collect(), stopped))
}

/// What one thread works off: its cells hang on each other.
enum Task<'s> {
    /// An assumption at one of its other values.
    Reading(readings::Reading<'s>),
    /// A tier under other amounts of traffic.
    Growth(&'s Tier),
}

/// What all tasks go by.
struct Round<'a, W> {
    scenario: &'a Scenario,
    first: &'a RunRecord,
    headline: Headline,
    watch: &'a W,
    /// How many worlds both rounds have, as far as is known.
    worlds: AtomicUsize,
}

impl<W: Watch> Round<'_, W> {
    /// How many worlds a task has at first sight.
    fn planned(&self, task: &Task<'_>) -> usize {
        match task {
            Task::Reading(reading) => readings::planned(self, *reading),
            Task::Growth(tier) => growth::planned(self, tier),
        }
    }

    /// Tells that there are so many worlds more, and so many fewer, than were told before.
    fn foresee(&self, more: usize, fewer: usize) {
        let before = self.worlds.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        self.worlds.fetch_sub(fewer.min(before), Ordering::Relaxed);
        self.watch.expects(before.saturating_sub(fewer));
    }

    /// The plain cell of a strategy on a tier, by their names.
    fn plain(&self, tier: &str, strategy: &str) -> Option<CellPlan> {
        let tier = self.scenario.tiers.iter().find(|one| one.name() == tier)?;
        let mut named = self.scenario.strategies.iter();
        let strategy = named.position(|one| one.name == strategy)?;
        Some(plain(self.scenario, tier, strategy))
    }

    /// What the first round found of a cell.
    fn found(&self, key: &CellKey) -> Option<&Cell> {
        self.first.cell(key)
    }

    /// The best strategy of a tier in the first round.
    fn best_of(&self, tier: &str) -> Option<&str> {
        let mut of = self.headline.best_of.iter();
        of.find(|(known, _)| known == tier).map(|(_, strategy)| strategy.as_str())
    }

    fn is_known(&self, plan: &CellPlan) -> bool {
        self.found(&plan.key).is_some()
    }
}

/// The cells of one task.
#[derive(Default)]
struct Tried {
    cells: Vec<Cell>,
    stopped: bool,
}

impl Tried {
    /// Runs a cell that the first round did not have, and shows it; nothing when it was stopped.
    fn run<W: Watch>(
        &mut self,
        round: &Round<'_, W>,
        plan: &CellPlan,
        replications: u32,
    ) -> Result<Option<&Cell>, SimulateFault> {
        let Some(cell) = run_cell(round.scenario, plan, replications, round.watch)? else {
            self.stopped = true;
            return Ok(None);
        };
        self.cells.push(cell);
        Ok(self.cells.last())
    }
}
