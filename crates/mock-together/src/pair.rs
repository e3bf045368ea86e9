//! One organization's use of one model: the unit that limits apply to.

use std::sync::Arc;

use limits::{Cost, Decision, Instant, Limiter, Policy, Receipt, Refusal, Standing, Tokens};
use rulebook::{Edition, GivenLimit, Model, Published, Tier, Wording, Work, refused_by};
use wire::{ErrorKind, Reply, Request, Shows, Status, Usage};

use crate::account::{Account, Endpoint, OrganizationId};
use crate::answer::{Answer, Placed, Ticket};
use crate::books::{Books, climb::is_above};
use crate::capacity::Fleet;
use crate::conditions::{Behind, Conditions};
use crate::course::Change;
use crate::dedicated::Dedicated;
use crate::engine::{Admitted, Engine};
use crate::terms::{Limits, NoLimits, Terms};

/// One organization's use of one model.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) organization: OrganizationId,
    pub(crate) model: Model,
    tier: Tier,
    endpoint: Option<Endpoint>,
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

/// What the conditions of a pair need to see of it.
pub(crate) struct Standings<'p> {
    pub(crate) model: &'p Model,
    pub(crate) engine: &'p Engine,
    pub(crate) gate: &'p mut Gate,
}

impl Pair {
    pub(crate) fn new(
        terms: &Terms,
        account: &Account,
        fleets: &mut Vec<Fleet>,
    ) -> Result<Self, NoLimits> {
        let Account { organization, model, tier, endpoint, .. } = account;
        let off = terms.limits == Limits::Off;
        let gated = || terms.edition.gate(tier, model, &terms.assumptions).is_some();
        let gate = match Gate::new(terms, account) {
            _ if off || endpoint.is_some() => Gate::open(),
            Some(gate) => gate,
            // Of what a tier has no access to, nobody need say how much it would be.
            None if gated() => Gate::open(),
            None => return Err(NoLimits { account: Box::new(account.clone()) }),
        };
        let conditions = if off { None } else { Conditions::of(terms, account, &gate, fleets) };
        Ok(Self {
            organization: *organization,
            model: model.clone(),
            tier: tier.clone(),
            endpoint: endpoint.clone(),
            engine: Engine::new(terms, model),
            gate,
            conditions,
        })
    }

    /// Whether an account is this one.
    pub(crate) fn is_of(&self, account: &Account) -> bool {
        let number = |endpoint: &Option<Endpoint>| endpoint.as_ref().map(|of| of.number);
        self.organization == account.organization
            && self.model == account.model
            && number(&self.endpoint) == number(&account.endpoint)
    }

    /// A request arrives, where nothing but one set of limits holds. Most do, so that the ticket is
    /// made here in place.
    #[inline]
    pub(crate) fn receive(&mut self, now: Instant, terms: &Terms, request: &Request) -> Answer {
        let Self { engine, gate, .. } = self;
        let reply = match gate.limiter.admit(now, engine.cost(request)) {
            Decision::Admitted(receipt) => {
                let let_in = gate.let_in(now, receipt, 0);
                if !engine.too_long(request) {
                    let course = engine.course(now, request);
                    return Answer::Underway(engine.ticket(request, let_in, course));
                }
                gate.fail(now, let_in, terms, ErrorKind::TooLong)
            }
            Decision::Refused(refusal) => gate.refused(now, refusal),
            Decision::TooLarge { .. } => gate.too_large(now),
        };
        let placed = gate.placed(now);
        Answer::Refused { reply, head_at: now.after(terms.refusal_takes), placed }
    }

    /// A change comes true, whether it is about this pair or not.
    pub(crate) fn turn(&mut self, at: Instant, terms: &Terms, change: &Change) {
        match change {
            Change::Blocked { organization, blocked } if *organization == self.organization => {
                self.conditions(terms).block(at, terms, *blocked);
            }
            Change::Failing { share } => self.conditions(terms).failing = *share,
            Change::Tier { organization, model, tier } if self.is_meant(*organization, model) => {
                self.tier = tier.clone();
                self.revise(at, terms);
            }
            Change::Limits { organization, model, requests, tokens }
                if self.is_meant(*organization, model) =>
            {
                let own = self.published(terms).is_some_and(|published| published.own);
                let limit = GivenLimit {
                    tier: self.tier.name().to_owned(),
                    model: own.then(|| self.model.name().to_owned()),
                    requests: *requests,
                    tokens: *tokens,
                };
                // Limits that cannot be are refused where they are written.
                if let Ok(edition) = self.edition(terms).with_limits(&[limit]) {
                    self.conditions(terms).edition = Arc::new(edition);
                    self.revise(at, terms);
                }
            }
            Change::Blocked { .. }
            | Change::Tier { .. }
            | Change::Limits { .. }
            | Change::Capacity { .. }
            | Change::Others { .. }
            | Change::Money { .. } => {}
        }
    }

