//! Endpoints that clients make: hardware of their own by the minute, called by a name of its own.
//!
//! The machine runs and bills them; here they have ids, owners and what their owners say of them. One
//! that is started again after it was stopped is a new one to the machine.

mod told;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, Uri};
use axum::routing::get;
use limits::{Clock as _, Instant, Per, Rate, Span, Tokens};
use mock_together::{Account, Endpoint, Hosted, OrganizationId};
use serde::Deserialize;
use serde_json::json;
use wire::{ErrorKind, PairId};

use crate::bounds;
use crate::call::{Fault, Path};
use crate::desk::{ClientId, ModelId};
use crate::drawn;
use crate::mock::{Mock, Served};
use crate::profile::query;
use crate::refusal::Places;
use crate::reply::{nothing, reply};

/// Ours: what one replica works off, prompt and answer together; nobody publishes it.
const SPEED: Rate<Tokens> = Rate::new(Tokens(4_000), Per::Second);

/// Ours: far above the numbers that a scenario gives its endpoints.
const FIRST_NUMBER: u32 = 1 << 16;

/// Ours: the most replicas of one.
const REPLICAS: u32 = 64;

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new()
        .route(&format!("{base}/endpoints"), get(list).post(create))
        .route(&format!("{base}/endpoints/{{id}}"), get(one).patch(change).delete(remove))
}

/// The endpoints that there are.
#[derive(Default)]
pub(crate) struct Endpoints(Mutex<Vec<Own>>);

/// An endpoint as its owner made it.
#[derive(Clone, Debug)]
struct Own {
    whose: OrganizationId,
    id: String,
    name: String,
    display_name: String,
    model: String,
    hardware: String,
    replicas: (u32, u32),
    /// After how long without a call it stops.
    idle: Option<Span>,
    created_at: String,
    /// Its place and its handle at the machine, since it was started last.
    runs: Option<(ModelId, PairId)>,
}

#[derive(Default, Deserialize)]
struct Create {
    model: String,
    hardware: String,
    autoscaling: Replicas,
    display_name: Option<String>,
    state: Option<Wanted>,
    inactive_timeout: Option<u32>,
}

#[derive(Default, Deserialize)]
struct Change {
    autoscaling: Option<Replicas>,
    display_name: Option<String>,
    state: Option<Wanted>,
    inactive_timeout: Option<u32>,
}

#[derive(Copy, Clone, Default, Deserialize)]
struct Replicas {
    min_replicas: u32,
    max_replicas: u32,
}

#[derive(Copy, Clone, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum Wanted {
    Started,
    Stopped,
}

impl Endpoints {
    fn all(&self) -> MutexGuard<'_, Vec<Own>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one(&self, whose: OrganizationId, id: &str) -> Option<Own> {
        self.all().iter().find(|own| own.whose == whose && own.id == id).cloned()
    }

    fn keep(&self, changed: Own) {
        let mut all = self.all();
        match all.iter_mut().find(|own| own.id == changed.id) {
            Some(own) => *own = changed,
            None => all.push(changed),
        }
    }
}

async fn list(State(mock): State<Arc<Mock>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_stranger() };
    let whose = mock.organization_of(client);
    let wanted = query(&uri, "type");
    let mut listed = Vec::new();
    if wanted != Some("serverless") {
        let own: Vec<Own> =
            mock.endpoints.all().iter().filter(|own| own.whose == whose).cloned().collect();
        listed.extend(own.iter().map(|own| own.in_list(mock.state(own))));
    }
    if wanted != Some("dedicated") && query(&uri, "mine") != Some("true") {
        listed.extend(mock.listed(client).into_iter().map(|served| told::shared(&mock, served)));
    }
    reply(&json!({ "object": "list", "data": listed }))
}

