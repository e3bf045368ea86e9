//! How an edition words its errors, how those words are recognised, and how it names its headers.

use limits::Label;
use wire::{ErrorKind, Status, Words};

use crate::assumptions::Assumptions;
use crate::choices::Chosen;
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
    /// Whether it is a page of the gateway's own: `message` is then the whole body, plain text and
    /// no JSON.
    pub page: bool,
    /// Whether the body says `kind` a second time, as `error_type` beside its `error`.
    pub type_beside: bool,
}

/// The places that a message may have.
pub(crate) const PLACES: [&str; 5] = ["rpm", "qps", "tpm", "tps", "model"];

/// The words for every kind of error, in the order of [`ErrorKind::ALL`].
type Table = [ErrorWords; ErrorKind::ALL.len()];

/// How an edition words its errors: the one table that its service writes by and clients read by.
#[derive(Clone, Debug)]
pub(crate) struct Errors {
    usual: Table,
    /// The words of kinds that an assumption words otherwise.
    pub(crate) otherwise: Vec<Chosen<(ErrorKind, ErrorWords)>>,
    /// Those that hold.
    chosen: Table,
}

impl Errors {
    pub(crate) fn new(usual: Table, otherwise: Vec<Chosen<(ErrorKind, ErrorWords)>>) -> Errors {
        Errors { chosen: usual.clone(), usual, otherwise }
    }

    /// Words them as these assumptions have it.
    pub(crate) fn choose(&mut self, given: &Assumptions) {
        let otherwise = |kind: ErrorKind| {
            let mut those = self.otherwise.iter().filter(|one| one.what.0 == kind);
            those.find(|one| one.holds(given)).map(|one| one.what.1.clone())
        };
        for ((kind, words), usual) in
            ErrorKind::ALL.into_iter().zip(&mut self.chosen).zip(&self.usual)
        {
            *words = otherwise(kind).unwrap_or_else(|| usual.clone());
        }
    }

    pub(crate) fn of(&self, kind: ErrorKind) -> &ErrorWords {
        let [
            requests,
            tokens,
            model,
            dynamic_requests,
            dynamic_tokens,
            no_credit,
            no_access,
            free_tier,
            invalid,
            too_long,
            too_large,
            unauthorized,
            unknown_model,
            internal,
            unavailable,
            gateway_timeout,
            gateway_page,
        ] = &self.chosen;
        match kind {
            ErrorKind::RequestsLimited => requests,
            ErrorKind::TokensLimited => tokens,
            ErrorKind::ModelLimited => model,
            ErrorKind::DynamicRequestsLimited => dynamic_requests,
            ErrorKind::DynamicTokensLimited => dynamic_tokens,
            ErrorKind::NoCredit => no_credit,
            ErrorKind::NoAccess => no_access,
            ErrorKind::FreeTier => free_tier,
            ErrorKind::Invalid => invalid,
            ErrorKind::TooLong => too_long,
            ErrorKind::TooLarge => too_large,
            ErrorKind::Unauthorized => unauthorized,
            ErrorKind::UnknownModel => unknown_model,
            ErrorKind::Internal => internal,
            ErrorKind::Unavailable => unavailable,
            ErrorKind::GatewayTimeout => gateway_timeout,
            ErrorKind::GatewayPage => gateway_page,
        }
    }

    /// [`crate::Edition::recognise`].
    pub(crate) fn recognise(
        &self,
        status: Status,
        kind: Option<&str>,
        code: Option<&str>,
        message: Option<&str>,
    ) -> Option<ErrorKind> {
        let of_status: Vec<(ErrorKind, &ErrorWords)> =
            self.told_apart().filter(|(_, words)| words.status == status).collect();
        let mut agreeing = of_status.clone();
        agreeing.retain(|(_, words)| {
            kind == Some(words.kind.as_str()) && code == words.code.as_deref()
        });
        // A type that this status does not have here is a stranger's: then being the only kind of
        // the status proves nothing.
        let (candidates, alone_is_enough) =
            if agreeing.is_empty() { (of_status, kind.is_none()) } else { (agreeing, true) };
        if alone_is_enough && let Some(kind) = only(candidates.iter().map(|(kind, _)| *kind)) {
            return Some(kind);
        }
        only(candidates.iter().filter(|(_, words)| words.says(message)).map(|(kind, _)| *kind))
    }

