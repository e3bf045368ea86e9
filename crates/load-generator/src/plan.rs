//! What a run is asked for, how far it is, and what came of it.

use std::collections::BTreeMap;

use chance::Seed;
use limits::{Instant, Span};
use money::Money;
use run_record::{Attempt, GroupLeaf, Histogram};
use scenario::Scenario;
use strategies::Stack;

use crate::target::Target;

/// What is to be sent, and how far it may go.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Who sends what, when.
    pub scenario: &'a Scenario,
    /// The strategy of each group, in their order.
    pub stacks: Vec<Stack>,
    /// What every draw grows from.
    pub seed: Seed,
    /// Where to.
    pub target: &'a Target,
    /// The most attempts that are sent; what is under way by then is still heard out.
    pub most_requests: Option<u64>,
    /// Nothing more is sent once answers have cost so much, by the prices that the scenario knows;
    /// what is under way by then is still heard out.
    pub most_spent: Option<Money>,
    /// The longest that the run may take, drain included.
    pub most_time: Option<Span>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What was measured, a leaf for each group.
    pub groups: Vec<GroupLeaf>,
    /// Every attempt, in the order of their ends.
    pub attempts: Vec<Attempt>,
    /// How much later than planned the generator came to each arrival and wake-up.
    pub late: Histogram,
    /// Why attempts got no answer, or none that is whole, in words, and how often. No word of the
    /// service's own is among them.
    pub troubles: BTreeMap<String, u64>,
    /// Attempts that never left, because this machine had no connection to give.
    pub starved: u64,
    /// How it ended.
    pub ending: Ending,
}

/// How a run ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every job fell due, and was done or had its time.
    Complete,
    /// One of the plan's bounds ended it before.
    Bounded,
    /// Somebody stopped it.
    Stopped,
}

/// How far a run is.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct SoFar {
    /// The time on the pacer's clock.
    pub now: Instant,
    /// Jobs that fell due.
    pub offered: u64,
    /// Jobs that are not done yet.
    pub in_hand: u64,
    /// Attempts that were sent.
    pub sent: u64,
    /// Attempts that were answered 429.
    pub limited: u64,
}

/// Somebody who looks on while a run goes on.
pub trait Watch {
    /// Something happened; this is called often and must not block.
    fn stands(&self, so_far: &SoFar);
}

/// Nobody looks on.
#[derive(Copy, Clone, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn stands(&self, _: &SoFar) {}
}
