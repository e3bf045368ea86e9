//! What happens next.
//!
//! Only what was caused during the run is here: answers on their way and timers. Arrivals are a
//! sorted stream of their own, merged with the agenda by the same order, so that the agenda is as
//! small as what is in flight. Ties are broken by identity (group, job, attempt, kind), never by
//! the order in which entries were made.

use limits::Instant;

use crate::wheel::Wheel;

/// A place in the order of everything that happens: time in the upper half, identity among equals
/// in the lower, so that two turns are compared without a branch.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn(u128);

/// What is to happen, in the order in which it does for one attempt at one instant.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A client goes down, or is up again: before everything else of its group.
    Switch,
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
    /// A group hands in a file of what has fallen due.
    HandIn,
    /// A client looks at the end of a file.
    FileEnds,
    /// The bucket of a fleet answers that it has nothing for a job in time.
    Denied,
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
/// of them in the agenda at once. A queue has its client's number in the place of the attempt, and
/// no group has that many clients.
const JOB_SHIFT: u32 = 16;
const GROUP_SHIFT: u32 = 54;
const JOB_MOST: u64 = (1 << (GROUP_SHIFT - JOB_SHIFT)) - 1;
const ATTEMPT_MOST: u64 = (1 << 12) - 1;

impl Turn {
    /// After everything.
    pub(crate) const NEVER: Self = Self(u128::MAX);

    pub(crate) fn new(at: Instant, group: u32, job: u64, attempt: u32, kind: Kind) -> Self {
        let tie = u64::from(group) << GROUP_SHIFT
            | job.min(JOB_MOST) << JOB_SHIFT
            | u64::from(attempt).min(ATTEMPT_MOST) << 4
            | kind as u64;
        Self(u128::from(at.nanos()) << 64 | u128::from(tie))
    }

    /// The turn of a client's queue: after everything that happens to the jobs of its group at that
    /// instant, and among the queues of the group in the order of its clients.
    pub(crate) fn of_queue(at: Instant, group: u32, client: u32) -> Self {
        Self::new(at, group, JOB_MOST, client, Kind::QueueTimer)
    }

    /// The turn of a group's file, by its number: after everything that happens to the jobs of its
    /// group at that instant.
    pub(crate) fn of_file(at: Instant, group: u32, number: u32, kind: Kind) -> Self {
        Self::new(at, group, JOB_MOST, number, kind)
    }

    /// Whether it is a turn of this job, by its number within the group.
    pub(crate) fn is_of(self, job: u64) -> bool {
        (self.0 >> JOB_SHIFT) & u128::from(JOB_MOST) == u128::from(job.min(JOB_MOST))
    }

    pub(crate) fn at(self) -> Instant {
        // The upper half of 128 bits is 64 bits.
        Instant::from_nanos(u64::try_from(self.0 >> 64).unwrap_or(u64::MAX))
    }
}

/// Everything that is to happen: the next entry in hand, those of the next seconds on a wheel, the
/// others in a heap. Nearly all entries pass by the wheel, which costs a fraction of the heap.
#[derive(Debug)]
pub(crate) struct Agenda {
    first: Option<Entry>,
    wheel: Wheel,
    heap: Heap,
}

impl Agenda {
    pub(crate) fn new() -> Self {
        Self { first: None, wheel: Wheel::new(), heap: Heap::default() }
    }

