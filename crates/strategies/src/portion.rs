//! Parts of a whole, in the grain in which people give them: so that a strategy is made of whole
//! numbers, and two of them can be told to be the same.

/// Hundredths of a whole: 10 is 10 %.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u32);

/// Tenths of one: 20 is 2.0.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenths(pub u32);

/// Hundredths of one as a factor: 150 is 1.5 times.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hundredths(pub u32);

/// Thousandths of one: 100 is 0.1, or a tenth of a whole.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thousandths(pub u32);
