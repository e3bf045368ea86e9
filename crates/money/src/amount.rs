//! Amounts, and arithmetic that stops at the ends of what can be held instead of wrapping around.

use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount of dollars, owed or owned: whole pico-dollars.
///
/// It holds 170 trillion trillion dollars; sums beyond stay at that end.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Money(i128);

/// Pico-dollars in a dollar.
pub(crate) const DOLLAR: i128 = 1_000_000_000_000;

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// So many pico-dollars.
    #[must_use]
    pub const fn from_pico(pico: i128) -> Money {
        Money(pico)
    }

    /// How many pico-dollars it is.
    #[must_use]
    pub const fn pico(self) -> i128 {
        self.0
    }

    /// So many dollars.
    #[must_use]
    pub const fn from_dollars(dollars: i64) -> Money {
        Money(dollars as i128 * DOLLAR)
    }

    /// So many cents.
    #[must_use]
    pub const fn from_cents(cents: i64) -> Money {
        Money(cents as i128 * (DOLLAR / 100))
    }

    /// In millionths of a dollar, to the nearest, half away from zero.
    #[must_use]
    pub const fn usd_micros(self) -> i128 {
        rounded(self.0, DOLLAR / 1_000_000)
    }

    /// In dollars, roughly: for drawing.
    #[must_use]
    pub fn in_dollars(self) -> f64 {
        self.0 as f64 / DOLLAR as f64
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Without its sign.
    #[must_use]
    pub const fn abs(self) -> Money {
        Money(self.0.saturating_abs())
    }

    /// So many times as much.
    #[must_use]
    pub const fn times(self, count: u64) -> Money {
        Money(self.0.saturating_mul(count as i128))
    }

    /// `parts` out of `of` of it, to the nearest pico-dollar, half away from zero; all of it where
    /// `of` is zero.
    #[must_use]
    pub fn of_parts(self, parts: u64, of: u64) -> Money {
        if of == 0 {
            return self;
        }
        let (whole, rest) = (self.0 / i128::from(of), self.0 % i128::from(of));
        // Both below 2^64, so that their product and half of `of` fit.
        let of = u128::from(of);
        let rest_parts = (rest.unsigned_abs() * u128::from(parts) + of / 2) / of;
        let rest_parts = i128::try_from(rest_parts).unwrap_or(i128::MAX);
        let rest_parts = if rest < 0 { -rest_parts } else { rest_parts };
        Money(whole.saturating_mul(parts.into()).saturating_add(rest_parts))
    }

    /// How many whole times `part` fits in, rounded up: how often it takes `part` to reach this.
    /// None where no number of times does.
    #[must_use]
    pub fn times_to_reach(self, part: Money) -> Option<u64> {
        if self.0 <= 0 {
            return Some(0);
        }
        if part.0 <= 0 {
            return None;
        }
        let times = self.0 / part.0 + i128::from(self.0 % part.0 != 0);
        u64::try_from(times).ok()
    }
}

/// A quotient to the nearest, half away from zero. `by` is above zero.
pub(crate) const fn rounded(amount: i128, by: i128) -> i128 {
    let (whole, rest) = (amount / by, (amount % by).unsigned_abs());
    if rest < by.unsigned_abs() - rest {
        whole
    } else if amount < 0 {
        whole - 1
    } else {
        whole + 1
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        *self = *self - other;
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(self.0.saturating_neg())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Money> for Money {
    fn sum<I: Iterator<Item = &'a Money>>(amounts: I) -> Money {
        amounts.copied().sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn half_a_pico_dollar_goes_away_from_zero() {
        let odd = Money::from_pico(3);
        assert_eq!(odd.of_parts(1, 2), Money::from_pico(2));
        assert_eq!((-odd).of_parts(1, 2), Money::from_pico(-2));
        assert_eq!(Money::from_pico(1).of_parts(1, 3), Money::ZERO);
        assert_eq!(Money::from_pico(2).of_parts(1, 3), Money::from_pico(1));
        assert_eq!(Money::from_cents(399).of_parts(1, 60), Money::from_pico(66_500_000_000));
    }

    #[test]
    fn what_cannot_be_held_stays_at_its_end() {
        let most = Money::from_pico(i128::MAX);
        let least = Money::from_pico(i128::MIN);
        assert_eq!(most + Money::from_cents(1), most);
        assert_eq!(least - Money::from_cents(1), least);
        assert_eq!(-least, most);
        assert_eq!(most.times(u64::MAX), most);
        assert_eq!(most.of_parts(u64::MAX, u64::MAX), most);
        assert_eq!(least.of_parts(u64::MAX, 1), least);
        assert_eq!(most.usd_micros(), i128::MAX / 1_000_000, "nothing is cut");
        assert_eq!(least.usd_micros(), -most.usd_micros());
    }

    #[test]
    fn a_gap_is_reached_by_whole_purchases() {
        let recharge = Money::from_dollars(25);
        let times = |gap: i64| Money::from_cents(gap).times_to_reach(recharge);
        assert_eq!([-1, 0, 1, 2_500, 2_501].map(times), [0, 0, 1, 1, 2].map(Some));
        assert_eq!(Money::from_cents(1).times_to_reach(Money::ZERO), None);
    }

    proptest! {
        #[test]
        fn parts_of_an_amount_are_within_half_a_pico_dollar(
            pico in -(1_i128 << 90)..(1_i128 << 90),
            parts in 0..1_000_000_u64,
            of in 1..u64::MAX,
        ) {
            let part = Money::from_pico(pico).of_parts(parts, of).pico();
            let (exact, of) = (pico * i128::from(parts), i128::from(of));
            // |part - exact / of| <= 1/2, without a quotient.
            prop_assert!((exact / of - part).abs() <= 1);
            let off = (exact % of + (exact / of - part) * of).abs();
            prop_assert!(off <= of - off);
        }

        #[test]
        fn a_sum_does_not_depend_on_its_order(
            mut picos in prop::collection::vec(-(1_i128 << 100)..(1_i128 << 100), 0..20),
        ) {
            let sum: Money = picos.iter().map(|pico| Money::from_pico(*pico)).sum();
            picos.reverse();
            prop_assert_eq!(sum, picos.iter().map(|pico| Money::from_pico(*pico)).sum());
            prop_assert_eq!(sum.pico(), picos.iter().sum::<i128>());
        }
    }
}
