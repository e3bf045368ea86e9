//! A batch from its beginning to its end: read, handed to the machine, watched, written down.
//!
//! What the machine has of a batch is in its hands alone: how many lines are over, and what they are
//! charged. It is handed to the store together with the books, so that a later service goes on from
//! where both stood.

use std::sync::Arc;

use axum::body::Bytes;
use limits::{Clock as _, Instant};
use mock_together::{BatchId, Collected, LineEnd, Submitted};
use rulebook::Extent;
use wire::{ErrorKind, Status};

use super::No;
use super::input::{Entry, Input, Rules};
use super::output::Output;
use crate::bounds;
use crate::desk::{ClientId, ModelId, Weight};
use crate::inference::Length;
use crate::mock::Mock;
use crate::store::job::{Job, State};
use crate::store::{FileRow, Form, Purposes};

/// What the machine has to know of a batch.
struct Load {
    model: ModelId,
    lines: Vec<Weight>,
}

/// How a batch stands with the machine.
enum Stands {
    /// It is to be looked at again then.
    Underway(Instant),
    Over(Vec<LineEnd>),
    /// Somebody else has ended it.
    Gone,
}

impl Mock {
    /// A batch begins, or fails at once; or there is none.
    pub(crate) async fn begin(self: &Arc<Self>, job: Job) -> Result<Job, No> {
        let rules = self.rules(&job);
        if crate::inference::line::line(self, rules.endpoint, &Bytes::new(), 0).is_none() {
            let why = format!("endpoint: {} has no batches", job.endpoint);
            return Err(No(Status::BAD_REQUEST, why));
        }
        if self.store.count_jobs() >= bounds::BATCHES {
            return Err(self.no_room());
        }
        let load = self.read(&job).await?;
        let now = self.clock.now();
        let job = Job { created: self.date(now), created_at: now.nanos(), ..job };
        let (job, load) = match load {
            Ok((model, load)) => {
                let lines = load.lines.len();
                (Job { model: Some(model), lines, ..job }, load)
            }
            Err(error) => {
                let completed = Some(self.date(job.looked_at_until()));
                let job = Job { state: State::Failed, error: Some(error), completed, ..job };
                self.store.add_job(now, &job);
                return Ok(job);
            }
        };
        let served = self.served.get(load.model.0).ok_or_else(|| self.unkept())?;
        let client = ClientId(job.client);
        let submitted = {
            let mut desk = self.desk();
            let submitted = desk.submit(now, client, (load.model, served), &load.lines);
            if let Some(Submitted::Accepted { id, .. }) = submitted {
                // Under one lock with what the machine charges for it: neither is kept alone.
                self.store.add_job(now, &job);
                desk.runs(&job, id);
            }
            submitted
        };
        let (kind, head_at) = match submitted {
            Some(Submitted::Accepted { id, .. }) => {
                self.watch_over(job.id.clone(), id);
                return Ok(job);
            }
            Some(Submitted::Refused { reply, head_at }) => {
                (reply.error.unwrap_or(ErrorKind::Internal), head_at)
            }
            None => (ErrorKind::NoAccess, now),
        };
        self.clock.until(head_at).await;
        let model = job.model.as_deref().unwrap_or("");
        Err(No(self.plan.edition.error(kind).status, self.message(kind, model)))
    }

    /// A batch of an earlier service goes on.
    pub(crate) async fn resume(self: &Arc<Self>, job: Job) {
        let Ok(load) = self.read(&job).await else { return };
        let now = self.clock.now();
        let found = load.ok().and_then(|(_, load)| {
            let served = self.served.get(load.model.0)?;
            let mut desk = self.desk();
            let of = (load.model, served);
            let expires = Instant::from_nanos(job.expires_at);
            let id =
                desk.resume(now, ClientId(job.client), of, &load.lines, (job.over, expires))?;
            desk.runs(&job, id);
            Some(id)
        });
        if let Some(batch) = found {
            return self.watch_over(job.id, batch);
        }
        // The rules have changed under it.
        self.fail(now, job, "The batch cannot go on under these rules");
    }

    /// A batch with as much of it over as is now.
    pub(crate) fn run_off(&self, now: Instant, job: Job) -> Job {
        let over = self.desk().over(now, &job.id);
        Job { over: over.unwrap_or(job.over), ..job }
    }

    /// A batch is taken back; false where it has ended.
    pub(crate) async fn cancel(self: &Arc<Self>, id: &str) -> bool {
        let now = self.clock.now();
        let Some(ends) = self.desk().cancel(now, id) else { return false };
        self.store.set_over(id, ends.len());
        self.end(id, ends, State::Cancelled).await;
        true
    }

    /// Looks at a batch when it is time to, until it has ended.
    fn watch_over(self: &Arc<Self>, id: String, batch: BatchId) {
        let (mock, clock) = (Arc::downgrade(self), self.clock);
        tokio::spawn(async move {
            loop {
                let Some(mock) = mock.upgrade() else { return };
                match mock.look(&id, batch) {
                    Stands::Underway(look_at) => {
                        drop(mock);
                        clock.until(look_at).await;
                    }
                    Stands::Over(ends) => {
                        let expired = ends.contains(&LineEnd::Expired);
                        let state = if expired { State::Expired } else { State::Completed };
                        return mock.end(&id, ends, state).await;
                    }
                    Stands::Gone => return,
                }
            }
        });
    }

