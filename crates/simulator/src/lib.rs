//! Both machines on one agenda: a rehearsal in virtual time.
//!
//! ```text
//!   scenario ── cells: tier × strategy × load, assumptions, no limit at all
//!                 │    × replications (seed, seed + 1, …); then, on what came of
//!                 │    them: other readings of the rules, other amounts of traffic
//!                 ▼
//!               world ── arrivals (a sorted stream) ─┐
//!                 │                                  ├─► next event ─► client or service
//!                 │      agenda (what is in flight) ─┘                      │
//!                 │             ▲──────────────────────────────────────────┘
//!                 ▼
//!           leaves of integers, pooled in order ──► run record
//! ```
//!
//! Worlds share nothing and run in parallel. What is pooled is collected by index, so that the
//! number of threads changes no byte.

mod agenda;
mod alone;
mod enrol;
mod funds;
mod plan;
mod seat;
mod second;
mod spending;
mod variants;
mod wheel;
mod world;

use core::num::NonZeroU32;

use chance::Seed;
use limits::Instant;
use mock_together::{Limits, NoLimits, Service, Terms};
use money::Tariff;
use rayon::prelude::*;
use run_record::{
    AccountLeaf, Attempt, Cell, CellFault, Driver, GroupLeaf, Misfit, Recorder, RunRecord, Tariffs,
    Unbalanced,
};
use scenario::{Asks, Loops, Origin, Scenario, Timeline};
use strategies::Stack;
use wire::TariffId;

pub use alone::{Alone, alone};
pub use enrol::{ORGANIZATION, account, course, terms};
pub use funds::funds;
pub use plan::{CellPlan, cells};
use seat::{Party, There};
use world::{Over, World};

/// Somebody who looks on while a rehearsal runs, and may stop it.
pub trait Watch: Sync {
    /// One more world is done.
    fn world_done(&self);
    /// How many worlds there are in all, as far as is known now. [`worlds`] are those of the first
    /// round; how many the second has is told when it begins, and may still change while it runs.
    fn expects(&self, worlds: usize) {
        let _ = worlds;
    }
    /// Whether to stop. It is asked before each world and every few thousand events within one;
    /// what is under way is dropped then, with its cell.
    fn stopped(&self) -> bool;
}

/// Nobody looks on.
#[derive(Copy, Clone, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn world_done(&self) {}

    fn stopped(&self) -> bool {
        false
    }
}

/// Why a rehearsal gave no record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SimulateFault {
    /// A group's model has no limit on a tier that the scenario names.
    NoLimits(NoLimits),
    /// The books of a world do not balance: a bug of ours.
    Unbalanced(Unbalanced),
    /// Leaves do not fit together: a bug of ours.
    Cell(CellFault),
    /// Cells do not fit their header: a bug of ours.
    Misfit(Misfit),
    /// It was stopped before one cell was complete.
    Stopped,
}

impl std::fmt::Display for SimulateFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoLimits(fault) => fault.fmt(f),
            Self::Unbalanced(fault) => fault.fmt(f),
            Self::Cell(fault) => fault.fmt(f),
            Self::Misfit(fault) => fault.fmt(f),
            Self::Stopped => f.write_str("stopped before anything was measured"),
        }
    }
}

impl std::error::Error for SimulateFault {}

/// How many worlds the first round of a scenario has: its cells times its replications. The second
/// has about as many again, or none where its file wants none.
#[must_use]
pub fn worlds(scenario: &Scenario) -> usize {
    cells(scenario).len() * scenario.replications as usize
}

/// Rehearses a scenario in two rounds: every cell in every replication, and then what the headline
/// of those hangs on and how far it carries, as far as the file wants that.
///
/// A rehearsal that was stopped gives the cells that were complete by then, and its record says
/// that it was cut short.
pub fn simulate(
    scenario: &Scenario,
    origin: &Origin,
    watch: &impl Watch,
) -> Result<RunRecord, SimulateFault> {
    let plans = cells(scenario);
    let run = |plan: &CellPlan| run_cell(scenario, plan, scenario.replications, watch).transpose();
    let done: Vec<Option<Result<Cell, SimulateFault>>> = plans.par_iter().map(run).collect();
    let cells: Vec<Cell> = done.into_iter().flatten().collect::<Result<_, _>>()?;
    if cells.is_empty() && watch.stopped() {
        return Err(SimulateFault::Stopped);
    }
    let cut_short = cells.len() < plans.len();
    let header = scenario.header(origin, Driver::Simulated, cut_short);
    let first = RunRecord::new(header, cells).map_err(SimulateFault::Misfit)?;
    if cut_short {
        return Ok(first);
    }
    let (more, cut_short) = second::cells(scenario, &first, watch)?;
    first.with_more(more, cut_short).map_err(SimulateFault::Misfit)
}

