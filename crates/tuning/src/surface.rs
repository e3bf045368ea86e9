//! What a search walks over.

use core::ops::Range;

/// A place on the grid: for each parameter, which of its values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Setting(pub Vec<usize>);

/// What came of some worlds of one setting, taken together.
#[derive(Clone, Debug, PartialEq)]
pub struct Came {
    /// How far the goal is met, as a part of it: 0 just meets it, 0.01 is one per cent better than
    /// asked, below zero it is missed. Of several goals the one that is met least. None where there
    /// is nothing to judge.
    pub margin: Option<f64>,
    /// What it takes: attempts per job.
    pub cost: f64,
    /// What was measured of each goal, in its own unit; none where nothing can be told.
    pub values: Vec<Option<f64>>,
}

/// Settings whose worth shows in worlds.
pub trait Surface: Sync {
    /// What is left of one world.
    type World: Send + Sync;
    /// Why there is none.
    type Fault: Send;

    /// How many values each parameter has.
    fn sizes(&self) -> Vec<usize>;

    /// The setting that one begins with.
    fn start(&self) -> Setting;

    /// Whether a setting makes sense at all.
    fn is_sound(&self, setting: &Setting) -> bool;

    /// One world of a setting. Under the same seed all settings meet the same chance.
    fn world(&self, setting: &Setting, seed: u32) -> Result<Self::World, Self::Fault>;

    /// What some worlds of one setting come to.
    fn judge(&self, worlds: &[&Self::World]) -> Came;
}

impl Setting {
    /// How many steps of the grid lie between two settings.
    #[must_use]
    pub fn steps_from(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).map(|(mine, theirs)| mine.abs_diff(*theirs)).sum()
    }

    /// The same with one parameter elsewhere.
    #[must_use]
    pub fn with(&self, parameter: usize, value: usize) -> Self {
        let mut changed = self.clone();
        if let Some(place) = changed.0.get_mut(parameter) {
            *place = value;
        }
        changed
    }
}

/// Runs worlds of several settings in parallel: those of each under so many seeds, in their order.
pub(crate) fn run<S: Surface>(
    surface: &S,
    wanted: &[(Setting, Range<u32>)],
) -> Result<Vec<Vec<S::World>>, S::Fault> {
    use rayon::prelude::*;
    let all: Vec<(usize, u32)> = wanted
        .iter()
        .enumerate()
        .flat_map(|(index, (_, seeds))| seeds.clone().map(move |seed| (index, seed)))
        .collect();
    let one = |(index, seed): (usize, u32)| {
        let setting = wanted.get(index).map(|(setting, _)| setting);
        setting.map(|setting| surface.world(setting, seed)).transpose()
    };
    let worlds: Vec<Option<S::World>> =
        all.par_iter().copied().map(one).collect::<Result<_, _>>()?;
    let mut worlds = worlds.into_iter().flatten();
    let share = |(_, seeds): &(Setting, Range<u32>)| worlds.by_ref().take(seeds.len()).collect();
    Ok(wanted.iter().map(share).collect())
}
