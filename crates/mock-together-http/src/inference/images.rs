//! Images: pictures of the size that is asked for, by URL or in the answer itself.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chance::{Purpose, Seed};
use rulebook::Extent;
use serde::{Deserialize, Serialize};

use crate::call::{Fault, Media, Path, Unreadable};
use crate::inference::picture::{Format, Picture, SIDE};
use crate::inference::vector::mark;
use crate::inference::{Answer, At, Common, Load, Unfit, Work, read, serve};
use crate::mock::Mock;
use crate::refusal::{JSON, Transport};
use crate::words::json;

/// The most pictures of a request.
const PICTURES: u32 = 1_000; // ours: as many as a scenario may ask for

/// The most pixels of the pictures that stand in an answer themselves.
const PIXELS: u64 = 32 << 20; // ours: a third of a second of work

/// Width and height of a picture of which nobody says them.
const SIDES: (u32, u32) = (512, 512); // ours: an edition of the house says it itself

/// Where pictures lie that were asked for by URL.
const PLACE: &str = "/_lab/pictures";

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/images/generations"), post(serve::<Asked>))
}

/// Where the pictures are fetched. Nobody needs a key there, and no limit holds.
pub(crate) fn pictures() -> Router<Arc<Mock>> {
    Router::new().route(&format!("{PLACE}/{{name}}"), get(fetch))
}

async fn fetch(State(mock): State<Arc<Mock>>, Path(name): Path<String>) -> Response<Body> {
    let Ok(picture) = name.parse::<Picture>() else {
        return mock.turn_away(Transport::NoSuchPath);
    };
    let mut response = Response::new(Body::from(picture.bytes()));
    let media = HeaderValue::from_static(picture.format().media());
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    model: String,
    prompt: String,
    steps: Option<i64>,
    n: Option<i64>,
    width: Option<i64>,
    height: Option<i64>,
    /// Both at once, as `OpenAI`'s clients say them: `1024x1024`.
    size: Option<String>,
    seed: Option<i64>,
    response_format: Option<Given>,
    output_format: Option<Form>,
    #[serde(skip)]
    settled: Settled,
}

/// How pictures are given.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
enum Given {
    #[serde(rename = "url")]
    Url,
    #[serde(rename = "base64", alias = "b64_json")]
    Base64,
}

/// In which form their bytes are.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
enum Form {
    #[serde(rename = "jpeg", alias = "jpg")]
    Jpeg,
    #[serde(rename = "png")]
    Png,
}

/// What is settled once the edition is known.
#[derive(Clone, Debug, Default)]
struct Settled {
    sides: (u32, u32),
    /// Pixels of one, as its price has them: none where the request leaves the size open.
    pixels: u64,
    count: u32,
    steps: Option<u32>,
    host: String,
}

impl Work for Asked {
    const WORK: &'static [rulebook::Work] = &[rulebook::Work::Image];

    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable> {
        read(media, body)
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn suits(&mut self, at: &At<'_>) -> Result<(), Unfit> {
        let usual = at.edition.picture().unwrap_or(SIDES);
        let said = (self.width.is_some() || self.height.is_some(), self.size.as_deref());
        let written = match said {
            (false, Some(size)) if size != "auto" => Some(sides_of(size)),
            _ => None,
        };
        let or = |said: Option<i64>, usual: u32| said.unwrap_or_else(|| usual.into());
        let (width, height) = match written {
            Some(Some(sides)) => sides,
            Some(None) if !at.lenient => {
                return Err(Fault::new("size", "width and height, as in 1024x1024").into());
            }
            _ => (or(self.width, usual.0), or(self.height, usual.1)),
        };
        let within = |name, value: i64, least: i64, most: u32| {
            let fits = u32::try_from(value).ok().filter(|_| (least..=most.into()).contains(&value));
            match fits {
                Some(value) => Ok(value),
                None if at.lenient => {
                    Ok(u32::try_from(value.clamp(least, most.into())).unwrap_or(most))
                }
                None => Err(Fault::new(name, format!("from {least} to {most}"))),
            }
        };
        let sides =
            (within("width", width, 1, SIDE.into())?, within("height", height, 1, SIDE.into())?);
        let count = within("n", self.n.unwrap_or(1), 1, PICTURES)?;
        let steps = self.steps.map(|steps| within("steps", steps, 1, u32::MAX)).transpose()?;
        let pixels = u64::from(sides.0) * u64::from(sides.1);
        if self.given() == Given::Base64 && pixels * u64::from(count) > PIXELS {
            let why = format!("at most {PIXELS} pixels together, in base64");
            return Err(Fault::new("n", why).into());
        }
        let left_open = written.is_none() && !said.0;
        let pixels = if left_open && at.edition.picture().is_some() { 0 } else { pixels };
        self.settled = Settled { sides, pixels, count, steps, host: at.host.to_owned() };
        Ok(())
    }

    fn load(&self) -> Load {
        let Settled { pixels, count, steps, .. } = self.settled;
        let extent = Extent { pixels, steps, pictures: count, ..Extent::default() };
        Load { max_tokens: Some(0), count, extent, ..Load::default() }
    }

    fn answer(&self, common: &Common) -> Answer {
        let draws = match self.seed {
            // The same prompt and seed make the same picture.
            Some(seed) => Seed(mark(self.prompt.as_bytes()) ^ seed.cast_unsigned()),
            None => Seed(common.fate.draw),
        };
        let draws = draws.stream(Purpose::Answer, 0);
        let data = (0..self.settled.count).filter_map(|index| {
            let picture = Picture::of(self.settled.sides, self.format(), draws.draw(index.into()))?;
            let of = match self.given() {
                Given::Url => Of::Url { url: self.url(picture) },
                Given::Base64 => Of::Base64 { b64_json: STANDARD.encode(picture.bytes()) },
            };
            Some(Image { index, of })
        });
        let list =
            List { id: &common.id, model: &common.model, object: "list", data: data.collect() };
        Answer { body: json(&list, 1_024).into(), media: JSON }
    }
}

impl Asked {
    fn given(&self) -> Given {
        self.response_format.unwrap_or(Given::Url)
    }

    fn format(&self) -> Format {
        match self.output_format {
            Some(Form::Png) => Format::Png,
            Some(Form::Jpeg) | None => Format::Jpeg,
        }
    }

    fn url(&self, picture: Picture) -> String {
        format!("http://{}{PLACE}/{picture}", self.settled.host)
    }
}

/// Width and height, from `1024x768`.
fn sides_of(size: &str) -> Option<(i64, i64)> {
    let (width, height) = size.split_once('x')?;
    width.parse().ok().zip(height.parse().ok())
}

#[derive(Serialize)]
struct List<'a> {
    id: &'a str,
    model: &'a str,
    object: &'a str,
    data: Vec<Image>,
}

#[derive(Serialize)]
struct Image {
    index: u32,
    #[serde(flatten)]
    of: Of,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Of {
    #[serde(rename = "url")]
    Url { url: String },
    #[serde(rename = "b64_json")]
    Base64 { b64_json: String },
}
