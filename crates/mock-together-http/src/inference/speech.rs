//! Speech: sound of a length that follows the text, whole or piece by piece.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rulebook::{Assumptions, Edition, Extent, Model};
use serde::{Deserialize, Serialize};
use wire::Usage;

use crate::call::{Fault, Media, Unreadable};
use crate::inference::sound::{Encoding, Sounding, second, wav_header};
use crate::inference::{Answer, At, Common, Load, Unfit, Work, read, serve};
use crate::mock::Mock;
use crate::stream::Pieces;
use crate::words::json;

/// Characters that are spoken in a second.
const PACE: u64 = 15; // ours: somebody who is not in a hurry

/// The most characters of a request.
const CHARACTERS: u64 = 1_000_000; // ours: as many as a scenario may ask for

/// How often a second sound is sampled of which nobody says it.
const RATE: u32 = 22_050; // ours: an edition of the house says it itself

/// The rates that may be asked for.
const RATES: (u32, u32) = (8_000, 192_000); // ours: from telephones to studios

/// Bytes of sound in one piece of a stream.
const PIECE: u32 = 4_096; // ours: under a tenth of a second

/// Its addresses.
pub(crate) fn routes(base: &str) -> Router<Arc<Mock>> {
    Router::new().route(&format!("{base}/audio/speech"), post(serve::<Asked>))
}

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    model: String,
    input: String,
    #[serde(rename = "voice")]
    _voice: String,
    response_format: Option<Form>,
    response_encoding: Option<String>,
    sample_rate: Option<i64>,
    stream: Option<bool>,
    #[serde(skip)]
    settled: Option<Settled>,
}

/// In which form the sound is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    Wav,
    /// Samples and nothing else; `OpenAI`'s clients call it by the second name.
    #[serde(alias = "pcm")]
    Raw,
    Mp3,
    Opus,
    Aac,
    Flac,
}

/// What is settled once the model is known.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Settled {
    form: Form,
    encoding: Encoding,
    rate: u32,
    characters: u64,
}

impl Work for Asked {
    const WORK: &'static [rulebook::Work] = &[rulebook::Work::Audio];

    fn read(media: Media<'_>, body: &Bytes) -> Result<Self, Unreadable> {
        read(media, body)
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn suits(&mut self, at: &At<'_>) -> Result<(), Unfit> {
        if writes_down(at.edition, at.model, at.assumptions) && !at.lenient {
            let why = format!("{} writes recordings down, and speaks nothing", at.model);
            return Err(Fault::new("model", why).into());
        }
        let characters = self.input.chars().count() as u64;
        if characters > CHARACTERS || (characters == 0 && !at.lenient) {
            return Err(Fault::new("input", format!("from 1 to {CHARACTERS} characters")).into());
        }
        let stream = self.streams();
        let form = self.response_format.unwrap_or(if stream { Form::Raw } else { Form::Wav });
        let form = match form {
            Form::Raw => Form::Raw,
            Form::Wav if !stream => Form::Wav,
            packed if at.lenient => packed,
            Form::Wav => return Err(Fault::new("response_format", "raw, in a stream").into()),
            Form::Mp3 | Form::Opus | Form::Aac | Form::Flac => {
                let why = "this mock packs no sound: wav or raw";
                return Err(Fault::new("response_format", why).into());
            }
        };
        let fixed = at.edition.fixed_sample_rate(at.model);
        let (least, most) = RATES;
        let rate = match (fixed, self.sample_rate) {
            (Some(fixed), _) => fixed,
            (None, None) => at.edition.sample_rate().unwrap_or(RATE),
            (None, Some(said)) => {
                let fits = u32::try_from(said).ok().filter(|rate| (least..=most).contains(rate));
                match fits {
                    Some(rate) => rate,
                    None if at.lenient => RATE,
                    None => {
                        let why = format!("from {least} to {most} a second");
                        return Err(Fault::new("sample_rate", why).into());
                    }
                }
            }
        };
        let said = self.response_encoding.as_deref().map(Encoding::of_word);
        let encoding = match said {
            Some(None) if !at.lenient => {
                let words = Encoding::ALL.map(Encoding::word).join(", ");
                return Err(Fault::new("response_encoding", words).into());
            }
            // A model with a rate of its own has an encoding of its own as well.
            Some(Some(encoding)) if fixed.is_none() && form == Form::Raw => encoding,
            None if fixed.is_none() && form == Form::Raw => Encoding::F32,
            _ => Encoding::S16,
        };
        self.settled = Some(Settled { form, encoding, rate, characters });
        Ok(())
    }

    fn load(&self) -> Load {
        let characters = self.settled.map_or(0, |settled| settled.characters);
        let extent = Extent { characters, ..Extent::default() };
        let stream = self.streams();
        Load { max_tokens: Some(0), count: 1, stream, extent, ..Load::default() }
    }

    /// An answer is long: it flows.
    fn answer(&self, _: &Common) -> Answer {
        Answer { body: Bytes::new(), media: HeaderValue::from_static("audio/wav") }
    }

    fn flows(&self) -> Option<(Body, HeaderValue)> {
        let settled = self.settled?;
        let bytes = settled.bytes();
        let (head, media) = match settled.form {
            Form::Raw => (Vec::new(), "application/octet-stream"),
            Form::Wav => (settled.head(), "audio/wav"),
            // Only where odd requests are answered all the same.
            Form::Mp3 => (settled.head(), "audio/mpeg"),
            Form::Opus => (settled.head(), "audio/ogg"),
            Form::Aac => (settled.head(), "audio/aac"),
            Form::Flac => (settled.head(), "audio/flac"),
        };
        let body = Sounding::new(head, second(settled.rate, settled.encoding), bytes);
        Some((Body::new(body), HeaderValue::from_static(media)))
    }

    fn pieces(self, common: Common) -> Option<Box<dyn Pieces>> {
        let settled = self.settled?;
        let second = second(settled.rate, settled.encoding);
        // Twice, so that a piece may begin anywhere in the first.
        let sound = [second.as_slice(), &second].concat();
        let (bytes, a_second) = (settled.bytes(), second.len() as u64);
        Some(Box::new(Spoken { common, sound, a_second, bytes }))
    }
}

impl Asked {
    fn streams(&self) -> bool {
        self.stream.unwrap_or(false)
    }
}

impl Settled {
    /// How many bytes of sound the text takes: whole samples.
    fn bytes(self) -> u64 {
        let samples = (self.characters * u64::from(self.rate)).div_ceil(PACE);
        samples * u64::from(self.encoding.bytes())
    }

