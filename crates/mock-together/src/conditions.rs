//! What holds for a pair beside one set of limits: refusals before they are asked, replicas that
//! each count by themselves, failures of the service's own.

use chance::{Purpose, Seed, uniform_below};
use limits::Instant;
use wire::{ErrorKind, Request, Shows};

use crate::answer::Answer;
use crate::course::Millionths;
use crate::engine::Engine;
use crate::pair::Gate;
use crate::terms::Terms;

/// The conditions of one pair.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    /// How many requests have arrived.
    attempts: u64,
    /// Whether nothing is served, because something is not paid.
    pub(crate) blocked: bool,
    /// The share of requests that fail for no reason of theirs.
    pub(crate) failing: Millionths,
}

impl Conditions {
    /// A request arrives.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        terms: &Terms,
        (engine, gate): (&Engine, &mut Gate),
        request: &Request,
    ) -> Answer {
        self.attempts += 1;
        let heard_at = now.after(terms.refusal_takes);
        if let Some(kind) = self.turned_away() {
            let reply = terms.error(kind, Shows::default());
            return Answer::Refused { reply, head_at: heard_at };
        }
        let let_in = match gate.admit(now, engine.cost(request), 0) {
            Ok(let_in) => let_in,
            Err(reply) => return Answer::Refused { reply, head_at: heard_at },
        };
        let failure = if engine.too_long(request) {
            Some((ErrorKind::TooLong, heard_at))
        } else {
            self.fails(request).then_some((ErrorKind::Internal, heard_at))
        };
        if let Some((kind, head_at)) = failure {
            let reply = gate.fail(now, let_in, terms, kind);
            return Answer::Refused { reply, head_at };
        }
        Answer::Underway(engine.ticket(request, let_in, engine.course(now, request)))
    }

    /// Why a request is turned away before any limit is asked.
    fn turned_away(&self) -> Option<ErrorKind> {
        self.blocked.then_some(ErrorKind::NoCredit)
    }

    /// Whether this request fails for no reason of its own.
    fn fails(&self, request: &Request) -> bool {
        let draw = self.draw(Purpose::Failure, request);
        uniform_below(draw, u64::from(Millionths::ALL.0)) < u64::from(self.failing.0)
    }

    /// Bits of chance for this attempt: its job's own, and how many attempts there were before.
    fn draw(&self, purpose: Purpose, request: &Request) -> u64 {
        Seed(request.fate.draw).draw(purpose, 0, self.attempts)
    }
}
