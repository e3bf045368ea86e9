//! A phase of traffic as exact arithmetic: how much has been offered by when, and the reverse.
//!
//! A Poisson process of any rate is one of rate 1 in which time runs as fast as the rate says. So
//! arrivals are drawn once, in units of offered jobs, and each phase only has to answer when its
//! integrated rate reaches a given amount: a division where the rate is constant, a square root
//! where it is linear. Amounts are in units of 2^-32 job, the unit in which exponential gaps are
//! drawn; everything is integer, and a phase for which it would not fit is refused beforehand.

use limits::{Per, Rate, Requests, Span};

use self::day::Curve;
use crate::cast::Phase;

/// Jobs that one group may have in a run.
pub(crate) const MOST_JOBS: u128 = 1 << 30;

pub(crate) mod day;

/// A phase at its place in the run.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Stretch {
    start: u64,
    lasts: u64,
    pace: Pace,
}

#[derive(Copy, Clone, Debug)]
enum Pace {
    /// None.
    Nothing,
    /// `amount` jobs each `per` nanoseconds.
    Steady { amount: u64, per: u64 },
    /// `jobs` at each multiple of `every`, spread over `within`.
    Together { jobs: u64, every: u64, within: u64 },
    /// As many on average as a steady rate; `offered` in all.
    Even { amount: u64, per: u64, offered: u128 },
    /// A rate of `(from + (to - from) * t / lasts) / per` at nanosecond `t`.
    Ramp { from: u64, to: u64, per: u64, offered: u128 },
    /// A rate that follows the days of a week.
    Days { curve: Curve, offered: u128 },
}

/// What a stretch asks of the one who draws.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: it has no arrivals.
    Silent,
    /// Nothing: its arrivals are counted.
    Counted,
    /// Gaps; it offers so much in all, in units of 2^-32 job.
    Drawn(u128),
}

/// Nothing at all.
pub(crate) const NO_RATE: Rate<Requests> = Rate::new(Requests(0), Per::Second);

/// Whether a phase can be computed exactly, and has no more jobs than a run may have.
pub(crate) fn fits(phase: &Phase, start: u64, week: u64) -> Result<(), Unfit> {
    let mut all = 0_u128;
    for index in 0..phase.stretches() {
        if let Kind::Drawn(offered) = Stretch::of(phase, index, start, week)?.kind() {
            all = all.saturating_add(offered);
        }
    }
    if all >> 32 > MOST_JOBS { Err(Unfit::TooMany) } else { Ok(()) }
}

/// Why a phase cannot be computed exactly.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It offers more jobs than a run may have.
    TooMany,
    /// Its rates are too fine for its length.
    TooFine,
}

impl Stretch {
    /// Stretch `index` of a phase that begins at nanosecond `start` of a run that begins at
    /// nanosecond `week` of a week.
    pub(crate) fn of(phase: &Phase, index: usize, start: u64, week: u64) -> Result<Stretch, Unfit> {
        let lasts = phase.lasts().nanos();
        let pace = match phase {
            Phase::Curve(curve) => {
                let rate = curve.rates.get(index).copied().unwrap_or(NO_RATE);
                let before = curve.every.nanos().saturating_mul(index as u64);
                return Stretch::even(rate, start.saturating_add(before), curve.every.nanos());
            }
            Phase::Steady { rate, .. } => {
                let (amount, per) = fraction(*rate);
                even_offer(amount, per, lasts)?;
                Pace::Steady { amount, per }
            }
            Phase::Poisson { rate, .. }
            | Phase::Gamma { rate, .. }
            | Phase::Weibull { rate, .. } => return Stretch::even(*rate, start, lasts),
            Phase::Ramp { from, to, .. } if from == to => {
                return Stretch::even(*from, start, lasts);
            }
            Phase::Ramp { from, to, .. } => ramp(*from, *to, lasts)?,
            Phase::Burst { jobs, every, within, .. } => together(*jobs, *every, *within, lasts)?,
            Phase::AtOnce { jobs, .. } => together(*jobs, Span::MAX, Span::ZERO, lasts)?,
            Phase::Pause { .. } => Pace::Nothing,
            Phase::Daily { day, .. } => {
                let (curve, offered) = Curve::of(day, week.saturating_add(start), lasts)?;
                Pace::Days { curve, offered }
            }
        };
        // What takes no time still has its first instant.
        let instant = matches!(phase, Phase::AtOnce { .. });
        Ok(Stretch { start, lasts: if instant { lasts.max(1) } else { lasts }, pace })
    }

