//! Whether lengths go with the time, and how.

use super::histogram::{Histogram, rounded};
use super::series::{Blocks, Lengths};

/// So many jobs of a step tell its mean well enough.
const ENOUGH: u64 = 500;
/// A step with fewer has the law as it is.
const TOO_FEW: u64 = 50;
/// Means that are off by less than this share, beyond what chance does to them, are left alone.
const WORTH_IT: f64 = 0.03;
/// A share in percent is held between these.
const LEAST: u64 = 5;
const MOST: u64 = 2_000;

/// How lengths go with the time, in whole percents of the law, step by step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drifting {
    /// Nanoseconds.
    pub(super) every: i64,
    /// Empty where prompts do not drift.
    pub(super) prompt: Vec<u64>,
    /// Empty where answers do not drift.
    pub(super) answer: Vec<u64>,
}

/// The lengths of a series, as laws and how they drift. Steps begin at `begins`.
pub(super) fn of(blocks: &Blocks, begins: i64, ends: i64) -> (Lengths, Option<Drifting>) {
    let blocks = steps(blocks);
    let every = blocks.width;
    let steps: Vec<Lengths> = (begins.div_euclid(every)..=ends.max(begins).div_euclid(every))
        .map(|block| blocks.all.get(&block).cloned().unwrap_or_default())
        .collect();
    let column = |of: fn(&Lengths) -> &Histogram| law(&steps.iter().map(of).collect::<Vec<_>>());
    let (prompt, prompts) = column(|lengths| &lengths.prompt);
    let (answer, answers) = column(|lengths| &lengths.answer);
    let drifts = !prompts.is_empty() || !answers.is_empty();
    let drifting = Drifting { every, prompt: prompts, answer: answers };
    (Lengths { prompt, answer }, drifts.then_some(drifting))
}

/// Stretches so long that most have enough jobs to tell their mean.
fn steps(blocks: &Blocks) -> Blocks {
    let mut joined = blocks.joined(1);
    loop {
        let jobs: u64 = joined.all.values().map(|lengths| lengths.prompt.count()).sum();
        let steps = joined.all.len() as u64;
        if steps < 2 || jobs >= ENOUGH * steps {
            return joined;
        }
        joined = joined.joined(2);
    }
}

/// All lengths, and the percents of each step; none where the means of the steps differ no more
/// than chance has it. The law stays that of all steps together: their percents, weighed by their
/// jobs, have the mean of one, so that none is lost.
fn law(steps: &[&Histogram]) -> (Histogram, Vec<u64>) {
    let mut all = Histogram::default();
    for step in steps {
        all.merge(step);
    }
    let mean = all.mean().max(f64::MIN_POSITIVE);
    let off = |step: &&Histogram| {
        let off = step.mean() / mean - 1.0;
        step.count() as f64 * off * off
    };
    let between = steps.iter().map(off).sum::<f64>() / (all.count().max(1)) as f64;
    let filled = steps.iter().filter(|step| step.count() > 0).count();
    let variation = all.variation();
    let by_chance = variation * variation * filled as f64 / (all.count().max(1)) as f64;
    if between - by_chance <= WORTH_IT * WORTH_IT {
        return (all, Vec::new());
    }
    let percent = |step: &&Histogram| {
        if step.count() < TOO_FEW {
            return 100;
        }
        rounded(100.0 * step.mean() / mean).clamp(LEAST, MOST)
    };
    let percents: Vec<u64> = steps.iter().map(percent).collect();
    (all, percents)
}
