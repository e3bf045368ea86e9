//! A sequence of draws, for whoever wants rand's traits.
//!
//! The simulator itself draws by address ([`Seed::draw`](crate::Seed::draw)); a sequence is for
//! code written against rand, such as its own distributions.

use core::convert::Infallible;

use rand::rand_core::utils::fill_bytes_via_next_word;
use rand::{SeedableRng, TryRng};

/// `SplitMix64` (Steele, Lea and Flood, 2014): a counter in steps of the golden ratio, mixed.
///
/// Small, quick, named, with a period of 2⁶⁴, and the same on every machine. Not for secrets.
///
/// ```
/// use chance::Generator;
/// use rand::{Rng, RngExt};
///
/// let mut generator = Generator::new(1_234_567);
/// assert_eq!(generator.next_u64(), 6_457_827_717_110_365_317);
/// assert!((1..=6).contains(&generator.random_range(1..=6)));
/// ```
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Generator(u64);

impl Generator {
    /// The sequence that begins after `state`.
    #[must_use]
    pub const fn new(state: u64) -> Self {
        Self(state)
    }
}

impl TryRng for Generator {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|bits| (bits >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(bits ^ (bits >> 31))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        fill_bytes_via_next_word(into, || self.try_next_u64())
    }
}

impl SeedableRng for Generator {
    type Seed = [u8; 8];

    fn from_seed(seed: [u8; 8]) -> Self {
        Self(u64::from_le_bytes(seed))
    }

    fn seed_from_u64(state: u64) -> Self {
        Self(state)
    }
}
