//! The standard normal law, which every lognormal one is a function of.

use std::sync::OnceLock;

use crate::table::Grid;

/// The standard normal quantile on the grid; made once, shared by all laws.
pub(crate) fn normal() -> &'static Grid<f64> {
    static NORMAL: OnceLock<Grid<f64>> = OnceLock::new();
    NORMAL.get_or_init(|| Grid::of(quantile))
}

/// The value with these likelihoods of being below and above it, by the smaller of the two.
pub(crate) fn quantile(below: f64, above: f64) -> f64 {
    if below < above { normal_quantile_below(below) } else { -normal_quantile_below(above) }
}

/// The likelihoods of being below and above a value.
pub(crate) fn shares(z: f64) -> (f64, f64) {
    let below = |z: f64| 0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2);
    (below(z), below(-z))
}

/// The standard deviation of the logarithm of a lognormal variable with these percentiles.
pub(crate) fn sigma(median: f64, p95: f64) -> f64 {
    libm::log(p95 / median) / normal_quantile(0.95)
}

/// The value that a standard normal variable is below with a likelihood of `p`, strictly between
/// 0 and 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    if p <= 0.5 { normal_quantile_below(p) } else { -normal_quantile_below(1.0 - p) }
}

/// The lower half: the erfc of libm, inverted.
///
/// A rational guess is within 4.5e-4 (Abramowitz and Stegun, 26.2.23); each of Halley's steps
/// triples the number of right digits, so the second leaves nothing but rounding.
fn normal_quantile_below(p: f64) -> f64 {
    let t = (-2.0 * libm::log(p)).sqrt();
    let guess = (2.515_517 + t * (0.802_853 + t * 0.010_328))
        / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    let mut z = guess - t;
    for _ in 0..2 {
        let error = 0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2) - p;
        let newton = error * ROOT_TAU * libm::exp(0.5 * z * z);
        z -= newton / (1.0 + 0.5 * z * newton);
    }
    z
}

/// √(2π).
const ROOT_TAU: f64 = 2.506_628_274_631_000_5;

#[cfg(test)]
mod tests {
    use super::*;

    /// To the last digits of a published table: Wichura's AS 241 gives the first two, the others
    /// are of the same function in higher precision.
    #[test]
    fn known_quantiles_are_met() {
        for (p, known) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (0.95, 1.644_853_626_951_472_2),
            (0.975, 1.959_963_984_540_054),
            (1e-9, -5.997_807_015_007_687),
            (0.5, 0.0),
        ] {
            assert!((normal_quantile(p) - known).abs() < 1e-14, "{p}: {}", normal_quantile(p));
        }
    }

    #[test]
    fn erfc_leads_back_from_every_quantile() {
        for power in 1..40 {
            for part in [1.0, 1.25, 1.5, 1.75] {
                let p = part * libm::ldexp(0.5, -power);
                let back = 0.5 * libm::erfc(-normal_quantile(p) * core::f64::consts::FRAC_1_SQRT_2);
                assert!((back / p - 1.0).abs() < 1e-14 * f64::from(power), "{p}: {back}");
            }
        }
    }
}
