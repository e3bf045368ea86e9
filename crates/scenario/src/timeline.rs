//! When jobs fall due, and how long they are: the same under every tier and every strategy.
//!
//! Everything about job `n` of group `g` is drawn by `(seed, g, n)` alone. So two strategies under
//! comparison meet the very same arrivals, and nothing that a strategy does can shift a draw.

use std::sync::Arc;

use chance::{Law, Purpose, Seed, Stream};
use limits::Instant;
use wire::{Fate, Usage};

use crate::cast::{Group, Length, Phase, Traffic};
use crate::gaps::{AllGaps, GapLaws, Gaps};
use crate::scenario::Scenario;
use crate::stretch::{Kind, Stretch};
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
    /// Tokens of its prompt.
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
}

/// The arrivals of a whole scenario, sorted by due time, group and job.
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
    number: u32,
    prompt: &'a Length,
    answer: &'a Length,
    most: u32,
    source: Source<'a>,
    /// The next job and when it is due; nothing after the last.
    job: u64,
    due: Option<u64>,
    prompts: Stream,
    answers: Stream,
    fates: Stream,
}

impl<'a> Lane<'a> {
    fn of(
        group: &'a Group,
        number: u32,
        seed: Seed,
        scenario: &'a Scenario,
        trace: Option<&'a Trace>,
    ) -> Lane<'a> {
        let source = match &group.traffic {
            Traffic::Phases(phases) => {
                let draws = seed.stream(Purpose::Gap, number);
                let week = scenario.since_monday();
                Source::Phases(Phases::of(phases, week, scenario.gaps(), draws))
            }
            Traffic::Trace(_) => Source::Trace { trace, next: 0 },
        };
        Lane {
            number,
            prompt: &group.prompt,
            answer: &group.answer,
            most: group.max_tokens.unwrap_or(u32::MAX),
            source,
            job: 0,
            due: None,
            prompts: seed.stream(Purpose::Prompt, number),
            answers: seed.stream(Purpose::Answer, number),
            fates: seed.stream(Purpose::Fate, number),
        }
    }

    fn arrival(&self, due: u64) -> Arrival {
        let job = self.job;
        let (prompt, answer) = self.source.row(job);
        Arrival {
            due: Instant::from_nanos(due),
            group: self.number,
            job,
            prompt: self.prompt.tokens(|| self.prompts.draw(job), prompt),
            answer: self.answer.tokens(|| self.answers.draw(job), answer).min(self.most),
            fate_draw: self.fates.draw(job),
        }
    }

    fn advance(&mut self) {
        if self.due.is_some() {
            self.job += 1;
        }
        self.due = match &mut self.source {
            Source::Phases(phases) => phases.next(self.job),
            Source::Trace { trace, next } => {
                let due = trace.and_then(|trace| trace.due.get(*next)).copied();
                *next += 1;
                due
            }
        };
    }
}

/// Where due times come from.
#[derive(Debug)]
enum Source<'a> {
    Phases(Phases<'a>),
    Trace { trace: Option<&'a Trace>, next: usize },
}

impl Source<'_> {
    fn row(&self, job: u64) -> (u32, u32) {
        let Source::Trace { trace: Some(trace), .. } = self else { return (0, 0) };
        let Ok(row) = usize::try_from(job) else { return (0, 0) };
        let of = |column: &[u32]| column.get(row).copied().unwrap_or(0);
        (of(&trace.prompt), of(&trace.answer))
    }
}

/// Phases one after the other.
#[derive(Debug)]
struct Phases<'a> {
    stretches: Vec<Stretch>,
    /// Where the gaps of each come from; none where none are drawn.
    laws: Vec<Option<&'a GapLaws>>,
    at: usize,
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

impl<'a> Phases<'a> {
    fn of(phases: &[Phase], week: u64, all: &'a AllGaps, draws: Stream) -> Phases<'a> {
        let mut start = 0;
        let mut stretches = Vec::with_capacity(phases.len());
        let mut laws = Vec::with_capacity(phases.len());
        for phase in phases {
            // Phases that do not fit are refused with the file.
            if let Ok(stretch) = Stretch::of(phase, start, week) {
                stretches.push(stretch);
                laws.push(phase.gaps().map(|gaps| all.find(gaps)));
            }
            start += phase.lasts().nanos();
        }
        let gaps = &all.find(Gaps::Exponential).each;
        let (offered, ahead, count) = (0, None, 0);
        let mut phases =
            Phases { stretches, laws, at: 0, gaps, family: None, draws, offered, ahead, count };
        phases.enter(0);
        phases
    }

    /// When job `job`, the next, is due.
    #[inline]
    fn next(&mut self, job: u64) -> Option<u64> {
        loop {
            let stretch = self.stretches.get(self.at)?;
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
            self.at += 1;
            self.offered = 0;
            self.count = 0;
            self.enter(job);
        }
    }

    /// Puts the gap in order with which the stretch that now begins is entered. One of the same
    /// family runs on. Otherwise the stretch begins as if it had been going on for ever, which is
    /// what keeps its rate the one that is written: a whole gap at its beginning would stand for
    /// a job just before it.
    #[cold]
    fn enter(&mut self, job: u64) {
        let Some(laws) = self.laws.get(self.at).copied().flatten() else { return };
        if self.family == Some(laws.gaps) {
            return;
        }
        // A gap that did not end in time says something of the bits it was drawn from: they are
        // no good a second time.
        let draw = match self.ahead {
            None => self.draws.draw(job),
            Some(_) => self.draws.draw_attempt(job, u32::try_from(self.at).unwrap_or(u32::MAX)),
        };
        self.ahead = Some(u128::from(laws.rest.at(draw)));
        self.gaps = &laws.each;
        self.family = Some(laws.gaps);
    }
}
