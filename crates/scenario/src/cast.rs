//! Who takes part: groups of clients, what they send, and by which strategy.

use core::num::NonZeroU32;

use chance::Copula;
use limits::Span;
use rulebook::{Extent, Model, Work};
use strategies::Parts;

use crate::batch::BatchWays;
use crate::client_set::ClientSetNeed;
use crate::drift::Drift;
use crate::elsewhere::Target;
pub use crate::length::Length;
pub use crate::phase::{Day, Phase, RateCurve};
use crate::trace::TraceNeed;
use crate::users::Users;

/// A group of jobs of one kind: one model, one law of lengths, one traffic.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name in the file.
    pub name: String,
    /// The model it calls.
    pub model: Model,
    /// The endpoint that its jobs go to, by position in the scenario; without one the fleet that
    /// everybody shares, within the account's limits.
    pub endpoint: Option<u32>,
    /// The work it asks for: the model's own class, but for completions of a chat model.
    pub work: Work,
    /// How many pictures a request asks for, or texts it brings along; 1 in other work.
    pub count: NonZeroU32,
    /// How many clients do its jobs, all with one key: each has a strategy's state of its own, and
    /// none knows of the others. Its traffic is dealt out among them, job n to client n mod this.
    pub clients: NonZeroU32,
    /// Over what time its clients begin: number i of N when i Nths of it are over. Until then its jobs
    /// wait, as they do for one that restarts.
    pub starts: Span,
    /// Tokens of a prompt; of one text where a request brings several along, all of that length.
    pub prompt: Length,
    /// Tokens of an answer, before `max_tokens` cuts it.
    pub answer: Length,
    /// How prompt and answer of one job go together; without it neither says anything of the other.
    pub correlation: Option<Copula>,
    /// How lengths go with the time; without it the laws hold all the time.
    pub drift: Option<Drift>,
    /// The longest answer asked for, in tokens; it cuts longer ones.
    pub max_tokens: Option<u32>,
    /// Whether answers are streamed.
    pub stream: bool,
    /// From due to the last byte: later than this is not in time.
    pub deadline: Option<Span>,
    /// When its jobs fall due.
    pub traffic: Traffic,
    /// What comes on top of it for a time.
    pub surges: Vec<Surge>,
    /// A strategy of its own, the same in every cell; the others take the cell's.
    pub strategy: Option<NamedStrategy>,
    /// How its jobs go in batches; without it each is a request of its own.
    pub batch: Option<BatchWays>,
    /// What a request asks for beside tokens, but for how many pictures.
    pub extent: Extent,
    /// Width and height of its pictures in pixels, where it says them.
    pub size: Option<(u32, u32)>,
}

impl Group {
    /// How many texts a request brings along, each as long as its prompt.
    pub(crate) fn inputs(&self) -> u32 {
        if self.work.takes_inputs() { self.count.get() } else { 1 }
    }
}

/// A strategy as the file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStrategy {
    /// Its name in the file.
    pub name: String,
    /// What it is made of.
    pub parts: Parts,
    /// Where it sends what does not get through at home.
    pub elsewhere: Option<Target>,
}

/// When the jobs of a group fall due.
#[derive(Clone, Debug, PartialEq)]
pub enum Traffic {
    /// Phases, one after the other.
    Phases(Vec<Phase>),
    /// The rows of a trace.
    Trace(Box<TraceNeed>),
    /// Whenever a user of a fixed number of them has thought about the last answer.
    Users(Users),
    /// Recorded clients, each at its own rate and variation.
    ClientSet(Box<ClientSetNeed>),
}

/// Jobs on top of a group's traffic. They draw for themselves, so that the others fall due when
/// they would have without them, and take the group's lengths: in one that replays a trace, those
/// of a row by chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Surge {
    /// When it begins, from the beginning of the run.
    pub at: Span,
    /// Which jobs, and for how long; it must end with the run at the latest.
    pub phase: Phase,
}
