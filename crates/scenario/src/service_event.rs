//! An event of the file that is about the service: its names found, its time known, and what it
//! says of an instant.

use core::ops::Range;

use limits::Span;
use rulebook::{Millionths, Model, Tier};

use crate::funds::Transaction;
use crate::written::Amounts;

/// An event of the file, at its time.
#[derive(Clone, Debug)]
pub(crate) struct ServiceEvent {
    /// How long after the run began.
    pub(crate) at: Span,
    pub(crate) what: Event,
    /// Where it stands.
    pub(crate) place: Range<usize>,
}

/// What happens; without a model it happens to every one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    Outage { model: Option<Model>, lasts: Span, left: Millionths },
    Capacity { model: Option<Model>, share: Millionths },
    Others { model: Option<Model>, every: Span, shares: Vec<Millionths> },
    Grant { model: Model, tier: Tier },
    Limits { model: Option<Model>, amounts: Amounts },
    Blocked { lasts: Span },
    Failing { share: Millionths, lasts: Span },
    Account(Transaction),
}

impl Event {
    /// Its word in the file.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Event::Outage { .. } => "outage",
            Event::Capacity { .. } => "capacity",
            Event::Others { .. } => "others",
            Event::Grant { .. } => "grant",
            Event::Limits { .. } => "limits",
            Event::Blocked { .. } => "blocked",
            Event::Failing { .. } => "failing",
            Event::Account(transaction) => transaction.word(),
        }
    }

    /// How long it lasts, where it is over again.
    pub(crate) const fn lasts(&self) -> Option<Span> {
        match self {
            Event::Outage { lasts, .. }
            | Event::Blocked { lasts }
            | Event::Failing { lasts, .. } => Some(*lasts),
            Event::Capacity { .. }
            | Event::Others { .. }
            | Event::Grant { .. }
            | Event::Limits { .. }
            | Event::Account(_) => None,
        }
    }

    /// Whether two of this kind cannot be at one time: of the same kind, and of a model in common.
    pub(crate) fn excludes(&self, other: &Event) -> bool {
        match (self, other) {
            (Event::Outage { model: one, .. }, Event::Outage { model: two, .. }) => {
                one.is_none() || two.is_none() || one == two
            }
            (Event::Blocked { .. }, Event::Blocked { .. })
            | (Event::Failing { .. }, Event::Failing { .. }) => true,
            (one, other) => one == other && one.lasts().is_some(),
        }
    }

    /// Whether two steps of this kind cannot come in one instant: both say what holds from then on.
    pub(crate) fn contradicts(&self, other: &Event) -> bool {
        match (self, other) {
            (Event::Capacity { model: one, .. }, Event::Capacity { model: two, .. })
            | (Event::Others { model: one, .. }, Event::Others { model: two, .. })
            | (Event::Limits { model: one, .. }, Event::Limits { model: two, .. }) => one == two,
            (Event::Grant { model: one, .. }, Event::Grant { model: two, .. }) => one == two,
            (Event::Account(one), Event::Account(two)) => one.contradicts(*two),
            _ => false,
        }
    }
}

impl ServiceEvent {
    /// Whether it is about what the service can do at once.
    pub(crate) const fn is_about_capacity(&self) -> bool {
        matches!(self.what, Event::Outage { .. } | Event::Capacity { .. } | Event::Others { .. })
    }

    /// When it is over, where it ever is.
    pub(crate) fn ends(&self) -> Option<Span> {
        self.what.lasts().map(|lasts| self.at.plus(lasts))
    }

    /// When the last of what it changes does so.
    pub(crate) fn last_change(&self) -> Span {
        self.others_moments().into_iter().last().or(self.ends()).unwrap_or(self.at)
    }

    /// What an outage leaves at an instant of a model's capacity, or of that of every one.
    pub(crate) fn outage_at(&self, now: Span, whose: Option<&Model>) -> Option<Millionths> {
        let Event::Outage { model, lasts, left } = &self.what else { return None };
        let under_way = self.at <= now && now < self.at.plus(*lasts);
        (under_way && concerns(model.as_ref(), whose)).then_some(*left)
    }

    /// What a step of capacity before an instant leaves of it.
    pub(crate) fn step_at(&self, now: Span, whose: Option<&Model>) -> Option<Millionths> {
        let Event::Capacity { model, share } = &self.what else { return None };
        (self.at <= now && concerns(model.as_ref(), whose)).then_some(*share)
    }

    /// What other tenants take at an instant.
    pub(crate) fn others_at(&self, now: Span, whose: Option<&Model>) -> Option<Millionths> {
        let Event::Others { model, every, shares } = &self.what else { return None };
        let since = now.nanos().checked_sub(self.at.nanos())?;
        let step = usize::try_from(since / every.nanos().max(1)).unwrap_or(usize::MAX);
        let share = shares.get(step).or(shares.last()).copied();
        share.filter(|_| concerns(model.as_ref(), whose))
    }

    /// When it changes what is left of the capacity.
    pub(crate) fn capacity_moments(&self) -> Vec<Span> {
        match self.what {
            Event::Outage { lasts, .. } => vec![self.at, self.at.plus(lasts)],
            Event::Capacity { .. } => vec![self.at],
            Event::Others { .. }
            | Event::Grant { .. }
            | Event::Limits { .. }
            | Event::Blocked { .. }
            | Event::Failing { .. }
            | Event::Account(_) => Vec::new(),
        }
    }

    /// When it changes what other tenants take.
    pub(crate) fn others_moments(&self) -> Vec<Span> {
        let Event::Others { every, shares, .. } = &self.what else { return Vec::new() };
        (0..).zip(shares).map(|(step, _)| self.at.plus(every.times(step))).collect()
    }
}

/// Whether what is said of this model, or of every one, is said of that model; where none is asked
/// for, whether it is said of every one.
fn concerns(said: Option<&Model>, whose: Option<&Model>) -> bool {
    said.is_none() || said == whose
}
