//! How times were spread: 128 steps in every octave, exact to merge.
//!
//! Zero has a bin of its own, because a job that did not wait at all is a finding. Times below
//! 512 ns share the next bin. From there on, and so well before the first microsecond, every
//! octave is cut into 128 equal steps, which makes a bin at most 1/128 (0.8 %) of the times in it
//! wide. Bins are found with a count of leading zeros and a shift.
//!
//! A histogram in a record is sparse: only bins that hold something. A recorder's is dense, of one
//! size whatever the run.

use serde::{Deserialize, Serialize};

use crate::leaf::add;

/// Steps in an octave, as a power of two.
const STEP_BITS: u32 = 7;
/// The first octave with steps begins at 2^9 ns.
const FIRST_OCTAVE: u32 = 9;
/// What octave and step of the first stepped bin come to, less the two bins before it.
const BEFORE_FIRST: usize = ((FIRST_OCTAVE as usize) << STEP_BITS) + (1 << STEP_BITS) - 2;
/// Steps of a coarse bin, as a power of two: an eighth of an octave.
const COARSE_BITS: u32 = 4;
/// Coarse bins in all.
pub(crate) const COARSE_BINS: usize = 2 + ((BINS - 2) >> COARSE_BITS);
/// Bins in all: zero, below 512 ns, and 128 for each octave up to the largest `u64`.
const BINS: usize = 2 + ((64 - FIRST_OCTAVE) << STEP_BITS) as usize;

/// Counts of nanoseconds by bin.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u16, u64)>", into = "Vec<(u16, u64)>")]
pub struct Histogram {
    /// Ascending, without empty bins.
    bins: Vec<(u16, u64)>,
    count: u64,
}

/// One bin that holds something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bin {
    /// The shortest time that falls into it, in nanoseconds.
    pub least: u64,
    /// The longest time that falls into it, in nanoseconds: its upper edge.
    pub most: u64,
    /// How many did.
    pub count: u64,
}

impl Histogram {
    /// A histogram of these times, in nanoseconds.
    #[must_use]
    pub fn of(times: impl IntoIterator<Item = u64>) -> Histogram {
        let mut dense = Dense::new();
        for time in times {
            dense.add(time);
        }
        dense.sparse()
    }

    /// A histogram of times that were counted in coarse bins; each of them stands in the last bin
    /// of its coarse one, so that no percentile says less than was measured.
    pub(crate) fn of_coarse(counts: &[u64; COARSE_BINS]) -> Histogram {
        let mut histogram = Histogram::default();
        for (number, held) in (0u16..).zip(counts).filter(|(_, held)| **held > 0) {
            histogram.bins.push((finest(number), *held));
            histogram.count += held;
        }
        histogram
    }

    /// How many times it holds.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The bins that hold something, shortest times first.
    pub fn iter(&self) -> impl Iterator<Item = Bin> {
        self.bins.iter().map(|(bin, count)| Bin {
            least: least(*bin),
            most: most(*bin),
            count: *count,
        })
    }

    /// How many times are at most so many nanoseconds, give or take the bin that they fall into:
    /// a bin counts when its upper edge does.
    #[must_use]
    pub fn at_most(&self, nanos: u64) -> u64 {
        self.iter().take_while(|bin| bin.most <= nanos).map(|bin| bin.count).sum()
    }

    /// The upper edge of the bin that holds the time of this rank, counted from one; none when
    /// there are not so many.
    #[must_use]
    pub fn at_rank(&self, rank: u64) -> Option<u64> {
        let mut seen = 0;
        self.iter().find_map(|bin| {
            add(&mut seen, bin.count);
            (seen >= rank.max(1)).then_some(bin.most)
        })
    }

    /// Adds the times of another histogram: the result is that of all times together.
    pub fn absorb(&mut self, other: &Histogram) {
        if other.bins.is_empty() {
            return;
        }
        let mut merged = Vec::with_capacity(self.bins.len() + other.bins.len());
        let mut mine = self.bins.iter().copied().peekable();
        let mut theirs = other.bins.iter().copied().peekable();
        loop {
            let next = match (mine.peek(), theirs.peek()) {
                (Some((a, _)), Some((b, _))) => (*a).min(*b),
                (Some((bin, _)), None) | (None, Some((bin, _))) => *bin,
                (None, None) => break,
            };
            let a = mine.next_if(|(bin, _)| *bin == next).map_or(0, |(_, count)| count);
            let b = theirs.next_if(|(bin, _)| *bin == next).map_or(0, |(_, count)| count);
            merged.push((next, a.saturating_add(b)));
        }
        self.bins = merged;
        add(&mut self.count, other.count);
    }
}

