//! What the jobs of a group ask for, as a drive needs it for each: resolved once for a run.

use limits::Span;
use strategies::{JobId, Offer};

use crate::scenario::Scenario;
use crate::timeline::Arrival;

/// What every job of a group has in common.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    /// Pictures that a request asks for, or texts that it brings along.
    pub count: u32,
    /// How much of the limit on requests it takes.
    pub units: u32,
    /// The longest answer asked for, in tokens.
    pub max_tokens: Option<u32>,
    /// Tokens of answer that a client reckons with where that is not said.
    pub expected_answer: u32,
    /// Whether answers are streamed.
    pub stream: bool,
    /// How long after its due time a job's answer is still in time.
    pub deadline: Option<Span>,
}

impl Asks {
    /// A job that falls due, as its client is told of it at this place of its table.
    #[inline]
    #[must_use]
    pub fn offer(&self, job: JobId, arrival: &Arrival) -> Offer {
        Offer {
            job,
            number: arrival.job,
            due: arrival.due,
            deadline: self.deadline.map(|deadline| arrival.due.after(deadline)),
            prompt: arrival.prompt,
            units: self.units,
            max_tokens: self.max_tokens,
            expected_answer: self.expected_answer,
        }
    }
}

impl Scenario {
    /// What the jobs of each group ask for, in the order of the groups.
    pub fn asks(&self) -> impl Iterator<Item = Asks> {
        self.groups.iter().enumerate().map(|(number, group)| Asks {
            count: group.count.get(),
            units: self.units(group),
            max_tokens: group.max_tokens,
            expected_answer: self.expected_answer(number),
            stream: group.stream,
            deadline: group.deadline,
        })
    }
}
