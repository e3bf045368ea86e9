//! What is worth telling of an account's life, in its order.

use limits::Instant;
use money::Money;

use super::statement::{Moment, MomentKind};

/// Moments that are kept; of what comes after them only the number is.
const KEPT: usize = 2_000;

/// The moments of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    moments: Vec<Moment>,
    pub(crate) left_out: u64,
}

impl Journal {
    /// What is kept, in the order in which it happened: some of it is noticed later.
    pub(crate) fn in_order(&self) -> Vec<Moment> {
        let mut moments = self.moments.clone();
        moments.sort_by_key(|moment| moment.at);
        moments
    }

    pub(crate) fn add(
        &mut self,
        (at, balance): (Instant, Money),
        kind: MomentKind,
        amount: Money,
        words: &str,
    ) {
        if self.moments.len() < KEPT {
            self.moments.push(Moment { at, kind, amount, balance, words: words.to_owned() });
        } else {
            self.left_out += 1;
        }
    }
}
