//! What happens to the service while it runs: dated happenings, applied when the next request
//! arrives or ends at or after their instant. Nobody could tell an earlier moment from that one,
//! and so a drive has nothing to put on its agenda.

use std::sync::Arc;

use limits::{Instant, Rate, Requests, Tokens};
use money::Money;
use rulebook::{Millionths, Tier};

use crate::account::OrganizationId;
use crate::books::Card;

/// Something that happens at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Instant,
    /// What changes then, until something else is said of it.
    pub what: Change,
}

/// A change that holds from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What is left of the fleet's capacity: nothing in an outage.
    Capacity {
        /// For this model; for every one where none is named.
        model: Option<String>,
        /// Of the capacity that the edition supposes.
        share: Millionths,
    },
    /// What other tenants take of the capacity.
    Others {
        /// Of this model's; of every one's where none is named.
        model: Option<String>,
        /// Their share.
        share: Millionths,
    },
    /// An organization is on another tier for one model, as after a grant. What was used of the
    /// old limits counts against the new ones.
    Tier {
        /// Whose limits they are.
        organization: OrganizationId,
        /// The model's id.
        model: String,
        /// The tier whose limits hold from now on.
        tier: Tier,
    },
    /// The limits of an organization for one model moved.
    Limits {
        /// Whose limits they are.
        organization: OrganizationId,
        /// The model's id.
        model: String,
        /// What holds for requests from now on; as before where nothing is said.
        requests: Option<Rate<Requests>>,
        /// What holds for tokens from now on; as before where nothing is said.
        tokens: Option<Rate<Tokens>>,
    },
    /// An organization has reached a spending limit, or left a bill unpaid: nothing is served
    /// until it is no longer blocked.
    Blocked {
        /// The organization.
        organization: OrganizationId,
        /// Whether it is blocked from now on.
        blocked: bool,
    },
    /// The service fails for reasons that have nothing to do with limits or load.
    Failing {
        /// The share of attempts that fail.
        share: Millionths,
    },
    /// Something happens between an organization and those whom it pays. Where no books are kept of
    /// it, nothing does.
    Money {
        /// The organization.
        organization: OrganizationId,
        /// What.
        dealing: Dealing,
    },
}

/// What happens between an organization and those whom it pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dealing {
    /// It buys credit for so much. Each purchase is one of its own, that of an impatient operator
    /// too.
    Purchase(Money),
    /// It links another card.
    Card(Card),
    /// It sets the debt at which it wants to be stopped, or none.
    OwnLimit(Option<Money>),
    /// Support brings it to the tier that it has paid for.
    Synced,
    /// What its bank holds is approved: payments that wait go ahead.
    Approved,
    /// It is given free credit.
    Granted(Money),
    /// A month ends, and is invoiced.
    MonthEnds,
    /// What is on its invoices is collected.
    Collects,
    /// It has a model fine-tuned, if its balance covers that.
    FineTune {
        /// The job's name.
        name: String,
        /// What it costs.
        cost: Money,
    },
    /// It has a model evaluated, if its balance covers that.
    Evaluation {
        /// The job's name.
        name: String,
        /// What it costs.
        cost: Money,
    },
}

/// The happenings of a run, and how many of them have come true.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    happenings: Arc<[Happening]>,
    next: usize,
}

impl Course {
    pub(crate) fn new(happenings: &Arc<[Happening]>) -> Self {
        Self { happenings: Arc::clone(happenings), next: 0 }
    }

    /// When the next one is due; the end of time where none is.
    pub(crate) fn next_at(&self) -> Instant {
        self.happenings.get(self.next).map_or(Instant::END, |happening| happening.at)
    }

    /// The next one, if it is due by `now`. It has come true then.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Happening> {
        let happening = self.happenings.get(self.next).filter(|next| next.at <= now)?;
        self.next += 1;
        Some(happening.clone())
    }

    /// Those that have come true.
    pub(crate) fn past(&self) -> &[Happening] {
        self.happenings.get(..self.next).unwrap_or_default()
    }
}
