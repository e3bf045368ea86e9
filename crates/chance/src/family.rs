//! Families of laws by the figures people know of them, and what is left of one within bounds.

use std::sync::Arc;

use crate::law::{Law, LawError, Shape};
use crate::standard;
use crate::table::{Grid, MOST, Table, integer};

/// A family and its figures: in whole units of at least 1, tokens or nanoseconds.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Family {
    /// Lognormal by its median and its 95th percentile: [`Law::lognormal`].
    Lognormal {
        /// Half of all are below.
        median: f64,
        /// Nineteen in twenty are below.
        p95: f64,
    },
    /// Exponential by its mean.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// Pareto's, whose likelihood of being above x is (least ÷ x)ᵏ, by two percentiles: their ratio
    /// is 10¹ᐟᵏ.
    Pareto {
        /// Half of all are below.
        median: f64,
        /// Nineteen in twenty are below.
        p95: f64,
    },
}

/// How little of a law may be left within bounds: one draw in ten thousand.
pub const LEAST_LEFT: f64 = 1e-4;

impl Family {
    /// The law.
    ///
    /// A caller that holds draws at a bound of its own says it as `held_at`: what is rarer than the
    /// law can tell then does no harm, and a tail needs no mean.
    ///
    /// # Errors
    ///
    /// When there is no such law; [`LawError::TooSpread`] where its rarest values, or `held_at`, are
    /// beyond 2⁶³, and [`LawError::NoMean`] where nothing holds a tail whose mean has no bound.
    ///
    /// ```
    /// use chance::{Family, LawError, ONE};
    ///
    /// let law = Family::Exponential { mean: 200.0 }.law(None)?;
    /// assert_eq!((law.quantile(1, 2), law.mean() / u128::from(ONE)), (139, 200));
    ///
    /// let heavy = Family::Pareto { median: 20.0, p95: 200.0 };
    /// assert_eq!(heavy.law(None), Err(LawError::NoMean));
    /// assert_eq!(heavy.law(Some(8_000))?.quantile(95, 100), 200);
    /// # Ok::<(), LawError>(())
    /// ```
    pub fn law(self, held_at: Option<u64>) -> Result<Law, LawError> {
        let most = held_at.map_or(f64::INFINITY, |most| most as f64);
        match Curve::of(self)? {
            Curve::Lognormal { median, sigma } if sigma <= 0.0 => {
                fraction_for(median).ok_or(LawError::TooSpread)?;
                Ok(Law::fixed(integer(median).max(1)))
            }
            // Most laws are of this family: its grid is made once for all of them.
            Curve::Lognormal { median, sigma } => {
                let value = |z: f64| median * libm::exp(sigma * z);
                let largest = value(standard::normal().highest()).min(most);
                let fraction = fraction_for(largest).ok_or(LawError::TooSpread)?;
                Ok(tabled(standard::normal(), value, fraction, (0, MOST)))
            }
            Curve::Pareto { power, .. } if power >= 1.0 && held_at.is_none() => {
                Err(LawError::NoMean)
            }
            curve @ (Curve::Exponential { .. } | Curve::Pareto { .. }) => {
                let quantiles = Grid::of(|below, above| curve.quantile(below, above));
                let largest = quantiles.highest().min(most);
                let fraction = fraction_for(largest).ok_or(LawError::TooSpread)?;
                Ok(tabled(&quantiles, |value| value, fraction, (0, MOST)))
            }
        }
    }

    /// The law, conditional on being within these bounds, both included, after rounding: as if
    /// whatever lies outside were drawn again until it does not. The draw is compiled to what is
    /// likely between the two, so that it still is one draw.
    ///
    /// # Errors
    ///
    /// Those of [`Family::law`] with `max` as what holds it, and [`LawError::LittleLeft`] where less
    /// than [`LEAST_LEFT`] of the law lies within.
    ///
    /// ```
    /// use chance::Family;
    ///
    /// let law = Family::Exponential { mean: 200.0 }.within(100, 300)?;
    /// assert_eq!((law.at(0), law.largest()), (100, 300));
    /// // e^-½ to e^-1½ is what is left; half of that is above -200 ln((e^-½ + e^-1½) ÷ 2) = 175.9
    /// assert_eq!(law.quantile(1, 2), 176);
    /// # Ok::<(), chance::LawError>(())
    /// ```
    pub fn within(self, min: u64, max: u64) -> Result<Law, LawError> {
        let curve = Curve::of(self)?;
        let fraction = fraction_for(max as f64 + 1.0).ok_or(LawError::TooSpread)?;
        // What is rounded into the bounds lies within half a unit of them.
        let (low, high) = ((min as f64 - 0.5).max(0.0), max as f64 + 0.5);
        let (before, after) = (curve.shares(low), curve.shares(high));
        // From the side on which both are small, and so are exact.
        let left = if before.0 < 0.5 { after.0 - before.0 } else { before.1 - after.1 };
        if left.is_nan() || left < LEAST_LEFT {
            return Err(LawError::LittleLeft);
        }
        let quantiles = Grid::of(|below, above| {
            curve.quantile(before.0 + below * left, after.1 + above * left).clamp(low, high)
        });
        let half = half_of(fraction);
        let least = (min << fraction).saturating_sub(half);
        let most = (max << fraction) + half.saturating_sub(1);
        Ok(tabled(&quantiles, |value| value, fraction, (least, most)))
    }
}

