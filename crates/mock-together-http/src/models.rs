//! The list of models, and models of one's own: an upload is a job that is over at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, Uri};
use axum::routing::get;
use rulebook::Listing;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Path;
use crate::desk::ClientId;
use crate::mock::{Mock, Served};
use crate::profile::query;
use crate::refusal::Transport;
use crate::reply::{number, reply};
use crate::{bounds, drawn};

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new()
        .route(&format!("{base}/models"), get(models).post(upload))
        .route(&format!("{base}/jobs"), get(jobs))
        .route(&format!("{base}/jobs/{{id}}"), get(job))
        .route(&format!("{base}/evaluation/model-list"), get(judges))
}

/// The types that the documented list has. The recorded one has more, which a strict reader does not
/// know.
const DOCUMENTED: [&str; 7] =
    ["chat", "language", "code", "image", "embedding", "moderation", "rerank"];

async fn models(State(mock): State<Arc<Mock>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_list() };
    let dedicated = query(&uri, "dedicated").is_some_and(|said| said == "true");
    let mut listed = mock.listed(client);
    listed.retain(|served| !dedicated || served.account.endpoint.is_some());
    let strict = mock.conforms();
    let models = listed.into_iter().map(|served| Listed::of(&mock, served));
    let models = models.filter(|model| !strict || DOCUMENTED.contains(&model.r#type));
    reply(&models.collect::<Vec<_>>())
}

/// A model as the list shows it, in the recorded form. What the rulebook does not have is as the
/// recorded list has it of those models of which it knows no more.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    object: &'a str,
    created: u64,
    r#type: &'a str,
    running: bool,
    display_name: &'a str,
    organization: &'a str,
    link: String,
    context_length: u64,
    config: Config,
    pricing: Pricing,
}

#[derive(Default, Serialize)]
struct Config {
    chat_template: Option<()>,
    stop: [(); 0],
    bos_token: Option<()>,
    eos_token: Option<()>,
}

#[derive(Serialize)]
struct Pricing {
    hourly: Value,
    input: Value,
    output: Value,
    base: u32,
    finetune: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_input: Option<Value>,
}

impl<'a> Listed<'a> {
    fn of(mock: &Mock, served: &'a Served) -> Self {
        let (edition, model) = (&mock.plan.edition, &served.account.model);
        let Listing { kind, input, output, cached } =
            edition.listing(model, &mock.plan.assumptions);
        let id = &*served.name;
        let (organization, display_name) = id.split_once('/').unwrap_or(("", id));
        let dollars = |money: mock_together::Money| number(money.in_dollars());
        let endpoint = served.account.endpoint.as_ref();
        let hourly = endpoint.and_then(|endpoint| endpoint.per_hour).unwrap_or_default();
        Self {
            id,
            object: "model",
            created: 0,
            r#type: kind,
            running: false,
            display_name,
            organization,
            link: format!("https://huggingface.co/{id}"),
            context_length: edition.context(model).map_or(0, |tokens| tokens.0),
            config: Config::default(),
            pricing: Pricing {
                hourly: dollars(hourly),
                input: dollars(input),
                output: dollars(output),
                base: 0,
                finetune: 0,
                cached_input: cached.map(dollars),
            },
        }
    }
}

/// The names of the models that an evaluation may ask.
async fn judges(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_stranger() };
    let mut listed = mock.listed(client);
    listed.retain(|served| served.account.model.work().answers_in_tokens());
    let names: Vec<&str> = listed.iter().map(|served| &*served.name).collect();
    reply(&json!({ "model_list": names }))
}

/// The jobs that uploads were, the latest last.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<VecDeque<Job>>);

#[derive(Clone)]
struct Job {
    whose: ClientId,
    id: String,
    name: String,
    source: String,
    description: String,
    at: String,
}

impl Jobs {
    fn all(&self) -> VecDeque<Job> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, job: Job) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= bounds::JOBS {
            jobs.pop_front();
        }
        jobs.push_back(job);
    }
}

impl Job {
    fn told(&self) -> Value {
        let Self { id, name, source, description, at, .. } = self;
        json!({
            "type": "model_upload",
            "job_id": id,
            "status": "Complete",
            "status_updates": [{ "status": "Complete", "message": "Job is Complete", "timestamp": at }],
            "args": { "description": description, "modelName": name, "modelSource": source },
            "created_at": at,
            "updated_at": at,
        })
    }
}

#[derive(Default, Deserialize)]
struct Upload {
    model_name: String,
    model_source: String,
    description: Option<String>,
}

async fn upload(State(mock): State<Arc<Mock>>, request: Request) -> Response<Body> {
    let (whose, upload) = match mock.small::<Upload>(request).await {
        Ok(read) => read,
        Err(refusal) => return *refusal,
    };
    let number = mock.number();
    let Upload { model_name: name, model_source: source, description } = upload;
    let job = Job {
        whose,
        id: format!("job-{}", drawn::uuid(number)),
        name,
        source,
        description: description.unwrap_or_default(),
        at: mock.now_text(),
    };
    let told = json!({
        "data": {
            "job_id": job.id,
            "model_name": job.name,
            "model_id": format!("model-{}", drawn::uuid(!number)),
            "model_source": job.source,
        },
        "message": "Processing model weights. Job created.",
    });
    mock.jobs.add(job);
    reply(&told)
}

async fn jobs(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_stranger() };
    let jobs = mock.jobs.all();
    let own = jobs.iter().filter(|job| job.whose == client);
    reply(&json!({ "data": own.map(Job::told).collect::<Vec<_>>() }))
}

async fn job(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.refuse_stranger() };
    let jobs = mock.jobs.all();
    match jobs.iter().find(|job| job.whose == client && job.id == id) {
        Some(job) => reply(&job.told()),
        None if mock.conforms() => {
            let (name, source, description) = Default::default();
            reply(&Job { whose: client, id, name, source, description, at: mock.now_text() }.told())
        }
        None => mock.turn_away(Transport::NoSuchPath),
    }
}
