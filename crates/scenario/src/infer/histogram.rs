//! Numbers counted in bins that widen with them: each to itself up to 128, then sixty-four bins an
//! octave, so that nothing is off by more than a hundredth.

/// Counts by bin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    bins: Vec<u64>,
    count: u64,
    sum: f64,
    squares: f64,
    least: Option<u64>,
    most: u64,
}

const EXACT: u64 = 128;
const AN_OCTAVE: u64 = 64;

fn bin_of(number: u64) -> usize {
    let bin = if number < EXACT {
        number
    } else {
        let octave = u64::from(number.ilog2());
        EXACT + (octave - 7) * AN_OCTAVE + ((number >> (octave - 6)) & (AN_OCTAVE - 1))
    };
    usize::try_from(bin).unwrap_or(usize::MAX)
}

/// The least number of a bin.
fn edge_of(bin: usize) -> f64 {
    let bin = bin as u64;
    if bin < EXACT {
        return bin as f64;
    }
    let (octave, part) = ((bin - EXACT) / AN_OCTAVE, (bin - EXACT) % AN_OCTAVE);
    ((AN_OCTAVE + part) as f64) * (1_u128 << (octave + 1)) as f64
}

impl Histogram {
    pub(super) fn add(&mut self, number: u64) {
        self.add_many(number, 1);
    }

    fn add_many(&mut self, number: u64, count: u64) {
        let bin = bin_of(number);
        if self.bins.len() <= bin {
            self.bins.resize(bin + 1, 0);
        }
        if let Some(slot) = self.bins.get_mut(bin) {
            *slot += count;
        }
        self.count += count;
        self.sum += number as f64 * count as f64;
        self.squares += number as f64 * number as f64 * count as f64;
        self.least = Some(self.least.map_or(number, |least| least.min(number)));
        self.most = self.most.max(number);
    }

    pub(super) fn merge(&mut self, other: &Histogram) {
        if self.bins.len() < other.bins.len() {
            self.bins.resize(other.bins.len(), 0);
        }
        for (slot, count) in self.bins.iter_mut().zip(&other.bins) {
            *slot += count;
        }
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
        self.least = self.least.into_iter().chain(other.least).min();
        self.most = self.most.max(other.most);
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    /// Standard deviation over mean.
    pub(super) fn variation(&self) -> f64 {
        let mean = self.mean();
        if mean <= 0.0 {
            return 0.0;
        }
        let variance = self.squares / self.count as f64 - mean * mean;
        variance.max(0.0).sqrt() / mean
    }

    pub(super) fn least(&self) -> u64 {
        self.least.unwrap_or(0)
    }

    pub(super) const fn most(&self) -> u64 {
        self.most
    }

    /// The number that a share of all stays below.
    pub(super) fn quantile(&self, share: f64) -> u64 {
        let rank = share * self.count as f64;
        let mut before = 0.0;
        for (bin, count) in self.bins.iter().enumerate().filter(|(_, count)| **count > 0) {
            let count = *count as f64;
            if before + count >= rank {
                let (low, high) = (edge_of(bin), edge_of(bin + 1) - 1.0);
                let within = low + (high - low) * ((rank - before) / count).clamp(0.0, 1.0);
                return rounded(within).clamp(self.least(), self.most);
            }
            before += count;
        }
        self.most
    }

    /// The largest distance between two distributions, as Kolmogorov and Smirnov have it.
    pub(super) fn distance(&self, other: &Histogram) -> f64 {
        let (mut one, mut two, mut most) = (0.0_f64, 0.0_f64, 0.0_f64);
        for bin in 0..self.bins.len().max(other.bins.len()) {
            let of = |bins: &[u64]| bins.get(bin).copied().unwrap_or(0) as f64;
            one += of(&self.bins) / (self.count.max(1)) as f64;
            two += of(&other.bins) / (other.count.max(1)) as f64;
            most = most.max((one - two).abs());
        }
        most
    }
}

/// The nearest whole number, of what is never negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and what is too large is held"
)]
pub(super) fn rounded(number: f64) -> u64 {
    (number.max(0.0) + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bins_follow_one_another_without_a_gap() {
        for bin in 0..2_000 {
            let edge = rounded(edge_of(bin));
            assert_eq!(bin_of(edge), bin);
            if bin > 0 {
                assert_eq!(bin_of(edge - 1), bin - 1);
            }
        }
    }

    proptest! {
        /// Against the sorted numbers themselves.
        #[test]
        fn quantiles_are_off_by_a_hundredth_at_most(
            mut numbers in prop::collection::vec(1_u64..100_000, 1..300), share in 0.0..1.0_f64,
        ) {
            let mut histogram = Histogram::default();
            for number in &numbers {
                histogram.add(*number);
            }
            numbers.sort_unstable();
            let rank = rounded((share * numbers.len() as f64).ceil()).max(1) - 1;
            let exact = numbers[usize::try_from(rank).unwrap().min(numbers.len() - 1)] as f64;
            let found = histogram.quantile(share) as f64;
            prop_assert!((found - exact).abs() <= exact * 0.016 + 1.0, "{found}, not {exact}");
            let mean = numbers.iter().sum::<u64>() as f64 / numbers.len() as f64;
            prop_assert!((histogram.mean() - mean).abs() < 1e-6 * mean);
            prop_assert!(histogram.distance(&histogram) < 1e-12);
        }
    }
}
