//! How many jobs fell due in each second, or in each two, four, eight where a log is long.

use std::collections::VecDeque;

/// The bins of one series: a day and a half of seconds.
const MOST_BINS: usize = 1 << 17;

const SECOND: i64 = 1_000_000_000;

/// Counts by bins of one width.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// Nanoseconds.
    width: i64,
    /// The number of the first bin: bin n begins n widths after the clock's origin.
    first: i64,
    bins: VecDeque<u32>,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { width: SECOND, first: 0, bins: VecDeque::new() }
    }
}

impl Counts {
    pub(super) fn add(&mut self, at: i64) {
        self.add_many(at, 1);
    }

    fn add_many(&mut self, at: i64, count: u32) {
        if self.bins.is_empty() {
            self.first = at.div_euclid(self.width);
        }
        // Any two instants have a width at which both fit.
        while self.room_for(at) > MOST_BINS as u64 {
            self.coarsen();
        }
        let bin = at.div_euclid(self.width);
        while bin < self.first {
            self.bins.push_front(0);
            self.first -= 1;
        }
        let Ok(place) = usize::try_from(bin - self.first) else { return };
        while self.bins.len() <= place {
            self.bins.push_back(0);
        }
        if let Some(slot) = self.bins.get_mut(place) {
            *slot = slot.saturating_add(count);
        }
    }

    pub(super) fn merge(&mut self, other: &Counts) {
        while self.width < other.width {
            self.coarsen();
        }
        for (bin, count) in (other.first..).zip(&other.bins).filter(|(_, count)| **count > 0) {
            self.add_many(bin.saturating_mul(other.width), *count);
        }
    }

    /// In bins of at least this width, from its first to its last one.
    pub(super) fn at_width(&self, width: i64) -> Counts {
        let mut counts = self.clone();
        while counts.width < width {
            counts.coarsen();
        }
        counts
    }

    pub(super) const fn width(&self) -> i64 {
        self.width
    }

    /// The first bin and the one behind the last.
    pub(super) fn span(&self) -> (i64, i64) {
        (self.first, self.first + i64::try_from(self.bins.len()).unwrap_or(0))
    }

    /// The counts of these bins; zero where nothing is.
    pub(super) fn over(&self, first: i64, end: i64) -> Vec<u32> {
        let of = |bin: i64| {
            let place = usize::try_from(bin - self.first).ok();
            place.and_then(|place| self.bins.get(place)).copied().unwrap_or(0)
        };
        (first..end).map(of).collect()
    }

    fn room_for(&self, at: i64) -> u64 {
        let bin = at.div_euclid(self.width);
        let (first, end) = self.span();
        (end.max(bin.saturating_add(1))).abs_diff(first.min(bin))
    }

    /// Joins bins two by two.
    fn coarsen(&mut self) {
        let old = core::mem::take(&mut self.bins);
        let first = self.first.div_euclid(2);
        for (bin, count) in (self.first..).zip(old) {
            let place = usize::try_from(bin.div_euclid(2) - first).unwrap_or(0);
            if self.bins.len() <= place {
                self.bins.push_back(0);
            }
            if let Some(slot) = self.bins.get_mut(place) {
                *slot = slot.saturating_add(count);
            }
        }
        self.first = first;
        self.width = self.width.saturating_mul(2);
    }
}

/// Counts joined, `by` bins at a time; a rest at the end that is no whole window is left out.
pub(super) fn joined(bins: &[u32], by: usize) -> Vec<u64> {
    let windows = bins.chunks_exact(by.max(1));
    windows.map(|window| window.iter().map(|count| u64::from(*count)).sum()).collect()
}

/// The index of dispersion of counts in windows of so many bins, variance over mean: 1 for jobs
/// that know nothing of one another. Nothing where there are fewer than ten windows.
pub(super) fn dispersion(bins: &[u32], by: usize) -> Option<f64> {
    let windows = joined(bins, by);
    if windows.len() < 10 {
        return None;
    }
    let n = windows.len() as f64;
    let mean = windows.iter().sum::<u64>() as f64 / n;
    let off = |count: &u64| *count as f64 - mean;
    let squares: f64 = windows.iter().map(|count| off(count) * off(count)).sum();
    (mean > 0.0).then_some(squares / n / mean)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_log_is_kept_in_wider_bins() {
        let mut counts = Counts::default();
        let days = 30 * 86_400;
        for second in (0..days).step_by(60) {
            counts.add(second * SECOND);
        }
        let (first, end) = counts.span();
        assert!(usize::try_from(end - first).unwrap() <= MOST_BINS);
        assert_eq!(counts.width(), 32 * SECOND);
        let all: u32 = counts.over(first, end).iter().sum();
        assert_eq!(i64::from(all), days / 60);
    }

    proptest! {
        /// In whatever order jobs come, and however bins are joined, they are where they were.
        #[test]
        fn order_makes_no_difference(mut at in prop::collection::vec(-200_000_i64..200_000, 1..80)) {
            let sketch = |at: &[i64]| {
                let mut counts = Counts::default();
                for second in at {
                    counts.add(second * SECOND);
                }
                counts.at_width(8 * SECOND)
            };
            let one = sketch(&at);
            at.sort_unstable();
            let two = sketch(&at);
            prop_assert_eq!(one.span(), two.span());
            let (first, end) = one.span();
            prop_assert_eq!(one.over(first, end), two.over(first, end));
            let (first, last) = (at[0].div_euclid(8), at[at.len() - 1].div_euclid(8));
            prop_assert_eq!(one.span(), (first, last + 1));
        }
    }
}
