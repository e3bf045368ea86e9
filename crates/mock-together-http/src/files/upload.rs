//! How files come: whole, or announced first and then put where the announcement said.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{HOST, HeaderName, LOCATION};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::put;
use axum::{BoxError, Router};
use http_body_util::{BodyExt as _, Limited};
use limits::Clock as _;
use tokio::time::timeout;
use wire::ErrorKind;

use super::form::{Said, Unsaid};
use super::{FileWords, answer, check, form};
use crate::bounds;
use crate::call::{Fault, Path, Torn, text};
use crate::mock::Mock;
use crate::plan::Profile;
use crate::refusal::{Transport, response};
use crate::store::{FileRow, Form, Purposes};

/// The header in which an announced file's id is told.
static FILE_ID: HeaderName = HeaderName::from_static("x-together-file-id");

/// Where announced files are put: addresses of ours, as the service has addresses of its storage.
pub(crate) fn routes() -> Router<Arc<Mock>> {
    Router::new().route("/_lab/uploads/{id}/{token}", put(content))
}

/// `POST /files/upload`: a file with what is said of it.
pub(super) async fn whole(State(mock): State<Arc<Mock>>, request: Request) -> Response<Body> {
    upload(mock, request, false).await
}

/// `POST /files`: what is said of a file that is still to come, or the file as well.
pub(super) async fn announced(State(mock): State<Arc<Mock>>, request: Request) -> Response<Body> {
    upload(mock, request, true).await
}

async fn upload(mock: Arc<Mock>, request: Request, may_come: bool) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Some(organization) = mock.organization(&head.headers) else {
        return mock.decline(ErrorKind::Unauthorized, None);
    };
    let Ok(_place) = mock.uploads.acquire().await else {
        return mock.decline(ErrorKind::Internal, None);
    };
    let said = match form::read(&head, body, bounds::FILE_BYTES).await {
        Ok(said) => said,
        Err(Unsaid::Torn(torn)) => return mock.torn(torn),
        Err(Unsaid::Wrong(fault)) => return mock.decline(ErrorKind::Invalid, Some(&fault)),
    };
    let row = match mock.row(&said, organization.0) {
        Ok(row) => row,
        Err(fault) => return mock.decline(ErrorKind::Invalid, Some(&fault)),
    };
    match said.file {
        Some(content) => mock.take(row, content).await,
        None if may_come => mock.promise(row, text(&head.headers, HOST.as_str())).await,
        None => mock.decline(ErrorKind::Invalid, Some(&Fault::new("file", "missing"))),
    }
}

/// The content of a file that was announced.
async fn content(
    State(mock): State<Arc<Mock>>,
    Path((id, token)): Path<(String, String)>,
    body: Body,
) -> Response<Body> {
    let row = mock.store.any_file(&id).filter(|row| mock.store.token(row.nth) == token);
    let Some(row) = row else { return mock.missing("Upload") };
    if let Some(batch) = mock.store.reader_of(&id) {
        let fault = Fault::new("id", format!("batch {batch} reads it"));
        return mock.decline(ErrorKind::Invalid, Some(&fault));
    }
    let Ok(_place) = mock.uploads.acquire().await else {
        return mock.decline(ErrorKind::Internal, None);
    };
    let most = mock.most(row.purpose);
    let content = match timeout(bounds::UPLOAD_TAKES, gathered(body, most)).await {
        Ok(Ok(content)) => content,
        Ok(Err(error)) => return mock.torn(Torn::of(Some(&*error))),
        Err(_) => return mock.torn(Torn::TooSlow),
    };
    let (purpose, form) = (row.purpose, row.form);
    let (content, checked) = checked(purpose, form, content).await;
    if mock.store.put(mock.clock.now(), &id, (content, checked)).is_err() {
        return mock.full();
    }
    if !mock.kept().await {
        return mock.decline(ErrorKind::Internal, None);
    }
    response(Body::empty())
}

