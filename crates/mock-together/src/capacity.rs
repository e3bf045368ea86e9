//! What everybody's hardware for one model can do.
//!
//! Its tokens are worked off in the order of arrival, at what is left of the capacity beside other
//! tenants. A short buffer smooths a burst: a request waits for its turn, and where that would
//! take longer it fails. The fuller the hardware, the slower it answers.
//!
//! Whether a request fails is decided when it arrives, by what is known then: an outage that ends
//! while it waits does not save it.

use std::sync::Arc;

use limits::{Instant, Rate, Span, Tokens};
use rulebook::{Capacity, CongestionStep, Millionths};

use crate::backlog::{Backlog, Speed};
use crate::course::Change;
use crate::upstream::Slowed;

/// The hardware that serves one model to everybody.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) model: String,
    rate: Rate<Tokens>,
    buffer: Span,
    congestion: Arc<[CongestionStep]>,
    /// What is left of it.
    share: Millionths,
    others: Millionths,
    backlog: Backlog,
    recent: Recent,
}

/// When a request's turn comes, and how slow its answer then is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) at: Instant,
    pub(crate) slowed: Slowed,
}

/// No turn comes: when its client hears of that.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoTurn {
    pub(crate) heard_at: Instant,
}

/// Whatever is shorter counts single requests.
const SHORTEST_RECENT: Span = Span::from_secs(1);

const WHOLE: u64 = Millionths::ALL.0 as u64;

impl Fleet {
    pub(crate) fn new(model: &str, capacity: &Capacity<'_>) -> Self {
        let rate = capacity.tokens_per_second;
        Self {
            model: model.to_owned(),
            rate,
            buffer: capacity.buffer,
            congestion: capacity.congestion.into(),
            share: Millionths::ALL,
            others: capacity.others,
            backlog: Backlog::new(rate, WHOLE * WHOLE),
            recent: Recent::new(capacity.buffer.max(SHORTEST_RECENT)),
        }
    }

    /// A change comes true, whether it is about this model or not.
    pub(crate) fn turn(&mut self, at: Instant, change: &Change) {
        let meant = |model: &Option<String>| model.as_ref().is_none_or(|of| *of == self.model);
        match change {
            Change::Capacity { model, share } if meant(model) => {
                self.backlog.run_off(at, self.speed());
                self.share = (*share).min(Millionths::ALL);
            }
            Change::Others { model, share } if meant(model) => {
                self.backlog.run_off(at, self.speed());
                self.others = (*share).min(Millionths::ALL);
            }
            Change::Capacity { .. }
            | Change::Others { .. }
            | Change::Tier { .. }
            | Change::Limits { .. }
            | Change::Blocked { .. }
            | Change::Failing { .. }
            | Change::Money { .. } => {}
        }
    }

    /// A request for so many tokens takes its turn. One that gets none leaves nothing behind.
    pub(crate) fn take(&mut self, now: Instant, tokens: u64) -> Result<Turn, NoTurn> {
        let speed = self.speed();
        self.backlog.run_off(now, speed);
        match self.backlog.wait(speed).filter(|wait| *wait <= self.buffer) {
            None => Err(NoTurn { heard_at: now.after(self.buffer) }),
            Some(wait) => {
                let slowed = self.slowed(now);
                self.backlog.add(tokens);
                self.recent.add(now, tokens);
                Ok(Turn { at: now.after(wait), slowed })
            }
        }
    }

    /// What is left of the capacity beside other tenants.
    fn speed(&self) -> Speed {
        let whole = u128::from(self.rate.amount().0);
        Speed(whole * u128::from(self.share.0) * u128::from(self.others.rest().0))
    }

    /// How slow answers are at the load of now.
    fn slowed(&self, now: Instant) -> Slowed {
        let possible = u128::from(self.rate.over(self.recent.lasts)) * u128::from(self.share.0);
        let whole = u128::from(WHOLE);
        let own = (self.recent.tokens(now) * whole * whole).checked_div(possible);
        let own = u32::try_from(own.unwrap_or(whole)).unwrap_or(Millionths::ALL.0);
        let load = self.others.0.saturating_add(own).min(Millionths::ALL.0);
        slowed(&self.congestion, load)
    }
}

/// What the steps say of a load, in a straight line from one to the next.
fn slowed(steps: &[CongestionStep], load: u32) -> Slowed {
    let of = |step: &CongestionStep| Slowed { adds: step.adds_to_first_token, speed: step.speed };
    let next = steps.partition_point(|step| step.load.0 <= load);
    let (below, above) =
        match (next.checked_sub(1).and_then(|last| steps.get(last)), steps.get(next)) {
            (Some(below), Some(above)) => (below, above),
            (Some(only), None) | (None, Some(only)) => return of(only),
            (None, None) => return Slowed::NOT,
        };
    let (part, whole) = (load - below.load.0, (above.load.0 - below.load.0).max(1));
    let between = |from: u64, to: u64| {
        let (part, whole) = (u128::from(part), u128::from(whole));
        let sum = u128::from(from) * (whole - part) + u128::from(to) * part;
        u64::try_from(sum / whole).unwrap_or(u64::MAX)
    };
    let adds = between(below.adds_to_first_token.nanos(), above.adds_to_first_token.nanos());
    let speed = between(below.speed.0.into(), above.speed.0.into());
    let speed = Millionths(u32::try_from(speed).unwrap_or(Millionths::ALL.0));
    Slowed { adds: Span::from_nanos(adds), speed }
}

/// Tokens that were let in of late: those of this window of the clock, and of the one before as
/// much as lies less than a window back, as if they had come evenly.
#[derive(Copy, Clone, Debug)]
struct Recent {
    lasts: Span,
    window: u64,
    tokens: u64,
    before: u64,
}

impl Recent {
    const fn new(lasts: Span) -> Self {
        Self { lasts, window: 0, tokens: 0, before: 0 }
    }

    /// The two counts as they are in the window of now.
    const fn at(&self, now: Instant) -> Self {
        let window = now.nanos() / self.lasts.nanos();
        match window - self.window {
            0 => *self,
            1 => Self { window, tokens: 0, before: self.tokens, ..*self },
            _ => Self { window, tokens: 0, before: 0, ..*self },
        }
    }

    fn tokens(&self, now: Instant) -> u128 {
        let Self { lasts, tokens, before, .. } = self.at(now);
        let lasts = u128::from(lasts.nanos());
        let over = u128::from(now.nanos()) % lasts;
        u128::from(tokens) + u128::from(before) * (lasts - over) / lasts
    }

    fn add(&mut self, now: Instant, tokens: u64) {
        *self = self.at(now);
        self.tokens = self.tokens.saturating_add(tokens);
    }
}