async fn create(State(mock): State<Arc<Mock>>, request: Request) -> Response<Body> {
    let (client, asked) = match mock.small::<Create>(request).await {
        Ok(read) => read,
        Err(refusal) => return *refusal,
    };
    if !mock.conforms()
        && let Some(refusal) = mock.refuse_endpoint(client, &asked)
    {
        return refusal;
    }
    if mock.endpoints.all().len() >= bounds::ENDPOINTS {
        return mock.decline(ErrorKind::Unavailable, None);
    }
    let Create { model, hardware, autoscaling, display_name, state, inactive_timeout } = asked;
    let number = mock.number();
    let id = format!("endpoint-{}", drawn::uuid(number));
    let name =
        format!("{}/{model}-{}", told::OWNER, drawn::hex(number).get(..8).unwrap_or_default());
    let mut own = Own {
        whose: mock.organization_of(client),
        display_name: display_name.unwrap_or_else(|| name.clone()),
        id,
        name,
        model,
        hardware,
        replicas: autoscaling.bounds(),
        idle: idle(inactive_timeout),
        created_at: mock.now_text(),
        runs: None,
    };
    if state != Some(Wanted::Stopped) && !mock.start(client, &mut own) {
        return mock.decline(ErrorKind::Unavailable, None);
    }
    let state = if own.runs.is_some() { "PENDING" } else { "STOPPED" };
    let told = own.whole(state);
    mock.endpoints.keep(own);
    reply(&told)
}

async fn one(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_stranger() };
    match mock.own(client, &id) {
        Some(own) => reply(&own.whole(mock.state(&own))),
        None => mock.missing("Endpoint"),
    }
}

async fn change(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let (client, asked) = match mock.small::<Change>(request).await {
        Ok(read) => read,
        Err(refusal) => return *refusal,
    };
    let Some(mut own) = mock.own(client, &id) else { return mock.missing("Endpoint") };
    let now = mock.clock.now();
    own.display_name = asked.display_name.unwrap_or(own.display_name);
    if asked.inactive_timeout.is_some() {
        own.idle = idle(asked.inactive_timeout);
        mock.goes_on(now, &own);
    }
    if let Some(replicas) = asked.autoscaling {
        if let Some(fault) = replicas.fault().filter(|_| !mock.conforms()) {
            return mock.decline(ErrorKind::Invalid, Some(&fault));
        }
        own.replicas = replicas.bounds();
        if let Some((_, pair)) = own.runs {
            mock.desk().service.resize_hosting(now, pair, own.replicas);
        }
    }
    let state = mock.state(&own);
    let state = match asked.state {
        Some(Wanted::Stopped) if state == "STARTED" || state == "STARTING" => {
            mock.stop(&own);
            "STOPPING"
        }
        Some(Wanted::Started) if state == "STOPPED" || state == "ERROR" => {
            if !mock.start(client, &mut own) {
                return mock.decline(ErrorKind::Unavailable, None);
            }
            "PENDING"
        }
        _ => state,
    };
    let told = own.whole(state);
    if mock.endpoints.one(own.whose, &own.id).is_some() {
        mock.endpoints.keep(own);
    }
    reply(&told)
}

async fn remove(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_stranger() };
    let Some(own) = mock.own(client, &id) else { return mock.missing("Endpoint") };
    mock.stop(&own);
    mock.added.call(&own.name, None);
    mock.endpoints.all().retain(|one| one.id != own.id);
    nothing()
}

/// A time without calls as it is written, in minutes; none of them is no such time.
fn idle(minutes: Option<u32>) -> Option<Span> {
    let minutes = minutes.filter(|minutes| *minutes > 0)?;
    Some(Span::from_nanos(Per::Minute.span().nanos().saturating_mul(minutes.into())))
}

impl Replicas {
    fn bounds(self) -> (u32, u32) {
        let least = self.min_replicas.min(REPLICAS);
        (least, self.max_replicas.clamp(least, REPLICAS))
    }

    fn fault(self) -> Option<Fault> {
        let Self { min_replicas, max_replicas } = self;
        let sound = min_replicas <= max_replicas && (1..=REPLICAS).contains(&max_replicas);
        let why = format!("between min_replicas and {REPLICAS}, at least 1");
        (!sound).then(|| Fault::new("autoscaling.max_replicas", why))
    }
}

impl Mock {
    /// An endpoint of a client's; any there is where anything is let in.
    fn own(&self, client: ClientId, id: &str) -> Option<Own> {
        let whose = self.organization_of(client);
        let own = self.endpoints.one(whose, id);
        own.or_else(|| self.conforms().then(|| Own::plausible(self, whose, id)))
    }

