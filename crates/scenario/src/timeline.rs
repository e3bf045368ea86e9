//! When jobs fall due, and how long they are: the same under every tier and every strategy.
//!
//! Everything about job `n` of group `g` is drawn by `(seed, g, n)` alone; where several sources feed
//! a group, each draws when its jobs are due by `(seed, g, source)` and its own numbers, and they are
//! numbered as they fall due. So two strategies under comparison meet the very same arrivals, and
//! nothing that a strategy does can shift a draw.

use std::sync::Arc;

use chance::{Purpose, Seed, Stream};
use limits::Instant;
use wire::{Fate, Usage};

use crate::cast::{Group, Traffic};
use crate::client_set::ClientSet;
use crate::course::Course;
use crate::jobs::{Jobs, Lengths};
use crate::merged::{Feed, Merged, Rows, Says};
use crate::scenario::Scenario;
use crate::trace::Trace;

/// A job that falls due.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it should be sent.
    pub due: Instant,
    /// Its group, by position in the scenario.
    pub group: u32,
    /// Its number within the group, from zero.
    pub job: u64,
    /// Tokens of its prompt, of all texts that it brings along together.
    pub prompt: u32,
    /// Tokens that its answer will have: at most the group's `max_tokens`.
    pub answer: u32,
    /// Its own 64 bits of chance, which it takes along to the service.
    pub fate_draw: u64,
}

impl Arrival {
    /// Tokens of its prompt and of the answer that it will have.
    #[must_use]
    pub const fn tokens(&self) -> Usage {
        Usage { prompt: self.prompt, completion: self.answer }
    }

    /// What the request takes along, so that the service answers this job alike in every cell.
    #[must_use]
    pub const fn fate(&self) -> Fate {
        Fate { answer: self.answer, draw: self.fate_draw }
    }

    /// What a second attempt of it carries that is beside another: the same answer, by draws of its
    /// own, because what made the first one slow is not to make the second one as slow.
    #[must_use]
    pub const fn fate_beside(&self) -> Fate {
        let draw = Seed(self.fate_draw).draw_attempt(Purpose::Fate, self.group, self.job, 2);
        Fate { draw, ..self.fate() }
    }
}

/// The arrivals of a whole scenario, sorted by due time, group and job.
///
/// Users ask for their next job once they have the last one's answer, so theirs are not known
/// beforehand and not among these: [`crate::Loops`] has them.
///
/// What it needs is set aside when it is made; nothing is allocated for an arrival.
#[derive(Debug)]
pub struct Timeline<'a> {
    lanes: Vec<Lane<'a>>,
}

impl<'a> Timeline<'a> {
    /// The arrivals under one seed. A group whose trace is not at hand has none.
    #[must_use]
    pub fn of(scenario: &'a Scenario, seed: Seed) -> Timeline<'a> {
        let trace = scenario.trace().map(Arc::as_ref);
        let lanes = scenario.groups.iter().zip(0_u32..).map(|(group, number)| {
            let mut lane = Lane::of(group, number, seed, scenario, trace);
            lane.advance();
            lane
        });
        Timeline { lanes: lanes.collect() }
    }
}

impl Iterator for Timeline<'_> {
    type Item = Arrival;

    #[inline]
    fn next(&mut self) -> Option<Arrival> {
        let mut earliest: Option<(u64, usize)> = None;
        for (index, lane) in self.lanes.iter().enumerate() {
            if let Some(due) = lane.due
                && earliest.is_none_or(|(least, _)| due < least)
            {
                earliest = Some((due, index));
            }
        }
        let (due, index) = earliest?;
        let lane = self.lanes.get_mut(index)?;
        let arrival = lane.arrival(due);
        lane.advance();
        Some(arrival)
    }
}

/// The arrivals of one group.
#[derive(Debug)]
struct Lane<'a> {
    jobs: Jobs<'a>,
    source: Source<'a>,
    /// Where lengths are drawn from that the source says.
    tables: Option<&'a ClientSet>,
    /// The next job and when it is due; nothing after the last.
    job: u64,
    due: Option<u64>,
}

