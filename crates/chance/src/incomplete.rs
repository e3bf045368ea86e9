//! The incomplete gamma function and its inverse: what quantiles of Gamma laws are made of.

/// A Gamma law of scale one.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Gamma {
    shape: f64,
    /// ln Γ(shape).
    ln_gamma: f64,
}

/// A step this small, relative to the logarithm it changes, changes nothing that is tabled.
const NEAR: f64 = 1e-13;
/// Newton's steps at most; nine are usual.
const STEPS: usize = 100;
/// Terms of a series or a fraction at most; a shape of 100 takes some two hundred.
const TERMS: usize = 10_000;

impl Gamma {
    pub(crate) fn of_shape(shape: f64) -> Self {
        Self { shape, ln_gamma: libm::lgamma(shape) }
    }

    /// The value below which a share of `below` lies, and above which `above`; each is exact where
    /// it is the smaller.
    ///
    /// Newton's method on the logarithm of the smaller share, as a function of the logarithm of
    /// the value. Both of these functions are concave, so that from the starts below every step
    /// comes closer from the same side.
    pub(crate) fn quantile(&self, below: f64, above: f64) -> f64 {
        let lower = below < above;
        let mut y = if lower { self.not_above(below) } else { libm::log(self.not_below(above)) };
        for _ in 0..STEPS {
            let (share_below, share_above) = self.shares(y);
            // The density of the logarithm.
            let density = libm::exp(self.shape * y - libm::exp(y) - self.ln_gamma);
            let step = if lower {
                libm::log(share_below / below) * share_below / density
            } else {
                -libm::log(share_above / above) * share_above / density
            };
            y -= step;
            if step.abs() <= NEAR * y.abs().max(1.0) {
                break;
            }
        }
        libm::exp(y)
    }

    /// The logarithm of a value that is not above the quantile: without its exponential, the
    /// density is larger.
    fn not_above(&self, below: f64) -> f64 {
        (libm::log(below) + libm::log(self.shape) + self.ln_gamma) / self.shape
    }

    /// A value that is not below the quantile: the bound of a sub-gamma tail (Boucheron, Lugosi
    /// and Massart, 2013, theorem 2.3).
    fn not_below(&self, above: f64) -> f64 {
        let nats = -libm::log(above);
        self.shape + (2.0 * self.shape * nats).sqrt() + nats
    }

    /// What lies below and above exp(y).
    fn shares(&self, y: f64) -> (f64, f64) {
        let x = libm::exp(y);
        let factor = libm::exp(self.shape * y - x - self.ln_gamma);
        if x < self.shape + 1.0 {
            let below = factor * self.series(x);
            (below, 1.0 - below)
        } else {
            let above = factor * self.fraction(x);
            (1.0 - above, above)
        }
    }

    /// The series of the lower share, which converges quickly for values up to about the shape.
    fn series(&self, x: f64) -> f64 {
        let mut term = 1.0 / self.shape;
        let mut sum = term;
        let mut next = self.shape;
        for _ in 0..TERMS {
            next += 1.0;
            term *= x / next;
            sum += term;
            if term <= sum * f64::EPSILON / 4.0 {
                break;
            }
        }
        sum
    }

    /// The continued fraction of the upper share (Legendre's), by Lentz's method.
    fn fraction(&self, x: f64) -> f64 {
        let mut constant = x + 1.0 - self.shape;
        let mut above = f64::MAX;
        let mut below = 1.0 / constant;
        let mut value = below;
        for term in 1..TERMS {
            let term = term as f64;
            let factor = -term * (term - self.shape);
            constant += 2.0;
            below = 1.0 / (factor * below + constant);
            above = constant + factor / above;
            let change = above * below;
            value *= change;
            if (change - 1.0).abs() <= f64::EPSILON {
                break;
            }
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error, relative to the smaller share, on the way to a quantile and back.
    fn error_of(shape: f64) -> f64 {
        let gamma = Gamma::of_shape(shape);
        let shares =
            (2..39).flat_map(|power| [1.0, 1.3, 1.7].map(|part| part / (1_u64 << power) as f64));
        let errors = shares.map(|share| {
            let low = gamma.shares(libm::log(gamma.quantile(share, 1.0 - share))).0;
            let high = gamma.shares(libm::log(gamma.quantile(1.0 - share, share))).1;
            (low / share - 1.0).abs().max((high / share - 1.0).abs())
        });
        errors.fold(0.0, f64::max)
    }

    #[test]
    fn a_quantile_leads_back_to_its_share() {
        for shape in [0.5, 0.9, 1.0, 1.1, 2.0, 4.0, 10.0, 30.0, 100.0] {
            assert!(error_of(shape) < 1e-11, "{shape}: {}", error_of(shape));
        }
    }

    #[test]
    fn a_shape_of_one_is_exponential_and_of_half_a_squared_normal() {
        let exponential = Gamma::of_shape(1.0);
        assert!((exponential.quantile(0.5, 0.5) - core::f64::consts::LN_2).abs() < 1e-15);
        assert!(
            (exponential.quantile(1.0 - 1e-9, 1e-9) - 9.0 * core::f64::consts::LN_10).abs() < 1e-12
        );
        // Half of the square of the normal quantile 1.959963984540054.
        let half = Gamma::of_shape(0.5);
        assert!((half.quantile(0.95, 0.05) - 1.920_729_410_347_062).abs() < 1e-12);
    }

    #[test]
    fn what_is_too_small_for_a_float_is_zero() {
        assert!(Gamma::of_shape(0.0025).quantile(0.01, 0.99).abs() < f64::MIN_POSITIVE);
    }
}
