//! Batches: a file of requests, worked off by the machine's clock in a pool of its own.
//!
//! ```text
//!   POST /batches ──► its file is read ──► the machine's pool ──► runs off, line by line
//!                        │ wrong                  │ refused              │ all over, or the window
//!                        ▼                        ▼                      ▼
//!                     FAILED              402, 413, 429 …       COMPLETED, EXPIRED: two files
//! ```
//!
//! Errors are `{"error": "<text>"}`, not the envelope of other calls, as documented. A batch that is
//! cancelled keeps the answers of the lines that are over, which stay charged.

pub(crate) mod input;
mod output;
pub(crate) mod run;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{get, post};
use limits::{Clock as _, Instant};
use mock_together::OrganizationId;
use serde::{Deserialize, Serialize};
use wire::{ErrorKind, Status};

use crate::call::{Path, typed, whole};
use crate::desk::ClientId;
use crate::files::answer;
use crate::mock::Mock;
use crate::plan::Profile;
use crate::refusal::{JSON, response};
use crate::store::Purposes;
use crate::store::job::{Job, State as Became};
use crate::words::json;

/// Ours: the most bytes of a request for a batch.
const BODY_BYTES: usize = 64 << 10;

/// A batch's words, and some.
const ENVELOPE: usize = 1 << 10;

/// Their addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    let at = |path: &str| format!("{base}/batches{path}");
    Router::new()
        .route(&at(""), get(list).post(create))
        .route(&at("/{id}"), get(one))
        .route(&at("/{id}/cancel"), post(cancel))
}

/// What is asked for.
#[derive(Clone, Debug, Deserialize)]
struct Asked {
    endpoint: String,
    input_file_id: String,
    completion_window: Option<String>,
    model_id: Option<String>,
    #[serde(rename = "priority")]
    _priority: Option<i64>,
}

/// Why there is no batch: with what status, and in what words.
pub(crate) struct No(pub(crate) Status, pub(crate) String);

async fn create(State(mock): State<Arc<Mock>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Some(client) = mock.known(&head.headers) else { return mock.no_key() };
    let body = match whole(&head.headers, body, BODY_BYTES).await {
        Ok(body) => body,
        Err(torn) => return mock.refuse_torn(torn),
    };
    let asked: Asked = match typed(&body) {
        Ok(asked) => asked,
        Err(fault) => return refuse(&No(Status::BAD_REQUEST, fault.to_string())),
    };
    match mock.created(client, asked).await {
        Ok(created) => {
            let mut response = answer(&created);
            *response.status_mut() = StatusCode::CREATED;
            response
        }
        Err(no) => refuse(&no),
    }
}

async fn list(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.no_key() };
    let organization = mock.organization_of(client);
    let jobs = mock.jobs(organization);
    if !mock.kept().await {
        return refuse(&mock.unkept());
    }
    answer(&jobs)
}

async fn one(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.no_key() };
    let Some(job) = mock.job(client, &id) else { return refuse(&No::such()) };
    if !mock.kept().await {
        return refuse(&mock.unkept());
    }
    answer(&job)
}

async fn cancel(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(client) = mock.known(&headers) else { return mock.no_key() };
    let Some(job) = mock.job(client, &id) else { return refuse(&No::such()) };
    if mock.store.any_job(&id).is_some() && !mock.cancel(&id).await {
        let why = format!("Batch {id} has ended: it is {}", job.status);
        return refuse(&No(Status::BAD_REQUEST, why));
    }
    let job = mock.job(client, &id).unwrap_or(job);
    if !mock.kept().await {
        return refuse(&mock.unkept());
    }
    answer(&job)
}

