//! What works behind the limits: how long a model takes, what it counts, and what is too long for
//! it.

use limits::{Cost, Instant, Receipt, Tokens};
use rulebook::{Edition, Model, Unit};
use wire::{Request, Shows, Usage};

use crate::answer::{Placed, Ticket};
use crate::terms::Terms;
use crate::upstream::{Course, Pace};

/// A model at work.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pace: Pace,
    /// What the limit on requests counts.
    unit: Unit,
    /// Whether its answers are tokens.
    answers: bool,
    /// The most tokens that prompt and answer may have together.
    context: u64,
}

/// A request that was let in, and what its headers say of that.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) receipt: Receipt,
    pub(crate) shows: Shows,
    pub(crate) headroom: Option<u32>,
    pub(crate) replica: u8,
    pub(crate) placed: Placed,
}

impl Engine {
    pub(crate) fn new(terms: &Terms, model: &Model) -> Self {
        let answers = model.work().answers_in_tokens();
        // Of several texts that are only read, each may fill the context.
        let context = terms.edition.context(model).filter(|_| answers);
        Self {
            pace: terms.pace(model),
            unit: Edition::unit(model, &terms.assumptions),
            answers,
            context: context.map_or(u64::MAX, |tokens| tokens.0),
        }
    }

    /// What a request asks of the limits.
    #[inline]
    pub(crate) fn cost(&self, request: &Request) -> Cost {
        let requests = limits::Requests(self.unit.of(request.count).into());
        Cost { requests, tokens: Tokens(bound(request)) }
    }

    /// Whether it asks for more than the model's context holds.
    #[inline]
    pub(crate) fn too_long(&self, request: &Request) -> bool {
        bound(request) > self.context
    }

    /// What it will have used in the end.
    #[inline]
    pub(crate) fn usage(&self, request: &Request) -> Usage {
        let completion = if self.answers { request.answer() } else { 0 };
        Usage { prompt: request.prompt, completion }
    }

    /// The course of its answer, begun at `now`.
    #[inline]
    pub(crate) fn course(&self, now: Instant, request: &Request) -> Course {
        self.pace.course(now, request, self.usage(request).completion)
    }

    /// The ticket of a request whose answer takes this course.
    #[inline]
    pub(crate) fn ticket(&self, request: &Request, let_in: Admitted, course: Course) -> Ticket {
        let Admitted { receipt, shows, headroom, replica, placed } = let_in;
        Ticket {
            pair: request.pair,
            receipt,
            tariff: request.tariff,
            shows,
            first_token_at: course.first_token_at,
            ready_at: course.ready_at,
            stream: request.stream,
            replica,
            placed,
            headroom,
            usage: self.usage(request),
        }
    }
}

/// The most tokens that a request may come to, as far as it says.
#[inline]
fn bound(request: &Request) -> u64 {
    u64::from(request.prompt) + u64::from(request.max_tokens.unwrap_or(0))
}