/// One cell and one replication by itself, on the calling thread: one leaf a group.
pub fn replicate(
    scenario: &Scenario,
    plan: &CellPlan,
    replication: u32,
) -> Result<Vec<GroupLeaf>, SimulateFault> {
    let scenario = &*scenario.at_load(plan.load);
    let run = Prepared::new(scenario, plan).run(scenario, replication, &Unwatched)?;
    run.map(|(leaves, _)| leaves).ok_or(SimulateFault::Stopped)
}

/// One world by itself, on the calling thread, with the books of its account; `None` when it was
/// stopped.
pub fn world(
    scenario: &Scenario,
    plan: &CellPlan,
    replication: u32,
    watch: &impl Watch,
) -> Result<Option<Ran>, SimulateFault> {
    Prepared::new(scenario, plan).run(scenario, replication, watch)
}

/// The same as [`replicate`], with every attempt in the order of their ends.
pub fn replicate_logging(
    scenario: &Scenario,
    plan: &CellPlan,
    replication: u32,
) -> Result<(Vec<GroupLeaf>, Vec<Attempt>), SimulateFault> {
    let scenario = &*scenario.at_load(plan.load);
    let recorder = Recorder::new(&scenario.cell_spec()).logging();
    let prepared = Prepared::new(scenario, plan);
    let world = prepared.world(scenario, replication, recorder)?;
    let seed = Seed(scenario.seed).replication(replication);
    let ended = world.run(Timeline::of(scenario, seed), &Unwatched);
    let mut recorder = ended.ok_or(SimulateFault::Stopped)?.recorder;
    let log = recorder.take_log();
    let leaves = recorder.finish().map_err(SimulateFault::Unbalanced)?;
    Ok((GroupLeaf::billed(leaves, &prepared.tariffs), log))
}

/// One cell over its first replications; `None` when it was stopped.
fn run_cell(
    scenario: &Scenario,
    plan: &CellPlan,
    replications: u32,
    watch: &impl Watch,
) -> Result<Option<Cell>, SimulateFault> {
    let scenario = &*scenario.at_load(plan.load);
    let prepared = Prepared::new(scenario, plan);
    let run = |replication: u32| {
        if watch.stopped() {
            return None;
        }
        let groups = prepared.run(scenario, replication, watch).transpose()?;
        watch.world_done();
        Some(groups)
    };
    let runs: Option<Result<Vec<_>, _>> = (0..replications).into_par_iter().map(run).collect();
    let Some(runs) = runs else { return Ok(None) };
    let (leaves, books): (Vec<_>, Vec<Option<AccountLeaf>>) = runs?.into_iter().unzip();
    let cell = Cell::new(plan.key.clone(), 0, leaves).map_err(SimulateFault::Cell)?;
    let books: Option<Vec<AccountLeaf>> = books.into_iter().collect();
    let Some(books) = books else { return Ok(Some(cell)) };
    cell.with_account(books).map(Some).map_err(SimulateFault::Cell)
}

/// One world: a leaf for each group, and the books of the account where any are kept.
pub type Ran = (Vec<GroupLeaf>, Option<AccountLeaf>);

/// What the worlds of one cell have in common, compiled once.
struct Prepared<'a> {
    plan: &'a CellPlan,
    terms: Terms,
    stacks: Vec<Stack>,
    asks: Vec<Asks>,
    /// What the requests of each group cost.
    tariffs: Vec<Tariffs>,
}

