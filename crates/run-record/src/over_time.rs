//! How long answers took, by when their jobs fell due.
//!
//! At most thirty stretches of a run, each with how the times of its jobs were spread, in bins of an
//! eighth of an octave: fine enough for a line over time, and small enough to be kept for many cells.
//! The width of a stretch follows from the length of the run alone, as that of a step does, so that
//! stretches add up over replications and groups.

use limits::{Instant, Span};
use serde::{Deserialize, Serialize};

use crate::exact;
use crate::histogram::{COARSE_BINS, Histogram, coarse};
use crate::series::StepWidth;

/// Stretches that a run may have.
const MOST: usize = 30;

/// How times were spread in each stretch of a run; a job stands in the one that it fell due in.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverTime {
    /// How long a stretch is.
    #[serde(rename = "width_ns", with = "exact::span")]
    pub width: Span,
    /// From due to the last byte, over answered jobs, up to the last stretch that has any. A time
    /// counts as the longest of its eighth of an octave.
    pub answer: Vec<Histogram>,
    /// From due to the first token, over the answers that did not come all at once.
    pub first_token: Vec<Histogram>,
}

impl OverTime {
    /// When a stretch begins.
    #[must_use]
    pub fn starts(&self, stretch: usize) -> Span {
        self.width.times(stretch as u64)
    }

    /// Whether the other has the same stretches.
    pub(crate) fn matches(&self, other: &OverTime) -> bool {
        self.width == other.width
    }

    /// Adds another with the same stretches.
    pub(crate) fn absorb(&mut self, other: &OverTime) {
        absorb(&mut self.answer, &other.answer);
        absorb(&mut self.first_token, &other.first_token);
    }

    /// How many answers and how many first tokens it holds.
    pub(crate) fn counts(&self) -> [u64; 2] {
        [&self.answer, &self.first_token]
            .map(|stretches| stretches.iter().map(Histogram::count).fold(0, u64::saturating_add))
    }
}

fn absorb(mine: &mut Vec<Histogram>, theirs: &[Histogram]) {
    if mine.len() < theirs.len() {
        mine.resize(theirs.len(), Histogram::default());
    }
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        mine.absorb(theirs);
    }
}

/// A recorder's stretches: all there may be, allocated once, whatever the length of the run.
#[derive(Clone, Debug)]
pub(crate) struct DenseStretches {
    width: StepWidth,
    answer: Box<[[u64; COARSE_BINS]]>,
    first_token: Box<[[u64; COARSE_BINS]]>,
}

impl DenseStretches {
    pub(crate) fn new(lasts: Span) -> DenseStretches {
        let none = || vec![[0; COARSE_BINS]; MOST].into_boxed_slice();
        let width = StepWidth::within(lasts, MOST as u64);
        DenseStretches { width, answer: none(), first_token: none() }
    }

    /// An answer came whose time falls into this bin, to a job that fell due then, and where it did
    /// not come all at once, its first token in that.
    #[inline]
    pub(crate) fn add(&mut self, due: Instant, answer: usize, first_token: Option<usize>) {
        let stretch = usize::try_from(self.width.step(due)).unwrap_or(MOST).min(MOST - 1);
        count(&mut self.answer, stretch, answer);
        if let Some(first_token) = first_token {
            count(&mut self.first_token, stretch, first_token);
        }
    }

    pub(crate) fn over_time(&self) -> OverTime {
        OverTime {
            width: self.width.span(),
            answer: sparse(&self.answer),
            first_token: sparse(&self.first_token),
        }
    }

    #[cfg(test)]
    pub(crate) fn allocated(&self) -> usize {
        (self.answer.len() + self.first_token.len()) * COARSE_BINS
    }
}

#[inline]
fn count(stretches: &mut [[u64; COARSE_BINS]], stretch: usize, bin: usize) {
    // Every time has a bin, and every moment a stretch.
    if let Some(count) = stretches.get_mut(stretch).and_then(|bins| bins.get_mut(coarse(bin))) {
        *count += 1;
    }
}

/// The stretches up to the last that holds anything.
fn sparse(stretches: &[[u64; COARSE_BINS]]) -> Vec<Histogram> {
    let mut sparse: Vec<Histogram> = stretches.iter().map(Histogram::of_coarse).collect();
    let used = sparse.iter().rposition(|one| one.count() > 0).map_or(0, |last| last + 1);
    sparse.truncate(used);
    sparse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::bin;

    const SECOND: u64 = 1_000_000_000;

    fn at(seconds: u64) -> Instant {
        Instant::START.after(Span::from_secs(seconds))
    }

    #[test]
    fn a_run_has_at_most_thirty_stretches_of_widths_that_people_read() {
        for (lasts, width) in
            [(30, 1), (31, 2), (600, 30), (1_320, 60), (3_600, 120), (86_400, 3_600)]
        {
            let dense = DenseStretches::new(Span::from_secs(lasts));
            assert_eq!(dense.over_time().width, Span::from_secs(width), "a run of {lasts} s");
        }
    }

    #[test]
    fn times_stand_in_the_stretch_their_job_fell_due_in_and_come_out_an_eighth_of_an_octave_wide() {
        let mut dense = DenseStretches::new(Span::from_secs(600));
        dense.add(at(29), bin(SECOND), None);
        dense.add(at(30), bin(2 * SECOND), Some(bin(SECOND)));
        // What falls due after the last stretch, as while a run drains, belongs to it.
        dense.add(at(3_000), bin(0), None);
        let over_time = dense.over_time();
        assert_eq!((over_time.answer.len(), over_time.first_token.len()), (30, 2));
        assert_eq!(over_time.counts(), [3, 1]);
        let edge = |seconds: u64, of: &[Histogram], stretch: usize| {
            let edge = of[stretch].at_rank(1).unwrap();
            assert!((seconds..seconds * 9 / 8 + 1).contains(&edge), "{edge}");
        };
        edge(SECOND, &over_time.answer, 0);
        edge(2 * SECOND, &over_time.answer, 1);
        edge(SECOND, &over_time.first_token, 1);
        assert_eq!(over_time.answer[29].at_rank(1), Some(0));
    }
}
