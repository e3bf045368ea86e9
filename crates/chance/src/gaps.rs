//! Gaps between jobs, by how unevenly they come.
//!
//! The coefficient of variation of gaps, their standard deviation over their mean, is what traces
//! are described by: 1 where jobs know nothing of one another (exponential gaps, a Poisson
//! process), less where they are spaced, more where they come in bursts. Two families carry it:
//!
//! | | shape | scale for a mean of one |
//! |---|---|---|
//! | Gamma | k = 1 ÷ cv² | cv² |
//! | Weibull | k with Γ(1 + 2/k) ÷ Γ(1 + 1/k)² = 1 + cv² | 1 ÷ Γ(1 + 1/k) |
//!
//! Both are what published recordings of traffic to language models were fitted with: Gamma in
//! `BurstGPT` (arXiv 2401.17644), and in `ServeGen` (arXiv 2505.09999) Gamma or Weibull, whichever
//! fits a client better. At equal variation Weibull has the longer quiet times and Gamma the
//! tighter bursts.

use crate::incomplete::Gamma;
use crate::law::{Law, LawError, ONE};
use crate::table::{Grid, Table, integer};

/// The coefficients of variation that gaps may have: at less they are all but equal, at more one
/// gap in a thousand holds nearly all the time.
const VARIATIONS: core::ops::RangeInclusive<f64> = 0.1..=20.0;

impl Law {
    /// Gaps by a Gamma law with mean 1, in units of [`ONE`], and this coefficient of variation.
    ///
    /// With 1 it is [`Law::exponential`] itself.
    ///
    /// # Errors
    ///
    /// [`LawError::CvOutOfRange`] when it is not between 0.1 and 20.
    ///
    /// ```
    /// use chance::Law;
    ///
    /// assert_eq!(Law::gamma_gaps(1.0)?, Law::exponential());
    /// let bursty = Law::gamma_gaps(3.0)?;
    /// assert!(bursty.quantile(1, 2) < Law::exponential().quantile(1, 2) / 10);
    /// assert!(bursty.quantile(99, 100) > Law::exponential().quantile(99, 100) * 3);
    /// # Ok::<(), chance::LawError>(())
    /// ```
    pub fn gamma_gaps(cv: f64) -> Result<Self, LawError> {
        of_mean_one(cv, |square| {
            let gamma = Gamma::of_shape(1.0 / square);
            Grid::of(|below, above| square * gamma.quantile(below, above))
        })
    }

    /// Gaps by a Weibull law with mean 1, in units of [`ONE`], and this coefficient of variation.
    ///
    /// With 1 it is [`Law::exponential`] itself.
    ///
    /// # Errors
    ///
    /// [`LawError::CvOutOfRange`] when it is not between 0.1 and 20.
    pub fn weibull_gaps(cv: f64) -> Result<Self, LawError> {
        of_mean_one(cv, |square| {
            let power = weibull_power(square);
            let scale = 1.0 / libm::tgamma(1.0 + power);
            Grid::of(|below, above| {
                let nats = if below < 0.5 { -libm::log1p(-below) } else { -libm::log(above) };
                scale * libm::pow(nats, power)
            })
        })
    }

    /// How long the gap that is running still lasts, as seen by someone who comes at any time: the
    /// law of the first arrival of a process that began long ago. Where gaps vary more than
    /// exponential ones it is longer than a gap: one is more likely to come into a long gap.
    ///
    /// A process whose first gap is drawn from this law, and the others from `self`, offers in
    /// every stretch of time as many jobs as its rate says; begun with a whole gap it would offer
    /// (cv² - 1) ÷ 2 jobs too many. The mean is (1 + cv²) ÷ 2 gaps.
    ///
    /// ```
    /// use chance::{Law, ONE};
    ///
    /// // Between gaps of one length, any part of it is equally likely to be left.
    /// let rest = Law::fixed(ONE).rest();
    /// assert!(rest.at(1 << 63).abs_diff(ONE / 2) <= 1);
    /// // Exponential gaps forget how long they have been running.
    /// let (whole, rest) = (Law::exponential(), Law::exponential().rest());
    /// assert!(rest.quantile(3, 4).abs_diff(whole.quantile(3, 4)) < ONE / 10_000);
    /// ```
    #[must_use]
    pub fn rest(&self) -> Self {
        self.map_table(Table::rest)
    }
}

/// A law by its quantiles, tabled; they are scaled a last time, so that the mean of the table, with
/// its straight lines, is one as well.
fn of_mean_one(cv: f64, quantiles: impl FnOnce(f64) -> Grid<f64>) -> Result<Law, LawError> {
    if !VARIATIONS.contains(&cv) {
        return Err(LawError::CvOutOfRange);
    }
    if (cv - 1.0).abs() < f64::EPSILON {
        return Ok(Law::exponential());
    }
    let quantiles = quantiles(cv * cv);
    let tabled = |factor: f64| Table::new(&quantiles, |gap| integer(gap * factor * ONE as f64));
    let mean = tabled(1.0).mean() / ONE as f64;
    Ok(Law::tabled(tabled(1.0 / mean)))
}

/// 1 ÷ k of the Weibull law whose squared coefficient of variation this is, by bisection: the
/// variation rises with it.
fn weibull_power(square: f64) -> f64 {
    let wanted = libm::log1p(square);
    let (mut low, mut high) = (0.0, 8.0);
    for _ in 0..64 {
        let power = f64::midpoint(low, high);
        let found = libm::lgamma(1.0 + 2.0 * power) - 2.0 * libm::lgamma(1.0 + power);
        if found < wanted { low = power } else { high = power }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weibull_law_has_the_variation_it_is_made_for() {
        // Shape one is exponential, shape two Rayleigh's.
        assert!((weibull_power(1.0) - 1.0).abs() < 1e-12);
        let rayleigh = 4.0 / core::f64::consts::PI - 1.0;
        assert!((weibull_power(rayleigh) - 0.5).abs() < 1e-12);
        // 1/k = 2: Γ(5) ÷ Γ(3)² = 24 ÷ 4.
        assert!((weibull_power(5.0) - 2.0).abs() < 1e-12);
    }
}