    fn look(&self, id: &str, batch: BatchId) -> Stands {
        let now = self.clock.now();
        let Some(job) = self.store.any_job(id) else { return Stands::Gone };
        let mut desk = self.desk();
        if !desk.has(id) {
            return Stands::Gone;
        }
        if now < job.looked_at_until() {
            return Stands::Underway(job.looked_at_until());
        }
        match desk.collect(now, (id, batch)) {
            Collected::Underway { look_at } => Stands::Underway(look_at),
            Collected::Ended(ends) => {
                let over = ends.iter().filter(|end| **end != LineEnd::Expired).count();
                self.store.set_over(id, over);
                Stands::Over(ends)
            }
        }
    }

    /// A batch has ended: what it leaves behind is written.
    async fn end(self: &Arc<Self>, id: &str, ends: Vec<LineEnd>, state: State) {
        let Some(job) = self.store.any_job(id) else { return };
        let read = self.content_of(&job).await;
        let (mock, of) = (Arc::clone(self), job.clone());
        let over = ends.iter().filter(|end| **end != LineEnd::Expired).count();
        let writing = tokio::task::spawn_blocking(move || {
            let input = Input::read(&mock, &read.ok()?, mock.rules(&of)).ok()?;
            Some(Output::of(&mock, &input, &ends))
        });
        let output = writing.await.ok().flatten();
        let now = self.clock.now();
        let ended = Job { over, completed: Some(self.date(now)), ..job };
        let Some(Output { answers, errors }) = output else {
            return self.fail(now, ended, "The input file cannot be read any more");
        };
        let file = |what: &str, content: Option<Bytes>| {
            let (nth, uuid) = self.store.next_id();
            let content = content?;
            let row = FileRow {
                id: format!("file-{uuid}"),
                nth,
                organization: ended.organization,
                created: self.date(now),
                filename: format!("{id}_{what}.jsonl"),
                bytes: content.len() as u64,
                purpose: Purposes::BatchApi,
                form: Form::Jsonl,
                there: true,
                checked: None,
            };
            Some((row, content))
        };
        let (answers, errors) = (file("output", answers), file("errors", errors));
        let name = |file: &Option<(FileRow, Bytes)>| file.as_ref().map(|(row, _)| row.id.clone());
        let job = Job { state, output: name(&answers), errors: name(&errors), ..ended.clone() };
        let files = [answers, errors].into_iter().flatten().collect();
        if self.store.end_job(now, &job, files).is_err() {
            self.fail(now, ended, "The mock has no room for the output: delete files");
        }
    }

    fn fail(&self, now: Instant, job: Job, why: &str) {
        let (error, completed) = (Some(why.to_owned()), Some(self.date(now)));
        let job = Job { state: State::Failed, error, completed, ..job };
        let _ = self.store.end_job(now, &job, Vec::new());
    }

    /// The content of a batch's file.
    async fn content_of(&self, job: &Job) -> Result<Bytes, No> {
        let content = self.store.content(&job.input).ok_or_else(|| self.unkept())?;
        content.whole(&job.input).await.map_err(|_| self.unkept())
    }

    /// What a batch asks of the machine, and of which model; or what is wrong with its file.
    async fn read(self: &Arc<Self>, job: &Job) -> Result<Result<(String, Load), String>, No> {
        let content = self.content_of(job).await?;
        let (mock, job) = (Arc::clone(self), job.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let input = Input::read(&mock, &content, mock.rules(&job))?;
            let works = input.lines.iter().filter_map(|Entry { work, .. }| work.as_ref().ok());
            let model = works.clone().next().map(|work| work.model);
            let model = model.ok_or_else(|| "no line can be answered".to_owned())?;
            let tariff = mock.served.get(model.0).map(|served| {
                mock.plan.batch_tariff(&served.name, &served.account, &Extent::default())
            });
            let tariff = tariff.unwrap_or_default();
            let lines = works.map(|work| {
                // Nobody waits for the longest of its choices: what counts is all of them.
                let length =
                    work.weight.length.map(|Length { all, .. }| Length { longest: all, all });
                let all = length.map_or(0, |length| length.all);
                let max_tokens = work.weight.max_tokens.filter(|most| *most >= all);
                Weight { max_tokens, length, tariff, ..work.weight }
            });
            Ok((input.model.clone(), Load { model, lines: lines.collect() }))
        });
        reading.await.map_err(|_| self.unkept())
    }

    fn rules<'a>(&self, job: &'a Job) -> Rules<'a> {
        let batch = self.plan.edition.billing(&self.plan.assumptions).batch;
        Rules {
            endpoint: &job.endpoint,
            model: job.model.as_deref(),
            draw: job.draw,
            lines: batch.lines,
            custom_id: self.plan.edition.batch_ids(),
        }
    }

    fn no_room(&self) -> No {
        let words = self.plan.edition.error(ErrorKind::RequestsLimited);
        let most = bounds::BATCHES;
        No(words.status, format!("The mock keeps at most {most} batches"))
    }
}