/// Bits of fraction that a table has where its largest value leaves room for them: so that a whole
/// number is rounded once, when it is drawn.
const FRACTION: u32 = 16;

fn fraction_for(largest: f64) -> Option<u32> {
    let fits = |fraction: u32| largest * unit(fraction) < MOST as f64;
    [FRACTION, 0].into_iter().find(|fraction| fits(*fraction))
}

fn unit(fraction: u32) -> f64 {
    f64::from(1_u32 << fraction)
}

fn half_of(fraction: u32) -> u64 {
    (1 << fraction) >> 1
}

/// A law whose quantiles are a function of a grid; none is below one, or outside of what the table
/// may hold.
fn tabled(
    grid: &Grid<f64>,
    value: impl Fn(f64) -> f64,
    fraction: u32,
    (least, most): (u64, u64),
) -> Law {
    let unit = unit(fraction);
    let quantile = |of: f64| integer(value(of).max(1.0) * unit).max(least).min(most);
    let table = Arc::new(Table::new(grid, quantile));
    Law::shaped(Shape::Drawn { table, half: half_of(fraction), fraction })
}

/// A family by the parameters of its formulas.
#[derive(Copy, Clone, Debug)]
enum Curve {
    Lognormal {
        median: f64,
        sigma: f64,
    },
    Exponential {
        mean: f64,
    },
    /// `power` is 1 ÷ k.
    Pareto {
        least: f64,
        power: f64,
    },
}

impl Curve {
    fn of(family: Family) -> Result<Self, LawError> {
        match family {
            Family::Exponential { mean } if mean.is_finite() && mean > 0.0 => {
                Ok(Curve::Exponential { mean })
            }
            Family::Exponential { .. } => Err(LawError::MeanNotPositive),
            Family::Lognormal { median, p95 } => {
                percentiles(median, p95)?;
                Ok(Curve::Lognormal { median, sigma: standard::sigma(median, p95) })
            }
            Family::Pareto { median, p95 } => {
                percentiles(median, p95)?;
                let power = libm::log(p95 / median) / core::f64::consts::LN_10;
                Ok(Curve::Pareto { least: median * libm::exp2(-power), power })
            }
        }
    }

    /// The value with these likelihoods of being below and above it, each exact where it is the
    /// smaller.
    fn quantile(self, below: f64, above: f64) -> f64 {
        // Whichever keeps its digits: log1p near zero, log near one.
        let nats = || if below < 0.5 { -libm::log1p(-below) } else { -libm::log(above) };
        match self {
            Curve::Lognormal { median, sigma } => {
                median * libm::exp(sigma * standard::quantile(below, above))
            }
            Curve::Exponential { mean } => mean * nats(),
            Curve::Pareto { least, power } => least * libm::exp(power * nats()),
        }
    }

    /// The likelihoods of being below and above a value.
    fn shares(self, value: f64) -> (f64, f64) {
        let of_nats = |nats: f64| (-libm::expm1(-nats), libm::exp(-nats));
        match self {
            Curve::Lognormal { median, sigma } => {
                standard::shares(libm::log(value / median) / sigma)
            }
            Curve::Exponential { mean } => of_nats(value / mean),
            Curve::Pareto { least, power } => of_nats((libm::log(value / least) / power).max(0.0)),
        }
    }
}

/// Refuses percentiles that no law has.
fn percentiles(median: f64, p95: f64) -> Result<(), LawError> {
    if !(median.is_finite() && median > 0.0) {
        return Err(LawError::MedianNotPositive);
    }
    if !(p95.is_finite() && p95 >= median) {
        return Err(LawError::P95BelowMedian);
    }
    Ok(())
}
