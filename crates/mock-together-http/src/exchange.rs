//! A request and its response as a whole: whoever counts and logs is told by which address it came,
//! what it was about, what refused it and how long its head took.
//!
//! What the parts on its road find out is left with [`underway`] and [`refused`] in a cell of the task
//! that answers it, so that no part has to hand it on. Outside such a task nothing is left anywhere.

use std::cell::RefCell;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, Response};
use axum::middleware::Next;
use limits::Clock as _;
use tokio::task_local;
use wire::Status;

use crate::desk::ModelId;
use crate::mock::Mock;
use crate::transport;
use crate::watch::Answered;

/// What has none of the names that are ours: address, method, model.
pub(crate) const OTHER: &str = "other";

/// Of a model's name that nobody serves, so many characters are told.
const NAME: usize = 128; // ours: more than any real one has

task_local! {
    static FOUND: RefCell<Found>;
}

/// What is found out about a request on its road.
#[derive(Clone, Debug, Default)]
struct Found {
    called: Called,
    model: Option<ModelId>,
    /// The name of a model that is not served.
    unknown: Option<Box<str>>,
    by: Option<&'static str>,
    underway: bool,
}

/// By which address and method a request came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Called {
    path: Option<MatchedPath>,
    method: Option<&'static str>,
}

impl Called {
    fn of(request: &Request) -> Self {
        let path = request.extensions().get().cloned();
        Self { path, method: Some(method(request.method())) }
    }

    /// The address as documented, `/v1/files/{id}`: one text for both bases, `other` for none.
    pub(crate) fn route(&self) -> &str {
        let Some(path) = self.path.as_ref().map(MatchedPath::as_str) else { return OTHER };
        path.strip_prefix("/v1").filter(|rest| rest.starts_with("/v1/")).unwrap_or(path)
    }

    /// The method, `other` where no route has it.
    pub(crate) fn method(&self) -> &'static str {
        self.method.unwrap_or(OTHER)
    }
}

/// Which request the task at hand answers.
pub(crate) fn called() -> Called {
    FOUND.try_with(|found| found.borrow().called.clone()).unwrap_or_default()
}

/// The request at hand was admitted for this model; its end will be told by itself.
pub(crate) fn underway(model: ModelId) {
    let _ = FOUND.try_with(|found| {
        let mut found = found.borrow_mut();
        (found.model, found.underway) = (Some(model), true);
    });
}

/// The request at hand is refused by this, and asked for a model of this name.
pub(crate) fn refused(mock: &Mock, by: &'static str, name: Option<&str>) {
    let _ = FOUND.try_with(|found| {
        let mut found = found.borrow_mut();
        found.by = Some(by);
        found.model = name.and_then(|name| mock.served(name)).map(|(id, _)| id);
        let unknown = name.filter(|_| found.model.is_none());
        found.unknown = unknown.map(|name| name.chars().take(NAME).collect());
    });
}

/// Answers a request, and tells metrics and watch of it when its head is out.
pub(crate) async fn told(
    State(mock): State<Arc<Mock>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let began = mock.clock.now();
    let called = Called::of(&request);
    let found = RefCell::new(Found { called, ..Found::default() });
    let answered = async {
        let response = transport::carry(&mock, request, next).await;
        (response, FOUND.with(RefCell::take))
    };
    let (response, found) = FOUND.scope(found, answered).await;
    let at = mock.clock.now();
    // Where any model is let in, what stands for all of them has no name.
    let served = found.model.and_then(|id| mock.name(id)).filter(|name| !name.is_empty());
    let answered = Answered {
        at,
        took: at.since(began),
        method: found.called.method(),
        route: found.called.route(),
        model: served.or(found.unknown.as_deref()),
        served: served.is_some(),
        status: Status(response.status().as_u16()),
        by: found.by,
        underway: found.underway,
    };
    mock.metrics.answered(&answered);
    mock.watch.answered(&answered);
    response
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => OTHER,
    }
}
