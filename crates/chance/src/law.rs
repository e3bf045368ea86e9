//! Laws of chance, compiled once and drawn from in integers.

use core::fmt;
use std::sync::{Arc, OnceLock};

use crate::family::Family;
use crate::knots::{Knots, share};
use crate::standard;
use crate::table::{Grid, Table, integer};

/// The unit of laws that have none of their own, such as [`Law::exponential`] and [`Law::noise`]:
/// a draw of `ONE` is the factor one.
pub const ONE: u64 = 1 << 32;

/// `amount` times a factor in units of [`ONE`], rounded half up; at most `u64::MAX`.
///
/// ```
/// use chance::{Law, ONE, scaled};
///
/// let mean_gap = 200_000_000; // nanoseconds
/// assert_eq!(scaled(mean_gap, ONE), mean_gap);
/// assert_eq!(scaled(mean_gap, Law::exponential().at(1 << 63)), 138_629_436); // its median
/// ```
#[must_use]
#[inline]
pub fn scaled(amount: u64, factor: u64) -> u64 {
    let product = u128::from(amount) * u128::from(factor) + u128::from(ONE / 2);
    u64::try_from(product / u128::from(ONE)).unwrap_or(u64::MAX)
}

/// A law of chance, compiled into a table of its quantiles.
///
/// A draw looks up two neighbouring quantiles and takes the straight line between them: about
/// twenty instructions, without floating point. Cloning shares the table.
///
/// The table has 4,096 steps of equal likelihood. The lowest and the highest 64 of them are
/// replaced by 32 octaves of 64 steps each, towards likelihoods of 2⁻³⁸ on either side; what is
/// rarer than that (four draws in a million million) is drawn as if it were just about as rare.
///
/// ```
/// use chance::Law;
///
/// let law = Law::lognormal(129.0, 424.0)?;
/// assert_eq!(law.at(1 << 63), 129);          // half of the draws are below the median
/// assert_eq!(law.quantile(95, 100), 424);
/// # Ok::<(), chance::LawError>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Law(Shape);

#[derive(Clone, Eq, PartialEq)]
pub(crate) enum Shape {
    Fixed(u64),
    /// Quantiles in units of 2⁻ᶠʳᵃᶜᵗⁱᵒⁿ, and half of the law's own unit in the same.
    Drawn {
        table: Arc<Table>,
        half: u64,
        fraction: u32,
    },
    /// Some quantiles, in the law's own unit.
    Measured(Arc<Knots>),
}

impl Law {
    /// Always the same value.
    #[must_use]
    pub const fn fixed(value: u64) -> Self {
        Self(Shape::Fixed(value))
    }

    /// Gaps of a Poisson process: exponential with mean 1, in units of [`ONE`].
    #[must_use]
    pub fn exponential() -> Self {
        static TABLE: OnceLock<Arc<Table>> = OnceLock::new();
        let table = TABLE.get_or_init(|| {
            let quantile = Grid::of(|below, above| {
                // Whichever keeps its digits: log1p near zero, log near one.
                if below < 0.5 { -libm::log1p(-below) } else { -libm::log(above) }
            });
            Arc::new(Table::new(&quantile, |gap| integer(gap * ONE as f64)))
        });
        Self(Shape::Drawn { table: Arc::clone(table), half: 0, fraction: 0 })
    }

    /// A lognormal law by its median and its 95th percentile, in whole numbers of at least 1:
    /// lengths in tokens, for instance.
    ///
    /// # Errors
    ///
    /// When there is no such law, or its rarest values are out of hand: see [`LawError`].
    ///
    /// ```
    /// use chance::{Law, LawError};
    ///
    /// assert_eq!(Law::lognormal(100.0, 100.0)?, Law::fixed(100));
    /// assert_eq!(Law::lognormal(100.0, 80.0), Err(LawError::P95BelowMedian));
    /// # Ok::<(), LawError>(())
    /// ```
    pub fn lognormal(median: f64, p95: f64) -> Result<Self, LawError> {
        Family::Lognormal { median, p95 }.law(None)
    }

    /// A factor that scatters around one: exp(σ·Z) with Z standard normal, in units of [`ONE`].
    /// Its median is `ONE`, its mean exp(σ²/2).
    ///
    /// A sigma that is zero, negative or no number scatters nothing. Factors stay below 2³¹,
    /// which a sigma up to 3 never reaches.
    #[must_use]
    pub fn noise(sigma: f64) -> Self {
        if sigma.is_nan() || sigma <= 0.0 {
            return Self::fixed(ONE);
        }
        let table = Table::new(standard::normal(), |z| integer(libm::exp(sigma * z) * ONE as f64));
        Self(Shape::Drawn { table: Arc::new(table), half: 0, fraction: 0 })
    }

