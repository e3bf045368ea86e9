//! Phases of traffic: stretches of time with arrivals of one kind.

use core::fmt;

use limits::{Rate, Requests, Span};
use rulebook::reading::quantity::{Share, rate_text};

use crate::calendar::{DaysOff, TimeOfDay};
use crate::gaps::{Gaps, Variation};
use crate::lasts::shown;

mod curve;

pub use curve::RateCurve;

/// A stretch of time with arrivals of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// One job exactly every so often; the first when the phase begins.
    Steady {
        /// How many jobs a time.
        rate: Rate<Requests>,
        /// How long.
        lasts: Span,
    },
    /// Jobs that know nothing of one another, at one rate.
    Poisson {
        /// How many jobs a time, on average.
        rate: Rate<Requests>,
        /// How long.
        lasts: Span,
    },
    /// The same with a rate that changes linearly.
    Ramp {
        /// The rate at the beginning.
        from: Rate<Requests>,
        /// The rate at the end.
        to: Rate<Requests>,
        /// How long.
        lasts: Span,
    },
    /// Gaps by a Gamma law: in bursts where their variation is above one, spaced below it.
    Gamma {
        /// How many jobs a time, on average.
        rate: Rate<Requests>,
        /// The coefficient of variation of gaps.
        cv: Variation,
        /// How long.
        lasts: Span,
    },
    /// The same by a Weibull law.
    Weibull {
        /// How many jobs a time, on average.
        rate: Rate<Requests>,
        /// The coefficient of variation of gaps.
        cv: Variation,
        /// How long.
        lasts: Span,
    },
    /// As many jobs together, every so often; the first when the phase begins.
    ///
    /// The distances are regular, since a clock is what makes jobs fall due together: jobs that
    /// clump without one are what `Gamma` and `Weibull` are for.
    Burst {
        /// How many jobs together.
        jobs: u32,
        /// From one burst to the next.
        every: Span,
        /// How long a burst takes, its jobs at equal distances; none for a single instant.
        within: Span,
        /// How long.
        lasts: Span,
    },
    /// Jobs that all fall due when the phase begins, and nothing after them.
    AtOnce {
        /// How many.
        jobs: u32,
        /// How long until the next phase; it may be no time at all.
        lasts: Span,
    },
    /// Nothing.
    Pause {
        /// How long.
        lasts: Span,
    },
    /// Jobs that know nothing of one another, at a rate that swings with the time of day.
    Daily {
        /// How it swings.
        day: Day,
        /// How long.
        lasts: Span,
    },
    /// One rate after the other, each for as long.
    Curve(RateCurve),
}

/// How the rate swings with the time of day: a cosine between trough and peak.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The rate at the busiest moment of a working day.
    pub peak: Rate<Requests>,
    /// The rate twelve hours away from it.
    pub trough: Rate<Requests>,
    /// When it is busiest, by the clock of `starts`.
    pub busiest: TimeOfDay,
    /// Saturday's and Sunday's share of the other days; none where they are like the others.
    pub weekend: Option<Share>,
    /// Working days that have that share, too, by number from the Monday before the run.
    pub holidays: DaysOff,
}

impl Phase {
    /// How long it is.
    #[must_use]
    pub fn lasts(&self) -> Span {
        match self {
            Phase::Steady { lasts, .. }
            | Phase::Poisson { lasts, .. }
            | Phase::Ramp { lasts, .. }
            | Phase::Gamma { lasts, .. }
            | Phase::Weibull { lasts, .. }
            | Phase::Burst { lasts, .. }
            | Phase::AtOnce { lasts, .. }
            | Phase::Pause { lasts }
            | Phase::Daily { lasts, .. } => *lasts,
            Phase::Curve(curve) => curve.lasts(),
        }
    }

    /// Lets it be so long; a curve is as long as it is.
    pub(crate) const fn last(&mut self, span: Span) {
        match self {
            Phase::Steady { lasts, .. }
            | Phase::Poisson { lasts, .. }
            | Phase::Ramp { lasts, .. }
            | Phase::Gamma { lasts, .. }
            | Phase::Weibull { lasts, .. }
            | Phase::Burst { lasts, .. }
            | Phase::AtOnce { lasts, .. }
            | Phase::Pause { lasts }
            | Phase::Daily { lasts, .. } => *lasts = span,
            Phase::Curve(_) => {}
        }
    }

    /// How many stretches of one pace it is made of.
    pub(crate) fn stretches(&self) -> usize {
        if let Phase::Curve(curve) = self { curve.rates.len() } else { 1 }
    }

    /// The family that its gaps are drawn from; none where nothing is drawn.
    pub(crate) fn gaps(&self) -> Option<Gaps> {
        match self {
            Phase::Poisson { .. } | Phase::Ramp { .. } | Phase::Daily { .. } => {
                Some(Gaps::Exponential)
            }
            Phase::Gamma { cv, .. } => Some(Gaps::Gamma(*cv).plain()),
            Phase::Weibull { cv, .. } => Some(Gaps::Weibull(*cv).plain()),
            Phase::Curve(curve) => Some(curve.gaps.plain()),
            Phase::Steady { .. }
            | Phase::Burst { .. }
            | Phase::AtOnce { .. }
            | Phase::Pause { .. } => None,
        }
    }
}

/// `Poisson 5/s for 4m`, `ramp 2/s to 5/s over 2m`: kind, rates, length.
impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasts = shown(self.lasts());
        match self {
            Phase::Steady { rate, .. } => write!(f, "steady {} for {lasts}", rate_text(*rate)),
            Phase::Poisson { rate, .. } => write!(f, "Poisson {} for {lasts}", rate_text(*rate)),
            Phase::Ramp { from, to, .. } => {
                write!(f, "ramp {} to {} over {lasts}", rate_text(*from), rate_text(*to))
            }
            Phase::Gamma { rate, cv, .. } => {
                write!(f, "Gamma {} with a variation of {cv} for {lasts}", rate_text(*rate))
            }
            Phase::Weibull { rate, cv, .. } => {
                write!(f, "Weibull {} with a variation of {cv} for {lasts}", rate_text(*rate))
            }
            Phase::Burst { jobs, every, within, .. } => {
                write!(f, "{jobs} jobs ")?;
                if !within.is_zero() {
                    write!(f, "within {} ", shown(*within))?;
                }
                write!(f, "every {} for {lasts}", shown(*every))
            }
            Phase::AtOnce { jobs, lasts: Span::ZERO } => write!(f, "{jobs} jobs at once"),
            Phase::AtOnce { jobs, .. } => write!(f, "{jobs} jobs at once and nothing for {lasts}"),
            Phase::Pause { .. } => write!(f, "nothing for {lasts}"),
            Phase::Daily { day, .. } => write!(f, "{day} for {lasts}"),
            Phase::Curve(curve) => write!(f, "{curve}"),
        }
    }
}

/// `daily 4/s to 40/s, busiest at 14:00, 40% at weekends for 30d`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trough, peak) = (rate_text(self.trough), rate_text(self.peak));
        write!(f, "daily {trough} to {peak}, busiest at {},", self.busiest)?;
        let Some(weekend) = self.weekend else { return Ok(()) };
        let parts = weekend.parts_per_billion();
        // A percentage has seven decimals at most.
        let (percent, decimals) = (parts / 10_000_000, format!("{:07}", parts % 10_000_000));
        match decimals.trim_end_matches('0') {
            "" => write!(f, " {percent}% at weekends")?,
            decimals => write!(f, " {percent}.{decimals}% at weekends")?,
        }
        f.write_str(if self.holidays == DaysOff::NONE { "," } else { " and on holidays," })
    }
}
