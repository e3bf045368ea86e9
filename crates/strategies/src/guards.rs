//! What a client counts over all of its jobs, to know when it is enough.

use limits::Instant;

use crate::breaker::Circuit;
use crate::budget::{Budget, Cause, Purse};
use crate::event::GaveUpBecause;
use crate::stop::Stop;
use crate::throttle::Shedding;

/// The state of a client's [`Stop`]. A client whose stop counts nothing has none.
#[derive(Debug)]
pub(crate) struct Guards {
    purse: Purse,
    circuit: Option<Circuit>,
    shedding: Option<Shedding>,
}

/// How an attempt ended, as far as is counted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With an answer; and what its job's last retry had cost, if it had one.
    Answered(Option<u32>),
    /// With an error that no waiting mends: the service is there.
    Rejected,
    /// In a way that shows trouble.
    Failed,
    /// Its client let it go.
    LetGo,
}

impl Guards {
    /// As they are when the client starts.
    pub(crate) fn of(stop: &Stop) -> Option<Box<Self>> {
        let counts =
            stop.budget != Budget::None || stop.breaker.is_some() || stop.throttle.is_some();
        counts.then(|| {
            Box::new(Self {
                purse: Purse::new(stop.budget),
                circuit: stop.breaker.map(Circuit::new),
                shedding: stop.throttle.map(Shedding::new),
            })
        })
    }

    /// A job is to be sent, for the first time or again: why it is not, if so. To be asked once an
    /// attempt, with the 64 bits of chance that are its own.
    pub(crate) fn enter(
        &mut self,
        now: Instant,
        draw: impl FnOnce() -> u64,
    ) -> Option<GaveUpBecause> {
        if self.refuses(now) {
            return Some(GaveUpBecause::BreakerOpen);
        }
        let shed = self.shedding.as_mut().is_some_and(|shedding| shedding.refuses(now, draw));
        shed.then_some(GaveUpBecause::Shed)
    }

    /// Whether the breaker keeps everything back now.
    pub(crate) fn refuses(&mut self, now: Instant) -> bool {
        self.circuit.as_mut().is_some_and(|circuit| circuit.refuses(now))
    }

    /// An attempt leaves, which may be its job's first.
    pub(crate) fn sent(&mut self, now: Instant, first: bool) {
        if first {
            self.purse.first_attempt(now);
        }
        if let Some(circuit) = &mut self.circuit {
            circuit.sent();
        }
    }

    /// The head of an answer says that the service accepted an attempt.
    pub(crate) fn accepted(&mut self, now: Instant) {
        if let Some(shedding) = &mut self.shedding {
            shedding.accepted(now);
        }
    }

    /// An attempt that left at `sent` ended.
    pub(crate) fn ended(&mut self, now: Instant, sent: Instant, how: Ending) {
        match how {
            Ending::Answered(paid) => self.purse.succeeded(paid),
            // It was accepted, though not answered.
            Ending::Rejected => self.accepted(now),
            Ending::Failed => self.purse.failed(now),
            Ending::LetGo => {}
        }
        if let Some(circuit) = &mut self.circuit {
            if how == Ending::LetGo {
                circuit.let_go(sent);
            } else {
                circuit.ended(now, sent, how == Ending::Failed);
            }
        }
    }

    /// Pays for a retry; what it cost, or `None` where it cannot be paid for.
    pub(crate) fn pay(&mut self, now: Instant, cause: Cause) -> Option<u32> {
        self.purse.pay(now, cause)
    }
}
