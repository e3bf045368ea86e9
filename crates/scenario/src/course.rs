//! The due times of one stream of jobs: stretch after stretch, with one process of gaps running
//! through those of one family.

use core::slice;

use chance::{Law, Stream};

use crate::cast::Phase;
use crate::client_set::Windows;
use crate::gaps::{AllGaps, GapLaws, Gaps};
use crate::stretch::{Kind, Stretch};

/// Stretches one after the other, and how far they have come.
#[derive(Debug)]
pub(crate) struct Course<'a> {
    ahead_of: Ahead<'a>,
    /// The one that runs; none after the last.
    stretch: Option<Stretch>,
    /// How many there were before it.
    at: u32,
    gaps: &'a Law,
    /// The family of the gap that runs, if one does.
    family: Option<Gaps>,
    draws: Stream,
    /// How much this stretch had offered at its last arrival, in units of 2^-32 job.
    offered: u128,
    /// What a gap that began before this stretch still has to go.
    ahead: Option<u128>,
    /// How many arrivals a counted stretch has had.
    count: u64,
}

impl<'a> Course<'a> {
    /// The jobs of phases that begin at nanosecond `start` of a run, which begins at nanosecond
    /// `week` of a week.
    pub(crate) fn of(
        phases: &'a [Phase],
        start: u64,
        week: u64,
        all: &'a AllGaps,
        draws: Stream,
    ) -> Course<'a> {
        let phases = Phases { left: phases.iter(), under_way: None, start, week, all };
        Course::over(Ahead::Phases(phases), all, draws)
    }

    /// The jobs of a recorded client, window after window.
    pub(crate) fn through(windows: Windows<'a>, all: &'a AllGaps, draws: Stream) -> Course<'a> {
        Course::over(Ahead::Windows(windows), all, draws)
    }

    fn over(ahead_of: Ahead<'a>, all: &'a AllGaps, draws: Stream) -> Course<'a> {
        let mut course = Course {
            ahead_of,
            stretch: None,
            at: 0,
            gaps: &all.find(Gaps::Exponential).each,
            family: None,
            draws,
            offered: 0,
            ahead: None,
            count: 0,
        };
        course.enter(0);
        course
    }

    /// When job `job` of this stream, the next, is due.
    #[inline]
    pub(crate) fn next(&mut self, job: u64) -> Option<u64> {
        // Nearly every job is one more in the stretch that runs.
        if let Some(stretch) = &self.stretch
            && let Kind::Drawn(all) = stretch.kind()
            && self.ahead.is_none()
        {
            let reached = self.offered + u128::from(self.gaps.at(self.draws.draw(job)));
            if reached < all {
                self.offered = reached;
                return Some(stretch.when(reached));
            }
        }
        self.next_of_any(job)
    }

    /// The same whatever runs, or nothing any more.
    #[inline(never)]
    fn next_of_any(&mut self, job: u64) -> Option<u64> {
        loop {
            let stretch = self.stretch.as_ref()?;
            match stretch.kind() {
                Kind::Silent => {}
                Kind::Counted => {
                    self.ahead = None;
                    self.family = None;
                    if let Some(due) = stretch.counted(self.count) {
                        self.count += 1;
                        return Some(due);
                    }
                }
                Kind::Drawn(all) => {
                    let reached = match self.ahead.take() {
                        Some(rest) => rest,
                        None => self.offered + u128::from(self.gaps.at(self.draws.draw(job))),
                    };
                    if reached < all {
                        self.offered = reached;
                        return Some(stretch.when(reached));
                    }
                    // A gap forgets nothing at a change of rate: its rest goes on in the next.
                    self.ahead = Some(reached - all);
                }
            }
            self.at = self.at.saturating_add(1);
            self.enter(job);
        }
    }

    /// Enters the next stretch, and puts the gap in order with which that is done. One of the same
    /// family runs on. Otherwise the stretch begins as if it had been going on for ever, which is
    /// what keeps its rate the one that is written: a whole gap at its beginning would stand for
    /// a job just before it.
    #[cold]
    fn enter(&mut self, job: u64) {
        self.offered = 0;
        self.count = 0;
        self.stretch = None;
        let Some((stretch, laws)) = self.ahead_of.next() else { return };
        self.stretch = Some(stretch);
        let Some(laws) = laws else { return };
        if self.family == Some(laws.gaps) {
            return;
        }
        // A gap that did not end in time says something of the bits it was drawn from: they are
        // no good a second time.
        let draw = match self.ahead {
            None => self.draws.draw(job),
            Some(_) => self.draws.draw_attempt(job, self.at),
        };
        self.ahead = Some(u128::from(laws.rest.at(draw)));
        self.gaps = &laws.each;
        self.family = Some(laws.gaps);
    }
}

/// What is still to come: each stretch is made when it is entered, so that a course takes no more
/// memory the longer it is.
#[derive(Debug)]
enum Ahead<'a> {
    Phases(Phases<'a>),
    Windows(Windows<'a>),
}

impl<'a> Iterator for Ahead<'a> {
    /// A stretch and where its gaps come from; nowhere where none are drawn.
    type Item = (Stretch, Option<&'a GapLaws>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Ahead::Phases(phases) => phases.next(),
            Ahead::Windows(windows) => windows.next(),
        }
    }
}

/// Phases that are still to come.
#[derive(Debug)]
struct Phases<'a> {
    left: slice::Iter<'a, Phase>,
    /// The phase that is under way, and how many of its stretches were entered.
    under_way: Option<(&'a Phase, usize)>,
    start: u64,
    week: u64,
    all: &'a AllGaps,
}

impl<'a> Iterator for Phases<'a> {
    type Item = (Stretch, Option<&'a GapLaws>);

    fn next(&mut self) -> Option<Self::Item> {
        let (phase, index) = match self.under_way.take() {
            Some((phase, entered)) if entered < phase.stretches() => (phase, entered),
            last => {
                self.start += last.map_or(0, |(phase, _)| phase.lasts().nanos());
                (self.left.next()?, 0)
            }
        };
        self.under_way = Some((phase, index + 1));
        // Phases that do not fit are refused with the file.
        let stretch = Stretch::of(phase, index, self.start, self.week).ok()?;
        Some((stretch, phase.gaps().map(|gaps| self.all.find(gaps))))
    }
}
