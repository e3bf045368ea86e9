//! The whole study: the search, what each parameter matters, and what fresh seeds say.

use core::ops::Range;

use run_record::{Judged, Verdict};
use simulator::Watch;
use strategies::Parts;

use crate::pairs::{Estimate, differences};
use crate::rehearsal::{Rehearsal, RehearsalFault, World};
use crate::search::{Found, Plan, Tried, search};
use crate::surface::{Came, Setting, Surface, run};

/// What tuning came to.
#[derive(Clone, Debug)]
pub struct Study {
    /// The strategy with the best setting.
    pub parts: Parts,
    /// What the search found.
    pub found: Found,
    /// Each parameter around the best, the others as it has them.
    pub slices: Vec<Slice>,
    /// The seeds that the search used, counted from the scenario's.
    pub searched: Range<u32>,
    /// The fresh ones.
    pub fresh: Range<u32>,
    /// The best on them.
    pub tuned: Validated,
    /// The strategy as it was, on the same.
    pub own: Validated,
    /// What the best does better by each goal's figure, seed by seed: tuned less untuned.
    pub gains: Vec<Option<Estimate>>,
    /// The same of attempts per job.
    pub cost_gain: Option<Estimate>,
}

/// One parameter with the others held.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Which parameter, by its place.
    pub parameter: usize,
    /// Each of its values that was tried so, in order.
    pub rows: Vec<SliceRow>,
}

/// One value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceRow {
    /// Which of the parameter's values.
    pub value: usize,
    /// What came of it.
    pub tried: Tried,
    /// Whether it is the best's own.
    pub is_best: bool,
    /// Whether it cannot be told from the best.
    pub is_as_good: bool,
}

/// A setting on fresh seeds.
#[derive(Clone, Debug)]
pub struct Validated {
    /// Each goal over all of them together.
    pub judged: Vec<Judged>,
    /// All goals together.
    pub verdict: Verdict,
    /// Each goal's figure, seed by seed.
    pub values: Vec<Option<Estimate>>,
    /// Attempts per job, seed by seed.
    pub cost: Option<Estimate>,
}

/// Searches, looks around, and validates on so many seeds that the search never saw; none where
/// the budget does not suffice for one setting.
pub fn tune<W: Watch>(
    rehearsal: &Rehearsal<'_, W>,
    plan: Plan,
    validate: u32,
) -> Result<Option<Study>, RehearsalFault> {
    let Some(found) = search(rehearsal, plan)? else { return Ok(None) };
    let Some(best) = found.tried.first().map(|tried| tried.setting.clone()) else {
        return Ok(None);
    };
    let fresh = fresh(plan, validate);
    let (start, goals) = (rehearsal.start(), rehearsal.goals());
    let mut asked = vec![(best.clone(), fresh.clone())];
    if best != start {
        asked.push((start, fresh.clone()));
    }
    let worlds = run(rehearsal, &asked)?;
    let one = |worlds: &Vec<World>| {
        let each: Vec<Came> = worlds.iter().map(|world| rehearsal.judge(&[world])).collect();
        (validated(rehearsal, worlds, &each, goals), each)
    };
    let mut sides = worlds.iter().map(one);
    let Some((tuned, tuned_each)) = sides.next() else { return Ok(None) };
    let (own, own_each) = sides.next().unwrap_or_else(|| (tuned.clone(), tuned_each.clone()));
    let gain = |of: &dyn Fn(&Came) -> Option<f64>| {
        Estimate::of(&differences(tuned_each.iter().map(of), own_each.iter().map(of)))
    };
    Ok(Some(Study {
        parts: rehearsal.parts_of(&best),
        slices: slices(rehearsal, &found, &best),
        found,
        searched: 0..plan.seeds,
        fresh,
        gains: (0..goals).map(|goal| gain(&|came| value(came, goal))).collect(),
        cost_gain: gain(&|came| Some(came.cost)),
        tuned,
        own,
    }))
}

/// The seeds after those of the search.
pub(crate) fn fresh(plan: Plan, validate: u32) -> Range<u32> {
    plan.seeds..plan.seeds.saturating_add(validate)
}

fn value(came: &Came, goal: usize) -> Option<f64> {
    came.values.get(goal).copied().flatten()
}

fn validated<W: Watch>(
    rehearsal: &Rehearsal<'_, W>,
    worlds: &[World],
    each: &[Came],
    goals: usize,
) -> Validated {
    let all: Vec<&World> = worlds.iter().collect();
    let (judged, verdict) = rehearsal.verdict(&all);
    let estimate = |of: &dyn Fn(&Came) -> Option<f64>| {
        let values: Vec<f64> = each.iter().filter_map(of).collect();
        Estimate::of(&values)
    };
    Validated {
        judged,
        verdict,
        values: (0..goals).map(|goal| estimate(&|came| value(came, goal))).collect(),
        cost: estimate(&|came| Some(came.cost)),
    }
}

fn slices<W: Watch>(rehearsal: &Rehearsal<'_, W>, found: &Found, best: &Setting) -> Vec<Slice> {
    let Some(first) = found.tried.first() else { return Vec::new() };
    let row = |parameter: usize, value: usize| {
        let setting = best.with(parameter, value);
        let tried = found.tried.iter().find(|tried| tried.setting == setting)?;
        let is_as_good = tried.is_as_good_as(first);
        let is_best = setting == *best;
        Some(SliceRow { value, tried: tried.clone(), is_best, is_as_good })
    };
    let sizes = rehearsal.sizes().into_iter().enumerate();
    sizes
        .map(|(parameter, size)| Slice {
            parameter,
            rows: (0..size).filter_map(|value| row(parameter, value)).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn fresh_seeds_are_none_that_the_search_saw(
            seeds in 1_u32..1_000,
            validate in 1_u32..1_000,
        ) {
            let fresh = fresh(Plan::within(1, seeds, 1), validate);
            prop_assert_eq!(fresh.len(), validate as usize);
            prop_assert!(fresh.clone().all(|seed| !(0..seeds).contains(&seed)));
        }
    }
}
