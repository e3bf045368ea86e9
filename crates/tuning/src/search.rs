//! Successive halving over seeds, then one parameter at a time.

use core::cmp::Ordering;
use core::ops::Range;
use std::collections::BTreeMap;

use chance::Seed;

use crate::pairs::{Estimate, Mean, differences};
use crate::sample::spread;
use crate::surface::{Came, Setting, Surface, run};

/// Standard errors that a setting must be clear of a goal to count as meeting it.
const CLEAR: f64 = 2.0;
/// Seeds of the first round.
const FIRST_SEEDS: u32 = 2;

/// What a search may spend.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Worlds in all; the search stops before it would need more.
    pub budget: u32,
    /// How many of them the first settings and their halving may take; the rest looks around.
    pub first: u32,
    /// The most seeds that a setting is tried under; it uses those from 0 to here.
    pub seeds: u32,
    /// What the choice of the first settings grows from.
    pub seed: u64,
}

/// A setting with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Which.
    pub setting: Setting,
    /// All its worlds together.
    pub pooled: Came,
    /// Each of them, in the order of seeds from 0.
    pub each: Vec<Came>,
}

impl Plan {
    /// So many worlds, of which the halving takes three fifths.
    #[must_use]
    pub fn within(budget: u32, seeds: u32, seed: u64) -> Self {
        let first = u32::try_from(u64::from(budget) * 3 / 5).unwrap_or(budget);
        Self { budget, first, seeds, seed }
    }

    /// As many worlds as will do on a grid of these sizes: a halving of 600, and then every value of
    /// each parameter around as many as eight settings, each better than the one before.
    #[must_use]
    pub fn enough(sizes: &[usize], seeds: u32, seed: u64) -> Self {
        const FIRST: u32 = 600;
        const BETTER: u32 = 8;
        let around: usize = sizes.iter().map(|size| size.saturating_sub(1)).sum();
        let around = u32::try_from(around + 1).unwrap_or(u32::MAX);
        let budget = FIRST.saturating_add(around.saturating_mul(seeds).saturating_mul(BETTER));
        Self { budget, first: FIRST, seeds, seed }
    }

    /// The least budget under which anything can be tried with as many seeds.
    #[must_use]
    pub fn least(seeds: u32) -> u32 {
        FIRST_SEEDS.min(seeds)
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The best, or the start where that cannot be told from it, then the others that were tried under all seeds, better ones first.
    pub tried: Vec<Tried>,
    /// How many settings were looked at in all.
    pub settings: usize,
    /// How many worlds that took.
    pub worlds: u32,
    /// Whether the budget lasted for every value of each parameter around the best.
    pub is_finished: bool,
}

/// Searches a surface; none where nothing could be tried at all.
pub fn search<S: Surface>(surface: &S, plan: Plan) -> Result<Option<Found>, S::Fault> {
    let mut field = Field::new(surface, plan);
    let rungs = rungs(plan.seeds);
    let mut standing = spread(surface, field.first_count(&rungs), Seed(plan.seed));
    for seeds in rungs {
        if !field.extend(&standing, seeds)? {
            if field.tried.is_empty() {
                let start = field.start.clone();
                field.extend(&[start], seeds)?;
            }
            break;
        }
        field.rank(&mut standing);
        if seeds < plan.seeds {
            standing.truncate(standing.len().div_ceil(2));
        }
    }
    let is_finished = match field.best() {
        Some(best) => field.descend(best)?,
        None => false,
    };
    Ok(field.found(is_finished))
}

/// The seeds of each round: 2, 4, 8, … up to all.
fn rungs(seeds: u32) -> Vec<u32> {
    let doubled = core::iter::successors(Some(FIRST_SEEDS), |seeds| seeds.checked_mul(2));
    doubled.take_while(|rung| *rung < seeds).chain([seeds]).collect()
}

/// The settings that have been tried.
struct Field<'s, S: Surface> {
    surface: &'s S,
    plan: Plan,
    start: Setting,
    worlds: BTreeMap<Setting, Vec<S::World>>,
    tried: BTreeMap<Setting, Tried>,
    spent: u32,
}

impl<'s, S: Surface> Field<'s, S> {
    fn new(surface: &'s S, plan: Plan) -> Self {
        let (worlds, tried) = (BTreeMap::new(), BTreeMap::new());
        Self { surface, plan, start: surface.start(), worlds, tried, spent: 0 }
    }