    /// A law of its own by a table in units of one.
    pub(crate) fn tabled(table: Table) -> Self {
        Self(Shape::Drawn { table: Arc::new(table), half: 0, fraction: 0 })
    }

    /// A law by its shape.
    pub(crate) const fn shaped(shape: Shape) -> Self {
        Self(shape)
    }

    /// The law with another table in place of its own; one that is always the same has a table of
    /// one value, a measured one is tabled first.
    pub(crate) fn map_table(&self, change: impl FnOnce(&Table) -> Table) -> Self {
        match &self.0 {
            Shape::Fixed(value) => Self::tabled(change(&Table::of_one(*value))),
            Shape::Drawn { table, half, fraction } => {
                let table = Arc::new(change(table));
                Self(Shape::Drawn { table, half: *half, fraction: *fraction })
            }
            Shape::Measured(knots) => Self::tabled(change(&knots.tabled())),
        }
    }

    /// The value that a share of u ÷ 2⁶⁴ of all draws is below. With 64 uniform bits for `u`,
    /// this is a draw; it never falls as `u` rises.
    #[must_use]
    #[inline]
    pub fn at(&self, u: u64) -> u64 {
        match &self.0 {
            Shape::Fixed(value) => *value,
            Shape::Drawn { table, half, fraction } => {
                // Quantiles stay below 2⁶³, so half a unit more is no overflow.
                table.at(u).wrapping_add(*half).wrapping_shr(*fraction)
            }
            Shape::Measured(knots) => knots.at(u),
        }
    }

    /// The value that `numerator ÷ denominator` of all draws are below: `quantile(95, 100)` is the
    /// 95th percentile. From one upwards it is [`Law::largest`].
    #[must_use]
    pub fn quantile(&self, numerator: u64, denominator: u64) -> u64 {
        self.at(share(numerator, denominator))
    }

    /// The largest value this law ever draws.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.at(u64::MAX)
    }

    /// The mean of all draws, in units of 2⁻³² of the law's own: for tokens, tokens × 2³².
    ///
    /// It is the mean of the table, straight lines included, and not of the formula behind it, so
    /// that what is planned with is what will be drawn.
    ///
    /// ```
    /// use chance::{Law, ONE};
    ///
    /// assert_eq!(Law::fixed(3).mean(), 3 * u128::from(ONE));
    /// ```
    #[must_use]
    pub fn mean(&self) -> u128 {
        match &self.0 {
            Shape::Fixed(value) => u128::from(*value) << 32,
            Shape::Drawn { table, fraction, .. } => {
                // The sum is doubled and in units of 2⁻⁶⁴.
                let doubled = table.doubled_sum() >> (32 + fraction);
                doubled.div_ceil(2)
            }
            Shape::Measured(knots) => (knots.doubled_sum() >> 32).div_ceil(2),
        }
    }
}

impl fmt::Debug for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Law")
            .field("median", &self.quantile(1, 2))
            .field("p95", &self.quantile(95, 100))
            .field("largest", &self.largest())
            .finish()
    }
}

/// Why there is no such law.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
#[non_exhaustive]
pub enum LawError {
    /// The median is zero, negative or no number.
    MedianNotPositive,
    /// The 95th percentile is below the median, or no number.
    P95BelowMedian,
    /// The two are so far apart, or so large, that the rarest draws would reach 2⁶³.
    TooSpread,
    /// The coefficient of variation of gaps is not between 0.1 and 20.
    CvOutOfRange,
    /// Fewer than two quantiles.
    FewKnots,
    /// A share that is not above the one before it, or a value below it.
    KnotsFall,
    /// The mean is zero, negative or no number.
    MeanNotPositive,
    /// The tail is so heavy that the mean has no bound.
    NoMean,
    /// Too little of the law is left within its bounds.
    LittleLeft,
    /// The correlation is not between -1 and 1.
    CorrelationOutOfRange,
}

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MedianNotPositive => "the median must be above zero",
            Self::P95BelowMedian => "the 95th percentile must not be below the median",
            Self::TooSpread => "the rarest values would be beyond all measure",
            Self::CvOutOfRange => "the coefficient of variation must be between 0.1 and 20",
            Self::FewKnots => "a law by its quantiles needs at least two of them",
            Self::KnotsFall => "shares must rise, and values must not fall",
            Self::MeanNotPositive => "the mean must be above zero",
            Self::NoMean => "the tail is so heavy that the mean has no bound",
            Self::LittleLeft => "less than one in ten thousand of its draws is within the bounds",
            Self::CorrelationOutOfRange => "a correlation must be between -1 and 1",
        })
    }
}

impl std::error::Error for LawError {}
