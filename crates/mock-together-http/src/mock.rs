//! The mock at work: the models that it serves, and the one lock around the service.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use chance::{Purpose, uniform_below};
use limits::{Clock as _, Instant};
use mock_together::{Account, Answer, OrganizationId, Tariff, Ticket};
use rulebook::Extent;
use tokio::sync::Semaphore;
use wire::{ErrorKind, Fate, Shows, TariffId, Usage};

use crate::added::Added;
use crate::bounds;
use crate::call::bearer;
use crate::clock::TokioClock;
use crate::desk::{ClientId, Desk, ModelId, Weight};
use crate::endpoints::Endpoints;
use crate::exchange::{self, Called};
use crate::headers::Names;
use crate::metrics::Metrics;
use crate::models::Jobs;
use crate::plan::{Plan, Profile};
use crate::refusal::Places;
use crate::store::Store;
use crate::store::data::{Before, Data};
use crate::store::disk::Unkept;
use crate::store::fault::DataFault;
use crate::store::job::State;
use crate::watch::{Ended, Watch};

/// Ours: the id of what stands for every model where any is let in. No client can say it, and nothing is
/// known of it: neither its limits nor how much it can read.
const ANYTHING: &str = "";

/// A mock of Together, told of requests and of the time.
pub struct Mock {
    pub(crate) plan: Plan,
    pub(crate) clock: TokioClock,
    pub(crate) watch: Box<dyn Watch>,
    pub(crate) served: Vec<Served>,
    pub(crate) names: Names,
    pub(crate) metrics: Metrics,
    pub(crate) jobs: Jobs,
    by_name: HashMap<String, ModelId>,
    pub(crate) added: Added,
    pub(crate) endpoints: Endpoints,
    /// What every name stands for, where any is let in.
    anything: Option<ModelId>,
    desk: Mutex<Desk>,
    pub(crate) store: Store,
    /// A place for each file that may be uploaded at a time.
    pub(crate) uploads: Semaphore,
    answered: AtomicU64,
}

/// What is called by one name.
pub(crate) struct Served {
    pub(crate) name: Arc<str>,
    /// As every organization has it.
    pub(crate) account: Account,
    /// What a request for it costs.
    pub(crate) tariff: Tariff,
    pub(crate) places: Places,
    /// Who made it, and alone can call it.
    pub(crate) owner: Option<OrganizationId>,
}

impl Served {
    /// Its name, as it was asked for: one stands for every model where any is let in.
    pub(crate) fn called(&self, asked: &str) -> Arc<str> {
        if *self.name == *asked { Arc::clone(&self.name) } else { asked.into() }
    }
}

/// What a request meets.
pub(crate) enum Met {
    Underway(Underway),
    Refused {
        kind: ErrorKind,
        shows: Shows,
        /// When the client is to have the refusal.
        head_at: Instant,
    },
}

impl Mock {
    /// A mock that nobody has called yet.
    #[must_use]
    pub fn new(plan: Plan, clock: TokioClock, watch: impl Watch + 'static) -> Arc<Self> {
        Self::built(plan.profiled(), clock, Box::new(watch), None)
    }

    /// A mock that goes on from what is kept in a folder, and keeps what it acknowledges there. It
    /// must be called inside a runtime: batches that were under way go on in it.
    ///
    /// # Errors
    ///
    /// Where what is kept makes no sense.
    pub fn on(plan: Plan, data: Data, watch: impl Watch + 'static) -> Result<Arc<Self>, DataFault> {
        let plan = plan.profiled();
        let before = data.start(&plan)?;
        let clock = TokioClock::start_at(before.clock);
        let plan = before.go_on(plan);
        let mock = Self::built(plan, clock, Box::new(watch), Some(&before));
        for job in before.batches.into_iter().filter(|job| job.state == State::Underway) {
            let mock = Arc::clone(&mock);
            tokio::spawn(async move { mock.resume(job).await });
        }
        Ok(mock)
    }