    /// How many settings the first round may have: halving then takes what the plan has for it.
    fn first_count(&self, rungs: &[u32]) -> usize {
        let (mut before, mut share, mut each) = (0, 1.0, 0.0);
        for rung in rungs {
            each += f64::from(rung - before) * share;
            (before, share) = (*rung, share / 2.0);
        }
        let most = f64::from(self.plan.first) / f64::max(each, 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded down")]
        usize::max(most as usize, 2)
    }

    /// Tries settings under so many seeds, as far as they have not been; false when the budget does
    /// not suffice, and nothing was tried.
    fn extend(&mut self, settings: &[Setting], seeds: u32) -> Result<bool, S::Fault> {
        let missing = |setting: &Setting| {
            let there = self.worlds.get(setting).map_or(0, Vec::len);
            u32::try_from(there).unwrap_or(u32::MAX).min(seeds)..seeds
        };
        let wanted: Vec<(Setting, Range<u32>)> =
            settings.iter().map(|setting| (setting.clone(), missing(setting))).collect();
        let needed: u32 =
            wanted.iter().fold(0, |all, (_, seeds)| all.saturating_add(seeds.end - seeds.start));
        if needed > self.plan.budget.saturating_sub(self.spent) {
            return Ok(false);
        }
        self.spent += needed;
        let new = run(self.surface, &wanted)?;
        for ((setting, _), new) in wanted.into_iter().zip(new) {
            let worlds = self.worlds.entry(setting.clone()).or_default();
            worlds.extend(new);
            let all: Vec<&S::World> = worlds.iter().collect();
            let tried = Tried {
                setting: setting.clone(),
                pooled: self.surface.judge(&all),
                each: all.iter().map(|world| self.surface.judge(&[world])).collect(),
            };
            self.tried.insert(setting, tried);
        }
        Ok(true)
    }

    fn rank(&self, settings: &mut [Setting]) {
        settings.sort_by(|a, b| match (self.tried.get(a), self.tried.get(b)) {
            (Some(a), Some(b)) => self.order(a, b),
            _ => Ordering::Equal,
        });
    }

    /// Better first: of two that meet the goal the cheaper, else the one that is closer to it; of
    /// equals the one closer to the start.
    fn order(&self, a: &Tried, b: &Tried) -> Ordering {
        let by_cost = || a.pooled.cost.total_cmp(&b.pooled.cost);
        let steps = |tried: &Tried| tried.setting.steps_from(&self.start);
        let worth = match (a.is_clear(), b.is_clear()) {
            (true, true) => by_cost(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => b.surely().total_cmp(&a.surely()).then_with(by_cost),
        };
        worth.then_with(|| steps(a).cmp(&steps(b))).then_with(|| a.setting.cmp(&b.setting))
    }

    /// Those with the most seeds, better ones first.
    fn ranked(&self) -> Vec<&Tried> {
        let most = self.tried.values().map(|tried| tried.each.len()).max().unwrap_or(0);
        let mut all: Vec<&Tried> =
            self.tried.values().filter(|tried| tried.each.len() == most).collect();
        all.sort_by(|a, b| self.order(a, b));
        all
    }

    fn best(&self) -> Option<Setting> {
        let ranked = self.ranked();
        self.chosen(&ranked).map(|tried| tried.setting.clone())
    }

    /// Which of some, in their order, to take: the first, unless one with more of its numbers as
    /// they were comes to the same in every figure, or the start cannot be told from it.
    fn chosen<'t>(&self, ranked: &[&'t Tried]) -> Option<&'t Tried> {
        let best = *ranked.first()?;
        let unchanged = ranked.iter().find(|tried| tried.setting == self.start);
        if let Some(start) = unchanged.filter(|start| start.may_replace(best)) {
            return Some(start);
        }
        let changed = |tried: &Tried| {
            tried.setting.0.iter().zip(&self.start.0).filter(|(is, was)| is != was).count()
        };
        let alike = ranked.iter().copied().filter(|tried| tried.comes_to_the_same_as(best));
        alike.min_by_key(|tried| changed(tried))
    }

    /// Looks at every other value of each parameter, the others as the best has them, and goes on
    /// from whatever is better, as long as there is and the budget lasts. The start and its values
    /// come first, then the closest ones, since the others are what is left out where it does not
    /// last; whether it did.
    fn descend(&mut self, from: Setting) -> Result<bool, S::Fault> {
        let mut best = from;
        for setting in [best.clone(), self.start.clone()] {
            if !self.extend(&[setting], self.plan.seeds)? {
                return Ok(false);
            }
        }
        loop {
            let mut lasts = true;
            let mut around = self.around(&best);
            let is_own = |setting: &Setting| {
                setting
                    .0
                    .iter()
                    .zip(&best.0)
                    .zip(&self.start.0)
                    .all(|((is, best), own)| is == best || is == own)
            };
            around.sort_by_key(|setting| (!is_own(setting), setting.steps_from(&best)));
            for setting in around {
                lasts &= self.extend(&[setting], self.plan.seeds)?;
            }
            match self.best() {
                Some(better) if better != best => best = better,
                Some(_) | None => return Ok(lasts),
            }
        }
    }

    fn around(&self, best: &Setting) -> Vec<Setting> {
        let sizes = self.surface.sizes();
        let others = sizes.iter().enumerate().flat_map(|(parameter, size)| {
            (0..*size).map(move |value| (parameter, value)).map(|(at, value)| best.with(at, value))
        });
        others.filter(|one| one != best && self.surface.is_sound(one)).collect()
    }

    fn found(self, is_finished: bool) -> Option<Found> {
        let ranked = self.ranked();
        let chosen = self.chosen(&ranked)?;
        let others = ranked.iter().filter(|tried| tried.setting != chosen.setting);
        let tried: Vec<Tried> = core::iter::once(chosen).chain(others.copied()).cloned().collect();
        let found = Found { tried, settings: self.tried.len(), worlds: self.spent, is_finished };
        Some(found)
    }
}

