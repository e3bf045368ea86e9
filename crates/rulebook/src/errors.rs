//! How an edition words its errors and names its headers.

use limits::Label;
use wire::{ErrorKind, Status, Words};

use crate::labels;

/// The response to a request that failed in one way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ErrorWords {
    /// The status line's number.
    pub status: Status,
    /// `error.type` of the body.
    pub kind: String,
    /// `error.code` of the body, null where absent.
    pub code: Option<String>,
    /// `error.message` of the body, with places: `{rpm}` and `{tpm}` published per minute,
    /// `{qps}` and `{tps}` per second, `{model}` the model's id.
    pub message: String,
    /// Whether it carries the rate-limit headers; what fails before the limiter does not.
    pub headers: bool,
}

/// The places that a message may have.
pub(crate) const PLACES: [&str; 5] = ["rpm", "qps", "tpm", "tps", "model"];

/// The words for every kind of error, in the order of [`ErrorKind::ALL`].
#[derive(Clone, Debug)]
pub(crate) struct Errors(pub(crate) [ErrorWords; ErrorKind::ALL.len()]);

impl Errors {
    pub(crate) fn of(&self, kind: ErrorKind) -> &ErrorWords {
        let [
            requests,
            tokens,
            model,
            dynamic_requests,
            dynamic_tokens,
            no_credit,
            no_access,
            invalid,
            too_long,
            unauthorized,
            unknown_model,
            internal,
            unavailable,
        ] = &self.0;
        match kind {
            ErrorKind::RequestsLimited => requests,
            ErrorKind::TokensLimited => tokens,
            ErrorKind::ModelLimited => model,
            ErrorKind::DynamicRequestsLimited => dynamic_requests,
            ErrorKind::DynamicTokensLimited => dynamic_tokens,
            ErrorKind::NoCredit => no_credit,
            ErrorKind::NoAccess => no_access,
            ErrorKind::Invalid => invalid,
            ErrorKind::TooLong => too_long,
            ErrorKind::Unauthorized => unauthorized,
            ErrorKind::UnknownModel => unknown_model,
            ErrorKind::Internal => internal,
            ErrorKind::Unavailable => unavailable,
        }
    }
}

/// The kind of error with which a meter of a policy of this crate refuses.
#[must_use]
pub fn refused_by(label: Label) -> ErrorKind {
    if label == labels::TOKENS {
        ErrorKind::TokensLimited
    } else if label == labels::MODEL {
        ErrorKind::ModelLimited
    } else {
        ErrorKind::RequestsLimited
    }
}

/// The names of an edition's headers; one that it does not have is empty.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HeaderWords {
    /// Requests allowed, per the edition's unit.
    pub limit: String,
    /// Requests left in the window.
    pub remaining: String,
    /// Seconds until the window ends.
    pub reset: String,
    /// When to come back.
    pub hint: String,
    /// When to come back, in milliseconds.
    pub hint_millis: String,
    /// Whether this request was limited.
    pub limited: String,
    /// Tokens allowed, per the edition's unit.
    pub limit_tokens: String,
    /// Tokens left, as shown.
    pub remaining_tokens: String,
}

impl HeaderWords {
    /// The same names, for [`wire::text`].
    #[must_use]
    pub fn as_words(&self) -> Words<'_> {
        Words {
            limit: &self.limit,
            remaining: &self.remaining,
            reset: &self.reset,
            hint: &self.hint,
            hint_millis: &self.hint_millis,
            limited: &self.limited,
            limit_tokens: &self.limit_tokens,
            remaining_tokens: &self.remaining_tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_its_own_words() {
        let words = ErrorKind::ALL.map(|kind| ErrorWords {
            status: Status::OK,
            kind: kind.name().to_owned(),
            code: None,
            message: String::new(),
            headers: true,
        });
        let errors = Errors(words);
        for kind in ErrorKind::ALL {
            assert_eq!(errors.of(kind).kind, kind.name());
        }
    }

    #[test]
    fn a_refusal_is_worded_by_the_meter_that_refused() {
        assert_eq!(refused_by(labels::REQUESTS), ErrorKind::RequestsLimited);
        assert_eq!(refused_by(labels::MODEL), ErrorKind::ModelLimited);
        assert_eq!(refused_by(labels::TOKENS), ErrorKind::TokensLimited);
    }
}
