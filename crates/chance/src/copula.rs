//! A draw that goes with another: long prompts with long answers, or with short ones.
//!
//! ```text
//!   the other's 64 bits ──► normal quantile ── × r ────────┐
//!                                                          + ──► normal share ──► 64 bits
//!   64 bits of its own ───► normal quantile ── × √(1-r²) ──┘
//! ```
//!
//! This is the Gaussian copula. The sum of two normal variables is one, so the bits that come out
//! are as uniform as those that went in, whatever r is: a law that is drawn with them keeps its
//! shape, and only what it is drawn beside changes. The two quantiles and the share are tables of
//! integers, made once with `libm`.

use core::f64::consts::PI;
use core::fmt;
use std::sync::OnceLock;

use crate::law::LawError;
use crate::standard;
use crate::table::{Table, integer};

/// A dependence between two draws, by the correlation of their ranks.
///
/// ```
/// use chance::Copula;
///
/// let together = Copula::of_ranks(1.0)?;
/// let (other, own) = (3 << 62, 1 << 40);
/// assert!(together.draw(other, own).abs_diff(other) < 1 << 46); // its own bits say nothing
///
/// let opposite = Copula::of_ranks(-1.0)?;
/// assert!(opposite.draw(other, own).abs_diff(!other) < 1 << 46);
///
/// let apart = Copula::of_ranks(0.0)?;
/// assert_eq!(apart.draw(other, own), own);
/// # Ok::<(), chance::LawError>(())
/// ```
#[derive(Copy, Clone)]
pub struct Copula {
    /// r, and √(1 - r²), in units of 2⁻³².
    shared: i64,
    own: i64,
    quantiles: &'static Table,
    shares: &'static [u64],
}

/// The unit of what the two normal variables are multiplied with, as a power of two.
const FACTOR_LOG2: u32 = 32;

impl Copula {
    /// The dependence under which the ranks of two draws have this correlation, Spearman's ρ:
    /// r = 2 sin(πρ ÷ 6), which is what ρ is of two normal variables (K. Pearson, 1907).
    ///
    /// Ranks do not change with the laws that are drawn, so what is written is what will be
    /// measured, but for ties: whole numbers that are often the same.
    ///
    /// # Errors
    ///
    /// [`LawError::CorrelationOutOfRange`] when ρ is not between -1 and 1.
    pub fn of_ranks(rho: f64) -> Result<Self, LawError> {
        if !(-1.0..=1.0).contains(&rho) {
            return Err(LawError::CorrelationOutOfRange);
        }
        let one = (1_i64 << FACTOR_LOG2) as f64;
        let factor = |of: f64| {
            let magnitude = integer(of.abs() * one).min(1 << FACTOR_LOG2).cast_signed();
            if of < 0.0 { -magnitude } else { magnitude }
        };
        let shared = factor(2.0 * libm::sin(PI * rho / 6.0));
        // Of what was rounded, so that nothing is left where all is shared.
        let r = shared as f64 / one;
        let own = factor((1.0 - r * r).max(0.0).sqrt());
        Ok(Self { shared, own, quantiles: quantiles(), shares: shares() })
    }

    /// 64 bits that go with `other`, and grow from `own` as far as they do not. Kept apart, so that
    /// jobs without it do not pay for it.
    #[must_use]
    #[cold]
    pub fn draw(&self, other: u64, own: u64) -> u64 {
        if self.shared == 0 {
            return own;
        }
        let part = |factor: i64, bits: u64| i128::from(factor) * i128::from(self.normal(bits));
        self.share((part(self.shared, other) + part(self.own, own)) >> FACTOR_LOG2)
    }

    /// The standard normal quantile of a share, in units of 2⁻⁵².
    fn normal(&self, share: u64) -> i64 {
        self.quantiles.at(share).cast_signed() - (MIDDLE << NORMAL_LOG2)
    }

    /// The share that is below a standard normal variable, in units of 2⁻⁶⁴: by symmetry from the
    /// lower half, where it keeps its digits.
    fn share(&self, normal: i128) -> u64 {
        let distance = normal.unsigned_abs();
        let (step, along) = (distance >> STEP_LOG2, distance & ((1 << STEP_LOG2) - 1));
        let node = |step: usize| self.shares.get(step).copied().unwrap_or(0);
        let step = usize::try_from(step).unwrap_or(usize::MAX - 1);
        let (near, far) = (node(step), node(step + 1));
        let fallen = (u128::from(near - far) * along) >> STEP_LOG2;
        let below = near - u64::try_from(fallen).unwrap_or(near - far);
        if normal < 0 { below } else { !below }
    }
}

impl fmt::Debug for Copula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let r = self.shared as f64 / (1_i64 << FACTOR_LOG2) as f64;
        f.debug_struct("Copula").field("r", &r).finish_non_exhaustive()
    }
}

/// The unit of normal variables, as a power of two; in a table they are moved up by the middle of
/// it, since none is below -8.
const NORMAL_LOG2: u32 = 52;
const MIDDLE: i64 = 8;

fn quantiles() -> &'static Table {
    static QUANTILES: OnceLock<Table> = OnceLock::new();
    QUANTILES.get_or_init(|| {
        let unit = (1_u64 << NORMAL_LOG2) as f64;
        Table::new(standard::normal(), |z| integer((z + MIDDLE as f64) * unit))
    })
}

/// Steps of a 256th of a standard deviation: the straight line within one is off by less than a
/// ten-thousandth of the share, however far out it is.
const STEP_LOG2: u32 = NORMAL_LOG2 - 8;
/// From none to ten standard deviations, which is more than two quantiles of a table come to.
const STEPS: u32 = 10 << 8;

/// The shares below 0, -1/256, … -10, in units of 2⁻⁶⁴.
fn shares() -> &'static [u64] {
    static SHARES: OnceLock<Vec<u64>> = OnceLock::new();
    SHARES.get_or_init(|| {
        let below = |step: u32| standard::shares(-f64::from(step) / 256.0).0;
        // Half of all is one unit more than an integer here is made to hold.
        let half = core::iter::once(1 << 63);
        half.chain((1..=STEPS).map(|step| integer(below(step) * WHOLE))).collect()
    })
}

/// 2⁶⁴.
const WHOLE: f64 = 18_446_744_073_709_551_616.0;
