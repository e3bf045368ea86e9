//! A service set up for one test, and requests put to it by hand.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::sync::Arc;

use limits::{Instant, Span};
use mock_together::{Account, Answer, Happening, Limits, OrganizationId, Service, Terms, Ticket};
use rulebook::{Edition, Rulebook};
use wire::{Fate, PairId, Reply, Request, TariffId};

pub(crate) const LLAMA: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
pub(crate) const MAVERICK: &str = "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8";

const DYNAMIC_HEADERS: &str = r#"
limit_dynamic = { value = "x-ratelimit-limit-dynamic", source = "ours", certainty = "assumed" }
remaining_dynamic = { value = "x-ratelimit-remaining-dynamic", source = "ours", certainty = "assumed" }
"#;

const DYNAMIC: &str = r#"
[dynamic]
base_requests = { value = "60/min", source = "ours", certainty = "assumed" }
base_tokens = { value = "60000/min", source = "ours", certainty = "assumed" }
horizon = { value = "1h", source = "ours", certainty = "assumed" }
token_window = { value = "60s", source = "ours", certainty = "assumed" }

[assumptions.dynamic_factor]
value = "2"
alternatives = ["1.5", "3"]
says = "How much above the past hour."
source = "ours"
certainty = "assumed"

[assumptions.dynamic_cap]
value = "tier"
alternatives = ["6000/min"]
says = "The most requests."
source = "ours"
certainty = "assumed"

[assumptions.dynamic_token_cap]
value = "tier"
alternatives = ["6000000/min"]
says = "The most tokens."
source = "ours"
certainty = "assumed"

[assumptions.dynamic_reset]
value = "3s"
alternatives = ["1s"]
says = "When to come back."
source = "ours"
certainty = "assumed"

[assumptions.dynamic_hint]
value = "none"
alternatives = ["reset"]
says = "Whether a hint says so, too."
source = "ours"
certainty = "assumed"
"#;

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
        Self::of(rulebook.edition(edition).unwrap().clone(), changes, course)
    }

    /// The edition of tiers with dynamic rates beside them: a base of 60 requests and 60,000 tokens
    /// a minute, twice the past hour, at most what the tier allows. One model works off 1,000
    /// tokens a second, nobody else uses it, and half a second of it may wait.
    pub(crate) fn hybrid(changes: &[(&str, &str)], course: &[Happening]) -> Self {
        let rulebook = Rulebook::embedded().unwrap();
        let text = rulebook.edition("2025-11").unwrap().text();
        let headers = text.replace("[headers]\n", &format!("[headers]\n{DYNAMIC_HEADERS}"));
        let edition = Edition::parse("hybrid", &format!("{headers}\n{DYNAMIC}")).unwrap();
        let scarce = [
            ("model_capacity", "1000/s"),
            ("other_tenants", "0%"),
            ("capacity_buffer", "500ms"),
            ("first_token_noise", "0"),
        ];
        Self::of(edition, &[&scarce, changes].concat(), course)
    }

    fn of(edition: Edition, changes: &[(&str, &str)], course: &[Happening]) -> Self {
        let edition = Arc::new(edition);
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
            Answer::Refused { reply, head_at, .. } => (reply, head_at),
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
    Request {
        pair,
        prompt: 0,
        count: 1,
        max_tokens: None,
        stream: false,
        caller: 0,
        tariff: TariffId::FREE,
        fate,
    }
}

/// The same with a fate of its own.
pub(crate) fn nth(pair: PairId, n: u64) -> Request {
    let draw = chance::Seed(1).draw(chance::Purpose::Fate, 0, n);
    Request { fate: Fate { answer: 0, draw }, ..request(pair) }
}

/// What the first so many of these requests meet, sent so many milliseconds apart from a time on.
pub(crate) fn meets(
    house: &mut House,
    (from, apart, count): (u64, u64, u64),
    request: Request,
) -> Vec<Option<wire::ErrorKind>> {
    let meet = |n| match house.service.receive(at(from + n * apart), request) {
        Answer::Underway(_) => None,
        Answer::Refused { reply, .. } => reply.error,
    };
    (0..count).map(meet).collect()
}

/// How many of them met this.
pub(crate) fn count(met: &[Option<wire::ErrorKind>], kind: Option<wire::ErrorKind>) -> usize {
    met.iter().filter(|one| **one == kind).count()
}
