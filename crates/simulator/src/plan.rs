//! Which cells a rehearsal has.

use mock_together::Limits;
use rulebook::{Assumptions, Tier};
use run_record::CellKey;
use scenario::{BatchWays, Group, Load, Scenario, Switch};
use strategies::Stack;

use crate::variants::variants;
use crate::world::ByFile;

/// One cell: a tier, a strategy, and what is assumed.
#[derive(Clone, Debug)]
pub struct CellPlan {
    /// The tier that the account is on.
    pub tier: Tier,
    /// Which of the scenario's strategies every group without one of its own follows.
    pub strategy: usize,
    /// How much of the scenario's traffic falls due.
    pub load: Load,
    /// What is assumed where Together is silent.
    pub assumptions: Assumptions,
    /// Whether the published limits are in force.
    pub limits: Limits,
    /// Whether it shows what the service alone would do: clients then send each job at once,
    /// whatever their strategies say, and none restarts.
    pub alone: bool,
    /// The cell's name in the record.
    pub key: CellKey,
}

impl CellPlan {
    /// What the clients of a group follow in this cell.
    #[must_use]
    pub fn stack(&self, scenario: &Scenario, group: usize) -> Stack {
        if self.alone {
            scenario.stack_at_once(self.strategy, group)
        } else {
            scenario.stack(self.strategy, group, &self.tier, &self.assumptions)
        }
    }

    /// The same at another load.
    pub(crate) fn at(&self, load: Load) -> CellPlan {
        let key = self.key.clone().at_load(&load.to_string());
        CellPlan { load, key, ..self.clone() }
    }

    /// The same with an assumption at another value; nothing where it has no such value.
    pub(crate) fn assuming(&self, name: &str, value: &str) -> Option<CellPlan> {
        let assumptions = self.assumptions.with(name, value).ok()?;
        let key = self.key.clone().assuming(name, value);
        Some(CellPlan { assumptions, key, ..self.clone() })
    }

    /// The groups whose jobs go by files, and how. No cell's strategy has a say there, and the
    /// service alone takes as long for a file. Beside them stand those whose strategy sends into files
    /// what does not get through otherwise.
    pub(crate) fn by_file(&self, scenario: &Scenario) -> Vec<ByFile> {
        let rules = scenario.edition.billing(&self.assumptions).batch;
        let one = |((number, group), home): ((usize, u32), &Group)| {
            let (ways, deferred) = match home.batch {
                Some(ways) => (ways, false),
                None => (self.elsewhere(scenario, number)?.batch?, true),
            };
            let BatchWays { every, tries } = ways;
            Some(ByFile { group, every, tries, deferred, rules })
        };
        (0..).zip(0..).zip(&scenario.groups).filter_map(one).collect()
    }

    /// A group as its jobs are where its strategy in this cell sends them elsewhere; `None` where it
    /// sends none, and where nobody keeps it waiting.
    pub(crate) fn elsewhere(&self, scenario: &Scenario, group: usize) -> Option<Group> {
        if self.alone { None } else { scenario.elsewhere(self.strategy, group) }
    }

    /// When clients go down in this cell, and are up again.
    #[must_use]
    pub fn switches(&self, scenario: &Scenario) -> Vec<Switch> {
        if self.alone { Vec::new() } else { scenario.switches() }
    }
}

/// The cells of a scenario, in the order of its tiers and, within one, of its strategies; then the
/// same at each other load, and under each other value of an assumption that the file compares, at
/// every load; then the variants on the account's tier; then the service alone, without any limit.
/// A scenario without jobs has one cell.
#[must_use]
pub fn cells(scenario: &Scenario) -> Vec<CellPlan> {
    if !scenario.has_jobs() {
        // Neither a tier nor a strategy changes anything for somebody who sends nothing.
        return vec![plain(scenario, &scenario.tier, 0)];
    }
    let ladder = ladder(scenario);
    let mut cells = at_loads(scenario, &ladder);
    for (name, value) in &scenario.assumed_besides {
        let assuming = ladder.iter().filter_map(|plain| plain.assuming(name, value));
        cells.extend(at_loads(scenario, &assuming.collect::<Vec<_>>()));
    }
    if scenario.tiers.contains(&scenario.tier) {
        let others = variants(scenario).into_iter();
        let others: Vec<CellPlan> =
            others.filter(|other| cells.iter().all(|cell| cell.key != other.key)).collect();
        cells.extend(others);
    }
    if !scenario.strategies.is_empty() {
        let free = plain(scenario, &scenario.tier, scenario.ship.unwrap_or(0));
        let key = free.key.without_limit();
        cells.push(CellPlan { limits: Limits::Off, alone: true, key, ..free });
    }
    cells
}

/// The plain cells: every tier, every strategy.
fn ladder(scenario: &Scenario) -> Vec<CellPlan> {
    let strategies = 0..scenario.strategies.len();
    let on = |tier| strategies.clone().map(move |strategy| plain(scenario, tier, strategy));
    scenario.tiers.iter().flat_map(on).collect()
}

/// These cells, and then each at every other load.
fn at_loads(scenario: &Scenario, cells: &[CellPlan]) -> Vec<CellPlan> {
    let others = scenario.loads().iter().flat_map(|load| cells.iter().map(|cell| cell.at(*load)));
    cells.iter().cloned().chain(others).collect()
}

pub(crate) fn plain(scenario: &Scenario, tier: &Tier, strategy: usize) -> CellPlan {
    let name = scenario.strategies.get(strategy).map_or("", |named| named.name.as_str());
    CellPlan {
        tier: tier.clone(),
        strategy,
        load: Load::WRITTEN,
        assumptions: scenario.assumptions.clone(),
        limits: Limits::Published,
        alone: false,
        key: CellKey::new(Some(tier.name()), name),
    }
}
