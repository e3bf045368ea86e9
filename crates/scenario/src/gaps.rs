//! How unevenly jobs come: which law a phase draws its gaps from, compiled once for all runs.

use core::fmt;

use chance::Law;

use crate::cast::{Group, Phase, Traffic};

/// A coefficient of variation in thousandths: the standard deviation of gaps over their mean.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variation(u32);

impl Variation {
    /// That of exponential gaps.
    pub const ONE: Variation = Variation(1_000);

    /// The least that gaps may have: nearly equal ones.
    pub const LEAST: Variation = Variation(100);

    /// The greatest.
    pub const MOST: Variation = Variation(20_000);

    /// A number between the least and the greatest with three decimals at most.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "only what is within bounds is kept"
    )]
    pub fn of(number: f64) -> Option<Variation> {
        let thousandths = number * 1_000.0;
        let whole = Variation(thousandths.round() as u32);
        let near = (thousandths - thousandths.round()).abs() < 1e-6;
        (near && (Variation::LEAST..=Variation::MOST).contains(&whole)).then_some(whole)
    }

    /// The nearest to a number with two significant digits, held between the least and the
    /// greatest: measured ones are no finer, and few of them share their tables.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is held between bounds"
    )]
    pub fn near(number: f64) -> Variation {
        // What is no number is held like nothing.
        let thousandths =
            number.max(Variation::LEAST.number()).min(Variation::MOST.number()) * 1_000.0;
        let step = match thousandths {
            ..1_000.0 => 10.0,
            ..10_000.0 => 100.0,
            _ => 1_000.0,
        };
        Variation(((thousandths / step).round() * step) as u32)
    }

    /// As a number.
    #[must_use]
    pub fn number(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

impl fmt::Display for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Three decimals are exact in a float of this size.
        write!(f, "{}", self.number())
    }
}

/// The family of gaps between jobs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// Jobs that know nothing of one another.
    Exponential,
    /// By a Gamma law.
    Gamma(Variation),
    /// By a Weibull law.
    Weibull(Variation),
}

impl Gaps {
    /// The same by its plainest name: exponential gaps are a member of both other families.
    pub(crate) fn plain(self) -> Gaps {
        match self {
            Gaps::Gamma(Variation::ONE) | Gaps::Weibull(Variation::ONE) => Gaps::Exponential,
            Gaps::Exponential | Gaps::Gamma(_) | Gaps::Weibull(_) => self,
        }
    }
}

/// `Poisson`, `Gamma with a variation of 3`.
impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gaps::Exponential => f.write_str("Poisson"),
            Gaps::Gamma(cv) => write!(f, "Gamma with a variation of {cv}"),
            Gaps::Weibull(cv) => write!(f, "Weibull with a variation of {cv}"),
        }
    }
}

/// The laws of one family: of a gap, and of what is left of one when the process is come upon.
#[derive(Clone, Debug)]
pub(crate) struct GapLaws {
    pub(crate) gaps: Gaps,
    pub(crate) each: Law,
    pub(crate) rest: Law,
}

/// Every family that a scenario draws from.
#[derive(Clone, Debug)]
pub(crate) struct AllGaps {
    exponential: GapLaws,
    others: Vec<GapLaws>,
}

impl AllGaps {
    /// Those that the phases of these groups name.
    pub(crate) fn of(groups: &[Group]) -> AllGaps {
        let exponential = GapLaws {
            gaps: Gaps::Exponential,
            each: Law::exponential(),
            // What has no memory has a whole gap before it at any time.
            rest: Law::exponential(),
        };
        let mut all = AllGaps { exponential, others: Vec::new() };
        let phases = groups.iter().flat_map(|group| match &group.traffic {
            Traffic::Phases(phases) => phases.as_slice(),
            Traffic::Trace(_) | Traffic::ClientSet(_) | Traffic::Users(_) => &[],
        });
        all.extend(phases.filter_map(Phase::gaps));
        all
    }

    /// Adds those that are not there yet.
    pub(crate) fn extend(&mut self, more: impl Iterator<Item = Gaps>) {
        for gaps in more {
            if gaps != Gaps::Exponential && self.others.iter().all(|laws| laws.gaps != gaps) {
                self.others.extend(compiled(gaps));
            }
        }
    }

    /// The laws of a family.
    pub(crate) fn find(&self, gaps: Gaps) -> &GapLaws {
        self.others.iter().find(|laws| laws.gaps == gaps).unwrap_or(&self.exponential)
    }
}

fn compiled(gaps: Gaps) -> Option<GapLaws> {
    let each = match gaps {
        Gaps::Exponential => Law::exponential(),
        Gaps::Gamma(cv) => Law::gamma_gaps(cv.number()).ok()?,
        Gaps::Weibull(cv) => Law::weibull_gaps(cv.number()).ok()?,
    };
    Some(GapLaws { gaps, rest: each.rest(), each })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variation_has_three_decimals_and_bounds() {
        for (number, text) in
            [(0.1, "0.1"), (1.0, "1"), (1.05, "1.05"), (3.402, "3.402"), (20.0, "20")]
        {
            assert_eq!(Variation::of(number).map(|cv| cv.to_string()).as_deref(), Some(text));
        }
        for number in [-1.0, 0.0, 0.0999, 20.001, 1.0005, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(Variation::of(number), None, "{number}");
        }
    }

    #[test]
    fn a_measured_variation_is_rounded_to_two_digits_and_held_within_bounds() {
        for (number, near) in [
            (0.0, 0.1),
            (0.1049, 0.1),
            (0.996, 1.0),
            (1.049, 1.0),
            (1.051, 1.1),
            (8.598_383, 8.6),
            (9.97, 10.0),
            (14.6, 15.0),
            (20.4, 20.0),
            (4_000.0, 20.0),
            (f64::NAN, 0.1),
        ] {
            assert_eq!(Variation::near(number), Variation::of(near).unwrap(), "{number}");
        }
    }

    #[test]
    fn every_variation_that_can_be_written_has_its_laws() {
        for cv in [Variation::LEAST, Variation::ONE, Variation::MOST] {
            assert!(compiled(Gaps::Gamma(cv)).is_some() && compiled(Gaps::Weibull(cv)).is_some());
        }
    }
}
