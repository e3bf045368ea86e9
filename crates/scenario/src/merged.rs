//! Several streams of jobs as one: each draws for itself, and whichever is due first is next.

use core::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use chance::uniform_below;

use crate::client_set::{ClientJobs, Pair};
use crate::course::Course;
use crate::trace::Trace;

/// One stream of due times.
#[derive(Debug)]
pub(crate) enum Feed<'a> {
    /// Drawn or counted, phase after phase.
    Phases(Course<'a>),
    /// As recorded.
    Rows(Rows<'a>),
    /// As one of several recorded clients does.
    Client(ClientJobs<'a>),
}

/// What a stream says of the lengths of a job.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Says {
    /// Nothing: the group's own laws hold.
    #[default]
    Nothing,
    /// Tokens of prompt and answer.
    Row(u32, u32),
    /// The tables to draw them from.
    Tables(Pair),
}

impl Feed<'_> {
    /// When job `job` of this stream, the next, is due.
    #[inline(never)]
    pub(crate) fn next(&mut self, job: u64) -> Option<u64> {
        match self {
            Feed::Phases(course) => course.next(job),
            Feed::Rows(rows) => rows.next(),
            Feed::Client(client) => client.next(job),
        }
    }

    /// What it says of the lengths of the job that it named last.
    #[inline]
    pub(crate) fn says(&self) -> Says {
        match self {
            Feed::Phases(_) => Says::Nothing,
            Feed::Rows(rows) => rows.says(rows.next.wrapping_sub(1)),
            Feed::Client(client) => client.tables().map_or(Says::Nothing, Says::Tables),
        }
    }
}

/// The rows of a trace, and how far they were replayed; none while it is not at hand.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    trace: Option<&'a Trace>,
    next: usize,
}

impl<'a> Rows<'a> {
    pub(crate) const fn of(trace: Option<&'a Trace>) -> Rows<'a> {
        Rows { trace, next: 0 }
    }

    fn next(&mut self) -> Option<u64> {
        let due = self.trace.and_then(|trace| trace.due.get(self.next)).copied();
        self.next += 1;
        due
    }

    fn says(&self, row: usize) -> Says {
        let Some(trace) = self.trace else { return Says::Row(0, 0) };
        let of = |column: &[u32]| column.get(row).copied().unwrap_or(0);
        Says::Row(of(&trace.prompt), of(&trace.answer))
    }
}

/// Streams merged by due time; of two jobs due at one instant that of the earlier stream is first.
///
/// A heap holds the next job of each, so that an arrival costs two comparisons a doubling of their
/// number. It is as large as it ever gets when it is made.
#[derive(Debug)]
pub(crate) struct Merged<'a> {
    streams: Vec<Counted<'a>>,
    next: BinaryHeap<Reverse<Next>>,
    /// The job that was named last.
    last: Next,
    /// What the last job of a client said of its lengths.
    lent: Says,
}

/// A stream and how many jobs it had.
#[derive(Debug)]
struct Counted<'a> {
    feed: Feed<'a>,
    jobs: u64,
}

/// The next job of a stream: due time, stream, and what that says of its lengths.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    due: u64,
    stream: u32,
    says: Says,
}

impl<'a> Merged<'a> {
    /// These streams, in the order in which they go at one instant. Traces and clients are first:
    /// from them the others borrow lengths, at first `lent`.
    pub(crate) fn of(feeds: impl Iterator<Item = Feed<'a>>, lent: Says) -> Merged<'a> {
        let mut streams: Vec<_> = feeds.map(|feed| Counted { feed, jobs: 0 }).collect();
        let firsts = streams.iter_mut().zip(0_u32..);
        let next = firsts.filter_map(|(stream, number)| stream.next(number).map(Reverse)).collect();
        Merged { streams, next, last: Next::default(), lent }
    }

    /// When the next job of all is due.
    #[inline(never)]
    pub(crate) fn next(&mut self) -> Option<u64> {
        let mut top = self.next.peek_mut()?;
        let Reverse(next) = *top;
        self.last = next;
        let stream = usize::try_from(next.stream).ok().and_then(|at| self.streams.get_mut(at));
        match stream.and_then(|stream| stream.next(next.stream)) {
            Some(later) => *top = Reverse(later),
            None => drop(PeekMut::pop(top)),
        }
        if let Says::Tables(_) = next.says {
            self.lent = next.says;
        }
        Some(next.due)
    }

    /// What is said of the lengths of the job that was named last: by its own stream, or where that
    /// says nothing as others have them. On top of a trace a job borrows a row by chance, on top of
    /// clients the tables of the one whose job was due before it.
    pub(crate) fn says(&self, draw: impl FnOnce() -> u64) -> Says {
        match (self.last.says, self.streams.first().map(|stream| &stream.feed)) {
            (Says::Nothing, Some(Feed::Rows(rows))) => {
                let count = rows.trace.map_or(0, Trace::rows) as u64;
                usize::try_from(uniform_below(draw(), count))
                    .map_or(Says::Nothing, |row| rows.says(row))
            }
            (Says::Nothing, Some(Feed::Client(_))) if self.is_on_top() => self.lent,
            (says, _) => says,
        }
    }

    /// Whether the job that was named last is one on top of others.
    fn is_on_top(&self) -> bool {
        let stream = usize::try_from(self.last.stream).ok().and_then(|at| self.streams.get(at));
        matches!(stream.map(|stream| &stream.feed), Some(Feed::Phases(_)))
    }
}

impl Counted<'_> {
    fn next(&mut self, stream: u32) -> Option<Next> {
        let due = self.feed.next(self.jobs)?;
        self.jobs += 1;
        Some(Next { due, stream, says: self.feed.says() })
    }
}