impl<'a> Lane<'a> {
    fn of(
        group: &'a Group,
        number: u32,
        seed: Seed,
        scenario: &'a Scenario,
        trace: Option<&'a Trace>,
    ) -> Lane<'a> {
        let draws = seed.stream(Purpose::Gap, number);
        let source = Source::of(group, scenario, trace, draws);
        let tables = scenario.client_set().map(Arc::as_ref);
        Lane { jobs: Jobs::of(group, number, seed), source, tables, job: 0, due: None }
    }

    #[inline]
    fn arrival(&self, due: u64) -> Arrival {
        let job = self.job;
        let says = |prompts: Stream| match &self.source {
            // The usual one, ahead of all others.
            Source::One(Feed::Phases(_)) => Lengths::OfGroup,
            source @ (Source::One(_) | Source::Merged(_)) => {
                self.lengths(source.says(|| prompts.draw(job)))
            }
        };
        self.jobs.arrival(job, Instant::from_nanos(due), says)
    }

    /// Tables by what says which.
    #[inline]
    fn lengths(&self, says: Says) -> Lengths<'_> {
        match says {
            Says::Nothing => Lengths::OfGroup,
            Says::Row(prompt, answer) => Lengths::Row(prompt, answer),
            Says::Tables(pair) => {
                let tables = self.tables.and_then(|set| set.pair(pair));
                tables.map_or(Lengths::OfGroup, |(prompt, answer)| Lengths::Tables(prompt, answer))
            }
        }
    }

    #[inline]
    fn advance(&mut self) {
        if self.due.is_some() {
            self.job += 1;
        }
        self.due = match &mut self.source {
            Source::One(Feed::Phases(course)) => course.next(self.job),
            Source::One(feed) => feed.next(self.job),
            Source::Merged(merged) => merged.next(),
        };
    }
}

/// Where due times come from.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one a group, and the usual one has no detour")]
enum Source<'a> {
    One(Feed<'a>),
    Merged(Merged<'a>),
}

impl<'a> Source<'a> {
    fn of(
        group: &'a Group,
        scenario: &'a Scenario,
        trace: Option<&'a Trace>,
        draws: Stream,
    ) -> Source<'a> {
        let (week, all) = (scenario.since_monday(), scenario.gaps());
        // What comes on top draws for itself: the group's own jobs fall due as without it. Clients
        // draw by their numbers, from below.
        let surges = group.surges.iter().zip(1_u32..).map(|(surge, part)| {
            let phase = core::slice::from_ref(&surge.phase);
            let draws = draws.part(u32::MAX - part);
            Feed::Phases(Course::of(phase, surge.at.nanos(), week, all, draws))
        });
        let own = match &group.traffic {
            Traffic::Phases(phases) => Feed::Phases(Course::of(phases, 0, week, all, draws)),
            Traffic::Trace(_) => Feed::Rows(Rows::of(trace)),
            Traffic::Users(_) => Feed::Phases(Course::of(&[], 0, week, all, draws)),
            Traffic::ClientSet(need) => {
                let set = scenario.client_set();
                let clients = set.into_iter().flat_map(|set| set.jobs(need, all, draws));
                let lent = set.and_then(|set| set.some_pair()).map_or(Says::Nothing, Says::Tables);
                let feeds = clients.map(Feed::Client).chain(surges);
                return Source::Merged(Merged::of(feeds, lent));
            }
        };
        if group.surges.is_empty() {
            return Source::One(own);
        }
        Source::Merged(Merged::of(core::iter::once(own).chain(surges), Says::Nothing))
    }

    /// What it says of the lengths of the job that is due next.
    #[inline]
    fn says(&self, draw: impl FnOnce() -> u64) -> Says {
        match self {
            Source::One(feed) => feed.says(),
            Source::Merged(merged) => merged.says(draw),
        }
    }
}
