//! A seed, split by who draws and what for.
//!
//! Nothing here has a state: every draw is a function of its address. Two strategies under
//! comparison therefore meet the very same arrivals and lengths, and a job keeps its luck when
//! another job is added before it.

use crate::Generator;

/// What a run's chance grows from.
///
/// ```
/// use chance::{Purpose, Seed};
///
/// let seed = Seed(7);
/// assert_eq!(seed.draw(Purpose::Prompt, 0, 41), seed.draw(Purpose::Prompt, 0, 41));
/// assert_ne!(seed.draw(Purpose::Prompt, 0, 41), seed.draw(Purpose::Answer, 0, 41));
/// assert_eq!(seed.replication(3), Seed(10));
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct Seed(pub u64);

impl Seed {
    /// The seed of replication `i`: the `i`-th after this one, so that replications 0 to 19 of
    /// seed 1 are the seeds 1 to 20 and can be run again by themselves.
    #[must_use]
    pub const fn replication(self, i: u32) -> Self {
        Self(self.0.wrapping_add(i as u64))
    }

    /// Everything one group draws for one purpose; worth keeping where many jobs are drawn.
    #[must_use]
    #[inline]
    pub const fn stream(self, purpose: Purpose, group: u32) -> Stream {
        Stream(mix(mix(self.0) ^ ((purpose as u64) << 32) ^ group as u64))
    }

    /// The 64 bits of one job for one purpose.
    #[must_use]
    #[inline]
    pub const fn draw(self, purpose: Purpose, group: u32, job: u64) -> u64 {
        self.stream(purpose, group).draw(job)
    }

    /// The 64 bits of one attempt of one job for one purpose: for what may differ between two
    /// tries of the same job, such as jitter.
    #[must_use]
    #[inline]
    pub const fn draw_attempt(self, purpose: Purpose, group: u32, job: u64, attempt: u32) -> u64 {
        self.stream(purpose, group).draw_attempt(job, attempt)
    }

    /// A sequence of its own for one group and purpose, unrelated to the draws of the jobs there.
    #[must_use]
    pub const fn generator(self, purpose: Purpose, group: u32) -> Generator {
        Generator::new(mix(!self.stream(purpose, group).0))
    }
}

/// The draws of one group for one purpose, addressed by job.
///
/// Distinct jobs have distinct draws: the way from job to draw is a bijection.
///
/// ```
/// use chance::{Purpose, Seed};
///
/// let stream = Seed(7).stream(Purpose::Jitter, 2);
/// assert_eq!(stream.draw(5), Seed(7).draw(Purpose::Jitter, 2, 5));
/// assert_eq!(stream.draw_attempt(5, 1), Seed(7).draw_attempt(Purpose::Jitter, 2, 5, 1));
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The 64 bits of one job.
    #[must_use]
    #[inline]
    pub const fn draw(self, job: u64) -> u64 {
        mix(self.0 ^ job)
    }

    /// The 64 bits of one attempt of one job; none of them is the job's own draw.
    #[must_use]
    #[inline]
    pub const fn draw_attempt(self, job: u64, attempt: u32) -> u64 {
        mix(self.draw(job) ^ (ATTEMPT + attempt as u64))
    }

    /// The draws of one of several sources in the group, again addressed by job; those of the group
    /// itself are none of them.
    ///
    /// ```
    /// use chance::{Purpose, Seed};
    ///
    /// let stream = Seed(7).stream(Purpose::Gap, 2);
    /// assert_ne!(stream.part(0).draw(5), stream.draw(5));
    /// assert_ne!(stream.part(0).draw(5), stream.part(1).draw(5));
    /// ```
    #[must_use]
    pub const fn part(self, part: u32) -> Self {
        Self(mix(mix(self.0) ^ (PART + part as u64)))
    }
}

/// What a draw is for. The numbers are part of every recorded result: a purpose may be added,
/// never renumbered.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// Time from one arrival to the next.
    Gap = 1,
    /// Length of a prompt.
    Prompt = 2,
    /// Length of an answer.
    Answer = 3,
    /// The bits a job takes along to the service, there split again.
    Fate = 4,
    /// How long the first token takes.
    FirstToken = 5,
    /// How fast the tokens after it come.
    Speed = 6,
    /// How a client spreads its retries.
    Jitter = 7,
    /// Whether an attempt meets a failure that has nothing to do with limits.
    Failure = 8,
    /// Which of several replicas an attempt is sent to.
    Replica = 9,
    /// How long a user thinks before a job; before the first, when that is.
    Think = 10,
    /// Which answer stands where another was, when answers are shuffled.
    Shuffle = 11,
    /// How long the tier of a payment takes to come into force.
    TierDelay = 12,
    /// Whether a client that throttles itself refuses an attempt.
    Shedding = 13,
    /// What an answer in a prescribed form holds.
    Form = 14,
    /// How likely a token was that an answer has.
    Likelihood = 15,
}

impl Purpose {
    /// Every purpose, by number.
    pub const ALL: [Self; 15] = [
        Self::Gap,
        Self::Prompt,
        Self::Answer,
        Self::Fate,
        Self::FirstToken,
        Self::Speed,
        Self::Jitter,
        Self::Failure,
        Self::Replica,
        Self::Think,
        Self::Shuffle,
        Self::TierDelay,
        Self::Shedding,
        Self::Form,
        Self::Likelihood,
    ];
}

/// A job's own bits, split again by purpose: the service draws a job's first token and speed from
/// the bits the request brought along.
///
/// ```
/// use chance::{Purpose, split};
///
/// assert_ne!(split(9, Purpose::FirstToken), split(9, Purpose::Speed));
/// ```
#[must_use]
#[inline]
pub const fn split(draw: u64, purpose: Purpose) -> u64 {
    mix(draw ^ (SPLIT + purpose as u64))
}

/// A whole number below `bound`, all of them equally likely: ⌊draw × bound ÷ 2⁶⁴⌋. With a bound
/// of zero, zero.
///
/// The likelihoods differ by less than bound ÷ 2⁶⁴.
///
/// ```
/// assert_eq!(chance::uniform_below(u64::MAX, 6), 5);
/// assert_eq!(chance::uniform_below(1 << 63, 6), 3);
/// ```
#[must_use]
#[inline]
pub const fn uniform_below(draw: u64, bound: u64) -> u64 {
    high_half(draw, bound)
}

/// The upper 64 of the 128 bits of a product: one instruction.
#[inline]
pub(crate) const fn high_half(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 64) as u64
}

/// Keep attempts, splits and parts clear of each other and of small job numbers.
const ATTEMPT: u64 = 0x6a09_e667_0000_0000;
const SPLIT: u64 = 0xbb67_ae85_0000_0000;
const PART: u64 = 0x3c6e_f372_0000_0000;

/// Every output bit depends on every input bit: a bijection of 64 bits with three multiplications.
///
/// The finaliser of mx3 (Jon Maiga, 2020, public domain), chosen over the two multiplications of
/// `SplitMix64` because its inputs here are plain counters.
#[inline]
const fn mix(mut x: u64) -> u64 {
    const FACTOR: u64 = 0xbea2_25f9_eb34_556d;
    x = (x ^ (x >> 32)).wrapping_mul(FACTOR);
    x = (x ^ (x >> 29)).wrapping_mul(FACTOR);
    x = (x ^ (x >> 32)).wrapping_mul(FACTOR);
    x ^ (x >> 29)
}