impl Tried {
    /// How far it surely meets the goal: its margin, less two standard errors over seeds.
    #[must_use]
    pub fn surely(&self) -> f64 {
        let Some(margin) = self.pooled.margin else { return f64::NEG_INFINITY };
        let margins: Vec<f64> = self.each.iter().filter_map(|came| came.margin).collect();
        margin - CLEAR * Mean::of(&margins).map_or(0.0, |mean| mean.error)
    }

    /// Whether it meets the goal, and clearly so.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.surely() >= 0.0
    }

    /// Whether nothing speaks for another, better one instead: it meets the goal as clearly, and
    /// cannot be told from it.
    fn may_replace(&self, better: &Tried) -> bool {
        self.each.len() > 1 && self.is_clear() >= better.is_clear() && self.is_as_good_as(better)
    }

    /// Whether both read the same, seed by seed: less than a twentieth of a per cent of the goal, and
    /// two attempts for a thousand jobs.
    fn comes_to_the_same_as(&self, other: &Tried) -> bool {
        const MARGIN: f64 = 0.000_5;
        const COST: f64 = 0.002;
        let near = |mine: f64, theirs: f64, within: f64| (mine - theirs).abs() <= within;
        let same = |(mine, theirs): (&Came, &Came)| {
            let margin = match (mine.margin, theirs.margin) {
                (Some(mine), Some(theirs)) => near(mine, theirs, MARGIN),
                (mine, theirs) => mine.is_none() && theirs.is_none(),
            };
            margin && near(mine.cost, theirs.cost, COST)
        };
        self.is_clear() == other.is_clear() && self.each.iter().zip(&other.each).all(same)
    }

    /// Whether, pair by pair of seeds, it cannot be told from another by what matters: cost where
    /// both clearly meet the goal, else the goal and cost.
    #[must_use]
    pub fn is_as_good_as(&self, other: &Tried) -> bool {
        let same = |of: &dyn Fn(&Came) -> Option<f64>| {
            let differences = differences(self.each.iter().map(of), other.each.iter().map(of));
            Estimate::of(&differences).is_none_or(|difference| difference.may_be_zero())
        };
        let same_cost = same(&|came| Some(came.cost));
        same_cost && (self.is_clear() && other.is_clear() || same(&|came| came.margin))
    }
}

impl Found {
    /// The settings that cannot be told from the best, the best first.
    #[must_use]
    pub fn flat(&self) -> Vec<&Tried> {
        let Some(best) = self.tried.first() else { return Vec::new() };
        self.tried.iter().filter(|tried| tried.is_as_good_as(best)).collect()
    }
}