impl<'a> Prepared<'a> {
    fn new(scenario: &Scenario, plan: &'a CellPlan) -> Self {
        let stack = |group| plan.stack(scenario, group);
        Self {
            plan,
            terms: terms(scenario, &plan.tier, &plan.assumptions, plan.limits),
            stacks: (0..scenario.groups.len()).map(stack).collect(),
            asks: scenario.asks().collect(),
            tariffs: spending::tariffs(scenario, plan),
        }
    }

    /// One world; `None` when it was stopped.
    fn run(
        &self,
        scenario: &Scenario,
        replication: u32,
        watch: &impl Watch,
    ) -> Result<Option<Ran>, SimulateFault> {
        let recorder = Recorder::new(&scenario.cell_spec());
        let ended = self
            .world(scenario, replication, recorder)?
            .run(Timeline::of(scenario, Seed(scenario.seed).replication(replication)), watch);
        let Some(Over { recorder, mut service, charged_at }) = ended else { return Ok(None) };
        let leaves = recorder.finish().map_err(SimulateFault::Unbalanced)?;
        let leaves = GroupLeaf::billed(leaves, &self.tariffs);
        let at = charged_at.max(Instant::START.after(scenario.lasts));
        let of = (scenario, self.plan);
        let books = spending::books(&mut service, (at, replication), of, &leaves);
        Ok(Some((leaves, books)))
    }

    /// Where the jobs of each group go that its strategy sends elsewhere.
    fn there(
        &self,
        scenario: &Scenario,
        service: &mut Service,
    ) -> Result<Vec<There>, SimulateFault> {
        let one = |(group, tariffs): (usize, &Tariffs)| {
            let Some(there) = self.plan.elsewhere(scenario, group) else {
                return Ok(There::Nowhere);
            };
            let pair = enrol::elsewhere(service, &self.terms, scenario, self.plan, &there)?;
            let tariff = service.quote(tariffs.elsewhere.unwrap_or(Tariff::FREE));
            Ok(match there.batch {
                None => There::Pair(pair, tariff),
                Some(_) => There::File(pair, tariff),
            })
        };
        let there = self.tariffs.iter().enumerate().map(one).collect::<Result<_, _>>();
        there.map_err(SimulateFault::NoLimits)
    }

    /// A world before its first event.
    fn world<'s>(
        &self,
        scenario: &'s Scenario,
        replication: u32,
        recorder: Recorder,
    ) -> Result<World<'s>, SimulateFault> {
        let seed = Seed(scenario.seed).replication(replication);
        let mut service = Service::new(&self.terms);
        let CellPlan { tier, assumptions, limits, .. } = self.plan;
        // What the service alone can do is nothing that money decides.
        let funds = funds::funds(scenario, tier, assumptions, seed);
        if let Some(funds) = funds.filter(|_| *limits == Limits::Published) {
            service.open(&funds);
        }
        let pairs = enrol::all(&mut service, &self.terms, scenario, (tier, assumptions, *limits))
            .and_then(|pairs| {
                enrol::all_idle(&mut service, &self.terms, scenario, self.plan)?;
                Ok(pairs)
            })
            .map_err(SimulateFault::NoLimits)?;
        let by_file = self.plan.by_file(scenario);
        let clients = scenario.groups.iter().map(|group| match group.batch {
            Some(_) => NonZeroU32::MIN,
            None => group.clients,
        });
        let quoted = self.tariffs.iter().map(|tariffs| tariffs.home.unwrap_or(Tariff::FREE));
        let tariffs: Vec<TariffId> = quoted.map(|tariff| service.quote(tariff)).collect();
        let there = self.there(scenario, &mut service)?;
        let parties: Vec<(Party, &Stack)> = pairs
            .into_iter()
            .zip(tariffs)
            .zip(there)
            .zip(&self.asks)
            .zip(clients)
            .zip(&self.stacks)
            .map(|(((((pair, tariff), there), asks), clients), stack)| {
                (Party { pair, tariff, there, asks: *asks, clients }, stack)
            })
            .collect();
        let end = Instant::START.after(scenario.lasts).after(scenario.drain);
        let loops = Loops::of(scenario, seed);
        let switches = self.plan.switches(scenario);
        Ok(World::new(service, (loops, switches), &parties, &by_file, seed, recorder, end))
    }
}
