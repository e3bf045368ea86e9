//! The road of every request for work.
//!
//! ```text
//!   key ─► body ─► Work::read ─► the model that does it ─► Work::meet: its fate ─► Work::load
//!                                                                                     │
//!     refused, in the edition's words ◄──────────── the machine ◄─────────────────────┘
//!                                                       │ a ticket
//!               plain: Work::answer ◄── the head is due ┴► streamed: Work::pieces, when each is due
//! ```
//!
//! A kind of work says how its bodies are read, what they weigh and how its answers look. Everything
//! else is the same for all of them, and is here.

pub(crate) mod asked;
mod calls;
pub(crate) mod chat;
pub(crate) mod completions;
mod composed;
pub(crate) mod embeddings;
pub(crate) mod images;
pub(crate) mod line;
mod logprobs;
mod picture;
pub(crate) mod rerank;
#[expect(clippy::wildcard_enum_match_arm, reason = "JSON has no further types")]
mod schema;
mod sound;
pub(crate) mod speech;
pub(crate) mod transcriptions;
mod turns;
mod vector;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::http::{HeaderValue, Response};
use limits::Clock as _;
use rulebook::{Assumptions, Edition, Extent, Model, Unheard};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use wire::{ErrorKind, Fate, Shows, Status, Usage};

use crate::bounds;
use crate::call::{Fault, Media, Torn, Unreadable, caller, fate, retry, text, typed, whole};
use crate::desk::{ClientId, ModelId, Weight};
use crate::mock::{Met, Mock, Served, Underway};
use crate::plan::Profile;
use crate::refusal::{ID_HEADER, Places, response};
use crate::stream::{Events, Pieces};
use crate::watch::Decided;

/// Whose turn it is among bodies that are larger than most may be.
static LARGE: Semaphore = Semaphore::const_new(bounds::LARGE_BODIES);

/// The media type of a stream, as recorded.
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream;charset=utf-8");

/// Work that can be asked for: read from a body, weighed, admitted, answered.
pub(crate) trait Work: Sized + Send + 'static {
    /// Which classes of model do it. Another one's request is invalid.
    const WORK: &'static [rulebook::Work];

    /// The most bytes of a body.
    const BODY_BYTES: usize = bounds::BODY_BYTES;

    /// The refusal of a body with more bytes.
    fn refuse_large(mock: &Mock) -> Response<Body> {
        mock.refuse_torn(Torn::TooLarge)
    }

    /// Reads a body.
    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable>;

    /// The model it asks for.
    fn model(&self) -> &str;

    /// A model is taken where it asks for none and one is usual.
    fn names(&mut self, mock: &Mock) {
        let _ = mock;
    }

    /// Whether it can be done where it is asked for. What hangs on the model and on the edition is
    /// settled here.
    fn suits(&mut self, at: &At<'_>) -> Result<(), Unfit> {
        let _ = at;
        Ok(())
    }

    /// It is told what it meets, before it is weighed: what hangs on that is drawn here.
    fn meet(&mut self, meets: Meets) {
        let _ = meets;
    }

    /// What it weighs.
    fn load(&self) -> Load;

    /// The plain answer, when the machine says that it is ready.
    fn answer(&self, common: &Common) -> Answer;

    /// The plain answer where that is too long to be kept: made as it leaves.
    fn flows(&self) -> Option<(Body, HeaderValue)> {
        None
    }

    /// The streamed one, where its load says that it is: `None` if there is no such thing.
    fn pieces(self, common: Common) -> Option<Box<dyn Pieces>> {
        let _ = common;
        None
    }
}

/// Where a request is made: of whom, and of which model.
#[derive(Copy, Clone)]
pub(crate) struct At<'a> {
    pub(crate) edition: &'a Edition,
    pub(crate) assumptions: &'a Assumptions,
    pub(crate) model: &'a Model,
    /// Whether odd values are taken for the nearest that make sense, instead of being refused.
    pub(crate) lenient: bool,
    /// The host by which its client calls the mock.
    pub(crate) host: &'a str,
}

impl<'a> At<'a> {
    fn of(mock: &'a Mock, served: &'a Served, host: Option<&'a str>) -> Self {
        Self {
            edition: &mock.plan.edition,
            assumptions: &mock.plan.assumptions,
            model: &served.account.model,
            lenient: mock.plan.profile == Profile::Conformance,
            host: host.unwrap_or("localhost"),
        }
    }
}

