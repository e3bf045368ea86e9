//! The headers that responses carry beside those of the limits, as an edition writes them.

/// Which responses carry a header.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum CarriedBy {
    /// All of them, a page of the gateway's own among them.
    Gateway,
    /// All that come from the service itself.
    Every,
    /// All of those whose body comes whole, and no stream.
    Body,
    /// Those to requests for work that was begun: answered, or failed with 500.
    Started,
    /// Those of them that were answered whole.
    Whole,
    /// Refusals for being too many.
    Limited,
    /// Failures of the service.
    Failed,
    /// Pictures.
    Image,
    /// The list of models.
    Models,
    /// Those that were asked for it.
    Debug,
}

impl CarriedBy {
    /// Every kind of response, in the order of their words.
    pub const ALL: [CarriedBy; 10] = [
        CarriedBy::Gateway,
        CarriedBy::Every,
        CarriedBy::Body,
        CarriedBy::Started,
        CarriedBy::Whole,
        CarriedBy::Limited,
        CarriedBy::Failed,
        CarriedBy::Image,
        CarriedBy::Models,
        CarriedBy::Debug,
    ];

    /// Their words in editions, under `[headers.transport]`.
    pub(crate) const WORDS: &'static [&'static str] = &[
        "gateway", "every", "body", "started", "whole", "limited", "failed", "image", "models",
        "debug",
    ];
}

/// A header with a fixed value, or with places that each response fills.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TransportHeader {
    /// Which responses carry it.
    pub by: CarriedBy,
    /// Its name, in small letters.
    pub name: String,
    /// Its value. Places: `{id}` the request's id, `{ray}` the last part of that, `{uuid}` and `{hex}`
    /// anything of that form, `{etag}` a mark of the body, `{received}`, `{call_start}` and
    /// `{call_end}` instants.
    pub value: String,
}

/// The places that a value may have.
pub(crate) const PLACES: [&str; 8] =
    ["id", "ray", "uuid", "hex", "etag", "received", "call_start", "call_end"];

/// What an edition says of the transport.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transport {
    /// The header with which a client asks for those of [`CarriedBy::Debug`], and its value.
    pub(crate) asked: Option<(String, String)>,
    pub(crate) headers: Vec<TransportHeader>,
}

impl crate::Edition {
    /// The headers of responses beside those of the limits, in the order of the text.
    #[must_use]
    pub fn transport(&self) -> &[TransportHeader] {
        &self.transport.headers
    }

    /// The header with which a client asks for those of [`CarriedBy::Debug`], and its value; none where
    /// it cannot.
    #[must_use]
    pub fn debug_asked(&self) -> Option<(&str, &str)> {
        self.transport.asked.as_ref().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
