//! What the service says to it.

use crate::{Shows, Usage};

/// The service's word on one request: enough to decide what to do next, and nothing a client
/// could not have read off the response.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Reply {
    /// The status line's number.
    pub status: Status,
    /// The rate-limit headers, frozen when the request was admitted or refused.
    pub shows: Shows,
    /// What went wrong, as the body names it; `None` on success.
    pub error: Option<ErrorKind>,
    /// What the answer is charged for; zero unless it was completed.
    pub usage: Usage,
}

/// An HTTP status code.
///
/// ```
/// use wire::Status;
///
/// assert!(Status::OK.is_success());
/// assert!(Status::TOO_MANY_REQUESTS.is_client_error());
/// assert!(Status(521).is_server_error());
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct Status(pub u16);

impl Status {
    /// The answer follows.
    pub const OK: Self = Self(200);
    /// The request itself is wrong.
    pub const BAD_REQUEST: Self = Self(400);
    /// No key, or not a valid one.
    pub const UNAUTHORIZED: Self = Self(401);
    /// The account's credit is used up.
    pub const PAYMENT_REQUIRED: Self = Self(402);
    /// The account may not do this.
    pub const FORBIDDEN: Self = Self(403);
    /// No such model, or no such address.
    pub const NOT_FOUND: Self = Self(404);
    /// The server waited too long for the request.
    pub const REQUEST_TIMEOUT: Self = Self(408);
    /// The request collides with another.
    pub const CONFLICT: Self = Self(409);
    /// The body is larger than the service takes.
    pub const PAYLOAD_TOO_LARGE: Self = Self(413);
    /// A limit refused the request.
    pub const TOO_MANY_REQUESTS: Self = Self(429);
    /// The service failed without knowing why.
    pub const INTERNAL: Self = Self(500);
    /// The service has no room now.
    pub const UNAVAILABLE: Self = Self(503);
    /// The service behind the gateway took too long.
    pub const GATEWAY_TIMEOUT: Self = Self(504);

    /// 200 to 299.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 / 100 == 2
    }

    /// 400 to 499: asking the same again is wrong, or too early.
    #[must_use]
    pub const fn is_client_error(self) -> bool {
        self.0 / 100 == 4
    }

    /// 500 to 599: the service's own trouble.
    #[must_use]
    pub const fn is_server_error(self) -> bool {
        self.0 / 100 == 5
    }
}

/// The header in which our own mock names what decided a refusal: see [`ErrorKind::decided_by`]. It
/// is ours: the service has nothing like it.
pub const DECIDED_BY_HEADER: &str = "x-tierlab-decided-by";

/// What an error body says went wrong.
///
/// The status, the type and the message that go with a kind differ between editions of the
/// service, so they are not here. The status beside each variant is the usual one.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub enum ErrorKind {
    /// 429: more requests than the tier allows.
    RequestsLimited,
    /// 429: more tokens than the tier allows.
    TokensLimited,
    /// 429: more than this model's own limit allows.
    ModelLimited,
    /// 429: above the dynamic request rate while capacity was short.
    DynamicRequestsLimited,
    /// 429: above the dynamic token rate while capacity was short.
    DynamicTokensLimited,
    /// 402: the credit is used up.
    NoCredit,
    /// 403: this tier has no access to the model.
    NoAccess,
    /// 403: the account has paid for no tier yet, and only a tier has access to the model.
    FreeTier,
    /// 400: the request is malformed.
    Invalid,
    /// 400: prompt and answer together exceed the model's context.
    TooLong,
    /// 413: the body is larger than the service takes.
    TooLarge,
    /// 401: no key, or not a valid one.
    Unauthorized,
    /// 404: no such model.
    UnknownModel,
    /// 500: the service failed.
    Internal,
    /// 503: the service has no room now.
    Unavailable,
    /// 504: the service behind the gateway took too long.
    GatewayTimeout,
    /// 521 and its kin: a page of the gateway's own, which is not the service's and no JSON.
    GatewayPage,
}

impl ErrorKind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 17] = [
        Self::RequestsLimited,
        Self::TokensLimited,
        Self::ModelLimited,
        Self::DynamicRequestsLimited,
        Self::DynamicTokensLimited,
        Self::NoCredit,
        Self::NoAccess,
        Self::FreeTier,
        Self::Invalid,
        Self::TooLong,
        Self::TooLarge,
        Self::Unauthorized,
        Self::UnknownModel,
        Self::Internal,
        Self::Unavailable,
        Self::GatewayTimeout,
        Self::GatewayPage,
    ];

    /// The kind's name in files: lower case, words joined by underscores.
    ///
    /// ```
    /// assert_eq!(wire::ErrorKind::RequestsLimited.name(), "requests_limited");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequestsLimited => "requests_limited",
            Self::TokensLimited => "tokens_limited",
            Self::ModelLimited => "model_limited",
            Self::DynamicRequestsLimited => "dynamic_requests_limited",
            Self::DynamicTokensLimited => "dynamic_tokens_limited",
            Self::NoCredit => "no_credit",
            Self::NoAccess => "no_access",
            Self::FreeTier => "free_tier",
            Self::Invalid => "invalid",
            Self::TooLong => "too_long",
            Self::TooLarge => "too_large",
            Self::Unauthorized => "unauthorized",
            Self::UnknownModel => "unknown_model",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::GatewayTimeout => "gateway_timeout",
            Self::GatewayPage => "gateway_page",
        }
    }

    /// What decides an error of this kind, as [`DECIDED_BY_HEADER`] has it: a limit (`requests`,
    /// `tokens`, `model`, `dynamic_requests`, `dynamic_tokens`), the `gate` of a model, the
    /// `capacity` behind the limits, or else the kind's own name.
    ///
    /// ```
    /// assert_eq!(wire::ErrorKind::FreeTier.decided_by(), "gate");
    /// assert_eq!(wire::ErrorKind::Internal.decided_by(), "internal");
    /// ```
    #[must_use]
    pub const fn decided_by(self) -> &'static str {
        match self {
            Self::RequestsLimited => "requests",
            Self::TokensLimited => "tokens",
            Self::ModelLimited => "model",
            Self::DynamicRequestsLimited => "dynamic_requests",
            Self::DynamicTokensLimited => "dynamic_tokens",
            Self::NoAccess | Self::FreeTier => "gate",
            Self::Unavailable => "capacity",
            Self::NoCredit
            | Self::Invalid
            | Self::TooLong
            | Self::TooLarge
            | Self::Unauthorized
            | Self::UnknownModel
            | Self::Internal
            | Self::GatewayTimeout
            | Self::GatewayPage => self.name(),
        }
    }

    /// Whether a limit of any sort refused the request.
    #[must_use]
    pub const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::RequestsLimited
                | Self::TokensLimited
                | Self::ModelLimited
                | Self::DynamicRequestsLimited
                | Self::DynamicTokensLimited
        )
    }
}