    /// Why a client does not get the endpoint that it asks for.
    fn refuse_endpoint(&self, client: ClientId, asked: &Create) -> Option<Response<Body>> {
        let (edition, given) = (&self.plan.edition, &self.plan.assumptions);
        if let Some(words) = edition.endpoints_closed() {
            return Some(self.refuse_closed(words));
        }
        if edition.work(&asked.model).is_none() && self.served(&asked.model).is_none() {
            let places = Places::of_model(&asked.model);
            return Some(self.refuse(ErrorKind::UnknownModel, &places, wire::Shows::default()));
        }
        let hardware = edition.hardware(&asked.hardware, given).is_none();
        let fault = hardware.then(|| Fault::new("hardware", "none of GET /hardware"));
        if let Some(fault) = fault.or_else(|| asked.autoscaling.fault()) {
            return Some(self.decline(ErrorKind::Invalid, Some(&fault)));
        }
        let mut desk = self.desk();
        let whose = desk.organization(client);
        let books = desk.service.statement(self.clock.now(), whose);
        drop(desk);
        let broke = books.is_some_and(|books| books.balance <= mock_together::Money::ZERO);
        broke.then(|| self.decline(ErrorKind::NoCredit, None))
    }

    /// Starts an endpoint; false where nothing is left to start one with.
    fn start(&self, client: ClientId, own: &mut Own) -> bool {
        let now = self.clock.now();
        let given = &self.plan.assumptions;
        let hardware = self.plan.edition.hardware(&own.hardware, given);
        let made = |id: ModelId| {
            let number = u32::try_from(id.0).unwrap_or(u32::MAX).saturating_add(FIRST_NUMBER);
            let endpoint = Endpoint {
                starts_in: given.endpoint_starts(),
                queue: given.endpoint_queue(),
                ready: false,
                from: now,
                name: own.name.clone(),
                per_hour: hardware.map(|hardware| hardware.hourly),
                ..Endpoint::new(number, SPEED, own.replicas)
            };
            let model = self.plan.edition.model(&own.model);
            let tier = self.plan.tier.clone();
            let account =
                Account { endpoint: Some(endpoint), ..Account::new(own.whose, tier, model) };
            let (name, places) = (own.name.as_str().into(), Places::of_model(&own.name));
            let tariff = mock_together::Tariff::FREE;
            Served { name, account, tariff, places, owner: Some(own.whose) }
        };
        let Some(id) = self.added.place(made) else { return false };
        let Some(served) = self.added.get(id) else { return false };
        let pair = self.desk().pair(client, id, &served.account);
        own.runs = pair.map(|pair| (id, pair));
        self.added.call(&own.name, Some(id));
        self.goes_on(now, own);
        true
    }

    fn stop(&self, own: &Own) {
        let now = self.clock.now();
        if let Some((_, pair)) = own.runs {
            self.desk().service.stop_hosting(now, pair, now);
        }
    }

    /// An endpoint is not to stop before its time without calls is over, counted from when it answers.
    fn goes_on(&self, now: Instant, own: &Own) {
        let Some((_, pair)) = own.runs else { return };
        let mut desk = self.desk();
        let starting = desk.service.hosted(now, pair) == Some(Hosted::Starting);
        let from = if starting { now.after(self.plan.assumptions.endpoint_starts()) } else { now };
        let until = own.idle.map_or(Instant::END, |idle| from.after(idle));
        desk.service.stop_hosting(now, pair, until);
    }

    /// Whether a client calls what is its organization's own; that then goes on for its time.
    pub(crate) fn calls_own(
        &self,
        now: Instant,
        client: ClientId,
        (id, served): (ModelId, &Served),
    ) -> bool {
        if served.owner != Some(self.organization_of(client)) {
            return false;
        }
        let own = self
            .endpoints
            .all()
            .iter()
            .find(|own| own.runs.is_some_and(|(at, _)| at == id))
            .cloned();
        if let Some(own) = own.filter(|own| own.idle.is_some() && self.state(own) == "STARTED") {
            self.goes_on(now, &own);
        }
        true
    }

    /// The word for what an endpoint is doing.
    fn state(&self, own: &Own) -> &'static str {
        let Some((_, pair)) = own.runs else { return "STOPPED" };
        match self.desk().service.hosted(self.clock.now(), pair) {
            Some(Hosted::Planned) => "PENDING",
            Some(Hosted::Starting) => "STARTING",
            Some(Hosted::Started) => "STARTED",
            Some(Hosted::Refused) => "ERROR",
            Some(Hosted::Stopped) | None => "STOPPED",
        }
    }
}
