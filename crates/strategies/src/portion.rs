//! Parts of a whole, in the grain in which people give them: so that a strategy is made of whole
//! numbers, and two of them can be told to be the same.

/// Hundredths of a whole: 10 is 10 %.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u32);

impl Percent {
    /// What is left of a number once this part of it is taken off, rounded down.
    #[must_use]
    pub const fn off(self, whole: u64) -> u64 {
        let left = 100_u32.saturating_sub(self.0) as u128;
        #[expect(clippy::cast_possible_truncation, reason = "it is no more than the whole")]
        let rest = (whole as u128 * left / 100) as u64;
        rest
    }
}

/// Tenths of one: 20 is 2.0.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenths(pub u32);

/// Hundredths of one as a factor: 150 is 1.5 times.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hundredths(pub u32);

/// Thousandths of one: 100 is 0.1, or a tenth of a whole.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thousandths(pub u32);
