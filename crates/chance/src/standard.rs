//! The standard normal law, which every lognormal one is a function of.

use std::sync::OnceLock;

use crate::table::Grid;

/// The standard normal quantile on the grid; made once, shared by all laws.
pub(crate) fn normal() -> &'static Grid<f64> {
    static NORMAL: OnceLock<Grid<f64>> = OnceLock::new();
    NORMAL.get_or_init(|| {
        Grid::of(|below, above| {
            if below < above { normal_quantile_below(below) } else { -normal_quantile_below(above) }
        })
    })
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
