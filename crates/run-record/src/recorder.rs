//! Counting while a run happens.
//!
//! This is on the path of every event of a simulation, so it adds integers to places that were
//! allocated once: nothing is allocated per event, nothing is drawn, nothing is formatted, and what
//! is allocated does not depend on the length of the run.

use limits::{Instant, Span};
use wire::{Status, Usage};

use crate::books::Unbalanced;
use crate::expectation::Measure;
use crate::leaf::{GroupLeaf, RefusedBy};
use crate::tally::Tally;

/// What a recorder must know of its cell beforehand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CellSpec {
    /// How long jobs keep falling due.
    pub lasts: Span,
    /// How long the run goes on after that.
    pub drain: Span,
    /// How many groups there are.
    pub groups: u32,
    /// Bounds whose jobs are to be counted exactly.
    pub bounds: Vec<Bound>,
}

/// Jobs within this bound are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bound {
    /// The time that is bounded.
    pub measure: Measure,
    /// The longest that is within.
    pub at_most: Span,
    /// Jobs of this group only, by its number.
    pub group: Option<u32>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AttemptEnd {
    /// When it was sent.
    pub sent: Instant,
    /// When the client knew.
    pub now: Instant,
    /// What the client received.
    pub how: AttemptOutcome,
    /// Whether it was its job's first attempt.
    pub first: bool,
}

/// What a client received for an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttemptOutcome {
    /// A complete answer.
    Ok(Usage),
    /// A status of 4xx.
    Refused {
        /// The status.
        status: Status,
        /// The cause as the client could read it.
        cause: RefusedBy,
        /// The cause as the service knew it; what the client read where nobody knows better.
        truly: RefusedBy,
    },
    /// A status of 5xx, an error inside a stream, or a stream cut short.
    Failed {
        /// The status of the answer's head.
        status: Status,
    },
    /// Nothing.
    Unanswered,
    /// The client gave it up while it was under way.
    Cancelled,
    /// Still under way when the run ended.
    Open,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct JobEnd {
    /// When it fell due.
    pub due: Instant,
    /// How long after that an answer is still in time; without one, every answer is.
    pub deadline: Option<Span>,
    /// Attempts it took in all.
    pub attempts: u32,
    /// What became of it.
    pub how: JobOutcome,
}

/// What became of a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JobOutcome {
    /// It was answered completely.
    Answered {
        /// When the successful attempt was sent.
        sent: Instant,
        /// When its first token arrived.
        first_token: Instant,
        /// When its last byte arrived.
        answered: Instant,
        /// Its tokens.
        usage: Usage,
    },
    /// Its strategy gave up.
    GaveUp {
        /// When.
        at: Instant,
    },
    /// The run ended first.
    Unfinished,
}

/// Counts one replication of one cell, per group.
///
/// ```
/// use limits::{Instant, Span};
/// use run_record::{AttemptEnd, AttemptOutcome, CellSpec, JobEnd, JobOutcome, Recorder};
/// use wire::Usage;
///
/// let lasts = Span::from_secs(60);
/// let mut recorder =
///     Recorder::new(&CellSpec { lasts, drain: Span::ZERO, groups: 1, bounds: vec![] });
///
/// let (due, answered) = (Instant::START, Instant::START.after(Span::from_secs(2)));
/// let usage = Usage { prompt: 900, completion: 300 };
/// recorder.offered(0, due, usage);
/// recorder.sent(0, due, true);
/// let how = AttemptOutcome::Ok(usage);
/// recorder.attempt_ended(0, AttemptEnd { sent: due, now: answered, how, first: true });
/// let how = JobOutcome::Answered { sent: due, first_token: answered, answered, usage };
/// recorder.job_ended(0, JobEnd { due, deadline: None, attempts: 1, how });
///
/// let groups = recorder.finish().unwrap();
/// assert_eq!(groups[0].leaf.jobs.in_time, 1);
/// assert_eq!(groups[0].leaf.tokens.in_time.total(), 1_200);
/// ```
#[derive(Clone, Debug)]
pub struct Recorder {
    groups: Vec<Tally>,
    /// Events of groups that do not exist.
    strays: u64,
}

impl Recorder {
    /// A recorder for one replication of a cell; all that it will ever need is allocated here.
    #[must_use]
    pub fn new(spec: &CellSpec) -> Recorder {
        let groups = (0..spec.groups).map(|group| Tally::new(spec, group)).collect();
        Recorder { groups, strays: 0 }
    }

    /// A job fell due, with the tokens it will have once it is answered.
    pub fn offered(&mut self, group: u32, due: Instant, tokens: Usage) {
        if let Some(group) = self.group(group) {
            group.offered(due, tokens);
        }
    }

    /// An attempt leaves a client; `first` when it is its job's first.
    pub fn sent(&mut self, group: u32, now: Instant, first: bool) {
        if let Some(group) = self.group(group) {
            group.sent(now, first);
        }
    }

    /// An attempt ended, or the run ended while it was under way.
    pub fn attempt_ended(&mut self, group: u32, end: AttemptEnd) {
        if let Some(group) = self.group(group) {
            group.attempt_ended(&end);
        }
    }

    /// A job ended, or the run ended before it did.
    pub fn job_ended(&mut self, group: u32, end: JobEnd) {
        if let Some(group) = self.group(group) {
            group.job_ended(&end);
        }
    }

    /// Closes both books and hands out one leaf per group.
    ///
    /// # Errors
    /// [`Unbalanced`] when an attempt or a job was reported at one of its ends only.
    pub fn finish(self) -> Result<Vec<GroupLeaf>, Unbalanced> {
        let groups = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        if self.strays > 0 {
            return Err(Unbalanced::UnknownGroup { events: self.strays, groups });
        }
        (0..).zip(self.groups).map(|(number, group)| group.finish(number)).collect()
    }

    fn group(&mut self, group: u32) -> Option<&mut Tally> {
        let found = self.groups.get_mut(group as usize);
        if found.is_none() {
            self.strays += 1;
        }
        found
    }
}