    /// So many jobs a time on average.
    pub(crate) fn even(rate: Rate<Requests>, start: u64, lasts: u64) -> Result<Stretch, Unfit> {
        let (amount, per) = fraction(rate);
        let pace = Pace::Even { amount, per, offered: even_offer(amount, per, lasts)? };
        Ok(Stretch { start, lasts, pace })
    }

    pub(crate) const fn kind(&self) -> Kind {
        match self.pace {
            Pace::Nothing => Kind::Silent,
            Pace::Steady { .. } | Pace::Together { .. } => Kind::Counted,
            Pace::Even { offered, .. }
            | Pace::Ramp { offered, .. }
            | Pace::Days { offered, .. } => Kind::Drawn(offered),
        }
    }

    /// Where arrival `index` of a counted stretch falls, from the beginning of the run; nothing
    /// where the stretch is over before it. Each is found from its index, so that none drifts.
    pub(crate) fn counted(&self, index: u64) -> Option<u64> {
        let index = u128::from(index);
        let offset = match self.pace {
            Pace::Steady { amount, per } => {
                (index * u128::from(per)).checked_div(u128::from(amount))?
            }
            Pace::Together { jobs, every, within } => {
                let burst = index.checked_div(u128::from(jobs))?;
                let among = index % u128::from(jobs);
                let into = (among * u128::from(within)).checked_div(u128::from(jobs))?;
                burst * u128::from(every) + into
            }
            Pace::Nothing | Pace::Even { .. } | Pace::Ramp { .. } | Pace::Days { .. } => {
                return None;
            }
        };
        let offset = u64::try_from(offset).ok().filter(|offset| *offset < self.lasts)?;
        Some(self.start + offset)
    }

    /// When a drawn stretch has offered `amount`, which must be less than it offers in all.
    #[inline]
    pub(crate) fn when(&self, amount: u128) -> u64 {
        let offset = match self.pace {
            Pace::Nothing | Pace::Steady { .. } | Pace::Together { .. } => 0,
            Pace::Days { curve, .. } => u128::from(curve.when(amount)),
            Pace::Even { amount: jobs, per, .. } => {
                let scaled = (amount * u128::from(per)) >> 32;
                // Division of 128-bit numbers is a loop in software, and seldom needed.
                match u64::try_from(scaled) {
                    Ok(scaled) => u128::from(scaled / jobs.max(1)),
                    Err(_) => scaled / u128::from(jobs.max(1)),
                }
            }
            Pace::Ramp { from, to, per, .. } => root(from, to, per, self.lasts, amount),
        };
        // Rounding may not carry an arrival out of its phase.
        let offset = u64::try_from(offset).unwrap_or(u64::MAX).min(self.lasts - 1);
        self.start + offset
    }
}

