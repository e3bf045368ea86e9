//! What is kept of the jobs of one model.

use std::collections::BTreeMap;

use super::counts::Counts;
use super::histogram::Histogram;
use super::sample::Sample;

/// Stretches of time in which lengths are counted apart; longer ones where a log is longer.
const MOST_BLOCKS: usize = 128;

const MINUTE: i64 = 60_000_000_000;

/// The jobs of one model, or of those that are few.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) jobs: u64,
    pub(super) counts: Counts,
    pub(super) blocks: Blocks,
    pub(super) sample: Sample,
}

/// Lengths by stretches of time.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    /// Nanoseconds.
    pub(super) width: i64,
    pub(super) all: BTreeMap<i64, Lengths>,
}

/// The lengths of one stretch.
#[derive(Clone, Debug, Default)]
pub(super) struct Lengths {
    pub(super) prompt: Histogram,
    pub(super) answer: Histogram,
}

impl Default for Series {
    fn default() -> Series {
        Series {
            jobs: 0,
            counts: Counts::default(),
            blocks: Blocks { width: MINUTE, all: BTreeMap::new() },
            sample: Sample::default(),
        }
    }
}

impl Series {
    /// A job, so long after the clock's origin.
    pub(super) fn add(&mut self, at: i64, prompt: u32, answer: u32) {
        self.jobs += 1;
        self.counts.add(at);
        self.blocks.add(at, prompt, answer);
        self.sample.add(prompt, answer);
    }

    /// Together with another.
    pub(super) fn merge(&mut self, other: &Series) {
        self.jobs += other.jobs;
        self.counts.merge(&other.counts);
        self.blocks.merge(&other.blocks);
        self.sample.merge(&other.sample);
    }

    /// All its lengths.
    pub(super) fn lengths(&self) -> Lengths {
        let mut all = Lengths::default();
        self.blocks.all.values().for_each(|lengths| all.merge(lengths));
        all
    }
}

impl Blocks {
    fn add(&mut self, at: i64, prompt: u32, answer: u32) {
        let lengths = self.all.entry(at.div_euclid(self.width)).or_default();
        lengths.prompt.add(u64::from(prompt));
        lengths.answer.add(u64::from(answer));
        while self.all.len() > MOST_BLOCKS {
            *self = self.joined(2);
        }
    }

    fn merge(&mut self, other: &Blocks) {
        while self.width < other.width {
            *self = self.joined(2);
        }
        let other = other.joined(self.width / other.width.max(1));
        for (block, lengths) in &other.all {
            self.all.entry(*block).or_default().merge(lengths);
        }
    }

    /// The same in stretches so many times as long.
    pub(super) fn joined(&self, by: i64) -> Blocks {
        let by = by.max(1);
        let mut all: BTreeMap<i64, Lengths> = BTreeMap::new();
        for (block, lengths) in &self.all {
            all.entry(block.div_euclid(by)).or_default().merge(lengths);
        }
        Blocks { width: self.width.saturating_mul(by), all }
    }
}

impl Lengths {
    fn merge(&mut self, other: &Lengths) {
        self.prompt.merge(&other.prompt);
        self.answer.merge(&other.answer);
    }
}
