//! Several meters that belong together, checked once so that a limiter never has to.

use core::error::Error;
use core::fmt;

use crate::meter::{Algorithm, Charge, Debt, Meter};
use crate::sliding_log::SlidingLog;

/// The most meters one policy holds: requests and tokens by the second, tokens by the minute, a
/// model's own limit, and two dynamic ones.
pub const METERS_MAX: usize = 6;

/// Meters that decide together: a request is admitted by all of them, or charged to none.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Policy {
    meters: [Meter; METERS_MAX],
    len: usize,
}

impl Policy {
    /// These meters, in this order: a refusal and a standing speak of them by these indices.
    pub fn new(meters: &[Meter]) -> Result<Self, PolicyError> {
        let mut policy = Self::unlimited();
        if meters.len() > METERS_MAX {
            return Err(PolicyError::TooManyMeters { given: meters.len() });
        }
        for (index, (meter, place)) in meters.iter().zip(&mut policy.meters).enumerate() {
            Self::check(index, meter, meters)?;
            *place = *meter;
            policy.len += 1;
        }
        Ok(policy)
    }

    /// No meters: everything is admitted.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { meters: [Meter::VACANT; METERS_MAX], len: 0 }
    }

    /// The meters, in their order.
    #[must_use]
    pub fn meters(&self) -> &[Meter] {
        self.meters.get(..self.len).unwrap_or(&self.meters)
    }

    fn check(index: usize, meter: &Meter, all: &[Meter]) -> Result<(), PolicyError> {
        if let Some(leader) = meter.leader() {
            let earlier = all.get(..index).unwrap_or_default();
            let Some(led_by) = earlier.get(leader) else {
                return Err(PolicyError::LeaderNotEarlier { meter: index, leader });
            };
            if led_by.algorithm() != Algorithm::Opened || !led_by.decides() {
                return Err(PolicyError::LeaderOpensNothing { meter: index, leader });
            }
        }
        let windows = [Algorithm::Opened, Algorithm::Aligned].contains(&meter.algorithm());
        let settles_up = meter.decides() && meter.charge() == Charge::AtCompletion;
        let told_to = meter.debt() == Debt::Carried && !meter.refills();
        if told_to && !(windows && settles_up) {
            return Err(PolicyError::CannotCarryDebt { meter: index });
        }
        let (at_once, quota) = (meter.algorithm() == Algorithm::Concurrency, meter.quota());
        if at_once && meter.charge() == Charge::AtCompletion {
            return Err(PolicyError::NothingInFlight { meter: index });
        }
        if !at_once && quota.amount() == 0 {
            return Err(PolicyError::NoRate { meter: index });
        }
        let logs = meter.algorithm() == Algorithm::SlidingLog;
        if logs && quota.capacity() > SlidingLog::MOST {
            return Err(PolicyError::LogTooLong { meter: index, capacity: quota.capacity() });
        }
        Ok(())
    }
}

/// Why meters do not make a policy. Each `meter` and `leader` is an index into those given.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PolicyError {
    /// More than [`METERS_MAX`].
    TooManyMeters {
        /// How many there were.
        given: usize,
    },
    /// A shown meter follows itself, a later meter, or none at all.
    LeaderNotEarlier {
        /// The shown meter.
        meter: usize,
        /// The one it names.
        leader: usize,
    },
    /// A shown meter follows a bucket or another shown meter; neither opens windows.
    LeaderOpensNothing {
        /// The shown meter.
        meter: usize,
        /// The one it names.
        leader: usize,
    },
    /// Something else than an opened or aligned window charged at completion is told to carry
    /// debt. One that is charged at admission compares sizes, so that debt would be counted twice;
    /// one that is only shown is defined to go back to full; and where use slides out, or ends, no
    /// window ends that debt could be carried over from.
    CannotCarryDebt {
        /// The meter.
        meter: usize,
    },
    /// A cap on what is in flight is to be charged at completion, when nothing is any more.
    NothingInFlight {
        /// The meter.
        meter: usize,
    },
    /// A quota without a rate, and an algorithm that needs one.
    NoRate {
        /// The meter.
        meter: usize,
    },
    /// A sliding log would need room for more than 4,194,304 instants.
    LogTooLong {
        /// The meter.
        meter: usize,
        /// Its capacity.
        capacity: u64,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooManyMeters { given } => {
                write!(f, "{given} meters, and a policy holds at most {METERS_MAX}")
            }
            Self::LeaderNotEarlier { meter, leader } => {
                write!(f, "meter {meter} is shown with meter {leader}, which is not an earlier one")
            }
            Self::LeaderOpensNothing { meter, leader } => {
                write!(f, "meter {meter} is shown with meter {leader}, which opens no windows")
            }
            Self::CannotCarryDebt { meter } => {
                write!(f, "meter {meter} carries debt but is no window charged at completion")
            }
            Self::NothingInFlight { meter } => {
                write!(f, "meter {meter} caps what is in flight but is charged at completion")
            }
            Self::NoRate { meter } => write!(f, "meter {meter} has a quota without a rate"),
            Self::LogTooLong { meter, capacity } => {
                let most = SlidingLog::MOST;
                write!(f, "meter {meter} logs up to {capacity} instants, and a log holds {most}")
            }
        }
    }
}

impl Error for PolicyError {}
