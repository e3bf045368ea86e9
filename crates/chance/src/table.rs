//! The grid on which quantiles are tabled, and the straight lines between them.
//!
//! ```text
//!   likelihood  0 ······ 2⁻⁶ ───────────────────────────── 1−2⁻⁶ ······ 1
//!               32 octaves    3,968 of 4,096 equal steps     32 octaves
//!               of 64 steps                                  of 64 steps
//! ```
//!
//! Equal steps alone would draw a tail as one straight line. In an octave the steps shrink with
//! the distance from the end, so that they stay a 64th of it.

use core::array::from_fn;

use crate::seed::high_half;

/// Equal steps, as a power of two.
const STEPS_LOG2: u32 = 12;
const STEPS: usize = 1 << STEPS_LOG2;
/// The likelihood 2⁻⁶ at which an end begins, in units of 2⁻⁶⁴.
const END: u64 = 1 << (64 - END_LOG2);
const END_LOG2: u32 = 6;
/// Equal steps on either side that an end takes the place of.
const SKIPPED: usize = STEPS >> END_LOG2;
const OCTAVES: u32 = 32;
/// Steps an octave, as a power of two.
const OCTAVE_LOG2: u32 = 6;
/// Steps of an end: those of its octaves, and the one beyond them all.
const END_STEPS: usize = 1 + ((OCTAVES as usize) << OCTAVE_LOG2);
/// The width of the step beyond all octaves, in units of 2⁻⁶⁴.
const RAREST: u64 = END >> OCTAVES;

/// The largest quantile a table may hold. One bit below 64, so that twice a mean fits 128 bits.
pub(crate) const MOST: u64 = u64::MAX >> 1;

/// One value for every node of the grid.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(crate) struct Grid<T> {
    /// The nodes an end takes the place of are kept, so that a shift finds the others.
    middle: [T; STEPS + 1],
    /// From the rarest upwards.
    low: [T; END_STEPS + 1],
    /// From the rarest downwards.
    high: [T; END_STEPS + 1],
}

impl Grid<f64> {
    /// A function of likelihood at every node; it is given the likelihood of being below and of
    /// being above, each exact where it is the smaller.
    pub(crate) fn of(value: impl Fn(f64, f64) -> f64) -> Self {
        let end = |index: usize| {
            // Half the width stands for the step that has no other end.
            if index == 0 { RAREST as f64 / 2.0 * UNIT } else { end_node(index) as f64 * UNIT }
        };
        Self {
            middle: from_fn(|index| {
                // The outermost two are never looked at, and have no finite value of their own.
                let index = index.clamp(1, STEPS - 1);
                value(index as f64 / STEPS as f64, (STEPS - index) as f64 / STEPS as f64)
            }),
            low: from_fn(|index| value(end(index), 1.0 - end(index))),
            high: from_fn(|index| value(1.0 - end(index), end(index))),
        }
    }

    /// The value at the upper end.
    pub(crate) fn highest(&self) -> f64 {
        self.high[0]
    }
}

/// Quantiles in integers, never falling from one node to the next.
pub(crate) type Table = Grid<u64>;

impl Table {
    /// A function of the values on another grid; it must not fall as they rise.
    pub(crate) fn new(of: &Grid<f64>, quantile: impl Fn(f64) -> u64) -> Self {
        let mut table = Self {
            middle: from_fn(|index| quantile(of.middle[index])),
            low: from_fn(|index| quantile(of.low[index])),
            high: from_fn(|index| quantile(of.high[index])),
        };
        // Rounding may leave a neighbour one unit short, and a step must not go down.
        let mut least = 0;
        let middle = table.middle.iter_mut().take(STEPS - SKIPPED + 1).skip(SKIPPED);
        for node in table.low.iter_mut().chain(middle).chain(table.high.iter_mut().rev()) {
            *node = least.max(*node);
            least = *node;
        }
        table
    }

    /// Always the same, as far as a table can hold it.
    pub(crate) fn of_one(value: u64) -> Self {
        let value = value.min(MOST);
        Self { middle: from_fn(|_| value), low: from_fn(|_| value), high: from_fn(|_| value) }
    }

