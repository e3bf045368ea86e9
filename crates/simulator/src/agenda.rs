//! What happens next.
//!
//! Only what was caused during the run is here: answers on their way and timers. Arrivals are a
//! sorted stream of their own, merged with the agenda by the same order, so that the agenda is as
//! small as what is in flight. Ties are broken by identity (group, job, attempt, kind), never by
//! the order in which entries were made.

use limits::Instant;

/// A place in the order of everything that happens: time first, identity among equals.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    time: u64,
    tie: u64,
}

/// What is to happen, in the order in which it does for one attempt at one instant.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A job is due.
    Arrival,
    /// Status and headers arrive: of a refusal, or of a stream that begins.
    Head,
    /// The last byte arrives.
    LastByte,
    /// The client has waited long enough for an attempt.
    TimeOut,
    /// A job's wait is over.
    JobTimer,
    /// The head of a client's queue may go.
    QueueTimer,
}

/// An entry of the agenda.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) turn: Turn,
    pub(crate) kind: Kind,
    /// Which client.
    pub(crate) seat: u32,
    /// Which place in its table of jobs.
    pub(crate) slot: u32,
    /// Which attempt, or which generation of a timer.
    pub(crate) mark: u32,
}

/// Widths of the identity's fields within a tie: 10 bits of group, 38 of job, 12 of attempt, 4 of
/// kind. A job's 4,096th attempt and those after it tie with one another; one job never has two
/// of them in the agenda at once.
const JOB_SHIFT: u32 = 16;
const GROUP_SHIFT: u32 = 54;
const JOB_MOST: u64 = (1 << (GROUP_SHIFT - JOB_SHIFT)) - 1;
const ATTEMPT_MOST: u64 = (1 << 12) - 1;

impl Turn {
    pub(crate) fn new(at: Instant, group: u32, job: u64, attempt: u32, kind: Kind) -> Self {
        let tie = u64::from(group) << GROUP_SHIFT
            | job.min(JOB_MOST) << JOB_SHIFT
            | u64::from(attempt).min(ATTEMPT_MOST) << 4
            | kind as u64;
        Self { time: at.nanos(), tie }
    }

    /// The turn of a client's queue: after everything that happens to its jobs at that instant.
    pub(crate) fn of_queue(at: Instant, group: u32) -> Self {
        Self::new(at, group, JOB_MOST, 0, Kind::QueueTimer)
    }

    pub(crate) fn at(self) -> Instant {
        Instant::from_nanos(self.time)
    }
}

/// A four-ary heap of entries: flatter than a binary one, so that fewer of its lines are touched.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    heap: Vec<Entry>,
}

const CHILDREN: usize = 4;

impl Agenda {
    pub(crate) fn next(&self) -> Option<Turn> {
        self.heap.first().map(|entry| entry.turn)
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        let mut hole = self.heap.len();
        self.heap.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / CHILDREN;
            if self.heap[parent].turn <= entry.turn {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    pub(crate) fn pop(&mut self) -> Option<Entry> {
        let last = self.heap.pop()?;
        let Some(&first) = self.heap.first() else { return Some(last) };
        let len = self.heap.len();
        let mut hole = 0;
        loop {
            let from = hole * CHILDREN + 1;
            if from >= len {
                break;
            }
            let mut soonest = from;
            for child in from + 1..(from + CHILDREN).min(len) {
                if self.heap[child].turn < self.heap[soonest].turn {
                    soonest = child;
                }
            }
            if last.turn <= self.heap[soonest].turn {
                break;
            }
            self.heap[hole] = self.heap[soonest];
            hole = soonest;
        }
        self.heap[hole] = last;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_come_out_in_the_order_of_their_turns(
            times in prop::collection::vec((0_u64..50, 0_u64..5, 0_u32..3), 0..200),
            pops in prop::collection::vec(any::<bool>(), 0..200),
        ) {
            let mut agenda = Agenda::default();
            let mut model: Vec<Turn> = Vec::new();
            let mut pops = pops.into_iter();
            for (time, job, attempt) in times {
                let turn =
                    Turn::new(Instant::from_nanos(time), 0, job, attempt, Kind::LastByte);
                agenda.push(Entry { turn, kind: Kind::LastByte, seat: 0, slot: 0, mark: 0 });
                model.push(turn);
                if pops.next() == Some(true) {
                    model.sort();
                    prop_assert_eq!(agenda.pop().map(|entry| entry.turn), Some(model.remove(0)));
                }
            }
            model.sort();
            for turn in model {
                prop_assert_eq!(agenda.next(), Some(turn));
                prop_assert_eq!(agenda.pop().map(|entry| entry.turn), Some(turn));
            }
            prop_assert!(agenda.pop().is_none());
        }
    }

    #[test]
    fn equals_in_time_go_by_group_job_attempt_and_kind() {
        let at = Instant::from_nanos(7);
        let in_order = [
            Turn::new(at, 0, 4, 0, Kind::Arrival),
            Turn::new(at, 0, 4, 1, Kind::Head),
            Turn::new(at, 0, 4, 1, Kind::LastByte),
            Turn::new(at, 0, 4, 2, Kind::Head),
            Turn::new(at, 0, 5, 0, Kind::Arrival),
            Turn::of_queue(at, 0),
            Turn::new(at, 1, 0, 0, Kind::Arrival),
            Turn::new(Instant::from_nanos(8), 0, 0, 0, Kind::Arrival),
        ];
        assert!(in_order.is_sorted_by(|a, b| a < b));
    }
}
