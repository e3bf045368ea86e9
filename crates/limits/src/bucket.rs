//! A bucket that refills at an exact rate.
//!
//! Its level is a whole number of *grains*: a request or token is `per` grains and every
//! nanosecond brings `amount` of them, where `amount / per` is the rate in its lowest terms. No
//! sum is ever rounded, so a bucket is as exact after thirty days as after one nanosecond.

use crate::quota::Quota;
use crate::time::{Instant, Span};

/// The deepest debt that is remembered. Together with the fullest bucket, 2^125 grains, it leaves
/// room in an `i128` for their difference.
const DEEPEST: i128 = -(1 << 126);

/// Whoever calls promises that `now` never goes back.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// Grains as of `at`, never above `full`.
    level: i128,
    full: i128,
    capacity: u64,
    at: Instant,
    amount: u64,
    per: u64,
}

impl Bucket {
    pub(crate) fn full(quota: &Quota) -> Self {
        let per = quota.per().nanos();
        let (capacity, amount) = (quota.capacity(), quota.amount());
        let full = grains(capacity, per);
        Self { level: full, full, capacity, at: Instant::START, amount, per }
    }

    /// Whole units in it when it is full.
    pub(crate) const fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Whole units in it; none when it is in debt.
    pub(crate) fn left(&self, now: Instant) -> u64 {
        let level = u128::try_from(self.level_at(now)).unwrap_or(0);
        quotient(level, self.per, 0)
    }

    /// When it will be full, or the present if it is.
    pub(crate) fn full_at(&self, now: Instant) -> Instant {
        self.holds_at(now, self.full, now)
    }

    /// When it holds `asked` units; the start of time if it does now. What asks for nothing always
    /// fits.
    #[inline]
    pub(crate) fn fits_at(&self, now: Instant, asked: u64) -> Instant {
        if asked == 0 {
            return Instant::START;
        }
        self.holds_at(now, grains(asked, self.per), Instant::START)
    }

    /// When it is above empty; the start of time if it is now.
    #[inline]
    pub(crate) fn any_left_at(&self, now: Instant) -> Instant {
        self.holds_at(now, 1, Instant::START)
    }

    /// Takes `charged` units out, below empty if need be.
    #[inline]
    pub(crate) fn charge(&mut self, now: Instant, charged: u64) {
        self.move_level(now, grains(charged, self.per).saturating_neg());
    }

    /// Puts `charged` units back and takes `spent` out; what does not fit overflows.
    #[inline]
    pub(crate) fn correct(&mut self, now: Instant, charged: u64, spent: u64) {
        let back = grains(charged, self.per).saturating_sub(grains(spent, self.per));
        self.move_level(now, back);
    }

    #[inline]
    fn move_level(&mut self, now: Instant, by: i128) {
        self.level = self.level_at(now).saturating_add(by).clamp(DEEPEST, self.full);
        self.at = now;
    }

    #[inline]
    fn level_at(&self, now: Instant) -> i128 {
        let came = u128::from(now.since(self.at).nanos()) * u128::from(self.amount);
        let missing = self.full.saturating_sub(self.level).unsigned_abs();
        if came >= missing { self.full } else { self.level.saturating_add_unsigned(came) }
    }

    /// The first instant at which it holds so many grains, at most a full bucket; `already` when
    /// it does now.
    #[inline]
    fn holds_at(&self, now: Instant, wanted: i128, already: Instant) -> Instant {
        let level = self.level_at(now);
        if wanted <= level {
            return already;
        }
        let missing = wanted.saturating_sub(level).unsigned_abs();
        now.after(Span::from_nanos(quotient(missing, self.amount, self.amount.saturating_sub(1))))
    }
}

/// So many units in grains; more than an `i128` holds only where a caller reports a cost that no
/// bucket could, and then the most it holds.
#[inline]
fn grains(units: u64, per: u64) -> i128 {
    i128::try_from(u128::from(units) * u128::from(per)).unwrap_or(i128::MAX)
}

/// `(dividend + extra) / divisor`, at most `u64::MAX`. Divides 64-bit numbers where they suffice,
/// because 128-bit division is a loop in software.
#[inline]
fn quotient(dividend: u128, divisor: u64, extra: u64) -> u64 {
    let sum = dividend.saturating_add(extra.into());
    let divisor = divisor.max(1);
    if let Ok(small) = u64::try_from(sum) {
        return small / divisor;
    }
    u64::try_from(sum / u128::from(divisor)).unwrap_or(u64::MAX)
}