    /// The quantile at u ÷ 2⁶⁴.
    #[inline]
    pub(crate) fn at(&self, u: u64) -> u64 {
        let index = (u >> (64 - STEPS_LOG2)) as usize;
        if index.wrapping_sub(SKIPPED) < STEPS - 2 * SKIPPED {
            between(self.middle[index], self.middle[index + 1], u << STEPS_LOG2)
        } else {
            self.at_an_end(u)
        }
    }

    /// The same near either end, where one draw in 32 falls: kept apart, so that the others do not
    /// pay for its registers.
    #[cold]
    fn at_an_end(&self, u: u64) -> u64 {
        if u < END {
            let (index, along) = end_step(u);
            between(self.low[index], self.low[index + 1], along)
        } else {
            let (index, along) = end_step(!u);
            let (far, near) = (self.high[index], self.high[index + 1]);
            far.wrapping_sub(high_half(far.wrapping_sub(near), along))
        }
    }

    /// Twice the mean, in units of 2⁻⁶⁴: every step's width times the sum of its two ends.
    pub(crate) fn doubled_sum(&self) -> u128 {
        let end = |nodes: &[u64]| -> u128 {
            nodes
                .windows(2)
                .enumerate()
                .map(|(index, pair)| u128::from(end_node(index + 1) - end_node(index)) * ends(pair))
                .sum()
        };
        let middle: u128 = self
            .middle
            .windows(2)
            .skip(SKIPPED)
            .take(STEPS - 2 * SKIPPED)
            .map(|pair| ends(pair) << (64 - STEPS_LOG2))
            .sum();
        end(&self.low) + middle + end(&self.high)
    }
}

/// What is left of a stay whose length has a tabled law.
impl Table {
    /// The mean.
    pub(crate) fn mean(&self) -> f64 {
        self.doubled_sum() as f64 * UNIT / 2.0
    }

    /// The law of what is left of a length that someone comes into at any time.
    ///
    /// Its density is the likelihood of being longer, over the mean. Between two nodes that is a
    /// straight line, so the area under it is a parabola there, and its inverse a square root.
    pub(crate) fn rest(&self) -> Self {
        let nodes = self.nodes();
        let areas: Vec<f64> = nodes
            .windows(2)
            .map(|pair| (pair[1].value - pair[0].value) * (pair[0].above + pair[1].above) / 2.0)
            .collect();
        let sums = |areas: &mut dyn Iterator<Item = &f64>| {
            let mut sum = 0.0;
            let mut sums = vec![sum];
            sums.extend(areas.map(|area| {
                sum += area;
                sum
            }));
            sums
        };
        // From either end, so that the sum is exact where it is small.
        let (before, mut after) = (sums(&mut areas.iter()), sums(&mut areas.iter().rev()));
        after.reverse();
        let whole = after.first().copied().unwrap_or(0.0);
        let quantile = Grid::of(|below, above| {
            let (index, area) = if below < above {
                let area = below * whole;
                let index = before.partition_point(|sum| *sum <= area).saturating_sub(1);
                (index, area - before.get(index).unwrap_or(&0.0))
            } else {
                let area = above * whole;
                let index = after.partition_point(|sum| *sum >= area).saturating_sub(1);
                (index, after.get(index).unwrap_or(&0.0) - area)
            };
            match (nodes.get(index), nodes.get(index + 1)) {
                (Some(from), Some(to)) => from.value + along(area, *from, *to),
                (Some(last), None) => last.value,
                (None, _) => 0.0,
            }
        });
        Self::new(&quantile, integer)
    }

    /// The likelihood of being above each value, from zero, which everything is above, to the
    /// highest.
    fn nodes(&self) -> Vec<Node> {
        let low = self
            .low
            .iter()
            .enumerate()
            .map(|(index, value)| (1.0 - end_node(index) as f64 * UNIT, value));
        let inner = self.middle.iter().enumerate().take(STEPS - SKIPPED + 1).skip(SKIPPED);
        let middle = inner.map(|(index, value)| ((STEPS - index) as f64 / STEPS as f64, value));
        let high = self
            .high
            .iter()
            .enumerate()
            .rev()
            .map(|(index, value)| (end_node(index) as f64 * UNIT, value));
        let nodes = low
            .chain(middle)
            .chain(high)
            .map(|(above, value)| Node { above, value: *value as f64 });
        core::iter::once(Node { above: 1.0, value: 0.0 }).chain(nodes).collect()
    }
}

/// A value, and the likelihood of being above it.
#[derive(Copy, Clone)]
struct Node {
    above: f64,
    value: f64,
}

