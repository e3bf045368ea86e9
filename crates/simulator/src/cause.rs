//! What refused an attempt, as its reply says.

use run_record::RefusedBy;
use wire::{ErrorKind, Reply};

/// The column of the record that a refusal belongs to.
pub(crate) fn refused_by(reply: &Reply) -> RefusedBy {
    match reply.error {
        Some(ErrorKind::RequestsLimited) => RefusedBy::Requests,
        Some(ErrorKind::TokensLimited) => RefusedBy::Tokens,
        Some(ErrorKind::ModelLimited) => RefusedBy::Model,
        Some(ErrorKind::DynamicRequestsLimited) => RefusedBy::DynamicRequests,
        Some(ErrorKind::DynamicTokensLimited) => RefusedBy::DynamicTokens,
        Some(ErrorKind::NoCredit) => RefusedBy::Balance,
        Some(ErrorKind::NoAccess | ErrorKind::Unauthorized) => RefusedBy::Access,
        Some(
            ErrorKind::Invalid
            | ErrorKind::TooLong
            | ErrorKind::UnknownModel
            | ErrorKind::Internal
            | ErrorKind::Unavailable,
        )
        | None => RefusedBy::Other,
    }
}