/// Why a request cannot be answered, though its body makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// A field has a value that the model cannot follow.
    Fault(Fault),
    /// It brings a recording that is not written down.
    Unheard(Unheard),
}

impl From<Fault> for Unfit {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads a body that is JSON, as its type has it; the model is read all the same where the rest cannot
/// be.
pub(crate) fn read<T: DeserializeOwned>(media: Media<'_>, body: &[u8]) -> Result<T, Unreadable> {
    #[derive(Deserialize)]
    struct Named {
        model: String,
    }
    if !media.is_json() {
        let fault = Fault::new("content-type", "a body of the type application/json is expected");
        return Err(Unreadable { model: None, fault: Some(fault) });
    }
    typed(body).map_err(|fault| {
        let named: Option<Named> = serde_json::from_slice(body).ok();
        Unreadable { model: named.map(|named| named.model), fault: Some(fault) }
    })
}

/// What a request meets.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Meets {
    /// What chance has in store for it. Whatever is drawn for its answer is drawn from here: the
    /// same fate gets the same answer.
    pub(crate) fate: Fate,
    /// The most tokens that prompt and answer may have together, where that is known.
    pub(crate) context: Option<u64>,
}

/// What a request weighs.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Load {
    /// Tokens to be read: one for every four characters begun, the assumption `tokens_counted`.
    pub(crate) prompt: u32,
    /// The longest answer that it asks for, in tokens.
    pub(crate) max_tokens: Option<u32>,
    /// How many pictures it asks for, or texts it brings along; 1 where it does neither.
    pub(crate) count: u32,
    /// Whether the answer comes piece by piece.
    pub(crate) stream: bool,
    /// How long the answer is, where that is not as its fate has it.
    pub(crate) length: Option<Length>,
    /// What its price depends on beside tokens.
    pub(crate) extent: Extent,
}

/// How long an answer is, in tokens.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Length {
    /// The longest of its choices: they are made side by side, so this is how long it takes.
    pub(crate) longest: u32,
    /// All of its choices together: this is what is charged.
    pub(crate) all: u32,
}

/// What all of one response has in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) id: String,
    /// When, in seconds since 1970 began.
    pub(crate) created: u64,
    pub(crate) model: Arc<str>,
    /// The same fate gets the same answer.
    pub(crate) fate: Fate,
    /// What the machine charges; for a stream, what it will.
    pub(crate) usage: Usage,
}

/// A plain answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) media: HeaderValue,
}

/// Answers a request for work.
pub(crate) async fn serve<W: Work>(
    State(mock): State<Arc<Mock>>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    mock.watch.asked(retry(&head.headers));
    let Some(client) = mock.known(&head.headers) else { return mock.refuse_stranger() };
    // Large bodies come in a few at a time.
    let permit = if W::BODY_BYTES > bounds::BODY_BYTES { LARGE.acquire().await.ok() } else { None };
    let body = match whole(&head.headers, body, W::BODY_BYTES).await {
        Ok(body) => body,
        Err(Torn::TooLarge) => return W::refuse_large(&mock),
        Err(torn @ (Torn::TooSlow | Torn::Broken)) => return mock.refuse_torn(torn),
    };
    let caller = caller(&head);
    let lenient = mock.plan.profile == Profile::Conformance;
    let media = Media { lenient, ..Media::of(&head.headers) };
    let mut work = match W::read(media, &body) {
        Ok(work) => work,
        Err(unreadable) => return invalid(&mock, (client, caller), &unreadable),
    };
    drop((body, permit));
    work.names(&mock);
    let Some((id, served)) = mock.served(work.model()) else {
        let places = Places::of_model(work.model());
        return mock.refuse(ErrorKind::UnknownModel, &places, Shows::default());
    };
    if !is_done_by::<W>(&mock, served) {
        return waste(&mock, (client, caller), (id, served), &Unreadable::default());
    }
    let host = text(&head.headers, HOST.as_str());
    if let Err(unfit) = work.suits(&At::of(&mock, served, host)) {
        return refuse_unfit(&mock, (client, caller), (id, served), unfit);
    }
    let fate = mock.fate(client, fate(&head.headers));
    let weight = Weight { caller, ..weigh(&mock, served, &mut work, fate) };
    match mock.receive(client, (id, served), weight) {
        Met::Refused { kind, shows, head_at } => {
            let response = mock.refuse(kind, &served.places, shows);
            mock.clock.until(head_at).await;
            response
        }
        Met::Underway(underway) => answer(underway, served, work).await,
    }
}