    fn built(
        plan: Plan,
        clock: TokioClock,
        watch: Box<dyn Watch>,
        before: Option<&Before>,
    ) -> Arc<Self> {
        let edition = Arc::new(plan.edition.assuming(&plan.assumptions));
        let plan = Plan { edition, ..plan };
        let desk = Desk::new(&plan, before);
        let store = match before {
            None => Store::in_memory(plan.seed),
            Some(before) => Store::on(plan.seed, before),
        };
        let mut served: Vec<Served> = Vec::new();
        let mut by_name = HashMap::new();
        for (name, account) in plan.offered() {
            let places = Places::of(&plan, &name, &account);
            let tariff = plan.tariff(&name, &account);
            let name_of = name.as_str().into();
            let one = Served { name: name_of, account, tariff, places, owner: None };
            match by_name.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(ModelId(served.len()));
                    served.push(one);
                }
                Entry::Occupied(place) => {
                    if let Some(known) = served.get_mut(place.get().0) {
                        *known = one;
                    }
                }
            }
        }
        let anything = match plan.profile {
            Profile::Rules => None,
            Profile::Conformance => {
                let account = plan.account_of(plan.edition.model(ANYTHING));
                let (name, places) = (ANYTHING.into(), Places::default());
                let tariff = Tariff::FREE;
                served.push(Served { name, account, tariff, places, owner: None });
                Some(ModelId(served.len() - 1))
            }
        };
        Arc::new(Self {
            names: Names::of(plan.edition.words()),
            metrics: Metrics::default(),
            jobs: Jobs::default(),
            store,
            plan,
            clock,
            watch,
            added: Added::from(served.len()),
            endpoints: Endpoints::default(),
            served,
            by_name,
            anything,
            desk: Mutex::new(desk),
            uploads: Semaphore::new(bounds::UPLOADS),
            // No id comes twice, however often it goes on.
            answered: AtomicU64::new(before.map_or(0, |before| before.boots << 32)),
        })
    }

    /// The client with this key, if it is let in.
    pub(crate) fn client(&self, key: &str) -> Option<ClientId> {
        self.desk().client(key)
    }

    /// Whose key a call brings along, if it is let in.
    pub(crate) fn organization(&self, headers: &HeaderMap) -> Option<OrganizationId> {
        let key = bearer(headers)?;
        let mut desk = self.desk();
        let client = desk.client(key)?;
        Some(desk.organization(client))
    }

    /// A model by its id, if it is served.
    pub(crate) fn served(&self, name: &str) -> Option<(ModelId, &Served)> {
        let known = self.anything.or_else(|| self.by_name.get(name).copied());
        let id = known.or_else(|| self.added.by_name(name))?;
        Some((id, self.at(id)?))
    }

    /// What is called by one name, by its place.
    fn at(&self, id: ModelId) -> Option<&Served> {
        self.served.get(id.0).or_else(|| self.added.get(id))
    }

    /// What the list of models shows a client.
    pub(crate) fn listed(&self, client: ClientId) -> Vec<&Served> {
        let now = self.clock.now();
        let mut desk = self.desk();
        let listed = self.served.iter().filter(|served| &*served.name != ANYTHING);
        listed.filter(|served| desk.access(now, client, &served.account)).collect()
    }

    /// A request arrives.
    pub(crate) fn receive(
        self: &Arc<Self>,
        client: ClientId,
        (id, served): (ModelId, &Served),
        weight: Weight,
    ) -> Met {
        let now = self.clock.now();
        let fate = weight.fate;
        if served.owner.is_some() && !self.calls_own(now, client, (id, served)) {
            let shows = Shows::default();
            return Met::Refused { kind: ErrorKind::UnknownModel, shows, head_at: now };
        }
        let answer = self.desk().receive(now, client, (id, served), weight);
        match answer {
            None => {
                Met::Refused { kind: ErrorKind::NoAccess, shows: Shows::default(), head_at: now }
            }
            Some((Answer::Refused { reply, head_at, .. }, _)) => {
                let kind = reply.error.unwrap_or(ErrorKind::Internal);
                Met::Refused { kind, shows: reply.shows, head_at }
            }
            Some((Answer::Underway(ticket), handle)) => {
                Met::Underway(Underway::new(self, (client, id), (ticket, handle), (now, fate)))
            }
        }
    }

    /// A request that cannot be answered takes its slot all the same: what its headers show, or
    /// the refusal it meets instead.
    pub(crate) fn waste(
        &self,
        (client, caller): (ClientId, u32),
        (id, served): (ModelId, &Served),
    ) -> Wasted {
        let now = self.clock.now();
        let weight = Weight { max_tokens: Some(0), count: 1, caller, ..Weight::default() };
        let mut desk = self.desk();
        match desk.receive(now, client, (id, served), weight) {
            None => Wasted { shows: Shows::default(), refused: None },
            Some((Answer::Refused { reply, .. }, _)) => {
                Wasted { shows: reply.shows, refused: reply.error }
            }
            Some((Answer::Underway(ticket), _)) => {
                Wasted { shows: desk.service.finish(now, ticket).shows, refused: None }
            }
        }
    }

    /// What chance has in store for a request: as it says itself, or drawn here.
    pub(crate) fn fate(&self, client: ClientId, said: Option<Fate>) -> Fate {
        let fate = said.unwrap_or_else(|| self.desk().fate(client));
        Fate { answer: fate.answer.min(bounds::ANSWER_TOKENS), ..fate }
    }

    /// What a draw has in store.
    pub(crate) fn fated(&self, draw: u64) -> Fate {
        let fate = self.desk().fated(draw);
        Fate { answer: fate.answer.min(bounds::ANSWER_TOKENS), ..fate }
    }

    /// What a request costs that asks for so much.
    pub(crate) fn tariff(&self, served: &Served, extent: &Extent) -> Tariff {
        // Without an extent nobody may know a price that there is with one.
        if *extent == Extent::default() || self.plan.funds.is_none() {
            return served.tariff;
        }
        self.plan.tariff_of(&served.name, &served.account, extent)
    }

    /// A number that nothing else here has, for an id.
    pub(crate) fn number(&self) -> u64 {
        let nth = self.answered.fetch_add(1, Ordering::Relaxed);
        self.plan.seed.stream(Purpose::Fate, u32::MAX).draw(nth)
    }

    /// The next response's id, in the form of the recorded ones.
    pub(crate) fn next_id(&self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let nth = self.answered.fetch_add(1, Ordering::Relaxed);
        let draws = self.plan.seed.stream(Purpose::Fate, u32::MAX);
        let letter = |at: u32| {
            let place = uniform_below(draws.draw_attempt(nth, at), LETTERS.len() as u64);
            let byte = usize::try_from(place).ok().and_then(|place| LETTERS.get(place));
            char::from(*byte.unwrap_or(&b'0'))
        };
        let mut id = String::with_capacity(30);
        id.extend((0..7).map(letter));
        id.push('-');
        id.extend((7..12).map(letter));
        // Writing to memory does not fail.
        let _ = write!(id, "-{:016x}", draws.draw(nth));
        id
    }

    /// The date of `at`, in seconds since 1970 began.
    pub(crate) fn date(&self, at: Instant) -> u64 {
        self.plan.epoch.saturating_add(at.nanos() / 1_000_000_000)
    }

    /// Whose client it is.
    pub(crate) fn organization_of(&self, client: ClientId) -> OrganizationId {
        self.desk().organization(client)
    }

    /// Waits until all that was handed to the store by now is kept; false where it cannot be.
    pub async fn kept(&self) -> bool {
        let kept = self.store.kept().await;
        if let Err(Unkept(why)) = &kept {
            self.watch.unkept(why);
        }
        kept.is_ok()
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        // Nothing panics under this lock; if something ever did, the meters would still count.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A served model's name.
    pub(crate) fn name(&self, id: ModelId) -> Option<&str> {
        Some(&self.at(id)?.name)
    }

    /// How many keys are known.
    pub(crate) fn keys(&self) -> usize {
        self.desk().keys()
    }
}