    /// What the books of its organization say holds for it: whether it is served, and by which
    /// tier. One that it was granted above that stays.
    pub(crate) fn follow(&mut self, at: Instant, terms: &Terms, books: &Books) {
        let pictures = self.model.work() == Work::Image;
        let unpaid = books.is_blocked() || pictures && books.refuses_pictures();
        if unpaid || self.conditions.is_some() {
            self.conditions(terms).owe(at, terms, unpaid);
        }
        let shared = self.endpoint.is_none();
        if shared && is_above(&terms.edition, books.tier(), &self.tier) {
            self.tier = books.tier().clone();
            self.revise(at, terms);
        }
    }

    /// Limits are of the shared fleet; an endpoint has none.
    fn is_meant(&self, organization: OrganizationId, model: &str) -> bool {
        organization == self.organization && model == self.model.name() && self.endpoint.is_none()
    }

    fn conditions(&mut self, terms: &Terms) -> &mut Conditions {
        self.conditions.get_or_insert_with(|| Box::new(Conditions::new(terms)))
    }

    fn edition<'p>(&'p self, terms: &'p Terms) -> &'p Edition {
        self.conditions.as_ref().map_or(&terms.edition, |conditions| &conditions.edition)
    }

    fn published(&self, terms: &Terms) -> Option<Published> {
        self.edition(terms).published(&self.tier, &self.model, &terms.assumptions)
    }

    /// Its tier or its edition has changed: what was used of the old limits counts against the
    /// new ones. Where there are no new ones, the old ones stay.
    fn revise(&mut self, at: Instant, terms: &Terms) {
        let (model, tier, given) = (&self.model, &self.tier, terms.assumptions.as_ref());
        let edition = self.edition(terms);
        let policy = edition.policy(tier, model, given);
        let wording = edition.wording(tier, model, given);
        let gated = edition.gate(tier, model, given).map(|gated| gated.kind);
        let rule = edition.dynamic(tier, model, given);
        let Self { model, gate, conditions, .. } = self;
        if let Some(conditions) = conditions {
            let Conditions { dynamic, edition, no_access, others, .. } = conditions.as_mut();
            *no_access = gated;
            if let (Some(dynamic), Some(rule)) = (dynamic, rule) {
                dynamic.revise(at, rule, edition, model);
            }
            for other in others {
                other.revise(at, policy.as_ref(), wording.as_ref());
            }
        }
        gate.revise(at, policy.as_ref(), wording.as_ref());
    }

    /// Why nothing of it is served, whatever its limits say.
    pub(crate) fn turned_away(&self) -> Option<ErrorKind> {
        self.conditions.as_ref()?.turned_away()
    }

    /// Whether nothing of it is served, because something is not paid.
    pub(crate) fn is_blocked(&self) -> bool {
        self.conditions.as_ref().is_some_and(|conditions| conditions.is_blocked())
    }

    /// Its hardware, where it has some of its own.
    pub(crate) fn dedicated(&self) -> Option<&Dedicated> {
        self.conditions.as_ref()?.dedicated()
    }

    pub(crate) fn dedicated_mut(&mut self) -> Option<&mut Dedicated> {
        match &mut self.conditions.as_mut()?.behind {
            Behind::Endpoint(dedicated) => Some(dedicated),
            Behind::Boundless | Behind::Fleet(_) => None,
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

    /// One that lets everything through, and shows nothing.
    fn open() -> Self {
        Self { limiter: Limiter::new(Policy::unlimited()), wording: None }
    }

    fn revise(&mut self, at: Instant, policy: Option<&Policy>, wording: Option<&Wording>) {
        if let (Some(policy), Some(wording)) = (policy, wording) {
            self.limiter.revise(at, policy);
            self.wording = Some(wording.clone());
        }
    }

    /// Lets a request in as this replica, or says how it is refused.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        cost: Cost,
        replica: u8,
    ) -> Result<Admitted, Reply> {
        match self.limiter.admit(now, cost) {
            Decision::Admitted(receipt) => Ok(self.let_in(now, receipt, replica)),
            Decision::Refused(refusal) => Err(self.refused(now, refusal)),
            Decision::TooLarge { .. } => Err(self.too_large(now)),
        }
    }

    /// What a request that was just admitted is told, and how much it left.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what it makes is large, and goes into a ticket")]
    fn let_in(&self, now: Instant, receipt: Receipt, replica: u8) -> Admitted {
        let standing = self.limiter.standing(now);
        let shows = match &self.wording {
            Some(wording) => wording.shows(now, &standing, None),
            None => Shows::default(),
        };
        let (headroom, placed) = (standing.headroom(), Placed::of(standing.last_reset()));
        Admitted { receipt, shows, headroom, replica, placed }
    }

    /// Where a request that arrives now falls, let in or not.
    pub(crate) fn placed(&self, now: Instant) -> Placed {
        Placed::of(self.limiter.standing(now).last_reset())
    }

    /// A limit refuses. Apart, so that what is shown of an admission knows that it is none.
    #[inline(never)]
    fn refused(&self, now: Instant, refusal: Refusal) -> Reply {
        let shows = self.shows(now, Some(refusal));
        error(Status::TOO_MANY_REQUESTS, refused_by(refusal.by), shows)
    }

    /// A request asks for more than a limit ever lets pass at once.
    #[cold]
    fn too_large(&self, now: Instant) -> Reply {
        error(Status::BAD_REQUEST, ErrorKind::TooLong, self.shows(now, None))
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
