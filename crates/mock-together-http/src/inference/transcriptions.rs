//! Transcriptions and translations: the text of a recording, as long as the recording lasts.

mod written;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::routing::post;
use limits::Span;
use rulebook::{Extent, Unheard};
use wire::Shows;

use crate::call::{Fault, Media, Unreadable};
use crate::inference::speech::writes_down;
use crate::inference::transcriptions::written::{Heard, Told};
use crate::inference::{Answer, At, Common, Load, Unfit, Work, serve, sound};
use crate::mock::Mock;
use crate::multipart::{self, Part};
use crate::refusal::{JSON, Places};

/// The most bytes of a body that are read to find out what is in it.
const BODY_BYTES: usize = 96 << 20; // ours: more than the editions take, which is a refusal of its own

/// How long a recording lasts that lies somewhere else: nothing is fetched.
const ELSEWHERE: Span = Span::from_secs(60); // ours

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new()
        .route(&format!("{base}/audio/transcriptions"), post(serve::<Asked>))
        .route(&format!("{base}/audio/translations"), post(serve::<Asked>))
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    model: String,
    /// Bytes of the body.
    bytes: u64,
    /// How long the recording lasts, where it can be told.
    lasts: Option<Span>,
    told: Told,
    language: Option<String>,
}

impl Work for Asked {
    const WORK: &'static [rulebook::Work] = &[rulebook::Work::Audio];

    const BODY_BYTES: usize = BODY_BYTES;

    fn refuse_large(mock: &Mock) -> Response<Body> {
        mock.refuse_unheard(Unheard::TooLarge, &Places::default(), Shows::default())
    }

    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable> {
        let Some(parts) = multipart::parts(media, body) else {
            let why = "a body of the type multipart/form-data is expected";
            return Err(Unreadable { model: None, fault: Some(Fault::new("content-type", why)) });
        };
        let fields = Fields(&parts);
        let model = fields.text("model").unwrap_or_default().to_owned();
        fields.read(body.len() as u64).map_err(|fault| Unreadable {
            model: Some(model).filter(|model| !model.is_empty()),
            fault: Some(fault),
        })
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn names(&mut self, mock: &Mock) {
        if self.model.is_empty() {
            let audio = |served: &&crate::mock::Served| {
                served.account.model.work() == rulebook::Work::Audio && {
                    let (edition, model) = (&mock.plan.edition, &served.account.model);
                    writes_down(edition, model, &mock.plan.assumptions)
                }
            };
            let usual = mock.served.iter().find(audio);
            self.model = usual.map(|served| served.name.to_string()).unwrap_or_default();
        }
    }

    fn suits(&mut self, at: &At<'_>) -> Result<(), Unfit> {
        if at.lenient {
            self.lasts.get_or_insert(ELSEWHERE);
            return Ok(());
        }
        if !writes_down(at.edition, at.model, at.assumptions) {
            let why = format!("{} speaks, and writes nothing down", at.model);
            return Err(Fault::new("model", why).into());
        }
        if at.edition.recording_bytes().is_some_and(|most| self.bytes > most) {
            return Err(Unfit::Unheard(Unheard::TooLarge));
        }
        let Some(lasts) = self.lasts else { return Err(Unfit::Unheard(Unheard::Unsupported)) };
        if at.edition.recording_lasts().is_some_and(|most| lasts > most) {
            return Err(Unfit::Unheard(Unheard::TooLong));
        }
        Ok(())
    }

    fn load(&self) -> Load {
        let nanos = self.lasts.unwrap_or(Span::ZERO).nanos();
        let extent = Extent { seconds: nanos.div_ceil(1_000_000_000), ..Extent::default() };
        Load { max_tokens: Some(0), count: 1, extent, ..Load::default() }
    }

    fn answer(&self, common: &Common) -> Answer {
        let heard = Heard {
            lasts: self.lasts.unwrap_or(Span::ZERO),
            told: self.told,
            language: self.language.as_deref().unwrap_or("en"),
        };
        Answer { body: heard.written(common.fate).into(), media: JSON }
    }
}

/// The fields of a body.
struct Fields<'b>(&'b [Part]);

impl Fields<'_> {
    fn part(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.part(name)?.text()
    }

    fn read(&self, bytes: u64) -> Result<Asked, Fault> {
        let Some(file) = self.part("file") else {
            return Err(Fault::new("file", "a recording, or the URL of one"));
        };
        let url = file.file.is_none() && is_url(file.text().unwrap_or_default());
        let verbose = match self.text("response_format") {
            None | Some("" | "json") => false,
            Some("verbose_json") => true,
            Some(_) => return Err(Fault::new("response_format", "json, or verbose_json")),
        };
        let mut words = false;
        for part in self.0.iter().filter(|part| part.name.starts_with("timestamp_granularities")) {
            match part.text().map(|text| text.trim_matches(['[', ']', '"', ' '])) {
                Some("word") => words = true,
                Some("segment" | "") => {}
                // Several in one field.
                Some(list) if list.contains(',') => words |= list.contains("word"),
                _ => return Err(Fault::new("timestamp_granularities", "segment, or word")),
            }
        }
        let speakers = match self.text("diarize") {
            None | Some("" | "false" | "False") => false,
            Some("true" | "True") => true,
            Some(_) => return Err(Fault::new("diarize", "true or false")),
        };
        let temperature = self.text("temperature").map(str::parse::<f64>);
        if temperature.is_some_and(|said| !said.is_ok_and(|heat| (0.0..=1.0).contains(&heat))) {
            return Err(Fault::new("temperature", "from 0 to 1"));
        }
        let language = self.text("language").filter(|said| !said.is_empty() && *said != "auto");
        Ok(Asked {
            model: self.text("model").unwrap_or_default().to_owned(),
            bytes,
            lasts: if url { Some(ELSEWHERE) } else { sound::lasts(&file.bytes) },
            told: Told { verbose, words, speakers },
            language: language.map(str::to_owned),
        })
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}
