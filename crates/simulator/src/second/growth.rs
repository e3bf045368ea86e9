//! Other amounts of traffic, tier by tier, from the least on.

use rulebook::Tier;
use run_record::{Cell, CellKey, GroupCell};
use scenario::Load;

use super::{Round, Tried};
use crate::plan::CellPlan;
use crate::{SimulateFault, Watch};

/// How many worlds a tier has if all loads are tried.
pub(super) fn planned<W: Watch>(round: &Round<'_, W>, tier: &Tier) -> usize {
    let replications = round.scenario.growth_replications() as usize;
    plans(round, tier).len() * round.scenario.growth().len() * replications
}

/// Tries a tier under each load. Once fewer than half of the jobs are in time there, no heavier one
/// is tried: those take the longest to run, and nobody would go there.
pub(super) fn run<W: Watch>(round: &Round<'_, W>, tier: &Tier) -> Result<Tried, SimulateFault> {
    let (plans, replications) = (plans(round, tier), round.scenario.growth_replications());
    let found = |plan: &CellPlan| round.found(&plan.key).is_some_and(answers_half);
    let mut carried = plans.iter().any(found);
    let mut tried = Tried::default();
    for load in round.scenario.growth() {
        if *load > Load::WRITTEN && !carried {
            round.foresee(0, plans.len() * replications as usize);
            continue;
        }
        let mut answered = false;
        for plan in &plans {
            match tried.run(round, &plan.at(*load), replications)? {
                Some(cell) => answered |= answers_half(cell),
                None => return Ok(tried),
            }
        }
        if *load > Load::WRITTEN {
            carried = answered;
        }
    }
    Ok(tried)
}

/// The strategies that a tier is tried with: the one to ship, and its own best.
fn plans<W: Watch>(round: &Round<'_, W>, tier: &Tier) -> Vec<CellPlan> {
    let (ship, best) = (round.headline.ship.as_str(), round.best_of(tier.name()));
    let names = [Some(ship), best.filter(|best| *best != ship)].into_iter().flatten();
    let run = |name: &&str| round.found(&CellKey::new(Some(tier.name()), name)).is_some();
    names.filter(run).filter_map(|name| round.plain(tier.name(), name)).collect()
}

/// Whether half of the jobs at least are in time.
fn answers_half(cell: &Cell) -> bool {
    let leaves = cell.groups().iter().flat_map(GroupCell::leaves);
    let (in_time, offered) = leaves.fold((0_u64, 0_u64), |(in_time, offered), leaf| {
        (in_time.saturating_add(leaf.jobs.in_time), offered.saturating_add(leaf.jobs.offered))
    });
    in_time >= offered.div_ceil(2)
}
