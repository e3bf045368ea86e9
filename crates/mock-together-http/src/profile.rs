//! What resources that are no work need for either profile: words of the query, and bodies that are
//! taken as they are where any is.
//!
//! Where recordings and the documents of the API disagree, the recorded form holds under the rules and
//! the documented one under conformance: types of models that no document has, chunks of streams without
//! the number of their token, statuses that are sent and not declared. The test `resources` pins all of
//! them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, Uri};
use serde::de::DeserializeOwned;
use wire::{ErrorKind, Shows};

use crate::bounds;
use crate::call::{typed, whole};
use crate::desk::ClientId;
use crate::mock::Mock;
use crate::plan::Profile;
use crate::refusal::Places;

/// A word of the query, as it stands there: those that are looked for here need no unescaping.
pub(crate) fn query<'u>(uri: &'u Uri, name: &str) -> Option<&'u str> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
}

impl Mock {
    /// Whether any key, model and id is let in.
    pub(crate) fn conforms(&self) -> bool {
        self.plan.profile == Profile::Conformance
    }

    /// Who asks, and a small body of JSON: the edition's refusal where nobody is known or it makes no
    /// sense. Where anything is let in, what makes no sense is as if nothing had been said.
    pub(crate) async fn small<T: DeserializeOwned + Default>(
        self: &Arc<Self>,
        request: Request,
    ) -> Result<(ClientId, T), Box<Response<Body>>> {
        let (head, body) = request.into_parts();
        let client = self.known(&head.headers).ok_or_else(|| Box::new(self.refuse_stranger()))?;
        let body = whole(&head.headers, body, bounds::SMALL_BODY_BYTES).await;
        let body = body.map_err(|torn| Box::new(self.refuse_torn(torn)))?;
        match typed::<T>(&body) {
            Ok(read) => Ok((client, read)),
            Err(_) if self.conforms() => Ok((client, T::default())),
            Err(fault) => {
                let about = (&Places::default(), Some(&fault));
                Err(Box::new(self.refuse_body(ErrorKind::Invalid, about, Shows::default())))
            }
        }
    }
}