    pub(crate) fn next(&self) -> Option<Turn> {
        self.first.map(|entry| entry.turn)
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        let later = match &mut self.first {
            None => return self.first = Some(entry),
            Some(first) if entry.turn < first.turn => std::mem::replace(first, entry),
            Some(_) => entry,
        };
        if !self.wheel.put(&later) {
            self.heap.push(later);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Entry> {
        let popped = self.first?;
        self.wheel.turn_to(popped.turn);
        let in_heap = self.heap.soonest();
        self.first = match self.wheel.soonest() {
            Some(&entry) if entry.turn < in_heap => {
                self.wheel.free(entry.turn);
                Some(entry)
            }
            _ => self.heap.pop(),
        };
        Some(popped)
    }
}

/// A four-ary heap of entries: flatter than a binary one, so that fewer of its lines are touched.
/// Few entries come here, so it is kept out of the way of the others: nothing of it is inlined.
#[derive(Debug, Default)]
struct Heap(Vec<Entry>);

const CHILDREN: usize = 4;

impl Heap {
    fn soonest(&self) -> Turn {
        self.0.first().map_or(Turn::NEVER, |entry| entry.turn)
    }

    #[inline(never)]
    fn push(&mut self, entry: Entry) {
        let hole = self.0.len();
        self.0.push(entry);
        rise(&mut self.0, hole, entry);
    }

    /// Takes the first entry out. The hole goes down to a leaf along the soonest children, and the
    /// last entry up from there: it comes from a leaf and seldom rises far.
    #[inline(never)]
    fn pop(&mut self) -> Option<Entry> {
        let last = self.0.pop()?;
        let heap = self.0.as_mut_slice();
        let Some(&first) = heap.first() else { return Some(last) };
        let mut hole = 0;
        while let Some(soonest) = soonest_child(heap, hole) {
            heap[hole] = heap[soonest];
            hole = soonest;
        }
        rise(heap, hole, last);
        Some(first)
    }
}

/// The place of the soonest among the children of a place that has any.
#[inline]
fn soonest_child(heap: &[Entry], parent: usize) -> Option<usize> {
    let from = parent * CHILDREN + 1;
    let children = heap.get(from..)?;
    if let Some(four) = children.first_chunk::<CHILDREN>() {
        // As a small tournament, which needs no branches.
        let left = usize::from(four[1].turn < four[0].turn);
        let right = 2 + usize::from(four[3].turn < four[2].turn);
        return Some(from + if four[right].turn < four[left].turn { right } else { left });
    }
    let soonest = children.iter().enumerate().min_by_key(|(_, child)| child.turn);
    soonest.map(|(place, _)| from + place)
}

/// Puts an entry where it belongs on the way from a hole up to the first place.
#[inline]
fn rise(heap: &mut [Entry], mut hole: usize, entry: Entry) {
    while hole > 0 {
        let parent = (hole - 1) / CHILDREN;
        if heap[parent].turn <= entry.turn {
            break;
        }
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = entry;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time() -> impl Strategy<Value = u64> {
        (0_u64..50, 0_u32..32).prop_map(|(time, coarseness)| time << coarseness)
    }

    proptest! {
        #[test]
        fn entries_come_out_in_the_order_of_their_turns(
            // From nanoseconds within a tick of the wheel to times many rounds of it ahead.
            times in prop::collection::vec((time(), 0_u64..5, 0_u32..3), 0..200),
            pops in prop::collection::vec(any::<bool>(), 0..200),
        ) {
            let mut agenda = Agenda::new();
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
            Turn::new(at, 0, 0, 0, Kind::Switch),
            Turn::new(at, 0, 0, 0, Kind::Arrival),
            Turn::new(at, 0, 4, 0, Kind::Arrival),
            Turn::new(at, 0, 4, 1, Kind::Head),
            Turn::new(at, 0, 4, 1, Kind::LastByte),
            Turn::new(at, 0, 4, 2, Kind::Head),
            Turn::new(at, 0, 5, 0, Kind::Arrival),
            Turn::of_queue(at, 0, 0),
            Turn::of_queue(at, 0, 1),
            Turn::of_queue(at, 0, 999),
            Turn::new(at, 1, 0, 0, Kind::Arrival),
            Turn::new(Instant::from_nanos(8), 0, 0, 0, Kind::Arrival),
        ];
        assert!(in_order.is_sorted_by(|a, b| a < b));
    }
}
