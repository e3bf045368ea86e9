//! Second attempts of jobs whose first one is slow.
//!
//! Both are in flight at once, and the job is done with the first whole answer. Which jobs have two
//! is kept here, beside the table of jobs, so that a client that never hedges has no more to carry.

use limits::{Instant, Receipt};

use crate::elsewhere::Elsewhere;
use crate::portion::Thousandths;

/// What the client knows of its hedges.
#[derive(Debug, Default)]
pub(crate) struct Hedging {
    /// Jobs that have a second attempt, by their places; few at any time.
    pairs: Vec<(u32, [Option<Flown>; 2])>,
    /// First attempts that were sent, and hedges.
    firsts: u64,
    hedges: u64,
}

/// An attempt in flight.
#[derive(Debug)]
pub(crate) struct Flown {
    /// Which sending of its job.
    pub(crate) n: u32,
    /// When it left.
    pub(crate) sent: Instant,
    /// What its gate gave it.
    pub(crate) receipt: Option<Receipt>,
}

impl Hedging {
    /// Of a client that hedges.
    pub(crate) fn of(elsewhere: Elsewhere) -> Option<Box<Self>> {
        matches!(elsewhere, Elsewhere::Hedge { .. }).then(Box::default)
    }

    pub(crate) fn first_sent(&mut self) {
        self.firsts += 1;
    }

    /// Whether one more hedge is within the bound.
    pub(crate) fn affords(&self, most: Thousandths) -> bool {
        (self.hedges + 1).saturating_mul(1_000) <= self.firsts.saturating_mul(most.0.into())
    }

    /// A job has two attempts in flight from now on.
    pub(crate) fn pair(&mut self, place: u32, first: Flown, second: Flown) {
        self.hedges += 1;
        self.pairs.push((place, [Some(first), Some(second)]));
    }

    /// When an attempt left that is in flight.
    pub(crate) fn sent(&self, place: u32, n: u32) -> Option<Instant> {
        let (_, pair) = self.pairs.iter().find(|(of, _)| *of == place)?;
        pair.iter().flatten().find(|flown| flown.n == n).map(|flown| flown.sent)
    }

    /// Takes an attempt out that is over.
    pub(crate) fn take(&mut self, place: u32, n: u32) -> Option<Flown> {
        let index = self.pairs.iter().position(|(of, _)| *of == place)?;
        let (_, pair) = self.pairs.get_mut(index)?;
        let over = pair.iter_mut().find(|flown| flown.as_ref().is_some_and(|it| it.n == n))?;
        let taken = over.take();
        if pair.iter().all(Option::is_none) {
            self.pairs.swap_remove(index);
        }
        taken
    }

    /// Whether a job has one still in flight.
    pub(crate) fn has(&self, place: u32) -> bool {
        self.left(place).is_some()
    }

    /// Which attempt of a job is still in flight.
    pub(crate) fn left(&self, place: u32) -> Option<u32> {
        let (_, pair) = self.pairs.iter().find(|(of, _)| *of == place)?;
        pair.iter().flatten().map(|flown| flown.n).next()
    }
}