/// Whether a model does this kind of work.
fn is_done_by<W: Work>(mock: &Mock, served: &Served) -> bool {
    mock.plan.profile == Profile::Conformance || W::WORK.contains(&served.account.model.work())
}

/// What a request weighs that has met its model.
fn weigh<W: Work>(mock: &Mock, served: &Served, work: &mut W, fate: Fate) -> Weight {
    let context = mock.plan.edition.context(&served.account.model).map(|tokens| tokens.0);
    work.meet(Meets { fate, context });
    let Load { prompt, max_tokens, count, stream, length, extent } = work.load();
    let tariff = mock.tariff(served, &extent);
    Weight { prompt, max_tokens, count, stream, length, tariff, fate, caller: 0 }
}

/// Waits for the head of an admitted request, and for all of it when it is not streamed. The
/// caller drops this when its client leaves.
async fn answer<W: Work>(underway: Underway, served: &Served, work: W) -> Response<Body> {
    let mock = Arc::clone(underway.mock());
    let at = mock.clock.now();
    let Some(ticket) = underway.ticket() else {
        return mock.refuse(ErrorKind::Internal, &Places::default(), Shows::default());
    };
    let (shows, head_at, stream) = (ticket.shows, ticket.head_at(), ticket.stream);
    let usage = ticket.usage;
    let status = Status::OK;
    let model = served.called(work.model());
    mock.watch.decided(&Decided {
        at,
        completion: true,
        model: Some(&model),
        status,
        by: None,
        shows,
    });
    mock.clock.until(head_at).await;
    let (id, created, fate) = (mock.next_id(), mock.date(at), underway.fate);
    let mut common = Common { id, created, model, fate, usage };
    let id = HeaderValue::try_from(common.id.as_str());
    let (body, media) = if stream {
        let pieces = work.pieces(common);
        let events = pieces.and_then(|pieces| Events::new(underway, pieces));
        (events.map_or_else(Body::empty, Body::new), EVENT_STREAM)
    } else {
        common.usage = underway.finish();
        if !mock.kept().await {
            return mock.refuse(ErrorKind::Internal, &served.places, Shows::default());
        }
        work.flows().unwrap_or_else(|| {
            let Answer { body, media } = work.answer(&common);
            (Body::from(body), media)
        })
    };
    let mut response = response(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media);
    if let Ok(id) = id {
        headers.insert(&ID_HEADER, id);
    }
    if stream {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    mock.show(&shows, headers);
    response
}

/// A body that makes no sense. Where its model could be read, it takes a slot of that model's
/// limits and shows their headers, as recorded.
fn invalid(mock: &Arc<Mock>, who: (ClientId, u32), unreadable: &Unreadable) -> Response<Body> {
    let Some(model) = &unreadable.model else {
        let fault = unreadable.fault.as_ref();
        return mock.refuse_body(ErrorKind::Invalid, (&Places::default(), fault), Shows::default());
    };
    match mock.served(model) {
        Some(served) => waste(mock, who, served, unreadable),
        None => mock.refuse(ErrorKind::UnknownModel, &Places::of_model(model), Shows::default()),
    }
}

/// A request that cannot be answered takes its slot like a body that makes no sense.
fn refuse_unfit(
    mock: &Arc<Mock>,
    who: (ClientId, u32),
    served: (ModelId, &Served),
    unfit: Unfit,
) -> Response<Body> {
    match unfit {
        Unfit::Fault(fault) => {
            waste(mock, who, served, &Unreadable { model: None, fault: Some(fault) })
        }
        Unfit::Unheard(why) => {
            let wasted = mock.waste(who, served);
            let places = &served.1.places;
            match wasted.refused {
                Some(kind) => mock.refuse(kind, places, wasted.shows),
                None => mock.refuse_unheard(why, places, wasted.shows),
            }
        }
    }
}

fn waste(
    mock: &Arc<Mock>,
    who: (ClientId, u32),
    served: (ModelId, &Served),
    unreadable: &Unreadable,
) -> Response<Body> {
    let wasted = mock.waste(who, served);
    let fault = unreadable.fault.as_ref().filter(|_| wasted.refused.is_none());
    let kind = wasted.refused.unwrap_or(ErrorKind::Invalid);
    mock.refuse_body(kind, (&served.1.places, fault), wasted.shows)
}
