//! What holds for a pair beside one set of limits, in the order in which a request meets it:
//!
//! ```text
//!   gate 403 ─► unpaid 402 ─► a replica's limits 429 ─► context 400 ─► failures 500 ─► capacity 503
//!   nothing is taken          nothing is taken          each has taken a request ─► or 429, above
//!                                                       of the replica's limit      the dynamic rate
//! ```

use std::sync::Arc;

use chance::{Purpose, Seed, uniform_below};
use limits::Instant;
use rulebook::{Edition, Millionths, OnBlock, Routing};
use wire::{ErrorKind, Reply, Request, Usage};

use crate::account::Account;
use crate::answer::{Answer, Placed, Ticket};
use crate::capacity::{Fleet, NoTurn, Turn};
use crate::dedicated::Dedicated;
use crate::dynamic::DynamicRate;
use crate::engine::{Admitted, Engine};
use crate::pair::{Gate, Standings};
use crate::terms::Terms;

/// The conditions of one pair.
#[derive(Debug)]
pub(crate) struct Conditions {
    /// How many requests have arrived.
    attempts: u64,
    /// Why the account has no access to the model at all.
    pub(crate) no_access: Option<ErrorKind>,
    /// Whether nothing is served, because the run says that something is not paid.
    blocked: bool,
    /// Whether nothing is served, because the organization's books say so.
    unpaid: bool,
    /// The replicas of the gateway beside the first.
    pub(crate) others: Vec<Gate>,
    routing: Routing,
    /// The share of requests that fail for no reason of theirs.
    pub(crate) failing: Millionths,
    pub(crate) dynamic: Option<DynamicRate>,
    pub(crate) behind: Behind,
    /// The edition as its limits have moved for this pair.
    pub(crate) edition: Arc<Edition>,
}

/// What works off the tokens of a pair.
#[derive(Debug)]
pub(crate) enum Behind {
    /// As much as it takes.
    Boundless,
    /// The fleet with this index.
    Fleet(usize),
    /// Hardware of its own.
    Endpoint(Box<Dedicated>),
}