impl From<Histogram> for Vec<(u16, u64)> {
    fn from(histogram: Histogram) -> Self {
        histogram.bins
    }
}

impl TryFrom<Vec<(u16, u64)>> for Histogram {
    type Error = String;

    fn try_from(bins: Vec<(u16, u64)>) -> Result<Self, String> {
        let mut count: u64 = 0;
        let mut last = None;
        for (bin, held) in &bins {
            if usize::from(*bin) >= BINS {
                return Err(format!("a histogram has no bin {bin}"));
            }
            if last.is_some_and(|last| last >= *bin) {
                return Err(format!("bin {bin} of a histogram is out of order"));
            }
            if *held == 0 {
                return Err(format!("bin {bin} of a histogram is written although empty"));
            }
            count = count.checked_add(*held).ok_or("a histogram counts past 64 bits")?;
            last = Some(*bin);
        }
        Ok(Histogram { bins, count })
    }
}

/// A histogram to be filled: one slot per bin, allocated once.
#[derive(Clone, Debug)]
pub struct Dense(Box<[u64]>);

impl Default for Dense {
    fn default() -> Dense {
        Dense::new()
    }
}

impl Dense {
    /// An empty one, about 56 kB.
    #[must_use]
    pub fn new() -> Dense {
        Dense(vec![0; BINS].into_boxed_slice())
    }

    /// Counts one time, in nanoseconds.
    pub fn add(&mut self, nanos: u64) {
        self.add_to(bin(nanos));
    }

    /// Counts one time of this bin.
    #[inline]
    pub(crate) fn add_to(&mut self, bin: usize) {
        // Every time has a bin; a test walks their edges.
        if let Some(count) = self.0.get_mut(bin) {
            *count += 1;
        }
    }

    /// What it holds, in the form that is kept.
    #[must_use]
    pub fn sparse(&self) -> Histogram {
        let mut histogram = Histogram::default();
        for (bin, count) in (0u16..).zip(self.0.iter()) {
            if *count > 0 {
                histogram.bins.push((bin, *count));
                histogram.count += count;
            }
        }
        histogram
    }

    #[cfg(test)]
    pub(crate) fn allocated(&self) -> usize {
        self.0.len()
    }
}

/// The coarse bin of a bin.
pub(crate) const fn coarse(bin: usize) -> usize {
    if bin < 2 { bin } else { 2 + ((bin - 2) >> COARSE_BITS) }
}

/// The last bin of a coarse one.
const fn finest(coarse: u16) -> u16 {
    if coarse < 2 { coarse } else { 2 + (((coarse - 2) << COARSE_BITS) | ((1 << COARSE_BITS) - 1)) }
}

/// The bin of a time.
pub(crate) const fn bin(nanos: u64) -> usize {
    if nanos < 1 << FIRST_OCTAVE {
        return (nanos > 0) as usize;
    }
    let octave = nanos.ilog2();
    // The leading one and the seven bits after it: from 128 to 255.
    #[expect(clippy::cast_possible_truncation, reason = "eight bits are left")]
    let step = (nanos >> (octave - STEP_BITS)) as usize;
    ((octave as usize) << STEP_BITS) + step - BEFORE_FIRST
}

/// The shortest time of a bin.
const fn least(bin: u16) -> u64 {
    match bin {
        0 | 1 => bin as u64,
        _ => {
            let (octave, step) = ((bin - 2) >> STEP_BITS, (bin - 2) & ((1 << STEP_BITS) - 1));
            ((1 << STEP_BITS) + step as u64) << (octave as u32 + FIRST_OCTAVE - STEP_BITS)
        }
    }
}