/// What a bad request got.
pub(crate) struct Wasted {
    pub(crate) shows: Shows,
    /// The limit that refused it before anybody looked at it.
    pub(crate) refused: Option<ErrorKind>,
}

/// An admitted request. Dropped before it is finished, it is abandoned: its client left, and what
/// was generated by then is charged.
pub(crate) struct Underway {
    mock: Arc<Mock>,
    ticket: Option<Ticket>,
    /// The handle of its tariff, where that is its own.
    handle: Option<TariffId>,
    pub(crate) fate: Fate,
    client: ClientId,
    model: ModelId,
    called: Called,
    began: Instant,
}

impl Underway {
    fn new(
        mock: &Arc<Mock>,
        (client, model): (ClientId, ModelId),
        (ticket, handle): (Ticket, Option<TariffId>),
        (began, fate): (Instant, Fate),
    ) -> Self {
        mock.metrics.admitted(ticket.stream);
        exchange::underway(model);
        let (mock, ticket) = (Arc::clone(mock), Some(ticket));
        let called = exchange::called();
        Self { mock, ticket, handle, fate, client, model, called, began }
    }

    pub(crate) fn mock(&self) -> &Arc<Mock> {
        &self.mock
    }

    /// Its ticket, until it is finished.
    pub(crate) fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    /// The last byte is out.
    pub(crate) fn finish(mut self) -> Usage {
        let ticket = self.ticket.take();
        ticket.map(|ticket| self.settle(ticket, false)).unwrap_or_default()
    }

    fn settle(&self, ticket: Ticket, left: bool) -> Usage {
        let Self { mock, client, model, called, began, .. } = self;
        let (now, stream) = (mock.clock.now(), ticket.stream);
        let usage = {
            let mut desk = mock.desk();
            let service = &mut desk.service;
            let usage =
                if left { service.abandon(now, ticket) } else { service.finish(now, ticket).usage };
            desk.give_back(self.handle);
            desk.keep(now, *client);
            usage
        };
        let model = mock.name(*model).filter(|name| !name.is_empty()).unwrap_or(exchange::OTHER);
        mock.metrics.ended(model, stream, usage, left);
        let (route, method, took) = (called.route(), called.method(), now.since(*began));
        mock.watch.ended(&Ended { at: now, usage, left, model, route, method, took });
        usage
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.settle(ticket, true);
        }
    }
}