fn refuse(No(status, why): &No) -> Response<Body> {
    let mut response = response(Body::from(json(&Error { error: why }, ENVELOPE)));
    *response.status_mut() =
        StatusCode::from_u16(status.0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

impl No {
    fn such() -> Self {
        Self(Status::NOT_FOUND, "Batch job not found".to_owned())
    }
}

impl Mock {
    async fn created(self: &Arc<Self>, client: ClientId, asked: Asked) -> Result<Created, No> {
        let organization = self.organization_of(client);
        let bad = |why: &str| Err(No(Status::BAD_REQUEST, why.to_owned()));
        let input = self.store.file(organization, &asked.input_file_id);
        let input = match (input, self.plan.profile) {
            (Some(input), _) if input.purpose == Purposes::BatchApi && input.there => input,
            (_, Profile::Conformance) => {
                let job = JobWords::of(self, &self.plausible(&asked), self.clock.now());
                return Ok(Created { job, warning: None });
            }
            (Some(input), _) if !input.there => {
                return bad("The input file has not been uploaded");
            }
            (Some(_), _) => return bad("The purpose of the input file is not batch-api"),
            (None, _) => return bad("The input file was not found"),
        };
        let job = Job { input_bytes: input.bytes, ..self.plausible(&asked) };
        let (nth, id) = self.store.next_id();
        let (organization, client) = (organization.0, client.0);
        let draw = self.store.draw(nth);
        let job = self.begin(Job { id, nth, organization, client, draw, ..job }).await?;
        if !self.kept().await {
            return Err(self.unkept());
        }
        let window = self.plan.edition.billing(&self.plan.assumptions).batch.window;
        let hours = window.nanos() / 3_600_000_000_000;
        let warning = asked.completion_window.filter(|said| *said != format!("{hours}h"));
        let warning =
            warning.map(|said| format!("completion_window {said} is not offered: it is {hours}h"));
        Ok(Created { job: JobWords::of(self, &job, self.clock.now()), warning })
    }

    /// A batch that was asked for and has not begun.
    fn plausible(&self, asked: &Asked) -> Job {
        let now = self.clock.now();
        let window = self.plan.edition.billing(&self.plan.assumptions).batch.window;
        Job {
            id: self.store.next_id().1,
            nth: 0,
            organization: 0,
            client: 0,
            endpoint: asked.endpoint.clone(),
            input: asked.input_file_id.clone(),
            input_bytes: 0,
            model: asked.model_id.clone(),
            created: self.date(now),
            created_at: now.nanos(),
            expires_at: now.after(window).nanos(),
            draw: 0,
            state: Became::Underway,
            lines: 0,
            over: 0,
            output: None,
            errors: None,
            error: None,
            completed: None,
        }
    }

    /// A batch of a key's organization. Where ids that nobody gave out are let in, there is one
    /// behind each.
    fn job(&self, client: ClientId, id: &str) -> Option<JobWords> {
        let now = self.clock.now();
        let organization = self.organization_of(client);
        let known = self.store.any_job(id).filter(|job| job.organization == organization.0);
        let known = known.map(|job| JobWords::of(self, &self.run_off(now, job), now));
        known.or_else(|| match self.plan.profile {
            Profile::Rules => None,
            Profile::Conformance => {
                let asked = Asked {
                    endpoint: "/v1/chat/completions".to_owned(),
                    input_file_id: "file-unknown".to_owned(),
                    completion_window: None,
                    model_id: None,
                    _priority: None,
                };
                let job = Job { id: id.to_owned(), ..self.plausible(&asked) };
                Some(JobWords::of(self, &job, now))
            }
        })
    }

    fn jobs(&self, organization: OrganizationId) -> Vec<JobWords> {
        let now = self.clock.now();
        let jobs = self.store.jobs(organization).into_iter();
        jobs.map(|job| JobWords::of(self, &self.run_off(now, job), now)).collect()
    }

    fn no_key(&self) -> Response<Body> {
        let words = self.plan.edition.error(ErrorKind::Unauthorized);
        refuse(&No(words.status, words.message.clone()))
    }

    pub(crate) fn unkept(&self) -> No {
        let words = self.plan.edition.error(ErrorKind::Internal);
        No(words.status, words.message.clone())
    }
}

#[derive(Serialize)]
struct Error<'a> {
    error: &'a str,
}

#[derive(Serialize)]
struct Created {
    job: JobWords,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

/// A batch in the service's words.
#[derive(Serialize)]
struct JobWords {
    id: String,
    user_id: String,
    input_file_id: String,
    file_size_bytes: u64,
    status: &'static str,
    job_deadline: String,
    created_at: String,
    endpoint: String,
    progress: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_file_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_file_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

impl JobWords {
    fn of(mock: &Mock, job: &Job, now: Instant) -> Self {
        let ended = !matches!(job.status(now), "VALIDATING" | "IN_PROGRESS");
        let told = |what: &Option<String>| what.clone().filter(|_| ended);
        let expires = Instant::from_nanos(job.expires_at);
        Self {
            id: job.id.clone(),
            user_id: format!("user_{:08x}", job.organization),
            input_file_id: job.input.clone(),
            file_size_bytes: job.input_bytes,
            status: job.status(now),
            job_deadline: date(mock.date(expires)),
            created_at: date(job.created),
            endpoint: job.endpoint.clone(),
            progress: job.progress(),
            model_id: job.model.clone(),
            output_file_id: told(&job.output),
            error_file_id: told(&job.errors),
            error: told(&job.error),
            completed_at: job.completed.filter(|_| ended).map(date),
        }
    }
}

/// Seconds since 1970 began, as RFC 3339 has them.
fn date(seconds: u64) -> String {
    let (year, month, day) = wire::civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
