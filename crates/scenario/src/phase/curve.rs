//! A rate that changes in steps of one length, as a log tells it.

use core::fmt;
use std::sync::Arc;

use limits::{Rate, Requests, Span};
use rulebook::reading::quantity::rate_text;

use crate::gaps::Gaps;
use crate::lasts::shown;

/// One rate after the other, each for as long, with one process of gaps running through them: a
/// gap that is not over when the rate changes goes on at the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateCurve {
    /// How long each rate holds.
    pub every: Span,
    /// The rates, some of them zero perhaps.
    pub rates: Arc<[Rate<Requests>]>,
    /// How unevenly jobs come.
    pub gaps: Gaps,
}

impl RateCurve {
    /// How long it is.
    #[must_use]
    pub fn lasts(&self) -> Span {
        let steps = u64::try_from(self.rates.len()).unwrap_or(u64::MAX);
        Span::from_nanos(self.every.nanos().saturating_mul(steps))
    }

    /// The rate at nanosecond `offset` of it; none after its end.
    pub(crate) fn at(&self, offset: u64) -> Option<Rate<Requests>> {
        let step = offset / self.every.nanos().max(1);
        self.rates.get(usize::try_from(step).ok()?).copied()
    }
}

/// `Poisson at 60 rates from 0.2/s to 5/s, each for 1m`.
impl fmt::Display for RateCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = |a: Rate<Requests>, b: Rate<Requests>| {
            u128::from(a.amount().0) * u128::from(b.per_span().nanos())
        };
        let ordered =
            |a: &&Rate<Requests>, b: &&Rate<Requests>| product(**a, **b).cmp(&product(**b, **a));
        let least = self.rates.iter().min_by(ordered).copied().map(rate_text).unwrap_or_default();
        let most = self.rates.iter().max_by(ordered).copied().map(rate_text).unwrap_or_default();
        let (count, every) = (self.rates.len(), shown(self.every));
        write!(f, "{} at {count} rates from {least} to {most}, each for {every}", self.gaps)
    }
}
