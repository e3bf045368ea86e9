//! Where else a job may go.

use limits::Span;

use crate::portion::Thousandths;

/// What a client does besides asking the same service again.
///
/// Where elsewhere is (another model, an endpoint of its own, the next file of a batch) is not for
/// the machine to know: it says [`Route::Elsewhere`], and the scenario says what that means.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// Nothing.
    Nowhere,
    /// Once so many attempts of a job have ended badly at home, the next goes elsewhere, at once.
    After {
        /// How many.
        tries: u32,
    },
    /// A second attempt at home while a job's first has no head yet: the first complete answer counts
    /// and the other attempt is let go. It is one of the job's tries; it goes only if the gate lets
    /// it pass at once, so none does through a bucket that a fleet shares; and a refusal of one of
    /// the two ends that one alone.
    Hedge {
        /// How long the first attempt has to show its head.
        after: Span,
        /// Hedges for so many of the first attempts at most.
        most: Thousandths,
    },
}

impl Elsewhere {
    /// Where an attempt goes, by its number among those of its job, from 1.
    #[must_use]
    #[inline]
    pub const fn route(self, n: u32) -> Route {
        match self {
            Self::After { tries } if n > tries => Route::Elsewhere,
            Self::After { .. } | Self::Nowhere | Self::Hedge { .. } => Route::Home,
        }
    }
}

/// Where an attempt goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// To the service and model that the job is for.
    Home,
    /// To what the scenario says stands in for it.
    Elsewhere,
}
