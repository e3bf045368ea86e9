//! Other readings of the rules: one assumption at one of its other values.

use rulebook::Tier;
use run_record::{Cell, CellStanding, Leaf};
use scenario::Scenario;

use super::{Round, Tried};
use crate::plan::CellPlan;
use crate::{SimulateFault, Watch};

/// A change of a share of jobs or attempts from which on a cell has become better: one in a hundred.
const TELLING: u128 = 100;

/// An assumption and one of its other values.
#[derive(Clone, Copy)]
pub(super) struct Reading<'s> {
    name: &'s str,
    value: &'s str,
}

/// Every assumption that has a say in the scenario, at each other value that its edition knows of.
pub(super) fn all(scenario: &Scenario) -> Vec<Reading<'_>> {
    let values = scenario.assumed().flat_map(|one| {
        let name = one.name.as_str();
        one.alternatives.iter().map(move |value| Reading { name, value })
    });
    values.collect()
}

/// How many worlds a reading has at least.
pub(super) fn planned<W: Watch>(round: &Round<'_, W>, reading: Reading<'_>) -> usize {
    let headline = &round.headline;
    let own = headline.yours.as_deref().map(|yours| (yours, headline.ship.as_str()));
    let other = (headline.other.as_str(), headline.best.as_str());
    let cells = own.filter(|own| *own != other).into_iter().chain([other]);
    let new = cells.filter_map(|(tier, strategy)| plan(round, reading, tier, strategy));
    new.filter(|plan| !round.is_known(plan)).count() * round.scenario.replications as usize
}

/// Tries a reading on the account's tier and on the one that is enough, and then on as many others
/// as it takes to say which one is enough under it. Between the two nothing is tried where the
/// reading makes nothing better on the account's tier: it was not enough there before.
pub(super) fn run<W: Watch>(
    round: &Round<'_, W>,
    reading: Reading<'_>,
) -> Result<Tried, SimulateFault> {
    let headline = &round.headline;
    let mut trial = Trial { round, reading, tried: Tried::default() };
    let mut better = headline.yours.is_none();
    if let Some(yours) = headline.yours.as_deref() {
        better = trial.is_better(yours, &headline.ship)?;
        if better && trial.meets(yours, &others(round, yours))? {
            trial.meets(&headline.other, &[&headline.best])?;
            return Ok(trial.tried);
        }
    }
    let met = trial.meets(&headline.other, &[&headline.best])?;
    if round.scenario.expectations.is_empty() {
        return Ok(trial.tried);
    }
    let tiers: Vec<&str> = round.scenario.tiers.iter().map(Tier::name).collect();
    let at = |tier: &str| tiers.iter().position(|one| *one == tier);
    let other = at(&headline.other).unwrap_or(0);
    let own = headline.yours.as_deref().and_then(at);
    if met && better {
        let lowest = own.filter(|own| *own < other).map_or(other, |own| own + 1);
        for tier in tiers.iter().take(other).skip(lowest).rev() {
            if !trial.meets(tier, &others(round, tier))? {
                break;
            }
        }
    } else if !met {
        // Where none is enough as assumed, none above the closest one is tried for what got worse.
        let climbs = headline.enough.is_some() || better;
        for tier in tiers.iter().skip(other + 1).filter(|_| climbs) {
            if trial.meets(tier, &others(round, tier))? {
                break;
            }
        }
    }
    Ok(trial.tried)
}

/// Whom a tier is tried with that the headline does not speak of: the best of the headline, then the
/// tier's own best.
fn others<'r, W: Watch>(round: &'r Round<'_, W>, tier: &str) -> Vec<&'r str> {
    let best = round.headline.best.as_str();
    let own = round.best_of(tier).filter(|own| *own != best);
    core::iter::once(best).chain(own).collect()
}

fn plan<W: Watch>(
    round: &Round<'_, W>,
    reading: Reading<'_>,
    tier: &str,
    strategy: &str,
) -> Option<CellPlan> {
    round.plain(tier, strategy)?.assuming(reading.name, reading.value)
}

/// One reading while it is tried.
struct Trial<'r, 'a, W> {
    round: &'r Round<'a, W>,
    reading: Reading<'r>,
    tried: Tried,
}

impl<W: Watch> Trial<'_, '_, W> {
    /// Whether one of these strategies meets everything on a tier; they are tried until one does.
    fn meets(&mut self, tier: &str, strategies: &[&str]) -> Result<bool, SimulateFault> {
        for strategy in strategies {
            let first = self.round.first;
            let meets = |cell: &Cell| first.assess(cell).standing.meets();
            if self.look(tier, strategy, meets)?.unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a strategy does better on a tier than as assumed: it stands better, or clearly more of
    /// its jobs are in time, or clearly fewer attempts refused.
    fn is_better(&mut self, tier: &str, strategy: &str) -> Result<bool, SimulateFault> {
        let round = self.round;
        let Some(plain) = round.plain(tier, strategy) else { return Ok(false) };
        let Some(before) = round.found(&plain.key) else { return Ok(false) };
        let before = of(round, before);
        let better = |cell: &Cell| is_better(&before, &of(round, cell));
        Ok(self.look(tier, strategy, better)?.unwrap_or(false))
    }

    /// Runs a cell, or takes it from the first round, and asks something of it; nothing where it is
    /// not there.
    fn look<T>(
        &mut self,
        tier: &str,
        strategy: &str,
        ask: impl Fn(&Cell) -> T,
    ) -> Result<Option<T>, SimulateFault> {
        let round = self.round;
        let Some(plan) = plan(round, self.reading, tier, strategy) else { return Ok(None) };
        let mine = self.tried.cells.iter().find(|cell| *cell.key() == plan.key);
        if let Some(cell) = mine.or_else(|| round.found(&plan.key)) {
            return Ok(Some(ask(cell)));
        }
        if self.tried.stopped {
            return Ok(None);
        }
        let headline = &round.headline;
        let foreseen = (Some(tier), strategy) == (headline.yours.as_deref(), &headline.ship)
            || (tier, strategy) == (&headline.other, &headline.best);
        if !foreseen {
            round.foresee(round.scenario.replications as usize, 0);
        }
        let ran = self.tried.run(round, &plan, round.scenario.replications)?;
        Ok(ran.map(ask))
    }
}

fn of<W>(round: &Round<'_, W>, cell: &Cell) -> (CellStanding, Leaf) {
    (round.first.assess(cell).standing, cell.whole().pooled())
}

fn is_better(before: &(CellStanding, Leaf), now: &(CellStanding, Leaf)) -> bool {
    let ((was, before), (is, now)) = (before, now);
    let in_time = |leaf: &Leaf| (leaf.jobs.in_time, leaf.jobs.offered);
    let refused = |leaf: &Leaf| (leaf.attempts.with_status(429), leaf.attempts.sent);
    is < was || exceeds(in_time(now), in_time(before)) || exceeds(refused(before), refused(now))
}

/// Whether one share is larger than another by as much as tells.
fn exceeds((part, of): (u64, u64), (other, whole): (u64, u64)) -> bool {
    let (of, whole) = (u128::from(of.max(1)), u128::from(whole.max(1)));
    let (part, other) = (u128::from(part) * whole, u128::from(other) * of);
    part > other && (part - other).saturating_mul(TELLING) >= of * whole
}
