//! Counts of the last while.

use limits::{Instant, Span};

/// How many slices a while is cut into. With Finagle's windows, from which the rule is: the oldest
/// slice is forgotten as a whole when a new one begins, so that what is remembered is between nine
/// tenths of the while and all of it.
const SLICES: usize = 10;

/// Two counts over the last while, kept in slices that begin at whole multiples of their length.
#[derive(Debug)]
pub(crate) struct Recent {
    slice: u64,
    /// When the slice that is counted into ends, in nanoseconds.
    ends: u64,
    at: usize,
    slices: [[i64; 2]; SLICES],
    sums: [i64; 2],
}

impl Recent {
    /// Nothing yet.
    pub(crate) fn new(over: Span) -> Self {
        let slice = (over.nanos() / SLICES as u64).max(1);
        Self { slice, ends: slice, at: 0, slices: [[0; 2]; SLICES], sums: [0; 2] }
    }

    /// Adds to both counts.
    #[inline]
    pub(crate) fn add(&mut self, now: Instant, amounts: [i64; 2]) {
        self.forget(now);
        if let Some(counts) = self.slices.get_mut(self.at) {
            for ((count, sum), amount) in counts.iter_mut().zip(&mut self.sums).zip(amounts) {
                *count += amount;
                *sum += amount;
            }
        }
    }

    /// Both counts.
    #[inline]
    pub(crate) fn sums(&mut self, now: Instant) -> [i64; 2] {
        self.forget(now);
        self.sums
    }

    /// Forgets all of it.
    pub(crate) fn clear(&mut self) {
        self.slices = [[0; 2]; SLICES];
        self.sums = [0; 2];
    }

    #[inline]
    fn forget(&mut self, now: Instant) {
        if now.nanos() >= self.ends {
            self.turn(now.nanos());
        }
    }

    #[cold]
    fn turn(&mut self, now: u64) {
        let steps = (now - self.ends) / self.slice + 1;
        for _ in 0..steps.min(SLICES as u64) {
            self.at = (self.at + 1) % SLICES;
            if let Some(counts) = self.slices.get_mut(self.at) {
                for (count, sum) in counts.iter_mut().zip(&mut self.sums) {
                    *sum -= core::mem::take(count);
                }
            }
        }
        self.ends = self.ends.saturating_add(self.slice.saturating_mul(steps));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The oracle keeps every time and looks at all of them.
        #[test]
        fn what_is_remembered_is_what_fell_into_the_last_ten_slices(
            over in 1_u64..200,
            gaps in prop::collection::vec((0_u64..60, -3_i64..9), 1..60),
        ) {
            let mut recent = Recent::new(Span::from_nanos(over));
            let slice = (over / 10).max(1);
            let (mut now, mut all) = (0, Vec::new());
            for (gap, amount) in gaps {
                now += gap;
                all.push((now / slice, amount));
                recent.add(Instant::from_nanos(now), [amount, 1]);
                let last = all.iter().filter(|(in_slice, _)| in_slice + 10 > now / slice);
                let sums = last.fold([0, 0], |[a, b], (_, amount)| [a + amount, b + 1]);
                prop_assert_eq!(recent.sums(Instant::from_nanos(now)), sums);
            }
        }
    }
}
