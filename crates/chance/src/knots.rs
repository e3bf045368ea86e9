//! Laws as they were measured: some quantiles of a recording, and straight lines between them.
//!
//! ```text
//!   value
//!    6000 ┤                       ┌── held above the highest knot
//!    2500 ┤                    ╱
//!     900 ┤          ╱────────        an atom: two knots of one value
//!      40 ┤ ──╱   held below the lowest
//!         └───┴──────┴─────────┴──┴─ share
//!            10 %   50 %     90 % 99 %
//! ```

use std::sync::Arc;

use crate::law::{Law, LawError, Shape};
use crate::table::{Grid, MOST, Table};

/// The share `numerator ÷ denominator` in units of 2⁻⁶⁴, as [`Law::empirical`] takes it and as
/// [`Law::quantile`] asks for it; a whole or more is `u64::MAX`.
///
/// ```
/// assert_eq!(chance::share(1, 2), 1 << 63);
/// assert_eq!(chance::share(1, 1), u64::MAX);
/// ```
#[must_use]
pub fn share(numerator: u64, denominator: u64) -> u64 {
    let share = (u128::from(numerator) << 64).checked_div(u128::from(denominator));
    share.and_then(|share| u64::try_from(share).ok()).unwrap_or(u64::MAX)
}

impl Law {
    /// A law by some of its quantiles, each a share as [`share`] makes it and the value that so
    /// many draws are below. Between two of them values lie on a straight line, rounded half up;
    /// below the first and above the last its value holds. Two of one value are an atom: all
    /// draws between their shares have it.
    ///
    /// Quantiles and mean are exact: at every share given here [`Law::at`] is the value given.
    ///
    /// # Errors
    ///
    /// [`LawError::FewKnots`] with fewer than two, [`LawError::KnotsFall`] where a share is not
    /// above the one before it or a value is below it, and [`LawError::TooSpread`] for a value
    /// beyond 2⁶³.
    ///
    /// ```
    /// use chance::{Law, share};
    ///
    /// let law = Law::empirical(&[(share(1, 10), 40), (share(1, 2), 900), (share(9, 10), 2_500)])?;
    /// assert_eq!((law.quantile(1, 2), law.quantile(7, 10)), (900, 1_700));
    /// assert_eq!((law.at(0), law.largest()), (40, 2_500));
    /// # Ok::<(), chance::LawError>(())
    /// ```
    pub fn empirical(quantiles: &[(u64, u64)]) -> Result<Self, LawError> {
        Ok(Self::shaped(Shape::Measured(Arc::new(Knots::through(quantiles)?))))
    }
}

/// Shares that rise from zero to all, and values that do not fall.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(crate) struct Knots {
    shares: Box<[u64]>,
    values: Box<[u64]>,
}

impl Knots {
    fn through(quantiles: &[(u64, u64)]) -> Result<Self, LawError> {
        let ([first, .., last], true) = (quantiles, quantiles.len() >= 2) else {
            return Err(LawError::FewKnots);
        };
        if !quantiles.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1) {
            return Err(LawError::KnotsFall);
        }
        if last.1 > MOST {
            return Err(LawError::TooSpread);
        }
        let below = (first.0 > 0).then_some((0, first.1));
        let above = (last.0 < u64::MAX).then_some((u64::MAX, last.1));
        let all = || below.into_iter().chain(quantiles.iter().copied()).chain(above);
        Ok(Self {
            shares: all().map(|(share, _)| share).collect(),
            values: all().map(|(_, value)| value).collect(),
        })
    }

    /// The quantile at u ÷ 2⁶⁴. Kept apart, so that laws of gaps, which are drawn from the most, do
    /// not pay for the search.
    #[cold]
    pub(crate) fn at(&self, u: u64) -> u64 {
        let after = self.shares.partition_point(|share| *share <= u);
        // The first share is zero, so one of them is never above.
        let before = after.saturating_sub(1);
        let (Some(start), Some(from)) = (self.shares.get(before), self.values.get(before)) else {
            return 0;
        };
        let (Some(end), Some(to)) = (self.shares.get(after), self.values.get(after)) else {
            return *from;
        };
        let (width, rise) = (u128::from(end - start), u128::from(to - from));
        let risen = (rise * u128::from(u - start) + width / 2) / width;
        from.saturating_add(u64::try_from(risen).unwrap_or(u64::MAX))
    }

    /// Twice the mean, in units of 2⁻⁶⁴: every step's width times the sum of its two ends. Rounding
    /// to whole numbers moves as much up as down on a line between two of them.
    pub(crate) fn doubled_sum(&self) -> u128 {
        let steps = self.shares.windows(2).zip(self.values.windows(2));
        steps
            .map(|(shares, values)| {
                let ([start, end], [from, to]) = (shares, values) else { return 0 };
                // The last share stands for all.
                let end = u128::from(*end) + u128::from(*end == u64::MAX);
                (end - u128::from(*start)) * (u128::from(*from) + u128::from(*to))
            })
            .sum()
    }

    /// The same on the grid of the other laws.
    pub(crate) fn tabled(&self) -> Table {
        const WHOLE: f64 = 18_446_744_073_709_551_616.0;
        let shares = Grid::of(|below, _| below);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast from float saturates, and a share is not negative"
        )]
        Table::new(&shares, |below| self.at((below * WHOLE) as u64))
    }
}
