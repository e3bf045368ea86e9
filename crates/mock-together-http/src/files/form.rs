//! What is said of a file that is to be uploaded: as multipart with the file in it or without, as a
//! form, or in the address.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use multer::{Constraints, Multipart, SizeLimit};
use tokio::time::timeout;

use crate::bounds;
use crate::call::{Fault, Torn, whole};
use crate::store::{Form, Purposes};

/// Ours: the most bytes of what is said beside the file, each and all.
const WORD: u64 = 4 << 10;
const WORDS: usize = 64 << 10;

/// What is said of a file, and the file where it comes along.
#[derive(Debug, Default)]
pub(crate) struct Said {
    purpose: Option<String>,
    file_name: Option<String>,
    file_type: Option<String>,
    pub(crate) file: Option<Bytes>,
    /// What the part with the file calls it.
    part_name: Option<String>,
}

/// Why nothing can be made of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsaid {
    Torn(Torn),
    Wrong(Fault),
}

/// Reads what is said, with a file of at most `bound` bytes.
pub(crate) async fn read(head: &Parts, body: Body, bound: usize) -> Result<Said, Unsaid> {
    let media = head.headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let mut said = Said::default();
    for (name, value) in form_urlencoded::parse(head.uri.query().unwrap_or("").as_bytes()) {
        said.word(&name, value.into_owned());
    }
    if let Ok(boundary) = multer::parse_boundary(media.unwrap_or("")) {
        let parts = timeout(bounds::UPLOAD_TAKES, said.parts(boundary, body, bound));
        parts.await.unwrap_or(Err(Unsaid::Torn(Torn::TooSlow)))?;
    } else {
        let body = whole(&head.headers, body, WORDS).await.map_err(Unsaid::Torn)?;
        for (name, value) in form_urlencoded::parse(&body) {
            said.word(&name, value.into_owned());
        }
    }
    Ok(said)
}

impl Said {
    fn word(&mut self, name: &str, value: String) {
        match name {
            "purpose" => self.purpose = Some(value),
            "file_name" => self.file_name = Some(value),
            "file_type" => self.file_type = Some(value),
            // The checksum, which only the service's storage compares, and what else there may be.
            _ => {}
        }
    }

    async fn parts(&mut self, boundary: String, body: Body, bound: usize) -> Result<(), Unsaid> {
        let most = (bound as u64).saturating_add(WORDS as u64);
        let limits =
            SizeLimit::new().whole_stream(most).per_field(WORD).for_field("file", bound as u64);
        let limits = Constraints::new().size_limit(limits);
        let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
        while let Some(mut part) = parts.next_field().await.map_err(Unsaid::of)? {
            let name = part.name().unwrap_or("").to_owned();
            if name != "file" {
                let value = part.text().await.map_err(Unsaid::of)?;
                self.word(&name, value);
                continue;
            }
            self.part_name = part.file_name().map(str::to_owned);
            let mut file = Vec::new();
            while let Some(piece) = part.chunk().await.map_err(Unsaid::of)? {
                file.extend_from_slice(&piece);
            }
            self.file = Some(file.into());
        }
        Ok(())
    }

    /// What it is for.
    pub(crate) fn purpose(&self) -> Result<Purposes, Fault> {
        let why = "one of fine-tune, eval, batch-api";
        match self.purpose.as_deref() {
            Some("fine-tune") => Ok(Purposes::FineTune),
            Some("eval") => Ok(Purposes::Eval),
            Some("calibration") => Ok(Purposes::Calibration),
            // `OpenAI`'s clients have this word for it.
            Some("batch-api" | "batch") => Ok(Purposes::BatchApi),
            Some(_) | None => Err(Fault::new("purpose", why)),
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> Result<&str, Fault> {
        let said = self.file_name.as_deref().or(self.part_name.as_deref());
        let said = said.filter(|name| !name.is_empty());
        said.ok_or_else(|| Fault::new("file_name", "missing"))
    }

    /// What it is made of: as it says, or as its name ends.
    pub(crate) fn form(&self) -> Result<Form, Fault> {
        let ending = self.name().ok().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end);
        match self.file_type.as_deref().or(ending) {
            Some("csv") => Ok(Form::Csv),
            Some("parquet") => Ok(Form::Parquet),
            Some("jsonl") => Ok(Form::Jsonl),
            Some(_) if self.file_type.is_some() => {
                Err(Fault::new("file_type", "one of csv, jsonl, parquet"))
            }
            // The documented default.
            Some(_) | None => Ok(Form::Jsonl),
        }
    }
}

impl Unsaid {
    #[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
    fn of(error: multer::Error) -> Self {
        use multer::Error::{FieldSizeExceeded, StreamSizeExceeded};
        if matches!(error, FieldSizeExceeded { .. } | StreamSizeExceeded { .. }) {
            return Self::Torn(Torn::TooLarge);
        }
        Self::Wrong(Fault::new("", error.to_string()))
    }
}