impl Conditions {
    /// No conditions yet.
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            attempts: 0,
            no_access: None,
            blocked: false,
            unpaid: false,
            others: Vec::new(),
            routing: terms.assumptions.routing(),
            failing: terms.assumptions.background_failures(),
            dynamic: None,
            behind: Behind::Boundless,
            edition: Arc::clone(&terms.edition),
        }
    }

    /// The conditions of an account as its run begins, if there are any.
    pub(crate) fn of(
        terms: &Terms,
        account: &Account,
        gate: &Gate,
        fleets: &mut Vec<Fleet>,
    ) -> Option<Box<Self>> {
        let Account { tier, model, past_hour, endpoint, .. } = account;
        let (edition, given) = (&terms.edition, terms.assumptions.as_ref());
        let mut conditions = Self::new(terms);
        if let Some(endpoint) = endpoint {
            conditions.behind = Behind::Endpoint(Box::new(Dedicated::new(endpoint)));
            return Some(Box::new(conditions));
        }
        let gated = edition.gate(tier, model, given);
        conditions.no_access = gated.map(|gated| gated.kind);
        let others = given.gateway_replicas().saturating_sub(1);
        conditions.others = (0..others).map(|_| gate.clone()).collect();
        conditions.dynamic = edition
            .dynamic(tier, model, given)
            .map(|rule| DynamicRate::new(rule, edition, model, *past_hour));
        if let Some(capacity) = edition.capacity(model, given) {
            let known = fleets.iter().position(|fleet| fleet.model == model.name());
            conditions.behind = Behind::Fleet(known.unwrap_or(fleets.len()));
            if known.is_none() {
                fleets.push(Fleet::new(model.name(), &capacity));
            }
        }
        conditions.is_any().then(|| Box::new(conditions))
    }

    fn is_any(&self) -> bool {
        self.no_access.is_some()
            || !self.others.is_empty()
            || self.failing > Millionths::NONE
            || self.dynamic.is_some()
            || !matches!(self.behind, Behind::Boundless)
    }

    /// A request arrives.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        terms: &Terms,
        pair: &mut Standings<'_>,
        fleets: &mut [Fleet],
        request: &Request,
    ) -> Answer {
        self.attempts += 1;
        let soon = now.after(terms.refusal_takes);
        if let Some(kind) = self.turned_away() {
            let reply = terms.error(kind, pair.gate.shows(now, None));
            return Answer::Refused { reply, head_at: soon, placed: Placed::Nowhere };
        }
        if let Some(dynamic) = &mut self.dynamic {
            dynamic.move_on(now, &self.edition, pair.model);
        }
        let (number, luck) = (self.replica(request), self.draw(Purpose::Failure, request));
        let Self { others, dynamic, failing, behind, .. } = self;
        let gate = gate_of(number, pair.gate, others);
        let placed = gate.placed(now);
        let (mut let_in, above) =
            match admit(now, number, gate, dynamic.as_mut(), pair.engine, request) {
                Ok(admitted) => admitted,
                Err(reply) => return Answer::Refused { reply, head_at: soon, placed },
            };
        if pair.engine.too_long(request) {
            let reply = gate.fail(now, let_in, terms, ErrorKind::TooLong);
            return Answer::Refused { reply, head_at: soon, placed };
        }
        if uniform_below(luck, u64::from(Millionths::ALL.0)) < u64::from(failing.0) {
            let head_at = now.after(terms.assumptions.failure_takes());
            let reply = gate.fail(now, let_in, terms, ErrorKind::Internal);
            return Answer::Refused { reply, head_at, placed };
        }
        let tokens = pair.engine.usage(request).total();
        match behind.take(now, tokens, fleets, soon) {
            Ok(Turn { at, slowed }) => {
                let course = pair.engine.course(at, request).slowed(slowed);
                Answer::Underway(pair.engine.ticket(request, let_in, course))
            }
            Err(NoTurn { heard_at }) => {
                let blamed = gate.wording.as_ref().filter(|_| above.is_some());
                let_in.shows = blamed.map_or(let_in.shows, |wording| wording.blamed(let_in.shows));
                let kind = above.unwrap_or(ErrorKind::Unavailable);
                let reply = gate.fail(now, let_in, terms, kind);
                Answer::Refused { reply, head_at: heard_at, placed }
            }
        }
    }

    /// An answer is complete, or its client has left.
    pub(crate) fn charge(
        &mut self,
        now: Instant,
        pair: &mut Standings<'_>,
        (usage, complete): (Usage, bool),
        ticket: Ticket,
    ) {
        if let Some(dynamic) = &mut self.dynamic {
            dynamic.move_on(now, &self.edition, pair.model);
            dynamic.used(now, ticket.receipt.reserved().requests, usage, complete);
        }
        gate_of(ticket.replica, pair.gate, &mut self.others).settle(now, usage, ticket);
    }

    /// The account is blocked from now on, or is not.
    pub(crate) fn block(&mut self, at: Instant, terms: &Terms, blocked: bool) {
        self.blocked = blocked;
        self.rest(at, terms);
    }

    /// Its organization's books say from now on that it is not served, or that it is.
    pub(crate) fn owe(&mut self, at: Instant, terms: &Terms, unpaid: bool) {
        self.unpaid = unpaid;
        self.rest(at, terms);
    }

    /// Whether nothing is served, because something is not paid.
    pub(crate) const fn is_blocked(&self) -> bool {
        self.blocked || self.unpaid
    }

    /// Hardware of one's own runs while it is paid for, or all the same.
    fn rest(&mut self, at: Instant, terms: &Terms) {
        let blocked = self.is_blocked();
        if terms.billing.blocked_endpoints == OnBlock::Stop
            && let Behind::Endpoint(dedicated) = &mut self.behind
        {
            if blocked { dedicated.block(at) } else { dedicated.unblock(at) }
        }
    }

    /// The hardware behind it, where that is the account's own.
    pub(crate) fn dedicated(&self) -> Option<&Dedicated> {
        match &self.behind {
            Behind::Endpoint(dedicated) => Some(dedicated),
            Behind::Boundless | Behind::Fleet(_) => None,
        }
    }

    /// Why a request is turned away before any limit is asked.
    pub(crate) fn turned_away(&self) -> Option<ErrorKind> {
        self.no_access.or(self.is_blocked().then_some(ErrorKind::NoCredit))
    }

    /// Which replica of the gateway this request comes to.
    fn replica(&self, request: &Request) -> u8 {
        let count = self.others.len() as u64 + 1;
        let number = match self.routing {
            Routing::Sticky => u64::from(request.caller) % count,
            Routing::Random => uniform_below(self.draw(Purpose::Replica, request), count),
        };
        u8::try_from(number).unwrap_or(0)
    }

    /// Bits of chance for this attempt: its job's own, and how many attempts there were before.
    fn draw(&self, purpose: Purpose, request: &Request) -> u64 {
        Seed(request.fate.draw).draw(purpose, 0, self.attempts)
    }
}

impl Behind {
    /// A request for so many tokens takes its turn; `soon` is when a refusal is heard that nobody
    /// waited for.
    fn take(
        &mut self,
        now: Instant,
        tokens: u64,
        fleets: &mut [Fleet],
        soon: Instant,
    ) -> Result<Turn, NoTurn> {
        let boundless = Ok(Turn { at: now, slowed: crate::upstream::Slowed::NOT });
        match self {
            Self::Boundless => boundless,
            Self::Fleet(index) => {
                fleets.get_mut(*index).map_or(boundless, |fleet| fleet.take(now, tokens))
            }
            Self::Endpoint(dedicated) => dedicated.take(now, tokens, soon),
        }
    }
}

/// A replica lets a request in, and says how it is refused if capacity lacks because it is above
/// the dynamic rate; or refuses it. Either way the response shows that rate, too.
fn admit(
    now: Instant,
    number: u8,
    gate: &mut Gate,
    dynamic: Option<&mut DynamicRate>,
    engine: &Engine,
    request: &Request,
) -> Result<(Admitted, Option<ErrorKind>), Reply> {
    let cost = engine.cost(request);
    let let_in = gate.admit(now, cost, number);
    let Some(dynamic) = dynamic else { return let_in.map(|let_in| (let_in, None)) };
    let above = if let_in.is_ok() { dynamic.above(now, cost) } else { None };
    let shown = |shows| dynamic.shown(now, gate.wording.as_ref(), shows);
    match let_in {
        Ok(let_in) => Ok((Admitted { shows: shown(let_in.shows), ..let_in }, above)),
        Err(reply) => Err(Reply { shows: shown(reply.shows), ..reply }),
    }
}

/// A replica by its number.
fn gate_of<'g>(number: u8, first: &'g mut Gate, others: &'g mut [Gate]) -> &'g mut Gate {
    match usize::from(number).checked_sub(1).and_then(|index| others.get_mut(index)) {
        Some(other) => other,
        None => first,
    }
}
