//! What a client is told, and what it answers.

use limits::{Instant, Span};
use wire::{ErrorKind, Reply, Usage};

use crate::elsewhere::Route;

/// A job's place in its client's table. The drive hands places out and may use one again as soon
/// as the job that had it is finished.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u32);

/// One sending of a job: the first is number 1.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId {
    /// The job that is sent.
    pub job: JobId,
    /// Which sending of it, from 1.
    pub n: u32,
}

/// A job to be done.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its place in the client's table.
    pub job: JobId,
    /// Its number within its group, from 0: the identity that jitter is drawn by.
    pub number: u64,
    /// When it is wanted.
    pub due: Instant,
    /// When its answer stops being of use.
    pub deadline: Option<Instant>,
    /// Tokens of its prompt.
    pub prompt: u32,
    /// How much of the limit on requests it takes: the pictures, where that counts those, else 1.
    pub units: u32,
    /// The bound on its answer that the request carries.
    pub max_tokens: Option<u32>,
    /// Tokens of answer to reckon with where the request carries no bound.
    pub expected_answer: u32,
}

impl Offer {
    /// Tokens that a client which reserves beforehand sets aside: the prompt and the longest
    /// answer it has to reckon with.
    #[must_use]
    pub fn reservation(&self) -> u64 {
        u64::from(self.prompt) + u64::from(self.max_tokens.unwrap_or(self.expected_answer))
    }
}

/// Something that happened.
#[derive(Copy, Clone, Debug)]
pub enum Event<'r> {
    /// A job is due.
    Offered(Offer),
    /// Status and headers of an answer arrived. Anything but a success ends its attempt here.
    Head {
        /// Which attempt it answers.
        at: AttemptId,
        /// What it said.
        reply: &'r Reply,
    },
    /// An attempt that had not been refused is over.
    Ended {
        /// Which attempt.
        at: AttemptId,
        /// How.
        how: Ended,
    },
    /// A timer that the client had asked for.
    Wake(Timer),
    /// Nobody wants the job's answer any more.
    Withdrawn(JobId),
}

/// How an attempt that was not refused ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its last byte arrived.
    Complete(Usage),
    /// The stream carried an error instead of its rest.
    ErrorInStream(ErrorKind),
    /// The connection broke within the answer.
    Cut,
    /// The client's own time-out passed.
    TimedOut,
    /// No connection could be made, or it broke before any answer.
    NoConnection,
}

/// A wake-up that the client asked for. One that no longer fits is ignored.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A job's wait is over.
    Job {
        /// Whose.
        job: JobId,
        /// Which of the waits in that place; places are used again, generations are not.
        generation: u32,
    },
    /// The bucket of a fleet has no permit for a job in time.
    Denied {
        /// Whose.
        job: JobId,
        /// Which of the waits in that place.
        generation: u32,
    },
    /// The head of the queue may go.
    Queue {
        /// Which of the queue's waits.
        generation: u32,
    },
}

/// How long a client waits for the service itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// The longest silence within an attempt: from sending to the first byte, or between bytes.
    /// `None` waits for ever.
    pub silence: Option<Span>,
}

/// What a client asks of the bucket that its fleet shares.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Wants {
    /// How much of the limit on requests.
    pub requests: u32,
    /// How many tokens.
    pub tokens: u64,
    /// A permit for later than this is of no use.
    pub latest: Instant,
    /// What the timers of the answer carry.
    pub generation: u32,
}

/// Something to be done.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send an attempt now.
    Send {
        /// Which.
        at: AttemptId,
        /// How long to wait for it.
        timeouts: Timeouts,
        /// Where to.
        route: Route,
    },
    /// Let an attempt go whose answer is no longer wanted. It gets no further event.
    Cancel(AttemptId),
    /// Come back at an instant.
    WakeAt {
        /// When.
        at: Instant,
        /// With what.
        timer: Timer,
    },
    /// Ask the bucket that a fleet shares for a permit. The answer is a wake-up: [`Timer::Job`] at
    /// the instant for which it was given, [`Timer::Denied`] where there is none in time. Permits
    /// are given in the order in which they were asked for.
    Reserve {
        /// Whose attempt it is for.
        job: JobId,
        /// What it asks for.
        wants: Wants,
    },
    /// Tell that bucket what was really used of a permit.
    Restore {
        /// What goes back of the limit on requests.
        requests: u32,
        /// What goes back of the tokens; below zero, what was used beyond them.
        tokens: i64,
    },
    /// The job is over and its place is free.
    Finish {
        /// Which.
        job: JobId,
        /// How it ended.
        outcome: Outcome,
    },
}

/// How a job ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// With an answer.
    Answered,
    /// Without one.
    GaveUp(GaveUpBecause),
}

/// Why a client gave a job up.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GaveUpBecause {
    /// Waiting cannot mend what was answered, or the client never retries.
    NotRetried,
    /// It was tried as often as the client tries.
    TriesSpent,
    /// Its deadline passed, or the next wait would pass it.
    Deadline,
    /// It has been tried for as long as the client tries, or would have been after the next wait.
    Elapsed,
    /// The server asked for more patience than the client has.
    HintTooLong,
    /// The client's budget of retries is spent.
    Budget,
    /// The client's circuit breaker is open.
    BreakerOpen,
    /// The client refused it itself, because so much is refused.
    Shed,
    /// It is larger than the service admits at all.
    Impossible,
    /// Nobody wants it any more.
    Withdrawn,
}
