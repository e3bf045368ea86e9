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
    /// A second attempt at home while the first has no head yet; the first complete answer counts.
    Hedge {
        /// How long the first attempt has to show its head.
        after: Span,
        /// Hedges for so many of the first attempts at most.
        most: Thousandths,
    },
}

/// Where an attempt goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// To the service and model that the job is for.
    Home,
    /// To what the scenario says stands in for it.
    Elsewhere,
}