    /// Each kind with its words, under whatever assumption, without words that a kind before has.
    fn told_apart(&self) -> impl Iterator<Item = (ErrorKind, &ErrorWords)> {
        let usual = ErrorKind::ALL.into_iter().zip(&self.usual);
        let otherwise = self.otherwise.iter().map(|one| (one.what.0, &one.what.1));
        let all: Vec<(ErrorKind, &ErrorWords)> = usual.chain(otherwise).collect();
        let apart = |index: &usize| {
            let at = all.get(*index);
            let mut before = all.iter().take(*index);
            at.is_some_and(|(_, words)| !before.any(|(_, other)| other.reads_like(words)))
        };
        let told: Vec<(ErrorKind, &ErrorWords)> =
            (0..all.len()).filter(apart).filter_map(|index| all.get(index).copied()).collect();
        told.into_iter()
    }
}

/// The kind that all of them are; none where they differ or there is none.
fn only(mut kinds: impl Iterator<Item = ErrorKind>) -> Option<ErrorKind> {
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(first)
}

impl ErrorWords {
    /// Whether nobody who has only the status and the body can tell the two apart.
    fn reads_like(&self, other: &ErrorWords) -> bool {
        let Self { status, kind, code, message, headers: _, page, type_beside: _ } = self;
        (status, kind, code, message, page)
            == (&other.status, &other.kind, &other.code, &other.message, &other.page)
    }

    /// Whether a message may be this one with its places filled: what stands between the places
    /// occurs in it, in order. A message that is nothing but places is not told by its text.
    fn says(&self, message: Option<&str>) -> bool {
        let Some(mut rest) = message else { return false };
        let mut fixed = fixed_pieces(&self.message).filter(|piece| !piece.is_empty()).peekable();
        fixed.peek().is_some()
            && fixed.all(|piece| {
                let past = rest.split_once(piece).map(|(_, past)| past);
                rest = past.unwrap_or_default();
                past.is_some()
            })
    }
}

/// What stands before, between and after the places of a message.
fn fixed_pieces(message: &str) -> impl Iterator<Item = &str> {
    message.split('{').enumerate().map(|(index, part)| match part.split_once('}') {
        _ if index == 0 => part,
        Some((_, fixed)) => fixed,
        None => "",
    })
}

/// The kind of error with which a meter of a policy of this crate refuses.
#[must_use]
pub fn refused_by(label: Label) -> ErrorKind {
    if label == labels::TOKENS {
        ErrorKind::TokensLimited
    } else if label == labels::DYNAMIC_REQUESTS {
        ErrorKind::DynamicRequestsLimited
    } else if label == labels::DYNAMIC_TOKENS {
        ErrorKind::DynamicTokensLimited
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
    /// Requests up to which the service answers for its own capacity, per the edition's unit.
    pub limit_dynamic: String,
    /// Requests left of those, as shown.
    pub remaining_dynamic: String,
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
            limit_dynamic: &self.limit_dynamic,
            remaining_dynamic: &self.remaining_dynamic,
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
            page: false,
            type_beside: false,
        });
        let errors = Errors::new(words, Vec::new());
        for kind in ErrorKind::ALL {
            assert_eq!(errors.of(kind).kind, kind.name());
        }
    }

    fn says(template: &str, message: &str) -> bool {
        let words = ErrorWords {
            status: Status::OK,
            kind: String::new(),
            code: None,
            message: template.to_owned(),
            headers: true,
            page: false,
            type_beside: false,
        };
        words.says(Some(message))
    }

    #[test]
    fn a_message_is_told_by_what_stands_between_its_places() {
        let template = "at {rpm} RPM ({qps} QPS) for {model}";
        assert!(says(template, "at 60 RPM (1 QPS) for a/{b}"));
        assert!(says(template, "Slow down: at  RPM ( QPS) for me."), "whatever stands around it");
        assert!(!says(template, "at 60 QPS (1 RPM) for a/b"), "in order");
        assert!(!says(template, "at 60 RPM (1 QPS)"), "all of it");
        assert!(says("{model}: {model}", "a: b: c"));
        assert!(!says("{model}{rpm}", "anything"), "it has no text of its own");
        assert!(!says("", "anything"));
        assert!(says("torn {rpm", "torn 60"));
    }

    #[test]
    fn a_refusal_is_worded_by_the_meter_that_refused() {
        assert_eq!(refused_by(labels::REQUESTS), ErrorKind::RequestsLimited);
        assert_eq!(refused_by(labels::MODEL), ErrorKind::ModelLimited);
        assert_eq!(refused_by(labels::TOKENS), ErrorKind::TokensLimited);
        let dynamic = [labels::DYNAMIC_REQUESTS, labels::DYNAMIC_TOKENS].map(refused_by);
        assert_eq!(dynamic, [ErrorKind::DynamicRequestsLimited, ErrorKind::DynamicTokensLimited]);
    }
}