/// A rate in its lowest terms: jobs and nanoseconds.
fn fraction(rate: Rate<Requests>) -> (u64, u64) {
    let (amount, per) = (rate.amount().0, rate.per_span().nanos());
    let common = gcd(amount, per).max(1);
    (amount / common, per / common)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// What a constant rate offers, if [`Stretch::when`] can be computed for all of it.
fn even_offer(amount: u64, per: u64, lasts: u64) -> Result<u128, Unfit> {
    let jobs = u128::from(amount) * u128::from(lasts) / u128::from(per.max(1));
    if jobs > MOST_JOBS {
        return Err(Unfit::TooMany);
    }
    let product = u128::from(amount).checked_mul(u128::from(lasts));
    let offered =
        product.and_then(|product| product.checked_shl_exact(32)).ok_or(Unfit::TooFine)?;
    let offered = offered / u128::from(per.max(1));
    offered.checked_mul(u128::from(per)).ok_or(Unfit::TooFine)?;
    u128::from(amount).checked_shl_exact(32).ok_or(Unfit::TooFine)?;
    Ok(offered)
}

/// Bursts, if a run may have so many jobs.
fn together(jobs: u32, every: Span, within: Span, lasts: u64) -> Result<Pace, Unfit> {
    let (jobs, every, within) = (u64::from(jobs), every.nanos(), within.nanos());
    let bursts = u128::from(lasts).div_ceil(u128::from(every.max(1)));
    if bursts * u128::from(jobs) > MOST_JOBS {
        return Err(Unfit::TooMany);
    }
    Ok(Pace::Together { jobs, every, within })
}

/// A linear rate over its common denominator, if its root can be computed for all of it.
fn ramp(from: Rate<Requests>, to: Rate<Requests>, lasts: u64) -> Result<Pace, Unfit> {
    let (from, from_per) = fraction(from);
    let (to, to_per) = fraction(to);
    let common = gcd(from_per, to_per).max(1);
    let fit = || {
        let per = (from_per / common).checked_mul(to_per)?;
        let from = from.checked_mul(to_per / common)?;
        let to = to.checked_mul(from_per / common)?;
        Some((from, to, per))
    };
    let (from, to, per) = fit().ok_or(Unfit::TooFine)?;
    let mean_twice = u128::from(from) + u128::from(to);
    let jobs_twice = mean_twice.checked_mul(u128::from(lasts)).ok_or(Unfit::TooFine)?;
    if jobs_twice / 2 / u128::from(per.max(1)) > MOST_JOBS {
        return Err(Unfit::TooMany);
    }
    let offered =
        jobs_twice.checked_shl_exact(32).ok_or(Unfit::TooFine)? / (2 * u128::from(per.max(1)));
    let square = u128::from(from.max(to)).checked_mul(u128::from(lasts));
    let square = square.and_then(|side| side.checked_mul(side)).ok_or(Unfit::TooFine)?;
    let slope = slope_factor(from, to, per, lasts).ok_or(Unfit::TooFine)?;
    let grown = scaled(slope, offered).and_then(|grown| grown.checked_add(square));
    slope.checked_mul(u128::from(u32::MAX)).ok_or(Unfit::TooFine)?;
    grown.ok_or(Unfit::TooFine)?;
    Ok(Pace::Ramp { from, to, per, offered })
}

/// `2 |to - from| lasts per`: what one job offered adds to the number under the root.
fn slope_factor(from: u64, to: u64, per: u64, lasts: u64) -> Option<u128> {
    let slope = u128::from(from.abs_diff(to)).checked_mul(2)?;
    slope.checked_mul(u128::from(lasts))?.checked_mul(u128::from(per))
}

/// `factor * amount / 2^32` without leaving 128 bits on the way.
fn scaled(factor: u128, amount: u128) -> Option<u128> {
    let whole = factor.checked_mul(amount >> 32)?;
    whole.checked_add(factor.checked_mul(amount & u128::from(u32::MAX))? >> 32)
}

/// The nanosecond at which a linear rate has offered `amount`.
///
/// With `a = from`, `d = to - from`, `L = lasts` and `h` jobs offered, `a t + d t² / 2L = h per`,
/// so `t = (√((aL)² + 2 d L per h) - aL) / d`.
fn root(from: u64, to: u64, per: u64, lasts: u64, amount: u128) -> u128 {
    let side = u128::from(from) * u128::from(lasts);
    let slope = slope_factor(from, to, per, lasts).unwrap_or(0);
    let change = scaled(slope, amount).unwrap_or(0);
    let steepness = u128::from(from.abs_diff(to)).max(1);
    if to > from {
        (side * side + change).isqrt().saturating_sub(side) / steepness
    } else {
        side.saturating_sub((side * side).saturating_sub(change).isqrt()) / steepness
    }
}

/// A shift that says when bits would be lost.
trait ShiftExactly: Sized {
    fn checked_shl_exact(self, bits: u32) -> Option<Self>;
}

impl ShiftExactly for u128 {
    fn checked_shl_exact(self, bits: u32) -> Option<u128> {
        (self.leading_zeros() >= bits).then(|| self << bits)
    }
}

/// How long phases last together.
pub(crate) fn sum_of(phases: &[Phase]) -> Option<Span> {
    let nanos = phases.iter().try_fold(0_u64, |sum, phase| sum.checked_add(phase.lasts().nanos()));
    nanos.map(Span::from_nanos)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const JOB: u128 = 1 << 32;

    fn per_second(jobs: u64) -> Rate<Requests> {
        Rate::new(Requests(jobs), Per::Second)
    }

    #[expect(clippy::needless_pass_by_value, reason = "written where it is used")]
    fn stretch(phase: Phase) -> Stretch {
        Stretch::of(&phase, 0, 0, 0).unwrap()
    }

    #[test]
    fn a_constant_rate_offers_its_product_with_time() {
        let even = stretch(Phase::Poisson { rate: per_second(5), lasts: Span::from_secs(60) });
        assert_eq!(even.kind(), Kind::Drawn(300 * JOB));
        assert_eq!(even.when(JOB), 200_000_000);
        assert_eq!(even.when(299 * JOB), 59_800_000_000);
    }

    #[test]
    fn a_ramp_offers_the_area_under_its_line() {
        let up = stretch(Phase::Ramp {
            from: per_second(2),
            to: per_second(5),
            lasts: Span::from_secs(120),
        });
        assert_eq!(up.kind(), Kind::Drawn(420 * JOB), "the mean of 2 and 5 for two minutes");
        // After a minute: 60 * (2 + 3.5) / 2 = 165 jobs.
        assert_eq!(up.when(165 * JOB), 60_000_000_000);
        let down = stretch(Phase::Ramp {
            from: per_second(5),
            to: per_second(2),
            lasts: Span::from_secs(120),
        });
        assert_eq!(down.when(255 * JOB), 60_000_000_000);
        let from_nothing = stretch(Phase::Ramp {
            from: per_second(0),
            to: per_second(4),
            lasts: Span::from_secs(8),
        });
        assert_eq!(from_nothing.kind(), Kind::Drawn(16 * JOB));
        assert_eq!(
            from_nothing.when(4 * JOB),
            4_000_000_000,
            "a quarter of the area by half the time"
        );
    }

    #[test]
    fn steady_arrivals_do_not_drift() {
        let rate = Rate::new(Requests(7), Per::Minute);
        let hour = stretch(Phase::Steady { rate, lasts: Span::from_secs(3_600) });
        let due: Vec<u64> = (0..).map_while(|index| hour.counted(index)).collect();
        assert_eq!(due.len(), 420);
        for (index, due) in due.iter().enumerate() {
            assert_eq!(*due, index as u64 * 60_000_000_000 / 7);
        }
        assert_eq!(due[7 * 59], 59 * 60_000_000_000, "the last minute begins on time");
    }

    #[test]
    fn what_would_not_be_exact_is_refused() {
        let of = |phase| Stretch::of(&phase, 0, 0, 0).err();
        let day = Span::from_secs(86_400);
        let many = Phase::Poisson { rate: per_second(1_000_000), lasts: day };
        assert_eq!(of(many), Some(Unfit::TooMany));
        let fine =
            Rate::every(Requests(1_000_000_007), Span::from_nanos(999_999_937_000_001)).unwrap();
        let constant = Phase::Poisson { rate: fine, lasts: day };
        assert_eq!(of(constant), None, "constant rates fit however fine they are");
        assert_eq!(
            of(Phase::Ramp { from: fine, to: per_second(3), lasts: day }),
            Some(Unfit::TooFine)
        );
    }

    proptest! {
        /// The oracle integrates the rate at the answer: at most the amount, and more than it one
        /// nanosecond later (two, where the square root was cut).
        #[test]
        fn when_inverts_the_integrated_rate(
            from in 0_u64..500, to in 0_u64..500, seconds in 1_u64..7_200, share in 0.0_f64..1.0,
        ) {
            prop_assume!(from + to > 0);
            let lasts = Span::from_secs(seconds);
            let phase = Phase::Ramp { from: per_second(from), to: per_second(to), lasts };
            let stretch = stretch(phase);
            let Kind::Drawn(offered) = stretch.kind() else { panic!("a ramp is drawn") };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of it")]
            let amount = (offered as f64 * share) as u128;
            let at = stretch.when(amount) as f64 / 1e9;
            let length = seconds as f64;
            let (from, to) = (from as f64, to as f64);
            let integral = from * at + (to - from) * at * at / (2.0 * length);
            let wanted = amount as f64 / JOB as f64;
            prop_assert!((integral - wanted).abs() <= 1e-6 * wanted.max(1.0), "{} {}", integral, wanted);
        }

        #[test]
        fn a_later_amount_is_never_due_earlier(
            from in 0_u64..50, to in 0_u64..50, amounts in proptest::collection::vec(0_u128..100 * JOB, 2..50),
        ) {
            let lasts = Span::from_secs(600);
            let phase = Phase::Ramp { from: per_second(from + 1), to: per_second(to), lasts };
            let stretch = stretch(phase);
            let mut amounts = amounts;
            amounts.sort_unstable();
            let due: Vec<u64> = amounts.iter().map(|amount| stretch.when(*amount)).collect();
            prop_assert!(due.is_sorted());
            prop_assert!(due.iter().all(|due| *due < lasts.nanos()));
        }
    }
}