    /// What a WAV of it begins with. One that is longer than a WAV can say says the most.
    fn head(self) -> Vec<u8> {
        wav_header(self.rate, self.encoding, u32::try_from(self.bytes()).unwrap_or(u32::MAX))
    }
}

/// Whether a model writes down instead of speaking: it is paid by the length of recordings.
pub(crate) fn writes_down(edition: &Edition, model: &Model, given: &Assumptions) -> bool {
    let priced = |extent: Extent| edition.tariff(model, &extent, given).is_some();
    let (speech, recording) =
        (Extent { characters: 1, ..Extent::default() }, Extent { seconds: 1, ..Extent::default() });
    priced(recording) && !priced(speech)
}

/// Speech in a stream.
struct Spoken {
    common: Common,
    /// Two seconds of tone.
    sound: Vec<u8>,
    a_second: u64,
    bytes: u64,
}

impl Pieces for Spoken {
    fn count(&self) -> u32 {
        u32::try_from(self.bytes.div_ceil(PIECE.into())).unwrap_or(u32::MAX)
    }

    fn most(&self) -> usize {
        // Three bytes become four letters.
        PIECE as usize * 4 / 3 + self.common.model.len() + 128
    }

    fn piece(&mut self, index: u32, out: &mut Vec<u8>) {
        let from = u64::from(index) * u64::from(PIECE);
        let left = self.bytes.saturating_sub(from);
        let many = u32::try_from(left).unwrap_or(PIECE).min(PIECE);
        let begins = usize::try_from(from % self.a_second.max(1)).unwrap_or(0);
        let sound = self.sound.get(begins..).unwrap_or_default();
        let sound = sound.get(..many as usize).unwrap_or(sound);
        let chunk = Chunk {
            object: "audio.tts.chunk",
            model: &self.common.model,
            b64: STANDARD.encode(sound),
        };
        out.extend(b"data: ");
        out.extend(json(&chunk, self.most()));
        out.extend(b"\n\n");
    }

    fn last(&mut self, _: Usage, out: &mut Vec<u8>) {
        out.extend(b"data: [DONE]\n\n");
    }
}

#[derive(Serialize)]
struct Chunk<'a> {
    object: &'a str,
    model: &'a str,
    b64: String,
}