/// How far from one node to the next an area under the likelihood reaches.
fn along(area: f64, from: Node, to: Node) -> f64 {
    let width = to.value - from.value;
    if width <= 0.0 || area <= 0.0 {
        return 0.0;
    }
    let slope = (from.above - to.above) / width;
    let root = (from.above * from.above - 2.0 * slope * area).max(0.0).sqrt();
    (2.0 * area / (from.above + root)).min(width)
}

/// One unit of likelihood: 2⁻⁶⁴.
const UNIT: f64 = 1.0 / (65_536.0 * 65_536.0 * 65_536.0 * 65_536.0);

/// Where a node of an end lies, in units of 2⁻⁶⁴ from the very end.
fn end_node(index: usize) -> u64 {
    let Some(index) = index.checked_sub(1) else { return 0 };
    let (octave, step) = (index >> OCTAVE_LOG2, index & ((1 << OCTAVE_LOG2) - 1));
    ((1 << OCTAVE_LOG2) + step as u64) << octave << (RAREST.ilog2() - OCTAVE_LOG2)
}

/// Which step of an end a distance from it falls into, and how far along, in units of 2⁻⁶⁴.
#[inline]
fn end_step(distance: u64) -> (usize, u64) {
    let zeros = distance.leading_zeros();
    if distance < RAREST {
        return (0, distance << (END_LOG2 + OCTAVES));
    }
    let octave = (END_LOG2 + OCTAVES - 1).wrapping_sub(zeros);
    let after_first_bit = distance << zeros << 1;
    let index =
        1 + ((octave as usize) << OCTAVE_LOG2) + (after_first_bit >> (64 - OCTAVE_LOG2)) as usize;
    // Says to the compiler what the caller knows, so that no check is left.
    (index.min(END_STEPS - 1), after_first_bit << OCTAVE_LOG2)
}

/// On the straight line from one node to the next, which is not below it.
#[inline]
fn between(from: u64, to: u64, along: u64) -> u64 {
    from.wrapping_add(high_half(to.wrapping_sub(from), along))
}

fn ends(pair: &[u64]) -> u128 {
    pair.iter().copied().map(u128::from).sum()
}

/// The nearest integer that a table can hold.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from float saturates, and quantiles are not negative"
)]
pub(crate) fn integer(value: f64) -> u64 {
    (value.round() as u64).min(MOST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_distance_from_an_end_lies_on_the_step_it_is_given(
            bits in 0_u32..58, noise: u64
        ) {
            let distance = (1 << bits) | (noise & ((1 << bits) - 1));
            let (index, along) = end_step(distance);
            let (from, to) = (end_node(index), end_node(index + 1));
            prop_assert!(from <= distance && distance < to);
            let expected = (u128::from(distance - from) << 64) / u128::from(to - from);
            prop_assert_eq!(u128::from(along), expected);
        }
    }

    #[test]
    fn an_end_reaches_from_nothing_to_where_the_equal_steps_begin() {
        assert_eq!(end_step(0), (0, 0));
        assert_eq!(end_node(0), 0);
        assert_eq!(end_node(1), RAREST);
        assert_eq!(end_node(END_STEPS), END);
        assert_eq!(end_step(END - 1).0, END_STEPS - 1);
    }

    #[test]
    fn a_table_of_likelihoods_is_the_identity() {
        let scale = (1_u64 << 60) as f64;
        let likelihoods = Grid::of(|below, above| if below < above { below } else { 1.0 - above });
        let table = Table::new(&likelihoods, |below| integer(below * scale));
        for bits in 26..64 {
            for u in [1 << bits, (1 << bits) + 12_345, (3 << bits) >> 1, !(1 << bits)] {
                assert!(table.at(u).abs_diff(u >> 4) <= 256, "{u:#x}: {:#x}", table.at(u));
            }
        }
        // Twice one half, in units of 2⁻⁶⁴ and of the scale.
        assert!(table.doubled_sum().abs_diff(1 << 124) < 1 << 80);
    }

    #[test]
    fn a_quantile_that_would_fall_is_held() {
        let likelihoods = Grid::of(|below, _| below);
        let table = Table::new(&likelihoods, |below| if below < 0.25 { 9 } else { 7 });
        assert_eq!((table.at(0), table.at(1 << 63), table.at(u64::MAX)), (9, 9, 9));
    }
}
