//! The mock: what is fixed when it starts, and the one lock around the service.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chance::{Purpose, Seed, uniform_below};
use limits::{Clock as _, Instant};
use mock_together::{Answer, Limits, Terms, Ticket};
use rulebook::{Assumptions, Edition, Model, Tier};
use wire::{ErrorKind, Fate, Shows, Usage};

use crate::clock::TokioClock;
use crate::desk::{ClientId, Desk, ModelId, Weight};
use crate::refusal::{Names, Places};
use crate::watch::{Ended, Watch};

/// Which keys are let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Any: each is enrolled on first sight, as an organization of its own.
    Any,
    /// These alone; others get the service's own 401.
    Only(Vec<String>),
}

/// What a mock is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The rules.
    pub edition: Arc<Edition>,
    /// What is supposed where they are silent.
    pub assumptions: Assumptions,
    /// Whether the published limits are in force.
    pub limits: Limits,
    /// The tier of every organization.
    pub tier: Tier,
    /// Which keys are let in.
    pub keys: Keys,
    /// Models that are served beside those of the edition.
    pub models: Vec<Model>,
    /// Whether responses carry nothing that Together's lack.
    pub faithful: bool,
    /// What the mock draws by where a request does not bring its fate along.
    pub seed: Seed,
    /// The date at which the clock stands at zero, in seconds since 1970 began: bodies say when
    /// they were created.
    pub epoch: u64,
}

impl Plan {
    /// An edition as it stands, on one tier, open to any key.
    #[must_use]
    pub fn new(edition: &Arc<Edition>, tier: &Tier) -> Self {
        Self {
            edition: Arc::clone(edition),
            assumptions: edition.assumptions(),
            limits: Limits::Published,
            tier: tier.clone(),
            keys: Keys::Any,
            models: Vec::new(),
            faithful: false,
            seed: Seed(1),
            epoch: 0,
        }
    }
}

/// A mock of Together, told of requests and of the time.
pub struct Mock {
    pub(crate) plan: Plan,
    pub(crate) clock: TokioClock,
    pub(crate) watch: Box<dyn Watch>,
    pub(crate) served: Vec<Served>,
    pub(crate) names: Names,
    by_name: HashMap<String, ModelId>,
    desk: Mutex<Desk>,
    answered: AtomicU64,
}

/// A model that is served.
pub(crate) struct Served {
    pub(crate) model: Model,
    pub(crate) places: Places,
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
        let terms = Terms::new(&plan.edition, &plan.assumptions, plan.limits);
        let (keys, open): (&[String], bool) = match &plan.keys {
            Keys::Any => (&[], true),
            Keys::Only(keys) => (keys, false),
        };
        let desk = Desk::new(terms, plan.tier.clone(), keys, open, plan.seed);
        let models = plan.edition.models().into_iter().chain(plan.models.iter().cloned());
        let served = models.map(|model| Served { places: Places::of(&plan, &model), model });
        let served: Vec<Served> = served.collect();
        let names = served.iter().map(|served| served.model.name().to_owned());
        let by_name = names.enumerate().map(|(at, name)| (name, ModelId(at))).collect();
        Arc::new(Self {
            names: Names::of(plan.edition.words()),
            plan,
            clock,
            watch: Box::new(watch),
            served,
            by_name,
            desk: Mutex::new(desk),
            answered: AtomicU64::new(0),
        })
    }

    /// The client with this key, if it is let in.
    pub(crate) fn client(&self, key: &str) -> Option<ClientId> {
        self.desk().client(key)
    }

    /// A model by its id, if it is served.
    pub(crate) fn served(&self, name: &str) -> Option<(ModelId, &Served)> {
        let id = *self.by_name.get(name)?;
        Some((id, self.served.get(id.0)?))
    }

    /// A request arrives.
    pub(crate) fn receive(
        self: &Arc<Self>,
        client: ClientId,
        (id, served): (ModelId, &Served),
        weight: Weight,
    ) -> Met {
        let now = self.clock.now();
        let met = self.desk().receive(now, client, (id, &served.model), weight);
        match met {
            None => {
                Met::Refused { kind: ErrorKind::NoAccess, shows: Shows::default(), head_at: now }
            }
            Some((Answer::Refused { reply, head_at }, _)) => {
                let kind = reply.error.unwrap_or(ErrorKind::Internal);
                Met::Refused { kind, shows: reply.shows, head_at }
            }
            Some((Answer::Underway(ticket), fate)) => {
                Met::Underway(Underway { mock: Arc::clone(self), ticket: Some(ticket), fate })
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
        let fate = Some(Fate::default());
        let weight = Weight { prompt: 0, max_tokens: Some(0), stream: false, caller, fate };
        let mut desk = self.desk();
        match desk.receive(now, client, (id, &served.model), weight) {
            None => Wasted { shows: Shows::default(), refused: None },
            Some((Answer::Refused { reply, .. }, _)) => {
                Wasted { shows: reply.shows, refused: reply.error }
            }
            Some((Answer::Underway(ticket), _)) => {
                Wasted { shows: desk.service.finish(now, ticket).shows, refused: None }
            }
        }
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

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // Nothing panics under this lock; if something ever did, the meters would still count.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, ticket: Ticket, left: bool) -> Usage {
        let now = self.clock.now();
        let usage = {
            let service = &mut self.desk().service;
            if left { service.abandon(now, ticket) } else { service.finish(now, ticket).usage }
        };
        self.watch.ended(&Ended { at: now, usage, left });
        usage
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
    pub(crate) fate: Fate,
}

impl Underway {
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
        ticket.map(|ticket| self.mock.settle(ticket, false)).unwrap_or_default()
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.mock.settle(ticket, true);
        }
    }
}
