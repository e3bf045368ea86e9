//! What the service alone would do: each job by itself, with no limit in force and nobody waiting.
//!
//! Without limits no job stands in another's way. So nothing has to happen in order, and a sample
//! of the jobs, each with the course that its own chance gives it, tells the share in time at once.
//! Only users wait, each for the own last job.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::Peekable;

use chance::Seed;
use limits::Instant;
use mock_together::{Answer, Limits, Service};
use scenario::{Arrival, Loops, Scenario, Timeline, Wanted};
use wire::{PairId, Request, TariffId};

use crate::{SimulateFault, enrol};

/// Jobs that are looked at, at most: enough to tell a share to half a point, in milliseconds.
const MOST: u32 = 20_000;

/// Jobs that fall due before it is enough, with those that go by files.
const MOST_DUE: u32 = 50 * MOST;

/// What became of the jobs that were looked at.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Alone {
    /// The share of them that would be in time; `None` where there is nothing to send.
    pub share: Option<f64>,
    /// How many jobs were looked at.
    pub jobs: u32,
    /// Whether those were all of the scenario, in all its replications.
    pub all: bool,
}

/// The share of jobs that would be in time if no limit were in force, as the service alone decides
/// it, over the first 20,000 jobs of the replications in turn: `check` says it without a rehearsal.
pub fn alone(scenario: &Scenario) -> Result<Alone, SimulateFault> {
    let mut looker = Looker::new(scenario)?;
    let by_file = |arrival: &Arrival| {
        let group = scenario.groups.get(arrival.group as usize);
        group.is_some_and(|group| group.batch.is_some())
    };
    let (mut all_due, mut jobs, mut in_time) = (0, 0, 0_u32);
    // A replication may be empty, so they are bounded as jobs are.
    let mut all = scenario.replications <= MOST;
    'sample: for replication in 0..scenario.replications.min(MOST) {
        let seed = Seed(scenario.seed).replication(replication);
        let mut due = Due::of(scenario, seed);
        while let Some(arrival) = due.next() {
            if jobs == MOST || all_due == MOST_DUE {
                all = false;
                break 'sample;
            }
            all_due += 1;
            if by_file(&arrival) {
                continue;
            }
            jobs += 1;
            let course = looker.course(&arrival);
            in_time += u32::from(course.in_time);
            due.ended(&arrival, course.answered);
        }
    }
    Ok(Alone { share: (jobs > 0).then(|| f64::from(in_time) / f64::from(jobs)), jobs, all })
}

/// A service without limits, and whom it serves.
struct Looker<'s> {
    scenario: &'s Scenario,
    service: Service,
    pairs: Vec<PairId>,
    end: Instant,
}

impl<'s> Looker<'s> {
    fn new(scenario: &'s Scenario) -> Result<Self, SimulateFault> {
        let (tier, given, limits) = (&scenario.tier, &scenario.assumptions, Limits::Off);
        let terms = enrol::terms(scenario, tier, given, limits);
        let mut service = Service::new(&terms);
        let pairs = enrol::all(&mut service, &terms, scenario, (tier, given, limits))
            .map_err(SimulateFault::NoLimits)?;
        let end = Instant::START.after(scenario.lasts).after(scenario.drain);
        Ok(Self { scenario, service, pairs, end })
    }

    /// What becomes of a job that is sent when it falls due: whether it is answered in time, and
    /// before the run is over.
    fn course(&mut self, arrival: &Arrival) -> Course {
        let never = Course { answered: Instant::END, in_time: false };
        let place = arrival.group as usize;
        let (Some(group), Some(pair)) = (self.scenario.groups.get(place), self.pairs.get(place))
        else {
            return never;
        };
        let request = Request {
            pair: *pair,
            prompt: arrival.prompt,
            count: group.count.get(),
            max_tokens: group.max_tokens,
            stream: group.stream,
            caller: 0,
            tariff: TariffId::FREE,
            fate: arrival.fate(),
        };
        let ticket = match self.service.receive(arrival.due, request) {
            Answer::Underway(ticket) => ticket,
            Answer::Refused { .. } => return never,
        };
        let answered = ticket.ready_at;
        self.service.finish(answered, ticket);
        let took = answered.since(arrival.due);
        let in_time =
            answered <= self.end && group.deadline.is_none_or(|deadline| took <= deadline);
        Course { answered, in_time }
    }
}

/// What becomes of a job.
struct Course {
    answered: Instant,
    in_time: bool,
}

/// Everything that falls due, in its order: what the scenario has from the outset, and what users
/// want once they have been answered.
struct Due<'s> {
    timeline: Peekable<Timeline<'s>>,
    loops: Loops<'s>,
    wanted: BinaryHeap<Reverse<(Instant, u32, u64)>>,
}

impl<'s> Due<'s> {
    fn of(scenario: &'s Scenario, seed: Seed) -> Self {
        let loops = Loops::of(scenario, seed);
        let wanted = loops.first().map(Self::place).collect();
        Self { timeline: Timeline::of(scenario, seed).peekable(), loops, wanted }
    }

    fn next(&mut self) -> Option<Arrival> {
        let Some(&Reverse(soonest)) = self.wanted.peek() else { return self.timeline.next() };
        let earlier = |arrival: &Arrival| (arrival.due, arrival.group, arrival.job) < soonest;
        if let Some(arrival) = self.timeline.next_if(earlier) {
            return Some(arrival);
        }
        self.wanted.pop();
        let (due, group, job) = soonest;
        self.loops.arrival(Wanted { due, group, job })
    }

    fn ended(&mut self, arrival: &Arrival, at: Instant) {
        let next = self.loops.next_after(arrival.group, arrival.job, at);
        self.wanted.extend(next.map(Self::place));
    }

    const fn place(wanted: Wanted) -> Reverse<(Instant, u32, u64)> {
        Reverse((wanted.due, wanted.group, wanted.job))
    }
}