/// The longest time of a bin.
const fn most(bin: u16) -> u64 {
    match bin {
        0 => 0,
        1 => (1 << FIRST_OCTAVE) - 1,
        _ => {
            let octave = ((bin - 2) >> STEP_BITS) as u32;
            least(bin) + ((1 << (octave + FIRST_OCTAVE - STEP_BITS)) - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bins_lie_side_by_side_from_zero_to_the_largest_time() {
        assert_eq!((least(0), most(0)), (0, 0));
        assert_eq!((least(1), most(1)), (1, 511));
        let mut next = 0;
        for number in 0..u16::try_from(BINS).unwrap() {
            assert_eq!(least(number), next, "bin {number}");
            assert_eq!(bin(least(number)), usize::from(number));
            assert_eq!(bin(most(number)), usize::from(number));
            next = most(number).wrapping_add(1);
        }
        assert_eq!(next, 0, "the last bin ends with the largest u64");
    }

    #[test]
    fn coarse_bins_are_eighths_of_an_octave_and_told_by_their_last_bin() {
        for number in 0..u16::try_from(BINS).unwrap() {
            let last = finest(u16::try_from(coarse(usize::from(number))).unwrap());
            assert!(last >= number && coarse(usize::from(last)) == coarse(usize::from(number)));
            assert!(most(last) - most(number) <= most(number) / 8, "bin {number}");
        }
        assert_eq!(coarse(BINS - 1), COARSE_BINS - 1);
        let mut counts = [0; COARSE_BINS];
        counts[0] = 2;
        counts[coarse(bin(1_000_000_000))] = 3;
        let histogram = Histogram::of_coarse(&counts);
        assert_eq!((histogram.count(), histogram.at_rank(2)), (5, Some(0)));
        // 1 s is in the last eighth but one of its octave, which ends at 15/16 of 2^30 ns.
        assert_eq!(histogram.at_rank(3), Some((1 << 30) / 16 * 15 - 1));
    }

    #[test]
    fn the_octave_of_a_second_has_steps_of_four_milliseconds() {
        // 1 s lies in [2^29, 2^30) ns, whose 128 steps are 2^22 ns wide: step 110 of it.
        let second = 1_000_000_000;
        let number = 2 + (29 - 9) * 128 + 110;
        assert_eq!(bin(second), usize::from(number));
        assert_eq!(least(number), (128 + 110) << 22);
        assert_eq!(most(number) + 1 - least(number), 4_194_304);
    }

    #[test]
    fn a_rank_is_answered_with_the_upper_edge_of_its_bin() {
        let histogram = Histogram::of([0, 0, 3, 512, 515, 516, 1_000_000_000]);
        assert_eq!(histogram.count(), 7);
        assert_eq!(histogram.at_rank(1), Some(0));
        assert_eq!(histogram.at_rank(2), Some(0));
        assert_eq!(histogram.at_rank(3), Some(511));
        assert_eq!(histogram.at_rank(5), Some(515));
        assert_eq!(histogram.at_rank(6), Some(519));
        assert_eq!(histogram.at_rank(7), Some((239 << 22) - 1));
        assert_eq!(histogram.at_rank(8), None);
        assert_eq!(histogram.at_most(511), 3);
        assert_eq!(histogram.at_most(514), 3);
        assert_eq!(histogram.at_most(515), 5);
        assert_eq!(Histogram::default().at_rank(1), None);
    }

    #[test]
    fn a_written_histogram_must_be_in_order_and_in_range() {
        assert!(Histogram::try_from(vec![(3, 1), (3, 1)]).is_err());
        assert!(Histogram::try_from(vec![(3, 0)]).is_err());
        assert!(Histogram::try_from(vec![(7041, 1)]).is_ok());
        assert!(Histogram::try_from(vec![(7042, 1)]).is_err());
        assert!(Histogram::try_from(vec![(1, u64::MAX), (2, 1)]).is_err());
    }

    /// Times of every size: a number of bits first, then the bits.
    fn times() -> impl Strategy<Value = Vec<u64>> {
        proptest::collection::vec((0u32..64, any::<u64>()).prop_map(|(by, n)| n >> by), 0..200)
    }

    proptest! {
        #[test]
        fn merging_is_the_histogram_of_the_union(a in times(), b in times()) {
            let mut merged = Histogram::of(a.iter().copied());
            merged.absorb(&Histogram::of(b.iter().copied()));
            prop_assert_eq!(merged, Histogram::of(a.into_iter().chain(b)));
        }

        #[test]
        fn a_rank_lies_within_one_bin_of_the_sorted_list(mut all in times(), pick in any::<usize>()) {
            prop_assume!(!all.is_empty());
            let histogram = Histogram::of(all.iter().copied());
            all.sort_unstable();
            let index = pick % all.len();
            let edge = histogram.at_rank(index as u64 + 1).unwrap();
            prop_assert!(all[index] <= edge);
            prop_assert!(edge - all[index] <= (all[index] >> 7).max(510));
        }
    }
}
