//! Several streams of jobs as one: each draws for itself, and whichever is due first is next.

use core::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use chance::uniform_below;

use crate::course::Course;
use crate::trace::Trace;

/// One stream of due times.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "few, and the usual one is the one without a detour")]
pub(crate) enum Feed<'a> {
    /// Drawn or counted, phase after phase.
    Phases(Course<'a>),
    /// As recorded.
    Rows(Rows<'a>),
}

impl Feed<'_> {
    /// When job `job` of this stream, the next, is due.
    #[inline]
    pub(crate) fn next(&mut self, job: u64) -> Option<u64> {
        match self {
            Feed::Phases(course) => course.next(job),
            Feed::Rows(rows) => rows.next(),
        }
    }

    /// What the row of the job that it named last says of its lengths; zeros where it has no rows.
    #[inline]
    pub(crate) fn row(&self) -> (u32, u32) {
        match self {
            Feed::Phases(_) => (0, 0),
            Feed::Rows(rows) => rows.lengths(rows.next.wrapping_sub(1)),
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

    fn lengths(&self, row: usize) -> (u32, u32) {
        let Some(trace) = self.trace else { return (0, 0) };
        let of = |column: &[u32]| column.get(row).copied().unwrap_or(0);
        (of(&trace.prompt), of(&trace.answer))
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
}

/// A stream and how many jobs it had.
#[derive(Debug)]
struct Counted<'a> {
    feed: Feed<'a>,
    jobs: u64,
}

/// The next job of a stream: due time, stream, and what its row says of its lengths.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    due: u64,
    stream: u32,
    row: (u32, u32),
}

impl<'a> Merged<'a> {
    /// These streams, in the order in which they go at one instant. The first may be a trace: it is
    /// the one from which the others borrow lengths.
    pub(crate) fn of(feeds: impl Iterator<Item = Feed<'a>>) -> Merged<'a> {
        let mut streams: Vec<_> = feeds.map(|feed| Counted { feed, jobs: 0 }).collect();
        let firsts = streams.iter_mut().zip(0_u32..);
        let next = firsts.filter_map(|(stream, number)| stream.next(number).map(Reverse)).collect();
        Merged { streams, next, last: Next::default() }
    }

    /// When the next job of all is due.
    pub(crate) fn next(&mut self) -> Option<u64> {
        let mut top = self.next.peek_mut()?;
        let Reverse(next) = *top;
        self.last = next;
        let stream = usize::try_from(next.stream).ok().and_then(|at| self.streams.get_mut(at));
        match stream.and_then(|stream| stream.next(next.stream)) {
            Some(later) => *top = Reverse(later),
            None => drop(PeekMut::pop(top)),
        }
        Some(next.due)
    }

    /// What a row says of the lengths of the job that was named last: its own, or where it has none
    /// and others have, that of one of them by chance.
    pub(crate) fn row(&self, draw: impl FnOnce() -> u64) -> (u32, u32) {
        let rows = match self.streams.first().map(|stream| &stream.feed) {
            Some(Feed::Rows(rows)) if self.last.stream != 0 => rows,
            Some(_) | None => return self.last.row,
        };
        let count = rows.trace.map_or(0, Trace::rows) as u64;
        usize::try_from(uniform_below(draw(), count)).map_or((0, 0), |row| rows.lengths(row))
    }
}

impl Counted<'_> {
    fn next(&mut self, stream: u32) -> Option<Next> {
        let due = self.feed.next(self.jobs)?;
        self.jobs += 1;
        Some(Next { due, stream, row: self.feed.row() })
    }
}
