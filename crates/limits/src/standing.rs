//! How the meters of a limiter stand at an instant.

use crate::limiter::Limiter;
use crate::meter::Label;
use crate::time::{Instant, Span};

/// Every meter's standing at one instant, in the order of the policy. Reading it changes nothing,
/// and only what is read is computed.
#[derive(Copy, Clone, Debug)]
pub struct Standing<'a> {
    limiter: &'a Limiter,
    now: Instant,
}

impl<'a> Standing<'a> {
    #[inline]
    pub(crate) const fn new(limiter: &'a Limiter, now: Instant) -> Self {
        Self { limiter, now }
    }

    /// The meter with this index in the policy.
    #[must_use]
    #[inline]
    pub fn of(&self, index: usize) -> Option<MeterStanding> {
        self.limiter.standing_of(index, self.now)
    }

    /// When the meter with this index would by itself admit a request that asks for so much of
    /// what it counts: the present if it does now, [`Instant::END`] where time alone never helps.
    /// `None` also where it is asked for more than it ever lets pass.
    #[must_use]
    #[inline]
    pub fn admits_at(&self, index: usize, asked: u64) -> Option<Instant> {
        self.limiter.admits_at(index, self.now, asked)
    }

    /// The least that any meter that can refuse has left, in millionths of its capacity, rounded
    /// down: how near the limits are. `None` where no meter can refuse.
    ///
    /// ```
    /// use limits::{Cost, Instant, Label, Limiter, Meter, Per, Policy, Quota, Rate, Requests};
    /// use limits::{Span, Tokens};
    ///
    /// let three = Quota::requests_per_window(Rate::new(Requests(3), Per::Second), Span::from_secs(1))?;
    /// let mut limiter = Limiter::new(Policy::new(&[Meter::opened(Label("requests"), three)])?);
    /// let _ = limiter.admit(Instant::START, Cost::new(Requests(1), Tokens(0)));
    /// assert_eq!(limiter.standing(Instant::START).headroom(), Some(666_666));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn headroom(&self) -> Option<u32> {
        self.limiter.headroom(self.now)
    }

    /// How long ago a window ended of the first meter that can refuse and counts in windows. An
    /// admission changes nothing of it, even if it opens the next. `None` where no meter counts so,
    /// and before the first end.
    ///
    /// ```
    /// use limits::{Cost, Instant, Label, Limiter, Meter, Per, Policy, Quota, Rate, Requests};
    /// use limits::{Span, Tokens};
    ///
    /// let one = Quota::requests_per_window(Rate::new(Requests(1), Per::Second), Span::from_secs(1))?;
    /// let mut limiter = Limiter::new(Policy::new(&[Meter::opened(Label("requests"), one)])?);
    /// let _ = limiter.admit(Instant::START, Cost::new(Requests(1), Tokens(0)));
    /// let later = Instant::START.after(Span::from_millis(1_250));
    /// assert_eq!(limiter.standing(later).last_reset().map(|r| r.ago), Some(Span::from_millis(250)));
    /// assert_eq!(limiter.standing(Instant::START).last_reset(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn last_reset(&self) -> Option<Reset> {
        self.limiter.last_reset(self.now)
    }

    /// All meters, in the order of the policy.
    pub fn iter(&self) -> impl Iterator<Item = MeterStanding> {
        (0..self.limiter.len()).filter_map(|index| self.of(index))
    }
}

/// The last end of a window.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Reset {
    /// How long ago it was.
    pub ago: Span,
    /// How long a window is.
    pub window: Span,
}

/// One meter at an instant.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct MeterStanding {
    /// Its name.
    pub label: Label,
    /// The most that fits, in requests or tokens.
    pub capacity: u64,
    /// How much is left, in whole requests or tokens, the fractions of a bucket or a sliding
    /// counter rounded down; zero also when the meter is in debt. Where no window is open, what
    /// would be left in one that opened now.
    pub remaining: u64,
    /// When it is what it was at first, if nothing else happens until then. The end of the window
    /// for opened and aligned ones; the present where no window is open. When a bucket is full;
    /// when the last entry has left a sliding log, and both counts a sliding counter; the present
    /// where that is so already. For a cap on what is in flight the present when nothing is, and
    /// else [`Instant::END`]: no time is known.
    pub resets_at: Instant,
}
