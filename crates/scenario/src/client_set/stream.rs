//! The jobs of one client: its windows as stretches, and the lengths that hold meanwhile.

use chance::Stream;
use limits::{Rate, Requests, Span};

use super::{Client, ClientSet, ClientSetNeed, JOB, Lengths, Pair, WINDOW, Window};
use crate::course::Course;
use crate::gaps::{AllGaps, GapLaws};
use crate::stretch::{NO_RATE, Stretch, Unfit};

/// The windows of a client that are still to come.
#[derive(Debug)]
pub(crate) struct Windows<'a> {
    left: &'a [Window],
    need: &'a ClientSetNeed,
    end: u64,
    all: &'a AllGaps,
}

impl<'a> Iterator for Windows<'a> {
    type Item = (Stretch, Option<&'a GapLaws>);

    fn next(&mut self) -> Option<Self::Item> {
        let (window, rest) = self.left.split_first()?;
        self.left = rest;
        if window.start() >= self.end {
            return None;
        }
        // Windows that do not fit are refused when the set is handed over.
        let stretch = window.stretch(self.need, self.end).ok()?;
        Some((stretch, Some(self.all.find(window.gaps))))
    }
}

impl Window {
    /// The part of it that lies in the slice, which ends at `end`, in the time of the run.
    pub(super) fn stretch(self, need: &ClientSetNeed, end: u64) -> Result<Stretch, Unfit> {
        let from = need.from.nanos();
        let (start, end) = (self.start().max(from), self.end().min(end));
        let lasts = end.saturating_sub(start);
        Stretch::even(self.rate(need), start.saturating_sub(from), lasts)
    }

    fn rate(self, need: &ClientSetNeed) -> Rate<Requests> {
        // A window is not empty, and neither is a job.
        let per = Span::from_nanos(WINDOW * JOB);
        Rate::every(Requests(need.scaled(self.jobs)), per).unwrap_or(NO_RATE)
    }
}

/// The jobs of one client in a slice.
#[derive(Debug)]
pub(crate) struct ClientJobs<'a> {
    course: Course<'a>,
    lengths: &'a [Lengths],
    /// How many of them hold already or are over.
    begun: usize,
    from: u64,
}

impl<'a> ClientJobs<'a> {
    /// Client `client` draws by its own number out of the draws of its group.
    pub(crate) fn of(
        client: &'a Client,
        set: &ClientSet,
        need: &'a ClientSetNeed,
        all: &'a AllGaps,
        group: Stream,
    ) -> ClientJobs<'a> {
        let from = need.from.nanos();
        let begins = client.windows.partition_point(|window| window.end() <= from);
        let windows = client.windows.get(begins..).unwrap_or_default();
        let windows = Windows { left: windows, need, end: need.end(set).nanos(), all };
        let course = Course::through(windows, all, group.part(client.number));
        ClientJobs { course, lengths: &client.lengths, begun: 0, from }
    }

    pub(crate) fn next(&mut self, job: u64) -> Option<u64> {
        let due = self.course.next(job)?;
        let moment = self.from.saturating_add(due);
        let later = self.lengths.get(self.begun..).unwrap_or_default();
        self.begun += later.iter().take_while(|lengths| lengths.from <= moment).count();
        Some(due)
    }

    /// The tables of the job that it named last; none where the client has no lengths.
    pub(crate) fn tables(&self) -> Option<Pair> {
        self.lengths.get(self.begun.saturating_sub(1)).map(|lengths| lengths.tables)
    }
}
