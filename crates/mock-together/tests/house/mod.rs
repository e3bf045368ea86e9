//! A service set up for one test, and requests put to it by hand.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::sync::Arc;

use limits::{Instant, Span};
use mock_together::{Account, Answer, Happening, Limits, OrganizationId, Service, Terms, Ticket};
use rulebook::{Edition, Rulebook};
use wire::{Fate, PairId, Reply, Request};

pub(crate) const LLAMA: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
pub(crate) const MAVERICK: &str = "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8";

pub(crate) struct House {
    pub(crate) edition: Arc<Edition>,
    pub(crate) terms: Terms,
    pub(crate) service: Service,
}

impl House {
    /// An edition of the rulebook under these assumptions.
    pub(crate) fn assuming(edition: &str, changes: &[(&str, &str)]) -> Self {
        Self::with_course(edition, changes, &[])
    }

    /// The same, with what happens meanwhile.
    pub(crate) fn with_course(
        edition: &str,
        changes: &[(&str, &str)],
        course: &[Happening],
    ) -> Self {
        let rulebook = Rulebook::embedded().unwrap();
        let edition = Arc::new(rulebook.edition(edition).unwrap().clone());
        let assumptions = changes
            .iter()
            .fold(edition.assumptions(), |all, (name, value)| all.with(name, value).unwrap());
        let terms = Terms::new(&edition, &assumptions, Limits::Published);
        let terms = terms.with_course(course.into());
        let service = Service::new(&terms);
        Self { edition, terms, service }
    }

    pub(crate) fn account(&self, organization: u32, tier: &str, model: &str) -> Account {
        Account::new(
            OrganizationId(organization),
            self.edition.tier(tier).unwrap(),
            self.edition.model(model),
        )
    }

    pub(crate) fn enrol(&mut self, account: &Account) -> PairId {
        self.service.enrol(&self.terms, account).unwrap()
    }

    pub(crate) fn admitted(&mut self, millis: u64, request: Request) -> Ticket {
        match self.service.receive(at(millis), request) {
            Answer::Underway(ticket) => ticket,
            Answer::Refused { reply, .. } => panic!("refused at {millis} ms: {reply:?}"),
        }
    }

    pub(crate) fn refused(&mut self, millis: u64, request: Request) -> (Reply, Instant) {
        match self.service.receive(at(millis), request) {
            Answer::Refused { reply, head_at } => (reply, head_at),
            Answer::Underway(ticket) => panic!("admitted at {millis} ms: {ticket:?}"),
        }
    }
}

pub(crate) fn at(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

/// A request for nothing in particular, with the median of every chance.
pub(crate) fn request(pair: PairId) -> Request {
    let fate = Fate { answer: 0, draw: 1 << 63 };
    Request { pair, prompt: 0, count: 1, max_tokens: None, stream: false, caller: 0, fate }
}

/// The same with a fate of its own.
pub(crate) fn nth(pair: PairId, n: u64) -> Request {
    let draw = chance::Seed(1).draw(chance::Purpose::Fate, 0, n);
    Request { fate: Fate { answer: 0, draw }, ..request(pair) }
}
