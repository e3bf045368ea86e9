//! How clients fared beside each other, in the summary document.

use crate::cell::GroupCell;
use crate::derive::{decimal, rounded};
use crate::fleet::{Fairness, Herd};
use crate::leaf::Leaf;
use crate::summary::{ElsewhereSummary, FairnessSummary, HedgeSummary, UselessSummary};

const MILLION: u128 = 1_000_000;

/// How evenly the clients of a group, or of all groups together, were served. Jain's index is taken
/// of each replication, since luck that all clients shared is nothing that one of them took from
/// another, and then in the mean.
#[must_use]
pub fn fairness(group: &GroupCell) -> FairnessSummary {
    let shared = || group.leaves().iter().map(|leaf| &leaf.fairness).filter(|of| of.clients > 1);
    let indices: Vec<u128> = shared().filter_map(jain).collect();
    let mean = rounded(indices.iter().sum(), indices.len() as u128);
    FairnessSummary {
        jain: mean.map(decimal),
        least: shared().filter_map(|of| of.least).min().map(|share| decimal(share.into())),
        most: shared().filter_map(|of| of.most).max().map(|share| decimal(share.into())),
    }
}

/// Jain's index `(Σx)² / (n Σx²)` in millionths; none where nobody was answered.
fn jain(of: &Fairness) -> Option<u128> {
    let [sum, squares, clients] = [of.sum, of.squares, of.clients].map(u128::from);
    // A sum of shares in millionths is far below 2^40: a record that says otherwise is damaged.
    let of_sum = sum.checked_mul(sum)?.checked_mul(MILLION)?;
    rounded(of_sum, clients.checked_mul(squares)?).map(|index| index.min(MILLION))
}

/// How much more crowded the first tenth of a window after a reset was than all of it.
#[must_use]
pub fn synchronisation(leaf: &Leaf) -> Option<f64> {
    let Herd { first_tenth, whole } = leaf.herd;
    rounded(u128::from(first_tenth) * 10 * MILLION, whole.into()).map(decimal)
}

pub(crate) const fn useless(leaf: &Leaf) -> UselessSummary {
    UselessSummary { unmendable: leaf.useless.unmendable, before_hint: leaf.useless.early }
}

pub(crate) const fn hedges(leaf: &Leaf) -> HedgeSummary {
    HedgeSummary { sent: leaf.hedges.sent, won: leaf.hedges.won }
}

pub(crate) const fn elsewhere(leaf: &Leaf) -> ElsewhereSummary {
    let there = &leaf.elsewhere;
    ElsewhereSummary {
        sent: there.sent,
        answered: there.answered.attempts,
        in_time: there.in_time.attempts,
    }
}
