//! Files: uploaded for fine-tuning, evaluations and batches, listed, fetched and deleted.
//!
//! ```text
//!   POST /files/upload, multipart with the file ──────────────────► the file
//!   POST /files, its name alone ──► 302 to an address ──► PUT ────► the file
//!                                        POST /files/ID/preprocess ─┘ tells of it
//! ```
//!
//! The second way is that of Together's own libraries: the service sends them to its storage, the
//! mock to an address of its own under `/_lab/`. `POST /files` with the file in it is a kindness to
//! `OpenAI`'s clients, who know no other way.
//!
//! A file for fine-tuning is looked at line by line, and what is wrong is told in its
//! `validation_report`; other purposes skip that, as documented: a batch looks at its file itself.

mod check;
mod content;
mod form;
pub(crate) mod upload;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Response};
use axum::routing::{get, post};
use limits::Clock as _;
use mock_together::OrganizationId;
use serde::Serialize;
use wire::ErrorKind;

use crate::call::{Fault, Path};
use crate::mock::Mock;
use crate::plan::Profile;
use crate::refusal::{JSON, response};
use crate::store::{Checked, FileRow, Form, Purposes};
use crate::words::json;

/// The media type of a file's content, as documented.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain");

/// A file's words, and some.
const ENVELOPE: usize = 512;

/// Their addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    let at = |path: &str| format!("{base}/files{path}");
    Router::new()
        .route(&at("/upload"), post(upload::whole))
        .route(&at(""), get(list).post(upload::announced))
        .route(&at("/{id}"), get(one).delete(delete))
        .route(&at("/{id}/content"), get(content))
        .route(&at("/{id}/preprocess"), post(one))
}

async fn list(State(mock): State<Arc<Mock>>, headers: HeaderMap) -> Response<Body> {
    let Some(organization) = mock.organization(&headers) else {
        return mock.decline(ErrorKind::Unauthorized, None);
    };
    let rows = mock.store.files(organization);
    let data: Vec<FileWords<'_>> = rows.iter().map(FileWords::of).collect();
    answer(&List { object: "list", data })
}

async fn one(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(organization) = mock.organization(&headers) else {
        return mock.decline(ErrorKind::Unauthorized, None);
    };
    match mock.file(organization, &id) {
        Some(row) => answer(&FileWords::of(&row)),
        None => mock.missing("File"),
    }
}

async fn content(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(organization) = mock.organization(&headers) else {
        return mock.decline(ErrorKind::Unauthorized, None);
    };
    let body = match mock.file(organization, &id) {
        Some(FileRow { there: true, bytes, .. }) => {
            mock.store.content(&id).map_or_else(Body::empty, |content| content.body(id, bytes))
        }
        Some(_) | None => return mock.missing("File"),
    };
    let mut response = response(body);
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response
}

async fn delete(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(organization) = mock.organization(&headers) else {
        return mock.decline(ErrorKind::Unauthorized, None);
    };
    if mock.file(organization, &id).is_none() {
        return mock.missing("File");
    }
    if let Some(batch) = mock.store.reader_of(&id) {
        let fault = Fault::new("id", format!("batch {batch} reads it"));
        return mock.decline(ErrorKind::Invalid, Some(&fault));
    }
    mock.store.remove(mock.clock.now(), &id);
    if !mock.kept().await {
        return mock.decline(ErrorKind::Internal, None);
    }
    answer(&Deleted { id: &id, deleted: true })
}

/// A body as JSON, with status 200.
pub(crate) fn answer(body: &impl Serialize) -> Response<Body> {
    let mut response = response(Body::from(json(body, ENVELOPE)));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

impl Mock {
    /// A file of an organization. Where ids that nobody gave out are let in, there is one behind
    /// each.
    fn file(&self, organization: OrganizationId, id: &str) -> Option<FileRow> {
        let known = self.store.file(organization, id);
        known.or_else(|| match self.plan.profile {
            Profile::Rules => None,
            Profile::Conformance => Some(FileRow::plausible(id)),
        })
    }
}

impl FileRow {
    /// A file that nobody uploaded, and that is nobody's.
    fn plausible(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            nth: 0,
            organization: 0,
            created: 0,
            filename: "file.jsonl".to_owned(),
            bytes: 0,
            purpose: Purposes::FineTune,
            form: Form::Jsonl,
            there: true,
            checked: None,
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<FileWords<'a>>,
}

#[derive(Serialize)]
struct Deleted<'a> {
    id: &'a str,
    deleted: bool,
}

/// A file in the service's words.
#[derive(Serialize)]
struct FileWords<'a> {
    id: &'a str,
    object: &'static str,
    created_at: u64,
    filename: &'a str,
    bytes: u64,
    purpose: Purposes,
    #[serde(rename = "Processed")]
    processed: bool,
    #[serde(rename = "FileType")]
    form: Form,
    processing_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_report: Option<Report<'a>>,
}

/// What the lines of a file for fine-tuning were found to be.
#[derive(Serialize)]
struct Report<'a> {
    valid: bool,
    file_id: &'a str,
    nlines: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> FileWords<'a> {
    fn of(row: &'a FileRow) -> Self {
        let FileRow { id, created, filename, bytes, purpose, form, there, checked, .. } = row;
        let is_wrong = checked.as_ref().is_some_and(|checked| checked.fault.is_some());
        Self {
            id,
            object: "file",
            created_at: *created,
            filename,
            bytes: *bytes,
            purpose: *purpose,
            processed: *there,
            form: *form,
            processing_status: match there {
                false => "PENDING",
                true if is_wrong => "INVALID_FORMAT",
                true => "COMPLETED",
            },
            validation_report: checked.as_ref().map(|checked| Report::of(id, checked)),
        }
    }
}

impl<'a> Report<'a> {
    fn of(file_id: &'a str, Checked { lines, fault }: &'a Checked) -> Self {
        let error = fault.as_deref();
        let error_type = error.map(|_| "INVALID_FORMAT");
        Self { valid: fault.is_none(), file_id, nlines: *lines, error_type, error }
    }
}
