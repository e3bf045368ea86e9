//! A bucket that refills at an exact rate.
//!
//! It counts in *grains*: a request or token is `per` grains, and every nanosecond brings `amount`
//! of them, where `amount / per` is the rate in its lowest terms. Both are whole numbers, so that
//! nothing is ever rounded, and a bucket is as exact after thirty days as after one nanosecond.

use crate::dial::Tally;
use crate::quota::Quota;
use crate::time::{Instant, Span};

/// Whoever calls promises that `now` never goes back.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// Grains that were missing to a full bucket at `at`; more than it has when it is full is a
    /// debt. The deepest debt that is remembered, `u128::MAX`, is beyond what one settlement can
    /// make.
    missing: u128,
    at: Instant,
    amount: u64,
    per: u64,
    capacity: u64,
}

impl Bucket {
    pub(crate) fn full(quota: &Quota) -> Self {
        let (capacity, amount, per) = (quota.capacity(), quota.amount(), quota.per().nanos());
        Self { missing: 0, at: Instant::START, amount, per, capacity }
    }

    /// Grains in a full one.
    #[inline]
    fn grains(&self) -> u128 {
        grains(self.capacity, self.per)
    }

    #[inline]
    fn missing_at(&self, now: Instant) -> u128 {
        self.missing.saturating_sub(grains(now.since(self.at).nanos(), self.amount))
    }

    /// The first instant at which no more than `most` grains are missing; the start of time if
    /// that is so now.
    #[inline]
    fn misses_only(&self, most: u128, now: Instant) -> Instant {
        let missing = self.missing_at(now);
        if missing <= most {
            return Instant::START;
        }
        let rounding = u128::from(self.amount.saturating_sub(1));
        let wait = quotient((missing - most).saturating_add(rounding), self.amount);
        now.after(Span::from_nanos(wait))
    }
}

impl Tally for Bucket {
    #[inline]
    fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Whole units in it; none when it is in debt.
    #[inline(never)]
    fn left(&self, now: Instant) -> u64 {
        quotient(self.grains().saturating_sub(self.missing_at(now)), self.per)
    }

    /// When it will be full, or the present if it is.
    #[inline(never)]
    fn resets_at(&self, now: Instant) -> Instant {
        self.misses_only(0, now).max(now)
    }

    #[inline(never)]
    fn fits_at(&self, now: Instant, asked: u64) -> Instant {
        if asked == 0 {
            return Instant::START;
        }
        self.misses_only(self.grains().saturating_sub(grains(asked, self.per)), now)
    }

    #[inline(never)]
    fn any_left_at(&self, now: Instant) -> Instant {
        self.misses_only(self.grains().saturating_sub(1), now)
    }

    /// Takes `amount` units out, below empty if need be.
    #[inline(never)]
    fn charge(&mut self, now: Instant, amount: u64) -> bool {
        self.missing = self.missing_at(now).saturating_add(grains(amount, self.per));
        self.at = now;
        false
    }

    /// Puts `charged` units back and takes `spent` out; what does not fit runs over.
    #[inline(never)]
    fn correct(&mut self, now: Instant, _at: Instant, charged: u64, spent: u64) {
        let missing = self.missing_at(now);
        let difference = grains(charged.abs_diff(spent), self.per);
        self.missing = if charged < spent {
            missing.saturating_add(difference)
        } else {
            missing.saturating_sub(difference)
        };
        self.at = now;
    }

    /// What was missing is missing still, rounded up to a grain.
    fn take_over(&mut self, now: Instant, old: Self) {
        let (missing, per) = (old.missing_at(now), u128::from(old.per.max(1)));
        let (whole, rest) = (missing / per, missing % per);
        let rest = (rest * u128::from(self.per)).div_ceil(per);
        self.missing = whole.saturating_mul(self.per.into()).saturating_add(rest);
        self.at = now;
    }
}

/// So many times so many grains. Two 64-bit numbers never leave 128 bits.
#[inline]
fn grains(times: u64, each: u64) -> u128 {
    u128::from(times) * u128::from(each)
}

/// The quotient, at most `u64::MAX`. Divides 64-bit numbers where they suffice, because division
/// of 128-bit ones is a loop in software.
#[inline]
fn quotient(dividend: u128, divisor: u64) -> u64 {
    let divisor = divisor.max(1);
    match u64::try_from(dividend) {
        Ok(dividend) => dividend / divisor,
        Err(_) => u64::try_from(dividend / u128::from(divisor)).unwrap_or(u64::MAX),
    }
}