/// A whole body of at most so many bytes.
async fn gathered(body: Body, most: usize) -> Result<Bytes, BoxError> {
    Ok(Limited::new(body, most).collect().await?.to_bytes())
}

/// A file's content and what its lines were found to be. Looking takes its time where there is much
/// to look at, and others are served meanwhile.
async fn checked(
    purpose: Purposes,
    form: Form,
    content: Bytes,
) -> (Bytes, Option<crate::store::Checked>) {
    let looked_at = content.clone();
    let looking = tokio::task::spawn_blocking(move || check::check(purpose, form, &looked_at));
    (content, looking.await.ok().flatten())
}

impl Mock {
    /// A file as it is said to be.
    fn row(&self, said: &Said, organization: u32) -> Result<FileRow, Fault> {
        let created = self.date(self.clock.now());
        let row = FileRow { organization, created, there: false, ..FileRow::plausible("") };
        let (name, purpose, form) = (said.name(), said.purpose(), said.form());
        Ok(match self.plan.profile {
            Profile::Rules => {
                FileRow { filename: name?.to_owned(), purpose: purpose?, form: form?, ..row }
            }
            Profile::Conformance => FileRow {
                filename: name.map_or(row.filename, str::to_owned),
                purpose: purpose.unwrap_or(row.purpose),
                form: form.unwrap_or(row.form),
                ..row
            },
        })
    }

    /// The most bytes of a file: a batch's as the edition has it.
    fn most(&self, purpose: Purposes) -> usize {
        let batch = self.plan.edition.billing(&self.plan.assumptions).batch.bytes;
        match purpose {
            Purposes::BatchApi => {
                usize::try_from(batch).unwrap_or(usize::MAX).min(bounds::FILE_BYTES)
            }
            Purposes::FineTune | Purposes::Eval | Purposes::Calibration => bounds::FILE_BYTES,
        }
    }

    /// A file came.
    async fn take(&self, row: FileRow, content: Bytes) -> Response<Body> {
        if content.len() > self.most(row.purpose) {
            return self.torn(Torn::TooLarge);
        }
        let (content, checked) = checked(row.purpose, row.form, content).await;
        let row = FileRow { checked, ..row };
        let Ok(row) = self.store.add(self.clock.now(), row, Some(content)) else {
            return self.full();
        };
        if !self.kept().await {
            return self.decline(ErrorKind::Internal, None);
        }
        answer(&FileWords::of(&row))
    }

    /// A file is to come: its client is told where to put it.
    async fn promise(&self, row: FileRow, host: Option<&str>) -> Response<Body> {
        let Some(host) = host else {
            let fault = Fault::new("", "no Host header: nowhere to put the file");
            return self.decline(ErrorKind::Invalid, Some(&fault));
        };
        let Ok(row) = self.store.add(self.clock.now(), row, None) else { return self.full() };
        if !self.kept().await {
            return self.decline(ErrorKind::Internal, None);
        }
        let (id, token) = (row.id, self.store.token(row.nth));
        let place = HeaderValue::try_from(format!("http://{host}/_lab/uploads/{id}/{token}"));
        let (Ok(place), Ok(id)) = (place, HeaderValue::try_from(id)) else {
            return self.turn_away(Transport::NoSuchPath);
        };
        let headers = [(LOCATION, place), (FILE_ID.clone(), id)];
        (StatusCode::FOUND, headers, Body::empty()).into_response()
    }

    fn torn(&self, torn: Torn) -> Response<Body> {
        match torn {
            Torn::TooLarge => self.decline(ErrorKind::TooLarge, None),
            Torn::Broken => self.decline(ErrorKind::Invalid, None),
            Torn::TooSlow => self.turn_away(Transport::TooSlow),
        }
    }

    /// The refusal where the mock has no room for another file.
    fn full(&self) -> Response<Body> {
        let fault = Fault::new("file", "the mock has no room for more: delete files");
        self.decline(ErrorKind::TooLarge, Some(&fault))
    }
}
