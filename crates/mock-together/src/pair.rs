//! One organization's use of one model: the unit that limits apply to.

use limits::{Cost, Decision, Instant, Limiter, Policy, Refusal, Standing, Tokens};
use rulebook::{Model, Wording, refused_by};
use wire::{ErrorKind, Reply, Request, Shows, Status, Usage};

use crate::account::{Account, Endpoint, OrganizationId};
use crate::answer::{Answer, Ticket};
use crate::conditions::Conditions;
use crate::course::Change;
use crate::engine::{Admitted, Engine};
use crate::terms::{Limits, NoLimits, Terms};

/// One organization's use of one model.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) organization: OrganizationId,
    pub(crate) model: Model,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) engine: Engine,
    pub(crate) gate: Gate,
    /// What holds beside one set of limits; most pairs have nothing of the sort.
    pub(crate) conditions: Option<Box<Conditions>>,
}

/// A replica of the gateway: it counts by itself.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) limiter: Limiter,
    /// `None` where no limit is in force: nothing is shown then.
    pub(crate) wording: Option<Wording>,
}

impl Pair {
    pub(crate) fn new(terms: &Terms, account: &Account) -> Result<Self, NoLimits> {
        let Account { organization, model, endpoint, .. } = account;
        let limited = terms.limits == Limits::Published && endpoint.is_none();
        let gate = if limited {
            let none = || NoLimits { account: Box::new(account.clone()) };
            Gate::new(terms, account).ok_or_else(none)?
        } else {
            Gate { limiter: Limiter::new(Policy::unlimited()), wording: None }
        };
        Ok(Self {
            organization: *organization,
            model: model.clone(),
            endpoint: endpoint.clone(),
            engine: Engine::new(terms, model),
            gate,
            conditions: None,
        })
    }

    /// Whether an account is this one.
    pub(crate) fn is_of(&self, account: &Account) -> bool {
        let number = |endpoint: &Option<Endpoint>| endpoint.as_ref().map(|of| of.number);
        self.organization == account.organization
            && self.model == account.model
            && number(&self.endpoint) == number(&account.endpoint)
    }

    /// A request arrives, where nothing but one set of limits holds.
    #[inline]
    pub(crate) fn receive(&mut self, now: Instant, terms: &Terms, request: &Request) -> Answer {
        let Self { engine, gate, .. } = self;
        let reply = match gate.admit(now, engine.cost(request), 0) {
            Ok(let_in) if engine.too_long(request) => {
                gate.fail(now, let_in, terms, ErrorKind::TooLong)
            }
            Ok(let_in) => {
                let course = engine.course(now, request);
                return Answer::Underway(engine.ticket(request, let_in, course));
            }
            Err(reply) => reply,
        };
        Answer::Refused { reply, head_at: now.after(terms.refusal_takes) }
    }

    /// A change comes true, whether it is about this pair or not.
    pub(crate) fn turn(&mut self, _at: Instant, change: &Change) {
        match change {
            Change::Blocked { organization, blocked } if *organization == self.organization => {
                self.conditions.get_or_insert_default().blocked = *blocked;
            }
            Change::Failing { share } => {
                self.conditions.get_or_insert_default().failing = *share;
            }
            Change::Blocked { .. }
            | Change::Capacity { .. }
            | Change::Others { .. }
            | Change::Tier { .. }
            | Change::Limits { .. } => {}
        }
    }

    pub(crate) fn standing(&self, now: Instant) -> Standing<'_> {
        self.gate.limiter.standing(now)
    }
}

impl Gate {
    fn new(terms: &Terms, account: &Account) -> Option<Self> {
        let Account { tier, model, .. } = account;
        let policy = terms.edition.policy(tier, model, &terms.assumptions)?;
        let wording = terms.edition.wording(tier, model, &terms.assumptions)?;
        Some(Self { limiter: Limiter::new(policy), wording: Some(wording) })
    }

    /// Lets a request in as this replica, or says how it is refused.
    #[inline]
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        cost: Cost,
        replica: u8,
    ) -> Result<Admitted, Reply> {
        match self.limiter.admit(now, cost) {
            Decision::Admitted(receipt) => {
                let headroom = self.limiter.standing(now).headroom();
                Ok(Admitted { receipt, shows: self.shows(now, None), headroom, replica })
            }
            Decision::Refused(refusal) => {
                let shows = self.shows(now, Some(refusal));
                Err(error(Status::TOO_MANY_REQUESTS, refused_by(refusal.by), shows))
            }
            Decision::TooLarge { .. } => {
                let shows = self.shows(now, None);
                Err(error(Status::BAD_REQUEST, ErrorKind::TooLong, shows))
            }
        }
    }

    /// A request that was let in fails: it keeps what it took of the limit on requests, and has
    /// used no token.
    #[cold]
    pub(crate) fn fail(
        &mut self,
        now: Instant,
        let_in: Admitted,
        terms: &Terms,
        kind: ErrorKind,
    ) -> Reply {
        let Admitted { receipt, shows, .. } = let_in;
        let spent = Cost::new(receipt.reserved().requests, Tokens(0));
        self.limiter.settle(now, receipt, spent);
        terms.error(kind, shows)
    }

    #[inline]
    pub(crate) fn settle(&mut self, now: Instant, usage: Usage, ticket: Ticket) {
        let spent = Cost::new(ticket.receipt.reserved().requests, Tokens(usage.total()));
        self.limiter.settle(now, ticket.receipt, spent);
    }

    #[inline]
    pub(crate) fn shows(&self, now: Instant, refusal: Option<Refusal>) -> Shows {
        self.wording.as_ref().map_or_else(Shows::default, |wording| {
            wording.shows(now, &self.limiter.standing(now), refusal)
        })
    }
}

/// A reply that says what went wrong.
pub(crate) fn error(status: Status, kind: ErrorKind, shows: Shows) -> Reply {
    Reply { status, shows, error: Some(kind), usage: Usage::default() }
}
