//! Every address of a mock under one of its two bases, with what it expects.

/// One method of one address.
pub(crate) struct Address {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) form: Form,
    /// Whether it wants a key.
    pub(crate) key: bool,
}

/// In what form a body comes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    None,
    Json,
    Parts,
}

const fn json(path: &'static str) -> Address {
    Address { method: "POST", path, form: Form::Json, key: true }
}

const fn parts(path: &'static str) -> Address {
    Address { method: "POST", path, form: Form::Parts, key: true }
}

const fn plain(method: &'static str, path: &'static str) -> Address {
    Address { method, path, form: Form::None, key: true }
}

pub(crate) const ADDRESSES: &[Address] = &[
    json("/v1/chat/completions"),
    json("/v1/completions"),
    json("/v1/embeddings"),
    json("/v1/rerank"),
    json("/v1/images/generations"),
    json("/v1/audio/speech"),
    parts("/v1/audio/transcriptions"),
    parts("/v1/audio/translations"),
    json("/v1/models"),
    json("/v1/fine-tunes/estimate-price"),
    json("/v1/endpoints"),
    json("/v1/batches"),
    parts("/v1/files/upload"),
    parts("/v1/files"),
    plain("GET", "/v1/models"),
    plain("GET", "/v1/files"),
    plain("GET", "/v1/files/file-1"),
    plain("DELETE", "/v1/files/file-1"),
    plain("GET", "/v1/files/file-1/content"),
    plain("GET", "/v1/batches"),
    plain("GET", "/v1/batches/b-1"),
    plain("POST", "/v1/batches/b-1/cancel"),
    plain("GET", "/v1/fine-tunes"),
    plain("GET", "/v1/fine-tunes/ft-1"),
    plain("GET", "/v1/fine-tunes/models/supported"),
    plain("GET", "/v1/endpoints"),
    plain("GET", "/v1/endpoints/endpoint-1"),
    plain("PATCH", "/v1/endpoints/endpoint-1"),
    plain("DELETE", "/v1/endpoints/endpoint-1"),
    plain("GET", "/v1/hardware"),
    plain("GET", "/v1/clusters/availability-zones"),
    plain("GET", "/v1/jobs"),
    plain("GET", "/v1/jobs/job-1"),
    plain("GET", "/v1/evaluation/model-list"),
    plain("GET", "/v1/voices"),
    plain("GET", "/_lab/books"),
    Address { key: false, ..plain("PUT", "/_lab/uploads/file-1/token") },
    Address { key: false, ..plain("GET", "/_lab/pictures/picture-1") },
    Address { key: false, ..plain("GET", "/health") },
    Address { key: false, ..plain("GET", "/metrics") },
];
