//! What the drive does next. The order among equals in time is by identity, as in a simulated run:
//! group, job, attempt, kind.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use limits::Instant;

/// A place in the order of everything that happens.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    pub(crate) at: Instant,
    pub(crate) group: u32,
    pub(crate) job: u64,
    pub(crate) attempt: u32,
    pub(crate) kind: Kind,
}

impl Turn {
    /// The turn of a client's queue: after everything that happens to the jobs of its group at that
    /// instant, and among the queues of the group in the order of its clients.
    pub(crate) fn of_queue(at: Instant, group: u32, client: u32) -> Self {
        Self { at, group, job: u64::MAX, attempt: client, kind: Kind::QueueTimer }
    }
}

/// What is to happen, in the order in which it does for one attempt at one instant.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A client goes down, or is up again: before everything else of its group.
    Switch,
    /// A job is due.
    Arrival,
    /// An exchange may have something to say.
    Heard,
    /// The client may have waited long enough for an attempt.
    TimeOut,
    /// A job's wait is over.
    JobTimer,
    /// The head of a client's queue may go: after everything that happens to its jobs.
    QueueTimer,
    /// The bucket of a fleet answers that it has nothing for a job in time.
    Denied,
}

/// An entry of the agenda.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) turn: Turn,
    /// Which client.
    pub(crate) seat: u32,
    /// Which place in its client's table of jobs.
    pub(crate) slot: u32,
    /// Which attempt, or which generation of a timer.
    pub(crate) mark: u32,
}

/// Everything that is to happen, the soonest first.
#[derive(Debug, Default)]
pub(crate) struct Agenda(BinaryHeap<Reverse<Entry>>);

impl Agenda {
    pub(crate) fn push(&mut self, entry: Entry) {
        self.0.push(Reverse(entry));
    }

    pub(crate) fn next(&self) -> Option<Turn> {
        self.0.peek().map(|Reverse(entry)| entry.turn)
    }

    pub(crate) fn pop(&mut self) -> Option<Entry> {
        self.0.pop().map(|Reverse(entry)| entry)
    }
}
