//! What a request meets.

use limits::{Instant, Receipt, Reset};
use wire::{PairId, Reply, Shows, TariffId, Usage};

/// What [`crate::Service::receive`] decided.
#[derive(Debug)]
#[must_use]
pub enum Answer {
    /// Turned away: no token was charged, and this is what the client will be told. What a limit
    /// refuses consumes nothing; what fails behind the limits has taken a request of them.
    Refused {
        /// Status, headers and kind of error.
        reply: Reply,
        /// When its head reaches the client.
        head_at: Instant,
        /// Where it fell in the window after a reset.
        placed: Placed,
    },
    /// Admitted and being worked on.
    Underway(Ticket),
}

/// Where a request falls in the window after a reset: the length of a window from when the last one
/// ended of the meter that it meets, on its replica. That meter is the first that can refuse and
/// counts in windows.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum Placed {
    /// It meets no such meter, no window has ended yet, or none for so long.
    #[default]
    Nowhere,
    /// In the first tenth of it.
    FirstTenth,
    /// Later in it.
    Later,
}

impl Placed {
    #[inline]
    pub(crate) fn of(last: Option<Reset>) -> Self {
        match last {
            Some(Reset { ago, window }) if ago < window => {
                if ago.nanos().saturating_mul(10) < window.nanos() {
                    Self::FirstTenth
                } else {
                    Self::Later
                }
            }
            _ => Self::Nowhere,
        }
    }
}

/// An admitted request. It must be brought back, to [`crate::Service::finish`] or
/// [`crate::Service::abandon`]: until then the service does not know what it cost.
#[derive(Debug)]
#[must_use]
pub struct Ticket {
    pub(crate) pair: PairId,
    pub(crate) receipt: Receipt,
    pub(crate) tariff: TariffId,
    /// What its headers say: fixed at admission, whatever happens until they are seen.
    pub shows: Shows,
    /// When its first token is there.
    pub first_token_at: Instant,
    /// When its last byte is.
    pub ready_at: Instant,
    /// Whether it is streamed: its head then comes with the first token, else with the last byte.
    pub stream: bool,
    /// Which of the gateway's replicas let it in, counted from zero.
    pub replica: u8,
    /// Where it fell in the window after a reset.
    pub placed: Placed,
    /// The least that any limit had left when it was let in, in millionths of its capacity, on
    /// that replica; `None` where nothing limits.
    pub headroom: Option<u32>,
    /// What it will have used by then.
    pub usage: Usage,
}

impl Ticket {
    /// When status and headers reach the client.
    #[must_use]
    pub fn head_at(&self) -> Instant {
        if self.stream { self.first_token_at } else { self.ready_at }
    }

    /// What has been used by `now`: the prompt, and the share of the answer that is out.
    #[must_use]
    pub fn used_by(&self, now: Instant) -> Usage {
        Usage { completion: self.generated_by(now), ..self.usage }
    }

    fn generated_by(&self, now: Instant) -> u32 {
        let answer = self.usage.completion;
        if now >= self.ready_at {
            answer
        } else if now < self.first_token_at {
            0
        } else {
            let whole = u128::from(self.ready_at.since(self.first_token_at).nanos()).max(1);
            let past = u128::from(now.since(self.first_token_at).nanos());
            let rest = u128::from(answer.saturating_sub(1)) * past / whole;
            u32::try_from(rest).unwrap_or(answer).saturating_add(1).min(answer)
        }
    }
}
